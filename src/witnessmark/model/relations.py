"""How one recording stands to another: copy, re-encoding, excerpt, continuation, same camera.

``to_json`` is the object of the interface ("A relation"). ``from`` is the derived side where a direction is claimed;
where it is not, the two sides stand in the order that the kind reads best (the excerpt before the whole, the later
clip before the earlier one) and ``direction`` says *undetermined*. Never wrong is worth more than always answered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import rfc8785

from witnessmark.model.findings import Grade

SECONDS_DIGITS = 3
"""Milliseconds: below a picture's own length."""


class RelationKind(StrEnum):
    COPY_OF = "copy_of"
    """The same coded packets, or the same bytes."""
    REENCODE_OF = "reencode_of"
    EXCERPT_OF = "excerpt_of"
    CONTINUES = "continues"
    SAME_CAMERA = "same_camera"

    @property
    def shares_footage(self) -> bool:
        """Whether the two sides show the same pictures: what families are made of."""
        return self in (RelationKind.COPY_OF, RelationKind.REENCODE_OF, RelationKind.EXCERPT_OF)


class Direction(StrEnum):
    FROM_IS_DERIVED = "from_is_derived"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Segment:
    """Stretches that show the same, in seconds of each file's own time."""

    from_start_s: float
    from_end_s: float
    to_start_s: float
    to_end_s: float

    def turned(self) -> Segment:
        return Segment(self.to_start_s, self.to_end_s, self.from_start_s, self.from_end_s)

    def to_json(self) -> dict[str, float]:
        return {
            "from_start_s": round(self.from_start_s, SECONDS_DIGITS),
            "from_end_s": round(self.from_end_s, SECONDS_DIGITS),
            "to_start_s": round(self.to_start_s, SECONDS_DIGITS),
            "to_end_s": round(self.to_end_s, SECONDS_DIGITS),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Segment:
        return cls(
            document["from_start_s"], document["from_end_s"], document["to_start_s"], document["to_end_s"]
        )


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation. ``source`` is ``from`` in JSON, ``target`` is ``to``: item ids, or paths as they were given."""

    kind: RelationKind
    source: str
    target: str
    direction: Direction
    grade: Grade
    """How sure the relation itself is; a claimed direction is as sure as its evidence says."""
    segments: tuple[Segment, ...] = ()
    transform: tuple[str, ...] = ()
    """What lies between the two pictures, where it is known: resized, greyscale, logo, ..."""
    evidence: tuple[str, ...] = ()
    """Plain sentences, the strongest first."""
    deviations: float | None = None
    """Of ``same_camera``: by how many standard deviations the traces agree. Groups are made of it."""

    @property
    def is_directed(self) -> bool:
        return self.direction is Direction.FROM_IS_DERIVED

    @property
    def sides(self) -> frozenset[str]:
        return frozenset((self.source, self.target))

    def named(self, names: Mapping[str, str]) -> Relation:
        """The same between other names (paths for the ids of a comparison)."""
        return replace(self, source=names[self.source], target=names[self.target])

    def to_json(self) -> dict[str, Any]:
        measured = {} if self.deviations is None else {"deviations": self.deviations}
        return {
            "kind": str(self.kind),
            "from": self.source,
            "to": self.target,
            "segments": [segment.to_json() for segment in self.segments],
            "transform": list(self.transform),
            "direction": str(self.direction),
            "evidence": list(self.evidence),
            "grade": str(self.grade),
            **measured,
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the RFC 8785 JSON, as hex: what the custody log holds of a relation."""
        return hashlib.sha256(rfc8785.dumps(self.to_json())).hexdigest()

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Relation:
        """The relation that ``to_json`` was made from (fields beyond it are left alone)."""
        return cls(
            RelationKind(document["kind"]),
            document["from"],
            document["to"],
            Direction(document["direction"]),
            Grade(document["grade"]),
            tuple(Segment.from_json(segment) for segment in document["segments"]),
            tuple(document["transform"]),
            tuple(document["evidence"]),
            document.get("deviations"),
        )
