"""Connected parts of a mask, by runs of rows (Rosenfeld and Pfaltz, J. ACM 13(4), 1966; four neighbours).

A library has this too; loading it costs as much time as a second of video, and masks of writing hold few runs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Run = tuple[int, int, int]
"""Row, first column, column after the last."""


def parts_of(mask: NDArray[np.bool_]) -> list[list[Run]]:
    """The runs of each connected part, in the order of their first run from above."""
    edges = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, begins = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    runs = list(zip(rows.tolist(), begins.tolist(), ends.tolist(), strict=True))
    parent = list(range(len(runs)))

    def root(k: int) -> int:
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    above: list[int] = []
    here: list[int] = []
    row = -1
    for k, (at, begin, end) in enumerate(runs):
        if at != row:
            above = here if at == row + 1 else []
            here, row = [], at
        for other in above:
            if runs[other][1] < end and begin < runs[other][2]:
                first, second = sorted((root(k), root(other)))
                parent[second] = first
        here.append(k)
    parts: dict[int, list[Run]] = {}
    for k, run in enumerate(runs):
        parts.setdefault(root(k), []).append(run)
    return list(parts.values())
