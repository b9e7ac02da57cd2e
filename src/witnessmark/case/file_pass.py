"""One jailed pass of the task that examines items, without a seal and without a shield: over a file outside any case,
or over something that was made in one and is to leave it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from witnessmark.case.attempt_results import AttemptOutcome, AttemptReader, ProtocolBroken
from witnessmark.case.case import Case
from witnessmark.case.examining import BASE_WALL_S, LONGEST_WALL_S, MEMORY_BYTES, TASK, WALL_S_PER_MB
from witnessmark.examine.library.entries import Library
from witnessmark.examine.registry import ids
from witnessmark.ground import jail
from witnessmark.model.errors import JailError, UnusableInputError

CPU_SHARE = 0.9
"""Of the wall clock: the child stops itself before its parent does, and can still say what it has."""
CAUSE_LETTERS = 200


@dataclass(frozen=True, slots=True)
class Passed:
    """What the child left: everything, or nothing and why."""

    outcome: AttemptOutcome | None
    cause: str


def need_sandbox(accept_unsandboxed: bool) -> None:
    """Raises JailError on a machine that offers no sandbox, unless somebody accepted that."""
    if jail.level() is jail.Level.S0 and not accept_unsandboxed:
        raise JailError(
            "this machine offers no sandbox, and a file may be a trap", "see `witnessmark doctor`"
        )


def pass_over(
    path: Path,
    examiners: Sequence[str] | None,
    *,
    purpose: str,
    fingerprint: bool = False,
    references: Library | None = None,
    accept_unsandboxed: bool = False,
) -> Passed:
    """Examine one file and tell its SHA-256. ``purpose``: what the file is for, in an error ("to compare").

    Raises UnusableInputError where the file cannot be opened.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise UnusableInputError(f"a file {purpose} cannot be opened", "check its permissions") from error
    return _passed({"file": fd}, {}, examiners, fingerprint, references, accept_unsandboxed)


def pass_over_object(
    case: Case,
    object_name: str,
    examiners: Sequence[str] | None,
    *,
    fingerprint: bool = False,
    accept_unsandboxed: bool = False,
) -> Passed:
    """The same over a sealed object that was made in the case."""
    fd, file_key = case.file_key(object_name)
    return _passed({"object": fd}, {"file_key": file_key}, examiners, fingerprint, None, accept_unsandboxed)


def _passed(
    files: dict[str, int],
    secrets: dict[str, bytes],
    examiners: Sequence[str] | None,
    fingerprint: bool,
    references: Library | None,
    accept_unsandboxed: bool,
) -> Passed:
    """Runs the child and closes the descriptor."""
    reader = AttemptReader(ids(examiners))
    (fd,) = files.values()
    try:
        wall_s = min(LONGEST_WALL_S, BASE_WALL_S + WALL_S_PER_MB * os.fstat(fd).st_size / 1e6)
        ended = jail.run(
            TASK,
            {
                "examiners": None if examiners is None else list(examiners),
                "seal": None,
                "shield": False,
                "fingerprint": fingerprint,
                "sha256": True,
                "cpu_s": wall_s * CPU_SHARE,
                "references": references.to_json() if references else None,
            },
            files=files,
            secrets=secrets,
            budget=jail.Budget(memory_bytes=MEMORY_BYTES, cpu_s=int(wall_s), wall_s=wall_s),
            on_record=reader.on_record,
            on_blob=reader.on_blob,
            allow_unsandboxed=accept_unsandboxed,
        )
        outcome = reader.outcome() if ended.ended is jail.Ended.DONE else None
        return Passed(outcome, f"{ended.ended}: {ended.detail}"[:CAUSE_LETTERS])
    except ProtocolBroken as error:
        return Passed(None, f"the child broke the protocol: {error}"[:CAUSE_LETTERS])
    finally:
        os.close(fd)
