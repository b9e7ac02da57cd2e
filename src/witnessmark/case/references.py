"""A case's own reference recordings: added from files, taken in from others, passed on as structure alone.

They stand in the sealed catalogue in the order in which they came, so that every state they ever had can be exported
again: a finding names the state that it was laid beside. The log has a leaf for each change, with the digest of the
state after it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from witnessmark.case.case import Case
from witnessmark.case.checked import Checked
from witnessmark.examine.library.entries import LONGEST_TEXT, Entry, Library, read_library
from witnessmark.examine.library.entries import shipped as shipped
from witnessmark.examine.library.tokens import LONGEST_TOKEN, MOST_TOKENS, is_shareable
from witnessmark.ground import jail
from witnessmark.ground.vault import durable
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.errors import JailError, UnusableInputError, UsageError

REFERENCES = "references"
"""Setting: the batches, oldest first, each as a library document."""
TASK = "witnessmark.case.reference_task:describe"
BUDGET = jail.Budget(memory_bytes=1 << 30, cpu_s=60, wall_s=120.0)
"""Parsing takes a third of a second at most; the rest is for a slow disk."""
FEWEST_TOKENS = 8
"""A structure of fewer parts fits any writer."""


LISTED = ("family", "sort", "device", "format", "software", "native_by", "source", "licence")
LONG_NUMBER = re.compile(r"\d[\d -]{5,}\d|[A-Z0-9]*\d[A-Z0-9]{7,}")
"""Seven digits and more, or eight capitals and digits in a row: telephone and serial numbers. Only a warning."""


@dataclass(frozen=True, slots=True)
class Described:
    """One recording as the jailed child describes it."""

    format: str
    tokens: tuple[str, ...]
    software: tuple[str, ...]
    """Programs that sign in the file: a reason to doubt that it is native."""


@dataclass(frozen=True, slots=True)
class Added:
    recordings: int
    """New in the case."""
    references: Library
    """The state after it."""
    doubts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(file, programs that sign in it)."""


def batches(case: Case) -> tuple[Library, ...]:
    """What was added, step by step."""
    held = case.catalogue.get_setting(REFERENCES)
    return tuple(read_library(json.dumps(one).encode()) for one in json.loads(held)) if held else ()


def listed(case: Case) -> tuple[dict[str, Any], ...]:
    """Every reference in the order in which it came in, as a row; ``state``: the name of the state it began."""
    rows: list[dict[str, Any]] = []
    standing = Library()
    for batch in batches(case):
        standing += batch
        rows += [
            {name: getattr(entry, name) for name in LISTED}
            | {"tokens": len(entry.tokens), "state": standing.name}
            for entry in batch.entries
        ]
    return tuple(rows)


def states(case: Case) -> tuple[str, ...]:
    """Digests of all states, the present one last."""
    found, standing = [], Library()
    for batch in batches(case):
        standing += batch
        found.append(standing.digest)
    return tuple(found)


def long_numbers(given: Library) -> list[str]:
    """Typed texts that hold what may be a serial number."""
    typed = {
        text
        for entry in given.entries
        for text in (entry.family, entry.device, entry.software, entry.source, entry.licence, entry.native_by)
    }
    return sorted(text for text in typed if LONG_NUMBER.search(text))


def from_file(path: Path) -> Library:
    """References that a case gave out. Raises UnusableInputError for anything else."""
    try:
        return read_library(path.read_bytes())
    except OSError as error:
        raise UnusableInputError("the file of references cannot be read", "check the path") from error


def references(case: Case) -> Library:
    """All references of the case, as they stand."""
    return sum(batches(case), Library())


def state(case: Case, name: str) -> Library:
    """The references as they stood when they had this name (the beginning of their digest). Raises UsageError."""
    standing = Library()
    for batch in batches(case):
        standing += batch
        if name and standing.digest.startswith(name):
            return standing
    raise UsageError(
        "the case's references never had this digest", "`witnessmark reference list CASE` names every state"
    )


def add(
    case: Case,
    paths: Sequence[Path],
    *,
    device: str,
    family: str = "",
    sort: str = "camera",
    software: str = "",
    source: str = "",
    licence: str = "",
    native_by: str = "",
    accept_unsandboxed: bool = False,
) -> Added:
    """Describe recordings in the jail and keep their structure. ``native_by``: how it is known that nothing wrote them
    since.

    Raises UnusableInputError for a file whose structure cannot be read, JailError where there is no sandbox.
    """
    case.require_writable()
    if jail.level() is jail.Level.S0 and not accept_unsandboxed:
        raise JailError(
            "this machine offers no sandbox, and a file may be a trap", "see `witnessmark doctor`"
        )
    entries, doubts = [], []
    for path in paths:
        told = describe(path, accept_unsandboxed=accept_unsandboxed)
        if told.software:
            doubts.append((path.name, told.software))
        try:
            entries.append(
                Entry(
                    family=family or device,
                    sort=sort,
                    device=device,
                    format=told.format,
                    software=software,
                    source=source or "added by the people of a case",
                    licence=licence or "not stated",
                    native_by=native_by or "not stated",
                    tokens=told.tokens,
                )
            )
        except ValueError as error:
            raise UsageError(str(error), "see `witnessmark reference --help`") from None
    return _keep(case, Library.of(entries), "added", tuple(doubts))


def take_in(case: Case, path: Path) -> Added:
    """References that others exported. Every token is held to the rules of our own."""
    return _keep(case, from_file(path), "imported", ())


def give_out(case: Case, path: Path, name: str = "") -> Library:
    """Write the references (or an earlier state of them) as a file that others take in."""
    given = state(case, name) if name else references(case)
    if not given.entries:
        raise UsageError(
            "the case has no references of its own", "add some: witnessmark reference add CASE FILE..."
        )
    if path.exists():
        raise UsageError("there is a file of that name already", "choose a name that is free")
    with durable.writing("the file of references"):
        durable.replace(path.absolute(), given.content())
    return given


def describe(path: Path, *, accept_unsandboxed: bool = False) -> Described:
    """One file in the jail."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise UnusableInputError("a reference recording cannot be opened", "check the path") from error
    said: list[dict[str, Any]] = []
    try:
        ended = jail.run(
            TASK,
            {},
            files={"file": fd},
            budget=BUDGET,
            on_record=said.append,
            allow_unsandboxed=accept_unsandboxed,
        )
    except jail.ProtocolBroken:
        raise _unusable() from None
    finally:
        os.close(fd)
    if ended.ended is not jail.Ended.DONE or len(said) != 1:
        raise _unusable()
    try:
        record = Checked(said[0]).only("format", "tokens", "unreadable", "software")
        tokens = record.texts("tokens", MOST_TOKENS, LONGEST_TOKEN)
        format_name, why = record.text("format", 32), record.text("unreadable", 1_000)
        software = record.texts("software", 100, LONGEST_TEXT)
    except jail.ProtocolBroken:
        raise _unusable() from None
    if why or len(tokens) < FEWEST_TOKENS or not all(map(is_shareable, tokens)):
        raise _unusable()
    return Described(format_name, tuple(sorted(set(tokens))), software)


def _keep(case: Case, more: Library, change: str, doubts: tuple[tuple[str, tuple[str, ...]], ...]) -> Added:
    case.require_writable()
    with case.alone("references"), case.catalogue.transaction():
        before = batches(case)
        standing = sum(before, Library())
        new = Library.of(set(more.entries) - set(standing.entries))
        after = standing + new
        if new.entries:
            held = json.dumps([batch.to_json() for batch in (*before, new)], ensure_ascii=False)
            case.catalogue.set_setting(REFERENCES, held)
            case.ledger.append(
                [
                    CustodyEvent(
                        "references.changed",
                        private={
                            "change": change,
                            "recordings": len(new.entries),
                            "references": after.digest,
                        },
                    )
                ]
            )
    return Added(len(new.entries), after, doubts)


def _unusable() -> UnusableInputError:
    return UnusableInputError(
        "a file cannot serve as a reference: its structure could not be read",
        "give recordings as the device wrote them, of a format whose structure is read (MP4, MOV, AVI, MKV, TS, JPEG)",
    )
