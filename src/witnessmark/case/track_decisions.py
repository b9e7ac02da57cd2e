"""Take back what a person decided on tracks and stretches: confirm, reject, clear, and boxes drawn by hand.

Two forms: the table (``tracks.csv``, its column *decision* filled with confirm, reject or clear) and the list
(``tracks.json``, states changed, boxes added under ``add``). A decision that is not there leaves things as they were.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from witnessmark.case.case import Case
from witnessmark.case.checked import Checked
from witnessmark.case.redacting import keep, needed_redaction
from witnessmark.case.redaction_results import KEYS, check_box
from witnessmark.case.track_sheets import CLEAR, CONFIRM, REJECT, SCHEMA
from witnessmark.ground.jail import ProtocolBroken
from witnessmark.model.doubts import Stretch
from witnessmark.model.errors import UnusableInputError
from witnessmark.model.recording import Item
from witnessmark.model.redaction import Hidden, KeyBox, MadeBy, Track, TrackState
from witnessmark.model.redaction_record import Redaction

MOST_BYTES = 256 << 20
MOST_ADDED = 10_000
LONGEST_NOTE = 300
HINT = "use the files that `witnessmark tracks export` wrote"


@dataclass(slots=True)
class Decisions:
    """Track or stretch id: what was decided."""

    states: dict[str, TrackState] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)
    added: list[Track] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Imported:
    confirmed: int
    rejected: int
    cleared: int
    added: int
    redaction: Redaction


def import_decisions(case: Case, item: Item, path: Path) -> Imported:
    """Read a file of decisions and keep them, signed by the person at work. Raises UnusableInputError."""
    case.require_writable()
    redaction = needed_redaction(case, item)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UnusableInputError("the file of decisions is too large", HINT)
        data = path.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableInputError("the file of decisions cannot be read", HINT) from error
    try:
        decisions = _from_list(text, redaction) if text.lstrip().startswith("{") else _from_table(text)
    except ProtocolBroken as error:
        raise UnusableInputError(f"the file of decisions holds {error}", HINT) from error
    known = {t.track_id for t in redaction.tracks}
    stretches = {s.stretch_id for s in redaction.stretches}
    _must_fit(decisions, known, stretches)
    changed = decided(redaction, decisions)
    made = Imported(
        sum(s is TrackState.CONFIRMED for s in decisions.states.values()),
        sum(s is TrackState.REJECTED for s in decisions.states.values()),
        len(decisions.cleared),
        len(decisions.added),
        changed,
    )
    keep(
        case,
        item,
        changed,
        "redaction.decided",
        confirmed=made.confirmed,
        rejected=made.rejected,
        cleared=made.cleared,
        added=made.added,
        file_sha256=hashlib.sha256(data).hexdigest(),
    )
    return made


def _must_fit(decisions: Decisions, tracks: set[str], stretches: set[str]) -> None:
    """Raises UnusableInputError where something is decided that does not exist, or that cannot be decided so."""
    for which in sorted(decisions.states.keys() - tracks):
        if which in stretches:
            raise UnusableInputError(
                f"{which} is a stretch: it is cleared, not confirmed or rejected",
                "write clear, or leave it empty",
            )
    for which in sorted(decisions.cleared - stretches):
        if which in tracks:
            raise UnusableInputError(
                f"{which} is a track: it is confirmed or rejected; clear is for stretches",
                "write confirm or reject, or leave it empty",
            )
    unknown = sorted((decisions.states.keys() - tracks) | (decisions.cleared - stretches))
    if unknown:
        raise UnusableInputError(
            f"the file decides on {unknown[0][:40]!r}, which this item does not have",
            "it may be of another item, or of an earlier proposal: export again",
        )


def decided(redaction: Redaction, decisions: Decisions) -> Redaction:
    """The work with the decisions in it. A stretch of a rejected track is cleared with it: nothing is to be hidden."""
    tracks = tuple(
        replace(
            track,
            state=decisions.states.get(track.track_id, track.state),
            note=decisions.notes.get(track.track_id, track.note),
        )
        for track in redaction.tracks
    )
    rejected = {t.track_id for t in tracks if t.state is TrackState.REJECTED}

    def clear(stretch: Stretch) -> bool:
        return stretch.cleared or stretch.stretch_id in decisions.cleared or stretch.track_id in rejected

    stretches = tuple(replace(s, cleared=clear(s)) for s in redaction.stretches)
    return redaction.with_work((*tracks, *decisions.added), stretches)


def _from_table(text: str) -> Decisions:
    decisions = Decisions()
    head = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
    if rows.fieldnames is None or not {"id", "decision"} <= set(rows.fieldnames):
        raise UnusableInputError("the table has no columns id and decision", HINT)
    for number, row in enumerate(rows, 2):
        which, word = (row.get("id") or "").strip(), (row.get("decision") or "").strip().lower()
        if not word:
            continue
        if word == CLEAR:
            decisions.cleared.add(which)
        elif word in (CONFIRM, REJECT):
            decisions.states[which] = TrackState.CONFIRMED if word == CONFIRM else TrackState.REJECTED
        else:
            raise UnusableInputError(
                f"row {number} decides something else than confirm, reject or clear",
                "leave it empty to decide later",
            )
        if note := (row.get("note") or "").strip():
            decisions.notes[which] = Checked({"note": note}).text("note", LONGEST_NOTE)
    return decisions


def _from_list(text: str, redaction: Redaction) -> Decisions:
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnusableInputError("the list of decisions is no JSON", HINT) from error
    whole = Checked(document)
    if whole.get("schema") != SCHEMA:
        raise UnusableInputError("the list of decisions has another schema", HINT)
    decisions = Decisions()
    before = {t.track_id: t for t in redaction.tracks}
    for track in whole.inners("tracks", 200_000):
        which = track.text("track_id", 64)
        state = TrackState(track.one_of("state", set(TrackState)))
        if which not in before or before[which].state is not state:
            decisions.states[which] = state
        decisions.notes[which] = track.text("note", LONGEST_NOTE)
    was_cleared = {s.stretch_id for s in redaction.stretches if s.cleared}
    for stretch in whole.inners("stretches", 200_000):
        if stretch.get("cleared") is True and stretch.text("stretch_id", 64) not in was_cleared:
            decisions.cleared.add(stretch.text("stretch_id", 64))
    if whole.get("add") is not None:
        decisions.added = [_drawn(one, redaction) for one in whole.inners("add", MOST_ADDED)]
    return decisions


def _drawn(track: Checked, redaction: Redaction) -> Track:
    """A track drawn by hand: ``what`` and ``keys`` of {picture, box}. Confirmed, since a person drew it."""
    keys = []
    for key in track.inners("keys", KEYS):
        ordinal = key.integer("picture", 0, max(0, redaction.pictures - 1))
        keys.append(KeyBox(redaction.stream, ordinal, None, check_box(key.get("box"))))
    note = track.text("note", LONGEST_NOTE) if track.get("note") is not None else ""
    try:
        return Track(
            str(uuid.uuid4()),
            Hidden(track.one_of("what", set(Hidden))),
            tuple(sorted(keys, key=lambda key: key.ordinal)),
            TrackState.CONFIRMED,
            MadeBy.HAND,
            note,
        )
    except ValueError as error:
        raise UnusableInputError(
            f"a track drawn by hand is none: {error}",
            'each needs keys such as {"picture": 12, "box": [0, 0, 64, 64]}',
        ) from error
