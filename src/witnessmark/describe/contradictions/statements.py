"""What the case states of an item: claims and incidents that name it, as one sort of source.

A claim that names no item is never held against a file (docs/methods/bearing.md): it says nothing of each file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from witnessmark.describe.claimed_place import ClaimedPlace
from witnessmark.describe.contradictions.moments import Event, Frame, Moment
from witnessmark.describe.date_rule import claimed_period
from witnessmark.describe.facts import CaseFacts
from witnessmark.model.contradictions import Hypothesis, Reading, Source
from witnessmark.model.statements import Claim, ClaimKind, StatedDate
from witnessmark.model.zones import zone

CLAIM_CAUSES = (Hypothesis.CLAIM_MISTAKEN, Hypothesis.CLAIM_OF_OTHER_FOOTAGE)
DATED_KINDS = (ClaimKind.DATE, ClaimKind.PLACE, ClaimKind.OBSERVATION, ClaimKind.EVENT)
"""Kinds whose ``about_date`` is when the scene was."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One claim or incident, as far as the table compares it."""

    where: str
    """``claim 2`` or ``incident I-1``: never a sentence of it."""
    claim_id: str
    """Empty for an incident."""
    about: StatedDate
    event: Event
    facility: str
    zone: str
    place: ClaimedPlace | None
    """Its zone, or its country, as far as either is known."""
    items: tuple[str, ...]

    def reading(self, text: str) -> Reading:
        return Reading(Source.CLAIM, text, self.where, claim_id=self.claim_id)

    @property
    def moment(self) -> Moment | None:
        """The stated day, month or year; in UTC where the place is known, else as a wall clock somewhere."""
        period = claimed_period(self.about)
        if period is None:
            return None
        text = self.about.text + (f" ({self.zone})" if self.zone else "")
        wall = (datetime.combine(period[0], time.min), datetime.combine(period[1], time.max))
        if not self.zone:
            return Moment(
                self.reading(text), *wall, Frame.WALL, self.event, precise=False, causes=CLAIM_CAUSES
            )
        low, high = (_utc(moment, self.zone) for moment in wall)
        return Moment(
            self.reading(text),
            low,
            high,
            Frame.UTC,
            self.event,
            precise=False,
            wall=wall,
            causes=CLAIM_CAUSES,
        )


def _utc(wall: datetime, name: str) -> datetime:
    try:
        return wall.replace(tzinfo=zone(name)).astimezone(UTC).replace(tzinfo=None)
    except OverflowError:  # the last day that a calendar knows, west of Greenwich
        return wall


def statements(claims: Sequence[Claim], facts: CaseFacts) -> tuple[Statement, ...]:
    """Claims in their order, then incidents. Dismissed claims stay out: nobody holds them any more."""
    found = []
    for claim in claims:
        if claim.state == "dismissed":
            continue
        publication = claim.kind is ClaimKind.PUBLICATION
        dated = publication or claim.kind in DATED_KINDS
        found.append(
            Statement(
                f"claim {claim.code}",
                claim.claim_id,
                claim.about_date if dated else StatedDate("", "unknown"),
                Event.LATER if publication else Event.RECORDED,
                claim.facility,
                *_placed(facts, claim.facility, claim.about_date),
                claim.item_codes,
            )
        )
    found += [
        Statement(
            f"incident {incident.code}",
            "",
            incident.on,
            Event.RECORDED,
            incident.facility,
            *_placed(facts, incident.facility, incident.on),
            incident.item_codes,
        )
        for incident in facts.incidents
    ]
    return tuple(found)


def _placed(facts: CaseFacts, facility: str, date: StatedDate) -> tuple[str, ClaimedPlace | None]:
    """(zone, place) of a facility; where that has no zone, of the date as it was stated."""
    zone_name = facts.facility_zone(facility) or date.zone
    return zone_name, ClaimedPlace.of(zone_name, facts.facility_country(facility))
