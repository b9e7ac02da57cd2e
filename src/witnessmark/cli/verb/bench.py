"""`bench`: the benchmarks of the source checkout, run from here."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from witnessmark.cli.answer import Answer
from witnessmark.model.errors import UnusableInputError

CHECKOUT = Path(__file__).resolve().parents[4]
"""Where ``src`` lies, if this is a checkout."""


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("name", metavar="NAME", help="intake, speed, authenticity, natives or soak")
    parser.add_argument(
        "options", nargs=argparse.REMAINDER, metavar="...", help="its own options; try `bench NAME --help`"
    )


def run(options: argparse.Namespace) -> Answer:
    if not (CHECKOUT / "bench" / "__main__.py").is_file():
        raise UnusableInputError(
            "the benchmarks are not installed with the package",
            "they are part of the source: run this in a checkout of witnessmark",
        )
    command = [sys.executable, "-m", "bench", options.name, *options.options]
    ran = subprocess.run(
        command, cwd=CHECKOUT, check=False, text=True, stdout=subprocess.PIPE if options.json else None
    )
    said = (ran.stdout or "").splitlines()
    document = {"name": options.name, "exit_code": ran.returncode, "output": said}
    return Answer(document, "", ran.returncode)
