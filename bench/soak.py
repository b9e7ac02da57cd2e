"""Every long round in full, one part after the other: hours. The same command goes on where it was stopped.

Parts are the test files that have long rounds (all of each, with WITNESSMARK_SOAK=1) and the full benches.
What is finished is kept in .soak/state.json for the code that is checked out, down to uncommitted changes;
other code begins anew. A part that fails is told, tried again by the next call, and does not stop the rest.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.results import ROOT
from bench.table import table

STATE = ROOT / ".soak" / "state.json"
LOGS = ROOT / ".soak" / "logs"
SIGNS_OF_LONG_ROUNDS = ("mark.soak", "tests.support.rounds", "WITNESSMARK_SOAK")
TEST_TIMEOUT_S = 6 * 3600
"""For one test; the usual ten minutes are for the short rounds."""


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    command: tuple[str, ...]


def parts() -> list[Part]:
    """Tests first, in the order of their names, then the benches (they want a quiet machine)."""
    python = sys.executable
    found = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if path.parent.name != "bench" and any(sign in text for sign in SIGNS_OF_LONG_ROUNDS):
            name = path.relative_to(ROOT).as_posix()
            found.append(Part(name, (python, "-m", "pytest", "-q", f"--timeout={TEST_TIMEOUT_S}", name)))
    both = str(min(2, len(os.sched_getaffinity(0))))
    found.append(Part("bench families", (python, "-m", "bench", "families")))
    found.append(Part("bench authenticity", (python, "-m", "bench", "authenticity", "--jobs", both)))
    found += [Part(f"bench {name}", (python, "-m", "bench", name)) for name in ("intake", "speed", "release")]
    media = ROOT.parent / "shared" / "media" / "camera"
    if media.is_dir():
        found.append(Part("bench natives", (python, "-m", "bench", "natives", str(media))))
    return found


def code_state() -> str:
    """Digest of the commit and of every change to it, results of benches apart."""
    digest = hashlib.sha256()
    beside = ("--", ".", ":(exclude)bench/results")
    for words in (("rev-parse", "HEAD"), ("diff", "HEAD", *beside), ("status", "--porcelain", *beside)):
        asked = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)
        digest.update(asked.stdout + b"\0")
    return digest.hexdigest()


def load_state(path: Path, code: str) -> dict[str, Any]:
    """What was finished of this code; empty for another one or an unreadable file."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        held = {}
    if not isinstance(held, dict) or held.get("code") != code:
        return {"code": code, "parts": {}}
    return held


def save_state(path: Path, state: dict[str, Any]) -> None:
    """The old state or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)


def run_part(part: Part) -> tuple[bool, float]:
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / (part.name.replace("/", "-").replace(" ", "-") + ".log")
    started = time.monotonic()
    with log.open("wb") as out:
        ran = subprocess.run(
            part.command,
            cwd=ROOT,
            env={**os.environ, "WITNESSMARK_SOAK": "1"},
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return ran.returncode == 0, time.monotonic() - started


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="parts with this word")
    parser.add_argument("--list", action="store_true", help="show the parts and what is finished")
    parser.add_argument("--again", action="store_true", help="forget what is finished")
    chosen = parser.parse_args()
    code = code_state()
    state: dict[str, Any] = {"code": code, "parts": {}} if chosen.again else load_state(STATE, code)
    wanted = [p for p in parts() if not chosen.only or any(word in p.name for word in chosen.only)]
    if chosen.list:
        show(wanted, state)
        return 0
    for part in wanted:
        if state["parts"].get(part.name, {}).get("passed"):
            continue
        print(f"{part.name} ...", flush=True)
        passed, seconds = run_part(part)
        state["parts"][part.name] = {
            "passed": passed,
            "seconds": round(seconds, 1),
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        }
        save_state(STATE, state)
    show(wanted, state)
    return 0 if all(state["parts"].get(part.name, {}).get("passed") for part in wanted) else 1


def show(wanted: list[Part], state: dict[str, Any]) -> None:
    words = {True: "passed", False: "FAILED", None: "to do"}
    rows = []
    for part in wanted:
        told = state["parts"].get(part.name, {})
        rows.append([part.name, words[told.get("passed")], told.get("seconds")])
    print(table(["part", "", "s"], rows))
    print("logs of the parts: .soak/logs")


if __name__ == "__main__":
    sys.exit(main())
