"""Make clips: read a span of a clip as luma and chroma planes, write pictures as a video, edit by packets.

For the demonstration's own footage only: nothing here ever touches evidence. Everything is deterministic
(one encoder thread, no writer strings beyond those of the muxer, which a rendered clip truthfully carries).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""One yuv420p picture as PyAV lays it out: (height * 3 // 2, width)."""

TONE_HZ = 180.0
SOUND_RATE_HZ = 44_100
SOUND_FRAME = 1024


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a clip is encoded."""

    rate: Fraction
    crf: int = 23
    gop: int = 50
    bframes: int = 2
    preset: str = "veryfast"
    with_sound: bool = True
    tags: dict[str, str] = field(default_factory=dict)


def read_span(
    source: Path, start_s: float, seconds: float, width_px: int, height_px: int
) -> Iterator[Picture]:
    """Pictures of the first video stream from ``start_s`` on, scaled; ends early where the clip does."""
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        stream.thread_count = 1
        container.seek(int(max(start_s - 1, 0) * 1_000_000))
        for frame in container.decode(stream):
            if frame.time is None or frame.time < start_s:
                continue
            if frame.time >= start_s + seconds:
                return
            scaled = frame.reformat(width=width_px, height=height_px, format="yuv420p")
            yield np.asarray(scaled.to_ndarray(), np.uint8)


def write_movie(target: Path, pictures: Iterable[Picture], recipe: Recipe) -> int:
    """Write an H.264 (and AAC) file, container by suffix; returns the number of pictures."""
    with av.open(str(target), "w", options={"movflags": "+faststart"}) as out:
        for key, value in recipe.tags.items():
            out.metadata[key] = value
        video: Any = out.add_stream("libx264", rate=recipe.rate)
        video.pix_fmt = "yuv420p"
        video.options = {
            "crf": str(recipe.crf),
            "preset": recipe.preset,
            "g": str(recipe.gop),
            "bf": str(recipe.bframes),
            "threads": "1",
        }
        sound: Any = out.add_stream("aac", rate=SOUND_RATE_HZ, layout="mono") if recipe.with_sound else None
        count = 0
        for picture in pictures:
            if count == 0:
                video.height, video.width = picture.shape[0] * 2 // 3, picture.shape[1]
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts = count
            frame.time_base = 1 / recipe.rate
            out.mux(video.encode(frame))
            count += 1
        out.mux(video.encode(None))
        if sound is not None:
            for block in _tone(float(count / recipe.rate)):
                out.mux(sound.encode(block))
            out.mux(sound.encode(None))
    return count


def _tone(seconds: float) -> Iterator[Any]:
    """A quiet steady tone with a little noise, in encoder frames."""
    rng = np.random.default_rng(7)
    for start in range(0, int(seconds * SOUND_RATE_HZ), SOUND_FRAME):
        t = np.arange(start, start + SOUND_FRAME) / SOUND_RATE_HZ
        wave = 0.05 * np.sin(2 * np.pi * TONE_HZ * t) + 0.01 * rng.standard_normal(SOUND_FRAME)
        block = av.AudioFrame.from_ndarray(wave.astype(np.float32)[None, :], format="fltp", layout="mono")
        block.sample_rate = SOUND_RATE_HZ
        block.pts = start
        yield block


@dataclass(frozen=True, slots=True)
class PacketPlace:
    """Where a packet stands, for those who decide what becomes of it."""

    is_video: bool
    ordinal: int
    key_frame: int
    """Number of the key-frame group it belongs to, from 0."""
    time_s: float


def copy_packets(
    source: Path, target: Path, keep: Callable[[PacketPlace], bool], shift_s: Callable[[PacketPlace], float]
) -> None:
    """Stream copy that leaves packets out and moves time stamps: what a cutter without re-encoding does."""
    with av.open(str(source)) as container, av.open(str(target), "w") as out:
        streams: dict[int, Any] = {
            s.index: out.add_stream_from_template(s)
            for s in container.streams
            if s.type in ("video", "audio")
        }
        for key, value in container.metadata.items():
            if key == "creation_time":
                out.metadata[key] = value
        ordinals: dict[int, int] = {}
        groups: dict[int, int] = {}
        for packet in container.demux():
            if packet.dts is None or packet.stream.index not in streams:
                continue
            index = packet.stream.index
            ordinal = ordinals[index] = ordinals.get(index, -1) + 1
            is_video = packet.stream.type == "video"
            if packet.is_keyframe:
                groups[index] = groups.get(index, -1) + 1
            base = packet.time_base
            place = PacketPlace(is_video, ordinal, groups.get(index, 0), float(packet.dts * base))
            if not keep(place):
                continue
            shift = round(Fraction(shift_s(place)).limit_denominator(100_000) / base)
            packet.dts += shift
            if packet.pts is not None:
                packet.pts += shift
            packet.stream = streams[index]
            out.mux(packet)
