"""What moves, laid over what moves: the proof that two files hold the same moments and not only the same place.

Every thumbnail is laid into one frame (``View``), averaged to 16 x 16 cells, and freed of what stands: the mean of the
seconds about it, and with it any change of light that is the same all over. What is left of a fixed camera is the
people; of a hand-held one, the hand. Two series of such pictures are multiplied each with each, and the best
stretches along lines of equal time are found as local alignments are (Smith and Waterman, J. Mol. Biol. 147, 1981;
along a line this is the maximal sum of Kadane). Pictures without motion speak neither for nor against.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.comparers.matching_views import View, sampling, turned
from witnessmark.examine.fingerprint import Fingerprint
from witnessmark.examine.fingerprint.print import SIDE

CELLS = 16
STEP_S = 0.25
ABOUT_S = 3.0
"""Half the seconds whose mean is taken for what stands."""
REACH_S = 0.6
"""A moment without a thumbnail so near is not looked at."""
FLOOR_LEVELS = 0.35
"""Motion below this many luma levels (root mean square over the picture) is the coder's."""
FULL_LEVELS = 1.2
"""From here on a moment counts fully."""
AGREE = 0.45
"""Agreement of motion from which a moment speaks for the same footage."""
MOST_STEPS = 1200


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A recording on an even grid of times, within one frame."""

    start_s: float
    step_s: float
    motion: NDArray[np.float32]
    """(n, CELLS^2) unit vectors of what moves; zero where nothing does."""
    weight: NDArray[np.float32]
    """(n,) 0..1: how much moves."""
    still: NDArray[np.float32]
    """(n, CELLS^2) unit vectors of the picture itself without its mean; zero where there is none."""

    @property
    def steps(self) -> int:
        return len(self.weight)

    def at(self, step: float) -> float:
        return self.start_s + step * self.step_s


def cells_of(held: Fingerprint, view: View | None) -> NDArray[np.float32]:
    """(m, CELLS, CELLS) luma levels without their mean: of ``a`` itself (None), or of ``b`` seen within ``a``."""
    if view is None:
        rows = columns = sampling(1.0, 0.0, CELLS, SIDE)
        thumbs = held.thumbs
    else:
        rows = sampling(view.scale_y, view.shift_y, CELLS, SIDE)
        columns = sampling(view.scale_x, view.shift_x, CELLS, SIDE)
        thumbs = turned(held.thumbs, view.turn)
    cells = rows @ thumbs.astype(np.float32) @ columns.T
    cells *= (held.thumb_span / 255.0).astype(np.float32)[:, None, None]
    return np.asarray(cells, np.float32)


def mask_of(view: View) -> NDArray[np.bool_]:
    """(CELLS, CELLS) cells of ``a`` that lie within ``b``."""
    rows = sampling(view.scale_y, view.shift_y, CELLS, SIDE).any(axis=1)
    columns = sampling(view.scale_x, view.shift_x, CELLS, SIDE).any(axis=1)
    return np.asarray(rows[:, None] & columns[None, :])


def series(
    held: Fingerprint, view: View | None, mask: NDArray[np.bool_], step_s: float, speed: float = 1.0
) -> Series:
    """``speed``: the grid of ``b`` runs ``speed`` times as fast, so that both grids have a step for a step."""
    times = held.times_s[held.thumb_of]
    order = np.argsort(times, kind="stable")
    times = times[order]
    stride = step_s * speed
    count = max(1, int(np.floor((held.end_s - held.start_s) / stride)) + 1)
    grid = held.start_s + stride * np.arange(count)
    after = np.clip(np.searchsorted(times, grid), 1, max(1, len(times) - 1))
    before = after - 1
    after = np.minimum(after, len(times) - 1)
    nearest = np.where(np.abs(times[after] - grid) < np.abs(grid - times[before]), after, before)
    is_there = np.abs(times[nearest] - grid) <= max(REACH_S, stride)
    cells = cells_of(held, view)[order][nearest] * mask
    flat = cells.reshape(count, -1)
    inside = mask.reshape(-1)
    flat[:, inside] -= flat[:, inside].mean(axis=1, keepdims=True)
    flat[~is_there] = 0.0
    return _freed(flat, is_there, held.start_s, stride, round(ABOUT_S / step_s))


def _freed(
    flat: NDArray[np.float32], is_there: NDArray[np.bool_], start_s: float, stride: float, half: int
) -> Series:
    count = len(flat)
    sums = np.concatenate([np.zeros((1, flat.shape[1])), np.cumsum(flat, axis=0, dtype=np.float64)])
    present = np.concatenate([[0], np.cumsum(is_there)])
    low, high = np.maximum(np.arange(count) - half, 0), np.minimum(np.arange(count) + half + 1, count)
    standing = ((sums[high] - sums[low]) / np.maximum(present[high] - present[low], 1)[:, None]).astype(
        np.float32
    )
    motion = np.where(is_there[:, None], flat - standing, 0.0).astype(np.float32)
    power = np.einsum("nk,nk->n", standing, standing)
    share = np.einsum("nk,nk->n", motion, standing) / np.maximum(power, 1e-6)
    motion -= share[:, None] * standing
    level = np.sqrt(np.einsum("nk,nk->n", motion, motion) / flat.shape[1])
    weight = np.clip((level - FLOOR_LEVELS) / (FULL_LEVELS - FLOOR_LEVELS), 0.0, 1.0)
    return Series(
        start_s,
        stride,
        _unit(motion),
        weight.astype(np.float32),
        _unit(flat),
    )


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.sqrt(np.einsum("nk,nk->n", rows, rows))
    return np.asarray(rows / np.maximum(length, 1e-3)[:, None], np.float32)


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of equal time: step ``a_first + k`` of a with step ``b_first + k`` of b, ``steps`` of them."""

    a_first: int
    b_first: int
    steps: int
    score: float
    """Sum over the stretch; moving moments that agree fully give ``1 - AGREE`` each."""


def gains(a: Series, b: Series) -> NDArray[np.float32]:
    """(steps of a, steps of b): what each pair of moments speaks for (above 0) or against (below 0)."""
    root = np.sqrt(a.weight)[:, None] * np.sqrt(b.weight)[None, :]
    both = (a.weight[:, None] + b.weight[None, :]) / 2
    return np.asarray(root * (a.motion @ b.motion.T) - AGREE * both, np.float32)


def best_line(gain: NDArray[np.float32]) -> Line:
    """The stretch of greatest sum along any line of equal time."""
    n, m = gain.shape
    lags = n + m - 1
    run = np.zeros(lags)
    run_start = np.zeros(lags, np.int64)
    best = np.zeros(lags)
    best_start, best_end = np.zeros(lags, np.int64), np.zeros(lags, np.int64)
    for i in range(n):
        # lag index: j - i + n - 1
        part = slice(n - 1 - i, n - 1 - i + m)
        here = run[part]
        fresh = here <= 0.0
        run_start[part] = np.where(fresh, i, run_start[part])
        run[part] = np.where(fresh, gain[i], here + gain[i])
        better = run[part] > best[part]
        best[part] = np.where(better, run[part], best[part])
        best_start[part] = np.where(better, run_start[part], best_start[part])
        best_end[part] = np.where(better, i, best_end[part])
    lag = int(np.argmax(best))
    first, last = int(best_start[lag]), int(best_end[lag])
    return Line(first, first + lag - (n - 1), last - first + 1, float(best[lag]))
