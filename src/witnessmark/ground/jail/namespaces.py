"""The optional outer layer: the child in namespaces of its own, by bubblewrap, where it is present and works.

File system, network, users, IPC and host name are its own. The process namespace is not: bubblewrap's reaper
inside one would hide the child's CPU time from us, and signalling others is forbidden by the inner layers.
Many distributions forbid unprivileged user namespaces; then the wrapper is empty and the level stays S2.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

from witnessmark.ground.jail.grants import ENVIRONMENT, Grants

PROBE_S = 10.0


def _command(bwrap: str, grants: Grants) -> tuple[str, ...]:
    binds: list[str] = []
    for path in dict.fromkeys([*grants.readable, grants.interpreter]):
        if os.path.exists(path):  # noqa: PTH110
            binds += ["--ro-bind", path, path]
    return (
        bwrap,
        "--unshare-user",
        "--unshare-ipc",
        "--unshare-net",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--die-with-parent",
        *binds,
        "--chdir",
        "/",
        "--",
    )


@cache
def _works(command: tuple[str, ...], interpreter: str) -> bool:
    """Whether the interpreter really starts inside."""
    try:
        done = subprocess.run(
            [*command, interpreter, "-S", "-c", "import json"],
            env=dict(ENVIRONMENT),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def wrapper(grants: Grants) -> list[str]:
    """The words to put before the child's command line; empty where bubblewrap is absent or forbidden."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return []
    command = _command(bwrap, grants)
    return list(command) if _works(command, grants.interpreter) else []
