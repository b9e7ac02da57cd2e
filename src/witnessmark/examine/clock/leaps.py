"""The clock's time against the file's: leaps, pace and standstill as findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from witnessmark.examine.clock import course as courses
from witnessmark.examine.clock.course import Jump, Stop
from witnessmark.examine.clock.face import Face
from witnessmark.examine.clock.strip import Strip
from witnessmark.examine.clock.watch import Watch
from witnessmark.examine.clock.words import JUMP, RATE, STOPPED, Readings, span_of
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome

if TYPE_CHECKING:
    from witnessmark.examine.contract import MethodCard

DAY_S = 86_400.0
MOST_SPOKEN = 12
"""Leaps with a finding of their own."""
STRONG_READINGS = 5
"""Readings on each side of a leap, five looks a second: one second of agreement."""
MOVING_GREY = 0.3
"""Mean change of the coarse picture between looks from which on the scene moves; coding noise of a held picture
stays below 0.1."""


def leaps(card: MethodCard, watch: Watch, strip: Strip, read: Readings) -> tuple[FindingCore, ...]:
    course, face = read.course, strip.face
    if not course.jumps:
        least = 2 if face.has_seconds else 90
        statement = (
            f"Over {read.time_s[-1] - read.time_s[0]:.1f} s the clock nowhere leaps by {least} s or more "
            f"({read.kept} readings, {1 - read.kept / max(1, read.looks):.0%} of the looks unread)."
        )
        return (
            card.finding(
                JUMP, Outcome.NOT_OBSERVED, statement, measurements={"readings": Measurement(read.kept)}
            ),
        )
    largest = sorted(course.jumps, key=lambda j: -abs(j.jump_s))[:MOST_SPOKEN]
    cores = [_jump(card, watch, strip, read, jump) for jump in sorted(largest, key=lambda j: j.before)]
    return tuple(cores)


def _jump(card: MethodCard, watch: Watch, strip: Strip, read: Readings, jump: Jump) -> FindingCore:
    face, uncertainty_s = strip.face, jump.uncertainty_s
    before, after = float(read.clock_s[jump.before]), float(read.clock_s[jump.after])
    passed = float(read.time_s[jump.after] - read.time_s[jump.before])
    way = "forward" if jump.jump_s > 0 else "back"
    statement = (
        f"The burned-in clock goes from {face.shown(before)} to {face.shown(after)} while {passed:.2f} s of video "
        f"pass: it leaps {way} by {abs(jump.jump_s):.1f} s (±{uncertainty_s:.1f} s). "
        f"{jump.readings_before} readings before and {jump.readings_after} after it keep time."
    )
    if not face.is_order_sure and face.has_date and abs(jump.jump_s) >= DAY_S:
        statement += " How far depends on the order of its date, which is not sure."
    fewest = min(jump.readings_before, jump.readings_after)
    unsure = strip.checks.asked > strip.checks.agreed
    grade = Grade.STRONG if fewest >= STRONG_READINGS and not unsure else Grade.MODERATE
    if fewest < STRONG_READINGS and unsure:
        grade = Grade.WEAK
    return card.finding(
        JUMP,
        Outcome.OBSERVED,
        statement,
        span=span_of(watch, read, jump.before, jump.after),
        measurements={
            "jump_s": Measurement(round(jump.jump_s, 2), "s"),
            "uncertainty": Measurement(round(uncertainty_s, 2), "s"),
            "video_passed": Measurement(round(passed, 3), "s"),
            "before": Measurement(face.shown(before)),
            "after": Measurement(face.shown(after)),
            "readings_before": Measurement(jump.readings_before),
            "readings_after": Measurement(jump.readings_after),
        },
        grade=grade,
    )


def pace(card: MethodCard, watch: Watch, strip: Strip, read: Readings) -> FindingCore:
    held = read.course.pace
    if held is None:
        statement = (
            "Too few ticks of the clock were read, over too short a time, to measure its pace "
            f"({courses.LEAST_RATE_SPAN_S:.0f} s and more are needed)."
        )
        return card.finding(RATE, Outcome.INCONCLUSIVE, statement)
    measurements = {
        "rate": Measurement(round(held.rate, 5), "s per s"),
        "rate_low": Measurement(round(held.low, 5), "s per s"),
        "rate_high": Measurement(round(held.high, 5), "s per s"),
        "measured_over": Measurement(round(held.span_s, 2), "s"),
    }
    said = f"{held.rate:.4f} s of the clock per second of the recording ({held.low:.4f} to {held.high:.4f})"
    if held.is_out and held.leap_fits:
        statement = (
            f"Between its first and last tick the clock says {said}; one leap too small to be told, "
            "at the right pace would say the same, so neither is told."
        )
        return card.finding(RATE, Outcome.INCONCLUSIVE, statement, measurements=measurements)
    if not held.is_off:
        statement = (
            f"The clock keeps the pace of the file's time as far as {held.span_s:.0f} s can tell: {said}."
        )
        return card.finding(RATE, Outcome.NOT_OBSERVED, statement, measurements=measurements)
    drift = abs(held.rate - 1) * held.span_s
    way = "fast" if held.rate > 1 else "slow"
    statement = (
        f"The clock runs {way} against the file's time: {said}, {drift:.1f} s over {held.span_s:.0f} s."
    )
    sure = drift >= 2 * courses.LEAST_DRIFT_S + 1 and len(read.course.stretches) > 0
    return card.finding(
        RATE,
        Outcome.OBSERVED,
        statement,
        span=span_of(watch, read, 0, len(read.ticks) - 1),
        measurements=measurements,
        grade=Grade.STRONG if sure else Grade.MODERATE,
    )


def standstill(card: MethodCard, watch: Watch, strip: Strip, read: Readings) -> tuple[FindingCore, ...]:
    face = strip.face
    if not read.course.stops:
        longest = face.quantum_s + courses.LEAST_STOP_S
        statement = f"No reading of the clock lasts longer than {longest:.1f} s."
        return (card.finding(STOPPED, Outcome.NOT_OBSERVED, statement),)
    longest_first = sorted(read.course.stops, key=lambda s: -s.seconds)[:MOST_SPOKEN]
    return tuple(
        _stop(card, watch, face, read, stop) for stop in sorted(longest_first, key=lambda s: s.first)
    )


def _stop(card: MethodCard, watch: Watch, face: Face, read: Readings, stop: Stop) -> FindingCore:
    moved = _motion(watch, float(read.time_s[stop.first]), float(read.time_s[stop.last]))
    moves = moved > MOVING_GREY
    shown = face.shown(float(read.clock_s[stop.first]))
    statement = f"The clock shows {shown} for {stop.seconds:.1f} s of the recording, "
    statement += (
        "while the picture moves on."
        if moves
        else "and the picture hardly changes: the whole picture may be held."
    )
    return card.finding(
        STOPPED,
        Outcome.OBSERVED,
        statement,
        span=span_of(watch, read, stop.first, stop.last),
        measurements={
            "stands": Measurement(round(stop.seconds, 2), "s"),
            "shows": Measurement(shown),
            "motion": Measurement(round(moved, 2), "grey levels"),
        },
        grade=Grade.STRONG if moves and stop.seconds >= 2 * face.quantum_s + 1 else Grade.MODERATE,
    )


def _motion(watch: Watch, start_s: float, end_s: float) -> float:
    """Median change of the coarse picture between looks in a stretch."""
    times = watch.seconds(watch.looked_ticks)
    greys = np.asarray(watch.motion.greys)[: len(times)]
    inside = greys[(times > start_s) & (times <= end_s)]
    return float(np.median(inside)) if len(inside) else 0.0
