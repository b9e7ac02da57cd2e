"""Fills the report from the catalogue, as of a checkpoint, so that making a report does not change the report."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType

from witnessmark.case.case import Case
from witnessmark.case.contradictions import contradictions_known
from witnessmark.case.custody_words import describe_event
from witnessmark.case.examining import DECLARED
from witnessmark.case.relations_known import EVENT, ComparisonLog, compared_known
from witnessmark.case.series_kept import SeriesLog, read_series
from witnessmark.examine.calibration import error_rate
from witnessmark.examine.registry import cards
from witnessmark.follow_up import answer_line, extent, open_promises
from witnessmark.ground.ledger.storage import CUSTODY
from witnessmark.model.codes import short_code
from witnessmark.model.contradictions import Contradiction
from witnessmark.model.errors import CaseError, UsageError
from witnessmark.model.findings import Finding
from witnessmark.model.intake import Reconciliation
from witnessmark.model.recording import Item
from witnessmark.model.records import HeldItem, ReceiptState
from witnessmark.release.report import (
    CaseReport,
    CheckpointRow,
    CustodyRow,
    ItemReport,
    MethodRow,
    ReceiptRow,
    ReportedItem,
    report_html,
    report_pdf,
)


@dataclass(frozen=True, slots=True)
class AsOf:
    """The custody log at one checkpoint: its row, its lines, and what had come in by then."""

    checkpoint: CheckpointRow
    rows: tuple[CustodyRow, ...]
    items: Mapping[str, tuple[int, ...]]
    """Item id: indexes of the lines that speak of it."""
    receipts: frozenset[str]
    codes: Mapping[str, frozenset[str]]
    """claim, response, incident, facility, person: codes imported by then."""
    attempts: Mapping[tuple[str, str], str]
    """(item id, examiner): the attempt that had last examined it by then."""
    made: Mapping[str, str]
    """Finding id: attempt that made it."""
    series: Mapping[str, Mapping[str, tuple[str, str]]]
    """Item id: series that stood by then, with attempt and digest."""
    comparisons: ComparisonLog
    """What had been compared by then, and what was found."""

    @classmethod
    def read(cls, case: Case, size: int, root: bytes) -> AsOf:
        people = {p.person_id: p.pseudonym for p in case.catalogue.persons()}
        lines: list[CustodyRow] = []
        about: defaultdict[str, list[int]] = defaultdict(list)
        codes: defaultdict[str, set[str]] = defaultdict(set)
        attempts: dict[tuple[str, str], str] = {}
        made: dict[str, str] = {}
        receipts: set[str] = set()
        series = SeriesLog()
        comparisons = ComparisonLog()
        last = datetime.fromtimestamp(0, tz=UTC)
        for leaf in case.ledger.events(0, size):
            private = leaf.private or {}
            data = private.get("data", {})
            if private:
                last = datetime.fromisoformat(str(private["time"]))
            said, why, items = describe_event(leaf.kind, data, erased=leaf.private is None)
            lines.append(
                CustodyRow(
                    leaf.index,
                    last,
                    people.get(str(private.get("actor")), str(private.get("actor", "unknown"))),
                    said.message,
                    why,
                    said.values,
                    leaf.kind,
                )
            )
            for item_id in items:
                about[item_id].append(leaf.index)
            if leaf.kind in ("examination.done", "examination.failed"):
                series.examined(data)
                for examiner, ids in data.get("findings", {}).items():
                    attempts[(data["item"], examiner)] = data["attempt"]
                    made.update(dict.fromkeys(ids, data["attempt"]))
            elif leaf.kind == EVENT:
                comparisons.compared(data)
            elif leaf.kind == "receipt.completed":
                receipts.add(str(data["receipt"]))
            elif leaf.kind.endswith(".imported"):
                codes[leaf.kind.split(".")[0]].update(map(str, data.get("codes", ())))
        row = CheckpointRow(size, last, base64.b64encode(root).decode(), case.ledger.fingerprint)
        return cls(
            row,
            tuple(lines),
            {item: tuple(indexes) for item, indexes in about.items()},
            frozenset(receipts),
            defaultdict(frozenset, {kind: frozenset(found) for kind, found in codes.items()}),
            attempts,
            made,
            series.standing,
            comparisons,
        )

    def chosen(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Of all findings ever made, those that stood at the checkpoint."""
        return tuple(
            f
            for f in findings
            if f.finding_id in self.made
            and self.attempts.get((f.item_id, f.core.examiner)) == self.made[f.finding_id]
        )


def write_report(
    case: Case, target: Path, *, item: Item | None = None, as_of: int | None = None, language: str = "en"
) -> int:
    """Write an HTML or PDF report (by the file's suffix); returns the checkpoint it speaks of.

    Without ``as_of`` the newest checkpoint serves; one is signed first only where the log has grown since.
    """
    suffix = target.suffix.lower()
    if suffix not in (".html", ".pdf"):
        raise UsageError("a report is written as .html or .pdf", "for example: --out report.pdf")
    checkpoint = state_at(case, as_of)
    report = item_report(case, item, checkpoint) if item is not None else case_report(case, checkpoint)
    if suffix == ".pdf":
        content = report_pdf(report, language)
    else:
        content = report_html(report, language).encode("utf-8")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return checkpoint.checkpoint.size


def state_at(case: Case, as_of: int | None) -> AsOf:
    """The custody log at a signed checkpoint; without a number the newest, signed now if the log has grown."""
    storage = case.catalogue.ledger_storage()
    rows = list(storage.checkpoints(CUSTODY))
    if as_of is None:
        if not case.read_only and (not rows or rows[-1].size != case.ledger.size()):
            case.ledger.checkpoint()
            rows = list(storage.checkpoints(CUSTODY))
        as_of = rows[-1].size if rows else 0
    row = next((r for r in rows if r.size == as_of), None)
    if row is None:
        sizes = ", ".join(str(r.size) for r in rows[-5:])
        none = "a copy signs none: make a report where the case lives first, or `adopt` this one"
        raise CaseError(
            f"there is no signed checkpoint {as_of}", f"the last ones are: {sizes}" if sizes else none
        )
    return AsOf.read(case, row.size, row.root)


def case_report(case: Case, as_of: AsOf, *, counted_to: date | None = None) -> CaseReport:
    """Everything that the case knew at the checkpoint."""
    day = counted_to or as_of.checkpoint.at.date()
    findings = as_of.chosen(case.catalogue.findings(superseded=True))
    items = tuple(
        _reported(case, held, findings)
        for held in case.catalogue.held_items()
        if held.item.item_id in as_of.items
    )
    examinable = [i.item_id for i in items if i.media_type.examinable]
    claims = tuple(c for c in case.catalogue.claims() if c.code in as_of.codes["claim"])
    ids = {c.claim_id for c in claims}
    known = {f.finding_id for f in findings}
    bearings = tuple(
        b
        for b in case.catalogue.bearings()
        if b.claim_id in ids
        and (not b.finding_id or b.finding_id in known)
        and (not b.item_id or b.item_id in as_of.items)
    )
    responses = tuple(r for r in case.catalogue.responses() if r.code in as_of.codes["response"])
    facilities = tuple(f for f in case.catalogue.facilities() if f.code in as_of.codes["facility"])
    incidents = tuple(i for i in case.catalogue.incidents() if i.code in as_of.codes["incident"])
    receipts = tuple(
        ReceiptRow(
            short_code(r.receipt_id), r.completed_at or r.created_at, Reconciliation.from_json(r.counts)
        )
        for r in case.catalogue.receipts(ReceiptState.COMPLETE)
        if r.receipt_id in as_of.receipts
    )
    return CaseReport(
        case_pseudonym=case.name,
        checkpoint=as_of.checkpoint,
        as_of=day,
        receipts=receipts,
        items=items,
        methods=_methods(),
        custody=as_of.rows,
        claims=claims,
        bearings=bearings,
        answers=answer_line(responses, day),
        promises=open_promises(responses, examinable, findings, bearings, day),
        extent=extent(incidents, facilities) if incidents or facilities else None,
        facilities=facilities,
        compared=compared_known(case, as_of.comparisons, as_of.items),
        contradictions=contradictions_known(
            case,
            items=as_of.items,
            findings=findings,
            receipts=as_of.receipts,
            claims=claims,
            incidents=incidents,
            facilities=facilities,
        ),
        demonstration=case.settings.demonstration,
    )


def item_report(case: Case, item: Item, as_of: AsOf) -> ItemReport:
    """What the case knew of one item at the checkpoint."""
    if item.item_id not in as_of.items:
        raise CaseError("this item was not yet received at that checkpoint", "name a later checkpoint")
    findings = as_of.chosen(case.catalogue.findings(item.item_id, superseded=True))
    bearings = tuple(b for b in case.catalogue.bearings() if b.item_id == item.item_id)
    about = {b.claim_id for b in bearings}
    claims = tuple(
        c
        for c in case.catalogue.claims()
        if c.code in as_of.codes["claim"] and (c.claim_id in about or item.item_id in c.item_codes)
    )
    lines = set(as_of.items[item.item_id])
    return ItemReport(
        case_pseudonym=case.name,
        checkpoint=as_of.checkpoint,
        item=_reported(
            case, case.catalogue.held_item(item.item_id), findings, as_of.series.get(item.item_id, {})
        ),
        methods=_methods(),
        custody=tuple(row for row in as_of.rows if row.index in lines),
        claims=claims,
        bearings=bearings,
        compared=compared_known(case, as_of.comparisons, as_of.items, item.item_id),
        contradictions=_contradictions_of(case, item, as_of),
        demonstration=case.settings.demonstration,
    )


def _contradictions_of(case: Case, item: Item, as_of: AsOf) -> tuple[Contradiction, ...]:
    """The rows of the case's table that are about the item: the same rows as in the report of the case."""
    rows = contradictions_known(
        case,
        items=as_of.items,
        findings=as_of.chosen(case.catalogue.findings(superseded=True)),
        receipts=as_of.receipts,
        claims=tuple(c for c in case.catalogue.claims() if c.code in as_of.codes["claim"]),
        incidents=tuple(i for i in case.catalogue.incidents() if i.code in as_of.codes["incident"]),
        facilities=tuple(f for f in case.catalogue.facilities() if f.code in as_of.codes["facility"]),
    )
    return tuple(row for row in rows if row.item_id == item.item_id)


def _reported(
    case: Case,
    held: HeldItem,
    findings: tuple[Finding, ...],
    standing: Mapping[str, tuple[str, str]] = MappingProxyType({}),
) -> ReportedItem:
    """``standing``: the series to draw; the report of a case draws none."""
    item = held.item
    series, lost = read_series(case, item.item_id, standing)
    declared = next(iter(case.catalogue.features(DECLARED, item_id=item.item_id)), None)
    document = json.loads(declared.feature.data) if declared else {}
    return ReportedItem(
        item_id=item.item_id,
        media_type=item.media_type,
        format=item.format,
        size_bytes=item.size_bytes,
        duration_s=document.get("duration_s"),
        findings=tuple(f for f in findings if f.item_id == item.item_id),
        facts=tuple((str(k), str(v)) for k, v in document.get("facts", [])),
        series=series,
        series_lost=lost,
    )


def _methods() -> tuple[MethodRow, ...]:
    return tuple(
        MethodRow(c.id, c.version, c.title, c.question, c.kinds, c.limits, error_rate(c), c.sources)
        for c in cards()
    )
