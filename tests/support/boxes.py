"""Small builders of container structures, byte by byte, for tests that must know every byte."""

# ruff: noqa: DTZ001 - the clocks built here carry no zone, like those in the files

from __future__ import annotations

import struct
from datetime import datetime

EPOCH_1904 = datetime(1904, 1, 1)


def box(name: bytes | str, *content: bytes) -> bytes:
    """An ISO box with a 32-bit size."""
    body = b"".join(content)
    kind = name.encode("latin-1") if isinstance(name, str) else name
    return struct.pack(">I", 8 + len(body)) + kind + body


def box64(name: str, *content: bytes) -> bytes:
    """An ISO box with a 64-bit size."""
    body = b"".join(content)
    return struct.pack(">I4sQ", 1, name.encode(), 16 + len(body)) + body


def full(name: str, *content: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(name, struct.pack(">I", version << 24 | flags), *content)


def ftyp(major: str = "isom", minor: int = 0, *compatible: str) -> bytes:
    return box("ftyp", major.encode(), struct.pack(">I", minor), *(c.encode() for c in compatible))


def since_1904(moment: datetime | None) -> int:
    return int((moment - EPOCH_1904).total_seconds()) if moment else 0


def mvhd(created: datetime | None = None, timescale: int = 600, ticks: int = 600) -> bytes:
    seconds = since_1904(created)
    head = struct.pack(">IIII", seconds, seconds, timescale, ticks)
    return full(
        "mvhd", head, struct.pack(">IH", 0x10000, 0x100), bytes(10), bytes(36), bytes(24), b"\0\0\0\3"
    )


def tkhd(created: datetime | None = None) -> bytes:
    seconds = since_1904(created)
    return full(
        "tkhd", struct.pack(">IIIII", seconds, seconds, 1, 0, 600), bytes(52),
        struct.pack(">II", 320 << 16, 240 << 16), flags=3,
    )  # fmt: skip


def mdhd(created: datetime | None = None, timescale: int = 600) -> bytes:
    seconds = since_1904(created)
    return full("mdhd", struct.pack(">IIIIHH", seconds, seconds, timescale, 600, 0x55C4, 0))


def hdlr(kind: str = "vide", name: str = "VideoHandler") -> bytes:
    return full("hdlr", bytes(4), kind.encode(), bytes(12), name.encode() + b"\0")


def avc1(compressor: str = "", vendor: bytes = bytes(4), *inner: bytes) -> bytes:
    words = compressor.encode()
    return box(
        "avc1", bytes(6), b"\0\1", bytes(4), vendor, bytes(8), struct.pack(">HH", 320, 240),
        bytes(12), b"\0\1", bytes([len(words)]), words.ljust(31, b"\0"), b"\0\x18\xff\xff", *inner,
    )  # fmt: skip


def stts(*runs: tuple[int, int]) -> bytes:
    return full("stts", struct.pack(">I", len(runs)), *(struct.pack(">II", *run) for run in runs))


def trak(
    *,
    created: datetime | None = None,
    timescale: int = 600,
    name: str = "VideoHandler",
    entry: bytes | None = None,
    runs: tuple[tuple[int, int], ...] = ((30, 20),),
    edits: bool = False,
) -> bytes:
    stsd = full("stsd", struct.pack(">I", 1), entry if entry is not None else avc1())
    edit = box("edts", full("elst", struct.pack(">IIiI", 1, 600, 0, 0x10000))) if edits else b""
    stbl = box("stbl", stsd, stts(*runs))
    return box(
        "trak", tkhd(created), edit, box("mdia", mdhd(created, timescale), hdlr(name=name), box("minf", stbl))
    )


def movie(*extra: bytes, created: datetime | None = None, tracks: tuple[bytes, ...] | None = None) -> bytes:
    """A whole small movie header with one track."""
    return box("moov", mvhd(created), *(tracks if tracks is not None else (trak(created=created),)), *extra)


def keys(**items: str) -> bytes:
    """QuickTime metadata: ``keys`` and ``ilst``; dots in names are written as double underscores."""
    names = [name.replace("__", ".") for name in items]
    table = full("keys", struct.pack(">I", len(names)), *(box("mdta", name.encode()) for name in names))
    values = [
        box(struct.pack(">I", number), box("data", struct.pack(">II", 1, 0), value.encode()))
        for number, value in enumerate(items.values(), 1)
    ]
    return box("meta", full("hdlr", bytes(4), b"mdta", bytes(13)), table, box("ilst", *values))


def too(text: str) -> bytes:
    """iTunes-style ``©too``: where FFmpeg signs."""
    item = box(b"\xa9too", box("data", struct.pack(">II", 1, 0), text.encode()))
    return box("udta", full("meta", full("hdlr", bytes(4), b"mdirappl", bytes(9)), box("ilst", item)))


def mp4(*parts: bytes, major: str = "mp42") -> bytes:
    return ftyp(major, 0, "isom", "mp42") + b"".join(parts) + box("mdat", bytes(64))


def chunk(name: str, *content: bytes) -> bytes:
    """A RIFF chunk with its padding byte."""
    body = b"".join(content)
    return struct.pack("<4sI", name.encode(), len(body)) + body + bytes(len(body) & 1)


def riff(form: str, *chunks: bytes) -> bytes:
    return chunk("RIFF", form.encode(), *chunks)


def riff_list(kind: str, *chunks: bytes) -> bytes:
    return chunk("LIST", kind.encode(), *chunks)


def avi(*extra_header: bytes, info: bytes = b"", junk: int = 0) -> bytes:
    avih = chunk("avih", struct.pack("<14I", 40_000, 0, 0, 0x10, 25, 0, 1, 0, 320, 240, 0, 0, 0, 0))
    strh = chunk("strh", b"vidsMJPG", struct.pack("<10I", 0, 0, 0, 1, 25, 0, 25, 0, 0, 0), bytes(8))
    strf = chunk("strf", struct.pack("<IIIHH4s5I", 40, 320, 240, 1, 24, b"MJPG", 0, 0, 0, 0, 0))
    stream = riff_list("strl", strh, strf, chunk("JUNK", bytes(junk)) if junk else b"")
    header = riff_list("hdrl", avih, stream, *extra_header)
    return riff("AVI ", header, info, riff_list("movi", chunk("00dc", bytes(40))))


def element(number: int, *content: bytes) -> bytes:
    """An EBML element with a four-byte size."""
    body = b"".join(content)
    return (
        number.to_bytes((number.bit_length() + 7) // 8, "big")
        + struct.pack(">I", 0x10000000 | len(body))
        + body
    )


def matroska(muxer: str, *more: bytes, doctype: str = "matroska") -> bytes:
    info = element(
        0x1549A966, element(0x2AD7B1, (1_000_000).to_bytes(3, "big")), element(0x4D80, muxer.encode())
    )
    track = element(0x1654AE6B, element(0xAE, element(0x83, b"\1"), element(0x86, b"V_MPEG4/ISO/AVC")))
    return element(0x1A45DFA3, element(0x4282, doctype.encode())) + element(0x18538067, info, track, *more)


def packet(pid: int, counter: int, payload: bytes, *, start: bool = False) -> bytes:
    """One transport packet, stuffed by an adaptation field."""
    room = 184
    stuffing = room - len(payload)
    head = bytes([0x47, (0x40 if start else 0) | pid >> 8, pid & 0xFF])
    if stuffing == 0:
        return head + bytes([0x10 | counter]) + payload
    field = bytes([stuffing - 1]) + (b"\0" + b"\xff" * (stuffing - 2) if stuffing > 1 else b"")
    return head + bytes([0x30 | counter]) + field + payload


def section(table: int, number: int, body: bytes) -> bytes:
    length = 5 + len(body) + 4
    return b"\0" + struct.pack(">BHHBBB", table, 0xB000 | length, number, 0xC1, 0, 0) + body + bytes(4)


def transport(*, provider: str = "", breaks: bool = False) -> bytes:
    """A transport stream of one H.264 program; with ``breaks`` one continuity counter is skipped."""
    parts = []
    if provider:
        words = bytes([1, len(provider)]) + provider.encode() + b"\1S"
        descriptor = bytes([0x48, len(words)]) + words
        body = b"\0\1\xff" + b"\0\1\xfc" + struct.pack(">H", 0x8000 | len(descriptor)) + descriptor
        parts.append(packet(0x11, 0, section(0x42, 1, body), start=True))
    parts.append(packet(0, 0, section(0, 1, struct.pack(">HH", 1, 0xE000 | 0x1000)), start=True))
    streams = struct.pack(">BHH", 0x1B, 0xE000 | 0x100, 0xF000)
    parts.append(
        packet(0x1000, 0, section(2, 1, struct.pack(">HH", 0xE000 | 0x100, 0xF000) + streams), start=True)
    )
    for count in range(12):
        counter = (count + (1 if breaks and count >= 6 else 0)) & 15
        parts.append(packet(0x100, counter, bytes(184)))
    return b"".join(parts)


def jpeg(*segments: bytes, tail: bytes = b"") -> bytes:
    """The marker skeleton of a JPEG: enough for a parser that does not decode."""
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8" + b"".join(segments) + scan + b"\xff\xd9" + tail


def segment(code: int, payload: bytes) -> bytes:
    return bytes([0xFF, code]) + struct.pack(">H", len(payload) + 2) + payload


def exif(order: str = "<", **texts: str) -> bytes:
    """An APP1 EXIF payload with ASCII tags of the first directory (Make, Model, Software, DateTime)."""
    numbers = {"Make": 0x10F, "Model": 0x110, "Software": 0x131, "DateTime": 0x132}
    entries, values = [], b""
    start = 8 + 2 + 12 * len(texts) + 4
    for name, text in sorted(texts.items(), key=lambda item: numbers[item[0]]):
        raw = text.encode() + b"\0"
        place = raw.ljust(4, b"\0") if len(raw) <= 4 else struct.pack(f"{order}I", start + len(values))
        values += raw if len(raw) > 4 else b""
        entries.append(struct.pack(f"{order}HHI", numbers[name], 2, len(raw)) + place)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    body = mark + struct.pack(f"{order}IH", 8, len(entries)) + b"".join(entries) + bytes(4) + values
    return b"Exif\0\0" + body


def sei_user_data(text: str, uuid: bytes = bytes(16)) -> bytes:
    """An H.264 SEI unit with unregistered user data."""
    payload = uuid + text.encode()
    size = b""
    left = len(payload)
    while left >= 255:
        size, left = size + b"\xff", left - 255
    return b"\x06\x05" + size + bytes([left]) + payload + b"\x80"
