"""Error rates that the grades of findings rest on, copied by hand from ``bench/authenticity.py``.

Plain frozen data: nothing is computed here, so that a report cites exactly what stands in this file at this
version. What was not measured says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from witnessmark.examine.contract import UNMEASURED, MethodCard

CAVEAT = "several trials share one take, so the intervals are too narrow"


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
        return f"{self.bench}: detected {self.detected}; false alarms on made controls {self.false_alarms}; {CAVEAT}"


SET = "bench authenticity, seed 20261"

MEASURED: Mapping[str, Measured] = {
    "timeline.gap": Measured(
        f"{SET}, dropped packets",
        Rate(144, 150, 0.9150, 0.9852),
        Rate(0, 252, 0.0000, 0.0145),
    ),
    "timeline.disorder": Measured(
        f"{SET}, splice by stream copy, times closed",
        Rate(25, 36, 0.5189, 0.8365),
        Rate(0, 252, 0.0000, 0.0145),
    ),
    "picture.cut": Measured(
        f"{SET}, cuts of 0.5 and 2 s, with seed 20260",
        Rate(200, 336, 0.5406, 0.6482),
        Rate(0, 252, 0.0000, 0.0145),
    ),
    "picture.repeat": Measured(
        f"{SET}, repeats of 1.2 and 2 s",
        Rate(150, 168, 0.8360, 0.9353),
        Rate(0, 252, 0.0000, 0.0145),
    ),
    "picture.freeze": Measured(
        f"{SET}, freezes of 1.2 and 2 s",
        Rate(128, 168, 0.6902, 0.8241),
        Rate(1, 252, 0.0001, 0.0219),
    ),
}


def calibration(kind: str) -> str:
    """The sentence a finding of this kind carries."""
    measured = MEASURED.get(kind)
    return str(measured) if measured else UNMEASURED


def error_rate(card: MethodCard) -> str:
    """What a table of methods says: the rate of every kind that was measured, and which kinds were not."""
    rates = [f"{kind}: {MEASURED[kind]}" for kind in card.kinds if kind in MEASURED]
    if not rates:
        return card.calibration
    unmeasured = [kind for kind in card.kinds if kind not in MEASURED]
    return "; ".join((*rates, *(f"{kind}: {UNMEASURED}" for kind in unmeasured)))
