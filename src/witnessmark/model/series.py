"""What people would rather look at than read: curves over time, lanes, maps of the picture.

An examiner returns a series as a Feature; the report draws any of them without knowing the method. Bounded,
and written as RFC 8785 JSON, so that the same measurement is drawn the same way every time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import rfc8785

from witnessmark.model.consumer import Feature

PREFIX = "series."
VERSION = 1
MOST_POINTS = 2000
"""More than twice what a printed page can show side by side (about 800 dots)."""
MOST_MARKS = 100
MOST_SPANS = 400
MOST_CELLS_A_SIDE = 64
TEXT = 160
DIGITS = 6
"""Decimals kept: a microsecond in a time, far below what any of the methods measures."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A value against another (mostly time). ``points`` are (x, y); ``marks`` are x with a few words."""

    name: str
    title: str
    x_label: str
    x_unit: str
    y_label: str
    y_unit: str
    points: tuple[tuple[float, float], ...]
    marks: tuple[tuple[float, str], ...] = ()
    joined: bool = True
    """Whether a line joins the points; single readings stay dots."""

    def to_feature(self) -> Feature:
        return _feature("curve", self)


@dataclass(frozen=True, slots=True)
class Lane:
    """Stretches of time with a label each: (start_s, end_s, label)."""

    name: str
    title: str
    spans: tuple[tuple[float, float, str], ...]

    def to_feature(self) -> Feature:
        return _feature("lane", self)


@dataclass(frozen=True, slots=True)
class Grid:
    """A map of the picture: ``values`` row by row from the top left, 0 (like its surroundings) to 255."""

    name: str
    title: str
    columns: int
    rows: int
    values: tuple[int, ...]
    at_s: float
    """Where in the recording."""

    def to_feature(self) -> Feature:
        return _feature("grid", self)


Series = Curve | Lane | Grid


def thinned(
    points: Sequence[tuple[float, float]], most: int = MOST_POINTS
) -> tuple[tuple[float, float], ...]:
    """Of every stretch of points the lowest and the highest, so that no peak is lost; at most ``most``."""
    if len(points) <= most:
        return tuple(points)
    stretch = -(-len(points) // (most // 2))
    kept: list[tuple[float, float]] = []
    for start in range(0, len(points), stretch):
        part = range(start, min(start + stretch, len(points)))
        ends = {min(part, key=lambda i: points[i][1]), max(part, key=lambda i: points[i][1])}
        kept.extend(points[i] for i in sorted(ends))
    return tuple(kept)


def _feature(shape: str, series: Series) -> Feature:
    document = {"shape": shape, **_rounded(asdict(series))}
    _check(document)
    return Feature(PREFIX + series.name, VERSION, rfc8785.dumps(document))


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _rounded(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    if isinstance(value, float):
        return round(value, DIGITS)
    return value


def series_from_feature(feature: Feature) -> Series:
    """The series in a feature. It came out of the jail: ValueError for anything that is not a bounded series."""
    if not feature.name.startswith(PREFIX) or feature.version != VERSION:
        raise ValueError("the feature is no series of this version")
    try:
        document = dict(json.loads(feature.data))
        _check(document)
        if document["shape"] == "curve":
            points = tuple((float(x), float(y)) for x, y in document["points"])
            marks = tuple((float(x), str(text)) for x, text in document["marks"])
            return Curve(
                str(document["name"]),
                str(document["title"]),
                str(document["x_label"]),
                str(document["x_unit"]),
                str(document["y_label"]),
                str(document["y_unit"]),
                points,
                marks,
                bool(document["joined"]),
            )
        if document["shape"] == "lane":
            spans = tuple((float(a), float(b), str(text)) for a, b, text in document["spans"])
            return Lane(str(document["name"]), str(document["title"]), spans)
        return Grid(
            str(document["name"]),
            str(document["title"]),
            int(document["columns"]),
            int(document["rows"]),
            tuple(int(v) for v in document["values"]),
            float(document["at_s"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("the feature is no series") from error


def _check(document: Mapping[str, Any]) -> None:
    """ValueError for what is out of bounds."""
    texts = [v for v in document.values() if isinstance(v, str)]
    texts += [span[-1] for span in (*document.get("spans", ()), *document.get("marks", ()))]
    sizes = (
        len(document.get("points", ())) <= MOST_POINTS
        and len(document.get("marks", ())) <= MOST_MARKS
        and len(document.get("spans", ())) <= MOST_SPANS
    )
    fits = True
    if document.get("shape") == "grid":
        columns, rows = document["columns"], document["rows"]
        fits = (
            1 <= columns <= MOST_CELLS_A_SIDE
            and 1 <= rows <= MOST_CELLS_A_SIDE
            and len(document["values"]) == columns * rows
            and all(0 <= v <= 255 for v in document["values"])
        )
    known = document.get("shape") in ("curve", "lane", "grid")
    if not (known and sizes and fits and all(len(text) <= TEXT for text in texts)):
        raise ValueError("a series is out of its bounds")
