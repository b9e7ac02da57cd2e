"""What a release of still pictures shows: which pictures of the recording, with their proofs.

Shown is never simply the picture that stands at the time asked for, but the nearest that was sealed sample by sample at
the examination (two in each second): so every still is proven to the sample, outside what is hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from witnessmark.case.case import Case
from witnessmark.case.earlier_masks import USUAL_RATE, masks_of_earlier
from witnessmark.case.media_exposure import PICTURES, seen_in_public
from witnessmark.case.public_files import within
from witnessmark.case.public_stills import STILL_TYPE, make_stills
from witnessmark.case.redacting import OnPictures, needed_redaction, recipe_for
from witnessmark.case.release_media import (
    Media,
    Plan,
    document_of,
    leftover,
    secrets_of,
    signed_by_case,
    strip_of,
)
from witnessmark.case.releasing import open_each_for_release
from witnessmark.model.errors import CheckFailedError, UsageError
from witnessmark.model.exposure import ExposureHit
from witnessmark.model.recording import Item, MediaType
from witnessmark.model.redaction import Form, Sound
from witnessmark.model.redaction_record import Redaction
from witnessmark.model.time import Span
from witnessmark.release.bundle.contents import Part
from witnessmark.release.credentials import SIDE_SUFFIX
from witnessmark.release.opening.plan import Place, read_index

NEAR_S = Fraction(1, 2)
"""A picture further from the time asked for is another picture; sealed ones stand half a second apart."""
MOST_STILLS = 20
"""More single pictures than these are a video in pieces; that form has rules of its own."""
WHAT = "still pictures"


@dataclass(frozen=True, slots=True)
class Chosen:
    """One picture that will be shown."""

    asked_s: Fraction | None
    """None for an item that is itself a picture."""
    at_s: Fraction
    """Where it stands, in the file's own seconds."""
    ordinal: int


def stills_of(
    case: Case,
    item: Item,
    plan: Plan,
    release_id: bytes,
    statement: bytes,
    on_pictures: OnPictures | None,
    on_look: OnPictures | None,
    accept_unsandboxed: bool,
) -> Media:
    """Make the pictures, look at them as others would, and open the seal under what they show."""
    redaction = needed_redaction(case, item)
    chosen = chosen_pictures(case, item, redaction, plan.at_s)
    recipe = replace(
        recipe_for(case, item, redaction, more=masks_of_earlier(case, item, redaction)),
        form=Form.STILLS,
        trim_start_ms=0,
        trim_end_ms=0,
    )
    made = make_stills(
        case,
        item,
        recipe,
        [one.ordinal for one in chosen],
        strip_of(case, release_id, statement),
        secrets_of_case=secrets_of(case, item),
        on_pictures=on_pictures,
        on_look=on_look,
        accept_unsandboxed=accept_unsandboxed,
    )
    if made.leftovers:
        return Media(blockers=tuple(leftover(WHAT, what, where) for what, where in made.leftovers))
    hits: dict[ExposureHit, None] = {}
    for still in made.pictures:
        seen = seen_in_public(
            case, item, still, Sound.NONE, where=PICTURES, accept_unsandboxed=accept_unsandboxed
        )
        hits.update(dict.fromkeys(seen))
    maps = [made.alone(number) for number in range(len(chosen))]
    opened = open_each_for_release(
        case, item, maps, recipe.masks.tiles_at, accept_unsandboxed=accept_unsandboxed
    )
    parts = []
    for number, (still, laid, of_it) in enumerate(zip(made.pictures, maps, opened, strict=True), 1):
        if len(of_it.frames) != 1:
            raise CheckFailedError("a still picture would leave without its proof", "nothing was kept")
        name = f"public-{number}.png"
        data = b"".join(case.content(still.object_name))
        signed = signed_by_case(case, item, release_id, name, STILL_TYPE, data)
        parts.append(
            Part(
                kind="picture",
                media={name: signed.media},
                side_files={name + SIDE_SUFFIX: signed.side_file},
                public=laid,
                opened=of_it,
            )
        )
    document = {
        **document_of(recipe, made.map, tuple(hits)),
        "stills": [[None if one.asked_s is None else str(one.asked_s), str(one.at_s)] for one in chosen],
    }
    return Media(tuple(parts), tuple(hits), (), document)


def chosen_pictures(
    case: Case, item: Item, redaction: Redaction, at_s: Sequence[Fraction]
) -> tuple[Chosen, ...]:
    """The sealed pictures nearest to the times, each once, in the order asked for.

    Raises UsageError where none is near, where one lies outside what was searched, or where times do not fit the item.
    """
    seal = case.catalogue.seal(item.item_id)
    if seal is None:
        raise UsageError("this item has no seal yet", "examine it first: the seal is made in the same pass")
    places = [
        place
        for place in read_index(seal.seal.index)
        if place.kind == "frame" and place.stream == redaction.stream
    ]
    if item.media_type is MediaType.PICTURE:
        if at_s:
            raise UsageError("a picture has no time", "leave out --at")
        return tuple(Chosen(None, Fraction(0), place.ordinal) for place in places[:1])
    if not at_s:
        raise UsageError("which pictures of the recording?", "--at 0:12.5, once for each")
    if len(at_s) > MOST_STILLS:
        raise UsageError(f"more than {MOST_STILLS} still pictures", "release the rest of them by themselves")
    standing = [(_at_s(place, redaction), place) for place in places]
    chosen: dict[int, Chosen] = {}
    for asked in at_s:
        near, place = min(standing, key=lambda one: (abs(one[0] - asked), one[0]), default=(None, None))
        if near is None or place is None or abs(near - asked) > NEAR_S:
            raise UsageError(
                f"no picture at {float(asked):.2f} s was sealed when the item was examined",
                "the nearest stands at " + (f"{float(near):.2f} s" if near is not None else "no time at all"),
            )
        ticks = round(near / redaction.base)
        within(redaction, Span.of(ticks, ticks, redaction.base))
        chosen.setdefault(place.ordinal, Chosen(asked, near, place.ordinal))
    return tuple(chosen.values())


def _at_s(place: Place, redaction: Redaction) -> Fraction:
    """Where a sealed picture stands; by the declared rate where it has no time stamp."""
    if place.pts is not None:
        return place.pts * redaction.base
    return place.ordinal / (redaction.rate or Fraction(USUAL_RATE))
