"""The peers of ``bench copies``: vPDQ (Meta) and ``perception`` (Thorn), in an environment of their own.

They are no dependency of ours. ``python -m bench copies --peers`` makes the environment once under ``.soak/environments/
copies``: packages from the registry, vPDQ built from its source with the headers of the FFmpeg libraries that the
system has (Debian's ``-dev`` packages, unpacked beside it and not installed). Where that fails the reason is kept in
the results, and no figure of that peer is told.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.measured import BenchError, Usage, run
from bench.results import ROOT

FOLDER = ROOT / ".soak" / "environments" / "copies"
PYTHON = FOLDER / "venv" / "bin" / "python"
VPDQ, PERCEPTION = "vpdq==0.2.5", "perception==0.9.3"
HEADERS = (
    "libavcodec-dev", "libavformat-dev", "libavutil-dev", "libswscale-dev", "libswresample-dev", "libavdevice-dev",
    "libavfilter-dev", "libpostproc-dev",
)  # fmt: skip
WORKER = Path(__file__).with_name("copies_worker.py")


def prepared() -> dict[str, str]:
    """Peer: "" where it can be run, else the reason why not."""
    return {name: _reason(name) for name in ("vpdq", "perception")}


def _reason(name: str) -> str:
    if not PYTHON.is_file():
        return "its environment has not been made: python -m bench copies --peers"
    asked = subprocess.run([str(PYTHON), "-c", f"import {name}"], capture_output=True, text=True, check=False)
    return "" if asked.returncode == 0 else (asked.stderr.strip().splitlines() or ["it cannot be imported"])[-1]


def prepare() -> None:
    """Make the environment. Raises BenchError with the step that failed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    _do([sys.executable, "-m", "venv", str(FOLDER / "venv")])
    pip = [str(PYTHON), "-m", "pip", "install", "-q"]
    _do([*pip, PERCEPTION, "opencv-python-headless"])
    debs = FOLDER / "debs"
    debs.mkdir(exist_ok=True)
    _do(["apt-get", "download", "-q", *HEADERS], debs)
    headers = FOLDER / "headers"
    for package in sorted(debs.glob("*.deb")):
        _do(["dpkg", "-x", str(package), str(headers)])
    libraries = next(headers.glob("usr/lib/*-linux-gnu"))
    system = Path("/") / libraries.relative_to(headers)
    for link in libraries.glob("lib*.so"):
        target = system / os.readlink(link)
        link.unlink()
        link.symlink_to(target)
    for description in (libraries / "pkgconfig").glob("*.pc"):
        lines = description.read_text().splitlines()
        kept = [line for line in lines if not line.startswith(("Requires.private", "Libs.private"))]
        description.write_text("\n".join(kept) + "\n")
    found = {"PKG_CONFIG_PATH": str(libraries / "pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": str(headers)}
    _do([*pip, VPDQ], environment=found)


def _do(words: Sequence[str], place: Path | None = None, environment: dict[str, str] | None = None) -> None:
    asked = subprocess.run(
        list(words), cwd=place, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False
    )
    if asked.returncode:
        tail = (asked.stderr or asked.stdout).strip().splitlines()[-1:] or ["without a word"]
        raise BenchError(f"{Path(words[0]).name} {' '.join(words[1:3])}: {tail[0]}")


def hashed(peer: str, files: Sequence[Path], out: Path) -> Usage:
    """Hash files with one peer (results to ``out``, JSON by file name); what it cost."""
    listed = out.with_suffix(".files")
    listed.write_text("\n".join(map(str, files)))
    return run([str(PYTHON), str(WORKER), peer, str(listed), str(out)], environment={"OMP_NUM_THREADS": "1"}).usage


def read(out: Path) -> dict[str, Any]:
    held: dict[str, Any] = json.loads(out.read_text())
    return held
