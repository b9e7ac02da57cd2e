"""`person add|list` for the team; `person import` for people seen in the footage, by pseudonym."""

from __future__ import annotations

import argparse
from pathlib import Path

from witnessmark.cli.answer import Answer
from witnessmark.cli.opening import case_argument, open_named_case
from witnessmark.cli.verb import key, tables
from witnessmark.model.errors import UsageError


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("action", choices=("add", "list", "import"))
    case_argument(parser)
    parser.add_argument(
        "what", nargs="?", metavar="PSEUDONYM|FILE", help="whom to add, or the table to import"
    )
    key.person_options(parser)


def run(options: argparse.Namespace) -> Answer:
    if options.action == "import":
        options.file = Path(options.what) if options.what else None
        return tables.take(options)
    if options.action == "add":
        if not options.what:
            raise UsageError(
                "whom to add?", "witnessmark person add CASE PSEUDONYM --new-passphrase-file FILE"
            )
        options.pseudonym = options.what
        return key.add(options)
    with open_named_case(options) as case:
        rows = [
            {
                "person": p.person_id,
                "pseudonym": p.pseudonym,
                "added": p.added_at.isoformat(),
                "removed": p.removed_at.isoformat() if p.removed_at else None,
            }
            for p in case.catalogue.persons()
        ]
    lines = [f"{r['pseudonym']:<24} {'left' if r['removed'] else 'active'}" for r in rows]
    return Answer({"persons": rows}, "\n".join(lines))
