"""What the ledger asks of a database: its rows, and the promises the storage keeps.

The ledger computes and signs; the storage only keeps rows. Every write happens inside ``transaction()``,
which is the same database transaction in which the caller saves its own rows: either the event and the
thing it speaks of are both there after a power cut, or neither is.

Rows are append-only. Only four changes of an existing row are ever asked for: a payload and its key are
destroyed (``erase_payload``), a waiting day entry is placed in a day (``place_day_entries``) and a person's
key is retired (``retire_actor``). Formats: docs/spec/leaf.md, docs/spec/ledger.md, docs/spec/day-tree.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

HASH_BYTES = 32
"""SHA-256 (RFC 9162 section 2.1)."""


@dataclass(frozen=True, slots=True)
class LeafRow:
    """One leaf of the custody log. Never changed, never removed, not even by an erasure."""

    index: int
    leaf_hash: bytes
    """32 bytes: H(0x00 || H(salt_a || public_json) || private_half)."""
    kind: str
    """Repeats ``kind`` of ``public_json``, for queries."""
    public_json: bytes
    """RFC 8785 JSON of the public half."""
    salt_a: bytes
    """32 bytes."""
    private_half: bytes
    """32 bytes: H(salt_b || private JSON). Kept when the payload is erased, so that proofs still hold."""


@dataclass(frozen=True, slots=True)
class PayloadRow:
    """The private half of the leaf with the same index, encrypted under a key of its own."""

    index: int
    ciphertext: bytes
    """ChaCha20-Poly1305 of salt_b || private JSON."""


@dataclass(frozen=True, slots=True)
class PayloadKeyRow:
    """The key of one payload, in a table of its own so that it can be destroyed, and backed up, apart."""

    index: int
    key: bytes
    """32 bytes."""


@dataclass(frozen=True, slots=True)
class ActRow:
    """One signed act: a batch of consecutive leaves."""

    number: int
    """0, 1, 2, ... without gaps."""
    first_index: int
    count: int
    actor_id: str
    time: str
    """RFC 3339 UTC with microseconds: 2026-10-01T09:00:00.000000Z."""
    root_before: bytes
    root_after: bytes
    signature: bytes
    """SSHSIG blob (not armoured), at most about 200 bytes."""


@dataclass(frozen=True, slots=True)
class NodeRow:
    """Hash of one complete subtree of 2**level leaves (level >= 1), numbered from the left from 0."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class ActorRow:
    """The public key of one person in this case, as the log introduced it."""

    actor_id: str
    public: bytes
    """Ed25519, 32 bytes."""
    introduced_index: int
    """Custody leaf that introduces the key."""
    retired_index: int | None = None
    """Custody leaf from which on the key signs nothing more."""


CUSTODY = "custody"
PUBLICATION = "publication"


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """A signed checkpoint. At most one for each log and size."""

    log: str
    """``custody`` or ``publication``."""
    size: int
    root: bytes
    note: bytes
    """C2SP signed note with the log's own signature only (cosignatures are rows of their own)."""


@dataclass(frozen=True, slots=True)
class WitnessRow:
    """A witness whose cosignatures on the publication log are accepted."""

    vkey: str
    """At most 300 characters."""
    added_index: int
    """Custody leaf that adds the witness."""


@dataclass(frozen=True, slots=True)
class CosignatureRow:
    """One witness's cosignature on the publication checkpoint of that size."""

    size: int
    vkey: str
    line: str
    """The signature line of the note, without line feed, at most 300 characters."""


@dataclass(frozen=True, slots=True)
class DayEntryRow:
    """One commitment that waits for, or stands in, a day tree."""

    number: int
    """0, 1, 2, ... without gaps, in order of entry."""
    entered_on: date
    """UTC calendar day on which it was entered."""
    day: date | None
    """Day tree it stands in; None while it waits."""
    spilled: bool
    """It stands in a later day than it was entered on."""
    salt: bytes
    """32 bytes."""
    kind: str
    """item, receipt, release or withdrawal."""
    payload: bytes
    leaf_hash: bytes
    custody_index: int
    """Custody leaf that commits to ``leaf_hash``."""
    repeats: int | None = None
    """Number of the first entry of the same payload, where this is a monthly re-entry."""


@dataclass(frozen=True, slots=True)
class DayRow:
    """One closed calendar day (UTC). There is one for each day from the first act on, empty days included."""

    day: date
    root: bytes
    entries: int
    """Real entries among the leaves; the rest are pads."""
    publication_index: int
    """Leaf of the publication log that carries this root."""
    custody_index: int
    """Custody leaf that records the closing."""


@dataclass(frozen=True, slots=True)
class PublicationLeafRow:
    """One leaf of the publication log: a day root, or a change of key."""

    index: int
    leaf_hash: bytes
    data: bytes
    """RFC 8785 JSON."""


class LedgerStorage(Protocol):
    """Obligations are in the comments; where nothing is said, rows come back in ascending order of index."""

    def transaction(self) -> AbstractContextManager[None]:
        """Begin (or join) the database transaction *and* hold the ledger's serialisation lock until it ends.

        Re-entrant in one thread. Two ledgers never hold it at once: BEGIN IMMEDIATE on SQLite, an advisory
        transaction lock on PostgreSQL. When the outermost context ends without an exception, everything is
        durable; with one, nothing of it happened.
        """
        ...

    # custody log
    def size(self) -> int:
        """Number of leaves."""
        ...

    def leaves(self, start: int, stop: int) -> Iterator[LeafRow]: ...

    def append_leaves(
        self, leaves: Sequence[LeafRow], payloads: Sequence[PayloadRow], keys: Sequence[PayloadKeyRow]
    ) -> None: ...

    def payloads(self, start: int, stop: int) -> Iterator[PayloadRow]: ...

    def payload_keys(self, start: int, stop: int) -> Iterator[PayloadKeyRow]: ...

    def erase_payload(self, index: int) -> None:
        """Remove payload and key. The freed space is overwritten where the database can (secure_delete)."""
        ...

    def hashes(self, wanted: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], bytes]:
        """Hashes by (level, index); level 0 is the leaf table, others the node table. Missing: left out."""
        ...

    def append_nodes(self, nodes: Sequence[NodeRow]) -> None: ...

    def nodes(self) -> Iterator[NodeRow]:
        """All nodes, ordered by level, then index."""
        ...

    def append_act(self, act: ActRow) -> None: ...

    def acts(self, start: int = 0) -> Iterator[ActRow]:
        """From number ``start`` on, by number."""
        ...

    def last_act(self) -> ActRow | None: ...

    # people
    def actors(self) -> Sequence[ActorRow]:
        """By ``introduced_index``."""
        ...

    def add_actor(self, actor: ActorRow) -> None: ...

    def retire_actor(self, actor_id: str, retired_index: int) -> None: ...

    # checkpoints and witnesses
    def add_checkpoint(self, checkpoint: CheckpointRow) -> None: ...

    def checkpoints(self, log: str) -> Sequence[CheckpointRow]:
        """By size."""
        ...

    def last_checkpoint(self, log: str) -> CheckpointRow | None: ...

    def add_witness(self, witness: WitnessRow) -> None: ...

    def witnesses(self) -> Sequence[WitnessRow]:
        """By ``added_index``."""
        ...

    def add_cosignature(self, cosignature: CosignatureRow) -> None:
        """One for each size and vkey: a later one replaces the earlier."""
        ...

    def cosignatures(self, size: int | None = None) -> Sequence[CosignatureRow]:
        """By size, then vkey; of all sizes where ``size`` is None."""
        ...

    # days and publication log
    def add_day_entries(self, entries: Sequence[DayEntryRow]) -> None: ...

    def day_entry_count(self) -> int: ...

    def day_entries(self, start: int, stop: int) -> Iterator[DayEntryRow]:
        """By number."""
        ...

    def waiting_day_entries(self, entered_until: date, limit: int) -> Sequence[DayEntryRow]:
        """Entries in no day yet, entered on or before that day, by number, at most ``limit``."""
        ...

    def first_item_entries(self, entered_before: date) -> Iterator[DayEntryRow]:
        """Entries of kind ``item`` that repeat no other, entered before that day, by number."""
        ...

    def entries_of_day(self, day: date) -> Sequence[DayEntryRow]:
        """By number."""
        ...

    def place_day_entries(self, numbers: Sequence[int], day: date) -> None:
        """Set ``day``, and ``spilled`` to (day > entered_on), of waiting entries."""
        ...

    def add_day(self, day: DayRow) -> None: ...

    def days(self) -> Sequence[DayRow]:
        """By day."""
        ...

    def day(self, day: date) -> DayRow | None: ...

    def last_day(self) -> DayRow | None: ...

    def append_publication_leaves(self, leaves: Sequence[PublicationLeafRow]) -> None: ...

    def publication_leaves(self) -> Sequence[PublicationLeafRow]: ...
