"""recompression: without it an exported, shared or edited file would pass for what a camera wrote."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.corpus import encodings
from tests.corpus.clips import Scene
from witnessmark.examine.coding import comb
from witnessmark.examine.coding.footprint import Coding, footprint
from witnessmark.examine.coding.series import CodedSeries, decoding_order
from witnessmark.examine.coding.structure import _arrangement
from witnessmark.examine.examination import examine_file
from witnessmark.examine.examiners import recompression
from witnessmark.ground.container import sniff
from witnessmark.ground.media import run_reel
from witnessmark.model.consumer import Feature
from witnessmark.model.findings import FindingCore, Grade, Outcome
from witnessmark.model.series import series_from_feature

LONG_CAMERA_FILES = (
    "gpmf-parser__max-heromode.mp4",
    "metadata-extractor-images__MVI_4823.AVI",
    "metadata-extractor-images__with-gps.mov",
    "mp4parser__MOV00006.3gp",
)
"""The others have too few pictures for any answer; the bench of natives holds them all."""
ALARMS = (Grade.MODERATE, Grade.STRONG)


def products(path: Path) -> tuple[object, ...]:
    """What the method itself gives: its own grade, before measured rates may lower it."""
    data = path.read_bytes()
    kind = sniff(data[:65536], len(data))
    outcome = run_reel(io.BytesIO(data), len(data), (recompression.examination(kind),), kind=kind)
    assert outcome.failures == ()
    return tuple(product for _, product in outcome.products)


def examined(path: Path) -> FindingCore:
    (core,) = (product for product in products(path) if isinstance(product, FindingCore))
    return core


def synthetic(count: int, *, every: int = 0, lift: float = 1.5, seed: int = 1, own: int = 10_000) -> Coding:
    """A stream of P pictures whose coding wanders; every ``every``-th picture is predicted worse."""
    rng = np.random.default_rng(seed)
    drift = np.cumsum(rng.normal(0, 0.1, count))
    hard = np.zeros(count)
    if every:
        hard[::every] = lift
    size = np.exp(7 + 0.3 * drift + 0.25 * rng.normal(size=count) + hard * 0.4)
    intra = np.clip(0.03 + 0.01 * rng.normal(size=count) + hard * 0.03, 0, 1)
    skip = np.clip(0.5 + 0.1 * drift + 0.05 * rng.normal(size=count) - hard * 0.1, 0, 1)
    types = "".join("I" if k % own == 0 else "P" for k in range(count))
    none = np.full(count, np.nan)
    return Coding(types, size, none, False, intra, skip, none, none)


def strongest(coding: Coding) -> comb.Period:
    seen = footprint(coding)
    found = comb.strongest(comb.scores(seen.evidence, seen.kinds))
    assert found is not None
    return found


@pytest.mark.parametrize("period", [12, 15, 30, 50])
def test_a_recurring_footprint_is_found_with_its_period_and_place(period: int) -> None:
    """Lost otherwise: the one number that links a copy to its original, the length of the old groups."""
    found = strongest(synthetic(300, every=period))
    assert (found.period, found.phase) == (period, 0)
    assert found.log10_chance < -3


def test_chance_is_what_it_says() -> None:
    """Lost otherwise: the false-alarm probability in every finding would be an ornament."""
    chances = [strongest(synthetic(240, seed=seed)).log10_chance for seed in range(100, 220)]
    assert sum(chance < -1 for chance in chances) <= 22  # 12 expected at most; 22 leaves 0.3 % to bad luck
    assert sum(chance < -3 for chance in chances) == 0


def test_the_own_groups_of_a_file_are_no_footprint() -> None:
    """Lost otherwise: every recorder with fixed groups and a rate control would alarm."""
    coding = synthetic(300, seed=3, own=15)
    size = coding.size_bytes.copy()
    size[np.arange(300) % 15 == 1] *= 1.6  # the picture after a key picture is always larger
    size[np.arange(300) % 15 == 8] *= 1.3  # and the rate control recovers half way
    changed = replace(coding, size_bytes=size)
    assert strongest(changed).log10_chance > -3


def test_a_short_rhythm_is_not_taken_for_groups() -> None:
    """Lost otherwise: repeated pictures of a rate conversion would be called an earlier encoding."""
    seen = footprint(synthetic(300, every=3, lift=2.5))
    score = comb.scores(seen.evidence, seen.kinds)
    found = comb.strongest(score)
    assert found is not None
    assert comb.shorter_rhythm(score, found) == 3
    left = comb.strongest(comb.without_rhythm(seen.evidence, seen.kinds, 3))
    assert left is not None
    assert left.log10_chance > -3


def test_sizes_without_times_are_laid_to_pictures_by_the_order_of_decoding() -> None:
    """Lost otherwise: an AVI with B pictures would be read with the sizes of other pictures."""
    assert decoding_order(list("IBBPBPP")) == [0, 3, 1, 2, 5, 4, 6]


@pytest.mark.parametrize("packed", [True, False])
def test_chunks_that_pack_two_pictures_are_told_from_plain_order(packed: bool) -> None:
    """Lost otherwise: in such AVI files the sizes of B pictures would be laid to P pictures (a real file showed it)."""
    shown = {"I": 900.0, "P": 500.0, "B": 90.0}
    series = CodedSeries(types=list("IBBPBBPBBP"), pts=[None] * 10)
    order = range(10) if packed else decoding_order(series.types)
    series.packets = [(None, int(shown[series.types[k]])) for k in order]
    assert series.coding(linear_quantiser=True).size_bytes.tolist() == [
        shown[letter] for letter in series.types
    ]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One scene: as a camera-like encoder writes it, and that encoded anew; and a single encoding of the scene."""
    folder = tmp_path_factory.mktemp("chain")
    scene = Scene((192, 144), 71, style="pan", noise=1.0, speed=0.6)
    raw = [scene.picture(k) for k in range(220)]
    first = encodings.encode(raw, folder / "camera", encodings.camera(15, 0.2, constant=False), 25)
    decoded = encodings.decoded(first)
    made = {
        "camera": first,
        "once": encodings.encode(raw, folder / "once", encodings.x264(23, 0, steady=True), 25),
    }
    for name, how in (
        ("no B", encodings.x264(20, 0, steady=True)),
        ("with B", encodings.x264(20, None, steady=True)),
        ("MPEG-4", encodings.Encoding("MPEG-4", "mpeg4", (), 250, 0.4, suffix=".avi")),
    ):
        made[name] = encodings.encode(decoded, folder / name.replace(" ", "-"), how, 25)
    return made


@pytest.mark.parametrize("name", ["no B", "with B", "MPEG-4"])
def test_an_encoding_anew_shows_the_groups_of_the_camera(chain: dict[str, Path], name: str) -> None:
    """Lost otherwise: the method."""
    core = examined(chain[name])
    assert core.outcome is Outcome.OBSERVED
    assert core.grade in ALARMS
    assert core.measurements["hidden_group_pictures"].value == 15
    assert core.measurements["hidden_group_s"].value == pytest.approx(0.6)
    assert core.span is not None


@pytest.mark.parametrize("name", ["camera", "once"])
def test_a_single_encoding_shows_none(chain: dict[str, Path], name: str) -> None:
    """The negative twin. Lost otherwise: what a camera wrote would be called a copy."""
    core = examined(chain[name])
    assert core.outcome is Outcome.NOT_OBSERVED
    assert "no proof" in core.statement


def test_the_curves_show_what_was_measured(chain: dict[str, Path]) -> None:
    """Lost otherwise: the reader would have to believe the number."""
    made = [product for product in products(chain["no B"]) if isinstance(product, Feature)]
    curves = {feature.name: series_from_feature(feature) for feature in made}
    assert set(curves) == {"series.gop", "series.qp"}
    marks = [round(at_s / 0.6, 3) for at_s, _ in curves["series.gop"].marks]  # type: ignore[union-attr]
    assert marks == [float(k) for k in range(1, len(marks) + 1)]


def test_short_clips_are_left_undecided(tmp_path: Path) -> None:
    """Lost otherwise: single encodings of short clips would alarm."""
    scene = Scene((128, 96), 5)
    raw = [scene.picture(k) for k in range(60)]
    core = examined(encodings.encode(raw, tmp_path / "short", encodings.x264(23, 0, steady=True), 25))
    assert core.outcome is Outcome.INCONCLUSIVE


def test_camera_files_raise_nothing(shared_media: Path) -> None:
    """The negative twin on real devices. Lost otherwise: untouched footage would be doubted."""
    for name in LONG_CAMERA_FILES:
        path = shared_media / "camera" / name
        data = path.read_bytes()
        kind = sniff(data[:65536], len(data))
        found = examine_file(io.BytesIO(data), len(data), kind, only=("recompression",))
        assert not any(core.must_be_explained for core in found.cores), path.name
        assert found.cores


def test_the_groups_of_an_action_camera_show_after_an_export(shared_media: Path, tmp_path: Path) -> None:
    """Lost otherwise: the method would hold for made footage only."""
    source = shared_media / "camera" / "gpmf-parser__max-heromode.mp4"
    pictures = encodings.decoded(source, height=240)
    core = examined(encodings.encode(pictures, tmp_path / "export", encodings.x264(23, 0, steady=True), 30))
    assert core.must_be_explained
    assert core.measurements["hidden_group_pictures"].value == 10


@pytest.fixture(scope="module")
def jpegs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Motion JPEG made once, and made of Motion JPEG with coarser steps."""
    folder = tmp_path_factory.mktemp("jpegs")
    scene = Scene((320, 240), 72, style="pan", noise=1.5)
    raw = [scene.picture(k) for k in range(40)]
    coarse = encodings.encode(raw, folder / "coarse", encodings.mjpeg(5), 25)
    fine = encodings.mjpeg(3)
    return {
        "once": encodings.encode(raw, folder / "once", fine, 25),
        "twice": encodings.encode(encodings.decoded(coarse), folder / "twice", fine, 25),
    }


def test_motion_jpeg_that_was_jpeg_before_shows_combs(jpegs: dict[str, Path]) -> None:
    """Lost otherwise: a recorder's AVI saved again by an editor would pass for the recorder's own."""
    core = examined(jpegs["twice"])
    assert core.must_be_explained
    assert core.measurements["jpeg_old_steps"].value > core.measurements["jpeg_new_steps"].value


def test_motion_jpeg_made_once_shows_none(jpegs: dict[str, Path]) -> None:
    """The negative twin."""
    assert not examined(jpegs["once"]).must_be_explained


@pytest.mark.parametrize(
    ("types", "words"),
    [
        ("I" * 30, "every picture by itself"),
        ("IPPPPPPPPPPPPPP" * 4, "groups of 15, no B pictures"),
        ("IBBPBBPBBPBBP" * 6, "groups of 13, always 2 B pictures"),
        ("I" + "PBPBBBPPBBP" * 6, "one group, B pictures placed by the scene (look-ahead)"),
    ],
)
def test_the_arrangement_is_put_into_words(types: str, words: str) -> None:
    """Lost otherwise: a reader could not see what kind of encoder wrote last."""
    assert _arrangement(types) == words
