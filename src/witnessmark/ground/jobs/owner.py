"""Who holds a job, and whether that process still lives.

A process number alone says nothing (numbers are used again), so an owner is {host, process number, start
time}. The host is told apart by the kernel's boot id and the PID namespace, hashed: two containers on one
machine must not take each other's processes for dead, and no machine name enters the database.
Source: proc(5), fields 1 and 22 of /proc/PID/stat; pid_namespaces(7).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

HOST_HEX = 16
"""64 bits are enough to tell the hosts of one case apart."""
START_TIME_FIELD = 22
"""Field number of ``starttime`` in /proc/PID/stat, counted from 1."""


@dataclass(frozen=True, slots=True)
class Owner:
    host: str
    process: int
    started_ticks: int
    """Start of the process in clock ticks since boot."""

    def __str__(self) -> str:
        return f"{self.host}:{self.process}:{self.started_ticks}"

    @classmethod
    def parse(cls, text: str) -> Owner:
        host, process, started = text.split(":")
        return cls(host, int(process), int(started))

    @property
    def is_gone(self) -> bool:
        """True only if it certainly lives no more: it ran on this host, and is not there.

        Of an owner on another host nothing is known; its lease has to run out.
        """
        return self.host == _host() and _started_ticks(self.process) != self.started_ticks


def this_process() -> Owner:
    process = os.getpid()
    started = _started_ticks(process)
    return Owner(_host(), process, -1 if started is None else started)


@lru_cache(maxsize=1)
def _host() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    namespace = os.readlink("/proc/self/ns/pid")  # noqa: PTH115  # not a path but the namespace's name
    return sha256(f"{boot}\n{namespace}".encode()).hexdigest()[:HOST_HEX]


def _started_ticks(process: int) -> int | None:
    """None if there is no such process, or only what is left of one (a zombie holds no job)."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command name (field 2) stands in brackets and may hold anything: count from the last one.
    fields = stat[stat.rindex(")") + 2 :].split()
    if fields[0] in ("Z", "X"):
        return None
    return int(fields[START_TIME_FIELD - 3])
