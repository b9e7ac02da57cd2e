"""The bytes under examination, for the demuxer and for consumers, from one bounded reader."""

from __future__ import annotations

import io
import os
import threading
from typing import BinaryIO, cast

from witnessmark.model.consumer import ByteSource


class PlainSource:
    """A ByteSource over a descriptor of a plain file; uses pread only, so the offset is left alone."""

    def __init__(self, fd: int, size_bytes: int) -> None:
        self._fd = fd
        self.size_bytes = size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        length = min(length, self.size_bytes - offset)
        if offset < 0 or length <= 0:
            return b""
        return os.pread(self._fd, length, offset)


class StreamSource:
    """A ByteSource over a seekable binary file object, for tests and small made files."""

    def __init__(self, stream: BinaryIO, size_bytes: int) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self.size_bytes = size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        length = min(length, self.size_bytes - offset)
        if offset < 0 or length <= 0:
            return b""
        with self._lock:
            self._stream.seek(offset)
            return self._stream.read(length)


def as_source(stream: BinaryIO | ByteSource | int, size_bytes: int) -> Watched:
    """A watched ByteSource from a descriptor, from something that is one already, or from a binary file object."""
    if isinstance(stream, int):
        return Watched(PlainSource(stream, size_bytes))
    if hasattr(stream, "read_at"):
        return Watched(cast(ByteSource, stream))
    return Watched(StreamSource(stream, size_bytes))


class Watched:
    """A ByteSource that remembers its first error (a damaged sealed object).

    The library turns errors of its input into an early end of file, and a consumer that meets one would only
    fail by itself; neither may pass for the end of the evidence. ``check`` raises what was remembered.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._fault: BaseException | None = None
        self.size_bytes = source.size_bytes

    def read_at(self, offset: int, length: int) -> bytes:
        try:
            return self._source.read_at(offset, length)
        except BaseException as error:
            self._fault = self._fault or error
            raise

    def check(self) -> None:
        if self._fault is not None:
            raise self._fault


class Feed:
    """What the demuxer reads from: a position over a watched source."""

    def __init__(self, source: Watched) -> None:
        self.source = source
        self._position = 0

    def read(self, length: int) -> bytes:
        data = self.source.read_at(self._position, length)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = (0, self._position, self.source.size_bytes)[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position
