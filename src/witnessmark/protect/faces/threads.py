"""The life of one face: where it was seen, where it was only followed, and why it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from witnessmark.protect.faces.detector import Face


class End(StrEnum):
    """Why a thread ended."""

    ALIVE = "alive"
    CUT = "cut"
    LOST = "lost"
    """What stood in the box changed too much to be followed, or went out of the picture."""
    TIRED = "tired"
    """Followed as long as what was seen before is good for, without being seen again."""
    OVER = "over"
    """The recording ended."""


@dataclass(frozen=True, slots=True)
class Point:
    """The face's own box (not widened) in one picture."""

    ordinal: int
    pts: int | None
    face: Face
    is_seen: bool
    """Found by the detector here, not only followed."""
    likeness: float = 1.0


@dataclass(slots=True)
class Thread:
    """Points in rising order of pictures."""

    points: list[Point]
    end: End = End.ALIVE
    seen: int = 1
    best: float = 0.0
    last_seen: int = 0
    """Ordinal."""
    gaps: list[tuple[int, int]] = field(default_factory=list)
    """Stretches bridged without being followed: (last ordinal before, first after)."""
    is_traced: bool = False
    """Followed back as far as pictures are held."""
    after_cut: int = 0
    """First ordinal of the shot it belongs to."""

    @classmethod
    def begun(cls, ordinal: int, pts: int | None, face: Face, shot: int) -> Thread:
        return cls([Point(ordinal, pts, face, True)], best=face.score, last_seen=ordinal, after_cut=shot)

    @property
    def first(self) -> Point:
        return self.points[0]

    @property
    def last(self) -> Point:
        return self.points[-1]

    def see(self, ordinal: int, pts: int | None, face: Face) -> None:
        if self.points and self.points[-1].ordinal == ordinal:
            self.points.pop()
        self.points.append(Point(ordinal, pts, face, True))
        self.seen += 1
        self.best = max(self.best, face.score)
        self.last_seen = ordinal

    def follow(self, ordinal: int, pts: int | None, face: Face, likeness: float) -> None:
        self.points.append(Point(ordinal, pts, face, False, likeness))

    def put_before(self, points: list[Point]) -> None:
        """Points of earlier pictures, in rising order."""
        self.points[:0] = points

    def take_over(self, later: Thread) -> None:
        """Go on as ``later``, which begins after this one's last point (points that overlap are dropped here)."""
        while self.points and self.points[-1].ordinal >= later.first.ordinal:
            self.points.pop()
        if self.points and later.first.ordinal - self.last.ordinal > 1:
            self.gaps.append((self.last.ordinal, later.first.ordinal))
        self.points += later.points
        self.gaps += later.gaps
        self.seen += later.seen
        self.best = max(self.best, later.best)
        self.is_traced = True
        self.last_seen = later.last_seen
        self.end = later.end
