"""What an authority did or promised, from a table, and where each answer stands as of a date."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from witnessmark.model.follow_up import Answer
from witnessmark.model.statements import Response, StatedDate
from witnessmark.model.tabular import Imported, Known, Row, read_table

RESPONSE_COLUMNS = (
    "code",
    "statement",
    "kind",
    "said_by",
    "via",
    "by",
    "on",
    "zone",
    "said",
    "condition",
    "condition_test",
    "due",
    "state",
    "source_document",
    "note",
)
RESPONSE_KINDS = ("inspection", "investigation", "promise", "denial", "dismissal", "resignation", "none")
RESPONSE_STATES = ("open", "kept", "broken", "withdrawn", "dismissed")
CONDITION_TESTS = ("authenticity", "date", "place", "count")
_DAY_OR_FINER = frozenset({"day", "minute", "second"})


def read_responses(data: bytes, known: Known, new_id: Callable[[], str]) -> Imported[Response]:
    """Responses of a CSV or JSON table (docs/spec/imports.md): ``by`` acts, ``said_by`` says so."""

    def make(row: Row) -> Response:
        condition, test = row.text("condition"), row.text("condition_test")
        if test:
            row.one_of("condition_test", CONDITION_TESTS)
            if not condition:
                row.refuse("condition", "must be given in words where condition_test names a test")
        due = row.date("due", "zone")
        return Response(
            response_id=new_id(),
            code=row.text("code", needed=True),
            statement=row.text("statement", needed=True),
            kind=row.one_of("kind", RESPONSE_KINDS),
            by=row.text("by", needed=True),
            chains=row.attribution(),
            on=row.date("on", "zone"),
            condition=condition,
            condition_test=test,
            due=None if due.precision == "unknown" else due,
            state=row.one_of("state", RESPONSE_STATES, "open"),
            source_document=row.item("source_document"),
            note=row.text("note"),
            said=row.text("said"),
        )

    return read_table(data, RESPONSE_COLUMNS, make, known)


def answer_line(responses: Sequence[Response], as_of: date) -> tuple[Answer, ...]:
    """All answers in the order of their dates (undated last, then by code), with age and delay in days."""
    ordered = sorted(responses, key=lambda r: (not r.on.text, r.on.text, natural_order(r.code)))
    return tuple(
        Answer(
            response,
            age_days=_days_since(response.on, as_of),
            overdue_days=_overdue_days(response, as_of),
        )
        for response in ordered
    )


def natural_order(code: str) -> tuple[Any, ...]:
    """So that "9" stands before "10": runs of digits compare as numbers, the rest as text."""
    parts = re.split(r"(\d+)", code)
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)


def _days_since(stated: StatedDate, as_of: date) -> int | None:
    """Whole days; None where the day is not known or has not come."""
    if stated.precision not in _DAY_OR_FINER:
        return None
    days = (as_of - date.fromisoformat(stated.text[:10])).days
    return days if days >= 0 else None


def _overdue_days(response: Response, as_of: date) -> int | None:
    if response.due is None or response.state != "open":
        return None
    days = _days_since(response.due, as_of)
    return days if days else None
