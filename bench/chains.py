"""Families with known descent: an original, what was made of it, and what was made of that.

Originals are footage that was never encoded as video (``bench/recompressed/footage.py``: real photographs under a
virtual camera, and generated scenes), written by a stand-in for a camera's encoder (``tests/corpus/encodings.py``).
Real camera files give a second, smaller set: there the native container stands beside the picture. Messengers are
simulated and labelled so. Beside honest chains each family has twins that mislead: enlarged and sharpened copies,
copies of a bad copy at a high rate, and siblings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageFilter
from tests.corpus.clips import Picture
from tests.corpus.encodings import GROUPS, MESSENGER, Encoding, camera, decoded, encode, x264

from bench.recompressed.footage import FPS, STILLS, _film, _still

SIZES = ((480, 272), (384, 288), (288, 384), (512, 288))
SECONDS = 8.0
ENLARGED_SIDE = 4 / 3
REAL: tuple[str, ...] = (
    "camera/metadata-extractor-images__with-gps.mov",
    "camera/gpmf-parser__max-heromode.mp4",
    "camera/metadata-extractor-images__ftyp3gp5.mp4",
    "camera/metadata-extractor-images__FLIR Thermal.mp4",
    "camera/photoprism__mp42-hvc1.mp4",
    "camera/mp4parser__MOV00006.3gp",
    "camera/metadata-extractor-images__MVI_4823.AVI",
    "camera/metadata-extractor-images__Sony ILCE-7M3 (A7M3).mts",
    "camera/photoprism__quicktime-hvc1.mov",
    "camera/media__sample_sef_slow_motion.mp4",
)
"""Files of real cameras, below the folder of real media; at most their first SECONDS are made again."""
MOST_LINES = 360


@dataclass(frozen=True, slots=True)
class Copy:
    """One file of a family."""

    name: str
    path: Path
    parent: str
    """Name of the copy that it was made from; empty for the original."""
    how: str


@dataclass(frozen=True, slots=True)
class Family:
    take: str
    half: str
    """choose or measure: thresholds are chosen on the first only."""
    real: bool
    copies: tuple[Copy, ...]

    def ancestors(self, name: str) -> list[str]:
        of = {copy.name: copy.parent for copy in self.copies}
        line = []
        while of.get(name):
            name = of[name]
            line.append(name)
        return line


def families(media: Path, folder: Path, seed: int, *, most: int = 1000) -> Iterator[Family]:
    """One family after the other, made below ``folder``; the caller deletes what it has read."""
    sources = [(name, half.value, media / name) for name, half in STILLS if (media / name).is_file()][:most]
    for number, (name, half, path) in enumerate(sources):
        rng = np.random.default_rng((seed, number, 71))
        size = SIZES[int(rng.integers(len(SIZES)))]
        pictures = list(_film(_still(path), size, round(SECONDS * FPS), rng))
        yield _family(name, half, pictures, folder / f"f{number:02d}", rng)
    for number, name in enumerate(REAL[:most]):
        if (media / name).is_file():
            rng = np.random.default_rng((seed, number, 73))
            half = ("choose", "measure")[number % 2]
            yield _real(name, half, media / name, folder / f"r{number:02d}", rng)


def _family(take: str, half: str, pictures: list[Picture], folder: Path, rng: np.random.Generator) -> Family:
    folder.mkdir(parents=True, exist_ok=True)
    gop = int(rng.choice(GROUPS))
    how = camera(gop, float(rng.uniform(0.06, 0.25)), constant=bool(rng.integers(2)))
    original = Copy("original", encode(pictures, folder / "original", how, FPS), "", how.name)
    return Family(take, half, False, (original, *_made_of(original, FPS, folder, rng)))


def _real(take: str, half: str, path: Path, folder: Path, rng: np.random.Generator) -> Family:
    folder.mkdir(parents=True, exist_ok=True)
    original = Copy("original", path, "", "as the camera wrote it")
    with av.open(str(path)) as held:
        fps = round(float(held.streams.video[0].average_rate or FPS)) or FPS
    return Family(take, half, True, (original, *_made_of(original, min(fps, 60), folder, rng)))


def _made_of(original: Copy, fps: int, folder: Path, rng: np.random.Generator) -> list[Copy]:
    """The honest chain, then the twins that mislead."""

    def again(
        name: str,
        parent: Copy,
        how: Encoding,
        *,
        part: tuple[float, float] | None = None,
        sharpened: bool = False,
    ) -> Copy:
        pictures: Sequence[Picture] = decoded(parent.path, round(SECONDS * fps), MOST_LINES)
        if part is not None:
            pictures = pictures[round(part[0] * len(pictures)) : round(part[1] * len(pictures))]
        pictures = [picture for picture in pictures if picture.shape == pictures[0].shape]
        if sharpened:
            pictures = _sharpened(pictures)
        return Copy(name, encode(pictures, folder / name, how, fps), parent.name, how.name)

    crf = int(rng.choice([18, 21, 23, 26, 28]))
    b = (0, None)[int(rng.integers(2))]
    side = float(rng.choice([1.0, 1.0, 0.75, 0.5]))
    second = again("x264", original, replace(x264(crf, b), side=side))
    third = again("messenger", second, MESSENGER)
    start = float(rng.uniform(0.1, 0.5))
    part = again("excerpt", second, x264(int(rng.choice([18, 23, 28])), b), part=(start, start + 0.4))
    sibling = again("sibling", original, x264(int(rng.choice([20, 24, 28])), None))
    poor = again("poor", original, x264(int(rng.choice([32, 35])), None))
    better = again("better", poor, x264(16, None))
    enlarged = again("enlarged", third, replace(x264(18, None), side=ENLARGED_SIDE))
    sharpened = again("sharpened", third, x264(18, None), sharpened=True)
    return [second, third, part, sibling, poor, better, enlarged, sharpened]


def _sharpened(pictures: Sequence[Picture]) -> list[Picture]:
    """Luma as an enhancing filter leaves it (Pillow's UnsharpMask); chroma as it was."""
    done = []
    for picture in pictures:
        rows = picture.shape[0] * 2 // 3
        luma = Image.fromarray(picture[:rows]).filter(ImageFilter.UnsharpMask(2, 80, 0))
        done.append(np.vstack([np.asarray(luma), picture[rows:]]))
    return done
