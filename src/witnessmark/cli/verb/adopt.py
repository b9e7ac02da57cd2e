"""`adopt`: make this copy of a case the writable one."""

from __future__ import annotations

import argparse

from witnessmark.cli.answer import Answer
from witnessmark.cli.opening import case_argument, open_named_case


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    parser.add_argument("--reason", default="moved to another disk", metavar="TEXT")


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.wiring import adopt

    with open_named_case(options) as case:
        changed = adopt(case, options.reason)
    text = (
        "this copy is the writable one now; do not write to the other"
        if changed
        else "this copy was writable already"
    )
    return Answer({"adopted": changed}, text)
