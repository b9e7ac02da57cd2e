"""The shapes that matching gives: segments that lie over each other in time, and what was seen of a pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from witnessmark.model.findings import Grade, Measurement

SAME_CONTENT, EXCERPT = "same_content", "excerpt"
MEASURED = (
    "In tests 0 of 16,632 pairs of different footage were taken for copies; the pairs come from 22 sources only, so "
    "this is graded moderate at most."
)
"""Said of every match; the figures are those of bench/results/copies.json (docs/methods/copies.md)."""


@dataclass(frozen=True, slots=True, order=True)
class Overlay:
    """A stretch of ``a`` that shows what a stretch of ``b`` shows, in seconds of each file's own time stamps.

    Not yet the ``Segment`` of a relation (``model/relations``), whose sides have an order: ``lineage.related`` makes
    the one of the other.
    """

    a_start_s: float
    a_end_s: float
    b_start_s: float
    b_end_s: float

    @property
    def a_length_s(self) -> float:
        return self.a_end_s - self.a_start_s

    @property
    def b_length_s(self) -> float:
        return self.b_end_s - self.b_start_s

    def swapped(self) -> Overlay:
        return Overlay(self.b_start_s, self.b_end_s, self.a_start_s, self.a_end_s)


@dataclass(frozen=True, slots=True)
class Match:
    """Two recordings show the same footage. ``a`` and ``b`` are ids in rising order; the order says nothing else."""

    a: str
    b: str
    segments: tuple[Overlay, ...]
    speed: float
    """Seconds of b that pass while one second of a passes; 1 where both run alike."""
    transform: tuple[str, ...]
    """What lies between the two pictures: names of ``transforms.NAMES``, sorted."""
    derived: str
    """The id of the side whose picture has lost (cropped, greyscale, overlaid ...), or "" where the pictures do not
    tell. It is evidence for the direction of a lineage and no more than that."""
    kind: str
    """``same_content``: both files show all of the same footage; ``excerpt``: one or both hold more."""
    contained: str
    """The id of the side that lies wholly within the other, or "" (both whole, or each holds more)."""
    score: float
    """0..1: the least of picture and motion agreement over the segments."""
    grade: Grade
    evidence: tuple[str, ...]
    """Plain sentences."""
    measurements: Mapping[str, Measurement] = field(default_factory=dict)
    played: tuple[Overlay, ...] = ()
    """``segments``, one by one, in the seconds of a player, which follows edit lists; () where they are the same."""

    @property
    def as_played(self) -> tuple[Overlay, ...]:
        """What to tell people, who will look with a player."""
        return self.played or self.segments


@dataclass(frozen=True, slots=True)
class SameScene:
    """Two recordings show the same place alike, and nothing shows that they hold the same moments.

    A fixed camera gives such pairs in any number: they are no copies, and are told apart for that reason.
    """

    a: str
    b: str
    why: str
    """Plain sentence: no motion to compare, or motion that differs, or burned-in clocks that differ."""
    measurements: Mapping[str, Measurement] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Compared:
    """All that one comparison gave."""

    matches: tuple[Match, ...]
    scenes: tuple[SameScene, ...]
    unusable: tuple[str, ...]
    """Ids of recordings without a single picture that says anything (black, flat, none): not compared."""
