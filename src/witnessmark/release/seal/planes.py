"""How a decoded frame is cut into tiles, and reduced to a sketch.

Shapes: planes are 2-D (rows, bytes or samples) arrays as the reel hands them out; tiles are the bytes that
docs/spec/redactable-seal.md hashes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import rfc8785
from numpy.typing import NDArray

TILE_PX = 64
BLOCK_PX = 8
_RGB_WEIGHTS = (77, 150, 29)
"""Integer BT.601 luma weights out of 256 (ITU-R BT.601-7 §2.5.1)."""


@dataclass(frozen=True, slots=True)
class PlaneShape:
    """Subsampling as powers of two, and bytes per sample (per pixel in packed formats)."""

    sx: int
    sy: int
    sample_bytes: int


def depth_bits(pixel_format: str) -> int:
    """Bits per sample, from FFmpeg's name of the pixel format (``yuv420p10le`` has 10)."""
    found = re.search(r"(?:p|gray|y|bayer_\w+)(9|10|12|14|16)(?:le|be)$", pixel_format)
    return int(found.group(1)) if found else 8


_RGB_ORDER = {"rgb24": 0, "rgba": 0, "rgb0": 0, "bgr24": 2, "bgra": 2, "bgr0": 2}
_ARGB = {"argb": (1, 2, 3), "0rgb": (1, 2, 3), "abgr": (3, 2, 1), "0bgr": (3, 2, 1)}


def shapes(width_px: int, height_px: int, planes: Sequence[NDArray[np.generic]]) -> tuple[PlaneShape, ...]:
    """Each plane's shape, read off the arrays themselves against the picture's size."""
    found: list[PlaneShape] = []
    for plane in planes:
        rows, row_bytes = plane.shape[0], plane.shape[1] * plane.itemsize
        sy = _shift(height_px, rows)
        sx, sample_bytes = _across(width_px, row_bytes, plane.itemsize, sy if found else 0, bool(found))
        found.append(PlaneShape(sx, sy, sample_bytes))
    return tuple(found)


def _shift(full: int, part: int) -> int:
    return next((s for s in range(4) if -(-full >> s) == part or (full + (1 << s) - 1) >> s == part), 0)


def _across(width_px: int, row_bytes: int, itemsize: int, sy: int, is_chroma: bool) -> tuple[int, int]:
    if not is_chroma:
        return 0, max(1, row_bytes // width_px)
    for sx in range(4):
        columns = (width_px + (1 << sx) - 1) >> sx
        if row_bytes == columns * itemsize:
            return sx, itemsize
    # semi-planar chroma: two samples side by side
    for sx in range(4):
        columns = (width_px + (1 << sx) - 1) >> sx
        if row_bytes == columns * itemsize * 2:
            return sx, itemsize * 2
    return 0, max(1, row_bytes // width_px)


def layout(
    pixel_format: str, width_px: int, height_px: int, plane_shapes: Sequence[PlaneShape], palette: bytes = b""
) -> bytes:
    """Canonical JSON of the layout, as hashed."""
    return rfc8785.dumps(
        {
            "format": pixel_format,
            "height": height_px,
            "palette": palette.hex(),
            "planes": [[s.sx, s.sy, s.sample_bytes] for s in plane_shapes],
            "width": width_px,
        }
    )


def grid(width_px: int, height_px: int) -> tuple[int, int]:
    """(rows, columns) of tiles."""
    return -(-height_px // TILE_PX), -(-width_px // TILE_PX)


class TileCutter:
    """Cuts frames of one geometry; keeps one buffer so that a frame costs copies and no allocations."""

    def __init__(self, width_px: int, height_px: int, plane_shapes: Sequence[PlaneShape]) -> None:
        self._shapes = tuple(plane_shapes)
        self._size = (width_px, height_px)
        rows, columns = grid(width_px, height_px)
        self._grid = (rows, columns)
        self._whole = (height_px // TILE_PX, width_px // TILE_PX)
        self._piece_bytes = [(TILE_PX >> s.sy) * (TILE_PX >> s.sx) * s.sample_bytes for s in self._shapes]
        self._buffer = np.empty((self._whole[0] * self._whole[1], sum(self._piece_bytes)), np.uint8)

    @property
    def tiles(self) -> int:
        return self._grid[0] * self._grid[1]

    def cut(self, planes: Sequence[NDArray[np.generic]]) -> list[memoryview]:
        """The tiles' bytes in order; valid until the next call."""
        raw = [np.ascontiguousarray(p).view(np.uint8) if p.itemsize > 1 else p.view(np.uint8) for p in planes]
        whole_rows, whole_columns = self._whole
        start = 0
        for plane, shape, piece in zip(raw, self._shapes, self._piece_bytes, strict=True):
            high, wide = TILE_PX >> shape.sy, (TILE_PX >> shape.sx) * shape.sample_bytes
            if whole_rows and whole_columns:
                # A tile's part of a line is one item, copied as a whole: half the time of copying byte by byte.
                line = f"V{wide}"
                inner = plane[: whole_rows * high, : whole_columns * wide].view(line)
                cut = self._buffer[:, start : start + piece].view(line)
                cut.reshape(whole_rows, whole_columns, high)[...] = inner.reshape(
                    whole_rows, high, whole_columns
                ).swapaxes(1, 2)
            start += piece
        tiles: list[memoryview] = []
        for i in range(self._grid[0]):
            for j in range(self._grid[1]):
                if i < whole_rows and j < whole_columns:
                    tiles.append(self._buffer[i * whole_columns + j].data)
                else:
                    tiles.append(memoryview(self._edge(raw, i, j)))
        return tiles

    def _edge(self, planes: Sequence[NDArray[np.uint8]], i: int, j: int) -> bytes:
        pieces = []
        for plane, shape in zip(planes, self._shapes, strict=True):
            top, bottom = (TILE_PX * i) >> shape.sy, (TILE_PX * (i + 1)) >> shape.sy
            left, right = (TILE_PX * j) >> shape.sx, (TILE_PX * (j + 1)) >> shape.sx
            pieces.append(plane[top:bottom, left * shape.sample_bytes : right * shape.sample_bytes].tobytes())
        return b"".join(pieces)


def sketch_luma(
    pixel_format: str,
    planes: Sequence[NDArray[np.generic]],
    width_px: int,
    depth_bits: int,
    palette: bytes = b"",
) -> NDArray[np.uint8]:
    """8-bit luma of the whole picture as the spec defines it for sketches."""
    first = planes[0]
    if palette:
        colours = np.frombuffer(palette, np.uint8).reshape(256, 4)
        bgr = colours[np.asarray(first, np.intp)]
        return _weigh(bgr[..., 2], bgr[..., 1], bgr[..., 0])
    if pixel_format.startswith("gbr"):
        down = depth_bits - 8
        green, blue, red = (np.asarray(p) >> down if down else p for p in planes[:3])
        return _weigh(red, green, blue)
    if pixel_format in _RGB_ORDER or pixel_format in _ARGB:
        pixels = first.view(np.uint8).reshape(first.shape[0], width_px, -1)
        order = _ARGB.get(pixel_format) or ((0, 1, 2) if _RGB_ORDER[pixel_format] == 0 else (2, 1, 0))
        return _weigh(*(pixels[..., c] for c in order))
    if first.shape[1] != width_px:  # other packed formats: every byte stands for itself, averaged per pixel
        pixels = first.view(np.uint8).reshape(first.shape[0], width_px, -1)
        mean: NDArray[np.uint8] = (pixels.astype(np.uint32).sum(axis=2) // pixels.shape[2]).astype(np.uint8)
        return mean
    if first.itemsize == 1:
        return first.view(np.uint8)
    return (np.asarray(first).astype(np.uint16) >> (depth_bits - 8)).astype(np.uint8)


def _weigh(
    red: NDArray[np.generic], green: NDArray[np.generic], blue: NDArray[np.generic]
) -> NDArray[np.uint8]:
    r, g, b = _RGB_WEIGHTS
    total = r * red.astype(np.uint32) + g * green.astype(np.uint32) + b * blue.astype(np.uint32) + 128
    return (total >> 8).astype(np.uint8)


def block_means(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Means of 8x8 blocks: ``(sum + 32) >> 6``; clipped blocks ``(sum + count // 2) // count``.

    Returns (ceil(rows/8), ceil(columns/8)) uint8. Whole blocks are summed along
    the line: 0.25 ms at 720p.
    """
    rows, columns = luma.shape
    whole_rows, whole_columns = rows // BLOCK_PX, columns // BLOCK_PX
    means = np.empty((-(-rows // BLOCK_PX), -(-columns // BLOCK_PX)), np.uint8)
    if whole_rows and whole_columns:
        inner = luma[: whole_rows * BLOCK_PX, : whole_columns * BLOCK_PX]
        sums = inner[0::BLOCK_PX].astype(np.uint16)
        for row in range(1, BLOCK_PX):
            sums += inner[row::BLOCK_PX]
        for _ in range(3):  # eight columns: halved three times; at most 64 * 255
            sums = sums[:, 0::2] + sums[:, 1::2]
        means[:whole_rows, :whole_columns] = (sums + 32) >> 6
    clipped = [(i, j) for i in range(whole_rows, means.shape[0]) for j in range(means.shape[1])]
    clipped += [(i, j) for i in range(whole_rows) for j in range(whole_columns, means.shape[1])]
    for i, j in clipped:
        block = luma[i * 8 : i * 8 + 8, j * 8 : j * 8 + 8]
        means[i, j] = (int(block.sum(dtype=np.uint32)) + block.size // 2) // block.size
    return means


def sketch_tiles(means: NDArray[np.uint8]) -> list[bytes]:
    """The means under each 64x64 tile, row by row, clipped at the edges."""
    rows, columns = -(-means.shape[0] // 8), -(-means.shape[1] // 8)
    whole = np.zeros((rows * 8, columns * 8), np.uint8)
    whole[: means.shape[0], : means.shape[1]] = means
    flat = whole.reshape(rows, 8, columns, 8).swapaxes(1, 2).tobytes()
    last_high, last_wide = means.shape[0] - 8 * (rows - 1), means.shape[1] - 8 * (columns - 1)
    tiles = [flat[start : start + 64] for start in range(0, len(flat), 64)]
    clipped = [(rows - 1, j) for j in range(columns)] if last_high < 8 else []
    clipped += [(i, columns - 1) for i in range(rows)] if last_wide < 8 else []
    for i, j in clipped:
        tiles[i * columns + j] = means[i * 8 : i * 8 + 8, j * 8 : j * 8 + 8].tobytes()
    return tiles
