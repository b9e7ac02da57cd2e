"""The two readings whose difference is asked for: the burned-in clock at the first picture, and container dates.

The clock comes from ``Trace("clock.readings")``, the dates from ``Trace("metadata.dates")``. A container date
that is a counter's zero, or lies where no such file existed, is set apart with its reason and never compared.
"""

from __future__ import annotations

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
    """By how much it may be off: spread of the readings about their line, and the unit the clock shows."""
    has_date: bool
    order_sure: bool
    """Whether the order of day, month and year is certain."""
    jump_s: float = 0.0
    """Sum of all jumps: later parts show another difference by that much."""

    @property
    def text(self) -> str:
        if not self.has_date:
            whole = round(self.at_s) % DAY_S
            return f"{whole // 3600:02d}:{whole % 3600 // 60:02d}:{whole % 60:02d} (no date)"
        return (EPOCH + timedelta(seconds=round(self.at_s))).strftime("%Y-%m-%d %H:%M:%S")

    def orders(self) -> tuple[tuple[float, str], ...]:
        """Every moment that the same digits can mean, the one that was read first, with words for the others."""
        if not self.has_date or self.order_sure:
            return ((self.at_s, ""),)
        read = EPOCH + timedelta(seconds=self.at_s)
        found = [(self.at_s, "")]
        for year, month, day, words in (
            (read.year, read.day, read.month, "with day and month exchanged"),
            (2000 + read.day, read.month, read.year % 100, "with year and day exchanged"),
            (2000 + read.month, read.day, read.year % 100, "with the year in the middle"),
        ):
            try:
                moment = read.replace(year=year, month=month, day=day)
            except ValueError:
                continue
            if all(abs(moment.timestamp() - at_s) >= DAY_S for at_s, _ in found):
                found.append((moment.timestamp(), words))
        return tuple(found)


def clock_at_begin(trace: Mapping[str, Any]) -> ClockReading | None:
    """The clock extrapolated to the first picture. None where no reading was left."""
    base = float(trace["base"])
    pts, shown = [int(p) for p in trace["pts"]], [float(s) for s in trace["clock_s"]]
    if not pts or len(pts) != len(shown):
        return None
    begin = int(trace.get("start_pts", pts[0]))
    jumps = [(int(before), float(by_s)) for before, _, by_s in trace.get("jumps", ())]
    first_jump = min((before for before, _ in jumps), default=pts[-1])
    kept = [
        (at - (p - begin) * base)
        for p, at in zip(pts, shown, strict=True)
        if p <= first_jump and (p - pts[0]) * base <= FITTED_S
    ]
    line = kept or [shown[0] - (pts[0] - begin) * base]
    at_s = statistics.median(line)
    spread_s = max(abs(value - at_s) for value in line)
    unit_s = SECOND_S if trace.get("has_seconds", True) else MINUTE_S
    return ClockReading(
        at_s=at_s,
        error_s=max(unit_s, spread_s),
        has_date=bool(trace.get("has_date", True)),
        order_sure=bool(trace.get("date_order_sure", True)),
        jump_s=sum(by_s for _, by_s in jumps),
    )


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
