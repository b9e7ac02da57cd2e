"""What the vault's tests share: identities, a stock ``age``, a case with cheap passphrases."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from witnessmark.ground.vault import age
from witnessmark.ground.vault.keyring import Keyring
from witnessmark.ground.vault.keys import create_case_keys
from witnessmark.ground.vault.recovery import RecoveryShares

WORK_FACTOR = 10
"""Cheap scrypt: these tests open many files."""


@pytest.fixture(scope="session")
def identity() -> str:
    return age.new_identity()


@pytest.fixture(scope="session")
def other_identity() -> str:
    return age.new_identity()


@pytest.fixture
def stock_age(tmp_path: Path) -> Callable[[bytes, str], subprocess.CompletedProcess[bytes]]:
    """Runs the stock ``age -d`` with an identity on the bytes of a file."""
    program = shutil.which("age")
    if program is None:
        pytest.skip("the stock `age` program is not installed (Debian package: age)")

    def decrypt(sealed: bytes, identity_file: str) -> subprocess.CompletedProcess[bytes]:
        keys, file = tmp_path / "stock-identity", tmp_path / "stock-file"
        keys.write_text(identity_file + "\n")
        file.write_bytes(sealed)
        return subprocess.run(
            [program, "-d", "-i", str(keys), str(file)], capture_output=True, timeout=60, check=False
        )

    return decrypt


@pytest.fixture
def case(tmp_path: Path) -> tuple[Path, Keyring, RecoveryShares]:
    folder = tmp_path / "case"
    keyring, shares = create_case_keys(folder, "owl", "owl's words", work_factor=WORK_FACTOR)
    return folder, keyring, shares
