"""A small picture cut into blocks, each kept as its mean and what is left of it: measured once, used by two methods.

Both the step of the whole picture (``jumps``) and the blocks that change together (``synchrony``) come from the same
few sums, which keeps the two together at about a hundredth of a decode.
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

    values: NDArray[np.float32]
    """(blocks, values of a block), each block without its mean."""
    means: NDArray[np.float32]
    power: NDArray[np.float32]
    """Sum of squares of ``values`` per block."""
    burned: NDArray[np.bool_]
    """Blocks with a value at either end of the scale."""
    grid: tuple[int, int]
    mean: float
    norm: float
    """Root of the sum of squares of the whole picture about its mean."""

    @classmethod
    def of(cls, picture: NDArray[np.uint8]) -> Blocks:
        small = picture[::THINNING, ::THINNING]
        if min(small.shape) < BLOCK:
            small = np.zeros((BLOCK, BLOCK), np.uint8)
        rows, columns = small.shape[0] // BLOCK, small.shape[1] // BLOCK
        parts = small[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
        whole = parts.transpose(0, 2, 1, 3).reshape(rows * columns, BLOCK * BLOCK)
        values = whole.astype(np.float32)
        means = values @ _EVEN
        values -= means[:, None]
        power = np.einsum("ij,ij->i", values, values)
        mean = float(means.mean())
        about = means - np.float32(mean)
        norm = float(np.sqrt(float(power.sum()) + BLOCK * BLOCK * float(about @ about)))
        # The ends of the scale as distances from the middle: one pass for both.
        burned = np.abs(whole.astype(np.int16) - MIDDLE).max(axis=1) >= ENDS
        return cls(values, means, power, burned, (rows, columns), mean, norm)

    def both(self, other: Blocks) -> NDArray[np.float32]:
        """Sum of products per block."""
        return np.asarray(np.einsum("ij,ij->i", self.values, other.values), dtype=np.float32)

    def correlation(self, other: Blocks, both: NDArray[np.float32]) -> float:
        """ρ of the two whole pictures."""
        about, beside = self.means - np.float32(self.mean), other.means - np.float32(other.mean)
        product = float(both.sum()) + BLOCK * BLOCK * float(about @ beside)
        return product / (self.norm * other.norm)

    def grey_from(self, other: Blocks) -> float:
        """Mean absolute difference, grey levels."""
        difference = self.values - other.values
        difference += (self.means - other.means)[:, None]
        np.abs(difference, out=difference)
        return float(difference.mean())


_EVEN = np.full(BLOCK * BLOCK, 1 / (BLOCK * BLOCK), dtype=np.float32)
MIDDLE = (BURNED + BLACK + 1) // 2
ENDS = BURNED - MIDDLE
