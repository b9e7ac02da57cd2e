"""What tells an edit from a scene that looks like one: tears, sharp ends, blocks that change together, lost beats."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from tests.corpus import events
from tests.corpus.clips import Encode, Picture, Scene, make_clip, write_clip
from tests.corpus.events import Decoded
from tests.support.reels import findings_of, marked, starts
from witnessmark.examine.picture.recurrence import BlockMeans, Repeat, find_repeats
from witnessmark.examine.picture.tear import unlit_grey
from witnessmark.model.findings import Grade, Outcome

CUT, REPEAT, FREEZE = "picture.cut", "picture.repeat", "picture.freeze"
RATE_HZ = 15
SIZE = (256, 192)


def _write(path: Path, pictures: list[Picture], encode: Encode) -> Path:
    stamps = tuple(range(len(pictures)))
    write_clip(path, pictures, stamps, Fraction(1, RATE_HZ), Fraction(RATE_HZ), encode, None)
    return path


def _rest(seed: int, *, still: tuple[int, int], count: int) -> list[Picture]:
    """A fixed camera: bodies move, stand from picture ``still[0]`` to ``still[1]``, and set out again at once."""
    scene = Scene(SIZE, seed, style="static", noise=0.0, speed=2.0)
    return [
        scene.picture(k if k < still[0] else max(still[0], k - still[1] + still[0])) for k in range(count)
    ]


def test_scene_that_stops_and_sets_out_at_once_has_no_tear(tmp_path: Path) -> None:
    """Or a person who stops dead and walks on, under compression, would be called a held picture."""
    path = _write(tmp_path / "stop.mp4", _rest(91, still=(40, 65), count=110), Encode(crf=26, bframes=2))
    assert marked(findings_of(path, "freeze")) == []


def test_picture_held_over_motion_tears_where_it_ends(tmp_path: Path) -> None:
    """The positive twin: the same bodies, which went on unseen."""
    scene = Scene(SIZE, 91, style="static", noise=0.0, speed=2.0)
    pictures = [scene.picture(40 if 40 <= k < 65 else k) for k in range(110)]
    cores = findings_of(_write(tmp_path / "held.mp4", pictures, Encode(crf=26, bframes=2)), "freeze")
    assert marked(cores) == [FREEZE]
    assert abs(starts(cores, FREEZE)[0] - 40 / RATE_HZ) <= 2 / RATE_HZ
    (found,) = cores
    assert "tear" in found.statement


def test_lamp_and_clock_are_no_tear(tmp_path: Path) -> None:
    """Or a light switched on in a room where all sit still, or the overlay's next second, would end a freeze."""
    lamp = _rest(92, still=(40, 70), count=110)
    for k in range(62, 110):
        bright = np.clip(lamp[k][: SIZE[1]].astype(np.float32) * 1.4, 0, 255).astype(np.uint8)
        lamp[k] = np.vstack([bright, lamp[k][SIZE[1] :]])
    clock = [p.copy() for p in _rest(93, still=(40, 75), count=110)]
    for k, picture in enumerate(clock):
        digits = np.random.default_rng(k // RATE_HZ).integers(0, 2, (8, 40)).repeat(2, 0).repeat(2, 1)
        picture[8:24, 8:88] = digits * 219 + 16
    for name, pictures in (("lamp", lamp), ("clock", clock)):
        path = _write(tmp_path / f"{name}.mp4", pictures, Encode(crf=26, gop=250))
        assert marked(findings_of(path, "freeze", "cut")) == [], name


def test_change_of_light_leaves_no_grey() -> None:
    """Or gain and offset would pass for motion."""
    picture = np.random.default_rng(5).integers(40, 150, (90, 160)).astype(np.int16)
    assert unlit_grey(picture, (1.4 * picture + 9).astype(np.int16)) < 0.5
    assert unlit_grey(picture, np.roll(picture, 5, axis=1)) > 20


def test_cut_on_a_fixed_camera_shows_by_blocks(tmp_path: Path) -> None:
    """Or two seconds could be taken out before a camera on a wall, where the picture as a whole hardly changes."""
    scene = Scene((320, 240), 94, style="static", noise=2.0, speed=1.5)
    pictures = [scene.picture(k if k < 60 else k + 50) for k in range(120)]
    cores = findings_of(_write(tmp_path / "wall.mp4", pictures, Encode(gop=250)), "cut")
    assert marked(cores) == [CUT]
    assert starts(cores, CUT) == [59 / RATE_HZ]
    assert int(str(cores[0].measurements["parts_that_agree"].value)) >= 8
    whole = [scene.picture(k) for k in range(120)]
    assert marked(findings_of(_write(tmp_path / "whole.mp4", whole, Encode(gop=250)), "cut")) == []


def test_rhythm_of_a_machine_fades_and_a_copy_does_not(hand_held: Decoded) -> None:
    """Or a pendulum would be a copied stretch."""
    scene = Scene(SIZE, 95, style="empty", noise=1.5)
    rng = np.random.default_rng(95)
    arm = rng.integers(30, 220, (60, 60)).astype(np.uint8)
    swings: list[Picture] = []
    for k in range(200):
        picture = scene.picture(k).copy()
        left = round(98 + 80 * float(np.sin(2 * np.pi * k / 61.3) * (1 + 0.1 * np.sin(k / 97))))
        picture[60:120, left : left + 60] = arm
        swings.append(picture)
    assert [r for r in _repeats(swings, SIZE) if r.sharp] == []
    pictures = list(hand_held.pictures[:150])
    pictures[100:135] = pictures[30:65]
    (copy,) = _repeats(pictures, SIZE)
    assert (copy.first, copy.second, copy.length, copy.sharp) == (30, 100, 35, True)


def _repeats(pictures: list[Picture], size: tuple[int, int]) -> tuple[Repeat, ...]:
    means = BlockMeans()
    return find_repeats(np.stack([means.of(p[: size[1] : 2, ::2]) for p in pictures]), 25.0)


def test_mark_that_stands_twice_proves_a_lost_picture(tmp_path: Path) -> None:
    """Or a bad link's losses, many enough to be a habit, could not be told from pictures never taken."""
    whole = make_clip(
        tmp_path / "m.mp4", seconds=8, size=(160, 120), seed=96, codec="mpeg4", gop=25, audio=False
    )
    lost = [33, 60, 87, 110, 140, 163, 190]
    truth = events.dropped(tmp_path / "lost.mp4", whole.path, ordinals=lost)
    cores = [c for c in findings_of(truth.path, "timeline") if c.outcome is Outcome.OBSERVED]
    assert {c.grade for c in cores if c.kind == "timeline.gap"} == {Grade.STRONG}
    assert "stands twice" in cores[0].statement


def test_pictures_never_coded_leave_the_mark_alone(tmp_path: Path) -> None:
    """The negative twin: an encoder that was given fewer pictures alternates on."""
    scene = Scene((160, 120), 97)
    stamps = [k for k in range(200) if k not in (33, 60, 87, 110, 140, 163, 190)]
    path = tmp_path / "skipped.mp4"
    write_clip(
        path,
        (scene.picture(k) for k in stamps),
        stamps,
        Fraction(1, 25),
        Fraction(25),
        Encode("mpeg4", gop=25),
        None,
    )
    assert all("stands twice" not in c.statement for c in findings_of(path, "timeline"))
    assert marked(findings_of(path, "timeline")) == []
