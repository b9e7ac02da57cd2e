"""Claims from a table: a proposition, who said it, via whom, how it is graded (docs/spec/imports.md).

A claim is what somebody said. It is never merged with a finding; how findings bear on it is proposed by
``describe/bearing.py`` and accepted by a person.
"""

from __future__ import annotations

from collections.abc import Callable

from witnessmark.model.statements import Claim, ClaimKind
from witnessmark.model.tabular import Imported, Known, Row, read_table

CLAIM_COLUMNS = (
    "code",
    "statement",
    "kind",
    "said_by",
    "via",
    "said_on",
    "said_zone",
    "about_date",
    "about_zone",
    "said",
    "facility",
    "count",
    "count_bound",
    "items",
    "state",
    "source_document",
    "note",
)
CLAIM_STATES = ("submitted", "accepted", "dismissed")
COUNT_BOUNDS = ("at_least", "exactly", "at_most")


def read_claims(data: bytes, known: Known, new_id: Callable[[], str]) -> Imported[Claim]:
    """Claims of a CSV or JSON table. ``new_id`` gives a fresh random id for each row.

    ``known.facilities`` and ``known.items`` are what facility codes and item names are checked against.
    """

    def make(row: Row) -> Claim:
        kind = row.one_of("kind", [str(kind) for kind in ClaimKind])
        count = row.number_or_none("count")
        if kind == ClaimKind.COUNT and count is None and not row.text("count"):
            row.refuse("count", "a claim of kind count needs its number")
        if not row.text("said_by"):
            row.refuse("said_by", "must not be empty: a claim is always somebody's (write unknown if so)")
        return Claim(
            claim_id=new_id(),
            code=row.text("code", needed=True),
            statement=row.text("statement", needed=True),
            kind=ClaimKind(kind) if kind in set(ClaimKind) else ClaimKind.OPINION,
            chains=row.attribution(),
            said_on=row.date("said_on", "said_zone"),
            about_date=row.date("about_date", "about_zone"),
            facility=row.facility("facility"),
            count=count,
            item_codes=row.items("items"),
            state=row.one_of("state", CLAIM_STATES, "submitted"),
            source_document=row.item("source_document"),
            note=row.text("note"),
            count_bound=row.one_of("count_bound", COUNT_BOUNDS, "at_least"),
            said=row.text("said"),
        )

    return read_table(data, CLAIM_COLUMNS, make, known)
