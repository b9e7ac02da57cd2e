"""The contradiction table of a case, now or as of a checkpoint. Nothing of it is stored: it follows from what is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from witnessmark.case import name_readings
from witnessmark.case.case import Case
from witnessmark.case.describing import facts
from witnessmark.describe.contradictions import contradiction_table
from witnessmark.describe.facts import CaseFacts
from witnessmark.model.codes import short_code
from witnessmark.model.contradictions import Contradiction
from witnessmark.model.findings import Finding
from witnessmark.model.statements import Claim, Facility, Incident


def contradictions(case: Case, item_id: str | None = None) -> tuple[Contradiction, ...]:
    """The table as the case knows it now; of one item the rows that are about it."""
    rows = contradiction_table(case.catalogue.claims(), with_names(case, facts(case)))
    return tuple(row for row in rows if item_id is None or row.item_id == item_id)


def contradictions_known(
    case: Case,
    *,
    items: Collection[str],
    findings: Sequence[Finding],
    receipts: Collection[str],
    claims: Sequence[Claim],
    incidents: Sequence[Incident] = (),
    facilities: Sequence[Facility] = (),
) -> tuple[Contradiction, ...]:
    """The table from what was known at a checkpoint: items and receipts by id, the rest as it stood."""
    now = facts(case)
    codes = {short_code(receipt_id) for receipt_id in receipts}
    known = replace(
        now,
        items=tuple(item for item in now.items if item.item_id in items),
        findings=tuple(findings),
        receipts=tuple(receipt for receipt in now.receipts if receipt.code in codes),
        facilities=tuple(facilities),
        incidents=tuple(incidents),
    )
    return contradiction_table(claims, with_names(case, known, receipts))


def with_names(case: Case, known: CaseFacts, receipts: Collection[str] | None = None) -> CaseFacts:
    """The same facts with what names say (of these receipts, or of all)."""
    said = name_readings.by_item(case, receipts)
    return replace(
        known, items=tuple(replace(item, names=said.get(item.item_id, ())) for item in known.items)
    )
