"""Legal time: offsets from the IANA history that ships with the program.

The zone data come from the ``tzdata`` package and never from the machine, so that the same claim is weighed
the same way everywhere. Source: IANA Time Zone Database (RFC 6557); ``tzdata_version()`` names the edition.
"""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from zoneinfo import ZoneInfo

WESTERNMOST_OFFSET = timedelta(hours=-12)
EASTERNMOST_OFFSET = timedelta(hours=14)
"""Between these lie all offsets of inhabited places today (Etc/GMT+12, Pacific/Kiritimati)."""


def tzdata_version() -> str:
    """The edition of the zone history in use, such as ``2026.6``."""
    return version("tzdata")


@cache
def zone_names() -> frozenset[str]:
    """Every IANA name that may stand in a table, links (old names) included."""
    return frozenset((files("tzdata") / "zones").read_text(encoding="ascii").split())


@cache
def _inhabited_zones() -> tuple[str, ...]:
    """One name per zone with a place of its own (``zone.tab``), without links and fixed offsets."""
    text = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(sorted(fields[2] for fields in lines))


@cache
def zone(name: str) -> ZoneInfo:
    """The history of one zone. Raises ``KeyError`` for a name that is not in the IANA list."""
    if name not in zone_names():
        raise KeyError(name)
    with (_zoneinfo() / name).open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)


@cache
def _zoneinfo() -> Traversable:
    return files("tzdata") / "zoneinfo"


def legal_offset(name: str, at_utc: datetime) -> timedelta:
    """Legal time minus UTC in this zone at this moment (``at_utc`` is aware).

    At the very ends of the calendar, where local time would leave it, that of the nearest year inside.
    """
    if at_utc.year in (MINYEAR, MAXYEAR):
        at_utc = at_utc.replace(year=MINYEAR + 1 if at_utc.year == MINYEAR else MAXYEAR - 1, day=1)
    offset = at_utc.astimezone(zone(name)).utcoffset()
    return offset if offset is not None else timedelta(0)


def zones_with_offset(offset: timedelta, at_utc: datetime) -> tuple[str, ...]:
    """All places of ``zone.tab`` whose legal time at this moment was UTC plus ``offset``."""
    return tuple(name for name in _inhabited_zones() if legal_offset(name, at_utc) == offset)
