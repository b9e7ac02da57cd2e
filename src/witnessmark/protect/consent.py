"""Content labels and consents from tables (docs/spec/imports.md): what a person who looked says of an item, and what
each person who can be seen in it says to being shown.

Nothing is taken for granted: an empty cell is *not asked*, *unknown*, *not assessed*.
"""

from __future__ import annotations

from collections.abc import Callable

from witnessmark.model.redaction import Form
from witnessmark.model.release import (
    IN_CUSTODY,
    NOBODY,
    RECOGNISABLE_BY,
    RISKS,
    Consent,
    ConsentState,
    ItemLabel,
    Label,
)
from witnessmark.model.tabular import Imported, Known, Row, read_table

LABEL_COLUMNS = ("code", "items", "labels", "given_by", "note")
CONSENT_COLUMNS = (
    "code",
    "person",
    "items",
    "consent",
    "forms",
    "given_on",
    "zone",
    "in_custody",
    "risk",
    "assessed_by",
    "recognisable_by",
    "note",
)


def read_labels(data: bytes, known: Known, new_id: Callable[[], str]) -> Imported[ItemLabel]:
    """What is to be seen or heard in an item, in the words of a fixed list."""

    def make(row: Row) -> ItemLabel:
        labels = _words(row, "labels", tuple(Label))
        if not row.text("labels"):
            row.refuse("labels", f"must hold at least one of: {', '.join(Label)}")
        if Label.NOTHING_GRAVE in labels and len(labels) > 1:
            row.refuse("labels", "nothing_grave cannot stand beside another label")
        return ItemLabel(
            label_id=new_id(),
            code=row.text("code", needed=True),
            item_ids=_needed_items(row),
            labels=tuple(map(Label, labels)),
            given_by=row.text("given_by", needed=True),
            note=row.text("note"),
        )

    return read_table(data, LABEL_COLUMNS, make, known)


def read_consents(data: bytes, known: Known, new_id: Callable[[], str]) -> Imported[Consent]:
    """What each visible person says, by code; ``nobody`` where a person looked and nobody can be recognised."""

    def make(row: Row) -> Consent:
        person = row.text("person", needed=True)
        if person != NOBODY:
            row.persons("person")
        word = row.one_of("consent", tuple(ConsentState), ConsentState.NOT_ASKED)
        state = ConsentState(word) if word in tuple(ConsentState) else ConsentState.NOT_ASKED
        forms = _words(row, "forms", tuple(Form))
        if forms and state is not ConsentState.GIVEN:
            row.refuse("forms", "forms are consented to only where consent is given")
        if state is ConsentState.GIVEN and not forms:
            row.refuse("forms", f"consent to what? one or more of: {', '.join(Form)}")
        risk = row.one_of("risk", RISKS, RISKS[0])
        assessed_by = row.text("assessed_by")
        if (risk != RISKS[0] or person == NOBODY) and not assessed_by:
            row.refuse("assessed_by", "somebody must answer for the assessment, by name or pseudonym")
        return Consent(
            consent_id=new_id(),
            code=row.text("code", needed=True),
            person=person,
            item_ids=_needed_items(row),
            state=state,
            forms=tuple(map(Form, forms)),
            given_on=row.date("given_on", "zone"),
            in_custody=row.one_of("in_custody", IN_CUSTODY, "unknown"),
            risk=risk,
            assessed_by=assessed_by,
            recognisable_by=_words(row, "recognisable_by", RECOGNISABLE_BY),
            note=row.text("note"),
        )

    return read_table(data, CONSENT_COLUMNS, make, known)


def _needed_items(row: Row) -> tuple[str, ...]:
    items = row.items("items")
    if not row.text("items"):
        row.refuse("items", "must name at least one item")
    return items


def _words(row: Row, column: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    words = row.several(column)
    unknown = [word for word in words if word not in allowed]
    if unknown:
        row.refuse(column, f"“{unknown[0]}” is none of: {', '.join(allowed)}")
    return tuple(dict.fromkeys(word for word in words if word in allowed))
