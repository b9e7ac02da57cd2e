"""`source statement`: the source's own account, sealed so that two people open it together."""

from __future__ import annotations

import argparse
from pathlib import Path

from witnessmark.cli.answer import Answer
from witnessmark.cli.opening import case_argument, open_named_case
from witnessmark.model.errors import UnusableInputError


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("action", choices=("statement",))
    case_argument(parser)
    parser.add_argument("--source", default="", metavar="PSEUDONYM", help="who speaks, never the real name")
    parser.add_argument(
        "--file", type=Path, metavar="FILE", help="the account as text or JSON (docs/receive.md)"
    )
    parser.add_argument("--copied-from", default="", metavar="TEXT")
    parser.add_argument("--copied-how", default="", metavar="TEXT")
    parser.add_argument("--copied-when", default="", metavar="TEXT")
    parser.add_argument(
        "--hand", action="append", default=[], metavar="WHO", help="through whose hands, in order"
    )
    parser.add_argument("--conditions", default="", metavar="TEXT")
    parser.add_argument("--embargo", default="", metavar="DATE")
    parser.add_argument(
        "--hash-list", type=Path, metavar="FILE", help="the source's own list (sha256sum style)"
    )
    parser.add_argument("--note", default="", metavar="TEXT")


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.receiving import record_statement
    from witnessmark.case.source_accounts import account

    try:
        data = options.file.read_bytes() if options.file else None
        listed = options.hash_list.read_text("utf-8", "surrogateescape") if options.hash_list else ""
    except OSError as error:
        raise UnusableInputError("the statement's file cannot be read") from error
    given = {
        "copied_from": options.copied_from,
        "copied_how": options.copied_how,
        "copied_when": options.copied_when,
        "hands": tuple(options.hand),
        "conditions": options.conditions,
        "embargo_until": options.embargo,
        "hash_list": listed,
        "note": options.note,
    }
    statement = account(data, given)
    with open_named_case(options) as case:
        recorded = record_statement(case, statement, options.source)
    return Answer({"recorded": recorded}, "recorded and sealed; two people of the case open it together")
