"""What a command costs: CPU time of the process and of all its children, by the kernel's own account.

CPU seconds are user + system of getrusage(2) for a finished process and everything it waited for. On a shared
machine they move by some tens of per cent (caches, the other half of a core); wall-clock times move by factors.
So peers are run in turn, round by round, and the least and the median of the rounds are told.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


class BenchError(Exception):
    """The benchmark cannot be run here; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU and wall-clock seconds of one run."""

    cpu_s: float
    wall_s: float

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.cpu_s + other.cpu_s, self.wall_s + other.wall_s)


NOTHING = Usage(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Ran:
    usage: Usage
    output: str


def run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdout: Path | None = None,
) -> Ran:
    """Run to the end and measure. Raises BenchError where it fails: a failed run has no speed."""
    started = time.perf_counter()
    sink = stdout.open("wb") if stdout is not None else subprocess.PIPE
    try:
        child = subprocess.Popen(
            list(command),
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT if stdout is None else subprocess.DEVNULL,
        )
        said = b""
        if child.stdout is not None:
            with child.stdout as answers:
                said = answers.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    finally:
        if not isinstance(sink, int):
            sink.close()
    wall_s = time.perf_counter() - started
    if child.returncode != 0:
        tail = said.decode("utf-8", "replace").strip().splitlines()[-1:] or ["without a word"]
        raise BenchError(f"{Path(command[0]).name} ended with {child.returncode}: {tail[0]}")
    return Ran(Usage(used.ru_utime + used.ru_stime, wall_s), said.decode("utf-8", "replace"))


def tool(name: str, package: str) -> str:
    """Where a peer is installed. Raises BenchError that names the package to install."""
    found = shutil.which(name)
    if found is None:
        raise BenchError(f"{name} is not installed, and it is the peer here: apt-get install {package}")
    return found


def least(values: Sequence[float]) -> float:
    return round(min(values), 3)


def middle(values: Sequence[float]) -> float:
    return round(median(values), 3)


def compiled(*folders: Path) -> None:
    """Compile what lies in ``folders``, as `./start setup` leaves it: neither a jailed child nor a command started
    with PYTHONDONTWRITEBYTECODE keeps what it compiled, and would pay for it in every run."""
    run([sys.executable, "-m", "compileall", "-q", "-x", "[/]tests?[/]", *map(str, folders)])


def load() -> float:
    """Processes that wanted to run, over the last minute."""
    return round(os.getloadavg()[0], 2)
