"""Runs one method over one file, as the house does: one decode, the file's kind from its first bytes."""

from __future__ import annotations

from pathlib import Path

from witnessmark.examine.registry import examinations
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.ground.media import run_reel
from witnessmark.model.findings import FindingCore, Grade, Outcome


def findings_of(path: Path, *methods: str) -> tuple[FindingCore, ...]:
    """All findings of the named methods on one file; a method that raises fails the test."""
    size = path.stat().st_size
    with path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), size)
        held.seek(0)
        outcome = run_reel(held, size, examinations(kind, only=methods), kind=kind)
    assert outcome.failures == ()
    return tuple(core for _, core in outcome.products if isinstance(core, FindingCore))


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
