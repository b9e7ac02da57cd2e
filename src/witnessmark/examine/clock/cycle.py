"""Read letters too small for single pictures: the whole recording votes, second by second.

Where coding leaves a numeral five lines high, one picture cannot tell a 3 from an 8, but thirty seconds can: the
numeral of the seconds' units comes back every ten. From the stretch that was read, the rule (one second per
second) foretells what every picture should show. Every picture is then laid beside the means of the *other*
seconds with each numeral (leaving its own second out), and counts as read only where the likeliest numeral is the
foretold one. That this happens by chance is one in ten; the whole pass is thrown away unless
the hits are beyond chance by far (binomial tail, below MOST_CHANCE). The pass can only confirm: where the clock
leaps, the hits end, and the pictures there stay unread.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log

import numpy as np
from numpy.typing import NDArray

MOST_CHANCE = 1e-6
"""Chance of that many seconds told rightly by guessing. Seconds are counted, not pictures: those of one second are
one piece of evidence."""
EDGE_S = 0.12
"""Pictures nearer to a tick may show either second."""
LEAST_SECONDS = 12
"""Told apart from chance from about ten seconds on."""
LEAST_LIKENESS = 0.5
"""Correlation with the mean of a place that does not change: below it the letters are gone."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Cycle:
    """What the pass gave: pictures read, and how many seconds spoke for the rule."""

    read: NDArray[np.bool_]
    seconds: int
    confirmed: int


def best_phase(
    units: Values, tens: Values, still: Values, time_s: NDArray[np.float64], low_s: float, high_s: float
) -> tuple[float, Cycle]:
    """The offset between ``low_s`` and ``high_s`` that most pictures confirm, and what they confirm.

    ``units``, ``tens`` (n, pixels): the two places of the seconds; ``still`` (n, pixels): all that does not change.
    """
    tried = np.arange(low_s, high_s + PHASE_STEP_S / 2, PHASE_STEP_S)
    found = [(float(offset), confirmed(units, tens, still, time_s, float(offset))) for offset in tried]
    return max(found, key=lambda pair: int(pair[1].read.sum()))


PHASE_STEP_S = 0.1


def confirmed(
    units: Values, tens: Values, still: Values, time_s: NDArray[np.float64], offset_s: float
) -> Cycle:
    """Pictures in which both numerals of the seconds are the foretold ones."""
    seconds = np.floor(offset_s + time_s).astype(np.int64)
    rest = offset_s + time_s - seconds
    clear = (rest > EDGE_S) & (rest < 1 - EDGE_S)
    if still.shape[1]:
        shapes = _normalised(still)
        clear &= shapes @ _normalised(shapes.mean(axis=0, keepdims=True))[0] >= LEAST_LIKENESS
    units_told, units_tried = _told(units, seconds, seconds % 10, clear)
    tens_told, tens_tried = _told(tens, seconds, seconds // 10 % 6, clear)
    read = units_told & np.where(tens_tried, tens_told, False)
    spoken = {int(second) for second in seconds[units_tried]}
    right = {second for second in spoken if 2 * int(units_told[seconds == second].sum())
             > int(units_tried[seconds == second].sum())}  # fmt: skip
    if len(spoken) < LEAST_SECONDS or _tail(len(right), len(spoken), 0.1) > MOST_CHANCE:
        read = np.zeros(len(time_s), bool)
    return Cycle(read, len(spoken), len(right))


def _told(
    cells: Values, seconds: NDArray[np.int64], wanted: NDArray[np.int64], clear: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the likeliest numeral, by the means of all other seconds, is the wanted one; and where that was asked.

    Sums by second and numeral make leaving one second out a subtraction.
    """
    shapes = _normalised(cells)
    names = sorted(set(wanted[clear].tolist()))
    sums = np.stack([shapes[clear & (wanted == name)].sum(axis=0) for name in names]) if names else shapes[:0]
    told, tried = np.zeros(len(cells), bool), np.zeros(len(cells), bool)
    for second in sorted(set(seconds[clear].tolist())):
        at = np.flatnonzero(clear & (seconds == second))
        own = names.index(int(wanted[at[0]]))
        means = sums.copy()
        means[own] -= shapes[at].sum(axis=0)
        lengths = np.linalg.norm(means, axis=1)
        if lengths[own] < 1e-3 or int((lengths > 1e-3).sum()) < 2:
            continue
        scores = shapes[at] @ (means / np.maximum(lengths, 1e-3)[:, None]).T
        scores[:, lengths <= 1e-3] = -np.inf
        tried[at] = True
        told[at] = scores.argmax(axis=1) == own
    return told, tried


def _normalised(cells: Values) -> Values:
    """Without the mean and with length one: contrast drifts over a recording, shapes do not."""
    centred = cells - cells.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6), np.float32)


def _tail(hits: int, tried: int, chance: float) -> float:
    """P(at least ``hits`` of ``tried``) for independent guesses (binomial)."""
    return sum(
        exp(
            lgamma(tried + 1)
            - lgamma(k + 1)
            - lgamma(tried - k + 1)
            + k * log(chance)
            + (tried - k) * log(1 - chance)
        )
        for k in range(hits, tried + 1)
    )
