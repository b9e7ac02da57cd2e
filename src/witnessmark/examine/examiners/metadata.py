"""The metadata examiner: do the dates, places and makes that the file states about itself agree?

Two readings conflict only if no time zone explains them: an aware moment is compared to the second, a
reading without zone (or a container clock that a recorder may have set to local time) only modulo the
offsets that legal time has ever had. Zero is *not set*, and the position 0,0 is *no position*.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations

from witnessmark.examine.contract import Cost, MethodCard
from witnessmark.examine.trees import fault_measurements, tree_of, unreadable
from witnessmark.ground.container import DeclaredPlace, DeclaredText, DeclaredTime, Kind, Tree
from witnessmark.model.consumer import Bytes, ByteSource, Feature, Need, Product, Trace
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.recording import MediaType, Recording
from witnessmark.model.samples import Sample

TOLERANCE_S = 120
"""Writing may take this long: phones set the container date when the file is closed."""
ZONE_TOLERANCE_S = 60
"""By how much, besides the recording's length, a difference may miss a whole zone offset."""
ZONE_TOLERANCE_MOST_S = 300
"""However long the recording: with more, every difference would look like a zone."""
ZONE_STEP_S = 1800
"""Offsets of legal time since 1972 are multiples of 30 minutes, but for those below (IANA tz database)."""
ODD_ZONES_S = (20_700, 31_500, 45_900, 49_500)
"""5:45 Nepal, 8:45 Eucla, 12:45 and 13:45 Chatham."""
ZONE_SPAN_S = 14 * 3600
"""Furthest that legal time is from UTC (UTC+14, Line Islands)."""
PLACE_KM = 1.0
"""Readings of one recording in different notations stay within their rounding; people move less in a clip."""
EARTH_KM = 6371.0088
"""IUGG mean radius."""
NULL_ISLAND_DEG = 1e-4
"""Within 11 m of 0,0: what devices write that had no fix."""

CARD = MethodCard(
    id="metadata",
    version="1.1.0",
    title="Statements inside the file",
    question="Do dates, places and makes inside the file disagree, and which fields?",
    kinds=("metadata.conflict",),
    needs=(Bytes(),),
    applies_to=(MediaType.VIDEO, MediaType.SOUND, MediaType.PICTURE),
    parameters={
        "tolerance_s": TOLERANCE_S,
        "zone_tolerance_s": ZONE_TOLERANCE_S,
        "zone_tolerance_most_s": ZONE_TOLERANCE_MOST_S,
        "zone_step_s": ZONE_STEP_S,
        "zone_span_s": ZONE_SPAN_S,
        "place_km": PLACE_KM,
    },
    benign_causes={
        "metadata.conflict": (
            "exported, trimmed or imported by an application that set a new container date",
            "one field keeps the time of recording, the other the time of copying",
            "the device's clock was set by the network between the two entries",
            "a lens or accessory of another make wrote its own name",
        )
    },
    limits=(
        "Dates that are wrong in the same way everywhere agree with each other.",
        "A difference by a whole zone offset is taken as a zone, even if someone shifted the clock by hours;"
        " a random difference below 14 h looks like one in about 7 of 100 cases (short recordings).",
        "Dates without hours are not compared. Telemetry tracks are not read.",
        "All of these fields can be written by anyone.",
    ),
    sources=(
        "ISO/IEC 14496-12:2022 §8.2.2, §8.3.2, §8.4.2 (dates from 1904, UTC)",
        "Apple, QuickTime File Format, metadata keys and user data",
        "CIPA DC-008 (EXIF 2.32) §4.6.5 (no zone unless OffsetTime), §4.6.6 (GPS in UTC)",
        "IANA tz database (offsets in use)",
    ),
    budget=Cost(decode_share=0.01, memory_bytes=64 << 20),
)
BY_CONSTRUCTION = "by construction: both readings are in the file"
_PAIRS_SHOWN = 8
DATES_FEATURE = "container.dates"
DATES_TRACE = "metadata.dates"
_DATES_KEPT = 64


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two fields that cannot both hold."""

    what: str
    first: str
    second: str
    grade: Grade
    amount: str


@dataclass(slots=True)
class MetadataExamination:
    kind: Kind
    name: str = CARD.id
    needs: tuple[Need, ...] = CARD.needs
    tree: Tree | None = field(default=None)

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self.tree = tree_of(source, self.kind)

    def take(self, sample: Sample) -> None:
        return None

    def finish(self) -> tuple[Product, ...]:
        if self.tree is None:
            return CARD.failed("the reel never began")
        return (_conflict(self.tree), *_dates(self.tree), _dates_for_weighers(self.tree))


def examination(kind: Kind) -> MetadataExamination:
    return MetadataExamination(kind)


def _conflict(tree: Tree) -> FindingCore:
    kind = "metadata.conflict"
    declared = tree.declared
    created = [time for time in declared.times if time.what != "modified" and time.moment is not None]
    found, zones = compare_times(created, float(declared.duration or 0))
    positions = [place for place in declared.places if place.latitude_deg is not None]
    usable = [place for place in positions if not is_null_island(place)]
    found += compare_places(usable)
    found += compare_names("make", declared.makes)
    measured = _measurements(tree, created, usable, len(positions) - len(usable), zones)
    if found:
        worst = Grade.STRONG if any(one.grade is Grade.STRONG for one in found) else Grade.MODERATE
        measured["conflicts"] = Measurement(
            tuple(f"{one.what}: {one.first} | {one.second} | {one.amount}" for one in found[:_PAIRS_SHOWN])
        )
        first = found[0]
        more = f" {len(found) - 1} further pair(s) disagree." if len(found) > 1 else ""
        return CARD.finding(
            kind,
            Outcome.OBSERVED,
            f"Two statements about the {first.what} disagree by {first.amount}: "
            f"{first.first} against {first.second}.{more}",
            measurements=measured,
            grade=worst,
            calibration=BY_CONSTRUCTION,
        )
    if (why := unreadable(tree)) and not (created or usable or declared.makes):
        if any(fault.code == "no_parser" for fault in tree.faults):
            return CARD.not_applicable(why)[0]
        return CARD.finding(
            kind, Outcome.INCONCLUSIVE, f"The statements could not be read: {why}.", measurements=measured
        )
    if len(created) < 2 and len(positions) < 2 and len(declared.makes) < 2:
        reason = "no date, place or make stands in more than one field"
        return CARD.not_applicable(reason)[0]
    zone_note = (
        f" Differences of whole zone offsets, taken as local time: {'; '.join(zones)}." if zones else ""
    )
    return CARD.finding(
        kind,
        Outcome.NOT_OBSERVED,
        f"{_agreement(len(created), len(usable), len(declared.makes))}{zone_note}",
        measurements=measured,
    )


def _agreement(dates: int, places: int, makes: int) -> str:
    """Only what stands more than once can agree, and within what."""
    agree = [
        f"{dates} dates within {TOLERANCE_S} s plus the recording's length" if dates > 1 else "",
        f"{places} positions within {PLACE_KM:g} km" if places > 1 else "",
        f"{makes} makes in a word of the name" if makes > 1 else "",
    ]
    told = ", ".join(part for part in agree if part)
    return (
        f"No disagreement: {told}." if told else "No disagreement: at most one statement of each sort is set."
    )


def _dates(tree: Tree) -> tuple[Feature, ...]:
    """The dates that the file states, for those who hold them against claims of date and place."""
    rows = [
        {"field": time.field, "moment": time.moment.isoformat()}
        for time in tree.declared.times
        if time.what != "modified" and time.moment is not None
    ]
    if not rows:
        return ()
    return (Feature(DATES_FEATURE, 1, json.dumps(rows[:_DATES_KEPT], sort_keys=True).encode("ascii")),)


def _dates_for_weighers(tree: Tree) -> Trace:
    """All dates with their fields, whether they are UTC, and the length: for methods that weigh them."""
    rows = tuple(
        {"field": time.field, "moment": time.moment.isoformat(), "zone": time.zone, "what": time.what}
        for time in tree.declared.times[:_DATES_KEPT]
        if time.moment is not None
    )
    duration = tree.declared.duration
    return Trace(DATES_TRACE, {"dates": rows, "duration_s": None if duration is None else float(duration)})


def _measurements(
    tree: Tree, created: list[DeclaredTime], usable: list[DeclaredPlace], nowhere: int, zones: list[str]
) -> dict[str, Measurement]:
    measured = fault_measurements(tree)
    if created:
        readings = list(dict.fromkeys(f"{t.field} = {_shown(t)}" for t in created))
        measured["dates"] = Measurement(tuple(readings[:16]))
    if usable:
        measured["places"] = Measurement(tuple(f"{place.field} = {place.text}" for place in usable[:8]))
    if nowhere:
        measured["positions_at_0_0"] = Measurement(nowhere, "fields without a fix")
    if tree.declared.makes:
        measured["makes"] = Measurement(
            tuple(dict.fromkeys(f"{make.field} = {make.text}" for make in tree.declared.makes))[:8]
        )
    if zones:
        measured["zone_differences"] = Measurement(tuple(zones))
    return measured


def compare_times(times: list[DeclaredTime], duration_s: float) -> tuple[list[Disagreement], list[str]]:
    """Pairs that no zone explains, and the zone-like differences that were let pass.

    One field stands for all that say the same moment with the same kind of zone.
    """
    distinct: dict[tuple[float, str], DeclaredTime] = {}
    for time in times:
        distinct.setdefault((_seconds(time), time.zone), time)
    allowed_s = TOLERANCE_S + max(0.0, duration_s)
    found: list[Disagreement] = []
    zones: list[str] = []
    for first, second in combinations(distinct.values(), 2):
        gap_s = abs(_seconds(first) - _seconds(second))
        if gap_s <= allowed_s:
            continue
        zone_s = _zone_offset(gap_s, min(ZONE_TOLERANCE_S + max(0.0, duration_s), ZONE_TOLERANCE_MOST_S))
        both_stated = first.zone == second.zone == "stated"
        if zone_s is not None and not both_stated:
            zones.append(f"{first.field} and {second.field} by {_hours(zone_s)}")
            continue
        grade = Grade.MODERATE if "none" in (first.zone, second.zone) else Grade.STRONG
        found.append(
            Disagreement(
                "date",
                f"{first.field} = {_shown(first)}",
                f"{second.field} = {_shown(second)}",
                grade,
                _length(gap_s),
            )
        )
    return found, list(dict.fromkeys(zones))


def _zone_offset(gap_s: float, tolerance_s: float) -> int | None:
    """The whole offset that explains a gap, if it is one that legal time can have."""
    candidates = (round(gap_s / ZONE_STEP_S) * ZONE_STEP_S, *ODD_ZONES_S)
    return next(
        (offset for offset in candidates if 0 < offset <= ZONE_SPAN_S and abs(gap_s - offset) <= tolerance_s),
        None,
    )


def compare_places(places: list[DeclaredPlace]) -> list[Disagreement]:
    """Pairs of positions further apart than ``PLACE_KM``."""
    found = []
    for first, second in combinations(places, 2):
        apart_km = distance_km(first, second)
        if apart_km > PLACE_KM:
            readings = (f"{first.field} = {first.text}", f"{second.field} = {second.text}")
            found.append(Disagreement("place", *readings, Grade.STRONG, f"{apart_km:.1f} km"))
    return found


def distance_km(first: DeclaredPlace, second: DeclaredPlace) -> float:
    """Great-circle distance (haversine; Sinnott 1984)."""
    lat1, lon1, lat2, lon2 = (
        math.radians(value or 0.0)
        for value in (first.latitude_deg, first.longitude_deg, second.latitude_deg, second.longitude_deg)
    )
    chord = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(chord)))


def is_null_island(place: DeclaredPlace) -> bool:
    latitude, longitude = place.latitude_deg or 0.0, place.longitude_deg or 0.0
    return abs(latitude) < NULL_ISLAND_DEG and abs(longitude) < NULL_ISLAND_DEG


def compare_names(what: str, names: tuple[DeclaredText, ...]) -> list[Disagreement]:
    """Makes that share no word: ``NIKON CORPORATION`` and ``Nikon`` agree."""
    found = []
    for first, second in combinations(names, 2):
        one, other = _words(first.text), _words(second.text)
        if one and other and not one & other:
            readings = (f"{first.field} = {first.text}", f"{second.field} = {second.text}")
            found.append(Disagreement(what, *readings, Grade.MODERATE, "name"))
    return found


def _words(text: str) -> set[str]:
    plain = "".join(letter if letter.isalnum() else " " for letter in text.casefold())
    return set(plain.split())


def _seconds(time: DeclaredTime) -> float:
    """Seconds since 1970, a reading without zone taken as UTC (only differences are used)."""
    moment = time.moment or datetime(1970, 1, 1, tzinfo=UTC)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _shown(time: DeclaredTime) -> str:
    if time.moment is None:
        return time.text
    mark = {"utc_by_standard": " (UTC by the standard)", "none": " (no zone)"}.get(time.zone, "")
    return time.moment.strftime("%Y-%m-%dT%H:%M:%S%z") + mark


def _hours(seconds: int) -> str:
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"


def _length(seconds: float) -> str:
    whole = round(seconds)
    if whole >= 2 * 86400:
        return f"{whole // 86400} days {whole % 86400 // 3600} h"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min {whole % 60:02d} s"
