"""JPEG, PNG and GIF: segments, essential metadata, and what follows the end of the picture.

ITU-T T.81 Annex B; JFIF 1.02; EXIF 2.32 §4.5; CIPA DC-007 (multi-picture); C2PA 2.1 §A.3 (APP11 JUMBF, PNG
``caBX``); PNG third edition §5, §11; GIF89a. A motion photo carries its movie behind the picture.
"""

from __future__ import annotations

import re
import zlib

from witnessmark.ground.container import credentials_store, exif, times, trailers, xmp
from witnessmark.ground.container.build import TreeBuilder
from witnessmark.ground.container.tree import ByteSpan

_SCAN_BLOCK = 1 << 20
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_SEGMENTS = 4096
_XMP_MARK = b"http://ns.adobe.com/xap/1.0/\x00"
_TEXT_BYTES = 64 * 1024


def walk(builder: TreeBuilder) -> None:
    {"jpeg": _jpeg, "png": _png, "gif": _gif}[builder.format](builder)


def _jpeg(builder: TreeBuilder) -> None:
    at = 2
    pictures: list[tuple[int, int]] = []
    builder.node("SOI", 0, 2)
    for _ in range(_SEGMENTS):
        head = builder.read(at, 4)
        if len(head) < 2 or head[0] != 0xFF:
            builder.fault("truncated" if at >= builder.size - 2 else "lost_sync", at, "no marker here")
            return
        code = head[1]
        if code == 0xFF:
            at += 1
            continue
        if code == 0xD9:
            builder.node("EOI", at, 2)
            _behind(builder, at + 2, pictures)
            return
        size = int.from_bytes(head[2:4], "big")
        if size < 2:
            builder.fault("size_too_small", at, "a segment shorter than its own length field")
            return
        body = at + 4
        pictures += _segment(builder, code, at, body, size - 2)
        at += 2 + size
        if code == 0xDA:
            found = _next_marker(builder, at)
            if found < 0:
                builder.fault("truncated", at, "the picture has no end marker")
                return
            at = found


def _segment(builder: TreeBuilder, code: int, at: int, body: int, size: int) -> list[tuple[int, int]]:
    """One segment; returns further pictures it announces as (file offset, length)."""
    name = f"APP{code - 0xE0}" if 0xE0 <= code <= 0xEF else _JPEG_NAMES.get(code, f"0xff{code:02x}")
    data = builder.read(body, min(size, _TEXT_BYTES)) if code >= 0xE0 else b""
    mark = builder.text(data[:32].split(b"\x00", 1)[0], "latin-1") if code != 0xFE else ""
    builder.node(name, at, size + 4, (("id", mark),) if mark and len(mark) < 32 else ())
    if code == 0xE1 and data[:6] == b"Exif\x00\x00":
        exif.read_exif(builder, data[6:], "exif")
    elif code == 0xE1 and data.startswith(_XMP_MARK):
        xmp.read_xmp(builder, "xmp", data[len(_XMP_MARK) :])
    elif code == 0xE2 and data[:4] == b"MPF\x00":
        return [(body + 4 + offset, length) for offset, length in exif.multi_picture(data[4:])]
    elif code == 0xEB and b"jumb" in data[:64]:
        builder.tally("c2pa_segments")
        if builder.counts["c2pa_segments"] == 1:
            credentials_store.note(builder, "APP11", body, size)
    elif code == 0xED and data.startswith(b"Photoshop 3.0"):
        builder.say(builder.texts, "APP13", "Photoshop image resources")
    elif code == 0xEE and data.startswith(b"Adobe"):
        builder.tally("adobe_marker")
    elif code == 0xFE:
        builder.say(builder.texts, "COM", builder.text(data, "latin-1"))
    return []


_JPEG_NAMES = {0xDB: "DQT", 0xC0: "SOF0", 0xC2: "SOF2", 0xC4: "DHT", 0xDA: "SOS", 0xDD: "DRI", 0xFE: "COM"}


def _next_marker(builder: TreeBuilder, at: int) -> int:
    """The first marker behind entropy-coded data: 0xff neither stuffed nor a restart (T.81 §B.1.1.5)."""
    while at < builder.size:
        block = builder.read(at, _SCAN_BLOCK)
        found = _MARKER.search(block)
        if found:
            return at + found.start()
        at += max(1, len(block) - 1)
    return -1


def _behind(builder: TreeBuilder, at: int, pictures: list[tuple[int, int]]) -> None:
    """Take announced further pictures off the tail, then name what is left."""
    for offset, length in sorted(pictures):
        if at <= offset and 0 < length <= builder.size - offset and builder.read(offset, 2) == b"\xff\xd8":
            gap = builder.read(at, min(offset - at, 4096))
            if any(gap) or offset - at > 4096:
                builder.unaccounted.append(ByteSpan(at, offset - at, "bytes between the announced pictures"))
            builder.payloads.append(ByteSpan(offset, length, "further picture", "multi-picture index"))
            builder.node("picture", offset, length)
            at = offset + length
    for length in _announced_lengths(builder):
        start = builder.size - length
        movie = builder.read(start, 12) if at <= start < builder.size else b""
        if movie[4:8] == b"ftyp":
            trailers.name_tail(builder, start, "the picture's XMP")
            builder.counts["motion_photo_bytes"] = length
            if start > at:
                builder.unaccounted.append(ByteSpan(at, start - at, "maker data before the announced movie"))
            return
    trailers.name_tail(builder, at)


def _announced_lengths(builder: TreeBuilder) -> list[int]:
    """Lengths by which XMP says that a movie lies at the end (Motion Photo format 1.0; Micro Video)."""
    names = ("xmp.Item:Length", "xmp.GCamera:MicroVideoOffset")
    texts = [entry.text for entry in builder.texts if entry.field in names]
    return [int(text) for text in reversed(texts) if text.isdigit() and len(text) < 12 and int(text)]


def _png(builder: TreeBuilder) -> None:
    at = 8
    while at + 12 <= builder.size:
        head = builder.read(at, 8)
        size, name = int.from_bytes(head[:4], "big"), head[4:8].decode("latin-1")
        if not name.isalpha() or not name.isascii():
            builder.fault("lost_sync", at, "no chunk name where one must stand")
            return
        if at + 12 + size > builder.size:
            builder.fault("truncated", at, f"chunk {name} says {size} bytes")
            return
        repeated = name == "IDAT" and builder.counts.get("idat")
        builder.tally("idat", name == "IDAT")
        if not repeated:
            builder.node(name, at, size + 12)
            _png_chunk(builder, name, at + 8, size)
        at += size + 12
        if name == "IEND":
            trailers.name_tail(builder, at)
            return
    builder.fault("truncated", at, "the picture has no end chunk")


def _png_chunk(builder: TreeBuilder, name: str, body: int, size: int) -> None:
    if name not in ("tEXt", "iTXt", "zTXt", "eXIf", "tIME", "caBX"):
        return
    data = builder.read(body, min(size, _TEXT_BYTES))
    if name == "eXIf":
        exif.read_exif(builder, data, "exif")
    elif name == "caBX":
        credentials_store.note(builder, "caBX", body, size)
    elif name == "tIME" and len(data) == 7:
        year = int.from_bytes(data[:2], "big")
        text = f"{year:04d}-{data[2]:02d}-{data[3]:02d} {data[4]:02d}:{data[5]:02d}:{data[6]:02d}Z"
        times.note_text(builder, "tIME", text, "modified")
    else:
        _png_text(builder, name, data)


def _png_text(builder: TreeBuilder, name: str, data: bytes) -> None:
    key, _, rest = data.partition(b"\x00")
    keyword = builder.text(key, "latin-1")
    if name == "iTXt":
        parts = rest[2:].split(b"\x00", 2)
        value = parts[2] if len(parts) == 3 and rest[:1] != b"\x01" else b""
    elif name == "zTXt":
        # Bounded: at most as much text comes out as we would keep.
        value = zlib.decompressobj().decompress(rest[1:], _TEXT_BYTES) if _is_zlib(rest[1:]) else b""
    else:
        value = rest
    if keyword == "XML:com.adobe.xmp":
        xmp.read_xmp(builder, "xmp", value)
    elif keyword == "Software":
        builder.say(builder.software, f"{name}.Software", builder.text(value))
    elif keyword in ("Creation Time", "date:create", "date:modify"):  # date:* are file times
        what = "created" if keyword == "Creation Time" else "modified"
        times.note_text(builder, f"{name}.{keyword}", builder.text(value), what)
    else:
        builder.say(builder.texts, f"{name}.{keyword}", builder.text(value))


def _is_zlib(data: bytes) -> bool:
    try:
        zlib.decompressobj().decompress(data, 16)
    except zlib.error:
        return False
    return True


def _gif(builder: TreeBuilder) -> None:
    head = builder.read(0, 13)
    if len(head) < 13:
        builder.fault("truncated", 0, "the header is too short")
        return
    at = 13 + (3 << ((head[10] & 7) + 1) if head[10] & 0x80 else 0)
    builder.node("header", 0, at, (("version", head[3:6].decode("latin-1")),))
    while at < builder.size:
        block = builder.read(at, 20)
        if block[0] == 0x3B:
            builder.node("trailer", at, 1)
            trailers.name_tail(builder, at + 1)
            return
        if block[0] == 0x2C and len(block) >= 10:
            builder.tally("frames")
            table = 3 << ((block[9] & 7) + 1) if block[9] & 0x80 else 0
            at, _ = _sub_blocks(builder, at + 10 + table + 1, 0)
        elif block[0] == 0x21 and len(block) >= 3:
            label = block[1]
            start = at
            at, words = _sub_blocks(builder, at + 2, 256)
            _gif_extension(builder, label, start, at, words)
        else:
            builder.fault("lost_sync", at, "no block where one must begin")
            return
    builder.fault("truncated", at, "the picture has no trailer")


def _gif_extension(builder: TreeBuilder, label: int, start: int, end: int, words: bytes) -> None:
    if label == 0xF9:
        return
    if label == 0xFE:
        builder.say(builder.texts, "comment", builder.text(words, "latin-1"))
        builder.node("comment", start, end - start)
    elif label == 0xFF:
        name = builder.text(words[:11], "latin-1")
        builder.node("application", start, end - start, (("id", name),))
        if words[:11] == b"XMP DataXMP":
            xmp.read_xmp(builder, "xmp", builder.read(start + 14, min(end - start, _TEXT_BYTES)))


def _sub_blocks(builder: TreeBuilder, at: int, keep_bytes: int) -> tuple[int, bytes]:
    """Skip a chain of sub-blocks; gives where it ends and its first bytes."""
    kept = bytearray()
    while at < builder.size:
        size = builder.read(at, 1)[0]
        if size == 0:
            return at + 1, bytes(kept)
        if len(kept) < keep_bytes:
            kept += builder.read(at + 1, size)
        at += 1 + size
    return builder.size, bytes(kept)
