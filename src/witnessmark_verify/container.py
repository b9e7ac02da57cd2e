"""A bundle as it lies there: a folder, or a zip in its one spelling (docs/spec/bundle.md, Files).

Nothing is unpacked to disk, nothing is inflated, links and devices are refused, every size is bounded.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

from witnessmark_verify.verdict import Refused

MOST_FILES = 2000
MOST_FILE_BYTES = 256 << 20
"""Of any file but the media: all of a three-minute bundle's proofs take some ten megabytes."""
MOST_MEDIA_BYTES = 8 << 30
DEEPEST = 4
PIECE_BYTES = 1 << 20
MEDIA = re.compile(r"public[A-Za-z0-9._-]*")
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
_ZIP_LIMIT = (1 << 32) - 1
_ZIP_DATE = 0x0021
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")


class Container(Protocol):
    """What is there, by path, and how long it is; and a way to read it."""

    sizes: dict[str, int]

    def pieces(self, path: str) -> Iterator[bytes]: ...


def is_path(path: str) -> bool:
    """Whether a path may stand in a bundle."""
    parts = path.split("/")
    return len(parts) <= DEEPEST and all(_PART.fullmatch(part) for part in parts)


def most_bytes(path: str) -> int:
    return MOST_MEDIA_BYTES if MEDIA.fullmatch(path) else MOST_FILE_BYTES


def _require_paths(sizes: Mapping[str, int]) -> None:
    if len(sizes) > MOST_FILES:
        raise Refused("container.size", "there are more files than a bundle may have")
    if not all(is_path(path) for path in sizes):
        raise Refused("container.name", "a file has a name that no file of a bundle has")
    if len({path.lower() for path in sizes}) != len(sizes):
        raise Refused("container.name", "two names differ in case alone")
    if any(size > most_bytes(path) for path, size in sizes.items()):
        raise Refused("container.size", "a file is larger than a file of its kind may be")


class Folder:
    """A bundle as a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.sizes: dict[str, int] = {}
        self._list(root, "", 1)
        _require_paths(self.sizes)

    def _list(self, folder: Path, prefix: str, depth: int) -> None:
        with os.scandir(folder) as entries:
            for entry in entries:
                path = prefix + entry.name
                mode = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(mode.st_mode):
                    if depth >= DEEPEST or not _PART.fullmatch(entry.name):
                        raise Refused("container.name", "a folder lies where no bundle has one")
                    self._list(folder / entry.name, path + "/", depth + 1)
                elif stat.S_ISREG(mode.st_mode):
                    self.sizes[path] = mode.st_size
                else:
                    raise Refused("container.kind", "something is there that is neither a file nor a folder")
                if len(self.sizes) > MOST_FILES:
                    raise Refused("container.size", "there are more files than a bundle may have")

    def pieces(self, path: str) -> Iterator[bytes]:
        """The file piece by piece, never more than it was long when it was listed, and one byte."""
        left = self.sizes[path] + 1
        fd = os.open(
            self._root / path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        )
        with os.fdopen(fd, "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise Refused("container.kind", "a file became something else while it was read")
            while left:
                piece = stream.read(min(PIECE_BYTES, left))
                if not piece:
                    return
                left -= len(piece)
                yield piece


def zip_local(path: str, crc: int, size: int) -> bytes:
    """The header before a file's bytes."""
    name = path.encode("ascii")
    return _LOCAL.pack(b"PK\3\4", 20, 0, 0, 0, _ZIP_DATE, crc, size, size, len(name), 0) + name


def zip_end(entries: list[tuple[str, int, int]]) -> bytes:
    """Central directory and end record for (path, CRC-32, size) in the order in which they stand."""
    directory, offset = b"", 0
    for path, crc, size in entries:
        name = path.encode("ascii")
        directory += _CENTRAL.pack(
            b"PK\1\2", 20, 20, 0, 0, 0, _ZIP_DATE, crc, size, size, len(name), 0, 0, 0, 0, 0, offset
        )
        directory += name
        offset += _LOCAL.size + len(name) + size
    count = len(entries)
    return directory + _END.pack(b"PK\5\6", 0, 0, count, count, len(directory), offset, 0)


class Zip:
    """A bundle as a zip, held to the only bytes that such a zip can have."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.sizes: dict[str, int] = {}
        self._places: dict[str, tuple[int, int]] = {}
        size = stream.seek(0, os.SEEK_END)
        if size > _ZIP_LIMIT:
            raise Refused("container.size", "the zip is larger than a bundle's zip may be")
        offset = 0
        while True:
            head = self._at(offset, _LOCAL.size)
            if head[:4] != b"PK\3\4":
                break
            offset = self._entry(head, offset, size)
        _require_paths(self.sizes)
        entries = [(path, crc, self.sizes[path]) for path, (_, crc) in self._places.items()]
        if not entries or list(self.sizes) != sorted(self.sizes):
            raise _strange()
        expected = zip_end(entries)
        if size - offset != len(expected) or self._at(offset, len(expected)) != expected:
            raise _strange()

    def _at(self, offset: int, length: int) -> bytes:
        self._stream.seek(offset)
        return self._stream.read(length)

    def _entry(self, head: bytes, offset: int, end: int) -> int:
        if len(head) != _LOCAL.size or len(self.sizes) >= MOST_FILES:
            raise _strange()
        fields = _LOCAL.unpack(head)
        crc, size, length = int(fields[6]), int(fields[7]), int(fields[9])
        data_at = offset + _LOCAL.size + length
        name = self._at(offset + _LOCAL.size, length)
        if length > 300 or not name.isascii() or data_at + size > end:
            raise _strange()
        path = name.decode("ascii")
        if path in self.sizes or zip_local(path, crc, size) != head + name:
            raise _strange()
        self.sizes[path] = size
        self._places[path] = (data_at, crc)
        return data_at + size

    def pieces(self, path: str) -> Iterator[bytes]:
        place, expected = self._places[path]
        left, crc = self.sizes[path], 0
        while left:
            piece = self._at(place, min(PIECE_BYTES, left))
            if not piece:
                break
            crc = zlib.crc32(piece, crc)
            left -= len(piece)
            place += len(piece)
            yield piece
        if crc != expected:
            raise Refused("container.zip", "a file in the zip is not the one its header tells of")


def _strange() -> Refused:
    return Refused(
        "container.zip", "the zip is not as it was made; if you packed it, unpack it and check the folder"
    )
