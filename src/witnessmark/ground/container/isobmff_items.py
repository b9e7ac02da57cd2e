"""Items of HEIF pictures: where EXIF and XMP lie (ISO/IEC 14496-12 §8.11.3, §8.11.6; ISO/IEC 23008-12)."""

from __future__ import annotations

from witnessmark.ground.container import exif, xmp
from witnessmark.ground.container.build import TreeBuilder

_TABLE_BYTES = 256 * 1024
_ITEM_BYTES = 256 * 1024
_ITEMS = 4096
"""A tiled HEIC holds under a hundred items."""


def read_items(builder: TreeBuilder) -> None:
    """Read EXIF and XMP items of the top-level ``meta`` box, where there is one."""
    tables = {node.path: node for node in builder.nodes if node.path in ("meta/iinf", "meta/iloc")}
    if len(tables) != 2:
        return
    info, places = (
        builder.read(tables[path].offset + 8, min(tables[path].size_bytes - 8, _TABLE_BYTES))
        for path in ("meta/iinf", "meta/iloc")
    )
    wanted = _wanted(info)
    for item, offset, length in _locations(places):
        what = wanted.get(item)
        if what is None or not 0 < length <= _ITEM_BYTES:
            continue
        data = builder.read(offset, length)
        if what == "Exif" and len(data) > 10:
            # ISO/IEC 23008-12 §A.2.1: four bytes say where the TIFF header begins.
            exif.read_exif(builder, data[4 + int.from_bytes(data[:4], "big") :], "exif")
        elif what == "mime":
            xmp.read_xmp(builder, "meta.xmp", data)


def _wanted(data: bytes) -> dict[int, str]:
    found: dict[int, str] = {}
    version = data[0] if data else 0
    count, at = (
        (int.from_bytes(data[4:6], "big"), 6) if version == 0 else (int.from_bytes(data[4:8], "big"), 8)
    )
    for _ in range(min(count, _ITEMS)):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 20 or at + size > len(data):
            break
        wide = data[at + 8] >= 3
        number = int.from_bytes(data[at + 12 : at + (16 if wide else 14)], "big")
        kind = data[at + (18 if wide else 16) :][:4]
        if kind in (b"Exif", b"mime"):
            found[number] = kind.decode()
        at += size
    return found


def _locations(data: bytes) -> list[tuple[int, int, int]]:
    """(item, file offset, length) of items that lie in one stretch of the file itself."""
    if len(data) < 8:
        return []
    version = data[0]
    offset_width, length_width, base_width = data[4] >> 4, data[4] & 15, data[5] >> 4
    index_width = data[5] & 15 if version in (1, 2) else 0
    number_width = 4 if version == 2 else 2
    at = 6
    count = int.from_bytes(data[at : at + number_width], "big")
    at += number_width
    found = []
    for _ in range(min(count, _ITEMS)):
        number = int.from_bytes(data[at : at + number_width], "big")
        at += number_width
        method = 0
        if version in (1, 2):
            method = int.from_bytes(data[at : at + 2], "big") & 15
            at += 2
        at += 2
        base = int.from_bytes(data[at : at + base_width], "big")
        at += base_width
        extents = int.from_bytes(data[at : at + 2], "big")
        at += 2
        step = index_width + offset_width + length_width
        if extents == 1 and method == 0:
            offset = int.from_bytes(data[at + index_width : at + index_width + offset_width], "big")
            length = int.from_bytes(data[at + index_width + offset_width : at + step], "big")
            found.append((number, base + offset, length))
        at += extents * step
        if at >= len(data):
            break
    return found
