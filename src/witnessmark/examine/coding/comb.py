"""Is there a period in which the pictures stand out? A rank test over all combs, with its false-alarm probability.

A comb is a period and a phase: pictures phase, phase + period, phase + 2 periods ... Each picture's evidence is
turned into the normal score of its rank, so that no wild value counts for more than its rank, less the mean of its
kind, in standard deviations of its kind; so a kind of picture that is often high makes no comb. Were these standings
in random order, the sum over the K teeth of a comb would be that of K drawn from n without looking: its exact tail
(permutation.py) is the chance of one comb. A Gaussian tail chooses which combs are looked at more closely.
Many combs are tried, so chances are multiplied by their number; half of the allowance goes to the combs that
begin with the first picture, where a whole file that was encoded anew has its first old key picture.

Sources: van der Waerden, Order tests for the two-sample problem, Indag. Math. 14 (1952) (normal scores); Hajek,
Some extensions of the Wald-Wolfowitz-Noether theorem, Ann. Math. Stat. 32 (1961) (their sum under random order);
Li, Gardella, Bammey, Nikoukhah, Morel, Colom, Grompone von Gioi, A contrario detection of H.264 video double
compression, IEEE ICIP 2023 (all combs counted in);
Genovese, Roeder, Wasserman, False discovery control with p-value weighting, Biometrika 93 (2006), §2 (weighted
Bonferroni); the footprint of an earlier group recurring with its period: Vazquez-Padin et al., IEEE WIFS 2012.
Limits: anything else that recurs at a fixed period and touches the coding (a blinking lamp, a recorder that
refreshes its picture) is found too. Scores of pictures next to each other may depend on each other; combs of
SHORTEST_PERIOD and more do not meet neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.coding import permutation

Array = NDArray[np.float64]

SHORTEST_PERIOD = 6
"""Shorter groups are not written by cameras; hierarchies of layers (2, 4) and the repeated pictures of rate
conversion (5 for 24 to 30 a second) are that short, and would alarm."""
LONGEST_PERIOD = 320
"""Ten seconds of 30 pictures and some: longer groups are not told from chance in files of usual length, and
every period tried makes the test blunter."""
FEWEST_TEETH = 4
"""Three recurrences are no period: below four the Gaussian tail is too rough and chance too likely."""
FEWEST_PICTURES = 100
"""Pictures with evidence below which nothing is said (Vazquez-Padin et al. 2020 test no less than 250)."""
FEWEST_OF_A_KIND = 20
"""Pictures ranked among themselves; among fewer none could stand out, so rarer kinds are ranked together."""
RHYTHM_LOG10_CHANCE = -2.0
"""A short rhythm as probable as one in a hundred by chance is already taken for one: it is the cautious side."""
LEAST_VARIANCE = 1e-9
"""Keeps a kind of equal pictures from dividing by nothing."""
WORTH_A_LOOK = 2.8
"""Standard deviations (one comb in 400) from which the exact tail of a comb is computed: far below what could matter
after all combs are counted in."""
MOST_LOOKED_AT = 6
"""Combs whose exact tail is computed: those that stand out most, and as many that begin with the first picture."""
STANDS_OUT = 1.2816
"""Normal score of the best tenth: what a tooth must reach to be counted as a hit (for display only)."""
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Period:
    """The comb that stands out most."""

    period: int
    phase: int
    teeth: tuple[int, ...]
    """Its pictures that carry evidence."""
    hits: int
    """Teeth among the best tenth of their kind."""
    deviations: float
    """Sum of scores in standard deviations."""
    log10_chance: float
    """Logarithm of the probability that pictures in random order show any comb as strong; at most 0."""
    combs: int


@dataclass(frozen=True, slots=True)
class Scores:
    """Per picture, NaN where it carries no evidence: its score, and mean and variance of its kind."""

    score: Array
    mean: Array
    variance: Array

    @property
    def standing(self) -> Array:
        """How far each picture stands out among its kind, in standard deviations."""
        return np.asarray((self.score - self.mean) / np.sqrt(np.maximum(self.variance, LEAST_VARIANCE)))


def scores(evidence: Array, kinds: NDArray[np.int64]) -> Scores:
    """Normal scores of all pictures, with what is usual for the kind of each."""
    score = normal_scores(evidence)
    held = np.isfinite(score)
    mean, variance = np.full(len(score), np.nan), np.full(len(score), np.nan)
    names, inverse, counts = np.unique(kinds[held], return_inverse=True, return_counts=True)
    group = np.where(counts < FEWEST_OF_A_KIND, -1, np.arange(len(names)))[inverse]
    inside = score[held]
    means, variances = np.zeros(len(inside)), np.zeros(len(inside))
    for name in np.unique(group):
        means[group == name] = inside[group == name].mean()
        variances[group == name] = inside[group == name].var()
    mean[held], variance[held] = means, variances
    return Scores(score, mean, variance)


def normal_scores(values: Array) -> Array:
    """Van der Waerden scores of all values that are known: the normal quantile of each rank. NaN stays."""
    held = np.isfinite(values)
    out = np.full(len(values), np.nan)
    count = int(held.sum())
    if count:
        _, inverse, ties = np.unique(values[held], return_inverse=True, return_counts=True)
        middle = np.cumsum(ties) - (ties + 1) / 2  # equal values share the middle of their ranks
        quantiles = np.array([_NORMAL.inv_cdf((place + 0.5) / count) for place in middle])
        out[held] = quantiles[inverse]
    return out


def strongest(given: Scores, shortest: int = SHORTEST_PERIOD, longest: int = LONGEST_PERIOD) -> Period | None:
    """The most improbable comb; None where too few pictures carry a score or none has FEWEST_TEETH."""
    standing = given.standing
    held = np.isfinite(standing)
    count = int(held.sum())
    if count < FEWEST_PICTURES:
        return None
    values = np.where(held, standing, 0.0)
    spread = float(standing[held].std())
    middle = float(standing[held].mean())
    candidates: list[tuple[float, int, int, int, float]] = []
    combs = combs_first = 0
    for period in range(shortest, min(longest, len(values) // FEWEST_TEETH) + 1):
        teeth, sums = _sums(held, period), _sums(values, period)
        usable = teeth >= FEWEST_TEETH
        combs += int(usable.sum())
        combs_first += bool(usable[0])
        width = spread * np.sqrt(np.maximum(teeth * (1.0 - teeth / count), LEAST_VARIANCE))
        deviations = np.where(usable, (sums - teeth * middle) / np.maximum(width, LEAST_VARIANCE), -np.inf)
        look = set(np.flatnonzero(deviations >= WORTH_A_LOOK).tolist()) | {int(np.argmax(deviations))}
        look |= {0} if usable[0] else set()
        candidates += [
            (float(deviations[at]), period, at, int(teeth[at]), float(sums[at])) for at in look if usable[at]
        ]
    if not candidates:
        return None
    closely = sorted(candidates, reverse=True)[:MOST_LOOKED_AT]
    closely += sorted((one for one in candidates if not one[2]), reverse=True)[:MOST_LOOKED_AT]
    population = standing[held]

    def chance(one: tuple[float, int, int, int, float]) -> float:
        _, _, phase, drawn, total = one
        alone = permutation.log10_chance(population, drawn, total)
        tried = log10(2 * combs) if phase else min(log10(2 * combs), log10(2 * max(1, combs_first)))
        return alone + tried

    logarithm, _, best = min((chance(one), -one[0], one) for one in closely)
    deviation, period, phase, _, _ = best
    teeth_at = tuple(int(at) for at in range(phase, len(values), period) if held[at])
    hits = sum(bool(standing[at] >= STANDS_OUT) for at in teeth_at)
    return Period(period, phase, teeth_at, hits, deviation, min(0.0, logarithm), combs)


def shorter_rhythm(given: Scores, found: Period) -> int | None:
    """A period below SHORTEST_PERIOD that divides the one found and is more improbable, if there is one.

    Then the longer period may be nothing but a multiple of a short rhythm: of layers, of repeated pictures, or of
    the B pictures of an earlier encoding. (A true period leaks into its divisors too, but is stronger than they.)
    ``without_rhythm`` takes it out.
    """
    short = strongest(given, 2, SHORTEST_PERIOD - 1)
    if short is None or short.log10_chance > RHYTHM_LOG10_CHANCE:
        return None
    return None if found.period % short.period or short.deviations < found.deviations else short.period


def without_rhythm(evidence: Array, kinds: NDArray[np.int64], rhythm: int) -> Scores:
    """Scores among pictures of one kind *and* one place in the rhythm: what is left is not due to it."""
    return scores(evidence, kinds * rhythm + np.arange(len(kinds)) % rhythm)


def _sums(values: NDArray[Any], period: int) -> Array:
    """Sum over the comb of each phase."""
    rows = -(-len(values) // period)
    padded = np.zeros(rows * period)
    padded[: len(values)] = values
    return np.asarray(padded.reshape(rows, period).sum(axis=0))
