"""What is done to a public video: benign transcodes, and edits that are transcoded after.

An edit's *strength* in a tile is the largest change it makes to the mean of a whole 8×8 block there, before it is
transcoded, in the weakest of the pictures at its sketches: what is not in the means cannot count as missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from bench.sealed.footage import Clip, Picture, encode, pictures_of
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.ground.media import run_reel
from witnessmark.release.likeness.film import FilmMeans
from witnessmark.release.seal.planes import block_means

SIZES_PX = (16, 24, 32, 40, 64, 96, 128)
LENGTHS_S = (0.2, 0.5, 1.0, 2.0, 5.0)
HOWS = ("painted", "filled", "moved", "blurred", "brighter")
BRIGHTER_BY = 40
ASKED = (40, 0.5)
"""Side and length of the edit that must be found: half of all trials."""
APART_TILES = 2


@dataclass(frozen=True, slots=True)
class Transcode:
    name: str
    height: int
    """0: as it is."""
    crf: int
    kbps: int = 0
    grey: bool = False
    gain: float = 1.0
    offset: float = 0.0
    rate: int = 0


BENIGN = (
    Transcode("x264 crf 23", 0, 23),
    Transcode("x264 crf 27", 0, 27),
    Transcode("480p, crf 30", 480, 30),
    Transcode("360p, 350 kb/s", 360, 0, 350),
    Transcode("grey, crf 25", 0, 25, grey=True),
    Transcode("brighter by a tenth, crf 25", 0, 25, gain=1.1, offset=-6.0),
    Transcode("360p, 350 kb/s, 20 pictures a second", 360, 0, 350, rate=20),
)
AFTER_EDIT = (BENIGN[0], BENIGN[2], BENIGN[3])


def transcode(pictures: Iterator[Picture], clip: Clip, how: Transcode, path: Path) -> None:
    """Encode the pictures again as a person or a messenger would."""
    whole = clip.public_height
    size = None
    if how.height and how.height < whole:
        scale = how.height / whole
        size = (int(clip.shown[0] * scale) & ~1, how.height)

    def changed() -> Iterator[Picture]:
        for picture in pictures:
            out = picture
            if how.grey or how.gain != 1.0:
                out = picture.copy()
                if how.grey:
                    out[whole:] = 128
                if how.gain != 1.0:
                    out[:whole] = np.clip(picture[:whole] * how.gain + how.offset, 0, 255)
            yield out

    source: Iterator[Picture] = changed()
    rate = clip.rate
    if how.rate and how.rate < clip.rate:
        source, rate = _thinned(source, clip.rate, how.rate), how.rate
    options = {"preset": "veryfast"} | ({"crf": str(how.crf)} if not how.kbps else {})
    encode(path, source, rate, options, size, how.kbps * 1000)


def _thinned(pictures: Iterator[Picture], rate: int, fewer: int) -> Iterator[Picture]:
    """The picture that stands at each time of the lower rate."""
    wanted = 0
    for number, picture in enumerate(pictures):
        while wanted * rate < (number + 1) * fewer:
            if wanted * rate >= number * fewer:
                yield picture
            wanted += 1


@dataclass(slots=True)
class Edit:
    """One edit and what it touches."""

    left: int
    top: int
    side: int
    first: int
    last: int
    how: str
    source: tuple[int, int] = (0, 0)
    level: int = 0
    strength: dict[int, float] = field(default_factory=dict)
    """By tile of the raw: see above."""

    def apply(self, luma: NDArray[np.uint8]) -> None:
        inside = (slice(self.top, self.top + self.side), slice(self.left, self.left + self.side))
        if self.how == "painted":
            luma[inside] = self.level
        elif self.how == "filled":
            rim = 4
            ring = luma[
                max(self.top - rim, 0) : self.top + self.side + rim,
                max(self.left - rim, 0) : self.left + self.side + rim,
            ].astype(np.float64)
            middle = luma[inside].astype(np.float64)
            luma[inside] = int((ring.sum() - middle.sum()) / max(ring.size - middle.size, 1))
        elif self.how == "brighter":
            luma[inside] = np.minimum(luma[inside].astype(np.int16) + BRIGHTER_BY, 235).astype(np.uint8)
        elif self.how == "blurred":
            luma[inside] = gaussian_filter(luma[inside].astype(np.float32), self.side / 4).astype(np.uint8)
        else:
            x, y = self.source
            luma[inside] = luma[y : y + self.side, x : x + self.side].copy()


def draw_edits(clip: Clip, rng: np.random.Generator) -> list[Edit]:
    """Edits that keep clear of each other, of boxes and of the strip."""
    scale = clip.shown[0] / clip.raw[0]
    rows, columns = -(-clip.raw[1] // 64), -(-clip.raw[0] // 64)
    taken = np.zeros((rows, columns), bool)
    edits: list[Edit] = []
    for _ in range(60):
        side, length_s = ASKED
        if rng.random() < 0.5:
            side, length_s = int(rng.choice(SIZES_PX)), float(rng.choice(LENGTHS_S))
        count = max(1, round(length_s * clip.rate))
        if side + 8 >= min(clip.shown) or count >= clip.length:
            continue
        left, source_x = (int(x) for x in rng.integers(0, clip.shown[0] - side, 2))
        top, source_y = (int(y) for y in rng.integers(0, clip.shown[1] - side, 2))
        box = np.zeros_like(taken)
        corners = [int(v / scale) // 64 for v in (top, top + side - 1, left, left + side - 1)]
        box[corners[0] : corners[1] + 1, corners[2] : corners[3] + 1] = True
        first = int(rng.integers(0, clip.length - count))
        if (box & (taken | _hidden(clip, first, first + count, taken.shape))).any():
            continue
        taken |= _around(box, APART_TILES)
        how = str(rng.choice(HOWS))
        edits.append(
            Edit(left, top, side, first, first + count, how, (source_x, source_y), int(rng.integers(16, 236)))
        )
    return edits


def _hidden(clip: Clip, first: int, last: int, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Tiles that are hidden, or beside what is, about that time: nothing is compared there."""
    near = round(clip.rate / 3)
    tiles = {tile for tiles in clip.hidden[max(first - near, 0) : last + near] for tile in tiles}
    out = np.zeros(shape, bool)
    for tile in tiles:
        out[divmod(tile, shape[1])] = True
    return _around(out, 1)


def _around(tiles: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    out = tiles.copy()
    for i, j in np.argwhere(tiles):
        out[max(i - by, 0) : i + by + 1, max(j - by, 0) : j + by + 1] = True
    return out


def edited(clip: Clip, edits: list[Edit]) -> Iterator[Picture]:
    """The public pictures with the edits; their strengths are noted on the way."""
    sketched = set(clip.numbers)
    for number, picture in enumerate(pictures_of(clip.public)):
        now = [edit for edit in edits if edit.first <= number < edit.last]
        if not now:
            yield picture
            continue
        out = picture.copy()
        luma = out[: clip.public_height]
        for edit in now:
            edit.apply(luma)
        if number in sketched:
            _note(clip, picture[: clip.shown[1]], luma[: clip.shown[1]], now)
        yield out


def _note(clip: Clip, before: NDArray[np.uint8], after: NDArray[np.uint8], edits: list[Edit]) -> None:
    """Strength by tile, in blocks of the public picture that lie in that tile."""
    change = np.abs(
        block_means(np.ascontiguousarray(after)).astype(int) - block_means(np.ascontiguousarray(before))
    )
    scale, columns = clip.raw[0] / clip.shown[0], -(-clip.raw[0] // 64)
    for edit in edits:
        here: dict[int, float] = {}
        for i in range(-(-edit.top // 8), (edit.top + edit.side) // 8):
            for j in range(-(-edit.left // 8), (edit.left + edit.side) // 8):
                tile = int((8 * i + 4) * scale) // 64 * columns + int((8 * j + 4) * scale) // 64
                here[tile] = max(here.get(tile, 0.0), float(change[i, j]))
        for tile, strength in here.items():
            edit.strength[tile] = min(edit.strength.get(tile, 1e9), strength)


WHOLE = (
    "half a second inserted",
    "half a second taken out",
    "slower by a twentieth",
    "brighter for half a second",
)
"""Changes of the whole video, from its middle on where they have a place."""


def changed_as_a_whole(clip: Clip, how: str) -> Iterator[Picture]:
    """The public pictures after one of ``WHOLE``."""
    middle, half_s = clip.length // 2, max(1, round(clip.rate / 2))
    kept: list[Picture] = []
    for number, picture in enumerate(pictures_of(clip.public)):
        if number < half_s:
            kept.append(picture)
        if how == WHOLE[0]:
            if number == middle:
                yield from kept
            yield picture
        elif how == WHOLE[1]:
            if not middle <= number < middle + half_s:
                yield picture
        elif how == WHOLE[2]:
            yield picture
            if number % 20 == 10:
                yield picture
        else:
            out = picture.copy()
            if middle <= number < middle + half_s:
                out[: clip.public_height] = np.clip(
                    out[: clip.public_height].astype(np.int16) + BRIGHTER_BY, 0, 255
                )
            yield out


def motion(clip: Clip) -> float:
    """How much of the sketches changes: share of means that move by 8 or more from one sketch to the next."""
    steps = np.abs(np.diff(clip.sketches.astype(np.int16), axis=0))
    return float((steps >= 8).mean()) if len(steps) else 0.0


def look(clip: Clip, video: Path, shift_s: float = 0.0) -> NDArray[np.float32]:
    """Means of the video at the sketches' times; NaN where it has no picture."""
    times = [(n + 0.5) / clip.rate + shift_s for n in clip.numbers]
    strip = clip.public_height - clip.shown[1]
    film = FilmMeans(times, clip.raw, clip.shown, strip, 0)
    size = video.stat().st_size
    with video.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), size)
        held.seek(0)
        run_reel(held, size, (film,), kind=kind)
    blank = np.full(clip.sketches.shape[1:], np.nan, np.float32)
    return np.stack([blank if picture is None else picture for picture in film.pictures])
