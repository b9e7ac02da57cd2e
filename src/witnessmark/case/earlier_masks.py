"""What earlier releases of the same footage hid, and whether a release would show any of it.

Two releases laid over each other must not uncover anybody: so every new one takes over the masks of all earlier ones,
of the item itself and of other copies of its pictures; and because two may be proposed side by side, each is held
against the others once more when it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from witnessmark.case.case import Case
from witnessmark.case.comparing import COMPARED
from witnessmark.case.redacting import redaction_of
from witnessmark.model.recording import Item
from witnessmark.model.redaction import Masks, PublicMap, Track
from witnessmark.model.redaction_record import Redaction
from witnessmark.model.release import Release
from witnessmark.protect.carried import Pictures, carried, whole
from witnessmark.release.opening.plan import read_index

USUAL_RATE = 25
"""Pictures a second where the file declares none; only counts beyond the sealed places, half a second apart."""


def masks_of_earlier(case: Case, item: Item, redaction: Redaction) -> tuple[Track, ...]:
    """Everything that a release of this footage hid, whatever became of that release, on the item's own pictures."""
    found: list[Track] = []
    for release in _written(case):
        if item.item_id in release.item_ids:
            found += _tracks(release)
    found += _of_other_copies(case, item, redaction)
    return tuple(dict.fromkeys(found))


def shows_what_was_hidden(case: Case, item: Item, release: Release) -> bool:
    """Whether a proposed release would show what an earlier one of the footage hid, or what a person has since hidden
    in this item."""
    redaction = redaction_of(case, item)
    if redaction is None or "map" not in release.document:
        return False
    size = (redaction.stream, redaction.width_px, redaction.height_px)
    needed = Masks(*size, (*redaction.masks.in_force, *masks_of_earlier(case, item, redaction)))
    has = Masks(*size, _tracks(release))
    public = PublicMap.from_json(release.document["map"])
    shown = {frame.ordinal for frame in public.frames if frame.stream == size[0] and not frame.is_black}
    return any(set(needed.tiles_at(ordinal)) - set(has.tiles_at(ordinal)) for ordinal in shown)


def is_compared(case: Case, item: Item) -> bool:
    """Whether it is known which other copies of these pictures there are. True while no other item was shown."""
    others = any(_tracks(release) and item.item_id not in release.item_ids for release in _written(case))
    return not others or bool(case.catalogue.features(COMPARED, item_id=item.item_id))


def _written(case: Case) -> Iterator[Release]:
    """Whatever left once: a withdrawn picture is still out there."""
    return (one for one in case.catalogue.releases() if one.state.has_left)


def _tracks(release: Release) -> tuple[Track, ...]:
    return tuple(map(Track.from_json, release.document.get("tracks", ())))


def _of_other_copies(case: Case, item: Item, redaction: Redaction) -> Iterator[Track]:
    there = _pictures(case, item, redaction)
    items = {one.item_id: one for one in case.catalogue.items()}
    for held in case.catalogue.relations(item.item_id):
        relation = held.relation
        if not relation.kind.shares_footage:
            continue
        (other_id,) = relation.sides - {item.item_id}
        tracks = [track for one in _written(case) if other_id in one.item_ids for track in _tracks(one)]
        if not tracks:
            continue
        other = items.get(other_id)
        work = redaction_of(case, other) if other is not None else None
        for segment in relation.segments:
            way = segment if relation.source == other_id else segment.turned()
            if other is None or work is None:  # erased: where its masks lay is not known any more
                yield whole(there, way)
            else:
                yield from carried(tracks, _pictures(case, other, work), there, way, relation.transform)


def _pictures(case: Case, item: Item, redaction: Redaction) -> Pictures:
    """When the pictures stand: the seal's index knows it every half second."""
    held = case.catalogue.seal(item.item_id)
    places: Sequence[tuple[int, float]] = ()
    if held is not None:
        places = sorted(
            {
                (place.ordinal, float(place.pts * redaction.base))
                for place in read_index(held.seal.index)
                if place.kind != "sound" and place.stream == redaction.stream and place.pts is not None
            }
        )
    return Pictures(
        redaction.stream,
        redaction.width_px,
        redaction.height_px,
        tuple(places) or ((0, 0.0),),
        1.0 / float(redaction.rate or USUAL_RATE),
    )
