"""Stretches in which not one sample moves: exact digital silence, or any constant value.

A microphone and its amplifier always leave noise. Where the noise of a file is more than its smallest step, a
run of equal samples for a twentieth of a second has no acoustic cause: software, a gate or a muted input made it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRAIN = 64
"""Samples looked at together: 1.3 ms at 48 kHz, 8 ms at 8 kHz."""
STILL_RANGE = 0.75 * 2.0**-15
"""Less than one step of 16-bit sound: nought in any 16-bit file, and what lossy decoders leave of it (Opus lets a
silence decay to about a third of a step)."""
SHORTEST_S = 0.05
"""Well above the longest closure in which a low-noise 8-bit recording stands still by chance, and above one
frame of AAC (21 ms) or AMR (20 ms)."""
MOST_RUNS = 512
TOUCHING = 2
"""Grains between two runs (a click, a step from one constant to another) that leave them one stretch."""
BESIDE_S = 0.06
"""Sound on each side whose range says how alive it was next to the run: two granules of MP3, in which a codec smears a
sudden end."""


@dataclass(frozen=True, slots=True)
class Still:
    """One run, in samples."""

    first: int
    end: int
    before: float
    """Median range of the grains before it, full scale 2; 0 where the file begins there."""
    after: float


class Silences:
    """Feed blocks of whole grains; ask for ``finish()``."""

    def __init__(self, rate_hz: int) -> None:
        self._fewest = max(2, int(np.ceil(SHORTEST_S * rate_hz / GRAIN)))
        self._beside = max(4, round(BESIDE_S * rate_hz / GRAIN))
        self._at = 0
        self._since: int | None = None
        self._last = np.zeros(0, dtype=np.float32)
        self._before = 0.0
        self.runs: list[Still] = []
        self.run_grains = 0
        self._still = 0

    def feed(self, block: NDArray[np.float32]) -> None:
        grains = block.reshape(-1, GRAIN)
        ranges = grains.max(axis=1) - grains.min(axis=1)
        still = ranges < STILL_RANGE
        self._still += int(still.sum())
        if self._since is None and not still.any():
            self._last = ranges[-self._beside :]
            self._at += len(ranges)
            return
        padded = np.concatenate(([self._since is not None], still))
        for edge in np.flatnonzero(np.diff(padded)):
            if still[edge]:
                beside = np.concatenate((self._last, ranges[:edge]))[-self._beside :]
                self._since = self._at + int(edge)
                self._before = float(np.median(beside)) if len(beside) else 0.0
            else:
                if self._since is not None:
                    self._ended(self._at + int(edge), float(np.median(ranges[edge : edge + self._beside])))
                self._since = None
        self._last = ranges[-self._beside :]
        self._at += len(ranges)

    def _ended(self, end: int, after: float) -> None:
        assert self._since is not None
        if end - self._since >= self._fewest:
            self.run_grains += end - self._since
            if len(self.runs) < MOST_RUNS:
                self.runs.append(Still(self._since * GRAIN, end * GRAIN, self._before, after))

    def still_share(self) -> float:
        """Of the grains outside the runs, those in which nothing moves: noise that does not fill one step."""
        outside = self._at - self.run_grains
        return (self._still - self.run_grains) / outside if outside > 0 else 0.0

    def finish(self) -> tuple[Still, ...]:
        if self._since is not None:
            self._ended(self._at, 0.0)
            self._since = None
        whole: list[Still] = []
        for run in self.runs:
            if whole and run.first - whole[-1].end <= TOUCHING * GRAIN:
                before = whole.pop()
                run = Still(before.first, run.end, before.before, run.after)
            whole.append(run)
        return tuple(whole)
