"""One account of a telemetry track: when it began, whether its clock ran with the recording, and how long the way was.

Of places only distances leave this module: a position can be the most dangerous thing in a file.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from witnessmark.ground.container.leap_seconds import MOST_LEAPS
from witnessmark.ground.container.telemetry import Fix, TelemetryTrack

EARTH_KM = 6371.0088
"""IUGG mean radius."""
STANDING_KM = 0.02
"""Less is not counted as way: receivers wander by up to about 8 m while standing (GPS SPS Performance Standard, 5th
ed. 2020, §3.8.3: 95 % of horizontal errors), taken two and a half times."""
NULL_ISLAND_DEG = 1e-4
"""Within 11 m of 0,0: what devices write that had no fix."""
STEADY_S = 3.0
"""By how much receiver and recording may drift apart from one reading to the next: both may be written in whole
seconds, and a reading may stand in its payload a second late."""
LEAPS_S = MOST_LEAPS + STEADY_S
"""A receiver that learns the leap seconds while recording corrects itself by up to all (IS-GPS-200 §20.3.3.5)."""
REAL_TIME = 0.02
"""By how much the two rates may differ before the recording is called no real-time one (time lapse, slow motion).
Clocks of recorders differ by less than a thousandth; chosen. The difference must also exceed ``STEADY_S`` in all."""


@dataclass(frozen=True, slots=True)
class ClockStep:
    """The receiver's clock against the recording's, from one reading to the next."""

    before_s: float
    after_s: float
    """Of the recording's own time."""
    step_s: float
    """Receiver minus recording: how much more (or less) passed by the receiver."""


@dataclass(frozen=True, slots=True)
class Course:
    """One track."""

    dialect: str
    clock: str
    points: int
    locked: int
    first: datetime | None
    last: datetime | None
    """First and last moment with a lock, as the receiver states them."""
    begin_s: float | None
    """Receiver's time at the recording's own zero, seconds since 1970 (median over the readings before a step)."""
    error_s: float
    """Spread of the readings about that line."""
    rate: float | None
    """Receiver seconds per recorded second; None where there is one reading."""
    is_other_rate: bool
    """The recording's own time does not run with the receiver's, beyond what the readings' coarseness explains."""
    steps: tuple[ClockStep, ...]
    way_km: float
    samples: int
    read: int
    unreadable: int

    @property
    def is_real_time(self) -> bool:
        return not self.is_other_rate


def course_of(track: TelemetryTrack) -> Course:
    """The account of one track. Readings without a lock count as points and for nothing else."""
    locked = [fix for fix in track.fixes if fix.has_lock]
    timed = [(fix.media_s, fix.moment) for fix in locked if fix.moment is not None]
    pairs = [(media_s, moment.timestamp()) for media_s, moment in timed if media_s is not None]
    steps = _steps(pairs)
    rate = _rate(pairs, steps)
    recorded_s = pairs[-1][0] - pairs[0][0] if pairs else 0.0
    other = rate is not None and abs(rate - 1) > max(REAL_TIME, STEADY_S / recorded_s)
    real_time = not other
    until = steps[0].before_s if steps else math.inf
    begins = [at - media_s for media_s, at in pairs if media_s <= until] if real_time else []
    if pairs and not real_time:
        begins = [pairs[0][1] - pairs[0][0]]
    if not pairs and timed:
        begins = [timed[0][1].timestamp()]
    begin_s = statistics.median(begins) if begins else None
    return Course(
        dialect=track.dialect,
        clock=track.clock,
        points=len(track.fixes),
        locked=len(locked),
        first=timed[0][1] if timed else None,
        last=timed[-1][1] if timed else None,
        begin_s=begin_s,
        error_s=max((abs(one - begin_s) for one in begins), default=0.0) if begin_s is not None else 0.0,
        rate=rate,
        is_other_rate=other,
        steps=steps if real_time else (),
        way_km=way_km(locked),
        samples=track.samples,
        read=track.read,
        unreadable=track.unreadable,
    )


def clock_line(track: TelemetryTrack, course: Course) -> tuple[tuple[float, float], ...]:
    """(recorded seconds, receiver minus recording since the begin) of every reading with a lock and a time."""
    if course.begin_s is None:
        return ()
    return tuple(
        (round(fix.media_s, 3), round(fix.moment.timestamp() - fix.media_s - course.begin_s, 3))
        for fix in track.fixes
        if fix.has_lock and fix.moment is not None and fix.media_s is not None
    )


def _steps(pairs: Sequence[tuple[float, float]]) -> tuple[ClockStep, ...]:
    found = []
    for (media_s, at), (next_media_s, next_at) in pairwise(pairs):
        step = (next_at - at) - (next_media_s - media_s)
        if abs(step) > STEADY_S:
            found.append(ClockStep(media_s, next_media_s, step))
    return tuple(found)


def _rate(pairs: Sequence[tuple[float, float]], steps: tuple[ClockStep, ...]) -> float | None:
    """Over the whole, steps taken out; where most readings step (time lapse), the median over neighbours."""
    if len(pairs) < 2 or pairs[-1][0] <= pairs[0][0]:
        return None
    if 2 * len(steps) <= len(pairs) - 1:
        stepped = sum(step.step_s for step in steps)
        return (pairs[-1][1] - pairs[0][1] - stepped) / (pairs[-1][0] - pairs[0][0])
    slopes = [
        (next_at - at) / (next_media_s - media_s)
        for (media_s, at), (next_media_s, next_at) in pairwise(pairs)
        if next_media_s > media_s
    ]
    return statistics.median(slopes) if slopes else None


def way_km(fixes: Sequence[Fix]) -> float:
    """Length of the way, standing left out."""
    total = 0.0
    counted: tuple[float, float] | None = None
    for fix in fixes:
        here = position(fix)
        if here is None:
            continue
        if counted is None:
            counted = here
            continue
        apart = distance_km(counted, here)
        if apart > STANDING_KM:
            total += apart
            counted = here
    return total


def position(fix: Fix) -> tuple[float, float] | None:
    """Latitude and longitude in degrees, unless it is none or that of no fix."""
    if fix.latitude_deg is None or fix.longitude_deg is None:
        return None
    if abs(fix.latitude_deg) < NULL_ISLAND_DEG and abs(fix.longitude_deg) < NULL_ISLAND_DEG:
        return None
    return fix.latitude_deg, fix.longitude_deg


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance (haversine; Sinnott 1984)."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*one, *other))
    chord = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(chord)))
