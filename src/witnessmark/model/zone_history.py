"""Where a distance from UTC was legal time at one moment, where it was not, and where it had been before.

The list of places is ``zone.tab`` of the IANA Time Zone Database: per country one name for every place whose
legal time has differed since 1970 (a few hundred; its size is always said). ``iso3166.tab`` names the
countries. Nothing here says where something was recorded: legal time never singles out a place.
Source: IANA Time Zone Database (RFC 6557), "Theory and pragmatics of the tz code and data".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby
from types import MappingProxyType

from witnessmark.model.zones import legal_offset

HISTORY_YEARS = 15
"""How far back an outdated zone table is looked for: recorders are used that long, and Russia alone changed
its zones in 2010, 2011, 2014 and 2016."""
_SEASONS = tuple(timedelta(days=days) for days in (-182, -91, 91, 182))
"""Quarters of the year around the moment: summer and winter time are each met at least once."""
_SAMPLED_MONTHS = (1, 7)
"""Mid-January and mid-July: once in winter time and once in summer time of every year."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A place that had kept this distance from UTC in earlier years, and no more at the moment asked for."""

    zone: str
    first_year: int
    last_year: int

    def __str__(self) -> str:
        years = (
            str(self.first_year)
            if self.first_year == self.last_year
            else f"{self.first_year}-{self.last_year}"
        )
        return f"{self.zone} ({years})"


@dataclass(frozen=True, slots=True)
class LegalTime:
    """One distance from UTC, asked of all places at one moment. Every place stands in at most one list."""

    offset: timedelta
    zones: tuple[str, ...]
    """Legal time there at that moment."""
    that_day: tuple[str, ...]
    """Not at the moment, but at the begin or end of that local day: clocks were changed on it."""
    other_season: tuple[str, ...]
    """Not on that day, but within half a year before or after it: as a rule summer and winter time."""
    earlier: tuple[Earlier, ...]
    """Not within that year, but in the ``HISTORY_YEARS`` before."""
    kin: tuple[tuple[str, timedelta], ...]
    """Places in the countries of ``zones`` where something else was legal, with what was."""
    asked: int
    """Size of the list of places."""


@cache
def _countries() -> dict[str, str]:
    """Place of ``zone.tab``: name of its country."""
    root = files("tzdata") / "zoneinfo"
    names = {fields[0]: fields[1] for fields in _rows((root / "iso3166.tab").read_text(encoding="utf-8"))}
    places = _rows((root / "zone.tab").read_text(encoding="utf-8"))
    return {fields[2]: names.get(fields[0], fields[0]) for fields in places}


def _rows(table: str) -> list[list[str]]:
    return [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]


@cache
def places() -> tuple[str, ...]:
    """Every place of ``zone.tab``, sorted."""
    return tuple(sorted(_countries()))


def country(zone: str) -> str:
    """The country that ``zone.tab`` names for a place; empty for a name that is not in that list."""
    return _countries().get(zone, "")


@cache
def _named_countries() -> dict[str, str]:
    """English name or ISO 3166 code, in small letters: the name as ``iso3166.tab`` has it."""
    rows = _rows((files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8"))
    return {key.casefold(): name for code, name in rows for key in (code, name)}


def country_in(place: str) -> str:
    """The country at the end of a place as people write it ("Saratov region, Russia"); empty where none is named
    in the English words, or the code, of ISO 3166."""
    return _named_countries().get(place.rsplit(",", 1)[-1].strip().casefold(), "")


def places_in(name: str) -> tuple[str, ...]:
    """The places of one country, by its name in ``iso3166.tab``."""
    return tuple(place for place in places() if country(place) == name)


def by_country(zones: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Places under their countries, both in alphabetical order."""
    ordered = sorted(zones, key=lambda zone: (country(zone), zone))
    return tuple((name, tuple(group)) for name, group in groupby(ordered, key=country))


@lru_cache(maxsize=4096)
def legal_counts(at_utc: datetime) -> Mapping[timedelta, int]:
    """In how many places each distance from UTC was legal time at this moment."""
    return MappingProxyType(Counter(legal_offset(name, at_utc) for name in places()))


def legal_offsets(at_utc: datetime) -> tuple[timedelta, ...]:
    """Every distance from UTC that was legal time somewhere at this moment, ascending."""
    return tuple(sorted(legal_counts(at_utc)))


def legal_time(offset: timedelta, at_utc: datetime) -> LegalTime:
    """Asks all places of the list. ``at_utc`` is aware and lies in years that calendars know (1900 to 2200)."""
    local_midnight = datetime.combine((at_utc.astimezone(UTC) + offset).date(), datetime.min.time(), UTC)
    day = (local_midnight - offset, local_midnight - offset + timedelta(days=1, seconds=-1))
    zones, that_day, other_season = [], [], []
    earlier: list[Earlier] = []
    others: list[tuple[str, timedelta]] = []
    for name in places():
        now = legal_offset(name, at_utc)
        if now == offset:
            zones.append(name)
            continue
        others.append((name, now))
        if any(legal_offset(name, moment) == offset for moment in day):
            that_day.append(name)
        elif any(legal_offset(name, at_utc + away) == offset for away in _SEASONS):
            other_season.append(name)
        elif years := _years_before(name, offset, at_utc.year):
            earlier.append(Earlier(name, years[0], years[-1]))
    here = {country(name) for name in zones}
    return LegalTime(
        offset=offset,
        zones=tuple(zones),
        that_day=tuple(that_day),
        other_season=tuple(other_season),
        earlier=tuple(earlier),
        kin=tuple((name, now) for name, now in others if country(name) in here),
        asked=len(places()),
    )


def _years_before(name: str, offset: timedelta, year: int) -> list[int]:
    """Years of the last ``HISTORY_YEARS`` in which the place had that legal time in January or July."""
    return [
        before
        for before in range(year - HISTORY_YEARS, year)
        if any(
            legal_offset(name, datetime(before, month, 15, 12, tzinfo=UTC)) == offset
            for month in _SAMPLED_MONTHS
        )
    ]


def offset_words(offset: timedelta, *, seconds: bool = True) -> str:
    """``+4 h``, ``-3 h 30 min``, ``+4 h 0 min 12 s``; beyond two days in days."""
    total_s = round(offset.total_seconds())
    sign = "-" if total_s < 0 else "+"
    if abs(total_s) >= 2 * 86_400:
        return f"{sign}{abs(total_s) // 86_400:,} days {abs(total_s) % 86_400 // 3600} h"
    hours, rest_s = divmod(abs(total_s), 3600)
    minutes, left_s = divmod(rest_s, 60)
    text = f"{sign}{hours} h"
    if minutes or (seconds and left_s):
        text += f" {minutes} min"
    return text + (f" {left_s} s" if seconds and left_s else "")


def length_words(length: timedelta) -> str:
    """A length of time without sign: ``2 s``, ``2 min 15 s``, ``3 h 5 min``, ``14 days``, ``14 days 3 h``."""
    total_s = round(abs(length.total_seconds()))
    parts = []
    for size_s, unit in ((86_400, "days"), (3600, "h"), (60, "min"), (1, "s")):
        count, total_s = divmod(total_s, size_s)
        if count:
            parts.append(f"{count:,} {'day' if unit == 'days' and count == 1 else unit}")
    return " ".join(parts[:2]) or "0 s"
