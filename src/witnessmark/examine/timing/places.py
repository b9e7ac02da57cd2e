"""Places in a stream at which something is off, with how sure that is, and what to say of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from witnessmark.examine.contract import MethodCard
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.time import Span

GRADES = (Grade.OBSERVATION, Grade.WEAK, Grade.MODERATE, Grade.STRONG)
MOST_SPOKEN = 5
"""Places that get a finding of their own; the rest share one, so that a report stays readable."""
MOST_LISTED = 40
"""Places whose times are listed in that one."""


@dataclass(frozen=True, slots=True)
class Place:
    """One such place, in the ticks of its stream."""

    start_pts: int
    end_pts: int
    base: Fraction
    grade: Grade
    statement: str
    measurements: dict[str, Measurement] = field(default_factory=dict)
    traces: frozenset[str] = frozenset()
    """Which independent traces speak here: only different ones raise each other."""
    calibration: str = ""
    """What the grade rests on where that is not the measured rate of the kind."""

    @property
    def start_s(self) -> float:
        return float(self.start_pts * self.base)

    @property
    def end_s(self) -> float:
        return float(self.end_pts * self.base)


def raised(place: Place, because: str) -> Place:
    """One grade higher, because an independent trace points to the same place."""
    higher = GRADES[min(GRADES.index(place.grade) + 1, len(GRADES) - 1)]
    return replace(place, grade=higher, statement=f"{place.statement} {because}")


def _beside(place: Place, more: str) -> Place:
    """A second mark of the same trace: said, not counted (and not without end)."""
    longest = 600
    return place if len(place.statement) > longest else replace(place, statement=f"{place.statement} {more}")


def joint(places: Sequence[Place], within_s: float) -> tuple[Place, ...]:
    """Merge places that coincide within ``within_s``: independent traces of one event raise each other."""
    merged: list[Place] = []
    for place in sorted(places, key=lambda p: (p.start_s, p.end_s)):
        last = merged[-1] if merged else None
        if last is None or place.start_s > last.end_s + within_s:
            merged.append(place)
            continue
        strong, other = sorted((last, place), key=lambda p: -GRADES.index(p.grade))
        if other.traces <= strong.traces:
            both = strong if other.statement in strong.statement else _beside(strong, other.statement)
        else:
            both = raised(strong, other.statement)
        merged[-1] = replace(
            both,
            measurements={**other.measurements, **strong.measurements},
            traces=strong.traces | other.traces,
        )
    return tuple(merged)


def findings(
    card: MethodCard, kind: str, places: Iterable[Place], calibration: str, unit: str
) -> tuple[FindingCore, ...]:
    """One finding per place; beyond ``MOST_SPOKEN`` one for all the rest, called ``unit``."""
    ranked = sorted(places, key=lambda p: (-GRADES.index(p.grade), p.start_s))
    spoken, rest = ranked[:MOST_SPOKEN], ranked[MOST_SPOKEN:]
    cores = [
        card.finding(
            kind,
            Outcome.OBSERVED,
            place.statement,
            span=Span.of(place.start_pts, place.end_pts, place.base),
            measurements=place.measurements,
            grade=place.grade,
            calibration=place.calibration or calibration,
        )
        for place in sorted(spoken, key=lambda p: p.start_s)
    ]
    if rest:
        first = min(rest, key=lambda p: p.start_s)
        last = max(rest, key=lambda p: p.end_s)
        span = Span.of(first.start_pts, last.end_pts, first.base) if first.base == last.base else None
        starts = tuple(round(p.start_s, 3) for p in sorted(rest, key=lambda p: p.start_s)[:MOST_LISTED])
        cores.append(
            card.finding(
                kind,
                Outcome.OBSERVED,
                f"{len(rest)} further {unit}, each at most as clear as those named before.",
                span=span,
                measurements={"places": Measurement(len(rest)), "starts_s": Measurement(starts, "s")},
                grade=rest[0].grade,
                calibration=calibration,
            )
        )
    return tuple(cores)
