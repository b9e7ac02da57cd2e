"""The date rule: does what the file says about its own time fall into the claimed day, month or year?

Times in UTC are turned into legal time at the claimed place (IANA history) and compared by day, because a
container states when writing began or ended, not a minute of the scene. Source of the UTC meaning of
``creation_time``: ISO/IEC 14496-12 §8.2.2; that many recorders write local time there is a known trap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from witnessmark.describe.facts import CaseFacts, ItemFacts
from witnessmark.model.findings import Finding, Outcome
from witnessmark.model.statements import Bearing, BearingKind, Claim, StatedDate
from witnessmark.model.zones import EASTERNMOST_OFFSET, WESTERNMOST_OFFSET, zone

RULE = "date"
CLOCK_READINGS = ("first_reading", "last_reading")
"""Measurements of ``clock.series`` that hold the burned-in time as ISO text."""
_REWRITING_KINDS = frozenset({"container.rewritten", "encode.software"})


def claimed_period(stated: StatedDate) -> tuple[date, date] | None:
    """First and last day of what was said; finer than a day counts as the day. None: no date."""
    if stated.precision == "unknown" or not stated.text:
        return None
    year = int(stated.text[:4])
    if stated.precision == "year":
        return date(year, 1, 1), date(year, 12, 31)
    month = int(stated.text[5:7])
    if stated.precision == "month":
        following = date(year + month // 12, month % 12 + 1, 1) if (year, month) < (9999, 12) else date.max
        return date(year, month, 1), following - timedelta(days=1) if following != date.max else date.max
    day = date.fromisoformat(stated.text[:10])
    return day, day


def date_bearings(claim: Claim, facts: CaseFacts) -> tuple[Bearing, ...]:
    """One bearing per item named in the claim and kind of trace.

    Where the claim names no item, only the items that fit are proposed, for the claim does not say that every
    file is of that day; if none fits, one silent bearing says how many were looked at.
    """
    period = claimed_period(claim.about_date)
    if period is None:
        return (_bearing(claim, BearingKind.SILENT, "The claim gives no date that could be compared."),)
    zone_name = claim.about_date.zone or facts.facility_zone(claim.facility)
    findings = defaultdict(list)
    for finding in facts.findings:
        findings[finding.item_id].append(finding)
    named = set(claim.item_codes)
    chosen = [item for item in facts.items if not named or item.item_id in named]
    bearings: list[Bearing] = []
    for item in chosen:
        bearings.extend(_item_bearings(claim, item, findings[item.item_id], period, zone_name))
    if named:
        held = {item.item_id for item in facts.items}
        bearings.extend(
            _bearing(
                claim, BearingKind.SILENT, "The item that the claim names is not held here.", item_id=missing
            )
            for missing in claim.item_codes
            if missing not in held
        )
        return tuple(bearings)
    fitting = [bearing for bearing in bearings if bearing.kind is BearingKind.SUPPORTS]
    if fitting:
        return tuple(fitting)
    dated = sum(1 for item in chosen if item.container_dates)
    return (
        _bearing(
            claim,
            BearingKind.SILENT,
            f"The claim names no item. Of {len(chosen)} items, {dated} state a date of their own, and "
            f"none of these falls on {_period_text(period)}; that other footage does is left open.",
        ),
    )


def _item_bearings(
    claim: Claim, item: ItemFacts, findings: Sequence[Finding], period: tuple[date, date], zone_name: str
) -> list[Bearing]:
    clock = [
        _clock_bearing(claim, finding, period)
        for finding in findings
        if finding.core.kind == "clock.series" and finding.core.outcome is Outcome.OBSERVED
    ]
    return [*clock, _container_bearing(claim, item, findings, period, zone_name)]


def _clock_bearing(claim: Claim, finding: Finding, period: tuple[date, date]) -> Bearing:
    """A burned-in clock is taken as it reads: a wall clock at the place where it was set."""
    days = []
    for name in CLOCK_READINGS:
        measured = finding.core.measurements.get(name)
        try:
            days.append(datetime.fromisoformat(str(measured.value)).date() if measured else None)
        except ValueError:
            days.append(None)
    read = [day for day in days if day is not None]
    if not read:
        kind, why = BearingKind.SILENT, "The burned-in clock was found, but shows no date that could be read."
    else:
        inside = all(period[0] <= day <= period[1] for day in read)
        kind = BearingKind.SUPPORTS if inside else BearingKind.CONTRADICTS
        why = (
            f"The burned-in clock reads {' to '.join(sorted({str(day) for day in read}))}; claimed is "
            f"{_period_text(period)}. A clock that somebody set, wrongly or on purpose, would explain "
            f"{'this' if inside else 'the difference'} too."
        )
    return _bearing(claim, kind, why, item_id=finding.item_id, finding_id=finding.finding_id)


def _container_bearing(
    claim: Claim,
    item: ItemFacts,
    findings: Sequence[Finding],
    period: tuple[date, date],
    zone_name: str,
) -> Bearing:
    if not item.container_dates:
        return _bearing(
            claim, BearingKind.SILENT, "The file states no date of its own.", item_id=item.item_id
        )
    verdicts, readings, as_local = set(), [], set()
    for stated in item.container_dates:
        if stated.at.tzinfo is None:
            day, shown = stated.at.date(), f"{stated.at:%Y-%m-%d %H:%M} without a zone"
            verdicts.add(_inside(day, day, period))
        elif zone_name:
            local = stated.at.astimezone(zone(zone_name))
            shown = f"{stated.at:%Y-%m-%d %H:%M} UTC, which is {local:%Y-%m-%d %H:%M} in {zone_name}"
            verdicts.add(_inside(local.date(), local.date(), period))
            as_local.add(period[0] <= stated.at.date() <= period[1])
        else:
            earliest = (stated.at + WESTERNMOST_OFFSET).date()
            latest = (stated.at + EASTERNMOST_OFFSET).date()
            shown = f"{stated.at:%Y-%m-%d %H:%M} UTC, {earliest} to {latest} depending on the place"
            verdicts.add(_inside(earliest, latest, period))
        if shown not in readings:
            readings.append(shown)
    said = f"The file states {'; and '.join(readings)}. Claimed is {_period_text(period)}."
    if verdicts == {True}:
        kind, end = BearingKind.SUPPORTS, "A recorder's clock can be set to any date, so this is no proof."
        if as_local == {False}:
            end += " If the recorder wrote local time where the format wants UTC, the day would be another."
    elif verdicts == {False}:
        kind = BearingKind.CONTRADICTS
        end = "Also explained by a recorder's clock that was never set or set wrongly"
        end += ", or by local time written where the format wants UTC" if as_local == {True} else ""
        rewriting = sorted({f.core.kind for f in findings if f.core.must_be_explained} & _REWRITING_KINDS)
        if rewriting:
            end += f", or by the rewriting that was found ({', '.join(rewriting)})"
            end += ": the date may be that of a copy"
        end += "."
    elif None in verdicts:
        kind, end = BearingKind.SILENT, "Without a zone for the claimed place this cannot be decided."
    else:
        kind, end = BearingKind.SILENT, "The file's own dates disagree about the day."
    return _bearing(claim, kind, f"{said} {end}", item_id=item.item_id)


def _inside(earliest: date, latest: date, period: tuple[date, date]) -> bool | None:
    """True: certainly within; False: certainly not; None: depends on the zone."""
    if period[0] <= earliest and latest <= period[1]:
        return True
    if latest < period[0] or earliest > period[1]:
        return False
    return None


def _period_text(period: tuple[date, date]) -> str:
    return str(period[0]) if period[0] == period[1] else f"{period[0]} to {period[1]}"


def _bearing(
    claim: Claim, kind: BearingKind, why: str, *, item_id: str = "", finding_id: str = ""
) -> Bearing:
    return Bearing(claim.claim_id, finding_id, item_id, kind, why, RULE)
