"""The consumer that finds faces in a recording and follows them both ways in time.

Every few pictures a look is taken (``looks``). A face that two looks in a row find in nearly the same place needs
nothing between. What one look found and the next did not is followed forwards (``following``) and looked at again in
a small cutting; what a look finds for the first time is followed backwards through the pictures held, to where it came
from. Memory is bounded: grey pictures of about the last forty pictures, the last coloured one, and points.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from witnessmark.ground.media.looking import Glass
from witnessmark.model.consumer import ByteSource, Frames, Need, Product
from witnessmark.model.recording import Recording
from witnessmark.model.samples import Frame, Gap, Sample
from witnessmark.protect.faces.change import Changes
from witnessmark.protect.faces.detector import Face, Picture
from witnessmark.protect.faces.following import Follower, Grey
from witnessmark.protect.faces.found import Found, Weak
from witnessmark.protect.faces.looks import EXTRA_EVERY, SURE, Area, Looks, is_near
from witnessmark.protect.faces.threads import End, Point, Thread
from witnessmark.protect.overlap import overlap

NAME = "faces"
LOOK_PICTURES = 7
"""A look at every seventh picture at most: at 25 pictures a second 0.28 s pass between."""
LOOK_S = Fraction(1, 5)
"""And not sooner than this after the last one, however many pictures a second there are."""
HELD_BYTES = 300 << 20
HELD_PICTURES = LOOK_PICTURES * EXTRA_EVERY * 4 + 8
"""A little more than pass until a face of any kind is looked for again."""
CUT_LEVELS, CUT_TIMES = 22.0, 3.0
"""Mean change of grey levels from one picture to the next that counts as a cut, and how many times the usual one it
must be. Looser than for evidence of cuts: a false one costs a look."""
SURE_OVERLAP = 0.35
"""Boxes of two successive looks that share this much of their union are one face without being followed."""
BACK_PICTURES = 2 * LOOK_PICTURES
"""How far a find below SURE is followed back until it is seen better."""
HEAD_S_EACH = 0.6
HEAD_S_LONGEST = 5.0
"""How long a head is followed without its face being seen: so long for each time it was seen, at most so long."""
GAP_S = 2.0
"""A face found again within this time near where it was lost is the same thread, and the gap is filled."""
GAP_REACH = 1.5
"""How near, in box sizes."""
LOCAL_LOOKS = 16
"""Small cuttings looked at in one look, at most."""
DARK_LEVEL = 24.0
"""Mean luma below which nothing can be found, lifted or not (black is 16, ITU-R BT.601-7 §2.5.3)."""


@dataclass(frozen=True, slots=True)
class Held:
    """One picture that can still be followed through."""

    ordinal: int
    pts: int | None
    grey: Grey


class FaceFinder:
    """Consumer. ``height_px``: at which height pictures are looked at; the recording's own, unless it is huge."""

    name = NAME

    def __init__(self, width_px: int, height_px: int, look_height_px: int) -> None:
        self.needs: tuple[Need, ...] = (Frames(),)
        self._size = (width_px, height_px)
        self._glass = Glass(look_height_px)
        self._looks = Looks()
        self._changes = Changes()
        self._held: deque[Held] = deque()
        self._alive: list[Thread] = []
        self._ended: list[Thread] = []
        self._weak: list[Weak] = []
        self._last: Frame | None = None
        self._look_at: tuple[int, Fraction | None] | None = None
        self._small: NDArray[np.int16] | None = None
        self._usual_change = 4.0
        self._shot = 0
        self._dark: list[tuple[int, int, int | None, int | None]] = []
        self._faults: list[tuple[str, int, int | None]] = []
        self._odd: list[tuple[int, int]] = []
        self._shape: tuple[int, int] | None = None
        self.found: Found | None = None
        self._stream, self._base = 0, Fraction(1)
        self._pictures = 0

    def begin(self, recording: Recording, source: ByteSource) -> None:
        return None

    def take(self, sample: Sample) -> None:
        if isinstance(sample, Gap) and self._last is not None and sample.stream in (None, self._stream):
            self._faults.append((sample.reason, self._last.ordinal, sample.pts))
        if not isinstance(sample, Frame) or (self._pictures and sample.stream != self._stream):
            return
        self._stream, self._base = sample.stream, sample.base
        self._pictures = sample.ordinal + 1
        shape = (sample.width_px, sample.height_px)
        if self._shape is None:
            self._shape, self._shot = shape, sample.ordinal
        if shape != self._shape:
            self._odd_size(sample)
            return
        grey = self._glass.grey(sample)
        small = grey[::16, ::16].astype(np.int16)
        is_cut = self._is_cut(small)
        self._note_dark(sample, small)
        if is_cut and self._last is not None:
            self._look(self._last, every_way=False)
            self._close_shot(sample.ordinal)
        self._held.append(Held(sample.ordinal, sample.pts, grey))
        while len(self._held) > 2 and (
            len(self._held) > HELD_PICTURES or len(self._held) * self._held[0].grey.size > HELD_BYTES
        ):
            self._held.popleft()
        # The decoder's picture is counted by reference: the last one may still be looked at, if a cut follows.
        self._last = sample
        if self._look_at is None or is_cut or self._is_due(sample):
            self._look(sample, every_way=self._look_at is None or is_cut)

    def finish(self) -> tuple[Product, ...]:
        if self._last is not None:
            self._look(self._last, every_way=False)
        for thread in self._alive:
            thread.end = End.OVER
        self._ended += self._alive
        self._alive = []
        width, height = self._size
        looked = self._held[-1].grey.shape if self._held else (height, width)
        across, down = width / looked[1], height / looked[0]
        self.found = Found(
            self._stream,
            self._base,
            width,
            height,
            self._pictures,
            tuple(_scaled(thread, across, down) for thread in self._ended),
            tuple(Weak(w.ordinal, w.pts, w.face.scaled(across, down)) for w in self._weak),
            tuple(self._dark),
            tuple(self._faults),
            tuple(self._odd),
            tuple(sorted(self._looks.taken.items())),
            None if self._last is None else self._last.pts,
        )
        return ()

    # -- when to look

    def _is_due(self, sample: Frame) -> bool:
        assert self._look_at is not None
        ordinal, at_s = self._look_at
        if sample.ordinal - ordinal < LOOK_PICTURES:
            return False
        if at_s is None or sample.pts is None:
            return True
        return not 0 <= sample.pts * sample.base - at_s < LOOK_S

    def _is_cut(self, small: NDArray[np.int16]) -> bool:
        before, self._small = self._small, small
        if before is None or before.shape != small.shape:
            return False
        change = float(np.abs(small - before).mean())
        is_cut = change > max(CUT_LEVELS, CUT_TIMES * self._usual_change)
        if not is_cut:
            self._usual_change += 0.1 * (change - self._usual_change)
        return is_cut

    def _note_dark(self, sample: Frame, small: NDArray[np.int16]) -> None:
        if float(small.mean()) >= DARK_LEVEL:
            return
        if self._dark and self._dark[-1][1] == sample.ordinal - 1:
            first, _, first_pts, _ = self._dark[-1]
            self._dark[-1] = (first, sample.ordinal, first_pts, sample.pts)
        else:
            self._dark.append((sample.ordinal, sample.ordinal, sample.pts, sample.pts))

    def _odd_size(self, sample: Frame) -> None:
        """Pictures of another size lie on another grid: they are hidden whole, and nobody looks for faces in them."""
        if self._odd and self._odd[-1][1] == sample.ordinal - 1:
            self._odd[-1] = (self._odd[-1][0], sample.ordinal)
        else:
            self._odd.append((sample.ordinal, sample.ordinal))
            if self._last is not None:
                self._look(self._last, every_way=False)
            self._close_shot(sample.ordinal)
        self._last = None
        self._small = None

    def _close_shot(self, first_after: int) -> None:
        for thread in self._alive:
            thread.end = End.CUT
        self._ended += self._alive
        self._alive = []
        self._held.clear()
        self._shot = first_after

    # -- one look

    def _look(self, sample: Frame, *, every_way: bool) -> None:
        if self._look_at is not None and self._look_at[0] == sample.ordinal and not every_way:
            return
        picture = self._glass.colour(sample)
        at_s = None if sample.pts is None else sample.pts * sample.base
        self._look_at = (sample.ordinal, at_s)
        ordinal, pts = sample.ordinal, sample.pts
        area = self._changes.since_last(self._held[-1].grey, whole=every_way)
        hunting = not any(thread.seen > 1 for thread in self._alive)
        faces = self._looks.take(picture, every_way=every_way, hunting=hunting, area=area)
        self._still(area, faces, ordinal, pts)
        here = [thread for thread in self._alive if thread.last.ordinal != ordinal]
        waiting, faces = self._match(here, faces, ordinal, pts)
        waiting = [thread for thread in waiting if self._follow(thread, ordinal)]
        waiting, faces = self._match(waiting, faces, ordinal, pts, near=True)
        self._look_again(waiting, picture, ordinal, pts)
        self._alive = [thread for thread in self._alive if thread.end is End.ALIVE]
        for thread in self._alive:
            if not thread.is_traced and thread.best >= SURE:
                self._trace(thread)
        for face in faces:
            if any(
                is_near(face, thread.last.face) for thread in self._alive if thread.last.ordinal == ordinal
            ):
                continue
            if self._looks.begins(face):
                self._begin(face, ordinal, pts)
            else:
                self._weak.append(Weak(ordinal, pts, face))

    def _still(self, area: Area | None, faces: Sequence[Face], ordinal: int, pts: int | None) -> None:
        """A face that was seen in the last look, where nothing changed since, is seen still."""
        if area is None:
            return
        left, top, right, bottom = area
        for thread in self._alive:
            last = thread.last
            box = last.face
            inside = left < box.right and box.left < right and top < box.bottom and box.top < bottom
            if last.is_seen and not inside and not any(is_near(box, face) for face in faces):
                thread.see(ordinal, pts, box)

    def _match(
        self, threads: Sequence[Thread], faces: list[Face], ordinal: int, pts: int | None, near: bool = False
    ) -> tuple[list[Thread], list[Face]]:
        """Give each thread the find that fits it best; (threads left over, finds left over)."""
        pairs = sorted(
            (
                (overlap(thread.last.face, face), i, k)
                for i, thread in enumerate(threads)
                for k, face in enumerate(faces)
                if abs(thread.last.face.left - face.left) < 2 * max(thread.last.face.width, face.width)
            ),
            reverse=True,
        )
        taken_threads: set[int] = set()
        taken_faces: set[int] = set()
        for shared, i, k in pairs:
            if i in taken_threads or k in taken_faces:
                continue
            if shared >= SURE_OVERLAP or (near and is_near(threads[i].last.face, faces[k])):
                threads[i].see(ordinal, pts, faces[k])
                taken_threads.add(i)
                taken_faces.add(k)
        return (
            [thread for i, thread in enumerate(threads) if i not in taken_threads],
            [face for k, face in enumerate(faces) if k not in taken_faces],
        )

    def _follow(self, thread: Thread, to: int) -> bool:
        """Follow through the pictures since its last point; False where it is lost or was followed long enough."""
        last = thread.last
        follower: Follower | None = None
        for held in self._held:
            if held.ordinal < last.ordinal or held.ordinal > to:
                continue
            if follower is None:
                if held.ordinal != last.ordinal:
                    break
                follower = _follower(last.face)
                follower.start(held.grey)
                continue
            if not follower.step(held.grey):
                thread.end = End.LOST
                break
            moved = _at(last.face, follower)
            thread.follow(held.ordinal, held.pts, moved, follower.likeness)
        if follower is None:
            thread.end = End.LOST
        if thread.end is End.ALIVE and self._seconds(thread.last_seen, to) > min(
            HEAD_S_LONGEST, HEAD_S_EACH * thread.seen
        ):
            thread.end = End.TIRED
        if thread.end is not End.ALIVE:
            self._ended.append(thread)
        return thread.end is End.ALIVE

    def _look_again(self, threads: list[Thread], picture: Picture, ordinal: int, pts: int | None) -> None:
        longest_unseen = sorted(threads, key=lambda thread: thread.last_seen)
        for thread in longest_unseen[:LOCAL_LOOKS]:
            is_long = ordinal - thread.last_seen > 2 * LOOK_PICTURES
            face = self._looks.near(picture, thread.last.face, every_way=is_long)
            if face is not None:
                thread.see(ordinal, pts, face)

    def _begin(self, face: Face, ordinal: int, pts: int | None) -> None:
        """A new thread, followed backwards; it goes on as an older one where it meets it."""
        thread = Thread.begun(ordinal, pts, face, self._shot)
        sure = face.score >= SURE
        thread.put_before(self._followed_back(face, ordinal, HELD_PICTURES if sure else BACK_PICTURES))
        thread.is_traced = sure
        older = self._older(thread)
        if older is not None:
            older.take_over(thread)
            self._ended.remove(older)
            thread = older
        self._alive.append(thread)

    def _trace(self, thread: Thread) -> None:
        """A face that was weak when it was found and is sure now is followed back further, as far as is held."""
        first = thread.first
        thread.put_before(self._followed_back(first.face, first.ordinal, HELD_PICTURES))
        thread.is_traced = True

    def _followed_back(self, face: Face, ordinal: int, most: int) -> list[Point]:
        follower: Follower | None = None
        points: list[Point] = []
        for held in reversed(self._held):
            if held.ordinal > ordinal:
                continue
            if follower is None:
                if held.ordinal != ordinal:
                    break
                follower = _follower(face)
                follower.start(held.grey)
                continue
            if len(points) >= most or not follower.step(held.grey):
                break
            points.append(Point(held.ordinal, held.pts, _at(face, follower), False, follower.likeness))
        return points[::-1]

    def _older(self, thread: Thread) -> Thread | None:
        """A thread that ended not long before, near where this one begins."""
        first = thread.first
        best: tuple[float, Thread] | None = None
        for older in reversed(self._ended[-200:]):
            if older.end not in (End.LOST, End.TIRED) or older.after_cut != self._shot:
                continue
            last = older.last
            if older.first.ordinal >= first.ordinal:
                continue
            if self._seconds(last.ordinal, first.ordinal) > GAP_S:
                continue
            # where both were followed through the same pictures, they must have stood together
            point = next((p for p in reversed(older.points) if p.ordinal <= first.ordinal), last)
            larger = max(point.face.size, first.face.size)
            away = _distance(point.face, first.face) / larger
            is_like = away <= GAP_REACH and larger <= 1.8 * min(point.face.size, first.face.size)
            if is_like and (best is None or away < best[0]):
                best = (away, older)
        return best[1] if best else None

    def _seconds(self, earlier: int, later: int) -> float:
        """Time between two pictures, from the rate of the pictures held (time stamps may run backwards)."""
        return max(0, later - earlier) * self._step_s()

    def _step_s(self) -> float:
        stamped = [held for held in self._held if held.pts is not None]
        if len(stamped) >= 2:
            first, last = stamped[0], stamped[-1]
            assert first.pts is not None and last.pts is not None
            step = float((last.pts - first.pts) * self._base) / max(1, last.ordinal - first.ordinal)
            if 0.002 <= step <= 2.0:
                return step
        return 0.04


def _follower(face: Face) -> Follower:
    return Follower((face.left + face.right) / 2, (face.top + face.bottom) / 2, face.width, face.height)


def _at(face: Face, follower: Follower) -> Face:
    return Face(
        follower.x - face.width / 2,
        follower.y - face.height / 2,
        follower.x + face.width / 2,
        follower.y + face.height / 2,
        face.score,
        face.turns,
    )


def _distance(a: Face, b: Face) -> float:
    return float(np.hypot(a.left + a.right - b.left - b.right, a.top + a.bottom - b.top - b.bottom)) / 2


def _scaled(thread: Thread, across: float, down: float) -> Thread:
    if across == down == 1:
        return thread
    thread.points = [
        Point(p.ordinal, p.pts, p.face.scaled(across, down), p.is_seen, p.likeness) for p in thread.points
    ]
    return thread
