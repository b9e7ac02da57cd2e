"""Recipes that make clips with known truth: textured, moving, noisy, the same for the same seed.

Nothing here is flat: a flat picture compresses to skip blocks, and then every test of a picture
examiner would be a test of the encoder. What is done *to* a clip afterwards stands in
``tests/corpus/events.py``.

    truth = make_clip(folder / "a.mp4", seconds=4, codec="libx264", seed=7, bframes=2)
    truth.frames, truth.pts, truth.base
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""One yuv420p picture as PyAV lays it out: (height * 3 // 2, width)."""

SOUND_RATE_HZ = 44_100
PIXEL_FORMATS = {"mjpeg": "yuvj420p"}
SOUND_CODECS = {".avi": "pcm_s16le"}


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a made clip, exactly."""

    path: Path
    frames: int
    pts: tuple[int, ...]
    """Presentation time of every picture, in ``base``, in order of presentation."""
    base: Fraction
    event: str = "none"
    details: dict[str, Any] = field(default_factory=dict)
    """For instance ``at_frame`` (first output picture after a cut), ``removed_frames``, ``spans``."""

    def seconds_of(self, frame: int) -> float:
        return float(self.pts[frame] * self.base)


@dataclass(frozen=True, slots=True)
class Encode:
    """How a clip is encoded. The container follows from the file's suffix."""

    codec: str = "libx264"
    crf: int = 23
    gop: int = 50
    bframes: int = 0
    bit_rate: int = 1_500_000
    """For codecs without crf (mpeg4, mjpeg, h263)."""
    preset: str = "veryfast"
    audio: bool = True
    extra: tuple[tuple[str, str], ...] = ()

    def options(self) -> dict[str, str]:
        options: dict[str, str] = {}
        if self.codec in ("libx264", "libx265"):
            options |= {"crf": str(self.crf), "preset": self.preset}
        if self.codec == "libx264":
            options |= {"bf": str(self.bframes), "sc_threshold": "0", "threads": "1"}
        elif self.codec == "libx265":
            options["x265-params"] = (
                f"log-level=none:pools=none:frame-threads=1:bframes={self.bframes}"
                f":keyint={self.gop}:scenecut=0"
            )
        elif self.codec == "mpeg4":
            options["bf"] = str(self.bframes)
        return options | dict(self.extra)


# --------------------------------------------------------------------------- pictures


def _octave(rng: np.random.Generator, height: int, width: int, cell: int) -> NDArray[np.float32]:
    """Noise of one grain size, scaled up bilinearly."""
    rows, columns = height // cell + 2, width // cell + 2
    coarse = rng.standard_normal((rows, columns)).astype(np.float32)
    y = np.arange(height, dtype=np.float32) / cell
    x = np.arange(width, dtype=np.float32) / cell
    y0, x0 = y.astype(int), x.astype(int)
    fy, fx = (y - y0)[:, None], (x - x0)[None, :]
    top = coarse[y0][:, x0] * (1 - fx) + coarse[y0][:, x0 + 1] * fx
    bottom = coarse[y0 + 1][:, x0] * (1 - fx) + coarse[y0 + 1][:, x0 + 1] * fx
    return np.asarray(top * (1 - fy) + bottom * fy, dtype=np.float32)


def _texture(rng: np.random.Generator, height: int, width: int, *, mean: float) -> Picture:
    """A surface with structure at every scale, values about ``mean`` ± 70."""
    field_ = sum(
        weight * _octave(rng, height, width, cell)
        for cell, weight in ((97, 34.0), (31, 20.0), (9, 13.0), (3, 7.0))
    )
    return np.asarray(np.clip(mean + field_, 16, 235), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class _Body:
    """Something that moves through the scene on its own."""

    texture: Picture
    centre: tuple[float, float]
    reach: tuple[float, float]
    rate: tuple[float, float]
    phase: tuple[float, float]


class Scene:
    """A place with moving bodies, seen by a camera.

    ``style``: ``pan`` (hand-held, never at rest), ``static`` (fixed camera, moving bodies),
    ``empty`` (fixed camera, nothing moves), each with sensor noise of ``noise`` grey levels.
    """

    def __init__(
        self,
        size: tuple[int, int],
        seed: int,
        *,
        style: str = "pan",
        noise: float = 2.0,
        speed: float = 1.0,
        mean: float = 120.0,
    ) -> None:
        self.width, self.height = size
        if self.width % 2 or self.height % 2:
            raise ValueError("sizes must be even (4:2:0)")
        rng = np.random.default_rng((seed, 11))
        self._seed, self._style, self._speed = seed, style, speed
        self._margin = (self.height // 2 & ~1, self.width // 2 & ~1)
        tall, wide = self.height + 2 * self._margin[0], self.width + 2 * self._margin[1]
        self._ground = _texture(rng, tall, wide, mean=mean)
        self._chroma = [_texture(rng, tall // 2, wide // 2, mean=128.0) for _ in range(2)]
        self._path = rng.uniform(0.2, 1.0, 4), rng.uniform(0, 2 * np.pi, 8)
        side = max(16, self.height // 5)
        self._bodies = [
            _Body(
                _texture(rng, side, side, mean=float(rng.choice([60, 185]))),
                (float(rng.uniform(0.2, 0.8)) * self.height, float(rng.uniform(0.2, 0.8)) * self.width),
                (0.2 * self.height, 0.35 * self.width),
                (float(rng.uniform(0.010, 0.045)), float(rng.uniform(0.010, 0.045))),
                (float(rng.uniform(0, 6.28)), float(rng.uniform(0, 6.28))),
            )
            for _ in range(0 if style == "empty" else 3)
        ]
        bank = np.random.default_rng((seed, 13)).normal(0, noise, (self.height + 64, self.width + 64))
        self._noise = np.round(bank).astype(np.int16) if noise > 0 else None

    def picture(self, k: int, gain: float = 1.0) -> Picture:
        """The picture at frame ``k``; the same for the same seed and ``k``."""
        top, left = self._camera(k)
        luma = self._ground[top : top + self.height, left : left + self.width].copy()
        for body in self._bodies:
            self._stamp(luma, body, k)
        out = luma.astype(np.int16)
        if gain != 1.0:
            out = (out * gain).astype(np.int16)
        if self._noise is not None:
            at = np.random.default_rng((self._seed, 17, k)).integers(0, 64, 2)
            out += self._noise[at[0] : at[0] + self.height, at[1] : at[1] + self.width]
        chroma = [
            plane[top // 2 : top // 2 + self.height // 2, left // 2 : left // 2 + self.width // 2].reshape(
                -1, self.width
            )
            for plane in self._chroma
        ]
        return np.vstack([np.clip(out, 0, 255).astype(np.uint8), *chroma])

    def _camera(self, k: int) -> tuple[int, int]:
        if self._style != "pan":
            return self._margin
        (amount, phase), t = self._path, k * self._speed
        dy = amount[0] * np.sin(0.031 * t + phase[0]) + 0.25 * amount[1] * np.sin(0.13 * t + phase[1])
        dx = amount[2] * np.sin(0.023 * t + phase[2]) + 0.25 * amount[3] * np.sin(0.11 * t + phase[3])
        y = self._margin[0] * (1 + 0.78 * float(dy))
        x = self._margin[1] * (1 + 0.78 * float(dx))
        return int(np.clip(y, 0, 2 * self._margin[0])), int(np.clip(x, 0, 2 * self._margin[1]))

    def _stamp(self, luma: Picture, body: _Body, k: int) -> None:
        side = body.texture.shape[0]
        t = k * self._speed
        y = int(body.centre[0] + body.reach[0] * np.sin(body.rate[0] * t + body.phase[0])) - side // 2
        x = int(body.centre[1] + body.reach[1] * np.sin(body.rate[1] * t + body.phase[1])) - side // 2
        y, x = min(max(y, 0), self.height - side), min(max(x, 0), self.width - side)
        luma[y : y + side, x : x + side] = body.texture


def sound(seconds: float, seed: int, *, rate_hz: int = SOUND_RATE_HZ) -> NDArray[np.float32]:
    """A wandering tone over noise, mono, -1..1: never silent, never periodic."""
    count = round(seconds * rate_hz)
    t = np.arange(count) / rate_hz
    rng = np.random.default_rng((seed, 19))
    pitch = 330 + 60 * np.sin(2 * np.pi * 0.7 * t + float(rng.uniform(0, 6)))
    tone = 0.12 * np.sin(2 * np.pi * np.cumsum(pitch) / rate_hz)
    return np.asarray(tone + 0.03 * rng.standard_normal(count), dtype=np.float32)


# --------------------------------------------------------------------------- writing


def write_clip(
    path: Path,
    pictures: Iterable[Picture],
    pts: Sequence[int],
    base: Fraction,
    rate: Fraction,
    encode: Encode,
    pcm: NDArray[np.float32] | None,
) -> None:
    """Encode ``pictures`` at the given times (and sound) into ``path``; the suffix chooses the container."""
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream(encode.codec, rate=rate, options=encode.options())
        voice = _sound_stream(out, path) if pcm is not None and encode.audio else None
        spoken = 0
        first = True
        for picture, stamp in zip(pictures, pts, strict=False):
            if first:
                video.width, video.height = picture.shape[1], picture.shape[0] * 2 // 3
                video.pix_fmt = PIXEL_FORMATS.get(encode.codec, "yuv420p")
                video.time_base = base
                video.codec_context.time_base = base
                video.codec_context.gop_size = encode.gop
                video.codec_context.thread_count = 1
                if encode.codec not in ("libx264", "libx265"):
                    video.codec_context.bit_rate = encode.bit_rate
                first = False
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            if video.pix_fmt != "yuv420p":
                frame = frame.reformat(format=video.pix_fmt, dst_color_range="JPEG")
            frame.pts, frame.time_base = stamp, base
            for packet in video.encode(frame):
                out.mux(packet)
            if voice is not None and pcm is not None:
                # Beside the pictures: muxers interleave over ten seconds and no more.
                spoken = _write_sound(out, voice, pcm, spoken, float(stamp * base))
        if voice is not None and pcm is not None:
            _write_sound(out, voice, pcm, spoken, None)
        for packet in video.encode(None):
            out.mux(packet)


def _sound_stream(out: Any, path: Path) -> Any:
    stream = out.add_stream(SOUND_CODECS.get(path.suffix, "aac"), rate=SOUND_RATE_HZ)
    stream.layout = "mono"
    return stream


def _write_sound(out: Any, stream: Any, pcm: NDArray[np.float32], start: int, until_s: float | None) -> int:
    """Whole blocks from sample ``start`` up to ``until_s``; None: all that is left. The next sample to write."""
    packed = stream.codec_context.name == "pcm_s16le"
    step = 1024
    stop = len(pcm) if until_s is None else min(len(pcm), int(until_s * SOUND_RATE_HZ)) - step
    for at in range(start, stop, step):
        part = pcm[None, at : at + step]
        if packed:
            samples = np.round(np.clip(part, -1, 1) * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        else:
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE_HZ, at, Fraction(1, SOUND_RATE_HZ)
        for packet in stream.encode(frame):
            out.mux(packet)
        start = at + step
    if until_s is None:
        for packet in stream.encode(None):
            out.mux(packet)
    return start


def frame_times(count: int, fps: Fraction, *, variable: bool, seed: int) -> tuple[tuple[int, ...], Fraction]:
    """Times of ``count`` pictures: even, or as a phone writes them.

    Variable: 1/90000 s ticks, every interval off by up to 1.2 ms, and a dim stretch in which the exposure
    stretches the intervals smoothly by half (what phones do in low light; ISO/IEC 14496-12 allows any).
    """
    if not variable:
        return tuple(range(count)), 1 / fps
    rng = np.random.default_rng((seed, 23))
    nominal = 90_000 / float(fps)
    swell = 1 + 0.5 * np.clip(np.sin(np.arange(count) * 0.02 + float(rng.uniform(0, 6))), 0, 1)
    steps = np.maximum(1, np.round(nominal * swell + rng.uniform(-110, 110, count))).astype(int)
    return tuple(int(v) for v in np.concatenate([[0], np.cumsum(steps)[:-1]])), Fraction(1, 90_000)


def scene_pictures(
    scenes: Sequence[tuple[int, Scene]], count: int, gains: dict[int, float] | None = None
) -> Iterator[Picture]:
    """Pictures 0..count-1; ``scenes`` are (first frame, scene); ``gains`` change the light of single ones."""
    for k in range(count):
        scene = next(s for first, s in reversed(scenes) if k >= first)
        yield scene.picture(k, (gains or {}).get(k, 1.0))


def make_clip(
    path: Path,
    *,
    seconds: float = 4.0,
    fps: Fraction | int = 25,
    size: tuple[int, int] = (320, 240),
    codec: str = "libx264",
    seed: int = 1,
    gop: int = 50,
    bframes: int = 0,
    crf: int = 23,
    bit_rate: int = 1_500_000,
    audio: bool = True,
    variable_rate: bool = False,
    style: str = "pan",
    noise: float = 2.0,
    speed: float = 1.0,
    mean: float = 120.0,
    shots: Sequence[int] = (),
    flashes: Sequence[int] = (),
    light_switch: int | None = None,
    extra: tuple[tuple[str, str], ...] = (),
) -> Truth:
    """One clip. ``shots``: frames at which another place begins (hard cuts); ``flashes``: single bright
    frames; ``light_switch``: frame from which the light is 1.7 times as strong (no cut)."""
    rate = Fraction(fps)
    count = round(seconds * float(rate))
    pts, base = frame_times(count, rate, variable=variable_rate, seed=seed)
    look = {"style": style, "noise": noise, "speed": speed, "mean": mean}
    scenes = [(0, Scene(size, seed, **look))]  # type: ignore[arg-type]
    scenes += [(at, Scene(size, seed * 1000 + n + 1, **look)) for n, at in enumerate(shots)]  # type: ignore[arg-type]
    gains = dict.fromkeys(range(light_switch, count), 1.7) if light_switch is not None else {}
    gains |= dict.fromkeys(flashes, 2.2)
    encode = Encode(codec, crf, gop, bframes, bit_rate, audio=audio, extra=extra)
    length_s = float((pts[-1] + (pts[-1] - pts[-2])) * base) if count > 1 else seconds
    pcm = sound(length_s, seed) if audio else None
    write_clip(path, scene_pictures(scenes, count, gains), pts, base, rate, encode, pcm)
    return Truth(path, count, pts, base, "shots" if shots else "none", {"shots": tuple(shots)})
