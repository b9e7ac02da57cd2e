"""Statements come in as tables; findings and receipts are laid beside them by rule."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from witnessmark.case import container_dates
from witnessmark.case.case import Case
from witnessmark.case.examining import DECLARED
from witnessmark.describe.bearing import (
    CaseFacts,
    ContainerDate,
    ItemFacts,
    ReceiptFacts,
    propose,
)
from witnessmark.describe.claims import read_claims
from witnessmark.describe.tables import read_facilities, read_incidents, read_persons
from witnessmark.follow_up.responses import read_responses
from witnessmark.ground.jail import ProtocolBroken
from witnessmark.model.codes import short_code
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.intake import Reconciliation
from witnessmark.model.recording import MediaType
from witnessmark.model.records import ReceiptState
from witnessmark.model.statements import RowError
from witnessmark.model.tabular import Known
from witnessmark.protect.consent import read_consents, read_labels


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a table: rows taken (a row with a known code replaces it), and rows refused."""

    added: int
    replaced: int
    errors: tuple[RowError, ...]
    bearings: int


@dataclass(frozen=True, slots=True)
class _Table:
    read: Callable[..., Any]
    held: Callable[[Case], Any]
    save: Callable[[Case, Any], None]
    id_field: str


TABLES: Mapping[str, _Table] = {
    "claim": _Table(
        read_claims, lambda c: c.catalogue.claims(), lambda c, x: c.catalogue.save_claims(x), "claim_id"
    ),
    "response": _Table(
        read_responses,
        lambda c: c.catalogue.responses(),
        lambda c, x: c.catalogue.save_responses(x),
        "response_id",
    ),
    "incident": _Table(
        read_incidents,
        lambda c: c.catalogue.incidents(),
        lambda c, x: c.catalogue.save_incidents(x),
        "incident_id",
    ),
    "facility": _Table(
        read_facilities,
        lambda c: c.catalogue.facilities(),
        lambda c, x: c.catalogue.save_facilities(x),
        "facility_id",
    ),
    "person": _Table(
        read_persons,
        lambda c: c.catalogue.persons_in_footage(),
        lambda c, x: c.catalogue.save_persons_in_footage(x),
        "person_id",
    ),
    "label": _Table(
        read_labels, lambda c: c.catalogue.labels(), lambda c, x: c.catalogue.save_labels(x), "label_id"
    ),
    "consent": _Table(
        read_consents,
        lambda c: c.catalogue.consents(),
        lambda c, x: c.catalogue.save_consents(x),
        "consent_id",
    ),
}


def import_table(case: Case, what: str, data: bytes) -> Taken:
    """Take a table of claims, responses, incidents, facilities or persons; rows with errors are left out."""
    case.require_writable()
    table = TABLES[what]
    known = Known(
        facilities=frozenset(f.code for f in case.catalogue.facilities()),
        items=item_names(case),
        persons=frozenset(p.code for p in case.catalogue.persons_in_footage()),
    )
    imported = table.read(data, known, lambda: str(uuid.uuid4()))
    held = {row.code: getattr(row, table.id_field) for row in table.held(case)}
    rows = [
        replace(row, **{table.id_field: held[row.code]}) if row.code in held else row for row in imported.rows
    ]
    replaced = sum(row.code in held for row in imported.rows)
    with case.catalogue.transaction():
        table.save(case, rows)
        if rows:
            case.ledger.append(
                [
                    CustodyEvent(
                        f"{what}.imported",
                        private={
                            "rows": len(rows),
                            "replaced": replaced,
                            "refused": len(imported.errors),
                            "codes": [row.code for row in rows],
                            "sha256": {row.code: row_digest(row) for row in rows},
                        },
                    )
                ]
            )
        bearings = propose_bearings(case)
    return Taken(len(rows) - replaced, replaced, tuple(imported.errors), bearings)


def row_digest(row: Any) -> str:
    """SHA-256 of a row as it is held, hex: the log holds it, so that nobody rewords a statement unnoticed."""
    text = json.dumps(asdict(row), sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def statement_digests(case: Case) -> dict[tuple[str, str], str]:
    """(table, code): digest of every row that is held."""
    return {(what, row.code): row_digest(row) for what, table in TABLES.items() for row in table.held(case)}


def item_names(case: Case) -> Mapping[str, str]:
    """Every way in which a table may name an item: its id, or the short code that reports print."""
    names: dict[str, str] = {}
    for item in case.catalogue.items():
        names[item.item_id] = item.item_id
        names.setdefault(short_code(item.item_id), item.item_id)
    return names


def propose_bearings(case: Case) -> int:
    """Lay findings and receipts beside the claims again; what a person decided stays. Returns how many."""
    proposal = propose(case.catalogue.claims(), facts(case))
    case.catalogue.propose_bearings(proposal.bearings)
    return len(proposal.bearings)


def facts(case: Case) -> CaseFacts:
    """All that the rules of bearing may look at. What names say is left out: see ``case/contradictions.py``."""
    dates: dict[str, tuple[ContainerDate, ...]] = {}
    for held in case.catalogue.features(container_dates.NAME):
        try:
            dates[held.item_id] = container_dates.read_dates(held.feature.data)
        except ProtocolBroken:
            continue  # saved before such a thing was refused: the file states no date that could be used
    durations = {
        held.item_id: json.loads(held.feature.data).get("duration_s")
        for held in case.catalogue.features(DECLARED)
    }
    return CaseFacts(
        items=tuple(
            ItemFacts(
                item.item_id,
                item.media_type is MediaType.VIDEO,
                dates.get(item.item_id, ()),
                duration_s=durations.get(item.item_id),
            )
            for item in case.catalogue.items()
        ),
        findings=case.catalogue.findings(),
        receipts=tuple(
            ReceiptFacts(short_code(receipt.receipt_id), Reconciliation.from_json(receipt.counts))
            for receipt in case.catalogue.receipts(ReceiptState.COMPLETE)
        ),
        facilities=case.catalogue.facilities(),
        incidents=case.catalogue.incidents(),
    )
