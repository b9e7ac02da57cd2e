"""Families drawn: who descends from whom, and which stretches of the best copy each file shows.

Only geometry lives here, in SVG user units (1 unit = 1 CSS px at full width), rounded to a tenth so that the picture is
the same bytes everywhere; words and shapes are in ``templates/kin.html``. Layers: the nearer the original, the further
to the left (longest path from a root, as in Sugiyama, Tagawa, Toda 1981, without crossing reduction: families are
small). Every drawing is legible in black and white, and the table of relations says the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from witnessmark.model.codes import short_code
from witnessmark.model.relations import Relation
from witnessmark.release.report.content import FamilyRow
from witnessmark.release.report.lanes import Tick

WIDTH = 680.0
MOST_FAMILIES = 12
MOST_MEMBERS = 24
"""Drawn; more are told by their number, and stand in the table."""
BOX_WIDTH, BOX_HEIGHT = 92.0, 32.0
ROW_HEIGHT = 42.0
LEAST_GAP = 38.0
MARGIN = 6.0
LABEL_WIDTH, BAR_HEIGHT, STRIP_HEIGHT, AXIS_HEIGHT = 96.0, 12.0, 24.0, 30.0
NARROWEST = 1.5
TICKS = 6
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


@dataclass(frozen=True, slots=True)
class Box:
    """One file."""

    id: str
    code: str
    x: float
    y: float
    is_best: bool
    is_root: bool
    length_s: float


@dataclass(frozen=True, slots=True)
class Line:
    """From one box to another; an arrow where the direction is known, pointing at the derived file."""

    x1: float
    y1: float
    x2: float
    y2: float
    is_arrow: bool


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Strip:
    """One file beside the best copy: bars where it shows what the best copy shows, in the best copy's time."""

    code: str
    y: float
    is_best: bool
    bars: tuple[Bar, ...]
    beyond_s: float
    """Of the file's footage: what the best copy does not show."""


@dataclass(frozen=True, slots=True)
class Kin:
    """One family drawn."""

    family: FamilyRow
    left_out: int
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    strips: tuple[Strip, ...]
    strips_height: float
    ticks: tuple[Tick, ...]


def kin(families: Sequence[FamilyRow], relations: Sequence[Relation]) -> tuple[Kin, ...]:
    """The first MOST_FAMILIES families, drawn."""
    return tuple(_drawn(family, relations) for family in families[:MOST_FAMILIES])


def _drawn(family: FamilyRow, relations: Sequence[Relation]) -> Kin:
    members = family.members[:MOST_MEMBERS]
    columns = _columns(members, family.arrows)
    rows = max(len(column) for column in columns)
    step = min(
        BOX_WIDTH + 3 * LEAST_GAP,
        (WIDTH - 2 * MARGIN - BOX_WIDTH) / max(1, len(columns) - 1),
    )
    boxes = {}
    for number, column in enumerate(columns):
        for row, id_ in enumerate(column):
            boxes[id_] = Box(
                id_,
                short_code(id_),
                round(MARGIN + number * step, 1),
                round(MARGIN + (row + (rows - len(column)) / 2) * ROW_HEIGHT, 1),
                id_ == family.best,
                id_ in family.roots,
                family.length_s(id_),
            )
    strips, ticks = _strips(family, members, relations)
    return Kin(
        family=family,
        left_out=len(family.members) - len(members),
        height=round(2 * MARGIN + rows * ROW_HEIGHT, 1),
        boxes=tuple(boxes.values()),
        lines=tuple(_lines(family, boxes)),
        strips=strips,
        strips_height=round(len(strips) * STRIP_HEIGHT + AXIS_HEIGHT, 1),
        ticks=ticks,
    )


def _columns(members: Sequence[str], arrows: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Members by the longest way from a root; within a column in the order of the family."""
    nearer: dict[str, list[str]] = {}
    for derived, origin in arrows:
        nearer.setdefault(derived, []).append(origin)
    depth: dict[str, int] = {}

    def deep(id_: str) -> int:
        if id_ not in depth:
            depth[id_] = 0  # a circle cannot be: arrows were reduced; this ends one all the same
            depth[id_] = max((deep(other) + 1 for other in nearer.get(id_, ())), default=0)
        return depth[id_]

    columns: dict[int, list[str]] = {}
    for id_ in members:
        columns.setdefault(deep(id_), []).append(id_)
    return [columns[number] for number in sorted(columns)]


def _lines(family: FamilyRow, boxes: Mapping[str, Box]) -> list[Line]:
    """Arrows, and one plain line from each other root to the best copy: same footage, order unknown."""
    found = []
    middle = BOX_HEIGHT / 2
    for derived, origin in family.arrows:
        if derived in boxes and origin in boxes:
            one, other = boxes[origin], boxes[derived]
            found.append(
                Line(
                    round(one.x + BOX_WIDTH, 1),
                    round(one.y + middle, 1),
                    round(other.x - 1, 1),
                    round(other.y + middle, 1),
                    True,
                )
            )
    best = boxes[family.best]
    for id_ in family.roots:
        if id_ != family.best and id_ in boxes:
            box = boxes[id_]
            x = round(box.x + BOX_WIDTH / 2, 1)
            upper, lower = sorted((box.y, best.y))
            found.append(Line(x, round(upper + BOX_HEIGHT, 1), x, lower, False))
    return found


def _strips(
    family: FamilyRow, members: Sequence[str], relations: Sequence[Relation]
) -> tuple[tuple[Strip, ...], tuple[Tick, ...]]:
    best = family.stretches[family.best]
    first_s, last_s = min(start for start, _ in best), max(end for _, end in best)
    scale = (WIDTH - LABEL_WIDTH - 3 * MARGIN) / max(last_s - first_s, 0.001)

    def bar(start_s: float, end_s: float) -> Bar:
        x = LABEL_WIDTH + (max(start_s, first_s) - first_s) * scale
        return Bar(
            round(x, 1), round(max(NARROWEST, (min(end_s, last_s) - max(start_s, first_s)) * scale), 1)
        )

    strips = []
    for number, id_ in enumerate(members):
        if id_ == family.best:
            spans, own = list(best), list(best)
        else:
            spans, own = _shared(id_, family.best, relations)
        covered = sum(end - start for start, end in own)
        strips.append(
            Strip(
                short_code(id_),
                round(number * STRIP_HEIGHT, 1),
                id_ == family.best,
                tuple(bar(start, end) for start, end in sorted(spans)),
                max(0.0, family.length_s(id_) - covered),
            )
        )
    step_s = next((s for s in _STEPS_S if s >= (last_s - first_s) / TICKS), _STEPS_S[-1])
    start = math.ceil(first_s / step_s)
    ticks = tuple(
        Tick(round(LABEL_WIDTH + (number * step_s - first_s) * scale, 1), "", number * step_s)
        for number in range(start, int(last_s // step_s) + 1)
    )
    return tuple(strips), ticks


def _shared(
    id_: str, best: str, relations: Sequence[Relation]
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """(stretches in the best copy's time, in the file's own)."""
    theirs: list[tuple[float, float]] = []
    own: list[tuple[float, float]] = []
    for relation in relations:
        if relation.kind.shares_footage and relation.sides == {id_, best}:
            for segment in relation.segments:
                turned = segment if relation.source == id_ else segment.turned()
                own.append((turned.from_start_s, turned.from_end_s))
                theirs.append((turned.to_start_s, turned.to_end_s))
    return theirs, own


@dataclass(frozen=True, slots=True)
class Cell:
    x: float
    y: float
    code: str


@dataclass(frozen=True, slots=True)
class CameraFrame:
    """One camera and the recordings that share it."""

    y: float
    height: float
    cells: tuple[Cell, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(cell.code for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Cameras:
    height: float
    frames: tuple[CameraFrame, ...]


CELL_HEIGHT = 28.0
CAMERA_LABEL = 96.0


def cameras(clusters: Sequence[Sequence[str]]) -> Cameras | None:
    """A frame for each cluster, one below the other; None without any."""
    if not clusters:
        return None
    a_row = int((WIDTH - CAMERA_LABEL - 2 * MARGIN) // (BOX_WIDTH + MARGIN))
    frames = []
    y = MARGIN
    for cluster in clusters:
        cells = tuple(
            Cell(
                round(CAMERA_LABEL + (number % a_row) * (BOX_WIDTH + MARGIN), 1),
                round(y + MARGIN + (number // a_row) * CELL_HEIGHT, 1),
                short_code(id_),
            )
            for number, id_ in enumerate(cluster)
        )
        height = math.ceil(len(cluster) / a_row) * CELL_HEIGHT + MARGIN
        frames.append(CameraFrame(round(y, 1), round(height, 1), cells))
        y += height + MARGIN
    return Cameras(round(y, 1), tuple(frames))
