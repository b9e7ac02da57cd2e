"""Files that may go out, as they lie sealed in the vault: kept, looked at once more, and scanned.

What comes out of a making lies sealed like everything else, until somebody has approved it. Two things block a release
here: a face that the second look still sees where no person said that nothing is to be hidden, and anything of the raw
or the case that is found in the files.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from witnessmark.case.case import Case
from witnessmark.case.redacting import OnPictures, keep, run_on_object
from witnessmark.case.redaction_results import LookReader
from witnessmark.case.redaction_task import LOOK_TASK
from witnessmark.case.still_seen import Sighting
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.doubts import Stretch
from witnessmark.model.errors import CheckFailedError, UsageError
from witnessmark.model.recording import Item
from witnessmark.model.records import HeldDerivative
from witnessmark.model.redaction_record import Redaction
from witnessmark.model.time import Span
from witnessmark.release.derivative.gone import Leftover, Scanner, Secret


@dataclass(frozen=True, slots=True)
class PublicFile:
    """One file that may go out, as it lies sealed in the vault."""

    name: str
    object_name: str
    sha256: bytes
    size_bytes: int


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


def scanned(case: Case, video: PublicFile, wanted: Sequence[Secret]) -> list[Leftover]:
    """A scan of every byte, as somebody would who holds the originals."""
    scanner = Scanner(wanted)
    for piece in case.content(video.object_name):
        scanner.take(piece)
    return scanner.found
