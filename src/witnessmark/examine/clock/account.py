"""Say what was read: the findings of one file, the series for the chart, the trace for other methods.

Unit numbers and labels beside the clock may name people or places: they go into the sealed feature
``overlay.text`` and never into a statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import rfc8785

from witnessmark.examine.clock.layouts import parse
from witnessmark.examine.clock.leaps import MOST_SPOKEN, STRONG_READINGS, leaps, pace, standstill
from witnessmark.examine.clock.still import still
from witnessmark.examine.clock.strip import Strip
from witnessmark.examine.clock.watch import LEAST_PICTURES, Watch
from witnessmark.examine.clock.words import (
    JUMP,
    RATE,
    SERIES,
    STOPPED,
    Readings,
    box_of,
    order_of,
    order_words,
    readings_of,
    span_of,
    where,
)
from witnessmark.model.consumer import Feature, Product, Trace
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.series import Curve, thinned

if TYPE_CHECKING:
    from witnessmark.examine.contract import MethodCard

OVERLAY_TEXT, OVERLAY_VERSION = "overlay.text", 1
LEAST_READ = 3
LEAST_CONFIRMED = 0.5
LEAST_TEXT_CONFIDENCE = 0.5


def account(card: MethodCard, watch: Watch) -> tuple[Product, ...]:
    """All products of one file."""
    texts = _overlay_text(watch)
    if watch.strip is None:
        return (*_without_series(card, watch), *texts)
    read = readings_of(watch, watch.strip)
    confirmed = watch.strip.checks
    doubtful = (
        watch.strip.by_cycle is None
        and confirmed.asked >= LEAST_READ
        and confirmed.agreed < LEAST_CONFIRMED * confirmed.asked
    )
    if read.kept < LEAST_READ or doubtful:
        return (*_illegible(card, watch, read), *texts)
    strip = watch.strip
    return (
        _series(card, watch, strip, read),
        *leaps(card, watch, strip, read),
        pace(card, watch, strip, read),
        *standstill(card, watch, strip, read),
        _curve(strip, read).to_feature(),
        _trace(watch, strip, read),
        *texts,
    )


# --------------------------------------------------------------------------- nothing followed


def _without_series(card: MethodCard, watch: Watch) -> tuple[FindingCore, ...]:
    if watch.unusable and watch.shape is None:
        statement = f"Pictures of this kind ({watch.unusable}) have no grey values that this method can read."
        return tuple(card.finding(kind, Outcome.INCONCLUSIVE, statement) for kind in card.kinds)
    if watch.pictures < LEAST_PICTURES:
        return still(card, watch)
    like = [w for w in watch.writing if _looks_like_clock(w.line.text)]
    if like:
        place = where(like[0].box, watch.shape)
        statement = (
            f"Writing that looks like a date or a time stands {place} of the picture, but too few pictures could be "
            f"read in a way that keeps a clock's own rule: nothing is said about what it shows."
        )
        box = {"box": box_of(like[0].box)}
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
    measurements = {"box": box_of(watch.strip.box), "readings": Measurement(read.kept)}
    return tuple(
        card.finding(kind, Outcome.INCONCLUSIVE, statement, measurements=measurements) for kind in card.kinds
    )


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
    statement += order_words(face)
    if strip.by_cycle is not None:
        statement += (
            f"Its letters are too small for single pictures: they were read by the whole recording, in which "
            f"{strip.by_cycle.confirmed} of {strip.by_cycle.seconds} seconds show the foretold numeral. "
        )
    elif strip.checks.asked:
        statement += f"A second, independent reading agreed in {strip.checks.agreed} of {strip.checks.asked}."
    measurements = {
        "first_reading": Measurement(shown[0]),
        "last_reading": Measurement(shown[1]),
        "layout": Measurement(face.described()),
        "date_order": Measurement(order_of(face)),
        "place": Measurement(where(strip.box, watch.shape)),
        "box": box_of(strip.box),
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
    if strip.by_cycle is not None:
        measurements["seconds_confirmed"] = Measurement((strip.by_cycle.confirmed, strip.by_cycle.seconds))
    steady = read.kept >= STRONG_READINGS and strip.checks.agreed == strip.checks.asked
    sure = steady and strip.checks.asked and strip.by_cycle is None
    return card.finding(
        SERIES,
        Outcome.OBSERVED,
        statement.strip(),
        span=span_of(watch, read, first, last),
        measurements=measurements,
        grade=Grade.STRONG if sure else Grade.MODERATE if steady else Grade.WEAK,
    )


def _confidence(strip: Strip, read: Readings) -> float:
    """Share of readings that keep the rule, times what the recogniser confirmed (Laplace's rule of succession)."""
    told = len(read.time_s)
    kept = (read.kept + 1) / (told + 2)
    confirmed = (strip.checks.agreed + 1) / (strip.checks.asked + 2) if strip.checks.asked else 1.0
    return float(kept * max(confirmed, 0.5))


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
    lines: list[dict[str, Any]] = [
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
    document: dict[str, Any] = {"width_px": watch.shape[1], "height_px": watch.shape[0], "lines": lines}
    return (Feature(OVERLAY_TEXT, OVERLAY_VERSION, rfc8785.dumps(document)),)
