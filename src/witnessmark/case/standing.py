"""Where a case stands, in figures, and what its people would do next."""

from __future__ import annotations

from typing import Any

from witnessmark.case.case import Case
from witnessmark.case.key_keeping import holds
from witnessmark.ground.jobs.storage import JobState
from witnessmark.model.records import ItemState, ReceiptState


def standing(case: Case) -> dict[str, Any]:
    held = case.catalogue.held_items()
    jobs = case.catalogue.job_storage().counts()
    stamps = case.catalogue.stamps()
    responses = case.catalogue.responses()
    examined = sum(h.state is ItemState.EXAMINED for h in held)
    unfinished = case.catalogue.receipts(ReceiptState.RUNNING)
    state: dict[str, Any] = {
        "case_id": case.case_id,
        "name": case.name,
        "read_only": case.read_only,
        "demonstration": case.settings.demonstration,
        "items": len(held),
        "bytes": sum(h.item.size_bytes for h in held),
        "examined": examined,
        "set_aside": jobs[JobState.POISON] + jobs[JobState.FAILED],
        "to_explain": len({f.item_id for f in case.catalogue.findings() if f.core.must_be_explained}),
        "leaves": case.ledger.size(),
        "fingerprint": case.ledger.fingerprint,
        "anchored": sum(s.state == "anchored" for s in stamps),
        "pending": sum(s.state != "anchored" for s in stamps),
        "claims": len(case.catalogue.claims()),
        "responses": len(responses),
        "open_responses": sum(r.state == "open" for r in responses),
        "holds": holds(case),
    }
    steps = []
    if unfinished:
        steps.append("a receipt is unfinished: run the same `receive` command again")
    if not held:
        steps.append("take footage in: witnessmark receive CASE SOURCE")
    if examined < len(held):
        steps.append(f"{len(held) - examined} items are not yet examined: witnessmark examine CASE")
    if held and not stamps:
        steps.append("no trusted time yet: witnessmark stamp CASE --out DIR")
    state["next"] = steps
    return state
