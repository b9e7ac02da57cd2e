"""Which leaves of an item are opened at a release, and which tiles of them stay hidden.

Source: docs/spec/redactable-seal.md, Opening. The plan stays in the case: it holds ordinals.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from witnessmark.model.errors import UnusableInputError, UsageError
from witnessmark.model.redaction import PublicMap

T = TypeVar("T")

INDEX_SCHEMA = "witnessmark/seal-index/1"
PROVEN_FRAMES = 6
"""Few by default: each proven frame carries the sensor's exact samples, which can tell a device (threat-model.md)."""
MOST_INDEX_BYTES = 1 << 32


@dataclass(frozen=True, slots=True)
class Place:
    """One committed leaf: frame, sketch or sound."""

    kind: str
    stream: int
    ordinal: int
    pts: int | None
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """A frame or sketch to be opened: where it stands in public, and what of it stays hidden."""

    place: Place
    public_frame: int
    shown_for: int
    hidden: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OpenedGroup:
    """A group of sound to be opened."""

    place: Place
    public_start_ms: int


@dataclass(frozen=True, slots=True)
class OpeningPlan:
    """Everything that one public medium opens of one item."""

    size_px: tuple[int, int]
    """Width and height of the raw pictures that the masks were drawn on: no picture of another size is opened."""
    frames: tuple[Opened, ...] = ()
    sketches: tuple[Opened, ...] = ()
    sound: tuple[OpenedGroup, ...] = ()

    def to_request(self) -> dict[str, Any]:
        """What the jail is told: no salts, no keys, no leaves."""
        return {
            "frames": [[o.place.stream, o.place.ordinal, list(o.hidden)] for o in self.frames],
            "sketches": [[o.place.stream, o.place.ordinal, list(o.hidden)] for o in self.sketches],
            "sound": [[o.place.stream, o.place.ordinal] for o in self.sound],
        }


def joined(plans: Sequence[OpeningPlan]) -> OpeningPlan:
    """One plan of several, so that one pass opens all of them. ValueError where two open the same leaf, or the sizes of
    their pictures differ."""
    whole = OpeningPlan(
        plans[0].size_px,
        tuple(one for plan in plans for one in plan.frames),
        tuple(one for plan in plans for one in plan.sketches),
        tuple(one for plan in plans for one in plan.sound),
    )
    leaves = [one.place.leaf for one in (*whole.frames, *whole.sketches)]
    leaves += [one.place.leaf for one in whole.sound]
    if len(set(leaves)) != len(leaves) or any(plan.size_px != whole.size_px for plan in plans):
        raise ValueError("the same leaf would be opened twice, or pictures of two sizes")
    return whole


def parted(
    plans: Sequence[OpeningPlan], pieces: Mapping[tuple[str, int], T]
) -> list[dict[tuple[str, int], T]]:
    """What was said to the joined plan, to each of its parts: kind and number in the part."""
    made: list[dict[tuple[str, int], T]] = []
    start = {"frame": 0, "sketch": 0, "sound": 0}
    for plan in plans:
        counts = {"frame": len(plan.frames), "sketch": len(plan.sketches), "sound": len(plan.sound)}
        of_plan = {}
        for kind, count in counts.items():
            for number in range(count):
                if (kind, start[kind] + number) in pieces:
                    of_plan[kind, number] = pieces[kind, start[kind] + number]
            start[kind] += count
        made.append(of_plan)
    return made


def read_index(index: bytes) -> tuple[Place, ...]:
    """The places that the examination kept (SealRecord.index). UnusableInputError where it is damaged."""
    try:
        stream = zlib.decompressobj()
        document = json.loads(stream.decompress(index, MOST_INDEX_BYTES))
        if document["schema"] != INDEX_SCHEMA:
            raise ValueError("another schema")
        return tuple(
            Place(str(kind), int(s), int(n), None if pts is None else int(pts), bytes.fromhex(leaf))
            for kind, s, n, pts, leaf in document["places"]
        )
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise UnusableInputError(
            "the index of this item's seal cannot be read", "examine the item again: the seal is made anew"
        ) from error


def plan_opening(
    places: Sequence[Place],
    public: PublicMap,
    hidden_at: Callable[[int], Sequence[int]],
    *,
    proven_frames: int = PROVEN_FRAMES,
    proven_at: Sequence[int] | None = None,
    sound: Mapping[tuple[int, int], int] | None = None,
) -> OpeningPlan:
    """Choose all sketches of shown pictures, and a few frames spread over the public span.

    ``hidden_at(ordinal)`` gives the tiles hidden in a raw picture (the union over the family, if there is one).
    ``proven_at``: public pictures near which frames are proven, instead of evenly spread. ``sound``: (stream,
    group) of the groups to open, with the millisecond of the public sound at which each starts.
    """
    if proven_frames < 0 or (proven_at is not None and any(n < 0 for n in proven_at)):
        raise UsageError("the number of proven frames cannot be negative")
    shown = _runs(public)

    def opened(place: Place) -> Opened:
        first, count = shown[place.stream, place.ordinal]
        return Opened(place, first, count, tuple(hidden_at(place.ordinal)))

    standing = {kind: _standing(places, kind, shown) for kind in ("frame", "sketch")}
    if proven_at is None:
        chosen = _spread(standing["frame"], proven_frames)
    else:
        chosen = _nearest(standing["frame"], shown, proven_at)
    wanted = dict(sound or {})
    groups = tuple(
        OpenedGroup(place, wanted[place.stream, place.ordinal])
        for place in places
        if place.kind == "sound" and (place.stream, place.ordinal) in wanted
    )
    size_px = (public.raw_width_px, public.raw_height_px)
    return OpeningPlan(size_px, tuple(map(opened, chosen)), tuple(map(opened, standing["sketch"])), groups)


def _runs(public: PublicMap) -> dict[tuple[int, int], tuple[int, int]]:
    """(stream, ordinal): first public picture that shows it, and how many in a row do. A picture that is black as a
    whole in public is shown nowhere."""
    runs: dict[tuple[int, int], tuple[int, int]] = {}
    for frame in public.frames:
        if frame.is_black:
            continue
        key = (frame.stream, frame.ordinal)
        first, count = runs.get(key, (frame.number, 0))
        if frame.number == first + count:
            runs[key] = (first, count + 1)
    return runs


def _standing(
    places: Sequence[Place], kind: str, shown: Mapping[tuple[int, int], tuple[int, int]]
) -> list[Place]:
    """The leaves of that kind that the public video shows, in its order."""
    found = [p for p in places if p.kind == kind and (p.stream, p.ordinal) in shown]
    return sorted(found, key=lambda p: shown[p.stream, p.ordinal])


def _spread(frames: Sequence[Place], count: int) -> list[Place]:
    """Evenly, at the middles of equal parts: neither the first nor the last picture of the span."""
    if count >= len(frames):
        return list(frames)
    return [frames[(2 * k + 1) * len(frames) // (2 * count)] for k in range(count)]


def _nearest(
    frames: Sequence[Place], shown: Mapping[tuple[int, int], tuple[int, int]], wanted: Sequence[int]
) -> list[Place]:
    near = {
        min(frames, key=lambda p: abs(shown[p.stream, p.ordinal][0] - number)) for number in wanted if frames
    }
    return sorted(near, key=lambda p: shown[p.stream, p.ordinal])


__all__ = [
    "PROVEN_FRAMES",
    "Opened",
    "OpenedGroup",
    "OpeningPlan",
    "Place",
    "joined",
    "parted",
    "plan_opening",
    "read_index",
]
