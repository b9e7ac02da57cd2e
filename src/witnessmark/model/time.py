"""Time as the file states it: whole ticks of a rational time base.

Seconds are for display only (rule 3 of the house): every span keeps the integers it was measured in.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Ticks:
    """An integer time stamp and the rational length, in seconds, of one tick."""

    value: int
    base: Fraction

    @property
    def seconds(self) -> float:
        return float(self.value * self.base)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one stream, in that stream's own ticks; ``end`` is not before ``start``."""

    start: Ticks
    end: Ticks

    def to_json(self) -> dict[str, object]:
        return {
            "start_s": round(self.start.seconds, 6),
            "end_s": round(self.end.seconds, 6),
            "start_pts": self.start.value,
            "end_pts": self.end.value,
            "time_base": f"{self.start.base.numerator}/{self.start.base.denominator}",
        }

    @classmethod
    def of(cls, start_ticks: int, end_ticks: int, base: Fraction) -> Span:
        return cls(Ticks(start_ticks, base), Ticks(end_ticks, base))
