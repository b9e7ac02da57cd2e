"""Where the clock stands: writing that keeps its place, found in the mean of several pictures.

Two steps, cheap before dear. (1) Edges that keep place and sign in most of the pictures: over moving scenes only
overlays (and dirt on the lens) have them; where no small field holds edges of both signs there is nothing
written, and no network is loaded. (2) The text detector on the mean of the pictures, where everything that
moves is blurred and the overlay is not. Boxes of one row are joined: the detector splits lines at wide gaps.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from witnessmark.ground.networks.writing import Box, find_writing

Grey = NDArray[np.uint8]

EDGE_GREY = 20
"""A step between neighbouring columns that counts: the faintest letters that the reader still gets right."""
KEPT_SHARE = 0.75
"""Of the pictures in which an edge must stand: letters vanish in part where the scene behind is as bright."""
LOOKED_AT = 8
"""Pictures compared: 0.4 ms each at 720 lines."""
TILE_ROWS, TILE_COLUMNS = 16, 32
"""About two letters of the smallest size (8 px)."""
LEAST_EDGES = 4
"""Of each sign in one tile, on every second row: one stroke of an 8 px digit has four such rows."""
COARSE_PX, FINE_PX = 640, 1280
"""Columns at which the detector looks first, and where the first look gave nothing (letters of 8 px in 1280
columns are 4 px high in the first look, which is too little for it)."""
LEAST_FINE_PX = 960
"""Narrower pictures lose too little in the first look for a second."""
BAND = 0.12
"""Upper and lower share of the picture that the second look goes through: overlays that small stand there."""
MOST_LINES = 12
ROOM = 0.2
"""Room round a joined line, as a share of its height, so that no stroke is cut."""


def tiles_with_writing(pictures: Sequence[Grey]) -> NDArray[np.bool_]:
    """(tile rows, tile columns): tiles with edges of both signs that stay through ``pictures`` (all of one shape),
    where a neighbour to the left or right has them too: a date or time is wider than one tile."""
    step = max(1, len(pictures) // LOOKED_AT)
    looked = list(pictures)[::step][:LOOKED_AT]
    rows, columns = looked[0].shape
    if rows < TILE_ROWS or columns < TILE_COLUMNS + 1:
        return np.ones((1, 1), bool)
    rising = np.zeros((rows // 2, columns - 1), np.uint8)
    falling = np.zeros_like(rising)
    for picture in looked:
        half = picture[: rows // 2 * 2 : 2]
        left, right = half[:, :-1], half[:, 1:]
        higher = np.maximum(left, right)
        rising += (higher - left) > EDGE_GREY
        falling += (higher - right) > EDGE_GREY
    least = int(np.ceil(KEPT_SHARE * len(looked)))
    both = np.minimum(_tiles(rising >= least), _tiles(falling >= least)) >= LEAST_EDGES
    beside = np.zeros_like(both)
    beside[:, 1:] |= both[:, :-1]
    beside[:, :-1] |= both[:, 1:]
    return np.asarray(both & beside)


def _tiles(edges: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Edges in each tile; every second row was looked at."""
    rows, columns = edges.shape
    high = TILE_ROWS // 2
    cut = edges[: rows // high * high, : columns // TILE_COLUMNS * TILE_COLUMNS]
    tiles = cut.reshape(rows // high, high, columns // TILE_COLUMNS, TILE_COLUMNS)
    counts: NDArray[np.int64] = tiles.sum(axis=(1, 3), dtype=np.int64)
    return counts


def mean_of(pictures: Sequence[Grey]) -> Grey:
    """Mean picture, rounded."""
    total = np.zeros(pictures[0].shape, np.uint32)
    for picture in pictures:
        total += picture
    return ((total + len(pictures) // 2) // len(pictures)).astype(np.uint8)


def lines_in(picture: Grey, *, fine: bool = False) -> list[Box]:
    """Lines of writing, in a first look at the whole picture or a finer one along its upper and lower edge."""
    height, width = picture.shape
    if not fine:
        return joined(find_writing(picture, COARSE_PX), width, height)
    if width < LEAST_FINE_PX:
        return []
    band = max(TILE_ROWS, round(height * BAND))
    found: list[Box] = []
    for top in (0, height - band):
        found += [
            Box(box.left, box.top + top, box.right, box.bottom + top, box.chance)
            for box in find_writing(picture[top : top + band], min(FINE_PX, width))
        ]
    return joined(found, width, height)


def joined(boxes: Sequence[Box], width: int, height: int) -> list[Box]:
    """Boxes of one row made one line: they overlap in most of their height and lie near each other."""
    lines: list[Box] = []
    for box in sorted(boxes, key=lambda b: b.left):
        for k, line in enumerate(lines):
            shared = min(line.bottom, box.bottom) - max(line.top, box.top)
            small, tall = sorted((line.height, box.height))
            near = box.left - line.right < 2 * small
            if shared > 0.6 * small and tall < 1.8 * small and near:
                lines[k] = Box(
                    min(line.left, box.left),
                    min(line.top, box.top),
                    max(line.right, box.right),
                    max(line.bottom, box.bottom),
                    max(line.chance, box.chance),
                )
                break
        else:
            lines.append(box)
    lines = [line for line in lines if line.width > 1.5 * line.height]
    return sorted((_roomier(line, width, height) for line in lines), key=lambda b: -b.chance)[:MOST_LINES]


def _roomier(line: Box, width: int, height: int) -> Box:
    side = max(1, round(line.height * ROOM / 2))
    return Box(
        max(0, line.left - side),
        line.top,
        min(width, line.right + side),
        min(height, line.bottom),
        line.chance,
    )
