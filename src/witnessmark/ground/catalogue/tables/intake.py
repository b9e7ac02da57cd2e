"""Receipts, the files found on the way, and the source's own statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import Count, Sum

from witnessmark.ground.catalogue.models import FoundFileRow, ReceiptRow, SourceStatementRow
from witnessmark.ground.catalogue.stored import Schema
from witnessmark.ground.catalogue.tables.base import Tables, unknown
from witnessmark.model.intake import Tally
from witnessmark.model.records import FoundFile, FoundState, Receipt, ReceiptState, SourceStatement

RECEIPT = Schema("receipt")
COUNTS = Schema("receipt-counts")
CHUNK_ROWS = 1000
"""Rows written or asked for at a time."""

FOUND_FIELDS = ("path_key", "size_bytes", "mtime_ns", "state", "code", "reason", "item_id", "container_key")


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

    # files found

    def save_found(self, receipt_id: str, files: Sequence[FoundFile]) -> None:
        """Insert, or replace by path key, in bulk. All or nothing."""
        with self.transaction():
            for start in range(0, len(files), CHUNK_ROWS):
                self.rows.put([_found_row(receipt_id, file) for file in files[start : start + CHUNK_ROWS]])

    def found(
        self,
        receipt_id: str,
        path_keys: Sequence[bytes] | None = None,
        *,
        state: FoundState | None = None,
    ) -> Iterator[FoundFile]:
        """Files of a receipt, by path key: all, those asked for, or those in one state.

        The whole answer is read before the first is given, so the caller may write in between.
        """
        rows = self.rows.of(FoundFileRow).filter(receipt_id=receipt_id).order_by("path_key")
        if state is not None:
            rows = rows.filter(state=str(state))
        if path_keys is None:
            yield from map(_found, list(rows.values_list(*FOUND_FIELDS)))
            return
        for start in range(0, len(path_keys), CHUNK_ROWS):
            batch = rows.filter(path_key__in=path_keys[start : start + CHUNK_ROWS])
            yield from map(_found, list(batch.values_list(*FOUND_FIELDS)))

    def found_tally(self, receipt_id: str, *, members: bool = False) -> dict[FoundState, Tally]:
        """Files and bytes in each state; ``members``: those that lie in archives instead of the others."""
        rows = self.rows.of(FoundFileRow).filter(receipt_id=receipt_id, container_key__isnull=not members)
        sums = rows.order_by().values_list("state").annotate(Count("pk"), Sum("size_bytes"))
        return {FoundState(state): Tally(files, int(size)) for state, files, size in sums}

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


def _found_row(receipt_id: str, file: FoundFile) -> FoundFileRow:
    # The one id that is computed: it is internal, and made from an HMAC, so that the same path of the same
    # receipt meets its row again without being looked up first.
    row_id = sha256(receipt_id.encode() + b"\n" + file.path_key).hexdigest()
    return FoundFileRow(
        id=row_id,
        receipt_id=receipt_id,
        path_key=file.path_key,
        container_key=file.container_key,
        size_bytes=file.size_bytes,
        mtime_ns=file.mtime_ns,
        state=str(file.state),
        code=file.code,
        reason=file.reason,
        item_id=file.item_id,
    )


def _found(values: tuple[Any, ...]) -> FoundFile:
    path_key, size_bytes, mtime_ns, state, code, reason, item_id, container_key = values
    return FoundFile(
        bytes(path_key),
        size_bytes,
        mtime_ns,
        FoundState(state),
        code,
        reason,
        item_id,
        None if container_key is None else bytes(container_key),
    )
