"""The contradiction table: a pair left out hides a contradiction, a pair judged too hard makes one up."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from witnessmark.describe.contradictions import contradiction_table
from witnessmark.describe.contradictions.moments import Event, Frame, Moment, compare
from witnessmark.describe.contradictions.versions import (
    LIBAVCODEC,
    LIBAVFORMAT,
    X264_BUILDS,
    dated_versions,
)
from witnessmark.describe.facts import CaseFacts, ContainerDate, ItemFacts, ReceiptFacts
from witnessmark.model.contradictions import (
    HYPOTHESIS_WORDS,
    Contradiction,
    Hypothesis,
    Reading,
    Source,
    Subject,
    Verdict,
    table_order,
)
from witnessmark.model.findings import Finding, FindingCore, Grade, Measurement, Outcome
from witnessmark.model.intake import Reconciliation, Tally
from witnessmark.model.name_reading import NameReading
from witnessmark.model.statements import Claim, ClaimKind, Facility, Incident, StatedDate
from witnessmark.model.time import Span
from witnessmark.receive.name_readings import readings_in

SARATOV = Facility("f1", "D1", "invented", zone="Europe/Saratov")
IRKUTSK = Facility("f2", "D3", "invented", zone="Asia/Irkutsk")
FACILITIES = (SARATOV, IRKUTSK)
NO_DATE = StatedDate("", "unknown")
DAY = StatedDate("2020-02-18", "day", "Europe/Saratov")
SPAN = Span.of(0, 15_000, Fraction(1, 1000))


def claim(
    kind: ClaimKind = ClaimKind.DATE,
    about: StatedDate = DAY,
    items: tuple[str, ...] = ("i",),
    **more: Any,
) -> Claim:
    return Claim(
        more.pop("claim_id", "c"),
        more.pop("code", "2"),
        "A sentence that must stay out of the table",
        kind,
        (),
        NO_DATE,
        about,
        item_codes=items,
        **more,
    )


def finding(kind: str, outcome: Outcome = Outcome.OBSERVED, **measured: Any) -> Finding:
    core = FindingCore(
        kind,
        "q",
        "m",
        "1",
        outcome,
        "s",
        span=SPAN if kind.startswith("clock") else None,
        measurements={name: Measurement(value) for name, value in measured.items()},
        grade=Grade.STRONG if outcome is Outcome.OBSERVED else None,
        reason="a reason" if outcome is Outcome.NOT_APPLICABLE else "",
    )
    return Finding(f"f-{kind}", "i", core, "b", "S2")


def series(first: str = "2020-02-18 14:03:55", last: str = "2020-02-18 14:04:10") -> Finding:
    return finding("clock.series", first_reading=first, last_reading=last)


def offset(hours: float, legal: str = "", at: str = "2020-02-18T10:03:55+00:00") -> Finding:
    more: dict[str, Any] = {"legal_offset": legal, "legal_count": 13} if legal else {}
    return finding(
        "clock.offset",
        offset_s=hours * 3600,
        container_at=at,
        container_time="2020-02-18 10:03:55 UTC",
        container_field="mvhd",
        clock_at_begin="2020-02-18 14:03:55",
        **more,
    )


def utc(text: str, field: str = "moov/mvhd.created", stated_offset_s: int | None = None) -> ContainerDate:
    return ContainerDate(field, datetime.fromisoformat(text).replace(tzinfo=UTC), stated_offset_s)


def item(*dates: ContainerDate, name: str = "", duration_s: float | None = 15.0) -> ItemFacts:
    return ItemFacts("i", True, dates, readings_in(name), duration_s)


def table(
    one: ItemFacts, *findings: Finding, claims: tuple[Claim, ...] = (), **more: Any
) -> tuple[Contradiction, ...]:
    facts = CaseFacts((one,), findings, facilities=FACILITIES, **more)
    rows = contradiction_table(claims, facts)
    assert rows == tuple(sorted(rows, key=table_order))
    assert rows == contradiction_table(claims, facts), "the same facts must give the same table"
    for row in rows:
        assert row.why and row.first.text and row.second.text
        assert json.loads(json.dumps(row.to_json())) == row.to_json()
        assert "sentence that must stay out" not in json.dumps(row.to_json())
    return rows


def verdicts(rows: tuple[Contradiction, ...], subject: Subject = Subject.DATE_TIME) -> dict[str, Verdict]:
    return {f"{row.first.source}|{row.second.source}": row.verdict for row in rows if row.subject is subject}


AGREE, CONFLICT, OPEN = Verdict.AGREE, Verdict.CANNOT_BOTH_HOLD, Verdict.CANNOT_BE_COMPARED


def test_one_row_for_every_pair_of_sources_that_speak_of_the_same() -> None:
    """A table with a hole reads as if that pair had agreed."""
    rows = table(
        item(utc("2020-02-18T10:03:55"), name="ch01_20200218140355.mp4"),
        series(),
        offset(4, "+4 h"),
        finding("encode.software", strings=("SEI in packet 0: x264 - core 164 r3095",)),
        finding("credentials.present", signed_at="2020-02-18T10:10:00+00:00"),
        claims=(claim(),),
    )
    assert verdicts(rows) == {
        "burned_in_clock|container": AGREE,
        "burned_in_clock|file_name": AGREE,
        "burned_in_clock|encoder": OPEN,
        "burned_in_clock|credentials": OPEN,
        "burned_in_clock|claim": AGREE,
        "container|file_name": AGREE,
        "container|encoder": OPEN,
        "container|credentials": OPEN,
        "container|claim": AGREE,
        "file_name|encoder": OPEN,
        "file_name|credentials": OPEN,
        "file_name|claim": AGREE,
        "encoder|credentials": CONFLICT,
        "encoder|claim": OPEN,
        "credentials|claim": AGREE,
    }


def test_every_row_has_what_else_would_explain_it_and_never_says_fake() -> None:
    """A contradiction without its innocent causes reads as an accusation."""
    rows = table(
        item(utc("2021-10-01T09:00:00"), name="VID-20200101-WA0001.mp4"),
        series(),
        offset(-14_000),
        claims=(claim(), claim(ClaimKind.PLACE, facility="D3")),
    )
    assert any(row.verdict is CONFLICT for row in rows)
    for row in rows:
        assert row.hypotheses and all(HYPOTHESIS_WORDS[h] for h in row.hypotheses)
        said = f"{row.why} {' '.join(HYPOTHESIS_WORDS[h] for h in row.hypotheses)}".lower()
        assert not any(word in said for word in ("fake", "forg", "exclude", "manipulat", "authentic"))
    assert set(HYPOTHESIS_WORDS) == set(Hypothesis)


@pytest.mark.parametrize(
    ("hours", "legal", "at", "verdict"),
    [
        (4.0, "+4 h", "2020-02-18T10:03:55+00:00", AGREE),
        (0.01, "+0 h", "2020-02-18T10:03:55+00:00", AGREE),
        (3.3, "", "2020-02-18T10:03:55+00:00", CONFLICT),
        (-30_000.0, "", "2020-02-18T10:03:55+00:00", CONFLICT),
        (0.0, "", "2020-02-18T10:03:55", AGREE),
        (5.0, "", "2020-02-18T10:03:55", CONFLICT),
    ],
)
def test_clock_and_container_as_the_offset_method_compared_them(
    hours: float, legal: str, at: str, verdict: Verdict
) -> None:
    """+4 h is a zone and no contradiction; +3 h 18 min is nobody's legal time."""
    rows = table(item(utc("2020-02-18T10:03:55")), series(), offset(hours, legal, at))
    assert verdicts(rows)["burned_in_clock|container"] is verdict


def test_satellite_time_is_laid_beside_every_other_time() -> None:
    """The one clock in the file that nobody sets by hand."""
    core = FindingCore(
        "metadata.conflict",
        "q",
        "telemetry",
        "1",
        Outcome.NOT_OBSERVED,
        "s",
        measurements={
            "first": Measurement("2020-02-18T10:03:56+00:00"),
            "last": Measurement("2020-02-18T10:04:09+00:00"),
        },
    )
    track = Finding("t", "i", core, "b", "S2")
    rows = table(item(utc("2020-02-18T14:03:55"), name="PXL_20200225_100355000.mp4"), series(), track)
    found = verdicts(rows)
    assert found["burned_in_clock|telemetry"] is AGREE
    assert found["container|telemetry"] is OPEN, "local time where the format wants UTC"
    assert found["file_name|telemetry"] is CONFLICT


def test_an_unset_container_is_told_and_not_held_against_the_clock() -> None:
    """Fifty years between a clock and a counter's zero are no contradiction."""
    unset = finding("clock.offset", Outcome.NOT_APPLICABLE)
    rows = table(item(utc("1970-01-01T00:00:41")), series(), unset, claims=(claim(),))
    assert verdicts(rows) == {"burned_in_clock|container": OPEN, "burned_in_clock|claim": AGREE}
    dated = [row for row in rows if row.subject is Subject.DATE_TIME]
    assert ["a reason" in row.why for row in dated if row.second.source is Source.CONTAINER] == [True]


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("ch01_20200218140355.mp4", AGREE),
        ("ch01_20200218140215.mp4", AGREE),
        ("ch01_20200218130355.mp4", OPEN),
        ("ch01_20200218100355.mp4", OPEN),
        ("ch01_20200218141555.mp4", CONFLICT),
        ("ch01_20200318140355.mp4", CONFLICT),
        ("VID-20200218-WA0001.mp4", AGREE),
        ("VID-20200301-WA0001.mp4", OPEN),
        ("VID-20200210-WA0001.mp4", CONFLICT),
        ("PXL_20200218_100355000.mp4", AGREE),
        ("PXL_20200218_110355000.mp4", AGREE),
        ("PXL_20200225_100355000.mp4", CONFLICT),
        ("1582020235123.mp4", AGREE),
        ("18.02.2020.avi", AGREE),
        ("02.03.2020.avi", OPEN),
        ("02.01.2020.avi", CONFLICT),
    ],
)
def test_a_name_beside_the_burned_in_clock(name: str, verdict: Verdict) -> None:
    """A messenger names the day of sending, a phone may write UTC: neither contradicts the clock by itself."""
    rows = table(item(name=name), series())
    assert verdicts(rows)["burned_in_clock|file_name"] is verdict


def test_day_and_month_exchanged_are_no_contradiction() -> None:
    """02.03.2020 may be the second of March or the third of February."""
    rows = table(item(name="03.02.2020.avi"), series("2020-03-02 10:00:00", "2020-03-02 10:00:15"))
    (row,) = rows[:1]
    assert row.verdict is OPEN and "exchanged" in row.why


def test_a_table_never_holds_a_name() -> None:
    """Reports are given away; names are sealed because they name people."""
    name = "Ivanov cell 5 ch01_20200218140355 secret.mp4"
    rows = table(item(utc("2020-02-18T10:03:55"), name=name), series(), offset(4, "+4 h"))
    assert any(row.first.source is Source.FILE_NAME or row.second.source is Source.FILE_NAME for row in rows)
    told = json.dumps([row.to_json() for row in rows])
    assert not any(part in told for part in ("Ivanov", "cell 5", "secret", ".mp4", "ch01"))


@pytest.mark.parametrize(
    ("stated", "verdict"),
    [
        ("2020-02-17T20:30:00", AGREE),
        ("2020-02-18T19:59:00", AGREE),
        ("2020-02-18T20:30:00", CONFLICT),
        ("2020-02-17T19:30:00", CONFLICT),
    ],
)
def test_a_claimed_day_is_the_day_of_its_place(stated: str, verdict: Verdict) -> None:
    """In UTC every late evening falls on the wrong day, and a true claim would look false."""
    rows = table(item(utc(stated)), claims=(claim(),))
    assert verdicts(rows)["container|claim"] is verdict


def test_a_claim_without_an_item_is_contradicted_by_none_and_counted() -> None:
    """Ten files of other days do not speak against a scene of that day."""
    facts = CaseFacts(
        (
            ItemFacts("i", True, (utc("2020-02-18T10:03:55"),)),
            ItemFacts("j", True, (utc("2021-02-18T10:03:55"),)),
        ),
        facilities=FACILITIES,
    )
    (row,) = contradiction_table((claim(items=()),), facts)
    assert (row.item_id, row.verdict) == ("", AGREE)
    assert row.first.text.startswith("1 of 2 items")
    other = StatedDate("2019-05-05", "day", "Europe/Saratov")
    (none,) = contradiction_table((claim(items=(), about=other),), facts)
    assert none.verdict is OPEN


def test_a_publication_cannot_come_before_the_recording() -> None:
    """Published on the fourth, recorded on the fifth: one of the two is wrong."""
    published = claim(ClaimKind.PUBLICATION, StatedDate("2020-02-10", "day", "Europe/Moscow"))
    assert verdicts(table(item(), series(), claims=(published,)))["burned_in_clock|claim"] is CONFLICT
    later = claim(ClaimKind.PUBLICATION, StatedDate("2021-10-04", "day", "Europe/Moscow"))
    assert verdicts(table(item(), series(), claims=(later,)))["burned_in_clock|claim"] is OPEN


def test_software_younger_than_a_date_says_what_this_file_cannot_be() -> None:
    """Sent in March 2020 and written by a program of 2025: what lies here is not as it was sent."""
    software = finding("encode.software", strings=("udta: Lavf62.3.100",))
    rows = table(item(utc("2020-02-18T10:03:55"), name="VID-20200301-WA0001.mp4"), series(), software)
    found = verdicts(rows)
    assert found["file_name|encoder"] is CONFLICT
    assert found["container|encoder"] is found["burned_in_clock|encoder"] is OPEN, (
        "every later export has both"
    )
    (row,) = [r for r in rows if r.second.source is Source.ENCODER and r.first.source is Source.CONTAINER]
    assert Hypothesis.REWRITTEN_KEEPING_DATE in row.hypotheses and "not before 2024-12-28" in row.why
    old = finding("encode.software", strings=("udta: Lavf57.83.100",))
    assert verdicts(table(item(utc("2020-02-18T10:03:55")), old))["container|encoder"] is AGREE


@pytest.mark.parametrize("history", [LIBAVFORMAT, LIBAVCODEC, X264_BUILDS])
def test_histories_of_versions_run_forward(history: tuple[tuple[tuple[int, int], Any], ...]) -> None:
    """One date out of order would make a version younger than it is, and an honest file a contradiction."""
    assert list(history) == sorted(history)
    days = [day for _, day in history]
    assert days == sorted(days)


def test_versions_are_read_as_lower_bounds_only() -> None:
    """An unknown or foreign version must say nothing."""
    assert dated_versions(["Lavf50.1.1", "nothing", "x264 - core 60"]) == ()
    found = dated_versions(["x264 - core 164 r3095 baee400", "Lavc58.134.100 libx264"])
    assert [one.name for one in found] == ["x264 core 164", "Lavc58.134.100"]
    assert all(one.not_before.year <= 2021 for one in found)


# -- place and zone ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "legal", "facility", "verdict"),
    [
        (4.0, "+4 h", "D1", AGREE),
        (5.0, "+5 h", "D1", CONFLICT),
        (4.0, "+4 h", "D3", CONFLICT),
        (8.0, "+8 h", "D3", AGREE),
        (0.001, "+0 h", "D1", OPEN),
    ],
)
def test_the_clocks_offset_beside_a_claimed_place(
    hours: float, legal: str, facility: str, verdict: Verdict
) -> None:
    """Two local times say nothing of a zone; an hour too much does."""
    rows = table(
        item(utc("2020-02-18T10:03:55")),
        offset(hours, legal),
        claims=(claim(ClaimKind.PLACE, NO_DATE, facility=facility),),
    )
    assert verdicts(rows, Subject.PLACE_ZONE) == {"burned_in_clock|claim": verdict}
    (row,) = [row for row in rows if row.subject is Subject.PLACE_ZONE]
    assert row.span == SPAN
    if verdict is AGREE:
        assert "does not single out" in row.why


def test_an_incident_places_its_items_as_a_claim_does() -> None:
    """What the team itself wrote down must stand the same test."""
    incident = Incident("x", "I-1", "t", "D3", DAY, item_codes=("i",))
    rows = table(item(utc("2020-02-18T10:03:55")), offset(4.0, "+4 h"), incidents=(incident,))
    assert verdicts(rows, Subject.PLACE_ZONE) == {"burned_in_clock|claim": CONFLICT}
    assert any("incident I-1" in row.second.where for row in rows)


def test_two_claims_that_place_one_item_in_two_facilities() -> None:
    """The second claim would else be read as a confirmation of the first."""
    claims = (
        claim(ClaimKind.PLACE, NO_DATE, facility="D1", claim_id="a", code="1"),
        claim(ClaimKind.PLACE, NO_DATE, facility="D3", claim_id="b", code="2"),
    )
    assert verdicts(table(item(), claims=claims), Subject.PLACE_ZONE) == {"claim|claim": CONFLICT}


def test_an_offset_that_the_file_writes_beside_that_of_the_clock() -> None:
    """A phone set to Moscow that filmed a clock in Saratov."""
    stated = utc("2020-02-18T10:03:55", "creationdate", 3 * 3600)
    rows = table(item(stated), offset(4.0, "+4 h"))
    assert verdicts(rows, Subject.PLACE_ZONE) == {"burned_in_clock|container": CONFLICT}


def test_a_place_without_an_item_is_counted() -> None:
    """How many of the items keep the claimed place's time is all that can be said, and must be."""
    here = claim(ClaimKind.PLACE, NO_DATE, (), facility="D1")
    (row,) = table(item(utc("2020-02-18T10:03:55")), offset(4.0, "+4 h"), claims=(here,))[-1:]
    assert (row.subject, row.verdict) == (Subject.PLACE_ZONE, AGREE)
    assert row.first.text == "1 of 1 items that show a distance from UTC agree"


# -- devices, counts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "name", "verdict"),
    [
        ("FUJIFILM", "DSCF0012.MOV", AGREE),
        ("Canon", "DSCF0012.MOV", CONFLICT),
        ("Google", "PXL_20200218_100355000.mp4", AGREE),
        ("NIKON CORPORATION", "DSC00012.MOV", AGREE),
    ],
)
def test_a_make_beside_the_pattern_of_the_name(make: str, name: str, verdict: Verdict) -> None:
    """A camera's name on another camera's file wants a word of explanation."""
    makes = finding("metadata.conflict", Outcome.NOT_OBSERVED, makes=(f"exif.Make = {make}",))
    rows = table(item(name=name), makes)
    assert verdicts(rows, Subject.DEVICE_SOFTWARE) == {"container|file_name": verdict}


def test_a_make_beside_software_is_what_every_export_has() -> None:
    """Every film that was ever cut at home would else be a contradiction."""
    makes = finding("metadata.conflict", Outcome.NOT_OBSERVED, makes=("udta.make = Canon",))
    software = finding("encode.software", strings=("SEI: x264 - core 155",))
    rows = table(item(), makes, software)
    assert verdicts(rows, Subject.DEVICE_SOFTWARE) == {"container|encoder": OPEN}


def test_the_clocks_run_beside_the_time_of_the_video() -> None:
    """Fifteen minutes of clock on fifteen seconds of video: time lapse, or most of it is gone."""
    same = table(item(), series())
    assert verdicts(same, Subject.COUNT_DURATION) == {"burned_in_clock|container": AGREE}
    longer = table(item(), series(last="2020-02-18 14:18:55"))
    assert verdicts(longer, Subject.COUNT_DURATION) == {"burned_in_clock|container": CONFLICT}


def test_a_name_with_begin_and_end_beside_the_length() -> None:
    """An export of half an hour that lasts fifteen seconds is a part."""
    name = "NVR_ch1_main_20200218140355_20200218143000.dav"
    assert verdicts(table(item(name=name)), Subject.COUNT_DURATION) == {"container|file_name": CONFLICT}


@pytest.mark.parametrize(
    ("bound", "sealed", "verdict"),
    [("at_least", 24, OPEN), ("at_least", 1200, AGREE), ("exactly", 1200, CONFLICT)],
)
def test_a_claimed_number_beside_the_receipts(bound: str, sealed: int, verdict: Verdict) -> None:
    """A small delivery must not be read as "the thousand videos do not exist"."""
    receipt = ReceiptFacts("R", Reconciliation(Tally(sealed, 9), Tally(sealed, 9), Tally(), ()))
    count = claim(ClaimKind.COUNT, NO_DATE, (), count=1000, count_bound=bound)
    rows = contradiction_table((count,), CaseFacts(receipts=(receipt,)))
    assert [row.verdict for row in rows] == [verdict]


def test_fields_of_the_container_that_disagree_are_rows_too() -> None:
    """The reader of the table should not have to look for them elsewhere."""
    inside = finding(
        "metadata.conflict",
        conflicts=(
            "date: mvhd.created = 2020-02-18T10:03:55+0000 | keys.creationdate = 2021-01-01T00:00:00+0000 | 317 days",
        ),
    )
    assert verdicts(table(item(), inside)) == {"container|container": CONFLICT}


def test_of_many_readings_the_row_shows_what_decides_and_counts_the_rest() -> None:
    """One export date among ten must not be outvoted, and ten must not fill the page."""
    names = readings_in("ch01_20200218140355.mp4") + readings_in("ch01_20200301140355.mp4")
    one = ItemFacts("i", True, (), names, 15.0)
    rows = table(one, series())
    (row,) = [r for r in rows if r.first.source is Source.CLOCK and r.second.source is Source.FILE_NAME]
    assert row.verdict is CONFLICT and "1 other reading of these two sources agrees" in row.why
    assert verdicts(rows)["file_name|file_name"] is CONFLICT


# -- properties ----------------------------------------------------------------------------------------------

WALLS = st.datetimes(datetime(1995, 1, 1), datetime(2034, 1, 1))  # noqa: DTZ001


def moment(at: datetime, frame: Frame, event: Event, precise: bool, source: Source) -> Moment:
    high = at if precise else at + timedelta(days=1)
    return Moment(Reading(source, "x"), at, high, frame, event, precise=precise)


@given(
    first=WALLS,
    apart=st.timedeltas(timedelta(days=-3), timedelta(days=3)),
    frames=st.tuples(st.sampled_from(Frame), st.sampled_from(Frame)),
    events=st.tuples(st.sampled_from(Event), st.sampled_from(Event)),
    precise=st.tuples(st.booleans(), st.booleans()),
)
@settings(max_examples=120, deadline=None)
def test_the_order_of_two_statements_changes_no_verdict(
    first: datetime,
    apart: timedelta,
    frames: tuple[Frame, Frame],
    events: tuple[Event, Event],
    precise: tuple[bool, bool],
) -> None:
    """Whoever is named first must not win."""
    one = moment(first, frames[0], events[0], precise[0], Source.CLOCK)
    other = moment(first + apart, frames[1], events[1], precise[1], Source.CONTAINER)
    assert compare(one, other).verdict is compare(other, one).verdict


@given(at=WALLS, frame=st.sampled_from(Frame), precise=st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_statement_never_contradicts_itself(at: datetime, frame: Frame, precise: bool) -> None:
    """The least that a comparison must get right."""
    one = moment(at, frame, Event.RECORDED, precise, Source.CLOCK)
    other = moment(at, frame, Event.RECORDED, precise, Source.FILE_NAME)
    assert compare(one, other).verdict is AGREE


@given(
    st.lists(
        st.builds(
            NameReading,
            pattern=st.just("year_first"),
            at=st.sampled_from(["2020-02-18", "2020-02-18T14:03:55", "", "nonsense", "0001-01-01"]),
            precision=st.sampled_from(["day", "second", "none"]),
            zone=st.sampled_from(["utc", "local", "unknown"]),
            event=st.sampled_from(["recorded", "sent", "saved", "unknown"]),
        ),
        max_size=4,
    ),
    st.sampled_from(["", "0001", "9999", "2020-02", "2020-02-18"]),
)
@settings(max_examples=15, deadline=None)
def test_whatever_is_stated_a_table_comes_out(names: list[NameReading], about: str) -> None:
    """A claim about the year 9999 must not keep a report from being made."""
    precision = {0: "unknown", 4: "year", 7: "month", 10: "day"}[len(about)]
    one = ItemFacts("i", True, (utc("2020-02-18T10:03:55"),), tuple(names), 15.0)
    for zone in ("", "Europe/Saratov", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
        table(one, series(), claims=(claim(about=StatedDate(about, precision, zone)),))
