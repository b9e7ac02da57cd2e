"""What a check of outgoing material found that points at the source, and what a person decided about it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class ExposureRule(StrEnum):
    """Why something was stopped."""

    DESCRIBES_SOURCE = "describes_source"
    """Words that speak of whoever brought the material, or of how it came."""
    PROFILE = "profile"
    """Words in which the sealed profile of the source can be recognised."""
    SECRET = "secret"
    """A name, path, number or digest of the case stands in what leaves."""
    SET = "set"
    """All that was released together points at few people."""
    MEDIA = "media"
    """Our own comparison finds the original, or the device, in what leaves."""


@dataclass(frozen=True, slots=True)
class ExposureHit:
    """One thing that somebody must change, or answer for by name."""

    rule: ExposureRule
    where: str
    """Which outgoing text or file: ``statement``, ``caption``, a file's place in the bundle."""
    fragment: str
    """The outgoing words themselves. They are to be published, so they are no secret of the case; what they were
    held against is never repeated here."""
    why: str
    """In words, without the sealed content."""

    @property
    def code(self) -> str:
        """The same for the same words for the same reason, wherever they stand: an answer given once, to a check of a
        draft too, stands until the words change. What media give away is answered for each kind of media."""
        where = self.where if self.rule is ExposureRule.MEDIA else ""
        parts = (str(self.rule), where, self.fragment, self.why)
        return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "rule": str(self.rule),
            "where": self.where,
            "fragment": self.fragment,
            "why": self.why,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ExposureHit:
        """What ``to_json`` gave; its code follows from the rest."""
        return cls(ExposureRule(document["rule"]), document["where"], document["fragment"], document["why"])


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A person let a hit stand, by name and with a reason. The custody log holds it too."""

    code: str
    person_id: str
    reason: str
    at: datetime
