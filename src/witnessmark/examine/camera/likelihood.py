"""From an agreement to what it is worth: the chance without a common sensor, and a likelihood ratio with its bound.

*Chance*: where two recordings come from different cameras, the agreement is a standard normal value: its reference are
the other places of the same two traces. Counted on photographs of 128 devices: mean 0.0, standard deviation 1.0,
percentiles of the normal law up to 99.9 % (docs/methods/camera.md). Times the number of looks it bounds the number of
false pairs in a whole case.

*Likelihood ratio*: density under one camera over density under two. Under one camera agreements lie anywhere from
nothing to many tens, so that density is taken as even up to ``FLAT_TO``; under two it is normal, a little wider than
counted. The ratio is never more than one over the upper limit of the rate of false matches among independent pairs of
devices.
"""

from __future__ import annotations

from functools import cache
from math import erfc, exp, log10, pi, sqrt

from witnessmark.model.intervals import clopper_pearson

FLAT_TO = 40.0
"""Standard deviations: agreements of one camera in the choosing half of ``bench cameras`` lie between 0 and about 80.
A wider range lowers every ratio."""
WIDTH = 1.2
"""Standard deviation taken for two cameras: 1.0 was counted on strangers, 1.1 on two bodies of one model."""
DEVICES = 128
"""Real devices (makes and models of photographs) no two of which matched. Each counts in one pair only."""
FALSE_MATCHES = 0
LEAST = 5.0
"""Agreement below which no two recordings are told to share a camera: one in 3.5 million by chance. It leaves room for
what bodies of one model share, of which only two bodies could be measured."""
ALLOWED = 0.01
"""False pairs allowed in all of a comparison, by the normal law, however many pairs it has."""


def chance_of(deviations: float) -> float:
    """Upper tail of the standard normal law."""
    return 0.5 * erfc(deviations / sqrt(2))


def threshold(looks: int) -> float:
    """Agreement at which ``looks`` looks without a common camera give ``ALLOWED`` false pairs; at least ``LEAST``."""
    low, high = LEAST, 40.0
    if chance_of(low) * looks <= ALLOWED:
        return low
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if chance_of(middle) * looks > ALLOWED else (low, middle)
    return high


@cache
def most_log10_ratio() -> float:
    """Bound of the likelihood ratio by what was counted (Clopper and Pearson 1934)."""
    _, upper = clopper_pearson(FALSE_MATCHES, DEVICES // 2)
    return -log10(upper)


def log10_ratio(deviations: float, looks: int = 1) -> float:
    """Decimal logarithm of the likelihood ratio for one camera against two, bounded; never below 0.

    ``looks``: places and turns that were tried for this pair; the best of n is as rare as n times its tail. An
    agreement that is missing is not weighed against one camera: zoom, stabilisation or another mode hide it.
    """
    z = min(max(deviations, 0.0), 37.0) / WIDTH
    different = exp(-z * z / 2) / (WIDTH * sqrt(2 * pi)) * looks
    ratio = log10(1 / FLAT_TO) - log10(different) if different > 0 else most_log10_ratio()
    return min(max(ratio, 0.0), most_log10_ratio())
