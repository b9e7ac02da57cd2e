"""`hold`: block erasure of an item or of the whole case, for a stated reason."""

from __future__ import annotations

import argparse

from witnessmark.cli.answer import Answer
from witnessmark.cli.opening import case_argument, open_named_case


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    parser.add_argument("--item", metavar="CODE", help="one item (default: the whole case)")
    parser.add_argument("--reason", required=True, metavar="TEXT")
    parser.add_argument("--lift", action="store_true", help="end the hold")


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case import key_keeping

    with open_named_case(options) as case:
        item = case.item_by_code(options.item) if options.item else None
        (key_keeping.lift_hold if options.lift else key_keeping.set_hold)(case, item, options.reason)
        state = key_keeping.holds(case)
    return Answer({"holds": state}, "the hold was lifted" if options.lift else "the hold is set")
