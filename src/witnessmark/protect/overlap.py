"""How far two rectangles in a picture lie over each other: of faces and of lines of text alike."""

from __future__ import annotations

from typing import Protocol


class Rectangle(Protocol):
    """Sides in pixels of one picture, whole or not; ``right`` and ``bottom`` are not part of it."""

    @property
    def left(self) -> float: ...
    @property
    def top(self) -> float: ...
    @property
    def right(self) -> float: ...
    @property
    def bottom(self) -> float: ...


def overlap(a: Rectangle, b: Rectangle) -> float:
    """Shared area over the area of both together, 0 to 1 (Jaccard 1901)."""
    across = min(a.right, b.right) - max(a.left, b.left)
    down = min(a.bottom, b.bottom) - max(a.top, b.top)
    if across <= 0 or down <= 0:
        return 0.0
    shared = across * down
    both = (a.right - a.left) * (a.bottom - a.top) + (b.right - b.left) * (b.bottom - b.top)
    return shared / (both - shared)
