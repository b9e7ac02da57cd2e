"""Put a picture of a lossy video onto the grid of means of the raw picture, by area.

The raw picture, turned by quarter turns, lies in a rectangle at the upper left of the public picture (PublicMap); the
lossy copy may have any size. Each mean is the average of the lossy luma over the area that its 8×8 block of the raw
covers there, edges by their share (box filter): the same sum as in likeness.js.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCK_PX = 8


class Grid:
    """Weights for one geometry. Sizes are (width, height); ``strip_px`` in pixels of the public picture."""

    def __init__(
        self,
        raw: tuple[int, int],
        shown: tuple[int, int],
        strip_px: int,
        quarter_turns: int,
        video: tuple[int, int],
    ) -> None:
        self._turns = quarter_turns % 4
        across, down = raw if self._turns % 2 == 0 else raw[::-1]
        scale_x, scale_y = video[0] / shown[0], video[1] / (shown[1] + strip_px)
        # turned, the blocks that the raw's right and lower edges clip may lie at the start of an axis
        flip_x, flip_y = self._turns in (1, 2), self._turns in (2, 3)
        self._columns = _weights(across, shown[0] * scale_x, video[0], flip_x)
        self._rows = _weights(down, shown[1] * scale_y, video[1], flip_y)

    def means(self, luma: NDArray[np.generic]) -> NDArray[np.float32]:
        """(rows, columns) of the raw's grid from (height, width) of the video."""
        turned = self._rows @ luma.astype(np.float32) @ self._columns.T
        out: NDArray[np.float32] = np.ascontiguousarray(np.rot90(turned, self._turns))
        return out


def _weights(raw_px: int, shown_px: float, video_px: int, flip: bool) -> NDArray[np.float32]:
    """(means, video pixels): the share of each video pixel in each mean along one axis."""
    count = -(-raw_px // BLOCK_PX)
    edges = np.minimum(np.arange(count + 1) * BLOCK_PX, raw_px) * (shown_px / raw_px)
    if flip:
        edges = shown_px - edges[::-1]
    pixels = np.arange(video_px)
    low, high = edges[:-1, None], edges[1:, None]
    covered = np.clip(np.minimum(high, pixels + 1) - np.maximum(low, pixels), 0, None)
    out: NDArray[np.float32] = (covered / covered.sum(axis=1, keepdims=True)).astype(np.float32)
    return out
