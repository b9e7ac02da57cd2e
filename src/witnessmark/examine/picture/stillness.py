"""Where the picture stands still while time runs, against the file's own noise.

A live sensor never gives the same picture twice: even an unmoved scene keeps a floor of difference, unless
the encoder throws it away (skipped blocks). So stillness says something only in a file that has such a
floor everywhere else.
Source: Wang and Farid, Exposing digital forgeries in video by detecting duplication, ACM MM&Sec 2007 (§2,
frame duplication against the noise of the neighbourhood); floors measured as stated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.picture.tear import Tear

STILL_GREY = 0.03
"""Mean difference (grey levels) of a held picture after re-encoding (measured: median 0.000, 90th percentile
0.022 with x264 and MPEG-4 part 2)."""
STILL_SHARE, STILL_MOST_GREY = 0.05, 0.2
"""In a file that moves much the bound is this share of its upper quartile, up to 0.2: settling inside a freeze
brings 0.05 to 0.18 (measured: x264 with B pictures, x265), a hundredth of the motion around it."""
SHORTEST_S = 0.8
"""A freeze of one second loses up to five pictures to the encoder's settling (measured: 2 to 4 at 25 Hz)."""
SHORTEST_TORN_S = 0.6
"""So long must nothing move at all in a torn stretch of that length: the rest is settling before and touches of an
encoder that looks ahead (x265 before a key picture)."""
BUMP_GREY = 2.0
"""A refreshed key picture inside a freeze, and the settling after it, change by less (measured: 0.4 at x264
crf 28, 1.8 at crf 33)."""
BUMP_STEPS = 5
"""Steps until the encoder has settled again (measured: 1 to 4)."""
BUMP_EVERY_S = 0.2
"""The picture must stand still for this long on one side of it: what comes more often is motion."""
FEWEST_BRIDGED = 2
"""And for two steps on the other."""
LIVE_GREY = 0.05
CLEARLY_LIVE_GREY = 0.10
"""The 5th (2nd) percentile of differences elsewhere, from which on the file counts as live. Untouched clips:
2nd percentile 0.14 to 4; heavily compressed fixed cameras: 0.00."""
MOST_RUNS = 3
"""More freezes than this are the habit of the file (a time-lapse, a stalling link), not an event."""
FEWEST_STEPS = 4
FEWEST_ELSEWHERE_S = 1.0
MOST_STILL_SHARE = 0.5
"""The file's noise must be known from more of it than stands still."""
EDGE_GREY = 0.2
"""Least motion (grey levels a step) beside a freeze that can be seen to stop: the median step of an untouched
phone on a stand is 0.27."""
BEFORE_S, AFTER_S = 0.8, 0.5
"""What is looked at beside a freeze: long enough that a scene which comes to rest shows its slowing down."""
EDGE_SHARE = 0.6
"""A freeze begins and ends at once: the last steps before it and the first after it reach this share of the
median step on that side. A body that comes to rest or sets out within a third of a second, which is fast for
people, has steps of a third and less at 25 Hz."""
SETTLED_SHARE = 0.25
"""Smaller steps just before the picture stands still are the encoder's settling, not motion (measured: a
hundredth to a tenth of the motion before)."""
BURST_STEPS, BURST_FACTOR = 5, 2.0
"""Encoders that look ahead touch the held picture up to four steps before it ends (a group of three B pictures and
its anchor: x264 with its defaults); then a step among the first five that is twice the motion on both sides is the
end."""
TEAR_FACTOR = 1.3
"""A held picture ends with a tear: what moved meanwhile stands elsewhere at once, and the step is this many times every
one of the next. A scene that rests sets out with steps like those that follow: bodies keep their pace, and of 155 made
rests, at 5 to 25 pictures a second under five codecs, none set out with more than 1.0 times the largest of its next
four steps. Held pictures end with 1.4 to 100 times it, unless a body crosses the picture within a few steps. (The
motion before is no measure: at five pictures a second every step of a walk is as large as a step can be.)"""
TEAR_NEXT = 4
"""Steps behind the tear that it is held against."""
FEWEST_NEXT = 2
FIRST_SHARE = 0.25
"""The tear is the first step of at least this share of the largest near the end: a refresh may come just before it."""
STOP_SHARE = 0.4
"""Motion just before a torn stretch, as a share of the median of the 0.8 s before: it may be dying away already."""
LATEST_TEAR_STEPS = 20
"""Steps after the end of stillness that may still be its tear, at any rate up to 60 Hz."""
REFRESH_FACTOR = 1.5
"""Of a tear on a key picture this many times what the others of the file bring beyond their neighbours is taken off."""
MOSTLY_KEYS = 0.5
"""Where more pictures than this are key pictures, none of them refreshes anything (MJPEG, other intra-only codecs)."""
QUIET_PARTS = 8
QUIET_QUARTER = QUIET_PARTS * QUIET_PARTS // 4
STOP_S, STOP_STEPS = 0.3, 8
"""Full motion must lie this close before a torn stretch, by time or by pictures: encoders settle within eight pictures
(measured: 1 to 8, at 15 to 30 Hz)."""

NO_TEAR = Tear(0.0, 0.0, 0, 0)


@dataclass(frozen=True, slots=True)
class Still:
    """A stretch without change."""

    first: int
    """Index of the first picture of the held ones."""
    last: int
    seconds: float
    before_grey: float
    """The larger of the last two steps of the motion before it: the first of the encoder's settling may still be
    a third of the motion."""
    motion_before: float
    """Median step of the 0.8 s before."""
    after_grey: float
    """The step that ends it."""
    motion_after: float
    """Median step of the 0.5 s after."""
    at_edge: bool
    """Begins with the first picture or ends with the last: one of the two edges cannot be seen."""
    moved_grey: float
    """The largest step just before it, over the pictures that an encoder's settling may take."""
    begins: int
    """Index of the picture that is held: the last one that full motion led to."""
    ends: int
    """Index of the last picture before the tear."""
    tear_grey: float
    """The step that ends it, without what key pictures bring."""
    tear_moved: bool
    """Structure is replaced there, over more than a line of text, and not by light."""
    next_grey: float
    """The largest of the next steps; infinite where too few follow."""

    @property
    def is_torn(self) -> bool:
        """It stops out of motion and ends with a jump larger than any of the next steps: time had run on unseen. No
        scene that rests does so, however strongly it is compressed."""
        moved = self.motion_before >= EDGE_GREY and self.moved_grey >= STOP_SHARE * self.motion_before
        return moved and self.tear_moved and self.tear_grey >= max(EDGE_GREY, TEAR_FACTOR * self.next_grey)

    @property
    def is_abrupt(self) -> bool:
        """It begins and ends at once, out of motion and into motion, and not as a scene comes to rest."""
        stops = self.before_grey >= EDGE_SHARE * self.motion_before
        goes_on = self.after_grey >= EDGE_SHARE * self.motion_after
        moves = min(self.motion_before, self.motion_after) >= EDGE_GREY
        return self.is_torn or (moves and stops and goes_on)


@dataclass(frozen=True, slots=True)
class Stillness:
    """All such stretches, and what the rest of the file is like."""

    runs: tuple[Still, ...]
    """All long still stretches."""
    abrupt: tuple[Still, ...]
    """Those that begin and end at once."""
    floor_2: float
    floor_5: float
    elsewhere_s: float
    still_share: float
    short_runs: int
    """Still stretches of a fifth of a second and more that are too short to count."""


def find_stillness(
    greys: NDArray[np.float32],
    pts: NDArray[np.int64],
    tick_s: float,
    keys: NDArray[np.bool_],
    tears: Mapping[int, Tear],
    quiet: NDArray[np.float32],
) -> Stillness:
    """``greys``: mean absolute difference from the picture before, per picture (first: 0); ``keys``: which are
    key pictures; ``tears``: for pictures that end a still stretch, what the step shows; ``quiet``: per picture the
    difference in its quietest quarter, where bodies seldom are.

    Only abrupt stretches are set aside before the file's own noise is taken: a quiet stretch that comes and
    goes gradually *is* how this file looks when nothing moves.
    """
    seconds = np.asarray(pts * tick_s, dtype=np.float64)
    step_s = max(tick_s, float(np.median(np.diff(seconds))))
    if keys.mean() > MOSTLY_KEYS:
        keys = np.zeros_like(keys)
    spans = _runs(greys, seconds, keys)
    unrefreshed = _unrefreshed(tears, greys, keys)
    stills = (
        _still(greys, seconds, step_s, a, b, unrefreshed)
        for a, b in spans
        if seconds[b] - seconds[a] >= SHORTEST_TORN_S
    )
    runs = tuple(
        run
        for run in stills
        if run.seconds >= SHORTEST_S
        or (run.is_torn and seconds[run.ends] - seconds[run.begins] >= SHORTEST_S)
    )
    abrupt = tuple(r for r in runs if r.is_abrupt)
    outside = np.ones(len(greys), dtype=bool)
    outside[0] = False
    for run in abrupt:
        outside[max(0, run.first - 3) : run.last + 4] = False
    rest = quiet[outside]
    steps_s = np.diff(seconds, prepend=seconds[0])
    return Stillness(
        runs,
        abrupt,
        round(float(np.percentile(rest, 2)), 4) if len(rest) else 0.0,
        round(float(np.percentile(rest, 5)), 4) if len(rest) else 0.0,
        round(float(steps_s[outside].sum()), 3),
        round(sum(r.seconds for r in abrupt) / max(float(seconds[-1] - seconds[0]), tick_s), 4),
        sum(1 for a, b in spans if 0.2 <= seconds[b] - seconds[a] < SHORTEST_S),
    )


def _unrefreshed(
    tears: Mapping[int, Tear], greys: NDArray[np.float32], keys: NDArray[np.bool_]
) -> dict[int, Tear]:
    """The tears without what this file's key pictures bring beyond their neighbours."""
    places = np.flatnonzero(keys[:-1])
    places = places[places > 0]
    brought = np.maximum(0, greys[places] - np.maximum(greys[places - 1], greys[places + 1]))
    found = dict(tears)
    for k, tear in tears.items():
        if keys[k]:
            others = brought[places != k]
            refresh = REFRESH_FACTOR * float(np.median(others)) if len(others) else BUMP_GREY
            found[k] = replace(tear, grey=max(0.0, tear.grey - refresh))
    return found


def _still(
    greys: NDArray[np.float32],
    seconds: NDArray[np.float64],
    step_s: float,
    first: int,
    last: int,
    tears: Mapping[int, Tear],
) -> Still:
    """The stretch with what lies on both sides of it."""
    reach = max(6, round(BEFORE_S / step_s))
    motion = _median(greys[max(1, first - reach + 1) : first + 1])
    stop = first
    while stop > max(0, first - BUMP_STEPS) and greys[stop] <= SETTLED_SHARE * motion:
        stop -= 1
    before = greys[max(1, stop - reach + 1) : stop + 1]
    motion_after = _median(greys[last + 2 : last + 2 + max(4, round(AFTER_S / step_s))])
    end = float(greys[last + 1]) if last + 1 < len(greys) else 0.0
    before_grey = float(before[-2:].max(initial=0.0))
    burst = float(greys[last + 1 : last + 1 + BURST_STEPS].max(initial=0.0))
    if burst >= max(BUMP_GREY, BURST_FACTOR * max(motion_after, before_grey)):
        end = burst
    near = greys[max(1, first - max(STOP_STEPS, round(STOP_S / step_s))) : first + 1]
    torn_at, tear = _tear(greys, last, BURST_STEPS + round(BUMP_EVERY_S / step_s), tears)
    moved = float(near.max(initial=0.0))
    full = np.flatnonzero(near >= max(EDGE_SHARE * min(motion, moved), STILL_GREY))
    following = greys[torn_at + 1 : torn_at + 1 + TEAR_NEXT]
    return Still(
        first,
        last,
        round(float(seconds[last] - seconds[first]), 4),
        round(before_grey, 3),
        round(_median(before), 3),
        round(end, 3),
        round(motion_after, 3),
        first == 0 or last == len(greys) - 1,
        round(moved, 3),
        first - len(near) + 1 + int(full[-1]) if len(full) else first,
        torn_at - 1,
        round(tear.grey, 3),
        tear.is_motion,
        round(float(following.max()), 3) if len(following) >= FEWEST_NEXT else math.inf,
    )


def _tear(greys: NDArray[np.float32], last: int, within: int, tears: Mapping[int, Tear]) -> tuple[int, Tear]:
    """The step that tears, and its picture: the first large one after stillness, with only touches of the encoder
    between (a key picture may be renewed just before the end, with a still stretch too short to count behind it)."""
    largest = max((tears[k].grey for k in range(last + 1, last + 1 + within) if k in tears), default=0.0)
    for k in range(last + 1, min(last + 1 + within, len(greys))):
        step = tears[k].grey if k in tears else float(greys[k])
        if step > FIRST_SHARE * largest:
            return k, tears.get(k, NO_TEAR)
    return last + 1, NO_TEAR


def _median(steps: NDArray[np.float32]) -> float:
    """0 where too few steps say anything."""
    return float(np.median(steps)) if len(steps) >= FEWEST_STEPS else 0.0


def _runs(
    greys: NDArray[np.float32], seconds: NDArray[np.float64], keys: NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """(first, last) picture of every still stretch; bumps of refreshed key pictures are bridged (and no other
    ones: the second of a burned-in clock that moves on is no refresh)."""
    moving = STILL_SHARE * float(np.percentile(greys, 75))
    still = greys <= min(max(STILL_GREY, moving), STILL_MOST_GREY)
    still[0] = False
    refreshes = greys[keys][1:]
    bump = max(BUMP_GREY, float(np.median(refreshes))) if len(refreshes) > 1 else BUMP_GREY
    runs: list[tuple[int, int]] = []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], still.view(np.int8), [0]])))
    for low, high in zip(edges[::2], edges[1::2], strict=True):
        first, last = int(low) - 1, int(high) - 1
        if last - first < FEWEST_BRIDGED and seconds[last] - seconds[first] < 0.99 * BUMP_EVERY_S:
            continue
        if runs:
            a, b = runs[-1]
            longer_s = max(seconds[b] - seconds[a], seconds[last] - seconds[first])
            between = float(greys[b + 1 : first + 1].max())
            # Touches of an encoder that settles, small beside the file's motion, and refreshes by a key picture.
            allowed = bump if keys[b + 1 : first + 1].any() else moving
            if first - b <= BUMP_STEPS and longer_s >= BUMP_EVERY_S and between <= allowed:
                runs[-1] = (a, last)
                continue
        runs.append((first, last))
    return [(a, b) for a, b in runs if seconds[b] - seconds[a] >= BUMP_EVERY_S]
