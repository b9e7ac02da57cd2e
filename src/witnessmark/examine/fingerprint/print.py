"""The fingerprint of one recording: what each kept picture looks like, in 32 bytes and in a thumbnail.

Two views of every picture are kept: the *whole* picture, and its *inner* part without black bars or a standing frame
about it. Where nothing stands about the picture both are the same and ``inner`` is the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NAME = "fingerprint"
VERSION = 1
SIDE = 32
"""Thumbnails are SIDE x SIDE whatever the shape of the picture: shape is a transform like others."""
WORDS = 4
"""A hash is 256 bits: four words of 64."""


class FingerprintError(ValueError):
    """The bytes are no fingerprint that this version reads."""


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the picture in shares of its height and width: 0 <= top < bottom <= 1, 0 <= left < right <= 1."""

    top: float = 0.0
    bottom: float = 1.0
    left: float = 0.0
    right: float = 1.0

    @property
    def is_whole(self) -> bool:
        return (self.top, self.bottom, self.left, self.right) == (0.0, 1.0, 0.0, 1.0)


WHOLE = Area()


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """``n`` kept pictures of one recording, in the order of the decode. Arrays are read-only.

    Empty (n = 0) where the file has no pictures.
    """

    times_s: NDArray[np.float64]
    """(n,) seconds of the file's own time stamps (where it has none: ordinal over its rate)."""
    hashes: NDArray[np.uint64]
    """(n, 4) 256 bits of the whole picture."""
    quality: NDArray[np.uint8]
    """(n,) 0..100: how much structure the normalised picture has. Below ``hashing.USABLE`` the hash says nothing."""
    brightness: NDArray[np.uint8]
    """(n,) mean luma of the inner part as the file has it (before normalising)."""
    colour: NDArray[np.uint8]
    """(n,) mean distance of the chroma from grey; 255 where it was not looked at (formats without plain chroma)."""
    inner: NDArray[np.uint64]
    """(n, 4) 256 bits of the inner part; equal to ``hashes`` where ``area`` is the whole."""
    thumbs: NDArray[np.uint8]
    """(m, SIDE, SIDE) thumbnails of the inner part, each stretched to 0..255; m <= n in long recordings."""
    thumb_of: NDArray[np.int64]
    """(m,) which picture (0..n-1) each thumbnail shows, rising."""
    thumb_span: NDArray[np.float64]
    """(m,) luma levels that 255 of the thumbnail stand for: a span of a few levels is a dark or flat picture."""
    area: Area
    """Where the inner part lies."""
    width_px: int
    height_px: int
    """As the pictures are coded (not turned); 0 where there are none."""
    start_s: float
    end_s: float
    """Time of the first picture, and of the end of the last (its time and the usual distance)."""
    shown: tuple[tuple[float, float], ...] = ()
    """Stretches that the container's edit list has players show, in the same seconds; empty: all of it is shown."""

    @property
    def pictures(self) -> int:
        return int(self.times_s.size)

    @property
    def duration_s(self) -> float:
        return max(0.0, self.end_s - self.start_s)
