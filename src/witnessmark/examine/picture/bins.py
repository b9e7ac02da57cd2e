"""Sums over equal parts of a small picture: one matrix product on each side, exact in single precision.

Values are whole and at most 255, so that a sum over a small picture stays below 2^24 and is exact in any order.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray


class Bins:
    """Cuts pictures into ``rows`` × ``columns`` parts; the matrices are made once per size of picture."""

    def __init__(self, rows: int, columns: int) -> None:
        self._count = (rows, columns)
        self._size = (0, 0)
        self._left = self._right = np.zeros((0, 0), np.float32)
        self.areas: NDArray[np.float32] = np.zeros(rows * columns, np.float32)
        """Values in each part (at least 1), for pictures of the size last seen."""

    def sums(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(rows · columns) sums."""
        if picture.shape != self._size:
            self._size = (picture.shape[0], picture.shape[1])
            self._left = _membership(picture.shape[0], self._count[0])
            self._right = _membership(picture.shape[1], self._count[1]).T.copy()
            areas = np.outer(self._left.sum(axis=1), self._right.sum(axis=0))
            self.areas = np.maximum(areas.ravel(), 1).astype(np.float32)
        return np.asarray((self._left @ (picture.astype(np.float32) @ self._right)).ravel(), dtype=np.float32)


def _membership(size: int, count: int) -> NDArray[np.float32]:
    """(count, size): which of ``count`` equal stretches a value lies in; in a picture smaller than that stretches
    share values."""
    edges = np.linspace(0, size, count + 1).round().astype(int)
    out = np.zeros((count, size), np.float32)
    for k, (low, high) in enumerate(itertools.pairwise(edges)):
        out[k, low : max(high, low + 1)] = 1.0
    return out
