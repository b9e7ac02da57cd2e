"""Exact limits of a counted rate, and how many devices a statement would need.

Source: Clopper and Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial,
Biometrika 26(4), 1934. By bisection on the binomial tail: the library is examined where scipy need not be loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb

CONFIDENCE = 0.95
_STEPS = 50
WANTED_RATIO = 10.0
"""From here on the verbal scale says more than "weak or limited" (ENFSI, Guideline for Evaluative Reporting, 2015)."""
_MOST_DEVICES = 1_000


def clopper_pearson(k: int, n: int) -> tuple[float, float]:
    """Lower and upper limit of the rate behind ``k`` of ``n``; (0, 1) where nothing was tried."""
    if n == 0:
        return 0.0, 1.0
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if k == 0 else _where(lambda p: _at_least(k, n, p) >= tail)
    high = 1.0 if k == n else _where(lambda p: 1 - _at_least(k + 1, n, p) < tail)
    return low, high


def _at_least(k: int, n: int, p: float) -> float:
    return sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


def _where(holds: Callable[[float], bool]) -> float:
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return (low + high) / 2


def devices_needed(others: int) -> str:
    """In words: with how many devices without an error the ratio could be ``WANTED_RATIO``."""
    tail = (1 - CONFIDENCE) / 2
    high = 1 - tail ** (1 / others) if others else 1.0
    wanted = WANTED_RATIO * high
    if wanted < 1:
        own = next(n for n in range(1, _MOST_DEVICES) if tail ** (1 / n) >= wanted)
        return f"a ratio of {WANTED_RATIO:g} would need {own} devices of the family and no error"
    return (
        f"a ratio of {WANTED_RATIO:g} would need at least {_fewest_others()} devices of other families "
        f"(there are {others}) and no error"
    )


def _fewest_others() -> int:
    tail = (1 - CONFIDENCE) / 2
    return next(m for m in range(1, _MOST_DEVICES) if 1 - tail ** (1 / m) < 1 / WANTED_RATIO)
