"""Settling: what was found becomes sealed, already held or refused, is counted, and is saved in batches.

Objects are durable before their rows are: a kill between the two leaves a sealed object without a row,
which the next run meets again, finds sealed under the same name, and counts as sealed. A kill therefore
costs the reading of at most one batch and never a byte or a count.
"""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace

from witnessmark.model.commitment import file_commitment, new_salt
from witnessmark.model.custody import CustodyEvent, DayEntry
from witnessmark.model.intake import Reconciliation, Refusal, Tally
from witnessmark.model.recording import Item, Occurrence
from witnessmark.receive import annex
from witnessmark.receive.absorb import Absorbed, Absorption
from witnessmark.receive.name_readings import readings_of_record
from witnessmark.receive.naming import new_code
from witnessmark.receive.ports import FileReceived, Holdings, Save, SealNames, Settled, Settlement, Store
from witnessmark.receive.reasons import Reason

COMMITS_WAITING = 16
"""Contents handed over and not yet durable: each may hold 8 MiB of memory, so no more than 128 MiB."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """Whichever is reached first ends a batch: what a kill may cost, against one fsync per batch."""

    files: int = 256
    size_bytes: int = 256 << 20
    seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Found:
    """One thing about to be settled."""

    path_key: bytes
    row_key: bytes
    name: bytes
    """Name record, in the clear, for the sealed fields only."""
    is_member: bool = False
    container: str | None = None
    """Occurrence id of the archive it lies in."""
    list_line: int = 0
    """Line of the source's own hash list that this answers (0: none), and whether the digest agrees."""
    list_agrees: bool = True


@dataclass(slots=True)
class Count:
    """A running reconciliation. ``found`` is counted when a thing is met, the rest when it is settled."""

    found: Tally = field(default_factory=Tally)
    sealed: Tally = field(default_factory=Tally)
    already_held: Tally = field(default_factory=Tally)
    refusals: list[Refusal] = field(default_factory=list)

    def meet(self, size_bytes: int) -> None:
        self.found += Tally(1, size_bytes)

    def settle(self, row: Settled) -> None:
        one = Tally(1, row.size_bytes)
        if row.settlement is Settlement.SEALED:
            self.sealed += one
        elif row.settlement is Settlement.ALREADY_HELD:
            self.already_held += one
        else:
            self.refusals.append(Refusal(row.code, row.reason, row.size_bytes, row.detail))

    def reconciliation(self) -> Reconciliation:
        return Reconciliation(self.found, self.sealed, self.already_held, tuple(self.refusals))


class Settling:
    """Decides, counts and saves. ``files`` and ``members`` are the two reconciliations, kept apart."""

    def __init__(
        self,
        receipt_id: str,
        store: Store,
        holdings: Holdings,
        save: Save,
        seal_names: SealNames,
        committer: ThreadPoolExecutor,
        annex_writer: annex.AnnexWriter | None = None,
        limits: BatchLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._receipt_id = receipt_id
        self._store = store
        self._committer = committer
        self._commits: list[Future[str]] = []
        self._places = threading.Semaphore(COMMITS_WAITING)
        self._holdings = holdings
        self._save = save
        self._seal_names = seal_names
        self._annex = annex_writer
        self._limits = limits or BatchLimits()
        self._clock = clock
        self._batch: list[FileReceived] = []
        self._batch_bytes = 0
        self._batch_began = 0.0
        self._unsaved_items: dict[bytes, Item] = {}
        self._met_rows: set[bytes] = set()
        self._met_paths: set[bytes] = set()
        self.files = Count()
        self.members = Count()
        if self._annex is not None:
            self._annex(annex.opening_line(receipt_id))

    def count(self, is_member: bool) -> Count:
        return self.members if is_member else self.files

    def held(self, sha256: bytes) -> Item | None:
        return self._unsaved_items.get(sha256) or self._holdings.item_by_digest(sha256)

    def may_hold(self, size_bytes: int) -> bool:
        """Whether a content of this size could be held (then it is worth hashing before writing)."""
        return any(item.size_bytes == size_bytes for item in self._unsaved_items.values()) or (
            self._holdings.holds_size(size_bytes)
        )

    def content(self, found: Found, absorption: Absorption, absorbed: Absorbed, unpacks: bool) -> Settled:
        """Seals a content, or finds that it is held. ``unpacks``: it is an archive with members to come."""
        item = self.held(absorbed.sha256)
        is_new = item is None
        if item is None:
            item = Item(
                item_id=str(uuid.uuid4()),
                sha256=absorbed.sha256,
                size_bytes=absorbed.size_bytes,
                media_type=absorbed.kind.media_type,
                object_name=self._store.name_for(absorbed.sha256),
                format=absorbed.kind.format,
            )
            self._hand_over(absorption)
            self._unsaved_items[item.sha256] = item
        else:
            absorption.abandon()
        occurrence_id = str(uuid.uuid4())
        sealed_name = self._seal_names(found.name)
        salt = new_salt()
        commitment = file_commitment(salt, absorbed.sha256)
        settlement = Settlement.SEALED if is_new else Settlement.ALREADY_HELD
        row = Settled(
            row_key=found.row_key,
            path_key=found.path_key,
            settlement=settlement,
            size_bytes=absorbed.size_bytes,
            is_member=found.is_member,
            code=occurrence_id,
            item_id=item.item_id,
            object_name=item.object_name,
            format=item.format,
            unpacked=not unpacks,
            sealed_name=sealed_name,
            list_line=found.list_line,
            list_agrees=found.list_agrees,
        )
        event = CustodyEvent(
            kind="item.received" if is_new else "item.found_again",
            public={"file_commitment": commitment.hex()},
            private={
                "receipt": self._receipt_id,
                "item": item.item_id,
                "occurrence": occurrence_id,
                "name_sha256": hashlib.sha256(sealed_name).hexdigest(),
                "sha256": absorbed.sha256.hex(),
                "salt": salt.hex(),
                "bytes": absorbed.size_bytes,
                "member": found.is_member,
            },
            day=DayEntry("receipt", commitment) if is_new else None,
        )
        occurrence = Occurrence(occurrence_id, item.item_id, self._receipt_id, found.container, sealed_name)
        readings = readings_of_record(found.name)
        self._add(
            FileReceived(row, event, item if is_new else None, occurrence, name_readings=readings), found.name
        )
        return row

    def refuse(self, found: Found, reason: Reason, size_bytes: int, detail: str = "") -> Settled:
        """Records that a thing was found and not sealed, and why."""
        code = new_code("R")
        row = Settled(
            row_key=found.row_key,
            path_key=found.path_key,
            settlement=Settlement.REFUSED,
            size_bytes=size_bytes,
            is_member=found.is_member,
            code=code,
            reason=str(reason),
            detail=detail,
            sealed_name=self._seal_names(found.name),
        )
        event = CustodyEvent(
            kind="file.refused",
            private={
                "receipt": self._receipt_id,
                "code": code,
                "reason": str(reason),
                "detail": detail,
                "bytes": size_bytes,
                "member": found.is_member,
            },
        )
        refusal = Refusal(code, str(reason), size_bytes, detail)
        self._add(FileReceived(row, event, refusal=refusal), found.name)
        return row

    def meet_again(self, row: Settled, name: bytes | None) -> None:
        """A row settled earlier in this session stands: it is counted, nothing is saved."""
        self._remember(row)
        self.count(row.is_member).settle(row)
        if self._annex is not None:
            self._annex(annex.line(row, name))

    def has_met(self, row: Settled) -> bool:
        return self.has_met_row(row.row_key)

    def has_met_row(self, row_key: bytes) -> bool:
        return row_key in self._met_rows

    def has_met_path(self, row: Settled) -> bool:
        return row.path_key in self._met_paths

    def unpacked(self, row: Settled) -> None:
        """All members of this archive are settled: the next run need not look into it again."""
        self._batch.append(FileReceived(replace(row, unpacked=True), None))
        self._flush_if_full()

    def _hand_over(self, absorption: Absorption) -> None:
        """Lets a content be sealed and made durable elsewhere; waits while too many are under way."""
        self._places.acquire()
        try:
            commit = absorption.commit(self._committer)
        except BaseException:
            self._places.release()
            raise
        commit.add_done_callback(lambda _: self._places.release())
        self._commits.append(commit)

    def await_objects(self) -> None:
        """Returns when every object sealed so far is durable; raises what kept one from being so."""
        commits, self._commits = self._commits, []
        wait(commits)
        for commit in commits:
            commit.result()

    def flush(self) -> None:
        """Saves what is pending. If saving fails, nothing pending is kept: the next run meets it again."""
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        try:
            self.await_objects()
            if batch:
                self._save(batch)
        finally:
            self._unsaved_items.clear()

    def _add(self, received: FileReceived, name: bytes) -> None:
        if not self._batch:
            self._batch_began = self._clock()
        self._batch.append(received)
        self._batch_bytes += received.row.size_bytes
        self._remember(received.row)
        self.count(received.row.is_member).settle(received.row)
        if self._annex is not None:
            self._annex(annex.line(received.row, name))
        self._flush_if_full()

    def _remember(self, row: Settled) -> None:
        self._met_rows.add(row.row_key)
        self._met_paths.add(row.path_key)

    def _flush_if_full(self) -> None:
        if (
            len(self._batch) >= self._limits.files
            or self._batch_bytes >= self._limits.size_bytes
            or self._clock() - self._batch_began >= self._limits.seconds
        ):
            self.flush()
