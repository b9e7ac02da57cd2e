"""Which raw picture each picture of the public video shows: constant rate, cut to the span, trimmed at both ends.

Raw time stamps may be missing, repeat or run backwards. Here they only ever move forward: a step that is missing, not
positive or longer than ten seconds counts as one picture at the declared rate (``Clock``). The public rate is one of a
few common ones: the exact rate of the raw would tell devices apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from witnessmark.model.redaction import PublicFrame, Recipe

COMMON_RATES = (Fraction(10), Fraction(12), Fraction(15), Fraction(24), Fraction(25), Fraction(30))
FALLBACK_RATE = Fraction(25)
LONGEST_STEP_S = Fraction(10)


def public_rate(declared: Fraction | None) -> Fraction:
    """The common rate nearest to the declared one; of rates over 30 the nearest to their half."""
    if declared is None or declared <= 0:
        return FALLBACK_RATE
    rate = declared
    while rate > Fraction(36):
        rate /= 2
    return min(COMMON_RATES, key=lambda common: (abs(common - rate), common))


@dataclass(slots=True)
class Clock:
    """Seconds since the first picture, from time stamps taken as they are, only ever forward."""

    base: Fraction
    step_s: Fraction
    _pts: int | None = None
    _at_s: Fraction | None = None

    @classmethod
    def of(cls, base: Fraction, declared: Fraction | None) -> Clock:
        rate = declared if declared and declared > 0 else FALLBACK_RATE
        return cls(base, 1 / rate)

    @property
    def at_s(self) -> Fraction:
        """Where the last picture stands."""
        return self._at_s or Fraction(0)

    def tick(self, pts: int | None) -> Fraction:
        """Where the next picture stands."""
        before, self._pts = self._pts, pts
        if self._at_s is None:
            self._at_s = Fraction(0)
            return self._at_s
        step = self.step_s
        if pts is not None and before is not None:
            stated = (pts - before) * self.base
            if 0 < stated <= LONGEST_STEP_S:
                step = stated
        self._at_s += step
        return self._at_s


@dataclass(slots=True)
class Timeline:
    """Asks, picture by picture, how often each is shown. ``length_s``: of the whole raw, from an earlier pass."""

    recipe: Recipe
    rate: Fraction
    clock: Clock
    length_s: Fraction
    start_s: Fraction = Fraction(0)
    end_s: Fraction = Fraction(0)
    frames: list[PublicFrame] = field(default_factory=list)
    _held: tuple[int, int | None, bool] | None = None

    def begin(self, first_pts: int | None) -> None:
        """Settle start and end once the first time stamp is known."""
        origin = Fraction(0) if first_pts is None else first_pts * self.clock.base
        start, end = Fraction(0), self.length_s
        span = self.recipe.span
        if span is not None:
            start = max(start, span.start.value * span.start.base - origin)
            end = min(end, span.end.value * span.end.base - origin)
        self.start_s = start + Fraction(self.recipe.trim_start_ms, 1000)
        self.end_s = max(self.start_s, end - Fraction(self.recipe.trim_end_ms, 1000))

    def shows(self, stream: int, ordinal: int, pts: int | None, is_black: bool) -> int:
        """How many public pictures show the raw picture *before* this one, whose end is now known.

        ``is_black``: this one is hidden as a whole.
        """
        shown = self._close(self.clock.tick(pts), stream)
        self._held = (ordinal, pts, is_black)
        return shown

    def close(self, stream: int) -> int:
        """How many public pictures show the last raw picture."""
        return self._close(self.length_s, stream)

    @property
    def is_wanted(self) -> bool:
        """Whether the raw picture that came last may be shown."""
        at_s = self.clock.at_s
        return at_s < self.end_s and at_s + LONGEST_STEP_S > self.start_s

    def _close(self, end_s: Fraction, stream: int) -> int:
        if self._held is None:
            return 0
        ordinal, pts, is_black = self._held
        end_s, before = min(end_s, self.end_s), len(self.frames)
        while self.start_s + len(self.frames) / self.rate < end_s:
            self.frames.append(PublicFrame(len(self.frames), stream, ordinal, pts, is_black))
        return len(self.frames) - before
