"""Where the picture lies within the picture: black bars, and standing frames about a recorded screen.

The first ``ENOUGH`` kept pictures decide. A *bar* is a run of rows (or columns) from the edge that are uniform and
unchanging and end in a straight step; bars come in pairs of like width (a single one is a caption, a wall or the sky).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.fingerprint.print import WHOLE, Area

ENOUGH = 24
"""Pictures: six to twelve seconds of most footage."""
UNIFORM_LEVELS = 4.0
"""How far nineteen in twenty samples of a bar may lie from its level: coded black wobbles by two."""
STEP_LEVELS = 6.0
"""Mean step of luma at the straight edge of a bar, at least once in the pictures."""
MOST_BORDER = 0.42
"""A border never takes more than this of one side: what is left must still be a picture."""
LEAST_BORDER_ROWS = 2
LEAST_PAIR = 0.6
"""Of a pair of bars, the narrower has at least this share of the wider."""
LEAST_FOR_FRAME = 12
MOVING_LEVELS = 2.0
"""Mean change of luma from one kept picture to the next, of a sample that moves."""
MOVING_LINE = 0.15
"""Share of a row or column that moves where the inner part begins."""
MOVING_INSIDE, MOVING_OUTSIDE = 0.6, 0.02
LEAST_INSIDE, LEAST_AROUND = 0.08, 0.1


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
        if top == bottom == left == right == 0 and len(stack) >= LEAST_FOR_FRAME:
            top, bottom, left, right = _frame(stack)
        return Area(top / high, 1.0 - bottom / high, left / wide, 1.0 - right / wide)


def _bars(stack: NDArray[np.uint8]) -> tuple[int, int]:
    """Rows of bar at the start and at the end of the second axis of (pictures, rows, columns)."""
    first, last = _bar(stack), _bar(stack[:, ::-1])
    return (first, last) if min(first, last) >= LEAST_PAIR * max(first, last) else (0, 0)


def _bar(stack: NDArray[np.uint8]) -> int:
    rows = stack.shape[1]
    most = int(rows * MOST_BORDER)
    level = float(np.median(stack[:, :1]))
    far = np.abs(stack[:, : most + 1].astype(np.float32) - level)
    uniform = np.percentile(far, 95, axis=(0, 2)) <= UNIFORM_LEVELS
    run = int(np.argmin(uniform)) if not uniform.all() else 0
    if run < LEAST_BORDER_ROWS:
        return 0
    step = np.abs(stack[:, run].astype(np.float32) - level).mean(axis=1)
    return run if float(step.max()) >= STEP_LEVELS else 0


def _frame(stack: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Rows and columns of a standing frame: (top, bottom, left, right), zeros where there is none.

    Told only where most of what is inside moves, next to nothing outside does, and the mean picture has an edge along
    every side: a hand-held recording played on a
    screen. A fixed camera on a screen stands still inside as well, and its frame is not found.
    """
    steps = np.abs(np.diff(stack.astype(np.int16), axis=0)).mean(axis=0)
    moves = steps >= MOVING_LEVELS
    high, wide = moves.shape
    rows = np.flatnonzero(moves.mean(axis=1) >= MOVING_LINE)
    columns = np.flatnonzero(moves.mean(axis=0) >= MOVING_LINE)
    if not rows.size or not columns.size:
        return 0, 0, 0, 0
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    inside = moves[top:bottom, left:right]
    outside = moves.sum() - inside.sum()
    around = moves.size - inside.size
    if inside.size < LEAST_INSIDE * moves.size or around < LEAST_AROUND * moves.size:
        return 0, 0, 0, 0
    if float(inside.mean()) < MOVING_INSIDE or float(outside) > MOVING_OUTSIDE * around:
        return 0, 0, 0, 0
    mean = stack.mean(axis=0, dtype=np.float32)
    edges = (
        (top, mean[top - 1, left:right], mean[min(top + 1, high - 1), left:right]),
        (high - bottom, mean[min(bottom, high - 1), left:right], mean[bottom - 2, left:right]),
        (left, mean[top:bottom, left - 1], mean[top:bottom, min(left + 1, wide - 1)]),
        (wide - right, mean[top:bottom, min(right, wide - 1)], mean[top:bottom, right - 2]),
    )
    if any(border and float(np.abs(out - within).mean()) < STEP_LEVELS for border, out, within in edges):
        return 0, 0, 0, 0
    return top, high - bottom, left, wide - right


def inner_part(luma: NDArray[np.uint8], area: Area) -> NDArray[np.uint8]:
    """The part of a small luma, at least one sample each way."""
    high, wide = luma.shape
    top, left = min(high - 1, round(area.top * high)), min(wide - 1, round(area.left * wide))
    return luma[top : max(top + 1, round(area.bottom * high)), left : max(left + 1, round(area.right * wide))]
