"""A line of the custody log in words: what was done, why, and to which items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from witnessmark.model.codes import short_code

Data = Mapping[str, Any]
ERASED = "(its content was erased; the erasure is logged)"

_PARTS = {"seal": "the redactable seal", "shield": "the reviewer's shield copy"}

_WORDS: Mapping[str, Callable[[Data], str]] = {
    "case.created": lambda d: "the case was made, with its keys",
    "case.adopted": lambda d: "this copy of the case became the writable one",
    "actor.introduced": lambda d: "a person's signing key was entered in the log",
    "actor.retired": lambda d: "a person's signing key was retired",
    "keys.changed": lambda d: f"keys were changed: {d.get('change', '')}",
    "case.backed_up": lambda d: "an encrypted copy of the catalogue was made",
    "source.stated": lambda d: "the source's own statement was sealed",
    "item.received": lambda d: (
        f"item {short_code(str(d['item']))} was received and sealed ({d['bytes']:,} bytes)"
    ),
    "item.found_again": lambda d: (
        f"item {short_code(str(d['item']))}, already held, was found in another place"
    ),
    "file.refused": lambda d: (
        f"a file was refused ({d['reason']}); its name is in the sealed annex, {d['code']}"
    ),
    "receipt.completed": lambda d: (
        f"receipt {short_code(str(d['receipt']))} was completed: {d['found']} found, {d['sealed']} sealed, "
        f"{d['already_held']} already held, {d['refused']} refused"
    ),
    "item.committed": lambda d: f"item {short_code(str(d['item']))} was committed to the redactable seal",
    "examination.done": lambda d: (
        f"item {short_code(str(d['item']))} was examined: "
        f"{d['count']} finding{'' if d['count'] == 1 else 's'}, sandbox {d['sandbox']}"
    ),
    "examination.failed": lambda d: (
        f"the examination of item {short_code(str(d['item']))} was set aside: {d['cause']}"
    ),
    "part.failed": lambda d: (
        f"{_PARTS.get(str(d['part']), d['part'])} of item {short_code(str(d['item']))} could not be made: {d['fault']}"
    ),
    "audit.done": lambda d: f"the case was audited: {d['objects']} objects, {d['problems']} problems",
    "names.opened": lambda d: f"original names of {d['occurrences']} occurrences were opened",
    "day.closed": lambda d: f"the day tree of {d['day']} was closed and published",
    "publication.key_rotated": lambda d: "the key of the publication log was changed",
    "witness.added": lambda d: "a witness was added",
    "stamp.asked": lambda d: f"trusted time was asked for ({d['requests']} requests)",
    "stamp.anchored": lambda d: f"a time stamp was received and checked: {d['authority']}, {d['time']}",
    "handover.made": lambda d: f"a hand-over was packed for a recipient: {d['files']} files ({d['profile']})",
    "handover.receipted": lambda d: "the recipient's receipt of a hand-over came back",
    "hold.set": lambda d: "a hold was set: what it covers cannot be erased",
    "hold.lifted": lambda d: "a hold was lifted",
    "erasure.proposed": lambda d: f"the erasure of item {short_code(str(d['item']))} was proposed",
    "item.erased": lambda d: f"the content of item {short_code(str(d['item']))} was destroyed",
    "payload.erased": lambda d: f"the private half of line {d['index']} was erased",
}


def describe_event(kind: str, data: Data, *, erased: bool) -> tuple[str, str, tuple[str, ...]]:
    """(what was done, why, ids of the items it speaks of)."""
    if erased:
        return f"{kind} {ERASED}", "", ()
    items = tuple(str(data[name]) for name in ("item",) if name in data)
    words = _WORDS.get(kind)
    if words is not None:
        what = words(data)
    elif kind.endswith(".imported"):
        what = f"{data['rows']} rows of the table of {kind.split('.')[0]} entries were taken"
    else:
        what = kind
    return what, str(data.get("reason", "")), items
