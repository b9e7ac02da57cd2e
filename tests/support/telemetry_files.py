"""Small files with telemetry, byte by byte: the time and place of every reading is known."""

# ruff: noqa: DTZ001 - boxes count naive moments as UTC

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.support import boxes

PLACE = (48.5, 35.0)
STEP = 0.001
"""Degrees of latitude from one reading to the next: 111 m."""


def track_file(
    codec: str,
    samples: Sequence[bytes],
    *,
    step_ms: int = 1000,
    created: datetime | None = None,
    extra: bytes = b"",
    described: bytes = b"",
    handler: str = "meta",
) -> bytes:
    """An MP4 whose one track holds these samples, one after the other in one chunk."""
    head = boxes.ftyp("mp42", 0, "isom")
    media = boxes.box("mdat", *samples)
    count = len(samples)
    table = boxes.box(
        "stbl",
        boxes.full("stsd", struct.pack(">I", 1), boxes.box(codec, bytes(6), b"\0\1", described)),
        boxes.stts((count, step_ms)),
        boxes.full("stsc", struct.pack(">IIII", 1, 1, count, 1)),
        boxes.full("stsz", struct.pack(">II", 0, count), *(struct.pack(">I", len(one)) for one in samples)),
        boxes.full("stco", struct.pack(">II", 1, len(head) + 8)),
    )
    mdia = boxes.box(
        "mdia", boxes.mdhd(created, 1000), boxes.hdlr(handler, "Telemetry"), boxes.box("minf", table)
    )
    header = boxes.mvhd(created, 1000, count * step_ms)
    return head + media + boxes.box("moov", header, boxes.box("trak", boxes.tkhd(created), mdia), extra)


def klv(key: str, kind: str, size: int, count: int, data: bytes) -> bytes:
    padded = data + bytes(-len(data) % 4)
    return key.encode() + bytes([ord(kind) if kind else 0, size]) + struct.pack(">H", count) + padded


def nested(key: str, *inner: bytes) -> bytes:
    body = b"".join(inner)
    return klv(key, "", 1, len(body), body)


def gps5(moment: datetime, place: tuple[float, float], lock: int = 3) -> bytes:
    lat, lon = (round(value * 1e7) for value in place)
    text = moment.strftime("%y%m%d%H%M%S.") + f"{moment.microsecond // 1000:03d}"
    stream = nested(
        "STRM",
        klv("GPSF", "L", 4, 1, struct.pack(">I", lock)),
        klv("GPSU", "U", 16, 1, text.encode()),
        klv("SCAL", "l", 4, 5, struct.pack(">5l", 10**7, 10**7, 1000, 1000, 100)),
        klv("GPS5", "l", 20, 1, struct.pack(">5l", lat, lon, 90_000, 1000, 100)),
    )
    return nested("DEVC", klv("DVNM", "c", 1, 6, b"Camera"), stream)


def gps9(moment: datetime, place: tuple[float, float], lock: int = 3) -> bytes:
    lat, lon = (round(value * 1e7) for value in place)
    days = (moment - datetime(2000, 1, 1)).days
    seconds = round((moment - datetime(moment.year, moment.month, moment.day)).total_seconds() * 1000)
    scales = struct.pack(">9l", 10**7, 10**7, 1000, 1000, 100, 1, 1000, 100, 1)
    data = struct.pack(">7l2H", lat, lon, 0, 0, 0, days, seconds, 150, lock)
    stream = nested("STRM", klv("SCAL", "l", 4, 9, scales), klv("GPS9", "?", 32, 1, data))
    return nested("DEVC", stream)


def camm6(gps_s: float, place: tuple[float, float], lock: int = 3) -> bytes:
    body = struct.pack("<di2d7f", gps_s, lock, *place, *([0.0] * 7))
    return struct.pack("<HH", 0, 6) + body


def rtmd(moment: datetime, place: tuple[float, float]) -> bytes:
    def rationals(*values: int) -> bytes:
        return b"".join(struct.pack(">II", value, 1) for value in values)

    def tag(number: int, data: bytes) -> bytes:
        return struct.pack(">HH", number, len(data)) + data

    def sexagesimal(value: float) -> bytes:
        whole = round(abs(value) * 3600)
        return rationals(whole // 3600, whole % 3600 // 60, whole % 60)

    tags = (
        tag(0x8501, b"N\0"), tag(0x8502, sexagesimal(place[0])),
        tag(0x8503, b"E\0"), tag(0x8504, sexagesimal(place[1])),
        tag(0x8507, rationals(moment.hour, moment.minute, moment.second)), tag(0x8509, b"A\0"),
        tag(0x851D, moment.strftime("%Y:%m:%d").encode() + b"\0"),
    )  # fmt: skip
    label = bytes.fromhex("060e2b34025301010c02010101010000")
    held = b"".join(tags)
    return (
        struct.pack(">H", 0x1C) + bytes(26) + label + struct.pack(">HH", 0x8300, len(held)) + held + bytes(4)
    )


def minutes(value: float) -> float:
    """DDDMM.MMMM."""
    whole = int(value)
    return whole * 100 + (value - whole) * 60


def free_gps(moment: datetime, place: tuple[float, float]) -> bytes:
    """The single-precision layout; its size stands in front, as in a box."""
    fields = (moment.hour, moment.minute, moment.second, moment.year - 2000, moment.month, moment.day)
    body = b"freeGPS " + struct.pack("<I", 76) + struct.pack("<6I", *fields) + b"ANE\0"
    body += struct.pack("<4f", minutes(place[0]), minutes(place[1]), 10.0, 90.0)
    return struct.pack(">I", 512) + body.ljust(508, b"\0")


def dash_cam_file(blocks: Sequence[bytes], created: datetime | None = None) -> bytes:
    head = boxes.ftyp("avc1", 0, "isom")
    media = boxes.box("mdat", *blocks)
    pairs = b"".join(struct.pack(">II", len(head) + 8 + 512 * n, 512) for n in range(len(blocks)))
    index = boxes.box("gps ", struct.pack(">II", 0x101, len(blocks)), pairs)
    header = boxes.mvhd(created, 1000, 1000 * len(blocks))
    return head + media + boxes.box("moov", header, boxes.trak(created=created), index)


def dash_cam_stream(moments: Sequence[datetime], place: tuple[float, float]) -> bytes:
    """A transport stream with one record a second beside the clock of its video packets."""
    parts = [boxes.transport()]
    for second, moment in enumerate(moments):
        base = 90_000 * (10 + second)
        reference = struct.pack(">I", base >> 1) + bytes([(base & 1) << 7 | 0x7E, 0])
        parts.append(b"\x47\x01\x00\x30" + bytes([7, 0x10]) + reference + bytes(176))
        when = struct.pack(
            ">6I", moment.hour, moment.minute, moment.second, moment.year - 2000, moment.month, moment.day
        )
        record = when + b"ANE\0" + struct.pack("<2f", minutes(place[0]), minutes(place[1])) + bytes(100)
        parts.append(boxes.packet(0x300, second & 15, b"\0\0\1\xbf\x03\xf0" + record, start=True))
    return b"".join(parts)


def subtitle(moment: datetime, place: tuple[float, float]) -> bytes:
    text = f"{moment:%Y-%m-%d %H:%M:%S}.000\n[iso: 100] [latitude: {place[0]:.6f}] [longitude: {place[1]:.6f}]".encode()
    return struct.pack(">H", len(text)) + text


def moments(begin: datetime, count: int, step_s: float = 1.0) -> list[datetime]:
    return [begin + timedelta(seconds=number * step_s) for number in range(count)]


def way(count: int) -> list[tuple[float, float]]:
    return [(PLACE[0] + STEP * number, PLACE[1]) for number in range(count)]
