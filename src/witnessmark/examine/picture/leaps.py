"""Where bodies vanish from one place of a fixed camera and stand at another at once, without passing between.

A body that moves replaces what blocks show along its edges, and the blocks around were replaced just before and will
be just after. At a cut whole bodies go at once: where they stood something is replaced and then nothing near moves any
more (*fell to rest*), and where they stand now something is replaced though nothing near had moved (*rose from rest*).
Motion of other people, however much, is next to itself in time and counts for neither.

It is held against the file's own habit: a key picture of this or of an earlier encoding, a screen or a blinking lamp
does the same again and again, and a step that has its like elsewhere in the file is left aside.
Source: block changes against motion as in Zhang, Kankanhalli, Smoliar, Automatic partitioning of full-motion video,
Multimedia Systems 1(1), 1993, §3.2; the test of what lies beside a block before and after is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.picture.synchrony import (
    KEY_FACTOR,
    MOST_CHANGED,
    NOISE_FACTOR,
    QUARTERS,
    SIDE,
)

LEAST_GREY = 3.0
"""Least change of structure of a block that counts, grey levels."""
BESIDE_STEPS = 2
"""Steps before (after) in which nothing near may move: an encoder leaves out one picture of a motion, seldom two."""
MOSTLY_KEYS = 0.5
"""Above this share of key pictures none refreshes anything (intra-only codecs)."""
WEAK_BLOCKS, MODERATE_BLOCKS = 10, 14
"""Blocks that rise from rest or fall to rest. Of 465 innocent takes (fixed cameras, rests, dark and coarse rooms) none
has a step alone in its file with more than 11 (the choosing half)."""
FEWEST_EACH = 2
"""Of each of the two for more than a weak answer: a body alone that stops or sets out gives one of them."""
FEWEST_ROWS = 3
"""Rows of blocks over which they spread: a line of text covers two."""
STANDS_OUT = 0.8
"""Replaced blocks at this step over the most at any step within ``NEIGHBOURS``."""
NEIGHBOURS = 8
LIKE = 0.5
"""Another step of the file is like this one from half as many blocks."""


@dataclass(frozen=True, slots=True)
class Leap:
    """A step at which bodies leap."""

    index: int
    """First picture after it."""
    rose: int
    fell: int
    level: int
    """1 weak, 2 moderate."""


def find_leaps(
    changes: NDArray[np.uint8], replaced: NDArray[np.bool_], grid: tuple[int, int], keys: NDArray[np.bool_]
) -> tuple[Leap, ...]:
    """Every such step, in order. ``changes``: (pictures, blocks) in quarters of a grey level; ``replaced``: the same
    shape, which blocks show something else; ``keys``: which pictures are key pictures."""
    if len(changes) < 2 * SIDE:
        return ()
    bound = np.maximum(LEAST_GREY * QUARTERS, NOISE_FACTOR * np.median(changes, axis=0))
    moved = replaced & (changes >= bound)
    _leave_out_refreshes(moved, changes, keys)
    places = moved.reshape(len(changes), *grid)
    near = _spread(places)
    before, after = np.zeros_like(near), np.zeros_like(near)
    for steps in range(1, BESIDE_STEPS + 1):
        before[steps:] |= near[:-steps]
        after[:-steps] |= near[steps:]
    rose, fell = (places & ~before).sum((1, 2)), (places & ~after).sum((1, 2))
    count, both = moved.sum(axis=1), rose + fell
    likely = (both >= WEAK_BLOCKS) & (places.any(axis=2).sum(axis=1) >= FEWEST_ROWS)
    likely &= count <= MOST_CHANGED * changes.shape[1]
    found: list[Leap] = []
    for t in map(int, np.flatnonzero(likely)):
        beside = np.delete(count[max(0, t - NEIGHBOURS) : t + NEIGHBOURS + 1], min(t, NEIGHBOURS))
        elsewhere = np.delete(both, np.s_[max(0, t - BESIDE_STEPS) : t + BESIDE_STEPS + 1])
        if count[t] < STANDS_OUT * beside.max(initial=0) or (elsewhere >= LIKE * both[t]).any():
            continue
        clear = both[t] >= MODERATE_BLOCKS and min(rose[t], fell[t]) >= FEWEST_EACH
        level = 2 if clear and SIDE < t < len(changes) - SIDE else 1
        found.append(Leap(t, int(rose[t]), int(fell[t]), level))
    return tuple(found)


def _leave_out_refreshes(
    moved: NDArray[np.bool_], changes: NDArray[np.uint8], keys: NDArray[np.bool_]
) -> None:
    """On key pictures only blocks that change far more than key pictures usually make them; none where that is not
    known."""
    if keys.mean() > MOSTLY_KEYS:
        return
    places = np.flatnonzero(keys)
    places = places[places > 0]
    if len(places) < 2:
        moved[places] = False
    else:
        moved[places] &= changes[places] >= KEY_FACTOR * np.median(changes[places], axis=0)


def _spread(places: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """With the eight neighbours of every block."""
    out = places.copy()
    out[:, 1:] |= places[:, :-1]
    out[:, :-1] |= places[:, 1:]
    rows = out.copy()
    out[:, :, 1:] |= rows[:, :, :-1]
    out[:, :, :-1] |= rows[:, :, 1:]
    return out
