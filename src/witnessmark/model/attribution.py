"""The written form of attributions and dates, as people put them into tables (docs/spec/imports.md).

Nothing is guessed: what does not match the form is refused with the reason, and words such as "Monday" are
never turned into dates. Dates are those of ISO 8601-1:2019 (year, year-month, date, date and time), with the
IANA zone in brackets as in RFC 9557; grades are those of the Admiralty scale (AJP-2.1): A-F and 1-6.
"""

from __future__ import annotations

import re
from datetime import datetime

from witnessmark.model.statements import Chain, Link, StatedDate
from witnessmark.model.zones import zone_names

UNKNOWN_DATE = StatedDate("", "unknown")

_LINK = re.compile(r"^(?P<who>[^\[\]]+?)\s*(?:\[(?P<mark>[^\[\]]*)\])?$")
_GRADE = re.compile(r"^[A-F][1-6]$")
_FIRST_HAND = "first-hand"
_DATE = re.compile(
    r"^(?P<text>\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?)?)?)?)(?P<utc>Z)?(?:\[(?P<zone>[^\[\]]+)\])?$",
    re.ASCII,
)
_PRECISION_BY_LENGTH = {4: "year", 7: "month", 10: "day", 16: "minute", 19: "second"}
_COMPLETION = "0001-01-01T00:00:00"
"""What is missing from a shorter date, to test that it exists."""


def parse_link(text: str) -> Link:
    """``Gulagu.net [B2]`` or ``Witness 4 [C2 first-hand]``; without brackets the grade is F6.

    Raises ``ValueError`` with a reason for a person.
    """
    match = _LINK.match(text.strip())
    if match is None:
        raise ValueError(f"“{text.strip()}” is not a name with at most one [grade] behind it")
    reliability, credibility, first_hand = "F", "6", False
    for word in (match["mark"] or "").replace(",", " ").split():
        if word == _FIRST_HAND:
            first_hand = True
        elif _GRADE.match(word):
            reliability, credibility = word[0], word[1]
        else:
            raise ValueError(f"“{word}” is neither a grade A1 to F6 nor the word {_FIRST_HAND}")
    return Link(match["who"].strip(), reliability, credibility, first_hand)


def parse_chains(text: str) -> tuple[Chain, ...]:
    """``>`` joins the links of a chain, nearest to the event first; ``;`` separates parallel sources."""
    if not text.strip():
        return ()
    chains = []
    for part in text.split(";"):
        chain = tuple(parse_link(link) for link in part.split(">"))
        if any(link.first_hand for link in chain[1:]):
            raise ValueError(f"only the first link of a chain can be {_FIRST_HAND}")
        chains.append(chain)
    return tuple(chains)


def write_link(link: Link) -> str:
    """The form that ``parse_link`` reads."""
    return f"{link.who} [{link.grade}{' ' + _FIRST_HAND if link.first_hand else ''}]"


def write_chains(chains: tuple[Chain, ...]) -> str:
    """The form that ``parse_chains`` reads."""
    return "; ".join(" > ".join(write_link(link) for link in chain) for chain in chains)


def parse_date(text: str, zone_name: str = "") -> StatedDate:
    """``2020``, ``2020-02``, ``2020-02-18``, ``2020-02-18T12:00[Europe/Saratov]``; empty is unknown.

    ``zone_name`` is the zone from a column of its own. Raises ``ValueError`` with a reason for a person.
    """
    text, zone_name = text.strip(), zone_name.strip()
    if zone_name and zone_name not in zone_names():
        raise ValueError(f"“{zone_name}” is not an IANA zone name such as Europe/Saratov")
    if not text:
        return StatedDate("", "unknown", zone_name)
    match = _DATE.match(text)
    if match is None:
        raise ValueError(f"“{text}” is not an ISO date such as 2020, 2020-02, 2020-02-18 or 2020-02-18T12:00")
    stated = match["text"]
    if match["utc"] and "T" not in stated:
        raise ValueError("Z belongs behind a time of day")
    zones = {name for name in (zone_name, match["zone"], "UTC" if match["utc"] else None) if name}
    if len(zones) > 1:
        raise ValueError(f"two zones are given: {' and '.join(sorted(zones))}")
    written_zone = zones.pop() if zones else ""
    if written_zone and written_zone not in zone_names():
        raise ValueError(f"“{written_zone}” is not an IANA zone name such as Europe/Saratov")
    try:
        datetime.fromisoformat(stated + _COMPLETION[len(stated) :])
    except ValueError:
        raise ValueError(f"“{text}” does not exist in the calendar") from None
    return StatedDate(stated, _PRECISION_BY_LENGTH[len(stated)], written_zone)


def write_date(date: StatedDate) -> str:
    """The form that ``parse_date`` reads; empty for an unknown date without a zone."""
    return f"{date.text}[{date.zone}]" if date.text and date.zone else date.text
