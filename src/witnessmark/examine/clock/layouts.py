"""How clocks are written: find date and time in a line of text, and say which orders of day and month fit.

Orders known: day-month-year, month-day-year, year-month-day (ISO 8601 and recorders), two or four digits of the
year, any of ``- / .`` or a blank between them, names of months (English, three letters), 24 hours or 12 with AM
and PM, with or without seconds, date before or after the time. Weekdays (English, Russian, Ukrainian) decide
between orders where they are written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS: tuple[tuple[str, ...], ...] = (
    ("MON", "ПН", "ПОН"),
    ("TUE", "ВТ"),
    ("WED", "СР"),
    ("THU", "ЧТ"),
    ("FRI", "ПТ"),
    ("SAT", "СБ"),
    ("SUN", "ВС", "НД"),
)
LOOKALIKES = str.maketrans({"O": "0", "o": "0", "Q": "0", "D": "0", "l": "1", "I": "1", "|": "1", "i": "1", "Z": "2",
                            "S": "5",
                            "B": "8", "：": ":", "∶": ":", "；": ":", ";": ":", "．": ".", "一": "-", "–": "-",
                            "—": "-", "／": "/", "，": ".", ",": "."})  # fmt: skip
"""Letters that recognisers give for digits, and wide forms of the separators: tried where the plain line has none."""
FORMS_ONLY = str.maketrans(
    {"：": ":", "∶": ":", "；": ":", ";": ":", "．": ".", "–": "-", "—": "-", "／": "/"}
)

EARLIEST_YEAR, LATEST_YEAR = 1990, 2049
"""A recorder's calendar: most start at 1970, 1980 or 2000 when their battery is dead; such years are still read
when written in four digits."""

_HALF = r"\s*(?P<p>[AP][MNH]?\b)?"
_TIME = (
    re.compile(r"(?P<H>\d{2}):(?P<M>\d{2}):(?P<S>\d{2})(?!\d)" + _HALF),
    re.compile(r"(?P<H>\d{2}):(?P<M>\d{2}):(?P<S>\d{2})(?=\d{1,4}[-/.])"),
    re.compile(r"(?<!\d)(?P<H>\d):(?P<M>\d{2}):(?P<S>\d{2})(?!\d)" + _HALF),
    re.compile(r"(?P<H>\d{2}):(?P<M>\d{2})[. ](?P<S>\d{2})" + _HALF + r"\s*$"),
    re.compile(r"(?<!\d)(?P<H>\d{2}):(?P<M>\d{2})(?P<S>\d{2})(?!\d)" + _HALF + r"\s*$"),
    re.compile(r"(?<!\d)(?P<H>\d{2})1(?P<M>\d{2}):(?P<S>\d{2})(?!\d)" + _HALF),
    re.compile(r"(?<!\d)(?P<H>\d{2}):(?P<M>\d{2})1(?P<S>\d{2})(?!\d)" + _HALF),
    re.compile(r"(?P<H>\d{2}):(?P<M>\d{2})(?![\d:])" + _HALF),
    re.compile(r"(?<!\d)(?P<H>\d):(?P<M>\d{2})(?![\d:])\s*(?P<p>[AP][MNH]?\b)"),
)
"""In order of preference. The second runs into a date, the seventh misses its second colon, the next two take a colon
that was seen as a 1."""
_TIME_BESIDE_DATE = (
    re.compile(r"(?P<H>\d{2})[:. -](?P<M>\d{2})[:. -](?P<S>\d{2})(?!\d)" + _HALF + r"\s*$"),
    re.compile(r"(?<!\d)(?P<H>\d{2})1(?P<M>\d{2})1(?P<S>\d{2})(?!\d)" + _HALF),
    re.compile(r"^\s*(?P<H>\d{2})[:.](?P<M>\d{2})[:.](?P<S>\d{2})(?!\d)" + _HALF),
)
"""Without colons three numbers may be a date as well: they are a time only where a date stands beside them."""
_GAP = r"[-/. ]{1,2}"
_DATE = (
    (re.compile(rf"(?<!\d)(?P<y>(?:19|20)\d{{2}}){_GAP}(?P<a>\d{{2}}){_GAP}(?P<b>\d{{2}})(?!\d)"), "ymd"),
    (re.compile(rf"(?<!\d)(?P<a>\d{{1,2}}){_GAP}(?P<b>\d{{1,2}}){_GAP}(?P<y>(?:19|20)\d{{2}})(?!\d)"), "xxy"),
    (re.compile(rf"(?<!\d)(?P<a>\d{{1,2}})[-/. ]?(?P<n>{'|'.join(MONTHS)})[A-Z]*[-/., ]{{0,2}}"
                r"(?P<y>(?:19|20)\d{2}|\d{2})(?!\d)"), "dny"),
    (re.compile(rf"(?P<n>{'|'.join(MONTHS)})[A-Z]*[-/. ]?(?P<a>\d{{1,2}})[-/., ]{{1,2}}(?P<y>(?:19|20)\d{{2}})(?!\d)"),
     "ndy"),
    (re.compile(r"(?<!\d)(?P<a>\d{2})[-/.](?P<b>\d{2})[-/.](?P<y>\d{2})(?!\d)"), "zzz"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """One sign of the line that belongs to the clock: where in the text, and what it stands for."""

    index: int
    role: str
    """H M S (time), p (AM or PM), 1 2 3 (first, second, third number of the date), n (name of the month)."""


@dataclass(frozen=True)
class Written:
    """A line that holds a clock."""

    hour: int
    minute: int
    second: int | None
    half: str
    """"A", "P" or empty (24 hours)."""
    numbers: tuple[int, ...]
    """The date's numbers in the order in which they are written; empty without a date."""
    pattern: str
    """ymd, xxy (day and month in either order), dny, ndy, zzz (three numbers of two digits), or empty."""
    weekday: int | None
    places: tuple[Place, ...]
    text: str

    @property
    def has_date(self) -> bool:
        return bool(self.numbers)

    @property
    def has_seconds(self) -> bool:
        return self.second is not None

    @property
    def day_s(self) -> int:
        """Seconds since midnight, as written."""
        hour = self.hour % 12 + (12 if self.half == "P" else 0) if self.half else self.hour
        return hour * 3600 + self.minute * 60 + (self.second or 0)

    @property
    def roles(self) -> str:
        """The clock's signs in order, such as ``1122333HHMMSS``: what two lines must share to be one layout."""
        return "".join(place.role for place in self.places)

    @cached_property
    def dates(self) -> tuple[tuple[str, date], ...]:
        """Every order that gives a real date, likeliest first: (order, date)."""
        return orders(self.pattern, self.numbers, self.weekday, bool(self.half))


def orders(
    pattern: str, numbers: Sequence[int], weekday: int | None, twelve_hours: bool
) -> tuple[tuple[str, date], ...]:
    """Orders that fit three written numbers, likeliest first.

    Where several fit, day-month-year comes first (most of the world; Unicode CLDR), month-day-year first only
    with AM and PM beside it. A written weekday leaves those orders that fall on it, if any does.
    """
    if not numbers:
        return ()
    named = {
        "ymd": ("ymd",),
        "dny": ("dmy",),
        "ndy": ("mdy",),
        "xxy": ("dmy", "mdy"),
        "zzz": ("dmy", "ymd", "mdy"),
    }
    tried = list(named[pattern])
    if twelve_hours and "mdy" in tried:
        tried.sort(key=lambda order: order != "mdy")
    found = []
    for order in tried:
        parts = dict(zip(order, numbers, strict=True))
        year = parts["y"]
        if year < 100:
            year += 2000 if year <= LATEST_YEAR - 2000 else 1900
        try:
            found.append((order, date(year, parts["m"], parts["d"])))
        except ValueError:
            continue
    fitting = [entry for entry in found if weekday is not None and entry[1].weekday() == weekday]
    return tuple(fitting or found)


def parse(text: str) -> Written | None:
    """The clock in a line, or None. Look-alike letters count as digits only where nothing else is found."""
    for table in (FORMS_ONLY, LOOKALIKES):
        clean = text.translate(table)
        if len(clean) == len(text):
            written = _parse(clean)
            if written is not None:
                return written
    return None


def _parse(line: str) -> Written | None:
    upper = line.upper()
    for expression in (*_TIME, *_TIME_BESIDE_DATE):
        for found in expression.finditer(upper):
            hour, minute = int(found["H"]), int(found["M"])
            groups = found.groupdict()
            second = int(groups["S"]) if groups.get("S") else None
            half = (groups.get("p") or "")[:1]
            if hour > 23 or minute > 59 or (second or 0) > 59 or (half and not 1 <= hour <= 12):
                continue
            # A date that runs into the time ("202014:03") loses nothing by being cut off there.
            masked = upper[: found.start()] + " " * (found.end() - found.start()) + upper[found.end() :]
            dated = _date(masked)
            if expression in _TIME_BESIDE_DATE and dated is None:
                continue
            if second is None and dated is None and not half and len(upper.strip()) > MOST_BARE:
                continue
            places = [Place(k, role) for role in "HMS" if groups.get(role) for k in range(*found.span(role))]
            if half:
                places.append(Place(found.start("p"), "p"))
            pattern, numbers = "", tuple[int, ...]()
            if dated is not None:
                pattern, numbers, more = dated
                places += more
            places.sort(key=lambda place: place.index)
            return Written(hour, minute, second, half, numbers, pattern, _weekday(upper), tuple(places), line)
    return None


MOST_BARE = 10
"""Longest line in which hours and minutes alone, without a date, count as a clock."""


def _date(line: str) -> tuple[str, tuple[int, ...], list[Place]] | None:
    for expression, pattern in _DATE:
        found = expression.search(line)
        if found is None:
            continue
        places: list[Place] = []
        numbers: list[int] = []
        names = sorted((name for name in found.groupdict() if found[name]), key=found.start)
        for order, name in enumerate(names, start=1):
            numbers.append(MONTHS.index(found[name]) + 1 if name == "n" else int(found[name]))
            role = "n" if name == "n" else str(order)
            places += [Place(k, role) for k in range(*found.span(name))]
        if orders(pattern, numbers, None, False):
            return pattern, tuple(numbers), places
    return None


def _weekday(line: str) -> int | None:
    words = re.findall(r"[^\W\d_]+", line)
    for number, names in enumerate(WEEKDAYS):
        if any(word.startswith(name) for word in words for name in names if len(word) <= len(name) + 6):
            return number
    return None
