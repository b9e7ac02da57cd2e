"""The step with which a held picture ends: how much of it is motion that was hidden, and not light, fresh coding or an
overlay.

A lamp or exposure changes every value alike; a key picture draws the same structure anew; a burned-in clock changes
one line of text. What moved while the picture was held stands elsewhere: structure is *replaced*, over more than a
line. Replaced is a block whose likeness to itself one picture before falls by a fifth or more: a hidden or plain key
picture of an unmoved scene leaves it above 0.9 (see docs/methods/freeze.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.picture.blocks import BLOCK, Blocks

BLACK, WHITE = 20, 245
"""Values outside are clipped or close to it, in full as in studio range (ITU-R BT.709: black 16, white 235)."""
LIKENESS_LOST = 0.2
"""Least 1 − ρ of a block whose content is another one. Drawn anew by an encoder, textured blocks of a fixed camera lost
0.2 in at most 2 of 144 places, which were the clock's digits; bodies that came and went lost 0.4 and more."""
LEAST_GREY = 2.0
"""Least change of structure, σ·√(1−ρ), of such a block: less is noise (as ``synchrony.LEAST_GREY``)."""
FEWEST_BLOCKS, FEWEST_ROWS = 4, 3
"""Replaced blocks, and rows of them: a line of text covers two rows of nine at most."""

UNLIT_SHARE = 0.3
"""Least share of the step that light does not explain: a lamp or exposure leaves a tenth (measured on made lamps)."""


@dataclass(frozen=True, slots=True)
class Tear:
    """The step from one picture to the next."""

    grey: float
    """Mean absolute difference of the two pictures."""
    unlit: float
    """What of it no change of brightness and contrast explains."""
    blocks: int
    """Blocks (a ninth of the picture's height) whose content was replaced."""
    rows: int

    @property
    def is_motion(self) -> bool:
        """More than a lamp, an overlay and fresh coding give."""
        wide = self.blocks >= FEWEST_BLOCKS and self.rows >= FEWEST_ROWS
        return wide and self.unlit >= UNLIT_SHARE * self.grey

    @classmethod
    def of(cls, before: NDArray[np.uint8], now: NDArray[np.uint8], grey: float) -> Tear:
        """``grey``: mean absolute difference of the two as they are."""
        first, second = Blocks.of(before), Blocks.of(now)
        lost = replaced(first, second, first.both(second)).reshape(first.grid)
        return cls(grey, unlit_grey(before, now), int(lost.sum()), int(lost.any(axis=1).sum()))


def replaced(before: Blocks, now: Blocks, both: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which blocks show something else. ``both``: sums of products per block."""
    likeness = np.maximum(both, 0) / np.sqrt(now.power * before.power + np.float32(1e-3))
    lost = 1 - np.minimum(likeness, 1)
    change = np.maximum(now.power, before.power) * lost
    least = np.float32((BLOCK * LEAST_GREY) ** 2)
    return np.asarray((lost >= LIKENESS_LOST) & (change >= least) & ~(now.burned | before.burned))


def unlit_grey(before: NDArray[np.uint8], now: NDArray[np.uint8]) -> float:
    """Mean absolute difference (grey levels) that remains when ``now`` is fitted to ``before`` by one gain and one
    offset (least squares, burned-out and black values left aside): a lamp, a flash or exposure leaves next to
    nothing, a moved scene everything."""
    both = (now > BLACK) & (now < WHITE) & (before > BLACK) & (before < WHITE)
    if 2 * int(both.sum()) < both.size:
        return 0.0
    x, y = before[both].astype(np.float32), now[both].astype(np.float32)
    x -= x.mean()
    y -= y.mean()
    power = float(y @ y)
    gain = float(x @ y) / power if power > 0 else 0.0
    return float(np.abs(x - np.float32(gain) * y).mean())
