"""A line of the custody log in words: what was done, why, and to which items.

The words are messages with named places, so that a report can say them in its language; here they are English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from witnessmark.model.codes import short_code

Data = Mapping[str, Any]
Value = int | str

ERASED = "{kind} (its content was erased; the erasure is logged)"
IMPORTED = "{rows} rows of the table of {table} entries were taken"
MESSAGES: Mapping[str, str] = {
    "case.created": "the case was made, with its keys",
    "case.adopted": "this copy of the case became the writable one",
    "actor.introduced": "a person's signing key was entered in the log",
    "actor.retired": "a person's signing key was retired",
    "keys.changed": "keys were changed: {change}",
    "case.backed_up": "an encrypted copy of the catalogue was made",
    "source.stated": "the source's own statement was sealed",
    "item.received": "item {item} was received and sealed ({bytes} bytes)",
    "item.found_again": "item {item}, already held, was found in another place",
    "file.refused": "a file was refused ({refusal}); its name is in the sealed annex, {code}",
    "receipt.completed": (
        "receipt {receipt} was completed: {found} found, {sealed} sealed, {already_held} already held, "
        "{refused} refused"
    ),
    "item.committed": "item {item} was committed to the redactable seal",
    "examination.done": "item {item} was examined; findings: {count}; sandbox {sandbox}",
    "examination.failed": "the examination of item {item} was set aside: {cause}",
    "comparison.done": (
        "{compared} recordings were compared, {new} of them for the first time or anew; new relations: {found}"
    ),
    "part.failed.fingerprint": "the fingerprint of item {item} could not be made: {fault}",
    "part.failed.pedigree": "the traces of descent of item {item} could not be made: {fault}",
    "part.failed.seal": "the redactable seal of item {item} could not be made: {fault}",
    "part.failed.shield": "the reviewer's shield copy of item {item} could not be made: {fault}",
    "audit.done": "the case was audited: {objects} objects, {problems} problems",
    "names.opened": "original names of {occurrences} occurrences were opened",
    "texts.opened": "texts that were read from the picture of item {item} were opened",
    "transcript.added": "words of item {item} were taken in ({cues} stretches, language {language})",
    "day.closed": "the day tree of {day} was closed and published",
    "publication.begun": "the publication log was begun with {count} filler days before the first day of the case",
    "publication.key_rotated": "the key of the publication log was changed",
    "witness.added": "a witness was added",
    "stamp.asked": "trusted time was asked for ({requests} requests)",
    "stamp.anchored": "a time stamp was received and checked: {authority}, {time}",
    "handover.made": "a hand-over was packed for a recipient: {files} files ({profile})",
    "handover.receipted": "the recipient's receipt of a hand-over came back",
    "references.changed.added": "reference recordings of known origin were added: {recordings}",
    "references.changed.imported": "reference recordings were taken in from others: {recordings}",
    "release.proposed": "a release of item {item} was proposed and signed by its redactor",
    "release.approved": "a release of item {item} was approved by another person",
    "release.looked": "the files of a proposed release were written out to be looked at",
    "release.rejected": "a proposed release was rejected: it does not leave",
    "release.made": "a release was entered in the log and its bundle written",
    "release.withdrawn": "a release was withdrawn",
    "opening.made": "the opening of item {item}, as secret as the recording itself, was written out",
    "exposure.profile_set": "the profile of the source was sealed",
    "exposure.checked": "outgoing words were held against the source; the sealed profile and names were opened for it",
    "exposure.answered": "a person answered for words that may point at the source",
    "source.safe": "a person declared that the source is safe",
    "source.not_safe": "a person declared that the source is not safe any more",
    "redaction.proposed": (
        "what is to be hidden in item {item} was proposed: {tracks} tracks, {uncovered} open stretches"
    ),
    "redaction.decided": (
        "a person decided on what is hidden in item {item}: {confirmed} confirmed, {rejected} rejected, {added} drawn, "
        "{cleared} cleared; {unconfirmed} tracks and {uncovered} stretches are open"
    ),
    "redaction.reopened": "a second look at the video of item {item} found {sightings} places for a person to look at",
    "tracks.exported": "tracks of item {item} were written out to be decided on, with {pictures} small grey pictures",
    "derivative.made": "a video with the hidden tiles black was made of item {item} ({pictures} pictures)",
    "hold.set": "a hold was set: what it covers cannot be erased",
    "hold.lifted": "a hold was lifted",
    "erasure.proposed": "the erasure of item {item} was proposed",
    "item.erased": "the content of item {item} was destroyed",
    "payload.erased": "the private half of line {index} was erased",
}

_CODES = ("item", "receipt")
"""Fields that hold an id of which people say the short code."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message and what stands in its places."""

    message: str
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def english(self) -> str:
        shown = {name: f"{v:,}" if isinstance(v, int) else v for name, v in self.values.items()}
        return self.message.format_map(shown)


def describe_event(kind: str, data: Data, *, erased: bool) -> tuple[Said, str, tuple[str, ...]]:
    """(what was done, why, ids of the items it speaks of)."""
    if erased:
        return Said(ERASED, {"kind": kind}), "", ()
    items = tuple(str(data[name]) for name in ("item",) if name in data)
    message = MESSAGES.get(f"{kind}.{data['part']}" if "part" in data else kind)
    if message is not None:
        values: dict[str, Value] = {
            name: short_code(str(value)) if name in _CODES else value
            for name, value in data.items()
            if isinstance(value, int | str) and not isinstance(value, bool)
        }
        if kind == "file.refused":
            values["refusal"] = str(data["reason"])
        elif kind == "keys.changed":
            values["change"] = str(data.get("change", ""))
        said = Said(message, values)
    elif kind.endswith(".imported"):
        said = Said(IMPORTED, {"rows": int(data["rows"]), "table": kind.split(".")[0]})
    else:
        said = Said("{kind}", {"kind": kind})
    return said, str(data.get("reason", "")), items
