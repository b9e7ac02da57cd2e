"""Labels and consents as people write them: nothing is guessed, an empty cell is never a yes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from witnessmark.model.redaction import Form
from witnessmark.model.release import ConsentState, Label
from witnessmark.model.tabular import Known
from witnessmark.protect.consent import read_consents, read_labels

KNOWN = Known(items={"abc": "item-1"}, facilities=frozenset(), persons=frozenset({"P1"}))


def ids() -> Callable[[], str]:
    return lambda: "id"


def test_an_empty_cell_is_no_consent() -> None:
    """Who was not asked has not agreed, and whose risk nobody looked at is not safe."""
    read = read_consents(b"code,person,items\nC1,P1,abc\n", KNOWN, ids())
    row = read.rows[0]
    assert (row.state, row.forms, row.in_custody, row.risk) == (
        ConsentState.NOT_ASKED,
        (),
        "unknown",
        "not_assessed",
    )


def test_a_full_row() -> None:
    """What was agreed to must be kept as it was said."""
    data = (
        "code,person,items,consent,forms,given_on,in_custody,risk,assessed_by,recognisable_by\n"
        "C1,P1,abc,given,statement;video,2021-09-01,no,low,a lawyer,tattoo;voice\n"
    )
    row = read_consents(data.encode(), KNOWN, ids()).rows[0]
    assert row.forms == (Form.STATEMENT, Form.VIDEO)
    assert row.recognisable_by == ("tattoo", "voice") and row.item_ids == ("item-1",)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("C1,P9,abc,,,,,,", "person"),
        ("C1,P1,zzz,,,,,,", "items"),
        ("C1,P1,,,,,,,", "items"),
        ("C1,P1,abc,yes,,,,,", "consent"),
        ("C1,P1,abc,given,,,,,", "forms"),
        ("C1,P1,abc,refused,video,,,,", "forms"),
        ("C1,P1,abc,,,perhaps,,,", "in_custody"),
        ("C1,P1,abc,,,,low,,", "assessed_by"),
        ("C1,nobody,abc,,,,,,", "assessed_by"),
        ("C1,P1,abc,,,,,,soul", "recognisable_by"),
    ],
)
def test_what_cannot_be_taken_is_named(row: str, column: str) -> None:
    """A consent misread is a person harmed."""
    head = "code,person,items,consent,forms,in_custody,risk,assessed_by,recognisable_by\n"
    read = read_consents((head + row + "\n").encode(), KNOWN, ids())
    assert read.rows == () and column in {error.column for error in read.errors}


def test_labels() -> None:
    """The label decides whether anything may be made of an item at all."""
    data = b"code,items,labels,given_by\nL1,abc,minor;death,A\nL2,abc,nothing_grave;death,A\nL3,abc,,A\n"
    read = read_labels(data, KNOWN, ids())
    assert [row.labels for row in read.rows] == [(Label.MINOR, Label.DEATH)]
    assert [(error.row, error.column) for error in read.errors] == [(3, "labels"), (4, "labels")]
