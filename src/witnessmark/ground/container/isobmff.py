"""MP4, MOV, 3GP, M4A and HEIC: the box tree (ISO/IEC 14496-12 §4.2; QuickTime File Format, "Atoms").

Walks boxes under bounds on depth, count and bytes read; ``isobmff_fields`` reads what is inside the leaves.
Sizes of zero (to the end), 64-bit sizes, sizes smaller than their header and sizes beyond the parent are all
told apart and none of them is followed blindly.
"""

from __future__ import annotations

from witnessmark.ground.container import isobmff_fields, isobmff_items, trailers
from witnessmark.ground.container.build import TreeBuilder

_PARENTS = frozenset(
    b"moov trak mdia minf stbl dinf edts udta mvex moof traf mfra meta ilst iprp ipco gmhd tapt sinf schi "
    b"clip matt mpvd".split()
)
"""Boxes that hold boxes (ISO/IEC 14496-12 Table 1; QuickTime; ``mpvd``: Motion Photo format 1.0)."""

_COUNTED = frozenset({"trak", "moof", "traf"})
"""Repeating boxes that always carry their index, so that a path names one track for good."""

_KNOWN_TOP = frozenset(
    b"ftyp moov mdat free skip wide uuid meta moof mfra sidx ssix styp pdin prft emsg udta pnot PICT junk "
    b"mpvd idat jp2c bloc".split()
)
"""Types that may stand at the top (ISO/IEC 14496-12 Table 1, QuickTime). Others are kept as unknown boxes."""

_FRAGMENTS_KEPT = 64
"""Movie fragments whose boxes are kept; an hour of fragments repeats itself. The rest are counted."""


def walk(builder: TreeBuilder) -> None:
    """Fill the builder with the boxes of the whole file."""
    _boxes(builder, "", 0, builder.size, 1)
    isobmff_items.read_items(builder)


def _boxes(builder: TreeBuilder, parent: str, start: int, end: int, depth: int) -> None:
    """Walk the boxes of one parent; ``start`` and ``end`` bound its payload in file offsets."""
    if depth > builder.limits.depth:
        builder.fault("depth", start, f"boxes nested deeper than {builder.limits.depth}")
        return
    seen: dict[str, int] = {}
    at = start
    while at < end:
        if end - at < 8:
            _left_over(builder, parent, at, end)
            return
        head = builder.read(at, 16)
        size, name, header = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == 0 and parent.rsplit("/", 1)[-1] == "udta":
            return  # QuickTime closes a list of user data with 32 zero bits.
        if size == 1 and len(head) == 16:
            size, header = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:
            size = end - at
            if parent:
                builder.fault("size_zero", at, "a box inside another says that it runs to the end")
        if not parent and _is_foreign(builder, name, size, header, at, end):
            return
        if size < header:
            builder.fault("size_too_small", at, f"a box of {size} bytes is smaller than its header")
            if not parent:
                trailers.name_tail(builder, at)
            return
        if at + size > end:
            code = "size_beyond_parent" if parent else "truncated"
            builder.fault(code, at, f"box {_label(name)} says {size} bytes, {end - at} are there")
            size = end - at
        label = _label(name)
        ordinal = seen.get(label, 0)
        seen[label] = ordinal + 1
        step = f"{label}[{ordinal}]" if ordinal or label in _COUNTED else label
        path = f"{parent}/{step}" if parent else step
        if label == "moof" and not parent and ordinal >= _FRAGMENTS_KEPT:
            builder.tally("moof_not_kept")
        else:
            _one(builder, path, name, at, header, size, depth)
        at += size


def _one(builder: TreeBuilder, path: str, name: bytes, at: int, header: int, size: int, depth: int) -> None:
    body, end = at + header, at + size
    fields: tuple[tuple[str, str | int], ...] = isobmff_fields.read_fields(
        builder, path, name, body, end - body
    )
    if header == 16 and name == b"mdat":
        fields = (("size_field", 64), *fields)
    if name in (b"free", b"skip", b"wide"):
        fields = (("small", size), *fields) if size <= 16 else fields
    builder.node(path, at, size, fields)
    if name in _PARENTS:
        _boxes(builder, path, body + _inner_offset(builder, name, body, end), end, depth + 1)
    elif name == b"stsd":
        _entries(builder, path, body, end, depth)


def _inner_offset(builder: TreeBuilder, name: bytes, body: int, end: int) -> int:
    """``meta`` is a full box in ISO files and a plain one in QuickTime: look where its handler begins."""
    if name != b"meta":
        return 0
    peek = builder.read(body, 12)
    return 0 if peek[4:8] in (b"hdlr", b"keys", b"ilst") else min(4, end - body)


def _entries(builder: TreeBuilder, path: str, body: int, end: int, depth: int) -> None:
    """Sample descriptions: fixed part by medium, then boxes (ISO/IEC 14496-12 §8.5.2, §12.1.3, §12.2.3)."""
    count = int.from_bytes(builder.read(body + 4, 4), "big")
    at = body + 8
    for ordinal in range(min(count, 16)):
        head = builder.read(at, 36)
        if len(head) < 16 or at + 16 > end:
            builder.fault("bad_table", at, "a sample description lies beyond its box")
            return
        size = int.from_bytes(head[:4], "big")
        if size < 16 or at + size > end:
            builder.fault("size_beyond_parent", at, f"a sample description of {size} bytes does not fit")
            return
        label = _label(head[4:8])
        entry = f"{path}/{label}[{ordinal}]" if ordinal else f"{path}/{label}"
        fixed, fields = isobmff_fields.read_entry(builder, path, label, at, size, head)
        builder.node(entry, at, size, fields)
        if fixed and at + fixed < at + size - 7:
            _boxes(builder, entry, at + fixed, at + size, depth + 2)
        at += size


def _is_foreign(builder: TreeBuilder, name: bytes, size: int, header: int, at: int, end: int) -> bool:
    """At the top: does something begin here that is no box? Then name it and stop.

    A foreign tail shows by a type that is no four printable letters, or by an unknown type whose size
    does not fit. A known type that does not fit is a truncated box instead.
    """
    printable = all(32 <= byte < 127 or byte == 0xA9 for byte in name)
    if name in _KNOWN_TOP and printable:
        if name == b"ftyp" and at and builder.counts.get("boxes_top_ftyp"):
            trailers.name_tail(builder, at)
            return True
        if name == b"ftyp":
            builder.tally("boxes_top_ftyp")
        return False
    if printable and header <= size <= end - at:
        return False
    if at == 0:
        builder.fault("not_this_format", 0, "the file does not begin with a box")
        return True
    trailers.name_tail(builder, at)
    return True


def _left_over(builder: TreeBuilder, parent: str, at: int, end: int) -> None:
    rest = builder.read(at, end - at)
    if not parent:
        trailers.name_tail(builder, at)
    elif any(rest):
        builder.fault("trailing_garbage", at, f"{end - at} bytes after the last box of {parent}")


def _label(name: bytes) -> str:
    """Four letters as text; the copyright sign of QuickTime is Latin-1, other bytes become ``%xx``."""
    return "".join(
        chr(byte) if (33 <= byte < 127 and byte not in b"/[]@=%") or byte == 0xA9 else f"%{byte:02x}"
        for byte in name
    )
