"""Two recordings laid over each other: how they lie in the picture, at what speed, and which stretches agree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.comparers.matching_lost import UNTOLD, Lost, lost
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
    gains_along,
    mask_of,
)
from witnessmark.examine.comparers.matching_views import View
from witnessmark.examine.comparers.segments import Overlay
from witnessmark.examine.fingerprint import Fingerprint

ENOUGH = 2.2
"""Least sum of a stretch: one second in which everything moves and agrees, or longer with less (see docs)."""
CLOSE_SCORE, CLOSE_MOTION, SCORE_FOR_MOTION, LEAST_MOTION = 5.5, 0.9, 120.0, 0.75
"""What moves must agree closely for two and a half seconds of full movement, or longer where it agrees less. Copies
agree to 0.92 and more; one person on one way at two times, in generated cells, to 0.86 over seven seconds, to 0.94 over
two."""
MOVING_SHARE, FIRM_SCORE, FIRM_MOTION = 0.25, 6.0, 0.6
"""A camera that moves shows no place twice: less agreement is enough, for filtered and filmed-off copies."""
AWAY_S = 2.0
TORN = 14.0
"""What a stretch needs whose end is torn (``_is_torn``): six seconds and more in which everything moves and agrees."""
END_STEPS, BEYOND_STEPS, SAME_PLACE = 2, 6, 0.5
SURE, SURE_SHARE = 3.0, 0.7
"""From this sum on, where it is also this share of what full agreement of the shorter one would give, no other view or
speed is tried. Slow movement agrees half at a wrong speed too."""
SPEEDS = tuple(round(float(s), 4) for s in np.exp(np.linspace(np.log(0.5), np.log(2.0), 29)))
"""Steps of five per cent from half to double."""
FINER = (0.96, 0.97, 0.98, 0.99, 1.01, 1.02, 1.03, 1.04)
BETTER = 1.08
"""Another speed must raise the sum by so much: the plain one is preferred."""
SPEED_VIEWS = 1
LEAST_DRIFT_S = 0.25
"""A finer speed is told only where it moves the ends of the stretch by a step of the grid."""
MOST_SEGMENTS, MOST_TRIES = 16, 24
PHASES = (0.0, -0.25, 0.25, -0.5, 0.5)
"""Parts of a step by which b is tried earlier and later: grids seldom fall on the same moments."""
BLOCKED = -1.0
STILL_ALIKE, AGAINST = 0.9, -0.2
"""A stretch goes on over moments whose pictures are nine tenths as alike as usual and whose motion speaks against it by
less than this."""
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
    segments: tuple[Overlay, ...]
    score: float
    motion: float
    """-1..1: correlation of what moves, over the stretches."""
    alike: float
    """-1..1: correlation of the pictures themselves."""
    moving_s: float
    """Seconds of the stretches in which enough moves to compare."""
    scene_alike: float
    """Best median correlation of pictures at any time: the same place, whatever moves."""
    lost: Lost = UNTOLD
    elsewhere: float = 1.0
    """Median correlation of pictures that lie two seconds and more off the stretches' own time."""

    @property
    def is_match(self) -> bool:
        """Whether the agreement is more than strangers of one place reach by chance (docs/methods/copies.md)."""
        if self.alike < ALIKE:
            return False
        if self.is_moving and self.score >= FIRM_SCORE and self.motion >= FIRM_MOTION:
            return True
        needed = CLOSE_SCORE + SCORE_FOR_MOTION * max(0.0, CLOSE_MOTION - self.motion)
        return self.motion >= LEAST_MOTION and self.score >= needed

    @property
    def is_one_place(self) -> bool:
        """Whether the pictures are of one place, with some motion that agrees: the same moments where a clock that is
        burned in says so too, and not without. A camera with little movement before it gives no more."""
        return self.alike >= STILL_ALIKE and self.score >= ENOUGH and self.motion >= FIRM_MOTION

    @property
    def is_moving(self) -> bool:
        """Whether the pictures are of other places at other times: a camera that moves, or another shot."""
        return self.elsewhere < MOVING_SHARE * self.alike


NOTHING = Laid(View(), 1.0, (), 0.0, 0.0, 0.0, 0.0, 0.0)


class Pair:
    """One pair of recordings, with what is the same for all views and speeds computed once."""

    def __init__(self, a: Fingerprint, b: Fingerprint, step_s: float = STEP_S) -> None:
        self._a, self._b = a, b
        longest = max(a.duration_s, b.duration_s)
        self._step_s = max(step_s, longest / MOST_STEPS)
        self._seen: dict[View, tuple[Seen, Seen]] = {}

    def best_sum(self, views: Iterable[View]) -> float:
        """The greatest sum at the plain speed, over all views, in seconds of full agreement."""
        chosen = [view for view in dict.fromkeys(views) if mask_of(view).any()]
        return max((self._line(view, 1.0).score for view in chosen), default=0.0) * self._step_s

    def laid(self, views: Iterable[View], *, quick: bool = False) -> Laid:
        """The best way in which they agree. ``quick``: at the plain speed only."""
        tried = [view for view in dict.fromkeys(views) if mask_of(view).any()]
        if not tried:
            return NOTHING
        best = (0.0, View(), 1.0)
        is_sure = False
        for view in tried:
            line = self._line(view, 1.0)
            is_sure = self._is_sure(line, view)
            if line.score > best[0]:
                best = (line.score, view, 1.0)
            if is_sure:
                break
        if not is_sure and not quick:
            best = self._at_speeds(best, tried[:SPEED_VIEWS])
        score, view, speed = best
        if score < ENOUGH / 2:
            return replace(NOTHING, view=view, scene_alike=self._scene(tried[0]))
        told = self._told(view, self._finer(view, speed))
        fitted = self._fitted(view, speed)
        if fitted != view:
            again = self._told(fitted, self._finer(fitted, speed))
            told = max(told, again, key=lambda one: one.score)
        return told

    def _finer(self, view: View, speed: float) -> float:
        """The speed in steps of one per cent. The plain speed is left only for much, and only where it can be told."""
        line = self._line(view, speed)
        score, margin = line.score, BETTER if speed == 1.0 else 1.0
        best = speed
        for factor in FINER:
            trial = self._line(view, speed * factor).score
            drift_s = abs(factor - 1.0) * line.steps * self._step_s
            if trial > margin * score and drift_s >= LEAST_DRIFT_S:
                score, best = trial, speed * factor
        return best

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

    def _both(self, view: View) -> tuple[Seen, Seen]:
        seen = self._seen.get(view)
        if seen is None:
            mask = mask_of(view)
            seen = (Seen(self._a, None, mask, self._step_s), Seen(self._b, view, mask, self._step_s))
            self._seen[view] = seen
        return seen

    def _series(self, view: View, speed: float, step_s: float | None = None) -> tuple[Series, Series]:
        seen = self._both(view)
        step_s = step_s or self._step_s
        return seen[0].series(step_s), seen[1].series(step_s, speed)

    def _line(self, view: View, speed: float, step_s: float | None = None) -> Line:
        a, b = self._series(view, speed, step_s)
        return best_line(gains(a, b))

    def _scene(self, view: View) -> float:
        """Median over the moments of a of the best likeness with any moment of b."""
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
        seen_a, seen_b = self._both(view)
        a, b = self._series(view, speed)
        gain = gains(a, b)
        stretches: list[_Stretch] = []
        for _ in range(MOST_TRIES):
            line = best_line(gain)
            if line.score < ENOUGH / 2 or len(stretches) >= MOST_SEGMENTS:
                break
            early = min(line.a_first, line.b_first)
            first_a, first_b = line.a_first - early, line.b_first - early
            steps = min(a.steps - first_a, b.steps - first_b)
            blocked = gain[first_a + np.arange(steps), first_b + np.arange(steps)] <= BLOCKED
            part_a = seen_a.part(a.at(first_a), steps, a.step_s)
            trials = []
            for phase in PHASES:
                later_s = phase * b.step_s
                part_b = seen_b.part(b.at(first_b) + later_s, steps, b.step_s)
                trials.append(_stretch(part_a, part_b, blocked, early + line.steps // 2, later_s))
            held = max((one for one in trials if one is not None), key=lambda one: one.score, default=None)
            if held is not None and held.steps * self._step_s >= LEAST_SEGMENT_S:
                held = replace(held, a_first=first_a + held.a_first, b_first=first_b + held.b_first)
                stretches.append(held)
                line = Line(held.a_first, held.b_first, held.steps, held.score)
            gain[line.a_first : line.a_first + line.steps] = BLOCKED
            gain[:, line.b_first : line.b_first + line.steps] = BLOCKED
        if not stretches:
            return replace(NOTHING, view=view, speed=speed, scene_alike=self._scene(view))
        both = sum(stretch.moving for stretch in stretches)
        agreeing = sum(stretch.score + AGREE * stretch.moving for stretch in stretches)
        alike = float(np.average([s.alike for s in stretches], weights=[s.steps for s in stretches]))
        longest = max(stretches, key=lambda stretch: (stretch.steps, -stretch.a_first))
        segment = self._segment(a, b, longest)
        return Laid(
            view,
            speed,
            tuple(sorted(self._segment(a, b, stretch) for stretch in stretches)),
            sum(stretch.score for stretch in stretches),
            agreeing / max(both, 1e-6),
            alike,
            both * self._step_s,
            alike,
            lost(
                self._a,
                self._b,
                view,
                seen_a.levels(a.at(longest.a_first), longest.steps, a.step_s),
                seen_b.levels(b.at(longest.b_first) + longest.later_s, longest.steps, b.step_s),
                (segment.a_start_s, segment.a_end_s),
                (segment.b_start_s, segment.b_end_s),
            ),
            self._elsewhere(a, b, longest),
        )

    def _elsewhere(self, a: Series, b: Series, stretch: _Stretch) -> float:
        """How alike the stretch of one is to other times of the same or the other recording."""
        ka = np.arange(stretch.a_first, stretch.a_first + stretch.steps)
        kb = np.arange(stretch.b_first, stretch.b_first + stretch.steps)
        away = round(AWAY_S / self._step_s)
        alike = []
        for shown, among in ((ka, a), (kb, b)):
            other = np.arange(among.steps)
            far = np.abs(shown[:, None] - other[None, :]) >= away
            if far.any():
                alike.append((among.still[shown] @ among.still.T)[far])
        return float(np.median(np.concatenate(alike))) if alike else 1.0

    def _segment(self, a: Series, b: Series, line: _Stretch) -> Overlay:
        """In seconds; a stretch that reaches the end of its file ends with it, on both sides by the same time."""
        begin_a, begin_b = a.at(line.a_first), b.at(line.b_first) + line.later_s
        end_a, end_b = a.at(line.a_first + line.steps), b.at(line.b_first + line.steps) + line.later_s
        speed = b.step_s / a.step_s
        early = min((begin_a - self._a.start_s), (begin_b - self._b.start_s) / speed)
        if early < 0.0 or 0.0 < early <= SNAP_S:
            begin_a, begin_b = begin_a - early, begin_b - early * speed
        late = min(self._a.end_s - end_a, (self._b.end_s - end_b) / speed)
        if late < 0.0 or late <= SNAP_S:
            end_a, end_b = end_a + late, end_b + late * speed
        return Overlay(round(begin_a, 3), round(end_a, 3), round(begin_b, 3), round(end_b, 3))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A stretch along one line of equal time, in steps."""

    a_first: int
    b_first: int
    steps: int
    score: float
    moving: float
    """Sum of the weights of its moments."""
    alike: float
    later_s: float
    """Part of a step by which b lies later than its grid."""


def _stretch(
    a: Series, b: Series, blocked: NDArray[np.bool_], within: int, later_s: float
) -> _Stretch | None:
    """The best stretch of two series of the same length that lie over each other, about the step ``within``.

    Drawn out over moments without motion in which the pictures are as alike as within it.
    """
    gain = np.where(blocked, BLOCKED, gains_along(a, b))
    alike = np.einsum("nk,nk->n", a.still, b.still)
    running = np.concatenate([[0.0], np.cumsum(gain)])
    last = within + 1 + int(np.argmax(running[within + 1 :]))
    first = int(within - np.argmin(running[within::-1]))
    score = float(running[last] - running[first])
    usual = float(np.median(alike[first:last]))
    if score < ENOUGH or usual < ALIKE:
        return None
    goes = (alike >= STILL_ALIKE * usual) & (gain >= AGAINST)
    while first > 0 and goes[first - 1]:
        first -= 1
    while last < len(goes) and goes[last]:
        last += 1
    score = float(gain[first:last].sum())
    early = _is_torn(alike[:first][::-1], blocked[:first][::-1], usual)
    if score < TORN and (early or _is_torn(alike[last:], blocked[last:], usual)):
        return None
    moving = float((a.weight[first:last] + b.weight[first:last]).sum() / 2)
    return _Stretch(first, first, last - first, score, moving, float(np.median(alike[first:last])), later_s)


def _is_torn(alike: NDArray[np.float32], blocked: NDArray[np.bool_], usual: float) -> bool:
    """Whether both recordings go on beyond an end, and show the same place there, though what moves differs.

    A copied stretch ends where a file ends or where another scene begins. Where the scene goes on and somebody else
    walks through it, what agreed may be one person on one way at two times. Arguments: from the end outward.
    """
    near = alike[END_STEPS : END_STEPS + BEYOND_STEPS]
    if not near.size or blocked[: END_STEPS + BEYOND_STEPS].any():
        return False
    return float(np.median(near)) >= SAME_PLACE * usual


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

    def __init__(
        self, a: Fingerprint, b: Fingerprint, shown: NDArray[np.int64], under: NDArray[np.int64]
    ) -> None:
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
