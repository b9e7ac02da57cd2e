"""Words and figures that all findings of the clock share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.clock import course as courses
from witnessmark.examine.clock.course import Course
from witnessmark.examine.clock.face import Face
from witnessmark.examine.clock.strip import Strip
from witnessmark.examine.clock.watch import SAMPLES_PER_S, Watch
from witnessmark.ground.networks.writing import Box
from witnessmark.model.findings import Measurement
from witnessmark.model.time import Span

SERIES, JUMP, RATE, STOPPED = "clock.series", "clock.jump", "clock.rate", "clock.stopped"


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


def readings_of(watch: Watch, strip: Strip) -> Readings:
    """The series of a strip laid against the file's time."""
    ticks = np.frombuffer(strip.series.ticks, np.int64) if strip.series.ticks else np.zeros(0, np.int64)
    values = np.frombuffer(strip.series.clock_s, np.float64) if strip.series.ticks else np.zeros(0)
    told = ~np.isnan(values)
    time_s = ticks[told].astype(np.float64) * float(watch.base)
    clock_s = courses.unwrapped(values[told], strip.face.has_date)
    followed = courses.follow(time_s, clock_s, strip.face.quantum_s, 1 / SAMPLES_PER_S)
    return Readings(ticks[told], time_s, clock_s, len(ticks), followed)


def order_of(face: Face) -> str:
    if not face.has_date:
        return "no date"
    return face.order if face.is_order_sure else f"{face.order} or {' or '.join(face.other_orders)}"


def order_words(face: Face) -> str:
    if not face.has_date or face.is_order_sure:
        return ""
    names = {"dmy": "day-month-year", "mdy": "month-day-year", "ymd": "year-month-day"}
    others = " or ".join(names[order] for order in face.other_orders)
    return f"The order of its date is not sure: taken as {names[face.order]}; {others} is possible as well. "


def where(box: Box, shape: tuple[int, int] | None) -> str:
    """The box's place in words, such as ``at the top left``."""
    if shape is None:
        return "somewhere"
    height, width = shape
    x, y = (box.left + box.right) / 2 / width, (box.top + box.bottom) / 2 / height
    row = "top" if y < 1 / 3 else "bottom" if y > 2 / 3 else "middle"
    column = "left" if x < 1 / 3 else "right" if x > 2 / 3 else "centre"
    return f"at the {row} {column}"


def box_of(box: Box) -> Measurement:
    return Measurement((box.left, box.top, box.right, box.bottom), "px")


def span_of(watch: Watch, read: Readings, first: int, last: int) -> Span:
    start, end = sorted((int(read.ticks[first]), int(read.ticks[last])))
    return Span.of(start, end, watch.base)
