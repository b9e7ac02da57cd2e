"""Scaled pictures, made once per frame and height and shared by all who asked for them.

Area averaging by the library's scaler with exact rounding: at a factor of 8 it equals the mean of 8x8 blocks
to the bit (tested), and costs 0.10 ms a frame at 90 rows and 0.14 ms at 180 (720p, one thread), where numpy
block means take 0.24 ms: so those means come out of the scaler too. Source and target are declared to have the
same range, so luma values are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, VideoReformatter
from numpy.typing import NDArray

from witnessmark.ground.media.dispatch import Hub, Taker
from witnessmark.ground.media.planes import block_means, has_plain_luma, plane_of
from witnessmark.model.samples import Colour, Luma

SWS_AREA, SWS_ACCURATE_RND, SWS_BITEXACT = 0x20, 0x40000, 0x80000
SWS_FULL_CHR_H_INT, SWS_FULL_CHR_H_INP = 0x2000, 0x4000
"""Flags of libswscale/swscale.h, by number: older builds of PyAV have no names for them, and a re-run on another build
must scale by the same rule."""
AREA = SWS_AREA | SWS_ACCURATE_RND | SWS_BITEXACT
COLOUR = AREA | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP
LEAST_SCALED_PX = 64
"""Means of smaller pictures are summed: at a height or width of 8 the scaler takes a way of its own."""
FALLBACK_RATE = Fraction(25)
"""Frames a second assumed for spacing where a stream has neither time stamps nor a rate."""


@dataclass(slots=True)
class Schedule:
    """Which frames answer a need of at most ``per_second``: the first of each slot of the file's own time.

    Time that runs backward opens a new slot too: a repeated stretch is looked at again.
    """

    per_second: Fraction
    _last: int | None = None

    def due(self, pts: int | None, base: Fraction, ordinal: int, rate: Fraction | None) -> bool:
        if not self.per_second:
            return True
        # floor(seconds * per_second) in whole numbers: this is asked of every frame
        if pts is None:
            pts, base = ordinal, 1 / (rate or FALLBACK_RATE)
        slot = (
            pts
            * base.numerator
            * self.per_second.numerator
            // (base.denominator * self.per_second.denominator)
        )
        if slot == self._last:
            return False
        self._last = slot
        return True


@dataclass(slots=True)
class Tap:
    """All takers of one (height, rate)."""

    height_px: int
    schedule: Schedule
    takers: list[Taker] = field(default_factory=list)


@dataclass(slots=True)
class Shrinker:
    """Feeds the Luma and Colour needs of one stream."""

    hub: Hub
    lumas: list[Tap] = field(default_factory=list)
    colours: list[Tap] = field(default_factory=list)
    _scalers: dict[tuple[int, str], VideoReformatter] = field(default_factory=dict)
    _proven: dict[tuple[int, int, str], bool] = field(default_factory=dict)
    """Per width, height and format: whether the first picture's means came out of the scaler as out of the formula."""

    def need_luma(self, taker: Taker, height_px: int, per_second: float) -> None:
        _join(self.lumas, taker, height_px, per_second)

    def need_colour(self, taker: Taker, height_px: int, per_second: float) -> None:
        _join(self.colours, taker, height_px, per_second)

    def feed(
        self,
        frame: VideoFrame,
        means: Means,
        stream: int,
        ordinal: int,
        pts: int | None,
        base: Fraction,
        is_key: bool,
        picture_type: str,
        rate: Fraction | None,
    ) -> None:
        """Scale what is due for this frame, once per height, and hand it out."""
        due = [tap for tap in self.lumas if tap.schedule.due(pts, base, ordinal, rate)]
        if due:
            if any(not tap.height_px for tap in due):
                means()
            made: dict[int, Luma] = {}
            for tap in due:
                height = tap.height_px
                luma = made.get(height)
                if luma is None:
                    array = means.at(height)
                    luma = made[height] = Luma(
                        stream,
                        ordinal,
                        pts,
                        base,
                        is_key,
                        picture_type,
                        self.grey(frame, height) if array is None else array,
                        height,
                        means.made,
                    )
                self.hub.give(tap.takers, luma)
        for tap in self.colours:
            if tap.schedule.due(pts, base, ordinal, rate):
                array = self._rgb(frame, tap.height_px)
                self.hub.give(tap.takers, Colour(stream, ordinal, pts, base, array, tap.height_px))

    def _scaled(self, frame: VideoFrame, height_px: int, pixels: str, how: int) -> VideoFrame:
        width, height = scaled_size(frame.width, frame.height, height_px)
        scaler = self._scalers.get((height_px, pixels))
        if scaler is None:
            scaler = self._scalers[height_px, pixels] = VideoReformatter()
        if pixels == "gray" and not frame.format.is_rgb and not frame.format.has_palette:
            return scaler.reformat(
                frame,
                width,
                height,
                pixels,
                interpolation=how,
                src_color_range=ColorRange.JPEG,
                dst_color_range=ColorRange.JPEG,
                threads=1,
            )
        return scaler.reformat(
            frame, width, height, pixels, interpolation=how, dst_color_range=ColorRange.JPEG, threads=1
        )

    def grey(self, frame: VideoFrame, height_px: int) -> NDArray[np.uint8]:
        return plane_of(self._scaled(frame, height_px, "gray", AREA), 0)

    def _rgb(self, frame: VideoFrame, height_px: int) -> NDArray[np.uint8]:
        scaled = self._scaled(frame, height_px, "rgb24", COLOUR)
        rows: NDArray[np.uint8] = plane_of(scaled, 0)
        return rows.reshape(scaled.height, scaled.width, 3)

    def means(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """Exact means of the luma's 8x8 blocks, (ceil(h/8), ceil(w/8)) uint8: ``(sum + 32) >> 6``, edges clipped.

        Whole blocks of 8-bit luma come from the scaler, at a third of the cost of summing. Its area filter at a factor
        of 8 has eight taps of 2^14 / 8 across and of 2^12 / 8 down, no intermediate sum overflows, and half a step is
        added before the one rounding (libswscale's hScale8To15 and yuv2planeX with SWS_ACCURATE_RND): that is the
        formula. A build that did otherwise is found out at the first picture of each size, and summed from there on.
        """
        if self.scales_exactly(frame):
            scaled = self.grey(frame, frame.height // 8)
            size = (frame.width, frame.height, frame.format.name)
            if size in self._proven:
                return scaled
            summed = block_means(plane_of(frame, 0))
            self._proven[size] = np.array_equal(scaled, summed)
        else:
            summed = block_means(
                plane_of(frame, 0) if has_plain_luma(frame) else self.grey(frame, frame.height)
            )
        summed.flags.writeable = False
        return summed

    def scales_exactly(self, frame: VideoFrame) -> bool:
        """Whether this frame scaled by 8 is its means: all blocks are whole, and nothing spoke against it so far."""
        width, height = frame.width, frame.height
        whole = (
            not (width % 8 or height % 8) and min(width, height) >= LEAST_SCALED_PX and has_plain_luma(frame)
        )
        return whole and self._proven.get((width, height, frame.format.name), True)


class Means:
    """Callable that makes one picture's means of 8x8 blocks once, when somebody asks. Shared by all who do."""

    __slots__ = ("_frame", "_shrinker", "made")

    def __init__(self, shrinker: Shrinker, frame: VideoFrame) -> None:
        self._shrinker, self._frame = shrinker, frame
        self.made: NDArray[np.uint8] | None = None

    def __call__(self) -> NDArray[np.uint8]:
        if self.made is None:
            self.made = self._shrinker.means(self._frame)
        return self.made

    def at(self, height_px: int) -> NDArray[np.uint8] | None:
        """The means where they answer a need of this height: asked for as 0, or made already and the same picture as
        the scaler would give."""
        if not height_px or self.made is None:
            return self.made
        same = self._frame.height == 8 * height_px and self._shrinker.scales_exactly(self._frame)
        return self.made if same else None


def scaled_size(width: int, height: int, height_px: int) -> tuple[int, int]:
    """Size at the asked height, keeping the shape; never larger than the picture itself."""
    if height <= height_px:
        return width, height
    return max(1, (width * height_px + height // 2) // height), height_px


def _join(taps: list[Tap], taker: Taker, height_px: int, per_second: float) -> None:
    rate = Fraction(per_second).limit_denominator(1000)
    for tap in taps:
        if tap.height_px == height_px and tap.schedule.per_second == rate:
            tap.takers.append(taker)
            return
    taps.append(Tap(height_px, Schedule(rate), [taker]))
