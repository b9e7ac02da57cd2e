"""The second design of recompression: without it a coarse last encoding would hide the first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.corpus import encodings
from tests.corpus.clips import Scene
from tests.unit.examine.test_recompression import examined, synthetic
from witnessmark.examine.coding import comb, designs
from witnessmark.examine.coding.decisions import decisions, features, surprise
from witnessmark.examine.coding.footprint import Coding, footprint


def with_quantiser(coding: Coding, *, every: int = 0, seed: int = 1) -> Coding:
    """A quantiser that wanders; it climbs towards every ``every``-th picture and falls there."""
    rng = np.random.default_rng(seed)
    count = len(coding.types)
    quantiser = 24 + np.cumsum(rng.normal(0, 0.03, count)) + rng.normal(0, 0.1, count)
    if every:
        quantiser += 0.9 * (np.arange(count) % every) / every
    return replace(coding, quantiser=quantiser)


def test_a_quantiser_that_falls_behind_old_key_pictures_is_found() -> None:
    """Lost otherwise: the trace that a coarse last encoding cannot wipe."""
    coding = with_quantiser(synthetic(300, seed=4), every=15)
    found = designs.best(designs.tried(coding))
    assert (found.name, found.found.period, found.found.phase) == ("decisions", 15, 0)  # type: ignore[union-attr]
    assert found.found is not None and found.found.log10_chance < -3
    alone = designs.alone("footprint", footprint(coding)).found
    assert alone is not None and alone.log10_chance > -3


def test_a_quantiser_that_wanders_is_nothing() -> None:
    """The negative twin."""
    for seed in range(8):
        best = designs.best(designs.tried(with_quantiser(synthetic(300, seed=seed), seed=seed))).found
        assert best is not None and best.log10_chance > -3


def test_what_falls_with_the_own_groups_is_nothing() -> None:
    """Lost otherwise: every recorder whose quantiser climbs within its groups would alarm."""
    coding = with_quantiser(synthetic(300, seed=6, own=25), every=25)
    best = designs.best(designs.tried(coding)).found
    assert best is not None and best.log10_chance > -3


def test_two_designs_keep_the_false_alarms_of_one() -> None:
    """Lost otherwise: the more one looks, the more one would find."""
    chances = []
    for seed in range(300, 360):
        coding = with_quantiser(synthetic(200, seed=seed), seed=seed)
        found = designs.best(designs.tried(coding)).found
        assert found is not None
        chances.append(found.log10_chance)
    assert sum(chance < -1 for chance in chances) <= 13  # 6 expected at most; 13 leaves 0.4 % to bad luck
    assert sum(chance < -2 for chance in chances) <= 4


@pytest.mark.parametrize("stretch", ["BP", "BBP", "BBBP", "BBBBP"])
def test_a_fixed_pattern_of_b_pictures_surprises_nobody(stretch: str) -> None:
    """Lost otherwise: layers of B pictures would be a rhythm, and its multiples groups."""
    assert float(np.abs(surprise("I" + stretch * 40)[12:]).max()) < 0.05


def test_b_pictures_on_both_sides_of_a_border_are_told() -> None:
    """Lost otherwise: where the encoder put its B pictures, which no quantiser can wipe, would not be read."""
    rng = np.random.default_rng(9)
    types = np.where(rng.random(300) < 0.4, "B", "P")
    for border in range(20, 300, 20):
        types[border - 1 : border + 1] = "B"
    types[0] = "I"
    none = np.full(300, np.nan)
    coding = Coding("".join(types), 500 + 20 * rng.random(300), none, False, none, none, none, none)
    score = features(coding)
    border = np.arange(20, 300, 20)
    assert float(np.nanmean(score["B type before"][border])) > 0.4
    assert abs(float(np.nanmean(score["B type before"]))) < 0.05


def test_pictures_coded_by_themselves_have_no_such_decisions() -> None:
    """Motion JPEG keeps the first design alone, with the whole allowance."""
    none = np.full(150, np.nan)
    coding = Coding("I" * 150, np.linspace(900, 1100, 150), none, True, none, none, none, none)
    assert decisions(coding) is None
    assert [one.name for one in designs.tried(coding)] == ["footprint"]


def test_the_last_encoding_may_be_coarser_than_the_first(tmp_path: Path) -> None:
    """Lost otherwise: an export at a lower quality, the most usual one, would hide the camera's groups.

    Three of five clips: what is read are decisions of x264's macroblock tree, and its bytes differ from run to run
    (``ground/media/encode.STEADY``). Without the tree nothing is left to read, which the page says.
    """
    coarse, found = encodings.x264(31, None), []
    for seed in range(71, 76):
        scene = Scene((192, 144), seed, style="pan", noise=1.0, speed=0.6)
        raw = [scene.picture(k) for k in range(240)]
        camera = encodings.camera(12, 0.2, constant=False)
        first = encodings.encode(raw, tmp_path / f"first {seed}", camera, 25)
        core = examined(encodings.encode(encodings.decoded(first), tmp_path / f"again {seed}", coarse, 25))
        held = core.measurements
        assert held["qp_p"].value > examined(first).measurements["qp_p"].value + 6  # type: ignore[operator]
        if core.must_be_explained:
            found.append((held["hidden_group_pictures"].value, held["found_by"].value))
        assert not examined(encodings.encode(raw, tmp_path / f"once {seed}", coarse, 25)).must_be_explained
    assert len(found) >= 3 and set(found) == {(12, "decisions")}


def test_the_strongest_comb_is_counted_among_all_that_were_tried() -> None:
    """Lost otherwise: many combs are tried, and one of them always looks strong."""
    rng = np.random.default_rng(12)
    found = [
        comb.strongest(comb.scores(rng.normal(size=240), np.zeros(240, dtype=np.int64))) for _ in range(60)
    ]
    assert sum(one is not None and one.log10_chance < -1 for one in found) <= 13  # 6 expected at most
