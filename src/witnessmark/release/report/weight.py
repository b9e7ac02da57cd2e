"""What a finding weighs: the bound that its rates allow, and the words of the verbal scale for it.

A weight here speaks of one narrow pair only: the described event is in the recording, or it is not and the
method reported it all the same. It is no weight for *altered*, *staged*, *generated* or *misdated*: between the
event and such a proposition stand its innocent causes, for which nobody has measured rates.

Source of the scale: ENFSI Guideline for Evaluative Reporting in Forensic Science, version 3.0 (2015), table of
verbal equivalents; of the likelihood ratio as the measure: the same, section 2; ISO 21043-4:2025.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from witnessmark.model.findings import Finding, Outcome
from witnessmark.release.report.language import N_

PAIRS = ("event", "absence", "named")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the scale: likelihood ratios from ``low`` up to the next step."""

    low: float
    range_text: str
    words: str


SCALE: tuple[Step, ...] = (
    Step(0.0, "1", N_("no support for one proposition over the other")),
    Step(2.0, "2 – 10", N_("weak support")),
    Step(10.0, "10 – 100", N_("moderate support")),
    Step(100.0, "100 – 1 000", N_("moderately strong support")),
    Step(1_000.0, "1 000 – 10 000", N_("strong support")),
    Step(10_000.0, "10 000 – 1 000 000", N_("very strong support")),
    Step(1_000_000.0, "> 1 000 000", N_("extremely strong support")),
)
"""Values below 2 are given the words of 1: the guideline has no word between the two."""

_BOUND = re.compile(r"^likelihood ratio (?:of )?at least (\d[\d,]*(?:\.\d+)?)")
"""As ``examine/weights.py`` and the methods with a pair of their own write it."""
_OF_AN_EVENT = re.compile(r"^likelihood ratio of at least [\d,.]+ (?:for \u201c|against such an event)")
"""The pair of ``examine/weights.py``; any other weight names a pair of its own."""


def bound_of(finding: Finding) -> float | None:
    """The likelihood ratio that a finding's weight allows at least; None where it is not calibrated."""
    if finding.core.outcome not in (Outcome.OBSERVED, Outcome.NOT_OBSERVED):
        return None
    return ratio_in(finding.core.weight)


def ratio_in(weight: str) -> float | None:
    """The number in the sentence of a weight; None where it holds none."""
    found = _BOUND.match(weight)
    return float(found[1].replace(",", "")) if found else None


def step_for(ratio: float) -> Step:
    """The step of the scale that a ratio of at least 1 falls on."""
    return next(step for step in reversed(SCALE) if ratio >= step.low)


@dataclass(frozen=True, slots=True)
class Weighed:
    """Findings of one kind with the same weight."""

    kind: str
    pair: str
    """``event``: it is in the recording; ``absence``: none is; ``named``: a pair that the weight itself names."""
    text: str
    """The weight as the finding states it."""
    basis: str
    """The row of rates that it rests on."""
    ratio: float
    step: Step
    findings: tuple[Finding, ...]


def weighed(findings: tuple[Finding, ...]) -> tuple[Weighed, ...]:
    """All calibrated weights, by kind; empty where none of the findings has one."""
    alike: dict[tuple[str, str, str, str], list[Finding]] = {}
    for finding in findings:
        core = finding.core
        if bound_of(finding) is not None:
            alike.setdefault((_pair(finding), core.kind, core.weight, core.calibration), []).append(finding)
    rows = []
    for (pair, kind, text, basis), group in sorted(
        alike.items(), key=lambda row: (PAIRS.index(row[0][0]), row[0])
    ):
        ratio = bound_of(group[0]) or 1.0
        rows.append(Weighed(kind, pair, text, basis, ratio, step_for(ratio), tuple(group)))
    return tuple(rows)


def _pair(finding: Finding) -> str:
    if not _OF_AN_EVENT.match(finding.core.weight):
        return "named"
    return "absence" if finding.core.outcome is Outcome.NOT_OBSERVED else "event"
