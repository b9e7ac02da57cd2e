"""What a jailed child may read: the interpreter, the libraries, our own sources. Never a case, never /etc.

The child gets folders of packages, not the folder they lie in: beside the sources of a checkout there may
be anything.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SYSTEM_PATHS = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/etc/ld.so.cache",
    "/proc/cpuinfo",
    "/sys/devices/system/cpu",
)
"""Shared libraries, and what numeric libraries read to choose the kernels for this processor."""

OWN_PACKAGES = ("witnessmark", "witnessmark_verify")


@dataclass(frozen=True, slots=True)
class Grants:
    """Everything a child needs to import a task."""

    readable: tuple[str, ...]
    path: tuple[str, ...]
    """``sys.path`` of the child: standard library and installed packages."""
    packages: Mapping[str, str]
    """Top-level package name to its folder, for packages that lie in a checkout."""
    interpreter: str


def _package_folder(name: str) -> str | None:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return None
    return str(Path(spec.origin).parent)


@cache
def grants_for(top_package: str) -> Grants:
    """Grants for a task that lives in ``top_package``."""
    prefix_lib = str(Path(sys.base_prefix) / "lib")
    standard = [
        path for path in sys.path if path.startswith(prefix_lib) or path == sysconfig.get_path("stdlib")
    ]
    installed = [
        path
        for path in sys.path
        if Path(path).name in ("site-packages", "dist-packages") and Path(path).is_dir()
    ]
    path = tuple(dict.fromkeys([*standard, *installed]))
    packages = {
        name: folder
        for name in dict.fromkeys((*OWN_PACKAGES, top_package))
        if (folder := _package_folder(name)) is not None
        and not any(folder.startswith(base + os.sep) for base in path)
    }
    interpreter = os.path.realpath(sys.executable)
    readable = tuple(dict.fromkeys([*SYSTEM_PATHS, prefix_lib, *path, *packages.values()]))
    return Grants(readable=readable, path=path, packages=packages, interpreter=interpreter)


ENVIRONMENT: Mapping[str, str] = {
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "HOME": "/nonexistent",
    "TMPDIR": "/nonexistent",
    "PATH": "/nonexistent",
    # The order of sets of strings must not differ between two runs of the same method.
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    # Time zones come from the locked tzdata package, not from whatever the machine has.
    "PYTHONTZPATH": "",
    # One thread each: results must not depend on how many processors there are, and threads are refused.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
}
"""All that a child sees of the environment."""

INTERPRETER_FLAGS = ("-s", "-S", "-P", "-B")
"""No user site, no ``site`` (no .pth file runs), no script folder on the path, no bytecode written.

``-E`` is left out because the environment is ours to the last variable, and the hash seed must count.
"""
