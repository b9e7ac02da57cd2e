"""If these fail, an edited video looks received or a received one edited, or rates are told that nobody measured."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.conftest import ROOT
from witnessmark.release.likeness import compare as likeness
from witnessmark.release.likeness.grid import Grid
from witnessmark.release.likeness.tolerance import shipped
from witnessmark.release.seal.planes import block_means

ROWS, COLUMNS, COUNT = 24, 40, 8


def sketches() -> np.ndarray:
    rng = np.random.default_rng(4)
    return rng.integers(60, 190, (1, ROWS, COLUMNS)).repeat(COUNT, 0).astype(np.uint8)


def red_of(video: np.ndarray, opened: np.ndarray | None = None) -> np.ndarray:
    known = np.ones((COUNT, ROWS, COLUMNS), bool) if opened is None else opened
    return likeness.compare(sketches(), video.astype(np.float32), known, shipped()).red


def lossy() -> np.ndarray:
    return sketches() + np.random.default_rng(5).normal(0, 3, (COUNT, ROWS, COLUMNS))


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (1.16, -19.0), (0.8, 30.0)])
def test_noise_and_the_brightness_of_the_whole_are_green(gain: float, offset: float) -> None:
    """The negative twin: every messenger's copy would be called a forgery."""
    assert not red_of(gain * lossy() + offset).any()


def test_an_edit_is_red_where_and_when_it_is() -> None:
    """Somebody could be painted out."""
    video = lossy()
    video[3:6, 9:14, 17:22] = 230
    red = red_of(video)
    assert [tuple(place) for place in np.argwhere(red)] == [(k, 1, 2) for k in (3, 4, 5)]


def test_one_bad_picture_is_not_an_edit_but_one_that_is_far_off_is() -> None:
    """A codec that fails once, right after a cut, would be called a forger."""
    video = lossy()
    video[3, 9:12, 17:20] += 30
    assert not red_of(video).any()
    video[3, 9:12, 17:20] += 80
    assert red_of(video).any()


def test_what_is_hidden_or_beside_it_is_not_compared() -> None:
    """The black of a box that a codec smears over its neighbours would be red."""
    opened = np.ones((COUNT, ROWS, COLUMNS), bool)
    opened[:, 8:16, 8:16] = False
    video = lossy()
    video[:, 7:17, 7:17] = 16
    assert not red_of(video, opened).any()
    video[:, 3:6, 8:16] = 16
    assert red_of(video, opened).any()


def test_a_video_of_something_else_or_of_nothing() -> None:
    """Another video would pass, or a missing one."""
    other = np.random.default_rng(6).integers(16, 236, (COUNT, ROWS, COLUMNS))
    assert red_of(other).mean() > 0.9
    nothing = likeness.compare(
        sketches(),
        np.full((COUNT, ROWS, COLUMNS), np.nan, np.float32),
        np.ones((COUNT, ROWS, COLUMNS), bool),
        shipped(),
    )
    assert np.isnan(nothing.scores).all() and not nothing.red.any()


def test_the_grid_of_an_unscaled_video_is_that_of_the_sketches() -> None:
    """The comparison would start with an error of its own."""
    luma = np.random.default_rng(7).integers(0, 256, (90, 150)).astype(np.uint8)
    means = Grid((150, 90), (150, 90), 0, 0, (150, 90)).means(luma)
    assert np.abs(means - block_means(luma)).max() <= 0.5 + 1e-3


def test_the_published_rates_are_those_of_the_bench() -> None:
    """LIMITS.md and the page would promise what nobody measured."""
    held = json.loads((ROOT / "bench/results/seal.json").read_text())
    tolerance = shipped()
    assert held["half"] == "measure"
    assert held["tolerance"] == {
        name: getattr(tolerance, name)
        for name in ("version", "spatial_share", "temporal_share", "single", "lasting")
    }
    said, asked = " ".join(tolerance.measured), held["asked"]
    for transcode in ("480p, crf 30", "360p, 350 kb/s"):
        assert held["benign"][transcode]["red"] == 0
        assert f"{held['benign'][transcode]['tiles']:,}" in said
    edits, tiles = asked["edits_from_strength_32"], asked["touched_tiles_from_strength_32"]
    assert f"{edits['found']} of {edits['of']} were red, in {tiles['found']} of {tiles['of']} tiles" in said
    assert f"interval from {100 * tiles['interval'][0]:.1f} %" in said
    retimed = held["benign"]["360p, 350 kb/s, 20 pictures a second"]
    assert f"{retimed['red_clips']} of {retimed['clips']} clips" in said
