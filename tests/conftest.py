"""What every test may lean on."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED_MEDIA = ROOT.parent / "shared" / "media"


@pytest.fixture(scope="session")
def shared_media() -> Path:
    """The folder of real media beside the checkout; tests that need it say so when it is absent."""
    if not SHARED_MEDIA.is_dir():
        pytest.skip("real media are not beside this checkout (../shared/media)")
    return SHARED_MEDIA
