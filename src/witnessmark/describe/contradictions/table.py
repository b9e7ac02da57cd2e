"""The contradiction table: one row for every pair of sources that both speak of the same thing.

Pure: the same claims and facts give the same rows in the same order. Where two sources make several statements,
the row shows those that decide it: what cannot both hold before what agrees, before what cannot be compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from witnessmark.describe.contradictions.amounts import count_rows, duration_rows
from witnessmark.describe.contradictions.inside import clock_and_container, has_offset, inside_rows
from witnessmark.describe.contradictions.moments import Event, Moment, compare
from witnessmark.describe.contradictions.places import (
    TOLERANCE_WORDS,
    Distance,
    agrees_with,
    distances,
    place_rows,
    place_words,
)
from witnessmark.describe.contradictions.sources import moments
from witnessmark.describe.contradictions.statements import CLAIM_CAUSES, Statement, statements
from witnessmark.describe.contradictions.writers import writer_rows
from witnessmark.describe.facts import CaseFacts, ItemFacts
from witnessmark.model.contradictions import (
    Contradiction,
    Reading,
    Source,
    Subject,
    Verdict,
    table_order,
)
from witnessmark.model.findings import Finding
from witnessmark.model.statements import Claim

_DECIDES = (Verdict.CANNOT_BOTH_HOLD, Verdict.AGREE, Verdict.CANNOT_BE_COMPARED)
_SOURCES = tuple(Source)


def contradiction_table(claims: Sequence[Claim], facts: CaseFacts) -> tuple[Contradiction, ...]:
    """Every row, in the order of a report: what cannot both hold first."""
    said = statements(claims, facts)
    by_item: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in facts.findings:
        by_item[finding.item_id].append(finding)
    rows: list[Contradiction] = []
    held: dict[str, dict[Source, tuple[Moment, ...]]] = {}
    shown: dict[str, tuple[Distance, ...]] = {}
    for item in facts.items:
        findings = by_item[item.item_id]
        about = [one for one in said if item.item_id in one.items]
        held[item.item_id] = moments(item, findings)
        shown[item.item_id] = distances(item, findings)
        rows += one_row_per_pair(_item_rows(item, findings, about, held[item.item_id]))
    rows += _unnamed(said, held, shown)
    rows += count_rows(claims, facts)
    return tuple(sorted(rows, key=table_order))


def _item_rows(
    item: ItemFacts,
    findings: Sequence[Finding],
    about: Sequence[Statement],
    stated: dict[Source, tuple[Moment, ...]],
) -> Iterator[Contradiction]:
    yield from clock_and_container(item, findings, stated)
    claimed = tuple(moment for one in about if (moment := one.moment) is not None)
    sources = {**stated, Source.CLAIM: claimed}
    for first, second in combinations(_SOURCES, 2):
        if (first, second) == (Source.CLOCK, Source.CONTAINER) and has_offset(findings):
            continue  # the offset method has compared them picture by picture
        for one in sources.get(first, ()):
            for other in sources.get(second, ()):
                yield _dated(item.item_id, one, other)
    for source in (Source.FILE_NAME, Source.CLAIM):  # two names, two claims: two hands
        for one, other in combinations(sources[source], 2):
            yield _dated(item.item_id, one, other)
    yield from inside_rows(item, findings)
    yield from place_rows(item, findings, about)
    yield from writer_rows(item, findings)
    yield from duration_rows(item, findings)


def _dated(item_id: str, first: Moment, second: Moment) -> Contradiction:
    found = compare(first, second)
    return Contradiction(
        Subject.DATE_TIME,
        item_id,
        first.reading,
        second.reading,
        found.verdict,
        found.why,
        found.tolerance,
        found.tolerance_s,
        found.hypotheses,
    )


def one_row_per_pair(rows: Iterator[Contradiction]) -> list[Contradiction]:
    """Of all pairs of readings of two sources on one subject the one that decides, with a count of the others.

    Claims are not merged: each is somebody's own.
    """
    groups: defaultdict[tuple[object, ...], list[Contradiction]] = defaultdict(list)
    for row in rows:
        whose = tuple(r.where for r in (row.first, row.second) if r.source is Source.CLAIM)
        groups[row.subject, row.first.source, row.second.source, whose].append(row)
    kept = []
    for alike in groups.values():
        first = min(alike, key=lambda row: _DECIDES.index(row.verdict))
        same = sum(row.verdict is first.verdict for row in alike)
        agreeing = sum(row.verdict is Verdict.AGREE for row in alike)
        why = first.why
        if first.verdict is Verdict.CANNOT_BOTH_HOLD and agreeing:
            more = "other readings" if agreeing > 1 else "other reading"
            why += f" {agreeing} {more} of these two sources agree{'s' if agreeing == 1 else ''}."
        kept.append(replace(first, why=why, more=same - 1))
    return kept


def _unnamed(
    said: Sequence[Statement],
    held: Mapping[str, Mapping[Source, tuple[Moment, ...]]],
    shown: Mapping[str, tuple[Distance, ...]],
) -> Iterator[Contradiction]:
    """A statement that names no item: how many items agree with it. None can contradict it."""
    for statement in said:
        if statement.items or statement.event is Event.LATER:
            continue
        claimed = statement.moment
        for source in (Source.CLOCK, Source.CONTAINER, Source.FILE_NAME) if claimed else ():
            dated = [stated[source] for stated in held.values() if stated[source]]
            agreeing = sum(any(_agrees(moment, claimed) for moment in of_item) for of_item in dated)
            yield from _counted(
                Subject.DATE_TIME, source, agreeing, len(dated), "state a date", statement, claimed
            )
        for source in (Source.CLOCK, Source.CONTAINER, Source.FILE_NAME) if statement.place else ():
            distant = [d for all_ in shown.values() if (d := [x for x in all_ if x.reading.source is source])]
            agreeing = sum(agrees_with(of_item, statement) for of_item in distant)
            yield from _counted(
                Subject.PLACE_ZONE, source, agreeing, len(distant), "show a distance from UTC", statement
            )


def _agrees(moment: Moment, claimed: Moment | None) -> bool:
    return claimed is not None and compare(moment, claimed).verdict is Verdict.AGREE


def _counted(
    subject: Subject,
    source: Source,
    agreeing: int,
    speaking: int,
    what: str,
    statement: Statement,
    claimed: Moment | None = None,
) -> Iterator[Contradiction]:
    """Nothing where no item speaks of it at all."""
    if not speaking:
        return
    yield Contradiction(
        subject,
        "",
        Reading(source, f"{agreeing} of {speaking} items that {what} agree", "the whole case"),
        claimed.reading if claimed else statement.reading(place_words(statement)),
        Verdict.AGREE if agreeing else Verdict.CANNOT_BE_COMPARED,
        "The statement names no item, so other items do not speak against it."
        + ("" if agreeing else " None of them agrees; that other footage does, is left open."),
        "whole days" if claimed else TOLERANCE_WORDS,
        hypotheses=CLAIM_CAUSES,
    )
