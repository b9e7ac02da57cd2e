"""How many devices without an error a likelihood ratio would need, by the exact limits of ``model/intervals.py``.

For no error in n the limit is closed: the n-th root of the tail (Clopper and Pearson, Biometrika 26(4), 1934).
"""

from __future__ import annotations

from witnessmark.model.intervals import CONFIDENCE

WANTED_RATIO = 10.0
"""From here on the verbal scale says more than "weak or limited" (ENFSI, Guideline for Evaluative Reporting, 2015)."""
_MOST_DEVICES = 1_000


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
