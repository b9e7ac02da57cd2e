"""What became of it: answers over time, promises and their conditions, and the extent of what happened.

Results of the room ``follow_up`` that the report and the desk show; they hold no judgement of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from witnessmark.model.statements import BearingKind, Response

UNKNOWN_CODE = ""
"""Stands for the unknown facility and the unknown month in the extent matrix."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response on the time line, as of a date."""

    response: Response
    age_days: int | None
    """Whole days since it was given; None where its date is not known to the day, or lies ahead."""
    overdue_days: int | None
    """Whole days since it was due; None where nothing is due or not yet."""

    @property
    def documented(self) -> bool:
        """False: *no source document*."""
        return bool(self.response.source_document)


@dataclass(frozen=True, slots=True)
class ExaminationTally:
    """What the examination can say about a condition of authenticity: counts, never a verdict."""

    items: int = 0
    """Items that an examiner could be asked about."""
    examined: int = 0
    """Of these, with at least one finding."""
    to_be_explained: int = 0
    """Of these, with at least one finding that must be explained."""
    history: int = 0
    continuity: int = 0
    conflict: int = 0
    """Items with such findings, by class; one item can count in several."""
    questions_open: int = 0
    """Questions that failed or came out inconclusive."""


@dataclass(frozen=True, slots=True)
class BearingTally:
    """How proposed bearings on claims of one kind stand."""

    kind: BearingKind
    count: int


@dataclass(frozen=True, slots=True)
class PromiseState:
    """An open conditional promise beside what was found that touches its condition."""

    answer: Answer
    examination: ExaminationTally | None
    """For ``condition_test`` authenticity."""
    bearings: tuple[BearingTally, ...]
    """For ``condition_test`` date, place or count: bearings of that rule."""
    finding_ids: tuple[str, ...]
    """The findings that the tally counts, contradictions between statements first."""

    @property
    def person_decides(self) -> bool:
        """True where no test is named: only a person can say whether the condition is met."""
        return not self.answer.response.condition_test


@dataclass(frozen=True, slots=True)
class ExtentMatrix:
    """Distinct incidents by facility and month; unknowns stand in a row and a column of their own."""

    facilities: tuple[str, ...]
    """Facility codes in order; the unknown facility is ``""`` and comes last."""
    months: tuple[str, ...]
    """``2020-02`` and so on in order; the unknown month is ``""`` and comes last."""
    counts: tuple[tuple[int, ...], ...]
    """One tuple per facility, one number per month."""
    incidents: int
    """All distinct incidents: equals the sum of ``counts``."""

    @property
    def facility_totals(self) -> tuple[int, ...]:
        return tuple(sum(row) for row in self.counts)

    @property
    def month_totals(self) -> tuple[int, ...]:
        return tuple(sum(column) for column in zip(*self.counts, strict=True)) if self.counts else ()
