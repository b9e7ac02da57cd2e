"""Two recordings laid over each other: how they lie in the picture, at what speed, and which stretches agree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.comparers.matching_motion import (
    AGREE,
    MOST_STEPS,
    STEP_S,
    Line,
    Series,
    best_line,
    cells_of,
    gains,
    mask_of,
    series,
)
from witnessmark.examine.comparers.matching_views import View
from witnessmark.examine.comparers.segments import Segment
from witnessmark.examine.fingerprint import Fingerprint

ENOUGH = 2.2
"""Least sum of a stretch: one second in which everything moves and agrees, or longer with less (see docs)."""
SURE = 5.0
"""From here no other view or speed is tried."""
SPEEDS = tuple(round(float(s), 4) for s in np.exp(np.linspace(np.log(0.5), np.log(2.0), 29)))
"""Steps of five per cent from half to double."""
FINER = (0.96, 0.98, 1.02, 1.04)
BETTER = 1.04
"""Another speed must raise the sum by so much: the plain one is preferred."""
LEAST_DRIFT_S = 0.5
"""A finer speed is told only where it moves the ends of the stretch by two steps of the grid."""
MOST_SEGMENTS = 16
LEAST_SEGMENT_S = 1.0
ALIKE = 0.5
"""Least correlation of the pictures themselves (without their mean) over a stretch."""
FIT_PAIRS = 24
FIT_STEPS = (0.04, 0.02, 0.01)
FITS_WELL = 0.97
SNAP_S = 0.6
"""A stretch that ends so near the end of its file ends with it."""


@dataclass(frozen=True, slots=True)
class Laid:
    """How ``b`` lies over ``a``, and what agrees. ``score`` is 0 where nothing does."""

    view: View
    speed: float
    segments: tuple[Segment, ...]
    score: float
    motion: float
    """-1..1: correlation of what moves, over the stretches."""
    alike: float
    """-1..1: correlation of the pictures themselves."""
    moving_s: float
    """Seconds of the stretches in which enough moves to compare."""
    scene_alike: float
    """Best median correlation of pictures at any time: the same place, whatever moves."""


NOTHING = Laid(View(), 1.0, (), 0.0, 0.0, 0.0, 0.0, 0.0)


class Pair:
    """One pair of recordings, with what is the same for all views and speeds computed once."""

    def __init__(self, a: Fingerprint, b: Fingerprint) -> None:
        self._a, self._b = a, b
        longest = max(a.duration_s, b.duration_s)
        self._step_s = max(STEP_S, longest / MOST_STEPS)

    def laid(self, views: Iterable[View]) -> Laid:
        """The best way in which they agree."""
        best: tuple[float, View, float] | None = None
        tried = list(dict.fromkeys(views))
        for view in tried:
            line = self._line(view, 1.0)
            if best is None or line.score > best[0]:
                best = (line.score, view, 1.0)
            if best[0] >= SURE:
                break
        if best is None:
            return NOTHING
        if best[0] < SURE:
            for view in tried[:2]:
                for speed in SPEEDS:
                    line = self._line(view, speed)
                    if line.score > BETTER * best[0]:
                        best = (line.score, view, speed)
        score, view, speed = best
        if score < ENOUGH / 2:
            return replace(NOTHING, view=view, scene_alike=self._scene(tried[0]))
        view = self._fitted(view, speed)
        score = self._line(view, speed).score
        for factor in FINER:
            line = self._line(view, speed * factor)
            drift_s = abs(factor - 1.0) * line.steps * self._step_s
            if line.score > BETTER * score and drift_s >= LEAST_DRIFT_S:
                score, best = line.score, (line.score, view, speed * factor)
        speed = best[2]
        return self._told(view, speed)

    # -- one view, one speed

    def _series(self, view: View, speed: float) -> tuple[Series, Series]:
        mask = mask_of(view)
        return (
            series(self._a, None, mask, self._step_s),
            series(self._b, view, mask, self._step_s, speed),
        )

    def _line(self, view: View, speed: float) -> Line:
        if not mask_of(view).any():
            return Line(0, 0, 0, 0.0)
        a, b = self._series(view, speed)
        return best_line(gains(a, b))

    def _scene(self, view: View) -> float:
        """Median over the moments of a of the best likeness with any moment of b."""
        if not mask_of(view).any():
            return 0.0
        a, b = self._series(view, 1.0)
        likeness = a.still @ b.still.T
        return float(np.median(likeness.max(axis=1))) if likeness.size else 0.0

    def _fitted(self, view: View, speed: float) -> View:
        """Scale and shift improved by small steps, on moments that agree in time."""
        a, b = self._series(view, speed)
        line = best_line(gains(a, b))
        steps = np.unique(np.linspace(0, line.steps - 1, min(FIT_PAIRS, line.steps)).astype(int))
        shown = self._thumbs_at(self._a, [a.at(line.a_first + int(k)) for k in steps])
        under = self._thumbs_at(self._b, [b.at(line.b_first + int(k)) for k in steps])
        best = _likeness(self._a, self._b, shown, under, view)
        if best >= FITS_WELL:
            return view
        for step in FIT_STEPS:
            improved = True
            while improved:
                improved = False
                for trial in _neighbours(view, step):
                    likeness = _likeness(self._a, self._b, shown, under, trial)
                    if likeness > best + 1e-4:
                        best, view, improved = likeness, trial, True
        return view

    @staticmethod
    def _thumbs_at(held: Fingerprint, times: list[float]) -> NDArray[np.int64]:
        shown = held.times_s[held.thumb_of]
        return np.array([int(np.argmin(np.abs(shown - t))) for t in times], np.int64)

    # -- the segments

    def _told(self, view: View, speed: float) -> Laid:
        a, b = self._series(view, speed)
        gain = gains(a, b)
        lines: list[Line] = []
        while len(lines) < MOST_SEGMENTS:
            line = best_line(gain)
            if line.score < ENOUGH or line.steps * self._step_s < LEAST_SEGMENT_S:
                break
            likeness = _still(a, b, line)
            if float(np.median(likeness)) >= ALIKE:
                line = _extended(a, b, line, float(np.median(likeness)))
                lines.append(line)
            gain[line.a_first : line.a_first + line.steps] = -1.0
            gain[:, line.b_first : line.b_first + line.steps] = -1.0
        if not lines:
            return replace(NOTHING, view=view, speed=speed, scene_alike=self._scene(view))
        ka = np.concatenate([np.arange(x.a_first, x.a_first + x.steps) for x in lines])
        kb = np.concatenate([np.arange(x.b_first, x.b_first + x.steps) for x in lines])
        root = np.sqrt(a.weight[ka] * b.weight[kb])
        cosine = np.einsum("nk,nk->n", a.motion[ka], b.motion[kb])
        both = (a.weight[ka] + b.weight[kb]) / 2
        still = np.einsum("nk,nk->n", a.still[ka], b.still[kb])
        return Laid(
            view,
            speed,
            tuple(sorted(self._segment(a, b, line) for line in lines)),
            sum(line.score for line in lines),
            float((root * cosine).sum() / max(float(both.sum()), 1e-6)),
            float(np.median(still)),
            float(both.sum()) * self._step_s,
            float(np.median(still)),
        )

    def _segment(self, a: Series, b: Series, line: Line) -> Segment:
        """In seconds; a stretch that reaches the end of its file ends with it, on both sides by the same time."""
        begin_a, begin_b = a.at(line.a_first), b.at(line.b_first)
        end_a, end_b = a.at(line.a_first + line.steps), b.at(line.b_first + line.steps)
        speed = b.step_s / a.step_s
        early = min((begin_a - self._a.start_s), (begin_b - self._b.start_s) / speed)
        if 0.0 < early <= SNAP_S:
            begin_a, begin_b = begin_a - early, begin_b - early * speed
        late = min(self._a.end_s - end_a, (self._b.end_s - end_b) / speed)
        if late < 0.0 or late <= SNAP_S:
            end_a, end_b = end_a + late, end_b + late * speed
        return Segment(round(begin_a, 3), round(end_a, 3), round(begin_b, 3), round(end_b, 3))


def _still(a: Series, b: Series, line: Line) -> NDArray[np.float32]:
    ka = slice(line.a_first, line.a_first + line.steps)
    kb = slice(line.b_first, line.b_first + line.steps)
    return np.asarray(np.einsum("nk,nk->n", a.still[ka], b.still[kb]), np.float32)


def _extended(a: Series, b: Series, line: Line, usual: float) -> Line:
    """The stretch drawn out over moments without motion in which the pictures are as alike as within it."""

    def goes(i: int, j: int) -> bool:
        if not (0 <= i < a.steps and 0 <= j < b.steps):
            return False
        alike = float(a.still[i] @ b.still[j])
        moves = float(a.weight[i] + b.weight[j]) / 2
        agrees = float(np.sqrt(a.weight[i] * b.weight[j]) * (a.motion[i] @ b.motion[j])) - AGREE * moves
        return alike >= 0.93 * usual and agrees >= -0.15

    first, last = 0, line.steps - 1
    while goes(line.a_first + first - 1, line.b_first + first - 1):
        first -= 1
    while goes(line.a_first + last + 1, line.b_first + last + 1):
        last += 1
    return Line(line.a_first + first, line.b_first + first, last - first + 1, line.score)


def _neighbours(view: View, step: float) -> tuple[View, ...]:
    """Moved by a step, or grown and shrunk about the middle and about either edge."""
    made = []
    for axis in ("y", "x"):
        scale, shift = getattr(view, f"scale_{axis}"), getattr(view, f"shift_{axis}")
        for more, moved in (
            (0.0, step), (0.0, -step), (step, -step / 2), (-step, step / 2),
            (step, 0.0), (-step, 0.0), (step, -step), (-step, step),
        ):  # fmt: skip
            if 0.2 <= scale + more <= 5.0:
                made.append(
                    replace(
                        view,
                        **{f"scale_{axis}": round(scale + more, 4), f"shift_{axis}": round(shift + moved, 4)},
                    )
                )
    return tuple(made)


def _likeness(
    a: Fingerprint, b: Fingerprint, shown: NDArray[np.int64], under: NDArray[np.int64], view: View
) -> float:
    """Mean correlation of the pictures within what both show, less a little for showing little in common."""
    mask = mask_of(view)
    if mask.sum() < 0.3 * mask.size:
        return -1.0
    one = cells_of(replace(a, thumbs=a.thumbs[shown], thumb_span=a.thumb_span[shown]), None)[:, mask]
    other = cells_of(replace(b, thumbs=b.thumbs[under], thumb_span=b.thumb_span[under]), view)[:, mask]
    one = one - one.mean(axis=1, keepdims=True)
    other = other - other.mean(axis=1, keepdims=True)
    scale = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    return float(((one * other).sum(axis=1) / np.maximum(scale, 1e-3)).mean())
