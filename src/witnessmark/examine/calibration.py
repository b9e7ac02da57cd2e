"""Error rates that the grades of findings rest on, copied by hand from ``bench/authenticity.py``.

Plain frozen data: nothing is computed here, so that a report cites exactly what stands in this file at this
version. What was not measured says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

UNMEASURED = "not yet measured"


@dataclass(frozen=True, slots=True)
class Rate:
    """``hits`` of ``trials``, with the exact 95 % interval (Clopper and Pearson 1934)."""

    hits: int
    trials: int
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.hits} of {self.trials} (95 % interval {100 * self.low:.1f}–{100 * self.high:.1f} %)"


@dataclass(frozen=True, slots=True)
class Measured:
    """One kind on one set."""

    bench: str
    detected: Rate
    false_alarms: Rate
    """Findings that must be explained, on files in which the event is absent."""

    def __str__(self) -> str:
        return f"{self.bench}: detected {self.detected}; false alarms {self.false_alarms}"


MEASURED: Mapping[str, Measured] = {}


def calibration(kind: str) -> str:
    """The sentence a finding of this kind carries."""
    measured = MEASURED.get(kind)
    return str(measured) if measured else UNMEASURED
