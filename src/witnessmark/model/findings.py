"""A finding: what was asked of a file, what came out, how sure, and how to run it again.

The *reproducible core* (FindingCore) is the part that must come out byte for byte the same on the same
build: its RFC 8785 JSON is hashed into ``core_digest``. A Finding adds what differs between runs:
its random id, the item, build, sandbox level and the command line that repeats it.
Source for the separation of detection grade and evidential weight: ISO 21043-4; ENFSI BPM-DI-03.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import rfc8785

from witnessmark.model.time import Span

SCHEMA = "witnessmark/finding/1"
WHOLE = "examination"
"""``examiner`` of answers that no single method gives: no examiner applies to this kind of file."""


class Outcome(StrEnum):
    """There is no boolean anywhere, and never "authentic: yes"."""

    OBSERVED = "observed"
    NOT_OBSERVED = "not_observed"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not_applicable"
    FAILED = "failed"


class Grade(StrEnum):
    """How sure the *detection* is. What it weighs for a proposition is a separate field."""

    OBSERVATION = "observation"
    WEAK = "weak"
    MODERATE = "moderate"
    STRONG = "strong"


class FindingClass(StrEnum):
    """Three classes kept apart in every report."""

    HISTORY = "history"
    CONTINUITY = "continuity"
    CONFLICT = "conflict"


MUST_BE_EXPLAINED: Mapping[str, FindingClass] = {
    "container.rewritten": FindingClass.HISTORY,
    "container.trailing": FindingClass.HISTORY,
    "encode.software": FindingClass.HISTORY,
    "encode.repeated": FindingClass.HISTORY,
    "metadata.conflict": FindingClass.CONFLICT,
    "credentials.broken": FindingClass.CONFLICT,
    "timeline.gap": FindingClass.CONTINUITY,
    "timeline.disorder": FindingClass.CONTINUITY,
    "timeline.av_offset": FindingClass.CONTINUITY,
    "picture.cut": FindingClass.CONTINUITY,
    "picture.repeat": FindingClass.CONTINUITY,
    "picture.freeze": FindingClass.CONTINUITY,
    "clock.jump": FindingClass.CONTINUITY,
    "clock.rate": FindingClass.CONTINUITY,
    "clock.stopped": FindingClass.CONTINUITY,
    "audio.gap": FindingClass.CONTINUITY,
    "audio.splice": FindingClass.CONTINUITY,
}
"""Kinds that carry the mark: they want an explanation; the mark is no sign of manipulation."""

PLAIN_KINDS = frozenset(
    {
        "container.family",
        "clock.series",
        "clock.offset",
        "audio.hum",
        "camera.fingerprint",
        "picture.local",
        "credentials.present",
        "credentials.absent",
        "synthetic.not_tested",
        "not_examined",
    }
)
KINDS = frozenset(MUST_BE_EXPLAINED) | PLAIN_KINDS


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measured value with its unit (``""`` for a count or a text read from the file)."""

    value: int | float | str | tuple[int | float | str, ...]
    unit: str = ""

    def to_json(self) -> dict[str, Any]:
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {"value": value, "unit": self.unit}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Measurement:
        value = document["value"]
        return cls(tuple(value) if isinstance(value, list) else value, document["unit"])


@dataclass(frozen=True, slots=True)
class FindingCore:
    """What the method says about the file. Floats must be rounded by the method before they come here."""

    kind: str
    question: str
    examiner: str
    version: str
    outcome: Outcome
    statement: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    span: Span | None = None
    measurements: Mapping[str, Measurement] = field(default_factory=dict)
    grade: Grade | None = None
    calibration: str = "not yet measured"
    weight: str = "not calibrated"
    reason: str = ""
    """Why not applicable, or the fault when failed."""
    benign_causes: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"finding kind {self.kind!r} is not in the interface")
        if self.outcome is Outcome.NOT_APPLICABLE and not self.reason:
            raise ValueError("a question that does not apply needs its reason")

    @property
    def must_be_explained(self) -> bool:
        """True for an observed finding of a marked kind with a grade of moderate or strong."""
        return (
            self.outcome is Outcome.OBSERVED
            and self.kind in MUST_BE_EXPLAINED
            and self.grade in (Grade.MODERATE, Grade.STRONG)
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "kind": self.kind,
            "question": self.question,
            "examiner": self.examiner,
            "version": self.version,
            "parameters": dict(self.parameters),
            "outcome": str(self.outcome),
            "statement": self.statement,
            "span": self.span.to_json() if self.span else None,
            "measurements": {name: m.to_json() for name, m in self.measurements.items()},
            "grade": str(self.grade) if self.grade else None,
            "calibration": self.calibration,
            "weight": self.weight,
            "reason": self.reason,
            "benign_causes": list(self.benign_causes),
            "limits": list(self.limits),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> FindingCore:
        """The core that ``to_json`` was made from (fields beyond the core are left alone).

        Exact, but for tuples inside ``parameters``, which JSON knows as lists.
        """
        return cls(
            kind=document["kind"],
            question=document["question"],
            examiner=document["examiner"],
            version=document["version"],
            outcome=Outcome(document["outcome"]),
            statement=document["statement"],
            parameters=document["parameters"],
            span=Span.from_json(document["span"]) if document["span"] else None,
            measurements={name: Measurement.from_json(m) for name, m in document["measurements"].items()},
            grade=Grade(document["grade"]) if document["grade"] else None,
            calibration=document["calibration"],
            weight=document["weight"],
            reason=document["reason"],
            benign_causes=tuple(document["benign_causes"]),
            limits=tuple(document["limits"]),
        )

    @property
    def core_digest(self) -> str:
        """SHA-256 of the RFC 8785 JSON of the core, as hex."""
        return hashlib.sha256(rfc8785.dumps(self.to_json())).hexdigest()


@dataclass(frozen=True, slots=True)
class Finding:
    """A core, bound to an item and to the run that produced it."""

    finding_id: str
    item_id: str
    core: FindingCore
    build: str
    sandbox: str

    def to_json(self) -> dict[str, Any]:
        return {
            **self.core.to_json(),
            "finding_id": self.finding_id,
            "core_digest": self.core.core_digest,
            "item": self.item_id,
            "build": self.build,
            "sandbox": self.sandbox,
            "must_be_explained": self.core.must_be_explained,
            "class": str(MUST_BE_EXPLAINED.get(self.core.kind, "")) or None,
            "rerun": "witnessmark inspect FILE"
            + ("" if self.core.examiner == WHOLE else f" --examiner {self.core.examiner}")
            + (" --reference REFERENCES" if self.core.parameters.get("references") else "")
            + (" --enf-reference RECORD" if self.core.parameters.get("enf_reference_sha256") else ""),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Finding:
        """The finding that ``to_json`` was made from. Raises ValueError if the core digest does not fit."""
        finding = cls(
            document["finding_id"],
            document["item"],
            FindingCore.from_json(document),
            document["build"],
            document["sandbox"],
        )
        if finding.core.core_digest != document["core_digest"]:
            raise ValueError("the core of a finding is not the one that its digest was made from")
        return finding
