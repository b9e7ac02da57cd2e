"""Which picture stands where: anchors, stretches of B pictures between them, and the file's own groups.

An *anchor* is an I or P picture; a *stretch* is an anchor with the B pictures shown before it. Pictures of one kind
of stretch and one place in it are coded alike, so they are compared with each other only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

REGULAR_SHARE = 0.6
"""Share of steps that must be the usual one: scene cuts put key pictures between."""


def anchors(types: str) -> NDArray[np.int64]:
    """Numbers of the I and P pictures, in order of display."""
    return np.array([at for at, letter in enumerate(types) if letter in "IP"], dtype=np.int64)


def places(count: int, at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Kind of each of ``count`` pictures: length of its stretch between the anchors ``at``, and its place in it."""
    kinds = np.zeros(count, dtype=np.int64)
    start = 0
    for anchor in at:
        length = int(anchor) + 1 - start
        kinds[start : anchor + 1] = length * (count + 1) + np.arange(length)
        start = int(anchor) + 1
    return kinds


def since_key(types: str) -> NDArray[np.int64]:
    """Pictures since the last key picture."""
    at = np.arange(len(types))
    is_key = np.array([letter == "I" for letter in types], dtype=bool)
    return at - np.maximum.accumulate(np.where(is_key, at, 0))


def own_period(types: str) -> int | None:
    """Length of the file's own groups, where most key pictures keep one."""
    return usual_step(np.array([at for at, letter in enumerate(types) if letter == "I"], dtype=np.int64))


def usual_step(at: NDArray[np.int64]) -> int | None:
    """The step that most of ``at`` keep; None where there is none."""
    steps = np.diff(at)
    if len(steps) < 2:
        return None
    usual = int(np.median(steps))
    return usual if usual > 1 and float(np.mean(steps == usual)) >= REGULAR_SHARE else None
