"""The exact tail of the rank test: without it the chance stated in every finding would be wrong by powers of ten."""

from __future__ import annotations

from math import comb as choose
from math import erfc, log10, sqrt

import numpy as np
import pytest

from witnessmark.examine.coding.comb import normal_scores
from witnessmark.examine.coding.permutation import log10_chance

DRAWINGS = 60_000


@pytest.mark.parametrize(("count", "drawn"), [(120, 4), (220, 8), (220, 20)])
def test_the_tail_is_that_of_drawing_without_looking(count: int, drawn: int) -> None:
    """Lost otherwise: the false-alarm probability. Beside 60,000 drawings, within their own uncertainty."""
    rng = np.random.default_rng(count + drawn)
    scores = normal_scores(rng.normal(size=count))
    sums = np.array([scores[rng.choice(count, drawn, replace=False)].sum() for _ in range(DRAWINGS // 10)])
    order = np.argpartition(rng.random((DRAWINGS, count)), drawn, axis=1)[:, :drawn]
    sums = np.concatenate([sums, scores[order].sum(axis=1)])
    for wanted in (1e-1, 1e-2, 1e-3):
        total = float(np.quantile(sums, 1 - wanted))
        assert log10_chance(scores, drawn, total) == pytest.approx(
            log10(float(np.mean(sums >= total))), abs=0.12
        )


def test_the_largest_scores_of_all_have_the_chance_of_counting() -> None:
    """Lost otherwise: few recurrences could never be found. A Gaussian tail gives them thirty times too much."""
    scores = normal_scores(np.arange(220.0))
    total = float(np.sort(scores)[-4:].sum())
    assert log10_chance(scores, 4, total) == pytest.approx(-log10(choose(220, 4)), abs=1e-6)
    deviations = total / sqrt(4 * float(scores.var()) * (1 - 4 / 220))
    assert log10(0.5 * erfc(deviations / sqrt(2))) > log10_chance(scores, 4, total) + 1.5


@pytest.mark.parametrize("total", [-3.0, 0.0])
def test_what_is_no_more_than_expected_has_no_chance_to_be_told(total: float) -> None:
    """The negative twin: no small number comes out of an ordinary draw."""
    assert log10_chance(normal_scores(np.arange(200.0)), 6, total) == 0.0


@pytest.mark.parametrize("scores", [np.zeros(50), np.r_[np.zeros(49), 1.0], np.repeat([0.0, 1.0], 25)])
def test_equal_scores_break_nothing(scores: np.ndarray) -> None:
    """Lost otherwise: a file of equal pictures would end in a failed finding."""
    for total in (0.5, 1.0, 3.0):
        assert log10_chance(scores, 5, total) <= 0.0
