"""Where the picture stands still while time runs, against the file's own noise.

A live sensor never gives the same picture twice: even an unmoved scene keeps a floor of difference, unless
the encoder throws it away (skipped blocks). So stillness says something only in a file that has such a
floor everywhere else.
Source: Wang and Farid, Exposing digital forgeries in video by detecting duplication, ACM MM&Sec 2007 (§2,
frame duplication against the noise of the neighbourhood); floors measured as stated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STILL_GREY = 0.03
"""Mean difference (grey levels) of a held picture after re-encoding (measured: median 0.000, 90th percentile
0.022 with x264 and MPEG-4 part 2)."""
STILL_SHARE, STILL_MOST_GREY = 0.05, 0.2
"""In a file that moves much the bound is this share of its upper quartile, up to 0.2: settling inside a freeze
brings 0.05 to 0.18 (measured: x264 with B pictures, x265), a hundredth of the motion around it."""
SHORTEST_S = 0.8
"""A freeze of one second loses up to five pictures to the encoder's settling (measured: 2 to 4 at 25 Hz)."""
BUMP_GREY = 2.0
"""A refreshed key picture inside a freeze, and the settling after it, change by less (measured: 0.4 at x264
crf 28, 1.8 at crf 33)."""
BUMP_STEPS = 5
"""Steps until the encoder has settled again (measured: 1 to 4)."""
BUMP_EVERY_S = 0.2
"""The picture must stand still for this long between two of them: what comes more often is motion."""
LIVE_GREY = 0.05
CLEARLY_LIVE_GREY = 0.10
"""The 5th (2nd) percentile of differences elsewhere, from which on the file counts as live. Untouched clips:
2nd percentile 0.14 to 4; heavily compressed fixed cameras: 0.00."""
MOST_RUNS = 3
"""More freezes than this are the habit of the file (a time-lapse, a stalling link), not an event."""
FEWEST_ELSEWHERE_S = 1.0
MOST_STILL_SHARE = 0.5
"""The file's noise must be known from more of it than stands still."""
EDGE_STEPS, EDGE_S = 4, 0.3
EDGE_SHARE, EDGE_GREY = 0.3, 0.2
"""A freeze begins and ends at once: the steps just before and just after it reach this share of the floor, and
0.2 grey levels. A scene that comes to rest does so gradually (measured at the edges of quiet stretches of a
fixed camera: 0.00 to 0.13; median step of an untouched phone on a stand: 0.27)."""


@dataclass(frozen=True, slots=True)
class Still:
    """A stretch without change."""

    first: int
    """Index of the first picture of the held ones."""
    last: int
    seconds: float
    before_grey: float
    """Upper quartile of the differences in the 0.3 s before: what motion there was (the encoder's settling
    takes some of the steps)."""
    after_grey: float
    """Largest difference of the four steps that end it: how far time had run on unseen."""
    at_edge: bool
    """Begins with the first picture or ends with the last: one of the two edges cannot be seen."""

    def is_abrupt(self, floor: float) -> bool:
        """It begins and ends at once, as far as that can be seen, and not as a scene comes to rest."""
        return min(self.before_grey, self.after_grey) >= max(EDGE_GREY, EDGE_SHARE * floor)


@dataclass(frozen=True, slots=True)
class Stillness:
    """All such stretches, and what the rest of the file is like."""

    runs: tuple[Still, ...]
    floor_2: float
    floor_5: float
    elsewhere_s: float
    still_share: float
    short_runs: int
    """Still stretches of a fifth of a second and more that are too short to count."""


def find_stillness(greys: NDArray[np.float32], pts: NDArray[np.int64], tick_s: float) -> Stillness:
    """``greys``: mean absolute difference from the picture before, per picture (first: 0)."""
    seconds = np.asarray(pts * tick_s, dtype=np.float64)
    spans = _runs(greys, seconds)
    long = [(a, b) for a, b in spans if seconds[b] - seconds[a] >= SHORTEST_S]
    outside = np.ones(len(greys), dtype=bool)
    outside[0] = False
    for a, b in long:
        outside[max(0, a - 3) : b + 4] = False
    rest = greys[outside]
    runs = tuple(
        Still(
            a,
            b,
            round(float(seconds[b] - seconds[a]), 4),
            round(_before(greys, seconds, a), 3),
            round(float(greys[b + 1 : b + 1 + EDGE_STEPS].max()) if b + 1 < len(greys) else 0.0, 3),
            a == 0 or b == len(greys) - 1,
        )
        for a, b in long
    )
    steps_s = np.diff(seconds, prepend=seconds[0])
    return Stillness(
        runs,
        round(float(np.percentile(rest, 2)), 4) if len(rest) else 0.0,
        round(float(np.percentile(rest, 5)), 4) if len(rest) else 0.0,
        round(float(steps_s[outside].sum()), 3),
        round(sum(r.seconds for r in runs) / max(float(seconds[-1] - seconds[0]), tick_s), 4),
        sum(1 for a, b in spans if 0.2 <= seconds[b] - seconds[a] < SHORTEST_S),
    )


def _before(greys: NDArray[np.float32], seconds: NDArray[np.float64], first: int) -> float:
    low = min(int(np.searchsorted(seconds, seconds[first] - EDGE_S)), first - EDGE_STEPS)
    steps = greys[max(1, low) : first + 1]
    return float(np.percentile(steps, 75)) if len(steps) else 0.0


def _runs(greys: NDArray[np.float32], seconds: NDArray[np.float64]) -> list[tuple[int, int]]:
    """(first, last) picture of every still stretch; bumps of refreshed key pictures are bridged."""
    moving = STILL_SHARE * float(np.percentile(greys, 75))
    still = greys <= min(max(STILL_GREY, moving), STILL_MOST_GREY)
    still[0] = False
    runs: list[tuple[int, int]] = []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], still.view(np.int8), [0]])))
    for low, high in zip(edges[::2], edges[1::2], strict=True):
        first, last = int(low) - 1, int(high) - 1
        if seconds[last] - seconds[first] < BUMP_EVERY_S:
            continue
        if runs:
            a, b = runs[-1]
            if first - b <= BUMP_STEPS and float(greys[b + 1 : first + 1].max()) <= BUMP_GREY:
                runs[-1] = (a, last)
                continue
        runs.append((first, last))
    return runs
