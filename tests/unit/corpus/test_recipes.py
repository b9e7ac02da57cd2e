"""The recipes tell the truth about what they make: or every rate measured with them would be wrong."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from tests.corpus import events
from tests.corpus.clips import Encode, Truth, make_clip
from witnessmark.ground.media.encode import STEADY


def presented(path: Path) -> list[float]:
    """Times of all decoded pictures, in seconds."""
    with av.open(str(path)) as held:
        video = held.streams.video[0]
        return [float((f.pts or 0) * (f.time_base or 0)) for f in held.decode(video)]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return make_clip(tmp_path_factory.mktemp("s") / "s.mp4", seconds=3, size=(160, 120), seed=61, gop=15)


@pytest.mark.parametrize("name", ["a.mp4", "b.mov", "c.mkv", "d.avi", "e.ts"])
def test_clip_holds_the_pictures_it_says(tmp_path: Path, name: str) -> None:
    """Count and spacing, in every container."""
    truth = make_clip(tmp_path / name, seconds=2, size=(160, 120), seed=62)
    times = presented(truth.path)
    assert len(times) == truth.frames == 50
    assert np.diff(times) == pytest.approx(np.full(49, 0.04), abs=0.0011)


def test_same_seed_same_pictures(tmp_path: Path) -> None:
    """Or a miss could not be looked at again. x264's macroblock tree is left out: with it the bytes are not its own."""

    def made(name: str, seed: int) -> bytes:
        steady = (("x264-params", STEADY),)
        return make_clip(
            tmp_path / name, seconds=1, size=(160, 120), seed=seed, extra=steady
        ).path.read_bytes()

    assert made("1.mp4", 63) == made("2.mp4", 63)
    assert made("1.mp4", 63) != made("3.mp4", 64)


def test_splice_removes_what_it_says(source: Truth, tmp_path: Path) -> None:
    """With the times closed, and with the hole left."""
    closed = events.spliced(tmp_path / "closed.mp4", source.path, group=2, retime=True)
    left = events.spliced(tmp_path / "left.mp4", source.path, group=2, retime=False)
    assert len(presented(closed.path)) == len(presented(left.path)) == 75 - 15
    assert max(np.diff(presented(closed.path))) == pytest.approx(0.04, abs=0.002)
    assert max(np.diff(presented(left.path))) == pytest.approx(0.04 + 0.6, abs=0.002)


def test_dropped_packet_is_gone(source: Truth, tmp_path: Path) -> None:
    """One, and its time with it."""
    truth = events.dropped(tmp_path / "d.mp4", source.path, ordinals=[20])
    assert truth.frames == 74
    assert max(np.diff(sorted(p * float(truth.base) for p in truth.pts))) == pytest.approx(0.08)


def test_edits_by_pictures_have_the_length_they_say(source: Truth, tmp_path: Path) -> None:
    """Cut shortens, repeat lengthens, freeze and cover keep."""
    held = events.decoded(source.path)
    encode = Encode(crf=20)
    assert events.cut(tmp_path / "c.mp4", held, encode, at=20, removed=10).frames == 65
    assert events.repeated(tmp_path / "r.mp4", held, encode, start=5, length=20, at=50).frames == 95
    assert events.frozen(tmp_path / "f.mp4", held, encode, at=20, length=30).frames == 75
    assert events.replaced(tmp_path / "p.mp4", held, encode, start=5, length=20, at=50).frames == 75
