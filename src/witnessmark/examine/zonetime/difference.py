"""Burned-in time minus container time, and for which whole offsets of legal time it stands.

Container time may be the begin or the end of the recording, so every difference is asked twice. A difference
stands for a legal offset if it lies nearer than half the grid of 15 minutes on which all legal offsets since 1972
lie (IANA history); what is left is how far the clock was off its zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from witnessmark.examine.zonetime.readings import DAY_S, ClockReading, ContainerReading
from witnessmark.model.zone_history import legal_offsets
from witnessmark.model.zones import EASTERNMOST_OFFSET, WESTERNMOST_OFFSET

OFFSET_GRID_S = 900
CLOCK_TOLERANCE_S = OFFSET_GRID_S / 2
"""How far a recorder's clock may be off before it belongs rather to the next possible offset."""

CONTAINER_UNIT_S = 1.0
"""Containers state the second that has begun (ISO/IEC 14496-12 section 8.2.2), so on average half of one less."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the pair: an order of the date, a day for a clock without date, begin or end."""

    difference_s: float
    legal_s: int | None
    """The legal offset that it stands for; None: nobody's legal time at that moment."""
    at_end: bool
    """The container states the end of the recording."""
    words: str = ""
    """What had to be assumed besides; empty for what was read plainly."""

    @property
    def residual_s(self) -> float:
        return self.difference_s - (self.legal_s or 0)


@dataclass(frozen=True, slots=True)
class Difference:
    """One clock against one container date, in every reading."""

    clock: ClockReading
    container: ContainerReading
    duration_s: float
    readings: tuple[Reading, ...]
    """Plain reading at the begin first."""

    @property
    def plain(self) -> Reading:
        return self.readings[0]

    @property
    def legal(self) -> tuple[Reading, ...]:
        """The readings that stand for legal time somewhere, one per offset, plainest first."""
        first: dict[int, Reading] = {}
        for reading in sorted(self.readings, key=lambda r: (bool(r.words), r.at_end)):
            if reading.legal_s is not None:
                first.setdefault(reading.legal_s, reading)
        return tuple(first.values())

    @property
    def chosen(self) -> Reading:
        """What a table names where it has place for one: the plainest legal reading, else the plain one."""
        return self.legal[0] if self.legal else self.plain

    @property
    def error_s(self) -> float:
        """By how much the difference may be off: both readings together."""
        return self.clock.error_s + CONTAINER_UNIT_S / 2

    @property
    def local_in_container(self) -> bool:
        """Overlay and container agree: as a rule both are local time, whatever the format asks for."""
        return any(not r.words and abs(r.difference_s) <= CLOCK_TOLERANCE_S for r in self.readings)


def difference(clock: ClockReading, container: ContainerReading, duration_s: float) -> Difference:
    """``duration_s`` is the recording's length (0 where the file does not say)."""
    somewhere = tuple(round(offset.total_seconds()) for offset in legal_offsets(container.moment))
    readings = tuple(
        Reading(gap_s, _nearest(gap_s, somewhere), at_end, words)
        for gap_s, at_end, words in _gaps(clock, container, duration_s)
    )
    return Difference(clock, container, duration_s, readings)


def _gaps(
    clock: ClockReading, container: ContainerReading, duration_s: float
) -> Iterator[tuple[float, bool, str]]:
    """(difference in seconds, container states the end, what is assumed besides)."""
    stated_s = container.at_s + CONTAINER_UNIT_S / 2
    for at_end, more_s in ((False, 0.0), (True, duration_s)) if duration_s > 0 else ((False, 0.0),):
        if not clock.has_date:
            for day, gap_s in enumerate(_whole_days(clock.at_s + more_s - stated_s)):
                yield gap_s, at_end, "" if day == 0 else "on another day"
            continue
        for at_s, words in clock.orders():
            yield at_s + more_s - stated_s, at_end, words


def _whole_days(gap_s: float) -> tuple[float, ...]:
    """A clock without date: every difference between the outermost zones that shows the same time of day."""
    west_s = WESTERNMOST_OFFSET.total_seconds() - CLOCK_TOLERANCE_S
    east_s = EASTERNMOST_OFFSET.total_seconds() + CLOCK_TOLERANCE_S
    nearest_s = (gap_s + DAY_S / 2) % DAY_S - DAY_S / 2
    return tuple(
        sorted(
            (nearest_s + days * DAY_S for days in (-1, 0, 1) if west_s <= nearest_s + days * DAY_S <= east_s),
            key=abs,
        )
    )


def _nearest(gap_s: float, somewhere: tuple[int, ...]) -> int | None:
    nearest = min(somewhere, key=lambda legal_s: abs(gap_s - legal_s))
    return nearest if abs(gap_s - nearest) <= CLOCK_TOLERANCE_S else None


def as_timedelta(seconds: float) -> timedelta:
    return timedelta(seconds=round(seconds))
