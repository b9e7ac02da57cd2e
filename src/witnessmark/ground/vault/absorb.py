"""Reading a source once: hashed by one thread while another seals and writes the same memory.

``hashlib``, ChaCha20-Poly1305 and the system calls all release Python's lock, so two cores work at once where
two are free. Measured figures stand in docs/spec/object.md, section 6.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from typing_extensions import Buffer

BLOCK_BYTES = 1 << 20
"""Read, hashed and sealed at once: large enough that handing over costs nothing, small enough to stay in the
cache."""
BLOCKS_IN_FLIGHT = 3
"""One being read, one waiting, one being sealed."""


class Readable(Protocol):
    """A binary source: an open file, an archive member."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...


def absorb(
    source: int | Readable,
    write: Callable[[Buffer], object],
    on_block: Callable[[memoryview], object] | None = None,
) -> tuple[bytes, int]:
    """Passes ``source`` through ``write`` block by block; returns (SHA-256, size in bytes).

    ``write`` and ``on_block`` are called in this thread, in order, with a read-only view that is valid only
    while they run. An error of either, or of the source, stops both threads and is raised here.
    """
    fill = _filler(source)
    block = bytearray(BLOCK_BYTES)
    count = fill(memoryview(block))
    digest = hashlib.sha256()
    if count < BLOCK_BYTES:  # the whole file is here: a thread would cost more than it saves
        _hand_out(block, count, write, on_block)
        digest.update(memoryview(block)[:count])
        return digest.digest(), count

    filled: queue.SimpleQueue[tuple[bytearray, int] | BaseException] = queue.SimpleQueue()
    free: queue.SimpleQueue[bytearray | None] = queue.SimpleQueue()
    for _ in range(BLOCKS_IN_FLIGHT - 1):
        free.put(bytearray(BLOCK_BYTES))

    def read_and_hash(block: bytearray, count: int) -> None:
        try:
            while True:
                # handed over before it is hashed: both only read it, and it is taken back from `free` only
                # after the hash
                filled.put((block, count))
                if count:
                    digest.update(memoryview(block)[:count])
                if count < BLOCK_BYTES or (taken := free.get()) is None:
                    return
                block = taken
                count = fill(memoryview(block))
        except BaseException as fault:
            filled.put(fault)  # raised again in the caller's thread

    worker = threading.Thread(target=read_and_hash, args=(block, count), name="hash", daemon=True)
    worker.start()
    size_bytes = 0
    try:
        while True:
            got = filled.get()
            if isinstance(got, BaseException):
                raise got
            block, count = got
            _hand_out(block, count, write, on_block)
            size_bytes += count
            if count < BLOCK_BYTES:
                break
            free.put(block)
    finally:
        free.put(None)
        worker.join()
    return digest.digest(), size_bytes


def _hand_out(
    block: bytearray,
    count: int,
    write: Callable[[Buffer], object],
    on_block: Callable[[memoryview], object] | None,
) -> None:
    if count:
        view = memoryview(block)[:count].toreadonly()
        write(view)
        if on_block is not None:
            on_block(view)


def _filler(source: int | Readable) -> Callable[[memoryview], int]:
    """A function that fills a block as far as the source reaches; a short block means the end."""

    def read_some(target: memoryview) -> int:
        if isinstance(source, int):
            return os.readv(source, [target])
        return source.readinto(target) or 0

    def fill(target: memoryview) -> int:
        done = 0
        while done < len(target) and (count := read_some(target[done:])):
            done += count
        return done

    return fill
