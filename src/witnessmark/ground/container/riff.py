"""AVI, WAV and WebP: the RIFF chunk tree (Microsoft/IBM Multimedia Programming Interface 1.0; OpenDML AVI
1.02; EBU Tech 3285 for ``bext``; WebP container specification).

Frames inside ``movi`` are counted by the index and not walked: their headers are as many as frames.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from witnessmark.ground.container import credentials_store, exif, times, trailers, xmp
from witnessmark.ground.container.build import TreeBuilder
from witnessmark.ground.container.tree import DeclaredTrack

Fields = tuple[tuple[str, str | int], ...]

_LISTS = (b"RIFF", b"LIST", b"RF64", b"BW64", b"RIFX")
_MOVI_KEPT = 16
"""Chunks of ``movi`` looked at: enough to see whether frames are grouped in ``rec`` lists."""
_TEXT_BYTES = 64 * 1024

_INFO = {
    "ISFT": "software",
    "IDIT": "created",
    "ICRD": "created",
    "IMAK": "make",
    "IMOD": "model",
    "ITCH": "text",
    "IART": "text",
    "INAM": "text",
    "ICMT": "text",
    "IENG": "text",
    "ISRC": "text",
    "ICOP": "text",
}
"""RIFF INFO items (MCI 1.0 §2, "INFO list chunk"); IDIT is the digitisation time of cameras."""


def walk(builder: TreeBuilder) -> None:
    """Every RIFF of the file (OpenDML continues in ``AVIX`` lists), then what lies behind the last."""
    at, ordinal = 0, 0
    while at < builder.size:
        head = builder.read(at, 12)
        form = head[8:12].decode("latin-1").strip()
        if head[:4] not in _LISTS or head[:4] == b"LIST" or (ordinal and form not in ("AVIX",)):
            if not at:
                builder.fault("not_this_format", 0, "the file does not begin with a RIFF chunk")
            else:
                trailers.name_tail(builder, at)
            return
        size = int.from_bytes(head[4:8], "little")
        if size in (0, 0xFFFFFFFF):  # RF64 keeps the size elsewhere; writers to a pipe never learn it
            builder.tally("open_size")
            end = builder.size
        else:
            end = at + 8 + size
        if end > builder.size:
            builder.fault("truncated", at, f"the RIFF says {size} bytes, {builder.size - at - 8} are there")
            end = builder.size
        path = f"RIFF:{form}" + (f"[{ordinal}]" if ordinal else "")
        builder.node(path, at, end - at)
        _chunks(builder, path, at + 12, end, 2)
        ordinal += 1
        at = end + (size & 1 if end < builder.size else 0)


def _chunks(builder: TreeBuilder, parent: str, start: int, end: int, depth: int) -> None:
    if depth > builder.limits.depth:
        builder.fault("depth", start, "lists nested too deeply")
        return
    at, kept = start, 0
    seen: dict[str, int] = {}
    in_movi = parent.endswith("LIST:movi")
    while at + 8 <= end:
        head = builder.read(at, 12)
        name, size = head[:4], int.from_bytes(head[4:8], "little")
        body = at + 8
        if not all(32 <= byte < 127 for byte in name):
            builder.fault("lost_sync", at, "no chunk name where one must stand")
            return
        if body + size > end:
            if size != 0xFFFFFFFF:
                builder.fault("size_beyond_parent", at, f"chunk {_label(name)} says {size} bytes")
            size = end - body
        listed = name == b"LIST"
        label = f"LIST:{_label(head[8:12])}" if listed else _label(name)
        ordinal = seen.get(label, 0)
        seen[label] = ordinal + 1
        numbered = ordinal or label == "LIST:strl"
        path = f"{parent}/{label}[{ordinal}]" if numbered else f"{parent}/{label}"
        kept += 1
        if in_movi and kept > _MOVI_KEPT:
            return
        fields = () if listed else _read(builder, path, name, body, size)
        builder.node(path, at, size + 8, fields)
        if label == "LIST:strl":
            builder.tracks.append(DeclaredTrack(len(builder.tracks), "unknown", ""))
        if listed and size >= 4:
            _chunks(builder, path, body + 4, body + size, depth + 1)
        at = body + size + (size & 1)
    if end - at > 1 and any(builder.read(at, end - at)):
        builder.fault("trailing_garbage", at, f"{end - at} bytes too few for a chunk")


def _read(builder: TreeBuilder, path: str, name: bytes, body: int, size: int) -> Fields:
    label = _label(name)
    if label in _INFO:
        return _info(builder, path, label, builder.text(builder.read(body, min(size, 1024)), "latin-1"))
    reader = _READERS.get(name)
    return reader(builder, path, body, size) if reader else ()


def _info(builder: TreeBuilder, path: str, label: str, text: str) -> Fields:
    what = _INFO[label]
    field = f"{'hdrl' if 'LIST:hdrl' in path else 'INFO'}.{label}"
    if what == "created":
        times.note_text(builder, field, text)
        return ()
    target = {"software": builder.software, "make": builder.makes, "model": builder.models}
    builder.say(target.get(what, builder.texts), field, text)
    return (("text", text[:48]),) if what in target else ()


def _avih(builder: TreeBuilder, path: str, body: int, size: int) -> Fields:
    """OpenDML §3: main header. Micro-seconds per frame, frames, flags."""
    data = builder.read(body, min(size, 56))
    if len(data) < 40:
        builder.fault("truncated", body, "the AVI header is too short")
        return ()
    step_us, frames = _u32(data, 0), _u32(data, 16)
    builder.counts["avih_frames"] = frames
    if step_us and frames:
        builder.duration = Fraction(step_us * frames, 1_000_000)
    return (
        ("flags", _u32(data, 12)),
        ("padding", _u32(data, 8)),
        ("suggested_buffer", int(bool(_u32(data, 28)))),
    )


def _strh(builder: TreeBuilder, path: str, body: int, size: int) -> Fields:
    """Stream header: medium, codec handler, clock as scale and rate, length in its own units."""
    data = builder.read(body, min(size, 56))
    if len(data) < 36 or not builder.tracks:
        builder.fault("truncated", body, "a stream header is too short")
        return ()
    kind = {b"vids": "video", b"auds": "audio", b"txts": "text"}.get(data[:4], _label(data[:4]))
    scale, rate, length = _u32(data, 20), _u32(data, 24), _u32(data, 32)
    builder.tracks[-1] = replace(
        builder.tracks[-1],
        kind=kind,
        codec=_label(data[4:8]),
        timescale=rate,
        duration_ticks=length * scale,
        samples=length,
        deltas=((length, scale),),
    )
    return (("type", kind), ("handler", _label(data[4:8])), ("scale", scale), ("flags", _u32(data, 8)))


def _strf(builder: TreeBuilder, path: str, body: int, size: int) -> Fields:
    """BITMAPINFOHEADER or WAVEFORMATEX, by the stream header before it."""
    data = builder.read(body, min(size, 64))
    if not builder.tracks or len(data) < 14:
        return ()
    track = builder.tracks[-1]
    if track.kind == "video" and len(data) >= 20:
        codec = _label(data[16:20])
        builder.tracks[-1] = replace(
            track, codec=codec, width_px=_u32(data, 4) & 0xFFFFFF, height_px=_u32(data, 8) & 0xFFFFFF
        )
        return (("codec", codec), ("depth", data[14]), ("size", size))
    if track.kind == "audio":
        builder.tracks[-1] = replace(track, codec=f"0x{int.from_bytes(data[:2], 'little'):04x}")
        return (("format", int.from_bytes(data[:2], "little")), ("size", size))
    return ()


def _strn(builder: TreeBuilder, path: str, body: int, size: int) -> Fields:
    builder.say(builder.texts, "strn", builder.text(builder.read(body, min(size, 256)), "latin-1"))
    return ()


def _junk(builder: TreeBuilder, path: str, body: int, size: int) -> Fields:
    """Filler. Its size and first words are a writer's habit: Lavf leaves ``odmldmlh`` for an index."""
    head = builder.read(body, min(size, 64))
    words = builder.text(head, "latin-1")
    fields: Fields = (("size", size),) if size in (260, 4120) or "strl" in path else ()
    if head[:8] == b"odmldmlh":
        return (("reserve", "odmldmlh"), *fields)
    if len(words) >= 4 and words.isascii() and head[:4].isalnum():
        builder.say(builder.texts, f"{path.rsplit('/', 1)[-1]}.text", words)
        return (("text", words[:24]), *fields)
    return fields


def _idx1(builder: TreeBuilder, path: str, body: int, size: int) -> Fields:
    """Index: chunks per stream (first two digits of the name)."""
    entries = min(size // 16, builder.limits.table_entries)
    data = builder.read(body, entries * 16)
    for at in range(0, len(data) - 15, 16):
        name = data[at : at + 2]
        builder.tally(f"idx1_{name.decode('latin-1')}" if name.isdigit() else "idx1_other")
    if size // 16 > entries:
        builder.fault("table_limit", body, f"{entries} of {size // 16} index entries were read")
    offset = _u32(data, 8) if len(data) >= 16 else 0
    return (("relative", int(offset < 16)),)


def _fmt(builder: TreeBuilder, path: str, body: int, size: int) -> Fields:
    data = builder.read(body, min(size, 40))
    if len(data) < 16:
        builder.fault("truncated", body, "the WAVE format chunk is too short")
        return ()
    code, rate = int.from_bytes(data[:2], "little"), _u32(data, 4)
    builder.timescale = rate
    builder.tracks.append(DeclaredTrack(0, "audio", f"0x{code:04x}", timescale=rate))
    builder.counts["bytes_per_second"] = _u32(data, 8)
    return (("format", code), ("size", size), ("bits", int.from_bytes(data[14:16], "little")))


def _data(builder: TreeBuilder, path: str, body: int, size: int) -> Fields:
    per_second = builder.counts.get("bytes_per_second", 0)
    if per_second and "RIFF:WAVE" in path:
        builder.duration = Fraction(size, per_second)
    return ()


def _bext(builder: TreeBuilder, path: str, body: int, size: int) -> Fields:
    """EBU Tech 3285 §2.3: who recorded, when, and the coding history."""
    data = builder.read(body, min(size, 4096))
    builder.say(builder.texts, "bext.Description", builder.text(data[:256], "latin-1"))
    builder.say(builder.software, "bext.Originator", builder.text(data[256:288], "latin-1"))
    day, clock = builder.text(data[320:330], "latin-1"), builder.text(data[330:338], "latin-1")
    times.note_text(builder, "bext.OriginationDate", f"{day} {clock.replace('-', ':')}")
    builder.say(builder.texts, "bext.CodingHistory", builder.text(data[602:], "latin-1"))
    return ()


def _exif(builder: TreeBuilder, path: str, body: int, size: int) -> Fields:
    data = builder.read(body, min(size, _TEXT_BYTES))
    exif.read_exif(builder, data[6:] if data[:4] == b"Exif" else data, "exif")
    return ()


def _xmp(builder: TreeBuilder, path: str, body: int, size: int) -> Fields:
    xmp.read_xmp(builder, "xmp", builder.read(body, min(size, _TEXT_BYTES)))
    return ()


def _c2pa(builder: TreeBuilder, path: str, body: int, size: int) -> Fields:
    credentials_store.note(builder, path, body, size)
    return ()


_READERS: dict[bytes, Callable[[TreeBuilder, str, int, int], Fields]] = {
    b"avih": _avih,
    b"strh": _strh,
    b"strf": _strf,
    b"strn": _strn,
    b"JUNK": _junk,
    b"idx1": _idx1,
    b"fmt ": _fmt,
    b"data": _data,
    b"bext": _bext,
    b"EXIF": _exif,
    b"XMP ": _xmp,
    b"_PMX": _xmp,
    b"C2PA": _c2pa,
}


def _label(name: bytes) -> str:
    return "".join(
        chr(byte) if 33 <= byte < 127 and byte not in b"/[]@=%" else f"%{byte:02x}" for byte in name
    )


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")
