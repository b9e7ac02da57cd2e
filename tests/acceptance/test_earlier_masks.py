"""Two releases of the same pictures, laid over each other, must uncover nobody."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest

from tests.corpus.clips import Encode, Scene, write_clip
from tests.support import two_people
from tests.support.two_people import SECOND, WORDS, TwoPeople, hide, item_of
from witnessmark.case import publishing, redacting
from witnessmark.case.auditing import audit
from witnessmark.case.comparing import compare_case
from witnessmark.case.exposing import SAFE, acknowledge
from witnessmark.case.release_look import write_look
from witnessmark.case.release_media import Plan
from witnessmark.model.codes import short_code
from witnessmark.model.consumer import Feature
from witnessmark.model.errors import UsageError
from witnessmark.model.exposure import Acknowledged
from witnessmark.model.redaction import (
    Box,
    Form,
    Masks,
    PublicMap,
    Track,
    hidden_tiles,
)
from witnessmark.model.release import Blocker, Release, ReleaseState
from witnessmark_verify.manifest import MANIFEST

SIZE, RATE = (640, 384), 8
LEFT, RIGHT = Box(20, 200, 120, 300), Box(260, 200, 320, 260)


@dataclass
class World(TwoPeople):
    whole: str
    """Item id of the larger recording; the other is the same at half size."""
    half: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("earlier")
    disk = folder / "disk"
    disk.mkdir()
    scene = Scene(SIZE, 71, style="pan")
    pictures = [scene.picture(2 * k) for k in range(6 * RATE)]
    for name, shown in (("whole.mp4", pictures), ("half.mp4", [_halved(p) for p in pictures])):
        encode = Encode(crf=23, gop=12, audio=False)
        write_clip(disk / name, iter(shown), range(10_000), Fraction(1, RATE), Fraction(RATE), encode, None)
    ids: dict[int, str] = {}
    two_people.made(folder, disk, lambda case: ids.update(two_people.widths(case, case.catalogue.items())))
    return World(folder, ids[SIZE[0]], ids[SIZE[0] // 2])


def _halved(picture: np.ndarray) -> np.ndarray:
    height = SIZE[1]
    luma = picture[:height].reshape(height // 2, 2, SIZE[0] // 2, 2).mean((1, 3)).astype(np.uint8)
    return np.vstack([luma, np.full((height // 4, SIZE[0] // 2), 128, np.uint8)])


def answerable(outcome: publishing.Outcome) -> list[Blocker]:
    return [one for one in outcome.blockers if one.code.startswith("exposure:")]


def proposed(world: World, item_id: str, *boxes: Box) -> Release:
    with world.opened() as case:
        item = item_of(case, item_id)
        hide(case, item, *boxes)
        made = publishing.propose(case, item, Plan(Form.VIDEO, WORDS, show_first_entry=True))
        # the other copy, found in the public video itself: told, and answered for
        for one in answerable(made):
            acknowledge(case, one.code.partition(":")[2], "both copies are public already")
            made = publishing.propose(case, item, Plan(Form.VIDEO, WORDS, show_first_entry=True))
        assert [one.code for one in made.blockers] == ["not_approved"]
        assert made.release is not None
        return made.release


def written(world: World, release: Release, name: str) -> list[str]:
    """What blocks it; nothing where it was written."""
    with world.opened(SECOND) as case:
        held = publishing.release_by_code(case, release.release_id)
        if len(held.approvals) == 1:
            with pytest.raises(UsageError, match="not looked"):
                publishing.approve(case, held)
            write_look(case, held, world.folder / f"look at {name} {held.release_id[:8]}")
            held = publishing.approve(case, held)
        outcome, bundle = publishing.write(case, held, world.folder / name)
        assert (bundle is None) == bool(outcome.blockers)
        return [one.code for one in outcome.blockers]


def hides(release: Release, box: Box) -> bool:
    """Whether every picture that it shows hides the place."""
    document = release.document["recipe"]["masks"]
    tracks = tuple(map(Track.from_json, release.document["tracks"]))
    masks = Masks(document["stream"], document["width_px"], document["height_px"], tracks)
    wanted = set(hidden_tiles((box,), masks.width_px, masks.height_px))
    frames = PublicMap.from_json(release.document["map"]).frames
    return all(wanted <= set(masks.tiles_at(frame.ordinal)) for frame in frames)


def test_releases_never_uncover_what_one_of_them_hid(world: World) -> None:
    """Lost otherwise: one video hides the one face, a second the other, and together they hide neither."""
    first = proposed(world, world.whole, LEFT)
    second = proposed(world, world.whole, RIGHT)  # side by side: neither knows of the other
    assert (hides(first, LEFT), hides(first, RIGHT)) == (True, False)
    # the work now says RIGHT alone, so the first would show what a person has hidden since
    assert written(world, first, "one") == ["unmasks_earlier_release"]
    with world.opened() as case:
        hide(case, item_of(case, world.whole), LEFT)
    assert written(world, first, "one") == []
    assert written(world, second, "two") == ["unmasks_earlier_release"]
    third = proposed(world, world.whole, RIGHT)
    assert (hides(third, LEFT), hides(third, RIGHT)) == (True, True)
    assert written(world, third, "three") == []
    # once more is the same release, not another entry in the log
    assert written(world, third, "three again") == []
    one, other = (world.folder / name for name in ("three", "three again"))
    assert (one / MANIFEST).read_bytes() == (other / MANIFEST).read_bytes()
    with world.opened() as case:
        assert sum(leaf.kind == "release.made" for leaf in case.ledger.events()) == 2

    # another copy of the same pictures
    with world.opened() as case:
        item = item_of(case, world.half)
        hide(case, item)
        blocked = publishing.propose(case, item, Plan(Form.VIDEO, WORDS, show_first_entry=True))
        assert {one.code for one in blocked.blockers} == {"not_compared", "not_approved"}
        assert compare_case(case).relations
        # that there is another copy is told before anything is made, and answered for by name
        told = publishing.propose(case, item, Plan(Form.VIDEO, WORDS, show_first_entry=True))
        assert told.release is None
        (hit,) = answerable(told)
        assert short_code(world.whole) in hit.what
        acknowledge(case, hit.code.partition(":")[2], "both copies are public already")
    copy = proposed(world, world.half)
    for box in (LEFT, RIGHT):
        assert hides(copy, Box(box.left // 2, box.top // 2, box.right // 2, box.bottom // 2))
    assert not hides(copy, Box(0, 0, SIZE[0] // 2, SIZE[1] // 2))  # and not simply everything


@pytest.mark.parametrize(
    "step", ["witnessmark.case.public_video.looked_at", "witnessmark.case.publishing._signed"]
)
def test_work_that_is_broken_off_leaves_nothing_that_an_audit_names(
    world: World, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost otherwise: a tired person presses Ctrl-C, and from then on the case fails its audit."""

    def interrupted(*_: object, **__: object) -> object:
        raise KeyboardInterrupt

    with world.opened() as case:
        item = item_of(case, world.whole)
        before = set(case.store.names())
        monkeypatch.setattr(step, interrupted)
        with pytest.raises(KeyboardInterrupt):
            publishing.propose(case, item, Plan(Form.VIDEO, WORDS, show_first_entry=True))
        monkeypatch.undo()
        known = {held.object_name for held in case.catalogue.derivatives()}
        assert set(case.store.names()) - before <= known
        assert audit(case).problems == ()


def test_an_insider_who_changes_what_was_decided_is_named(world: World) -> None:
    """Lost otherwise: somebody takes a mask away, or an approval back, and the audit finds the case in order."""
    with world.opened() as case:
        assert audit(case).problems == ()
        item = item_of(case, world.whole)
        redaction = redacting.needed_redaction(case, item)
        data = zlib.compress(redaction.with_work((), ()).stored())
        case.catalogue.save_feature(item.item_id, Feature(redacting.FEATURE, redacting.FEATURE_VERSION, data))
        (proposed_one, *_) = [r for r in case.catalogue.releases() if r.state is ReleaseState.PROPOSED]
        case.catalogue.save_release(replace(proposed_one, state=ReleaseState.RELEASED))
        case.catalogue.save_acknowledged(Acknowledged("0" * 16, "nobody", "it is fine", case.clock()))
        case.catalogue.set_setting(SAFE, json.dumps({"safe": False}))
        said = {problem.where.rpartition(" ")[0] or problem.where for problem in audit(case).problems}
    assert said == {"masks of item", "release", "answer to hit", "source"}
