"""Without it a recorder's satellite time is not held against its container, or a finding tells where somebody was."""

# ruff: noqa: DTZ001 - the builders count naive moments as UTC

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from tests.support import boxes
from tests.support import telemetry_files as made
from witnessmark.examine.examiners import metadata, telemetry
from witnessmark.ground.container import BytesSource, sniff
from witnessmark.model.consumer import Feature, Product, Trace
from witnessmark.model.findings import FindingCore, Grade, Outcome
from witnessmark.model.recording import Recording
from witnessmark.model.series import Curve, series_from_feature

BEGIN = datetime(2020, 2, 18, 8, 0, 5)
SECONDS = 12


def weighed(data: bytes, clock: dict[str, Any] | None = None) -> tuple[FindingCore, ...]:
    """What the method says, given what metadata (and perhaps a clock) left in the same pass."""
    source = BytesSource(data)
    kind = sniff(source.read_at(0, 65536), source.size_bytes)
    recording = Recording(kind.format, (), None, 0, (), len(data))
    given: dict[str, tuple[Product, ...]] = {}
    for module in (metadata, telemetry):
        one = module.examination(kind)
        one.begin(recording, source)
        given[module.CARD.id] = one.finish()
    if clock is not None:
        given["clock"] = (Trace("clock.readings", clock),)
    return telemetry.weigh(kind, given)


def action_camera(
    created: datetime | None = BEGIN,
    moments: Sequence[datetime] | None = None,
    *,
    lock: int = 3,
    extra: bytes = b"",
    step_ms: int = 1000,
) -> bytes:
    moments = moments or made.moments(BEGIN, SECONDS)
    payloads = [made.gps5(m, p, lock) for m, p in zip(moments, made.way(len(moments)), strict=True)]
    return made.track_file("gpmd", payloads, created=created, extra=extra, step_ms=step_ms)


def burned_in(begin: datetime) -> dict[str, Any]:
    seconds = (begin - datetime(1970, 1, 1)).total_seconds()
    pts = np.arange(0, SECONDS)
    return {
        "base": Fraction(1), "pts": pts, "clock_s": seconds + pts, "has_date": True, "has_seconds": True,
        "jumps": [], "date_order_sure": True,
    }  # fmt: skip


def place_box(latitude: float, longitude: float) -> bytes:
    text = f"{latitude:+08.4f}{longitude:+09.4f}/".encode()
    return boxes.box("udta", boxes.box(b"\xa9xyz", len(text).to_bytes(2, "big"), b"\x15\xc7", text))


def test_what_agrees_is_told_without_a_mark() -> None:
    """The negative twin: an honest camera, in UTC, raises nothing and the finding says how many points and how far."""
    (core,) = weighed(action_camera(extra=place_box(*made.PLACE)))

    assert core.outcome is Outcome.NOT_OBSERVED and not core.must_be_explained
    assert (
        "12 points, 12 with a lock, from 2020-02-18 08:00:05 to 2020-02-18 08:00:16 UTC, 1.2 km"
        in core.statement
    )
    assert core.measurements["way"].value == pytest.approx(1.22, abs=0.01)
    assert core.core_digest


@pytest.mark.parametrize("hours", (4, -8, 5.75))
def test_local_time_in_the_container_is_named_and_let_pass(hours: float) -> None:
    """If this fails, every camera that writes local time into its container raises a mark."""
    (core,) = weighed(action_camera(BEGIN + timedelta(hours=hours)))

    assert core.outcome is Outcome.NOT_OBSERVED
    assert "is local time at UTC" in core.statement


def test_a_clock_set_from_gps_time_without_leap_seconds_is_recognised() -> None:
    """If this fails, eighteen seconds that have a name stand there as an unexplained difference."""
    (core,) = weighed(action_camera(BEGIN + timedelta(hours=-8, seconds=18)))

    assert core.outcome is Outcome.NOT_OBSERVED and "18 s ahead: the leap seconds" in core.statement


def test_the_container_may_state_the_end() -> None:
    """If this fails, a recorder that dates its file when closing it is called wrong by the recording's length."""
    moments = made.moments(BEGIN, 600)
    (core,) = weighed(action_camera(BEGIN + timedelta(seconds=600), moments))

    assert core.outcome is Outcome.NOT_OBSERVED


@pytest.mark.parametrize(
    ("gap", "grade"),
    (
        (timedelta(minutes=5), Grade.WEAK),
        (timedelta(hours=1, minutes=7), Grade.MODERATE),
        (timedelta(days=326), Grade.MODERATE),
    ),
)
def test_a_container_date_that_no_zone_explains_conflicts(gap: timedelta, grade: Grade) -> None:
    """If this fails, a re-dated file keeps its satellite time and nobody notices."""
    (core,) = weighed(action_camera(BEGIN + gap))

    assert core.outcome is Outcome.OBSERVED and core.grade is grade
    assert "differs from the receiver's time by" in core.statement


def test_a_cut_that_took_telemetry_along_shows_as_a_step() -> None:
    """If this fails, ten minutes taken out by stream copy leave no trace although the receiver saw them pass."""
    moments = [*made.moments(BEGIN, 6), *made.moments(BEGIN + timedelta(minutes=10), 6)]
    (core,) = weighed(action_camera(moments=moments))

    assert core.must_be_explained
    assert (
        "between 5.0 s and 6.0 s of the recording the receiver's clock leaps ahead by 594.0 s"
        in core.statement
    )


def test_the_receivers_clock_is_drawn_without_a_place() -> None:
    """If this fails, a step has to be believed instead of looked at, or the drawing holds where somebody was."""
    source = BytesSource(
        action_camera(moments=[*made.moments(BEGIN, 6), *made.moments(BEGIN + timedelta(minutes=10), 6)])
    )
    kind = sniff(source.read_at(0, 65536), source.size_bytes)
    one = telemetry.examination(kind)
    one.begin(Recording(kind.format, (), None, 0, (), source.size_bytes), source)
    (feature,) = [product for product in one.finish() if isinstance(product, Feature)]
    drawn = series_from_feature(feature)

    assert (
        isinstance(drawn, Curve)
        and drawn.points[0] == (0.0, 0.0)
        and drawn.points[-1][1] == pytest.approx(594)
    )
    assert drawn.marks == ((6.0, "+594.0 s"),)
    assert b"48.5" not in feature.data and b"35.0" not in feature.data


def test_a_receiver_that_learns_its_leap_seconds_is_no_mark() -> None:
    """If this fails, every cold start of a receiver raises a mark."""
    moments = [*made.moments(BEGIN, 6), *made.moments(BEGIN + timedelta(seconds=6 - 16), 6)]
    (core,) = weighed(action_camera(moments=moments))

    assert not core.must_be_explained and core.grade is Grade.WEAK


def test_a_time_lapse_has_no_steps() -> None:
    """If this fails, every time lapse is a hundred cuts."""
    (core,) = weighed(action_camera(moments=made.moments(BEGIN, 30, 20.0)))

    assert core.outcome is Outcome.NOT_OBSERVED and "time lapse" in core.statement


def test_the_burned_in_clock_is_held_against_satellite_time() -> None:
    """If this fails, a burned-in clock that is wrong by a day passes although a satellite contradicts it."""
    (right,) = weighed(action_camera(), burned_in(BEGIN + timedelta(hours=4)))
    (wrong,) = weighed(action_camera(), burned_in(BEGIN + timedelta(days=3, hours=1, minutes=10)))

    assert right.outcome is Outcome.NOT_OBSERVED and "at UTC+4 h" in right.statement
    assert wrong.must_be_explained and "the burned-in clock differs" in wrong.statement


def test_a_declared_place_far_from_the_way_conflicts_and_none_is_told() -> None:
    """If this fails, a place is invented for a recording, or the finding itself gives the place away."""
    for latitude, grade in ((made.PLACE[0] + 0.5, Grade.WEAK), (made.PLACE[0] + 20, Grade.MODERATE)):
        (core,) = weighed(action_camera(extra=place_box(latitude, made.PLACE[1])))
        said = json.dumps(core.to_json())

        assert core.outcome is Outcome.OBSERVED and core.grade is grade
        assert "km from the receiver's way" in said
        assert "48.5" not in said and "35.0" not in said and f"{latitude:.4f}" not in said


def test_questions_that_cannot_be_answered_say_why() -> None:
    """If this fails, silence passes for agreement."""
    (none,) = weighed(boxes.mp4(boxes.movie(created=BEGIN)))
    (unlocked,) = weighed(action_camera(lock=0))
    (alone,) = weighed(action_camera(None))

    assert none.outcome is Outcome.NOT_APPLICABLE and none.reason
    assert unlocked.outcome is Outcome.INCONCLUSIVE and "nothing can be compared" in unlocked.statement
    assert alone.outcome is Outcome.INCONCLUSIVE and "no date or place" in alone.statement
