"""What the leaves of the box tree say: brands, times, handlers, sample descriptions, tables.

Returns to the tree only *layout* fields (they become tokens that tell writers apart); what describes the
content (dates, places, durations) goes to the builder's statements. ISO/IEC 14496-12 section numbers stand
with each box.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from witnessmark.ground.container import credentials_store, isobmff_texts, times, xmp
from witnessmark.ground.container.build import TreeBuilder
from witnessmark.ground.container.tree import ByteSpan, DeclaredTrack

Fields = tuple[tuple[str, str | int], ...]

_TEXT_BYTES = 64 * 1024
"""Largest text or metadata box read whole (an XMP packet in a box is commonly 2 to 20 KiB)."""
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
"""XMP specification part 3, §1.1.4 (MPEG-4)."""
_C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""C2PA 2.1 §A.5.1 (BMFF)."""
_RUNS_KEPT = 4096
_EXTRADATA_BYTES = 64 * 1024


def read_fields(builder: TreeBuilder, path: str, name: bytes, body: int, length: int) -> Fields:
    """Layout fields of one box; statements go to the builder. Unknown boxes have none."""
    if name == b"trak":
        builder.tracks.append(DeclaredTrack(len(builder.tracks), "unknown", ""))
        return ()
    reader = _READERS.get(name)
    if reader is not None:
        return reader(builder, path, body, length)
    return isobmff_texts.read_text_box(builder, path, name, body, length)


def _track(builder: TreeBuilder, path: str, **changes: object) -> None:
    """Change the newest track, when the box lies in one."""
    if "trak[" in path and builder.tracks:
        builder.tracks[-1] = replace(builder.tracks[-1], **changes)  # type: ignore[arg-type]


def _track_name(builder: TreeBuilder, path: str) -> str:
    return f"trak[{builder.tracks[-1].index}]." if "trak[" in path and builder.tracks else ""


def _ftyp(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    """§4.3: major brand, minor version, compatible brands (order kept: writers have their own)."""
    data = builder.read(body, min(length, 264))
    major = _four(data[:4])
    brands = ",".join(_four(data[at : at + 4]) for at in range(8, len(data) - 3, 4))
    builder.say(builder.texts, f"{path}.brands", f"{major} {brands}")
    return (("major", major), ("minor", int.from_bytes(data[4:8], "big")), ("compatible", brands))


def _mvhd(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    """§8.2.2. The movie's clock, its length and two dates (seconds since 1904, UTC by the standard)."""
    data = builder.read(body, min(length, 112))
    wide = bool(data) and data[0] == 1
    if len(data) < (32 if wide else 20):
        builder.fault("truncated", body, "the movie header is too short")
        return ()
    created, modified, scale, ticks = _times_part(data, wide)
    times.note_1904(builder, f"{path}.created", created, "created")
    times.note_1904(builder, f"{path}.modified", modified, "modified")
    if "moov/mvhd" in path and not builder.timescale:
        builder.timescale = scale
        if scale and ticks not in (0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF):
            builder.duration = Fraction(ticks, scale)
    tail = data[32 if wide else 20 :]
    extra: Fields = ()
    if len(tail) >= 80:
        extra = (("preview", int(any(tail[52:76]))), ("volume", int.from_bytes(tail[4:6], "big")))
    return (("version", data[0]), ("timescale", scale), ("dated", int(bool(created))), *extra)


def _tkhd(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    """§8.3.2. Flags, size and orientation of a track, and two dates."""
    data = builder.read(body, min(length, 104))
    wide = bool(data) and data[0] == 1
    at = 36 if wide else 24
    if len(data) < at + 60:
        builder.fault("truncated", body, "a track header is too short")
        return ()
    width = 8 if wide else 4
    created = int.from_bytes(data[4 : 4 + width], "big")
    modified = int.from_bytes(data[4 + width : 4 + 2 * width], "big")
    times.note_1904(builder, f"{_track_name(builder, path)}tkhd.created", created, "created")
    times.note_1904(builder, f"{_track_name(builder, path)}tkhd.modified", modified, "modified")
    size = data[at + 52 : at + 60]
    _track(
        builder,
        path,
        width_px=int.from_bytes(size[:4], "big") >> 16,
        height_px=int.from_bytes(size[4:], "big") >> 16,
    )
    return (
        ("version", data[0]),
        ("flags", int.from_bytes(data[1:4], "big")),
        ("layer", int.from_bytes(data[at + 8 : at + 10], "big", signed=True)),
        ("group", int.from_bytes(data[at + 10 : at + 12], "big")),
    )


def _mdhd(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    """§8.4.2. The track's own clock, its length, language and two dates."""
    data = builder.read(body, min(length, 36))
    wide = bool(data) and data[0] == 1
    if len(data) < (36 if wide else 24):
        builder.fault("truncated", body, "a media header is too short")
        return ()
    created, modified, scale, ticks = _times_part(data, wide)
    times.note_1904(builder, f"{_track_name(builder, path)}mdhd.created", created, "created")
    times.note_1904(builder, f"{_track_name(builder, path)}mdhd.modified", modified, "modified")
    code = int.from_bytes(data[32 if wide else 20 :][:2], "big")
    language = _language(code)
    _track(builder, path, timescale=scale, duration_ticks=ticks, language=language)
    return (("version", data[0]), ("timescale", scale), ("language", language))


def _times_part(data: bytes, wide: bool) -> tuple[int, int, int, int]:
    if wide:
        return (
            int.from_bytes(data[4:12], "big"),
            int.from_bytes(data[12:20], "big"),
            int.from_bytes(data[20:24], "big"),
            int.from_bytes(data[24:32], "big"),
        )
    return (
        int.from_bytes(data[4:8], "big"),
        int.from_bytes(data[8:12], "big"),
        int.from_bytes(data[12:16], "big"),
        int.from_bytes(data[16:20], "big"),
    )


_HANDLERS = {"vide": "video", "soun": "audio", "sbtl": "text", "text": "text", "subt": "text", "hint": "hint"}


def _hdlr(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    """§8.4.3. Handler type and name (a Pascal string in QuickTime, C string in ISO files)."""
    data = builder.read(body, min(length, 512))
    component, kind, maker, raw = data[4:8], _four(data[8:12]), _four(data[12:16]), data[24:]
    name = builder.text(raw[1 : 1 + raw[0]] if raw and raw[0] == len(raw) - 1 and raw[0] else raw)
    if "mdia/" in path and not path.endswith("minf/hdlr"):
        _track(builder, path, kind=_HANDLERS.get(kind, kind), handler_name=name)
    if name:
        builder.say(builder.texts, f"{_track_name(builder, path)}{path.rsplit('/', 2)[-2]}.hdlr.name", name)
    return (("component", _four(component)), ("type", kind), ("maker", maker), ("name", name))


def read_entry(
    builder: TreeBuilder, path: str, label: str, at: int, size: int, head: bytes
) -> tuple[int, Fields]:
    """One sample description: offset of its inner boxes (0 = none), and layout fields."""
    kind = builder.tracks[-1].kind if builder.tracks else ""
    _track(builder, path, codec=label)
    if kind == "video" and size >= 86:
        data = builder.read(at, 86)
        compressor = builder.text(data[51 : 51 + min(data[50], 31)])
        _track(builder, path, compressor=compressor)
        if compressor:
            builder.say(builder.texts, f"{_track_name(builder, path)}stsd.compressor", compressor)
        return 86, (
            ("vendor", _four(data[20:24])),
            ("depth", int.from_bytes(data[82:84], "big")),
            ("compressor", compressor),
        )
    if kind == "audio" and size >= 36:
        version = int.from_bytes(head[16:18], "big")
        fixed = {0: 36, 1: 52, 2: 72}.get(version, 36)
        return fixed, (("version", version), ("vendor", _four(head[20:24])))
    return 0, ()


def _config(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    """Decoder configuration (ISO/IEC 14496-15 §5.3.3, §8.3.3): kept for the parameter sets and SEI in it."""
    _track(builder, path, extradata=builder.read(body, min(length, _EXTRADATA_BYTES)))
    return ()


def _stts(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    """§8.6.1.2. Decode durations, run by run."""
    count, data = _table(builder, body, length, 8)
    runs = tuple(
        (int.from_bytes(data[n : n + 4], "big"), int.from_bytes(data[n + 4 : n + 8], "big"))
        for n in range(0, min(len(data), 8 * _RUNS_KEPT) - 7, 8)
    )
    samples = sum(int.from_bytes(data[n : n + 4], "big") for n in range(0, len(data) - 7, 8))
    _track(builder, path, deltas=runs, samples=samples)
    return (("runs", min(count, 3)),)


def _stsz(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    """§8.7.3. Only the count and whether sizes are constant."""
    data = builder.read(body, 12)
    if len(data) < 12:
        return ()
    constant, count = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:12], "big")
    if not constant and 12 + 4 * count > length:
        builder.fault("bad_table", body, f"{count} sample sizes do not fit in {length} bytes")
    if builder.tracks and not builder.tracks[-1].samples:
        _track(builder, path, samples=count)
    return (("constant", int(bool(constant))),)


def _stco(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    """§8.7.5. Chunk offsets: how many, and that they lie in the file."""
    return _chunks(builder, path, body, length, 4)


def _co64(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    return _chunks(builder, path, body, length, 8)


def _chunks(builder: TreeBuilder, path: str, body: int, length: int, width: int) -> Fields:
    count, data = _table(builder, body, length, width)
    beyond = 0
    first: int | None = None
    for at in range(0, len(data) - width + 1, width):
        offset = int.from_bytes(data[at : at + width], "big")
        first = offset if first is None else first
        beyond += offset >= builder.size
    if beyond:
        builder.fault("chunk_beyond_end", body, f"{beyond} of {count} chunk offsets lie beyond the file")
        builder.tally("chunks_beyond_end", beyond)
    _track(builder, path, chunks=count, first_chunk_offset=first)
    return ()


def _ctts(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    data = builder.read(body, 8)
    _table(builder, body, length, 8)
    return (("version", data[0] if data else 0),)


def _elst(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    """§8.6.6. Edits as (duration, media time); media time -1 is an empty edit."""
    version = builder.read(body, 1)
    wide = version == b"\x01"
    width = 20 if wide else 12
    count, data = _table(builder, body, length, width)
    half = 8 if wide else 4
    edits = tuple(
        (
            int.from_bytes(data[n : n + half], "big"),
            int.from_bytes(data[n + half : n + 2 * half], "big", signed=True),
        )
        for n in range(0, min(len(data), width * 64) - width + 1, width)
    )
    _track(builder, path, edits=edits)
    return (("version", int(wide)), ("edits", min(count, 3)))


def _table(builder: TreeBuilder, body: int, length: int, width: int) -> tuple[int, bytes]:
    """Declared entries and the bytes of those that are there, at most ``table_entries`` of them."""
    count = int.from_bytes(builder.read(body + 4, 4), "big") if length >= 8 else 0
    fits = max(0, (length - 8) // width)
    if count > fits:
        builder.fault("bad_table", body, f"a table says {count} entries where {fits} fit")
    taken = min(count, fits, builder.limits.table_entries)
    if taken < min(count, fits):
        builder.fault("table_limit", body, f"{taken} of {count} table entries were read")
    return count, builder.read(body + 8, taken * width)


def _uuid(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    """§11.1: user extensions. XMP and C2PA are read, others named by their first bytes."""
    name = builder.read(body, 16)
    if name == _XMP_UUID:
        xmp.read_xmp(builder, path, builder.read(body + 16, min(length - 16, _TEXT_BYTES)))
        return (("id", "xmp"),)
    if name == _C2PA_UUID:
        credentials_store.note(builder, f"{path}.c2pa", body, length)
        return (("id", "c2pa"),)
    return (("id", name.hex()),)


def _xmp(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    xmp.read_xmp(builder, path, builder.read(body, min(length, _TEXT_BYTES)))
    return ()


def _flags(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    data = builder.read(body, 4)
    return (("flags", int.from_bytes(data[1:4], "big")),) if len(data) == 4 else ()


def _free(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    """Free space is read a little: muxers sign there (GPAC), recorders hide their own data there."""
    head = builder.read(body, min(length, 96))
    words = builder.text(head)
    if len(words) >= 8 and words.isascii() and " " in words:
        builder.say(builder.software, f"{path}.text", words)
        return (("text", words[:48]),)
    return (("zero", int(not any(head))),) if head else ()


def _mpvd(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    builder.payloads.append(ByteSpan(body, length, "motion-photo movie in its own box"))
    return ()


def _keys(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    """QuickTime "Metadata Item Keys": the names that ``ilst`` refers to by number from 1."""
    data = builder.read(body, min(length, _TEXT_BYTES))
    names: list[str] = []
    at = 8
    for _ in range(min(int.from_bytes(data[4:8], "big"), 512)):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8 or at + size > len(data):
            builder.fault("bad_table", body + at, "a metadata key does not fit its box")
            break
        names.append(builder.text(data[at + 8 : at + size]))
        at += size
    builder.keys[path.rsplit("/", 1)[0]] = names
    return tuple((f"key{n}", name) for n, name in enumerate(names[:64], 1))


def _remember(builder: TreeBuilder, path: str, body: int, length: int) -> Fields:
    """Item tables of HEIF are read after the walk, when both are known (isobmff_items)."""
    return ()


_READERS: dict[bytes, Callable[[TreeBuilder, str, int, int], Fields]] = {
    b"ftyp": _ftyp,
    b"styp": _ftyp,
    b"mvhd": _mvhd,
    b"tkhd": _tkhd,
    b"mdhd": _mdhd,
    b"hdlr": _hdlr,
    b"stts": _stts,
    b"stsz": _stsz,
    b"stco": _stco,
    b"co64": _co64,
    b"ctts": _ctts,
    b"elst": _elst,
    b"uuid": _uuid,
    b"XMP_": _xmp,
    b"vmhd": _flags,
    b"url ": _flags,
    b"free": _free,
    b"skip": _free,
    b"mpvd": _mpvd,
    b"keys": _keys,
    b"iloc": _remember,
    b"iinf": _remember,
    b"avcC": _config,
    b"hvcC": _config,
}


def _four(data: bytes) -> str:
    """Four letters as they stand; unprintable ones in hex."""
    if all(32 <= byte < 127 or byte == 0xA9 for byte in data):
        return data.decode("latin-1")
    return data.hex()


def _language(code: int) -> str:
    """§8.4.2.3: three packed letters; QuickTime's own codes are small numbers."""
    if code < 0x400 or code == 0x7FFF:
        return str(code)
    return "".join(chr(0x60 + ((code >> shift) & 31)) for shift in (10, 5, 0))
