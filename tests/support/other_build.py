"""A second environment with another version of PyAV (and the FFmpeg inside it), everything else as here.

Made once from the package registry and kept under ``.soak/environments``; a machine that can reach no registry skips,
and says so. Our own package and all others come from this environment: only the decoder differs.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ROOT / ".soak" / "environments"
AV = "17.1.0"
"""The release before the one we pin, with FFmpeg's libavcodec 62.28.101 against our 62.28.102."""
OFFLINE = ("network", "dns", "resolve", "connect", "unreachable", "timed out", "offline")


@dataclass(frozen=True, slots=True)
class OtherBuild:
    python: Path
    av: str

    def witnessmark(self, *words: str) -> subprocess.CompletedProcess[str]:
        run_it = "from witnessmark.cli import main; raise SystemExit(main())"
        return subprocess.run(
            [str(self.python), "-c", run_it, *words], capture_output=True, text=True, check=False
        )


def other_build(av: str = AV) -> OtherBuild:
    """The environment; skips only where no registry can be reached. Any other fault fails."""
    place = ENVIRONMENTS / f"av-{av}"
    python = place / "bin" / "python"
    done = place / "ready"
    if not done.is_file():
        _make(place, av)
        done.write_text("", encoding="utf-8")
    return OtherBuild(python, av)


def _make(place: Path, av: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    found = str(uv) if uv.is_file() else shutil.which("uv")
    if found is None:
        pytest.fail("uv is not installed beside this Python: run `./start setup`")
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    _run(found, "venv", "-q", "--python", sys.executable, str(place))
    _run(found, "pip", "install", "-q", "--no-deps", "--python", str(place / "bin" / "python"), f"av=={av}")
    packages = next((place / "lib").glob("python3*/site-packages"))
    here = sysconfig.get_path("purelib")
    # Behind its own packages come all of ours: its PyAV is found first, everything else is the same.
    (packages / "beside.pth").write_text(f"import site; site.addsitedir({here!r})\n", encoding="utf-8")


def _run(*command: str) -> None:
    ran = subprocess.run(list(command), capture_output=True, text=True, check=False)
    if ran.returncode == 0:
        return
    said = ran.stderr.lower()
    if any(word in said for word in OFFLINE):
        pytest.skip("no package registry can be reached: the re-run with another PyAV is not tested here")
    pytest.fail(f"the second environment could not be made: {ran.stderr[-800:]}")
