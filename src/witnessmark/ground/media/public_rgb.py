"""A public picture (yuv420p, strip below it) as red, green and blue, as a player would show it.

The colours are those that the raw's own matrix and range give; nothing is mapped from a wider range of brightness to an
ordinary screen, so that pictures of PQ and HLG cameras look pale.
"""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, VideoReformatter
from numpy.typing import NDArray

from witnessmark.ground.media.scaling import COLOUR


def rgb_of(canvas: NDArray[np.uint8], colour: tuple[int, int, int, bool]) -> NDArray[np.uint8]:
    """(height, width, 3) of a canvas (height * 3 // 2, width); ``colour`` as ``public.colour_of`` tells it."""
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(canvas), format="yuv420p")
    _, _, matrix, is_full = colour
    shown = VideoReformatter().reformat(
        frame,
        frame.width,
        frame.height,
        "rgb24",
        src_colorspace=matrix,
        dst_colorspace=matrix,
        interpolation=COLOUR,
        src_color_range=ColorRange.JPEG if is_full else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        threads=1,
    )
    return np.asarray(shown.to_ndarray(format="rgb24"), np.uint8)
