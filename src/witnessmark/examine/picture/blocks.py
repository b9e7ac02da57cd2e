"""A small picture cut into blocks, each kept as its mean and what is left of it: measured once, used by two methods.

Both the step of the whole picture (``jumps``) and the blocks that change together (``synchrony``) come from the same
few sums, which keeps the two together at about a hundredth of a decode. A block is a column: sums over it then run
along whole rows of memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

THINNING = 2
"""Every second row and column of the small luma: structure survives, and the cost falls to a quarter."""
BLOCK = 5
"""Block side in thinned values: a ninth of the picture's height at 90 lines."""
BURNED, BLACK = 250, 3


@dataclass(frozen=True, slots=True)
class Blocks:
    """One picture. Rows and columns that fill no block are left out."""

    grey: NDArray[np.uint8]
    """(values of a block, blocks), as in the picture."""
    values: NDArray[np.float32]
    """(values of a block, blocks), each block without its mean."""
    means: NDArray[np.float32]
    """Mean of each block, about that of the whole picture."""
    power: NDArray[np.float32]
    """Sum of squares of ``values`` per block."""
    burned: NDArray[np.bool_]
    """Blocks with a value at either end of the scale."""
    grid: tuple[int, int]
    norm: float
    """Root of the sum of squares of the whole picture about its mean."""

    @classmethod
    def of(cls, picture: NDArray[np.uint8]) -> Blocks:
        small = picture[::THINNING, ::THINNING]
        if min(small.shape) < BLOCK:
            small = np.zeros((BLOCK, BLOCK), np.uint8)
        rows, columns = small.shape[0] // BLOCK, small.shape[1] // BLOCK
        parts = small[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
        grey = parts.transpose(1, 3, 0, 2).reshape(BLOCK * BLOCK, rows * columns)
        values = grey.astype(np.float32)
        means = _EVEN @ values
        values -= means
        power = np.einsum("ij,ij->j", values, values)
        means -= means.mean()
        norm = (float(power.sum()) + BLOCK * BLOCK * float(means @ means)) ** 0.5
        # Black wraps around to the top of the scale: one maximum for both ends.
        burned = (grey - _ABOVE_BLACK).max(axis=0) >= BURNED - BLACK - 1
        return cls(grey, values, means, power, burned, (rows, columns), norm)

    def both(self, other: Blocks) -> NDArray[np.float32]:
        """Sum of products per block."""
        return np.asarray(np.einsum("ij,ij->j", self.values, other.values), dtype=np.float32)

    def correlation(self, other: Blocks, both: NDArray[np.float32]) -> float:
        """ρ of the two whole pictures."""
        product = float(both.sum()) + BLOCK * BLOCK * float(self.means @ other.means)
        return product / (self.norm * other.norm)

    def grey_from(self, other: Blocks) -> float:
        """Mean absolute difference, grey levels."""
        difference = np.maximum(self.grey, other.grey)
        difference -= np.minimum(self.grey, other.grey)
        return float(difference.sum(dtype=np.int32)) / difference.size


_EVEN = np.full(BLOCK * BLOCK, 1 / (BLOCK * BLOCK), dtype=np.float32)
_ABOVE_BLACK = np.uint8(BLACK + 1)
