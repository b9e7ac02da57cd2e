"""The consumer that leaves the pedigree: it feeds on the one decode and keeps a few dozen kilobytes.

Cost at 720p: about 1.5 ms a second of video, half of it for hashing packets. Limits: of the first video and
the first sound stream only; detail is measured in at most MOST_DETAIL pictures, then at twice the distance.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.fingerprint.shown import shown_stretches
from witnessmark.examine.pedigree import record
from witnessmark.examine.pedigree.detail import Detail, detail_of
from witnessmark.examine.pedigree.units import Pieces, pieces_of
from witnessmark.examine.picture import EVERY_FRAME
from witnessmark.model.consumer import ByteSource, Frames, Need, Packets, Product
from witnessmark.model.recording import Recording, Stream
from witnessmark.model.samples import Frame, Luma, Packet, Sample

DENSE_S, DENSE_EVERY_S = 4.0, 0.5
SPARSE_EVERY_S = 6.0
"""Distances of the pictures whose detail is measured: short clips need some too."""
INTRA_SHARE = 0.5
"""A picture coded by itself is measured this share of the distance after one that was not."""
ENDS_S = 4.0
ENDS_EVERY_S = 0.5
"""How far from its ends, and how densely, a recording is remembered for the clip that may follow it."""
PLAIN_LUMA = ("yuv", "gray", "nv12", "nv21", "p010", "p016")
"""Pixel formats whose first plane is luma."""
TIMECODE = re.compile(r"\d\d:\d\d:\d\d[:;]\d\d")
FALLBACK_RATE = Fraction(25)


class PedigreeKeeper:
    """One recording's pedigree."""

    name = record.NAME
    needs: tuple[Need, ...] = (Packets(("video", "audio")), Frames(), EVERY_FRAME)

    def __init__(self) -> None:
        self._video: Stream | None = None
        self._audio: Stream | None = None
        self._timecode = ""
        self._pieces: Pieces = pieces_of("", b"")
        self._whole = hashlib.sha256()
        self._sound = hashlib.sha256()
        self._group = hashlib.sha256()
        self._groups: list[tuple[int, float]] = []
        self._group_time: float | None = None
        self._bytes = self._pictures = self._pictures_shown = self._sounds = 0
        self._start: float | None = None
        self._end: float | None = None
        self._lasts: float = 0.0
        self._detail: list[tuple[float, bool, Detail]] = []
        self._next_detail_s: float | None = None
        self._next_intra_s = 0.0
        self._every_s = SPARSE_EVERY_S
        self._shown: tuple[tuple[float, float], ...] = ()
        self._first: list[tuple[float, NDArray[np.uint8]]] = []
        self._recent: deque[tuple[float, NDArray[np.uint8]]] = deque()
        self._latest: tuple[float, NDArray[np.uint8]] | None = None

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self._video, self._audio = recording.first("video"), recording.first("audio")
        self._shown = shown_stretches(source)
        if self._video is not None:
            self._pieces = pieces_of(self._video.codec, self._video.extradata)
        pairs = [*recording.metadata, *(pair for stream in recording.streams for pair in stream.metadata)]
        found = (TIMECODE.fullmatch(value.strip()) for key, value in pairs if key.lower() == "timecode")
        self._timecode = next((match.group() for match in found if match), "")

    def take(self, sample: Sample) -> None:
        if isinstance(sample, Packet):
            self._packet(sample)
        elif self._video is None or getattr(sample, "stream", None) != self._video.index:
            return
        elif isinstance(sample, Frame):
            self._frame(sample)
        elif isinstance(sample, Luma) and sample.height_requested == EVERY_FRAME.height_px:
            self._luma(sample)

    # -- packets -------------------------------------------------------------------------------------------

    def _packet(self, packet: Packet) -> None:
        if self._audio is not None and packet.stream == self._audio.index:
            self._sound.update(packet.data)
            self._sounds += 1
            return
        if self._video is None or packet.stream != self._video.index or not packet.size_bytes:
            return
        time_s = None if packet.pts is None else _seconds(packet.pts, packet.base)
        if packet.is_key or self._group_time is None:
            self._close_group()
            self._group_time = time_s if time_s is not None else self._ordinal_s(packet.ordinal)
        for piece in self._pieces(packet.data):
            digest = hashlib.sha256(piece).digest()
            self._whole.update(digest)
            self._group.update(digest)
            self._bytes += len(piece)
        self._pictures += 1
        self._lasts = _seconds(packet.duration or 0, packet.base) or self._lasts

    def _close_group(self) -> None:
        if self._group_time is not None and len(self._groups) <= record.MOST_GROUPS:
            digest = int.from_bytes(self._group.digest()[: record.GROUP_BYTES], "big")
            self._groups.append((digest, self._group_time))
        self._group = hashlib.sha256()

    def _ordinal_s(self, ordinal: int) -> float:
        """Time of a picture without a time stamp."""
        rate = (self._video.average_rate if self._video else None) or FALLBACK_RATE
        return float(ordinal / rate)

    # -- pictures ------------------------------------------------------------------------------------------

    def _time_of(self, sample: Frame | Luma) -> float:
        return self._ordinal_s(sample.ordinal) if sample.pts is None else _seconds(sample.pts, sample.base)

    def _frame(self, frame: Frame) -> None:
        time_s = self._time_of(frame)
        if self._is_shown(time_s):
            self._pictures_shown += 1
            self._start = time_s if self._start is None else min(self._start, time_s)
            self._end = time_s if self._end is None else max(self._end, time_s)
        is_intra = frame.picture_type == "I"
        if self._next_detail_s is not None and time_s < (
            self._next_intra_s if is_intra else self._next_detail_s
        ):
            return
        if not frame.pixel_format.startswith(PLAIN_LUMA):
            return
        luma = frame.planes()[0]
        measured = detail_of(luma, _depth(frame.pixel_format) if luma.dtype != np.uint8 else 8)
        if measured is None:
            return
        self._detail.append((time_s, is_intra, measured))
        if len(self._detail) > record.MOST_DETAIL:
            self._detail = self._detail[::2]
            self._every_s *= 2
        dense = time_s - self._detail[0][0] < DENSE_S
        every_s = DENSE_EVERY_S if dense else self._every_s
        self._next_detail_s = time_s + every_s
        # Between the others, so that files of groups of any length have some of both sorts.
        self._next_intra_s = time_s + every_s * (1.0 if is_intra else INTRA_SHARE)

    def _is_shown(self, time_s: float) -> bool:
        """Whether players show it: an edit list may hide what the decode sees."""
        return not self._shown or any(start_s <= time_s < end_s for start_s, end_s in self._shown)

    def _luma(self, luma: Luma) -> None:
        time_s = self._time_of(luma)
        if self._shown and not self._is_shown(time_s):
            return
        self._latest = (time_s, luma.array)
        first_s = self._first[0][0] if self._first else time_s
        if not self._first or (
            time_s - first_s <= ENDS_S and time_s - self._first[-1][0] >= ENDS_EVERY_S - 1e-6
        ):
            self._first.append((time_s, luma.array))
        if not self._recent or abs(time_s - self._recent[-1][0]) >= ENDS_EVERY_S - 1e-6:
            self._recent.append((time_s, luma.array))
        while self._recent and abs(time_s - self._recent[0][0]) > ENDS_S:
            self._recent.popleft()

    # -- the end -------------------------------------------------------------------------------------------

    def finish(self) -> tuple[Product, ...]:
        self._close_group()
        if self._video is None:
            return (record.empty().to_feature(),)
        kept = self._groups if len(self._groups) <= record.MOST_GROUPS else []
        first = self._first[: record.MOST_ENDS]
        last = list(self._recent)[-(record.MOST_ENDS - 1) :]
        if self._latest is not None:
            last = [entry for entry in last if entry[0] < self._latest[0]]
            last.append(self._latest)
        start = self._start or 0.0
        end = (self._end or start) + (self._lasts or self._ordinal_s(1))
        held = record.Pedigree(
            codec=self._video.codec,
            width_px=self._video.width_px,
            height_px=self._video.height_px,
            video_bytes=self._bytes,
            pictures=self._pictures,
            shown_pictures=self._pictures_shown,
            start_s=start,
            end_s=end,
            shown=self._shown[: record.MOST_SHOWN],
            timecode=self._timecode,
            video_digest=self._whole.digest() if self._pictures else b"",
            audio_digest=self._sound.digest() if self._sounds else b"",
            groups=np.array([digest for digest, _ in kept], dtype=np.uint64),
            group_times_s=np.array([time_s for _, time_s in kept], dtype=np.float64),
            detail_times_s=np.array([time_s for time_s, _, _ in self._detail], dtype=np.float64),
            intra=np.array([is_intra for _, is_intra, _ in self._detail], dtype=np.uint8),
            across=_stacked([one.across for _, _, one in self._detail], record.BANDS),
            down=_stacked([one.down for _, _, one in self._detail], record.BANDS),
            blocks=_stacked([np.array(one.blockiness, np.float32) for _, _, one in self._detail], 2),
            first_times_s=_times(first),
            first=_thumbs(first),
            last_times_s=_times(last),
            last=_thumbs(last),
        )
        return (held.to_feature(),)


def _seconds(ticks: int, base: Fraction) -> float:
    """``float(ticks * base)`` to the last bit, without the fraction: asked of every packet and picture."""
    return ticks * base.numerator / base.denominator


def _depth(pixel_format: str) -> int:
    return next((bits for bits in (16, 14, 12, 10, 9) if str(bits) in pixel_format[4:]), 10)


def _stacked(rows: list[NDArray[np.float32]], columns: int) -> NDArray[np.float32]:
    return np.stack(rows) if rows else np.zeros((0, columns), np.float32)


def _times(kept: list[tuple[float, NDArray[np.uint8]]]) -> NDArray[np.float64]:
    return np.array([time_s for time_s, _ in kept], dtype=np.float64)


def _thumbs(kept: list[tuple[float, NDArray[np.uint8]]]) -> NDArray[np.uint8]:
    shape = (0, record.THUMB_ROWS, record.THUMB_COLUMNS)
    return np.stack([_thumb(luma) for _, luma in kept]) if kept else np.zeros(shape, np.uint8)


def _thumb(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Means over THUMB_ROWS x THUMB_COLUMNS cells, as even as whole samples allow."""
    rows = np.linspace(0, luma.shape[0], record.THUMB_ROWS + 1).astype(int)[:-1]
    columns = np.linspace(0, luma.shape[1], record.THUMB_COLUMNS + 1).astype(int)[:-1]
    if luma.shape[0] < record.THUMB_ROWS or luma.shape[1] < record.THUMB_COLUMNS:
        return np.asarray(luma[np.ix_(rows, columns)])
    sums = np.add.reduceat(np.add.reduceat(luma, rows, axis=0, dtype=np.uint32), columns, axis=1)
    area = np.outer(np.diff([*rows, luma.shape[0]]), np.diff([*columns, luma.shape[1]]))
    return np.asarray(sums // area, dtype=np.uint8)
