"""Runs one method over one file, as the house does: one decode, the file's kind from its first bytes."""

from __future__ import annotations

from pathlib import Path

from witnessmark.examine.examination import examine_file
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.model.findings import FindingCore, Grade, Outcome


def findings_of(path: Path, *methods: str) -> tuple[FindingCore, ...]:
    """All findings of the named methods on one file; a method that raises fails the test."""
    size = path.stat().st_size
    with path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), size)
        held.seek(0)
        given = examine_file(held, size, kind, only=methods, with_rates=False)
    assert given.failures == ()
    assert [core.reason for core in given.cores if core.outcome is Outcome.FAILED] == []
    return given.cores


def told(cores: tuple[FindingCore, ...], kind: str) -> list[tuple[Outcome, Grade | None]]:
    """Outcomes and grades of one kind, in order."""
    return [(core.outcome, core.grade) for core in cores if core.kind == kind]


def marked(cores: tuple[FindingCore, ...]) -> list[str]:
    """Kinds that must be explained."""
    return sorted({core.kind for core in cores if core.must_be_explained})


def starts(cores: tuple[FindingCore, ...], kind: str) -> list[float]:
    """Where the observed findings of one kind begin, in seconds."""
    return [
        core.span.start.seconds
        for core in cores
        if core.kind == kind and core.outcome is Outcome.OBSERVED and core.span is not None
    ]
