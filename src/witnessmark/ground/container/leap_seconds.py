"""GPS time and UTC: how many leap seconds lie between them, by the date.

GPS time has counted on since 6 January 1980 while UTC was held back by a leap second now and then. The table is that of
IERS Bulletin C (offsets of TAI−UTC less 19 s); none has been added since 2017 and none is announced. A receiver that
has just been switched on does not know the present number before it has heard the almanac (up to 12.5 minutes:
IS-GPS-200, §20.3.3.5) and may meanwhile be wrong by all of them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

GPS_EPOCH = datetime(1980, 1, 6, tzinfo=UTC)
LEAPS = tuple(
    datetime(year, month, 1, tzinfo=UTC)
    for year, month in (
        *((1981, 7), (1982, 7), (1983, 7), (1985, 7), (1988, 1), (1990, 1), (1991, 1), (1992, 7), (1993, 7)),
        *((1994, 7), (1996, 1), (1997, 7), (1999, 1), (2006, 1), (2009, 1), (2012, 7), (2015, 7), (2017, 1)),
    )
)
"""The first moment (UTC) after each leap second since GPS time began."""
MOST_LEAPS = len(LEAPS)
_LATEST_S = 4e9
"""Year 2106: larger counts are damage."""


def leaps_until(moment: datetime) -> int:
    """GPS − UTC in whole seconds at a moment (aware)."""
    return sum(moment >= leap for leap in LEAPS)


def utc_of_gps(seconds: float) -> datetime | None:
    """UTC of a count of seconds since the GPS epoch; None where it cannot be a date."""
    if not 0 < seconds < _LATEST_S:
        return None
    rough = GPS_EPOCH + timedelta(seconds=seconds)
    return rough - timedelta(seconds=leaps_until(rough - timedelta(seconds=MOST_LEAPS)))
