"""The telemetry examiner: does a recorder's receiver agree with the container, the burned-in clock and declared places?

Satellite time is the one clock in a recording that nobody sets by hand. No position ever stands in a finding: presence,
first and last moment, number of points, and the length of the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from witnessmark.examine.contract import Cost, Given, MethodCard
from witnessmark.examine.telemetry import agreement
from witnessmark.examine.telemetry.agreement import Answer
from witnessmark.examine.telemetry.course import (
    LEAPS_S,
    NULL_ISLAND_DEG,
    REAL_TIME,
    STANDING_KM,
    STEADY_S,
    Course,
    clock_line,
    course_of,
)
from witnessmark.examine.trees import tree_of
from witnessmark.examine.zonetime.readings import clock_at_begin, container_readings, usable
from witnessmark.ground.container import Kind, Tree
from witnessmark.ground.container.telemetry import RECEIVER, TelemetryTrack, read_telemetry
from witnessmark.model.consumer import Bytes, ByteSource, Feature, Need, Product, Trace
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.recording import MediaType, Recording
from witnessmark.model.samples import Sample
from witnessmark.model.series import MOST_POINTS, Curve

KIND = "metadata.conflict"
TIMES_TRACE = "telemetry.times"
TRACK_TRACE = "telemetry.tracks"
DATES_TRACE = "metadata.dates"
CLOCK_TRACE = "clock.readings"
MOST_TRACKS = 4
MOST_STEPS = 8
MOST_PLACES = 8
FEWEST_DRAWN = 3
"""A line through fewer readings shows nothing."""

CARD = MethodCard(
    id="telemetry",
    version="1.0.0",
    title="Satellite receiver in the recording",
    question="Do the time and way of the recorder's satellite receiver agree with the container, the burned-in clock "
    "and the declared place?",
    kinds=(KIND,),
    needs=(Bytes(),),
    applies_to=(MediaType.VIDEO,),
    parameters={
        "same_s": agreement.SAME_S,
        "steady_s": STEADY_S,
        "leaps_s": LEAPS_S,
        "real_time": REAL_TIME,
        "near_km": agreement.NEAR_KM,
        "far_km": agreement.FAR_KM,
        "standing_km": STANDING_KM,
    },
    benign_causes={
        KIND: (
            "the recorder's clock was never set, was set by hand, or ran on from an empty battery",
            "the receiver had just been switched on, and corrected its time or its leap seconds while recording",
            "the container's date is that of an export, a copy or a repair",
            "the declared place is the last one known from before a journey, or that of a paired phone",
            "a time lapse or slow motion, whose recorded time is not the receiver's",
            "recordings that the recorder itself joined (loop recording)",
        )
    },
    limits=(
        "Everything in a telemetry track can be written by anyone; it can be copied in from another recording.",
        "Read are the dialects that the methods page lists; encrypted dash-cam blocks and DJI's own tracks are not.",
        "Dash-cams pass on the receiver's date and time, mostly in UTC, some in local time: both are let pass.",
        "A difference by a whole offset of legal time is taken as local time, even if someone shifted it by hours.",
        "A transport stream is read for its first 8 MiB, others to 16 MiB of telemetry.",
    ),
    sources=(
        "gopro/gpmf-parser documentation; Google, Camera Motion Metadata Spec; ExifTool tag documentation",
        "IS-GPS-200 §20.3.3.5 (leap seconds in the almanac); IERS Bulletin C (their number)",
        "GPS Standard Positioning Service Performance Standard, 5th ed. 2020, §3.8.3",
        "IANA tz database (legal offsets)",
    ),
    budget=Cost(decode_share=0.01, memory_bytes=32 << 20),
    builds_on=("metadata", "clock"),
)
BY_CONSTRUCTION = "by construction: both readings are in the file"


@dataclass(slots=True)
class TelemetryExamination:
    """Reads the tracks once, at the end; takes no samples. Its findings are made in ``weigh``."""

    kind: Kind
    name: str = CARD.id
    needs: tuple[Need, ...] = CARD.needs
    tree: Tree | None = field(default=None)
    source: ByteSource | None = field(default=None)

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self.tree, self.source = tree_of(source, self.kind), source

    def take(self, sample: Sample) -> None:
        return None

    def finish(self) -> tuple[Product, ...]:
        if self.tree is None or self.source is None:
            return CARD.failed("the reel never began")
        tracks = read_telemetry(self.source, self.tree)
        courses = tuple(course_of(track) for track in tracks)
        places = tuple(
            (place.field, place.latitude_deg, place.longitude_deg)
            for place in self.tree.declared.places
            if place.latitude_deg is not None and place.longitude_deg is not None
        )
        for_weigher = Trace(TRACK_TRACE, {"tracks": tracks, "courses": courses, "places": places})
        lines = [
            _drawn(number, track, course)
            for number, (track, course) in enumerate(zip(tracks, courses, strict=True))
        ]
        series = [line for line in lines[:MOST_TRACKS] if line is not None]
        return (for_weigher, Trace(TIMES_TRACE, {"courses": tuple(map(_plain, courses))}), *series)


def _drawn(number: int, track: TelemetryTrack, course: Course) -> Feature | None:
    """The receiver's clock beside the recording's own time, for people to look at. No place is in it."""
    points = clock_line(track, course)
    if len(points) < FEWEST_DRAWN:
        return None
    every = -(-len(points) // MOST_POINTS)
    return Curve(
        name=f"telemetry.clock{number or ''}",
        title=f"Receiver's clock against the recording ({course.dialect})",
        x_label="time in the recording",
        x_unit="s",
        y_label="receiver minus recording, since the begin",
        y_unit="s",
        points=points[::every],
        marks=tuple((step.after_s, f"{step.step_s:+.1f} s") for step in course.steps[:MOST_STEPS]),
    ).to_feature()


def _plain(course: Course) -> dict[str, Any]:
    """What other methods may weigh: the receiver's time at the recording's zero (seconds since 1970) and its spread."""
    return {
        "dialect": course.dialect,
        "clock": course.clock,
        "begin_s": course.begin_s,
        "error_s": course.error_s,
        "is_real_time": course.is_real_time,
        "points": course.points,
        "locked": course.locked,
    }


def examination(kind: Kind) -> TelemetryExamination:
    return TelemetryExamination(kind)


def weigh(kind: Kind, given: Given) -> tuple[FindingCore, ...]:
    """The findings, from this method's own reading and what metadata (and the clock) left."""
    mine = _trace(given.get(CARD.id, ()), TRACK_TRACE)
    if mine is None:
        return ()
    if not mine["tracks"]:
        return CARD.not_applicable(
            "the file holds no telemetry of a satellite receiver in a dialect that is read"
        )
    dates = _trace(given.get("metadata", ()), DATES_TRACE) or {}
    clock = _trace(given.get("clock", ()), CLOCK_TRACE)
    pairs = list(zip(mine["tracks"], mine["courses"], strict=True))[:MOST_TRACKS]
    return tuple(_finding(track, course, mine["places"], dates, clock) for track, course in pairs)


def _trace(products: Sequence[Product], name: str) -> Any:
    return next((one.data for one in products if isinstance(one, Trace) and one.name == name), None)


def _finding(track: TelemetryTrack, course: Course, places: Any, dates: Any, clock: Any) -> FindingCore:
    measured = _measurements(course)
    what = _what(course)
    if not course.locked:
        return CARD.finding(
            KIND,
            Outcome.INCONCLUSIVE,
            f"{what}: nothing can be compared.",
            measurements=measured,
            reason="no reading with a lock",
        )
    answers = [*_of_times(course, dates, clock), *map(agreement.of_step, course.steps[:MOST_STEPS])]
    answers += _of_places(track, places)
    found = [one for one in answers if one.grade is not None]
    agreed = [one.words for one in answers if one.grade is None]
    if agreed:
        measured["agreements"] = Measurement(tuple(agreed))
    if found:
        measured["conflicts"] = Measurement(tuple(one.words for one in found))
        worst = Grade.MODERATE if any(one.grade is Grade.MODERATE for one in found) else Grade.WEAK
        more = f" {len(found) - 1} further comparison(s) disagree." if len(found) > 1 else ""
        return CARD.finding(
            KIND,
            Outcome.OBSERVED,
            f"{what}. It disagrees: {found[0].words}.{more}",
            measurements=measured,
            grade=worst,
            calibration=BY_CONSTRUCTION,
        )
    if not answers:
        return CARD.finding(
            KIND,
            Outcome.INCONCLUSIVE,
            f"{what}. The file states no date or place to compare it with.",
            measurements=measured,
            reason="nothing to compare with",
        )
    note = (
        ""
        if course.is_real_time
        else " The recording's own time does not run with the receiver's (time lapse?)."
    )
    return CARD.finding(
        KIND,
        Outcome.NOT_OBSERVED,
        f"{what}. No disagreement: {'; '.join(agreed)}.{note}",
        measurements=measured,
    )


def _of_times(course: Course, dates: Any, clock: Any) -> list[Answer]:
    if course.begin_s is None:
        return []
    # A recording that does not run in real time says nothing of where its end lies.
    duration_s = float(dates.get("duration_s") or 0) if course.is_real_time else 0.0
    answers = [
        agreement.of_container(course, reading, duration_s) for reading in usable(container_readings(dates))
    ]
    read = clock_at_begin(clock) if clock else None
    return [*answers, agreement.of_clock(course, read)] if read is not None else answers


def _of_places(track: TelemetryTrack, places: Any) -> list[Answer]:
    answers = []
    for name, latitude, longitude in places[:MOST_PLACES]:
        if abs(latitude) < NULL_ISLAND_DEG and abs(longitude) < NULL_ISLAND_DEG:
            continue
        answer = agreement.of_place(track.fixes, (latitude, longitude), name)
        if answer is not None:
            answers.append(answer)
    return answers


def _what(course: Course) -> str:
    """Presence, points, first and last moment, length of the way; never a position."""
    told = f"{course.dialect}: {course.points} points, {course.locked} with a lock"
    if course.first is not None and course.last is not None:
        zone = " as the receiver's date" if course.clock == RECEIVER else " UTC"
        told += f", from {course.first:%Y-%m-%d %H:%M:%S} to {course.last:%Y-%m-%d %H:%M:%S}{zone}"
    return f"{told}, {course.way_km:.1f} km of way" if course.locked else told


def _measurements(course: Course) -> dict[str, Measurement]:
    measured = {
        "dialect": Measurement(course.dialect),
        "points": Measurement(course.points, "points"),
        "with_lock": Measurement(course.locked, "points"),
        "way": Measurement(round(course.way_km, 2), "km"),
        "samples": Measurement(course.samples, "samples"),
        "samples_read": Measurement(course.read, "samples"),
    }
    if course.unreadable:
        measured["not_understood"] = Measurement(course.unreadable, "samples")
    if course.first is not None and course.last is not None:
        measured["first"] = Measurement(course.first.isoformat())
        measured["last"] = Measurement(course.last.isoformat())
    if course.rate is not None:
        measured["rate"] = Measurement(round(course.rate, 4), "receiver seconds per recorded second")
    if course.steps:
        measured["clock_steps"] = Measurement(len(course.steps), "steps")
    return measured
