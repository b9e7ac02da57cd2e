"""The storage in memory: for tests, and for trying a ledger out without a case.

Establishes nothing durable. A transaction that fails puts every table back as it was.
"""

from __future__ import annotations

import bisect
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date

from witnessmark.ground.ledger.storage import (
    ActorRow,
    ActRow,
    CheckpointRow,
    CosignatureRow,
    DayEntryRow,
    DayRow,
    LeafRow,
    NodeRow,
    PayloadKeyRow,
    PayloadRow,
    PublicationLeafRow,
    WitnessRow,
)


@dataclass
class Tables:
    """Every table as plain Python; tests reach in here to tamper."""

    leaf: list[LeafRow] = field(default_factory=list)
    payload: dict[int, PayloadRow] = field(default_factory=dict)
    payload_key: dict[int, PayloadKeyRow] = field(default_factory=dict)
    act: list[ActRow] = field(default_factory=list)
    node: dict[tuple[int, int], NodeRow] = field(default_factory=dict)
    actor: dict[str, ActorRow] = field(default_factory=dict)
    checkpoint: dict[tuple[str, int], CheckpointRow] = field(default_factory=dict)
    witness: dict[str, WitnessRow] = field(default_factory=dict)
    cosignature: dict[tuple[int, str], CosignatureRow] = field(default_factory=dict)
    day_entry: list[DayEntryRow] = field(default_factory=list)
    day: dict[date, DayRow] = field(default_factory=dict)
    publication: list[PublicationLeafRow] = field(default_factory=list)

    def copy(self) -> Tables:
        """Rows are frozen, so a copy of each container is a copy of the state."""
        return Tables(**{name: value.copy() for name, value in vars(self).items()})


class MemoryStorage:
    """Implements LedgerStorage."""

    def __init__(self) -> None:
        self.tables = Tables()
        self._lock = threading.RLock()
        self._depth = 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._lock:
            before = self.tables.copy() if self._depth == 0 else None
            self._depth += 1
            try:
                yield
            except BaseException:
                if before is not None:
                    self.tables = before
                raise
            finally:
                self._depth -= 1

    def size(self) -> int:
        return len(self.tables.leaf)

    def leaves(self, start: int, stop: int) -> Iterator[LeafRow]:
        yield from self.tables.leaf[start:stop]

    def append_leaves(
        self, leaves: Sequence[LeafRow], payloads: Sequence[PayloadRow], keys: Sequence[PayloadKeyRow]
    ) -> None:
        self.tables.leaf.extend(leaves)
        self.tables.payload.update((row.index, row) for row in payloads)
        self.tables.payload_key.update((row.index, row) for row in keys)

    def payloads(self, start: int, stop: int) -> Iterator[PayloadRow]:
        for index in range(start, stop):
            if index in self.tables.payload:
                yield self.tables.payload[index]

    def payload_keys(self, start: int, stop: int) -> Iterator[PayloadKeyRow]:
        for index in range(start, stop):
            if index in self.tables.payload_key:
                yield self.tables.payload_key[index]

    def erase_payload(self, index: int) -> None:
        self.tables.payload.pop(index, None)
        self.tables.payload_key.pop(index, None)

    def hashes(self, wanted: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], bytes]:
        found: dict[tuple[int, int], bytes] = {}
        for level, index in wanted:
            if level == 0 and index < len(self.tables.leaf):
                found[level, index] = self.tables.leaf[index].leaf_hash
            elif (level, index) in self.tables.node:
                found[level, index] = self.tables.node[level, index].hash
        return found

    def append_nodes(self, nodes: Sequence[NodeRow]) -> None:
        self.tables.node.update(((row.level, row.index), row) for row in nodes)

    def nodes(self) -> Iterator[NodeRow]:
        for key in sorted(self.tables.node):
            yield self.tables.node[key]

    def append_act(self, act: ActRow) -> None:
        self.tables.act.append(act)

    def acts(self, start: int = 0) -> Iterator[ActRow]:
        yield from self.tables.act[start:]

    def last_act(self) -> ActRow | None:
        return self.tables.act[-1] if self.tables.act else None

    def actors(self) -> Sequence[ActorRow]:
        return sorted(self.tables.actor.values(), key=lambda row: row.introduced_index)

    def add_actor(self, actor: ActorRow) -> None:
        self.tables.actor[actor.actor_id] = actor

    def retire_actor(self, actor_id: str, retired_index: int) -> None:
        row = self.tables.actor[actor_id]
        self.tables.actor[actor_id] = replace(row, retired_index=retired_index)

    def add_checkpoint(self, checkpoint: CheckpointRow) -> None:
        self.tables.checkpoint[checkpoint.log, checkpoint.size] = checkpoint

    def checkpoints(self, log: str) -> Sequence[CheckpointRow]:
        return sorted(
            (row for row in self.tables.checkpoint.values() if row.log == log), key=lambda row: row.size
        )

    def last_checkpoint(self, log: str) -> CheckpointRow | None:
        rows = self.checkpoints(log)
        return rows[-1] if rows else None

    def add_witness(self, witness: WitnessRow) -> None:
        self.tables.witness[witness.vkey] = witness

    def witnesses(self) -> Sequence[WitnessRow]:
        return sorted(self.tables.witness.values(), key=lambda row: row.added_index)

    def add_cosignature(self, cosignature: CosignatureRow) -> None:
        self.tables.cosignature[cosignature.size, cosignature.vkey] = cosignature

    def cosignatures(self, size: int | None = None) -> Sequence[CosignatureRow]:
        rows = [row for row in self.tables.cosignature.values() if size is None or row.size == size]
        return sorted(rows, key=lambda row: (row.size, row.vkey))

    def add_day_entries(self, entries: Sequence[DayEntryRow]) -> None:
        self.tables.day_entry.extend(entries)

    def day_entry_count(self) -> int:
        return len(self.tables.day_entry)

    def day_entries(self, start: int, stop: int) -> Iterator[DayEntryRow]:
        yield from self.tables.day_entry[start:stop]

    def waiting_day_entries(self, entered_until: date, limit: int) -> Sequence[DayEntryRow]:
        rows = [row for row in self.tables.day_entry if row.day is None and row.entered_on <= entered_until]
        return rows[:limit]

    def first_item_entries(self, entered_before: date) -> Iterator[DayEntryRow]:
        for row in self.tables.day_entry:
            if row.kind == "item" and row.repeats is None and row.entered_on < entered_before:
                yield row

    def entries_of_day(self, day: date) -> Sequence[DayEntryRow]:
        return [row for row in self.tables.day_entry if row.day == day]

    def place_day_entries(self, numbers: Sequence[int], day: date) -> None:
        known = [row.number for row in self.tables.day_entry]
        for number in numbers:
            place = bisect.bisect_left(known, number)
            row = self.tables.day_entry[place]
            self.tables.day_entry[place] = replace(row, day=day, spilled=day > row.entered_on)

    def add_day(self, day: DayRow) -> None:
        self.tables.day[day.day] = day

    def days(self) -> Sequence[DayRow]:
        return [self.tables.day[key] for key in sorted(self.tables.day)]

    def day(self, day: date) -> DayRow | None:
        return self.tables.day.get(day)

    def last_day(self) -> DayRow | None:
        return self.tables.day[max(self.tables.day)] if self.tables.day else None

    def append_publication_leaves(self, leaves: Sequence[PublicationLeafRow]) -> None:
        self.tables.publication.extend(leaves)

    def publication_leaves(self) -> Sequence[PublicationLeafRow]:
        return list(self.tables.publication)
