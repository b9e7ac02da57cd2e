"""`demo`: the worked example end to end, then truth beside found."""

from __future__ import annotations

import argparse
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from witnessmark.cli.answer import DONE, FOUND_WRONG, Answer
from witnessmark.cli.figures import duration
from witnessmark.cli.progress import bar

if TYPE_CHECKING:
    from witnessmark.case.demo.journey import Demonstrated

STATE_WORDS = {"found": "found", "missed": "MISSED", "not_yet_examined": "not yet examined"}


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument(
        "--dir", type=Path, default=Path("demo-case"), metavar="DIR", help="where (default: demo-case)"
    )
    parser.add_argument(
        "--no-desk",
        action="store_true",
        help="do not open the review desk (which is not part of this version)",
    )


def run(options: argparse.Namespace) -> Answer:
    import time

    from witnessmark.case.demo.journey import demonstrate

    began = time.monotonic()
    with bar("demonstration", None) as step:

        def show(what: str, done: int, total: int) -> None:
            step(note=what, completed=done, total=total)

        made = demonstrate(options.dir.absolute(), on_progress=show)
    document = {
        "case": str(made.case),
        "report": str(made.reports[1]),
        "truth": list(made.truth),
        "beyond": list(made.beyond),
        "families": [
            {"members": [made.names[id_] for id_ in family.members], "best": made.names[family.best]}
            for family in made.compared.families
        ],
        "bundle": str(made.bundle),
        "audit_ok": made.audited.ok,
        "seconds": round(time.monotonic() - began, 1),
    }
    text = "\n".join(_lines(made, time.monotonic() - began))
    return Answer(document, text, DONE if made.audited.ok else FOUND_WRONG)


def _lines(made: Demonstrated, seconds: float) -> list[str]:
    states = made.states
    lines = ["TRUTH BESIDE FOUND  (what was done to the demonstration's files, and what the case shows)", ""]
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    for row in made.truth:
        file = textwrap.shorten(row["file"], 38, placeholder="...")
        word = STATE_WORDS[row["state"]]
        lines.append(f"  {file:<39}{row['what']:<66} {bold if word == 'MISSED' else ''}{word}{plain}")
    lines.append("")
    lines.append(
        f"  {states['found']} found, {states['missed']} missed, {states['not_yet_examined']} not yet examined "
        "(no method of this version asks such a question)"
    )
    lines += [
        f"  marked without a cause in the recipe: {row['kind']} in {row['file']}" for row in made.beyond
    ]
    lines += _families(made)
    verdict = "no problem found" if made.audited.ok else "PROBLEMS: see witnessmark audit"
    lines += [
        "",
        f"audit         {verdict}; {made.audited.objects} sealed objects, {made.audited.leaves} lines of the log",
        f"report        {made.reports[0]}",
        f"              {made.reports[1]}",
        f"one item      {made.reports[2]}" if len(made.reports) > 2 else "",
        f"bundle        {made.bundle}   (a stranger runs: python3 verify.py . ; or opens README.html)",
        f"receipt       {made.receipt.with_suffix('.pdf')}",
        f"case          {made.case}   (passphrase: demonstration)",
        f"took          {duration(seconds)}",
        "",
        "Everything here is a DEMONSTRATION signed with a published key: NOT EVIDENCE.",
    ]
    return lines


def _families(made: Demonstrated) -> list[str]:
    from witnessmark.cli.relation_text import family_lines

    return family_lines(made.compared.families, made.compared.members, made.names)
