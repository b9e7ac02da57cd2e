"""Follow a box from picture to picture, forwards or backwards in time, by the likeness of what stands in it.

Normalised cross-correlation of a template with a window round the last place (Lewis, "Fast normalized
cross-correlation", Vision Interface 1995: the product in the Fourier domain, the energies by running sums). The
likeness is between -1 and 1 and does not depend on light or contrast. The template is refreshed slowly, so that a head
may turn (rate as in Bolme et al., CVPR 2010, section 3.6). A correlation filter fitted to the whole window (that
paper's own) was tried first: with room to search in, most of its window is background, and it stayed there when the
person walked on. The size of the box stays: sizes come from the detector.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
"""(height, width)."""

SIDE = 48
"""Samples across the window, each way."""
PATTERN = 24
"""Samples across the template: a quarter more than the box."""
WINDOW = 2.5
"""The window's side in box sides: room for a motion of five eighths of a box from one picture to the next."""
LEAST_WINDOW_PX = 24.0
RATE = 0.125
"""Weight of the newest picture in the template."""
LOST = 0.5
"""Likeness below which the thing is lost. Of 576 samples under a template, unlike things of natural pictures' slow
variation reach 0.4 at the best of 625 places; a head that turns by some 20 degrees from one refresh to the next keeps
0.6 and more."""

_ROOM = SIDE - PATTERN + 1


@dataclass(slots=True)
class Follower:
    """One box on its way. ``x``, ``y``: its middle; ``width``, ``height``: its size, all in pixels."""

    x: float
    y: float
    width: float
    height: float
    likeness: float = 1.0
    """Of the last step."""
    _pattern: NDArray[np.float32] | None = None

    def start(self, picture: Grey) -> None:
        """Take the template from where the box stands in this picture."""
        self._pattern = self._middle(self._window(picture))

    def step(self, picture: Grey) -> bool:
        """Move to where the thing stands in the next picture. False where it is lost; then nothing is moved."""
        assert self._pattern is not None
        row, column, self.likeness = best_place(self._window(picture), self._pattern)
        if self.likeness < LOST:
            return False
        side_x, side_y = self._sides()
        self.x += (column - (_ROOM - 1) / 2) * side_x / SIDE
        self.y += (row - (_ROOM - 1) / 2) * side_y / SIDE
        if not (0 <= self.x < picture.shape[1] and 0 <= self.y < picture.shape[0]):
            return False
        self._pattern = (1 - RATE) * self._pattern + RATE * self._middle(self._window(picture))
        return True

    def _sides(self) -> tuple[float, float]:
        return max(self.width * WINDOW, LEAST_WINDOW_PX), max(self.height * WINDOW, LEAST_WINDOW_PX)

    @staticmethod
    def _middle(window: NDArray[np.float32]) -> NDArray[np.float32]:
        edge = (SIDE - PATTERN) // 2
        return window[edge : edge + PATTERN, edge : edge + PATTERN].copy()

    def _window(self, picture: Grey) -> NDArray[np.float32]:
        """SIDE x SIDE samples round the box; beyond the picture its edge is repeated."""
        side_x, side_y = self._sides()
        columns, across = _places(self.x - side_x / 2, side_x, picture.shape[1])
        rows, down = _places(self.y - side_y / 2, side_y, picture.shape[0])
        total = picture[rows[0]][:, columns[0]].astype(np.float32)
        for k in range(1, max(across, down)):  # large boxes are not to be told by single pixels
            total += picture[rows[min(k, down - 1)]][:, columns[min(k, across - 1)]]
        return total


MOST_SAMPLES = 4


def _places(start: float, side: float, length: int) -> tuple[list[NDArray[np.intp]], int]:
    """Sample places along one axis; where a step spans several pixels, several sets spread over it."""
    step = side / SIDE
    count = min(MOST_SAMPLES, max(1, int(step)))
    base = start + np.arange(SIDE) * step
    sets = [np.clip(base + (k + 0.5) * step / count, 0, length - 1).astype(np.intp) for k in range(count)]
    return sets, count


def best_place(window: NDArray[np.float32], pattern: NDArray[np.float32]) -> tuple[int, int, float]:
    """Row and column in ``window`` where ``pattern`` fits best, and the likeness there (Lewis 1995, eq. 2 and 3)."""
    size = pattern.size
    flat = pattern - pattern.mean()
    norm = float(np.sqrt((flat**2).sum()))
    light = window - window.mean()
    product = np.fft.irfft2(np.fft.rfft2(light) * np.conj(np.fft.rfft2(flat, (SIDE, SIDE))), (SIDE, SIDE))
    product = product[:_ROOM, :_ROOM]
    sums, squares = _running(light), _running(light * light)
    energy = np.sqrt(np.maximum(squares - sums * sums / size, 0.0))
    answer = product / (energy * norm + size)  # ``size``: a grey level of noise in both counts as no likeness
    row, column = divmod(int(answer.argmax()), _ROOM)
    return row, column, float(answer[row, column])


def _running(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sums over PATTERN x PATTERN at every place."""
    whole = np.zeros((SIDE + 1, SIDE + 1))
    np.cumsum(np.cumsum(values, axis=0, dtype=np.float64), axis=1, out=whole[1:, 1:])
    return (
        whole[PATTERN:, PATTERN:]
        - whole[:-PATTERN, PATTERN:]
        - whole[PATTERN:, :-PATTERN]
        + whole[:-PATTERN, :-PATTERN]
    )
