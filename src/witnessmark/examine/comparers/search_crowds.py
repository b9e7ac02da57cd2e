"""Many recordings of one place: pairs of them are looked at only where what *moves* has met in a table too.

A fixed camera makes every pair of its recordings a candidate; a thousand recordings would be half a million pairs. In
such a crowd hashes are taken of the moving part alone (the picture less what stands, ``matching_motion``), as it is and
mirrored, and sorted into tables of their own. Within a crowd, copies that were cut or turned otherwise can be missed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.comparers.matching_motion import CELLS, Seen
from witnessmark.examine.comparers.matching_views import MIRRORED, View, turned
from witnessmark.examine.fingerprint import Fingerprint
from witnessmark.examine.fingerprint.hashing import coefficients

CROWD_PARTNERS = 24
"""Recordings with more partners than this are of a crowd."""
MOTION_STEP_S = 0.5
LEAST_WEIGHT = 0.5
MOTION_TABLES, MOTION_KEY_BITS = 16, 14
LOW_SIDE = 6
"""Frequencies of the moving part that keys are drawn from, each way: 36 bits."""
LEAST_MEETINGS = 3
"""Moments that must meet, at one distance in time."""
MOST_IN_GROUP = 64
SEED = 1998


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair that may share footage, and how. ``a`` and ``b`` are numbers of recordings."""

    a: int
    b: int
    views: tuple[View, ...]
    votes: int
    is_weak: bool = False
    """A few pictures at the edge of likeness: looked at at the plain speed only."""


def without_crowds(prints: Mapping[int, Fingerprint], found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates, less pairs within a crowd whose motion never met."""
    partners = Counter(number for one in found if not one.is_weak for number in (one.a, one.b))
    crowd = {number for number, many in partners.items() if many > CROWD_PARTNERS}
    if not crowd:
        return tuple(found)
    met = _met(prints, sorted(crowd))
    return tuple(one for one in found if one.a not in crowd or one.b not in crowd or (one.a, one.b) in met)


def _met(prints: Mapping[int, Fingerprint], crowd: Sequence[int]) -> set[tuple[int, int]]:
    """Pairs of the crowd with enough moments in common groups, at one distance in time."""
    plain, mirror, owner, step = [], [], [], []
    for number in crowd:
        moments, keys, keys_mirrored = _keys(prints[number])
        plain.append(keys)
        mirror.append(keys_mirrored)
        owner.append(np.full(len(moments), number, np.int64))
        step.append(moments)
    rows, asked = np.concatenate(plain), np.concatenate([*plain, *mirror])
    owners, steps = np.concatenate(owner), np.concatenate(step)
    asked_owner, asked_step = np.concatenate([owners, owners]), np.concatenate([steps, steps])
    is_mirrored = np.repeat([0, 1], len(owners))
    meetings: list[NDArray[np.int64]] = []
    for table in range(MOTION_TABLES):
        order = np.argsort(rows[:, table], kind="stable")
        held = rows[order, table]
        low = np.searchsorted(held, asked[:, table], "left")
        many = np.searchsorted(held, asked[:, table], "right") - low
        many[many > MOST_IN_GROUP] = 0
        which = np.repeat(np.arange(len(asked)), many)
        within = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
        row = order[np.repeat(low, many) + within]
        a, b = asked_owner[which], owners[row]
        keep = a < b
        lag = (asked_step[which] - steps[row])[keep]
        meetings.append(
            np.stack([a[keep], b[keep], lag, is_mirrored[which][keep], asked_step[which][keep]], axis=1)
        )
    # A moment counts once however many tables it met in.
    moments = np.unique(np.concatenate(meetings), axis=0)
    lines, many = np.unique(moments[:, :4], axis=0, return_counts=True)
    return {(int(a), int(b)) for a, b, _, _ in lines[many >= LEAST_MEETINGS]}


def _keys(held: Fingerprint) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Steps at which enough moves, and their keys in every table: as they are, and mirrored."""
    seen = Seen(held, None, np.ones((CELLS, CELLS), bool), MOTION_STEP_S).series(MOTION_STEP_S)
    chosen = np.flatnonzero(seen.weight >= LEAST_WEIGHT)
    moving = seen.motion[chosen].reshape(-1, CELLS, CELLS)
    rng = np.random.default_rng(SEED)
    groups = np.stack([rng.permutation(LOW_SIDE**2)[:MOTION_KEY_BITS] for _ in range(MOTION_TABLES)])
    made = []
    for pictures in (moving, turned(moving, MIRRORED)):
        low = coefficients(pictures)[:, :LOW_SIDE, :LOW_SIDE].reshape(-1, LOW_SIDE**2) > 0
        made.append(low[:, groups].astype(np.int64) @ (1 << np.arange(MOTION_KEY_BITS)))
    return chosen.astype(np.int64), made[0], made[1]
