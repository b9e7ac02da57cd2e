"""Looking at a proposed release before signing it: what would leave, and the files themselves."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from witnessmark.case.case import Case
from witnessmark.case.redacting import redaction_of
from witnessmark.case.release_store import read_draft
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.errors import UsageError
from witnessmark.model.redaction import Form, Hidden, Track, TrackState
from witnessmark.model.redaction_record import Redaction
from witnessmark.model.release import Release
from witnessmark.release.bundle.contents import digest_and_size
from witnessmark.release.bundle.writing import write_folder

LOOKED = "release.looked"
SURE_FACE = 0.6
"""A face that the detector is this sure of is told to whoever signs, where somebody rejected it. A choice of judgement,
not measured: lower, and the list is full of what was rejected rightly."""


def files_of(case: Case, release: Release) -> dict[str, tuple[str, int]]:
    """SHA-256 (hex) and bytes of every file that the signature stands for, by path."""
    return {path: digest_and_size(content) for path, content in read_draft(case, release).files.items()}


def write_look(case: Case, release: Release, folder: Path) -> None:
    """The files, in clear, in a new folder for the person at work alone. The custody log says so first. Raises
    UsageError where it cannot be made."""
    draft = read_draft(case, release)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("the folder is not empty", "name one that does not exist yet")
    case.ledger.append([CustodyEvent(LOOKED, private={"release": release.release_id})])
    try:
        write_folder(draft.files, folder)
        folder.chmod(0o700)
    except OSError as error:
        raise UsageError("the folder cannot be written", "name one that does not exist yet") from error


def has_looked(case: Case, release: Release) -> bool:
    """Whether the person at work had the files of this release written out to look at."""
    person = case.keyring.person_id
    return any(
        leaf.kind == LOOKED
        and leaf.private is not None
        and leaf.private["actor"] == person
        and leaf.private["data"]["release"] == release.release_id
        for leaf in case.ledger.events()
    )


def in_short(case: Case, release: Release) -> tuple[str, ...]:
    """What people decided that the files do not show by themselves, in lines for whoever is to sign."""
    items = set(release.item_ids)
    labels = [one for one in case.catalogue.labels() if items & set(one.item_ids)]
    consents = [one for one in case.catalogue.consents() if items & set(one.item_ids)]
    told = ", ".join(f"{'+'.join(one.labels)} ({one.given_by})" for one in labels) or "no label"
    asked = ", ".join(f"{one.person} {one.state}" for one in consents) or "nobody recorded"
    lines = [f"labels: {told}", f"people: {asked}. Is anybody else to be seen or heard?"]
    for item in case.catalogue.items():
        if item.item_id not in items:
            continue
        redaction = redaction_of(case, item)
        if redaction is None or release.form is Form.STATEMENT:
            continue
        states = Counter(track.state for track in redaction.tracks)
        lines.append(
            f"masks: {states[TrackState.CONFIRMED]} confirmed, {states[TrackState.REJECTED]} rejected; "
            f"{sum(one.cleared for one in redaction.stretches)} doubtful stretches cleared"
        )
        lines += [_shown(track, redaction) for track in redaction.tracks if _is_shown_face(track)]
    return tuple(lines)


def _is_shown_face(track: Track) -> bool:
    return (
        track.state is TrackState.REJECTED
        and track.what in (Hidden.FACE, Hidden.HEAD)
        and _seen_with(track) >= SURE_FACE
    )


def _seen_with(track: Track) -> float:
    return max(key.confidence for key in track.keys)


def _shown(track: Track, redaction: Redaction) -> str:
    rate = float(redaction.rate or 0)
    where = f"{track.first / rate:.1f} to {track.last / rate:.1f} s" if rate else f"picture {track.first}"
    note = f": {track.note}" if track.note else "; nobody wrote why"
    return f"! SHOWN ON PURPOSE: a face seen with {_seen_with(track):.2f}, {where}, was rejected{note}. Is this meant?"
