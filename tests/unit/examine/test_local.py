"""Screening of the parts of a picture: it points, and never alarms."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.corpus.clips import Encode, Picture, Scene, write_clip
from tests.support.reels import findings_of
from witnessmark.examine.examination import examine_file
from witnessmark.examine.picture import patches
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.model.findings import Grade, Outcome
from witnessmark.model.series import Grid, series_from_feature

FPS = 2
SECONDS = 24


def _enlarged(rng: np.random.Generator, height: int, width: int) -> NDArray[np.uint8]:
    """Noise texture, enlarged by a third with linear interpolation, as a pasted picture is."""
    small = rng.normal(120, 40, (height * 3 // 4 + 2, width * 3 // 4 + 2))
    y, x = np.arange(height) * 0.75, np.arange(width) * 0.75
    y0, x0 = y.astype(int), x.astype(int)
    fy, fx = (y - y0)[:, None], (x - x0)[None, :]
    rows = small[y0] * (1 - fy) + small[y0 + 1] * fy
    return np.clip(rows[:, x0] * (1 - fx) + rows[:, x0 + 1] * fx, 0, 255).astype(np.uint8)


def _clip(path: Path, *, pasted: bool) -> Path:
    scene = Scene((640, 360), 5, style="static", noise=3.0)
    box = _enlarged(np.random.default_rng(9), 90, 160)
    pictures: list[Picture] = []
    for k in range(FPS * SECONDS):
        picture = scene.picture(k).copy()
        if pasted:
            picture[90:180, 320:480] = box
        pictures.append(picture)
    write_clip(
        path, pictures, tuple(range(len(pictures))), Fraction(1, FPS), Fraction(FPS), Encode(crf=12), None
    )
    return path


def test_pasted_box_is_on_the_map_and_is_only_an_observation(tmp_path: Path) -> None:
    """Or the screening would be blind, or would accuse."""
    path = _clip(tmp_path / "pasted.mp4", pasted=True)
    with path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), path.stat().st_size)
        held.seek(0)
        given = examine_file(held, path.stat().st_size, kind, only=("local",))
    (core,) = given.cores
    assert (core.outcome, core.grade) == (Outcome.OBSERVED, Grade.OBSERVATION)
    assert not core.must_be_explained
    (grid,) = [series_from_feature(f) for f in given.features if f.name == "series.local"]
    assert isinstance(grid, Grid)
    values = np.reshape(grid.values, (grid.rows, grid.columns))
    inside = values[
        grid.rows * 95 // 360 : grid.rows * 175 // 360, grid.columns * 330 // 640 : grid.columns * 470 // 640
    ]
    assert inside.mean() > 3 * values.mean()


def test_resampled_tile_has_a_line_of_its_own(tmp_path: Path) -> None:
    """The negative twin of the spectrum: plain noise has none, enlarged noise has one at three quarters' rhythm."""
    rng = np.random.default_rng(4)
    plain = np.clip(rng.normal(120, 40, (360, 640)), 0, 255).astype(np.int16)
    pasted = plain.copy()
    pasted[90:180, 320:480] = _enlarged(rng, 90, 160)
    layout = patches.Layout.of(360, 640)
    without, _ = patches.peaks(patches.noise_of(plain, layout)[1])
    with_box, _ = patches.peaks(patches.noise_of(pasted, layout)[1])
    assert without.max() < 60 <= with_box.max()
    assert np.unravel_index(with_box.argmax(), with_box.shape)[0] == 1


def test_short_clip_is_not_judged(tmp_path: Path) -> None:
    """Or one picture would be called typical."""
    scene = Scene((320, 240), 6)
    path = tmp_path / "short.mp4"
    write_clip(
        path, (scene.picture(k) for k in range(20)), tuple(range(20)), Fraction(1, 10), Fraction(10), Encode(), None
    )  # fmt: skip
    assert [c.outcome for c in findings_of(path, "local")] == [Outcome.INCONCLUSIVE]


@pytest.mark.parametrize("size", [(8, 8), (16, 300), (1080, 1920)])
def test_any_size_of_picture_is_laid_out(size: tuple[int, int]) -> None:
    """Or an odd picture would break the method, or the map its bounds."""
    layout = patches.Layout.of(*size)
    assert 1 <= layout.rows <= 64
    assert 1 <= layout.columns <= 64
    noise, spectra = patches.noise_of(np.zeros(size, np.int16), layout)
    assert noise.shape == (layout.rows, layout.columns)
    assert np.all(patches.outlying(noise) == 0)
    patches.peaks(spectra)
