"""The paired propositions of a report, and how far each could be tested on this material.

H1 is what those who hold the recording say of it; H2 is spelled out in the four ways in which H1 can fail.
Every one gets three answers: what was tested, what was observed that touches on it, what stayed open. None of
them is an opinion: an observation touches on a proposition when it would have to be explained under it.

Source: ISO 21043-4:2025 and -5:2025 (questions, propositions, observations apart from opinions);
ENFSI-BPM-DI-03 (propositions that cannot be tested are named as such); SWGDE, video authentication.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from witnessmark.model.contradictions import Contradiction, Source, Subject, Verdict
from witnessmark.model.findings import MUST_BE_EXPLAINED, Finding, FindingClass, Outcome
from witnessmark.model.statements import Bearing, BearingKind
from witnessmark.release.report.language import N_

CHANGE_KINDS = frozenset(MUST_BE_EXPLAINED)
"""Kinds that speak on *altered*."""
DATE_KINDS = frozenset(
    {"clock.series", "clock.offset", "clock.jump", "clock.rate", "clock.stopped", "metadata.conflict"}
)
"""Kinds that say something about when. Without a clock, a compared pair or a bearing on a date, *misdated* is not
testable: entries of one file that agree may all be wrong."""
CLOCK_KINDS = frozenset(kind for kind in DATE_KINDS if kind.startswith("clock."))
_ANSWERED = (Outcome.OBSERVED, Outcome.NOT_OBSERVED)
_OPEN = (Outcome.INCONCLUSIVE, Outcome.FAILED)
_NOT_OF_A_FILE = frozenset({Source.CLAIM, Source.RECEIPT})
"""What somebody said, and what was counted, cannot show that a file was altered."""


@dataclass(frozen=True, slots=True)
class Proposition:
    """One proposition and where it stands. Words are codes or catalogue messages."""

    code: str
    """H1, H2a ... H2d."""
    name: str
    words: str
    testable: str
    """``through_opposites``, ``in_part``, ``not_yet`` or ``not_here``."""
    why: str
    """Why it is not testable, or what the test cannot do."""
    methods: tuple[str, ...] = ()
    """Methods that answered a question about it."""
    observed: tuple[str, ...] = ()
    """Kinds of findings that touch on it: conflicts, breaks of continuity, readings of a clock."""
    history: tuple[str, ...] = ()
    """Kinds of traces of history: expected under H1 as well wherever a file was exported."""
    weak: tuple[str, ...] = ()
    """Kinds that were seen with a weak detection only: not marked, and not absent either."""
    not_observed: tuple[str, ...] = ()
    """Kinds that some method looked for and none saw, however weakly."""
    still_open: tuple[str, ...] = ()
    """Kinds that failed or stayed inconclusive."""
    conflicts: int = 0
    """Pairs of readings of the contradiction table that cannot both hold and touch on it."""
    compared: int = 0
    """Pairs of readings that were compared."""


NAMES = {
    "H1": N_("as it is said to be"),
    "H2a": N_("altered"),
    "H2b": N_("staged"),
    "H2c": N_("generated"),
    "H2d": N_("misdated"),
}
WORDS = {
    "H1": N_(
        "A camera recorded the events shown, at the time and place that are claimed, and the recording was "
        "not changed since."
    ),
    "H2a": N_("Something was cut out, inserted, repeated, covered or given other times after the recording."),
    "H2b": N_("The recording was not changed, but the events were acted."),
    "H2c": N_("Picture or sound were made by software, in whole or in part."),
    "H2d": N_("The events were recorded at another time or place than is claimed."),
}
WHYS = {
    "H1": N_(
        "That none of its opposites shows itself does not establish H1: it says that nothing was seen by the "
        "tests named, at a sensitivity that is stated where it was measured."
    ),
    "H2a": N_(
        "The methods see traces of some changes, at rates that are stated where they were measured; a "
        "careful change may leave none. An observation here is a trace that has to be explained, and other "
        "explanations are named beside each."
    ),
    "H2a_not_yet": N_("No method has answered a question about it."),
    "H2b": N_(
        "No property of a file tells acting from events. Witnesses, places, documents and medical findings "
        "may."
    ),
    "H2c": N_(
        "No test was made. In a published comparison (Deepfake-Eval-2024) the figure for how well open "
        "detectors tell generated from recorded material (AUC) fell by 45 to 50 % on material from the "
        "network; a score could not be defended."
    ),
    "H2d": N_(
        "Traces of time in and around the file were read and, where there were two, laid side by side "
        "(section 2). A clock can be set to any time, and an entry in a file can be written by anybody."
    ),
    "H2d_not_yet": N_(
        "No trace of time was found that could be laid beside a claim or beside another source. Entries "
        "inside one file that agree with each other may be wrong in the same way."
    ),
}
TESTABLE = {
    "through_opposites": N_("only through its opposites"),
    "in_part": N_("in part"),
    "not_yet": N_("not tested"),
    "not_here": N_("not testable here"),
}


def propositions(
    findings: Iterable[Finding], bearings: Iterable[Bearing], rows: Sequence[Contradiction]
) -> tuple[Proposition, ...]:
    """H1 and the four forms of H2, in this order."""
    kept = tuple(findings)
    altered = _about(kept, CHANGE_KINDS)
    dated = _about(kept, DATE_KINDS)
    of_time = [r for r in rows if r.subject in (Subject.DATE_TIME, Subject.PLACE_ZONE)]
    conflicts = sum(1 for r in of_time if r.verdict is Verdict.CANNOT_BOTH_HOLD)
    in_files = sum(
        1
        for r in rows
        if r.verdict is Verdict.CANNOT_BOTH_HOLD and not {r.first.source, r.second.source} & _NOT_OF_A_FILE
    )
    compared = sum(1 for r in of_time if r.verdict is not Verdict.CANNOT_BE_COMPARED)
    spoken = any(b.kind is not BearingKind.SILENT and b.rule in ("date", "place_zone") for b in bearings)
    clock = any(f.core.kind in CLOCK_KINDS and f.core.outcome is Outcome.OBSERVED for f in kept)
    can_date = bool(compared or spoken or clock)
    return (
        _fixed("H1", "through_opposites"),
        _tested("H2a", altered, bool(altered.methods), in_files, 0),
        _fixed("H2b", "not_here"),
        _fixed("H2c", "not_here"),
        _tested("H2d", dated, can_date, conflicts, compared),
    )


@dataclass(frozen=True, slots=True)
class _About:
    methods: tuple[str, ...]
    observed: tuple[str, ...]
    history: tuple[str, ...]
    weak: tuple[str, ...]
    not_observed: tuple[str, ...]
    still_open: tuple[str, ...]


def _about(findings: tuple[Finding, ...], kinds: frozenset[str]) -> _About:
    of = [f for f in findings if f.core.kind in kinds]
    marked = {f.core.kind for f in of if f.core.must_be_explained}
    seen = {f.core.kind for f in of if f.core.outcome is Outcome.OBSERVED}
    plain = seen - MUST_BE_EXPLAINED.keys()
    is_history = {kind for kind in marked if MUST_BE_EXPLAINED[kind] is FindingClass.HISTORY}
    answered = {f.core.kind for f in of if f.core.outcome in _ANSWERED}
    absent = {f.core.kind for f in of if f.core.outcome is Outcome.NOT_OBSERVED} - seen
    unsure = {f.core.kind for f in of if f.core.outcome in _OPEN} - answered
    return _About(
        tuple(sorted({f.core.examiner for f in of if f.core.outcome in _ANSWERED})),
        tuple(sorted((marked - is_history) | plain)),
        tuple(sorted(is_history)),
        tuple(sorted(seen - marked - plain)),
        tuple(sorted(absent)),
        tuple(sorted(unsure)),
    )


def _fixed(code: str, testable: str) -> Proposition:
    return Proposition(code, NAMES[code], WORDS[code], testable, WHYS[code])


def _tested(code: str, about: _About, can: bool, conflicts: int, compared: int) -> Proposition:
    return Proposition(
        code,
        NAMES[code],
        WORDS[code],
        "in_part" if can else "not_yet",
        WHYS[code if can else f"{code}_not_yet"],
        about.methods,
        about.observed,
        about.history,
        about.weak,
        about.not_observed,
        about.still_open,
        conflicts,
        compared,
    )
