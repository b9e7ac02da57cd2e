"""Place and zone: distances from UTC that sources show, against the zones that statements name.

A distance from UTC fits many places and singles out none. Where a distance and a zone disagree, what cannot both
hold is that this clock showed the legal time of that place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations

from witnessmark.describe.clock_offsets import BOTH_LOCAL, OFFSET_TOLERANCE, clock_offset
from witnessmark.describe.contradictions.moments import Compared, Event
from witnessmark.describe.contradictions.sources import (
    CLOCK_CAUSES,
    CONTAINER_CAUSES,
    NAME_CAUSES,
    is_counter,
    name_interval,
    name_reading,
)
from witnessmark.describe.contradictions.statements import CLAIM_CAUSES, Statement
from witnessmark.describe.facts import ItemFacts
from witnessmark.model.contradictions import Contradiction, Hypothesis, Reading, Source, Subject, Verdict
from witnessmark.model.findings import Finding
from witnessmark.model.time import Span
from witnessmark.model.zone_history import legal_offsets, length_words, offset_words

TOLERANCE = OFFSET_TOLERANCE
TOLERANCE_WORDS = "7 min 30 s: half of the 15 minutes on which all legal offsets lie"


@dataclass(frozen=True, slots=True)
class Distance:
    """A distance from UTC as one source shows it."""

    reading: Reading
    offsets: tuple[timedelta, ...]
    """Every reading that is possible, the plainest first."""
    at_utc: datetime
    causes: tuple[Hypothesis, ...]
    span: Span | None = None
    no_zone: str = ""
    """Why no zone follows from it (both times may be local)."""


def distances(item: ItemFacts, findings: Sequence[Finding]) -> tuple[Distance, ...]:
    """Of the clock, of dates that name their offset, and of local names beside UTC in the container."""
    return (*_clock(findings), *_stated(item), *_names(item))


def _clock(findings: Sequence[Finding]) -> Iterator[Distance]:
    for finding in findings:
        shown = clock_offset(finding)
        if shown is None or shown.at_utc is None or not shown.is_legal_somewhere(shown.at_utc):
            continue  # no distance from UTC, or nobody's legal time: the row of date and time says so
        reading = Reading(
            Source.CLOCK,
            f"burned-in minus container time is {offset_words(shown.plainest)}",
            "clock.offset",
            finding.finding_id,
        )
        yield Distance(
            reading,
            shown.offsets,
            shown.at_utc,
            (*CLOCK_CAUSES, *CONTAINER_CAUSES),
            finding.core.span,
            BOTH_LOCAL if shown.both_local else "",
        )


def _stated(item: ItemFacts) -> Iterator[Distance]:
    seen: set[int] = set()
    for date in item.container_dates:
        if date.stated_offset_s is None or date.stated_offset_s in seen or is_counter(date):
            continue
        seen.add(date.stated_offset_s)
        offset = timedelta(seconds=date.stated_offset_s)
        reading = Reading(
            Source.CONTAINER, f"a date that names its offset: UTC{offset_words(offset)}", date.field
        )
        yield Distance(reading, (offset,), date.at, (Hypothesis.FIELD_WRITTEN_BY_HAND,))


def _names(item: ItemFacts) -> Iterator[Distance]:
    """A name in local time of the device beside a container date in UTC: the zone of the device."""
    utc = next((d.at for d in item.container_dates if d.at.tzinfo is not None and not is_counter(d)), None)
    for name in item.names:
        interval = name_interval(name.at)
        if utc is None or interval is None or name.zone != "local" or name.event != "recorded":
            continue
        gap = interval[0].replace(tzinfo=UTC) - utc
        nearest = min(legal_offsets(utc), key=lambda offset: abs(gap - offset))
        if name.precision == "second" and abs(gap - nearest) <= TOLERANCE and not _near_zero(nearest):
            said = name_reading(name)
            text = f"a name in local time lies {offset_words(nearest)} from the container's UTC"
            yield Distance(
                Reading(Source.FILE_NAME, text, said.where),
                (nearest,),
                utc,
                (*NAME_CAUSES, *CONTAINER_CAUSES),
            )


def place_rows(
    item: ItemFacts, findings: Sequence[Finding], about: Sequence[Statement]
) -> Iterator[Contradiction]:
    """Rows of one item: distances among each other, distances against zones, statements among each other."""
    shown = distances(item, findings)
    for first, second in combinations(shown, 2):
        if first.reading.source is not second.reading.source:
            yield _row(item, first.reading, second.reading, _two_distances(first, second), first.span)
    placed = [one for one in about if one.event is Event.RECORDED and (one.place or one.facility)]
    for distance in shown:
        for statement in placed:
            if statement.place:
                reading = statement.reading(place_words(statement))
                yield _row(
                    item, distance.reading, reading, _distance_and_zone(distance, statement), distance.span
                )
    for one, other in combinations(placed, 2):
        found = _two_places(one, other)
        if found is not None:
            readings = (one.reading(place_words(one)), other.reading(place_words(other)))
            yield _row(item, *readings, found)


def agrees_with(distances_of_item: Sequence[Distance], statement: Statement) -> bool:
    """Whether any distance that an item shows was legal time in the zone of a statement."""
    return any(
        _distance_and_zone(distance, statement).verdict is Verdict.AGREE for distance in distances_of_item
    )


def place_words(statement: Statement) -> str:
    facility = f"facility {statement.facility}" if statement.facility else ""
    place = statement.place.name if statement.place else ""
    return ", ".join(part for part in (facility, place) if part)


def _two_distances(first: Distance, second: Distance) -> Compared:
    causes = tuple(dict.fromkeys((*first.causes, *second.causes)))
    apart = min(abs(one - other) for one in first.offsets for other in second.offsets)
    if apart <= TOLERANCE:
        return Compared(
            Verdict.AGREE,
            "Both show the same distance from UTC.",
            TOLERANCE_WORDS,
            TOLERANCE.total_seconds(),
            causes,
        )
    unclear = first.no_zone or second.no_zone
    if unclear:
        return Compared(
            Verdict.CANNOT_BE_COMPARED,
            f"No zone follows: {unclear}.",
            TOLERANCE_WORDS,
            TOLERANCE.total_seconds(),
            causes,
        )
    why = f"The distances from UTC differ by {length_words(apart)}."
    return Compared(Verdict.CANNOT_BOTH_HOLD, why, TOLERANCE_WORDS, TOLERANCE.total_seconds(), causes)


def _distance_and_zone(distance: Distance, statement: Statement) -> Compared:
    causes = tuple(dict.fromkeys((*distance.causes, *CLAIM_CAUSES)))
    place = statement.place
    assert place is not None  # asked of statements with a place only
    words = place.legal_words(distance.at_utc)
    said = f"{words[0].upper()}{words[1:]} at that moment."
    seconds = TOLERANCE.total_seconds()
    fitting = place.fitting(distance.offsets, distance.at_utc)
    if fitting is not None:
        others = place.others(fitting, distance.at_utc)
        why = f"{said} {others} other places kept the same, so it does not single out the place."
        return Compared(Verdict.AGREE, why, TOLERANCE_WORDS, seconds, causes)
    if distance.no_zone:
        why = f"{said} No zone follows from the clock: {distance.no_zone}."
        return Compared(Verdict.CANNOT_BE_COMPARED, why, TOLERANCE_WORDS, seconds, causes)
    return Compared(Verdict.CANNOT_BOTH_HOLD, said, TOLERANCE_WORDS, seconds, causes)


def _two_places(one: Statement, other: Statement) -> Compared | None:
    """None where the two do not speak of the same: one names a facility, the other only a zone that fits it."""
    if one.facility and other.facility:
        if one.facility == other.facility:
            return Compared(Verdict.AGREE, "Both name the same facility.", hypotheses=CLAIM_CAUSES)
        return Compared(
            Verdict.CANNOT_BOTH_HOLD, "They place the same item in two facilities.", hypotheses=CLAIM_CAUSES
        )
    if one.zone and other.zone and one.zone != other.zone:
        return Compared(
            Verdict.CANNOT_BE_COMPARED,
            "They name two zones; whether the places are the same is not stated.",
            hypotheses=CLAIM_CAUSES,
        )
    return None


def _row(
    item: ItemFacts, first: Reading, second: Reading, found: Compared, span: Span | None = None
) -> Contradiction:
    return Contradiction(
        Subject.PLACE_ZONE,
        item.item_id,
        first,
        second,
        found.verdict,
        found.why,
        found.tolerance,
        found.tolerance_s,
        found.hypotheses,
        span,
    )


def _near_zero(offset: timedelta) -> bool:
    return abs(offset) <= TOLERANCE
