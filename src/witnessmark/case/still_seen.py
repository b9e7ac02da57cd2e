"""What the second look found in a public video, laid against what a person has decided.

One find in one picture at a low chance is a leaf or a fold more often than a face. Finds near each other in place and
time are one sighting; it blocks a release where its best chance is high or it was seen again and again. What lies under
a track that a person rejected (a poster), or in a stretch that a person cleared, has been looked at already.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from witnessmark.case.redaction_results import StillSeen
from witnessmark.model.doubts import Doubt, Stretch
from witnessmark.model.redaction import Box, PublicMap, TrackState
from witnessmark.model.redaction_record import Redaction

SURE = 0.5
AGAIN = 3
"""A sighting blocks from this chance on, or when it was found in so many looks."""
ONCE = 1
"""Of a picture that is looked at once alone: there is no second look to wait for, so that every find blocks."""
APART_S = 1.0
"""Finds further apart in time are two sightings."""
ROOM = 0.5
"""What a person is asked to look at is so much wider on each side: the next video is coded otherwise, and its find lies
a little beside."""
INSIDE_SHARE = 0.5
"""Share of a find's area that must lie in what a person has looked at."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A face still to be seen. Numbers count public pictures; the box is where it was surest, in public pixels."""

    first: int
    last: int
    box: Box
    score: float
    looks: int
    enough: int = AGAIN
    """From so many looks on it blocks, whatever its chance."""

    @property
    def blocks(self) -> bool:
        return self.score >= SURE or self.looks >= self.enough

    def to_json(self) -> dict[str, object]:
        return {
            "first": self.first,
            "last": self.last,
            "box": self.box.to_json(),
            "score": round(self.score, 3),
            "looks": self.looks,
            "blocks": self.blocks,
        }


def sightings(
    found: Sequence[StillSeen], laid: PublicMap, redaction: Redaction, *, enough: int = AGAIN
) -> tuple[Sighting, ...]:
    """Finds that nobody has decided on, grouped; those that block come first."""
    groups: list[list[StillSeen]] = []
    apart = max(1, round(APART_S * float(laid.rate)))
    for face in sorted(found, key=lambda face: face.number):
        if _decided(face, laid, redaction):
            continue
        for group in groups:
            if face.number - group[-1].number <= apart and _shared(group[-1].box, face.box) > 0:
                group.append(face)
                break
        else:
            groups.append([face])
    made = []
    for group in groups:
        best = max(group, key=lambda face: face.score)
        looks = len({face.number for face in group})
        made.append(Sighting(group[0].number, group[-1].number, best.box, best.score, looks, enough))
    return tuple(sorted(made, key=lambda s: (not s.blocks, s.first)))


def to_be_cleared(seen: Sequence[Sighting], laid: PublicMap, redaction: Redaction) -> tuple[Stretch, ...]:
    """What blocks, as stretches for a person to look at; those that stand there already are not said twice."""
    made = []
    for sighting in seen:
        if not sighting.blocks:
            continue
        shown = laid.frames[min(sighting.first, len(laid.frames) - 1)]
        until = laid.frames[min(sighting.last, len(laid.frames) - 1)]
        apart = max(1, round(APART_S * float(laid.rate)))
        box = raw_box(sighting.box, laid).widened(ROOM).clipped(redaction.width_px, redaction.height_px)
        first, last = max(0, shown.ordinal - apart), min(redaction.pictures - 1, until.ordinal + apart)
        is_known = any(
            stretch.doubt is Doubt.POSSIBLE_FACE
            and not stretch.cleared
            and stretch.box is not None
            and box is not None
            and stretch.first <= shown.ordinal <= stretch.last
            and _shared(stretch.box, box) > 0
            for stretch in redaction.stretches
        )
        if not is_known:
            made.append(
                Stretch(
                    stretch_id=str(uuid.uuid4()),
                    doubt=Doubt.POSSIBLE_FACE,
                    stream=redaction.stream,
                    first=first,
                    last=last,
                    first_pts=shown.pts,
                    last_pts=until.pts,
                    box=box,
                )
            )
    return tuple(made)


def _decided(face: StillSeen, laid: PublicMap, redaction: Redaction) -> bool:
    if face.number >= len(laid.frames):
        return False
    ordinal = laid.frames[face.number].ordinal
    box = raw_box(face.box, laid)
    area = box.width * box.height
    for track in redaction.tracks:
        if track.state is TrackState.REJECTED:
            there = track.box_at(ordinal)
            if there is not None and _shared(there, box) >= INSIDE_SHARE * area:
                return True
    return any(
        stretch.cleared
        and stretch.box is not None
        and stretch.first <= ordinal <= stretch.last
        and _shared(stretch.box, box) >= INSIDE_SHARE * area
        for stretch in redaction.stretches
    )


def raw_box(box: Box, laid: PublicMap) -> Box:
    """From the public picture back to the raw grid: turned back, then scaled."""
    width, height = laid.width_px, laid.height_px
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    for _ in range(laid.quarter_turns % 4):  # one quarter turn counter-clockwise each
        left, top, right, bottom = top, width - right, bottom, width - left
        width, height = height, width
    across, down = laid.raw_width_px / width, laid.raw_height_px / height
    return Box(int(left * across), int(top * down), int(right * across) + 1, int(bottom * down) + 1)


def _shared(a: Box, b: Box) -> int:
    across = min(a.right, b.right) - max(a.left, b.left)
    down = min(a.bottom, b.bottom) - max(a.top, b.top)
    return across * down if across > 0 and down > 0 else 0
