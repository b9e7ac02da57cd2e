"""What is usual for a kind of picture and at that time is taken out; what stands out against its neighbours is left.

Sequences have one value per anchor (or picture), NaN where nothing is known.
Source: Tukey, Exploratory Data Analysis, 1977, ch. 11 (median polish), ch. 7 (running medians).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FEWEST_OF_A_KIND = 8
"""Pictures of one kind whose median is trusted; smaller kinds are taken together."""
NEIGHBOURS = 9
"""Values whose median is the level of the time: longer than the rise of two neighbours, shorter than a scene."""
POLISHES = 2


def polished(values: Array, kinds: NDArray[np.int64]) -> Array:
    """Less what is usual for the kind and at that time: kinds against the running median of NEIGHBOURS values."""
    left = values.copy()
    for _ in range(POLISHES):
        left = within_kind(left, kinds)
        left = left - running_median(left)
    return left


def within_kind(values: Array, kinds: NDArray[np.int64]) -> Array:
    """Less the median of the kind; kinds with few pictures are taken together."""
    held = np.isfinite(values)
    names, inverse, counts = np.unique(kinds[held], return_inverse=True, return_counts=True)
    group = np.where(counts < FEWEST_OF_A_KIND, -1, np.arange(len(names)))[inverse]
    inside = values[held].copy()
    for name in np.unique(group):
        mine = group == name
        inside[mine] -= np.median(inside[mine])
    out = values.copy()
    out[held] = inside
    return out


def running_median(values: Array) -> Array:
    """Median of the NEIGHBOURS values around each, those that are known."""
    if not len(values):
        return values
    padded = np.pad(values, NEIGHBOURS // 2, constant_values=np.nan)
    windows = np.sort(
        np.lib.stride_tricks.sliding_window_view(padded, NEIGHBOURS), axis=1
    )  # unknown ones last
    known = np.isfinite(windows).sum(axis=1)
    at = np.arange(len(values))
    middle = (windows[at, np.maximum(known - 1, 0) // 2] + windows[at, known // 2]) / 2
    return np.where(np.isfinite(values), middle, np.nan)


def rise(sequence: Array) -> Array:
    """Each value less the larger of its two neighbours; NaN where one is missing."""
    out: Array = np.full(len(sequence), np.nan)
    if len(sequence) >= 3:
        out[1:-1] = sequence[1:-1] - np.maximum(sequence[:-2], sequence[2:])
    return out


def contrast(sequence: Array) -> Array:
    """Each value less the mean of those of its two neighbours that are known; NaN where neither is."""
    if len(sequence) < 3:
        return np.full(len(sequence), np.nan)
    before, after = shifted(sequence, -1), shifted(sequence, 1)
    known = np.isfinite(before).astype(float) + np.isfinite(after)
    mean = (np.nan_to_num(before) + np.nan_to_num(after)) / np.where(known, known, np.nan)
    return np.asarray(sequence - mean)


def drop(sequence: Array, window: int) -> Array:
    """Mean of the ``window`` values before each less that of the ``window`` values from it on; of those known."""
    known = np.isfinite(sequence)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, sequence, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    at = np.arange(len(sequence))
    low, high = np.maximum(at - window, 0), np.minimum(at + window, len(sequence))
    with np.errstate(invalid="ignore", divide="ignore"):
        before = (sums[at] - sums[low]) / (counts[at] - counts[low])
        after = (sums[high] - sums[at]) / (counts[high] - counts[at])
    return np.asarray(before - after)


def shifted(values: Array, by: int) -> Array:
    """Value ``by`` places on (before, where it is negative); NaN beyond the ends."""
    out: Array = np.full(len(values), np.nan)
    if abs(by) >= len(values):
        return out
    if by > 0:
        out[:-by] = values[by:]
    elif by < 0:
        out[-by:] = values[:by]
    else:
        out[:] = values
    return out
