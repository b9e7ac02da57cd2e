"""A PNG with nothing in it but the picture: ``IHDR``, one ``IDAT``, ``IEND``. No time, gamma, text, palette or profile.

Written by us and not by a library, so that no program and no build leaves its mark in a public file; what is read back
is sRGB by the reader's own default. The same samples give the same bytes with one build of zlib.

Source: PNG (third edition), §5 (chunks), §9 (filters), §11.2 (critical chunks), §12.7 (choice of filters).
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
DEPTH_BITS, TRUECOLOUR = 8, 2
HEADER_BYTES = 13
RGB_BYTES = 3
ZLIB_LEVEL = 9


def write_png(rgb: NDArray[np.uint8]) -> bytes:
    """The file of a picture (height, width, 3). Raises ValueError for another shape."""
    if rgb.ndim != 3 or rgb.shape[2] != RGB_BYTES or not rgb.size:
        raise ValueError("a picture has rows, columns and three colours")
    height, width = rgb.shape[:2]
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((DEPTH_BITS, TRUECOLOUR, 0, 0, 0))
    body = zlib.compress(_filtered(rgb), ZLIB_LEVEL)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def chunk(name: bytes, data: bytes) -> bytes:
    """Length, name, content and check sum (§5.3)."""
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def _filtered(rgb: NDArray[np.uint8]) -> bytes:
    """Each row by that filter whose output is smallest as a sum of absolute values (§12.7)."""
    rows = rgb.reshape(rgb.shape[0], -1).astype(np.int16)
    left, above, corner = (np.zeros_like(rows) for _ in range(3))
    left[:, RGB_BYTES:] = rows[:, :-RGB_BYTES]
    above[1:] = rows[:-1]
    corner[1:, RGB_BYTES:] = rows[:-1, :-RGB_BYTES]
    guesses = (np.zeros_like(rows), left, above, (left + above) >> 1, _paeth(left, above, corner))
    made = np.stack([(rows - guess).astype(np.uint8) for guess in guesses])
    cost = np.abs(made.view(np.int8).astype(np.int16)).sum(axis=2, dtype=np.int64)
    best = cost.argmin(axis=0)
    chosen = made[best, np.arange(len(rows))]
    return np.concatenate([best.astype(np.uint8)[:, None], chosen], axis=1).tobytes()


def _paeth(left: NDArray[np.int16], above: NDArray[np.int16], corner: NDArray[np.int16]) -> NDArray[np.int16]:
    """The neighbour nearest to ``left + above - corner``; ties in that order (§9.4)."""
    guess = left + above - corner
    to_left, to_above, to_corner = (np.abs(guess - one) for one in (left, above, corner))
    is_left = (to_left <= to_above) & (to_left <= to_corner)
    return np.where(is_left, left, np.where(to_above <= to_corner, above, corner)).astype(np.int16)
