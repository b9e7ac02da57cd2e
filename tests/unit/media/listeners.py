"""Consumers for tests: one that keeps everything, one that breaks on purpose, and raw streams to feed them."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import av
import numpy as np

from witnessmark.ground.media import ReelLimits, ReelOutcome, run_reel
from witnessmark.model.consumer import ByteSource, Feature, Need, Product
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType, Recording
from witnessmark.model.samples import Frame, Gap, Sample

MP4 = Kind(MediaType.VIDEO, "mp4")
H264 = Kind(MediaType.VIDEO, "h264")


class Listener:
    """Keeps every sample; of frames and packets it keeps copies, as a consumer must."""

    def __init__(self, *needs: Need, name: str = "listener") -> None:
        self.name = name
        self.needs = needs
        self.samples: list[Sample] = []
        self.planes: list[tuple[Any, ...]] = []
        self.recording: Recording | None = None
        self.first_bytes = b""

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self.recording = recording
        self.first_bytes = source.read_at(0, 16)

    def take(self, sample: Sample) -> None:
        self.samples.append(sample)
        if isinstance(sample, Frame):
            self.planes.append(tuple(plane.copy() for plane in sample.planes()))

    def finish(self) -> tuple[Product, ...]:
        return (Feature(self.name, 1, str(len(self.samples)).encode()),)

    def of(self, kind: type) -> list[Any]:
        return [sample for sample in self.samples if isinstance(sample, kind)]

    def gaps(self) -> list[str]:
        return [gap.reason for gap in self.of(Gap)]


class Breaker(Listener):
    """Raises at the given sample (or in ``begin`` or ``finish``)."""

    def __init__(self, *needs: Need, where: str, name: str = "breaker") -> None:
        super().__init__(*needs, name=name)
        self._where = where

    def begin(self, recording: Recording, source: ByteSource) -> None:
        if self._where == "begin":
            raise RuntimeError("the name of a witness")

    def take(self, sample: Sample) -> None:
        super().take(sample)
        if self._where == "take" and len(self.samples) == 3:
            raise RuntimeError("the name of a witness")

    def finish(self) -> tuple[Product, ...]:
        if self._where == "finish":
            raise RuntimeError("the name of a witness")
        return super().finish()


def feed(
    data: bytes, *listeners: Listener, kind: Kind = MP4, limits: ReelLimits | None = None
) -> ReelOutcome:
    return run_reel(io.BytesIO(data), len(data), listeners, kind=kind, limits=limits)


def raw_h264(width: int, height: int, frames: int, seed: int = 1) -> bytes:
    """An elementary stream without any container, of moving noise."""
    sink = io.BytesIO()
    with av.open(sink, "w", format="h264") as output:
        stream: Any = output.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_count = 1
        stream.codec_context.options = {"preset": "ultrafast", "crf": "30", "tune": "zerolatency"}
        random = np.random.default_rng(seed)
        for number in range(frames):
            picture = random.integers(0, 256, (height * 3 // 2, width), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return sink.getvalue()
