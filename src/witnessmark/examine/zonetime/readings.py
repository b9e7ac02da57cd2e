"""The two readings whose difference is asked for: the burned-in clock at the first picture, and container dates.

The clock comes from ``Trace("clock.readings")``, the dates from ``Trace("metadata.dates")``. A container date
that is a counter's zero, or lies where no such file existed, is set apart with its reason and never compared.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

DAY_S = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FITTED_S = 60.0
"""The clock's line is taken from its first minute before the first jump: long enough to average over ticks,
short enough that a clock at a wrong rate does not carry the value away from the begin."""
SECOND_S, MINUTE_S = 1.0, 60.0
"""A reading names the second (or minute) that has begun: it may be short by up to one of them."""
EARLIEST_YEAR = 1990
"""No digital recorder wrote such a container before; earlier dates are counters that were never set."""
ROLLOVERS: Mapping[date, str] = {
    date(2036, 2, 7): "seconds since 1900 overflow 32 bits (RFC 5905 section 6)",
    date(2038, 1, 19): "signed seconds since 1970 overflow 32 bits (POSIX)",
    date(2040, 2, 6): "seconds since 1904 overflow 32 bits (ISO/IEC 14496-12 section 8.2.2)",
}
"""Days on which counters overflow. A date on or next to one is what a broken or unset counter gives."""
EPOCHS: Mapping[date, str] = {
    date(1904, 1, 1): "zero of ISO/IEC 14496-12 section 8.2.2",
    date(1970, 1, 1): "zero of POSIX",
    date(1980, 1, 1): "zero of FAT file systems",
}
SAME_MOMENT_S = 2.0
"""Fields written by one act may round differently; 2 s is the resolution of FAT (the coarsest in use)."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The burned-in clock at the begin of the recording."""

    at_s: float
    """Seconds since 1970 as burned in (naive), or seconds of the day where it shows no date."""
    error_s: float
    """By how much it may be off: half of what the unit the clock shows leaves open, or the spread of its readings."""
    has_date: bool
    order: str = "dmy"
    """The order of day, month and year in which it was read."""
    other_orders: tuple[str, ...] = ()
    """Orders that are possible as well."""
    jump_s: float = 0.0
    """Sum of all jumps: later parts show another difference by that much."""

    @property
    def text(self) -> str:
        if not self.has_date:
            whole = math.floor(self.at_s) % DAY_S
            return f"{whole // 3600:02d}:{whole % 3600 // 60:02d}:{whole % 60:02d} (no date)"
        return (EPOCH + timedelta(seconds=math.floor(self.at_s))).strftime("%Y-%m-%d %H:%M:%S")

    def orders(self) -> tuple[tuple[float, str], ...]:
        """Every moment that the same digits can mean, the one that was read first, with words for the others."""
        found = [(self.at_s, "")]
        if not self.has_date:
            return tuple(found)
        for order in self.other_orders:
            at_s = _reordered(self.at_s, self.order, order)
            if at_s is not None and all(abs(at_s - earlier) >= DAY_S for earlier, _ in found):
                found.append((at_s, f"with its date read as {ORDER_WORDS.get(order, order)}"))
        return tuple(found)


ORDER_WORDS: Mapping[str, str] = {
    "dmy": "day-month-year",
    "mdy": "month-day-year",
    "ymd": "year-month-day",
}
CENTURY = 2000
"""Recorders with years of two digits are of this century."""


def _reordered(at_s: float, order: str, other: str) -> float | None:
    """The moment of the same three numbers in another order; None where that is no date."""
    read = EPOCH + timedelta(seconds=at_s)
    written = {"y": read.year % 100, "m": read.month, "d": read.day}
    if sorted(order) != sorted(other) or sorted(order) != ["d", "m", "y"]:
        return None
    moved = {there: written[here] for here, there in zip(order, other, strict=True)}
    year = read.year if order.index("y") == other.index("y") else CENTURY + moved["y"]
    try:
        return read.replace(year=year, month=moved["m"], day=moved["d"]).timestamp()
    except ValueError:
        return None


def clock_at_begin(trace: Mapping[str, Any]) -> ClockReading | None:
    """The clock extrapolated to the first picture. None where no reading was left.

    A clock that shows 14:03:55 is between that second and the next: every look bounds it from both sides, and the
    looks together narrow it (intersection of intervals, RFC 5905 section 11.2.1). Where they do not meet, because
    the clock does not keep time, the median serves and the spread is its uncertainty.
    """
    base = float(trace["base"])
    pts, shown = [int(p) for p in trace["pts"]], [float(s) for s in trace["clock_s"]]
    if not pts or len(pts) != len(shown):
        return None
    begin = int(trace.get("start_pts", pts[0]))
    jumps = [(int(before), float(by_s)) for before, _, by_s in trace.get("jumps", ())]
    first_jump = min((before for before, _ in jumps), default=pts[-1])
    line = [
        at - (p - begin) * base
        for p, at in zip(pts, shown, strict=True)
        if p <= first_jump and (p - pts[0]) * base <= FITTED_S
    ] or [shown[0] - (pts[0] - begin) * base]
    unit_s = SECOND_S if trace.get("has_seconds", True) else MINUTE_S
    at_s, error_s = _between(line, unit_s)
    sure = bool(trace.get("date_order_sure", True))
    orders = tuple(trace.get("date_orders", ())) or ("dmy", *(() if sure else ("mdy", "ymd")))
    return ClockReading(
        at_s=at_s,
        error_s=error_s,
        has_date=bool(trace.get("has_date", True)),
        order=orders[0],
        other_orders=orders[1:],
        jump_s=sum(by_s for _, by_s in jumps),
    )


def _between(line: Sequence[float], unit_s: float) -> tuple[float, float]:
    """(value, half width) of the moment that all looks allow."""
    low, high = max(line), min(line) + unit_s
    if low < high:
        return (low + high) / 2, (high - low) / 2
    middle = statistics.median(line) + unit_s / 2
    return middle, max(unit_s, max(abs(value + unit_s / 2 - middle) for value in line))


def clock_of_still(shown: str, order: str, other_orders: tuple[str, ...]) -> ClockReading | None:
    """The clock in a single picture, from the words of ``clock.series``; None where it shows no date and time."""
    try:
        read = datetime.fromisoformat(shown)
    except ValueError:
        return None
    unit_s = SECOND_S if shown.count(":") > 1 else MINUTE_S
    at_s = read.replace(tzinfo=UTC).timestamp() + unit_s / 2
    return ClockReading(at_s, unit_s / 2, True, order, other_orders)


@dataclass(frozen=True, slots=True)
class ContainerReading:
    """One moment that the container states, with every field that states it."""

    fields: tuple[str, ...]
    moment: datetime
    """Aware; where ``zone`` is ``none`` the wall clock as written, taken as if it were UTC."""
    zone: str
    """``utc_by_standard``, ``stated`` or ``none``."""
    unusable: str = ""
    """Why it is no date to compare with (a counter's zero); empty: usable."""

    @property
    def at_s(self) -> float:
        return self.moment.timestamp()

    @property
    def has_utc(self) -> bool:
        return self.zone != "none"

    @property
    def text(self) -> str:
        mark = {"utc_by_standard": " UTC (by the format)", "none": " (no zone)"}.get(self.zone, " UTC")
        return self.moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") + mark


def container_readings(trace: Mapping[str, Any]) -> tuple[ContainerReading, ...]:
    """Distinct moments in the order of the file; dates of modification are left out."""
    kept: list[ContainerReading] = []
    for row in trace.get("dates", ()):
        moment = _moment(row)
        if moment is None or row.get("what", "created") == "modified":
            continue
        reading = ContainerReading((str(row["field"]),), moment, str(row["zone"]), unusable(moment))
        for at, earlier in enumerate(kept):
            if earlier.zone == reading.zone and abs(earlier.at_s - reading.at_s) <= SAME_MOMENT_S:
                kept[at] = ContainerReading(
                    (*earlier.fields, *reading.fields), earlier.moment, earlier.zone, earlier.unusable
                )
                break
        else:
            kept.append(reading)
    return tuple(kept)


def _moment(row: Mapping[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(row["moment"]))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def unusable(moment: datetime) -> str:
    """Why a container date is no date, or empty."""
    day = moment.astimezone(UTC).date()
    for known, why in EPOCHS.items():
        if day == known:
            return f"the counter stands at its zero ({why}): it was never set"
    if day.year < EARLIEST_YEAR:
        return f"it lies before {EARLIEST_YEAR}, as counters do that were never set"
    for known, why in ROLLOVERS.items():
        if abs((day - known).days) <= 1:
            return f"the counter stands at its overflow: {why}"
    if day.year >= min(ROLLOVERS).year:
        return "it lies in the far future, as broken counters do"
    return ""


def usable(readings: Sequence[ContainerReading]) -> tuple[ContainerReading, ...]:
    """Those that can be compared, a moment with UTC first: it alone speaks of zones."""
    return tuple(sorted((r for r in readings if not r.unusable), key=lambda r: not r.has_utc))
