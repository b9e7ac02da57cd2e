"""Rows of two tables that repeat themselves in a large case: what alike rows say is said once.

The contradiction table: the same two readings in ten copies of a file are one row with ten items. The custody
log of a case: a hundred items received one after the other are one line with its first and last entry; every
entry stands in the report of its item, and in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from witnessmark.model.codes import short_code
from witnessmark.model.contradictions import Contradiction, Reading, Verdict, table_order
from witnessmark.release.report.content import CustodyRow

SHORTEST_RUN = 4
"""Fewer entries of one kind in a row are printed one by one."""
LONG_RUNS = frozenset(
    {"item.received", "item.found_again", "item.committed", "examination.done", "file.refused"}
)
"""Kinds of entries of which a large case has one per file."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two readings laid side by side; where one of them stands against several alike, those are listed."""

    row: Contradiction
    firsts: tuple[tuple[Reading, tuple[str, ...]], ...]
    """The readings of the first source, each with the codes of the items that have it."""
    item_codes: tuple[str, ...]
    more: int
    """Further pairs of the same sources with the same verdict, not printed."""


def pairs_in_front(rows: Iterable[Contradiction]) -> tuple[Pair, ...]:
    """What cannot both hold, once for each two sources and subject: the first pair stands as an example."""
    alike: dict[tuple[object, ...], list[Contradiction]] = {}
    for row in _in_order(rows):
        if row.verdict is Verdict.CANNOT_BOTH_HOLD:
            alike.setdefault((row.subject, row.first.source, row.second.source), []).append(row)
    return tuple(
        Pair(g[0], ((g[0].first, ()),), _codes(g), sum(r.more for r in g) + len(g) - 1)
        for g in alike.values()
    )


def pairs(rows: Iterable[Contradiction]) -> tuple[Pair, ...]:
    """Rows in the order of the table; those that differ only in the item, or in the first reading, become one."""
    alike: dict[tuple[object, ...], list[Contradiction]] = {}
    for row in _in_order(rows):
        key = (row.verdict, row.subject, row.first.source, row.second.source, row.second.text, row.why)
        alike.setdefault((*key, row.tolerance, row.hypotheses), []).append(row)
    made = []
    for group in alike.values():
        firsts: dict[tuple[str, str], list[Contradiction]] = {}
        for row in group:
            firsts.setdefault((row.first.text, row.first.where), []).append(row)
        listed = tuple((same[0].first, _codes(same)) for same in firsts.values())
        made.append(Pair(group[0], listed, _codes(group), sum(r.more for r in group)))
    return tuple(made)


def _in_order(rows: Iterable[Contradiction]) -> list[Contradiction]:
    """As the table is ordered, but for items: their ids are random, and two cases of one leak must read alike."""
    return sorted(rows, key=lambda row: (*table_order(replace(row, item_id="")), row.item_id))


def explanations(table: Sequence[Pair]) -> tuple[str, ...]:
    """Every hypothesis of a table once, in the order in which the rows name them: letters stand for them."""
    return tuple(dict.fromkeys(str(h) for pair in table for h in pair.row.hypotheses))


def _codes(rows: Sequence[Contradiction]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(short_code(r.item_id) for r in rows if r.item_id))


@dataclass(frozen=True, slots=True)
class CustodyRun:
    """One line, or a run of lines of one kind by one person."""

    first: CustodyRow
    last: CustodyRow
    count: int


def every_line(rows: Sequence[CustodyRow]) -> tuple[CustodyRun, ...]:
    """Each line by itself: what the report of one item prints."""
    return tuple(CustodyRun(line, line, 1) for line in rows)


def custody_runs(rows: Sequence[CustodyRow]) -> tuple[CustodyRun, ...]:
    """The log as a reader needs it: long runs in one line each."""
    runs: list[CustodyRun] = []
    for (kind, _who, _why), group in groupby(rows, key=lambda r: (r.kind, r.who, r.why)):
        lines = list(group)
        if kind in LONG_RUNS and len(lines) >= SHORTEST_RUN:
            runs.append(CustodyRun(lines[0], lines[-1], len(lines)))
        else:
            runs.extend(CustodyRun(line, line, 1) for line in lines)
    return tuple(runs)
