"""The two pages that a judge reads: everything is bounded, so that they stay two pages.

Nothing stands here that does not stand, in full, in a later section. No number of marks is given: one conflict
can matter more than twenty traces of history, and a sum would hide that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from witnessmark.model.contradictions import Contradiction
from witnessmark.model.findings import MUST_BE_EXPLAINED, Finding, Outcome
from witnessmark.release.report.rates import Cited, cited
from witnessmark.release.report.tables import Pair, pairs_in_front
from witnessmark.release.report.view import FindingsView

PLACES = 3
"""Places in the file named with each kind; all stand in their own section."""
DENSE_ABOVE = 5
"""With more kinds than this to be explained, the summary names them without what commonly explains them."""
CONFLICTS = 4
COMMANDS = 3
WITHHELD = frozenset({"synthetic.not_tested", "not_examined"})
"""Kinds of which the summary speaks in its own words."""


@dataclass(frozen=True, slots=True)
class Told:
    """One kind that was observed and has to be explained."""

    kind: str
    places: tuple[Finding, ...]
    has_more: bool
    item_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """One kind that was looked for and not observed, with how often the method would have seen it."""

    kind: str
    rate: Cited
    """The lowest of the rows that its findings cite."""
    unanswered: int
    """Items for which this question failed, stayed inconclusive or did not apply."""
    weak: int
    """Items in which it was seen with a weak detection: not marked, and not absent there either."""


@dataclass(frozen=True, slots=True)
class Summary:
    classes: tuple[tuple[str, tuple[Told, ...]], ...]
    """conflict, continuity, history, each also when empty."""
    dense: bool
    weak: tuple[str, ...]
    """Kinds that were seen with a weak detection only, and that would have to be explained otherwise."""
    absent: tuple[Absent, ...]
    not_done: tuple[tuple[str, tuple[str, ...]], ...]
    """failed, inconclusive, not applicable: kinds."""
    conflicts: tuple[Pair, ...]
    has_more_conflicts: bool
    commands: tuple[str, ...]
    has_more_commands: bool


def summarise(findings: FindingsView, rows: Sequence[Contradiction]) -> Summary:
    """What the two pages say; the templates give it its words."""
    classes = tuple(
        (name, tuple(_told(group.kind, group.findings) for group in groups))
        for name, groups in findings.to_explain
    )
    observed = {told.kind for _, group in classes for told in group}
    weak = {(f.item_id, g.kind) for g in findings.other_observed if g.finding_class for f in g.findings}
    rates: dict[str, list[Cited]] = {}
    for finding in findings.not_observed:
        kind = finding.core.kind
        if kind in MUST_BE_EXPLAINED and kind not in observed and (finding.item_id, kind) not in weak:
            rates.setdefault(kind, []).append(cited(finding.core.calibration))
    absent = {
        kind: Absent(
            kind,
            min(rows, key=_least),
            _unanswered(findings, kind),
            sum(1 for _, weakly in weak if weakly == kind),
        )
        for kind, rows in sorted(rates.items())  # not in the order of items: their ids are random
    }
    answered = observed | set(absent) | {g.kind for g in findings.other_observed}
    not_done = tuple(
        (
            outcome,
            tuple(sorted({f.core.kind for f in group} - WITHHELD - answered)),
        )
        for outcome, group in findings.not_done
    )
    found = pairs_in_front(rows)
    return Summary(
        classes,
        sum(len(group) for _, group in classes) > DENSE_ABOVE,
        tuple(g.kind for g in findings.other_observed if g.finding_class and g.kind not in observed),
        tuple(absent.values()),
        tuple((outcome, kinds) for outcome, kinds in not_done if kinds),
        found[:CONFLICTS],
        len(found) > CONFLICTS,
        findings.rerun_examiners[:COMMANDS],
        len(findings.rerun_examiners) > COMMANDS,
    )


def _least(rate: Cited) -> tuple[float, str]:
    """Orders rates by what they vouch for: items of several codecs cite several rows, and one sentence about
    them all may promise no more than the lowest. What was not measured comes last."""
    return (rate.detected.low if rate.detected else 1.0, rate.text)


def _unanswered(findings: FindingsView, kind: str) -> int:
    """Items without an answer: their silence is no "not observed"."""
    answered = {f.item_id for f in findings.not_observed if f.core.kind == kind}
    answered |= {f.item_id for g in findings.other_observed if g.kind == kind for f in g.findings}
    asked = {f.item_id for _, group in findings.not_done for f in group if f.core.kind == kind}
    return len(asked - answered)


def _told(kind: str, findings: Sequence[Finding]) -> Told:
    placed = sorted(
        (f for f in findings if f.core.span is not None and f.core.outcome is Outcome.OBSERVED),
        key=lambda f: (f.core.span.start.seconds if f.core.span else 0.0, f.core.core_digest),
    )
    codes = tuple(dict.fromkeys(f.item_id[:8] for f in findings))
    return Told(kind, tuple(placed[:PLACES]), len(placed) > PLACES, codes)
