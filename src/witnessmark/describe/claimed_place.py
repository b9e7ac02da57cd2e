"""A claimed place as far as clocks can bear on it: a time zone, or only a country with all its places.

A country is the coarser statement: its clocks may keep any of the times of its places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from witnessmark.describe.clock_offsets import OFFSET_TOLERANCE
from witnessmark.model.zone_history import legal_counts, offset_words, places_in
from witnessmark.model.zones import legal_offset


@dataclass(frozen=True, slots=True)
class ClaimedPlace:
    name: str
    """IANA name of the zone, or name of the country."""
    zones: tuple[str, ...]

    @classmethod
    def of(cls, zone: str, country: str) -> ClaimedPlace | None:
        """By its zone where that is known, else by its country. None where neither is."""
        if zone:
            return cls(zone, (zone,))
        found = places_in(country) if country else ()
        return cls(country, found) if found else None

    @property
    def is_country(self) -> bool:
        return self.zones != (self.name,)

    def fitting(self, offsets: Sequence[timedelta], at_utc: datetime) -> timedelta | None:
        """The first of several distances from UTC that was legal time there; None where none was."""
        legal = {legal_offset(zone, at_utc) for zone in self.zones}
        return next(
            (offset for offset in offsets if any(abs(offset - one) <= OFFSET_TOLERANCE for one in legal)),
            None,
        )

    def legal_words(self, at_utc: datetime) -> str:
        """``legal time in Europe/Saratov was UTC+4 h``; of a country all that were, by distance."""
        legal = sorted({legal_offset(zone, at_utc) for zone in self.zones})
        told = ", ".join(f"UTC{offset_words(offset)}" for offset in legal)
        return f"legal time in {self.name} was {told}"

    def others(self, offset: timedelta, at_utc: datetime) -> int:
        """How many places of the IANA list outside kept the legal time that this distance stands for."""
        counts = legal_counts(at_utc)
        nearest = min(counts, key=lambda legal: abs(legal - offset))
        inside = sum(legal_offset(zone, at_utc) == nearest for zone in self.zones)
        return max(0, counts[nearest] - inside)
