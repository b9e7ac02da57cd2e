"""Sony's real-time metadata track: tag, length, value, big-endian, one group of tags for each picture.

Read are the position and UTC that a paired receiver gave (tags 0x8501 to 0x851d, as in EXIF's GPS directory).
Source: ExifTool tag documentation, "Sony rtmd Tags"; CIPA DC-008 §4.6.6 for the GPS tags.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from witnessmark.ground.container.source_window import Window, samples_of, spread
from witnessmark.ground.container.telemetry import UTC as UTC_CLOCK
from witnessmark.ground.container.telemetry import Gathered
from witnessmark.ground.container.tree import DeclaredTrack, Tree

DIALECT = "Sony rtmd"
_LABEL, _CONTAINER = 0x060E, 0x8300
_LABEL_BYTES = 16
_TAGS = 512
"""In one sample: a camera writes about sixty."""


def read(window: Window, tree: Tree, track: DeclaredTrack) -> Gathered:
    found = Gathered(DIALECT, UTC_CLOCK)
    samples = samples_of(window, tree, track)
    found.samples = len(samples)
    for sample in spread(samples, window.left // 2):
        data = window.read(sample.offset, sample.size_bytes)
        if not data:
            continue
        found.read += 1
        tags = _tags(data)
        if not tags:
            found.unreadable += 1
        elif 0x8502 in tags or 0x8507 in tags:
            latitude = _degrees(tags.get(0x8502, b""), tags.get(0x8501, b"")[:1] == b"S")
            longitude = _degrees(tags.get(0x8504, b""), tags.get(0x8503, b"")[:1] == b"W")
            moment = _moment(tags.get(0x851D, b""), tags.get(0x8507, b""))
            found.add(sample.media_s, moment, latitude, longitude, tags.get(0x8509, b"")[:1] == b"A")
    return found


def _tags(data: bytes) -> dict[int, bytes]:
    tags: dict[int, bytes] = {}
    at = int.from_bytes(data[:2], "big")
    for _ in range(_TAGS):
        if at + 4 > len(data):
            break
        tag, length = int.from_bytes(data[at : at + 2], "big"), int.from_bytes(data[at + 2 : at + 4], "big")
        if tag == 0:
            break
        if tag == _LABEL:  # a universal label: sixteen bytes in all, without a length
            at += _LABEL_BYTES
            continue
        at += 4
        if tag == _CONTAINER:  # what it holds follows as if it stood beside it
            continue
        if at + length > len(data):
            break
        tags.setdefault(tag, data[at : at + length])
        at += length
    return tags


def _rationals(data: bytes) -> list[float] | None:
    values = []
    for at in range(0, 24, 8):
        above, below = int.from_bytes(data[at : at + 4], "big"), int.from_bytes(data[at + 4 : at + 8], "big")
        if len(data) < 24 or not below:
            return None
        values.append(above / below)
    return values


def _degrees(data: bytes, is_negative: bool) -> float | None:
    parts = _rationals(data)
    if parts is None:
        return None
    value = parts[0] + parts[1] / 60 + parts[2] / 3600
    return -value if is_negative else value


def _moment(day: bytes, clock: bytes) -> datetime | None:
    parts = _rationals(clock)
    try:
        year, month, date = (int(part) for part in day.decode("ascii").strip("\0").split(":"))
        start = datetime(year, month, date, tzinfo=UTC)
    except ValueError:
        return None
    if parts is None or not (parts[0] < 24 and parts[1] < 60 and parts[2] < 61):
        return None
    return start + timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2])
