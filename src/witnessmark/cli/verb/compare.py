"""`compare`: which files show the same footage, what descends from what, what follows what."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from witnessmark.cli.answer import DONE, IN_PART, Answer
from witnessmark.cli.figures import plural
from witnessmark.cli.opening import open_named_case, person_arguments
from witnessmark.cli.progress import bar
from witnessmark.model.codes import short_code
from witnessmark.model.printable import printable

if TYPE_CHECKING:
    from witnessmark.case.comparing import Compared

SHOWN_LACKING = 8


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="CASE|FILE", help="one case, or two files or more"
    )
    person_arguments(parser)
    parser.add_argument(
        "--accept-unsandboxed", action="store_true", help="go on without a sandbox (files only; dangerous)"
    )


def run(options: argparse.Namespace) -> Answer:
    if len(options.paths) == 1 and options.paths[0].is_dir():
        options.case = options.paths[0]
        return _case(options)
    return _files(options)


def _case(options: argparse.Namespace) -> Answer:
    from witnessmark.case.comparing import compare_case

    with open_named_case(options) as case, bar("comparing", None) as step:
        made = compare_case(
            case, on_progress=lambda what, done, total: step(note=what, completed=done, total=total)
        )
    names = {id_: short_code(id_) for id_ in made.members}
    names |= {id_: short_code(id_) for r in made.relations for id_ in r.sides}
    lines = [
        f"{plural(made.new, 'recording')} compared for the first time or anew, "
        f"{plural(made.found, 'new relation')}; {plural(len(made.relations), 'relation')} in all"
    ]
    lines += _text(made, names)
    document = {**_document(made), "new": made.new, "found": made.found, "lacking": list(made.lacking)}
    if made.lacking:
        shown = ", ".join(short_code(id_) for id_ in made.lacking[:SHOWN_LACKING])
        more = f" and {len(made.lacking) - SHOWN_LACKING} more" if len(made.lacking) > SHOWN_LACKING else ""
        lines += [
            "",
            f"left out: {plural(len(made.lacking), 'recording')} not examined yet, or examined before comparing "
            f"existed ({shown}{more})",
            "to bring them in: witnessmark examine CASE --missing, then compare again",
        ]
    return Answer(document, "\n".join(lines), IN_PART if made.lacking else DONE)


def _files(options: argparse.Namespace) -> Answer:
    from witnessmark.case.comparing_files import compare_files

    total = sum(path.stat().st_size for path in options.paths if path.is_file())
    with bar("reading", total, in_bytes=True) as step:
        made = compare_files(
            options.paths,
            accept_unsandboxed=options.accept_unsandboxed,
            on_done=lambda count: step(advance=count),
            on_progress=lambda what, done, total: step(note=what),
        )
    names = {str(path): printable(str(path)) for path in options.paths}
    document = {**_document(made), "failed": [{"path": p, "cause": c} for p, c in made.failed.items()]}
    lines = _text(made, names)
    lines += [f"left out: {names[path]}: {cause}" for path, cause in made.failed.items()]
    return Answer(document, "\n".join(lines).lstrip("\n"), IN_PART if made.failed else DONE)


def _document(made: Compared) -> dict[str, object]:
    return {
        "relations": [relation.to_json() for relation in made.relations],
        "families": [
            {
                "members": list(family.members),
                "best": family.best,
                "why": family.why,
                "roots": list(family.roots),
                "arrows": [list(arrow) for arrow in family.arrows],
            }
            for family in made.families
        ],
        "cameras": [list(group.members) for group in made.cameras],
        "traces": None if made.traces is None else made.traces.to_json(),
        "unusable": list(made.unusable),
    }


def _text(made: Compared, names: dict[str, str]) -> list[str]:
    from witnessmark.cli.relation_text import NOTE, camera_lines, family_lines, relation_lines

    lines = family_lines(made.families, made.members, names)
    lines += camera_lines(made, names)
    lines += relation_lines(made.relations, names)
    if not made.relations:
        lines += ["", "No two of them were found to show the same footage, or to follow one another."]
    lines += ["", NOTE]
    if made.unusable:
        lines.append("no picture that says anything: " + ", ".join(names[id_] for id_ in made.unusable))
    return lines
