"""The pedigree of one recording as a small binary feature, and back, with every length checked.

Layout (little-endian): ``WMPD``, version u16, length u32 of a JSON object with the plain fields, the JSON, then the
arrays in the order of ``_ARRAYS``, each as a count u32 and its values. It comes out of the jail, so it is hostile.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from witnessmark.model.consumer import Feature

NAME = "pedigree"
VERSION = 1
MAGIC = b"WMPD"
BANDS = 18
"""Half-octaves of detail; see ``detail.EDGES``."""
MOST_GROUPS = 20_000
"""Eleven hours of groups of two seconds. Beyond, only the digest of the whole stream tells copies."""
MOST_DETAIL = 240
MOST_ENDS = 12
MOST_SHOWN = 256
THUMB_ROWS, THUMB_COLUMNS = 36, 64
DIGEST_BYTES = 32
GROUP_BYTES = 8
"""64 bits: among a thousand million groups two alike by chance are expected 0.03 times."""
_LONGEST_TEXT = 64
_LONGEST_S = 1e9
_MOST_PIXELS = 1 << 20


class PedigreeError(ValueError):
    """The bytes are no pedigree that this version reads."""


@dataclass(frozen=True, slots=True, eq=False)
class Pedigree:
    """What one recording tells of its descent. Arrays are read-only; all is empty where there is no picture."""

    codec: str
    width_px: int
    height_px: int
    video_bytes: int
    """Size of the coded pictures alone."""
    pictures: int
    """Coded pictures (packets)."""
    shown_pictures: int
    """Decoded pictures that players show."""
    start_s: float
    end_s: float
    """The file's own time stamps: of the first picture that is shown, and of the end of the last. An edit list may hide
    coded pictures: these are in the digests, and not here."""
    shown: tuple[tuple[float, float], ...]
    """Stretches of these times that an edit list has players show; empty: all between is shown."""
    timecode: str
    """Time code that the container states (HH:MM:SS:FF), or empty."""
    video_digest: bytes
    """SHA-256 over the SHA-256 of each slice (each packet, of codecs without), in order; or empty."""
    audio_digest: bytes
    """SHA-256 of the packets of the first sound stream, or empty."""
    groups: NDArray[np.uint64]
    """(g,) digest of each group of pictures, by key picture; the first may begin without one."""
    group_times_s: NDArray[np.float64]
    """(g,) time of each group's first picture."""
    detail_times_s: NDArray[np.float64]
    """(m,) times of the pictures whose detail was measured."""
    intra: NDArray[np.uint8]
    """(m,) 1 where the picture is coded by itself: it holds no noise of the pictures before it."""
    across: NDArray[np.float32]
    """(m, BANDS) power of the luma by half-octaves of cycles per picture width."""
    down: NDArray[np.float32]
    """(m, BANDS) the same by cycles per picture height."""
    blocks: NDArray[np.float32]
    """(m, 2) blockiness across and down; see ``detail.Detail``."""
    first_times_s: NDArray[np.float64]
    first: NDArray[np.uint8]
    """(k, THUMB_ROWS, THUMB_COLUMNS) luma of the first picture, and of some in the seconds after it."""
    last_times_s: NDArray[np.float64]
    last: NDArray[np.uint8]
    """The same before the end; the last of them is the last picture."""

    @property
    def stretches(self) -> tuple[tuple[float, float], ...]:
        """What players show, without overlaps, in the order of the file's times."""
        joined: list[tuple[float, float]] = []
        for start_s, end_s in sorted(self.shown or ((self.start_s, self.end_s),)):
            if joined and start_s <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end_s, joined[-1][1]))
            else:
                joined.append((start_s, end_s))
        return tuple(joined)

    @property
    def duration_s(self) -> float:
        return sum(max(0.0, end_s - start_s) for start_s, end_s in self.stretches)

    @property
    def shown_rate_hz(self) -> float:
        """Pictures shown per second."""
        return self.shown_pictures / self.duration_s if self.duration_s > 0 else 0.0

    @property
    def bit_rate(self) -> float:
        """Bits of picture per second."""
        return 8 * self.video_bytes / self.duration_s if self.duration_s > 0 else 0.0

    def to_feature(self) -> Feature:
        plain = {
            "codec": self.codec[:_LONGEST_TEXT],
            "width_px": self.width_px,
            "height_px": self.height_px,
            "video_bytes": self.video_bytes,
            "pictures": self.pictures,
            "shown_pictures": self.shown_pictures,
            "start_s": round(self.start_s, 6),
            "end_s": round(self.end_s, 6),
            "shown": [[round(start_s, 6), round(end_s, 6)] for start_s, end_s in self.shown[:MOST_SHOWN]],
            "timecode": self.timecode[:_LONGEST_TEXT],
            "video_digest": self.video_digest.hex(),
            "audio_digest": self.audio_digest.hex(),
        }
        text = json.dumps(plain, sort_keys=True).encode()
        parts = [MAGIC, struct.pack("<HI", VERSION, len(text)), text]
        for name, kind, _, _ in _ARRAYS:
            array = getattr(self, name)
            parts += [struct.pack("<I", len(array)), np.ascontiguousarray(array, dtype=kind).tobytes()]
        return Feature(NAME, VERSION, b"".join(parts))


_THUMB = (THUMB_ROWS, THUMB_COLUMNS)
_ARRAYS: tuple[tuple[str, str, tuple[int, ...], int], ...] = (
    ("groups", "<u8", (), MOST_GROUPS),
    ("group_times_s", "<f8", (), MOST_GROUPS),
    ("detail_times_s", "<f8", (), MOST_DETAIL),
    ("intra", "<u1", (), MOST_DETAIL),
    ("across", "<f4", (BANDS,), MOST_DETAIL),
    ("down", "<f4", (BANDS,), MOST_DETAIL),
    ("blocks", "<f4", (2,), MOST_DETAIL),
    ("first_times_s", "<f8", (), MOST_ENDS),
    ("first", "<u1", _THUMB, MOST_ENDS),
    ("last_times_s", "<f8", (), MOST_ENDS),
    ("last", "<u1", _THUMB, MOST_ENDS),
)
"""Name, type, shape of one entry, most entries."""
_TOGETHER = (
    ("groups", "group_times_s"),
    ("detail_times_s", "intra"),
    ("detail_times_s", "across"),
    ("detail_times_s", "down"),
    ("detail_times_s", "blocks"),
    ("first_times_s", "first"),
    ("last_times_s", "last"),
)


def empty() -> Pedigree:
    """Of a file without a picture, or that could not be opened."""
    arrays = {name: np.zeros((0, *shape), dtype=kind) for name, kind, shape, _ in _ARRAYS}
    return Pedigree("", 0, 0, 0, 0, 0, 0.0, 0.0, (), "", b"", b"", **arrays)


def read_pedigree(feature: Feature) -> Pedigree:
    """Raises PedigreeError for anything that ``to_feature`` does not write."""
    data = feature.data
    if feature.name != NAME or feature.version != VERSION or data[:4] != MAGIC or len(data) < 10:
        raise PedigreeError("not a pedigree of this version")
    version, length = struct.unpack_from("<HI", data, 4)
    if version != VERSION or 10 + length > len(data):
        raise PedigreeError("not a pedigree of this version")
    try:
        plain = json.loads(data[10 : 10 + length])
    except (ValueError, RecursionError):
        raise PedigreeError("its fields cannot be read") from None
    arrays = _arrays(data, 10 + length)
    if any(len(arrays[one]) != len(arrays[other]) for one, other in _TOGETHER):
        raise PedigreeError("its arrays do not belong together")
    return _checked(plain, arrays)


def _arrays(data: bytes, at: int) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    for name, kind, shape, most in _ARRAYS:
        if at + 4 > len(data):
            raise PedigreeError("it ends too early")
        (count,) = struct.unpack_from("<I", data, at)
        entries = count * math.prod(shape)
        size = entries * np.dtype(kind).itemsize
        at += 4
        if count > most or at + size > len(data):
            raise PedigreeError("an array is too long")
        array = np.frombuffer(data, dtype=kind, count=entries, offset=at).reshape(count, *shape)
        if np.dtype(kind).kind == "f" and not np.isfinite(array).all():
            raise PedigreeError("a number is none")
        arrays[name] = array
        at += size
    if at != len(data):
        raise PedigreeError("it does not end where it should")
    return arrays


def _checked(plain: Any, arrays: Mapping[str, Any]) -> Pedigree:
    if not isinstance(plain, dict):
        raise PedigreeError("its fields cannot be read")
    try:
        return Pedigree(
            codec=_text(plain["codec"]),
            width_px=_count(plain["width_px"], _MOST_PIXELS),
            height_px=_count(plain["height_px"], _MOST_PIXELS),
            video_bytes=_count(plain["video_bytes"], 1 << 62),
            pictures=_count(plain["pictures"], 1 << 48),
            shown_pictures=_count(plain["shown_pictures"], 1 << 48),
            start_s=_seconds(plain["start_s"]),
            end_s=_seconds(plain["end_s"]),
            shown=_shown(plain["shown"]),
            timecode=_text(plain["timecode"]),
            video_digest=_digest(plain["video_digest"]),
            audio_digest=_digest(plain["audio_digest"]),
            **arrays,
        )
    except (KeyError, TypeError, ValueError):
        raise PedigreeError("a field is missing or none") from None


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not (value.isprintable() or not value):
        raise TypeError("no text")
    return value


def _count(value: object, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise TypeError("no count")
    return value


def _seconds(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= _LONGEST_S:
        raise TypeError("no time")
    return float(value)


def _shown(value: object) -> tuple[tuple[float, float], ...]:
    if not isinstance(value, list) or len(value) > MOST_SHOWN:
        raise TypeError("no stretches")
    found = tuple((_seconds(start), _seconds(end)) for start, end in value)
    if any(end < start for start, end in found):
        raise ValueError("a stretch that ends before it begins")
    return found


def _digest(value: object) -> bytes:
    digest = bytes.fromhex(_text(value))
    if len(digest) not in (0, DIGEST_BYTES):
        raise ValueError("no digest")
    return digest
