"""If this fails, something outside that relies on the command line's promises breaks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECK = ROOT.parent / "shared" / "checks" / "contract"


@pytest.mark.skipif(not CHECK.exists(), reason="the contract's check is not beside this checkout")
@pytest.mark.skipif(
    not (ROOT / ".venv/bin/witnessmark").exists(), reason="the README's set-up was not run here"
)
@pytest.mark.parametrize("group", ["help", "inspect", "case"])
def test_the_interface_contract_holds(group: str) -> None:
    """Shapes, exit codes and manners of the verbs."""
    done = subprocess.run(
        [sys.executable, str(CHECK), group], cwd=ROOT, capture_output=True, text=True, timeout=550
    )
    assert done.returncode == 0, done.stdout + done.stderr
