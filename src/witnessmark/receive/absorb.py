"""One content on its way into the store: hashed, typed, and sealed in the same pass.

Small contents wait in memory until their digest is known, so that what is already held costs no write; they
are then sealed where they are made durable, while the next file is read. Larger ones are written as they
come, unless their size is already held: then the caller reads once to find out and only a new content is
read again (see ``transfer``).
"""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.model.kind import Kind
from witnessmark.receive.ports import Draft, Store

HELD_IN_MEMORY_BYTES = 8 << 20
"""Up to here a content waits in memory: more than most pictures, documents and short messenger clips."""
ASIDE_BYTES = 256 << 10
"""From this chunk size on, hashing and sealing go to threads of their own (both release Python's lock; below
this size handing over costs more than it saves)."""


class Hands:
    """Two threads that every content of a session goes through in turn: one hashes, one seals and writes."""

    def __init__(self) -> None:
        self.hashing = ThreadPoolExecutor(1, "hash")
        self.sealing = ThreadPoolExecutor(1, "seal")

    def __enter__(self) -> Hands:
        return self

    def __exit__(self, *_: object) -> None:
        self.hashing.shutdown()
        self.sealing.shutdown()


@dataclass(frozen=True, slots=True)
class Absorbed:
    sha256: bytes
    size_bytes: int
    kind: Kind
    head: bytes


class Absorption:
    """Takes chunks, gives the digest, and is then either committed under it or abandoned.

    ``store`` None only hashes. ``hands``: threads shared by all contents, or None to do all in line.
    ``also``: further digests that a source's own hash list asks for (md5, sha1).
    """

    def __init__(self, store: Store | None, hands: Hands | None = None, also: tuple[str, ...] = ()) -> None:
        self._store = store
        # MD5 and SHA-1 only answer a source's own list; nothing of ours rests on them.
        self._also = {name: hashlib.new(name, usedforsecurity=False) for name in also if name != "sha256"}
        self._hands = hands
        self._hash = hashlib.sha256()
        self._hashing: Future[None] | None = None
        self._sealing: Future[object] | None = None
        self._waiting: list[bytes] = []
        self._draft: Draft | None = None
        self._head = b""
        self.size_bytes = 0

    def take(self, chunk: bytes) -> None:
        """One more chunk, in order. Errors raised here are the store's, never the source's."""
        if len(self._head) < HEAD_BYTES:
            self._head += chunk[: HEAD_BYTES - len(self._head)]
        self.size_bytes += len(chunk)
        aside = self._hands if len(chunk) >= ASIDE_BYTES else None
        self._settle_hash()
        if aside is not None:
            self._hashing = aside.hashing.submit(self._update, chunk)
        else:
            self._update(chunk)
        if self._store is None:
            return
        if self._draft is None:
            self._waiting.append(chunk)
            if self.size_bytes > HELD_IN_MEMORY_BYTES:
                self._draft = self._begun(self._store, self._waiting)
                self._waiting = []
            return
        self._settle_seal()
        if aside is not None:
            self._sealing = aside.sealing.submit(self._draft.write, chunk)
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
        """Hands the content to ``pool`` to be sealed to its end and made durable; the future gives its name.

        Making durable is three waits for the disk; with several under way the disk answers them together.
        """
        if self._store is None:
            raise ValueError("this absorption only hashes")
        self._settle_hash()
        self._settle_seal()
        store, digest = self._store, self._hash.digest()
        draft, self._draft = self._draft, None
        waiting, self._waiting = self._waiting, []
        if draft is not None:
            return pool.submit(lambda: draft.commit(digest).name)
        if self._hands is None:
            return pool.submit(lambda: self._begun(store, waiting).commit(digest).name)
        # One thread seals them all: several would only wait for each other and for Python's lock.
        begun = self._hands.sealing.submit(self._begun, store, waiting)
        return pool.submit(lambda: begun.result().commit(digest).name)

    def abandon(self) -> None:
        """Leaves nothing behind. May be called at any time, also after ``commit``."""
        self._settle_hash()
        self._waiting = []
        if self._draft is not None:
            draft, self._draft = self._draft, None
            if self._sealing is not None:
                wait([self._sealing])  # how it ended no longer matters, but it must not be writing
                self._sealing = None
            draft.abandon()

    def _update(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        for one in self._also.values():
            one.update(chunk)

    @staticmethod
    def _begun(store: Store, chunks: list[bytes]) -> Draft:
        draft = store.begin()
        try:
            for chunk in chunks:
                draft.write(chunk)
        except BaseException:
            draft.abandon()
            raise
        return draft

    def _settle_hash(self) -> None:
        if self._hashing is not None:
            self._hashing.result()
            self._hashing = None

    def _settle_seal(self) -> None:
        if self._sealing is not None:
            sealing, self._sealing = self._sealing, None
            sealing.result()
