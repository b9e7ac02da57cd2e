"""`doctor`: what this machine can do, and what to mend."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from witnessmark.cli.answer import DONE, FOUND_WRONG, Answer
from witnessmark.cli.figures import size

LEVEL_WORDS = {
    "S3": "strongest: Landlock, seccomp and a namespace of its own",
    "S2": "strong: Landlock and seccomp",
    "S1": "weak: seccomp and limits only; files of the user can be read by a taken-over decoder",
    "S0": "none: evidence will not be opened",
}


def arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(), metavar="FOLDER", help="where cases will lie"
    )


def run(options: argparse.Namespace) -> Answer:
    from witnessmark.case.machine import look

    state: dict[str, Any] = look(options.folder)
    level = state["sandbox"]
    free = shutil.disk_usage(options.folder if options.folder.exists() else Path("/")).free
    state["free_bytes"] = free
    state["python"] = sys.version.split()[0]
    state["clock"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    writing = "safe writing works here"
    if not state["durable"]:
        writing = f"this folder cannot hold a case safely: {state['durable_fault']}"
    lines = [
        f"sandbox    {level}: {LEVEL_WORDS[level]}",
        f"decoder    {state['build']}",
        f"codecs     {', '.join(state['codecs'])}"
        + (f"; missing: {', '.join(state['missing_codecs'])}" if state["missing_codecs"] else ""),
        f"database   {state['database']}",
        f"disk       {size(free)} free; {writing}",
        f"clock      {state['clock']} (UTC). Is that right? Receipts and the log state it.",
        f"fonts      {'found' if state['fonts'] else 'DejaVu is missing: reports in PDF would lack letters'}",
    ]
    ok = level != "S0" and state["durable"] and not state["missing_codecs"]
    lines.append("this machine is ready" if ok else "see above for what to mend")
    return Answer({**state, "ok": ok}, "\n".join(lines), DONE if ok else FOUND_WRONG)
