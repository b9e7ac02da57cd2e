"""Reading zip archives from hostile or broken bytes: central directory first, local headers where it is lost.

The standard library's reader gives up on a whole archive whose end is missing or whose names are not what
they claim; leaks arrive cut short. Source: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4. Names are only
bytes here, never paths. Runs inside the jail.
"""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from witnessmark.model.consumer import ByteSource

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_COMMENT_BYTES = 0xFFFF
_ASK_BYTES = 256 << 10
_FULL_16, _FULL_32 = 0xFFFF, 0xFFFFFFFF
_ENCRYPTED, _SIZES_FOLLOW = 0x1, 0x8
LARGEST_DICTIONARY_BYTES = 1 << 30
"""Writers of zip files stay below (7-Zip's largest setting for them); the jail gives 2 GiB for everything."""
STORED, DEFLATED, BZIP2, LZMA, AES = 0, 8, 12, 14, 99


class ZipDamagedError(Exception):
    """The bytes are not what the format demands at this place."""


class ZipMethodError(Exception):
    """Packed by a method that is not supported here."""


@dataclass(slots=True)
class ZipEntry:
    """One file as the archive declares it."""

    name: bytes
    flags: int
    method: int
    crc32: int
    packed_bytes: int
    size_bytes: int
    offset: int
    """Of the local header, from the start of the file."""
    mode: int
    """Unix mode, 0 where the archive was not made on Unix."""
    mtime: str
    is_overlapping: bool = False
    data_at: int | None = None
    ends_at: int | None = field(default=None)
    """Where its packed bytes ended, once they have been read to the end."""

    @property
    def is_encrypted(self) -> bool:
        return bool(self.flags & _ENCRYPTED) or self.method == AES

    @property
    def is_folder(self) -> bool:
        return self.name.endswith((b"/", b"\\")) and not self.size_bytes


def entries(source: ByteSource) -> Iterator[ZipEntry]:
    """All entries, from the central directory; raises ZipDamagedError before the first where there is none.

    Entries whose bytes overlap are marked: two names for the same packed bytes are how a small file swells
    without limit (Fifield, WOOT 2019).
    """
    begin, count, shift = _directory(source)
    found = list(_central(source, begin, count, shift))
    last_end, last = -1, None
    for entry in sorted(found, key=lambda one: one.offset):
        end = entry.offset + _LOCAL.size + len(entry.name) + entry.packed_bytes
        if last is not None and entry.offset < last_end:
            entry.is_overlapping = last.is_overlapping = True
        if end > last_end:
            last_end, last = end, entry
    yield from found


def local_entries(source: ByteSource) -> Iterator[ZipEntry]:
    """Entries by their local headers, where the directory is lost. Read each before asking the next."""
    offset = _next_local(source, 0)
    while offset is not None:
        entry = _local(source, offset)
        yield entry
        if entry.ends_at is not None:
            offset = _next_local(source, entry.ends_at)
        elif entry.packed_bytes and not entry.flags & _SIZES_FOLLOW and entry.data_at is not None:
            offset = _next_local(source, entry.data_at + entry.packed_bytes)
        else:
            offset = _next_local(source, (entry.data_at or offset) + 4)


def content(source: ByteSource, entry: ZipEntry) -> Iterator[bytes]:
    """The unpacked bytes in pieces. Raises ZipDamagedError at a wrong checksum, length or stream."""
    start = entry.data_at if entry.data_at is not None else _data_at(source, entry)
    knows_size = not (entry.data_at is not None and entry.flags & _SIZES_FOLLOW)
    packed_end = start + entry.packed_bytes if knows_size else source.size_bytes
    crc = length = 0
    try:
        for piece in _unpacked(source, entry, start, packed_end, knows_size):
            crc = zlib.crc32(piece, crc)
            length += len(piece)
            yield piece
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError):
        raise ZipDamagedError("stream") from None
    if knows_size and length != entry.size_bytes:
        raise ZipDamagedError("length")
    if knows_size and crc != entry.crc32:
        raise ZipDamagedError("checksum")


def _unpacked(source: ByteSource, entry: ZipEntry, start: int, end: int, knows_size: bool) -> Iterator[bytes]:
    if entry.method == STORED:
        if not knows_size:
            raise ZipDamagedError("length unknown")
        offset = start
        while offset < end:
            piece = source.read_at(offset, min(_ASK_BYTES, end - offset))
            if not piece:
                raise ZipDamagedError("cut off")
            offset += len(piece)
            yield piece
        entry.ends_at = offset
        return
    unpacker: Any
    offset = start
    if entry.method == DEFLATED:
        unpacker = zlib.decompressobj(-15)
    elif entry.method == BZIP2:
        unpacker = bz2.BZ2Decompressor()
    elif entry.method == LZMA:
        # APPNOTE 5.8.8: two bytes version, two bytes length of the properties, then the raw stream.
        head = source.read_at(offset, 4 + 5)
        if len(head) < 9 or int.from_bytes(head[2:4], "little") != 5:
            raise ZipDamagedError("properties")
        offset += 9
        properties = head[4]
        dictionary_bytes = int.from_bytes(head[5:9], "little")
        if dictionary_bytes > LARGEST_DICTIONARY_BYTES:
            raise ZipDamagedError("properties")
        unpacker = lzma.LZMADecompressor(
            lzma.FORMAT_RAW,
            filters=[
                {
                    "id": lzma.FILTER_LZMA1,
                    "dict_size": max(dictionary_bytes, 4096),
                    "lc": properties % 9,
                    "lp": properties // 9 % 5,
                    "pb": properties // 45,
                }
            ],
        )
    else:
        raise ZipMethodError(str(entry.method))
    waiting = b""
    while not unpacker.eof:
        if not waiting and getattr(unpacker, "needs_input", True):
            waiting = source.read_at(offset, min(_ASK_BYTES, end - offset)) if offset < end else b""
            offset += len(waiting)
            if not waiting:
                if entry.method == LZMA:
                    return  # a raw LZMA stream may lack its end mark; the length decides
                raise ZipDamagedError("cut off")
        piece = unpacker.decompress(waiting, _ASK_BYTES)
        waiting = getattr(unpacker, "unconsumed_tail", b"")
        if piece:
            yield piece
    entry.ends_at = offset - len(unpacker.unused_data)


def _directory(source: ByteSource) -> tuple[int, int, int]:
    """Start of the central directory, number of entries, and what to add to every offset in it."""
    tail_bytes = min(source.size_bytes, _END.size + _COMMENT_BYTES)
    tail_at = source.size_bytes - tail_bytes
    tail = source.read_at(tail_at, tail_bytes)
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END.size:
        raise ZipDamagedError("no end of directory")
    _, _, _, _, count, size, offset, _ = _END.unpack_from(tail, place)
    end = tail_at + place
    if count == _FULL_16 or size == _FULL_32 or offset == _FULL_32:
        locator = source.read_at(end - _END64_LOCATOR.size, _END64_LOCATOR.size)
        if len(locator) == _END64_LOCATOR.size and locator[:4] == b"PK\x06\x07":
            end64 = _END64_LOCATOR.unpack(locator)[2]
            record = source.read_at(end64, _END64.size)
            if len(record) == _END64.size and record[:4] == b"PK\x06\x06":
                *_, count, size, offset = _END64.unpack(record)
                end = end64
    begin = end - size
    if begin < 0:
        raise ZipDamagedError("directory larger than the file")
    return begin, count, begin - offset


def _central(source: ByteSource, begin: int, count: int, shift: int) -> Iterator[ZipEntry]:
    place = begin
    for _ in range(count):
        head = source.read_at(place, _CENTRAL.size)
        if len(head) < _CENTRAL.size or head[:4] != b"PK\x01\x02":
            raise ZipDamagedError("directory")
        fields = _CENTRAL.unpack(head)
        made_by, flags, method, time, date, crc, packed, size = fields[1], *fields[3:10]
        name_bytes, extra_bytes, comment_bytes, disk = fields[10:14]
        attributes, offset = fields[15:17]
        body = source.read_at(place + _CENTRAL.size, name_bytes + extra_bytes)
        name, extra = body[:name_bytes], body[name_bytes:]
        size, packed, offset, mtime = _extras(extra, size, packed, offset, _dos_time(date, time))
        mode = attributes >> 16 if made_by >> 8 in (3, 19) else 0
        del disk
        yield ZipEntry(name, flags, method, crc, packed, size, offset + shift, mode, mtime)
        place += _CENTRAL.size + name_bytes + extra_bytes + comment_bytes


def _local(source: ByteSource, offset: int) -> ZipEntry:
    head = source.read_at(offset, _LOCAL.size)
    if len(head) < _LOCAL.size:
        raise ZipDamagedError("cut off")
    _, _, flags, method, time, date, crc, packed, size, name_bytes, extra_bytes = _LOCAL.unpack(head)
    body = source.read_at(offset + _LOCAL.size, name_bytes + extra_bytes)
    name, extra = body[:name_bytes], body[name_bytes:]
    size, packed, _, mtime = _extras(extra, size, packed, 0, _dos_time(date, time))
    data_at = offset + _LOCAL.size + name_bytes + extra_bytes
    return ZipEntry(name, flags, method, crc, packed, size, offset, 0, mtime, data_at=data_at)


def _data_at(source: ByteSource, entry: ZipEntry) -> int:
    head = source.read_at(entry.offset, _LOCAL.size)
    if len(head) < _LOCAL.size or head[:4] != b"PK\x03\x04":
        raise ZipDamagedError("local header")
    *_, name_bytes, extra_bytes = _LOCAL.unpack(head)
    return int(entry.offset + _LOCAL.size + name_bytes + extra_bytes)


def _next_local(source: ByteSource, offset: int) -> int | None:
    """The next local header at or after ``offset``."""
    while offset < source.size_bytes:
        block = source.read_at(offset, _ASK_BYTES)
        place = block.find(b"PK\x03\x04")
        if place >= 0:
            return offset + place
        if len(block) < 4:
            return None
        offset += len(block) - 3
    return None


def _extras(extra: bytes, size: int, packed: int, offset: int, mtime: str) -> tuple[int, int, int, str]:
    """Zip64 sizes (APPNOTE 4.5.3) and the Unix time stamp (Info-ZIP 0x5455) from the extra field."""
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, place)
        body = extra[place + 4 : place + 4 + length]
        place += 4 + length
        if kind == 0x0001:
            values = [int.from_bytes(body[at : at + 8], "little") for at in range(0, len(body) - 7, 8)]
            if size == _FULL_32 and values:
                size = values.pop(0)
            if packed == _FULL_32 and values:
                packed = values.pop(0)
            if offset == _FULL_32 and values:
                offset = values.pop(0)
        elif kind == 0x5455 and len(body) >= 5 and body[0] & 1:
            stamp = int.from_bytes(body[1:5], "little", signed=True)
            mtime = datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return size, packed, offset, mtime


def _dos_time(date: int, time: int) -> str:
    """MS-DOS date and time: local, zone unknown, two-second steps; empty where it is no date."""
    try:
        moment = datetime(  # noqa: DTZ001 - the format has no zone
            1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2
        )
    except ValueError:
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
