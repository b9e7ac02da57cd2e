"""`approve`: another person than the redactor looks at a proposed release, and signs exactly these files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from witnessmark.cli.answer import Answer
from witnessmark.cli.figures import size
from witnessmark.cli.opening import case_argument, open_named_case
from witnessmark.model.codes import short_code


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    parser.add_argument(
        "release", nargs="?", metavar="RELEASE", help="code of the release; without: list them"
    )
    parser.add_argument(
        "--look", type=Path, metavar="DIR", help="do not sign: write the files that would leave, to look at"
    )
    parser.add_argument(
        "--reject",
        metavar="REASON",
        help="do not sign: this proposal is not to leave, and is listed as rejected",
    )


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.publishing import approve, reject, release_by_code
    from witnessmark.case.release_look import files_of, in_short, write_look

    with open_named_case(options) as case:
        if not options.release:
            people = {one.person_id: one.pseudonym for one in case.keyring.people}
            rows: list[dict[str, Any]] = [
                {
                    "release": one.release_id,
                    "items": [short_code(item_id) for item_id in one.item_ids],
                    "form": str(one.form),
                    "state": str(one.state),
                    "approvals": len(one.approvals),
                    "made_at": one.made_at.isoformat(),
                    "redactor": people.get(one.redactor_id, ""),
                }
                for one in case.catalogue.releases()
            ]
            lines = [
                f"{str(row['release'])[:8]}  {row['state']:<10} {row['form']:<10} items {', '.join(row['items'])}; "
                f"{row['approvals']} signed; {row['made_at'][:10]} by {row['redactor']}"
                for row in rows
            ]
            return Answer({"releases": rows}, "\n".join(lines) or "no release was proposed yet")
        release = release_by_code(case, options.release)
        if options.reject is not None:
            gone = reject(case, release, options.reject)
            return Answer(
                {"release": gone.release_id, "rejected": True}, f"release {gone.release_id[:8]} rejected"
            )
        short = in_short(case, release)
        files = files_of(case, release)
        document = {
            "release": release.release_id,
            "files": {path: list(told) for path, told in files.items()},
            "decided": list(short),
            "signed": options.look is None,
        }
        if options.look is not None:
            write_look(case, release, options.look)
            listed = [f"{size(told[1]):>10}  {path}" for path, told in files.items() if "/" not in path]
            told = f"written to {options.look}; look at every minute of it, then run this without --look"
            return Answer(document, "\n".join([*listed, *short, told]))
        after = approve(case, release)
    return Answer(
        document,
        "\n".join(short) + f"\nrelease {after.release_id[:8]} signed; {len(after.approvals)} signatures.\n"
        f"next: witnessmark release CASE {short_code(after.item_ids[0])} --out DIR",
    )
