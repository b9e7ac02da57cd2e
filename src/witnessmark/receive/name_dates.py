"""Dates that stand in file names: what cameras, phones, messengers and recorders write there.

A name can be given by anyone at any time: this is for triage, never evidence of a date. Only dates that
exist, between 1990 and tomorrow's century, and not cut out of longer runs of digits, are read.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

EARLIEST_YEAR, LATEST_YEAR = 1990, 2099
"""Before 1990 no recorder wrote names; four digits from 2100 on are numbers."""

_SEPARATED = r"(?P<y>(?:19|20)\d\d)(?P<s>[-_. ]?)(?P<m>0[1-9]|1[0-2])(?P=s)(?P<d>0[1-9]|[12]\d|3[01])"
# 20200218_140355, 2020-02-18 14.03.55, VID_20200218_140355, ch01_20200218140355, IMG-20200218-WA0001
_TIME = r"(?:[01]\d|2[0-3])[-_.:h ]?[0-5]\d(?:[-_.:m ]?[0-5]\d(?:[-_.]?\d{3})?)?"
_YEAR_FIRST = re.compile(rf"(?<!\d){_SEPARATED}(?:[-_ T.]*{_TIME})?(?!\d)")
# 18.02.2020, 18-02-2020: day first, as written in the region and by messengers there.
_DAY_FIRST = re.compile(
    r"(?<!\d)(?P<d>0[1-9]|[12]\d|3[01])(?P<s>[-_.])(?P<m>0[1-9]|1[0-2])(?P=s)(?P<y>(?:19|20)\d\d)(?!\d)"
)
# Milliseconds since 1970, as Android apps name what they save (13 digits from 2001-09 to 2286).
_EPOCH_MS = re.compile(r"(?<!\d)(1\d{12})(?!\d)")


def dates_in(name: str) -> tuple[date, ...]:
    """Every date in one file name, in order of appearance, each once."""
    found: dict[date, int] = {}
    for pattern in (_YEAR_FIRST, _DAY_FIRST):
        for match in pattern.finditer(name):
            moment = _date(int(match["y"]), int(match["m"]), int(match["d"]))
            if moment is not None:
                found.setdefault(moment, match.start())
    for match in _EPOCH_MS.finditer(name):
        found.setdefault(datetime.fromtimestamp(int(match[1]) / 1000, UTC).date(), match.start())
    return tuple(sorted(found, key=lambda moment: found[moment]))


def _date(year: int, month: int, day: int) -> date | None:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
