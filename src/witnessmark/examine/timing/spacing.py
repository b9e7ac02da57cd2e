"""The file's own pattern of time stamps, and the places that fall out of it.

Everything is measured against the file itself: a phone that varies its rate is not in disorder, and a
29.97 Hz file in 1/600 s ticks jitters by one tick without meaning anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROUNDING_TICKS = 2
"""Time stamps rounded to the container's tick wander by one tick each way (ISO/IEC 14496-12 §8.6.1.2)."""
JITTER_SHARE = 0.06
"""Share of an interval within which it counts as the usual one. Phones that call themselves regular wander by
up to 3.6 % (measured: Android 2970 and 3060 ticks about 3000, 1446 and 1552 about 1499)."""
REGULAR_SHARE = 0.90
"""A file keeps a regular rate when this share of its intervals is the usual one."""
GAP_FACTOR = 1.5
"""Half a picture more than the usual interval: midway between one interval and two."""
VARIABLE_GAP_FACTOR = 4.0
VARIABLE_GAP_S = 0.5
"""In files of variable rate, only an interval this many times their 95th percentile, and this long, is a gap:
exposure stretches intervals up to about four times (measured: 108 ms against 33 ms in an untouched phone
clip)."""
WRAP_TICKS = 1 << 33
"""MPEG-TS time stamps have 33 bits (ISO/IEC 13818-1 §2.4.3.7)."""

Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a stream's times usually run."""

    usual_ticks: int
    high_ticks: int
    """95th percentile of the intervals."""
    regular_share: float
    intervals: int

    @property
    def is_regular(self) -> bool:
        return self.regular_share >= REGULAR_SHARE

    @property
    def tolerance_ticks(self) -> float:
        return max(ROUNDING_TICKS, JITTER_SHARE * self.usual_ticks)


@dataclass(frozen=True, slots=True)
class TimeGap:
    """An interval longer than the file's pattern allows."""

    index: int
    """Number, in order of presentation, of the picture before the gap."""
    start_pts: int
    end_pts: int
    missing: int
    """Pictures that would have fitted in, at the usual interval."""
    at_edge: bool
    """First or last interval: cameras start and end unevenly."""

    @property
    def ticks(self) -> int:
        return self.end_pts - self.start_pts


def unwrapped(stamps: Sequence[int]) -> Times:
    """Times in decoding order with 33-bit wraps undone; everything else as it is."""
    times = np.asarray(stamps, dtype=np.int64)
    if len(times) < 2:
        return times
    steps = np.diff(times)
    turns = np.zeros(len(times), dtype=np.int64)
    turns[1:] = np.cumsum((steps < -WRAP_TICKS // 2).astype(np.int64) - (steps > WRAP_TICKS // 2))
    return np.asarray(times + turns * WRAP_TICKS, dtype=np.int64)


def own_pattern(presented: Times) -> Pattern | None:
    """Pattern of times in order of presentation (sorted, unique); None below three of them."""
    if len(presented) < 3:
        return None
    steps = np.diff(presented)
    usual = int(np.median(steps))
    near = np.abs(steps - usual) <= max(ROUNDING_TICKS, JITTER_SHARE * usual)
    high = int(np.sort(steps)[min(len(steps) - 1, int(0.95 * len(steps)))])
    return Pattern(usual, high, float(near.mean()), len(steps))


def time_gaps(presented: Times, pattern: Pattern, tick_s: float) -> tuple[TimeGap, ...]:
    """Intervals beyond the file's own pattern, in order of time."""
    steps = np.diff(presented)
    if pattern.is_regular:
        bound = max(GAP_FACTOR * pattern.usual_ticks, pattern.usual_ticks + pattern.tolerance_ticks)
    else:
        bound = max(VARIABLE_GAP_FACTOR * pattern.high_ticks, VARIABLE_GAP_S / tick_s)
    return tuple(
        TimeGap(
            index=int(k),
            start_pts=int(presented[k]),
            end_pts=int(presented[k + 1]),
            missing=max(1, round(int(steps[k]) / max(1, pattern.usual_ticks)) - 1),
            at_edge=k == 0 or k == len(steps) - 1,
        )
        for k in np.flatnonzero(steps > bound)
    )
