"""What recorders and phones do by themselves is no edit; what they leave is read for what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus import events, recorders
from tests.corpus.clips import Encode, Scene, Truth
from tests.support.reels import findings_of, marked, starts

TIME_AND_PICTURE = ("timeline", "cut", "repeat", "freeze")
SIZE = (192, 144)


@pytest.fixture
def scene() -> Scene:
    return Scene(SIZE, 81)


def test_roll_over_leaves_two_whole_files(scene: Scene, tmp_path: Path) -> None:
    """Or every recorder's second file would look cut off from its first."""
    files = recorders.rolled_over(
        tmp_path / "1.mp4", tmp_path / "2.mp4", scene, Encode(gop=25, bframes=2), count=100
    )
    for truth in files:
        assert marked(findings_of(truth.path, *TIME_AND_PICTURE)) == []


def test_longer_exposure_in_the_dark_is_no_loss(scene: Scene, tmp_path: Path) -> None:
    """Or every phone that slows down at dusk would lack pictures."""
    truth = recorders.low_light(tmp_path / "dusk.mp4", scene, Encode(gop=24), dark=(48, 120), count=168)
    assert marked(findings_of(truth.path, *TIME_AND_PICTURE)) == []


def test_turned_and_copied_files_are_untouched(coded: Truth, tmp_path: Path) -> None:
    """Or a phone held upright, or a second copy, would raise a mark."""
    for truth in (
        recorders.turned(tmp_path / "turned.mp4", coded.path),
        recorders.exact_copy(tmp_path / "copy.mp4", coded.path),
    ):
        assert marked(findings_of(truth.path, *TIME_AND_PICTURE)) == []


def test_infrared_switch_changes_the_picture_and_nothing_else(tmp_path: Path) -> None:
    """Or a lamp at dusk would be a freeze, a repeat or a gap."""
    scene = Scene(SIZE, 82, style="static")
    truth = recorders.infrared(tmp_path / "ir.mp4", scene, Encode(gop=25), at=60, count=125)
    cores = findings_of(truth.path, *TIME_AND_PICTURE)
    assert set(marked(cores)) <= {"picture.cut"}


def test_trimmed_beginning_is_found(coded: Truth, tmp_path: Path) -> None:
    """Or what a phone's gallery hides by an edit list would stay unseen, though it is in the file."""
    truth = recorders.trimmed(tmp_path / "trimmed.mp4", coded.path, group=2, hidden=10)
    cores = findings_of(truth.path, "timeline")
    assert "timeline.disorder" in marked(cores)
    assert any("before the start of presentation" in core.statement for core in cores)


def test_pause_of_the_recorder_is_one_change_and_not_read_as_a_cut(tmp_path: Path) -> None:
    """Or a guard who stopped the camera would be reported as an editor."""
    truth = recorders.paused(
        tmp_path / "pause.mp4",
        Scene(SIZE, 83),
        Encode(gop=25, audio=False),
        at=110,
        paused_for=90,
        count=210,
    )
    cores = findings_of(truth.path, "timeline", "cut")
    (found,) = [c for c in cores if c.kind == "picture.cut"]
    assert found.must_be_explained
    assert starts((found,), "picture.cut")[0] == pytest.approx(truth.details["at_s"], abs=0.1)
    assert found.measurements["reading"].value != "cut"
    key = found.measurements["evidence_key_picture"].value
    assert isinstance(key, tuple)
    assert "off the schedule" in str(key[0])


def test_events_that_change_nothing_are_known(tmp_path: Path) -> None:
    """Or a freeze of an empty corridor would be counted as missed, though the file is what it would have been."""
    still, moving = Scene(SIZE, 84, style="empty", noise=3.0), Scene(SIZE, 84)
    assert not events.differ(still.picture(0), still.picture(50))
    assert events.differ(moving.picture(0), moving.picture(50))
