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
    Seen,
    Series,
    best_line,
    cells_of,
    gains,
    mask_of,
)
from witnessmark.examine.comparers.matching_views import View
from witnessmark.examine.comparers.segments import Segment
from witnessmark.examine.fingerprint import Fingerprint

ENOUGH = 2.2
"""Least sum of a stretch: one second in which everything moves and agrees, or longer with less (see docs)."""
SURE, SURE_SHARE = 3.0, 0.7
"""From this sum on, where it is also this share of what full agreement of the shorter one would give, no other view or
speed is tried. Slow movement agrees half at a wrong speed too."""
SPEEDS = tuple(round(float(s), 4) for s in np.exp(np.linspace(np.log(0.5), np.log(2.0), 29)))
"""Steps of five per cent from half to double."""
FINER = (0.96, 0.98, 1.02, 1.04)
BETTER = 1.04
"""Another speed must raise the sum by so much: the plain one is preferred."""
SPEED_VIEWS = 1
LEAST_DRIFT_S = 0.5
"""A finer speed is told only where it moves the ends of the stretch by two steps of the grid."""
MOST_SEGMENTS = 16
LEAST_SEGMENT_S = 1.0
ALIKE = 0.5
"""Least correlation of the pictures themselves (without their mean) over a stretch."""
FIT_PAIRS = 12
FIT_STEPS = (0.04, 0.02, 0.01)
FITS_WELL = 0.97
LEAST_COMMON = 0.3
"""Of the cells of ``a``: with less in common, anything can be made to fit."""
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
        self._seen: dict[View, tuple[Seen, Seen]] = {}

    def laid(self, views: Iterable[View]) -> Laid:
        """The best way in which they agree."""
        tried = list(dict.fromkeys(views))
        best = (0.0, View(), 1.0)
        is_sure = False
        for view in tried:
            line = self._line(view, 1.0)
            is_sure = self._is_sure(line, view)
            if line.score > best[0]:
                best = (line.score, view, 1.0)
            if is_sure:
                break
        if not is_sure:
            best = self._at_speeds(best, tried[:SPEED_VIEWS])
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

    def _is_sure(self, line: Line, view: View) -> bool:
        a, b = self._series(view, 1.0)
        most = (1.0 - AGREE) * min(float(a.weight.sum()), float(b.weight.sum()))
        return line.score >= max(SURE, SURE_SHARE * most)

    def _at_speeds(self, best: tuple[float, View, float], views: list[View]) -> tuple[float, View, float]:
        """All speeds on a grid of twice the step, where half the sum is to be had; the best of them on the fine one."""
        coarse = 2 * self._step_s
        trials = []
        for view in views:
            for speed in SPEEDS:
                line = self._line(view, speed, coarse)
                trials.append((2 * line.score, view, speed))
        score, view, speed = max(trials, key=lambda trial: trial[0])
        if score > BETTER * best[0]:
            fine = self._line(view, speed).score
            if fine > BETTER * best[0]:
                return fine, view, speed
        return best

    def _series(self, view: View, speed: float, step_s: float | None = None) -> tuple[Series, Series]:
        seen = self._seen.get(view)
        if seen is None:
            mask = mask_of(view)
            seen = (Seen(self._a, None, mask, self._step_s), Seen(self._b, view, mask, self._step_s))
            self._seen[view] = seen
        step_s = step_s or self._step_s
        return seen[0].series(step_s), seen[1].series(step_s, speed)

    def _line(self, view: View, speed: float, step_s: float | None = None) -> Line:
        if not mask_of(view).any():
            return Line(0, 0, 0, 0.0)
        a, b = self._series(view, speed, step_s)
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
        likeness_of = _Likeness(self._a, self._b, shown, under)
        best = likeness_of(view)
        if best >= FITS_WELL:
            return view
        for step in FIT_STEPS:
            improved = True
            while improved:
                improved = False
                for trial in _neighbours(view, step):
                    likeness = likeness_of(trial)
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


class _Likeness:
    """Mean correlation of pictures of like times within what both show, as a function of the view."""

    def __init__(self, a: Fingerprint, b: Fingerprint, shown: NDArray[np.int64], under: NDArray[np.int64]) -> None:
        self._one = cells_of(a.thumbs[shown], a.thumb_span[shown], None)
        self._thumbs, self._span = b.thumbs[under], b.thumb_span[under]

    def __call__(self, view: View) -> float:
        mask = mask_of(view)
        if mask.sum() < LEAST_COMMON * mask.size:
            return -1.0
        one = self._one[:, mask]
        other = cells_of(self._thumbs, self._span, view)[:, mask]
        count = one.shape[1]
        mean_one, mean_other = one.sum(axis=1) / count, other.sum(axis=1) / count
        both = np.einsum("nk,nk->n", one, other) - count * mean_one * mean_other
        power_one = np.einsum("nk,nk->n", one, one) - count * mean_one**2
        power_other = np.einsum("nk,nk->n", other, other) - count * mean_other**2
        return float((both / np.sqrt(np.maximum(power_one * power_other, 1e-3))).mean())
