"""Receipts, the files found on the way, and the source's own statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import Max

from witnessmark.ground.catalogue.models import ReceiptRow, SettledRow, SourceStatementRow
from witnessmark.ground.catalogue.stored import Schema, rebuild
from witnessmark.ground.catalogue.tables.base import Tables, unknown
from witnessmark.model.intake import Settled
from witnessmark.model.records import Receipt, ReceiptState, SourceStatement

RECEIPT = Schema("receipt")
COUNTS = Schema("receipt-counts")
SETTLED = Schema("settled")
CHUNK_ROWS = 1000
"""Rows written or asked for at a time."""


class IntakeTables(Tables):
    def add_receipt(self, receipt: Receipt) -> None:
        self.rows.insert(
            [
                ReceiptRow(
                    id=receipt.receipt_id,
                    state=str(receipt.state),
                    source_pseudonym=receipt.source_pseudonym,
                    source_root=receipt.source_root,
                    document=RECEIPT.dump(receipt.document),
                    counts=COUNTS.dump(receipt.counts),
                    annex=receipt.annex,
                    created_at=receipt.created_at,
                    completed_at=receipt.completed_at,
                )
            ]
        )

    def receipts(self, state: ReceiptState | None = None) -> tuple[Receipt, ...]:
        """By time of creation."""
        rows = self.rows.of(ReceiptRow).order_by("created_at", "id")
        return tuple(map(_receipt, rows if state is None else rows.filter(state=str(state))))

    def receipt(self, receipt_id: str) -> Receipt:
        """Raises UsageError if there is no such receipt."""
        row = self.rows.of(ReceiptRow).filter(pk=receipt_id).first()
        if row is None:
            raise unknown("receipt")
        return _receipt(row)

    def running_receipt(self, source_root: bytes) -> Receipt | None:
        """The newest unfinished receipt of the same source, to be resumed."""
        rows = self.rows.of(ReceiptRow).filter(state=str(ReceiptState.RUNNING), source_root=source_root)
        row = rows.order_by("-created_at").first()
        return _receipt(row) if row else None

    def complete_receipt(
        self,
        receipt_id: str,
        document: Mapping[str, Any],
        counts: Mapping[str, Any],
        annex: bytes | None,
        when: datetime | None = None,
    ) -> None:
        self._change_receipt(
            receipt_id,
            state=str(ReceiptState.COMPLETE),
            document=RECEIPT.dump(document),
            counts=COUNTS.dump(counts),
            annex=annex,
            completed_at=when or self.clock(),
        )

    def set_receipt_annex(self, receipt_id: str, annex: bytes | None) -> None:
        self._change_receipt(receipt_id, annex=annex)

    def _change_receipt(self, receipt_id: str, **changes: Any) -> None:
        with self.transaction():
            row = self.rows.locked(ReceiptRow, pk=receipt_id).first()
            if row is None:
                raise unknown("receipt")
            self.rows.change(row, **changes)

    # the journal of receiving

    def save_settled(self, receipt_id: str, rows: Sequence[Settled]) -> None:
        """Add rows in order; one with a key that is there already is replaced and keeps its place."""
        with self.transaction():
            ids = [_settled_id(receipt_id, row.row_key) for row in rows]
            known: dict[str, int] = {}
            for start in range(0, len(ids), CHUNK_ROWS):
                found = self.rows.of(SettledRow).filter(pk__in=ids[start : start + CHUNK_ROWS])
                known.update(found.values_list("pk", "place"))
            last = self.rows.of(SettledRow).filter(receipt_id=receipt_id).aggregate(last=Max("place"))["last"]
            place = -1 if last is None else int(last)
            made: dict[str, SettledRow] = {}
            for row_id, row in zip(ids, rows, strict=True):
                if row_id not in known:
                    place += 1
                    known[row_id] = place
                made[row_id] = SettledRow(
                    id=row_id, receipt_id=receipt_id, place=known[row_id], document=SETTLED.dump(row)
                )
            everything = list(made.values())
            for start in range(0, len(everything), CHUNK_ROWS):
                self.rows.put(everything[start : start + CHUNK_ROWS])

    def settled(self, receipt_id: str, row_key: bytes | None = None) -> tuple[Settled, ...]:
        """Rows of a receipt in the order of saving: all, or the one with this key."""
        rows = self.rows.of(SettledRow).filter(receipt_id=receipt_id).order_by("place")
        if row_key is not None:
            rows = rows.filter(pk=_settled_id(receipt_id, row_key))
        documents = rows.values_list("document", flat=True)
        return tuple(rebuild(Settled, SETTLED.load(document)) for document in documents)

    # the source's statements

    def add_source_statement(self, statement: SourceStatement) -> None:
        self.rows.insert(
            [
                SourceStatementRow(
                    id=statement.statement_id,
                    source_pseudonym=statement.source_pseudonym,
                    sealed=statement.sealed,
                    recorded_at=statement.recorded_at,
                )
            ]
        )

    def source_statements(self) -> tuple[SourceStatement, ...]:
        rows = self.rows.of(SourceStatementRow).order_by("recorded_at", "id")
        return tuple(SourceStatement(r.id, r.source_pseudonym, bytes(r.sealed), r.recorded_at) for r in rows)


def _receipt(row: ReceiptRow) -> Receipt:
    return Receipt(
        receipt_id=row.id,
        source_pseudonym=row.source_pseudonym,
        source_root=bytes(row.source_root),
        created_at=row.created_at,
        state=ReceiptState(row.state),
        document=RECEIPT.load(row.document),
        counts=COUNTS.load(row.counts),
        annex=None if row.annex is None else bytes(row.annex),
        completed_at=row.completed_at,
    )


def _settled_id(receipt_id: str, row_key: bytes) -> str:
    """The one id that is computed: it is internal and made from an HMAC, so that a row is met without a search."""
    return sha256(receipt_id.encode() + b"\n" + row_key).hexdigest()
