"""Matroska and WebM: the EBML element tree (RFC 8794 §4, §5, §6.2; RFC 9559 for the elements).

Clusters are counted and skipped; the first one is opened to see how blocks are written. Elements of unknown
size (live writers) end where an element of their own or a higher level begins (RFC 8794 §6.2).
"""

from __future__ import annotations

import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from witnessmark.ground.container import times, trailers
from witnessmark.ground.container.build import TreeBuilder
from witnessmark.ground.container.tree import DeclaredTime, DeclaredTrack

Fields = tuple[tuple[str, str | int], ...]

_NAMES = {
    0x1A45DFA3: "EBML", 0x4286: "EBMLVersion", 0x4282: "DocType", 0x4287: "DocTypeVersion",
    0x4285: "DocTypeReadVersion", 0x18538067: "Segment", 0x114D9B74: "SeekHead", 0x4DBB: "Seek",
    0xEC: "Void", 0xBF: "CRC-32", 0x1549A966: "Info", 0x2AD7B1: "TimestampScale", 0x4489: "Duration",
    0x4461: "DateUTC", 0x7BA9: "Title", 0x4D80: "MuxingApp", 0x5741: "WritingApp", 0x73A4: "SegmentUUID",
    0x1654AE6B: "Tracks", 0xAE: "TrackEntry", 0xD7: "TrackNumber", 0x73C5: "TrackUID", 0x83: "TrackType",
    0x86: "CodecID", 0x63A2: "CodecPrivate", 0x536E: "Name", 0x22B59C: "Language",
    0x23E383: "DefaultDuration",
    0xE0: "Video", 0xB0: "PixelWidth", 0xBA: "PixelHeight", 0xE1: "Audio", 0xB5: "SamplingFrequency",
    0x9F: "Channels", 0x1F43B675: "Cluster", 0xE7: "Timestamp", 0xA3: "SimpleBlock", 0xA0: "BlockGroup",
    0x1C53BB6B: "Cues", 0x1254C367: "Tags", 0x7373: "Tag", 0x63C0: "Targets", 0x67C8: "SimpleTag",
    0x45A3: "TagName", 0x4487: "TagString", 0x1043A770: "Chapters", 0x1941A469: "Attachments",
    0x61A7: "AttachedFile", 0x466E: "FileName", 0x55B0: "Colour",
}  # fmt: skip
"""RFC 9559 §5: the elements that tell something about writer and content."""

_MASTERS = frozenset(
    {
        "EBML",
        "Segment",
        "SeekHead",
        "Info",
        "Tracks",
        "TrackEntry",
        "Video",
        "Audio",
        "Tags",
        "Tag",
        "SimpleTag",
    }
    | {"Attachments", "AttachedFile"}
)
_TOP = frozenset(
    {0x1A45DFA3, 0x18538067, 0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1C53BB6B, 0x1254C367}
    | {0x1043A770, 0x1941A469}
)
_KINDS = {1: "video", 2: "audio", 17: "text"}
_TEXT_BYTES = 4096
_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
"""RFC 8794 §7.6: EBML dates count nanoseconds from the start of 2001, UTC."""
_DEFAULT_SCALE_NS = 1_000_000
_CLUSTERS_KEPT = 2


def walk(builder: TreeBuilder) -> None:
    _elements(builder, "", 0, builder.size, 1)
    scale = builder.counts.get("timestamp_scale_ns", _DEFAULT_SCALE_NS)
    if scale > 0:
        builder.timescale = 1_000_000_000 // scale


def _elements(
    builder: TreeBuilder, parent: str, start: int, end: int, depth: int, open_end: bool = False
) -> int:
    """Walk the children of one element; returns where it ended."""
    if depth > builder.limits.depth:
        builder.fault("depth", start, "elements nested too deeply")
        return end
    at = start
    seen: dict[str, int] = {}
    while at < end:
        head = builder.read(at, 12)
        number, id_width = _id(head)
        size, size_width = _vint(head[id_width:])
        if not id_width or not size_width:
            if parent:
                builder.fault("lost_sync", at, "no element where one must stand")
            elif at:
                trailers.name_tail(builder, at)
            return end
        if open_end and number in _TOP and parent.count("/") >= 1:
            return at
        name = _NAMES.get(number, f"0x{number:X}")
        if not parent and name not in ("EBML", "Segment", "Void", "CRC-32"):
            if at:
                trailers.name_tail(builder, at)
            return end
        body = at + id_width + size_width
        unknown = size is None
        stop = end if size is None else body + size
        if stop > end:
            builder.fault("size_beyond_parent" if parent else "truncated", at, f"{name} says {size} bytes")
            stop = end
        ordinal = seen.get(name, 0)
        seen[name] = ordinal + 1
        path = f"{parent}/{name}" if parent else name
        if ordinal or name == "TrackEntry":
            path += f"[{ordinal}]"
        if name == "Cluster":
            builder.tally("clusters")
            at = _cluster(builder, path, at, body, stop, ordinal, unknown)
            continue
        if name == "TrackEntry":
            builder.tracks.append(DeclaredTrack(len(builder.tracks), "unknown", ""))
        fields = _read(builder, path, name, body, stop - body)
        builder.node(path, at, stop - at, (("open", 1), *fields) if unknown else fields)
        if name in _MASTERS:
            reached = _elements(builder, path, body, stop, depth + 1, unknown)
            stop = reached if unknown else stop
        at = stop
    return at


def _cluster(
    builder: TreeBuilder, path: str, at: int, body: int, stop: int, ordinal: int, unknown: bool
) -> int:
    """Count one cluster; open the first ones to see SimpleBlock or BlockGroup."""
    if not unknown and ordinal >= _CLUSTERS_KEPT:
        return stop
    names: list[str] = []
    child = body
    while child < stop:
        head = builder.read(child, 12)
        number, id_width = _id(head)
        size, size_width = _vint(head[id_width:])
        if not id_width or not size_width or size is None:
            break
        if unknown and number in _TOP:
            break
        name = _NAMES.get(number, f"0x{number:X}")
        if name not in names and len(names) < 16:
            names.append(name)
        child += id_width + size_width + size
        if not unknown and len(names) >= 4:
            break
    if ordinal < _CLUSTERS_KEPT:
        builder.node(path, at, (child if unknown else stop) - at, (("holds", ",".join(names)),))
    if unknown:
        return min(max(child, body + 1), stop)
    return stop


def _read(builder: TreeBuilder, path: str, name: str, body: int, size: int) -> Fields:
    if name in ("MuxingApp", "WritingApp"):
        text = builder.text(builder.read(body, min(size, _TEXT_BYTES)))
        builder.say(builder.software, name, text)
        return (("text", text[:48]),)
    if name in ("DocType", "CodecID", "Name", "Language", "Title", "FileName"):
        return _text(builder, name, body, size)
    if name in (
        "TimestampScale",
        "DocTypeVersion",
        "DocTypeReadVersion",
        "TrackType",
        "PixelWidth",
        "PixelHeight",
    ):
        return _integer(builder, name, body, size)
    if name == "DefaultDuration" and builder.tracks and size <= 8:
        step = int.from_bytes(builder.read(body, size), "big")
        builder.tracks[-1] = replace(builder.tracks[-1], deltas=((0, step),), timescale=1_000_000_000)
        return ()
    if name == "CodecPrivate" and builder.tracks:
        builder.tracks[-1] = replace(builder.tracks[-1], extradata=builder.read(body, min(size, 65536)))
        return ()
    if name == "Duration" and size in (4, 8):
        ticks = struct.unpack(">f" if size == 4 else ">d", builder.read(body, size).ljust(size, b"\0"))[0]
        scale = builder.counts.get("timestamp_scale_ns", _DEFAULT_SCALE_NS)
        if 0 < ticks < 2**53:
            builder.duration = Fraction(round(ticks * scale), 1_000_000_000)
        return ()
    if name == "DateUTC" and size == 8:
        nanoseconds = int.from_bytes(builder.read(body, 8), "big", signed=True)
        moment = _EPOCH + timedelta(microseconds=nanoseconds // 1000) if abs(nanoseconds) < 2**62 else None
        builder.times.append(DeclaredTime("Info.DateUTC", str(nanoseconds), moment, "utc_by_standard"))
        return ()
    if name == "SimpleTag":
        _tag(builder, body, size)
    return ()


def _text(builder: TreeBuilder, name: str, body: int, size: int) -> Fields:
    text = builder.text(builder.read(body, min(size, _TEXT_BYTES)))
    if name == "CodecID" and builder.tracks:
        builder.tracks[-1] = replace(builder.tracks[-1], codec=text)
    elif name == "Name" and builder.tracks:
        builder.tracks[-1] = replace(builder.tracks[-1], handler_name=text)
    if name in ("Name", "Title", "FileName"):
        builder.say(builder.texts, name, text)
        return ()
    return (("text", text),)


def _integer(builder: TreeBuilder, name: str, body: int, size: int) -> Fields:
    value = int.from_bytes(builder.read(body, min(size, 8)), "big")
    if name == "TimestampScale":
        builder.counts["timestamp_scale_ns"] = value
    elif builder.tracks:
        changes = {
            "TrackType": {"kind": _KINDS.get(value, str(value))},
            "PixelWidth": {"width_px": value},
            "PixelHeight": {"height_px": value},
        }.get(name, {})
        builder.tracks[-1] = replace(builder.tracks[-1], **changes)  # type: ignore[arg-type]
    return () if name.startswith("Pixel") else (("value", value),)


def _tag(builder: TreeBuilder, body: int, size: int) -> None:
    """Name and string of one tag: ENCODER, DATE_RECORDED, per-track encoder (RFC 9559 §5.1.8)."""
    data = builder.read(body, min(size, _TEXT_BYTES))
    found = {"TagName": "", "TagString": ""}
    at = 0
    while at < len(data):
        number, id_width = _id(data[at : at + 4])
        length, size_width = _vint(data[at + id_width : at + id_width + 8])
        if not id_width or not size_width or length is None:
            break
        at += id_width + size_width
        name = _NAMES.get(number, "")
        if name in found:
            found[name] = builder.text(data[at : at + length])
        at += length
    key, text = found["TagName"].upper(), found["TagString"]
    if "ENCODER" in key or key in ("HANDLER_NAME", "VENDOR_ID"):
        target = builder.software if "ENCODER" in key else builder.texts
        builder.say(target, f"Tag.{key}", text)
    elif key.startswith("DATE") or key in ("CREATION_TIME", "COM.APPLE.QUICKTIME.CREATIONDATE"):
        times.note_text(builder, f"Tag.{key}", text)
    elif key.endswith((".MAKE", ".MODEL")) or key in ("MAKE", "MODEL"):
        builder.say(builder.makes if key.endswith("MAKE") else builder.models, f"Tag.{key}", text)
    elif key != "DURATION" and not key.startswith(("BPS", "NUMBER_OF", "_STATISTICS")):
        builder.say(builder.texts, f"Tag.{key}", text)


def _id(data: bytes) -> tuple[int, int]:
    """Element id with its marker bits, and its width; width 0 when there is none."""
    if not data or not data[0] & 0xF0:
        return 0, 0
    width = 5 - (data[0] >> 4).bit_length()
    return int.from_bytes(data[:width], "big"), width if len(data) >= width else 0


def _vint(data: bytes) -> tuple[int | None, int]:
    """Element size and its width; None when all bits are set: unknown."""
    if not data or not data[0]:
        return 0, 0
    width = 9 - data[0].bit_length()
    if len(data) < width:
        return 0, 0
    value = int.from_bytes(data[:width], "big") & ((1 << (7 * width)) - 1)
    return (None if value == (1 << (7 * width)) - 1 else value), width
