"""What goes where in a report: sorted and grouped, without a word of its own (words are in the templates)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from witnessmark.model.codes import short_code
from witnessmark.model.findings import MUST_BE_EXPLAINED, Finding, FindingClass, Outcome
from witnessmark.model.statements import Bearing, BearingKind, Claim
from witnessmark.release.report.content import MethodRow, ReportedItem
from witnessmark.release.report.rates import cited

LISTED_PER_KIND = 40
"""More places of one kind in one item are counted, not printed: about a page of table."""
CLASSES = (FindingClass.CONFLICT, FindingClass.CONTINUITY, FindingClass.HISTORY)
"""Contradictions first."""
_GRADES = ("strong", "moderate", "weak", "observation")
_FIGURE = re.compile(r"\d[\d.,]*|\bone stretch of\b|\bstretches, the longest\b")
"""What differs from file to file in an otherwise equal reason."""
_ANSWERED = (Outcome.OBSERVED, Outcome.NOT_OBSERVED)
_BEARING_ORDER = (BearingKind.CONTRADICTS, BearingKind.SUPPORTS, BearingKind.SILENT)


@dataclass(frozen=True, slots=True)
class Alike:
    """Findings of one kind that say the same, in one item or in many: printed once."""

    kind: str
    text: str
    findings: tuple[Finding, ...]

    @property
    def places(self) -> tuple[tuple[Finding, tuple[str, ...]], ...]:
        """One finding for each distinct place and grade, with the codes of all items that have it there."""
        codes: dict[tuple[float, float, str], list[str]] = {}
        first: dict[tuple[float, float, str], Finding] = {}
        for finding in self.findings:
            span = finding.core.span
            at = (span.start.seconds, span.end.seconds) if span else (-1.0, -1.0)
            key = (*at, str(finding.core.grade))
            first.setdefault(key, finding)
            codes.setdefault(key, []).append(short_code(finding.item_id))
        return tuple((first[key], _distinct(codes[key])) for key in first)

    @property
    def listed_places(self) -> tuple[tuple[Finding, tuple[str, ...]], ...]:
        return self.places[:LISTED_PER_KIND]

    @property
    def unlisted(self) -> int:
        return len(self.places) - len(self.listed_places)

    @property
    def item_codes(self) -> tuple[str, ...]:
        return _distinct(short_code(f.item_id) for f in self.findings)

    @property
    def is_example(self) -> bool:
        """Others of these findings say it with other figures."""
        return any(what_is_said(f) != self.text for f in self.findings)


@dataclass(frozen=True, slots=True)
class KindGroup:
    """All findings of one kind with one outcome, in the order of item and file time."""

    kind: str
    finding_class: str
    findings: tuple[Finding, ...]

    @property
    def listed(self) -> tuple[Finding, ...]:
        return self.findings[:LISTED_PER_KIND]

    @property
    def unlisted(self) -> int:
        return len(self.findings) - len(self.listed)

    @property
    def alike(self) -> tuple[Alike, ...]:
        return _alike(self.findings)

    @property
    def _by_content(self) -> tuple[Finding, ...]:
        """Not by item: ids are random, and two cases of one leak must read alike."""
        return tuple(sorted(self.findings, key=lambda f: f.core.core_digest))

    @property
    def benign_causes(self) -> tuple[str, ...]:
        return _distinct(cause for f in self._by_content for cause in f.core.benign_causes)

    @property
    def calibrations(self) -> tuple[str, ...]:
        return _distinct(f.core.calibration for f in self._by_content)

    @property
    def weights(self) -> tuple[str, ...]:
        return _distinct(f.core.weight for f in self._by_content)

    @property
    def grades(self) -> tuple[str, ...]:
        held = {str(f.core.grade) for f in self.findings}
        return tuple(grade for grade in _GRADES if grade in held)

    @property
    def highest_grade(self) -> str:
        return next(iter(self.grades), "")

    @property
    def methods(self) -> tuple[str, ...]:
        return _distinct(f"{f.core.examiner} {f.core.version}" for f in self.findings)


@dataclass(frozen=True, slots=True)
class FindingsView:
    """Findings in the parts of a report."""

    to_explain: tuple[tuple[str, tuple[KindGroup, ...]], ...]
    """Class and its groups, for each of the three classes, also when empty."""
    other_observed: tuple[KindGroup, ...]
    not_observed: tuple[Finding, ...]
    not_done: tuple[tuple[str, tuple[Finding, ...]], ...]
    """failed, inconclusive, not_applicable: each with its findings."""
    conflicts: tuple[Finding, ...]
    cited: tuple[str, ...]
    """Calibrations that name figures, each once."""
    rerun_examiners: tuple[str, ...]
    builds: tuple[str, ...]
    sandboxes: tuple[str, ...]

    @property
    def not_done_alike(self) -> tuple[tuple[str, tuple[Alike, ...]], ...]:
        return tuple((outcome, _alike(findings)) for outcome, findings in self.not_done)

    @property
    def not_done_in_short(self) -> tuple[tuple[str, tuple[Alike, ...]], ...]:
        """As above, and reasons that differ in their figures only stand under the first of them."""
        return tuple((outcome, _but_for_figures(findings)) for outcome, findings in self.not_done)

    @property
    def conflicts_alike(self) -> tuple[Alike, ...]:
        return _alike(self.conflicts)

    @property
    def not_done_count(self) -> int:
        return sum(len(findings) for _, findings in self.not_done)


def order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By item, kind and place in the file; the digest of the core decides between equals, then the id."""
    return tuple(
        sorted(
            findings,
            key=lambda f: (
                f.item_id,
                f.core.kind,
                f.core.span.start.seconds if f.core.span else -1.0,
                f.core.core_digest,
                f.finding_id,
            ),
        )
    )


def findings_view(findings: Iterable[Finding]) -> FindingsView:
    """Sort all findings into the parts of a report; every finding stands in exactly one."""
    ordered = order(findings)
    marked = [f for f in ordered if f.core.must_be_explained]
    other = [f for f in ordered if f.core.outcome is Outcome.OBSERVED and not f.core.must_be_explained]
    return FindingsView(
        to_explain=tuple(
            (str(cls), _groups(f for f in marked if MUST_BE_EXPLAINED[f.core.kind] is cls)) for cls in CLASSES
        ),
        other_observed=_groups(other),
        not_observed=tuple(f for f in ordered if f.core.outcome is Outcome.NOT_OBSERVED),
        not_done=tuple(
            (str(outcome), tuple(f for f in ordered if f.core.outcome is outcome))
            for outcome in (Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE)
        ),
        conflicts=tuple(f for f in marked if MUST_BE_EXPLAINED[f.core.kind] is FindingClass.CONFLICT),
        cited=_distinct(sorted({f.core.calibration for f in ordered if cited(f.core.calibration).measured})),
        rerun_examiners=_distinct(sorted({f.core.examiner for f in ordered})),
        builds=_distinct(sorted({f.build for f in ordered})),
        sandboxes=_distinct(sorted({f.sandbox for f in ordered})),
    )


def what_is_said(finding: Finding) -> str:
    """The statement; where a question stayed open, the statement and the reason, each once."""
    core = finding.core
    if core.outcome in _ANSWERED or not core.reason or core.reason in core.statement:
        return core.statement
    return f"{core.statement} ({core.reason})" if core.statement else core.reason


def _alike(findings: Iterable[Finding]) -> tuple[Alike, ...]:
    """By kind and by what is said."""
    by_text: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        text = what_is_said(finding)
        by_text.setdefault((finding.core.kind, text), []).append(finding)
    return tuple(Alike(kind, text, tuple(alike)) for (kind, text), alike in by_text.items())


def _but_for_figures(findings: Iterable[Finding]) -> tuple[Alike, ...]:
    """By kind and by what is said, figures apart; the first says it for all."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        key = (finding.core.kind, _FIGURE.sub("#", what_is_said(finding)))
        alike.setdefault(key, []).append(finding)
    return tuple(Alike(kind, min(map(what_is_said, same)), tuple(same)) for (kind, _), same in alike.items())


def _groups(findings: Iterable[Finding]) -> tuple[KindGroup, ...]:
    by_kind: dict[str, list[Finding]] = {}
    for finding in findings:
        by_kind.setdefault(finding.core.kind, []).append(finding)
    return tuple(
        KindGroup(kind, str(MUST_BE_EXPLAINED.get(kind, "")), tuple(by_kind[kind]))
        for kind in sorted(by_kind)
    )


@dataclass(frozen=True, slots=True)
class BearingGroup:
    """Bearings that say the same of several items: printed once."""

    kind: BearingKind
    rule: str
    why: str
    item_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim beside the bearings on it, contradictions first; the two never merge."""

    claim: Claim
    bearings: tuple[BearingGroup, ...]

    @property
    def contradicted(self) -> bool:
        return any(b.kind is BearingKind.CONTRADICTS for b in self.bearings)

    @property
    def shown(self) -> tuple[BearingGroup, ...]:
        """All contradictions, and of the others the first few of each kind."""
        kept: list[BearingGroup] = []
        for kind in _BEARING_ORDER:
            alike = [b for b in self.bearings if b.kind is kind]
            kept.extend(alike if kind is BearingKind.CONTRADICTS else alike[:SHOWN_PER_KIND])
        return tuple(kept)

    @property
    def more(self) -> int:
        return len(self.bearings) - len(self.shown)


SHOWN_PER_KIND = 2
"""In the table of claims; all bearings stand in the annex."""


def claims_view(claims: Sequence[Claim], bearings: Sequence[Bearing]) -> tuple[ClaimView, ...]:
    """Contradicted claims first, otherwise in the given order."""
    by_claim: dict[str, list[Bearing]] = {}
    for bearing in bearings:
        by_claim.setdefault(bearing.claim_id, []).append(bearing)

    def ranked(claim: Claim) -> tuple[BearingGroup, ...]:
        ordered = sorted(
            by_claim.get(claim.claim_id, []),
            key=lambda b: (_BEARING_ORDER.index(b.kind), b.rule, b.item_id, b.finding_id),
        )
        items: dict[tuple[BearingKind, str, str], list[str]] = {}
        for bearing in ordered:
            items.setdefault((bearing.kind, bearing.rule, bearing.why), []).append(bearing.item_id)
        return tuple(BearingGroup(*key, _distinct(item_ids)) for key, item_ids in items.items())

    views = [ClaimView(claim, ranked(claim)) for claim in claims]
    return tuple(sorted(views, key=lambda view: not view.contradicted))


@dataclass(frozen=True, slots=True)
class ItemOutcomes:
    """One row of the table of items: per examiner the word that says most."""

    item: ReportedItem
    words: tuple[str, ...]
    """explain, observed, absent, not_tested, inconclusive, failed, not_observed, not_applicable or not_asked."""


_MOST_TELLING = (
    str(Outcome.FAILED),
    str(Outcome.OBSERVED),
    "absent",
    "not_tested",
    str(Outcome.INCONCLUSIVE),
    str(Outcome.NOT_OBSERVED),
    str(Outcome.NOT_APPLICABLE),
)
_OF_NOTHING = {"credentials.absent": "absent", "synthetic.not_tested": "not_tested"}
"""Kinds whose observation is that there is nothing: "observed" in a column would say the opposite."""


def _said_of_nothing(finding: Finding) -> str:
    """The word for an observed absence; empty for every other answer."""
    return _OF_NOTHING.get(finding.core.kind, "") if finding.core.outcome is Outcome.OBSERVED else ""


def item_outcomes(items: Sequence[ReportedItem], methods: Sequence[MethodRow]) -> tuple[ItemOutcomes, ...]:
    """Items by code; per examiner "explain" before failed, observed and so on."""
    rows = []
    for item in sorted(items, key=lambda i: (i.code, i.item_id)):
        words = []
        unasked = "not_asked"
        if any(f.core.kind == "not_examined" for f in item.findings):
            unasked = str(Outcome.NOT_APPLICABLE)
        for method in methods:
            answers = [f for f in item.findings if f.core.examiner == method.examiner]
            if any(f.core.must_be_explained for f in answers):
                words.append("explain")
                continue
            told = {_said_of_nothing(f) or str(f.core.outcome) for f in answers}
            words.append(next((word for word in _MOST_TELLING if word in told), unasked))
        rows.append(ItemOutcomes(item, tuple(words)))
    return tuple(rows)


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
