"""Which recordings show the same footage, and where: from their fingerprints alone.

Candidates come from hashes (``search_candidates``); a pair becomes a match only by motion that agrees over time
(``matching_pair``). A place that looks the same without that is told apart as ``SameScene``.

``prints`` may be any Mapping, also one that reads fingerprints as they are asked for: each is read for the tables, for
its questions, and for candidate pairs in sorted order; the last ``AT_HAND`` are kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from witnessmark.examine.comparers.matching_motion import STEP_S
from witnessmark.examine.comparers.matching_pair import Laid, Pair
from witnessmark.examine.comparers.matching_words import matched
from witnessmark.examine.comparers.search_candidates import candidates
from witnessmark.examine.comparers.segments import Compared, Match, SameScene
from witnessmark.examine.fingerprint import Fingerprint
from witnessmark.examine.fingerprint.hashing import USABLE
from witnessmark.model.findings import Measurement

METHOD, VERSION = "copies", "1.0.0"
"""Of matching as a whole, fingerprints apart: another version makes every recording new to a comparison."""
SCENE_ALIKE = 0.85
"""Median correlation of pictures from which two recordings are told to show the same place."""
Clock = Sequence[tuple[float, float]]
"""Readings of a burned-in clock: (seconds of the file, seconds that the clock shows), two or more, rising."""
LEAST_WEAK_SUM_S = 0.3
"""Of a weak candidate, on a grid of half the fineness: half of what a match needs."""
AT_HAND = 256
"""Fingerprints kept in memory at a time: some tens of MiB of minute-long recordings."""
CLOCK_APART_S = 3.0
"""Clocks of one moment differ by no more than reading them does."""


def compare(
    prints: Mapping[str, Fingerprint],
    *,
    new: frozenset[str] | None = None,
    clocks: Mapping[str, Clock] | None = None,
) -> tuple[Match, ...]:
    """Pairs that show the same footage, sorted by ids. ``new``: only pairs with one of these ids (incremental).

    ``clocks``: what burned-in clocks say, where they were read: pictures of one place whose clocks differ are not the
    same moments, whatever moves alike; where nearly nothing moves, the same place at the same reading is enough.
    """
    return compare_all(prints, new=new, clocks=clocks).matches


def compare_all(
    prints: Mapping[str, Fingerprint],
    *,
    new: frozenset[str] | None = None,
    clocks: Mapping[str, Clock] | None = None,
) -> Compared:
    """As ``compare``, with the pairs of one scene that are no copies and the files that cannot be compared."""
    ids = sorted(prints)
    numbered = _Numbered(prints, ids)
    unusable = tuple(one for k, one in enumerate(ids) if not np.any(numbered[k].quality >= USABLE))
    chosen = None if new is None else frozenset(k for k, one in enumerate(ids) if one in new)
    found = candidates(numbered, range(len(ids)), chosen)
    matches: list[Match] = []
    scenes: list[SameScene] = []
    for candidate in found:
        one, other = ids[candidate.a], ids[candidate.b]
        a, b = numbered[candidate.a], numbered[candidate.b]
        if candidate.is_weak and Pair(a, b, 2 * STEP_S).best_sum(candidate.views) < LEAST_WEAK_SUM_S:
            continue
        laid = Pair(a, b).laid(candidate.views, quick=candidate.is_weak)
        between = _clocks_between(laid, (clocks or {}).get(one), (clocks or {}).get(other))
        apart = between if between is not None and between > CLOCK_APART_S else None
        one_moment = between is not None and apart is None
        if apart is None and (laid.is_match or (one_moment and laid.is_one_place)):
            match = matched(one, other, a, b, laid, clocks_apart_s=between)
            if match is not None:
                matches.append(match)
        elif laid.scene_alike >= SCENE_ALIKE:
            scenes.append(_scene(one, other, laid, apart))
    return Compared(tuple(matches), tuple(scenes), unusable)


class _Numbered(Mapping[int, Fingerprint]):
    """The fingerprints by number; those that were asked for last are at hand."""

    def __init__(self, prints: Mapping[str, Fingerprint], ids: Sequence[str]) -> None:
        self._prints, self._ids = prints, ids
        self._last: OrderedDict[int, Fingerprint] = OrderedDict()

    def __getitem__(self, number: int) -> Fingerprint:
        if number in self._last:
            self._last.move_to_end(number)
        else:
            self._last[number] = self._prints[self._ids[number]]
            if len(self._last) > AT_HAND:
                self._last.popitem(last=False)
        return self._last[number]

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self._ids)))

    def __len__(self) -> int:
        return len(self._ids)


def _clocks_between(laid: Laid, one: Clock | None, other: Clock | None) -> float | None:
    """Seconds by which the clocks differ where the segments lie; None where one of them was not read."""
    if not one or not other or not laid.segments:
        return None
    longest = max(laid.segments, key=lambda segment: segment.a_length_s)
    at_a = (longest.a_start_s + longest.a_end_s) / 2
    at_b = (longest.b_start_s + longest.b_end_s) / 2
    return abs(_reading(one, at_a) - _reading(other, at_b))


def _reading(clock: Clock, at_s: float) -> float:
    """Reading at a time, carried on at one second per second from the nearest reading."""
    file_s, shown_s = min(clock, key=lambda reading: (abs(reading[0] - at_s), reading[0]))
    return shown_s + at_s - file_s


def _scene(one: str, other: str, laid: Laid, apart: float | None) -> SameScene:
    if apart is not None:
        why = (
            f"The pictures and what moves in them are alike, but the clocks in the picture differ by {apart:.0f} s: "
            "the same place at another time."
        )
    else:
        why = "The pictures are alike, but nothing that moves in them shows that they hold the same moments."
    measured = {"picture_correlation": Measurement(round(laid.scene_alike, 3))}
    if apart is not None:
        measured["clocks_apart_s"] = Measurement(round(apart, 1), "s")
    return SameScene(one, other, why, measured)


__all__ = ["METHOD", "VERSION", "Clock", "compare", "compare_all"]
