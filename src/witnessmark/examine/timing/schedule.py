"""How an encoder spaces its key pictures, and which of them fall out of that."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from witnessmark.examine.timing.spacing import Times

FEWEST_GROUPS = 4
STRICT_SHARE = 0.75
"""Share of groups of one length from which on an encoder counts to its key pictures; encoders that also place them
where the scene changes keep the rest."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Lengths of groups of pictures in one stream."""

    key_pts: tuple[int, ...]
    """Presentation times of all key pictures, in order."""
    usual: int
    """Pictures in most groups; 0 where no length is usual, 1 where every picture is a key picture."""
    off: tuple[int, ...]
    """Times of key pictures before which a group has another length."""

    @property
    def is_strict(self) -> bool:
        return self.usual > 1


def key_schedule(presented: Times, keys: Sequence[int]) -> Schedule:
    """``presented``: times of all pictures, in order; ``keys``: those of the key pictures, in any order."""
    ordered = sorted(keys)
    places = np.searchsorted(presented, np.asarray(ordered, dtype=np.int64))
    lengths = [int(b - a) for a, b in itertools.pairwise(places)]
    if len(lengths) < FEWEST_GROUPS:
        return Schedule(tuple(ordered), 0, ())
    usual, count = Counter(lengths).most_common(1)[0]
    if count < STRICT_SHARE * len(lengths):
        return Schedule(tuple(ordered), 0, ())
    off = tuple(ordered[k + 1] for k, length in enumerate(lengths) if length != usual)
    return Schedule(tuple(ordered), usual, off)
