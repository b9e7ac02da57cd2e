"""Small clips with known truth, and the reel over them with consumers of protect and release."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.ground.media import ReelOutcome, run_reel
from witnessmark.ground.media.public import Shape, shape_of
from witnessmark.ground.media.sources import PlainSource
from witnessmark.model.consumer import Consumer

Picture = NDArray[np.uint8]


def write_clip(
    path: Path,
    pictures: Iterable[Picture],
    rate: Fraction,
    *,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    sound: NDArray[np.float32] | None = None,
    sound_rate_hz: int = 48_000,
) -> Path:
    """RGB pictures (height, width, 3) as a clip; mono sound beside them. Losslessly enough to know values again."""
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream(codec, rate=rate)
        video.pix_fmt = "yuv420p"
        video.options = options or {"crf": "4", "preset": "ultrafast", "bf": "0", "threads": "1"}
        track: Any = out.add_stream("aac", rate=sound_rate_hz, layout="mono") if sound is not None else None
        for number, picture in enumerate(pictures):
            if number == 0:
                video.height, video.width = picture.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = number, 1 / rate
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        if sound is not None:
            for start in range(0, len(sound), 1024):
                block = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(sound[None, start : start + 1024]), format="fltp", layout="mono"
                )
                block.sample_rate, block.pts = sound_rate_hz, start
                out.mux(track.encode(block))
            out.mux(track.encode(None))
    return path


def reel(path: Path, *consumers: Consumer) -> ReelOutcome:
    """One pass; a consumer that raises fails the test."""
    with path.open("rb") as held:
        source = PlainSource(held.fileno(), path.stat().st_size)
        kind = sniff(source.read_at(0, HEAD_BYTES), source.size_bytes)
        outcome = run_reel(source, source.size_bytes, consumers, kind=kind)
    assert outcome.failures == ()
    return outcome


def shape(path: Path) -> Shape:
    with path.open("rb") as held:
        source = PlainSource(held.fileno(), path.stat().st_size)
        found = shape_of(source, sniff(source.read_at(0, HEAD_BYTES), source.size_bytes))
    assert found is not None
    return found
