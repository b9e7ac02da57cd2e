"""`erase`: destroy an item's content; one person proposes, another one confirms."""

from __future__ import annotations

import argparse

from witnessmark.cli.answer import Answer
from witnessmark.cli.opening import case_argument, open_named_case


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    parser.add_argument("--item", required=True, metavar="CODE")
    parser.add_argument("--reason", required=True, metavar="TEXT")


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.key_keeping import erase

    with open_named_case(options) as case:
        done = erase(case, case.item_by_code(options.item), options.reason)
    if done.state == "proposed":
        text = "proposed; nothing is destroyed until another person of the case runs the same command"
    else:
        text = "\n".join(
            ["erased. Copies that could not be reached:", *(f"  {copy}" for copy in done.unreachable)]
        )
    return Answer({"state": done.state, "unreachable": list(done.unreachable)}, text)
