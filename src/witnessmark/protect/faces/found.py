"""What one search for faces left, before anything is proposed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from witnessmark.protect.faces.detector import Face
from witnessmark.protect.faces.threads import Thread


@dataclass(frozen=True, slots=True)
class Weak:
    """A find too weak to begin a track."""

    ordinal: int
    pts: int | None
    face: Face


@dataclass(frozen=True, slots=True)
class Found:
    """What a pass left, in pixels of the raw picture."""

    stream: int
    base: Fraction
    width_px: int
    height_px: int
    pictures: int
    threads: tuple[Thread, ...]
    weak: tuple[Weak, ...]
    dark: tuple[tuple[int, int, int | None, int | None], ...]
    """(first ordinal, last ordinal, their time stamps) of stretches too dark to see anything."""
    faults: tuple[tuple[str, int, int | None], ...]
    """(reason, ordinal of the picture after which it happened, time stamp)."""
    odd_sizes: tuple[tuple[int, int], ...]
    """Stretches (first, last ordinal) whose pictures have another size than the first."""
    looks: tuple[tuple[str, int], ...]
    last_pts: int | None = None
