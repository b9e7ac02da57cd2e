"""Sample counts against time stamps: where the file's own clock says more or less time than there is sound.

A stream of samples is a clock of its own: after ``n`` samples at ``r`` hertz exactly ``n / r`` seconds have been
recorded. Time stamps that run ahead of it mean samples that are missing; stamps that run behind mean samples
too many. Everything later in this package counts in samples and asks here for times.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction

STEP_S = 0.004
"""A jump of stamps against samples below this is rounding: twice the millisecond of Matroska (RFC 9559 §11.1)
on either side."""
EDGE_FRAMES = 2
"""Recorders begin with odd packets (encoder priming; measured on untouched phones)."""
MOST_STEPS = 4096
"""Bound of memory; a file with more steps than this has no regular stamps at all."""


@dataclass(frozen=True, slots=True)
class Step:
    """One place where stamps and samples part."""

    sample: int
    """First sample after it."""
    pts_before: int
    """Where the stream stood by its samples."""
    pts_after: int
    missing_s: float
    """Positive: samples are missing; negative: more samples than time."""


@dataclass(slots=True)
class Stamps:
    """Feed every decoded block in order; then ask for times and steps."""

    base: Fraction = Fraction(1, 1000)
    tick_s: float = 0.001
    rate_hz: int = 0
    samples: int = 0
    frames: int = 0
    packets: int = 0
    """Packets that the stream had, as counted by who feeds them."""
    steps: list[Step] = field(default_factory=list)
    too_many: bool = False
    drift_s: float = 0.0
    """Stamps minus samples at the end, since the last step: the two clocks running apart."""
    _origins: list[tuple[int, int]] = field(default_factory=list)
    """(first sample, pts there) of each stretch without a step."""

    def note(self, count: int, pts: int | None, base: Fraction, rate_hz: int) -> None:
        """``count`` samples follow, stamped ``pts``."""
        if not self.rate_hz:
            self.rate_hz, self.base, self.tick_s = rate_hz, base, float(base)
        if pts is not None:
            if not self._origins:
                self._origins.append((self.samples, pts))
            else:
                self._compare(pts)
        self.samples += count
        self.frames += 1

    def _compare(self, pts: int) -> None:
        first, origin = self._origins[-1]
        expected = origin + (self.samples - first) / (self.rate_hz * self.tick_s)
        off_s = (pts - expected) * self.tick_s
        if self.frames <= EDGE_FRAMES:
            self._origins[-1] = (self.samples, pts)
            return
        if abs(off_s - self.drift_s) > max(STEP_S, 2 * self.tick_s):
            if len(self.steps) >= MOST_STEPS:
                self.too_many = True
                return
            before = round(expected + self.drift_s / self.tick_s)
            self.steps.append(Step(self.samples, before, pts, round(off_s - self.drift_s, 6)))
            self._origins.append((self.samples, pts))
            self.drift_s = 0.0
        else:
            self.drift_s = off_s

    def pts_at(self, sample: int) -> int:
        """Time stamp of a sample, in ``base``; a file without stamps counts from nought."""
        if not self._origins:
            return round(sample / (max(1, self.rate_hz) * self.tick_s))
        at = max(0, bisect_right(self._origins, (sample, 1 << 62)) - 1)
        first, pts = self._origins[at]
        return pts + round((sample - first) / (self.rate_hz * self.tick_s))

    def seconds_at(self, sample: int) -> float:
        return float(self.pts_at(sample) * self.base)
