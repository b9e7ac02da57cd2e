"""Pairs that a method has already compared inside the file: clock against container, fields against fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from witnessmark.describe.contradictions.moments import LARGEST_TOLERANCE_S, Moment
from witnessmark.describe.contradictions.sources import CLOCK_CAUSES, CONTAINER_CAUSES, texts
from witnessmark.describe.facts import ItemFacts
from witnessmark.model.contradictions import Contradiction, Hypothesis, Reading, Source, Subject, Verdict
from witnessmark.model.findings import Finding, Outcome
from witnessmark.model.zone_history import offset_words

CLOCK_TOLERANCE = "7 min 30 s beside a whole offset of legal time"
_SUBJECTS = {"date": Subject.DATE_TIME, "place": Subject.PLACE_ZONE, "make": Subject.DEVICE_SOFTWARE}


def has_offset(findings: Sequence[Finding]) -> bool:
    """Whether the offset method was asked at all."""
    return any(finding.core.kind == "clock.offset" for finding in findings)


def clock_and_container(
    item: ItemFacts, findings: Sequence[Finding], stated: Mapping[Source, tuple[Moment, ...]]
) -> Iterator[Contradiction]:
    """Burned-in against container time, as the offset method compared them."""
    for finding in findings:
        if finding.core.kind != "clock.offset":
            continue
        if finding.core.outcome is Outcome.OBSERVED:
            yield _compared(item, finding)
        elif stated[Source.CLOCK] and finding.core.outcome is not Outcome.FAILED:
            yield Contradiction(
                Subject.DATE_TIME,
                item.item_id,
                stated[Source.CLOCK][0].reading,
                Reading(Source.CONTAINER, "no date to compare with", "clock.offset", finding.finding_id),
                Verdict.CANNOT_BE_COMPARED,
                f"{finding.core.reason or finding.core.statement}".rstrip(".") + ".",
                hypotheses=(Hypothesis.CLOCK_NEVER_SET,),
            )


def _compared(item: ItemFacts, finding: Finding) -> Contradiction:
    core = finding.core
    measured = core.measurements.get("offset_s")
    offset_s = float(measured.value) if measured and isinstance(measured.value, int | float) else 0.0
    offset = offset_words(timedelta(seconds=round(offset_s)))
    has_utc = any("+" in text[10:] or "-" in text[10:] for text in texts(core, "container_at"))
    legal = texts(core, "legal_offset")
    count = core.measurements.get("legal_count")
    if abs(offset_s) <= LARGEST_TOLERANCE_S:
        verdict, why = (
            Verdict.AGREE,
            f"They differ by {offset}: both may be local time, or the recorder ran on UTC.",
        )
    elif not has_utc:
        verdict, why = (
            Verdict.CANNOT_BOTH_HOLD,
            f"They differ by {offset}, and the container's date names no zone that would explain it.",
        )
    elif legal:
        verdict, why = (
            Verdict.AGREE,
            f"They differ by {offset}; UTC{legal[0]} was legal time at that moment in "
            f"{count.value if count else 'some'} places of the IANA list.",
        )
    else:
        verdict, why = (
            Verdict.CANNOT_BOTH_HOLD,
            f"They differ by {offset}, which was nobody's legal time at that moment.",
        )
    return Contradiction(
        Subject.DATE_TIME,
        item.item_id,
        Reading(
            Source.CLOCK,
            f"{' '.join(texts(core, 'clock_at_begin'))} (as burned in, at the begin)",
            "clock.offset",
            finding.finding_id,
        ),
        Reading(
            Source.CONTAINER,
            " ".join(texts(core, "container_time")),
            " ".join(texts(core, "container_field")),
            finding.finding_id,
        ),
        verdict,
        why,
        CLOCK_TOLERANCE,
        LARGEST_TOLERANCE_S,
        (*CLOCK_CAUSES, *CONTAINER_CAUSES),
        core.span,
    )


def inside_rows(item: ItemFacts, findings: Sequence[Finding]) -> Iterator[Contradiction]:
    """Fields of the container that disagree among themselves, as the metadata method found them."""
    for finding in findings:
        if finding.core.kind != "metadata.conflict" or finding.core.outcome is not Outcome.OBSERVED:
            continue
        for text in texts(finding.core, "conflicts"):
            what, _, rest = text.partition(": ")
            parts = rest.split(" | ")
            if what not in _SUBJECTS or len(parts) != 3:
                continue
            first, second = (_field(part, finding) for part in parts[:2])
            yield Contradiction(
                _SUBJECTS[what],
                item.item_id,
                first,
                second,
                Verdict.CANNOT_BOTH_HOLD,
                f"Two fields of the container differ{'' if what == 'make' else f' by {parts[2]}'}.",
                hypotheses=(Hypothesis.IMPORT_OR_EXPORT, Hypothesis.FIELD_WRITTEN_BY_HAND),
            )


def _field(text: str, finding: Finding) -> Reading:
    field, _, value = text.partition(" = ")
    return Reading(Source.CONTAINER, value or text, field if value else "", finding.finding_id)
