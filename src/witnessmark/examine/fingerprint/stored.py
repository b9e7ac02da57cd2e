"""The fingerprint as bytes: a fixed head, then columns, compressed. Read with suspicion: it comes out of the jail.

Head (little-endian): ``WMFP``, version u16, side u16, pictures u32, thumbnails u32, width u32, height u32, start f64,
end f64, area 4 x f64, flags u16 (1: inner hashes of their own), shown stretches u16. Body (zlib): the stretches
(start, end f64), times f64, hashes 4 x u64, quality u8,
brightness u8, colour u8, inner 4 x u64 where flagged, thumbnail numbers u32, spans f32, thumbnails as differences from
the one before (modulo 256: a standing picture then costs next to nothing).
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.fingerprint.print import (
    NAME,
    SIDE,
    VERSION,
    WORDS,
    Area,
    Fingerprint,
    FingerprintError,
)
from witnessmark.model.consumer import Feature

MAGIC = b"WMFP"
_HEAD = struct.Struct("<4sHHIIIIdd4dHH")
HAS_INNER = 1
MOST_PICTURES = 1 << 16
"""Six hours at three pictures a second; longer recordings are thinned (see ``taken``)."""
MOST_THUMBS = 1 << 12
"""4 MiB before compression, so that the whole stays within what a feature may weigh (8 MiB)."""
MOST_BODY_BYTES = MOST_PICTURES * (8 + 2 * 8 * WORDS + 3) + MOST_THUMBS * (8 + SIDE * SIDE) + 1024
LONGEST_S = 1e9
MOST_SHOWN = 64
LARGEST_PX = 1 << 16
LEVEL = 6


def write_fingerprint(held: Fingerprint) -> Feature:
    """The feature to be kept."""
    has_inner = not held.area.is_whole
    thumbs = held.thumbs.reshape(-1, SIDE * SIDE)
    steps = thumbs.copy()
    steps[1:] -= thumbs[:-1]
    body = b"".join(
        (
            np.array(held.shown, "<f8").tobytes(),
            held.times_s.astype("<f8").tobytes(),
            held.hashes.astype("<u8").tobytes(),
            held.quality.tobytes(),
            held.brightness.tobytes(),
            held.colour.tobytes(),
            held.inner.astype("<u8").tobytes() if has_inner else b"",
            held.thumb_of.astype("<u4").tobytes(),
            held.thumb_span.astype("<f4").tobytes(),
            steps.tobytes(),
        )
    )
    area = held.area
    head = _HEAD.pack(
        MAGIC,
        VERSION,
        SIDE,
        held.pictures,
        len(thumbs),
        held.width_px,
        held.height_px,
        held.start_s,
        held.end_s,
        area.top,
        area.bottom,
        area.left,
        area.right,
        HAS_INNER if has_inner else 0,
        len(held.shown),
    )
    return Feature(NAME, VERSION, head + zlib.compress(body, LEVEL))


def read_fingerprint(feature: Feature) -> Fingerprint:
    """What ``write_fingerprint`` wrote. Raises FingerprintError for anything else; never takes more than its bound."""
    if feature.name != NAME or feature.version != VERSION:
        raise FingerprintError("not a fingerprint of this version")
    data = feature.data
    if len(data) < _HEAD.size:
        raise FingerprintError("too short")
    magic, version, side, n, m, width, height, start_s, end_s, *edges, flags, shows = _HEAD.unpack_from(data)
    if magic != MAGIC or version != VERSION or side != SIDE:
        raise FingerprintError("not the head of a fingerprint of this version")
    if n > MOST_PICTURES or m > min(n, MOST_THUMBS) or max(width, height) > LARGEST_PX or shows > MOST_SHOWN:
        raise FingerprintError("more than a fingerprint may hold")
    if not all(abs(value) <= LONGEST_S for value in (start_s, end_s)):  # also refuses what is no number
        raise FingerprintError("a time that cannot be")
    top, bottom, left, right = edges
    if not (0.0 <= top < bottom <= 1.0 and 0.0 <= left < right <= 1.0):
        raise FingerprintError("an area outside the picture")
    area = Area(top, bottom, left, right)
    has_inner = bool(flags & HAS_INNER)
    if has_inner == area.is_whole or flags & ~HAS_INNER:
        raise FingerprintError("flags that do not fit the area")
    body = _Columns(_opened(data[_HEAD.size :]))
    shown = body.take("<f8", 2 * shows).reshape(shows, 2)
    times = body.take("<f8", n)
    hashes = body.take("<u8", n * WORDS).reshape(n, WORDS).astype(np.uint64)
    quality, brightness, colour = (body.take("u1", n).astype(np.uint8) for _ in range(3))
    inner = body.take("<u8", n * WORDS).reshape(n, WORDS).astype(np.uint64) if has_inner else hashes
    thumb_of = body.take("<u4", m).astype(np.int64)
    span = body.take("<f4", m).astype(np.float64)
    steps = body.take("u1", m * SIDE * SIDE).reshape(m, SIDE, SIDE)
    body.end()
    if not (
        np.all(np.abs(times) <= LONGEST_S)
        and np.all(np.abs(shown) <= LONGEST_S)
        and np.all(np.abs(span) <= 255.0)
    ):
        raise FingerprintError("values that cannot be")
    if m and (int(thumb_of[-1]) >= n or np.any(np.diff(thumb_of) <= 0)):
        raise FingerprintError("thumbnails of no picture")
    thumbs = np.cumsum(steps, axis=0, dtype=np.uint8)
    held = Fingerprint(
        times.astype(np.float64),
        hashes,
        quality,
        brightness,
        colour,
        inner,
        thumbs,
        thumb_of,
        span,
        area,
        width,
        height,
        start_s,
        end_s,
        tuple((float(low), float(high)) for low, high in shown),
    )
    for column in (held.times_s, hashes, quality, brightness, colour, inner, thumbs, thumb_of, span):
        column.flags.writeable = False
    return held


class _Columns:
    """Columns one after the other out of one block of bytes."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, kind: str, count: int) -> NDArray[Any]:
        size = np.dtype(kind).itemsize * count
        if self._at + size > len(self._data):
            raise FingerprintError("columns that end too early")
        column = np.frombuffer(self._data, kind, count, self._at).copy()
        self._at += size
        return column

    def end(self) -> None:
        if self._at != len(self._data):
            raise FingerprintError("more than its columns")


def _opened(packed: bytes) -> bytes:
    opener = zlib.decompressobj()
    try:
        body = opener.decompress(packed, MOST_BODY_BYTES)
    except zlib.error:
        raise FingerprintError("columns that cannot be opened") from None
    if not opener.eof or opener.unused_data or opener.unconsumed_tail:
        raise FingerprintError("columns that end too early, or late")
    return body
