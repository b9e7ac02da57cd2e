"""The receiver's time beside the container's dates and the burned-in clock; its places beside the declared ones.

Satellite time is UTC (GPS less the leap seconds). A container that states UTC must show the same; one that holds local
time differs by legal time somewhere; what is left is how far the recorder's own clock was off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from witnessmark.examine.telemetry.course import LEAPS_S, ClockStep, Course, distance_km, position
from witnessmark.examine.zonetime.difference import CLOCK_TOLERANCE_S, difference
from witnessmark.examine.zonetime.readings import ClockReading, ContainerReading
from witnessmark.ground.container.leap_seconds import leaps_until
from witnessmark.ground.container.telemetry import Fix
from witnessmark.model.findings import Grade
from witnessmark.model.zone_history import legal_offsets, offset_words

SAME_S = 120.0
"""Within this the two agree: cameras set the container's date when a file is opened or closed (as in ``metadata``)."""
LEAP_S = 1.5
"""A remainder this near the number of leap seconds is told as such: a clock set from GPS time without them."""
NEAR_KM = 1.0
FAR_KM = 100.0
"""A declared place within ``NEAR_KM`` of the way agrees with it (as in ``metadata``). Up to ``FAR_KM`` it may be the
last place that the recorder knew: the reach of an hour's drive, chosen."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One comparison in words. ``grade`` None: it agrees."""

    words: str
    grade: Grade | None
    gap_s: float | None = None


def of_container(course: Course, reading: ContainerReading, duration_s: float) -> Answer:
    """One container date against the receiver's begin. ``duration_s``: length of the recording, 0 where unknown."""
    assert course.begin_s is not None
    begin = datetime.fromtimestamp(course.begin_s, UTC)
    name = reading.fields[0]
    gaps = [reading.at_s - course.begin_s]
    if duration_s > 0:
        gaps.append(reading.at_s - duration_s - course.begin_s)
    allowed = SAME_S + course.error_s
    offsets = [0]
    if reading.zone != "stated":
        offsets += [round(offset.total_seconds()) for offset in legal_offsets(begin) if offset]
    # Plainly UTC first, then the nearest offset; the begin before the end.
    left, offset = min(
        ((gap - offset, offset) for offset in offsets for gap in gaps),
        key=lambda one: (abs(one[0]) > allowed, one[1] != 0, abs(one[0])),
    )
    whole = f"local time at UTC{offset_words(_delta(offset))}" if offset else "UTC"
    if abs(left) <= allowed:
        leaps = leaps_until(begin)
        note = ""
        if leaps and abs(gaps[0] - offset - leaps) <= LEAP_S:
            note = f", {leaps} s ahead: the leap seconds that GPS time leaves out"
        elif abs(left) >= 2:
            note = f", {abs(left):.0f} s {'ahead' if left > 0 else 'behind'}"
        return Answer(f"{name} is {whole}{note}", None, round(left, 1))
    nearest = min(gaps, key=abs)
    grade = Grade.WEAK if abs(left) <= CLOCK_TOLERANCE_S and reading.zone != "stated" else Grade.MODERATE
    return Answer(
        f"{name} = {reading.text} differs from the receiver's time by {_length(nearest)}"
        + (f" ({_length(left)} from {whole})" if grade is Grade.WEAK else ""),
        grade,
        round(nearest, 1),
    )


def of_clock(course: Course, clock: ClockReading) -> Answer:
    """The burned-in clock at the first picture against the receiver's time there."""
    assert course.begin_s is not None
    begin = datetime.fromtimestamp(course.begin_s, UTC)
    found = difference(clock, ContainerReading(("receiver",), begin, "utc_by_standard"), 0.0)
    chosen = found.chosen
    if chosen.legal_s is not None and abs(chosen.residual_s) <= SAME_S + course.error_s + clock.error_s:
        zone = f"at UTC{offset_words(_delta(chosen.legal_s))}" if chosen.legal_s else "in UTC"
        words = f" ({chosen.words})" if chosen.words else ""
        return Answer(f"the burned-in clock shows the receiver's time {zone}{words}", None, chosen.residual_s)
    # Without a date it may be a counter of elapsed time.
    grade = Grade.MODERATE if chosen.legal_s is None and clock.has_date else Grade.WEAK
    gap = chosen.difference_s
    return Answer(
        f"the burned-in clock differs from the receiver's time by {_length(gap)}", grade, round(gap, 1)
    )


def of_step(step: ClockStep) -> Answer:
    """One step of the receiver's clock while the recording's own time went on."""
    words = (
        f"between {step.before_s:.1f} s and {step.after_s:.1f} s of the recording the receiver's clock "
        f"{'leaps ahead' if step.step_s > 0 else 'goes back'} by {abs(step.step_s):.1f} s"
    )
    return Answer(words, Grade.WEAK if abs(step.step_s) <= LEAPS_S else Grade.MODERATE, round(step.step_s, 1))


def of_place(fixes: Sequence[Fix], declared: tuple[float, float], name: str) -> Answer | None:
    """A declared place against the nearest point of the way. None where the track has no place."""
    here = [place for fix in fixes if fix.has_lock and (place := position(fix)) is not None]
    if not here:
        return None
    apart = min(distance_km(place, declared) for place in here)
    if apart <= NEAR_KM:
        return Answer(f"{name} lies on the receiver's way", None)
    grade = Grade.WEAK if apart <= FAR_KM else Grade.MODERATE
    return Answer(f"{name} lies {apart:.0f} km from the receiver's way", grade)


def _delta(seconds: int) -> timedelta:
    return timedelta(seconds=seconds)


def _length(seconds: float) -> str:
    whole = round(abs(seconds))
    if whole >= 2 * 86400:
        return f"{whole // 86400} days {whole % 86400 // 3600} h"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min {whole % 60:02d} s"
