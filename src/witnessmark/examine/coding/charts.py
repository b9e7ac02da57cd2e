"""The curves that let a reader see what was measured: footprint and quantiser by time."""

from __future__ import annotations

import numpy as np

from witnessmark.examine.coding.comb import Array, Period
from witnessmark.examine.coding.footprint import Coding
from witnessmark.examine.coding.series import CodedSeries
from witnessmark.model.consumer import Feature
from witnessmark.model.series import MOST_MARKS, Curve, thinned

QUANTISERS = 60
"""Of the pictures whose quantiser is known, drawn as a curve: six a second for ten seconds."""


def drawn(series: CodedSeries, coding: Coding, score: Array, found: Period | None) -> tuple[Feature, ...]:
    """Curve ``gop`` (with the recurrences of a period that was found) and curve ``qp``; those that hold something."""
    curves = []
    points = tuple((series.at_s(int(at)), float(score[at])) for at in np.flatnonzero(np.isfinite(score)))
    if points:
        marks: tuple[tuple[float, str], ...] = ()
        if found is not None:
            marks = tuple(
                (series.at_s(int(at)), f"every {found.period}" if not number else "")
                for number, at in enumerate(found.teeth[:MOST_MARKS])
            )
        curves.append(
            Curve(
                name="gop",
                title="How far each picture stands out as a former key picture does",
                x_label="time",
                x_unit="s",
                y_label="normal score among pictures of its kind",
                y_unit="",
                points=thinned(points),
                marks=marks,
            )
        )
    known = np.flatnonzero(np.isfinite(coding.quantiser))
    known = known[:: max(1, len(known) // QUANTISERS)]
    if len(known):
        curves.append(
            Curve(
                name="qp",
                title="Mean quantiser of each picture",
                x_label="time",
                x_unit="s",
                y_label="quantiser",
                y_unit="QP",
                points=thinned(tuple((series.at_s(int(at)), float(coding.quantiser[at])) for at in known)),
            )
        )
    return tuple(curve.to_feature() for curve in curves)
