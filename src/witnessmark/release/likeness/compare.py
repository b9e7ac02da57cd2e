"""Compare a lossy video with opened sketches: which tiles show what was committed to, within tolerance.

Establishes, tile by tile and sketch by sketch, whether the mean luma of every 8×8 block lies as near to the
committed mean as re-encoding alone would leave it. Green means *within tolerance*, never "identical".

For each mean: ``left over = |video − sketch| − spatial_share · S − temporal_share · M``. S is the range of the
nine means around it (encoding at a smaller size, and shifts by less than a mean, mix a mean with its neighbours);
M is the largest change of those nine to the sketches before and after (motion blur, and pictures rounded to another
time). A tile's score is its largest left over. It is red where the score exceeds ``single``, or exceeds
``lasting`` in two sketches one after another. Means in and beside hidden tiles, and beside the strip, are
not compared: a lossy codec carries the black of a box into them.

Brightness and contrast of the *whole* video may differ: one line (gain, offset) is fitted to all of it and told.
Time may be shifted as a whole: the page finds by how much (``stranger/film.js``).

Arrays: sketches are (n, rows, columns) uint8 with an equal bool array of what is open; the video is (n, rows, columns)
float32 on the same grid (``grid``), NaN where it has no picture. ``README.html`` has the same rule in likeness.js; a
test holds the two together. How the numbers were chosen: docs/methods/likeness.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.release.likeness.tolerance import Tolerance

MEANS_PER_TILE = 8
FIT_LEVELS = 16
"""Width of a class of reference levels in the fit of brightness."""
LEAST_IN_CLASS = 50
GAIN_RANGE = (0.5, 2.0)
"""A video darker or brighter than this is not compared: noise would be stretched with it."""

Means = NDArray[np.float32]
Open = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Compared:
    """Scores and colours: (n, tile rows, tile columns)."""

    scores: NDArray[np.float32]
    """NaN where nothing of a tile is compared."""
    red: NDArray[np.bool_]
    gain: float
    offset: float


def comparable(opened: Open, strip: bool) -> Open:
    """The means that are compared: open, and not beside what is hidden in this sketch or the next on either side.

    Where a box moved between two sketches it passed over tiles that neither of them hides, and a video with other
    picture times shows it there: all tiles around those that changed are left out in both.
    """
    hidden = ~opened
    around = hidden.copy()
    around[1:] |= hidden[:-1]
    around[:-1] |= hidden[1:]
    kept: Open = ~_neighbours_max(around)
    tiles = hidden[:, ::MEANS_PER_TILE, ::MEANS_PER_TILE]
    moved = tiles[1:] ^ tiles[:-1]
    near = np.zeros_like(tiles)
    near[1:] |= moved
    near[:-1] |= moved
    passed = _neighbours_max(near).repeat(MEANS_PER_TILE, axis=1).repeat(MEANS_PER_TILE, axis=2)
    kept &= ~passed[:, : kept.shape[1], : kept.shape[2]]
    if strip:
        kept[:, -1] = False
    return kept


def _neighbours_max(values: NDArray[np.bool_]) -> NDArray[np.bool_]:
    out = values.copy()
    out[:, 1:] |= values[:, :-1]
    out[:, :-1] |= values[:, 1:]
    across = out.copy()
    out[:, :, 1:] |= across[:, :, :-1]
    out[:, :, :-1] |= across[:, :, 1:]
    return out


def _spread(values: Means, take: str) -> Means:
    """Largest or smallest of the 3×3 around each mean; the edge has fewer neighbours."""
    better = np.fmax if take == "max" else np.fmin
    down = values.copy()
    better(down[:, 1:], values[:, :-1], out=down[:, 1:])
    better(down[:, :-1], values[:, 1:], out=down[:, :-1])
    out = down.copy()
    better(out[:, :, 1:], down[:, :, :-1], out=out[:, :, 1:])
    better(out[:, :, :-1], down[:, :, 1:], out=out[:, :, :-1])
    return out


def fit_brightness(sketches: Means, video: Means, compared: Open) -> tuple[float, float]:
    """(gain, offset) of ``video = gain · sketch + offset`` over everything that is compared.

    A weighted line through the medians of classes of 16 levels: an edit must fill half of a class to move it.
    """
    use = compared & np.isfinite(video)
    reference, seen = sketches[use], video[use]
    classes = (reference // FIT_LEVELS).astype(np.int64)
    points = []
    for level in range(256 // FIT_LEVELS):
        inside = classes == level
        count = int(inside.sum())
        if count >= LEAST_IN_CLASS:
            points.append((float(np.median(reference[inside])), float(np.median(seen[inside])), float(count)))
    if not points:
        return 1.0, 0.0
    x, y, w = (np.array(column) for column in zip(*points, strict=True))
    w = np.sqrt(w)
    middle_x, middle_y = float(np.average(x, weights=w)), float(np.average(y, weights=w))
    variance = float(np.average((x - middle_x) ** 2, weights=w))
    if len(points) < 2 or variance < 1.0:
        return 1.0, middle_y - middle_x
    gain = float(np.average((x - middle_x) * (y - middle_y), weights=w)) / variance
    gain = min(max(gain, GAIN_RANGE[0]), GAIN_RANGE[1])
    return gain, middle_y - gain * middle_x


def left_over(sketches: Means, video: Means, compared: Open, tolerance: Tolerance) -> Means:
    """The difference that blur and motion do not explain; NaN where nothing is compared. ``video`` is levelled."""
    known = np.where(compared, sketches, np.float32(np.nan))
    spatial = _spread(known, "max") - _spread(known, "min")
    change = np.abs(np.diff(known, axis=0))
    still = np.zeros_like(known[:1])
    temporal = _spread(
        np.fmax(np.concatenate([change, still]), np.concatenate([still, change])).astype(np.float32), "max"
    )
    temporal = np.nan_to_num(temporal)
    difference = np.abs(video - known)
    out: Means = difference - tolerance.spatial_share * spatial - tolerance.temporal_share * temporal
    return out.astype(np.float32)


def tile_scores(left: Means) -> NDArray[np.float32]:
    """The largest left over in each tile; NaN where there is none."""
    count, rows, columns = left.shape
    down, across = -(-rows // MEANS_PER_TILE), -(-columns // MEANS_PER_TILE)
    whole = np.full((count, down * MEANS_PER_TILE, across * MEANS_PER_TILE), -np.inf, np.float32)
    whole[:, :rows, :columns] = np.where(np.isnan(left), -np.inf, left)
    cut = whole.reshape(count, down, MEANS_PER_TILE, across, MEANS_PER_TILE).max(axis=(2, 4))
    return np.where(np.isinf(cut), np.float32(np.nan), cut)


def reds(scores: NDArray[np.float32], tolerance: Tolerance) -> NDArray[np.bool_]:
    """Which tiles are red: too far once, or far in two sketches one after another."""
    known = np.nan_to_num(scores, nan=-np.inf)
    far = known > tolerance.lasting
    lasting = np.zeros_like(far)
    both = far[1:] & far[:-1]
    lasting[1:] |= both
    lasting[:-1] |= both
    out: NDArray[np.bool_] = lasting | (known > tolerance.single)
    return out


def compare(
    sketches: NDArray[np.uint8], video: Means, opened: Open, tolerance: Tolerance, *, strip: bool = False
) -> Compared:
    """Score every tile of every sketch against the video at the same times."""
    reference = sketches.astype(np.float32)
    compared = comparable(opened, strip)
    gain, offset = fit_brightness(reference, video, compared)
    levelled = ((video - offset) / gain).astype(np.float32)
    scores = tile_scores(left_over(reference, levelled, compared, tolerance))
    return Compared(scores, reds(scores, tolerance), gain, offset)
