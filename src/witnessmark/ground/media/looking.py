"""Decoded pictures for those who look closely at few of them and glance at all: grey always, colour when asked.

Grey is the luma plane itself where it is 8 bits and nothing else (a copy, no conversion); colour costs a conversion of
the whole picture (3 ms at 640x360), so it is made only for pictures that are looked at.
"""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, VideoReformatter
from numpy.typing import NDArray

from witnessmark.ground.media.planes import Planes, has_plain_luma, plane_of
from witnessmark.ground.media.scaling import AREA, COLOUR, scaled_size
from witnessmark.model.samples import Frame


class Glass:
    """Grey and colour of frames of one stream, at most ``height_px`` high."""

    def __init__(self, height_px: int) -> None:
        self._height = height_px
        self._grey, self._colour = VideoReformatter(), VideoReformatter()

    def grey(self, sample: Frame) -> NDArray[np.uint8]:
        """(height, width), the caller's own."""
        frame = _frame(sample)
        width, height = scaled_size(frame.width, frame.height, self._height)
        if (width, height) == (frame.width, frame.height) and has_plain_luma(frame):
            return plane_of(frame, 0).copy()
        made = self._grey.reformat(
            frame, width, height, "gray", interpolation=AREA, dst_color_range=ColorRange.JPEG, threads=1
        )
        return plane_of(made, 0).copy()

    def colour(self, sample: Frame) -> NDArray[np.uint8]:
        """(height, width, 3) RGB."""
        frame = _frame(sample)
        width, height = scaled_size(frame.width, frame.height, self._height)
        made = self._colour.reformat(
            frame, width, height, "rgb24", interpolation=COLOUR, dst_color_range=ColorRange.JPEG, threads=1
        )
        rows: NDArray[np.uint8] = plane_of(made, 0)
        return rows.reshape(height, width, 3)


def _frame(sample: Frame) -> VideoFrame:
    planes = sample.planes
    if not isinstance(planes, Planes):
        raise TypeError("only pictures of the reel can be looked at")
    return planes.frame
