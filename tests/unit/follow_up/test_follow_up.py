"""Answers, promises and extent."""

from __future__ import annotations

from datetime import date

from tests.unit.report.example import ITEM_IDS, findings_of
from witnessmark.follow_up import answer_line, extent, open_promises, read_responses
from witnessmark.model.statements import Bearing, BearingKind, Facility, Incident, Response, StatedDate
from witnessmark.model.tabular import Known


def response(code: str, on: str, **more: object) -> Response:
    precision = {0: "unknown", 4: "year", 7: "month", 10: "day"}[len(on)]
    return Response(code, code, "x", "promise", "y", (), StatedDate(on, precision), **more)  # type: ignore[arg-type]


def test_ages_and_delays_are_counted_in_whole_days_as_of_a_date() -> None:
    """An age that runs with the clock would make two reports of one checkpoint differ."""
    due = StatedDate("2021-10-20", "day")
    line = answer_line(
        [
            response("10", "2021-10-05", due=due),
            response("9", "2021-10-05", due=due, state="kept"),
            response("3", "2021-10"),
            response("4", ""),
            response("2", "2022-01-01"),
        ],
        date(2021, 11, 2),
    )
    assert [(a.response.code, a.age_days, a.overdue_days) for a in line] == [
        ("3", None, None),
        ("9", 28, None),
        ("10", 28, 13),
        ("2", None, None),
        ("4", None, None),
    ]


def test_a_condition_of_authenticity_is_answered_with_counts_and_never_a_verdict() -> None:
    """One word too many here and the report claims what no examination can say."""
    promise = response("11", "2021-10-05", condition="if authentic", condition_test="authenticity")
    kept = response("12", "2021-10-05", condition="c", condition_test="authenticity", state="kept")
    findings = [
        *findings_of(ITEM_IDS[0]),
        *(f for f in findings_of(ITEM_IDS[1]) if not f.core.must_be_explained),
    ]
    (state,) = open_promises([promise, kept], ITEM_IDS[:3], findings, [], date(2021, 11, 2))
    tally = state.examination
    assert tally is not None
    assert (tally.items, tally.examined, tally.to_be_explained) == (3, 2, 1)
    assert (tally.history, tally.continuity, tally.conflict, tally.questions_open) == (1, 1, 1, 4)
    kinds = {f.finding_id: f.core.kind for f in findings}
    assert kinds[state.finding_ids[0]] == "metadata.conflict"
    assert len(state.finding_ids) == 5


def test_other_conditions_count_the_bearings_of_their_rule() -> None:
    """A condition about a date is touched by date bearings, not by everything."""
    promise = response("1", "2021-10-05", condition="if of that day", condition_test="date")
    decided = response("2", "2021-10-05", condition="if a court orders it")
    bearings = [
        Bearing("c", "f", "i", BearingKind.SUPPORTS, "", "date"),
        Bearing("c", "", "j", BearingKind.CONTRADICTS, "", "date"),
        Bearing("c", "", "j", BearingKind.SUPPORTS, "", "count"),
    ]
    first, second = open_promises([promise, decided], [], [], bearings, date(2021, 11, 2))
    assert [(t.kind.value, t.count) for t in first.bearings] == [
        ("contradicts", 1),
        ("supports", 1),
        ("silent", 0),
    ]
    assert (first.finding_ids, first.person_decides, second.person_decides) == (("f",), False, True)


def test_extent_counts_distinct_incidents_and_keeps_the_unknown_apart() -> None:
    """Counting files would multiply the crimes by their copies; dropping unknowns would hide them."""
    facilities = [Facility("a", "A", ""), Facility("b", "B", "")]

    def incident(code: str, facility: str, on: str) -> Incident:
        return Incident(code, code, "t", facility, StatedDate(on, ""), item_codes=("i", "j"))

    matrix = extent(
        [
            incident("1", "A", "2020-02-18"),
            incident("1", "A", "2020-02-18"),
            incident("2", "A", "2020-02"),
            incident("3", "", "2020-03-01"),
            incident("4", "A", "2020"),
            incident("5", "gone", ""),
        ],
        facilities,
    )
    assert matrix.facilities == ("A", "B", "")
    assert matrix.months == ("2020-02", "2020-03", "")
    assert matrix.counts == ((2, 0, 1), (0, 0, 0), (0, 1, 1))
    assert (matrix.incidents, sum(matrix.facility_totals), matrix.month_totals) == (5, 5, (2, 1, 2))


def test_a_named_test_needs_its_condition_in_words() -> None:
    """A test without words would tie a promise to something nobody said."""
    table = b"code,statement,kind,by,condition_test\n1,x,promise,y,authenticity\n2,x,promise,y,mood\n"
    taken = read_responses(table, Known(), lambda: "id")
    assert [(e.row, e.column) for e in taken.errors] == [
        (2, "condition"),
        (3, "condition"),
        (3, "condition_test"),
    ]
