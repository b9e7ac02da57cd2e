"""Transcripts and translations of a case: taken in, listed, exported, searched.

They are sealed for the people of the case and lie beside the item, so they go when its content is erased. A version
that was taken in is never changed: people export it, edit it, and take the new one in; both stay, the latest of a
language stands. Searching opens them all in memory: a thousand videos have a few megabytes of words, and no index of
what was said lies in a database that somebody else may run.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from witnessmark.case.case import Case
from witnessmark.describe.subtitles import LARGEST_BYTES, as_srt, as_vtt, language_tag, read_subtitles
from witnessmark.describe.word_search import Found, search
from witnessmark.ground.vault.sealed import open_for_case, seal_for_case
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.errors import UnusableInputError, UsageError
from witnessmark.model.recording import Item
from witnessmark.model.records import SealedField
from witnessmark.model.transcript import Certainty, Cue, Transcript

NAME = "transcript."
LEVEL = "case"
SCHEMA = "witnessmark/stored/transcript/1"


def take_in(
    case: Case,
    item: Item,
    cues: tuple[Cue, ...],
    *,
    language: str,
    transcriber: str,
    certainty: Certainty,
    translator: str = "",
    translated_from: str = "",
    note: str = "",
) -> Transcript:
    """Seal a new version of the words of an item, with a line in the custody log.

    Raises UsageError where a translation does not say from what, or by whom.
    """
    case.require_writable()
    if bool(translator) != bool(translated_from):
        raise UsageError(
            "a translation needs to say who made it, and from which language",
            "--translator PSEUDONYM --translated-from ru",
        )
    transcript = Transcript(
        transcript_id=str(uuid.uuid4()),
        item_id=item.item_id,
        language=language,
        cues=cues,
        transcriber=transcriber,
        certainty=certainty,
        made_at=case.clock(),
        by=case.keyring.person_id,
        translator=translator,
        translated_from=translated_from,
        note=note,
    )
    data = _dump(transcript)
    with case.catalogue.transaction():
        field = SealedField(
            item.item_id, NAME + transcript.transcript_id, LEVEL, seal_for_case(data, case.keyring)
        )
        case.catalogue.save_sealed_field(field)
        private = {
            "item": item.item_id,
            "transcript": transcript.transcript_id,
            "language": language,
            "cues": len(cues),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        case.ledger.append([CustodyEvent("transcript.added", private=private)])
    return transcript


def take_in_file(
    case: Case,
    item: Item,
    path: Path,
    *,
    language: str,
    translated_from: str = "",
    **more: Any,
) -> Transcript:
    """A file of subtitles (WebVTT or SRT) as a new version; ``more`` as for ``take_in``. Raises UnusableInputError."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise UnusableInputError("the file of words cannot be read", "check its name") from error
    return take_in(
        case,
        item,
        read_subtitles(data),
        language=language_tag(language),
        translated_from=language_tag(translated_from) if translated_from else "",
        **more,
    )


def as_subtitles(transcript: Transcript, suffix: str) -> str:
    """The words as a file: ``.srt`` or ``.vtt``."""
    return as_srt(transcript.cues) if suffix == ".srt" else as_vtt(transcript.cues)


def transcripts(
    case: Case, item_id: str | None = None, *, every_version: bool = False
) -> tuple[Transcript, ...]:
    """By item, language and time; without ``every_version`` only the latest of each language of an item."""
    found = sorted(
        (transcript for transcript, _ in _held(case, item_id)),
        key=lambda one: (one.item_id, one.language, one.made_at, one.transcript_id),
    )
    if every_version:
        return tuple(found)
    return tuple({(one.item_id, one.language): one for one in found}.values())


def standing(case: Case, item: Item, language: str = "") -> Transcript:
    """The version that stands, of the one language there is or of the one named. Raises UsageError otherwise."""
    held = transcripts(case, item.item_id)
    found = [one for one in held if one.language == language] if language else list(held)
    if len(found) != 1:
        known = ", ".join(one.language for one in held) or "none yet"
        raise UsageError("there is not exactly one transcript to export", f"--language; held: {known}")
    return found[0]


def find_words(case: Case, query: str) -> Iterator[Found]:
    """Places where the words stand, over the whole case."""
    return search(transcripts(case), query)


def transcript_digests(case: Case) -> dict[str, tuple[str, str]]:
    """Transcript id: (item id, SHA-256), for the audit."""
    return {one.transcript_id: (one.item_id, digest) for one, digest in _held(case, None)}


def _held(case: Case, item_id: str | None) -> Iterator[tuple[Transcript, str]]:
    items = [item_id] if item_id else [item.item_id for item in case.catalogue.items()]
    for subject in items:
        for field in case.catalogue.sealed_fields(subject):
            if field.name.startswith(NAME):
                data = open_for_case(field.sealed, case.keyring)
                yield _load(data), hashlib.sha256(data).hexdigest()


def _dump(transcript: Transcript) -> bytes:
    held = {"schema": SCHEMA, **asdict(transcript), "made_at": transcript.made_at.isoformat()}
    return json.dumps(held, ensure_ascii=False, sort_keys=True).encode()


def _load(data: bytes) -> Transcript:
    held: dict[str, Any] = json.loads(data)
    held.pop("schema")
    cues = tuple(Cue(**cue) for cue in held.pop("cues"))
    made_at = datetime.fromisoformat(held.pop("made_at"))
    certainty = Certainty(held.pop("certainty"))
    return Transcript(cues=cues, made_at=made_at, certainty=certainty, **held)
