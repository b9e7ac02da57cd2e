"""`report`: the report of an item or of the case, as HTML or PDF, as of a checkpoint."""

from __future__ import annotations

import argparse
from pathlib import Path

from witnessmark.cli.answer import Answer
from witnessmark.cli.opening import case_argument, open_named_case


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.html|.pdf")
    parser.add_argument("--item", metavar="CODE", help="one item (default: the whole case)")
    parser.add_argument("--language", default="en", metavar="CODE", help="en, ru, uk or fr (default: en)")
    parser.add_argument("--as-of", type=int, metavar="N", help="as of checkpoint N (default: the newest)")


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.reporting import write_report

    with open_named_case(options) as case:
        item = case.item_by_code(options.item) if options.item else None
        checkpoint = write_report(
            case, options.out, item=item, as_of=options.as_of, language=options.language
        )
    return Answer(
        {"path": str(options.out), "checkpoint": checkpoint},
        f"written: {options.out}, as of checkpoint {checkpoint}",
    )
