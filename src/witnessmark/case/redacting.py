"""Propose what to hide in one item, keep what a person decided, and make the public video from it.

The work stands in the catalogue as one feature of the item (its own digest in the custody log with every change). The
videos that are made are sealed objects like everything else: nothing lies in clear before somebody has approved it.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from witnessmark.case.case import Case
from witnessmark.case.redaction_results import (
    Proposal,
    ProposalReader,
)
from witnessmark.case.redaction_task import PROPOSE_TASK
from witnessmark.ground import jail
from witnessmark.ground.jail import ProtocolBroken
from witnessmark.ground.vault.reader import hkdf, item_key
from witnessmark.model.consumer import Feature
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.errors import CheckFailedError, UsageError
from witnessmark.model.recording import Item, MediaType
from witnessmark.model.redaction import MadeBy, Recipe, SoundChoice, Track, TrackState
from witnessmark.model.redaction_record import Redaction
from witnessmark.model.time import Span

FEATURE, FEATURE_VERSION = "redaction", 1
MEMORY_BYTES = 4 << 30
"""Pictures held for following, the network's own memory, and the coded video before it leaves."""
BASE_WALL_S, WALL_S_PER_MB, LONGEST_WALL_S = 300.0, 60.0, 24 * 3600.0
"""Looking for faces takes up to ten times as long as a plain examination (case/examining.py: 6 s a megabyte)."""
LEAST_TRIM_MS, MOST_TRIM_MS = 120, 980
"""Cut off at each end: more than a few pictures, less than a second."""
TRIM_INFO = b"witnessmark/trims/1"

OnPictures = Callable[[int], None]


def wall_s(size_bytes: int) -> float:
    """Longest time that one child may take over a file of that size."""
    return min(LONGEST_WALL_S, BASE_WALL_S + WALL_S_PER_MB * size_bytes / 1e6)


def redaction_of(case: Case, item: Item) -> Redaction | None:
    """The work as it stands; None where nothing was proposed yet."""
    held = case.catalogue.features(FEATURE, item_id=item.item_id, version=FEATURE_VERSION)
    if not held:
        return None
    return Redaction.from_json(json.loads(zlib.decompress(held[0].feature.data)))


def redaction_digests(case: Case) -> dict[str, str]:
    """Item id: digest of the work as it stands; empty where it cannot be read any more."""
    digests = {}
    for held in case.catalogue.features(FEATURE, version=FEATURE_VERSION):
        try:
            digests[held.item_id] = hashlib.sha256(zlib.decompress(held.feature.data)).hexdigest()
        except zlib.error:
            digests[held.item_id] = ""
    return digests


def needed_redaction(case: Case, item: Item) -> Redaction:
    """The work as it stands. Raises UsageError where nothing was proposed yet."""
    redaction = redaction_of(case, item)
    if redaction is None:
        raise UsageError("nothing was proposed for this item yet", "run `witnessmark redact CASE ITEM` first")
    return redaction


def keep(case: Case, item: Item, redaction: Redaction, event: str, **said: object) -> None:
    """Save the work and say so in the custody log, in one transaction."""
    data = zlib.compress(redaction.stored(), 6)
    private = {
        "item": item.item_id,
        "redaction": redaction.digest,
        "tracks": len(redaction.tracks),
        "unconfirmed": len(redaction.unconfirmed),
        "uncovered": len(redaction.uncovered),
        **said,
    }
    with case.catalogue.transaction():
        case.catalogue.save_feature(item.item_id, Feature(FEATURE, FEATURE_VERSION, data))
        case.ledger.append([CustodyEvent(event, private=private)])


def propose(
    case: Case,
    item: Item,
    *,
    span_s: tuple[float, float] | None = None,
    texts: bool = True,
    voice: bool = True,
    on_pictures: OnPictures | None = None,
    accept_unsandboxed: bool = False,
) -> Redaction:
    """Look for faces, writing and speech in one item. What a person decided before is kept beside the new proposals.

    Raises UsageError for what is no video, CheckFailedError where the pass did not come to its end.
    """
    case.require_writable()
    if item.media_type not in (MediaType.VIDEO, MediaType.PICTURE):
        raise UsageError("only video and pictures are redacted", "`witnessmark items CASE` lists the types")
    reader = ProposalReader(on_pictures)
    request = {
        "texts": texts,
        "voice": voice,
        "span_s": list(span_s) if span_s else None,
    }
    run_on_object(
        case,
        item.object_name,
        item.size_bytes,
        PROPOSE_TASK,
        request,
        reader.on_record,
        None,
        accept_unsandboxed,
    )
    if reader.nothing_to_see:
        raise UsageError("no picture can be decoded from this item", "`witnessmark findings CASE` says why")
    if reader.done is None or any(f.startswith("faces:") for f in reader.done.failures):
        raise CheckFailedError("looking for faces broke off", "nothing was saved; run it again with --debug")
    if span_s is not None and span_s[0] * 1000 >= reader.done.length_ms:
        raise UsageError(
            f"the recording ends at {reader.done.length_ms / 1000:.1f} s, before this span begins",
            "nothing was searched and nothing was changed; give a span inside it",
        )
    redaction = _proposed(reader, reader.done, span_s, texts, voice)
    before = redaction_of(case, item)
    if before is not None:
        kept = tuple(
            t for t in before.tracks if t.state is not TrackState.PROPOSED or t.made_by is MadeBy.HAND
        )
        redaction = redaction.with_work((*kept, *redaction.tracks), redaction.stretches)
    keep(case, item, redaction, "redaction.proposed", sandbox=redaction.sandbox)
    return redaction


def _proposed(
    reader: ProposalReader, done: Proposal, span_s: tuple[float, float] | None, texts: bool, voice: bool
) -> Redaction:
    span = None
    if span_s is not None:
        start, end = (round(Fraction(at) / done.base) for at in span_s)
        span = Span.of(start, end, done.base)
    searched = ["faces"]
    broken = {failure.partition(":")[0] for failure in done.failures}
    searched += ["texts"] if texts and "texts" not in broken else []
    searched += ["voice"] if voice and done.sound_stream is not None and "voice" not in broken else []
    return Redaction(
        stream=done.stream,
        width_px=done.width_px,
        height_px=done.height_px,
        base=done.base,
        rate=done.rate,
        pictures=done.pictures,
        length_ms=done.length_ms,
        tracks=tuple(reader.tracks),
        stretches=tuple(reader.stretches),
        span=span,
        sound_stream=done.sound_stream,
        sound_base=done.sound_base,
        speech=done.speech,
        searched=tuple(searched),
        build=done.build,
        sandbox=done.sandbox,
    )


def trims_of(case: Case, item: Item) -> tuple[int, int]:
    """What is cut off at the start and at the end of every public video of this item, in milliseconds.

    It follows from the item's secret key, never from chance: of two releases with fresh trims the longer one would tell
    more of the raw's length, and of twenty nearly all of it.
    """
    fd, file_key = case.file_key(item.object_name)
    os.close(fd)
    drawn = hkdf(item_key(file_key), b"", TRIM_INFO)
    half, choices = len(drawn) // 2, MOST_TRIM_MS - LEAST_TRIM_MS + 1
    start, end = (int.from_bytes(part, "big") % choices for part in (drawn[:half], drawn[half:]))
    return LEAST_TRIM_MS + start, LEAST_TRIM_MS + end


def recipe_for(
    case: Case,
    item: Item,
    redaction: Redaction,
    *,
    span: Span | None = None,
    sound: SoundChoice | None = None,
    more: Sequence[Track] = (),
) -> Recipe:
    """A recipe of everything in force, with the trims of the item.

    ``more``: masks that other releases of the family bring.
    """
    masks = redaction.masks
    start_ms, end_ms = trims_of(case, item)
    return Recipe(
        masks=type(masks)(masks.stream, masks.width_px, masks.height_px, (*masks.tracks, *more)),
        span=span or redaction.span,
        sound=sound or SoundChoice(),
        trim_start_ms=start_ms,
        trim_end_ms=end_ms,
    )


def run_on_object(
    case: Case,
    object_name: str,
    size_bytes: int,
    task: str,
    request: Mapping[str, object],
    on_record: Callable[[dict[str, object]], None],
    on_blob: Callable[[str, bytes, bool], None] | None,
    accept_unsandboxed: bool,
) -> None:
    """One jailed child over one sealed object. Raises CheckFailedError where it did not end well."""
    limit_s = wall_s(size_bytes)
    fd, key = case.file_key(object_name)
    try:
        ended = jail.run(
            task,
            {**request, "cpu_s": limit_s * 0.9},
            files={"object": fd},
            secrets={"file_key": key},
            budget=jail.Budget(memory_bytes=MEMORY_BYTES, cpu_s=int(limit_s), wall_s=limit_s),
            on_record=on_record,
            on_blob=on_blob,
            allow_unsandboxed=accept_unsandboxed,
        )
    except ProtocolBroken as error:
        raise CheckFailedError(
            f"the sandboxed child broke the protocol: {error}", "the file may be a trap; nothing was kept"
        ) from error
    finally:
        os.close(fd)
    if ended.ended is not jail.Ended.DONE:
        raise CheckFailedError(
            f"the sandboxed child did not come to its end ({ended.ended}: {ended.detail})"[:200],
            "run it again; a shorter --span needs less",
        )
