"""Fixed cameras: what is done to them shows, and what they do by themselves raises nothing."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.corpus import events
from tests.corpus.clips import Encode, Picture, Scene, write_clip
from tests.corpus.fixed import FixedCamera, Recorded, recorded, with_clock
from tests.support.reels import findings_of, marked, starts
from witnessmark.examine.joint import verdict
from witnessmark.examine.joint.evidence import Moment, table
from witnessmark.examine.picture import stillness
from witnessmark.examine.picture.bins import Bins
from witnessmark.examine.picture.jumps import find_lit
from witnessmark.examine.picture.leaps import find_leaps
from witnessmark.examine.picture.tear import Tear
from witnessmark.model.consumer import Trace
from witnessmark.model.findings import Grade

CUT, REPEAT, FREEZE = "picture.cut", "picture.repeat", "picture.freeze"
PICTURES = ("cut", "repeat", "freeze")
RATE_HZ = 10
SIZE = (320, 240)


@pytest.fixture(scope="module")
def corridor() -> list[Picture]:
    """Ten seconds of people passing, at ten pictures a second, under a clock."""
    camera = FixedCamera(SIZE, 7, seconds=10, busy=1.0, people=3)
    return [with_clock(p, k / RATE_HZ, (6, 6), 13) for k, p in enumerate(camera.pictures(100, RATE_HZ))]


def _write(path: Path, pictures: list[Picture], encode: Encode | None = None) -> Path:
    stamps = tuple(range(len(pictures)))
    rate = Fraction(RATE_HZ)
    write_clip(path, pictures, stamps, 1 / rate, rate, encode or Encode(crf=27, audio=False), None)
    return path


@pytest.mark.parametrize("codec", ["libx264", "mjpeg"])
def test_picture_held_at_ten_a_second_is_found(corridor: list[Picture], tmp_path: Path, codec: str) -> None:
    """Or on the cameras that prisons have a held picture would stay undecided."""
    held = corridor[:45] + [corridor[45]] * 20 + corridor[65:]
    encode = Encode(codec, crf=27, bit_rate=8_000_000, audio=False)
    path = _write(tmp_path / ("held.avi" if codec == "mjpeg" else "held.mp4"), held, encode)
    cores = findings_of(path, "freeze")
    assert marked(cores) == [FREEZE]
    assert starts(cores, FREEZE) == [pytest.approx(4.5, abs=0.21)]


@pytest.mark.parametrize("crf", [23, 34])
def test_the_same_corridor_untouched_raises_nothing(
    corridor: list[Picture], tmp_path: Path, crf: int
) -> None:
    """The negative twin of the held picture, the leap and the repeat."""
    path = _write(tmp_path / "twin.mp4", corridor, Encode(crf=crf, gop=20, audio=False))
    assert marked(findings_of(path, *PICTURES)) == []


def test_recorders_of_many_kinds_raise_nothing(tmp_path: Path) -> None:
    """Or people who stop and walk on, and rooms that lie empty, would be called edits; none of these seeds was used
    to choose anything."""
    alarms = []
    for seed in range(5000, 5005):
        made: Recorded = recorded(tmp_path, seed, seconds=8)
        encode = Encode(crf=20 + seed % 5 * 4, bframes=seed % 3, audio=False)
        truth = events.reencoded(tmp_path / f"{seed}.mp4", made.held, encode)
        alarms += marked(findings_of(truth.path, *PICTURES))
    assert alarms == []


def test_group_redrawn_by_an_earlier_encoder_is_no_cut(tmp_path: Path) -> None:
    """Or a camera that redraws its picture every 250 pictures, encoded once again, would be called cut there."""
    scene = Scene(SIZE, 61, style="static", noise=0.0, speed=0.4)
    rng = np.random.default_rng(5)
    soft = rng.normal(0, 5, (SIZE[1], SIZE[0])).round().astype(np.int16)
    pictures = []
    for k in range(100):
        picture = scene.picture(k).copy()
        drawn = picture[: SIZE[1]].astype(np.int16) + (soft if k < 50 else np.roll(soft, 7, axis=1))
        picture[: SIZE[1]] = np.clip(drawn, 0, 255).astype(np.uint8)
        pictures.append(picture)
    assert marked(findings_of(_write(tmp_path / "redrawn.mp4", pictures, Encode(crf=18)), *PICTURES)) == []


def test_stretch_in_which_people_stand_most_of_the_time_is_seen_again(
    corridor: list[Picture], tmp_path: Path
) -> None:
    """Or a repeat would hide behind the standing around in it."""
    calm = corridor[20:35] + [corridor[35]] * 12
    pictures = [*corridor[:20], *calm, *corridor[36:60], *calm, *corridor[60:]]
    cores = findings_of(_write(tmp_path / "again.mp4", pictures, Encode(crf=20, audio=False)), "repeat")
    assert REPEAT in marked(cores)


def _field(moving: dict[int, list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Changes and replacements of 9 × 16 blocks over 60 steps: per step the blocks that show something else."""
    replaced = np.zeros((60, 144), dtype=bool)
    for step, blocks in moving.items():
        replaced[step, blocks] = True
    return np.where(replaced, 80, 2).astype(np.uint8), replaced


def _body(column: int) -> list[int]:
    """Blocks of somebody standing: five rows of two."""
    return [16 * row + column + side for row in range(2, 7) for side in (0, 1)]


def test_body_that_leaps_is_told_and_one_that_walks_is_not() -> None:
    """Or the test of what lies beside a block before and after would tell nothing."""
    keys = np.zeros(60, dtype=bool)
    walks = {k: _body(k // 5) for k in range(10, 50)}
    assert find_leaps(*_field(walks), (9, 16), keys) == ()
    leap = {
        **{k: _body(2)[:3] for k in range(24, 30)},
        30: _body(2) + _body(11),
        **{k: _body(11)[:3] for k in range(31, 36)},
    }
    (found,) = find_leaps(*_field(leap), (9, 16), keys)
    assert (found.index, found.level) == (30, 2)
    assert min(found.rose, found.fell) >= 10


def test_leap_that_comes_again_and_again_is_the_files_habit() -> None:
    """Or every screen, every blinking lamp and every redrawn group would be a cut."""
    habit = {k: _body(3) + _body(11) for k in (12, 24, 36, 48)}
    assert find_leaps(*_field(habit), (9, 16), np.zeros(60, dtype=bool)) == ()


def test_light_that_steps_alone_is_told_only_where_the_clock_leaps() -> None:
    """Or every lamp would be a cut; or two takes of an empty room would be one."""
    greys = np.full(40, 0.1, np.float32)
    greys[20] = 6.0
    assert list(find_lit(greys)) == [20]
    greys[18] = 3.0
    assert list(find_lit(greys)) == []
    place = Moment(199, 200, Fraction(1, RATE_HZ), 1, 1.0, False, by_light=True)
    for leap_s, told in ((0.0, False), (3.0, True)):
        pts = np.arange(0, 400, RATE_HZ)
        shown = pts / RATE_HZ + np.where(pts >= 200, leap_s, 0.0)
        data = {"base": place.base, "pts": pts, "clock_s": shown, "has_date": True, "has_seconds": True}
        rows = table(place, {"clock": (Trace("clock.readings", data),)})
        assert verdict.is_more_than_light(rows) is told
        if told:
            assert verdict.grade_of(1, verdict.weighed(rows)) is Grade.MODERATE


def test_key_picture_due_every_twelve_pictures_raises_nothing() -> None:
    """Or a dark room's noise would become a cut once in twelve times: it did, in one of 473 takes."""
    place = Moment(99, 100, Fraction(1, 25), 1, 1.0, True)
    for every, grade in ((12, Grade.WEAK), (50, Grade.MODERATE)):
        keys = {"base": place.base, "key_pts": np.arange(0, 500, every), "usual_interval_frames": every}
        given = {"timeline": (Trace("timeline.keys", {**keys, "off_schedule": []}),)}
        assert verdict.grade_of(1, verdict.weighed(table(place, given))) is grade


def test_overlay_light_and_fresh_coding_are_no_tear() -> None:
    """Or a rest that ends with a clock's second, a lamp or a key picture would be called a held picture."""
    scene = Scene((160, 96), 9, style="static", noise=0.0)
    before = scene.picture(0)[:90]
    clock, lamp, moved = before.copy(), before.copy(), scene.picture(40)[:90]
    clock[4:12, 8:60] = 255 - clock[4:12, 8:60]
    lamp = np.clip(before * 1.3 + 6, 0, 235).astype(np.uint8)
    redrawn = np.clip(before + np.random.default_rng(1).normal(0, 2.5, before.shape), 0, 255).astype(np.uint8)
    told = [Tear.of(before, now, 3.0).is_motion for now in (clock, lamp, redrawn, moved)]
    assert told == [False, False, False, True]


def test_first_step_after_a_rest_is_no_tear() -> None:
    """Or the first step of somebody who sets out would do for one: the steps that follow are as large."""
    for end, torn in ((4.0, False), (9.0, True)):
        greys = np.array([0, *[4.0] * 20, *[0.0] * 15, end, *[4.0] * 20], np.float32)
        found = stillness.find_stillness(
            greys,
            np.arange(len(greys)),
            1 / RATE_HZ,
            np.zeros(len(greys), dtype=bool),
            {36: Tear(end, end, 20, 5)},
            np.zeros(len(greys), np.float32),
        )
        assert [run.is_torn for run in found.runs] == [torn]


def test_sums_over_parts_are_exact() -> None:
    """Or the same file would give another core where a processor adds in another order."""
    picture = np.random.default_rng(3).integers(0, 256, (90, 159), np.uint8)
    bins = Bins(8, 8)
    sums = bins.sums(picture)
    assert float(sums.sum()) == float(picture.sum())
    assert float(bins.areas.sum()) == picture.size
    edges = np.linspace(0, 90, 9).round().astype(int), np.linspace(0, 159, 9).round().astype(int)
    first = picture[: edges[0][1], : edges[1][1]]
    assert float(sums[0]) == float(first.sum())


def test_two_takes_of_an_empty_room_under_one_clock_are_a_cut(tmp_path: Path) -> None:
    """Or minutes could be taken out of an empty room, where only the light and the clock tell."""
    room = Scene(SIZE, 63, style="empty", noise=1.0)
    pictures = []
    for k in range(120):
        picture = room.picture(k)
        if k >= 60:
            picture[: SIZE[1]] = np.clip(picture[: SIZE[1]].astype(np.int16) + 5, 0, 255).astype(np.uint8)
        pictures.append(with_clock(picture, k / RATE_HZ + (40 if k >= 60 else 0), (8, 8), 20))
    cores = findings_of(_write(tmp_path / "room.mp4", pictures, Encode(crf=20, audio=False)), "clock", "cut")
    found = [core for core in cores if core.kind == CUT and core.must_be_explained]
    assert [core.span.start.seconds for core in found if core.span] == [pytest.approx(5.9)]
    steady = [with_clock(room.picture(k), k / RATE_HZ, (8, 8), 20) for k in range(120)]
    assert CUT not in marked(findings_of(_write(tmp_path / "steady.mp4", steady), "clock", "cut"))
