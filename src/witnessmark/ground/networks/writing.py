"""Where in a picture there is writing: a network marks letters, and we draw level boxes round them.

Network: DB text detector of PP-OCR (Liao et al., Real-time scene text detection with differentiable
binarization, AAAI 2020; its threshold and growth of boxes, section 3.4). Overlays are written level: boxes are
upright rectangles, and no polygon is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.ground.networks.parts import parts_of
from witnessmark.ground.networks.text_models import DETECTOR, session

GRID_PX = 32
"""The network halves its input five times."""
CHANCE = 0.3
"""A pixel is writing from here on (the paper's threshold of the binary map)."""
BOX_CHANCE = 0.4
"""Mean chance over a box; the package's own default is 0.5, and weak boxes are only read, never believed."""
GROWTH = 1.6
"""Letters are marked shrunk; boxes are grown again by area * GROWTH / perimeter (section 3.4)."""
LEAST_PX = 3
MEAN, SPREAD = np.float32(0.5), np.float32(0.5)


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in pixels of the picture, right and bottom exclusive."""

    left: int
    top: int
    right: int
    bottom: int
    chance: float = 1.0

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


def find_writing(picture: NDArray[np.uint8], width_px: int) -> list[Box]:
    """Boxes of writing in a grey picture, seen at about ``width_px`` columns; largest chance first."""
    from PIL import Image

    height, width = picture.shape
    columns = max(GRID_PX, round(width_px / GRID_PX) * GRID_PX)
    rows = max(GRID_PX, round(height * columns / width / GRID_PX) * GRID_PX)
    image = Image.fromarray(np.ascontiguousarray(picture)).resize((columns, rows), Image.Resampling.BICUBIC)
    grey = (np.asarray(image, np.float32) / 255 - MEAN) / SPREAD
    network = session(DETECTOR)
    rgb = np.ascontiguousarray(np.broadcast_to(grey, (1, 3, rows, columns)))
    chances = network.run(None, {network.get_inputs()[0].name: rgb})[0][0, 0]
    found = []
    for part in parts_of(chances > CHANCE):
        top, bottom = part[0][0], part[-1][0] + 1
        left, right = min(run[1] for run in part), max(run[2] for run in part)
        high, wide = bottom - top, right - left
        if min(high, wide) < LEAST_PX:
            continue
        chance = float(np.mean(np.concatenate([chances[row, begin:end] for row, begin, end in part])))
        if chance < BOX_CHANCE:
            continue
        grow = high * wide * GROWTH / (2 * (high + wide))
        x, y = width / columns, height / rows
        found.append(
            Box(
                max(0, int((left - grow) * x)),
                max(0, int((top - grow) * y)),
                min(width, int(np.ceil((right + grow) * x))),
                min(height, int(np.ceil((bottom + grow) * y))),
                round(chance, 3),
            )
        )
    return sorted(found, key=lambda box: -box.chance)
