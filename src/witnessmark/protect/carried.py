"""Masks of one copy laid over another copy of the same pictures.

What one release hid stays hidden in every copy of the footage, however it was scaled, mirrored or cut. Two copies are
never laid over each other to the pixel or the picture: so boxes are taken together over a while, and widened by what
the comparison of copies cannot see (``UNSEEN_SHARE``). Where the way from one picture to the other is not known, the
whole picture is hidden.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from witnessmark.model.redaction import Box, Hidden, KeyBox, MadeBy, Track, TrackState
from witnessmark.model.relations import Segment

STEP_S = 0.25
"""A carried track has a key box this often."""
LOOSE_S = 1.0
"""How far the time of a copy may be off: segments are found to half a second, and their ends as players show them."""
UNSEEN_SHARE = 0.05
"""Share of a side: a cut or a border below 3.5 % is not told by the comparison (examine/comparers/matching_words)."""
WHOLE_ID = "whole"
KEEPS_PLACES = frozenset({"brightness", "greyscale", "logo", "resized", "speed", "stretched", "mirrored"})
"""Changes after which a place in one picture is known in the other. After any other one (a cut, a frame, a turn) it is
not, and the whole picture is hidden."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of one stream: size, and the second at which each of some of them stands, in rising order."""

    stream: int
    width_px: int
    height_px: int
    known: tuple[tuple[int, float], ...]
    """(ordinal, seconds); at least one."""
    step_s: float
    """From one picture to the next, beyond what is known."""

    def seconds(self, ordinal: int) -> float:
        return _between(self.known, ordinal, self.step_s)

    def ordinal(self, at_s: float) -> float:
        return _between(tuple((s, n) for n, s in self.known), at_s, 1.0 / self.step_s)


def _between(points: Sequence[tuple[float, float]], x: float, slope: float) -> float:
    """Straight between two known points, and on by ``slope`` beyond them."""
    at = bisect_left(points, x, key=lambda point: point[0])
    if at == 0 or at == len(points):
        x0, y0 = points[0 if at == 0 else -1]
        return y0 + (x - x0) * slope
    (x0, y0), (x1, y1) = points[at - 1], points[at]
    return y0 if x1 <= x0 else y0 + (x - x0) * (y1 - y0) / (x1 - x0)


def carried(
    tracks: Sequence[Track], here: Pictures, there: Pictures, segment: Segment, transform: Sequence[str]
) -> tuple[Track, ...]:
    """The tracks of one copy (``here``: the ``from`` side of the segment) as tracks of the other (``there``).

    They hide at least what the tracks hide, for ``LOOSE_S`` longer at both ends. Tracks outside the segment are left
    out; rejected ones hide nothing and are left out too.
    """
    made = []
    for track in tracks:
        if track.state is TrackState.REJECTED or track.stream != here.stream:
            continue
        keys = _keys(track, here, there, segment, frozenset(transform))
        if keys:
            made.append(
                Track(track.track_id, track.what, keys, TrackState.CONFIRMED, track.made_by, track.note)
            )
    return tuple(made)


def whole(there: Pictures, segment: Segment) -> Track:
    """The whole picture, for as long as the copy shares it: where nothing else is known of what was hidden."""
    start_s, end_s = sorted((segment.to_start_s, segment.to_end_s))
    first = max(0, int(there.ordinal(start_s - LOOSE_S)))
    last = max(first + 1, int(there.ordinal(end_s + LOOSE_S)) + 1)
    box = Box(0, 0, there.width_px, there.height_px)
    keys = (KeyBox(there.stream, first, None, box), KeyBox(there.stream, last, None, box))
    return Track(WHOLE_ID, Hidden.FREE, keys, TrackState.CONFIRMED, MadeBy.MACHINE)


def _keys(
    track: Track, here: Pictures, there: Pictures, segment: Segment, transform: frozenset[str]
) -> tuple[KeyBox, ...]:
    start_s = max(here.seconds(track.first), segment.from_start_s) - LOOSE_S
    end_s = min(here.seconds(track.last), segment.from_end_s) + LOOSE_S
    if end_s - start_s < 2 * LOOSE_S:
        return ()
    keys: dict[int, Box] = {}
    at_s = start_s
    while True:
        seen = _seen_around(track, here, at_s)
        if seen is not None:
            box = _moved(seen, here, there, transform)
            ordinal = max(0, round(there.ordinal(_across(segment, at_s))))
            keys[ordinal] = box if ordinal not in keys else _hull(keys[ordinal], box)
        if at_s >= end_s:
            break
        at_s = min(at_s + STEP_S, end_s)
    return tuple(KeyBox(there.stream, ordinal, None, box) for ordinal, box in sorted(keys.items()))


def _across(segment: Segment, at_s: float) -> float:
    length_s = segment.from_end_s - segment.from_start_s
    speed = (segment.to_end_s - segment.to_start_s) / length_s if length_s > 0 else 1.0
    return segment.to_start_s + (at_s - segment.from_start_s) * speed


def _seen_around(track: Track, here: Pictures, at_s: float) -> Box | None:
    """Hull of the boxes from ``LOOSE_S`` before to ``LOOSE_S`` after; at its ends, of the nearest."""
    first = min(max(track.first, int(here.ordinal(at_s - LOOSE_S))), track.last)
    last = max(min(track.last, int(here.ordinal(at_s + LOOSE_S)) + 1), track.first)
    hull: Box | None = None
    wanted = {first, last} | {key.ordinal for key in track.keys if first < key.ordinal < last}
    for ordinal in wanted:  # between keys a box moves evenly, so keys and ends hold the outermost places
        box = track.box_at(ordinal)
        if box is not None:
            hull = box if hull is None else _hull(hull, box)
    return hull


def _hull(one: Box, other: Box) -> Box:
    return Box(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
    )


def _moved(box: Box, here: Pictures, there: Pictures, transform: frozenset[str]) -> Box:
    whole = Box(0, 0, there.width_px, there.height_px)
    if not transform <= KEEPS_PLACES:
        return whole
    left, right = box.left / here.width_px - UNSEEN_SHARE, box.right / here.width_px + UNSEEN_SHARE
    top, bottom = box.top / here.height_px - UNSEEN_SHARE, box.bottom / here.height_px + UNSEEN_SHARE
    if "mirrored" in transform:
        left, right = 1.0 - right, 1.0 - left
    scaled = Box(
        int(left * there.width_px) - 1,
        int(top * there.height_px) - 1,
        int(right * there.width_px) + 2,
        int(bottom * there.height_px) + 2,
    )
    return scaled.clipped(there.width_px, there.height_px) or whole
