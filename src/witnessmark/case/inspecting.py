"""Examine files without a case: the same jail, the same methods, nothing written."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from witnessmark.case.attempt_results import AttemptReader, ProtocolBroken, Summary
from witnessmark.case.examining import BASE_WALL_S, LONGEST_WALL_S, MEMORY_BYTES, TASK, WALL_S_PER_MB
from witnessmark.examine.library.entries import Library
from witnessmark.examine.registry import cards, ids
from witnessmark.ground import jail
from witnessmark.model.errors import JailError, UnusableInputError
from witnessmark.model.findings import Finding, FindingCore, Outcome

if TYPE_CHECKING:
    from witnessmark.examine.sound.grid import Record

NO_ITEM = ""
HUM_METHOD = "audio"
UNFINISHED = "no build: the attempt did not finish"


@dataclass(frozen=True, slots=True)
class Inspected:
    path: str
    sha256: str
    findings: tuple[Finding, ...]
    summary: Summary | None


def inspect_files(
    paths: Sequence[Path],
    *,
    examiners: Sequence[str] | None = None,
    references: Library | None = None,
    grid_record: bytes | None = None,
    accept_unsandboxed: bool = False,
    on_done: Callable[[int], None] | None = None,
) -> tuple[Inspected, ...]:
    """One result per file, in order. Raises UnusableInputError for a path that is no readable file.

    ``references``: exported from a case, to stand beside the shipped library as they did there.
    ``grid_record``: a record of a grid's frequency (CSV or JSON) to lay the hum of every file beside.
    """
    if jail.level() is jail.Level.S0 and not accept_unsandboxed:
        raise JailError(
            "this machine offers no sandbox, and a file may be a trap", "see `witnessmark doctor`"
        )
    asked = HUM_METHOD in ids(examiners)
    record = _record(grid_record) if grid_record is not None and asked else None
    for path in paths:
        if not path.is_file():
            raise UnusableInputError("one of the files to inspect is missing or is no file", "check the path")
    results = []
    for path in paths:
        results.append(_inspect(path, examiners, references, record, accept_unsandboxed))
        if on_done is not None:
            on_done(path.stat().st_size)
    return tuple(results)


def _record(data: bytes) -> Record:
    from witnessmark.examine.sound.grid import RecordError, read_record

    try:
        return read_record(data)
    except RecordError as error:
        raise UnusableInputError(
            f"the record of the grid cannot be used: {error}",
            "two columns, a time and a frequency in hertz; see docs/methods/audio.md",
        ) from error


def _inspect(
    path: Path,
    examiners: Sequence[str] | None,
    references: Library | None,
    record: Record | None,
    accept_unsandboxed: bool,
) -> Inspected:
    reader = AttemptReader(ids(examiners))
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise UnusableInputError("a file to inspect cannot be opened", "check its permissions") from error
    cause = ""
    outcome = None
    cores: tuple[FindingCore, ...]
    try:
        size_bytes = os.fstat(fd).st_size
        wall_s = min(LONGEST_WALL_S, BASE_WALL_S + WALL_S_PER_MB * size_bytes / 1e6)
        ended = jail.run(
            TASK,
            {
                "examiners": None if examiners is None else list(examiners),
                "seal": None,
                "shield": False,
                "sha256": True,
                "cpu_s": wall_s * 0.9,
                "references": references.to_json() if references else None,
            },
            files={"file": fd},
            budget=jail.Budget(memory_bytes=MEMORY_BYTES, cpu_s=int(wall_s), wall_s=wall_s),
            on_record=reader.on_record,
            on_blob=reader.on_blob,
            allow_unsandboxed=accept_unsandboxed,
        )
        outcome = reader.outcome() if ended.ended is jail.Ended.DONE else None
        cause = f"{ended.ended}: {ended.detail}"[:200]
    except ProtocolBroken as error:
        cause = f"the child broke the protocol: {error}"[:200]
    finally:
        os.close(fd)
    summary = outcome.summary if outcome else None
    if outcome is None or summary is None or summary.sha256 is None:
        cores = tuple(c for card in cards(examiners) for c in card.failed(cause))
        return Inspected(str(path), digest_of(path), _bound(cores, UNFINISHED), None)
    cores = outcome.cores
    if record is not None:
        from witnessmark.examine.sound.placed import laid_beside

        (card,) = cards([HUM_METHOD])
        cores = (*cores, laid_beside(card, outcome.features, record))
    return Inspected(str(path), summary.sha256.hex(), _bound(cores, summary.build, summary.sandbox), summary)


def _bound(cores: Sequence[FindingCore], build: str, sandbox: str | None = None) -> tuple[Finding, ...]:
    level = sandbox or str(jail.level())
    return tuple(Finding(str(uuid.uuid4()), NO_ITEM, core, build, level) for core in cores)


def digest_of(path: Path) -> str:
    """SHA-256 of a file that the child could not finish, read here as plain bytes."""
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_failed(result: Inspected) -> bool:
    return all(f.core.outcome is Outcome.FAILED for f in result.findings)
