"""What a fixed camera sees and a recorder makes of it: walls that never move, people who come, stand and go.

The scenes of ``tests/corpus/clips.py`` are never at rest and never cleaned. Here people walk at a walking pace, stand,
leave the room empty; a curtain may sway and the light may drift; the recorder takes the noise away, draws its clock
over the picture, and has encoded it once already. Everything follows from the seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.corpus.clips import Encode, Picture, _texture, write_clip
from tests.corpus.events import Decoded, decoded

SIZES = ((352, 288), (320, 240), (384, 216))
RATES_HZ = (5, 8, 10, 12, 15, 25)
PACE_HEIGHTS = 0.75
"""Heights of their own that people walk in a second: 1.3 m/s at 1.75 m."""
STRIDE_HEIGHTS = 0.8
PHASES = 8
"""Positions of the legs in one stride of two steps."""
SLOWING_S = 0.5


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody: a picture for each phase of the stride, and where the feet are at every time."""

    sprites: tuple[NDArray[np.uint8], ...]
    mask: tuple[NDArray[np.bool_], ...]
    times_s: NDArray[np.float64]
    feet: NDArray[np.float64]
    """(times, 2): x and y."""

    def at(self, t_s: float) -> tuple[float, float, int]:
        """Feet and phase. Half a second's mean: a body does not stop or set out from one picture to the next."""
        around = t_s + np.linspace(-SLOWING_S / 2, SLOWING_S / 2, 9)
        x, y = (float(np.interp(around, self.times_s, self.feet[:, k]).mean()) for k in (0, 1))
        walked = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(self.feet[:, 0])))])
        strides = float(np.interp(around, self.times_s, walked).mean()) / (STRIDE_HEIGHTS * len(self.mask[0]))
        return x, y, int(strides * PHASES) % PHASES


class FixedCamera:
    """Pictures of one place. ``busy``: share of the time with somebody in it."""

    def __init__(self, size: tuple[int, int], seed: int, *, seconds: float, busy: float, people: int) -> None:
        self.width, self.height = size
        rng = np.random.default_rng((seed, 41))
        self._seed, self._seconds = seed, seconds
        mean = float(rng.uniform(50, 160))
        ground = _texture(rng, self.height, self.width, mean=128.0).astype(np.float32) - 128
        # Walls and furniture: flat faces with edges, and a little texture on them.
        faces = np.full((self.height, self.width), mean, np.float32)
        for _ in range(int(rng.integers(4, 12))):
            y, x = int(rng.integers(self.height)), int(rng.integers(self.width))
            faces[y : y + int(rng.integers(20, 120)), x : x + int(rng.integers(20, 160))] += rng.uniform(
                -45, 45
            )
        self._ground = faces + float(rng.uniform(0.1, 0.5)) * ground
        self._chroma = [
            np.clip(128 + 0.4 * (_texture(rng, self.height // 2, self.width // 2, mean=0.0) - 16.0), 16, 240)
            .astype(np.uint8)
            .reshape(-1, self.width)
            for _ in range(2)
        ]
        self._people = [self._person(rng, busy) for _ in range(people)]
        self._noise = float(rng.uniform(0.8, 5.0))
        self._cleaning = float(rng.choice([0.0, 0.5, 0.75, 0.9]))
        self._sways = bool(rng.random() < 0.25)
        self._drift = float(rng.uniform(0, 6)) if rng.random() < 0.3 else 0.0
        bank = rng.normal(0, 1, (self.height + 96, self.width + 96)).astype(np.float32)
        # The colour filter and its interpolation leave noise a little smooth.
        self._bank = (bank + np.roll(bank, 1, 0) + np.roll(bank, 1, 1) + np.roll(bank, (1, 1), (0, 1))) / 2

    def _person(self, rng: np.random.Generator, busy: float) -> Person:
        tall = int(rng.uniform(0.25, 0.75) * self.height) & ~1
        wide = max(8, int(tall * 0.38))
        cloth = _texture(rng, tall, wide, mean=float(rng.choice([45, 80, 190])))
        sprites, masks = [], []
        v, u = np.mgrid[0:tall, 0:wide].astype(np.float32)
        v, u = v / tall, (u - wide / 2) / tall
        for phase in range(PHASES):
            swing = 0.13 * np.sin(2 * np.pi * phase / PHASES)
            head = (u / 0.07) ** 2 + ((v - 0.09) / 0.085) ** 2 < 1
            trunk = (np.abs(u) < 0.12) & (v > 0.17) & (v < 0.55)
            legs = [
                (np.abs(u - side * swing * (v - 0.5) * 2 - side * 0.03) < 0.05) & (v >= 0.55)
                for side in (-1, 1)
            ]
            mask = head | trunk | legs[0] | legs[1]
            dressed = cloth.copy()
            dressed[head] = 150
            dressed[(v >= 0.55) & mask] = dressed[(v >= 0.55) & mask] // 2
            sprites.append(dressed)
            masks.append(mask)
        pace = PACE_HEIGHTS * tall * float(rng.uniform(0.6, 1.4))
        t, times, feet = float(rng.uniform(-4, 1)), [], []
        outside = (-float(wide), self.width + float(wide))
        while t < self._seconds:
            floor = float(rng.uniform(0.75, 1.1)) * self.height
            begin, end = outside if rng.random() < 0.5 else outside[::-1]
            stops = sorted(rng.uniform(0.1, 0.9, int(rng.integers(0, 3))))
            x = begin
            for stop in (*(begin + s * (end - begin) for s in stops), end):
                times.append(t)
                feet.append((x, floor))
                t += abs(stop - x) / pace
                times.append(t)
                feet.append((stop, floor))
                x = stop
                t += float(rng.uniform(0.3, 3.0))
            t += float(rng.exponential(6.0)) * (1 - busy) / max(busy, 0.1)
        return Person(tuple(sprites), tuple(masks), np.asarray(times), np.asarray(feet))

    def clean(self, t_s: float) -> NDArray[np.float32]:
        """Luma without noise at a time."""
        luma = self._ground.copy()
        if self._sways:
            part = slice(int(0.05 * self.width), int(0.2 * self.width))
            luma[:, part] = np.roll(luma[:, part], int(3 * np.sin(2.1 * t_s) + 2 * np.sin(0.7 * t_s)), axis=1)
        for person in self._people:
            x, y, phase = person.at(t_s)
            sprite, mask = person.sprites[phase], person.mask[phase]
            tall, wide = sprite.shape
            top, left = round(y) - tall, round(x) - wide // 2
            a, b = max(0, -top), min(tall, self.height - top)
            c, d = max(0, -left), min(wide, self.width - left)
            if a < b and c < d:
                here = luma[top + a : top + b, left + c : left + d]
                here[mask[a:b, c:d]] = sprite[a:b, c:d][mask[a:b, c:d]]
        if self._drift:
            luma += self._drift * np.float32(np.sin(0.25 * t_s))
        return luma

    def pictures(self, count: int, rate_hz: float) -> Iterator[Picture]:
        """As the sensor and the recorder's noise reduction give them (recursive where nothing moves; Brailean et al.,
        Proc. IEEE 83(9), 1995)."""
        held: NDArray[np.float32] | None = None
        for k in range(count):
            rng = np.random.default_rng((self._seed, 43, k))
            y, x = (int(v) for v in rng.integers(0, 96, 2))
            shown = self.clean(k / rate_hz)
            shown += self._noise * self._bank[y : y + self.height, x : x + self.width]
            if held is not None and self._cleaning:
                still = np.abs(shown - held) < 4 * self._noise
                shown = np.where(still, self._cleaning * held + (1 - self._cleaning) * shown, shown)
            held = shown
            yield np.vstack([np.clip(shown, 0, 255).astype(np.uint8), *self._chroma])


def with_clock(picture: Picture, shown_s: float, at: tuple[int, int], size_px: int) -> Picture:
    """The picture with a clock drawn over its luma: white on black."""
    height = picture.shape[0] * 2 // 3
    out = picture.copy()
    whole = Image.fromarray(out[:height])
    minutes, seconds = divmod(int(shown_s), 60)
    words = f"2020-02-18 14:{minutes % 60:02}:{seconds:02}"
    pen, font = ImageDraw.Draw(whole), ImageFont.load_default(size_px)
    pen.rectangle(pen.textbbox(at, words, font=font), fill=16)
    pen.text(at, words, fill=235, font=font)
    out[:height] = np.asarray(whole)
    return out


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorder's file decoded, and what was drawn over it."""

    held: Decoded
    fps: float
    encoding: str
    clock: bool


def recorded(folder: Path, seed: int, *, seconds: float) -> Recorded:
    """A recording by a fixed camera of random place, people, rate, noise and encoder."""
    rng = np.random.default_rng((seed, 47))
    fps = RATES_HZ[int(rng.integers(len(RATES_HZ)))]
    camera = FixedCamera(
        SIZES[int(rng.integers(len(SIZES)))],
        seed,
        seconds=seconds,
        busy=float(rng.uniform(0.3, 1.0)),
        people=int(rng.integers(1, 5)),
    )
    clock = bool(rng.random() < 0.6)
    encode = (
        Encode(crf=int(rng.integers(20, 34)), gop=int(fps * rng.integers(1, 5)), audio=False),
        Encode("mpeg4", gop=int(fps * 2), bit_rate=int(rng.integers(300, 1200)) * 1000, audio=False),
        Encode("mjpeg", bit_rate=4_000_000, audio=False),
    )[int(rng.choice(3, p=[0.6, 0.25, 0.15]))]
    at, size_px = (8, int(rng.choice([6, camera.height - 24]))), int(rng.integers(11, 17))
    shown = camera.pictures(round(seconds * fps), fps)
    begun_s = float(rng.uniform(0, 3000))
    if clock:
        shown = (with_clock(p, begun_s + k / fps, at, size_px) for k, p in enumerate(shown))
    path = folder / ("recorder.mp4" if encode.codec == "libx264" else "recorder.avi")
    count = round(seconds * fps)
    write_clip(path, shown, tuple(range(count)), Fraction(1, fps), Fraction(fps), encode, None)
    held = decoded(path)
    path.unlink()
    return Recorded(held, float(fps), encode.codec, clock)
