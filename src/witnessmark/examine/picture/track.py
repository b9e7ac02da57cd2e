"""The times of the small pictures as they come, where the decoder stumbled, and what all methods on them do alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.contract import MethodCard
from witnessmark.examine.picture import EVERY_FRAME, HEIGHT_PX
from witnessmark.model.consumer import ByteSource, Need, Product
from witnessmark.model.findings import FindingCore, Outcome
from witnessmark.model.recording import Recording
from witnessmark.model.samples import Gap, Luma, Sample
from witnessmark.model.time import Span

DAMAGE = frozenset({"decode_error", "demux_error", "size_change", "format_change"})
"""Gap reasons that explain a jump of the picture by themselves."""

TOGETHER = 32
"""Pictures seen one after another: between two pictures the decoder takes the processor's caches, and a method that is
called once for each picture takes twice the time (measured). 32 of 14,400 values are half a megabyte."""


class Track:
    """Times of one stream of pictures; index = place in the order in which they came."""

    def __init__(self) -> None:
        self.base = Fraction(1)
        self._pts = array("q")
        self.damaged_at: list[int] = []

    def add(self, luma: Luma) -> int:
        """Note a picture and give its index. One without a time takes the one before it, plus one tick."""
        self.base = luma.base
        last = self._pts[-1] if self._pts else -1
        self._pts.append(last + 1 if luma.pts is None else luma.pts)
        return len(self._pts) - 1

    def note(self, gap: Gap) -> None:
        if gap.reason in DAMAGE:
            self.damaged_at.append(len(self._pts))

    def __len__(self) -> int:
        return len(self._pts)

    @property
    def pts(self) -> NDArray[np.int64]:
        return np.frombuffer(self._pts, dtype=np.int64) if self._pts else np.zeros(0, np.int64)

    @property
    def interval_ticks(self) -> int:
        """The usual interval, at least one tick."""
        return max(1, int(np.median(np.diff(self.pts)))) if len(self) > 1 else 1

    def seconds(self, index: int) -> float:
        return float(int(self._pts[index]) * self.base)

    def span(self, first: int, last: int) -> Span:
        start, end = int(self._pts[first]), int(self._pts[last])
        return Span.of(min(start, end), max(start, end), self.base)

    def damaged_near(self, index: int, frames: int) -> bool:
        return any(abs(at - index) <= frames for at in self.damaged_at)


def no_pictures(card: MethodCard, opened: bool) -> tuple[FindingCore, ...]:
    """The answer where no picture came: none in the file, or the file could not be opened at all."""
    if opened:
        return card.not_applicable("the file has no picture stream")
    statement = "The file could not be opened as a recording, so its pictures were not seen."
    return tuple(card.finding(kind, Outcome.INCONCLUSIVE, statement) for kind in card.kinds)


class SmallPictures(ABC):
    """An examination that sees every picture small: notes times and damage, and answers where there is no picture.

    A method says what it does with a picture (``_see``) and what it makes of them all (``_judged``).
    """

    needs: tuple[Need, ...] = (EVERY_FRAME,)

    def __init__(self, card: MethodCard) -> None:
        self._card, self.name = card, card.id
        self._track = Track()
        self._opened = self._has_picture = False
        self._waiting: list[Luma] = []

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self._opened = bool(recording.streams)
        self._has_picture = recording.first("video") is not None

    def take(self, sample: Sample) -> None:
        if isinstance(sample, Luma):
            if sample.height_requested == HEIGHT_PX:
                self._waiting.append(sample)
                if len(self._waiting) >= TOGETHER:
                    self._see_waiting()
        elif isinstance(sample, Gap):
            self._see_waiting()
            self._track.note(sample)

    def _see_waiting(self) -> None:
        for luma in self._waiting:
            self._see(luma)
        self._waiting.clear()

    def finish(self) -> tuple[Product, ...]:
        self._see_waiting()
        return self._judged() if self._has_picture else no_pictures(self._card, self._opened)

    @abstractmethod
    def _see(self, luma: Luma) -> None:
        """One small picture more."""

    @abstractmethod
    def _judged(self) -> tuple[Product, ...]:
        """What all of them together say."""
