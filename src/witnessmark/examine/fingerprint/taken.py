"""Takes the fingerprint while the file is decoded once: looks eight times a second, keeps what is new.

A grid of fixed times fails on excerpts: half a sampling step beside it, a hand-held picture has moved on. So pictures
are looked at ``LOOKS_PER_SECOND`` times a second, and one is kept when ``KEPT_BITS`` of its hash differ from the last
kept, or when ``LONGEST_STEP_S`` have passed. Whatever grid another copy is looked at on, each of its pictures then lies
within those bits (and a sixteenth of a second) of a kept one; standing footage costs two pictures a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.fingerprint.borders import Watch, inner_part
from witnessmark.examine.fingerprint.hashing import averaging, distance, hashes_of, quality_of, stretched
from witnessmark.examine.fingerprint.print import NAME, SIDE, WHOLE, WORDS, Area, Fingerprint
from witnessmark.examine.fingerprint.shown import shown_stretches
from witnessmark.examine.fingerprint.stored import MOST_PICTURES, MOST_THUMBS, write_fingerprint
from witnessmark.model.consumer import ByteSource, Frames, LumaAt, Need, Product
from witnessmark.model.recording import Recording
from witnessmark.model.samples import Frame, Luma, Sample

HEIGHT_PX = 90
"""The small luma that continuity methods ask of every frame: sharing it costs nothing more."""
LOOKS_PER_SECOND = 8.0
LONGEST_STEP_S = 0.5
KEPT_BITS = 24
"""A tenth of the bits; re-encoding alone turns about as many (docs/methods/copies.md)."""
LOCAL_STEP_S = 0.2
LOCAL_CELLS = SIDE * SIDE // 20
LOCAL_CHANGE, LEAST_CHANGE = 0.03, 0.6
"""A picture in which the twentieth of its cells that changed most did so by 3 % of the span of luma (and 0.6 levels:
the coder's flicker) is kept too, at most four times a second: somebody walks through a room that stands still."""
COLOUR_STEP_S = 2.0
UNKNOWN_COLOUR = 255
FALLBACK_RATE = Fraction(25)
SEEN_TOGETHER = 16
"""Pictures looked at one after another (two seconds): between two decodes this runs from cold caches and takes twice
the time."""


@dataclass(slots=True)
class _Kept:
    time_s: float
    hash: NDArray[np.uint64]
    inner: NDArray[np.uint64]
    quality: int
    brightness: int
    colour: int
    thumb: NDArray[np.uint8]
    span: float


@dataclass(slots=True)
class _Waiting:
    """A picture that waits until the borders are known."""

    time_s: float
    luma: NDArray[np.uint8]
    colour: int


class Fingerprinter:
    """Consumer that leaves one ``Feature("fingerprint", 1, ...)``, also of a file without pictures."""

    name = NAME

    def __init__(self) -> None:
        self.needs: tuple[Need, ...] = (LumaAt(HEIGHT_PX, LOOKS_PER_SECOND), Frames())
        self._rate = FALLBACK_RATE
        self._watch = Watch()
        self._unseen: list[tuple[Luma, int]] = []
        self._waiting: list[_Waiting] = []
        self._area: Area | None = None
        self._kept: list[_Kept] = []
        self._thumb_stride = 1
        self._step_s = LONGEST_STEP_S
        self._last: tuple[float, NDArray[np.float32], NDArray[np.uint64]] | None = None
        self._first_s: float | None = None
        self._end_s = 0.0
        self._seen_s: float | None = None
        self._size = (0, 0)
        self._colour = UNKNOWN_COLOUR
        self._colour_at_s: float | None = None
        self._shown: tuple[tuple[float, float], ...] = ()

    def begin(self, recording: Recording, source: ByteSource) -> None:
        for stream in recording.streams:
            if stream.kind == "video":
                self._rate = stream.average_rate or FALLBACK_RATE
                break
        self._shown = shown_stretches(source)

    def take(self, sample: Sample) -> None:
        if isinstance(sample, Luma):
            if sample.height_requested == HEIGHT_PX:
                self._unseen.append((sample, self._colour))
                if len(self._unseen) >= SEEN_TOGETHER:
                    self._look_at_unseen()
        elif isinstance(sample, Frame):
            self._pass(sample)

    def _look_at_unseen(self) -> None:
        for luma, colour in self._unseen:
            self._look(luma, colour)
        self._unseen.clear()

    def finish(self) -> tuple[Product, ...]:
        self._look_at_unseen()
        self._decide()
        return (write_fingerprint(self._held()),)

    # -- one picture

    def _pass(self, frame: Frame) -> None:
        """Size of the pictures, and now and then how far their chroma is from grey."""
        if not self._size[0]:
            self._size = (frame.width_px, frame.height_px)
        at_s = self._time_of(frame.pts, frame.base, frame.ordinal)
        if self._colour_at_s is None or not 0.0 <= at_s - self._colour_at_s < COLOUR_STEP_S:
            self._colour_at_s = at_s
            self._colour = colour_of(frame)

    def _look(self, luma: Luma, colour: int) -> None:
        """``colour``: as it was known when the picture came."""
        at_s = self._time_of(luma.pts, luma.base, luma.ordinal)
        if self._first_s is None:
            self._first_s = at_s
        step_s = 0.0 if self._seen_s is None else at_s - self._seen_s
        self._seen_s = at_s
        self._end_s = at_s + (step_s if 0.0 < step_s <= LONGEST_STEP_S else 1.0 / LOOKS_PER_SECOND)
        rows = averaging(luma.array.shape[0])
        small: NDArray[np.float32] = rows @ luma.array.astype(np.float32) @ averaging(luma.array.shape[1]).T
        whole = hashes_of(small)
        if self._last is not None and not self._is_new(self._last, at_s, small, whole):
            return
        self._last = (at_s, small, whole)
        if self._area is None:
            self._watch.see(luma.array)
            self._waiting.append(_Waiting(at_s, luma.array, colour))
            if self._watch.is_full:
                self._decide()
        elif self._area.is_whole:
            self._keep(at_s, whole, small, colour)
        else:
            self._keep(at_s, whole, self._inside(luma.array), colour)

    def _is_new(
        self,
        last: tuple[float, NDArray[np.float32], NDArray[np.uint64]],
        at_s: float,
        small: NDArray[np.float32],
        whole: NDArray[np.uint64],
    ) -> bool:
        """Whether enough has changed, or enough time passed, since the last picture that was kept."""
        gone_s = at_s - last[0]
        if not 0.0 <= gone_s < self._step_s:
            return True
        thinned = self._step_s / LONGEST_STEP_S
        if gone_s >= thinned * (1.0 / LOOKS_PER_SECOND) / 2 and int(distance(whole, last[2])) >= KEPT_BITS:
            return True
        if gone_s < thinned * LOCAL_STEP_S:
            return False
        changed = np.partition(np.abs(small - last[1]), -LOCAL_CELLS, axis=None)[-LOCAL_CELLS:]
        span = float(small.max() - small.min())
        return float(changed.mean()) >= max(LEAST_CHANGE, LOCAL_CHANGE * span)

    def _decide(self) -> None:
        """The borders are known from here on: what waited for them is worked off."""
        if self._area is not None:
            return
        self._area = self._watch.area()
        for waiting in self._waiting:
            whole = _small(waiting.luma, WHOLE)
            inside = whole if self._area.is_whole else self._inside(waiting.luma)
            self._keep(waiting.time_s, hashes_of(whole), inside, waiting.colour)
        self._waiting.clear()

    def _inside(self, luma: NDArray[np.uint8]) -> NDArray[np.float32]:
        return _small(luma, self._area or WHOLE)

    def _keep(self, at_s: float, whole: NDArray[np.uint64], inside: NDArray[np.float32], colour: int) -> None:
        thumb, span = stretched(inside)
        inner = whole if self._area is None or self._area.is_whole else hashes_of(inside)
        self._kept.append(
            _Kept(
                at_s,
                whole,
                inner,
                quality_of(thumb, span),
                round(float(inside.mean())),
                colour,
                thumb if len(self._kept) % self._thumb_stride == 0 else _NO_THUMB,
                span,
            )
        )
        if len(self._kept) > MOST_PICTURES:
            self._kept = self._kept[::2]
            self._step_s *= 2
            self._thumb_stride = max(1, self._thumb_stride // 2)
        while sum(1 for _ in self._kept[:: self._thumb_stride]) > MOST_THUMBS:
            self._thumb_stride *= 2
            for number, kept in enumerate(self._kept):
                if number % self._thumb_stride:
                    kept.thumb = _NO_THUMB

    def _time_of(self, pts: int | None, base: Fraction, ordinal: int) -> float:
        return ordinal / float(self._rate) if pts is None else pts * base.numerator / base.denominator

    # -- all of them

    def _held(self) -> Fingerprint:
        kept = self._kept
        shown = [number for number, one in enumerate(kept) if one.thumb.size]
        hashes = np.array([one.hash for one in kept], np.uint64).reshape(-1, WORDS)
        return Fingerprint(
            times_s=np.array([one.time_s for one in kept], np.float64),
            hashes=hashes,
            quality=np.array([one.quality for one in kept], np.uint8),
            brightness=np.array([one.brightness for one in kept], np.uint8),
            colour=np.array([one.colour for one in kept], np.uint8),
            inner=np.array([one.inner for one in kept], np.uint64).reshape(-1, WORDS),
            thumbs=np.array([kept[k].thumb for k in shown], np.uint8).reshape(-1, SIDE, SIDE),
            thumb_of=np.array(shown, np.int64),
            thumb_span=np.array([kept[k].span for k in shown], np.float64),
            area=self._area or WHOLE,
            width_px=self._size[0],
            height_px=self._size[1],
            start_s=self._first_s or 0.0,
            end_s=max(self._end_s, self._first_s or 0.0),
            shown=self._shown,
        )


_NO_THUMB = np.zeros((0, 0), np.uint8)
CHROMA_BLOCK = 16


def _blocks(plane: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Means of squares of samples; what is left over at the edges is left out unless the plane is smaller than one."""
    high, wide = (max(1, size // CHROMA_BLOCK) for size in plane.shape)
    tall, broad = (min(CHROMA_BLOCK, size) for size in plane.shape)
    part = plane[: high * tall, : wide * broad]
    return np.asarray(part.reshape(high, tall, wide, broad).mean(axis=(1, 3)), np.float64)


def _small(luma: NDArray[np.uint8], area: Area) -> NDArray[np.float32]:
    """(SIDE, SIDE) averages of the part of the picture."""
    part = inner_part(luma, area).astype(np.float32)
    return np.asarray(averaging(part.shape[0]) @ part @ averaging(part.shape[1]).T, np.float32)


def colour_of(frame: Frame) -> int:
    """Mean distance of the chroma from grey, in levels (8 bit), of means of ``CHROMA_BLOCK`` squared samples: noise
    that an encoder or a filter adds to the chroma of a grey picture averages out."""
    name = frame.pixel_format
    if name.startswith("gray"):
        return 0
    if not name.startswith(("yuv4", "yuvj4", "nv12", "nv21")):
        return UNKNOWN_COLOUR
    planes = frame.planes()[1:]
    if not planes or any(plane.dtype != np.uint8 for plane in planes):
        return UNKNOWN_COLOUR
    far = [float(np.abs(_blocks(plane) - 128.0).mean()) for plane in planes if plane.size]
    return min(UNKNOWN_COLOUR - 1, round(sum(far) / max(1, len(far))))
