"""Say what was read: the findings of one file, the series for the chart, the trace for other methods.

Unit numbers and labels beside the clock may name people or places: they go into the sealed feature
``overlay.text`` and never into a statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import rfc8785
from numpy.typing import NDArray

from witnessmark.examine.clock import course as courses
from witnessmark.examine.clock.course import Course, Jump, Stop
from witnessmark.examine.clock.detector import Box
from witnessmark.examine.clock.face import Face
from witnessmark.examine.clock.layouts import Written, parse
from witnessmark.examine.clock.strip import Strip
from witnessmark.examine.clock.watch import LEAST_PICTURES, SAMPLES_PER_S, Watch, Writing
from witnessmark.model.consumer import Feature, Product, Trace
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.series import Curve, thinned
from witnessmark.model.time import Span

if TYPE_CHECKING:
    from witnessmark.examine.contract import MethodCard

SERIES, JUMP, RATE, STOPPED = "clock.series", "clock.jump", "clock.rate", "clock.stopped"
OVERLAY_TEXT, OVERLAY_VERSION = "overlay.text", 1
LEAST_READ = 3
MOST_SPOKEN = 12
"""Leaps with a finding of their own."""
STRONG_READINGS = 5
"""Readings on each side of a leap, five looks a second: one second of agreement."""
LEAST_CONFIRMED = 0.5
MOVING_GREY = 0.3
"""Mean change of the coarse picture between looks from which on the scene moves; coding noise of a held picture
stays below 0.1."""
LEAST_TEXT_CONFIDENCE = 0.5
STILL_CONFIDENCE = 0.6


@dataclass(frozen=True, slots=True)
class Readings:
    """What a strip gave, without what was unread."""

    ticks: NDArray[np.int64]
    time_s: NDArray[np.float64]
    clock_s: NDArray[np.float64]
    """Unwrapped at midnight where there is no date."""
    looks: int
    course: Course

    @property
    def kept(self) -> int:
        return int(self.course.kept.sum())


def account(card: MethodCard, watch: Watch) -> tuple[Product, ...]:
    """All products of one file."""
    texts = _overlay_text(watch)
    if watch.strip is None:
        return (*_without_series(card, watch), *texts)
    read = readings_of(watch, watch.strip)
    confirmed = watch.strip.checks
    doubtful = confirmed.asked >= LEAST_READ and confirmed.agreed < LEAST_CONFIRMED * confirmed.asked
    if read.kept < LEAST_READ or doubtful:
        return (*_illegible(card, watch, read), *texts)
    strip = watch.strip
    return (
        _series(card, watch, strip, read),
        *_jumps(card, watch, strip, read),
        _rate(card, watch, strip, read),
        *_stopped(card, watch, strip, read),
        _curve(strip, read).to_feature(),
        _trace(watch, strip, read),
        *texts,
    )


def readings_of(watch: Watch, strip: Strip) -> Readings:
    """The series of a strip laid against the file's time."""
    ticks = np.frombuffer(strip.series.ticks, np.int64) if strip.series.ticks else np.zeros(0, np.int64)
    values = np.frombuffer(strip.series.clock_s, np.float64) if strip.series.ticks else np.zeros(0)
    told = ~np.isnan(values)
    time_s = ticks[told] * float(watch.base)
    clock_s = courses.unwrapped(values[told], strip.face.has_date)
    followed = courses.follow(time_s, clock_s, strip.face.quantum_s, 1 / SAMPLES_PER_S)
    return Readings(ticks[told], time_s, clock_s, len(ticks), followed)


# --------------------------------------------------------------------------- nothing followed


def _without_series(card: MethodCard, watch: Watch) -> tuple[FindingCore, ...]:
    if watch.unusable and watch.shape is None:
        statement = f"Pictures of this kind ({watch.unusable}) have no grey values that this method can read."
        return tuple(card.finding(kind, Outcome.INCONCLUSIVE, statement) for kind in card.kinds)
    if watch.pictures < LEAST_PICTURES:
        return _still(card, watch)
    like = [w for w in watch.writing if _looks_like_clock(w.line.text)]
    if like:
        place = where(like[0].box, watch.shape)
        statement = (
            f"Writing that looks like a date or a time stands {place} of the picture, but too few pictures could be "
            f"read in a way that keeps a clock's own rule: nothing is said about what it shows."
        )
        box = {"box": _box(like[0].box)}
        return tuple(
            card.finding(kind, Outcome.INCONCLUSIVE, statement, measurements=box) for kind in card.kinds
        )
    statement = (
        f"No burned-in clock was found in {watch.windows} "
        f"{'look' if watch.windows == 1 else 'looks'} at the picture. Letters of 8 picture lines and more with "
        f"20 grey levels of contrast are looked for."
    )
    none = card.finding(
        SERIES, Outcome.NOT_OBSERVED, statement, measurements={"looks": Measurement(watch.windows)}
    )
    return (none, *card.not_applicable("no burned-in clock was found", JUMP, RATE, STOPPED))


def _looks_like_clock(text: str) -> bool:
    """A date or time, whole or in part: two pairs of digits or more with a separator of clocks between."""
    if parse(text) is not None:
        return True
    pairs = sum(
        text[k].isdigit() and text[k + 1] in ":/-." and text[k + 2].isdigit() for k in range(len(text) - 2)
    )
    return pairs >= 2


def _illegible(card: MethodCard, watch: Watch, read: Readings) -> tuple[FindingCore, ...]:
    assert watch.strip is not None
    checks = watch.strip.checks
    statement = (
        f"A clock stands {where(watch.strip.box, watch.shape)} of the picture, but of {read.looks} looks only "
        f"{read.kept} gave a reading that keeps the clock's own rule"
    )
    if checks.asked:
        statement += f", and a second reading confirmed {checks.agreed} of {checks.asked}"
    statement += ": it is not legible enough to say what it shows."
    measurements = {"box": _box(watch.strip.box), "readings": Measurement(read.kept)}
    return tuple(
        card.finding(kind, Outcome.INCONCLUSIVE, statement, measurements=measurements) for kind in card.kinds
    )


# --------------------------------------------------------------------------- single pictures


def _still(card: MethodCard, watch: Watch) -> tuple[FindingCore, ...]:
    rest = card.not_applicable("a single picture shows one moment only", JUMP, RATE, STOPPED)
    found: list[tuple[Writing, Written]] = []
    for writing in watch.writing:
        written = parse(writing.line.text)
        if written is not None:
            found.append((writing, written))
    if not found:
        said = (
            "No burned-in clock was found in the picture. Letters of 8 picture lines and more are looked for."
        )
        return (card.finding(SERIES, Outcome.NOT_OBSERVED, said), *rest)
    writing, written = max(found, key=lambda f: (f[1].has_date, f[1].has_seconds, f[0].line.mean_confidence))
    face = Face.of([written])
    signs = face.signs_of(written)
    value = face.value(list(signs)) if signs is not None else None
    confidence = _clock_confidence(writing, written)
    if value is None or confidence < STILL_CONFIDENCE:
        said = f"A clock stands {where(writing.box, watch.shape)} of the picture; it is not legible enough to be read."
        return (
            card.finding(SERIES, Outcome.INCONCLUSIVE, said, measurements={"box": _box(writing.box)}),
            *rest,
        )
    shown = face.shown(value)
    statement = (
        f"The clock burned into the picture {where(writing.box, watch.shape)} shows {shown} "
        f"(written {face.described()}). {_order_words(face)}One picture is one reading: nothing confirms it."
    )
    series = card.finding(
        SERIES,
        Outcome.OBSERVED,
        statement,
        grade=Grade.OBSERVATION,
        measurements={
            "first_reading": Measurement(shown),
            "last_reading": Measurement(shown),
            "layout": Measurement(face.described()),
            "date_order": Measurement(_order(face)),
            "box": _box(writing.box),
            "readings": Measurement(1),
            "confidence": Measurement(round(confidence, 3)),
        },
    )
    return (series, *rest)


def _clock_confidence(writing: Writing, written: Written) -> float:
    """Of the line as a whole; its weakest letter may be one of a label."""
    return writing.line.mean_confidence


# --------------------------------------------------------------------------- series


def _series(card: MethodCard, watch: Watch, strip: Strip, read: Readings) -> FindingCore:
    face, course = strip.face, read.course
    kept = np.flatnonzero(course.kept)
    first, last = int(kept[0]), int(kept[-1])
    shown = face.shown(float(read.clock_s[first])), face.shown(float(read.clock_s[last]))
    unread = 1 - read.kept / max(1, read.looks)
    statement = (
        f"A clock is burned in {where(strip.box, watch.shape)} (written {face.described()}). It shows {shown[0]} at "
        f"{read.time_s[first]:.2f} s and {shown[1]} at {read.time_s[last]:.2f} s of the recording; "
        f"{read.kept} of {read.looks} looks were read"
    )
    statement += (
        f" and keep one line of time in {len(course.stretches)} stretches. " if course.jumps else ". "
    )
    statement += _order_words(face)
    if strip.checks.asked:
        statement += f"A second, independent reading agreed in {strip.checks.agreed} of {strip.checks.asked}."
    measurements = {
        "first_reading": Measurement(shown[0]),
        "last_reading": Measurement(shown[1]),
        "layout": Measurement(face.described()),
        "date_order": Measurement(_order(face)),
        "place": Measurement(where(strip.box, watch.shape)),
        "box": _box(strip.box),
        "readings": Measurement(read.kept),
        "looks": Measurement(read.looks),
        "unread_share": Measurement(round(unread, 4)),
        "confirmed": Measurement((strip.checks.agreed, strip.checks.asked)),
        "confidence": Measurement(round(_confidence(strip, read), 3)),
    }
    if course.pace is not None:
        measurements["rate"] = Measurement(round(course.pace.rate, 5), "s per s")
    if course.stretches:
        stretch = course.stretches[0]
        measurements["offset"] = Measurement(round(stretch.offset_s, 2), "s")
        measurements["offset_uncertainty"] = Measurement(round(stretch.half_width_s, 2), "s")
    steady = read.kept >= STRONG_READINGS and strip.checks.agreed == strip.checks.asked
    return card.finding(
        SERIES,
        Outcome.OBSERVED,
        statement.strip(),
        span=_span(watch, read, first, last),
        measurements=measurements,
        grade=Grade.STRONG if steady and strip.checks.asked else Grade.MODERATE if steady else Grade.WEAK,
    )


def _confidence(strip: Strip, read: Readings) -> float:
    """Share of readings that keep the rule, times what the recogniser confirmed (Laplace's rule of succession)."""
    told = len(read.time_s)
    kept = (read.kept + 1) / (told + 2)
    confirmed = (strip.checks.agreed + 1) / (strip.checks.asked + 2) if strip.checks.asked else 1.0
    return float(kept * max(confirmed, 0.5))


def _order(face: Face) -> str:
    if not face.has_date:
        return "no date"
    return face.order if face.is_order_sure else f"{face.order} or {' or '.join(face.other_orders)}"


def _order_words(face: Face) -> str:
    if not face.has_date or face.is_order_sure:
        return ""
    names = {"dmy": "day-month-year", "mdy": "month-day-year", "ymd": "year-month-day"}
    others = " or ".join(names[order] for order in face.other_orders)
    return f"The order of its date is not sure: taken as {names[face.order]}; {others} is possible as well. "


# --------------------------------------------------------------------------- jumps, pace, stops


def _jumps(card: MethodCard, watch: Watch, strip: Strip, read: Readings) -> tuple[FindingCore, ...]:
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
    fewest = min(jump.readings_before, jump.readings_after)
    unsure = strip.checks.asked > strip.checks.agreed
    grade = Grade.STRONG if fewest >= STRONG_READINGS and not unsure else Grade.MODERATE
    if fewest < STRONG_READINGS and unsure:
        grade = Grade.WEAK
    return card.finding(
        JUMP,
        Outcome.OBSERVED,
        statement,
        span=_span(watch, read, jump.before, jump.after),
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


def _rate(card: MethodCard, watch: Watch, strip: Strip, read: Readings) -> FindingCore:
    pace = read.course.pace
    if pace is None:
        statement = (
            "Too few ticks of the clock were read, over too short a time, to measure its pace "
            f"({courses.LEAST_RATE_SPAN_S:.0f} s and more are needed)."
        )
        return card.finding(RATE, Outcome.INCONCLUSIVE, statement)
    measurements = {
        "rate": Measurement(round(pace.rate, 5), "s per s"),
        "rate_low": Measurement(round(pace.low, 5), "s per s"),
        "rate_high": Measurement(round(pace.high, 5), "s per s"),
        "measured_over": Measurement(round(pace.span_s, 2), "s"),
    }
    said = f"{pace.rate:.4f} s of the clock per second of the recording ({pace.low:.4f} to {pace.high:.4f})"
    if not pace.is_off:
        statement = (
            f"The clock keeps the pace of the file's time as far as {pace.span_s:.0f} s can tell: {said}."
        )
        return card.finding(RATE, Outcome.NOT_OBSERVED, statement, measurements=measurements)
    drift = abs(pace.rate - 1) * pace.span_s
    way = "fast" if pace.rate > 1 else "slow"
    statement = (
        f"The clock runs {way} against the file's time: {said}, {drift:.1f} s over {pace.span_s:.0f} s."
    )
    sure = drift >= 2 * courses.LEAST_DRIFT_S + 1 and len(read.course.stretches) > 0
    return card.finding(
        RATE,
        Outcome.OBSERVED,
        statement,
        span=_span(watch, read, 0, len(read.ticks) - 1),
        measurements=measurements,
        grade=Grade.STRONG if sure else Grade.MODERATE,
    )


def _stopped(card: MethodCard, watch: Watch, strip: Strip, read: Readings) -> tuple[FindingCore, ...]:
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
        span=_span(watch, read, stop.first, stop.last),
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


# --------------------------------------------------------------------------- beside the findings


def _curve(strip: Strip, read: Readings) -> Curve:
    """Clock against the file's time, both from the first reading on."""
    kept = np.flatnonzero(read.course.kept)
    start = float(read.clock_s[kept[0]])
    points = [(round(float(read.time_s[k]), 3), float(read.clock_s[k]) - start) for k in kept]
    marks = tuple(
        (round(float(read.time_s[j.after]), 3), f"{j.jump_s:+.1f} s") for j in read.course.jumps[:MOST_SPOKEN]
    )
    return Curve(
        "clock",
        f"Burned-in clock against the file's time (from {strip.face.shown(start)})",
        "file time",
        "s",
        "clock",
        "s",
        thinned(points),
        marks,
        joined=False,
    )


def _trace(watch: Watch, strip: Strip, read: Readings) -> Trace:
    kept = read.course.kept
    jumps = [
        (int(read.ticks[j.before]), int(read.ticks[j.after]), float(j.jump_s)) for j in read.course.jumps
    ]
    return Trace(
        "clock.readings",
        {
            "base": watch.base,
            "pts": read.ticks[kept].astype(np.int64),
            "clock_s": read.clock_s[kept],
            "has_date": strip.face.has_date,
            "has_seconds": strip.face.has_seconds,
            "jumps": jumps,
            "date_order_sure": strip.face.is_order_sure,
            "date_orders": (strip.face.order, *strip.face.other_orders) if strip.face.has_date else (),
            "confidence": _confidence(strip, read),
        },
    )


def _overlay_text(watch: Watch) -> tuple[Feature, ...]:
    """All writing that keeps its place, as JSON; the case seals it."""
    lines = [
        {
            "text": w.line.text[:200],
            "confidence": round(w.line.mean_confidence, 3),
            "box": [w.box.left, w.box.top, w.box.right, w.box.bottom],
            "is_clock": parse(w.line.text) is not None,
        }
        for w in watch.writing
        if w.line.mean_confidence >= LEAST_TEXT_CONFIDENCE and w.line.text.strip()
    ]
    if not lines or watch.shape is None:
        return ()
    document = {"width_px": watch.shape[1], "height_px": watch.shape[0], "lines": lines}
    return (Feature(OVERLAY_TEXT, OVERLAY_VERSION, rfc8785.dumps(document)),)


# --------------------------------------------------------------------------- words and figures


def where(box: Box, shape: tuple[int, int] | None) -> str:
    """The box's place in words, such as ``at the top left``."""
    if shape is None:
        return "somewhere"
    height, width = shape
    x, y = (box.left + box.right) / 2 / width, (box.top + box.bottom) / 2 / height
    row = "top" if y < 1 / 3 else "bottom" if y > 2 / 3 else "middle"
    column = "left" if x < 1 / 3 else "right" if x > 2 / 3 else "centre"
    return f"at the {row} {column}"


def _box(box: Box) -> Measurement:
    return Measurement((box.left, box.top, box.right, box.bottom), "px")


def _span(watch: Watch, read: Readings, first: int, last: int) -> Span:
    start, end = sorted((int(read.ticks[first]), int(read.ticks[last])))
    return Span.of(start, end, watch.base)


__all__: Sequence[str] = ("JUMP", "RATE", "SERIES", "STOPPED", "account", "readings_of", "where")
