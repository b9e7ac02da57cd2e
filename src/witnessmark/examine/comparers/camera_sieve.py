"""Ten thousand traces: which pairs are worth a full comparison.

The plain correlation at the place itself, for blocks of traces by matrix products over all points and all three levels,
so it loses next to nothing. Its cost still grows with the square of the number: figures in docs/methods/camera.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

SIEVE_FROM_PAIRS = 2_000
"""Below, every pair is compared in full: half a minute."""
LETS_THROUGH = 0.5
"""Share of the threshold at which a pair goes on. The sieve counts in standard deviations of independent points and
does not press lines down, which makes agreements larger, by chance and by a common sensor."""
BLOCK_BYTES = 256 << 20
"""Of traces held at once, twice."""
PART_POINTS = 1 << 16
"""Points that are multiplied at once."""

Crop = tuple[int, ...]
"""What two traces must share to be multiplied: size of picture and crop, place of the crop."""


def sieved(
    values: Callable[[str], NDArray[np.int8]],
    crops: Mapping[str, Crop],
    bound: float,
    new: frozenset[str] | None = None,
) -> frozenset[tuple[str, str]]:
    """Pairs of one crop (sorted ids) whose plain correlation is not far from ``bound``; with ``new``, only with these.

    ``values`` reads one trace; each is read once for every block of the others.
    """
    kept: set[tuple[str, str]] = set()
    for names in _by_crop(crops):
        step = max(1, BLOCK_BYTES // values(names[0]).size)
        asked = names if new is None else [name for name in names if name in new]
        for at in range(0, len(asked), step):
            rows = asked[at : at + step]
            first = _stacked(values, rows)
            others = names[at:] if new is None else names
            for start in range(0, len(others), step):
                columns = others[start : start + step]
                second = first if columns == rows else _stacked(values, columns)
                strong = np.argwhere(_correlated(first, second) >= LETS_THROUGH * bound)
                named = ((rows[r], columns[c]) for r, c in strong)
                kept |= {(min(a, b), max(a, b)) for a, b in named if a != b}
    return frozenset(kept)


def _by_crop(crops: Mapping[str, Crop]) -> list[list[str]]:
    """Names by what can be multiplied."""
    groups: dict[Crop, list[str]] = {}
    for name in sorted(crops):
        groups.setdefault(crops[name], []).append(name)
    return list(groups.values())


def _stacked(values: Callable[[str], NDArray[np.int8]], names: Sequence[str]) -> NDArray[np.int8]:
    return np.stack([values(name).ravel() for name in names])


def _correlated(first: NDArray[np.int8], second: NDArray[np.int8]) -> NDArray[np.float32]:
    """Standard deviations of independent points: sum of products over the root of points that carry a value in both."""
    total = np.zeros((len(first), len(second)), np.float32)
    for at in range(0, first.shape[1], PART_POINTS):
        one = first[:, at : at + PART_POINTS].astype(np.float32)
        other = one if second is first else second[:, at : at + PART_POINTS].astype(np.float32)
        total += one @ other.T
    filled = [np.count_nonzero(block, axis=1) / np.sqrt(block.shape[1]) for block in (first, second)]
    return np.asarray(total / np.sqrt(np.maximum(np.outer(filled[0], filled[1]), 1.0)), np.float32)
