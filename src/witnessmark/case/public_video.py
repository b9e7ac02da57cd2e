"""Make the public video of one item from a recipe, seal it, and look at it once more.

What comes out lies sealed in the vault like everything else, until somebody has approved it. Two things block a
release here: a face that the second look still sees where no person said that nothing is to be hidden, and anything of
the raw or the case that is found in the files.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import ceil

from witnessmark.case.case import Case
from witnessmark.case.redacting import OnPictures, keep, needed_redaction, run_on_object
from witnessmark.case.redaction_results import DerivativeReader, LookReader
from witnessmark.case.redaction_task import DERIVE_TASK, LOOK_TASK
from witnessmark.case.still_seen import Sighting, sightings, to_be_cleared
from witnessmark.ground.vault.store import Draft
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.doubts import Stretch
from witnessmark.model.errors import CheckFailedError, UsageError
from witnessmark.model.recording import Item
from witnessmark.model.records import HeldDerivative
from witnessmark.model.redaction import PublicMap, Recipe
from witnessmark.model.redaction_record import Redaction
from witnessmark.model.time import Span
from witnessmark.release.derivative.gone import Leftover, Scanner, Secret

VIDEO_TYPE = "video/mp4"


@dataclass(frozen=True, slots=True)
class PublicFile:
    """One file that may go out, as it lies sealed in the vault."""

    name: str
    object_name: str
    sha256: bytes
    size_bytes: int


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


@contextmanager
def listed_or_gone(case: Case, made: Mapping[str, PublicFile]) -> Iterator[None]:
    """Objects that were sealed here are removed again where the work is broken off before they are listed: an object
    that nothing lists would trouble every audit. What ``made`` gains meanwhile counts too."""
    try:
        yield
    except BaseException:
        listed = {held.object_name for held in case.catalogue.derivatives()}
        for one in made.values():
            if one.object_name not in listed:
                case.store.remove(one.object_name)
        raise


def keep_public(
    case: Case,
    item: Item,
    media_type: str,
    made: Mapping[str, PublicFile],
    seen: Sequence[Sighting],
    **said: object,
) -> str:
    """List what was made as derivatives of the item, with a line in the custody log. Returns their common id."""
    derivative_id = str(uuid.uuid4())
    with case.catalogue.transaction():
        names = {}
        for which, one in made.items():
            name = f"{which}.{derivative_id}"
            names[name] = one.object_name
            case.catalogue.add_derivative(
                HeldDerivative(
                    item.item_id, name, media_type, one.object_name, case.clock(), one.size_bytes, one.sha256
                )
            )
        private = {
            "item": item.item_id,
            "derivative": derivative_id,
            "derivatives": names,
            "still_seen": sum(sighting.blocks for sighting in seen),
            **said,
        }
        case.ledger.append([CustodyEvent("derivative.made", private=private)])
    return derivative_id


def reopen(case: Case, item: Item, redaction: Redaction, open_now: Sequence[Stretch]) -> None:
    """What still shows a face is work for a person: it stands with the other open stretches."""
    if open_now:
        more = redaction.with_work(redaction.tracks, (*redaction.stretches, *open_now))
        keep(case, item, more, "redaction.reopened", sightings=len(open_now))


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


def within(redaction: Redaction, wanted: Span | None) -> None:
    """Only what was searched may be shown. Raises UsageError."""
    searched = redaction.span
    if searched is None:
        return
    base = redaction.base
    inside = wanted is not None and (
        wanted.start.value * wanted.start.base >= searched.start.value * base
        and wanted.end.value * wanted.end.base <= searched.end.value * base
    )
    if not inside:
        raise UsageError(
            "the span goes beyond what was searched for faces",
            "run `witnessmark redact` on the longer span first",
        )


def looked_at(
    case: Case,
    video: PublicFile,
    picture_px: int,
    faces: bool,
    on_pictures: OnPictures | None,
    accept_unsandboxed: bool,
) -> LookReader:
    look = LookReader(on_pictures)
    request = {"picture_px": picture_px, "faces": faces}
    run_on_object(
        case,
        video.object_name,
        video.size_bytes,
        LOOK_TASK,
        request,
        look.on_record,
        None,
        accept_unsandboxed,
    )
    if not look.is_done or look.failures:
        raise CheckFailedError("the second look at what would be shown broke off", "run it again")
    return look


def item_secrets(case: Case, item: Item) -> tuple[Secret, ...]:
    """What of one item may be in no public file, as far as it is known without opening sealed names."""
    return (
        Secret("the digest of the raw file", digest=item.sha256),
        Secret("the name of the sealed object", digest=bytes.fromhex(item.object_name)),
        Secret("the item's id", text=item.item_id),
        Secret("the case's id", text=case.case_id),
    )


def _told_too_much(redaction: Redaction, look: LookReader) -> list[tuple[str, str]]:
    """Declared numbers that are the raw's own."""
    found = []
    if look.pictures == redaction.pictures:
        found.append(("the raw's count of pictures", "stsz"))
    if look.duration_ms == redaction.length_ms:
        found.append(("the raw's exact duration", "mdhd"))
    return found


def scanned(case: Case, video: PublicFile, wanted: Sequence[Secret]) -> list[Leftover]:
    """A scan of every byte, as somebody would who holds the originals."""
    scanner = Scanner(wanted)
    for piece in case.content(video.object_name):
        scanner.take(piece)
    return scanner.found


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
