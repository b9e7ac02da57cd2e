"""First and second encodings: what a camera-like encoder writes, and what is done to it afterwards.

Hardware encoders of phones, recorders and dash-cameras are stood in for by x264 with what they do: closed
groups of a fixed length, no B pictures, no look-ahead, constant or variable rate, one reference. Stand-ins are
told apart from real native files in every table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.corpus.clips import Picture
from witnessmark.ground.media.encode import STEADY

GROUPS = (12, 15, 25, 30, 50, 60)
BITS_A_PIXEL = (0.06, 0.1, 0.16, 0.25)
"""CCTV to phone: 1080p at 25/s is 3, 5, 8 and 13 Mb/s."""
MESSENGER_BITS_A_PIXEL = 1e6 / (640 * 360 * 25)
"""640x360 at 1 Mb/s and 25/s."""
MESSENGER_SIDE = 0.75
"""A messenger makes pictures smaller: 720p to 480p is 2/3, 1080p to 720p too; 3/4 keeps small test clips usable."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """One encoding. ``bits_a_pixel`` 0 leaves the rate to the options (crf)."""

    name: str
    codec: str = "libx264"
    options: tuple[tuple[str, str], ...] = ()
    gop: int = 250
    bits_a_pixel: float = 0.0
    side: float = 1.0
    constant: bool = False
    suffix: str = ".mp4"


def camera(gop: int, bits_a_pixel: float, *, constant: bool) -> Encoding:
    """A stand-in for a hardware encoder."""
    return Encoding(
        f"camera-like, groups of {gop}",
        options=(
            ("preset", "superfast"),
            ("tune", "zerolatency"),
            ("bf", "0"),
            ("sc_threshold", "0"),
            ("x264-params", "mbtree=0:aq-mode=0:weightp=0:ref=1"),
        ),
        gop=gop,
        bits_a_pixel=bits_a_pixel,
        constant=constant,
    )


def mpeg4_camera(gop: int, bits_a_pixel: float) -> Encoding:
    return Encoding(f"MPEG-4 recorder, groups of {gop}", "mpeg4", (), gop, bits_a_pixel, suffix=".avi")


def mjpeg(scale: int) -> Encoding:
    """Motion JPEG with one table for all pictures: that of ISO/IEC 11172-2 times ``scale`` / 8."""
    return Encoding(
        f"Motion JPEG, scale {scale}",
        "mjpeg",
        (("qmin", str(scale)), ("qmax", str(scale))),
        1,
        1.0,
        suffix=".avi",
    )


def x264(
    crf: int, bframes: int | None, *, preset: str = "medium", gop: int = 250, steady: bool = False
) -> Encoding:
    """As ffmpeg does it by default (3 B pictures, adaptive) or with ``bframes`` of them.

    ``steady``: without the macroblock tree, whose bytes differ from run to run; for a test that hangs on one encoding.
    """
    options = [("crf", str(crf)), ("preset", preset)]
    if steady:
        options.append(("x264-params", STEADY))
    if bframes is not None:
        options.append(("bf", str(bframes)))
    words = "default B pictures" if bframes is None else ("no B pictures" if not bframes else f"{bframes} B")
    return Encoding(f"x264 crf {crf}, {words}", options=tuple(options), gop=gop)


MESSENGER = Encoding(
    "messenger-like, 1 Mb/s at 360p, simulated",
    options=(("preset", "veryfast"), ("profile", "main")),
    bits_a_pixel=MESSENGER_BITS_A_PIXEL,
    side=MESSENGER_SIDE,
)
MPEG4_SECOND = Encoding("MPEG-4, groups of 12", "mpeg4", (), 12, 0.25, suffix=".avi")
HEVC_SECOND = Encoding("x265 crf 26, defaults", "libx265", (("crf", "26"), ("preset", "fast")), 250)
SECONDS: tuple[Encoding, ...] = (
    x264(18, 0),
    x264(23, 0),
    x264(28, 0),
    x264(18, None),
    x264(23, None),
    x264(28, None),
    MESSENGER,
    MPEG4_SECOND,
    HEVC_SECOND,
)


def encode(pictures: Sequence[Picture], path: Path, how: Encoding, fps: int) -> Path:
    """Encode; the suffix is that of ``how``."""
    height, width = pictures[0].shape[0] * 2 // 3, pictures[0].shape[1]
    out_width, out_height = int(width * how.side) & ~1, int(height * how.side) & ~1
    options = dict(how.options)
    rate = int(how.bits_a_pixel * out_width * out_height * fps)
    if how.constant:
        options |= {"maxrate": str(rate), "bufsize": str(rate)}
    if how.codec == "libx265":
        options["x265-params"] = "log-level=none:pools=none:frame-threads=1"
    elif how.codec == "libx264":
        options["threads"] = "1"
    path = path.with_suffix(how.suffix)
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(how.codec, rate=fps, options=options)
        stream.width, stream.height = out_width, out_height
        stream.pix_fmt = "yuvj420p" if how.codec == "mjpeg" else "yuv420p"
        stream.codec_context.gop_size = how.gop
        stream.codec_context.thread_count = 1
        if rate:
            stream.codec_context.bit_rate = rate
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            if (out_width, out_height) != (width, height) or how.codec == "mjpeg":
                frame = frame.reformat(out_width, out_height, stream.pix_fmt)
            frame.pts, frame.time_base = number, Fraction(1, fps)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def decoded(path: Path, most: int = 1 << 30, height: int = 0) -> list[Picture]:
    """Pictures of a file as yuv420p, at most ``most``, made smaller to ``height`` where it is given."""
    with av.open(str(path)) as held:
        return list(_pictures(held.decode(video=0), most, height))


def _pictures(frames: Iterable[Any], most: int, height: int) -> Iterable[Picture]:
    for number, frame in enumerate(frames):
        if number >= most:
            return
        if height and frame.height > height:
            frame = frame.reformat(int(frame.width * height / frame.height) & ~1, height & ~1, "yuv420p")
        yield np.asarray(frame.to_ndarray(format="yuv420p"))
