"""The peers of ``bench copies``: vPDQ (Meta) and ``perception`` (Thorn), in an environment of their own.

They are no dependency of ours. ``python -m bench copies --peers`` makes the environment once under
``.soak/environments/copies``: packages from the registry, vPDQ built from its source with the headers of the FFmpeg
libraries that the system has (Debian's ``-dev`` packages, unpacked beside it and not installed). Where that fails the
reason is kept in the results, and no figure of that peer is told.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.copies_set import CHANGES
from bench.measured import BenchError, run
from bench.results import ROOT

if TYPE_CHECKING:
    from bench.copies import Half

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
    return (
        "" if asked.returncode == 0 else (asked.stderr.strip().splitlines() or ["it cannot be imported"])[-1]
    )


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
        target = system / link.readlink()
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
        list(words),
        cwd=place,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        tail = (asked.stderr or asked.stdout).strip().splitlines()[-1:] or ["without a word"]
        raise BenchError(f"{Path(words[0]).name} {' '.join(words[1:3])}: {tail[0]}")


PEERS = ("vpdq", "framewise", "tmk")
PACKAGE_OF = {"vpdq": "vpdq", "framewise": "perception", "tmk": "perception"}
Point = tuple[float, float, float]
"""Frame distance in bits (or least cosine of whole files), least quality of a frame, least share that match."""
DOCUMENTED: dict[str, Point] = {"vpdq": (31.0, 50.0, 0.8)}
"""The examples of vPDQ's README: distance 31, quality 50, 80 % of the asked one's frames."""
DISTANCES = (15.0, 23.0, 31.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0)
QUALITIES = (0.0, 50.0)
SHARES = (0.1, 0.25, 0.5, 0.8)
COSINES = (*(round(0.5 + 0.01 * k, 2) for k in range(50)), 0.995, 0.999)


@dataclass(slots=True)
class Scores:
    """One peer on one half: hashes by key, and which pairs it would match at an operating point."""

    peer: str
    half: Half
    held: dict[str, Any]
    cpu_s: float
    errors: int
    _shares: dict[tuple[str, float, float], dict[tuple[str, str], float]] = field(default_factory=dict)

    def points(self) -> tuple[Point, ...]:
        if self.peer == "tmk":
            return tuple((cosine, 0.0, 0.0) for cosine in COSINES)
        return tuple((d, q, s) for d in DISTANCES for q in QUALITIES for s in SHARES)

    def matched(self, change: str, point: Point) -> set[tuple[str, str]]:
        """Pairs of this change that match."""
        distance, quality, share = point
        if self.peer == "tmk":
            cosines = self._pairs(change, 0.0, 0.0)
            return {pair for pair, value in cosines.items() if value >= distance}
        shares = self._pairs(change, distance, quality)
        return {pair for pair, value in shares.items() if value >= share}

    def _pairs(self, change: str, distance: float, quality: float) -> dict[tuple[str, str], float]:
        known = self._shares.get((change, distance, quality))
        if known is None:
            chosen = next(one for one in CHANGES if one.name == change)
            known = {
                (min(one, other), max(one, other)): self._score(one, other, distance, quality)
                for one, other, _ in self.half.asked(chosen)
            }
            self._shares[change, distance, quality] = known
        return known

    def _score(self, one: str, other: str, distance: float, quality: float) -> float:
        """Cosine of whole files, or the greater share of frames with a near frame on the other side."""
        a, b = self.held[one], self.held[other]
        if self.peer == "tmk":
            if a is None or b is None:
                return -1.0
            return float(a @ b / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-9))
        rows = [hashes[grades >= quality] for hashes, grades in (a, b)]
        if not len(rows[0]) or not len(rows[1]):
            return 0.0
        far = np.bitwise_count(rows[0][:, None] ^ rows[1][None]).sum(axis=2)
        return float(max((far.min(axis=1) <= distance).mean(), (far.min(axis=0) <= distance).mean()))


def scores(peer: str, half: Half) -> Scores:
    """Hash all files of a half with one peer."""
    files = {f"{name}/source": path for name, path in half.originals.items()}
    files |= {f"{name}/{change}": copy.path for (name, change), copy in half.copies.items()}
    out = FOLDER / f"{peer}-{half.name}.json"
    listed = out.with_suffix(".files")
    listed.write_text("\n".join(str(path) for path in files.values()))
    used = run(
        [str(PYTHON), str(WORKER), peer, str(listed), str(out)], environment={"OMP_NUM_THREADS": "1"}
    ).usage
    said = json.loads(out.read_text())
    held, errors = {}, 0
    for key, path in files.items():
        answer = said[path.name]
        errors += isinstance(answer, dict)
        held[key] = _read(peer, [] if isinstance(answer, dict) else answer)
    return Scores(peer, half, held, round(used.cpu_s, 1), errors)


def _read(peer: str, answer: list[Any]) -> Any:
    if peer == "tmk":
        return np.array(answer) if answer else None
    rows = [bytes.fromhex(one["h"]) for one in answer]
    hashes = np.frombuffer(b"".join(rows), "<u8").reshape(-1, 4)
    return hashes, np.array([one["q"] for one in answer], np.float64)
