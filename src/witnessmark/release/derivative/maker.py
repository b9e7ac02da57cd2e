"""Makes the public video and its small variant in one decode of the raw.

Nothing weaker than black tiles can be asked for: there is no setting for pixelation or blur here, because both can be
undone (Hill, Zhou, Saul and Shacham, "On the (in)effectiveness of mosaicing and blurring as tools for document
redaction", PoPETs 2016). A picture whose size is not that of the masks lies on another grid and is black as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from witnessmark.model.consumer import ByteSource, Frames, Need, PcmAt, Product
from witnessmark.model.recording import Recording
from witnessmark.model.redaction import TILE_PX, PublicMap, Recipe, Sound
from witnessmark.model.samples import Frame, Pcm, Sample
from witnessmark.release.derivative.soundtrack import Soundtrack
from witnessmark.release.derivative.strip import StripText, drawn, strip_height, with_strip
from witnessmark.release.derivative.timeline import Clock, Timeline, public_rate

if TYPE_CHECKING:
    from witnessmark.ground.media.public import PublicEncoder, Shape, TileBlackener

NAME = "derivative"
LONGEST_SIDE_PX = 1280
SMALL_SIDE_PX = 848
SMALL_BYTES = 48_000_000
"""The small variant stays below: messengers take 50 MB."""
SMALL_SHARE = 0.94
"""Of it for coded pictures and sound; boxes and the encoder's leaky bucket take the rest."""
CRF, SMALL_CRF = 20, 24
"""x264's quality aims: 18 to 23 are called visually faithful by its authors; the small one is for messengers."""
SMALL_MOST_BITS = 1_600_000
SMALL_LEAST_BITS = 60_000
SOUND_RATE_HZ = 48_000
SOUND_BITS = 96_000

Treat = Callable[[NDArray[np.float32], int], NDArray[np.float32]]
"""Sound of a stretch, and the index of its first sample since the stream's start; gives as many samples back."""


class TooLongError(ValueError):
    """The small variant cannot hold so long a stretch."""


@dataclass(slots=True)
class _Output:
    name: str
    width_px: int
    height_px: int
    strip: NDArray[np.uint8]
    blackener: TileBlackener
    encoder: PublicEncoder
    canvas: NDArray[np.uint8] | None = None


class DerivativeMaker:
    """Consumer. ``treat`` changes the sound where somebody speaks; None where the recipe wants no sound."""

    name = NAME

    def __init__(
        self,
        recipe: Recipe,
        shape: Shape,
        length_s: Fraction,
        strip: StripText,
        treat: Treat | None = None,
    ) -> None:
        has_sound = recipe.sound.choice is not Sound.NONE and shape.sound_stream is not None
        if has_sound and treat is None:
            raise ValueError("sound that is to be kept needs somebody who treats it")
        self.needs: tuple[Need, ...] = (Frames(), PcmAt(SOUND_RATE_HZ)) if has_sound else (Frames(),)
        self._recipe, self._shape, self._strip = recipe, shape, strip
        self._timeline = Timeline(recipe, public_rate(shape.rate), Clock.of(shape.base, shape.rate), length_s)
        self._outputs: list[_Output] = []
        self._sound = Soundtrack(treat) if has_sound and treat is not None else None
        self._turns = 0
        self._first_pts: int | None = None
        self.map: PublicMap | None = None
        self.hidden_tiles = 0
        """Of all public pictures together."""

    def begin(self, recording: Recording, source: ByteSource) -> None:
        return None

    def take(self, sample: Sample) -> None:
        if isinstance(sample, Pcm):
            if self._sound is not None:
                self._sound.take(sample)
        elif isinstance(sample, Frame) and sample.stream == self._recipe.masks.stream:
            self._frame(sample)

    def _frame(self, frame: Frame) -> None:
        if not self._outputs:
            self._prepare(frame)
        masks = self._recipe.masks
        fits = (frame.width_px, frame.height_px) == (masks.width_px, masks.height_px)
        self._write(self._timeline.shows(frame.stream, frame.ordinal, frame.pts, not fits))
        if not self._timeline.is_wanted:
            return
        columns, rows = -(-frame.width_px // TILE_PX), -(-frame.height_px // TILE_PX)
        tiles = masks.tiles_at(frame.ordinal) if fits else tuple(range(columns * rows))
        for output in self._outputs:
            picture = output.blackener.picture(frame, tiles)
            output.canvas = with_strip(picture, output.strip)
        self._tiles_now = len(tiles)

    def _write(self, count: int) -> None:
        for _ in range(count):
            for output in self._outputs:
                assert output.canvas is not None
                output.encoder.add(output.canvas)
            self.hidden_tiles += self._tiles_now

    _tiles_now = 0

    def _prepare(self, frame: Frame) -> None:
        from witnessmark.ground.media.public import PublicEncoder, TileBlackener, colour_of, quarter_turns

        self._turns = quarter_turns(frame)
        self._first_pts = frame.pts
        self._timeline.begin(frame.pts)
        length_s = self._timeline.end_s - self._timeline.start_s
        if length_s <= 0:
            raise ValueError("nothing is left of the span")
        colour = colour_of(frame)
        small_bits = _small_bits(length_s, self._sound is not None)
        for name, side, settings in (
            ("public", LONGEST_SIDE_PX, {"crf": CRF, "preset": "veryfast"}),
            ("small", SMALL_SIDE_PX, {"crf": SMALL_CRF, "most_bits_per_s": small_bits, "preset": "veryfast"}),
        ):
            width, height = public_size(self._shape, self._turns, side, self._strip)
            strip = drawn(self._strip, width, height)
            encoding: dict[str, Any] = dict(settings)
            self._outputs.append(
                _Output(
                    name,
                    width,
                    height,
                    strip,
                    TileBlackener(width, height, self._turns),
                    PublicEncoder(width, height + strip.shape[0], self._timeline.rate, colour, **encoding),
                )
            )

    def finish(self) -> tuple[Product, ...]:
        if self._outputs:
            self._write(self._timeline.close(self._recipe.masks.stream))
            first = self._outputs[0]
            self.map = PublicMap(
                self._timeline.rate,
                self._recipe.masks.width_px,
                self._recipe.masks.height_px,
                first.width_px,
                first.height_px,
                first.strip.shape[0],
                self._turns,
                tuple(self._timeline.frames),
            )
        return ()

    def files(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """(``public`` or ``small``, its bytes). Raises ValueError where no picture was written."""
        from witnessmark.ground.container.mp4_writer import write_mp4

        track = None
        if self._sound is not None:
            track = self._sound.track(
                self._origin_s() + self._timeline.start_s,
                Fraction(len(self._timeline.frames)) / self._timeline.rate,
            )
        for output in self._outputs:
            yield output.name, write_mp4(output.encoder.finish(), track)

    def _origin_s(self) -> Fraction:
        """Where the picture's clock begins, in the file's own seconds, which the sound's stamps count in."""
        return Fraction(0) if self._first_pts is None else self._first_pts * self._shape.base


def public_size(shape: Shape, turns: int, longest_px: int, strip: StripText) -> tuple[int, int]:
    """Width and height of the picture in public (strip apart), upright, even, never enlarged.

    Pixels that are not square are made so by making the picture narrower or lower.
    """
    width, height = Fraction(shape.width_px), Fraction(shape.height_px)
    if shape.pixel_ratio > 1:
        height /= shape.pixel_ratio
    else:
        width *= shape.pixel_ratio
    if turns % 2:
        width, height = height, width
    share = min(Fraction(1), longest_px / max(width, height))
    while True:
        out = max(2, int(width * share) // 2 * 2), max(4, int(height * share) // 4 * 4)
        if max(out[0], out[1] + strip_height(strip, *out)) <= longest_px or share < Fraction(1, 100):
            return out
        share *= Fraction(99, 100)


def _small_bits(length_s: Fraction, has_sound: bool) -> int:
    bits = int(SMALL_BYTES * SMALL_SHARE * 8 / length_s) - (SOUND_BITS if has_sound else 0)
    if bits < SMALL_LEAST_BITS:
        raise TooLongError("the stretch is too long for a variant below 48 MB")
    return min(bits, SMALL_MOST_BITS)
