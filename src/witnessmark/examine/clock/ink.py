"""Letters without a box over a scene that moves: look at how near each pixel is to the colour of the ink.

Where the ground beneath the letters changes, its greys tell nothing; the ink keeps its own. From the first window:
the ground moves where the median pixel of the strip does, the ink is the level of those pixels that do not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.clock.digits import LEAST_SPREAD, OWN_SPREAD

MOVING_GREY, MOVING_PERCENTILE = 7.0, 75.0
"""Spread over time, at this percentile of the pixels, from which on the ground moves (a boxed or fixed ground shows
coding noise, below 5 at crf 33)."""
LEAST_COLUMNS = 8
NOISE_FACTOR = 1.3
STEADY_SHARE = 0.35
"""Of that spread: below it a pixel is ink or its outline, not ground."""
LEAST_PIXELS = 40
REACH_GREY = 60.0
"""From here on a pixel counts as no ink at all: half-covered border pixels of letters on mid-grey reach 50."""


@dataclass(frozen=True, slots=True)
class Ink:
    """The level that letters keep."""

    level: float
    ground_spread: float
    """Usual spread over time of what is not ink, in values of ``seen``."""

    def seen(self, strips: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Nearness to the ink, 255 at its level, 0 from REACH_GREY on."""
        table = 255 * np.clip(1 - np.abs(np.arange(256) - self.level) / REACH_GREY, 0, 1)
        return np.asarray(np.round(table).astype(np.uint8)[strips])


def ink_of(strips: NDArray[np.uint8], still: NDArray[np.bool_]) -> Ink | None:
    """The ink of (n, rows, columns) early pictures, or None where the ground does not move.

    ``still``: columns of places that the running clock leaves alone in the window (hours, date).
    """
    values = strips[:, :, still].astype(np.float32)
    if values.shape[2] < LEAST_COLUMNS:
        return None
    spread = values.std(axis=0)
    usual = float(np.percentile(spread, MOVING_PERCENTILE))
    if usual < MOVING_GREY:
        return None
    steady = spread < max(STEADY_SHARE * usual, 3.0)
    if int(steady.sum()) < LEAST_PIXELS:
        return None
    mean = values.mean(axis=0)
    ground = float(mean[~steady].mean())
    low, high = np.percentile(mean[steady], [10, 90])
    bare = Ink(float(high if high - ground >= ground - low else low), 0.0)
    seen = bare.seen(strips[:, :, still]).astype(np.float32)
    return Ink(bare.level, float(seen.std(axis=0)[~steady].mean()))


def noise_of(strips: NDArray[np.uint8], still: NDArray[np.bool_]) -> float:
    """Spread over time of pixels that nothing changes but coding, widened for what the window did not show."""
    if not still.any():
        return OWN_SPREAD
    spread = strips[:, :, still].std(axis=0, dtype=np.float32)
    return float(np.clip(NOISE_FACTOR * np.percentile(spread, MOVING_PERCENTILE), LEAST_SPREAD, OWN_SPREAD))
