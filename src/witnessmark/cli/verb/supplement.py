"""`supplement`: the later proof of a released bundle, once its day is closed, to be laid over it."""

from __future__ import annotations

import argparse
from pathlib import Path

from witnessmark.cli.answer import Answer
from witnessmark.cli.opening import case_argument, open_named_case
from witnessmark.model.errors import UsageError


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    case_argument(parser)
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="folder of the released bundle")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", required=True, help="a folder that does not exist yet"
    )


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.publishing import supplement

    with open_named_case(options) as case:
        try:
            made = supplement(case, options.bundle, options.out)
        except OSError as error:
            raise UsageError("the bundle cannot be read", "name the folder that `release` wrote") from error
    return Answer(
        {"path": str(made.path), "time": made.time},
        f"{made.path}: copy these files over the bundle; its time is then {made.time}",
    )
