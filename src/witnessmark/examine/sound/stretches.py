"""From single changes of background to what they tell: a stretch that is not of a piece with its surroundings.

A fall that is undone later means that the background was absent in between, and nothing that is added to a
recording can do that. Noise suppressors and gates can: they press a background down whenever nobody speaks. A
stretch that begins after a voice, ends before one and holds none is therefore called ``gate``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.sound.background import Edge
from witnessmark.examine.sound.spectra import decibels

SHARP = 0.6
"""Done within four frames (about 0.1 s) to this share: machines run down and people walk more slowly."""
BLURRED = 0.3
"""A voice over one edge may hide how sudden it was; then the other must be SHARP."""
BACK_SHARE = 0.5
"""After the second edge, floors are back to within this share of the change."""
FEWEST_COMMON = 3
FEWEST_EITHER = 2
"""Bands that fall and bands that rise, each, for another place or microphone."""
LONGEST_S = 600.0
CONTEXT_S = 8.0
LOWEST_SHARE = 0.02
DEPTH_DB = 4.0
"""What is inside must lie this far below the *lowest* the background reaches within eight seconds of it: dense talk
that stops for a while uncovers a floor that its own short gaps touch."""
HABIT = 3
"""More such stretches than this are how the recorder works (gates, suppressors, discontinuous transmission)."""
ACTIVE_DB = 10.0
ACTIVE_SHARE = 0.05
GATE_SHARE = 0.6
"""A gate presses down the whole band; a filter takes a part."""
GATE_DB = 3.0
REACH_BEFORE_S = 0.6
"""Hold time of suppressors after a voice (ITU-T G.160 §6 allows for hang-over of this order)."""
REACH_AFTER_S = 0.4

GONE, OTHER, LOUDER, SOFTER, ADDED, GATE = "gone", "other", "louder", "softer", "added", "gate"


@dataclass(frozen=True, slots=True)
class Stretch:
    """``first`` and ``end`` in frames; equal where there is one edge only."""

    what: str
    first: int
    end: int
    edges: tuple[Edge, ...]
    depth_db: float = 0.0
    """How far below the lowest of its surroundings it lies, over the bands that fall; 0 for one edge."""

    @property
    def is_sharp(self) -> bool:
        sharp = [edge.sharpness for edge in self.edges]
        return max(sharp) >= SHARP and min(sharp) >= BLURRED

    @property
    def is_told(self) -> bool:
        """Whether nothing that happens before a microphone is likely to have made it."""
        if not self.is_sharp:
            return False
        if len(self.edges) == 2:
            return self.what in (GONE, OTHER) and self.depth_db >= DEPTH_DB
        return self.what == OTHER


def find_stretches(edges: tuple[Edge, ...], levels: NDArray[np.uint8], frame_s: float) -> tuple[Stretch, ...]:
    """Pair what undoes each other, nearest first; what stays alone is told alone."""
    found: list[Stretch] = []
    used: set[int] = set()
    for reach in range(1, 4):
        for i in range(len(edges) - reach):
            j = i + reach
            if i in used or j in used or (edges[j].frame - edges[i].frame) * frame_s > LONGEST_S:
                continue
            if _undoes(edges[i], edges[j]):
                used |= {i, j}
                found.append(_pair(edges[i], edges[j], levels, frame_s))
    for k, edge in enumerate(edges):
        if k not in used:
            found.append(_alone(edge))
    return tuple(sorted(found, key=lambda s: s.first))


def _undoes(first: Edge, second: Edge) -> bool:
    a, b = np.asarray(first.deltas_db), np.asarray(second.deltas_db)
    common = ~np.isnan(a) & ~np.isnan(b)
    fewest = min(FEWEST_COMMON, int((~np.isnan(a)).sum()))
    if int(common.sum()) < max(2, fewest):
        return False
    off = float(np.median(np.abs(a[common] + b[common])))
    return off <= BACK_SHARE * float(np.median(np.abs(a[common])))


def _pair(first: Edge, second: Edge, levels: NDArray[np.uint8], frame_s: float) -> Stretch:
    fallen, risen = first.fallen, first.risen
    if fallen == 0:
        what = ADDED
    elif risen == 0 and fallen >= GATE_SHARE * first.steady and _is_gate(first, second, levels, frame_s):
        what = GATE
    else:
        what = OTHER if min(fallen, risen) >= FEWEST_EITHER else GONE
    depth = _depth_db(first, second, levels, frame_s) if fallen else 0.0
    return Stretch(what, first.frame, second.frame, (first, second), depth)


def _depth_db(one: Edge, two: Edge, levels: NDArray[np.uint8], frame_s: float) -> float:
    chosen = np.flatnonzero(np.nan_to_num(np.asarray(one.deltas_db)) < 0)
    reach, margin = round(CONTEXT_S / frame_s), 3
    sides = (
        levels[max(0, one.frame - reach) : max(0, one.frame - margin)],
        levels[two.frame + margin : two.frame + reach],
    )
    inside = levels[one.frame + margin : two.frame - margin]
    if len(inside) < margin or min(map(len, sides)) < margin:
        return 0.0
    lowest = np.min([np.quantile(_three(side[:, chosen]), LOWEST_SHARE, axis=0) for side in sides], axis=0)
    return float(np.median(lowest - np.quantile(_three(inside[:, chosen]), 0.25, axis=0)))


def _three(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Means of three frames, as the changes were found with."""
    held = decibels(levels)
    return np.asarray((held[:-2] + held[1:-1] + held[2:]) / 3, dtype=np.float32)


def _alone(edge: Edge) -> Stretch:
    if min(edge.fallen, edge.risen) >= FEWEST_EITHER:
        what = OTHER
    else:
        what = SOFTER if edge.fallen else LOUDER
    return Stretch(what, edge.frame, edge.frame, (edge,))


def _is_gate(one: Edge, two: Edge, levels: NDArray[np.uint8], frame_s: float) -> bool:
    """Whether it is softer inside with nothing but the floor, and a voice ends right before and begins right after."""
    first, end = one.frame, two.frame
    whole = decibels(levels[:, -1])
    margin = 4
    inside = whole[first + margin : end - margin]
    if len(inside) < 2 * margin:
        return False
    before = whole[max(0, first - round(REACH_BEFORE_S / frame_s)) : first]
    after = whole[end : end + round(REACH_AFTER_S / frame_s)]
    quiet = float((inside > np.median(inside) + ACTIVE_DB).mean()) <= ACTIVE_SHARE
    reach = round(4.0 / frame_s)
    floor_before = _floor(whole[max(0, first - reach) : first])
    floor_after = _floor(whole[end : end + reach])
    softer = float(np.median(inside)) <= min(floor_before, floor_after) - GATE_DB
    return (
        quiet
        and softer
        and len(before) > 0
        and len(after) > 0
        and float(before.max()) > floor_before + ACTIVE_DB
        and float(after.max()) > floor_after + ACTIVE_DB
    )


def _floor(part: NDArray[np.float32]) -> float:
    return float(np.quantile(part, 0.1)) if len(part) else 0.0
