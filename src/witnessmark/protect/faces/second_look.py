"""An independent second look, at the video that was made and not at what it was made from.

It shares the network with the first look and nothing else: no tracks, no schedule, no memory. Five pictures a second
are looked at upright and enlarged, one a second in all four turns, at a lower chance than the first look begins at, and
mirrored, so that a face which the first look missed by a hair has another chance. It cannot see what this network
cannot see at all; that is what a person is for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from witnessmark.model.consumer import ByteSource, ColourAt, Need, Product
from witnessmark.model.recording import Recording
from witnessmark.model.samples import Colour, Sample
from witnessmark.protect.faces.detector import Face, Picture, find_faces, is_dark, lifted, merged

NAME = "second_look"
PER_SECOND = 5.0
TURNED_EVERY = 5
LEAST, LEAST_TURNED = 0.25, 0.4
ZOOM, WIDE_PX = 1.25, 900
"""Smaller pictures are enlarged: their faces are smaller, and looking costs less."""
LEAST_PX = 8.0
"""Finds smaller than this are left out: no face of that size in a coded video tells who it is."""
MOST_HITS = 5000


@dataclass(frozen=True, slots=True)
class Hit:
    """A face that is still to be seen, in pixels of the public picture."""

    number: int
    """Count of the public video's pictures, from 0."""
    pts: int | None
    left: int
    top: int
    right: int
    bottom: int
    score: float

    def to_json(self) -> dict[str, object]:
        return {
            "number": self.number,
            "pts": self.pts,
            "box": [self.left, self.top, self.right, self.bottom],
            "score": round(self.score, 3),
        }


class SecondLook:
    """Consumer. ``height_px``: of the coded picture; ``picture_px``: rows of it above the strip."""

    name = NAME

    def __init__(self, height_px: int, picture_px: int) -> None:
        self.needs: tuple[Need, ...] = (ColourAt(height_px, PER_SECOND),)
        self._height, self._rows = height_px, picture_px
        self.hits: list[Hit] = []
        self.looked = 0

    def begin(self, recording: Recording, source: ByteSource) -> None:
        return None

    def take(self, sample: Sample) -> None:
        if not isinstance(sample, Colour) or sample.height_requested != self._height:
            return
        picture = sample.array[: self._rows]
        found = _seen(picture, turned=self.looked % TURNED_EVERY == 0)
        self.looked += 1
        for face in found:
            if face.size >= LEAST_PX and len(self.hits) < MOST_HITS:
                self.hits.append(
                    Hit(
                        sample.ordinal,
                        sample.pts,
                        int(face.left),
                        int(face.top),
                        int(face.right) + 1,
                        int(face.bottom) + 1,
                        face.score,
                    )
                )

    def finish(self) -> tuple[Product, ...]:
        return ()


def _seen(picture: Picture, *, turned: bool) -> list[Face]:
    if is_dark(picture):
        picture = lifted(picture)
    width = picture.shape[1]
    mirrored = np.ascontiguousarray(picture[:, ::-1])
    found = [
        Face(width - f.right, f.top, width - f.left, f.bottom, f.score)
        for f in find_faces(mirrored, LEAST, zoom=ZOOM if width < WIDE_PX else 1.0)
    ]
    if turned:
        for turns in range(4):
            found += find_faces(picture, LEAST_TURNED if turns else LEAST, turns=turns)
    return merged(found)
