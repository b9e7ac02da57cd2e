"""The clock against the file's time: a line of slope one, where it breaks, and whether it keeps the pace.

Every reading is a whole second (or minute) that began before it and ends after it: reading c at time t says that
the clock's offset lies in (c - t - 0, c - t + quantum). An undisturbed stretch is a stretch of readings whose
intervals share a point (interval estimation of a quantised line; the same reasoning as for clock offsets in
D. L. Mills, RFC 5905, section 11.2.1, Marzullo's algorithm). A single reading that shares no point with its
neighbours is a misreading and is left out; several in a row that agree among themselves are a new stretch.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

DAY_S = 86_400.0
LEAST_READINGS = 3
"""Readings in a row that agree before a stretch is believed: the clock's own rule exposes one or two."""
SLACK_S = 0.35
"""Overlays are drawn up to a few pictures late and late by turns; measured on recorders up to 0.2 s."""
LEAST_JUMP_S = 1.5
"""Smaller steps are left to the slack of drawing and to recorders that skip a second to catch up."""
LEAST_STOP_S = 1.2
"""Beyond one quantum: a clock of seconds is called stopped when one reading lasts 2.2 s or more."""
LEAST_DRIFT_S = 0.6
LEAST_DRIFT_SHARE = 0.002
"""Quartz clocks are off by 1e-5 to 1e-4; containers that round their picture rate by up to 1e-3 (25 against
24.975)."""
LEAST_RATE_SPAN_S = 8.0
MOST_PAIRS = 400
LOCAL_TICKS = 5
EVEN_FACTOR = 1.7
"""Between looks a fifth of a second apart, and late by turns, ticks of one second lie 0.7 to 1.4 s apart."""
GROSS_SHARE = 0.03
"""A pace so far from one is taken out before stretches are sought: within 30 s it breaks every one of them."""

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Readings that one offset explains: indices into the series, and the interval of that offset."""

    first: int
    last: int
    low_s: float
    high_s: float
    count: int

    @property
    def offset_s(self) -> float:
        return (self.low_s + self.high_s) / 2

    @property
    def half_width_s(self) -> float:
        return abs(self.high_s - self.low_s) / 2


@dataclass(frozen=True, slots=True)
class Jump:
    """The clock leaps between two neighbouring readings of the series."""

    before: int
    after: int
    jump_s: float
    uncertainty_s: float
    readings_before: int
    readings_after: int


@dataclass(frozen=True, slots=True)
class Stop:
    """One reading stands from ``first`` to ``last``."""

    first: int
    last: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds of the clock per second of the file, with the interval that quantisation leaves."""

    rate: float
    low: float
    high: float
    span_s: float
    leap_fits: bool = False
    """Whether a clock at the right pace with one leap, too small to be told, lies as near to the ticks."""

    @property
    def is_out(self) -> bool:
        """Whether 1 lies outside by more than drawing and rounding explain."""
        off = abs(self.rate - 1)
        outside = self.low > 1 or self.high < 1
        return outside and off >= LEAST_DRIFT_SHARE and off * self.span_s >= LEAST_DRIFT_S

    @property
    def is_off(self) -> bool:
        """Whether the clock runs at another pace, and nothing simpler says the same."""
        return self.is_out and not self.leap_fits


@dataclass(frozen=True, slots=True)
class Course:
    """What the whole series says."""

    kept: NDArray[np.bool_]
    """(n,): readings that belong to a stretch; the others are misreadings, and count as unread."""
    stretches: tuple[Stretch, ...]
    jumps: tuple[Jump, ...]
    stops: tuple[Stop, ...]
    pace: Pace | None


def unwrapped(clock_s: NDArray[np.float64], has_date: bool) -> NDArray[np.float64]:
    """Without a date the clock begins anew at midnight: steps of about a day are made none."""
    if has_date or len(clock_s) < 2:
        return clock_s
    steps = np.diff(clock_s)
    turns = np.where(steps < -DAY_S / 2, DAY_S, 0.0) - np.where(steps > DAY_S / 2, DAY_S, 0.0)
    return np.asarray(clock_s + np.concatenate([[0.0], np.cumsum(turns)]))


def follow(
    time_s: NDArray[np.float64], clock_s: NDArray[np.float64], quantum_s: float, sampling_s: float
) -> Course:
    """Lay the readings against the file's time. Both (n,), in order of reading; ``clock_s`` unwrapped."""
    count = len(time_s)
    if count == 0:
        return Course(np.zeros(0, bool), (), (), (), None)
    slope = _local_slope(time_s, clock_s, quantum_s)
    for _ in range(2):
        stops = _stops(time_s, clock_s, quantum_s, slope)
        stopped = np.zeros(count, bool)
        for stop in stops:
            stopped[stop.first : stop.last + 1] = True
        kept, stretches = _stretches(time_s * slope, clock_s, quantum_s + SLACK_S, stopped)
        jumps = _jumps(stretches, stops, quantum_s)
        pace = _pace(time_s, clock_s, quantum_s, sampling_s, kept & ~stopped, jumps, stops)
        if pace is None or not pace.is_off or abs(pace.rate - slope) < LEAST_DRIFT_SHARE:
            break
        slope = pace.rate
    return Course(kept | stopped, stretches, jumps, stops, pace)


def _local_slope(time_s: Series, clock_s: Series, quantum_s: float) -> float:
    """Median pace over a few ticks at a time, of those that follow each other by one step at about the usual
    distance: leaps and stops break such rows and so do not count."""
    changes = np.flatnonzero(np.diff(clock_s) != 0)
    if len(changes) <= LOCAL_TICKS:
        return 1.0
    at, value = (time_s[changes] + time_s[changes + 1]) / 2, clock_s[changes + 1]
    lapses, steps = np.diff(at), np.diff(value)
    single = steps == quantum_s
    if not single.any():
        return 1.0
    usual = float(np.median(lapses[single]))
    even = single & (lapses > usual / EVEN_FACTOR) & (lapses < usual * EVEN_FACTOR)
    rows = np.convolve(even, np.ones(LOCAL_TICKS), mode="valid") == LOCAL_TICKS
    lapse = at[LOCAL_TICKS:] - at[:-LOCAL_TICKS]
    if not rows.any():
        return 1.0
    slope = float(np.median(LOCAL_TICKS * quantum_s / lapse[rows]))
    # A tick lies somewhere between two readings: what that leaves open is no pace.
    halves = (time_s[changes + 1] - time_s[changes]) / 2
    open_share = float(np.median(((halves[:-LOCAL_TICKS] + halves[LOCAL_TICKS:]) / lapse)[rows]))
    return slope if abs(slope - 1) > GROSS_SHARE + open_share else 1.0


def _stretches(
    time_s: NDArray[np.float64], clock_s: NDArray[np.float64], width_s: float, skipped: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], tuple[Stretch, ...]]:
    """Greedy: a stretch goes on as long as its readings share a point; strays are held until they agree."""
    kept = np.zeros(len(time_s), bool)
    found: list[Stretch] = []
    offsets = clock_s - time_s
    members: list[int] = []
    strays: list[int] = []
    low, high = -np.inf, np.inf

    def close() -> None:
        if len(members) >= LEAST_READINGS:
            kept[members] = True
            found.append(Stretch(members[0], members[-1], low, high, len(members)))

    for k in np.flatnonzero(~skipped):
        new_low, new_high = max(low, offsets[k]), min(high, offsets[k] + width_s)
        if not members or new_low <= new_high:
            members.append(int(k))
            low, high = new_low, new_high
            strays.clear()
            continue
        strays.append(int(k))
        while strays and not _agree(offsets[strays], width_s):
            strays.pop(0)
        if len(strays) >= LEAST_READINGS:
            close()
            members, strays = list(strays), []
            low, high = float(offsets[members].max()), float(offsets[members].min() + width_s)
    close()
    return kept, tuple(found)


def _agree(offsets: NDArray[np.float64], width_s: float) -> bool:
    return bool(offsets.max() - offsets.min() <= width_s)


def _jumps(stretches: tuple[Stretch, ...], stops: tuple[Stop, ...], quantum_s: float) -> tuple[Jump, ...]:
    found = []
    for before, after in pairwise(stretches):
        jump_s = after.offset_s - before.offset_s
        between = [s for s in stops if before.last <= s.first and s.last <= after.first]
        if between:
            # A clock that stood and then goes on is behind by as long as it stood: the stop says it all.
            jump_s += sum(s.seconds for s in between)
            if abs(jump_s) < LEAST_JUMP_S + quantum_s:
                continue
        if abs(jump_s) >= max(LEAST_JUMP_S, quantum_s / 2 + LEAST_JUMP_S if quantum_s > 1 else 0):
            found.append(
                Jump(
                    before.last,
                    after.first,
                    jump_s,
                    before.half_width_s + after.half_width_s,
                    before.count,
                    after.count,
                )
            )
    return tuple(found)


def _stops(
    time_s: NDArray[np.float64], clock_s: NDArray[np.float64], quantum_s: float, slope: float
) -> tuple[Stop, ...]:
    found = []
    begin = 0
    for k in range(1, len(clock_s) + 1):
        if k < len(clock_s) and clock_s[k] == clock_s[begin]:
            continue
        seconds = float(time_s[k - 1] - time_s[begin])
        if seconds * slope > quantum_s + LEAST_STOP_S and k - begin >= LEAST_READINGS:
            found.append(Stop(begin, k - 1, seconds))
        begin = k
    return tuple(found)


def _pace(
    time_s: Series,
    clock_s: Series,
    quantum_s: float,
    sampling_s: float,
    usable: NDArray[np.bool_],
    jumps: tuple[Jump, ...],
    stops: tuple[Stop, ...],
) -> Pace | None:
    """Slope by the median of pairs (Theil 1950, Sen 1968) over the moments at which the clock ticks.

    Jumps and stops are taken out first, or they would pass for a pace.
    """
    level = np.zeros(len(clock_s))
    for jump in jumps:
        level[jump.after :] += round(jump.jump_s / quantum_s) * quantum_s
    for stop in stops:
        level[stop.last + 1 :] -= stop.seconds
    ticks = np.flatnonzero((np.diff(clock_s) == quantum_s) & usable[:-1] & usable[1:])
    if len(ticks) < LEAST_READINGS:
        return None
    at = (time_s[ticks] + time_s[ticks + 1]) / 2
    value = (clock_s - level)[ticks + 1]
    span = float(at[-1] - at[0])
    if span < LEAST_RATE_SPAN_S * max(1.0, quantum_s / 10):
        return None
    chosen = np.unique(np.linspace(0, len(at) - 1, min(len(at), MOST_PAIRS)).astype(int))
    x, y = at[chosen], value[chosen]
    first, second = np.triu_indices(len(x), k=max(1, len(x) // 3))
    apart = x[second] - x[first]
    forward = apart > 0
    if not forward.any():
        return None
    rate = float(np.median((y[second] - y[first])[forward] / apart[forward]))
    rest = y - rate * x
    rest -= np.median(rest)
    widths = (time_s[ticks + 1] - time_s[ticks])[chosen]
    scatter = float(np.percentile(np.abs(rest), 90)) + max(sampling_s, float(np.percentile(widths, 90))) / 2
    wide = 2 * scatter / span
    return Pace(rate, rate - wide, rate + wide, span, _leap_fits(y - x, float(np.abs(rest).sum())))


def _leap_fits(offsets: Series, missed_by_pace: float) -> bool:
    """Whether two levels, with a leap between them, are missed by no more (sum of absolute deviations) than a pace.

    A second taken out of ten looks like a clock that runs a tenth too fast; only the course between tells.
    """
    missed = [
        float(np.abs(part - np.median(part)).sum() + np.abs(rest - np.median(rest)).sum())
        for part, rest in ((offsets[:k], offsets[k:]) for k in range(2, len(offsets) - 1))
    ]
    return bool(missed) and min(missed) <= missed_by_pace
