"""Counts and durations: the clock's own run against the video's, a name's begin and end against the video's length,
claimed numbers against receipts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from witnessmark.describe.contradictions.sources import clock_range, name_interval, name_reading, observed
from witnessmark.describe.count_rule import count_bearings
from witnessmark.describe.facts import CaseFacts, ItemFacts
from witnessmark.model.contradictions import Contradiction, Hypothesis, Reading, Source, Subject, Verdict
from witnessmark.model.findings import Finding
from witnessmark.model.statements import BearingKind, Claim, ClaimKind
from witnessmark.model.zone_history import length_words

READING_S = 2.0
"""Each end of a clock is read to the second that has begun."""
DRIFT = 0.01
"""Above the drift of any running clock: quartz is below 0.0002, clocks derived from a wrong picture rate reach 0.001
(30 against 29.97) and are found by the clock method itself."""
NAMED_SPAN_S = 60.0
"""Recorders name whole segments and cut at key pictures: seconds at either end are ordinary."""
CLOCK_CAUSES = (
    Hypothesis.FRAMES_LOST_OR_CUT,
    Hypothesis.TIME_LAPSE_OR_SLOW_MOTION,
    Hypothesis.CLOCK_MISREAD,
    Hypothesis.CLOCK_SET_BY_HAND,
    Hypothesis.CLOCK_DRAWN_LATER,
)
_VERDICTS = {
    BearingKind.SUPPORTS: Verdict.AGREE,
    BearingKind.CONTRADICTS: Verdict.CANNOT_BOTH_HOLD,
    BearingKind.SILENT: Verdict.CANNOT_BE_COMPARED,
}


def duration_rows(item: ItemFacts, findings: Sequence[Finding]) -> Iterator[Contradiction]:
    """The clock's run and the name's span, each against the time of the video."""
    yield from _clock_rows(item, findings)
    if item.duration_s is None:
        return
    for name in item.names:
        begin, end = name_interval(name.at), name_interval(name.until)
        if begin is None or end is None:
            continue
        named_s = (end[0] - begin[0]).total_seconds()
        yield _row(
            item,
            Reading(Source.CONTAINER, f"{item.duration_s:.1f} s long", "declared duration"),
            Reading(Source.FILE_NAME, f"a span of {named_s:.0f} s", name_reading(name).where),
            named_s - item.duration_s,
            NAMED_SPAN_S,
            (Hypothesis.NAME_GIVEN_LATER, Hypothesis.FRAMES_LOST_OR_CUT),
        )


def _clock_rows(item: ItemFacts, findings: Sequence[Finding]) -> Iterator[Contradiction]:
    for finding in observed(findings, "clock.series"):
        shown, span = clock_range(finding.core), finding.core.span
        if shown is None or span is None:
            continue
        run_s = (shown[1] - shown[0]).total_seconds()
        video_s = span.end.seconds - span.start.seconds
        yield _row(
            item,
            Reading(
                Source.CLOCK,
                f"runs {run_s:.0f} s between first and last reading",
                "clock.series",
                finding.finding_id,
            ),
            Reading(Source.CONTAINER, f"{video_s:.1f} s of video between them", "time stamps"),
            run_s - video_s,
            READING_S + DRIFT * video_s,
            CLOCK_CAUSES,
            finding,
        )


def count_rows(claims: Sequence[Claim], facts: CaseFacts) -> Iterator[Contradiction]:
    """Claimed numbers against receipts, as the count rule of bearings weighs them."""
    for claim in claims:
        if claim.kind is not ClaimKind.COUNT or claim.count is None or claim.state == "dismissed":
            continue
        for bearing in count_bearings(claim, facts):
            sealed = sum(r.reconciliation.sealed.files for r in facts.receipts)
            bound = {"at_least": "at least ", "exactly": "exactly ", "at_most": "at most "}[claim.count_bound]
            yield Contradiction(
                Subject.COUNT_DURATION,
                "",
                Reading(
                    Source.CLAIM, f"{bound}{claim.count:,}", f"claim {claim.code}", claim_id=claim.claim_id
                ),
                Reading(
                    Source.RECEIPT,
                    f"{sealed:,} distinct files sealed",
                    f"{len(facts.receipts)} receipt{'' if len(facts.receipts) == 1 else 's'}",
                ),
                _VERDICTS[bearing.kind],
                bearing.why,
                hypotheses=(Hypothesis.PART_RECEIVED, Hypothesis.CLAIM_MISTAKEN),
            )


def _row(
    item: ItemFacts,
    first: Reading,
    second: Reading,
    apart_s: float,
    tolerance_s: float,
    causes: tuple[Hypothesis, ...],
    finding: Finding | None = None,
) -> Contradiction:
    agree = abs(apart_s) <= tolerance_s
    return Contradiction(
        Subject.COUNT_DURATION,
        item.item_id,
        first,
        second,
        Verdict.AGREE if agree else Verdict.CANNOT_BOTH_HOLD,
        f"They differ by {_length(apart_s)}." if round(apart_s) else "Both are equally long.",
        _length(tolerance_s),
        round(tolerance_s, 1),
        causes,
        finding.core.span if finding else None,
    )


def _length(seconds: float) -> str:
    """To a tenth below a minute: two clips that differ by the tolerance must not read as if they did not."""
    return f"{abs(seconds):.1f} s" if abs(seconds) < 60 else length_words(timedelta(seconds=seconds))
