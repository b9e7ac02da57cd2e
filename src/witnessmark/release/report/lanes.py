"""Where things stand on a drawing: lanes over file time, answers over days, the matrix of extent.

Only geometry lives here, in SVG user units (1 unit = 1 CSS px at full width); words and shapes are in the
templates. Positions are rounded to a tenth of a unit so that the picture is the same bytes everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from witnessmark.model.findings import MUST_BE_EXPLAINED, Finding, Outcome
from witnessmark.model.follow_up import Answer, ExtentMatrix
from witnessmark.release.report.language import LONGEST_S

WIDTH = 680.0
"""Width of a drawing: the text width of an A4 page at 96 px per inch with margins of 15 mm."""
LABEL_WIDTH = 190.0
DATE_HALF_WIDTH = 30.0
"""Half of a written day, so that the last one is not cut off."""
RIGHT_MARGIN = 16.0
LANE_HEIGHT = 26.0
HEAD_HEIGHT = 10.0
AXIS_HEIGHT = 34.0
MARK_MIN_WIDTH = 5.0
"""A cut lasts one frame: it must still be seen on paper."""
TICKS_WANTED = 8
MONTHS_PER_BLOCK = 14
"""So that numbers in the cells stay readable; more months go on in the next block."""
CELL_WIDTH = 34.0
CELL_HEIGHT = 26.0
MONTH_HEAD_HEIGHT = 58.0
_STEPS = (1.0, 2.0, 5.0, 10.0)
_CLOCK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
_DAY_STEPS = (1, 2, 7, 14, 30, 91, 182, 365, 730, 1825, 3650)


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    text: str
    """An ISO date or month; empty where only ``value`` counts."""
    value: float = 0.0
    """Seconds of the file, to be written with ``digits`` decimals."""
    digits: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    width: float
    count: int
    """How many findings fall on this place of the drawing."""
    must_be_explained: bool


@dataclass(frozen=True, slots=True)
class Lane:
    kind: str
    finding_class: str
    """history, continuity, conflict, or empty."""
    y: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class LaneChart:
    height: float
    axis_y: float
    ticks: tuple[Tick, ...]
    lanes: tuple[Lane, ...]


def _step_s(length_s: float) -> float:
    """A step that a person reads: 1, 2, 5 below a second, then those of a clock."""
    raw = length_s / TICKS_WANTED
    for step in _CLOCK_STEPS_S:
        if 1 <= raw <= step:
            return float(step)
    magnitude = 10.0 ** math.floor(math.log10(raw))
    return next(step * magnitude for step in _STEPS if raw <= step * magnitude)


def lane_chart(findings: Sequence[Finding], duration_s: float | None) -> LaneChart | None:
    """A lane per kind that was observed somewhere in time; None where nothing has a place in time."""
    placed: dict[str, list[tuple[float, float, bool]]] = {}
    for finding in findings:
        span = finding.core.span
        if span is None or finding.core.outcome is not Outcome.OBSERVED:
            continue
        start_s = max(-LONGEST_S, min(LONGEST_S, span.start.seconds))
        end_s = max(start_s, min(LONGEST_S, span.end.seconds))
        placed.setdefault(finding.core.kind, []).append((start_s, end_s, finding.core.must_be_explained))
    if not placed:
        return None
    spans = [span for lane in placed.values() for span in lane]
    declared = duration_s if duration_s is not None and 0 < duration_s < LONGEST_S else 0.0
    first_s = min(0.0, *(start for start, _, _ in spans))
    last_s = max(declared, *(end for _, end, _ in spans))
    length_s = max(last_s - first_s, 0.001)
    scale = (WIDTH - LABEL_WIDTH - RIGHT_MARGIN) / length_s
    lanes = []
    for row, kind in enumerate(sorted(placed, key=_lane_order)):
        lanes.append(
            Lane(
                kind,
                str(MUST_BE_EXPLAINED.get(kind, "")),
                round(HEAD_HEIGHT + row * LANE_HEIGHT, 1),
                _marks(placed[kind], first_s, scale),
            )
        )
    step_s = _step_s(length_s)
    ticks = []
    index = math.ceil(first_s / step_s)
    while index * step_s <= last_s:
        at_s = index * step_s
        digits = max(0, -math.floor(math.log10(step_s))) if step_s < 1 else 0
        ticks.append(Tick(round(LABEL_WIDTH + (at_s - first_s) * scale, 1), "", at_s, digits))
        index += 1
    axis_y = HEAD_HEIGHT + len(lanes) * LANE_HEIGHT
    return LaneChart(round(axis_y + AXIS_HEIGHT, 1), round(axis_y, 1), tuple(ticks), tuple(lanes))


def _lane_order(kind: str) -> tuple[int, str]:
    """Conflict first, then continuity, history and the rest."""
    order = {"conflict": 0, "continuity": 1, "history": 2}
    return order.get(str(MUST_BE_EXPLAINED.get(kind, "")), 3), kind


def _marks(spans: Sequence[tuple[float, float, bool]], first_s: float, scale: float) -> tuple[Mark, ...]:
    """Marks that would fall on the same place are drawn once and counted."""
    counts: dict[tuple[float, float, bool], int] = {}
    for start_s, end_s, marked in sorted(spans):
        width = max(MARK_MIN_WIDTH, (end_s - start_s) * scale)
        x = min(LABEL_WIDTH + (start_s - first_s) * scale, WIDTH - RIGHT_MARGIN - width + MARK_MIN_WIDTH)
        key = (round(x), round(width), marked)
        counts[key] = counts.get(key, 0) + 1
    return tuple(Mark(x, width, count, marked) for (x, width, marked), count in sorted(counts.items()))


@dataclass(frozen=True, slots=True)
class AnswerRow:
    answer: Answer
    y: float
    x: float | None
    """None: its day is not known."""
    end_x: float
    """To the day of the report where it is open, else where it began."""
    due_x: float | None


@dataclass(frozen=True, slots=True)
class AnswerChart:
    height: float
    axis_y: float
    ticks: tuple[Tick, ...]
    rows: tuple[AnswerRow, ...]
    as_of_x: float


def answer_chart(answers: Sequence[Answer], as_of: date) -> AnswerChart | None:
    """A row per answer from its day to the day of the report; None without answers."""
    if not answers:
        return None
    days = [_day(answer.response.on.text) for answer in answers]
    dues = [_day(answer.response.due.text) if answer.response.due else None for answer in answers]
    known = [day for day in (*days, *dues) if day is not None]
    first = min([*known, as_of])
    last = max([*known, as_of, first + timedelta(days=1)])
    scale = (WIDTH - LABEL_WIDTH - RIGHT_MARGIN * 2) / (last - first).days

    def x_of(day: date) -> float:
        return round(LABEL_WIDTH + RIGHT_MARGIN + (day - first).days * scale, 1)

    rows = []
    for row, (answer, day, due) in enumerate(zip(answers, days, dues, strict=True)):
        x = None if day is None else x_of(day)
        end_x = x_of(max(as_of, day)) if day is not None and answer.response.state == "open" else (x or 0.0)
        y = round(HEAD_HEIGHT + row * LANE_HEIGHT, 1)
        rows.append(AnswerRow(answer, y, x, end_x, None if due is None else x_of(due)))
    raw_step = (last - first).days / (TICKS_WANTED - 2)
    step = next((days for days in _DAY_STEPS if days >= raw_step), _DAY_STEPS[-1])
    count = (last - first).days // step
    ticks = tuple(
        Tick(x_of(day), day.isoformat())
        for day in (first + timedelta(days=i * step) for i in range(count + 1))
    )
    axis_y = HEAD_HEIGHT + len(rows) * LANE_HEIGHT
    return AnswerChart(round(axis_y + AXIS_HEIGHT, 1), round(axis_y, 1), ticks, tuple(rows), x_of(as_of))


def _day(text: str) -> date | None:
    """A day of an ISO text; the first day of a month or year where no more was said; None for no date."""
    return date.fromisoformat((text + "0001-01-01"[len(text) :])[:10]) if text else None


@dataclass(frozen=True, slots=True)
class Cell:
    x: float
    y: float
    count: int
    shade: int
    """0 to 4, by share of the largest cell."""


@dataclass(frozen=True, slots=True)
class ExtentBlock:
    width: float
    height: float
    months: tuple[Tick, ...]
    rows: tuple[tuple[float, str], ...]
    """Centre of the row and facility code."""
    cells: tuple[Cell, ...]


def extent_blocks(matrix: ExtentMatrix) -> tuple[ExtentBlock, ...]:
    """The matrix in blocks of at most MONTHS_PER_BLOCK months, each as wide as a page."""
    largest = max((count for row in matrix.counts for count in row), default=0)
    blocks = []
    for start in range(0, len(matrix.months), MONTHS_PER_BLOCK):
        months = matrix.months[start : start + MONTHS_PER_BLOCK]
        heads = tuple(
            Tick(round(LABEL_WIDTH + (column + 0.5) * CELL_WIDTH, 1), month)
            for column, month in enumerate(months)
        )
        rows = tuple(
            (round(MONTH_HEAD_HEIGHT + (row + 0.5) * CELL_HEIGHT, 1), code)
            for row, code in enumerate(matrix.facilities)
        )
        cells = tuple(
            Cell(
                round(LABEL_WIDTH + column * CELL_WIDTH, 1),
                round(MONTH_HEAD_HEIGHT + row * CELL_HEIGHT, 1),
                count,
                0 if not count else max(1, math.ceil(4 * count / largest)),
            )
            for row, line in enumerate(matrix.counts)
            for column, count in enumerate(line[start : start + MONTHS_PER_BLOCK])
        )
        height = MONTH_HEAD_HEIGHT + len(matrix.facilities) * CELL_HEIGHT + 4
        blocks.append(ExtentBlock(WIDTH, round(height, 1), heads, rows, cells))
    return tuple(blocks)
