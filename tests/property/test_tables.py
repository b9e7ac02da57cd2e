"""Tables and attributions under arbitrary text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from witnessmark.describe import read_claims
from witnessmark.describe.facts import container_date
from witnessmark.model.attribution import parse_chains, parse_date, write_chains, write_date
from witnessmark.model.errors import UnusableInputError
from witnessmark.model.statements import Link
from witnessmark.model.tabular import Known

NAMES = st.text(st.characters(categories=("L", "N"), include_characters=" .'-"), min_size=1).map(str.strip)
LINKS = st.builds(Link, NAMES.filter(bool), st.sampled_from("ABCDEF"), st.sampled_from("123456"))


@given(st.lists(st.lists(LINKS, min_size=1, max_size=4).map(tuple), max_size=3).map(tuple))
def test_chains_come_back_as_they_were_written(chains: tuple[tuple[Link, ...], ...]) -> None:
    """What is exported and imported again must say the same of the same people."""
    assert parse_chains(write_chains(chains)) == chains


@given(st.text())
def test_any_text_is_a_date_or_refused_and_a_date_comes_back(text: str) -> None:
    """An error of another sort would stop a whole import."""
    try:
        date = parse_date(text)
    except ValueError:
        return
    assert parse_date(write_date(date)) == date


@given(st.from_regex(r"[0-9]{4}[-:][0-9]{2}[-:][0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([+-][0-9]{4}|Z)?"))
def test_any_date_text_of_a_file_is_read_or_passed_over(text: str) -> None:
    """The text comes from the leak; it must never stop the rules."""
    found = container_date("f", text)
    assert found is None or found.field == "f"


@settings(max_examples=300)
@given(st.binary(max_size=300) | st.text(alphabet='code,;\n"[]{}:1\t\u0000', max_size=200).map(str.encode))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    """Whatever a person brings ends in rows, row errors, or two lines that say what to do."""
    try:
        taken = read_claims(data, Known(), lambda: "id")
    except UnusableInputError:
        return
    assert taken.rows == () or all(claim.code for claim in taken.rows)
