"""What the pictures of a pair tell of which side has lost: what lies beyond a cut, and what lies over the picture.

Beyond the edge of the smaller picture, the larger one either *moves* as the rest of it does (then the smaller one was
cut out of it) or stands still while the rest moves (then the smaller one may be whole, and the larger one a screen or a
caption about it, or the edge of a quiet room: nothing is told). Something laid over a picture stands still where the
other side moves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.comparers.matching_motion import CELLS, cells_of, mask_of
from witnessmark.examine.comparers.matching_views import View
from witnessmark.examine.comparers.search_candidates import inverse
from witnessmark.examine.fingerprint import Fingerprint

LEAST_PICTURES = 6
MOVES_ALONG = 0.3
"""Movement beyond the edge, as a share of that within, from which it moves along."""
LEAST_OUTSIDE = CELLS // 2
"""Cells beyond the edge: half a row of them."""
STANDS, LEAST_MOVEMENT = 0.35, 1.5
"""A cell is covered where it moves by so small a share of what the other side moves, and that one moves by so many
luma levels (standard deviation over time)."""
APART_LEVELS, APART_DEVIATIONS = 10.0, 6.0
"""A cell differs where its mean is apart by so many levels and so many (robust) deviations of all cells."""
LEAST_COVERED, MOST_COVERED = 4, 0.4
"""Cells, and share of the common picture."""


@dataclass(frozen=True, slots=True)
class Lost:
    """What is told of either side."""

    beyond_a: bool
    """b goes on beyond the edges of a, and moves there as within."""
    beyond_b: bool
    over_a: bool
    """Something stands over a that does not stand over b."""
    over_b: bool
    differs: bool
    """Part of the picture differs, whichever side it belongs to."""


UNTOLD = Lost(False, False, False, False, False)


def lost(
    a: Fingerprint, b: Fingerprint, view: View, levels_a: NDArray[np.float32], levels_b: NDArray[np.float32],
    span_a: tuple[float, float], span_b: tuple[float, float],
) -> Lost:  # fmt: skip
    """``levels``: (steps, CELLS^2) of both within the frame of a, step by step; ``span``: their seconds."""
    over_a, over_b, differs = _covered(levels_a, levels_b, mask_of(view).reshape(-1))
    return Lost(
        _moves_outside(b, mask_of(inverse(view)), span_b),
        _moves_outside(a, mask_of(view), span_a),
        over_a,
        over_b,
        differs,
    )


def _moves_outside(held: Fingerprint, inside: NDArray[np.bool_], span: tuple[float, float]) -> bool:
    if (~inside).sum() < LEAST_OUTSIDE or not inside.any():
        return False
    times = held.times_s[held.thumb_of]
    chosen = np.flatnonzero((times >= span[0]) & (times <= span[1]))
    if chosen.size < LEAST_PICTURES:
        return False
    cells = cells_of(held.thumbs[chosen], held.thumb_span[chosen], None)
    cells = cells - cells[:, inside].mean(axis=1)[:, None, None]
    power = cells.var(axis=0)
    within = float(power[inside].mean())
    return within > 0.0 and float(power[~inside].mean()) >= MOVES_ALONG**2 * within


def _covered(
    a: NDArray[np.float32], b: NDArray[np.float32], inside: NDArray[np.bool_]
) -> tuple[bool, bool, bool]:
    if len(a) < LEAST_PICTURES or inside.sum() < 4 * LEAST_COVERED:
        return False, False, False
    moves_a, moves_b = a[:, inside].std(axis=0), b[:, inside].std(axis=0)
    gain = float(np.median(moves_a) / max(float(np.median(moves_b)), 1e-3))
    mean_a, mean_b = a[:, inside].mean(axis=0), b[:, inside].mean(axis=0)
    stands_a = (moves_a < STANDS * gain * moves_b) & (moves_b >= LEAST_MOVEMENT)
    stands_b = (gain * moves_b < STANDS * moves_a) & (moves_a >= LEAST_MOVEMENT)
    slope = float((mean_a * mean_b).sum() / max(float((mean_b**2).sum()), 1e-6))
    apart = np.abs(mean_a - slope * mean_b - np.median(mean_a - slope * mean_b))
    usual = 1.4826 * float(np.median(apart))
    differs = apart > max(APART_LEVELS * max(slope, 0.1), APART_DEVIATIONS * usual)
    most = MOST_COVERED * inside.sum()

    def is_some(cells: NDArray[np.bool_]) -> bool:
        return bool(LEAST_COVERED <= cells.sum() <= most)

    over_a, over_b = is_some(stands_a & differs), is_some(stands_b & differs)
    return over_a and not over_b, over_b and not over_a, is_some(differs)
