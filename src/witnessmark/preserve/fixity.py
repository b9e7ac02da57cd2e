"""Fixity: every sealed object is decrypted, hashed again and compared with what was received.

Establishes that an object still holds, bit for bit, the content whose digest entered the log. Authenticated
encryption already refuses a changed byte; the digest also catches one object put in another's place.
Source: ISO/IEC 27037 §6.9 (preservation), NDSA Levels of Digital Preservation (fixity).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from witnessmark.ground.vault.reader import SealedReader
from witnessmark.ground.vault.store import ObjectStore
from witnessmark.model.custody import Problem
from witnessmark.model.errors import KeyAccessError, VaultError


@dataclass(frozen=True, slots=True)
class HeldObject:
    """What an object should be: digest of its plain content (never leaves the case), and size."""

    name: str
    sha256: bytes | None
    """None where only readability can be checked (key files, derivatives without a recorded digest)."""
    size_bytes: int | None
    what: str
    """item, derivative, annex ... for the problem's text."""


def check_objects(
    store: ObjectStore,
    held: Sequence[HeldObject],
    file_key_of: Callable[[int], bytes],
    *,
    held_now: Callable[[], Collection[str]] | None = None,
    workers: int = 2,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Problem, ...]:
    """Problems, sorted by object name. ``on_progress(objects, bytes)`` is told of each object done.

    ``held_now`` is asked at the end, and only where the vault holds more than it should: names of what must be
    in it by then, because hashing takes long and others may be at work.

    Hashing and decryption release the interpreter lock, so threads are enough.
    """
    problems: list[Problem] = []
    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        waiting = {pool.submit(_check_one, store, item, file_key_of): item for item in held}
        for future in as_completed(waiting):
            problem, size_bytes = future.result()
            if problem is not None:
                problems.append(problem)
            if on_progress is not None:
                on_progress(1, size_bytes)
    known = {item.name for item in held}
    strangers = [name for name in store.names() if name not in known]
    if strangers and held_now is not None:
        by_now = held_now()
        strangers = [name for name in strangers if name not in by_now]
    problems += [
        Problem(f"object {name[:16]}", "stands in the vault but is not in the catalogue")
        for name in strangers
    ]
    return tuple(sorted(problems, key=lambda p: p.where))


def _check_one(
    store: ObjectStore, held: HeldObject, file_key_of: Callable[[int], bytes]
) -> tuple[Problem | None, int]:
    where = f"object {held.name[:16]}"
    try:
        if not store.has(held.name):
            return Problem(where, f"the sealed {held.what} is missing"), 0
        fd = store.open(held.name)
    except (VaultError, OSError):
        return Problem(where, f"the sealed {held.what} cannot be opened"), 0
    try:
        with SealedReader(fd, file_key_of(fd)) as reader:
            size_bytes = reader.size
            digest = reader.sha256()
    except (VaultError, KeyAccessError) as error:
        return Problem(where, f"the sealed {held.what} is damaged: {error}"), 0
    finally:
        os.close(fd)
    if held.sha256 is not None and digest != held.sha256:
        return Problem(where, f"the content is not the {held.what} that was received"), size_bytes
    if held.size_bytes is not None and size_bytes != held.size_bytes:
        return Problem(where, f"the size is not that of the {held.what} that was received"), size_bytes
    if held.sha256 is not None and held.what == "item" and store.name_for(digest) != held.name:
        return Problem(where, "the object stands under another object's name"), size_bytes
    return None, size_bytes
