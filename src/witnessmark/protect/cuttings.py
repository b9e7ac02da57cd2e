"""Small grey cuttings round boxes, by which a person tells a face from a poster without seeing the footage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from witnessmark.model.consumer import ByteSource, Frames, Need, Product
from witnessmark.model.recording import Recording
from witnessmark.model.samples import Frame, Sample

SIDE_PX = 96
"""One cutting is SIDE x SIDE: enough to see that something is a face, little to see whose."""
ROOM = 2.0
"""Side of what is cut, in box sides."""
GREY = 128
NAME = "cuttings"

Place = tuple[int, int, int, int, int]
"""Ordinal, left, top, right, bottom."""


class Cuttings:
    """Consumer. ``places`` in rising order of pictures."""

    name = NAME

    def __init__(self, places: Sequence[Place], stream: int) -> None:
        self.needs: tuple[Need, ...] = (Frames(),)
        self._places, self._stream = list(places), stream
        self._by_ordinal: dict[int, list[int]] = {}
        for number, place in enumerate(self._places):
            self._by_ordinal.setdefault(place[0], []).append(number)
        self._made: dict[int, NDArray[np.uint8]] = {}

    def begin(self, recording: Recording, source: ByteSource) -> None:
        return None

    def take(self, sample: Sample) -> None:
        if not isinstance(sample, Frame) or sample.stream != self._stream:
            return
        wanted = self._by_ordinal.get(sample.ordinal, ())
        if wanted:
            luma = _luma(sample)
            for number in wanted:
                _, *box = self._places[number]
                self._made[number] = cutting(luma, *box)

    def finish(self) -> tuple[Product, ...]:
        return ()

    def pictures(self) -> list[NDArray[np.uint8]]:
        nothing = np.full((SIDE_PX, SIDE_PX), GREY, np.uint8)
        return [self._made.get(number, nothing) for number in range(len(self._places))]


def _luma(frame: Frame) -> NDArray[np.uint8]:
    """Something grey to look at: the first plane, at 8 bits, packed pixels by their second byte (green, or luma)."""
    plane: NDArray[Any] = frame.planes()[0]
    if plane.dtype != np.uint8:
        plane = (plane >> (8 if int(plane.max(initial=0)) > 1023 else 2)).astype(np.uint8)
    pixel_bytes = plane.shape[1] // max(1, frame.width_px)
    grey: NDArray[np.uint8] = plane[:, 1 % pixel_bytes :: pixel_bytes] if pixel_bytes > 1 else plane
    return grey


def cutting(luma: NDArray[np.uint8], left: int, top: int, right: int, bottom: int) -> NDArray[np.uint8]:
    """What stands in and round a box, SIDE x SIDE, the box drawn in; beyond the picture it is grey."""
    from PIL import Image, ImageDraw

    reach = max(right - left, bottom - top, 8) * ROOM / 2
    x, y = (left + right) / 2, (top + bottom) / 2
    low_x, low_y, side = int(x - reach), int(y - reach), max(2, int(2 * reach))
    whole = np.full((side, side), GREY, np.uint8)
    height, width = luma.shape
    from_x, from_y = max(0, low_x), max(0, low_y)
    to_x, to_y = min(width, low_x + side), min(height, low_y + side)
    if to_x > from_x and to_y > from_y:
        part = luma[from_y:to_y, from_x:to_x]
        whole[from_y - low_y : to_y - low_y, from_x - low_x : to_x - low_x] = part
    image = Image.fromarray(whole).resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    scale = SIDE_PX / side
    corners = (
        (left - low_x) * scale,
        (top - low_y) * scale,
        (right - low_x) * scale,
        (bottom - low_y) * scale,
    )
    ImageDraw.Draw(image).rectangle(corners, outline=255)
    return np.asarray(image, np.uint8)
