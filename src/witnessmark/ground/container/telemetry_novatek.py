"""Dash-cams with Novatek's chips: one record a second of the receiver's date, time, lock and position.

In MP4 files ``moov/gps `` lists blocks that begin ``freeGPS ``; two layouts are read (single and double precision),
others – among them encrypted ones – are counted as not understood. In transport streams the record stands in
packets of the private stream 2 (0xBF). Degrees are written as DDDMM.MMMM. Sources: the published readers of these
blocks (ExifTool, "Embedded GPS in dash-cam videos"; mapillary_tools); NMEA 0183 for the notation.

The date is the receiver's, in UTC on most models; some pass on the recorder's local time, so it is not taken for UTC.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from witnessmark.ground.container.source_window import Window
from witnessmark.ground.container.telemetry import RECEIVER, Gathered
from witnessmark.ground.container.tree import Tree

DIALECT = "dash-cam GPS blocks (freeGPS)"
DIALECT_TS = "dash-cam GPS packets (transport stream)"
_MARK = b"freeGPS "
_BLOCK_BYTES = 192
_BLOCKS = 20_000
_WALKED_BYTES = 8 << 20
_PES_PRIVATE_2 = b"\x00\x00\x01\xbf"
_PCR_HZ = 27_000_000
_CENTURY = 2_000
"""Receivers write two digits of the year."""


def read_index(window: Window, tree: Tree) -> Gathered:
    """The blocks that ``moov/gps `` lists as pairs of offset and size after eight bytes."""
    found = Gathered(DIALECT, RECEIVER)
    node = tree.find("moov/gps ") or tree.find("moov/gps%20")
    if node is None:
        return found
    count = int.from_bytes(window.read(node.offset + 12, 4), "big")
    fits = max(0, (node.size_bytes - 16) // 8)
    found.samples = min(count, fits)
    taken = min(found.samples, _BLOCKS)
    table = window.read(node.offset + 16, taken * 8)
    length_s = float(tree.declared.duration or 0)
    for number in range(len(table) // 8):
        offset = int.from_bytes(table[number * 8 : number * 8 + 4], "big")
        block = window.source.read_at(offset, _BLOCK_BYTES) if offset + 12 < window.size else b""
        found.read += 1
        if block[4:12] != _MARK:
            found.unreadable += 1
            continue
        # One block a second by design; where the count says otherwise, they are taken as spread evenly.
        media_s = number * length_s / found.samples if length_s and found.samples else None
        if not _block(block, media_s, found):
            found.unreadable += 1
    return found


def _block(block: bytes, media_s: float | None, found: Gathered) -> bool:
    if len(block) < 92:
        return False
    if block[37:41] == b"\0\0\0A" and block[41:42] in b"NS" and block[42:43] in b"EW":
        hour, minute, second, year, month, day = struct.unpack_from("<6I", block, 16)
        latitude, longitude = struct.unpack_from("<2f", block, 44)
        signs = block[41:43]
    elif block[28:29] == b"A" and block[40:41] in (b"N", b"S") and block[56:57] in (b"E", b"W"):
        hour, minute, second = struct.unpack_from("<3I", block, 16)
        year, month, day = struct.unpack_from("<3I", block, 80)
        (latitude,), (longitude,) = struct.unpack_from("<d", block, 32), struct.unpack_from("<d", block, 48)
        signs = block[40:41] + block[56:57]
    else:
        # Without a lock the receiver says nothing, and the block is understood all the same.
        return block[40:41] in (b"V", b"\0") and block[37:40] == b"\0\0\0"
    return _record((year, month, day, hour, minute, second), latitude, longitude, signs, media_s, found)


def _record(
    when: tuple[int, int, int, int, int, int],
    latitude: float,
    longitude: float,
    signs: bytes,
    media_s: float | None,
    found: Gathered,
) -> bool:
    year, month, day, hour, minute, second = when
    try:
        moment = datetime(
            year if year >= 100 else _CENTURY + year, month, day, hour, minute, second, tzinfo=UTC
        )
    except ValueError:
        return False
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return False
    found.add(
        media_s, moment, _degrees(latitude, signs[:1] == b"S"), _degrees(longitude, signs[1:2] == b"W"), True
    )
    return True


def _degrees(value: float, is_negative: bool) -> float:
    """DDDMM.MMMM."""
    whole = int(abs(value) / 100)
    degrees = whole + (abs(value) - whole * 100) / 60
    return -degrees if is_negative else degrees


def read_packets(window: Window, tree: Tree) -> Gathered:
    """Records in private packets of a transport stream, with the program clock at which they stand."""
    found = Gathered(DIALECT_TS, RECEIVER)
    stride = tree.count("stride_bytes") or 188
    lead = stride - 188 if stride == 192 else 0
    leading = tree.find("leading")
    at = leading.size_bytes if leading else 0
    stop = min(window.size, at + _WALKED_BYTES)
    blocks = []
    while (
        at + stride <= stop and len(data := window.source.read_at(at, (1 << 20) // stride * stride)) >= stride
    ):
        blocks.append(data)
        at += len(data)
    if any(_PES_PRIVATE_2 in data for data in blocks):
        clock = _Clock()
        for data in blocks:
            _packets(data, stride, lead, clock, found)
    if not found.fixes:
        found.unreadable = 0  # private packets of another kind are no telemetry
    return found


@dataclass(slots=True)
class _Clock:
    """The newest program clock reference, in seconds, and the first."""

    now_s: float | None = None
    first_s: float | None = None

    @property
    def media_s(self) -> float | None:
        return None if self.now_s is None or self.first_s is None else self.now_s - self.first_s

    def take(self, packet: bytes) -> None:
        if packet[4] >= 7 and packet[5] & 0x10:
            base = int.from_bytes(packet[6:10], "big") << 1 | packet[10] >> 7
            self.now_s = base * 300 / _PCR_HZ
            self.first_s = self.now_s if self.first_s is None else self.first_s


def _packets(data: bytes, stride: int, lead: int, clock: _Clock, found: Gathered) -> None:
    for start in range(lead, len(data) - 187, stride):
        packet = data[start : start + 188]
        if packet[0] != 0x47:
            continue
        body = 4
        if packet[3] & 0x20:
            body = 5 + packet[4]
            clock.take(packet)
        if packet[1] & 0x40 and packet[3] & 0x10 and packet[body : body + 4] == _PES_PRIVATE_2:
            found.samples += 1
            found.read += 1
            if not _packet(packet[body + 6 :], clock.media_s, found):
                found.unreadable += 1


def _packet(data: bytes, media_s: float | None, found: Gathered) -> bool:
    """Hour, minute, second, year, month, day as 32-bit numbers, lock, two letters, position in single precision."""
    if len(data) < 36:
        return False
    for order in (">", "<"):
        hour, minute, second, year, month, day = struct.unpack_from(f"{order}6I", data, 0)
        if max(hour, minute, second, year, month, day) > 9999:
            continue
        if data[24:25] == b"V":
            return True
        if data[24:25] != b"A" or data[25:26] not in (b"N", b"S") or data[26:27] not in (b"E", b"W"):
            return False
        latitude, longitude = struct.unpack_from("<2f", data, 28)
        return _record(
            (year, month, day, hour, minute, second), latitude, longitude, data[25:27], media_s, found
        )
    return False
