"""Closing calendar days: the tree of a day, what waits for the next, and the monthly re-entry.

Formats and reasons: docs/spec/day-tree.md.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from witnessmark.ground.ledger.storage import DayEntryRow, LedgerStorage
from witnessmark.model.custody import DayEntry
from witnessmark.model.errors import LedgerError
from witnessmark_verify import daytree, merkle

MAX_CATCH_UP_DAYS = 3660
"""Ten years, ten minutes of work. More is a wrong clock, and a day once closed cannot be opened again."""


def make_entry(
    number: int, entered_on: date, entry: DayEntry, custody_index: int, repeats: int | None = None
) -> DayEntryRow:
    """Salt and hash one commitment. LedgerError where kind or payload is not what a day entry may hold."""
    salt = os.urandom(daytree.SALT_BYTES)
    try:
        leaf = daytree.day_leaf(salt, entry.kind, entry.payload)
    except ValueError as error:
        raise LedgerError(
            str(error), "enter only commitments of kind item, receipt, release, withdrawal"
        ) from error
    return DayEntryRow(
        number=number,
        entered_on=entered_on,
        day=None,
        spilled=False,
        salt=salt,
        kind=entry.kind,
        payload=entry.payload,
        leaf_hash=leaf,
        custody_index=custody_index,
        repeats=repeats,
    )


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day whose entries have been placed and whose root is known."""

    day: date
    root: bytes
    entries: int
    reentered: int
    reentered_root: bytes

    @property
    def data(self) -> bytes:
        """Leaf data for the publication log."""
        return daytree.day_data(self.day.isoformat(), self.root)


def close_day(storage: LedgerStorage, day_key: bytes, day: date, custody_index: int) -> ClosedDay:
    """Place what waits into the day and compute its root; call inside a transaction.

    ``custody_index`` is the leaf that will record the closing: it commits to the month's re-entries.
    """
    reentries: list[DayEntryRow] = []
    if day.day == 1:
        number = storage.day_entry_count()
        for offset, first in enumerate(storage.first_item_entries(day)):
            entry = DayEntry(first.kind, first.payload)
            reentries.append(make_entry(number + offset, day, entry, custody_index, first.number))
        storage.add_day_entries(reentries)
    placed = storage.waiting_day_entries(day, daytree.LEAVES)
    storage.place_day_entries([entry.number for entry in placed], day)
    return ClosedDay(
        day=day,
        root=day_root(day_key, day, placed),
        entries=len(placed),
        reentered=len(reentries),
        reentered_root=merkle.root([entry.leaf_hash for entry in reentries]),
    )


def day_root(day_key: bytes, day: date, entries: Sequence[DayEntryRow]) -> bytes:
    """Root of the tree of that day, over the stored day leaves and the pads."""
    hashes = [entry.leaf_hash for entry in entries]
    return merkle.root(daytree.day_leaves(day_key, day.isoformat(), hashes))


def days_to_close(first: date, last_closed: date | None, today: date) -> tuple[date, ...]:
    """The days, in order, that end before ``today`` and are still open. LedgerError on an absurd clock."""
    start = first if last_closed is None else last_closed + timedelta(days=1)
    count = (today - start).days
    if count > MAX_CATCH_UP_DAYS:
        raise LedgerError(
            "the clock of this machine is more than ten years past the last closed day",
            "set the clock, then open the case again; nothing was written",
        )
    return tuple(start + timedelta(days=offset) for offset in range(count))


def prove_entry(storage: LedgerStorage, day_key: bytes, entry: DayEntryRow) -> bytes:
    """day-proof.json for one entry. LedgerError while its day is not closed."""
    closed = None if entry.day is None else storage.day(entry.day)
    if closed is None:
        raise LedgerError(
            "the day of this entry is not closed yet", "a day is closed when the case is opened the day after"
        )
    hashes = [other.leaf_hash for other in storage.entries_of_day(closed.day)]
    leaves = daytree.day_leaves(day_key, closed.day.isoformat(), hashes)
    if merkle.root(leaves) != closed.root:
        raise LedgerError("the day tree no longer has the root that was published", "run `witnessmark audit`")
    index = leaves.index(entry.leaf_hash)
    document = {
        "schema": "witnessmark/day-proof/1",
        "day": closed.day.isoformat(),
        "kind": entry.kind,
        "salt": entry.salt.hex(),
        "payload": entry.payload.hex(),
        "index": index,
        "path": [part.hex() for part in merkle.inclusion_proof(leaves, index)],
        "root": closed.root.hex(),
    }
    return json.dumps(document, indent=1, sort_keys=True).encode() + b"\n"
