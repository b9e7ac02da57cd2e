"""The offset examiner: burned-in time minus container time, and where that was legal time on that day.

Reads no byte of the file: it weighs what the clock and metadata methods left in the same pass. A difference is
a difference; that it stands for a time zone is one of several explanations, and all of them are listed with
every finding. Legal time never singles out a place, and no zone is ever called impossible.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from witnessmark.examine.contract import Cost, Given, MethodCard
from witnessmark.examine.zonetime.difference import (
    CLOCK_TOLERANCE_S,
    OFFSET_GRID_S,
    Difference,
    Reading,
    as_timedelta,
    difference,
)
from witnessmark.examine.zonetime.readings import (
    EARLIEST_YEAR,
    FITTED_S,
    ClockReading,
    clock_at_begin,
    clock_of_still,
    container_readings,
    usable,
)
from witnessmark.model.consumer import Product, Trace
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType
from witnessmark.model.zone_history import (
    HISTORY_YEARS,
    LegalTime,
    by_country,
    legal_time,
    offset_words,
)
from witnessmark.model.zones import tzdata_version

KIND = "clock.offset"
CLOCK_TRACE = "clock.readings"
DATES_TRACE = "metadata.dates"
MOST_FINDINGS = 4
"""Distinct container dates that are each compared; files with more are lists of edits, and say so."""
NAMED_ZONES = 24
NAMED_OTHERS = 8
"""A sentence names so many places where it was legal time, and where not (nearest offsets first); the rest is
counted there and stands in the measurements. Chosen for reading."""

CARD = MethodCard(
    id="offset",
    version="1.0.0",
    title="Burned-in time against container time",
    question="By how much does the burned-in clock differ from the container's time, and where was that legal time?",
    kinds=(KIND,),
    needs=(),
    builds_on=("clock", "metadata"),
    applies_to=(MediaType.VIDEO, MediaType.PICTURE),
    parameters={
        "offset_grid_s": OFFSET_GRID_S,
        "clock_tolerance_s": CLOCK_TOLERANCE_S,
        "history_years": HISTORY_YEARS,
        "fitted_s": FITTED_S,
        "earliest_year": EARLIEST_YEAR,
    },
    benign_causes={
        KIND: (
            "the recorder's clock was set by hand, wrongly or on purpose, or had drifted",
            "the recorder used an outdated table of time zones (Moscow kept UTC+4 from 2011 to 2014)",
            "the recorder was left on summer or on winter time",
            "the container holds local time, although its format asks for UTC, as many recorders do",
            "the container states the end of the recording, or its begin, or when writing was prepared",
            "the container states when the file was imported, exported or converted",
            "the burned-in clock is that of another machine than the one that wrote the container",
        )
    },
    limits=(
        "Legal time is shared by many places: a time zone is no place, and nothing is ruled out by it.",
        "Both times can be set by anyone. A clock set at random within the day lies near some legal time in about "
        "one of three cases.",
        f"A clock that is off by less than {CLOCK_TOLERANCE_S / 60:g} minutes is taken as set to the nearest legal "
        "time; what remains is said.",
        "The list of places has one entry for every place whose legal time differed since 1970; smaller places and "
        "what people really kept are not in it.",
        "Rests on the reading of the burned-in clock: where that is wrong, this is wrong.",
    ),
    sources=(
        "IANA Time Zone Database (RFC 6557), zone.tab and its history",
        "ISO/IEC 14496-12:2022 section 8.2.2 (container dates are UTC)",
        "RFC 5905 section 6 (32-bit seconds overflow in 2036)",
        "Berkeley Protocol, technical and source analysis kept apart",
    ),
    budget=Cost(decode_share=0.01, memory_bytes=8 << 20),
    calibration="by construction from two readings; how well the clock is read stands with clock.series",
)


def weigh(kind: Kind, given: Given) -> tuple[FindingCore, ...]:
    """Findings from ``Trace("clock.readings")`` and ``Trace("metadata.dates")``: one per container date."""
    clock_products, metadata_products = given.get("clock", ()), given.get("metadata", ())
    clock = _clock(clock_products)
    if clock is None:
        return _no_clock(clock_products)
    dates = _trace(metadata_products, DATES_TRACE)
    if dates is None:
        return (_open("what the file states about its dates could not be read"),)
    readings = container_readings(dates.data)
    comparable = usable(readings)
    if not comparable:
        unset = next((r for r in readings if r.unusable), None)
        reason = (
            f"{unset.fields[0]} says {unset.text}, which is no date to compare with: {unset.unusable}"
            if unset
            else "the container states no date (none is there, or its counter stands at zero)"
        )
        return CARD.not_applicable(reason)
    duration_s = float(dates.data.get("duration_s") or 0.0)
    grade = _grade(clock_products)
    return tuple(
        _finding(difference(clock, reading, duration_s), grade, len(comparable))
        for reading in comparable[:MOST_FINDINGS]
    )


def _clock(products: Iterable[Product]) -> ClockReading | None:
    trace = _trace(products, CLOCK_TRACE)
    if trace is not None:
        return clock_at_begin(trace.data)
    series = _series(products)
    if series is None or series.outcome is not Outcome.OBSERVED:
        return None
    order, *others = str(_value(series, "date_order", "dmy")).split(" or ")
    return clock_of_still(str(_value(series, "first_reading", "")), order, tuple(others))


def _value(core: FindingCore, name: str, otherwise: str) -> object:
    measured = core.measurements.get(name)
    return otherwise if measured is None else measured.value


def _trace(products: Iterable[Product], name: str) -> Trace | None:
    return next((p for p in products if isinstance(p, Trace) and p.name == name), None)


def _series(products: Iterable[Product]) -> FindingCore | None:
    return next((p for p in products if isinstance(p, FindingCore) and p.kind == "clock.series"), None)


def _grade(products: Iterable[Product]) -> Grade:
    """The difference is as sure as the reading of the clock that it rests on."""
    series = _series(products)
    return series.grade if series is not None and series.grade is not None else Grade.OBSERVATION


def _no_clock(products: tuple[Product, ...]) -> tuple[FindingCore, ...]:
    series = _series(products)
    if series is not None and series.outcome in (Outcome.INCONCLUSIVE, Outcome.FAILED):
        return (_open("a burned-in clock may be there, but it could not be read"),)
    return CARD.not_applicable("no burned-in clock was read")


def _open(why: str) -> FindingCore:
    return CARD.finding(KIND, Outcome.INCONCLUSIVE, f"Nothing can be compared: {why}.", reason=why)


def _finding(found: Difference, grade: Grade, dates: int) -> FindingCore:
    legal = (
        [
            (reading, legal_time(as_timedelta(float(reading.legal_s or 0)), found.container.moment))
            for reading in found.legal
        ]
        if found.container.has_utc
        else []
    )
    sentences = [_difference_words(found)]
    if not found.container.has_utc:
        sentences.append(
            "The container names no zone for its date, so the difference says nothing of a time zone."
        )
    elif found.local_in_container:
        sentences.append(
            "Both agree: the container may hold local time although its format asks for UTC, or the recorder ran on "
            "UTC. No zone follows from it."
        )
    elif legal:
        sentences += [_legal_words(found, reading, where) for reading, where in legal]
    else:
        sentences.append("That was nobody's legal time at that moment.")
    sentences.append(
        "Also explained by a clock set by hand, an old table of zones, summer or winter time left on, local time "
        "in the container, or a container date that is that of the end, of an import or of an export."
    )
    if dates > 1:
        sentences.append(f"The container states {dates} different dates; each is compared for itself.")
    return CARD.finding(
        KIND,
        Outcome.OBSERVED,
        " ".join(sentences),
        measurements=_measurements(found, legal),
        grade=grade,
    )


def _difference_words(found: Difference) -> str:
    plain = found.plain
    end = ""
    other = next((r for r in found.readings if r.at_end and not r.words), None)
    if other is not None and round(other.difference_s) != round(plain.difference_s):
        end = f", or {_words(other.difference_s)} if the container states the end"
    orders = ""
    if found.clock.other_orders:
        orders = " (the order of day, month and year is not certain"
        only = found.legal and {bool(r.words) for r in found.readings if r.legal_s is not None} == {False}
        orders += "; of those possible this one alone lies near legal time)" if only else ")"
    jumps = (
        f" Later the clock jumps by {_words(found.clock.jump_s)} in all, and the difference with it."
        if abs(found.clock.jump_s) >= 1
        else ""
    )
    return (
        f"The burned-in clock at the begin reads {found.clock.text}{orders}; {found.container.fields[0]} says "
        f"{found.container.text}. Burned-in minus container time is {_words(plain.difference_s)} "
        f"(± {found.error_s:.1f} s){end}.{jumps}"
    )


def _legal_words(found: Difference, reading: Reading, where: LegalTime) -> str:
    """One offset: where it was legal time at that moment, and in the same countries where not."""
    assumed = [reading.words] if reading.words else []
    assumed += ["if the container states the end"] if reading.at_end else []
    told = f" ({', '.join(assumed)})" if assumed else ""
    left_s = round(reading.residual_s)
    slack = (
        f", with the clock {_words(abs(left_s)).lstrip('+')} {'fast' if left_s > 0 else 'slow'}"
        if abs(left_s) > found.error_s
        else ""
    )
    text = (
        f"UTC{offset_words(where.offset)}{told}{slack} was legal time at that moment in {len(where.zones)} of the "
        f"{where.asked} places of the IANA list: {_places(where.zones)}."
    )
    if where.kin:
        nearest = sorted(where.kin, key=lambda one: (abs(one[1] - where.offset), one[0]))
        told = _some([f"{name} ({offset_words(offset)})" for name, offset in nearest])
        text += f" In the same countries it was not legal time in {told}."
    if where.that_day:
        text += (
            f" Clocks were changed that day in {_some(where.that_day)}, where it was legal for part of it."
        )
    if where.earlier:
        latest = sorted(where.earlier, key=lambda one: (-one.last_year, one.zone))
        text += f" Until some years before it had been legal time in {_some(list(map(str, latest)))}."
    return text


def _places(zones: tuple[str, ...]) -> str:
    groups = by_country(zones)
    if len(zones) > NAMED_ZONES:
        return f"{', '.join(country for country, _ in groups)} (each place stands in the measurements)"
    return "; ".join(f"{country}: {', '.join(names)}" for country, names in groups)


def _some(told: Sequence[str]) -> str:
    more = len(told) - NAMED_OTHERS
    return ", ".join(told[:NAMED_OTHERS]) + (f" and {more} more" if more > 0 else "")


def _measurements(found: Difference, legal: list[tuple[Reading, LegalTime]]) -> dict[str, Measurement]:
    end = next((r for r in found.readings if r.at_end and not r.words), None)
    chosen = found.chosen
    measured = {
        "offset_s": Measurement(round(chosen.difference_s, 1), "s"),
        "uncertainty_s": Measurement(round(found.error_s, 1), "s"),
        "clock_at_begin": Measurement(found.clock.text),
        "container_field": Measurement(found.container.fields[0]),
        "container_time": Measurement(found.container.text),
        "container_at": Measurement(
            found.container.moment.isoformat()
            if found.container.has_utc
            else found.container.moment.replace(tzinfo=None).isoformat()
        ),
        "tzdata": Measurement(tzdata_version()),
    }
    if found.container.has_utc and found.legal:
        measured["offsets_s"] = Measurement(tuple(round(r.difference_s, 1) for r in found.legal), "s")
    if chosen is not found.plain:
        measured["offset_as_read_s"] = Measurement(round(found.plain.difference_s, 1), "s")
    if end is not None:
        measured["offset_if_end_s"] = Measurement(round(end.difference_s, 1), "s")
    for number, (reading, where) in enumerate(legal):
        name = "" if number == 0 else f"_{number + 1}"
        measured[f"legal_offset{name}"] = Measurement(offset_words(where.offset))
        measured[f"residual{name}_s"] = Measurement(round(reading.residual_s, 1), "s")
        measured[f"zones{name}"] = Measurement(where.zones)
        measured[f"zones_by_country{name}"] = Measurement(
            tuple(f"{country}: {', '.join(names)}" for country, names in by_country(where.zones))
        )
        measured[f"not_legal_same_countries{name}"] = Measurement(
            tuple(f"{zone} ({offset_words(offset)})" for zone, offset in where.kin)
        )
        measured[f"clocks_changed_that_day{name}"] = Measurement(where.that_day)
        measured[f"other_season{name}"] = Measurement(where.other_season)
        measured[f"earlier{name}"] = Measurement(tuple(map(str, where.earlier)))
        measured[f"legal_count{name}"] = Measurement(len(where.zones), "places")
        measured[f"not_legal_count{name}"] = Measurement(where.asked - len(where.zones), "places")
    if legal:
        measured["zone_list_size"] = Measurement(legal[0][1].asked, "places")
    return measured


def _words(seconds: float) -> str:
    return offset_words(timedelta(seconds=round(seconds)))
