"""How strong is the jail on this machine? Built for real, and then the forbidden things are tried."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from witnessmark.ground.jail.run import run
from witnessmark.ground.jail.terms import MIB, Budget, Ended, Level
from witnessmark.ground.jail.wire import Outlet

PROBE_BUDGET = Budget(memory_bytes=512 * MIB, cpu_s=20, wall_s=30.0)


AF_INET, SOCK_STREAM = 2, 1


def _open_socket() -> None:
    """By the C library: the module for sockets is reserved to the package that may use the network."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.socket(AF_INET, SOCK_STREAM, 0)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "no socket")
    os.close(fd)


def _run_program() -> None:
    os.execv("/bin/true", ["true"])


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _signal_parent() -> None:
    os.kill(os.getppid(), 0)


def _read_file() -> None:
    os.close(os.open("/etc/passwd", os.O_RDONLY))


def _write_file() -> None:
    os.close(os.open("/tmp/.witnessmark-probe", os.O_WRONLY | os.O_CREAT | os.O_EXCL))


CALLS: Mapping[str, Callable[[], None]] = {
    "socket": _open_socket,
    "fork": _fork,
    "signal": _signal_parent,
}
FILES: Mapping[str, Callable[[], None]] = {"read": _read_file, "write": _write_file}


def attempt(request: dict[str, Any], files: dict[str, int], secrets: dict[str, bytes], out: Outlet) -> None:
    """Jailed task: try what must not work and record whether it did. Running a program is tried last."""
    for name, forbidden in {**FILES, **CALLS, "exec": _run_program}.items():
        try:
            forbidden()
        except OSError:
            out.record({"tried": name, "denied": True})
        else:
            out.record({"tried": name, "denied": False})


@cache
def level() -> Level:
    """The level that children on this machine reach, established once per process.

    A layer counts only if what it forbids did fail: a filter that installs but does not hold counts as none.
    """
    denied: set[str] = set()

    def note(record: dict[str, Any]) -> None:
        if record.get("denied") is True:
            denied.add(str(record.get("tried")))

    result = run(
        "witnessmark.ground.jail.probe:attempt",
        {},
        budget=PROBE_BUDGET,
        on_record=note,
        allow_unsandboxed=True,
    )
    if result.ended is not Ended.DONE or not denied >= {*CALLS, "exec"}:
        return Level.S0
    if not denied >= set(FILES):
        return Level.S1
    return result.level
