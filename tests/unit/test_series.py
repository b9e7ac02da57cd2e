"""Series that examiners leave for the report."""

from __future__ import annotations

import pytest

from witnessmark.model.consumer import Feature
from witnessmark.model.series import Curve, Grid, Lane, Series, series_from_feature, thinned

CURVE = Curve(
    "clock", "Clock against time", "time", "s", "clock", "s", ((0.0, 1.5), (1.0, 2.5)), ((0.5, "jump"),)
)
LANE = Lane("floor", "Noise floor", ((0.0, 2.5, "quiet"),))
GRID = Grid("local", "Blocks", 2, 2, (0, 255, 3, 4), 1.25)


@pytest.mark.parametrize("series", [CURVE, LANE, GRID])
def test_a_series_comes_back_as_it_went(series: Series) -> None:
    """Lost otherwise: a chart in court would show other points than were measured."""
    assert series_from_feature(series.to_feature()) == series


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"shape":"curve"}',
        b'{"shape":"grid","name":"a","title":"b","columns":65,"rows":1,"values":[],"at_s":0}',
        b'{"shape":"grid","name":"a","title":"b","columns":1,"rows":1,"values":[256],"at_s":0}',
        b'{"shape":"lane","name":"a","title":"' + b"x" * 200 + b'","spans":[]}',
    ],
)
def test_what_is_no_series_is_refused(data: bytes) -> None:
    """Lost otherwise: an exploited decoder could break the report with a made-up chart."""
    with pytest.raises(ValueError, match="series"):
        series_from_feature(Feature("series.x", 1, data))


def test_thinning_keeps_the_peak() -> None:
    """Lost otherwise: the one jump that matters would vanish from the chart."""
    points = [(float(i), 0.0) for i in range(100_000)]
    points[54_321] = (54_321.0, 9.0)
    kept = thinned(points)
    assert (54_321.0, 9.0) in kept
    assert len(kept) <= 2000
