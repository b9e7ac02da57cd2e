"""One content on its way into the store: hashed, typed, and sealed in the same pass.

Small contents wait in memory until their digest is known, so that what is already held costs no write.
Larger ones are written as they come, unless their size is already held: then the caller reads once to
find out and only a new content is read again (see ``transfer``).
"""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.model.kind import Kind
from witnessmark.receive.ports import Draft, Store

HELD_IN_MEMORY_BYTES = 8 << 20
"""Up to here a content waits in memory: more than most pictures, documents and short messenger clips."""
HASH_ASIDE_BYTES = 256 << 10
"""From this chunk size on, hashing goes to a second thread (hashlib releases the lock above 2 KiB; below
this size handing over costs more than it saves)."""


@dataclass(frozen=True, slots=True)
class Absorbed:
    sha256: bytes
    size_bytes: int
    kind: Kind
    head: bytes


class Absorption:
    """Takes chunks, gives the digest, and is then either committed under it or abandoned.

    ``store`` None only hashes. ``hasher`` is one shared single-thread pool, or None to hash in line.
    ``also``: further digests that a source's own hash list asks for (md5, sha1).
    """

    def __init__(
        self, store: Store | None, hasher: ThreadPoolExecutor | None = None, also: tuple[str, ...] = ()
    ) -> None:
        self._store = store
        # MD5 and SHA-1 only answer a source's own list; nothing of ours rests on them.
        self._also = {name: hashlib.new(name, usedforsecurity=False) for name in also if name != "sha256"}
        self._hasher = hasher
        self._hash = hashlib.sha256()
        self._pending: Future[None] | None = None
        self._waiting: list[bytes] = []
        self._draft: Draft | None = None
        self._head = b""
        self.size_bytes = 0

    def take(self, chunk: bytes) -> None:
        """One more chunk, in order. Errors raised here are the store's, never the source's."""
        if len(self._head) < HEAD_BYTES:
            self._head += chunk[: HEAD_BYTES - len(self._head)]
        self.size_bytes += len(chunk)
        self._settle_hash()
        if self._hasher is not None and len(chunk) >= HASH_ASIDE_BYTES:
            self._pending = self._hasher.submit(self._update, chunk)
        else:
            self._update(chunk)
        if self._store is None:
            return
        if self._draft is None:
            self._waiting.append(chunk)
            if self.size_bytes > HELD_IN_MEMORY_BYTES:
                self._begin_draft()
        else:
            self._draft.write(chunk)

    def result(self) -> Absorbed:
        """Digest, size and kind of all that was taken."""
        self._settle_hash()
        kind = sniff(self._head, self.size_bytes)
        return Absorbed(self._hash.digest(), self.size_bytes, kind, self._head)

    def digests(self) -> dict[str, str]:
        """Every digest computed, by algorithm, as hex."""
        self._settle_hash()
        return {
            "sha256": self._hash.hexdigest(),
            **{name: one.hexdigest() for name, one in self._also.items()},
        }

    def commit(self, pool: ThreadPoolExecutor) -> Future[str]:
        """Seals the content and hands it to ``pool`` to be made durable; the future gives its name.

        Making durable is three waits for the disk; with several under way the disk answers them together.
        """
        if self._store is None:
            raise ValueError("this absorption only hashes")
        self._settle_hash()
        if self._draft is None:
            self._begin_draft()
        assert self._draft is not None
        draft, self._draft = self._draft, None
        digest = self._hash.digest()
        return pool.submit(lambda: draft.commit(digest).name)

    def abandon(self) -> None:
        """Leaves nothing behind. May be called at any time, also after ``commit``."""
        self._settle_hash()
        self._waiting.clear()
        if self._draft is not None:
            draft, self._draft = self._draft, None
            draft.abandon()

    def _update(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        for one in self._also.values():
            one.update(chunk)

    def _begin_draft(self) -> None:
        assert self._store is not None
        self._draft = self._store.begin()
        for chunk in self._waiting:
            self._draft.write(chunk)
        self._waiting.clear()

    def _settle_hash(self) -> None:
        if self._pending is not None:
            self._pending.result()
            self._pending = None
