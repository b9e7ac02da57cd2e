"""Curves, lanes and maps that methods leave (``model/series.py``), laid out for paper without knowing the method.

Only geometry lives here, in SVG user units (1 unit = 1 CSS px at full width), rounded to a tenth so that the
picture is the same bytes everywhere; words and shapes are in the templates. Every drawing is legible in black
and white and has a table: of a curve the lowest and highest value in equal stretches, of lanes all spans up to
a page, of a map its highest cells. The digest names the whole series, so that no point is hidden by the thinning.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from witnessmark.model.series import Curve, Grid, Lane, Series

WIDTH = 680.0
"""Width of a drawing: the text width of an A4 page at 96 px per inch with margins of 15 mm."""
LEFT = 78.0
RIGHT = 18.0
TOP = 20.0
CURVE_HEIGHT = 170.0
AXIS_HEIGHT = 38.0
LANE_LABEL_WIDTH = 170.0
LANE_HEIGHT = 22.0
MOST_LANES = 10
"""Labels beyond are drawn together in one last row, and named in the table."""
MARK_MIN_WIDTH = 1.5
TABLE_ROWS = 16
LANE_ROWS = 40
GRID_ROWS = 12
MAP_WIDTH = 420.0
LONGEST_CELL = 24.0
GREYS = 16
"""Steps of grey of a map: what a laser printer keeps apart."""
X_TICKS = 8
Y_TICKS = 5
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_CLOCK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)


@dataclass(frozen=True, slots=True)
class At:
    """A place on an axis and the value that is written there."""

    at: float
    value: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of a curve: in this stretch of x the lowest and highest y."""

    start: float
    end: float
    low: float
    high: float
    points: int


@dataclass(frozen=True, slots=True)
class CurvePlot:
    series: Curve
    digest: str
    height: float
    axis_y: float
    path: str
    """SVG path data: a line through the points, or a dash for each."""
    x_ticks: tuple[At, ...]
    y_ticks: tuple[At, ...]
    y_digits: int
    marks: tuple[tuple[float, int, float, str], ...]
    """(place, number, x value, words)."""
    rows: tuple[Row, ...]
    shape: str = "curve"


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class LaneRow:
    label: str
    """Empty for the row of all further labels."""
    y: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class LanePlot:
    series: Lane
    digest: str
    height: float
    axis_y: float
    x_ticks: tuple[At, ...]
    lanes: tuple[LaneRow, ...]
    listed: tuple[tuple[float, float, str], ...]
    unlisted: int
    shape: str = "lane"


@dataclass(frozen=True, slots=True)
class Patch:
    """Cells of one grey beside each other."""

    x: float
    y: float
    width: float
    grey: int
    """0 white to 15 black."""


@dataclass(frozen=True, slots=True)
class GridPlot:
    series: Grid
    digest: str
    width: float
    height: float
    cell: float
    patches: tuple[Patch, ...]
    highest: tuple[tuple[int, int, int], ...]
    """(column, row, value), counted from 1 at the top left; the highest values first."""
    shape: str = "grid"


Plot = CurvePlot | LanePlot | GridPlot


def plots(series: Sequence[Series]) -> tuple[Plot, ...]:
    """All drawings of an item, by the name of the series; a series without a single value is left out."""
    made: list[Plot] = []
    for one in sorted(series, key=lambda s: s.name):
        plot = _plot(one)
        if plot is not None:
            made.append(plot)
    return tuple(made)


def _plot(series: Series) -> Plot | None:
    digest = hashlib.sha256(series.to_feature().data).hexdigest()
    if isinstance(series, Curve):
        return _curve(series, digest) if _finite(series.points) else None
    if isinstance(series, Lane):
        return _lanes(series, digest) if series.spans else None
    return _grid(series, digest)


def _finite(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]


def _ticks(low: float, high: float, wanted: int, *, clock: bool = False) -> tuple[tuple[float, ...], int]:
    """Round values between ``low`` and ``high`` and the decimals that they need."""
    raw = max(high - low, 1e-9) / wanted
    step = next((float(s) for s in _CLOCK_STEPS_S if clock and 1 <= raw <= s), 0.0)
    if not step:
        magnitude = 10.0 ** math.floor(math.log10(raw))
        step = next(s * magnitude for s in _STEPS if raw <= s * magnitude * 1.0000001)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step, digits) != round(step, digits + 1):
        digits += 1
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple(round(index * step, digits + 2) for index in range(first, last + 1)), digits


def _curve(series: Curve, digest: str) -> CurvePlot:
    points = _finite(series.points)
    marks = [(x, text) for x, text in series.marks if math.isfinite(x)]
    x_low = min(x for x, _ in (*points, *((m, 0.0) for m, _ in marks)))
    x_high = max(x for x, _ in (*points, *((m, 0.0) for m, _ in marks)))
    y_low, y_high = min(y for _, y in points), max(y for _, y in points)
    if y_high - y_low < 1e-9 * max(1.0, abs(y_high)):
        y_low, y_high = y_low - 1, y_high + 1
    room = 0.06 * (y_high - y_low)
    y_low, y_high = y_low - room, y_high + room
    x_scale = (WIDTH - LEFT - RIGHT) / max(x_high - x_low, 1e-9)
    y_scale = CURVE_HEIGHT / (y_high - y_low)
    axis_y = TOP + CURVE_HEIGHT

    def place(x: float, y: float) -> tuple[float, float]:
        return round(LEFT + (x - x_low) * x_scale, 1), round(axis_y - (y - y_low) * y_scale, 1)

    placed = [place(x, y) for x, y in points]
    placed = [at for at, _ in groupby(placed)]
    if series.joined:
        path = "M" + "L".join(f"{x:g} {y:g}" for x, y in placed)
        path += "h1" if len(placed) == 1 else ""
    else:
        path = "".join(f"M{x - 1.5:g} {y:g}h3" for x, y in dict.fromkeys(placed))
    x_values, _ = _ticks(x_low, x_high, X_TICKS, clock=series.x_unit == "s")
    y_values, y_digits = _ticks(y_low, y_high, Y_TICKS)
    return CurvePlot(
        series,
        digest,
        axis_y + AXIS_HEIGHT,
        axis_y,
        path,
        tuple(At(place(v, y_low)[0], v) for v in x_values),
        tuple(At(place(x_low, v)[1], v) for v in y_values),
        y_digits,
        tuple((place(x, y_low)[0], n, x, text) for n, (x, text) in enumerate(marks, 1)),
        _stretches(points, x_low, x_high),
    )


def _stretches(points: Sequence[tuple[float, float]], x_low: float, x_high: float) -> tuple[Row, ...]:
    """The curve as a table: equal stretches of x, those without a point left out."""
    if len(points) <= TABLE_ROWS:
        return tuple(Row(x, x, y, y, 1) for x, y in points)
    length = max(x_high - x_low, 1e-9) / TABLE_ROWS
    found: dict[int, list[tuple[float, float]]] = {}
    for x, y in points:
        found.setdefault(min(TABLE_ROWS - 1, int((x - x_low) / length)), []).append((x, y))
    return tuple(
        Row(
            min(x for x, _ in part),
            max(x for x, _ in part),
            min(y for _, y in part),
            max(y for _, y in part),
            len(part),
        )
        for _, part in sorted(found.items())
    )


def _lanes(series: Lane, digest: str) -> LanePlot:
    spans = sorted((a, b, text) for a, b, text in series.spans if math.isfinite(a) and math.isfinite(b))
    low, high = min(a for a, _, _ in spans), max(b for _, b, _ in spans)
    low = min(low, 0.0)
    scale = (WIDTH - LANE_LABEL_WIDTH - RIGHT) / max(high - low, 1e-9)
    labels = list(dict.fromkeys(text for _, _, text in spans))
    kept = labels if len(labels) <= MOST_LANES else labels[: MOST_LANES - 1]
    names = [*kept, *([""] if len(kept) < len(labels) else [])]
    rows = []
    for number, name in enumerate(names):
        bars = tuple(
            dict.fromkeys(
                Bar(
                    round(LANE_LABEL_WIDTH + (a - low) * scale, 1),
                    round(max(MARK_MIN_WIDTH, (b - a) * scale), 1),
                )
                for a, b, text in spans
                if text == name or (not name and text not in kept)
            )
        )
        rows.append(LaneRow(name, round(TOP / 2 + number * LANE_HEIGHT, 1), bars))
    axis_y = TOP / 2 + len(rows) * LANE_HEIGHT
    values, _ = _ticks(low, high, X_TICKS, clock=True)
    ticks = tuple(At(round(LANE_LABEL_WIDTH + (v - low) * scale, 1), v) for v in values)
    return LanePlot(
        series,
        digest,
        axis_y + AXIS_HEIGHT,
        axis_y,
        ticks,
        tuple(rows),
        tuple(spans[:LANE_ROWS]),
        max(0, len(spans) - LANE_ROWS),
    )


def _grid(series: Grid, digest: str) -> GridPlot:
    cell = round(min(LONGEST_CELL, MAP_WIDTH / series.columns), 1)
    patches = []
    for row in range(series.rows):
        line = series.values[row * series.columns : (row + 1) * series.columns]
        column = 0
        for grey, run in groupby(value * (GREYS - 1) // 255 for value in line):
            length = len(list(run))
            if grey:
                patches.append(
                    Patch(round(column * cell, 1), round(row * cell, 1), round(length * cell, 1), grey)
                )
            column += length
    ranked = sorted(range(len(series.values)), key=lambda i: (-series.values[i], i))[:GRID_ROWS]
    highest = tuple((i % series.columns + 1, i // series.columns + 1, series.values[i]) for i in ranked)
    return GridPlot(
        series,
        digest,
        round(cell * series.columns, 1),
        round(cell * series.rows, 1),
        cell,
        tuple(patches),
        highest,
    )
