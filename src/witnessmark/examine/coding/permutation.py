"""The chance that some pictures, drawn without looking, have scores that add up to so much.

Of n pictures with known scores K are drawn without replacement; the chance that their sum reaches ``total`` is
computed by the double saddlepoint: with Bernoulli draws of probability K/n, tilted by (a, t) so that K are drawn and
their sum is ``total``. With few draws a Gaussian tail is wrong by powers of ten; against 400,000 drawings this one is
within a tenth of a power of ten down to 10^-4 (tests/unit/examine/test_permutation.py).

Sources: Daniels, discussion of Cox, JRSS B 20 (1958); Robinson, Saddlepoint approximations for permutation tests,
JRSS B 44 (1982); Skovgaard, Saddlepoint expansions for conditional distributions, J. Appl. Prob. 24 (1987), eq. 3.3.
Limits: never below the chance of the K largest, 1 / (n choose K), which is exact.
"""

from __future__ import annotations

from math import erfc, exp, lgamma, log, log10, pi, sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NEWTON_STEPS = 60
LARGEST_STEP = 2.0
"""A Newton step is cut to this: far from the solution the tilt runs away otherwise."""
LARGEST_TILT = 30.0
"""Scores have a standard deviation near 1; beyond, draws are certain and the sum is as good as the largest."""
LARGEST_EXPONENT = 60.0
"""Keeps the exponential from overflowing on the way."""
CLOSE = 1e-7
NEAR_MIDDLE = 1e-6
"""Below this exponent the formula divides nothing by nothing; the chance is one half."""
LEAST = 1e-300
FARTHEST = 35.0
"""Standard deviations beyond which the complementary error function is 0 in double precision."""


def log10_chance(scores: Array, drawn: int, total: float) -> float:
    """Decimal logarithm of the chance; 0 where ``total`` is no more than is expected."""
    count = len(scores)
    if not 0 < drawn < count or total <= drawn * float(scores.mean()):
        return 0.0
    least = -(lgamma(count + 1) - lgamma(drawn + 1) - lgamma(count - drawn + 1)) / log(10.0)
    if total >= float(np.partition(scores, count - drawn)[count - drawn :].sum()) - CLOSE:
        return least
    share = drawn / count
    level, tilt = _tilted(scores, share, drawn, total)
    if tilt > LARGEST_TILT:
        return least
    exponent = level + tilt * scores
    likelihood = tilt * total + level * drawn - float(np.log1p(share * np.expm1(exponent)).sum())
    if likelihood <= NEAR_MIDDLE:
        return log10(0.5)
    root = sqrt(2.0 * likelihood)
    if root > FARTHEST:
        return max(least, -likelihood / log(10.0))
    spread, mixed, squared = _curvature(scores, _chances(share, exponent))
    curvature = spread * squared - mixed * mixed
    other = tilt * sqrt(max(curvature, LEAST) / (count * share * (1.0 - share)))
    density = exp(-likelihood) / sqrt(2.0 * pi)
    chance = 0.5 * erfc(root / sqrt(2.0)) + density * (1.0 / other - 1.0 / root)
    return min(0.0, max(least, log10(max(chance, LEAST))))


def _tilted(scores: Array, share: float, drawn: int, total: float) -> tuple[float, float]:
    """(level, tilt) at which ``drawn`` are expected, with the sum ``total`` (Newton's method)."""
    level = tilt = 0.0
    for _ in range(NEWTON_STEPS):
        chances = _chances(share, np.clip(level + tilt * scores, -LARGEST_EXPONENT, LARGEST_EXPONENT))
        missing_drawn = drawn - float(chances.sum())
        missing_total = total - float(chances @ scores)
        if max(abs(missing_drawn), abs(missing_total)) < CLOSE:
            break
        spread, mixed, squared = _curvature(scores, chances)
        determinant = spread * squared - mixed * mixed
        if determinant <= LEAST:
            break
        up = (squared * missing_drawn - mixed * missing_total) / determinant
        over = (spread * missing_total - mixed * missing_drawn) / determinant
        shorter = min(1.0, LARGEST_STEP / max(abs(up), abs(over), LARGEST_STEP))
        level, tilt = level + shorter * up, tilt + shorter * over
        if tilt > LARGEST_TILT:
            break
    return level, tilt


def _chances(share: float, exponent: Array) -> Array:
    """Of being drawn, by picture."""
    weight = share * np.exp(exponent)
    return np.asarray(weight / (1.0 - share + weight))


def _curvature(scores: Array, chances: Array) -> tuple[float, float, float]:
    """Of the number drawn and their sum: variance, covariance, variance."""
    spread = chances * (1.0 - chances)
    weighted = spread * scores
    return float(spread.sum()), float(weighted.sum()), float(weighted @ scores)
