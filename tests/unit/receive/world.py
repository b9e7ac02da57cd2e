"""A case in memory for the receiving room: store, journal, holdings, and a jail that is none."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from witnessmark.ground.jail import Budget, Ended, JailResult, Level
from witnessmark.ground.vault import ObjectStore, read_header, unwrap
from witnessmark.model.recording import Item, Occurrence
from witnessmark.receive import unpack_task
from witnessmark.receive.annex import AnnexLine, read
from witnessmark.receive.hash_list import HashList
from witnessmark.receive.ports import FileReceived, Settled
from witnessmark.receive.settle import BatchLimits
from witnessmark.receive.transfer import Received, Session, receive
from witnessmark.receive.unpack_limits import UnpackLimits
from witnessmark.receive.walk import Walk

SECRET = b"\x07" * 32


@dataclass
class StoredInMemory:
    name: str


class MemoryDraft:
    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._data = bytearray()
        store.open_drafts += 1

    def write(self, data: bytes, /) -> int:
        if self._store.fails_after is not None:
            self._store.fails_after -= len(data)
            if self._store.fails_after < 0:
                raise OSError(28, "no space")
        self._data += data
        return len(data)

    def commit(self, sha256: bytes, /) -> StoredInMemory:
        self._store.open_drafts -= 1
        assert hashlib.sha256(self._data).digest() == sha256
        name = self._store.name_for(sha256)
        self._store.objects.setdefault(name, bytes(self._data))
        return StoredInMemory(name)

    def abandon(self) -> None:
        self._store.open_drafts -= 1


class MemoryStore:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.open_drafts = 0
        self.fails_after: int | None = None

    def begin(self) -> MemoryDraft:
        return MemoryDraft(self)

    def name_for(self, sha256: bytes, /) -> str:
        return hashlib.sha256(b"name" + sha256).hexdigest()


class Killed(BaseException):
    """What a kill -9 looks like to the code under it: nothing more is run (tests drop all state)."""


@dataclass
class World:
    """Holds what survives a kill: objects, items, rows. ``kill_after_saves`` plants one."""

    store: Any = field(default_factory=MemoryStore)
    items: dict[bytes, Item] = field(default_factory=dict)
    occurrences: list[Occurrence] = field(default_factory=list)
    rows: dict[bytes, Settled] = field(default_factory=dict)
    events: list[Any] = field(default_factory=list)
    annex: bytearray = field(default_factory=bytearray)
    kill_after_saves: int | None = None
    open_sealed: Callable[[str], tuple[int, bytes]] | None = None

    def save(self, batch: Sequence[FileReceived]) -> None:
        if self.kill_after_saves is not None:
            if self.kill_after_saves == 0:
                raise Killed
            self.kill_after_saves -= 1
        for one in batch:
            self.rows[one.row.row_key] = one.row
            if one.item is not None:
                assert one.item.sha256 not in self.items
                self.items[one.item.sha256] = one.item
            if one.occurrence is not None:
                assert one.occurrence.item_id in {item.item_id for item in self.items.values()}
                self.occurrences.append(one.occurrence)
            if one.event is not None:
                self.events.append(one.event)

    # journal and holdings

    def known(self, row_key: bytes, /) -> Settled | None:
        return self.rows.get(row_key)

    def settled(self) -> Iterator[Settled]:
        yield from list(self.rows.values())

    def item_by_digest(self, sha256: bytes, /) -> Item | None:
        return self.items.get(sha256)

    def holds_size(self, size_bytes: int, /) -> bool:
        return any(item.size_bytes == size_bytes for item in self.items.values())

    def close_session(self) -> None:
        """A receipt was made: the next run is a new session over the same holdings."""
        self.rows.clear()

    def session(
        self,
        *,
        run_jailed: Any = None,
        hash_list: HashList | None = None,
        limits: UnpackLimits | None = None,
        batch: BatchLimits | None = None,
    ) -> Session:
        self.annex = bytearray()
        return Session(
            receipt_id="receipt-1",
            path_secret=SECRET,
            store=self.store,
            holdings=self,
            journal=self,
            save=self.save,
            seal_names=lambda name: b"sealed:" + name,
            open_sealed=self.open_sealed or _none_open,
            run_jailed=run_jailed,
            annex=self.annex.extend,
            hash_list=hash_list,
            unpack=limits or UnpackLimits(),
            batch=batch or BatchLimits(),
        )

    def receive(self, *sources: Path | bytes, **options: Any) -> Received:
        with Walk([os.fsencode(source) for source in sources]) as walk:
            return receive(walk, self.session(**options))

    def annex_lines(self) -> dict[str, AnnexLine]:
        return {line.code: line for line in read(bytes(self.annex).splitlines())}

    def names_of(self, codes: Sequence[str]) -> list[str]:
        lines = self.annex_lines()
        return sorted(
            (lines[code].name or json.loads(lines[code].sealed.removeprefix(b"sealed:")))["path"]
            for code in codes
        )


def _none_open(name: str) -> tuple[int, bytes]:
    raise AssertionError("no archive was expected")


class InProcess:
    """Runs the unpacking task in this process: fast, for what does not test the jail itself."""

    def __init__(self, ended: Ended = Ended.DONE, stop_after_records: int | None = None) -> None:
        self.ended = ended
        self.left = stop_after_records
        self.runs = 0

    def __call__(
        self,
        task: str,
        request: Any,
        *,
        files: Any,
        secrets: Any,
        budget: Budget,
        on_record: Any,
        on_blob: Any,
        cancelled: Any = None,
    ) -> JailResult:
        self.runs += 1
        try:
            unpack_task.unpack(dict(request), dict(files), dict(secrets), _Outlet(self, on_record, on_blob))
            ended = self.ended
        except StopIteration:
            ended = Ended.CRASHED
        return JailResult(ended, "", 0.0, 0.0, Level.S0)


class _Outlet:
    def __init__(self, owner: InProcess, on_record: Any, on_blob: Any) -> None:
        self._owner, self._on_record, self._on_blob = owner, on_record, on_blob

    def record(self, record: dict[str, Any]) -> None:
        if self._owner.left is not None:
            if self._owner.left == 0:
                raise StopIteration
            self._owner.left -= 1
        self._on_record(json.loads(json.dumps(record)))

    def blob(self, name: str) -> Any:
        return _Blob(name, self._on_blob)


class _Blob:
    def __init__(self, name: str, on_blob: Any) -> None:
        self._name, self._on_blob = name, on_blob

    def write(self, data: bytes) -> None:
        self._on_blob(self._name, bytes(data), False)

    def close(self) -> None:
        self._on_blob(self._name, b"", True)


def sealed_world(folder: Path, identity_file: Path | None = None) -> World:
    """A world whose objects are real sealed files; ``identity_file`` keeps its key from run to run."""
    import pyrage

    if identity_file is not None and identity_file.exists():
        identity = pyrage.x25519.Identity.from_str(identity_file.read_text())
    else:
        identity = pyrage.x25519.Identity.generate()
        if identity_file is not None:
            identity_file.write_text(str(identity))
    store = ObjectStore(folder, b"\x09" * 32, [str(identity.to_public())])

    def open_sealed(name: str) -> tuple[int, bytes]:
        fd = store.open(name)
        header = read_header(os.pread(fd, 65536, 0))
        return fd, unwrap(header, [str(identity)])

    return World(store=store, open_sealed=open_sealed)
