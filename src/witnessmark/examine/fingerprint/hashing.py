"""256 bits of a picture: signs of its low spatial frequencies.

After PDQ (Meta, *The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm*, 2019, section 3): average
to a small square, take a 16 x 16 corner of its discrete cosine transform, one bit a coefficient. Three things differ:
the square is 32 x 32, bits are signs against zero where PDQ compares with the median (both are close for coefficients
without the mean, and signs make the mirrored picture's hash an exact exclusive-or), and the picture is averaged over
its own small luma rather than blurred. Hashes are not interchangeable with PDQ's.

Mirroring left and right turns the sign of every odd horizontal frequency (cos(pi (2x+1) v / 2N) is odd about the
middle for odd v): ``mirrored(hash) = hash ^ MIRROR_MASK``. A stretch of contrast changes no sign.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.fingerprint.print import SIDE, WORDS

FREQUENCIES = 16
BITS = FREQUENCIES * FREQUENCIES
Matrix = NDArray[np.float32]


@cache
def averaging(size: int, side: int = SIDE) -> Matrix:
    """(side, size): rows that average ``size`` samples into ``side`` equal parts, borders weighed by their share."""
    edges = np.linspace(0.0, size, side + 1)
    samples = np.arange(size)
    low = np.maximum(edges[:-1, None], samples[None, :])
    high = np.minimum(edges[1:, None], samples[None, :] + 1.0)
    shares = np.clip(high - low, 0.0, None)
    matrix = np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)
    matrix.flags.writeable = False
    return matrix


@cache
def cosines(side: int = SIDE) -> Matrix:
    """(16, side): frequencies 1..16 of the DCT-II, without the constant (as PDQ's matrix)."""
    frequency = np.arange(1, FREQUENCIES + 1)[:, None]
    place = np.arange(side)[None, :]
    matrix = np.asarray(
        np.sqrt(2.0 / side) * np.cos(np.pi / 2 / side * frequency * (2 * place + 1)), np.float32
    )
    matrix.flags.writeable = False
    return matrix


def coefficients(thumbs: NDArray[np.floating] | NDArray[np.uint8]) -> NDArray[np.float32]:
    """(..., SIDE, SIDE) pictures to (..., 16, 16) DCT coefficients: vertical, horizontal frequency 1..16."""
    dct = cosines(thumbs.shape[-1])
    made: NDArray[np.float32] = dct @ thumbs.astype(np.float32) @ dct.T
    return made


def packed(values: NDArray[np.float32]) -> NDArray[np.uint64]:
    """(..., 16, 16) coefficients to (..., 4) words: bit set where the coefficient is above zero."""
    bits = np.packbits((values > 0).reshape(*values.shape[:-2], BITS), axis=-1, bitorder="little")
    return np.ascontiguousarray(bits).view("<u8").astype(np.uint64, copy=False)


def hashes_of(thumbs: NDArray[np.floating] | NDArray[np.uint8]) -> NDArray[np.uint64]:
    """(n, SIDE, SIDE) to (n, 4)."""
    return packed(coefficients(thumbs))


def _mask() -> NDArray[np.uint64]:
    odd = np.broadcast_to(np.arange(1, FREQUENCIES + 1) % 2 == 1, (FREQUENCIES, FREQUENCIES))
    return packed(np.where(odd, 1.0, -1.0).astype(np.float32))


MIRROR_MASK = _mask()
"""(4,) bits of odd horizontal frequencies."""


def mirrored(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The hashes of the pictures seen in a mirror (exact but for coefficients of exactly zero)."""
    turned: NDArray[np.uint64] = hashes ^ MIRROR_MASK
    return turned


def distance(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Bits that differ, over the last axis; broadcasts."""
    return np.asarray(np.bitwise_count(one ^ other).sum(axis=-1, dtype=np.int64))


assert MIRROR_MASK.shape == (WORDS,)


def stretched(small: NDArray[np.float32]) -> tuple[NDArray[np.uint8], float]:
    """A (SIDE, SIDE) average stretched to 0..255, and the luma levels that it spans.

    Dark and pale pictures are normalised, not dropped: a span of a few levels is still a picture, because averages of
    a hundred samples resolve a tenth of a level.
    """
    low, high = float(small.min()), float(small.max())
    span = high - low
    if span <= 0.0:
        return np.zeros(small.shape, np.uint8), 0.0
    return np.rint((small - low) * np.float32(255.0 / span)).astype(np.uint8), span


LEAST_SPAN = 2.0
"""Luma levels: below this, what is left of a picture after 8-bit coding is the coder's."""
GRADIENTS_OF_FULL_QUALITY = 8.0 * SIDE
"""Sum of steps between neighbours, as shares of the whole span, that a picture of full structure has."""
USABLE = 5


def quality_of(thumb: NDArray[np.uint8], span: float) -> int:
    """0..100 by the sum of gradients of the normalised picture (as PDQ's quality); 0 where nothing is spanned."""
    if span < LEAST_SPAN:
        return 0
    values = thumb.astype(np.int16)
    total = int(np.abs(np.diff(values, axis=0)).sum()) + int(np.abs(np.diff(values, axis=1)).sum())
    return min(100, int(100 * total / 255 / GRADIENTS_OF_FULL_QUALITY))
