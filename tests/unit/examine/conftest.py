"""Clips that several tests attack, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.clips import Truth, make_clip
from tests.corpus.events import Decoded, decoded


@pytest.fixture(scope="session")
def hand_held(tmp_path_factory: pytest.TempPathFactory) -> Decoded:
    """Eight seconds of a hand-held scene, as pictures with sound."""
    path = tmp_path_factory.mktemp("source") / "hand.mp4"
    return decoded(make_clip(path, seconds=8, size=(256, 192), seed=31, crf=12).path)


@pytest.fixture(scope="session")
def coded(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """H.264 with B pictures and sound, closed groups of 25."""
    path = tmp_path_factory.mktemp("coded") / "b.mp4"
    return make_clip(path, seconds=8, size=(192, 144), seed=32, gop=25, bframes=2)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "edited.mp4"
