"""Clips that follow one another are found; clips that only look alike, or only end together, are not joined."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.corpus.clips import Picture, Scene
from tests.corpus.encodings import encode, x264
from tests.support.pedigrees import told
from witnessmark.examine.comparers.accounts import Account, BurnedClock
from witnessmark.examine.comparers.continuation import NOT_MEASURED, continuation, continuations
from witnessmark.examine.pedigree.record import THUMB_COLUMNS, THUMB_ROWS, empty
from witnessmark.model.findings import Grade
from witnessmark.model.relations import Direction, RelationKind

HALF = 75
SMALL_BYTES = 500_000
QUICK = x264(23, None, preset="ultrafast", steady=True)


def written(folder: Path, name: str, parts: tuple[list[Picture], list[Picture]]) -> tuple[Account, Account]:
    names = (f"{name}-1", f"{name}-2")
    made = [encode(part, folder / one, QUICK, 25) for one, part in zip(names, parts, strict=True)]
    return told(made[0], names[0])[1], told(made[1], names[1])[1]


def halves(folder: Path, seed: int) -> tuple[Account, Account]:
    """One scene of six seconds, panned over, written as two files of three."""
    scene = Scene((192, 144), seed, style="pan", noise=2.0)
    pictures = [scene.picture(k) for k in range(2 * HALF)]
    return written(folder, f"pan-{seed}", (pictures[:HALF], pictures[HALF:]))


def at_rest(folder: Path) -> tuple[Account, Account]:
    """A fixed camera that waits for motion: something moves, then the room is still; still, then something moves."""
    scene, rng = Scene((192, 144), 21, style="static", noise=2.0), np.random.default_rng(4)
    still = scene.picture(40)

    def rest(count: int) -> list[Picture]:
        noise = rng.normal(0, 2, (count, *still.shape))
        return [np.clip(still + one, 0, 255).astype(np.uint8) for one in noise]

    one = [scene.picture(k) for k in range(40)] + rest(35)
    other = rest(35) + [scene.picture(k) for k in range(41, 81)]
    return written(folder, "fixed", (one, other))


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Account, Account]]:
    folder = tmp_path_factory.mktemp("moving")
    return [halves(folder, seed) for seed in (11, 12, 13)]


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Account, Account]:
    return at_rest(tmp_path_factory.mktemp("fixed"))


def clock(start: datetime, length_s: float, layout: str = "dd-mm-yyyy HH:MM:SS") -> BurnedClock:
    end = start + timedelta(seconds=int(length_s))
    first, last = (f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (start, end))
    return BurnedClock(
        start, end, first, last, 0.0, float(int(length_s)), layout, "top left", True, Grade.STRONG
    )


NOON = datetime(2020, 2, 18, 12, 0, 0, tzinfo=UTC)


def test_two_halves_of_a_moving_scene_are_joined_and_in_order(moving: list[tuple[Account, Account]]) -> None:
    """A recording that was cut in two would stay two events."""
    everyone = {account.id: account for pair in moving for account in pair}
    found = {(r.source, r.target) for r in continuations(everyone)}
    assert found == {(second.id, first.id) for first, second in moving}
    relation = continuation(*moving[0])
    assert relation is not None
    assert (relation.kind, relation.grade, relation.direction) == (
        RelationKind.CONTINUES,
        Grade.MODERATE,
        Direction.UNDETERMINED,
    )


def test_a_fixed_camera_is_not_joined_by_its_picture(fixed: tuple[Account, Account]) -> None:
    """Every clip of a cell would continue every other: recorders that wait for motion begin and end at rest."""
    assert continuations({account.id: account for account in fixed}) == ()


def test_a_fixed_camera_is_joined_by_its_clock(fixed: tuple[Account, Account]) -> None:
    """The files of a recorder would never be put in a row."""
    first = replace(fixed[0], clock=clock(NOON, 3))
    second = replace(fixed[1], clock=clock(NOON + timedelta(seconds=3), 3))
    everyone = {first.id: first, second.id: second}
    assert [(r.source, r.target, r.grade) for r in continuations(everyone)] == [
        (second.id, first.id, Grade.MODERATE)
    ]
    dated = {
        first.id: replace(first, created=NOON),
        second.id: replace(second, created=NOON + timedelta(seconds=3)),
    }
    (relation,) = continuations(dated)
    assert relation.grade is Grade.MODERATE and relation.evidence[-1] == NOT_MEASURED
    assert len(relation.evidence) == 4, "scene, clock and dates stand in the evidence all the same"


@pytest.mark.parametrize(
    "changes",
    [
        {"clock": clock(NOON + timedelta(seconds=60), 3)},
        {"clock": clock(NOON + timedelta(days=1, seconds=3), 3)},
        {"clock": clock(NOON + timedelta(seconds=3), 3, layout="yyyy-mm-dd HH:MM:SS")},
        {"clock": None, "created": NOON + timedelta(seconds=3)},
    ],
)
def test_another_time_layout_or_a_date_alone_joins_nothing(
    fixed: tuple[Account, Account], changes: dict[str, Any]
) -> None:
    """Two days of one corridor, or two recorders, would become one recording."""
    first = replace(fixed[0], clock=clock(NOON, 3), created=NOON)
    second = replace(fixed[1], **changes)
    assert continuation(first, second) is None


def test_a_clock_that_shows_another_time_outweighs_the_picture(moving: list[tuple[Account, Account]]) -> None:
    """A camera that comes back to the same view would seem never to have stopped."""
    first, second = moving[0]
    later = replace(second, clock=clock(NOON + timedelta(minutes=5), 3))
    assert continuation(replace(first, clock=clock(NOON, 3)), later) is None


def test_cameras_of_one_recorder_are_not_joined_by_their_common_clock(
    moving: list[tuple[Account, Account]], fixed: tuple[Account, Account]
) -> None:
    """Sixteen cameras share one clock: only the scene at the joint tells them apart."""
    first = replace(fixed[0], clock=clock(NOON, 3), created=NOON)
    second = replace(
        moving[0][0], clock=clock(NOON + timedelta(seconds=3), 3), created=NOON + timedelta(seconds=3)
    )
    assert continuation(first, second) is None


def test_files_of_another_making_are_not_joined(moving: list[tuple[Account, Account]]) -> None:
    """A television broadcast of a clip would continue the clip."""
    first, second = moving[0]
    other = replace(second, pedigree=replace(second.pedigree, width_px=1280, height_px=720))
    assert continuation(first, other) is None


def test_time_stamps_and_time_codes_go_on(fixed: tuple[Account, Account]) -> None:
    """Recorders that cut a running stream number the pieces by their time stamps."""
    first, second = fixed
    going = replace(
        second,
        pedigree=replace(
            second.pedigree,
            start_s=3.0,
            end_s=6.0,
            last_times_s=second.pedigree.last_times_s + 3,
            first_times_s=second.pedigree.first_times_s + 3,
            timecode="10:00:03:00",
        ),
    )
    assert continuation(first, going) is None  # time stamps alone are shared by all cameras of a recorder
    coded = replace(first, pedigree=replace(first.pedigree, timecode="10:00:00:00"))
    relation = continuation(coded, going)
    assert relation is not None and relation.grade is Grade.MODERATE


def test_pairs_that_share_footage_follow_nothing(moving: list[tuple[Account, Account]]) -> None:
    """A looped film would continue its own copy."""
    everyone = {account.id: account for account in moving[0]}
    assert continuations(everyone, apart=frozenset({frozenset(everyone)})) == ()
    assert continuations(everyone, new=frozenset({"somebody else"})) == ()


def test_noise_joins_nothing() -> None:
    """Among ten thousand clips, chance must not join two: here five hundred, each laid beside all others."""
    rng = np.random.default_rng(3)
    everyone = {}
    for number in range(500):
        ends = rng.integers(0, 256, (2, 9, THUMB_ROWS, THUMB_COLUMNS)).astype(np.uint8)
        pedigree = replace(
            empty(), codec="h264", width_px=192, height_px=144, pictures=100, shown_pictures=100, end_s=4.0,
            first=ends[0], last=ends[1], first_times_s=np.arange(9) / 2, last_times_s=np.arange(9) / 2,
        )  # fmt: skip
        everyone[f"{number:03d}"] = Account(f"{number:03d}", pedigree)
    assert continuations(everyone) == ()


def test_the_flight_over_the_city_goes_on(shared_media: Path) -> None:
    """The one real pair at hand: v2 continues v1, and nothing else in the folder continues anything."""
    folder = shared_media / "neardup"
    small = [path for path in sorted(folder.iterdir()) if path.stat().st_size < SMALL_BYTES]
    everyone = {path.name: told(path)[1] for path in small}
    found = [(r.source, r.target) for r in continuations(everyone)]
    assert ("perception__v2.m4v", "perception__v1.m4v") in found
    assert {source for source, _ in found} <= {"perception__v2.m4v", "perception__v2s.mov"}
    assert {target for _, target in found} == {"perception__v1.m4v"}
