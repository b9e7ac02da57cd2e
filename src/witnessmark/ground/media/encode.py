"""Make a small video: H.264 in fragmented MP4, straight into a write-callable, without a file to seek in.

For the reviewer's shield and for made test clips. Carries no encoder string, no settings SEI, no dates, no
metadata: nothing that tells more than the pictures. One encoder thread, and none of x264's macroblock tree
(``STEADY``), so that the same pictures give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from types import TracebackType
from typing import Any, Self

import av
import av.container
import numpy as np
from av.bitstream import BitStreamFilterContext
from av.video.frame import VideoFrame
from numpy.typing import NDArray

SEI_NAL = 6
"""nal_unit_type of supplemental enhancement information (ITU-T H.264, Table 7-1)."""
BITEXACT = 0x0400
"""AVFMT_FLAG_BITEXACT of libavformat/avformat.h: no dates, versions or random ids in the file."""
STEADY = "mbtree=0"
"""x264 option. Its macroblock tree gives other bytes for the same pictures now and then, with one thread too: of 180
encodings of one clip in two processes 110 differed from the commonest with B pictures and 3 without, none without the
tree and none without its assembly (seen with PyAV 18.1; not kept as a file)."""
NEUTRAL = 128
"""Chroma value of grey (8 bit)."""


class _Sink:
    """A file object that can only be written to."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write

    def write(self, data: bytes) -> int:
        self._write(bytes(data))
        return len(data)


class VideoEncoder:
    """Takes pictures with time stamps, gives a fragmented MP4.

    ``write`` gets the bytes in order. Sizes must be even. Time stamps are in ``base`` and must rise. ``quantiser``
    (0..51) holds the quantiser itself constant instead of x264's rate factor ``crf``.
    Usable as a context manager; ``close`` writes what is left.
    """

    def __init__(
        self,
        write: Callable[[bytes], object],
        width_px: int,
        height_px: int,
        base: Fraction,
        *,
        crf: int = 30,
        quantiser: int | None = None,
        preset: str = "veryfast",
        gop: int = 50,
    ) -> None:
        if width_px % 2 or height_px % 2:
            raise ValueError("width and height must be even")
        self._size = (height_px, width_px)
        self._output = av.open(
            _Sink(write),
            "w",
            format="mp4",
            options={"movflags": "frag_keyframe+empty_moov+default_base_moof"},
        )
        self._output.flags |= BITEXACT
        stream: Any = self._output.add_stream("libx264", rate=None)
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.time_base = base
        context = stream.codec_context
        context.time_base = base
        context.thread_count = 1
        context.options = {
            **({"crf": str(crf)} if quantiser is None else {"qp": str(quantiser)}),
            "preset": preset,
            "g": str(gop),
            # Without B pictures nothing is reordered, and a streamed file needs no edit list to start at zero.
            "bf": "0",
            "flags": "+bitexact",
            "x264-params": f"threads=1:lookahead-threads=1:sliced-threads=0:force-cfr=0:{STEADY}",
        }
        self._stream = stream
        self._base = base
        self._clean: BitStreamFilterContext | None = None

    def add_grey(self, picture: NDArray[np.uint8], ticks: int) -> None:
        """One luma picture, (height, width) uint8."""
        height, width = self._size
        if picture.shape != (height, width):
            raise ValueError(f"picture is {picture.shape}, not {self._size}")
        frame = VideoFrame(width, height, "yuv420p")
        grey: tuple[Any, ...] = (picture, NEUTRAL, NEUTRAL)
        held: Any = frame.planes
        for plane, values in zip(held, grey, strict=True):
            lines = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
            lines[: plane.height, : plane.width] = values
        self._add(frame, ticks)

    def _add(self, frame: VideoFrame, ticks: int) -> None:
        frame.pts = ticks
        frame.time_base = self._base
        self._mux(self._stream.encode(frame))

    def _mux(self, packets: list[Any]) -> None:
        if self._clean is None and packets:
            self._clean = BitStreamFilterContext(f"filter_units=remove_types={SEI_NAL}", self._stream)
        for packet in packets:
            assert self._clean is not None
            for clean in self._clean.filter(packet):
                clean.stream = self._stream
                self._output.mux(clean)

    def close(self) -> None:
        """Write the last pictures and the end of the file."""
        self._mux(self._stream.encode(None))
        self._output.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
