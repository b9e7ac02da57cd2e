"""Tables that people bring."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from itertools import count

import pytest

from witnessmark.describe import read_claims, read_facilities, read_incidents, read_persons
from witnessmark.follow_up import read_responses
from witnessmark.model.attribution import parse_chains, parse_date, write_chains
from witnessmark.model.errors import UnusableInputError
from witnessmark.model.statements import ClaimKind, Link, StatedDate, chain_grade, hearsay_depth
from witnessmark.model.tabular import Known


def ids() -> Callable[[], str]:
    numbers = count()
    return lambda: f"id-{next(numbers)}"


def claims(text: str, known: Known = Known()) -> tuple[list[str], list[tuple[int, str]]]:  # noqa: B008
    taken = read_claims(text.encode(), known, ids())
    return [c.code for c in taken.rows], [(e.row, e.column) for e in taken.errors]


DEMO = files("witnessmark.case") / "demo_data"


def test_the_example_case_imports_without_one_error() -> None:
    """Without it the worked example could not be shown, with its grades and depths."""
    facilities = read_facilities((DEMO / "facilities.csv").read_bytes(), Known(), ids())
    persons = read_persons((DEMO / "persons.csv").read_bytes(), Known(), ids())
    known = Known({}, frozenset(f.code for f in facilities.rows), frozenset(p.code for p in persons.rows))
    incidents = read_incidents((DEMO / "incidents.csv").read_bytes(), known, ids())
    stated = read_claims((DEMO / "claims.csv").read_bytes(), known, ids())
    responses = read_responses((DEMO / "responses.csv").read_bytes(), known, ids())
    assert [t.errors for t in (facilities, persons, incidents, stated, responses)] == [()] * 5
    assert [c.code for c in stated.rows] == ["1", "2", "3", "4", "5", "6", "7", "8", "12", "13"]
    assert [r.code for r in responses.rows] == ["9", "10", "11"]
    by_code = {c.code: c for c in stated.rows}
    assert (by_code["12"].hearsay_depth, by_code["12"].grade, by_code["12"].state) == (2, "F6", "submitted")
    assert by_code["8"].kind is ClaimKind.EXPOSURE
    assert by_code["13"].kind is ClaimKind.OPINION
    assert by_code["2"].about_date == StatedDate("2020-02-18", "day", "Europe/Saratov")
    assert by_code["5"].count == 1000
    assert [r.source_document for r in responses.rows] == ["", "", ""]
    assert (responses.rows[2].condition_test, responses.rows[2].state) == ("authenticity", "open")


@pytest.mark.parametrize(
    ("written", "depth", "grade"),
    [
        ("", None, "F6"),
        ("Witness 4 [C2 first-hand]", 0, "C2"),
        ("Gulagu.net [B2]", 1, "B2"),
        ("anonymous sources > Interfax [B3]", 2, "F6"),
        ("Witness 4 [C2 first-hand] > Interfax [B3]", 1, "C3"),
        ("a [A1] > b [A1] > c [A1]; d [E5 first-hand] > e [A1]", 1, "A1"),
    ],
)
def test_depth_counts_links_between_perceiver_and_document(
    written: str, depth: int | None, grade: str
) -> None:
    """A depth that is too small makes a rumour look like testimony."""
    chains = parse_chains(written)
    assert (hearsay_depth(chains), chain_grade(chains)) == (depth, grade)
    assert parse_chains(write_chains(chains)) == chains


@pytest.mark.parametrize(
    "written", ["a [B7]", "a [G1]", "a [B2", "a > ", ">", "a [B2] [C3]", "a > b [A1 first-hand]", "[B2]"]
)
def test_a_chain_that_is_not_in_the_form_is_refused(written: str) -> None:
    """A guessed chain would put words into somebody's mouth."""
    with pytest.raises(ValueError, match=r"."):
        parse_chains(written)


@pytest.mark.parametrize(
    ("text", "zone", "date"),
    [
        ("2020", "", StatedDate("2020", "year")),
        ("2020-02", "", StatedDate("2020-02", "month")),
        ("2020-02-29", "", StatedDate("2020-02-29", "day")),
        ("2020-02-18T12:00[Europe/Saratov]", "", StatedDate("2020-02-18T12:00", "minute", "Europe/Saratov")),
        ("2020-02-18T12:00:05Z", "", StatedDate("2020-02-18T12:00:05", "second", "UTC")),
        ("2021-10-04", "Europe/Moscow", StatedDate("2021-10-04", "day", "Europe/Moscow")),
        ("", "Europe/Saratov", StatedDate("", "unknown", "Europe/Saratov")),
    ],
)
def test_dates_keep_their_precision_and_zone(text: str, zone: str, date: StatedDate) -> None:
    """More precision than was said would be invented evidence."""
    assert parse_date(text, zone) == date


@pytest.mark.parametrize(
    "text",
    [
        "Monday 4 October 2021",
        "04.10.2021",
        "2021-02-29",
        "2021-13",
        "0000",
        "2020-02-18T12:00+04:00",
        "2020-02-18[Mars/Base]",
        "2020-02-18[../../etc/passwd]",
        "2020-02-18Z",
    ],
)
def test_a_date_that_would_have_to_be_guessed_is_refused(text: str) -> None:
    """04.10. is April to one reader and October to another; a case can fall over it."""
    with pytest.raises(ValueError, match=r"."):
        parse_date(text)


def test_each_bad_row_is_named_and_the_others_are_taken() -> None:
    """One typing error must not keep a hundred statements out, nor slip one in."""
    table = (
        "code,statement,kind,said_by,about_date,facility,count,strange\n"
        "1,good,date,A [B2],2020-02-18,F1,,\n"
        "2,bad kind,gossip,A,,,,\n"
        "3,bad date,date,A,Monday,,,\n"
        "4,no number,count,A,,,,\n"
        "5,no facility,place,A,,F9,,\n"
        "1,code again,date,A,,,,x\n"
        "7,,date,,,,many,\n"
    )
    codes, errors = claims(table, Known(facilities=frozenset({"F1"})))
    assert codes == ["1"]
    assert errors == [
        (1, "strange"),
        (3, "kind"),
        (4, "about_date"),
        (5, "count"),
        (6, "facility"),
        (7, "code"),
        (8, "count"),
        (8, "said_by"),
        (8, "statement"),
    ]


def test_csv_of_other_countries_and_json_give_the_same() -> None:
    """Half of all spreadsheets write semicolons; their users would find every row refused."""
    semicolons = "\ufeffcode;statement;kind;said_by\r\n1;x;date;A [B2]\r\n"
    as_json = (
        '{"claims": [{"code": 1, "statement": "x", "kind": "date", "said_by": ["A [B2]"], "via": null}]}'
    )
    for text in (semicolons, as_json):
        taken = read_claims(text.encode(), Known(), ids())
        assert (taken.rows[0].chains, taken.errors) == (((Link("A", "B", "2"),),), ())


def test_items_are_named_by_id_or_short_code_only() -> None:
    """A file name in a table would carry the source's own words into every report."""
    known = Known(items={"3f2a91b0": "long-id", "long-id": "long-id"})
    table = "code,statement,kind,said_by,items\n1,x,date,A,3f2a91b0; long-id\n2,x,date,A,secret.mp4\n"
    taken = read_claims(table.encode(), known, ids())
    assert taken.rows[0].item_codes == ("long-id", "long-id")
    assert [(e.row, e.column) for e in taken.errors] == [(3, "items")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00",
        b"statement,kind\nx,date\n",
        b'code,statement\n"1',
        b"[",
        b'"x"',
        b"{}",
        b"[" * 99999,
    ],
)
def test_a_file_that_is_no_table_is_refused_whole(data: bytes) -> None:
    """It must end in two lines for a person, not in an empty import that looks like success."""
    with pytest.raises(UnusableInputError):
        read_claims(data, Known(), ids())


def test_names_of_persons_have_no_column() -> None:
    """A name in a plain table would lie in the catalogue unsealed."""
    taken = read_persons(b"code,pseudonym,name\nP1,Person One,A. Name\n", Known(), ids())
    assert [(e.row, e.column) for e in taken.errors] == [(1, "name")]
