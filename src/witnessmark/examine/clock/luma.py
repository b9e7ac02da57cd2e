"""The luma of a frame, whatever its pixel format, as 8 bit: a view where the decoder already has it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from witnessmark.model.samples import Frame

Grey = NDArray[np.uint8]
WEIGHTS = (77, 150, 29)
"""Rec. ITU-R BT.601-7, table 3 (0.299, 0.587, 0.114), in 256ths."""
PACKED_RGB = {"rgb24": (0, 1, 2, 3), "bgr24": (2, 1, 0, 3), "rgba": (0, 1, 2, 4), "bgra": (2, 1, 0, 4),
              "argb": (1, 2, 3, 4), "abgr": (3, 2, 1, 4), "rgb0": (0, 1, 2, 4), "bgr0": (2, 1, 0, 4),
              "0rgb": (1, 2, 3, 4), "0bgr": (3, 2, 1, 4)}  # fmt: skip
"""Places of red, green and blue, and bytes per pixel."""
LUMA_IN_ROW = {"yuyv422": 0, "yvyu422": 0, "uyvy422": 1}
HIGH_BIT_SUFFIX = 16


def luma_of(frame: Frame) -> Grey | None:
    """(height, width) uint8, read-only where it is the decoder's own; None for formats without grey values."""
    name = frame.pixel_format
    planes = frame.planes()
    first: NDArray[Any] = planes[0]
    if name in LUMA_IN_ROW:
        return first[:, LUMA_IN_ROW[name] :: 2]
    if name in PACKED_RGB:
        *at, size = PACKED_RGB[name]
        pixels: Grey = first.reshape(first.shape[0], -1, size)
        return _weighted(*(pixels[:, :, place] for place in at))
    if name.startswith("gbr"):
        green, blue, red = (_eight(plane, name) for plane in planes[:3])
        return _weighted(red, green, blue)
    if name == "pal8" and len(planes) > 1:
        colours = planes[1].reshape(-1, 4).astype(np.uint16)
        greys = (colours[:, 2] * WEIGHTS[0] + colours[:, 1] * WEIGHTS[1] + colours[:, 0] * WEIGHTS[2]) >> 8
        return np.asarray(greys.astype(np.uint8)[first])
    if name.startswith(("yuv", "nv", "gray", "p0", "p2", "p4", "ya8")) and first.ndim == 2:
        return _eight(first, name)[:, : frame.width_px]
    return None


def _weighted(red: Grey, green: Grey, blue: Grey) -> Grey:
    total = red.astype(np.uint16) * WEIGHTS[0] + green.astype(np.uint16) * WEIGHTS[1]
    total += blue.astype(np.uint16) * WEIGHTS[2]
    return (total >> 8).astype(np.uint8)


def _eight(plane: NDArray[Any], name: str) -> Grey:
    """Samples of more than 8 bit lose their lowest bits (p010 and its kin lie in the upper ones)."""
    if plane.dtype == np.uint8:
        return plane
    if name.startswith(("p0", "p2", "p4")):
        return (plane >> 8).astype(np.uint8)
    digits = "".join(c for c in name.removesuffix("le").removesuffix("be")[-2:] if c.isdigit())
    bits = int(digits) if digits else HIGH_BIT_SUFFIX
    return (plane >> max(0, bits - 8)).astype(np.uint8)
