"""GoPro's metadata track: key, type, size, count, data, nested (GPMF).

Read are the GPS streams: ``GPS5`` with ``GPSU`` (UTC), ``GPSF`` (lock) and ``SCAL``, one UTC for each payload of a
second or so; ``GPS9`` of later cameras, with days since 2000, seconds of the day and the lock in every reading.
Source: gopro/gpmf-parser, docs/README.md ("GPMF Deeper Dive", "Where to find GPS").
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

from witnessmark.ground.container.source_window import Window, samples_of, spread
from witnessmark.ground.container.telemetry import UTC as UTC_CLOCK
from witnessmark.ground.container.telemetry import Gathered
from witnessmark.ground.container.tree import DeclaredTrack, Tree

DIALECT = "GoPro GPMF"
_DEPTH = 6
_KEYS = 4_096
"""In one payload: a camera writes about a hundred."""
_EPOCH_2000 = datetime(2000, 1, 1, tzinfo=UTC)
_LOCKED = 2
"""``GPSF``: 0 no lock, 2 two-dimensional, 3 three-dimensional."""
_DATE = "%y%m%d%H%M%S.%f"


def read(window: Window, tree: Tree, track: DeclaredTrack) -> Gathered:
    found = Gathered(DIALECT, UTC_CLOCK)
    samples = samples_of(window, tree, track)
    found.samples = len(samples)
    for sample in spread(samples, window.left // 2):
        data = window.read(sample.offset, sample.size_bytes)
        if not data:
            continue
        found.read += 1
        before = len(found.fixes)
        if not _payload(data, sample.media_s, found) and len(found.fixes) == before:
            found.unreadable += 1
    return found


def _payload(data: bytes, media_s: float | None, found: Gathered) -> bool:
    """Every stream of one payload. False where the bytes are no such payload at all."""
    left = [_KEYS]
    return _walk(data, 0, len(data), _DEPTH, left, media_s, found)


def _walk(
    data: bytes, at: int, end: int, depth: int, left: list[int], media_s: float | None, found: Gathered
) -> bool:
    stream: dict[bytes, tuple[int, int, bytes]] = {}
    well = False
    while at + 8 <= end and left[0] > 0:
        left[0] -= 1
        key, kind, size = data[at : at + 4], data[at + 4], data[at + 5]
        count = int.from_bytes(data[at + 6 : at + 8], "big")
        length = size * count
        body = at + 8
        if not key.strip(b"\0"):
            break
        if body + length > end or not all(32 < byte < 127 or byte == 32 for byte in key):
            return well
        well = True
        if kind == 0 and depth:
            _walk(data, body, body + length, depth - 1, left, media_s, found)
        else:
            stream.setdefault(key, (kind, size, data[body : body + length]))
        at = body + (length + 3) // 4 * 4
    if b"GPS5" in stream or b"GPS9" in stream:
        _stream(stream, media_s, found)
    return well


def _stream(stream: dict[bytes, tuple[int, int, bytes]], media_s: float | None, found: Gathered) -> None:
    scales = _scales(stream.get(b"SCAL"))
    if b"GPS9" in stream:
        _, size, data = stream[b"GPS9"]
        if size == 32 and len(data) >= 32 and len(scales) >= 9:
            lat, lon, *_, days, seconds, _dop, lock = struct.unpack(">7l2H", data[:32])
            moment = _EPOCH_2000 + timedelta(days=days / scales[5], seconds=seconds / scales[6])
            found.add(media_s, moment, lat / scales[0], lon / scales[1], lock >= _LOCKED)
        return
    _, size, data = stream[b"GPS5"]
    lock = int.from_bytes(stream.get(b"GPSF", (0, 0, b""))[2][:4], "big")
    position: tuple[float | None, float | None] = (None, None)
    if size == 20 and len(data) >= 20 and len(scales) >= 2:
        lat, lon = struct.unpack(">2l", data[:8])
        position = (lat / scales[0], lon / scales[1])
    stated = _utc(stream.get(b"GPSU", (0, 0, b""))[2])
    found.add(media_s, stated, *position, lock >= _LOCKED)


def _scales(entry: tuple[int, int, bytes] | None) -> list[int]:
    """Divisors, one for each column; a single one holds for all. Zero is no divisor."""
    if entry is None:
        return []
    kind, size, data = entry
    if chr(kind) not in "lLsS" or size not in (2, 4):
        return []
    values = [int.from_bytes(data[at : at + size], "big") for at in range(0, len(data) - size + 1, size)][:16]
    if not all(values):
        return []
    return values * 9 if len(values) == 1 else values


def _utc(text: bytes) -> datetime | None:
    """``yymmddhhmmss.sss`` as GPSU writes it."""
    try:
        return datetime.strptime(text.decode("ascii")[:19].strip("\0"), _DATE).replace(tzinfo=UTC)
    except ValueError:
        return None
