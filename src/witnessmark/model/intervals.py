"""Exact intervals for a rate that was counted: k of n.

Source: Clopper and Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial,
Biometrika 26(4), 1934. Found by bisection on the binomial tail, so that nothing beyond ``math`` is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, lgamma, log

CONFIDENCE = 0.95
STEPS = 60
"""Halvings of [0, 1]: far below the last digit printed."""


def tail(k: int, n: int, p: float) -> float:
    """Probability of ``k`` or more hits in ``n`` at rate ``p``."""
    if k <= 0:
        return 1.0
    if p <= 0.0:
        return 0.0
    if p >= 1.0:
        return 1.0
    log_choose = lgamma(n + 1)
    return sum(
        exp(log_choose - lgamma(i + 1) - lgamma(n - i + 1) + i * log(p) + (n - i) * log(1 - p))
        for i in range(k, n + 1)
    )


def clopper_pearson(k: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Lower and upper limit of the rate behind ``k`` of ``n``; (0, 1) where nothing was tried."""
    if n == 0:
        return 0.0, 1.0
    alpha = (1 - confidence) / 2
    low = 0.0 if k == 0 else _where(lambda p: tail(k, n, p) >= alpha)
    high = 1.0 if k == n else _where(lambda p: 1 - tail(k + 1, n, p) < alpha)
    return low, high


def _where(holds: Callable[[float], bool]) -> float:
    """Smallest p in [0, 1] from which on ``holds`` is true."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return (low + high) / 2
