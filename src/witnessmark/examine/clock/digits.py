"""The numerals of one clock, learned from the clock itself.

Each place of the clock (tens of hours, units of seconds, ...) keeps, for every sign seen there, the mean and the
spread of each of its pixels. A later picture is given to the sign under which it is likeliest (diagonal
Gaussian, quadratic discriminant: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, section
4.3). Strokes of an overlay keep their grey while the scene between them changes: spread by pixel weighs exactly
that, and it is why letters without a box are read over moving ground. Where no sign fits, the place is
unknown: the caller has it read otherwise, or leaves it unread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]

MOST_ROWS, MOST_COLUMNS = 24, 16
"""A place is shrunk to this at most: numerals differ by strokes of an eighth of their height."""
OWN_SPREAD, LEAST_SPREAD = 8.0, 4.0
"""Grey levels of spread that every pixel is given beforehand, by the strip's own noise between these (coding noise
at crf 28 reaches about 6)."""
OWN_WEIGHT = 4.0
"""Pictures that this is worth."""
HALF_INK = 128.0
"""Over a moving ground values are nearness to the ink: from here on a pixel of a sign is a stroke."""
MOST_LEARNED = 60
"""Pictures after which a sign is known well enough."""
LARGEST_MISFIT = 2.6
"""Mean squared deviation, in own spreads, above which no sign fits. Of pictures of the same sign 99.9 % lie below
2.2 in the test set; another sign in the same place differs by strokes and gives 4 and more."""
WIDEST_MISFIT, APART_SHARE = 8.0, 0.2
"""Where the signs of a place lie far apart, a picture may deviate by this share of the least distance between two
of them: something that passes behind the letters is no other numeral."""
LEAST_LEAD = 0.08
"""Mean logarithm of likelihood per pixel by which the best sign must lead the next."""
BADLY = 2.0
"""Times the limit within which a likeliest sign is spoken of at all."""
UNKNOWN = -1


@dataclass(slots=True)
class Sign:
    """What is known of one sign in one place."""

    count: int
    total: Values
    squares: Values
    ground_spread: float = 0.0
    own_spread: float = OWN_SPREAD
    _mean: Values | None = None
    _spread: Values | None = None

    @classmethod
    def of(cls, pictures: Values, ground_spread: float, own_spread: float) -> Sign:
        nothing = np.zeros(pictures.shape[1], np.float32)
        sign = cls(0, nothing, nothing, ground_spread, own_spread)
        sign.add(pictures)
        return sign

    def add(self, pictures: Values) -> None:
        """Learn (n, pixels)."""
        if self.count >= MOST_LEARNED or not len(pictures):
            return
        self.count += len(pictures)
        self.total = self.total + pictures.sum(axis=0)
        self.squares = self.squares + np.square(pictures).sum(axis=0)
        self._mean = self._spread = None

    @property
    def mean(self) -> Values:
        if self._mean is None:
            self._mean = self.total / np.float32(self.count)
        return self._mean

    @property
    def spread(self) -> Values:
        """Variance by pixel, drawn towards OWN_SPREAD while few pictures were seen."""
        if self._spread is None:
            sum_squares = np.maximum(self.squares - self.count * np.square(self.mean), 0)
            ground = max(OWN_SPREAD, self.ground_spread) ** 2
            own = (
                np.where(self.mean > HALF_INK, OWN_SPREAD**2, ground) if self.ground_spread else OWN_SPREAD**2
            )
            spread = (sum_squares + OWN_WEIGHT * own) / (self.count + OWN_WEIGHT)
            self._spread = np.asarray(spread, np.float32)
        return self._spread


@dataclass(frozen=True, slots=True)
class Told:
    """What one place shows in n pictures."""

    signs: NDArray[np.int64]
    """(n,): index into ``names``, or UNKNOWN."""
    names: tuple[str, ...]
    misfit: Values
    """(n,): of the best sign."""
    best: NDArray[np.int64]
    """(n,): likeliest sign, whether it fits or not."""

    def name(self, index: int) -> str | None:
        sign = int(self.signs[index])
        return None if sign == UNKNOWN else self.names[sign]

    def likeliest(self, index: int, limit: float, runs: bool) -> str | None:
        """The likeliest sign, also where it fits badly; None where it fits far too badly, or where the place runs and
        no other sign is known that could have been likelier."""
        told = self.name(index)
        if told is not None or not self.names:
            return told
        if float(self.misfit[index]) > BADLY * limit or (runs and len(self.names) < 2):
            return None
        return self.names[int(self.best[index])]


@dataclass(slots=True)
class PlaceOfClock:
    """One place: columns in the strip, its role (see layouts.Place), and its signs."""

    left: int
    right: int
    role: str
    ground_spread: float = 0.0
    """Of a moving ground (see ink.Ink); 0 where it stands still."""
    own_spread: float = OWN_SPREAD
    signs: dict[str, Sign] = field(default_factory=dict)
    _limit: tuple[int, float] = (-1, LARGEST_MISFIT)
    """Pictures learned, and the limit that held then."""

    def limit(self) -> float:
        """Largest misfit at which a sign is still told: more than the least where all known signs differ much."""
        learned = sum(sign.count for sign in self.signs.values())
        if self._limit[0] != learned:
            apart = min(
                (
                    float((np.square(one.mean - other.mean) / other.spread).mean())
                    for one in self.signs.values()
                    for other in self.signs.values()
                    if one is not other
                ),
                default=0.0,
            )
            self._limit = learned, min(WIDEST_MISFIT, max(LARGEST_MISFIT, APART_SHARE * apart))
        return self._limit[1]

    @property
    def columns(self) -> int:
        """Columns of a picture of this place after shrinking."""
        wide = self.right - self.left
        return wide // max(1, -(-wide // MOST_COLUMNS))

    def cut(self, strips: NDArray[np.uint8]) -> Values:
        """(n, pixels) of this place out of (n, rows, columns), shrunk where large."""
        part = strips[:, :, self.left : self.right]
        down = max(1, -(-part.shape[1] // MOST_ROWS))
        across = max(1, -(-part.shape[2] // MOST_COLUMNS))
        if down > 1 or across > 1:
            rows, columns = part.shape[1] // down * down, part.shape[2] // across * across
            part = part[:, :rows, :columns].reshape(len(part), rows // down, down, columns // across, across)
            shrunk: Values = part.mean(axis=(2, 4), dtype=np.float32).reshape(len(strips), -1)
            return shrunk
        return part.reshape(len(strips), -1).astype(np.float32)

    def learn(self, name: str, pictures: Values) -> None:
        if name in self.signs:
            self.signs[name].add(pictures)
        else:
            self.signs[name] = Sign.of(pictures, self.ground_spread, self.own_spread)

    def tell(self, pictures: Values) -> Told:
        """The sign that each picture shows, UNKNOWN where none fits or two fit alike."""
        names = tuple(sorted(self.signs))
        count = len(pictures)
        if not names:
            nothing = np.full(count, UNKNOWN, np.int64)
            return Told(nothing, (), np.full(count, np.inf, np.float32), nothing)
        misfits = np.empty((len(names), count), np.float32)
        scores = np.empty((len(names), count), np.float32)
        for k, name in enumerate(names):
            sign = self.signs[name]
            deviation = np.square(pictures - sign.mean) / sign.spread
            misfits[k] = deviation.mean(axis=1)
            scores[k] = -0.5 * (misfits[k] + np.log(sign.spread).mean())
        best = scores.argmax(axis=0)
        index = np.arange(count)
        misfit = misfits[best, index]
        known = misfit <= self.limit()
        if len(names) > 1:
            ranked = np.partition(scores, -2, axis=0)
            known &= ranked[-1] - ranked[-2] >= LEAST_LEAD
        return Told(np.where(known, best, UNKNOWN), names, misfit, best)


def known_share(places: Mapping[int, Told]) -> float:
    """Share of all place pictures that were told."""
    parts = [told.signs != UNKNOWN for told in places.values()]
    return float(np.mean(np.concatenate(parts))) if parts else 0.0
