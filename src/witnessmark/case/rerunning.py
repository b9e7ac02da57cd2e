"""Run recorded findings again and say how each fared: what the opposing expert does with our report.

The record is any JSON document that holds findings (``witnessmark/finding/1``): of ``inspect --json``, of
``findings CASE --json``, or a single one. It comes from the other side of a dispute, so it is read with bounds, and
each finding in it is first held to its own digest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from witnessmark.case.inspecting import Inspected, inspect_files
from witnessmark.examine.registry import ids
from witnessmark.model.build import BuildDifference, differences
from witnessmark.model.errors import UnusableInputError, UsageError
from witnessmark.model.findings import SCHEMA, FindingCore
from witnessmark.model.rerun import Compared, Verdict, broken, compare

MOST_BYTES = 256 << 20
DEEPEST = 64
MOST_FINDINGS = 100_000
NEEDED = ("kind", "examiner", "version", "core_digest", "build")


@dataclass(frozen=True, slots=True)
class Record:
    """What a document says of one file."""

    sha256: str | None
    """The file it speaks of, where the document names it."""
    findings: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Rerun:
    """A file examined again, held against a record of it."""

    made: Inspected
    record: Record
    compared: tuple[Compared, ...]

    @property
    def other_file(self) -> bool:
        """The record is of a file with other bytes: nothing else needs to be compared."""
        return self.record.sha256 is not None and self.record.sha256 != self.made.sha256

    @property
    def build(self) -> tuple[BuildDifference, ...]:
        """In which parts the two builds differ."""
        if not self.record.findings or not self.made.findings:
            return ()
        return differences(str(self.record.findings[0]["build"]), self.made.findings[0].build)

    @property
    def wrong(self) -> bool:
        """Something that should have come out again did not: another result on the same build, a record that
        contradicts itself, or another file."""
        return self.other_file or any(
            one.verdict in (Verdict.DIFFERENT, Verdict.BROKEN_RECORD)
            or (one.verdict in (Verdict.MISSING, Verdict.ADDED) and not self.build)
            for one in self.compared
        )

    @property
    def reproduced(self) -> bool:
        return not self.other_file and all(one.verdict is Verdict.SAME for one in self.compared)


def rerun(
    path: Path, against: Path, *, examiners: Sequence[str] | None = None, accept_unsandboxed: bool = False
) -> Rerun:
    """Examine ``path`` with the examiners of the record (or those of them that are named) and compare.

    Raises UnusableInputError for a document without findings, UsageError where it speaks of several files and none of
    them is this one by its digest.
    """
    records = records_in(against)
    known = set(ids())
    wanted = {str(f["examiner"]) for record in records for f in record.findings}
    if examiners is not None:
        ids(examiners)
        wanted &= set(examiners)
    runnable = sorted(wanted & known)
    if not runnable:
        raise UsageError(
            "the record holds no finding of these examiners", "leave --examiner away, or choose one it holds"
        )
    (made,) = inspect_files([path], examiners=runnable, accept_unsandboxed=accept_unsandboxed)
    record = _of_this_file(records, made.sha256)
    findings = tuple(f for f in record.findings if examiners is None or f["examiner"] in examiners)
    record = Record(record.sha256, findings)
    if record.sha256 is not None and record.sha256 != made.sha256:
        return Rerun(made, record, ())
    whole, faulty = [], []
    for finding in findings:
        digest = _digest_of(finding)
        if digest == finding["core_digest"]:
            whole.append(finding)
        else:
            faulty.append(broken(finding, digest))
    return Rerun(made, record, (*faulty, *compare(whole, [f.to_json() for f in made.findings])))


def records_in(path: Path) -> tuple[Record, ...]:
    """All findings of a document, by the file or item they speak of."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UnusableInputError("the record is too large", "give the findings of one file")
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UnusableInputError("the record is no readable JSON document", "check the path") from error
    grouped: dict[tuple[str | None, str], list[Mapping[str, Any]]] = {}
    for sha256, finding in _findings(document, None, 0):
        group = grouped.setdefault((sha256, str(finding.get("item", ""))), [])
        group.append(finding)
        if len(group) > MOST_FINDINGS:
            raise UnusableInputError("the record holds too many findings", "give the findings of one file")
    if not grouped:
        raise UnusableInputError(
            "the record holds no findings",
            "give what `witnessmark inspect --json` or `witnessmark findings --json` wrote",
        )
    return tuple(Record(sha256, tuple(findings)) for (sha256, _), findings in grouped.items())


def _findings(value: Any, sha256: str | None, depth: int) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            yield from _findings(one, sha256, depth + 1)
    elif isinstance(value, dict):
        if value.get("schema") == SCHEMA:
            if all(isinstance(value.get(name), str) for name in NEEDED):
                yield sha256, value
            return
        own = value.get("sha256")
        for one in value.values():
            yield from _findings(one, own if isinstance(own, str) else sha256, depth + 1)


def _of_this_file(records: Sequence[Record], sha256: str) -> Record:
    if len(records) == 1:
        return records[0]
    fitting = [record for record in records if record.sha256 == sha256]
    if len(fitting) != 1:
        raise UsageError(
            "the record speaks of several files, and none of them is this one by its SHA-256",
            "give the findings of this file alone: `witnessmark findings CASE --item ID --json`",
        )
    return fitting[0]


def _digest_of(finding: Mapping[str, Any]) -> str:
    """The digest that the content of a recorded finding has; ``unreadable`` where it is no finding at all."""
    try:
        return FindingCore.from_json(finding).core_digest
    except (KeyError, TypeError, ValueError, ZeroDivisionError, AttributeError):
        return "unreadable"
