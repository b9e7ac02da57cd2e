"""First pass of a check: every leaf by itself, and what the log says about its own rows.

What is collected here (keys, erasures, closed days, witnesses) comes from leaves, never from the convenience
tables: those are compared with it afterwards.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from witnessmark.ground.ledger import leaf
from witnessmark.ground.ledger.acts import LaidAct
from witnessmark.ground.ledger.storage import LeafRow, LedgerStorage, PayloadKeyRow, PayloadRow
from witnessmark.model.custody import Problem
from witnessmark.model.errors import LedgerError

READ_AHEAD = 1000


@dataclass(frozen=True, slots=True)
class Said:
    """What a leaf of one of the ledger's own kinds says."""

    index: int
    data: Mapping[str, Any]


@dataclass(slots=True)
class Facts:
    """What the leaves say, in order of index."""

    hashes: list[bytes] = field(default_factory=list)
    """Stored leaf hash of each index."""
    missing: set[int] = field(default_factory=set)
    """Indexes without a row; their hash is given as zeros."""
    recomputed: dict[int, bytes] = field(default_factory=dict)
    """Only where it differs from the stored one."""
    said: dict[str, list[Said]] = field(default_factory=dict)
    """By kind, for the ledger's own kinds."""
    unread: set[str] = field(default_factory=set)
    """Own kinds of which at least one leaf could not be opened: nothing is concluded from absence there."""
    day_leaf: dict[int, bytes] = field(default_factory=dict)
    """Day leaf that a custody leaf commits to."""
    closed_payloads: set[int] = field(default_factory=set)
    """Indexes whose private half could not be read (erased or damaged)."""
    foreign: dict[int, int] = field(default_factory=dict)
    """Leaves whose private half names another actor or time than the act: index to position of the act."""

    def of(self, kind: str) -> Sequence[Said]:
        return self.said.get(kind, ())


@dataclass(frozen=True, slots=True)
class _Rows:
    index: int
    row: LeafRow | None
    payload: PayloadRow | None
    key: PayloadKeyRow | None


def _rows(storage: LedgerStorage, start: int, stop: int) -> Iterator[_Rows]:
    for base in range(start, stop, READ_AHEAD):
        upper = min(base + READ_AHEAD, stop)
        leaves = {row.index: row for row in storage.leaves(base, upper)}
        payloads = {row.index: row for row in storage.payloads(base, upper)}
        keys = {row.index: row for row in storage.payload_keys(base, upper)}
        for index in range(base, upper):
            yield _Rows(index, leaves.get(index), payloads.get(index), keys.get(index))


def _kind_of(row: LeafRow) -> str:
    """The signed kind where the row is whole; else its copy in the column, which may be the sounder of the two."""
    if leaf.recompute(row) != row.leaf_hash:
        return row.kind
    try:
        return str(json.loads(row.public_json)["kind"])
    except (ValueError, KeyError, TypeError):
        return row.kind


def _open(rows: _Rows, recomputed: bytes) -> Mapping[str, Any] | None:
    """The private half, tried with the stored and with the recomputed leaf hash; None if neither opens it."""
    if rows.row is None or rows.payload is None or rows.key is None:
        return None
    for hashed in {rows.row.leaf_hash: None, recomputed: None}:
        try:
            return leaf.open_private(replace(rows.row, leaf_hash=hashed), rows.payload, rows.key)
        except (LedgerError, ValueError):
            continue
    return None


def read_leaves(
    storage: LedgerStorage, acts: Sequence[LaidAct], limit: int, size: int
) -> tuple[Facts, list[Problem]]:
    """Check the leaves below ``limit`` one by one; of those up to ``size`` take only the erasures."""
    facts, problems = Facts(), []
    firsts = [act.start for act in acts]
    without_payload: list[int] = []
    with_payload: set[int] = set()
    for rows in _rows(storage, 0, limit):
        where = f"ledger leaf {rows.index}"
        if rows.row is None:
            problems.append(Problem(where, "the row is missing"))
            facts.hashes.append(bytes(32))
            facts.missing.add(rows.index)
            facts.closed_payloads.add(rows.index)
            facts.unread |= leaf.OWN_KINDS
            continue
        recomputed = leaf.recompute(rows.row)
        facts.hashes.append(rows.row.leaf_hash)
        is_whole = recomputed == rows.row.leaf_hash
        if not is_whole:
            facts.recomputed[rows.index] = recomputed
            problems.append(Problem(where, "public half, salt and private half do not give the leaf hash"))
        else:
            try:
                leaf.open_public(rows.row)
            except LedgerError:
                problems.append(Problem(where, "the public half is not what the kind says"))
        if rows.payload is None and rows.key is None:
            without_payload.append(rows.index)
            facts.closed_payloads.add(rows.index)
            continue
        with_payload.add(rows.index)
        private = _open(rows, recomputed)
        if private is None:
            facts.closed_payloads.add(rows.index)
            if _kind_of(rows.row) in leaf.OWN_KINDS:
                facts.unread.add(_kind_of(rows.row))
            if is_whole:
                what = (
                    "the private half does not open, or is not the one that was signed (payload or its key)"
                )
                problems.append(Problem(f"ledger payload {rows.index}", what))
            continue
        _collect(facts, rows.index, _kind_of(rows.row), private)
        position = bisect_right(firsts, rows.index) - 1
        if position >= 0 and (private["actor"], private["time"]) != (
            acts[position].row.actor_id,
            acts[position].row.time,
        ):
            facts.foreign[rows.index] = position
    erased = {said.data.get("index") for said in facts.of("payload.erased")}
    later = _later_erasures(storage, limit, size)
    problems.extend(
        Problem(f"ledger payload {index}", "it is missing, and no leaf says that it was erased")
        for index in without_payload
        if index not in erased and index not in later
    )
    problems.extend(
        Problem(f"ledger payload {index}", "a leaf says that it was erased, but it is still there")
        for index in sorted(with_payload & {index for index in erased if isinstance(index, int)})
    )
    return facts, problems


def _collect(facts: Facts, index: int, kind: str, private: Mapping[str, Any]) -> None:
    if kind in leaf.OWN_KINDS:
        facts.said.setdefault(kind, []).append(Said(index, private["data"]))
    if "day_entry" in private:
        facts.day_leaf[index] = bytes.fromhex(private["day_entry"])


def _later_erasures(storage: LedgerStorage, limit: int, size: int) -> set[int]:
    """What was erased after the point as of which we check: missing now, and rightly so."""
    found: set[int] = set()
    for rows in _rows(storage, limit, size):
        if rows.row is None or _kind_of(rows.row) != "payload.erased":
            continue
        private = _open(rows, leaf.recompute(rows.row))
        if private is not None and isinstance(private["data"].get("index"), int):
            found.add(private["data"]["index"])
    return found
