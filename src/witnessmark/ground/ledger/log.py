"""The ledger of one case: append acts, erase payloads, close days, sign checkpoints, prove, check.

Formats: docs/spec/leaf.md, ledger.md and day-tree.md. Every call that writes is one storage transaction, or
joins the one its caller has open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice

from witnessmark.ground.ledger import check as checking
from witnessmark.ground.ledger import daytrees, fillers, leaf, sshsig
from witnessmark.ground.ledger.acts import statement
from witnessmark.ground.ledger.checkpoints import sign_checkpoint
from witnessmark.ground.ledger.publication import PublicationLog, Rotation, parse_witness_key
from witnessmark.ground.ledger.secrets import LedgerSecrets, Signer
from witnessmark.ground.ledger.storage import (
    CUSTODY,
    ActorRow,
    ActRow,
    CosignatureRow,
    DayEntryRow,
    DayRow,
    LeafRow,
    LedgerStorage,
    NodeRow,
    WitnessRow,
)
from witnessmark.ground.ledger.tree import Frontier, StoredTree
from witnessmark.model.custody import CustodyEvent, Problem
from witnessmark.model.errors import LedgerError, UsageError
from witnessmark_verify.note import Checkpoint, encode_base64

_ACTOR_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
"""The id stands on a line of its own in the signed statement."""
_PUBLIC_BYTES = 32
_READ_AHEAD = 1000
"""Rows read at once: large enough that queries do not count, small enough for any memory."""


@dataclass(frozen=True, slots=True)
class Act:
    """What was appended: leaves ``first_index`` up to ``size``, and the tree after them."""

    number: int
    first_index: int
    count: int
    size: int
    root: bytes
    day_entries: tuple[int, ...]
    """Numbers of the day entries made, in order of those events that have one."""


@dataclass(frozen=True, slots=True)
class LeafProof:
    """That a leaf stands in the custody log: for a court, never for the public."""

    index: int
    size: int
    leaf_hash: bytes
    path: tuple[bytes, ...]
    root: bytes


class Ledger:
    """One ledger, at work for one person. Without a signer it can read, prove and check, but not write."""

    def __init__(
        self,
        storage: LedgerStorage,
        signer: Signer | None,
        actor_id: str,
        clock: Callable[[], datetime],
        secrets: LedgerSecrets,
    ) -> None:
        self._storage = storage
        self._signer = signer
        self._actor_id = actor_id
        self._clock = clock
        self._secrets = secrets
        self.publication = PublicationLog(storage, secrets)

    # writing
    def append(self, events: Sequence[CustodyEvent]) -> Act:
        """Add the events as leaves of one signed act: all of them, or none.

        The first act of a log is preceded by one that introduces the actor's key. Raises LedgerError where
        the actor is unknown or retired, an event cannot be written, or the stored tree is not what the last
        act signed.
        """
        if any(event.kind in leaf.OWN_KINDS for event in events):
            raise LedgerError("this kind of event is written by the ledger itself")
        with self._storage.transaction():
            if self._storage.last_act() is None:
                self._introduce_self()
            return self._append(events)

    def introduce(self, actor_id: str, public: bytes) -> Act:
        """Enter another person's key; from here on that person can sign."""
        with self._storage.transaction():
            if self._storage.last_act() is None:
                self._introduce_self()
            if any(row.actor_id == actor_id for row in self._storage.actors()):
                raise LedgerError("this actor has a key already", "give a person with a new key a new id")
            return self._introduce(actor_id, public)

    def retire(self, actor_id: str) -> Act:
        """End a person's key: what it signed stays good, nothing more is accepted. One key must remain."""
        with self._storage.transaction():
            active = {row.actor_id for row in self._storage.actors() if row.retired_index is None}
            if actor_id not in active or len(active) == 1:
                raise LedgerError(
                    "this key is not active, or is the only active key of the case",
                    "introduce another person before the last one is retired",
                )
            act = self._append([CustodyEvent("actor.retired", private={"actor": actor_id})])
            self._storage.retire_actor(actor_id, act.first_index)
            return act

    def erase(self, index: int, reason: str) -> Act:
        """Destroy the private half of a leaf and log that it was done. The leaf and all proofs stay."""
        with self._storage.transaction():
            row = self._leaf(index)
            if row.kind in leaf.OWN_KINDS:
                raise LedgerError("the ledger needs this leaf to check itself: it cannot be erased")
            if not any(True for _ in self._storage.payload_keys(index, index + 1)):
                raise LedgerError("this leaf has been erased already")
            act = self._append([CustodyEvent("payload.erased", private={"index": index, "reason": reason})])
            self._storage.erase_payload(index)
            return act

    def _introduce_self(self) -> None:
        self._introduce(self._actor_id, self._writer.public)

    def _introduce(self, actor_id: str, public: bytes) -> Act:
        if not _ACTOR_ID.fullmatch(actor_id) or len(public) != _PUBLIC_BYTES:
            raise UsageError("an actor id is letters, digits, dots and dashes, and its key has 32 bytes")
        self._storage.add_actor(ActorRow(actor_id, public, self._storage.size()))
        private = {"actor": actor_id, "public": public.hex()}
        return self._append([CustodyEvent("actor.introduced", private=private)])

    @property
    def _writer(self) -> Signer:
        if self._signer is None:
            raise LedgerError(
                "this case is open for reading only", "open it with a passphrase, or `adopt` it"
            )
        return self._signer

    def _append(self, events: Sequence[CustodyEvent]) -> Act:
        if not events:
            raise LedgerError("an act holds at least one event")
        signer, storage = self._writer, self._storage
        self._require_active(signer)
        last = storage.last_act()
        frontier = self._trusted_frontier(last)
        first, root_before = frontier.size, frontier.root
        now = self._clock().astimezone(UTC)
        time = leaf.format_time(now)
        entries: list[DayEntryRow] = []
        made: list[leaf.MadeLeaf] = []
        nodes: list[NodeRow] = []
        next_entry = storage.day_entry_count() if any(event.day for event in events) else 0
        for index, event in enumerate(events, first):
            day_leaf = None
            if event.day is not None:
                number = next_entry + len(entries)
                entries.append(daytrees.make_entry(number, now.date(), event.day, index))
                day_leaf = entries[-1].leaf_hash
            made.append(leaf.make(index, event, self._actor_id, time, day_leaf))
            nodes.extend(frontier.add(made[-1].row.leaf_hash))
        act = ActRow(
            number=0 if last is None else last.number + 1,
            first_index=first,
            count=len(made),
            actor_id=self._actor_id,
            time=time,
            root_before=root_before,
            root_after=frontier.root,
            signature=b"",
        )
        signature = sshsig.sign(signer, statement(self._secrets.custody_origin, act))
        storage.append_leaves([m.row for m in made], [m.payload for m in made], [m.key for m in made])
        storage.append_nodes(nodes)
        storage.add_day_entries(entries)
        storage.append_act(
            ActRow(
                act.number,
                first,
                act.count,
                act.actor_id,
                time,
                root_before,
                act.root_after,
                signature,
            )
        )
        return Act(
            act.number,
            first,
            act.count,
            frontier.size,
            act.root_after,
            tuple(entry.number for entry in entries),
        )

    def _require_active(self, signer: Signer) -> None:
        for row in self._storage.actors():
            if row.actor_id == self._actor_id and row.public == signer.public and row.retired_index is None:
                return
        raise LedgerError(
            "the key of this person is not in the log, or was retired",
            "somebody who is already in the case adds the person with `witnessmark key add`",
        )

    def _trusted_frontier(self, last: ActRow | None) -> Frontier:
        """The stored tree, if it is the one that the last act signed: nothing is built on anything else."""
        frontier = StoredTree(self._storage, self._storage.size()).frontier()
        signed_size = 0 if last is None else last.first_index + last.count
        if signed_size != frontier.size or (last is not None and last.root_after != frontier.root):
            raise LedgerError(
                "the custody log is not what its last act signed; nothing was written",
                "run `witnessmark audit` to see which rows were changed",
            )
        return frontier

    # days
    def begin_publication(self) -> Act:
        """Let the publication log begin a random number of filler days before the first act (fillers.py).

        For a new case, whose log holds at least one act. LedgerError where the publication log has begun already.
        """
        with self._storage.transaction():
            first_act = next(islice(self._storage.acts(), 1), None)
            if first_act is None:
                raise LedgerError("the custody log is empty", "filler days lie before its first act")
            drawn = fillers.draw(leaf.parse_time(first_act.time).date())
            self.publication.begin(drawn.data(self._secrets.day_key))
            return self._append([CustodyEvent("publication.begun", private=drawn.to_json())])

    def roll_days(self, today: date, progress: Callable[[date], None] | None = None) -> int:
        """Close every day before ``today`` (UTC) that is still open; how many were closed.

        Each day is one transaction, so that a stop loses at most the day at work. A day takes about 0.2 s.
        """
        first_act = next(islice(self._storage.acts(), 1), None)
        if first_act is None:
            return 0
        last = self._storage.last_day()
        first = leaf.parse_time(first_act.time).date()
        days = daytrees.days_to_close(first, last.day if last else None, today)
        for day in days:
            with self._storage.transaction():
                self._close(day)
            if progress is not None:
                progress(day)
        return len(days)

    def _close(self, day: date) -> None:
        storage = self._storage
        if storage.day(day) is not None:
            return  # another process closed it since we looked
        custody_index = storage.size()
        closed = daytrees.close_day(storage, self._secrets.day_key, day, custody_index)
        publication_index = self.publication.append(closed.data)
        private = {
            "day": day.isoformat(),
            "root": closed.root.hex(),
            "entries": closed.entries,
            "publication_index": publication_index,
            "reentered": closed.reentered,
            "reentered_root": closed.reentered_root.hex(),
        }
        self._append([CustodyEvent("day.closed", private=private)])
        storage.add_day(DayRow(day, closed.root, closed.entries, publication_index, custody_index))

    # checkpoints, keys and witnesses
    def checkpoint(self) -> bytes:
        """Signed note over the custody log as it stands: for time stamps and courts, never for the public."""
        with self._storage.transaction():
            last = self._storage.last_act()
            if last is None:
                raise LedgerError("the custody log is empty", "nothing has been done in this case yet")
            tree = StoredTree(self._storage, self._trusted_frontier(last).size)
            key = self._secrets.custody_key
            return sign_checkpoint(
                self._storage,
                CUSTODY,
                Checkpoint(key.origin, tree.size, last.root_after),
                key,
                key_of_size=lambda _size: key.vkey,
                consistency_proof=tree.consistency_proof,
            )

    def publication_checkpoint(self) -> bytes:
        """Signed note over the publication log, without cosignatures."""
        with self._storage.transaction():
            return self.publication.checkpoint()

    @property
    def fingerprint(self) -> str:
        """FINGERPRINT: what strangers are told by another way. Stays the same when the key is changed."""
        return self.publication.first_vkey.fingerprint

    def rotate_publication_key(self) -> Rotation:
        """Hand the publication log over to the newest seed of the secrets (which must be saved already)."""
        with self._storage.transaction():
            rotation = self.publication.rotate()
            private = {"publication_index": rotation.index, "new_vkey": rotation.new_vkey}
            self._append([CustodyEvent("publication.key_rotated", private=private)])
            return rotation

    def add_witness(self, vkey: str) -> Act:
        """Accept cosignatures of this witness from now on."""
        key = parse_witness_key(vkey)
        with self._storage.transaction():
            if any(row.vkey == key.text for row in self._storage.witnesses()):
                raise UsageError("this witness has been added already")
            act = self._append([CustodyEvent("witness.added", private={"vkey": key.text})])
            self._storage.add_witness(WitnessRow(key.text, act.first_index))
            return act

    def witness_request(self, old_size: int) -> str:
        return self.publication.witness_request(old_size)

    def accept_cosignature(self, text: str) -> tuple[CosignatureRow, ...]:
        with self._storage.transaction():
            return self.publication.accept_cosignature(text)

    # reading and proving
    def size(self) -> int:
        return self._storage.size()

    def events(self, start: int = 0, stop: int | None = None) -> Iterator[leaf.OpenedLeaf]:
        """Leaves from ``start`` up to ``stop`` (as of checkpoint N: ``stop=N``), opened where not erased."""
        end = self._storage.size() if stop is None else min(stop, self._storage.size())
        for base in range(start, end, _READ_AHEAD):
            upper = min(base + _READ_AHEAD, end)
            payloads = {row.index: row for row in self._storage.payloads(base, upper)}
            keys = {row.index: row for row in self._storage.payload_keys(base, upper)}
            for row in self._storage.leaves(base, upper):
                payload, key = payloads.get(row.index), keys.get(row.index)
                private = None
                if payload is not None and key is not None:
                    private = leaf.open_private(row, payload, key)
                yield leaf.OpenedLeaf(row.index, row.leaf_hash, row.kind, leaf.open_public(row), private)

    def _leaf(self, index: int) -> LeafRow:
        if index >= 0:
            for row in self._storage.leaves(index, index + 1):
                return row
        raise UsageError("the custody log has no leaf with this index")

    def prove(self, index: int, size: int | None = None) -> LeafProof:
        """That leaf ``index`` stands in the custody log of ``size`` leaves (default: all)."""
        tree = StoredTree(self._storage, self._storage.size() if size is None else size)
        if not 0 <= index < tree.size <= self._storage.size():
            raise UsageError("the custody log has no such leaf at that size")
        row = self._leaf(index)
        return LeafProof(index, tree.size, row.leaf_hash, tree.inclusion_proof(index), tree.root)

    def entries_of(self, payload: bytes) -> tuple[DayEntryRow, ...]:
        """Every day entry of these commitments: the first, and one for each month since."""
        rows = self._storage.day_entries(0, self._storage.day_entry_count())
        return tuple(row for row in rows if row.payload == payload)

    def day_proof(self, number: int, size: int | None = None) -> Mapping[str, bytes]:
        """The files (name: content) that prove one day entry to a stranger, at a publication checkpoint."""
        entry = next(iter(self._storage.day_entries(number, number + 1)), None)
        if entry is None:
            raise UsageError("there is no day entry with this number")
        day_json = daytrees.prove_entry(self._storage, self._secrets.day_key, entry)
        closed = self._storage.day(entry.day) if entry.day else None
        row = self.publication.checkpoint_row(size)
        if closed is None or closed.publication_index >= row.size:
            raise LedgerError(
                "no signed publication checkpoint covers the day of this entry yet",
                "sign a publication checkpoint, then try again",
            )
        path = self.publication.inclusion_proof(closed.publication_index, row.size)
        lines = "".join(f"{encode_base64(part)}\n" for part in path)
        head = f"c2sp.org/tlog-proof@v1\nindex {closed.publication_index}\n{lines}\n"
        return {
            "day-proof.json": day_json,
            "publication.tlog-proof": head.encode() + self.publication.cosigned(row.size),
            "publication-keys.json": self.publication.keys_json(row.size),
            "policy.txt": self.publication.policy(row.size),
        }

    # checking
    def check(self, as_of: int | None = None, *, every_day: bool = True) -> tuple[Problem, ...]:
        """Rebuild everything from the rows; every problem names the row that is wrong.

        ``as_of`` looks at the first so many leaves only. ``every_day=False`` rebuilds only the trees of days
        with entries (an empty day takes 0.2 s, and its root is committed to by the log itself).
        """
        return checking.check(self._storage, self._secrets, as_of=as_of, every_day=every_day)
