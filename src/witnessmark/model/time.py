"""Time as the file states it: whole ticks of a rational time base.

Seconds are for display only (rule 3 of the house): every span keeps the integers it was measured in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any


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
    def from_json(cls, document: Mapping[str, Any]) -> Span:
        """The span that ``to_json`` was made from: the integers count, the seconds are for display."""
        return cls.of(document["start_pts"], document["end_pts"], Fraction(document["time_base"]))

    @classmethod
    def of(cls, start_ticks: int, end_ticks: int, base: Fraction) -> Span:
        return cls(Ticks(start_ticks, base), Ticks(end_ticks, base))
