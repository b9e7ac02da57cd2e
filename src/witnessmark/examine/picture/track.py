"""The times of the small pictures as they come, and where the decoder stumbled."""

from __future__ import annotations

from array import array
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.contract import MethodCard
from witnessmark.model.findings import FindingCore, Outcome
from witnessmark.model.samples import Gap, Luma
from witnessmark.model.time import Span

DAMAGE = frozenset({"decode_error", "demux_error", "size_change", "format_change"})
"""Gap reasons that explain a jump of the picture by themselves."""


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

    def frames_in(self, seconds: float) -> int:
        """How many usual intervals make ``seconds``, at least one."""
        return max(1, round(seconds / float(self.interval_ticks * self.base)))

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
