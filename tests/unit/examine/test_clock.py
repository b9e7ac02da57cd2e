"""Burned-in clocks: read where legible, silent where not, leaps found where made, none where nothing happened."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from tests.corpus.clips import Encode, make_clip
from tests.corpus.clocks import Course, Face, draw, make_clock
from tests.support.reels import findings_of, marked, told
from witnessmark.examine.registry import examinations
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.ground.media import run_reel
from witnessmark.model.consumer import Feature, Product, Trace
from witnessmark.model.findings import FindingCore, Grade, Outcome
from witnessmark.model.series import series_from_feature

SERIES, JUMP, RATE, STOPPED = "clock.series", "clock.jump", "clock.rate", "clock.stopped"
ALL = {SERIES, JUMP, RATE, STOPPED}
SMALL = (320, 176)
START = datetime(2020, 2, 18, 14, 3, 47, 300_000)  # noqa: DTZ001


def products_of(path: Path) -> tuple[Product, ...]:
    size = path.stat().st_size
    with path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), size)
        held.seek(0)
        outcome = run_reel(held, size, examinations(kind, only=["clock"]), kind=kind)
    assert outcome.failures == ()
    return tuple(product for _, product in outcome.products)


def one(cores: tuple[FindingCore, ...], kind: str) -> FindingCore:
    found = [core for core in cores if core.kind == kind]
    assert len(found) == 1
    return found[0]


@pytest.fixture(scope="module")
def leaping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clock that leaps 3 s ahead at 8 s of 14, as when three seconds were cut out of the recording."""
    path = tmp_path_factory.mktemp("clock") / "leap.mp4"
    face = Face("dmy-", digit_px=12, box=16, unit="CAM 3")
    make_clock(path, face, Course(START, jumps=((8.0, 3.0),)), seconds=14, size=SMALL)
    return path


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same clock, undisturbed: the negative twin."""
    path = tmp_path_factory.mktemp("clock") / "steady.mp4"
    make_clock(path, Face("dmy-", digit_px=12, box=16, unit="CAM 3"), Course(START), seconds=14, size=SMALL)
    return path


def test_a_leap_of_three_seconds_is_found_where_it_is(leaping: Path) -> None:
    """Or seconds cut out of a recording would go unseen although its own clock tells of them."""
    cores = findings_of(leaping, "clock")
    leap = one(cores, JUMP)
    assert (leap.outcome, leap.grade) == (Outcome.OBSERVED, Grade.STRONG)
    assert leap.measurements["jump_s"].value == pytest.approx(3.0, abs=0.5)
    assert leap.span is not None
    assert leap.span.start.seconds <= 8.0 <= leap.span.end.seconds
    assert leap.span.end.seconds - leap.span.start.seconds <= 1.0
    assert marked(cores) == [JUMP]


def test_an_undisturbed_clock_raises_nothing(steady: Path) -> None:
    """Or every recording with an overlay would be called cut."""
    cores = findings_of(steady, "clock")
    assert {core.kind for core in cores} == ALL
    assert marked(cores) == []
    series = one(cores, SERIES)
    assert series.outcome is Outcome.OBSERVED
    assert series.measurements["first_reading"].value == "2020-02-18 14:03:47"
    assert series.measurements["last_reading"].value in ("2020-02-18 14:04:00", "2020-02-18 14:04:01")
    assert series.measurements["layout"].value == "dd-mm-yyyy HH:MM:SS"
    assert series.measurements["date_order"].value == "dmy"


def test_what_stands_beside_the_clock_stays_out_of_statements(steady: Path) -> None:
    """Or a unit number that names a ward, or a guard, would be printed in every report."""
    products = products_of(steady)
    said = json.dumps([p.to_json() for p in products if isinstance(p, FindingCore)])
    assert "CAM" not in said
    sealed = next(p for p in products if isinstance(p, Feature) and p.name == "overlay.text")
    assert any("CAM" in line["text"] for line in json.loads(sealed.data)["lines"])


def test_the_trace_and_the_curve_hold_what_others_build_on(leaping: Path) -> None:
    """Or the weighing of cut against pause, and the zone table, would have nothing to weigh."""
    products = products_of(leaping)
    trace = next(p for p in products if isinstance(p, Trace))
    assert trace.name == "clock.readings"
    assert len(trace.data["pts"]) == len(trace.data["clock_s"]) > 40
    assert trace.data["has_date"] and trace.data["has_seconds"] and trace.data["date_order_sure"]
    ((before, after, jump_s),) = trace.data["jumps"]
    assert before < after and jump_s == pytest.approx(3.0, abs=0.5)
    drawn = next(p for p in products if isinstance(p, Feature) and p.name == "series.clock")
    assert len(series_from_feature(drawn).points) > 40  # type: ignore[union-attr]


def test_footage_without_a_clock_says_so(tmp_path: Path) -> None:
    """Or silence would be taken for a clock that keeps time."""
    path = make_clip(tmp_path / "bare.mp4", seconds=4, size=SMALL, seed=3, style="static", audio=False).path
    cores = findings_of(path, "clock")
    assert one(cores, SERIES).outcome is Outcome.NOT_OBSERVED
    assert "8 picture lines" in one(cores, SERIES).statement
    assert {one(cores, kind).outcome for kind in (JUMP, RATE, STOPPED)} == {Outcome.NOT_APPLICABLE}


def test_a_clock_that_stands_while_the_picture_moves(tmp_path: Path) -> None:
    """Or a still overlay over a running picture, or a picture looped under a clock, would pass."""
    path = tmp_path / "stopped.mp4"
    course = Course(START, stopped=(6.0, 11.0))
    make_clock(path, Face("ymd-", digit_px=12, box=16), course, seconds=15, size=SMALL)
    cores = findings_of(path, "clock")
    stop = one(cores, STOPPED)
    assert stop.outcome is Outcome.OBSERVED
    assert stop.measurements["stands"].value == pytest.approx(5.5, abs=1.0)
    assert "moves on" in stop.statement
    assert JUMP not in marked(cores)


def test_a_clock_that_runs_fast(tmp_path: Path) -> None:
    """Or footage played slower than it was taken would keep its own clock's secret."""
    path = tmp_path / "fast.mp4"
    make_clock(path, Face("ymd-", digit_px=12, box=16), Course(START, rate=1.25), seconds=16, size=SMALL)
    cores = findings_of(path, "clock")
    rate = one(cores, RATE)
    assert rate.outcome is Outcome.OBSERVED
    assert rate.measurements["rate"].value == pytest.approx(1.25, abs=0.03)
    assert JUMP not in marked(cores)


@pytest.mark.parametrize(
    ("face", "course", "shown", "order"),
    [
        (
            Face("yymd/", renderer="dots", digit_px=14, corner="tr", outline_px=1),
            Course(START),
            "14:03:4",
            "ymd",
        ),
        (
            Face("mdy-ampm", renderer="strokes", digit_px=16, box=0),
            Course(START),
            "2020-02-18 14:03:4",
            "mdy",
        ),
        (Face("dmy.", font="sans", digit_px=11, ink=20, box=220), Course(START), "2020-02-18 14:03:4", "dmy"),
    ],
)
def test_layouts_and_letters(tmp_path: Path, face: Face, course: Course, shown: str, order: str) -> None:
    """Or only the clocks of one maker would be read."""
    path = tmp_path / "face.mp4"
    make_clock(path, face, course, seconds=8, size=(416, 240))
    series = one(findings_of(path, "clock"), SERIES)
    assert series.outcome is Outcome.OBSERVED
    assert shown in str(series.measurements["first_reading"].value)
    assert order in str(series.measurements["date_order"].value)


def test_day_and_month_that_may_be_exchanged_are_said_to_be_unsure(tmp_path: Path) -> None:
    """Or the third of February would be sworn to where the second of March was meant."""
    path = tmp_path / "unsure.avi"
    course = Course(datetime(2021, 2, 3, 9, 10, 11, 200_000))  # noqa: DTZ001
    encode = Encode("mpeg4", bit_rate=1_500_000, audio=False)
    make_clock(path, Face("dmy-", digit_px=12, box=0), course, seconds=8, size=SMALL, encode=encode)
    series = one(findings_of(path, "clock"), SERIES)
    assert series.measurements["date_order"].value == "dmy or mdy"
    assert "not sure" in series.statement


def test_a_still_is_one_reading(tmp_path: Path) -> None:
    """Or trail-camera pictures would be silent about the time written on them."""
    from PIL import Image

    grey = np.full((240, 416), 90, np.uint8)
    grey += np.random.default_rng(4).integers(0, 12, grey.shape).astype(np.uint8)
    blank = np.vstack([grey, np.full((120, 416), 128, np.uint8)])
    drawn = draw(blank, Face("dmy.", digit_px=14, box=0, corner="br"), "30.12.2012 11:27:46")[:240]
    path = tmp_path / "still.png"
    Image.fromarray(drawn).save(path)
    cores = findings_of(path, "clock")
    assert told(cores, SERIES) == [(Outcome.OBSERVED, Grade.OBSERVATION)]
    assert one(cores, SERIES).measurements["first_reading"].value == "2012-12-30 11:27:46"
    assert {one(cores, kind).outcome for kind in (JUMP, RATE, STOPPED)} == {Outcome.NOT_APPLICABLE}


def test_the_core_is_the_same_twice(steady: Path) -> None:
    """Or the other side's expert could not reproduce a finding byte for byte."""
    first, second = (tuple(c.core_digest for c in findings_of(steady, "clock")) for _ in range(2))
    assert first == second


def test_faces_of_the_corpus_are_what_they_claim() -> None:
    """Or the set would test another clock than its truth says."""
    face = dataclasses.replace(Face("cyrillic"), unit="7")
    assert face.text(START) == "18-02-2020 Вт 14:03:47 7"
