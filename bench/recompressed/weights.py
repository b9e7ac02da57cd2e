"""Weights of the second design (examine/coding/decisions.py), from made footage of the half *choose*.

``python -m bench recompression --fit`` makes the units of that half, measures what decisions.py measures, and prints
Fisher's linear discriminant between pictures that were key pictures and the others of the same file. Every file counts
alike. What is not in a table of decisions.py was left out because its weight was within the noise.
Source: Fisher, Annals of Eugenics 7 (1936); the ridge: Hoerl and Kennard, Technometrics 12 (1970).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.coding import decisions, order
from witnessmark.examine.coding.footprint import Coding

Array = NDArray[np.float64]

RIDGE = 0.05
"""Of the unit variance of a normal score."""
TABLES = {
    "FORWARD": decisions.FORWARD,
    "WITH_B": decisions.WITH_B,
    "LINEAR": decisions.LINEAR,
    "SIZES_ONLY": decisions.SIZES_ONLY,
}


def fitted(units: Iterable[tuple[Coding, int]]) -> dict[str, dict[str, float]]:
    """From (coding, pictures of a group of the first encoding): weights by table, the largest 1."""
    sums: dict[str, tuple[Array, Array, int]] = {}
    for coding, group in units:
        own = order.own_period(coding.types)
        if (
            group <= 0
            or "P" not in coding.types
            or (own is not None and not max(group, own) % min(group, own))
        ):
            continue
        table = next(name for name, held in TABLES.items() if held is decisions.weights_of(coding))
        one = _moments(coding, group, tuple(TABLES[table]))
        if one is None:
            continue
        size = len(TABLES[table])
        difference, spread, count = sums.get(table, (np.zeros(size), np.zeros((size, size)), 0))
        sums[table] = (difference + one[0], spread + one[1], count + 1)
    found = {}
    for table, (difference, spread, count) in sums.items():
        ridge = RIDGE * np.eye(len(difference))
        weights = np.linalg.solve(spread / count + ridge, difference / count)
        weights /= np.abs(weights).max()
        found[f"{table} ({count} files)"] = dict(
            zip(TABLES[table], (round(float(one), 2) for one in weights), strict=True)
        )
    return found


def _moments(coding: Coding, group: int, names: tuple[str, ...]) -> tuple[Array, Array] | None:
    """Mean of the pictures that were key pictures, and covariance of the others, about the mean of the file."""
    measured = decisions.features(coding)
    count = len(coding.types)
    table = np.stack([np.nan_to_num(measured.get(name, np.zeros(count))) for name in names], axis=1)
    held = np.isfinite(measured["size"])
    was_key = np.zeros(count, dtype=bool)
    was_key[group::group] = True
    if not (was_key & held).any():
        return None
    table -= table[held].mean(axis=0)
    others = table[~was_key & held]
    return table[was_key & held].mean(axis=0), others.T @ others / len(others)
