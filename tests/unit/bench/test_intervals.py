"""Exact intervals: checked against published values."""

from __future__ import annotations

import pytest

from witnessmark.model.intervals import clopper_pearson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (0, 30, 0.0, 0.1157),
        (0, 300, 0.0, 0.0122),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.6915, 1.0),
        (0, 0, 0, 1),
    ],
)
def test_intervals_of_the_tables(k: int, n: int, low: float, high: float) -> None:
    """Or a report would claim more than its trials allow."""
    assert clopper_pearson(k, n) == pytest.approx((low, high), abs=5e-5)
