"""Trusted time on checkpoints, and hand-overs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Max

from witnessmark.ground.catalogue.models import HandoverRow, StampRow
from witnessmark.ground.catalogue.stored import Schema, rebuild
from witnessmark.ground.catalogue.tables.base import Tables, unknown
from witnessmark.model.custody import Stamp
from witnessmark.model.records import Handover

HANDOVER = Schema("handover")
STAMP = Schema("stamp")


class TrustTables(Tables):
    def save_stamp(self, stamp: Stamp) -> None:
        """Keep a question, or what became of it: one with the same id is replaced and keeps its place."""
        with self.transaction():
            held = self.rows.locked(StampRow, pk=stamp.stamp_id).first()
            if held is not None:
                self.rows.change(held, document=STAMP.dump(stamp))
                return
            last = self.rows.of(StampRow).aggregate(last=Max("place"))["last"]
            place = 0 if last is None else int(last) + 1
            self.rows.insert([StampRow(id=stamp.stamp_id, place=place, document=STAMP.dump(stamp))])

    def stamps(self) -> tuple[Stamp, ...]:
        """In order of asking."""
        documents = self.rows.of(StampRow).order_by("place").values_list("document", flat=True)
        return tuple(rebuild(Stamp, STAMP.load(document)) for document in documents)

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
