"""Where the picture changes at once: the step of one frame held against the steps on both sides.

A step is 1 − ρ, with ρ the correlation of two small pictures: unmoved by any change of brightness or
contrast (a lamp, a flash, exposure), and raised by camera and scene in motion – but then in the neighbours
too. A cut is the step that stands alone.
Sources: Hanjalic, Shot-boundary detection: unraveled and resolved? IEEE TCSVT 12(2), 2002 (adaptive ratio
to a window on both sides); Yusoff et al., Video shot cut detection using adaptive thresholding, BMVC 2000.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.picture.blocks import Blocks

WINDOW = 8
"""Moving steps looked at on each side: a third of a second at 25 Hz, longer than a jolt of the hand."""
FEWEST_SIDE = 3
"""Moving steps that must exist on each side for more than a weak answer."""
STILL_GREY = 0.02
"""Below this mean difference (grey levels) a step is a repeated picture and says nothing of motion."""
FLAT_GREY = 1.5
"""Standard deviation below which a picture is blank and correlation is noise."""
FLOOR = 0.003
"""Least step taken for the neighbours: 1 − ρ of sensor noise in an unmoved scene stays below it (measured:
median 0.0001 to 0.002 on untouched fixed and hand-held clips)."""
LEAST_STEP = 0.05
LEAST_GREY = 2.0
"""A cut changes at least this much: refreshed key pictures of a static scene stay below (measured: 1.8)."""
PARTNER_SHARE = 0.5
"""A following step this large belongs to the same event: one picture lies between (flash, blank, blend)."""
RETURN_SHARE = 0.3
"""The picture is back where it was when the step across the event is below this share of the event."""
WEAK, MODERATE, STRONG = 3.0, 5.0, 10.0
"""Ratio of the step to the largest neighbour. Untouched clips measured so far: at most 3.4."""
MODERATE_STEP, STRONG_STEP = 0.06, 0.10
MODERATE_GREY_RATIO, STRONG_GREY_RATIO = 1.5, 2.0
"""The plain difference must stand out too: two measures that fail differently."""
TIME_JUMP = 1.8
"""An interval this many times the usual one explains a larger step by itself."""
LIT_BESIDE, LIT_RATIO = 3, 4.0
"""A change of light alone stands out by this ratio from as many steps on each side. It is no cut by itself: a lamp does
the same. Takes of one fixed camera minutes apart differ in little else."""

Steps = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Jump:
    """A step that stands alone."""

    index: int
    """First picture after the jump."""
    step: float
    ratio: float
    grey: float
    grey_ratio: float
    interval_ratio: float
    level: int
    """1 weak, 2 moderate, 3 strong, by the ratios alone."""
    between: bool
    """One picture lies between the two sides."""
    one_sided: bool


def find_jumps(steps: Steps, across: Steps, greys: Steps, intervals: NDArray[np.int64]) -> tuple[Jump, ...]:
    """All jumps of a stream. Arrays are per picture: step from the one before, step from the one before that,
    mean absolute difference from the one before (grey levels), and interval in ticks from the one before."""
    moving = np.flatnonzero(greys > STILL_GREY)
    usual = max(1.0, float(np.median(intervals[1:]))) if len(intervals) > 1 else 1.0
    found: list[Jump] = []
    last = -2
    for t in map(int, np.flatnonzero((steps >= LEAST_STEP) & (greys >= LEAST_GREY))):
        if t <= last + 1:
            continue
        jump = _weigh(t, steps, across, greys, moving, float(intervals[t]) / usual)
        if jump is not None:
            found.append(jump)
            last = t
    return tuple(found)


def _weigh(
    t: int, steps: Steps, across: Steps, greys: Steps, moving: NDArray[np.int64], interval_ratio: float
) -> Jump | None:
    step, grey = float(steps[t]), float(greys[t])
    between = t + 1 < len(steps) and steps[t + 1] >= PARTNER_SHARE * step and across[t + 1] >= LEAST_STEP
    if t + 1 < len(steps) and across[t + 1] < RETURN_SHARE * step:
        return None
    at = int(np.searchsorted(moving, t))
    before = moving[max(0, at - WINDOW) : at]
    first_after = at + (2 if between else 1)
    after = moving[first_after : first_after + WINDOW]
    # With a picture between, a second large neighbour is motion and no event of two steps.
    around = np.concatenate([before, after])
    if not len(around):
        return None
    largest = float(steps[around].max())
    ratio = step / max(FLOOR, largest * min(max(1.0, interval_ratio), 4.0))
    grey_ratio = grey / max(STILL_GREY, float(greys[around].max()))
    if ratio < WEAK:
        return None
    one_sided = min(len(before), len(after)) < FEWEST_SIDE
    level = 1
    if ratio >= MODERATE and step >= MODERATE_STEP and grey_ratio >= MODERATE_GREY_RATIO:
        level = 2
        if ratio >= STRONG and step >= STRONG_STEP and grey_ratio >= STRONG_GREY_RATIO:
            level = 3
    if one_sided or interval_ratio >= TIME_JUMP:
        level = 1
    return Jump(
        t,
        round(step, 4),
        round(ratio, 2),
        round(grey, 2),
        round(grey_ratio, 2),
        round(interval_ratio, 2),
        level,
        bool(between),
        one_sided,
    )


def find_lit(greys: Steps) -> dict[int, float]:
    """Steps of brightness that stand alone: first picture after each, and its ratio to the largest step beside it."""
    found: dict[int, float] = {}
    for t in map(int, np.flatnonzero(greys >= LEAST_GREY)):
        beside = [*greys[max(1, t - LIT_BESIDE) : t], *greys[t + 1 : t + 1 + LIT_BESIDE]]
        ratio = float(greys[t]) / max([STILL_GREY, *map(float, beside)])
        if len(beside) == 2 * LIT_BESIDE and ratio >= LIT_RATIO:
            found[t] = round(ratio, 2)
    return found


class StepMeter:
    """Takes pictures one by one and keeps the three series. Two pictures are remembered."""

    def __init__(self) -> None:
        self._held: list[Blocks] = []
        self._steps, self._across, self._greys = array("f"), array("f"), array("f")

    def take(self, now: Blocks) -> NDArray[np.float32] | None:
        """Sums of products with the picture before per block, for whoever needs them too; None for the first."""
        if self._held and self._held[-1].grid != now.grid:
            self._held.clear()
        both = now.both(self._held[-1]) if self._held else None
        step = _step(now, self._held[-1], both) if both is not None else 0.0
        # The step across two pictures is asked for only beside a large one.
        near = max(step, self._steps[-1] if self._steps else 0.0) >= LEAST_STEP / 2
        across = near and len(self._held) > 1
        self._across.append(_step(now, self._held[-2], now.both(self._held[-2])) if across else 0.0)
        self._steps.append(step)
        self._greys.append(now.grey_from(self._held[-1]) if self._held else 0.0)
        self._held = [*self._held[-1:], now]
        return both

    def series(self) -> tuple[Steps, Steps, Steps]:
        """Step, step across two, and mean difference in grey levels, per picture."""
        return (
            np.asarray(self._steps, dtype=np.float32),
            np.asarray(self._across, dtype=np.float32),
            np.asarray(self._greys, dtype=np.float32),
        )


def _step(now: Blocks, before: Blocks, both: NDArray[np.float32]) -> float:
    blank = FLAT_GREY * float(np.sqrt(now.values.size))
    if now.norm < blank or before.norm < blank:
        return 0.0 if now.norm < blank and before.norm < blank else 1.0
    return max(0.0, 1.0 - now.correlation(before, both))


def isolated_from_keys(jump: Jump, steps: Steps, keys: Sequence[int]) -> bool:
    """A jump on a key picture must be larger than every other key picture brings: encoders that refresh a
    static scene coarsely make every group begin with a small jump."""
    if jump.index not in set(keys):
        return True
    others = [float(steps[k]) for k in keys if k != jump.index and k > 0]
    return not others or jump.step >= 3 * float(np.median(others))
