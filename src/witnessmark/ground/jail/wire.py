"""What travels between a child and its parent: length-capped frames, never pickle.

Parent to child, once: 4 bytes big-endian length, then JSON (secrets as base64).
Child to parent: frames of 9 bytes head (type u8, channel u32, length u32, big-endian) and a body.

Self-contained (standard library only): loaded by file in a child before any package of ours.
"""

from __future__ import annotations

import json
import os
import struct
from typing import Any

HEAD = struct.Struct(">BII")
PIECE_BYTES = 1 << 18
"""Most that one blob frame carries: a quarter of the pipe, so that nobody waits long."""

LOCKED, RECORD, BLOB_OPEN, BLOB_PIECE, BLOB_CLOSE, ALIVE, ERROR, DONE = range(1, 9)

EXIT_MEMORY, EXIT_EXCEPTION, EXIT_TOO_WEAK = 70, 71, 72


def write_all(fd: int, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def read_exactly(fd: int, length: int) -> bytes:
    """``length`` bytes; raises EOFError where the other side stopped early."""
    parts = []
    while length:
        part = os.read(fd, min(length, 1 << 20))
        if not part:
            raise EOFError("the request ended early")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


class Blob:
    """One stream of bytes on its way out. Several may be open at once."""

    def __init__(self, fd: int, channel: int, name: str) -> None:
        self._fd = fd
        self._channel = channel
        self._open = True
        send(fd, BLOB_OPEN, name.encode(), channel)

    def write(self, data: bytes | bytearray | memoryview) -> int:
        if not self._open:
            raise ValueError("the blob is closed")
        view = memoryview(data).cast("B")
        for start in range(0, len(view), PIECE_BYTES):
            send(self._fd, BLOB_PIECE, view[start : start + PIECE_BYTES], self._channel)
        return len(view)

    def close(self) -> None:
        if self._open:
            self._open = False
            send(self._fd, BLOB_CLOSE, b"", self._channel)


class Outlet:
    """What a task gives its results to."""

    def __init__(self, fd: int, level: str) -> None:
        self._fd = fd
        self._channels = 0
        self.level = level
        """The level this child runs at, for those who write it into results."""

    def record(self, record: dict[str, Any]) -> None:
        """Send one JSON object. Raises ValueError for what JSON cannot say (NaN and infinity included)."""
        text = json.dumps(record, allow_nan=False, separators=(",", ":"), ensure_ascii=True)
        send(self._fd, RECORD, text.encode("ascii"))

    def blob(self, name: str) -> Blob:
        """Open a stream of bytes. Names: 1 to 128 of letters, digits and ``. _ : -``."""
        self._channels += 1
        return Blob(self._fd, self._channels, name)

    def alive(self) -> None:
        """A sign of life for tasks that are silent for long."""
        send(self._fd, ALIVE, b"")


def send(fd: int, kind: int, body: bytes | memoryview, channel: int = 0) -> None:
    write_all(fd, HEAD.pack(kind, channel, len(body)))
    if body:
        write_all(fd, body)
