"""Make the public video of one item from a recipe, seal it, and look at it once more.

What is kept of it, and what blocks a release, is the same for pictures: ``public_files``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from witnessmark.case.case import Case
from witnessmark.case.public_files import (
    PublicFile,
    item_secrets,
    keep_public,
    listed_or_gone,
    looked_at,
    reopen,
    scanned,
    within,
)
from witnessmark.case.redacting import OnPictures, needed_redaction, run_on_object
from witnessmark.case.redaction_results import DerivativeReader, LookReader
from witnessmark.case.redaction_task import DERIVE_TASK
from witnessmark.case.still_seen import Sighting, sightings, to_be_cleared
from witnessmark.ground.vault.store import Draft
from witnessmark.model.errors import CheckFailedError
from witnessmark.model.recording import Item
from witnessmark.model.redaction import PublicMap, Recipe
from witnessmark.model.redaction_record import Redaction
from witnessmark.release.derivative.gone import Secret

VIDEO_TYPE = "video/mp4"


@dataclass(frozen=True, slots=True)
class MadePublic:
    """What ``make_public`` made."""

    derivative_id: str
    public: PublicFile
    small: PublicFile
    map: PublicMap
    hidden_tiles: int
    looked: int
    """Pictures of the public video that the second look saw."""
    still_seen: tuple[Sighting, ...]
    """Faces in the public video that no person said may be seen. Those that block come first."""
    leftovers: tuple[tuple[str, str], ...]
    """(what, where) of everything of the raw or the case that was found in one of the files. Blocks a release."""
    sandbox: str
    build: str
    recipe: Recipe
    """As it was made: with the trims that were taken."""


def make_public(
    case: Case,
    item: Item,
    recipe: Recipe,
    strip: Mapping[str, object],
    *,
    secrets_of_case: Sequence[Secret] = (),
    on_pictures: OnPictures | None = None,
    on_look: OnPictures | None = None,
    accept_unsandboxed: bool = False,
) -> MadePublic:
    """Make the public video and its small variant, seal both, and look at the result once more.

    ``strip``: fields of ``release.derivative.strip.StripText``. ``secrets_of_case``: names, places, codes and digests
    that must not be found in the files; those of the item itself are added. A sighting that blocks becomes an open
    stretch of the work: a person hides it by a track, or clears it, and the video is made again. Whether every track
    is confirmed is the gate's business, not asked here. Raises CheckFailedError where the pass broke off or nothing is
    left of the span.
    """
    case.require_writable()
    redaction = needed_redaction(case, item)
    within(redaction, recipe.span)
    reader, made, recipe = _derived(
        case, item, redaction, recipe, strip, on_pictures, accept_unsandboxed=accept_unsandboxed
    )
    assert reader.map is not None
    with listed_or_gone(case, made):
        wanted = (*item_secrets(case, item), *secrets_of_case)
        rows = reader.map.height_px
        look = looked_at(case, made["public"], rows, True, on_look, accept_unsandboxed)
        small = looked_at(case, made["small"], rows, False, None, accept_unsandboxed)
        leftovers = [*look.odd, *small.odd, *_told_too_much(redaction, look)]
        for video in made.values():
            leftovers += [
                (f"{found.what} ({video.name})", found.place) for found in scanned(case, video, wanted)
            ]
        seen = sightings(look.faces, reader.map, redaction)
        derivative_id = keep_public(
            case,
            item,
            VIDEO_TYPE,
            made,
            seen,
            redaction=redaction.digest,
            pictures=len(reader.map.frames),
            hidden_tiles=reader.hidden_tiles,
            leftovers=len(leftovers),
            sandbox=reader.sandbox,
        )
    reopen(case, item, redaction, to_be_cleared(seen, reader.map, redaction))
    return MadePublic(
        derivative_id,
        made["public"],
        made["small"],
        reader.map,
        reader.hidden_tiles,
        look.looked,
        seen,
        tuple(leftovers),
        reader.sandbox,
        reader.build,
        recipe,
    )


def _derived(
    case: Case,
    item: Item,
    redaction: Redaction,
    recipe: Recipe,
    strip: Mapping[str, object],
    on_pictures: OnPictures | None,
    *,
    accept_unsandboxed: bool,
) -> tuple[DerivativeReader, dict[str, PublicFile], Recipe]:
    """Both videos, sealed. Where they would have as many pictures as the raw by chance (a common rate beside a rare
    one), a little more is cut off at the end: how many the raw has is not to be read anywhere."""
    while True:
        videos = _Videos(case)
        reader = DerivativeReader(videos.take, on_pictures=on_pictures)
        request = {"recipe": recipe.to_json(), "strip": dict(strip), "length_ms": redaction.length_ms}
        try:
            run_on_object(
                case,
                item.object_name,
                item.size_bytes,
                DERIVE_TASK,
                request,
                reader.on_record,
                reader.on_blob,
                accept_unsandboxed,
            )
            if not reader.is_whole or reader.map is None:
                cause = "; ".join(reader.failures) or "no picture was written"
                raise CheckFailedError(
                    f"the public video could not be made ({cause[:200]})",
                    "check the span: it may be too short, outside the recording, or too long for 48 MB",
                )
            if len(reader.map.frames) != redaction.pictures:
                return reader, videos.commit(), recipe
        except BaseException:
            videos.abandon()
            raise
        videos.abandon()
        recipe = replace(recipe, trim_end_ms=recipe.trim_end_ms + ceil(2000 / reader.map.rate))


def _told_too_much(redaction: Redaction, look: LookReader) -> list[tuple[str, str]]:
    """Declared numbers that are the raw's own."""
    found = []
    if look.pictures == redaction.pictures:
        found.append(("the raw's count of pictures", "stsz"))
    if look.duration_ms == redaction.length_ms:
        found.append(("the raw's exact duration", "mdhd"))
    return found


class _Videos:
    """Seals the videos while they come."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._drafts: dict[str, Draft] = {}
        self._digests: dict[str, hashlib._Hash] = {}
        self._sizes: dict[str, int] = {}

    def take(self, name: str, piece: bytes, is_last: bool) -> None:
        if name not in self._drafts:
            self._drafts[name] = self._case.store.begin()
            self._digests[name], self._sizes[name] = hashlib.sha256(), 0
        self._drafts[name].write(piece)
        self._digests[name].update(piece)
        self._sizes[name] += len(piece)

    def commit(self) -> dict[str, PublicFile]:
        made = {}
        for name, draft in self._drafts.items():
            digest = self._digests[name].digest()
            made[name] = PublicFile(name, draft.commit(digest).name, digest, self._sizes[name])
        self._drafts.clear()
        return made

    def abandon(self) -> None:
        for draft in self._drafts.values():
            draft.abandon()
        self._drafts.clear()
