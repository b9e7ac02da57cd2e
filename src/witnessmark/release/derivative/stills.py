"""Single pictures of a recording, as they may be seen: whole tiles black on the raw's own grid, then upright and small.

The same steps as for the video (``maker``), without time: no rate, no trims, no coder. The strip lies below, and the
picture leaves this process as bare samples. Outside the jail the same tiles are made black once more (``blackened``):
what a decoder that was taken over painted there does not leave.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from witnessmark.model.consumer import ByteSource, Frames, Need, Product
from witnessmark.model.recording import Recording
from witnessmark.model.redaction import TILE_PX, Masks, PublicFrame, PublicMap
from witnessmark.model.samples import Frame, Sample
from witnessmark.release.derivative.maker import LONGEST_SIDE_PX, public_size
from witnessmark.release.derivative.strip import StripText, drawn, with_strip

if TYPE_CHECKING:
    from witnessmark.ground.media.public import Shape

NAME = "stills"
RATE = Fraction(1)
"""Stills have no time: each counts as one public picture."""


class OtherSizeError(ValueError):
    """A picture that was asked for lies on another grid than the masks."""


@dataclass(slots=True)
class _Canvas:
    width_px: int
    height_px: int
    turns: int
    strip: NDArray[np.uint8]


class StillMaker:
    """Consumer: the pictures with these ordinals, in the order in which they come."""

    name = NAME

    def __init__(self, masks: Masks, ordinals: Iterable[int], shape: Shape, strip: StripText) -> None:
        self.needs: tuple[Need, ...] = (Frames(),)
        self._masks, self._shape, self._strip = masks, shape, strip
        self._wanted = frozenset(ordinals)
        self._canvas: _Canvas | None = None
        self.pictures: dict[int, NDArray[np.uint8]] = {}
        """By ordinal: (height with strip, width, 3)."""
        self._pts: dict[int, int | None] = {}

    def begin(self, recording: Recording, source: ByteSource) -> None:
        return None

    def take(self, sample: Sample) -> None:
        if not isinstance(sample, Frame) or sample.stream != self._masks.stream:
            return
        if sample.ordinal not in self._wanted:
            return
        from witnessmark.ground.media.public import TileBlackener, colour_of, quarter_turns
        from witnessmark.ground.media.public_rgb import rgb_of

        if (sample.width_px, sample.height_px) != (self._masks.width_px, self._masks.height_px):
            raise OtherSizeError("a picture has another size than the masks were drawn on")
        if self._canvas is None:
            turns = quarter_turns(sample)
            width, height = public_size(self._shape, turns, LONGEST_SIDE_PX, self._strip)
            self._canvas = _Canvas(width, height, turns, drawn(self._strip, width, height))
        canvas = self._canvas
        tiles = self._masks.tiles_at(sample.ordinal)
        picture = TileBlackener(canvas.width_px, canvas.height_px, canvas.turns).picture(sample, tiles)
        colour = colour_of(sample)
        self.pictures[sample.ordinal] = rgb_of(with_strip(picture, canvas.strip), colour)
        self._pts[sample.ordinal] = sample.pts

    def finish(self) -> tuple[Product, ...]:
        return ()

    def laid(self, ordinals: Iterable[int]) -> PublicMap | None:
        """How the pictures lie over the raw, in the order asked for; None where one of them never came."""
        asked = tuple(ordinals)
        if self._canvas is None or any(ordinal not in self.pictures for ordinal in asked):
            return None
        canvas, masks = self._canvas, self._masks
        return PublicMap(
            RATE,
            masks.width_px,
            masks.height_px,
            canvas.width_px,
            canvas.height_px,
            canvas.strip.shape[0],
            canvas.turns,
            tuple(PublicFrame(n, masks.stream, k, self._pts[k]) for n, k in enumerate(asked)),
        )


def blackened(rgb: NDArray[np.uint8], tiles: Iterable[int], laid: PublicMap) -> NDArray[np.uint8]:
    """A copy of a public picture with these tiles of the raw black, to the last pixel that they touch."""
    out = rgb.copy()
    for tile in tiles:
        left, top, right, bottom = tile_in_public(tile, laid)
        out[top:bottom, left:right] = 0
    return out


def tile_in_public(tile: int, laid: PublicMap) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a tile of the raw in public pixels, rounded outward, strip left out."""
    row, column = divmod(tile, -(-laid.raw_width_px // TILE_PX))
    width, height = laid.raw_width_px, laid.raw_height_px
    left, top = column * TILE_PX, row * TILE_PX
    right, bottom = min(left + TILE_PX, width), min(top + TILE_PX, height)
    for _ in range(laid.quarter_turns % 4):  # one quarter turn clockwise each
        left, top, right, bottom = height - bottom, left, height - top, right
        width, height = height, width

    def outward(low: int, high: int, shown: int, raw: int) -> tuple[int, int]:
        return low * shown // raw, min(shown, -(-high * shown // raw))

    (x0, x1), (y0, y1) = (
        outward(left, right, laid.width_px, width),
        outward(top, bottom, laid.height_px, height),
    )
    return x0, y0, x1, y1
