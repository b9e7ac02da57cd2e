"""A decoded picture's exact samples as numpy views: no copy, no conversion, cropped to the picture's size."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from numpy.typing import NDArray

AnyPlane = NDArray[Any]

PALETTE = (1024, 1, "u1")
"""Second plane of pal8: 256 colours of 4 bytes (B, G, R, A), one row."""


@lru_cache(maxsize=64)
def _layout(name: str, width: int, height: int) -> tuple[tuple[int, int, str], ...]:
    """Per plane: samples in a row, rows, numpy type. Packed and palette formats are one plane of bytes.

    A plane of samples over 8 bit has 2-byte elements; interleaved chroma (nv12) counts both in its row.
    """
    pixels = VideoFormat(name, width, height)
    parts = pixels.components
    planes = 1 + max(part.plane for part in parts)
    if planes == 1 or pixels.has_palette:
        if len(parts) == 1 and parts[0].bits in range(9, 17):
            return ((width, height, _wide(pixels)),)
        packed = ((pixels.padded_bits_per_pixel * width + 7) // 8, height, "u1")
        return (packed, PALETTE) if pixels.has_palette and name == "pal8" else (packed,)
    layout = []
    for plane in range(planes):
        inside = [part for part in parts if part.plane == plane]
        samples = sum(part.width for part in inside)
        bits = max(part.bits for part in inside)
        if bits <= 8:
            layout.append((samples, inside[0].height, "u1"))
        elif bits <= 16:
            layout.append((samples, inside[0].height, _wide(pixels)))
        else:
            layout.append((samples * ((bits + 7) // 8), inside[0].height, "u1"))
    return tuple(layout)


def _wide(pixels: VideoFormat) -> str:
    return ">u2" if pixels.is_big_endian else "<u2"


def plane_of(frame: VideoFrame, index: int) -> AnyPlane:
    """One plane as a read-only 2-D view; rows run top to bottom whatever the sign of the line size."""
    samples, rows, kind = _layout(frame.format.name, frame.width, frame.height)[index]
    plane = frame.planes[index]
    line = plane.line_size or samples  # the palette has no line size
    view: AnyPlane = np.frombuffer(plane, dtype=np.uint8, count=abs(line) * rows)  # type: ignore[call-overload]
    view = view.reshape(rows, abs(line))
    if kind != "u1":
        view = view[:, : samples * 2].view(kind)
    view = view[:, :samples]
    if line < 0:
        view = view[::-1]
    view.flags.writeable = False
    return view


class Planes:
    """Callable that makes the tuple of planes once, when somebody asks. Shared by all who do."""

    __slots__ = ("_frame", "_made")

    def __init__(self, frame: VideoFrame) -> None:
        self._frame = frame
        self._made: tuple[AnyPlane, ...] | None = None

    @property
    def frame(self) -> VideoFrame:
        """The decoder's own picture, for what else in this package needs more than samples. Never written to."""
        return self._frame

    def __call__(self) -> tuple[AnyPlane, ...]:
        if self._made is None:
            frame = self._frame
            count = len(_layout(frame.format.name, frame.width, frame.height))
            self._made = tuple(plane_of(frame, index) for index in range(count))
        return self._made


def has_plain_luma(frame: VideoFrame) -> bool:
    """Whether plane 0 is 8-bit luma and nothing else."""
    return _is_plain(frame.format.name)


@lru_cache(maxsize=64)
def _is_plain(name: str) -> bool:
    pixels = VideoFormat(name)
    parts = pixels.components
    return (
        not pixels.is_rgb
        and not pixels.has_palette
        and parts[0].bits == 8
        and parts[0].plane == 0
        and all(part.plane != 0 for part in parts[1:])
    )


def block_means(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Exact means of 8x8 blocks: ``(sum + 32) >> 6``, shape (ceil(h/8), ceil(w/8)), uint8.

    Blocks cut by the right or lower edge hold n < 64 samples and give ``(sum + n // 2) // n``, which is the
    same formula where n is 64. Source: docs/spec/redactable-seal.md, sketches.
    """
    height, width = luma.shape
    across, down = -(-width // 8), -(-height // 8)
    full_rows, full_columns = height // 8 * 8, width // 8 * 8
    if (full_rows, full_columns) == (height, width):
        return _whole_means(luma)
    sums = np.add.reduceat(luma, np.arange(0, height, 8), axis=0, dtype=np.uint32)
    sums = np.add.reduceat(sums, np.arange(0, width, 8), axis=1, dtype=np.uint32)
    counts = np.outer(
        np.minimum(8, height - 8 * np.arange(down)), np.minimum(8, width - 8 * np.arange(across))
    ).astype(np.uint32)
    means: NDArray[np.uint8] = ((sums + counts // 2) // counts).astype(np.uint8)
    return means


def _whole_means(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rows first (vectorised along the line), then three halvings: 0.24 ms at 720p against 2 ms naively."""
    sums = luma[0::8].astype(np.uint16)
    for row in range(1, 8):
        sums += luma[row::8]
    for _ in range(3):
        sums = sums[:, 0::2] + sums[:, 1::2]
    means: NDArray[np.uint8] = ((sums + 32) >> 6).astype(np.uint8)
    return means
