"""What moves, laid over what moves: the proof that two files hold the same moments and not only the same place.

Every thumbnail is laid into one frame (``View``), averaged to 16 x 16 cells, and freed of what stands: the mean of the
seconds about it, and with it any change of light that is the same all over. What is left of a fixed camera is the
people; of a hand-held one, the hand. Two series of such pictures are multiplied each with each, and the best
stretches along lines of equal time are found as local alignments are (Smith and Waterman, J. Mol. Biol. 147, 1981;
along a line this is the maximal sum of Kadane). Pictures without motion speak neither for nor against.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
MOST_BETWEEN_S = 0.6
"""Between thumbnails farther apart the nearer one is taken."""
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


def cells_of(thumbs: NDArray[np.uint8], span: NDArray[np.float64], view: View | None) -> NDArray[np.float32]:
    """(m, CELLS, CELLS) luma levels less a constant: of ``a`` itself (None), or of ``b`` seen within ``a``."""
    if view is None:
        rows = columns = sampling(1.0, 0.0, CELLS, SIDE)
    else:
        rows = sampling(view.scale_y, view.shift_y, CELLS, SIDE)
        columns = sampling(view.scale_x, view.shift_x, CELLS, SIDE)
        thumbs = turned(thumbs, view.turn)
    cells = rows @ thumbs.astype(np.float32) @ columns.T
    cells *= (span / 255.0).astype(np.float32)[:, None, None]
    return np.asarray(cells, np.float32)


def mask_of(view: View) -> NDArray[np.bool_]:
    """(CELLS, CELLS) cells of ``a`` that lie within ``b``."""
    rows = sampling(view.scale_y, view.shift_y, CELLS, SIDE).sum(axis=1) > 0
    columns = sampling(view.scale_x, view.shift_x, CELLS, SIDE).sum(axis=1) > 0
    return np.asarray(np.outer(rows, columns))


class Seen:
    """A recording within the frame of ``a``, freed of what stands, on the grid of its own time.

    Grids of other speeds and steps are read from it: what moves is found once.
    """

    def __init__(self, held: Fingerprint, view: View | None, mask: NDArray[np.bool_], step_s: float) -> None:
        times = held.times_s[held.thumb_of]
        order = np.argsort(times, kind="stable")
        times = times[order]
        cells = cells_of(held.thumbs, held.thumb_span, view)[order] * mask
        flat = cells.reshape(len(order), CELLS * CELLS)
        inside = mask.reshape(-1)
        flat[:, inside] -= flat[:, inside].mean(axis=1, keepdims=True)
        count = max(1, int(np.floor((held.end_s - held.start_s) / step_s)) + 1)
        if not times.size:
            flat, times = np.zeros((1, CELLS * CELLS), np.float32), np.full(1, -np.inf)
        self._times, self._flat, self._step_s = times, flat, step_s
        self._half = max(1, round(ABOUT_S / step_s))
        shown, is_there = self._at(held.start_s + step_s * np.arange(count))
        self._base = _freed(shown, is_there, held.start_s, step_s, self._half)

    def _at(self, moments: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Cells at any times, between two thumbnails by their share of both; and whether a thumbnail is near enough."""
        times, flat = self._times, self._flat
        after = np.minimum(np.searchsorted(times, moments), times.size - 1)
        before = np.maximum(after - 1, 0)
        apart = times[after] - times[before]
        share = np.clip((moments - times[before]) / np.where(apart > 0.0, apart, 1.0), 0.0, 1.0)
        share = np.where(np.isfinite(share), share, 0.0)
        is_wide = apart > MOST_BETWEEN_S
        share = np.where(is_wide, np.rint(share), share).astype(np.float32)[:, None]
        nearest = np.minimum(np.abs(times[after] - moments), np.abs(moments - times[before]))
        is_there = nearest <= max(REACH_S, self._step_s)
        shown = (1.0 - share) * flat[before] + share * flat[after]
        return np.where(is_there[:, None], shown, np.float32(0.0)), is_there

    def series(self, step_s: float, speed: float = 1.0) -> Series:
        """``speed``: the grid of ``b`` runs ``speed`` times as fast, so that both grids have a step for a step."""
        base = self._base
        stride = step_s * speed
        if stride == base.step_s:
            return base
        rows = self._rows(stride)
        return Series(base.start_s, stride, base.motion[rows], base.weight[rows], base.still[rows])

    def part(self, start_s: float, steps: int, stride_s: float) -> Series:
        """``steps`` moments from ``start_s`` on, freed of what stands *in that part*.

        Two recordings of which one holds more have other surroundings; within what both hold they have the same.
        """
        shown, is_there = self._at(start_s + stride_s * np.arange(steps))
        return _freed(shown, is_there, start_s, stride_s, self._half)

    def levels(self, start_s: float, steps: int, stride_s: float) -> NDArray[np.float32]:
        """(steps, CELLS^2) luma levels of those moments, without the mean of each picture."""
        return self._at(start_s + stride_s * np.arange(steps))[0]

    def _rows(self, stride: float) -> NDArray[np.int64]:
        base = self._base
        count = max(1, int((base.steps - 1) * base.step_s / stride) + 1)
        rows = np.rint(np.arange(count) * (stride / base.step_s)).astype(np.int64)
        return np.asarray(np.minimum(rows, base.steps - 1))


def _freed(
    flat: NDArray[np.float32], is_there: NDArray[np.bool_], start_s: float, stride: float, half: int
) -> Series:
    """Less the mean of the moments within ``half`` steps, and less what of the rest looks like that mean."""
    count = len(flat)
    sums = np.concatenate([np.zeros((1, flat.shape[1])), np.cumsum(flat, axis=0, dtype=np.float64)])
    present = np.concatenate([[0], np.cumsum(is_there)])
    low, high = np.maximum(np.arange(count) - half, 0), np.minimum(np.arange(count) + half + 1, count)
    around = np.maximum(present[high] - present[low], 1)[:, None]
    standing = ((sums[high] - sums[low]) / around).astype(np.float32)
    motion = np.where(is_there[:, None], flat - standing, np.float32(0.0))
    power = np.einsum("nk,nk->n", standing, standing)
    share = np.einsum("nk,nk->n", motion, standing) / np.maximum(power, 1e-6)
    motion -= share[:, None] * standing
    level = np.sqrt(np.einsum("nk,nk->n", motion, motion) / flat.shape[1])
    weight = np.clip((level - FLOOR_LEVELS) / (FULL_LEVELS - FLOOR_LEVELS), 0.0, 1.0)
    return Series(start_s, stride, _unit(motion), weight.astype(np.float32), _unit(flat))


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


def gains_along(a: Series, b: Series) -> NDArray[np.float32]:
    """(steps,) as ``gains``, of each step of a with the same step of b."""
    cosine = np.einsum("nk,nk->n", a.motion, b.motion)
    return np.asarray(np.sqrt(a.weight * b.weight) * cosine - AGREE * (a.weight + b.weight) / 2, np.float32)


def best_line(gain: NDArray[np.float32]) -> Line:
    """The stretch of greatest sum along any line of equal time.

    Lines become columns (row i shifted by n - 1 - i places); in a column the greatest sum is the greatest rise of the
    running sum above its least value so far.
    """
    n, m = gain.shape
    lags = n + m - 1
    sheared = np.zeros((n, lags + 1), np.float32)
    sheared[:, n - 1 : n - 1 + m] = gain
    # Reading each row one place later than the last moves it left by one against the row above.
    flat = np.concatenate([sheared.reshape(-1), np.zeros(lags, np.float32)])
    columns = np.lib.stride_tricks.as_strided(
        flat, (n, lags), ((lags + 2) * flat.itemsize, flat.itemsize), writeable=False
    )
    running = np.cumsum(columns, axis=0)
    least = np.minimum(np.minimum.accumulate(running, axis=0), 0.0)
    before = np.concatenate([np.zeros((1, lags), np.float32), least[:-1]])
    rise = running - before
    last, lag = np.unravel_index(int(np.argmax(rise)), rise.shape)
    score = float(rise[last, lag])
    if score <= 0.0:
        return Line(0, 0, 0, 0.0)
    track = np.concatenate([[0.0], running[:last, lag]])
    first = int(len(track) - 1 - np.argmin(track[::-1]))
    return Line(first, first + int(lag) - (n - 1), int(last) - first + 1, score)
