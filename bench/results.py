"""What a benchmark leaves: one JSON document with its figures and all that is needed to run it again.

Machine facts are those that explain a figure (processor, cores, kernel, versions); never names or paths.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"


def commit() -> str:
    """The commit that is checked out, with ``+`` where files under src or bench differ from it."""
    head = _git("rev-parse", "HEAD") or "unknown"
    changed = _git("status", "--porcelain", "--", "src", "bench/*.py")
    return head + ("+" if changed else "")


def machine() -> dict[str, Any]:
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30), 1),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "python": platform.python_version(),
    }


def version_of(command: Sequence[str]) -> str:
    """First line of what a peer says of its version."""
    asked = subprocess.run(list(command), capture_output=True, text=True, check=False)
    lines = (asked.stdout or asked.stderr).splitlines()
    return lines[0].split(" Copyright")[0] if lines else "unknown"


def document(
    name: str, *, seed: int, words: Sequence[str], begun_at: str, figures: Mapping[str, Any]
) -> dict[str, Any]:
    """``begun_at``: ``commit()`` before the run; where the code changed under it, both ends are told."""
    ended_at = commit()
    return {
        "schema": f"witnessmark/bench-{name}/1",
        "command": " ".join(["python", "-m", "bench", name, *words]),
        "seed": seed,
        "commit": begun_at if begun_at == ended_at else f"{begun_at} to {ended_at}",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine(),
        **figures,
    }


def write(name: str, held: Mapping[str, Any], out: Path | None = None) -> Path:
    """Into ``bench/results/NAME.json``, or to ``out``."""
    path = out or RESULTS / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def told_words() -> list[str]:
    """The options of this run without those that name places on this machine."""
    words, kept = iter(sys.argv[1:]), []
    for word in words:
        if word in ("--folder", "--out", "--file"):
            next(words, None)
        elif not word.startswith(("--folder=", "--out=", "--file=")):
            kept.append(word)
    return kept


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return platform.machine()
    for line in text.splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _git(*words: str) -> str:
    asked = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stdout.strip() if asked.returncode == 0 else ""
