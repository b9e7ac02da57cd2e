"""Where the picture lies within the picture: black bars, and standing frames about a recorded screen.

The first ``ENOUGH`` kept pictures decide. A *bar* is a run of rows (or columns) from the edge that are uniform and
unchanging and end in a straight step. It must be seen as such in time and space: dark scenery seldom is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.fingerprint.print import WHOLE, Area

ENOUGH = 24
"""Pictures: six to twelve seconds of most footage."""
UNIFORM_LEVELS = 6.0
"""How far nine tenths of a bar may lie from its own level: coded black wobbles by two or three."""
STEP_LEVELS = 6.0
"""Mean step of luma at the straight edge of a bar, at least once in the pictures."""
MOST_BORDER = 0.42
"""A border never takes more than this of one side: what is left must still be a picture."""
LEAST_BORDER_ROWS = 2


@dataclass(slots=True)
class Watch:
    """Collects small lumas of one size until there are enough."""

    seen: list[NDArray[np.uint8]] = field(default_factory=list)

    def see(self, luma: NDArray[np.uint8]) -> None:
        if not self.seen or luma.shape == self.seen[0].shape:
            self.seen.append(luma.copy())

    @property
    def is_full(self) -> bool:
        return len(self.seen) >= ENOUGH

    def area(self) -> Area:
        """The inner part by what was seen; the whole where nothing stands about it."""
        if not self.seen:
            return WHOLE
        stack = np.stack(self.seen)
        high, wide = stack.shape[1:]
        top, bottom = _bars(stack)
        left, right = _bars(stack.transpose(0, 2, 1))
        return Area(top / high, 1.0 - bottom / high, left / wide, 1.0 - right / wide)


def _bars(stack: NDArray[np.uint8]) -> tuple[int, int]:
    """Rows of bar at the start and at the end of the second axis of (pictures, rows, columns)."""
    return _bar(stack), _bar(stack[:, ::-1])


def _bar(stack: NDArray[np.uint8]) -> int:
    rows = stack.shape[1]
    most = int(rows * MOST_BORDER)
    level = float(np.median(stack[:, :1]))
    far = np.abs(stack[:, : most + 1].astype(np.float32) - level)
    uniform = np.percentile(far, 90, axis=(0, 2)) <= UNIFORM_LEVELS
    run = int(np.argmin(uniform)) if not uniform.all() else 0
    if run < LEAST_BORDER_ROWS:
        return 0
    step = np.abs(stack[:, run].astype(np.float32) - level).mean(axis=1)
    return run if float(step.max()) >= STEP_LEVELS else 0


def inner_part(luma: NDArray[np.uint8], area: Area) -> NDArray[np.uint8]:
    """The part of a small luma, at least one sample each way."""
    high, wide = luma.shape
    top, left = min(high - 1, round(area.top * high)), min(wide - 1, round(area.left * wide))
    return luma[top : max(top + 1, round(area.bottom * high)), left : max(left + 1, round(area.right * wide))]
