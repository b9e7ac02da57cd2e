"""The objects of a case on a local disk: one sealed file per content, written once, never over another.

Names, format and order of writing: docs/spec/object.md. Clear content stays in memory.
"""

from __future__ import annotations

import contextlib
import fcntl
import hmac
import os
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from witnessmark.ground.vault import durable
from witnessmark.ground.vault.absorb import Readable, absorb
from witnessmark.ground.vault.age import AgeWriter
from witnessmark.model.errors import VaultError

if TYPE_CHECKING:
    from typing_extensions import Buffer

SUFFIX = ".age"
_DRAFTS = ".drafts"
_NAME = re.compile(r"[0-9a-f]{64}")
_WHAT = "a file"
_WRITEBACK_BYTES = 8 << 20
"""How much is written before the kernel is asked to start carrying it to the disk; 32 and 64 MiB measured
slower."""
_WRITEBACK_LAG_BYTES = 64 << 20
"""How far behind the end the disk is taken to be; what it has by then is let go from memory."""
_ATTEMPTS = 8
"""Tries to make a draft that no sweeper took before it was locked; one is enough unless another process
starts just then."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object that is held: it survives a power cut from the moment this exists."""

    name: str
    ciphertext_bytes: int
    header_bytes: int
    was_new: bool
    """False where the same content was already held: the draft was dropped and *its* file key opens
    nothing."""


class ObjectStore:
    """The folder of sealed objects. ``read_only`` makes no folder and sweeps nothing (a second copy of a
    case)."""

    def __init__(
        self, root: Path, naming_key: bytes, recipients: Sequence[str], *, read_only: bool = False
    ) -> None:
        self._root = Path(root)
        self._naming_key = naming_key
        self._recipients = tuple(recipients)
        self._read_only = read_only
        if not read_only:
            with durable.writing("the folder of sealed objects"):
                durable.make_folder(self._root / _DRAFTS)
            self.sweep_drafts()

    def name_for(self, sha256: bytes) -> str:
        """HMAC-SHA256 of a content's digest under the case's naming key, as 64 hex digits."""
        return hmac.digest(self._naming_key, sha256, "sha256").hex()

    def has(self, name: str) -> bool:
        return self._path(name).is_file()

    def begin(self) -> Draft:
        """Starts a new object. Commit or abandon it; a ``with`` block abandons what was not committed."""
        if self._read_only:
            raise VaultError(
                "this copy of the case is open for reading only", "run `witnessmark adopt` to write here"
            )
        return Draft(self, self._root / _DRAFTS, self._recipients)

    def open(self, name: str) -> int:
        """A read-only descriptor of the ciphertext, the caller's to close. Raises VaultError where it is not
        held."""
        try:
            return os.open(self._path(name), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            raise VaultError(
                "a sealed object is missing", "bring it back from a backup or a second copy of the case"
            ) from None
        except OSError as fault:
            raise VaultError(
                "a sealed object cannot be opened", "check the permissions of the case folder"
            ) from fault

    def size(self, name: str) -> int:
        """Ciphertext length in bytes."""
        fd = self.open(name)
        try:
            return os.fstat(fd).st_size
        finally:
            os.close(fd)

    def names(self) -> Iterator[str]:
        """Names of all objects held, in order. What does not look like an object is passed over."""
        if not self._root.is_dir():
            return
        for folder in sorted(self._root.iterdir()):
            if len(folder.name) == 2 and folder.is_dir():
                for path in sorted(folder.iterdir()):
                    name = path.name.removesuffix(SUFFIX)
                    if path.name.endswith(SUFFIX) and name[:2] == folder.name and _NAME.fullmatch(name):
                        yield name

    def remove(self, name: str) -> None:
        """Deletes an object durably. Who may order that, and that it is logged, is decided above."""
        if self._read_only:
            raise VaultError(
                "this copy of the case is open for reading only", "run `witnessmark adopt` to write here"
            )
        with durable.writing("the removal of a sealed object"):
            durable.remove(self._path(name))

    def sweep_drafts(self) -> int:
        """Deletes drafts whose writer is gone (its lock can be taken); returns how many."""
        swept = 0
        for path in sorted((self._root / _DRAFTS).glob("*")):
            with contextlib.suppress(OSError):
                fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()
                    swept += 1
                finally:
                    os.close(fd)
        return swept

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise VaultError("this is not the name of a sealed object")
        return self._root / name[:2] / (name + SUFFIX)

    def _place(self, draft: Path, name: str) -> bool:
        """Moves a synced draft to its name and makes that durable; False where the name is taken."""
        target = self._path(name)
        durable.make_folder(target.parent)
        try:
            durable.rename_new(draft, target)
            was_new = True
        except FileExistsError:
            was_new = False
        # also where it was there: whoever wrote it may have been stopped before this step
        durable.fsync_folder(target.parent)
        if was_new:
            durable.fsync_folder(draft.parent)
        return was_new


class Draft:
    """An object being written. Not for several threads at once. Any error abandons it, so that no draft
    stays."""

    def __init__(self, store: ObjectStore, folder: Path, recipients: Sequence[str]) -> None:
        self._store = store
        self._fd = -1
        self._digest: bytes | None = None
        self._written_bytes = 0
        self._carried_bytes = 0
        with durable.writing(_WHAT):
            self._path, self._fd = _locked_draft(folder)
        with self._guarded():
            self._writer = AgeWriter(self._sink, recipients)

    @property
    def file_key(self) -> bytes:
        """The 16-byte key of this one object."""
        return self._writer.file_key

    def write(self, data: Buffer) -> int:
        """Seals more content. Raises VaultError where the disk does not take it."""
        with self._guarded():
            return self._writer.write(data)

    def absorb(
        self, source: int | Readable, on_block: Callable[[memoryview], object] | None = None
    ) -> tuple[bytes, int]:
        """Reads ``source`` to its end, hashing in a second thread while this one seals: (SHA-256, size in
        bytes).

        ``on_block`` is called in this thread with each block of content in order (progress, first bytes);
        the view is valid only while it runs. An OSError of ``source`` passes through unchanged; either way
        the draft is abandoned on error.
        """
        with self._guarded():
            digest, size_bytes = absorb(source, self._writer.write, on_block)
            self._digest = digest
            return digest, size_bytes

    def commit(self, sha256: bytes) -> StoredObject:
        """Makes it an object under the name of its content's digest; when this returns it survives a power
        cut.

        Raises VaultError where the disk fails, or where ``absorb`` measured another digest.
        """
        if self._fd < 0:
            raise VaultError("this draft was already committed or abandoned")
        with self._guarded():
            if self._digest is not None and self._digest != sha256:
                raise VaultError("the digest given is not that of the content that was sealed")
            self._writer.close()
            with durable.writing(_WHAT):
                os.fsync(self._fd)
                durable.let_go(self._fd, 0, 0)
                length = os.fstat(self._fd).st_size
                name = self._store.name_for(sha256)
                was_new = self._store._place(self._path, name)
            if was_new:
                self._release()
            else:
                self.abandon()
            return StoredObject(name, length, self._writer.header_bytes, was_new)

    def abandon(self) -> None:
        """Drops the draft and its ciphertext. Calling again, or after a commit, does nothing."""
        if self._fd >= 0:
            with contextlib.suppress(OSError):
                self._path.unlink()
            self._release()

    def __enter__(self) -> Draft:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        if self._fd < 0:
            raise VaultError("this draft was already committed or abandoned")
        try:
            yield
        except BaseException:
            self.abandon()
            raise

    def _sink(self, data: memoryview) -> None:
        with durable.writing(_WHAT):
            durable.write_all(self._fd, data)
        self._written_bytes += len(data)
        if (ready := self._written_bytes - self._carried_bytes) >= _WRITEBACK_BYTES:
            durable.start_writeback(self._fd, self._carried_bytes, ready)
            if (done := self._carried_bytes - _WRITEBACK_LAG_BYTES) >= 0:
                durable.let_go(self._fd, done, ready)
            self._carried_bytes = self._written_bytes

    def _release(self) -> None:
        fd, self._fd = self._fd, -1
        os.close(fd)


def _locked_draft(folder: Path) -> tuple[Path, int]:
    for _ in range(_ATTEMPTS):
        path = folder / secrets.token_hex(16)
        fd = durable.create(path, durable.OBJECT_MODE)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(fd).st_nlink:  # else a sweeper came between the two calls
                return path, fd
        except BlockingIOError:
            pass
        os.close(fd)
    raise VaultError(
        "another program keeps clearing the folder of drafts", "stop it and run the command again"
    )
