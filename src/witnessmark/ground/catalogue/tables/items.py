"""Items, how far they have come, and where they were found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from witnessmark.ground.catalogue.models import (
    DerivativeRow,
    FeatureRow,
    ItemRow,
    OccurrenceRow,
    SealedFieldRow,
    SealRow,
)
from witnessmark.ground.catalogue.tables.base import Tables, unknown
from witnessmark.model.recording import Item, MediaType, Occurrence
from witnessmark.model.records import HeldItem, ItemState

CHUNK_ROWS = 1000
"""Rows asked for at a time."""


class ItemTables(Tables):
    def add_item(self, item: Item, when: datetime | None = None) -> None:
        """Raises Django's IntegrityError if the digest or the object is held already."""
        self.add_items([item], when)

    def add_items(self, items: Sequence[Item], when: datetime | None = None) -> None:
        sealed_at = when or self.clock()
        self.rows.insert(
            [
                ItemRow(
                    id=item.item_id,
                    sha256=item.sha256,
                    size_bytes=item.size_bytes,
                    media_type=str(item.media_type),
                    object_name=item.object_name,
                    format=item.format,
                    state=str(ItemState.SEALED),
                    # A microsecond apart: lists keep the order of sealing, not that of random ids.
                    sealed_at=sealed_at + timedelta(microseconds=place),
                )
                for place, item in enumerate(items)
            ]
        )

    def items(self, state: ItemState | None = None) -> tuple[Item, ...]:
        """By time of sealing."""
        return tuple(held.item for held in self.held_items(state))

    def held_items(self, state: ItemState | None = None) -> tuple[HeldItem, ...]:
        """Items with their states, by time of sealing."""
        rows = self.rows.of(ItemRow).order_by("sealed_at", "id")
        return tuple(map(_held, rows if state is None else rows.filter(state=str(state))))

    def item(self, item_id: str) -> Item:
        """Raises UsageError if there is no such item."""
        return self.held_item(item_id).item

    def held_item(self, item_id: str) -> HeldItem:
        row = self.rows.of(ItemRow).filter(pk=item_id).first()
        if row is None:
            raise unknown("item")
        return _held(row)

    def item_by_digest(self, digest: bytes) -> Item | None:
        return self.items_by_digest([digest]).get(digest)

    def contents(self) -> Iterator[tuple[bytes, int]]:
        """Digest and size of every item, for those who must ask about many files."""
        for digest, size_bytes in self.rows.of(ItemRow).values_list("sha256", "size_bytes").iterator():
            yield bytes(digest), size_bytes

    def holds_size(self, size_bytes: int) -> bool:
        """Whether any item has this size."""
        return self.rows.of(ItemRow).filter(size_bytes=size_bytes).exists()

    def items_by_digest(self, digests: Sequence[bytes]) -> Mapping[bytes, Item]:
        """Those of the digests that are held."""
        found: dict[bytes, Item] = {}
        for start in range(0, len(digests), CHUNK_ROWS):
            for row in self.rows.of(ItemRow).filter(sha256__in=digests[start : start + CHUNK_ROWS]):
                found[bytes(row.sha256)] = _held(row).item
        return found

    def set_item_state(self, item_id: str, state: ItemState, when: datetime | None = None) -> None:
        """Record that an item was committed or examined. The first time of each stays; none is taken back."""
        when = when or self.clock()
        with self.transaction():
            row = self.rows.locked(ItemRow, pk=item_id).first()
            if row is None:
                raise unknown("item")
            changes: dict[str, object] = {}
            order = list(ItemState)
            if order.index(state) > order.index(ItemState(row.state)):
                changes["state"] = str(state)
            if state is ItemState.COMMITTED and row.committed_at is None:
                changes["committed_at"] = when
            if state is ItemState.EXAMINED and row.examined_at is None:
                changes["examined_at"] = when
            if changes:
                self.rows.change(row, **changes)

    def erase_item(self, item_id: str) -> None:
        """The content is destroyed: forget the digest and whatever was made from the content.

        Findings stay (they hold no pictures); features, seal indexes, derivatives and sealed fields about the
        item and the places where it was found go. Ids stay, because the log speaks of them.
        """
        with self.transaction():
            row = self.rows.locked(ItemRow, pk=item_id).first()
            if row is None:
                raise unknown("item")
            nothing = sha256(b"erased\n" + item_id.encode()).digest()
            self.rows.change(
                row, state=str(ItemState.ERASED), sha256=nothing, object_name=f"erased-{item_id}"
            )
            for model in (FeatureRow, SealRow, DerivativeRow):
                self.rows.remove(list(self.rows.locked(model, item_id=item_id).order_by("pk")))
            places = list(self.rows.of(OccurrenceRow).filter(item_id=item_id).values_list("id", flat=True))
            self.rows.remove(
                list(self.rows.locked(SealedFieldRow, subject_id__in=[item_id, *places]).order_by("pk"))
            )

    def add_occurrence(self, occurrence: Occurrence) -> None:
        self.add_occurrences([occurrence])

    def add_occurrences(self, occurrences: Sequence[Occurrence]) -> None:
        """A container has to come before what lies in it (an earlier call, or earlier in this one)."""
        self.rows.insert(
            [
                OccurrenceRow(
                    id=o.occurrence_id,
                    item_id=o.item_id,
                    receipt_id=o.receipt_id,
                    container_id=o.container_id,
                    sealed=o.sealed,
                )
                for o in occurrences
            ]
        )

    def occurrences(
        self, item_id: str | None = None, receipt_id: str | None = None
    ) -> tuple[Occurrence, ...]:
        rows = self.rows.of(OccurrenceRow).order_by("id")
        if item_id is not None:
            rows = rows.filter(item_id=item_id)
        if receipt_id is not None:
            rows = rows.filter(receipt_id=receipt_id)
        return tuple(Occurrence(r.id, r.item_id, r.receipt_id, r.container_id, bytes(r.sealed)) for r in rows)


def _held(row: ItemRow) -> HeldItem:
    item = Item(
        item_id=row.id,
        sha256=bytes(row.sha256),
        size_bytes=row.size_bytes,
        media_type=MediaType(row.media_type),
        object_name=row.object_name,
        format=row.format,
    )
    return HeldItem(item, ItemState(row.state), row.sealed_at, row.committed_at, row.examined_at)
