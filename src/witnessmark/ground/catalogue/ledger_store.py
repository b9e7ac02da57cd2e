"""The ledger's rows on Django (implements ``ground.ledger.storage.LedgerStorage``)."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar

from django.db import models
from django.db.models import Max

from witnessmark.ground.catalogue.models import (
    LedgerAct,
    LedgerActor,
    LedgerCheckpoint,
    LedgerCosignature,
    LedgerDay,
    LedgerDayEntry,
    LedgerLeaf,
    LedgerNode,
    LedgerPayload,
    LedgerPayloadKey,
    LedgerPublicationLeaf,
    LedgerWitness,
)
from witnessmark.ground.catalogue.rows import Rows
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

ADVISORY_LOCK = 0x7769746E_6C656467
"""Number of the PostgreSQL advisory lock that serialises ledger writers ("witn" "ledg" in ASCII)."""
CHUNK_ROWS = 2000
"""Rows read at a time."""

R = TypeVar("R")


class LedgerStore:
    """Each row type of the ledger has a table with columns of the same names."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Join or begin the transaction and hold the ledger's lock until the outermost one ends."""
        with self._rows.transaction():
            self._rows.exclusive(ADVISORY_LOCK)
            yield

    def _of(self, model: type[models.Model]) -> models.QuerySet[Any]:
        return models.QuerySet(model, using=self._rows.alias)

    def _append(self, model: type[models.Model], rows: Sequence[Any]) -> None:
        self._of(model).bulk_create([model(**_columns(row)) for row in rows])

    # custody log

    def size(self) -> int:
        last = self._of(LedgerLeaf).aggregate(last=Max("index"))["last"]
        return 0 if last is None else int(last) + 1

    def leaves(self, start: int, stop: int) -> Iterator[LeafRow]:
        return self._stretch(LedgerLeaf, LeafRow, "index", start, stop)

    def append_leaves(
        self, leaves: Sequence[LeafRow], payloads: Sequence[PayloadRow], keys: Sequence[PayloadKeyRow]
    ) -> None:
        self._append(LedgerLeaf, leaves)
        self._append(LedgerPayload, payloads)
        self._append(LedgerPayloadKey, keys)

    def payloads(self, start: int, stop: int) -> Iterator[PayloadRow]:
        return self._stretch(LedgerPayload, PayloadRow, "index", start, stop)

    def payload_keys(self, start: int, stop: int) -> Iterator[PayloadKeyRow]:
        return self._stretch(LedgerPayloadKey, PayloadKeyRow, "index", start, stop)

    def erase_payload(self, index: int) -> None:
        self._of(LedgerPayloadKey).filter(index=index).delete()
        self._of(LedgerPayload).filter(index=index).delete()

    def hashes(self, wanted: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], bytes]:
        by_level: defaultdict[int, list[int]] = defaultdict(list)
        for level, index in wanted:
            by_level[level].append(index)
        found: dict[tuple[int, int], bytes] = {}
        for level, indexes in by_level.items():
            for start in range(0, len(indexes), CHUNK_ROWS):
                batch = indexes[start : start + CHUNK_ROWS]
                if level == 0:
                    rows = self._of(LedgerLeaf).filter(index__in=batch).values_list("index", "leaf_hash")
                else:
                    nodes = self._of(LedgerNode).filter(level=level, index__in=batch)
                    rows = nodes.values_list("index", "hash")
                found.update(((level, index), bytes(value)) for index, value in rows)
        return found

    def append_nodes(self, nodes: Sequence[NodeRow]) -> None:
        self._append(LedgerNode, nodes)

    def nodes(self) -> Iterator[NodeRow]:
        return self._all(LedgerNode, NodeRow, "level", "index")

    def append_act(self, act: ActRow) -> None:
        self._append(LedgerAct, [act])

    def acts(self, start: int = 0) -> Iterator[ActRow]:
        return self._stretch(LedgerAct, ActRow, "number", start, None)

    def last_act(self) -> ActRow | None:
        return _first(self._of(LedgerAct).order_by("-number"), ActRow)

    # people

    def actors(self) -> Sequence[ActorRow]:
        return list(self._all(LedgerActor, ActorRow, "introduced_index"))

    def add_actor(self, actor: ActorRow) -> None:
        self._append(LedgerActor, [actor])

    def retire_actor(self, actor_id: str, retired_index: int) -> None:
        self._of(LedgerActor).filter(actor_id=actor_id).update(retired_index=retired_index)

    # checkpoints and witnesses

    def add_checkpoint(self, checkpoint: CheckpointRow) -> None:
        self._append(LedgerCheckpoint, [checkpoint])

    def checkpoints(self, log: str) -> Sequence[CheckpointRow]:
        rows = self._of(LedgerCheckpoint).filter(log=log).order_by("size")
        return [_row(CheckpointRow, row) for row in rows]

    def last_checkpoint(self, log: str) -> CheckpointRow | None:
        return _first(self._of(LedgerCheckpoint).filter(log=log).order_by("-size"), CheckpointRow)

    def add_witness(self, witness: WitnessRow) -> None:
        self._append(LedgerWitness, [witness])

    def witnesses(self) -> Sequence[WitnessRow]:
        return list(self._all(LedgerWitness, WitnessRow, "added_index"))

    def add_cosignature(self, cosignature: CosignatureRow) -> None:
        self._of(LedgerCosignature).update_or_create(
            size=cosignature.size, vkey=cosignature.vkey, defaults={"line": cosignature.line}
        )

    def cosignatures(self, size: int | None = None) -> Sequence[CosignatureRow]:
        rows = self._of(LedgerCosignature).order_by("size", "vkey")
        return [_row(CosignatureRow, row) for row in (rows if size is None else rows.filter(size=size))]

    # days and publication log

    def add_day_entries(self, entries: Sequence[DayEntryRow]) -> None:
        self._append(LedgerDayEntry, entries)

    def day_entry_count(self) -> int:
        return self._of(LedgerDayEntry).count()

    def day_entries(self, start: int, stop: int) -> Iterator[DayEntryRow]:
        return self._stretch(LedgerDayEntry, DayEntryRow, "number", start, stop)

    def waiting_day_entries(self, entered_until: date, limit: int) -> Sequence[DayEntryRow]:
        rows = self._of(LedgerDayEntry).filter(day__isnull=True, entered_on__lte=entered_until)
        return [_row(DayEntryRow, row) for row in rows.order_by("number")[:limit]]

    def first_item_entries(self, entered_before: date) -> Iterator[DayEntryRow]:
        rows = self._of(LedgerDayEntry).filter(
            kind="item", repeats__isnull=True, entered_on__lt=entered_before
        )
        for row in rows.order_by("number"):
            yield _row(DayEntryRow, row)

    def entries_of_day(self, day: date) -> Sequence[DayEntryRow]:
        rows = self._of(LedgerDayEntry).filter(day=day).order_by("number")
        return [_row(DayEntryRow, row) for row in rows]

    def place_day_entries(self, numbers: Sequence[int], day: date) -> None:
        for start in range(0, len(numbers), CHUNK_ROWS):
            rows = self._of(LedgerDayEntry).filter(number__in=numbers[start : start + CHUNK_ROWS])
            rows.filter(entered_on__lt=day).update(day=day, spilled=True)
            rows.filter(entered_on__gte=day).update(day=day, spilled=False)

    def add_day(self, day: DayRow) -> None:
        self._append(LedgerDay, [day])

    def days(self) -> Sequence[DayRow]:
        return list(self._all(LedgerDay, DayRow, "day"))

    def day(self, day: date) -> DayRow | None:
        return _first(self._of(LedgerDay).filter(day=day), DayRow)

    def last_day(self) -> DayRow | None:
        return _first(self._of(LedgerDay).order_by("-day"), DayRow)

    def append_publication_leaves(self, leaves: Sequence[PublicationLeafRow]) -> None:
        self._append(LedgerPublicationLeaf, leaves)

    def publication_leaves(self) -> Sequence[PublicationLeafRow]:
        return list(self._all(LedgerPublicationLeaf, PublicationLeafRow, "index"))

    # reading

    def _all(self, model: type[models.Model], kind: type[R], *order: str) -> Iterator[R]:
        for row in self._of(model).order_by(*order).iterator(chunk_size=CHUNK_ROWS):
            yield _row(kind, row)

    def _stretch(
        self, model: type[models.Model], kind: type[R], number: str, start: int, stop: int | None
    ) -> Iterator[R]:
        """Rows numbered start <= number < stop, read in chunks by number.

        No cursor stays open between chunks, so the caller may write while it reads.
        """
        while True:
            where = {f"{number}__gte": start} | ({} if stop is None else {f"{number}__lt": stop})
            rows = list(self._of(model).filter(**where).order_by(number)[:CHUNK_ROWS])
            for row in rows:
                yield _row(kind, row)
            if len(rows) < CHUNK_ROWS:
                return
            start = getattr(rows[-1], number) + 1


def _columns(row: Any) -> dict[str, Any]:
    return {f.name: getattr(row, f.name) for f in dataclasses.fields(row)}


def _row(kind: type[R], row: models.Model) -> R:
    """The frozen row of the ledger; PostgreSQL gives bytes as memoryview."""
    values = ((f.name, getattr(row, f.name)) for f in dataclasses.fields(kind))  # type: ignore[arg-type]
    return kind(**{name: bytes(v) if isinstance(v, memoryview) else v for name, v in values})


def _first(rows: models.QuerySet[Any], kind: type[R]) -> R | None:
    row = rows.first()
    return None if row is None else _row(kind, row)
