"""Files that show the same footage, as a family: its members, which descends from which, and the best copy.

Types only; ``examine/comparers/families.py`` makes them from relations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Member:
    """What is known of one file beside its relations."""

    id: str
    stretches: tuple[tuple[float, float], ...]
    """What players show, in the file's own times."""
    pixels: int = 0
    created: str = ""
    """Date of creation that the container states, or empty."""
    bit_rate: float = 0.0
    is_recorders: bool = False
    """It is as a recorder wrote it."""

    @property
    def duration_s(self) -> float:
        return sum(max(0.0, end_s - start_s) for start_s, end_s in self.stretches)

    def to_json(self) -> dict[str, Any]:
        return {
            "stretches": [[round(start_s, 6), round(end_s, 6)] for start_s, end_s in self.stretches],
            "pixels": self.pixels,
            "created": self.created,
            "bit_rate": round(self.bit_rate),
            "is_recorders": self.is_recorders,
        }

    @classmethod
    def from_json(cls, id_: str, document: Mapping[str, Any]) -> Member:
        stretches = tuple((float(start_s), float(end_s)) for start_s, end_s in document["stretches"])
        return cls(id_, **{**document, "stretches": stretches})


@dataclass(frozen=True, slots=True)
class Family:
    """``members`` in the order in which they are to be watched, the best copy first."""

    members: tuple[str, ...]
    roots: tuple[str, ...]
    """Of which nothing nearer the original is known."""
    arrows: tuple[tuple[str, str], ...]
    """(derived, nearer the original), reduced."""
    best: str
    why: str
    """Reason for the best copy, one sentence."""
