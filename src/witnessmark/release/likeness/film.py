"""A lossy video reduced to the grid of the sketches, as the jail sees it: a consumer of the one decode.

For each asked public time the mean luma of the picture that stands there is kept: the picture whose time stamp is
the last not after it, as a player shows it. Times are those of the public video plus a shift; the first picture's
time is taken as zero, as players do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from witnessmark.model.consumer import ByteSource, Frames, Need, Product
from witnessmark.model.recording import Recording
from witnessmark.model.samples import Frame, Sample
from witnessmark.release.likeness.grid import Grid
from witnessmark.release.seal.planes import depth_bits, sketch_luma


class FilmMeans:
    """Consumer: means at the asked times. ``pictures[k]`` is (rows, columns) float32, or None outside the video."""

    name = "likeness"

    def __init__(
        self,
        times_s: Sequence[float],
        raw: tuple[int, int],
        shown: tuple[int, int],
        strip_px: int,
        quarter_turns: int,
    ) -> None:
        self.needs: tuple[Need, ...] = (Frames(),)
        self._times = np.asarray(times_s)
        self._order = np.argsort(self._times, kind="stable")
        self._next = 0
        self._geometry = (raw, shown, strip_px, quarter_turns)
        self._grid: tuple[tuple[int, int], Grid] | None = None
        self._start_s: float | None = None
        self._held: NDArray[np.float32] | None = None
        self._count = 0
        self._step_s = 0.0
        self._last_s = 0.0
        self.pictures: list[NDArray[np.float32] | None] = [None] * len(self._times)

    def begin(self, recording: Recording, source: ByteSource) -> None:
        rates = [s.average_rate for s in recording.streams if s.kind == "video" and s.average_rate]
        self._step_s = float(1 / rates[0]) if rates else 0.0

    def take(self, sample: Sample) -> None:
        if not isinstance(sample, Frame):
            return
        time_s = float(sample.pts * sample.base) if sample.pts is not None else self._count * self._step_s
        self._count += 1
        if self._start_s is None:
            self._start_s = time_s
        time_s -= self._start_s
        self._give(time_s)
        self._last_s = time_s
        self._held = self._reduced(sample) if self._may_be_asked(time_s) else None

    def _give(self, until_s: float) -> None:
        """The held picture stands at every asked time before ``until_s``."""
        while self._next < len(self._order) and self._times[self._order[self._next]] < until_s:
            place = int(self._order[self._next])
            if self._times[place] >= 0:
                self.pictures[place] = self._held
            self._next += 1

    def _may_be_asked(self, time_s: float) -> bool:
        """Whether an asked time may fall before the next picture (two and a half ordinary steps from here)."""
        if self._next >= len(self._order):
            return False
        near = 2.5 * self._step_s if self._step_s else float("inf")
        return bool(self._times[self._order[self._next]] < time_s + near)

    def _reduced(self, frame: Frame) -> NDArray[np.float32]:
        size = (frame.width_px, frame.height_px)
        if self._grid is None or self._grid[0] != size:
            self._grid = (size, Grid(*self._geometry, size))
        planes = frame.planes()
        palette = planes[1].tobytes() if frame.pixel_format == "pal8" and len(planes) > 1 else b""
        luma = sketch_luma(
            frame.pixel_format, planes, frame.width_px, depth_bits(frame.pixel_format), palette
        )
        return self._grid[1].means(luma)

    def finish(self) -> tuple[Product, ...]:
        self._give(self._last_s + max(self._step_s, 1e-3))
        return ()
