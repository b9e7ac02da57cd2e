"""Truth beside found: what the recipe did to each file, and whether the case shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from witnessmark.case.demo.recipe import Truth
from witnessmark.examine.registry import cards
from witnessmark.model.findings import MUST_BE_EXPLAINED, Finding, FindingClass, Outcome
from witnessmark.model.recording import Item
from witnessmark.model.relations import Relation

FOUND, MISSED, NOT_YET = "found", "missed", "not_yet_examined"
AROUND_S = 0.5
"""How far a finding's span may lie from the true one and still show it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the case holds of one file of the leak."""

    item: Item
    places: int
    findings: tuple[Finding, ...]


def judge(
    truth: Truth, known: Mapping[str, Known], members_found: int, relations: Iterable[Relation] = ()
) -> str:
    """found, missed, or not_yet_examined where no method answers such a question yet."""
    held = known.get(truth.file)
    if truth.related is not None:
        return FOUND if _is_related(truth, known, relations) else MISSED
    return _judged(truth, held, members_found)


def _is_related(truth: Truth, known: Mapping[str, Known], relations: Iterable[Relation]) -> bool:
    """Whether the relation was found, and does not claim the order the other way about."""
    kind, other = truth.related or ("", "")
    if truth.file not in known or other not in known:
        return False
    derived, origin = known[truth.file].item.item_id, known[other].item.item_id
    return any(
        r.kind == kind and r.sides == {derived, origin} and not (r.is_directed and r.source != derived)
        for r in relations
    )


def _judged(truth: Truth, known: Known | None, members_found: int) -> str:
    if truth.state == "members":
        return FOUND if members_found else MISSED
    if known is None:
        return MISSED
    if truth.state == "held_twice":
        return FOUND if known.places > 1 else MISSED
    if truth.state.startswith("type:"):
        return FOUND if str(known.item.media_type) == truth.state.removeprefix("type:") else MISSED
    if truth.state == "sealed":
        return FOUND
    answered = {kind for card in cards() for kind in card.kinds}
    if not answered.intersection(truth.kinds):
        return NOT_YET
    shown = any(_shows(finding, truth) for finding in known.findings)
    return FOUND if shown else MISSED


def _shows(finding: Finding, truth: Truth) -> bool:
    core = finding.core
    if core.kind not in truth.kinds or core.outcome is not Outcome.OBSERVED:
        return False
    if core.kind in MUST_BE_EXPLAINED and not core.must_be_explained:
        return False
    if truth.span_s is None or core.span is None:
        return True
    start, end = truth.span_s
    return core.span.start.seconds <= end + AROUND_S and core.span.end.seconds >= start - AROUND_S


def beyond(truths: Sequence[Truth], known: Mapping[str, Known]) -> list[dict[str, Any]]:
    """Marks of time, picture and contradiction that the recipe does not account for: false alarms, or its errors."""
    told: dict[str, set[str]] = {}
    for truth in truths:
        told.setdefault(truth.file, set()).update(truth.kinds)
    rows = []
    for file, held in sorted(known.items()):
        kinds = {
            f.core.kind
            for f in held.findings
            if f.core.must_be_explained and MUST_BE_EXPLAINED[f.core.kind] is not FindingClass.HISTORY
        }
        rows += [{"file": file, "kind": kind} for kind in sorted(kinds - told.get(file, set()))]
    return rows
