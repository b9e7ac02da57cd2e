"""Trusted time on checkpoints, and hand-overs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from witnessmark.ground.catalogue.models import HandoverRow, StampRow
from witnessmark.ground.catalogue.stored import Schema
from witnessmark.ground.catalogue.tables.base import Tables, unknown
from witnessmark.model.records import Handover, Stamp, StampKind, StampState

HANDOVER = Schema("handover")


class TrustTables(Tables):
    def add_stamp(self, stamp: Stamp) -> None:
        self.rows.insert(
            [
                StampRow(
                    id=stamp.stamp_id,
                    kind=str(stamp.kind),
                    log=stamp.log,
                    checkpoint_size=stamp.checkpoint_size,
                    authority=stamp.authority,
                    state=str(stamp.state),
                    request=stamp.request,
                    nonce=stamp.nonce,
                    token=stamp.token,
                    chain=stamp.chain,
                    requested_at=stamp.requested_at,
                    anchored_at=stamp.anchored_at,
                )
            ]
        )

    def update_stamp(
        self,
        stamp_id: str,
        *,
        token: bytes,
        chain: bytes = b"",
        state: StampState = StampState.ANCHORED,
        authority: str | None = None,
        when: datetime | None = None,
    ) -> None:
        """An answer was accepted (or a pending proof grew). Raises UsageError if there is no such stamp."""
        with self.transaction():
            row = self.rows.locked(StampRow, pk=stamp_id).first()
            if row is None:
                raise unknown("time stamp")
            changes: dict[str, Any] = {"token": token, "chain": chain, "state": str(state)}
            if authority is not None:
                changes["authority"] = authority
            if state is StampState.ANCHORED:
                changes["anchored_at"] = when or self.clock()
            self.rows.change(row, **changes)

    def stamps(self, log: str | None = None, state: StampState | None = None) -> tuple[Stamp, ...]:
        """By time of asking."""
        rows = self.rows.of(StampRow).order_by("requested_at", "id")
        if log is not None:
            rows = rows.filter(log=log)
        if state is not None:
            rows = rows.filter(state=str(state))
        return tuple(map(_stamp, rows))

    def add_handover(self, handover: Handover) -> None:
        self.rows.insert(
            [
                HandoverRow(
                    id=handover.handover_id,
                    state=handover.state,
                    document=HANDOVER.dump(handover.document),
                    receipt=handover.receipt,
                    made_at=handover.made_at,
                )
            ]
        )

    def receipt_handover(self, handover_id: str, receipt: bytes) -> None:
        """The recipient's signed receipt came back."""
        with self.transaction():
            row = self.rows.locked(HandoverRow, pk=handover_id).first()
            if row is None:
                raise unknown("hand-over")
            self.rows.change(row, receipt=receipt, state="receipted")

    def handovers(self) -> tuple[Handover, ...]:
        """By time."""
        rows = self.rows.of(HandoverRow).order_by("made_at", "id")
        return tuple(Handover(r.id, r.made_at, _document(r), r.state, bytes(r.receipt)) for r in rows)


def _document(row: HandoverRow) -> Mapping[str, Any]:
    return HANDOVER.load(row.document)


def _stamp(row: StampRow) -> Stamp:
    return Stamp(
        stamp_id=row.id,
        kind=StampKind(row.kind),
        log=row.log,
        checkpoint_size=row.checkpoint_size,
        requested_at=row.requested_at,
        authority=row.authority,
        state=StampState(row.state),
        request=bytes(row.request),
        nonce=bytes(row.nonce),
        token=bytes(row.token),
        chain=bytes(row.chain),
        anchored_at=row.anchored_at,
    )
