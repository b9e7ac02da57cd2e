"""Open conditional promises, beside what was found that touches their condition.

An authority that will act "if the authenticity is established" can be told what was examined, how much of it,
and what still wants an explanation. It is never told "authentic": no examination can say that
(ISO 21043-4: observations apart from opinions).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date

from witnessmark.follow_up.responses import answer_line
from witnessmark.model.findings import MUST_BE_EXPLAINED, Finding, FindingClass, Outcome
from witnessmark.model.follow_up import BearingTally, ExaminationTally, PromiseState
from witnessmark.model.statements import Bearing, BearingKind, Response

RULES_BY_TEST = {"date": ("date",), "place": ("place_zone",), "count": ("count",)}
"""Which rules of bearing touch which condition."""
_CLASS_ORDER = {FindingClass.CONFLICT: 0, FindingClass.CONTINUITY: 1, FindingClass.HISTORY: 2}
"""Contradictions first."""
_KIND_ORDER = (BearingKind.CONTRADICTS, BearingKind.SUPPORTS, BearingKind.SILENT)


def tally_examination(item_ids: Sequence[str], findings: Sequence[Finding]) -> ExaminationTally:
    """Counts over the items that could be examined. ``not_examined`` alone does not make an item examined."""
    by_item: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_item[finding.item_id].append(finding)
    wanted = sorted(set(item_ids))
    examined = [item for item in wanted if any(f.core.kind != "not_examined" for f in by_item[item])]
    classes: Counter[FindingClass] = Counter()
    to_be_explained = 0
    for item in examined:
        marked = {MUST_BE_EXPLAINED[f.core.kind] for f in by_item[item] if f.core.must_be_explained}
        classes.update(marked)
        to_be_explained += bool(marked)
    return ExaminationTally(
        items=len(wanted),
        examined=len(examined),
        to_be_explained=to_be_explained,
        history=classes[FindingClass.HISTORY],
        continuity=classes[FindingClass.CONTINUITY],
        conflict=classes[FindingClass.CONFLICT],
        questions_open=sum(
            f.core.outcome in (Outcome.FAILED, Outcome.INCONCLUSIVE) for item in wanted for f in by_item[item]
        ),
    )


def open_promises(
    responses: Sequence[Response],
    item_ids: Sequence[str],
    findings: Sequence[Finding],
    bearings: Sequence[Bearing],
    as_of: date,
) -> tuple[PromiseState, ...]:
    """All open responses that hang on a condition, in the order of their dates.

    ``item_ids``: items that examiners could be asked about; ``bearings``: as proposed or accepted.
    """
    states = []
    for answer in answer_line(responses, as_of):
        response = answer.response
        if response.state != "open" or not response.condition:
            continue
        examination = None
        tallies: tuple[BearingTally, ...] = ()
        finding_ids: tuple[str, ...] = ()
        if response.condition_test == "authenticity":
            examination = tally_examination(item_ids, findings)
            finding_ids = _marked(item_ids, findings)
        elif response.condition_test:
            rules = RULES_BY_TEST[response.condition_test]
            touching = [bearing for bearing in bearings if bearing.rule in rules]
            tallies = tuple(
                BearingTally(kind, sum(bearing.kind is kind for bearing in touching)) for kind in _KIND_ORDER
            )
            finding_ids = tuple(dict.fromkeys(b.finding_id for b in touching if b.finding_id))
        states.append(PromiseState(answer, examination, tallies, finding_ids))
    return tuple(states)


def _marked(item_ids: Sequence[str], findings: Sequence[Finding]) -> tuple[str, ...]:
    wanted = set(item_ids)
    marked = [f for f in findings if f.item_id in wanted and f.core.must_be_explained]
    marked.sort(
        key=lambda f: (_CLASS_ORDER[MUST_BE_EXPLAINED[f.core.kind]], f.item_id, f.core.kind, f.finding_id)
    )
    return tuple(f.finding_id for f in marked)
