"""From a decoded picture to a picture of the public video: whole tiles blackened, then scaled, turned, coded.

The order matters: tiles are blackened on a copy of the decoded planes, on the seal's own grid, before anything is
scaled, so that not even one sample of what is hidden can bleed into what is shown. Luma values stay as they are (no
change of range or matrix for YUV), so that the seal's sketches compare. The colour description is written as one of a
few common ones: the exact triple that a device writes, or that it writes none, would tell devices apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import av.container
import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from witnessmark.ground.container.mp4_writer import (
    CodedSample,
    SoundTrack,
    VideoTrack,
    avc_configuration,
    length_prefixed,
)
from witnessmark.ground.media.opening import Unplayable, open_input
from witnessmark.ground.media.outcome import ReelLimits
from witnessmark.ground.media.planes import Planes, plane_of
from witnessmark.ground.media.scaling import COLOUR
from witnessmark.ground.media.sources import Feed, as_source
from witnessmark.model.consumer import ByteSource
from witnessmark.model.kind import Kind
from witnessmark.model.redaction import TILE_PX
from witnessmark.model.samples import Frame

Picture = NDArray[np.uint8]
"""yuv420p as PyAV lays it out: (height * 3 // 2, width)."""

LIMITED_BLACK = 16
"""Luma of black at 8 bits in the limited range (ITU-R BT.601-7 §2.5.3)."""
NEUTRAL = 128
BT709, BT601_625, BT601, BT2020 = 1, 5, 6, 9
PQ, HLG = 16, 18
"""Code points of ITU-T H.273: primaries, transfers and matrices."""
MOST_SD_ROWS = 576
"""Of the longer standard-definition raster (ITU-R BT.601-7): where a file says nothing, players take BT.601 up to here
and BT.709 above."""
TURNED_DEGREES = 90
SOUND_RATE_HZ = 48_000
SOUND_BITS = 96_000
AAC_SAMPLES = 1024
KEY_EVERY_S = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """What the file says of how its pictures are to be shown."""

    stream: int
    width_px: int
    height_px: int
    pixel_ratio: Fraction
    """Width over height of one pixel."""
    rate: Fraction | None
    base: Fraction
    sound_stream: int | None
    sound_base: Fraction | None


def shape_of(source: ByteSource, kind: Kind) -> Shape | None:
    """Read from the first video stream that is decoded; None where there is none."""
    feed = Feed(as_source(source, source.size_bytes))
    try:
        opened = open_input(feed, source.size_bytes, kind, ReelLimits())
    except Unplayable:
        return None
    try:
        return _shape(opened.container, opened.recording.streams)
    finally:
        opened.container.close()


def _shape(container: Any, declared: Sequence[Any]) -> Shape | None:
    video = next((s for s in declared if s.kind == "video"), None)
    sound = next((s for s in declared if s.kind == "audio"), None)
    if video is None or not video.width_px or not video.height_px:
        return None
    ratio = getattr(container.streams[video.index], "sample_aspect_ratio", None)
    if not ratio or not Fraction(1, 4) <= ratio <= 4:
        ratio = Fraction(1)
    return Shape(
        video.index,
        video.width_px,
        video.height_px,
        Fraction(ratio),
        video.average_rate,
        video.time_base,
        sound.index if sound else None,
        sound.time_base if sound else None,
    )


def quarter_turns(sample: Frame) -> int:
    """How often the picture is turned clockwise by a quarter to stand upright, after its display matrix."""
    planes = sample.planes
    if not isinstance(planes, Planes):
        return 0
    return round(-planes.frame.rotation / TURNED_DEGREES) % 4


def colour_of(sample: Frame) -> tuple[int, int, int, bool]:
    """Primaries, transfer, matrix (H.273) and whether the range is full, as the public video carries them.

    One of three descriptions: BT.601, BT.709, or BT.2020 with the transfer it has (PQ and HLG pictures would look wrong
    with another). The matrix is kept, because the values are; where the raw names none, or a rare one, it is the one
    that players take for the size. The range is kept too: full where the raw's values fill it.
    """
    planes = sample.planes
    if not isinstance(planes, Planes) or planes.frame.format.is_rgb or planes.frame.format.has_palette:
        return (BT601, BT601, BT601, False)
    frame = planes.frame
    full = frame.format.name.startswith("yuvj") or int(frame.color_range) == int(ColorRange.JPEG)
    return (*_common(int(frame.color_trc), int(frame.colorspace), min(frame.width, frame.height)), full)


def _common(transfer: int, matrix: int, rows: int) -> tuple[int, int, int]:
    """The common description nearest to what the raw says. ``rows``: its shorter side."""
    if matrix == BT2020:
        return (BT2020, transfer if transfer in (PQ, HLG) else BT709, BT2020)
    is_sd = matrix in (BT601, BT601_625) or (matrix != BT709 and rows <= MOST_SD_ROWS)
    return (BT601, BT601, BT601) if is_sd else (BT709, BT709, BT709)


class TileBlackener:
    """Blackens whole tiles of decoded pictures and scales them to one public size."""

    def __init__(self, width_px: int, height_px: int, turns: int) -> None:
        self._size = (width_px, height_px)
        """After turning."""
        self._turns = turns % 4
        self._scaler = VideoReformatter()

    def picture(self, sample: Frame, tiles: Sequence[int]) -> Picture:
        """The public picture, with the tiles black."""
        planes = sample.planes
        assert isinstance(planes, Planes)
        raw = planes.frame
        hidden = _copied(raw)
        blacken(hidden, tiles)
        width, height = self._size if self._turns % 2 == 0 else self._size[::-1]
        scaled = self._scaled(hidden, width, height)
        parts = [plane_of(scaled, index) for index in range(3)]
        if self._turns:
            parts = [np.rot90(part, -self._turns) for part in parts]
        width, height = self._size
        out = np.empty((height * 3 // 2, width), np.uint8)
        out[:height] = parts[0]
        out[height : height + height // 4] = np.ascontiguousarray(parts[1]).reshape(height // 4, width)
        out[height + height // 4 :] = np.ascontiguousarray(parts[2]).reshape(height // 4, width)
        return out

    def _scaled(self, frame: VideoFrame, width: int, height: int) -> VideoFrame:
        if frame.format.is_rgb or frame.format.has_palette:
            return self._scaler.reformat(
                frame,
                width,
                height,
                "yuv420p",
                dst_colorspace=Colorspace.ITU601,
                interpolation=COLOUR,
                dst_color_range=ColorRange.MPEG,
                threads=1,
            )
        # the same range and matrix on both sides: values are kept
        return self._scaler.reformat(
            frame,
            width,
            height,
            "yuv420p",
            src_colorspace=Colorspace.ITU601,
            dst_colorspace=Colorspace.ITU601,
            interpolation=COLOUR,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )


def _copied(raw: VideoFrame) -> VideoFrame:
    copy = VideoFrame(raw.width, raw.height, raw.format.name)
    held: Any = zip(raw.planes, copy.planes, strict=True)
    for source, target in held:
        lines = np.frombuffer(source, dtype=np.uint8)
        into = np.frombuffer(target, dtype=np.uint8)
        stride, own = abs(source.line_size), abs(target.line_size)
        if not stride or not own:  # a palette has no lines
            count = min(len(lines), len(into))
            into[:count] = lines[:count]
            continue
        rows = min(len(lines) // stride, len(into) // own)
        width = min(stride, own)
        seen = lines[: rows * stride].reshape(rows, stride)
        if source.line_size < 0:
            seen = seen[::-1]
        into[: rows * own].reshape(rows, own)[:, :width] = seen[:, :width]
    return copy


def blacken(frame: VideoFrame, tiles: Sequence[int]) -> None:
    """Make whole tiles black in place, in every plane, on the grid of the seal."""
    if not tiles:
        return
    columns = -(-frame.width // TILE_PX)
    pixels = frame.format
    for index in range(len(frame.planes)):
        if pixels.has_palette and index:
            continue
        view = plane_of(frame, index).view()
        view.flags.writeable = True
        across, down, value = _measure(pixels, index, frame)
        for tile in tiles:
            row, column = divmod(tile, columns)
            top, bottom = _piece(row, down, view.shape[0])
            left, right = _piece(column, across, view.shape[1])
            view[top:bottom, left:right] = value


def _piece(number: int, per_pixel: Fraction, length: int) -> tuple[int, int]:
    """Elements of one axis under a tile; widened to whole elements where pixels share bytes."""
    start = int(number * TILE_PX * per_pixel)
    end = -int(-(number + 1) * TILE_PX * per_pixel // 1)
    return start, min(length, end)


def _measure(pixels: VideoFormat, index: int, frame: VideoFrame) -> tuple[Fraction, Fraction, int]:
    """Elements per pixel across and down in one plane, and what black is there."""
    view = plane_of(frame, index)
    parts = [part for part in pixels.components if part.plane == index]
    is_chroma = all(not part.is_luma for part in parts) and not pixels.is_rgb and not pixels.has_palette
    packed = len({part.plane for part in pixels.components}) == 1 and len(pixels.components) > 1
    across = Fraction(view.shape[1], frame.width) if packed else Fraction(1)
    down = Fraction(1)
    if is_chroma:
        across = Fraction(1, 1 << _shift(frame.width, parts[0].width)) * (len(parts) if len(parts) > 1 else 1)
        down = Fraction(1, 1 << _shift(frame.height, parts[0].height))
    if packed or pixels.is_rgb or pixels.has_palette:
        return across, down, 0
    bits = parts[0].bits
    black = 0 if pixels.name.startswith("yuvj") or len(pixels.components) == 1 else LIMITED_BLACK
    value = NEUTRAL if is_chroma else black
    if parts[0].is_alpha:
        value = 0
    wide = view.dtype.itemsize > 1
    high = pixels.name.startswith(("p0", "p2", "p4"))  # samples stand in the high bits
    return across, down, value << (8 if high else bits - 8) if wide else value


def _shift(whole: int, part: int) -> int:
    shift = 0
    while part < whole and -(-whole >> shift) > part:
        shift += 1
        if -(-whole >> shift) <= part or whole >> shift <= part:
            break
    return shift


class PublicEncoder:
    """H.264 High at a constant rate: canvases in, a track for our own writer out.

    ``crf`` aims at a quality; ``most_bits_per_s`` is a rate that no two seconds pass (a leaky bucket).
    """

    def __init__(
        self,
        width_px: int,
        height_px: int,
        rate: Fraction,
        colour: tuple[int, int, int, bool],
        *,
        crf: int,
        most_bits_per_s: int | None = None,
        preset: str = "fast",
    ) -> None:
        if width_px % 2 or height_px % 2:
            raise ValueError("width and height must be even")
        self._size, self._rate, self._colour = (width_px, height_px), rate, colour
        context: Any = av.CodecContext.create("libx264", "w")
        context.width, context.height, context.pix_fmt = width_px, height_px, "yuv420p"
        context.time_base = 1 / rate
        context.framerate = rate
        context.thread_count = 1
        own = "threads=1:lookahead-threads=1:sliced-threads=0:force-cfr=1:annexb=1"
        options = {
            "preset": preset,
            "profile": "high",
            "g": str(max(1, round(rate * KEY_EVERY_S))),
            "bf": "2",
            "flags": "+bitexact",
        }
        options["crf"] = str(crf)
        if most_bits_per_s is not None:
            options |= {"maxrate": str(most_bits_per_s), "bufsize": str(2 * most_bits_per_s)}
        primaries, transfer, matrix, full = colour
        context.color_primaries, context.color_trc, context.colorspace = primaries, transfer, matrix
        context.color_range = int(ColorRange.JPEG if full else ColorRange.MPEG)
        context.options = {**options, "x264-params": own}
        self._context = context
        self._header = b""
        self._samples: list[CodedSample] = []
        self._count = 0
        self._ordered: list[tuple[bytes, int, int, bool]] = []

    def add(self, canvas: Picture) -> None:
        """The next picture, (height * 3 // 2, width) yuv420p."""
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(canvas), format="yuv420p")
        frame.pts, frame.time_base = self._count, 1 / self._rate
        frame.color_range = ColorRange.JPEG if self._colour[3] else ColorRange.MPEG
        frame.colorspace, frame.color_primaries, frame.color_trc = (
            self._colour[2],
            self._colour[0],
            self._colour[1],
        )
        self._count += 1
        self._take(self._context.encode(frame))

    def _take(self, packets: Sequence[Any]) -> None:
        for packet in packets:
            data = bytes(packet)
            if not self._header:
                self._header = data
            self._ordered.append(
                (length_prefixed(data), int(packet.dts), int(packet.pts), packet.is_keyframe)
            )

    @property
    def size_bytes(self) -> int:
        return sum(len(data) for data, *_ in self._ordered)

    def finish(self) -> VideoTrack:
        """Write what is left. Raises ValueError where there was no picture."""
        if not self._count:
            raise ValueError("no pictures to write")
        self._take(self._context.encode(None))
        scale, step = self._rate.numerator, self._rate.denominator
        first = self._ordered[0][1]
        samples = [
            CodedSample(data, (dts - first) * step, (pts - first) * step, step, key)
            for data, dts, pts, key in self._ordered
        ]
        return VideoTrack(
            self._size[0], self._size[1], scale, avc_configuration(self._header), samples, self._colour
        )


class SoundEncoder:
    """AAC, one channel at 48 kHz: samples in, a track out."""

    def __init__(self) -> None:
        context: Any = av.CodecContext.create("aac", "w")
        context.sample_rate, context.layout, context.format = SOUND_RATE_HZ, "mono", "fltp"
        context.bit_rate = SOUND_BITS
        context.time_base = Fraction(1, SOUND_RATE_HZ)
        context.thread_count = 1
        context.options = {"flags": "+bitexact"}
        context.open()
        self._context = context
        self._specific = bytes(context.extradata or b"")
        self._waiting = np.zeros(0, np.float32)
        self._given = 0
        self._samples: list[CodedSample] = []

    def add(self, samples: NDArray[np.float32]) -> None:
        self._waiting = np.concatenate([self._waiting, samples])
        whole = len(self._waiting) // AAC_SAMPLES * AAC_SAMPLES
        for start in range(0, whole, AAC_SAMPLES):
            self._encode(self._waiting[start : start + AAC_SAMPLES])
        self._waiting = self._waiting[whole:]

    def _encode(self, block: NDArray[np.float32]) -> None:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block[None, :]), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE_HZ, self._given, Fraction(1, SOUND_RATE_HZ)
        self._given += len(block)
        self._take(self._context.encode(frame))

    def _take(self, packets: Sequence[Any]) -> None:
        for packet in packets:
            at = len(self._samples) * AAC_SAMPLES
            self._samples.append(CodedSample(bytes(packet), at, at, AAC_SAMPLES, True))

    def finish(self) -> SoundTrack | None:
        if len(self._waiting):
            self._encode(np.pad(self._waiting, (0, AAC_SAMPLES - len(self._waiting))))
        self._take(self._context.encode(None))
        if not self._samples:
            return None
        return SoundTrack(SOUND_RATE_HZ, 1, self._specific, self._samples, AAC_SAMPLES)
