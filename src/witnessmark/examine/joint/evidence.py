"""What each trace saw at one place, and how likely that is after a cut, after a pause, and where nothing happened.

A *cut* is an edit: material was taken out or put in after it was recorded. A *pause* is the recorder's own: it was
stopped and went on in the same file. *Nothing* is one unbroken take, in which something moved or passed quickly.

The likelihoods are coarse on purpose. Where a number is measured or follows from a standard, ``source`` says so; all
others are *assumed*, stand in docs/methods/cut.md with their reason, and are marked so in the finding.
Source of the frame: likelihoods under stated propositions, ENFSI Guideline for evaluative reporting (2015) §2.4;
ISO 21043-4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from witnessmark.model.consumer import Product, Trace
from witnessmark.model.findings import FindingCore, Measurement, Outcome

ASSUMED = "assumed"
H264 = "ISO/IEC 14496-10 §7.4.1.2.4: an encoder that starts anew begins with an IDR picture; the shares are assumed"
COUNTING = "by counting: one picture in every group is a key picture; the others are assumed"

NEAR_S = 0.25
"""Traces this close point to one event: sound is cut at packets of up to 0.1 s, and windows of analysis are longer."""
CLOCK_LEAP_S = 1.5
"""A clock that shows seconds may tick up to one second apart from where it is read; half more is a leap."""
CLOCK_NEAR_S = 5.0
"""Readings farther from the place than this do not tell what happened there."""
CLEAR_STRENGTH = 0.5
"""Strength of a break of the sound that its method graded moderate or strong (it gives 0.3 to weak ones)."""
DAY_S = 86_400.0
TIME_HOLE = 1.8
"""Usual intervals from which on time itself has a hole (jumps.TIME_JUMP)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row of the table."""

    name: str
    seen: str
    cut: float
    pause: float
    nothing: float
    source: str

    @property
    def speaks(self) -> bool:
        """Whether it tells the three apart at all."""
        return not self.cut == self.pause == self.nothing

    def to_measurement(self) -> Measurement:
        """What was seen, its likelihood under cut, pause and nothing, and where these come from."""
        return Measurement(
            (self.seen, self.cut, self.pause, self.nothing, self.source),
            "likelihood: cut, pause, nothing; source",
        )


@dataclass(frozen=True, slots=True)
class Moment:
    """The place that is weighed: between two pictures."""

    before_pts: int
    after_pts: int
    base: Fraction
    level: int
    """How clearly the picture alone shows it: 0 not at all, 1 weak, 2 moderate, 3 strong."""
    interval_ratio: float
    """Interval between the two pictures in usual ones."""
    is_key: bool
    by_light: bool = False
    """Only the brightness changes."""

    @property
    def at_s(self) -> float:
        return float(self.after_pts * self.base)


Given = Mapping[str, tuple[Product, ...]]


def table(moment: Moment, given: Given) -> tuple[Evidence, ...]:
    """All rows that can be filled for one moment, from what the methods left."""
    return (
        _picture(moment),
        _key(moment, _trace(given, "timeline", "timeline.keys")),
        _time(moment),
        _numbers(moment, _cores(given, "timeline")),
        *_clock(moment, _trace(given, "clock", "clock.readings")),
        *_sound(moment, _trace(given, "audio", "audio.breaks")),
    )


def _trace(given: Given, method: str, name: str) -> Mapping[str, Any] | None:
    return next((p.data for p in given.get(method, ()) if isinstance(p, Trace) and p.name == name), None)


def _cores(given: Given, method: str) -> tuple[FindingCore, ...]:
    return tuple(p for p in given.get(method, ()) if isinstance(p, FindingCore))


def _picture(moment: Moment) -> Evidence:
    seen, likely, nothing = {
        1: ("the picture changes abruptly, not much beyond its neighbours", 0.1, 0.1),
        2: ("the picture changes abruptly, clearly beyond its neighbours", 0.3, 0.015),
        3: ("the picture changes abruptly, far beyond its neighbours", 0.5, 0.005),
    }[moment.level]
    if moment.by_light:
        seen = "only the light of the picture changes abruptly, as a lamp does too"
    return Evidence("picture", seen, likely, likely, nothing, ASSUMED)


def _key(moment: Moment, keys: Mapping[str, Any] | None) -> Evidence:
    usual = int(keys["usual_interval_frames"]) if keys else 0
    if usual <= 1:
        seen = "every picture is a key picture" if usual else "key pictures follow no schedule in this file"
        return Evidence("key picture", seen, 1.0, 1.0, 1.0, ASSUMED)
    if not moment.is_key:
        seen = f"no key picture begins there, though one begins every {usual} pictures"
        return Evidence("key picture", seen, 0.4, 0.1, round(1 - 1 / usual, 3), H264)
    off = any(abs(int(p) - moment.after_pts) <= 1 for p in keys["off_schedule"]) if keys else False
    if off:
        seen = f"a key picture begins there, off the schedule of {usual} pictures"
        return Evidence("key picture", seen, 0.4, 0.8, 0.02, H264)
    seen = f"the key picture that is due every {usual} pictures begins just there"
    return Evidence("key picture", seen, 0.2, 0.1, round(1 / usual, 3), COUNTING)


def _time(moment: Moment) -> Evidence:
    if moment.interval_ratio >= TIME_HOLE:
        seen = f"{moment.interval_ratio:.1f} usual intervals pass"
        return Evidence("time", seen, 0.2, 0.5, 0.05, ASSUMED)
    return Evidence("time", "the times of the pictures run on", 0.8, 0.5, 0.95, ASSUMED)


def _numbers(moment: Moment, cores: Sequence[FindingCore]) -> Evidence:
    """Holes in the encoder's numbering and breaks of the file's order, as the method ``timeline`` found them."""
    near = [c for c in cores if c.outcome is Outcome.OBSERVED and _is_near(c, moment)]
    counted = [c for c in near if int(_value(c, "missing_numbers")) > 0]
    if counted:
        return Evidence("numbering", "coded pictures are missing", 0.3, 0.02, 0.01, ASSUMED)
    if any(c.kind == "timeline.disorder" for c in near):
        seen = "the file's own order is broken: " + near[0].statement.split(":")[0].rstrip(".")[:100]
        return Evidence("numbering", seen, 0.3, 0.15, 0.01, ASSUMED)
    return Evidence("numbering", "the file's own order runs on", 0.7, 0.85, 0.99, ASSUMED)


def _is_near(core: FindingCore, moment: Moment) -> bool:
    if core.span is None:
        return False
    start_s, end_s = core.span.start.seconds, core.span.end.seconds
    return start_s - NEAR_S <= moment.at_s <= end_s + NEAR_S and end_s - start_s <= 60.0


def _value(core: FindingCore, name: str) -> float:
    held = core.measurements.get(name)
    return float(held.value) if held is not None and isinstance(held.value, int | float) else 0.0


def _clock(moment: Moment, clock: Mapping[str, Any] | None) -> tuple[Evidence, ...]:
    """The burned-in clock on both sides of the place."""
    if clock is None or not len(clock["pts"]) or not clock["has_seconds"]:
        return ()
    tick = float(clock["base"])
    times, shown = [float(p) * tick for p in clock["pts"]], [float(s) for s in clock["clock_s"]]
    at_s = moment.at_s
    before = [(t, s) for t, s in zip(times, shown, strict=True) if at_s - CLOCK_NEAR_S <= t < at_s]
    after = [(t, s) for t, s in zip(times, shown, strict=True) if at_s <= t <= at_s + CLOCK_NEAR_S]
    if not before or not after:
        return ()
    leap_s = (after[0][1] - before[-1][1]) - (after[0][0] - before[-1][0])
    if not clock["has_date"]:
        leap_s = (leap_s + DAY_S / 2) % DAY_S - DAY_S / 2  # midnight is no leap
    if abs(leap_s) >= CLOCK_LEAP_S:
        seen = f"the burned-in clock leaps by {leap_s:+.1f} s"
        return (Evidence("clock", seen, 0.6, 0.9, 0.01, ASSUMED),)
    return (Evidence("clock", "the burned-in clock runs on", 0.3, 0.05, 0.99, ASSUMED),)


def _sound(moment: Moment, sound: Mapping[str, Any] | None) -> tuple[Evidence, ...]:
    if sound is None or not sound["usable"]:
        return ()
    near = [
        found
        for found in sound["breaks"]
        if float(found["start_s"]) - NEAR_S <= moment.at_s <= float(found["end_s"]) + NEAR_S
    ]
    if near:
        clearest = max(near, key=lambda found: float(found["strength"]))
        seen = f"the sound breaks there: {clearest['what']}"[:120]
        nothing = 0.03 if float(clearest["strength"]) >= CLEAR_STRENGTH else 0.15
        return (Evidence("sound", seen, 0.6, 0.8, nothing, ASSUMED),)
    return (Evidence("sound", "the sound runs on unbroken", 0.3, 0.05, 0.95, ASSUMED),)
