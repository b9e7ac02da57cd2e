"""Examine files without a case: the same jail, the same methods, nothing written."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from witnessmark.case.attempt_results import Summary
from witnessmark.case.file_pass import need_sandbox, pass_over
from witnessmark.examine.library.entries import Library
from witnessmark.examine.registry import cards, ids
from witnessmark.ground import jail
from witnessmark.model.errors import UnusableInputError
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
    need_sandbox(accept_unsandboxed)
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
    passed = pass_over(
        path,
        examiners,
        purpose="to inspect",
        references=references,
        accept_unsandboxed=accept_unsandboxed,
    )
    outcome, cause = passed.outcome, passed.cause
    cores: tuple[FindingCore, ...]
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
