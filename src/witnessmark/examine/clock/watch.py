"""Follow the pictures of one file: keep a few until the clock is found, then only its box.

Whole pictures are kept for one window at a time (bounded by MOST_KEPT_BYTES). At its end the clock is sought in
it; where it is not found the next window begins, each after a pause twice as long, so that files without a
clock pay for a few windows only. Once found, only the box is cut out, some times a second.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.clock import search
from witnessmark.examine.clock.first import begin
from witnessmark.examine.clock.layouts import parse
from witnessmark.examine.clock.luma import Grey, luma_of
from witnessmark.examine.clock.recogniser import Line, read_lines
from witnessmark.examine.clock.strip import Strip
from witnessmark.ground.networks.writing import Box
from witnessmark.model.samples import Frame

WINDOW_S = 0.3
"""Between pictures of a window: each second is seen at least three times."""
WINDOW_PICTURES = 24
LEAST_PICTURES = 3
MOST_KEPT_BYTES = 48 << 20
SAMPLES_PER_S = 5
"""Looks at the box once it is known: a jump is placed within 0.2 s."""
BATCH = 64
PAUSE_S = 7.0
MOST_WINDOWS = 12
MOST_SEARCHES, LEAST_TILES = 2, 2
"""Windows in which the same tiles are searched, and fewest tiles that are worth a search."""
MOST_ASKED = 8
"""Lines read in one window while looking for a clock."""
MOTION_STEP_PX = 16
FALLBACK_RATE = Fraction(25)


@dataclass(frozen=True, slots=True)
class Writing:
    """A line of text in the picture that keeps its place."""

    box: Box
    line: Line


@dataclass(slots=True)
class Motion:
    """How much the picture outside the clock changes between looks: mean grey levels on a coarse raster."""

    greys: array[float] = field(default_factory=lambda: array("d"))
    _last: Grey | None = None

    def add(self, luma: Grey) -> None:
        now = luma[::MOTION_STEP_PX, ::MOTION_STEP_PX].copy()
        if self._last is None or self._last.shape != now.shape:
            self.greys.append(0.0)
        else:
            self.greys.append(float(np.abs(now.astype(np.int16) - self._last).mean()))
        self._last = now


class Watch:
    """One file's pictures."""

    def __init__(self) -> None:
        self.base = Fraction(1, 25)
        self.pictures = 0
        self.shape: tuple[int, int] | None = None
        self.other_shapes = 0
        self.unusable = ""
        self.strip: Strip | None = None
        self.writing: list[Writing] = []
        self.windows = self.windows_with_writing = 0
        self.motion = Motion()
        self.looked_ticks: array[int] = array("q")
        """Times of all looks, strip's or window's: those of ``motion``."""
        self._kept: list[Grey] = []
        self._ticks: list[int] = []
        self._history: list[tuple[int, Grey]] = []
        self._remembered = 0
        """Pictures before the clock was found, while there is room: read once it is."""
        self._next: int | None = None
        self._last_tick = -1
        self._pause_s = PAUSE_S
        self._window_from = -(1 << 62)
        self._searched = np.zeros((0, 0), np.uint8)

    # -- pictures come in

    def take(self, frame: Frame, rate: Fraction | None) -> None:
        """Look at the picture if it is due by the file's own time."""
        self.base = frame.base
        self.pictures += 1
        tick = self._last_tick + 1 if frame.pts is None else frame.pts
        step = tick - self._last_tick
        self._last_tick = tick
        if self._next is not None and tick < self._next and step > 0:
            return
        luma = luma_of(frame)
        if luma is None:
            self.unusable = frame.pixel_format
            return
        if self.shape is None:
            self.shape = (luma.shape[0], luma.shape[1])
        elif luma.shape != self.shape:
            self.other_shapes += 1
            return
        pausing = self.strip is None and tick < self._window_from and step > 0
        wait = 1 / SAMPLES_PER_S if self.strip is not None else 2 * WINDOW_S if pausing else WINDOW_S
        self._next = tick + max(1, round(Fraction(wait).limit_denominator(100) / self.base))
        if pausing:
            self._remember([np.array(luma, np.uint8)], [tick])
            return
        box = self.strip.box if self.strip is not None else None
        kept = luma if box is None else luma[box.top : box.bottom, box.left : box.right]
        self._kept.append(np.array(kept, np.uint8))
        self._ticks.append(tick)
        if self.strip is not None:
            self.motion.add(luma)
            self.looked_ticks.append(tick)
            if len(self._kept) >= BATCH:
                self._read()
        elif len(self._kept) >= min(WINDOW_PICTURES, max(LEAST_PICTURES, MOST_KEPT_BYTES // luma.size)):
            self._seek(last=False)

    def finish(self) -> None:
        """Nothing more comes."""
        if self.strip is not None:
            self._read()
        elif self._kept:
            self._seek(last=True)
        if self.strip is not None:
            self.strip.close()

    def seconds(self, ticks: list[int] | array[int]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.asarray(ticks, np.float64) * float(self.base)

    def _read(self) -> None:
        if self._kept and self.strip is not None:
            self.strip.take(np.stack(self._kept), self._ticks, self.seconds(self._ticks))
        self._kept, self._ticks = [], []

    # -- the search

    def _seek(self, *, last: bool) -> None:
        """Look for a clock in the window and drop it; a window of one picture is a still."""
        pictures, ticks = self._kept, self._ticks
        self._kept, self._ticks = [], []
        if self.windows >= MOST_WINDOWS:
            return
        self.windows += 1
        if len(pictures) < LEAST_PICTURES or self._is_new(search.tiles_with_writing(pictures)):
            self.windows_with_writing += 1
            self._find(pictures, ticks)
        if self.strip is None:
            self._remember(pictures, ticks)
        else:
            self._read_back(self.strip)
        if self.strip is None and not last:
            self._window_from = ticks[-1] + round(Fraction(self._pause_s).limit_denominator(100) / self.base)
            self._pause_s *= 2
        elif self.strip is not None:
            for picture, tick in zip(pictures, ticks, strict=True):
                self.motion.add(picture)
                self.looked_ticks.append(tick)

    def _is_new(self, tiles: NDArray[np.bool_]) -> bool:
        """Whether a window may hold writing that no earlier one was searched for, or was searched only once."""
        fresh = tiles & (self._searched < MOST_SEARCHES) if self._searched.shape == tiles.shape else tiles
        if int(fresh.sum()) < LEAST_TILES:
            return False
        held = self._searched if self._searched.shape == tiles.shape else np.zeros(tiles.shape, np.uint8)
        self._searched = held + tiles
        return True

    def _remember(self, pictures: list[Grey], ticks: list[int]) -> None:
        for picture, tick in zip(pictures, ticks, strict=True):
            if self._remembered + picture.size <= MOST_KEPT_BYTES // 2:
                self._remembered += picture.size
                self._history.append((tick, picture))

    def _read_back(self, strip: Strip) -> None:
        """Read what came before the window in which the clock was found, from the latest back: so every picture
        is next to one that was read."""
        box = strip.box
        ticks = [tick for tick, _ in self._history][::-1]
        if ticks:
            strips = np.stack([p[box.top : box.bottom, box.left : box.right] for _, p in self._history[::-1]])
            strip.take(strips, ticks, self.seconds(ticks))
            strip.series.sort()
        self._history = []

    def _find(self, pictures: list[Grey], ticks: list[int]) -> None:
        mean = search.mean_of(pictures)
        middle = pictures[len(pictures) // 2]
        times = self.seconds(ticks)
        seen: list[Writing] = []
        tried: set[Box] = set()
        for fine in (False, True):
            for box in search.lines_in(mean, fine=fine)[:MOST_ASKED]:
                if any(_same(box, other.box) for other in seen):
                    continue
                line = read_lines([middle[box.top : box.bottom, box.left : box.right]])[0]
                seen.append(Writing(box, line))
            self.writing = seen
            for writing in sorted(seen, key=lambda w: -promise(w.line.text)):
                if promise(writing.line.text) < LEAST_PROMISE:
                    break
                if writing.box in tried:
                    continue
                tried.add(writing.box)
                self.strip = (
                    begin(writing.box, pictures, ticks, times) if len(pictures) >= LEAST_PICTURES else None
                )
                if self.strip is not None:
                    return


LEAST_PROMISE = 4


def promise(text: str) -> int:
    """How much a line looks like a clock: its digits and separators, and much more if it reads as one."""
    digits = sum(c.isdigit() for c in text)
    marks = sum(c in ":/-." for c in text)
    return (100 if parse(text) is not None else 0) + min(digits, 14) + min(marks, 4)


def _same(box: Box, other: Box) -> bool:
    """Whether the middle of one lies in the other."""
    x, y = (box.left + box.right) // 2, (box.top + box.bottom) // 2
    return other.left <= x < other.right and other.top <= y < other.bottom
