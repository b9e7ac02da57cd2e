"""Which looks are taken at a picture: upright, enlarged, turned, and with the dark lifted.

A look at every picture in every way would take 25 times as long as decoding. So every few pictures one look is taken
the way in which most faces of this footage stand, only where the picture changed since (a fixed camera sees little
change); and at every second of these one more of the whole picture, in turn: enlarged (small faces), and turned by each
of the other quarter turns, a little smaller (people lying down or hanging head first). While nobody is followed, every
look brings an extra one, turned at full size. A first picture, and one after a cut, gets all of them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from witnessmark.protect.faces.detector import Face, Picture, find_faces, is_dark, lifted, merged

FLOOR = 0.2
"""Least chance of a find. It is what the network's common user, deface, covers at; a find below 0.3 begins nothing
by itself."""
BEGIN, BEGIN_TURNED = 0.3, 0.45
"""Chance from which a find begins a track. Turned pictures show the network many more things that it was not trained
to refuse; the same chance counts for which way up people are."""
ZOOM = 1.5
"""Faces of 12 pixels become 18, from where the network found all upright ones of a trial set (77 % at 12)."""
TURNED_ZOOM = 0.75
"""Faces of 24 pixels become 18."""
EXTRA_EVERY = 2
SURE = 0.5
"""Chance from which a find is followed back as far as pictures are held."""
LOCAL_SIDE_PX = 128
"""Side of the cutting in which a followed head is looked at again."""
LOCAL_SHARE = 4.0
"""Its side in box sides: the face becomes 32 pixels, twice what the network needs."""

Area = tuple[int, int, int, int]


@dataclass(slots=True)
class Looks:
    """Takes looks and remembers which way up faces stood so far."""

    stood: Counter[int] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    _count: int = 0
    _extras: int = 0

    @property
    def usual(self) -> int:
        """Quarter turns in which most faces were found so far."""
        return max(range(4), key=lambda turns: (self.stood[turns], -turns))

    def take(
        self, picture: Picture, *, every_way: bool, hunting: bool = False, area: Area | None = None
    ) -> list[Face]:
        """Finds of at least FLOOR, merged over all ways looked; best first.

        ``hunting``: nobody is followed at present, so that every look brings an extra one, turned at full size.
        ``area``: left, top, right, bottom of the part to which the usual look may keep itself; None: all of it.
        """
        usual = self.usual
        others = [turns for turns in range(4) if turns != usual]
        self._count += 1
        extra: int | None = None
        if hunting or self._count % EXTRA_EVERY == 0:
            extra = self._extras % 4
            self._extras += 1
        ways: list[tuple[int, float]] = []
        if every_way:
            ways = [(usual, ZOOM), *((turns, 1.0) for turns in others)]
        elif extra is not None:
            turned_zoom = 1.0 if hunting else TURNED_ZOOM
            ways = [(usual, ZOOM) if extra == 0 else (others[extra - 1], turned_zoom)]
        left, top, right, bottom = area or (0, 0, picture.shape[1], picture.shape[0])
        found: list[Face] = []
        if right > left and bottom > top:
            part = picture[top:bottom, left:right]
            found = [f.moved(left, top) for f in find_faces(part, FLOOR, turns=usual)]
            self.taken["usual" if area is None else "changed part"] += 1
        for turns, zoom in ways:
            found += find_faces(picture, self._least(turns), turns=turns, zoom=zoom)
            self.taken["turned" if turns != usual else "enlarged"] += 1
        if is_dark(picture):
            found += find_faces(lifted(picture), BEGIN, turns=usual)
            self.taken["lifted"] += 1
        found = merged(found)
        self.stood.update(face.turns for face in found if face.score >= BEGIN_TURNED)
        return found

    def begins(self, face: Face) -> bool:
        return face.score >= (BEGIN if face.turns == self.usual else BEGIN_TURNED)

    def near(self, picture: Picture, face: Face, *, every_way: bool) -> Face | None:
        """The best find near a place where a face was, looked at in a small cutting; None where there is none."""
        height, width = picture.shape[:2]
        reach = max(face.size * LOCAL_SHARE / 2, 12.0)
        x, y = (face.left + face.right) / 2, (face.top + face.bottom) / 2
        left, top = max(0, int(x - reach)), max(0, int(y - reach))
        right, bottom = min(width, int(x + reach) + 1), min(height, int(y + reach) + 1)
        if right - left < 8 or bottom - top < 8:
            return None
        cutting = picture[top:bottom, left:right]
        zoom = LOCAL_SIDE_PX / max(right - left, bottom - top)
        ways = range(4) if every_way else (face.turns,)
        self.taken["local"] += len(ways)
        found = [
            f.moved(left, top) for turns in ways for f in find_faces(cutting, FLOOR, turns=turns, zoom=zoom)
        ]
        fitting = [f for f in found if is_near(f, face)]
        return max(fitting, key=lambda f: f.score, default=None)

    def _least(self, turns: int) -> float:
        return FLOOR if turns == self.usual else BEGIN


SIZE_RATIO = 2.0
REACH = 0.6


def is_near(a: Face, b: Face) -> bool:
    """Whether two boxes may be one face: of like size, their middles within REACH of the larger box's size."""
    larger, smaller = max(a.size, b.size), min(a.size, b.size)
    away = (
        (a.left + a.right - b.left - b.right) ** 2 + (a.top + a.bottom - b.top - b.bottom) ** 2
    ) ** 0.5 / 2
    return larger <= SIZE_RATIO * smaller and away <= REACH * larger
