"""The contradiction table: one row for every pair of sources that both speak of the same thing.

Pure: the same claims and facts give the same rows in the same order. Where two sources make several statements,
the row shows those that decide it: what cannot both hold before what agrees, before what cannot be compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from witnessmark.describe.contradictions.amounts import count_rows, duration_rows
from witnessmark.describe.contradictions.inside import clock_and_container, has_offset, inside_rows
from witnessmark.describe.contradictions.moments import Event, Moment, compare
from witnessmark.describe.contradictions.places import place_rows
from witnessmark.describe.contradictions.sources import moments
from witnessmark.describe.contradictions.statements import Statement, statements
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
    for item in facts.items:
        findings = by_item[item.item_id]
        about = [one for one in said if item.item_id in one.items]
        held[item.item_id] = moments(item, findings)
        rows += one_row_per_pair(_item_rows(item, findings, about, held[item.item_id]))
    rows += _unnamed(said, facts, held)
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
    said: Sequence[Statement], facts: CaseFacts, held: dict[str, dict[Source, tuple[Moment, ...]]]
) -> Iterator[Contradiction]:
    """A statement that names no item: how many items agree with it. None can contradict it."""
    for statement in said:
        claimed = statement.moment
        if statement.items or claimed is None or statement.event is Event.LATER:
            continue
        for source in (Source.CLOCK, Source.CONTAINER, Source.FILE_NAME):
            dated = [stated[source] for stated in held.values() if stated[source]]
            if not dated:
                continue
            agreeing = sum(
                any(
                    m.event is Event.RECORDED and compare(m, claimed).verdict is Verdict.AGREE
                    for m in of_item
                )
                for of_item in dated
            )
            yield Contradiction(
                Subject.DATE_TIME,
                "",
                Reading(
                    source, f"{agreeing} of {len(dated)} items that state a date agree", "the whole case"
                ),
                claimed.reading,
                Verdict.AGREE if agreeing else Verdict.CANNOT_BE_COMPARED,
                "The statement names no item, so other items do not speak against it."
                + ("" if agreeing else " None of them is of that time; that other footage is, is left open."),
                "whole days",
                hypotheses=claimed.causes,
            )
