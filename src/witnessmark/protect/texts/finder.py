"""The consumer that finds writing which stands still in the picture, and proposes to hide it.

Overlays (unit numbers, names, clocks, coordinates) stand in one place for long. Every two seconds the text network
looks at the picture; boxes that fall on each other in successive looks are one line, hidden from one look before it
was first seen to one after it was last seen. What was seen once only is proposed with a low confidence: writing in the
scene that passes by. Nothing is read here and no text leaves: a person sees the place and decides. Writing smaller than
about ten pixels, and scripts that the network was not trained on, may be missed.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from witnessmark.model.consumer import ByteSource, ColourAt, Need, Product
from witnessmark.model.recording import Recording
from witnessmark.model.redaction import Box, Hidden, KeyBox, Track
from witnessmark.model.samples import Colour, Sample
from witnessmark.protect.overlap import overlap

if TYPE_CHECKING:
    from witnessmark.ground.networks.writing import Box as Line

NAME = "texts"
PER_SECOND = 0.5
LOOK_WIDTH_PX = 960
"""At which width the network looks: as the clock method does for small lettering."""
MOST_LOOKS = 2000
"""An hour and more; later writing of longer recordings is looked for less often (every second look is dropped)."""
SAME_OVERLAP = 0.3
WIDEN_SHARE = 0.15
ONCE_CONFIDENCE = 0.3


@dataclass(slots=True)
class _Seen:
    stream: int
    box: Box
    first: tuple[int, int | None]
    """Ordinal and time stamp one look before it was first seen."""
    last: tuple[int, int | None]
    looks: list[int] = field(default_factory=list)
    chance: float = 0.0


class TextFinder:
    """Consumer; after the pass ask for ``tracks``."""

    name = NAME

    def __init__(self, width_px: int, height_px: int, look_height_px: int) -> None:
        self.needs: tuple[Need, ...] = (ColourAt(look_height_px, PER_SECOND),)
        self._size, self._height = (width_px, height_px), look_height_px
        self._seen: list[_Seen] = []
        self._before: tuple[int, int | None] = (0, None)
        self._looks = 0
        self._last = (-1, 0)
        """Size of the last look's picture (height, width): others lie on another grid."""

    def begin(self, recording: Recording, source: ByteSource) -> None:
        return None

    def take(self, sample: Sample) -> None:
        if not isinstance(sample, Colour) or sample.height_requested != self._height:
            return
        if self._last == (-1, 0):
            self._last = sample.array.shape[:2]
        if sample.array.shape[:2] != self._last:
            return
        self._looks += 1
        if self._looks > MOST_LOOKS and self._looks % 2:
            return
        from witnessmark.ground.networks.writing import find_writing

        height, width = sample.array.shape[:2]
        lines = find_writing(sample.array[:, :, 1], min(LOOK_WIDTH_PX, width))
        here = (sample.ordinal, sample.pts)
        for seen in self._seen:
            if seen.looks[-1] == self._looks - 1:
                seen.last = here
        for line in lines:
            self._note(line, sample, here, (self._size[0] / width, self._size[1] / height))
        self._before = here

    def _note(
        self, line: Line, sample: Colour, here: tuple[int, int | None], scale: tuple[float, float]
    ) -> None:
        box = Box(
            int(line.left * scale[0]),
            int(line.top * scale[1]),
            int(line.right * scale[0]) + 1,
            int(line.bottom * scale[1]) + 1,
        )
        for seen in self._seen:
            if seen.looks[-1] >= self._looks - 2 and overlap(seen.box, box) >= SAME_OVERLAP:
                seen.box = _both(seen.box, box)
                seen.last = here
                if seen.looks[-1] != self._looks:
                    seen.looks.append(self._looks)
                seen.chance = max(seen.chance, line.chance)
                return
        self._seen.append(_Seen(sample.stream, box, self._before, here, [self._looks], line.chance))

    def finish(self) -> tuple[Product, ...]:
        return ()

    def tracks(self, pictures: int) -> tuple[Track, ...]:
        """Lines in order of appearance. ``pictures``: how many the recording has."""
        made = []
        for seen in self._seen:
            first, first_pts = seen.first
            last, last_pts = seen.last
            if seen.looks[-1] >= self._looks:
                last, last_pts = max(first, pictures - 1), None
            box = seen.box.widened(WIDEN_SHARE).clipped(*self._size)
            if box is None:
                continue
            sure = seen.chance if len(seen.looks) > 1 else min(seen.chance, ONCE_CONFIDENCE)
            keys = [KeyBox(seen.stream, first, first_pts, box, sure)]
            if last > first:
                keys.append(KeyBox(seen.stream, last, last_pts, box, sure))
            made.append(Track(str(uuid.uuid4()), Hidden.TEXT, tuple(keys)))
        return tuple(made)


def _both(a: Box, b: Box) -> Box:
    return Box(min(a.left, b.left), min(a.top, b.top), max(a.right, b.right), max(a.bottom, b.bottom))
