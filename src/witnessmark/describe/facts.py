"""What the rules of bearing may look at: facts of the case, gathered by ``case`` and handed over whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone

from witnessmark.model.findings import Finding
from witnessmark.model.intake import Reconciliation
from witnessmark.model.name_reading import NameReading
from witnessmark.model.statements import Facility, Incident
from witnessmark.model.zone_history import country_in

_ISO = re.compile(
    r"^(\d{4})[-:](\d{2})[-:](\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$",
    re.ASCII,
)
UNSET_INSTANTS = frozenset({(1904, 1, 1), (1970, 1, 1), (1980, 1, 1)})
"""Days at whose midnight counters start: ISO/IEC 14496-12 §8.2.2, POSIX, FAT. Zero is no date."""
PLAUSIBLE_YEARS = range(1900, 2200)
"""Outside lies damage, not a date; it also keeps every zone calculation inside the calendar."""


@dataclass(frozen=True, slots=True)
class ContainerDate:
    """One date that the file itself states."""

    field: str
    """Where it stands, in the container's own words: ``moov/mvhd creation_time``."""
    at: datetime
    """Aware, in UTC, where the format says UTC or the text names its offset; naive where it is a wall clock
    without a zone (EXIF DateTimeOriginal)."""
    stated_offset_s: int | None = None
    """Seconds that the text itself puts between its wall clock and UTC; None where it names none, or UTC."""


def container_date(field: str, text: str) -> ContainerDate | None:
    """Read a date as containers write it (ISO 8601 or EXIF form); None: no date, or never set."""
    match = _ISO.match(text.strip())
    if match is None:
        return None
    try:
        wall = datetime(*(int(part) for part in match.groups()[:6]))  # type: ignore[arg-type] # noqa: DTZ001
    except ValueError:
        return None
    mark = match[7]
    if mark is None:
        return stated_date(field, wall)
    if mark in ("Z", "UTC"):
        return stated_date(field, wall.replace(tzinfo=UTC))
    digits = mark[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) * (-1 if mark[0] == "-" else 1)
    if abs(offset) >= timedelta(days=1):
        return None
    return stated_date(field, wall.replace(tzinfo=timezone(offset)))


def stated_date(field: str, moment: datetime | None) -> ContainerDate | None:
    """A moment as a container parser gives it: aware with the offset that was written, or naive without one.

    None where there is none, where the counter stands at its zero, or where the year is damage.
    """
    if moment is None or moment.year not in PLAUSIBLE_YEARS:
        return None
    if (moment.year, moment.month, moment.day) in UNSET_INSTANTS and moment.time() == time.min:
        return None
    offset = moment.utcoffset()
    if offset is None:
        return ContainerDate(field, moment)
    return ContainerDate(field, moment.astimezone(UTC), round(offset.total_seconds()) or None)


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item as the rules see it."""

    item_id: str
    is_video: bool = True
    container_dates: tuple[ContainerDate, ...] = ()
    names: tuple[NameReading, ...] = ()
    """What the names say under which it was found; never the names."""
    duration_s: float | None = None
    """As the container declares it."""


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """One receipt: its code and what it counted."""

    code: str
    reconciliation: Reconciliation


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """All that the rules may look at. Order does not matter; results are in the order of claims and items."""

    items: tuple[ItemFacts, ...] = ()
    findings: tuple[Finding, ...] = ()
    receipts: tuple[ReceiptFacts, ...] = ()
    facilities: tuple[Facility, ...] = ()
    incidents: tuple[Incident, ...] = ()

    def facility_zone(self, code: str) -> str:
        """The zone of a facility, empty where it or its zone is unknown."""
        return next((facility.zone for facility in self.facilities if facility.code == code), "")

    def facility_country(self, code: str) -> str:
        """The country that a facility's place names, empty where none is named."""
        place = next((facility.place for facility in self.facilities if facility.code == code), "")
        return country_in(place)
