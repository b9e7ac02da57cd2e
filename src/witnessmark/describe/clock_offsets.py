"""What ``clock.offset`` says, read by its measurements: for the place rule and the contradiction table alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from witnessmark.model.findings import Finding, FindingCore, Outcome
from witnessmark.model.zone_history import legal_offsets

OFFSET_MEASUREMENT = "offset_s"
"""Burned-in minus container time, in seconds: the plainest reading."""
OFFSETS_MEASUREMENT = "offsets_s"
"""All readings that stand for legal time somewhere (begin or end, order of the date, day of a clock without date)."""
CONTAINER_AT = "container_at"
"""The container time it was taken from, ISO text; naive where the container names no zone."""
OFFSET_GRID = timedelta(minutes=15)
"""All legal offsets since 1972 are multiples of this (IANA tz history; Liberia was the last other)."""
OFFSET_TOLERANCE = OFFSET_GRID / 2
"""A clock may be this far off before it would rather belong to the next possible offset."""
LARGEST_OFFSET_S = 1_000_000_000
"""About 30 years: beyond lies a misreading (also infinity and NaN), which no rule should speak about."""
BOTH_LOCAL = "burned-in and container time agree, so both may be local time, and no zone follows from them"


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """The distances from UTC that one comparison of clock and container allows."""

    offsets: tuple[timedelta, ...]
    """The plainest first."""
    at_utc: datetime | None
    """Container time; None where it names no zone (or where an older finding does not say)."""
    has_utc: bool
    """False where the container's date has no zone, so that the difference is none from UTC."""

    @property
    def plainest(self) -> timedelta:
        return self.offsets[0]

    @property
    def both_local(self) -> bool:
        return abs(self.plainest) <= OFFSET_TOLERANCE

    def is_legal_somewhere(self, at_utc: datetime) -> bool:
        somewhere = legal_offsets(at_utc)
        return any(abs(offset - legal) <= OFFSET_TOLERANCE for offset in self.offsets for legal in somewhere)


def clock_offset(finding: Finding) -> ClockOffset | None:
    """What an observed finding of the kind ``clock.offset`` says; None for anything else, and for nonsense."""
    core = finding.core
    if core.kind != "clock.offset" or core.outcome is not Outcome.OBSERVED:
        return None
    values = (*_numbers(core, OFFSET_MEASUREMENT), *_numbers(core, OFFSETS_MEASUREMENT))
    offsets = tuple(
        dict.fromkeys(timedelta(seconds=round(value)) for value in values if abs(value) < LARGEST_OFFSET_S)
    )
    if not offsets:
        return None
    measured = core.measurements.get(CONTAINER_AT)
    try:
        at = datetime.fromisoformat(str(measured.value)) if measured else None
    except ValueError:
        at = None
    aware = at if at is not None and at.tzinfo is not None else None
    return ClockOffset(offsets, aware, at is None or aware is not None)


def _numbers(core: FindingCore, name: str) -> tuple[float, ...]:
    measured = core.measurements.get(name)
    if measured is None:
        return ()
    values = measured.value if isinstance(measured.value, tuple) else (measured.value,)
    return tuple(float(value) for value in values if isinstance(value, int | float))
