"""Receiving: one pass over the sources that reads, hashes, encrypts, writes and accounts for every entry.

The same command resumes after any stop: what this session has settled is met again and counted without
being read. At the end found = sealed + already held + refused holds over the *whole* source set.
What was sealed earlier in the session and is no longer there, or is there with other content, stays counted
(it was found, and it is held); what was refused and then read after all is counted once, as read.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from witnessmark.model.errors import WitnessmarkError
from witnessmark.model.intake import Reconciliation
from witnessmark.receive import naming
from witnessmark.receive.absorb import HELD_IN_MEMORY_BYTES, Absorbed, Absorption, Hands
from witnessmark.receive.annex import AnnexWriter
from witnessmark.receive.exposures import Exposures
from witnessmark.receive.hash_list import HashList, HashListResult
from witnessmark.receive.ports import (
    Holdings,
    IntakeJournal,
    JailRun,
    OpenSealed,
    Progress,
    Save,
    SealNames,
    Settled,
    Settlement,
    Store,
)
from witnessmark.receive.reasons import Reason
from witnessmark.receive.settle import BatchLimits, Found, Settling
from witnessmark.receive.unpack import Unpacker, is_archive
from witnessmark.receive.unpack_limits import UnpackLimits
from witnessmark.receive.walk import Entry, SourceState, Walk, errno_name

CHUNK_BYTES = 1 << 20
"""One read: large enough that the system call and the hand-over to the hashing thread cost nothing."""
ATTEMPTS = 2
"""A file that changed while it was read is tried once more (a copy may just have been finishing)."""
COMMITS_AT_ONCE = 8
"""Objects being made durable at the same time: a journalling file system syncs them in one go."""
PROGRESS_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Session:
    """All that one session of receiving stands on. ``path_secret`` is a case secret of 32 bytes."""

    receipt_id: str
    path_secret: bytes
    store: Store
    holdings: Holdings
    journal: IntakeJournal
    save: Save
    seal_names: SealNames
    open_sealed: OpenSealed
    run_jailed: JailRun | None
    """None: archives are sealed and their members refused as ``unpacker_failed``."""
    is_new: bool = False
    """Nothing was settled in this session before."""
    source: str = ""
    """Pseudonym of the source; goes into sealed names only."""
    annex: AnnexWriter | None = None
    hash_list: HashList | None = None
    unpack: UnpackLimits = field(default_factory=UnpackLimits)
    batch: BatchLimits = field(default_factory=BatchLimits)


@dataclass(frozen=True, slots=True)
class Received:
    """What the receipt is made of."""

    files: Reconciliation
    members: Reconciliation
    exposures: dict[str, int]
    """Kind of telling name → paths it was met in. No names."""
    source: SourceState
    hash_list: HashListResult | None
    resumed_files: int
    """How many were settled before this run began."""
    archives: int
    """Archives looked into in this run."""

    @property
    def balanced(self) -> bool:
        return self.files.balanced and self.members.balanced


class _ChangedError(Exception):
    """The file under the descriptor is not, or no longer, the one that was met."""


class _UnreadableError(Exception):
    """The system refused to open or read it; carries the error's name only."""


@dataclass(slots=True)
class _Transfer:
    walk: Walk
    session: Session
    settling: Settling
    hands: Hands
    progress: Callable[[Progress], None] | None
    began: float
    bytes_read: int = 0
    resumed: int = 0
    last_shown: float = 0.0
    exposures: Exposures = field(default_factory=Exposures)

    def run(self) -> Received:
        unpacker = Unpacker(
            self.session,
            self.settling,
            self.hands,
            sign_of_life=lambda: self._show("unpacking"),
            meet_name=self.exposures.take,
        )
        for entry in self.walk.entries():
            self.exposures.take(self._inner_path(entry))
            row = self._settle(entry)
            if not row.unpacked:
                unpacker.unpack(row)
            self._show("reading")
        self.settling.flush()
        self._carry_over()
        self._show("reading", last=True)
        listed = self.session.hash_list
        return Received(
            self.settling.files.reconciliation(),
            self.settling.members.reconciliation(),
            self.exposures.counts(),
            self.walk.state(),
            listed.result() if listed is not None else None,
            self.resumed,
            unpacker.archives,
        )

    def _settle(self, entry: Entry) -> Settled:
        path_key = naming.keyed(self.session.path_secret, b"path", entry.path)
        row_key = self._row_key(path_key, entry)
        # In a new session nothing is settled but what this run settled: the journal need not be asked.
        asked = not self.session.is_new or self.settling.has_met_row(row_key)
        known = self.session.journal.known(row_key) if asked else None
        if known is not None:
            self.resumed += 1
            self.settling.files.meet(known.size_bytes)
            self.settling.meet_again(known, self._name(entry))
            self._note_listed(known)
            return known
        found = Found(path_key, row_key, self._name(entry))
        if entry.reason is not None:
            self.settling.files.meet(entry.size_bytes)
            return self.settling.refuse(found, entry.reason, entry.size_bytes, entry.detail)
        row = self._take(entry, path_key)
        self._note_listed(row)
        return row

    def _take(self, entry: Entry, path_key: bytes) -> Settled:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._attempt(entry, path_key)
            except _ChangedError:
                if attempt == ATTEMPTS:
                    reason, detail = Reason.CHANGED_WHILE_READ, ""
            except _UnreadableError as error:
                reason, detail = Reason.UNREADABLE, str(error)
                break
        found = Found(path_key, self._row_key(path_key, entry), self._name(entry))
        self.settling.files.meet(entry.size_bytes)
        return self.settling.refuse(found, reason, entry.size_bytes, detail)

    def _attempt(self, entry: Entry, path_key: bytes) -> Settled:
        try:
            descriptor = self.walk.open(entry)
        except OSError as error:
            raise _UnreadableError(errno_name(error)) from None
        try:
            before = _status(descriptor)
            if not stat.S_ISREG(before.st_mode) or (before.st_dev, before.st_ino) != entry.identity:
                raise _ChangedError
            # Between listing and opening it may have grown; what counts is what is read under one state.
            entry = _restated(entry, before)
            absorption, absorbed = self._read(descriptor, entry)
        finally:
            os.close(descriptor)
        found = self._found(entry, path_key, absorption)
        self.settling.files.meet(before.st_size)
        return self.settling.content(found, absorption, absorbed, is_archive(absorbed.kind, absorbed.head))

    def _read(self, descriptor: int, entry: Entry) -> tuple[Absorption, Absorbed]:
        """Reads once; twice only where a large file has the size of a held one and turns out to be new."""
        if entry.size_bytes > HELD_IN_MEMORY_BYTES and self.settling.may_hold(entry.size_bytes):
            only_hash = self._absorption(None)
            absorbed = self._pour(descriptor, entry, only_hash)
            if self.settling.held(absorbed.sha256) is not None:
                return only_hash, absorbed
            first, again = absorbed.sha256, self._absorption(self.session.store)
            absorbed = self._pour(descriptor, entry, again)
            if absorbed.sha256 != first:
                again.abandon()
                raise _ChangedError
            return again, absorbed
        absorption = self._absorption(self.session.store)
        return absorption, self._pour(descriptor, entry, absorption)

    def _pour(self, descriptor: int, entry: Entry, absorption: Absorption) -> Absorbed:
        offset = 0
        try:
            while True:
                try:
                    chunk = os.pread(descriptor, CHUNK_BYTES, offset)
                except OSError as error:
                    raise _UnreadableError(errno_name(error)) from None
                if not chunk:
                    break
                offset += len(chunk)
                if offset > entry.size_bytes:
                    raise _ChangedError
                absorption.take(chunk)
                self.bytes_read += len(chunk)
                self._show("reading")
            after = _status(descriptor)
            if offset != entry.size_bytes or _state(after) != entry.state:
                raise _ChangedError
            return absorption.result()
        except BaseException:
            # Also for a full disk or an interrupt: no draft may stay behind.
            absorption.abandon()
            raise

    def _absorption(self, store: Store | None) -> Absorption:
        listed = self.session.hash_list
        return Absorption(store, self.hands, listed.algorithms if listed is not None else ())

    def _found(self, entry: Entry, path_key: bytes, absorption: Absorption) -> Found:
        line, agrees = 0, True
        if self.session.hash_list is not None:
            line, agrees = self.session.hash_list.answer(self._inner_path(entry), absorption.digests())
        return Found(
            path_key,
            self._row_key(path_key, entry),
            self._name(entry),
            list_line=line,
            list_agrees=agrees,
        )

    def _carry_over(self) -> None:
        """Counts what this session settled earlier and this run did not meet: see the module's text."""
        # In a new session all that is settled was met by this run.
        for row in () if self.session.is_new else self.session.journal.settled():
            if self.settling.has_met(row):
                continue
            refused = row.settlement is Settlement.REFUSED
            if refused and not row.is_member and self.settling.has_met_path(row):
                continue
            self.resumed += 1
            self.settling.count(row.is_member).meet(row.size_bytes)
            self.settling.meet_again(row, None)
            if not row.is_member:
                self._note_listed(row)

    def _note_listed(self, row: Settled) -> None:
        if self.session.hash_list is not None and row.settlement is not Settlement.REFUSED:
            self.session.hash_list.note(row.list_line, row.list_agrees)

    def _row_key(self, path_key: bytes, entry: Entry) -> bytes:
        return naming.keyed(self.session.path_secret, b"row", path_key, naming.state_bytes(entry.state))

    def _name(self, entry: Entry) -> bytes:
        return naming.name_record(
            entry.path,
            mtime_ns=entry.mtime_ns,
            ctime_ns=entry.ctime_ns,
            links=entry.links if entry.links > 1 else None,
            source=self.session.source or None,
        )

    def _inner_path(self, entry: Entry) -> bytes:
        """The path from the source's own name on: what lies above it is ours, not the source's."""
        return b"/".join((os.path.split(self.walk.roots[entry.root])[1], *entry.parts))

    def _show(self, phase: str, last: bool = False) -> None:
        if self.progress is None:
            return
        now = time.monotonic()
        if last or now - self.last_shown >= PROGRESS_EVERY_S:
            self.last_shown = now
            found = self.settling.files.found
            self.progress(Progress(found.files, found.size_bytes, self.bytes_read, now - self.began, phase))


def receive(walk: Walk, session: Session, progress: Callable[[Progress], None] | None = None) -> Received:
    """Takes in everything below the walk's sources.

    Saves through ``session.save`` in batches; what could be sealed before an exception (full disk, lost
    database, interrupt) is saved before it is passed on. Raises VaultError or OSError from the store,
    whatever ``save`` raises, and JailError if archives are met and the sandbox cannot be built.
    """
    with Hands() as hands, ThreadPoolExecutor(COMMITS_AT_ONCE, "commit") as committer:
        settling = Settling(
            session.receipt_id,
            session.store,
            session.holdings,
            session.save,
            session.seal_names,
            committer,
            session.annex,
            session.batch,
        )
        transfer = _Transfer(walk, session, settling, hands, progress, time.monotonic())
        try:
            return transfer.run()
        except (OSError, WitnessmarkError, KeyboardInterrupt):
            # The first trouble is the one to tell, not what it makes of the last batch.
            with contextlib.suppress(OSError, WitnessmarkError):
                settling.flush()
            raise


def _status(descriptor: int) -> os.stat_result:
    try:
        return os.fstat(descriptor)
    except OSError as error:
        raise _UnreadableError(errno_name(error)) from None


def _state(status: os.stat_result) -> tuple[int, int, int]:
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _restated(entry: Entry, status: os.stat_result) -> Entry:
    if _state(status) == entry.state:
        return entry
    return Entry(
        entry.path,
        entry.root,
        entry.parts,
        None,
        "",
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        entry.identity,
        status.st_nlink,
    )
