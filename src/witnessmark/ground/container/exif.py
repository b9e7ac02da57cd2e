"""EXIF and TIFF: the essential fields (TIFF 6.0 §2; EXIF 2.32 §4.6; CIPA DC-007 for multi-picture files)."""

from __future__ import annotations

from collections.abc import Iterator

from witnessmark.ground.container import places, times, xmp
from witnessmark.ground.container.build import TreeBuilder

_ENTRIES = 512
"""Entries looked at in one directory; cameras write under a hundred."""
_TIFF_BYTES = 1 << 20

_MAKE, _MODEL, _SOFTWARE, _DATE, _EXIF_IFD, _GPS_IFD, _XMP = 0x10F, 0x110, 0x131, 0x132, 0x8769, 0x8825, 0x2BC
_ORIGINAL, _DIGITISED = 0x9003, 0x9004
_OFFSETS = {_DATE: 0x9010, _ORIGINAL: 0x9011, _DIGITISED: 0x9012}
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}

_Value = tuple[int, bytes]


def walk(builder: TreeBuilder) -> None:
    """A TIFF file of its own: first directory, EXIF and position."""
    builder.node("tiff", 0, builder.size)
    read_exif(builder, builder.read(0, min(builder.size, _TIFF_BYTES)), "tiff")


def read_exif(builder: TreeBuilder, data: bytes, field: str) -> None:
    """File make, model, software, dates and position of one TIFF structure."""
    order = {b"II": "little", b"MM": "big"}.get(data[:2])
    if order is None or len(data) < 8:
        builder.fault("not_this_format", 0, "the EXIF block has no byte-order mark")
        return
    main = _directory(data, order, _number(data[4:8], order))
    inner: dict[int, _Value] = {}
    for pointer in (_EXIF_IFD,):
        if pointer in main:
            inner = _directory(data, order, _number(main[pointer][1], order))
    for tag, where in ((_MAKE, builder.makes), (_MODEL, builder.models), (_SOFTWARE, builder.software)):
        if tag in main:
            name = {_MAKE: "Make", _MODEL: "Model", _SOFTWARE: "Software"}[tag]
            builder.say(where, f"{field}.{name}", builder.text(main[tag][1]))
    names = {_DATE: ("DateTime", "modified"), _ORIGINAL: ("DateTimeOriginal", "created")}
    names[_DIGITISED] = ("DateTimeDigitized", "digitised")
    for tag, (name, what) in names.items():
        found = main.get(tag) if tag == _DATE else inner.get(tag)
        if found:
            offset = builder.text(inner[_OFFSETS[tag]][1]) if _OFFSETS[tag] in inner else ""
            times.note_text(builder, f"{field}.{name}", builder.text(found[1]), what, offset)
    if _XMP in main:
        xmp.read_xmp(builder, f"{field}.xmp", main[_XMP][1])
    if _GPS_IFD in main:
        _position(builder, _directory(data, order, _number(main[_GPS_IFD][1], order)), order, field)


def multi_picture(data: bytes) -> Iterator[tuple[int, int]]:
    """(offset, length) of further pictures by a CIPA DC-007 index; offsets count from the TIFF header."""
    order = {b"II": "little", b"MM": "big"}.get(data[:2])
    if order is None or len(data) < 8:
        return
    entries = _directory(data, order, _number(data[4:8], order)).get(0xB002)
    raw = entries[1] if entries else b""
    for at in range(0, min(len(raw), 16 * 64) - 15, 16):
        length, offset = _number(raw[at + 4 : at + 8], order), _number(raw[at + 8 : at + 12], order)
        if offset:
            yield offset, length


def _directory(data: bytes, order: str, at: int) -> dict[int, _Value]:
    """Tags of one directory as (type, raw bytes). Entries that point outside are left out."""
    found: dict[int, _Value] = {}
    if not 0 < at <= len(data) - 2:
        return found
    for index in range(min(_number(data[at : at + 2], order), _ENTRIES)):
        entry = data[at + 2 + 12 * index : at + 14 + 12 * index]
        if len(entry) < 12:
            break
        kind, count = _number(entry[2:4], order), _number(entry[4:8], order)
        size = _WIDTHS.get(kind, 0) * count
        if size <= 4:
            value = entry[8 : 8 + size]
        else:
            start = _number(entry[8:12], order)
            if start + size > len(data):
                continue
            value = data[start : start + size]
        found.setdefault(_number(entry[:2], order), (kind, value))
    return found


def _position(builder: TreeBuilder, gps: dict[int, _Value], order: str, field: str) -> None:
    latitude, longitude = _angle(gps, 2, 1, b"S", order), _angle(gps, 4, 3, b"W", order)
    if latitude is not None and longitude is not None:
        text = f"{latitude:+.6f}{longitude:+.6f}"
        places.note(builder, f"{field}.GPS", text, latitude, longitude)
    day, clock = gps.get(29), _rationals(gps.get(7, (0, b""))[1], order)
    if day and len(clock) == 3 and all(part is not None for part in clock):
        hour, minute, second = (int(part or 0) for part in clock)
        text = f"{builder.text(day[1])} {hour:02d}:{minute:02d}:{second:02d}"
        times.note_text(builder, f"{field}.GPSDateTime", text, "created", "Z")  # EXIF §4.6.6: UTC


def _angle(gps: dict[int, _Value], tag: int, ref: int, minus: bytes, order: str) -> float | None:
    parts = _rationals(gps.get(tag, (0, b""))[1], order)
    if len(parts) != 3 or parts[0] is None:
        return None
    value = parts[0] + (parts[1] or 0) / 60 + (parts[2] or 0) / 3600
    return round(-value if gps.get(ref, (0, b""))[1][:1] == minus else value, 6)


def _rationals(raw: bytes, order: str) -> list[float | None]:
    found: list[float | None] = []
    for at in range(0, min(len(raw), 64) - 7, 8):
        below = _number(raw[at + 4 : at + 8], order)
        found.append(_number(raw[at : at + 4], order) / below if below else None)
    return found


def _number(raw: bytes, order: str) -> int:
    return int.from_bytes(raw, "little" if order == "little" else "big")
