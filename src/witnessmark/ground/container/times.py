"""Dates as containers write them, turned into comparable moments without inventing a zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from witnessmark.ground.container.build import TreeBuilder
from witnessmark.ground.container.tree import DeclaredTime

EPOCH_1904 = datetime(1904, 1, 1, tzinfo=UTC)
"""ISO/IEC 14496-12 §8.2.2.3 and QuickTime: seconds since midnight, 1 January 1904."""
UNIX_IN_1904_S = 2_082_844_800
"""Seconds from 1904 to 1970. A smaller value is, in practice, a recorder counting from 1970."""
_LATEST_S = 2**36
"""Year 4081: larger counts are damage, not dates."""

_ISO = re.compile(
    r"(?P<year>\d{4})[-:/.](?P<month>\d{1,2})[-:/.](?P<day>\d{1,2})"
    r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?"
)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})T(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})"
    r"(?:\.\d+)?(?P<zone>Z|[+-]\d{4})?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_C_TIME = re.compile(
    r"(?:[A-Z][a-z]{2} )?(?P<name>[A-Z][A-Za-z]{2}) +(?P<day>\d{1,2}) (?P<hour>\d{2}):(?P<minute>\d{2})"
    r":(?P<second>\d{2}) (?P<year>\d{4})"
)
"""asctime, as AVI recorders write IDIT (``FRI SEP 02 16:10:34 2005`` in capitals too)."""


def note_1904(builder: TreeBuilder, field: str, count_s: int, what: str) -> None:
    """Keep a date that counts seconds from 1904; zero means *not set* and is no statement."""
    if count_s == 0:
        return
    moment: datetime | None = None
    if count_s < UNIX_IN_1904_S:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=count_s)
        field = f"{field} (counted from 1970)"
    elif count_s < _LATEST_S:
        moment = EPOCH_1904 + timedelta(seconds=count_s)
    builder.times.append(DeclaredTime(field, str(count_s), moment, "utc_by_standard", what))


def note_text(builder: TreeBuilder, field: str, text: str, what: str = "created", offset: str = "") -> None:
    """Keep a date written as text. ``offset`` is a zone from a companion field (EXIF OffsetTime)."""
    text = text.strip()
    if not text or not any(letter in "123456789" for letter in text):
        return
    moment, stated = read_date(f"{text}{offset}" if offset else text)
    zone = "stated" if stated else "none"
    entry = DeclaredTime(field, f"{text}{offset}", moment, zone, what)
    if entry not in builder.times:
        builder.times.append(entry)


def read_date(text: str) -> tuple[datetime | None, bool]:
    """A moment and whether the text states its zone. A bare year or nonsense gives None."""
    for pattern in (_COMPACT, _ISO, _C_TIME):
        found = pattern.search(text) if pattern is not _C_TIME else pattern.search(text.title())
        if not found:
            continue
        parts = found.groupdict()
        month = parts.get("month")
        if month is None:
            name = str(parts["name"]).lower()
            if name not in _MONTHS:
                continue
            month = str(_MONTHS.index(name) + 1)
        if parts.get("hour") is None:
            return None, False  # a day is no moment; comparing it with one would invent a time
        zone = _zone(parts.get("zone") or "")
        try:
            return datetime(
                int(parts["year"]),
                int(month),
                int(parts["day"]),
                int(parts["hour"]),
                int(parts["minute"]),
                min(59, int(parts.get("second") or 0)),
                tzinfo=zone,
            ), zone is not None
        except ValueError:
            return None, False
    return None, False


def _zone(text: str) -> timezone | None:
    if text in ("Z", "UTC"):
        return UTC
    if not text:
        return None
    sign = -1 if text[0] == "-" else 1
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(sign * timedelta(minutes=minutes)) if minutes < 24 * 60 else None
