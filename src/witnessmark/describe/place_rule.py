"""The place rule: is the distance between a clock and UTC the legal time at the claimed place on that day?

Legal time never singles out a place: the number of other zones that share it is always named, and so are the
other explanations (docs/methods/bearing.md). Nothing here speaks about what the picture shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from witnessmark.describe.claimed_place import ClaimedPlace
from witnessmark.describe.clock_offsets import BOTH_LOCAL, ClockOffset, clock_offset
from witnessmark.describe.date_rule import claimed_period
from witnessmark.describe.facts import CaseFacts, ContainerDate, ItemFacts
from witnessmark.model.findings import Finding, Outcome
from witnessmark.model.statements import Bearing, BearingKind, Claim
from witnessmark.model.zone_history import offset_words

RULE = "place_zone"
CLOCK = "The burned-in clock minus container time"
NO_UTC = "The container's date names no zone, so this is no distance from UTC."
DAY_OF_ANY_ZONE = timedelta(days=1)
"""A claimed day is one of legal time, a file's one of UTC: the two differ by one day at most (UTC-12 to UTC+14)."""
BENIGN = (
    "Also explained by a recorder set by hand, by an old zone table or summer time left on in the recorder, by local "
    "time written where the container wants UTC, or by a container date of an import or export."
)


def place_bearings(claim: Claim, facts: CaseFacts) -> tuple[Bearing, ...]:
    """One bearing per item named and trace; without named items only what fits, or one silent bearing.

    Where the claim names no item but a day, month or year, only items of that time can fit: footage of June does not
    support where something was in February.
    """
    place = ClaimedPlace.of(
        facts.facility_zone(claim.facility) or claim.about_date.zone, facts.facility_country(claim.facility)
    )
    if place is None:
        why = (
            "The claim names no facility whose time zone or country is known, so clocks say nothing about it."
        )
        return (Bearing(claim.claim_id, "", "", BearingKind.SILENT, why, RULE),)
    findings = defaultdict(list)
    for finding in facts.findings:
        if finding.core.kind == "clock.offset" and finding.core.outcome is Outcome.OBSERVED:
            findings[finding.item_id].append(finding)
    named = set(claim.item_codes)
    chosen = [item for item in facts.items if not named or item.item_id in named]
    bearings = [
        bearing
        for item in chosen
        if named or _may_be_of_that_time(claim, item, findings[item.item_id])
        for bearing in _item_bearings(claim, item, findings[item.item_id], place)
    ]
    if named:
        return tuple(bearings) or (
            Bearing(claim.claim_id, "", "", BearingKind.SILENT, "The items named are not held here.", RULE),
        )
    fitting = [bearing for bearing in bearings if bearing.kind is BearingKind.SUPPORTS]
    if fitting:
        return tuple(fitting)
    telling = sum(1 for bearing in bearings if bearing.kind is not BearingKind.SILENT)
    why = (
        f"The claim names no item. Of {len(chosen)} items, {telling} show a distance from UTC"
        f"{' and may be of the time that the claim speaks of' if claimed_period(claim.about_date) else ''}, and none "
        f"of these shows that of {place.name}; that other footage does is left open."
    )
    return (Bearing(claim.claim_id, "", "", BearingKind.SILENT, why, RULE),)


def _may_be_of_that_time(claim: Claim, item: ItemFacts, offsets: Sequence[Finding]) -> bool:
    """False only where the file states times, and all of them lie outside what the claim speaks of."""
    period = claimed_period(claim.about_date)
    shown = [offset for offset in map(clock_offset, offsets) if offset is not None]
    moments = [offset.at_utc for offset in shown if offset.has_utc and offset.at_utc is not None]
    moments += [stated.at for stated in item.container_dates if stated.at.tzinfo is not None]
    if period is None or not moments:
        return True
    first, last = period
    days = [moment.date() for moment in moments]
    return any(first - day <= DAY_OF_ANY_ZONE and day - last <= DAY_OF_ANY_ZONE for day in days)


def _item_bearings(
    claim: Claim, item: ItemFacts, offsets: Sequence[Finding], place: ClaimedPlace
) -> list[Bearing]:
    """Clocks that were read come first; dates that name their own offset count only where none was."""
    bearings = []
    for finding in offsets:
        shown = clock_offset(finding)
        if shown is None:
            continue
        if shown.has_utc:
            moment = shown.at_utc or _moment(claim, item)
            if moment is None:
                continue
            kind, why = _clock_bearing(shown, moment, place)
        else:
            kind, why = BearingKind.SILENT, f"{CLOCK} is {offset_words(shown.plainest)}. {NO_UTC}"
        bearings.append(Bearing(claim.claim_id, finding.finding_id, item.item_id, kind, why, RULE))
    if bearings:
        return bearings
    for stated in _distinct_offsets(item.container_dates):
        offset = timedelta(seconds=stated.stated_offset_s or 0)
        kind, why = _compare(offset, stated.at, place, f"The offset that the file writes in {stated.field}")
        bearings.append(Bearing(claim.claim_id, "", item.item_id, kind, why, RULE))
    if bearings:
        return bearings
    why = "No burned-in clock was read, and no date in the file names its distance from UTC."
    return [Bearing(claim.claim_id, "", item.item_id, BearingKind.SILENT, why, RULE)]


def _clock_bearing(shown: ClockOffset, at_utc: datetime, place: ClaimedPlace) -> tuple[BearingKind, str]:
    """A difference that is nobody's legal time, or that may be none from UTC, leaves the rule silent."""
    said = f"{CLOCK} is {offset_words(shown.plainest)}."
    fitting = place.fitting(shown.offsets, at_utc)
    if fitting is not None:
        return _compare(fitting, at_utc, place, CLOCK)
    if shown.both_local:
        return BearingKind.SILENT, f"{said} {BOTH_LOCAL[0].upper()}{BOTH_LOCAL[1:]}."
    if not shown.is_legal_somewhere(at_utc):
        why = f"{said} That was nobody's legal time at that moment, so it says nothing of a zone. {BENIGN}"
        return BearingKind.SILENT, why
    return _compare(shown.plainest, at_utc, place, CLOCK)


def _compare(
    offset: timedelta, at_utc: datetime, place: ClaimedPlace, subject: str
) -> tuple[BearingKind, str]:
    said = f"{subject} is {offset_words(offset)}; {place.legal_words(at_utc)} at that moment ({at_utc:%Y-%m-%d} UTC)."
    if place.fitting((offset,), at_utc) is None:
        return BearingKind.CONTRADICTS, f"{said} {BENIGN}"
    others = place.others(offset, at_utc)
    return (
        BearingKind.SUPPORTS,
        f"{said} {others} other places of the IANA list kept the same time, so it does not single out "
        f"{'the country' if place.is_country else 'the place'}. {BENIGN}",
    )


def _moment(claim: Claim, item: ItemFacts) -> datetime | None:
    """When to ask for legal time: the file's own time, else noon of the claimed day; None where both lack."""
    for stated in item.container_dates:
        if stated.at.tzinfo is not None:
            return stated.at
    period = claimed_period(claim.about_date)
    if period is None or period[0] != period[1]:
        return None
    return datetime(period[0].year, period[0].month, period[0].day, 12, tzinfo=UTC)


def _distinct_offsets(dates: Sequence[ContainerDate]) -> list[ContainerDate]:
    distinct: dict[int, ContainerDate] = {}
    for stated in dates:
        if stated.stated_offset_s is not None and stated.at.tzinfo is not None:
            distinct.setdefault(stated.stated_offset_s, stated)
    return list(distinct.values())
