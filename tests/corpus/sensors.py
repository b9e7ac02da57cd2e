"""Simulated sensors: clips whose every picture carries the pattern of one made-up body. Simulated, and called so.

What is modelled: a factor for each sensor element (normal, 0.5 to 1.5 %: Chen, Fridrich, Goljan, Lukas 2008, give
factors of that size for real ones), shot noise that grows with the root of light, the blur of optics and colour
interpolation, an offset by rows and columns and a pattern with the period of a codec that all bodies of one *model*
share, stabilisation as a shift of each picture, burned-in text of a recorder, and encoding. What is not: lens
correction, noise reduction over time, dead elements, gamma. Real cameras are harder.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, shift

from tests.corpus.clips import Encode, Picture, Scene, write_clip

SHOT_NOISE = 2.5
"""Grey levels of noise at mid grey."""
OPTICS_PX = 0.6


@dataclass(frozen=True, slots=True)
class Body:
    """One camera. ``model`` gives what bodies of a model share."""

    seed: int
    size: tuple[int, int] = (640, 352)
    strength: float = 0.010
    model: int = 0

    def factor(self) -> NDArray[np.float32]:
        """Multiplies the light, (rows, columns)."""
        width, height = self.size
        own = np.random.default_rng((self.seed, 71)).normal(0, self.strength, (height, width))
        shared = np.random.default_rng((self.model, 73))
        lines = shared.normal(0, 0.004, (height, 1)) + shared.normal(0, 0.004, (1, width))
        period = shared.normal(0, 0.006, (16, 16))
        tiled = np.tile(period, (-(-height // 16), -(-width // 16)))[:height, :width]
        return np.asarray(1 + own + lines + tiled, np.float32)


@dataclass(frozen=True, slots=True)
class Take:
    """What is filmed, and how the pictures are treated before they are encoded."""

    seed: int
    frames: int = 100
    style: str = "pan"
    mean: float = 120.0
    stabilised_px: float = 0.0
    """Largest shift of a picture against the sensor, in any direction, by parts of a point."""
    overlay: bool = False
    scale: float = 1.0
    """Of the encoded picture to the sensor's."""


def pictures(body: Body, take: Take) -> Iterator[Picture]:
    """As the encoder gets them."""
    width, height = body.size
    scene = Scene(body.size, take.seed, style=take.style, noise=0, mean=take.mean)
    factor = body.factor()
    rng = np.random.default_rng((body.seed, take.seed, 79))
    path = rng.uniform(-1, 1, (take.frames, 2)) * take.stabilised_px
    bank = rng.normal(0, SHOT_NOISE, (height + 64, width + 64)).astype(np.float32)
    for k in range(take.frames):
        seen = scene.picture(k)
        light = seen[:height].astype(np.float32)
        y, x = rng.integers(0, 64, 2)
        noise = bank[y : y + height, x : x + width] * np.sqrt(np.maximum(light, 1) / 128)
        light = gaussian_filter(light * factor + noise, OPTICS_PX)
        if take.stabilised_px:
            light = shift(light, path[k], order=1, mode="nearest")
        if take.overlay:
            _burn(light)
        picture = seen.copy()
        picture[:height] = np.clip(np.round(light), 0, 255)
        yield picture if take.scale == 1.0 else _scaled(picture, take.scale)


def _burn(light: NDArray[np.float32]) -> None:
    """White text with a dark outline, the same on every recorder of a make."""
    letters = np.random.default_rng(83).integers(0, 2, (12, 180)).repeat(2, 0).repeat(2, 1)
    rows, columns = letters.shape
    for top, left in ((8, 16), (light.shape[0] - rows - 8, light.shape[1] - columns - 16)):
        place = light[top : top + rows, left : left + columns]
        place[:] = np.where(letters[: place.shape[0], : place.shape[1]], 230, 40)


def _scaled(picture: Picture, scale: float) -> Picture:
    width, height = picture.shape[1], picture.shape[0] * 2 // 3
    frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
    to = (int(width * scale) // 2 * 2, int(height * scale) // 2 * 2)
    return frame.reformat(*to, interpolation="BICUBIC").to_ndarray()


def film(path: Path, body: Body, take: Take, encode: Encode, *, rate: int = 25) -> Path:
    """One clip of ``body`` into ``path``."""
    times = tuple(range(take.frames))
    write_clip(path, pictures(body, take), times, Fraction(1, rate), Fraction(rate), encode, None)
    return path


def still(path: Path, body: Body, take: Take, quality: int = 90) -> Path:
    """One photograph (the first picture of the take) as JPEG."""
    from PIL import Image

    picture = next(iter(pictures(body, take)))
    luma = picture[: picture.shape[0] * 2 // 3]
    held = io.BytesIO()
    Image.fromarray(luma).save(held, "JPEG", quality=quality)
    path.write_bytes(held.getvalue())
    return path


def kept_rate(path: Path) -> float:
    """Mean bits a second of the pictures of a clip."""
    with av.open(str(path)) as file:
        stream: Any = file.streams.video[0]
        sizes = sum(packet.size for packet in file.demux(stream))
        return float(8 * sizes / (stream.frames / stream.average_rate)) if stream.frames else 0.0
