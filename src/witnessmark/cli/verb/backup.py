"""`backup`: an encrypted copy of the catalogue and the (encrypted) keys, to be kept elsewhere."""

from __future__ import annotations

import argparse
from pathlib import Path

from witnessmark.cli.answer import Answer
from witnessmark.cli.figures import size
from witnessmark.cli.opening import case_argument, open_named_case


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="new folder for the copy")


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.key_keeping import back_up

    with open_named_case(options) as case:
        made = back_up(case, options.out)
    text = (
        f"catalogue and keys copied to {made.path} ({size(made.size_bytes)}, encrypted)\n"
        f"copy the folder objects/ with any tool: its files are encrypted and never change"
    )
    return Answer({"path": str(made.path), "bytes": made.size_bytes}, text)
