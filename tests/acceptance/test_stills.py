"""Single pictures of a recording, released by two people and checked by a stranger."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.corpus.clips import Encode, Scene, write_clip
from tests.support import two_people
from tests.support.browser import Browser
from tests.support.two_people import SECOND, WORDS, TwoPeople, hide, item_of
from witnessmark.case import publishing, redacting
from witnessmark.case.case import Case
from witnessmark.case.comparing import compare_case
from witnessmark.case.court_check import check_raw
from witnessmark.case.earlier_masks import masks_of_earlier, shows_what_was_hidden
from witnessmark.case.release_look import write_look
from witnessmark.case.release_media import Plan
from witnessmark.case.release_store import read_draft
from witnessmark.case.releasing import opening_file
from witnessmark.model.errors import UsageError
from witnessmark.model.recording import MediaType
from witnessmark.model.redaction import Box, Form, PublicMap
from witnessmark.model.release import Release
from witnessmark.release.derivative.stills import tile_in_public

SIZE, RATE = (640, 384), 8
RAW, PHOTO = "ward_7_secret.mp4", "ward_7_secret.jpg"
LEFT, RIGHT = Box(20, 200, 120, 300), Box(260, 200, 320, 260)
AT_S = (Fraction("0.9"), Fraction("2.4"))


@dataclass
class World(TwoPeople):
    clip: str
    photo: str


def photograph(path: Path, picture: np.ndarray) -> None:
    """A picture whose file says that it is to be turned upright, as a telephone writes it."""
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: a quarter turn clockwise
    Image.fromarray(picture[: SIZE[1]]).convert("RGB").save(path, quality=92, exif=exif)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("stills")
    disk = folder / "disk"
    disk.mkdir()
    scene = Scene(SIZE, 71, style="pan")
    pictures = [scene.picture(2 * k) for k in range(4 * RATE)]
    encode = Encode(crf=23, gop=12, audio=False)
    write_clip(disk / RAW, iter(pictures), range(10_000), Fraction(1, RATE), Fraction(RATE), encode, None)
    photograph(disk / PHOTO, Scene(SIZE, 5).picture(0))
    items: dict[MediaType, str] = {}

    def looked_through(case: Case) -> None:
        compare_case(case)
        for item in case.catalogue.items():
            redacting.propose(case, item, texts=False, voice=False)
            items[item.media_type] = item.item_id

    two_people.made(folder, disk, looked_through)
    return World(folder, items[MediaType.VIDEO], items[MediaType.PICTURE])


def proposed(world: World, item_id: str, at_s: Sequence[Fraction], *boxes: Box) -> Release:
    with world.opened() as case:
        item = item_of(case, item_id)
        hide(case, item, *boxes)
        plan = Plan(Form.STILLS, WORDS, show_first_entry=True, at_s=tuple(at_s))
        made = publishing.propose(case, item, plan)
        assert [one.code for one in made.blockers] == ["not_approved"], made.blockers
        assert made.release is not None
        return made.release


def written(world: World, release: Release, name: str) -> Path:
    with world.opened(SECOND) as case:
        held = publishing.release_by_code(case, release.release_id)
        write_look(case, held, world.folder / f"look at {name}")
        held = publishing.approve(case, held)
        outcome, bundle = publishing.write(case, held, world.folder / name)
        assert bundle is not None, outcome.blockers
        return bundle.path


def verified(bundle: Path) -> str:
    ran = subprocess.run(
        [sys.executable, "-S", bundle / "verify.py", bundle], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def shown(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def hidden_is_black(picture: np.ndarray, laid: PublicMap, tiles: Sequence[int]) -> bool:
    places = [tile_in_public(tile, laid) for tile in tiles]
    return all(not picture[top:bottom, left:right].any() for left, top, right, bottom in places)


def points_back(bundle: Path, raw: bytes, *texts: str) -> list[str]:
    digest = hashlib.sha256(raw).digest()
    runs = [digest[k : k + 8] for k in range(len(digest) - 7)]
    needles = [*runs, *(run.hex().encode() for run in runs), *(text.encode() for text in texts)]
    files = [path for path in bundle.rglob("*") if path.is_file()]
    return [path.name for path in files if any(needle in path.read_bytes() for needle in needles)]


@pytest.fixture(scope="module")
def released(world: World) -> tuple[Release, Path]:
    release = proposed(world, world.clip, AT_S, LEFT)
    return release, written(world, release, "bundle")


def test_stills_of_a_recording_leave_with_their_proofs(world: World, released: tuple[Release, Path]) -> None:
    """Lost otherwise: a picture leaves with a face in it, without a proof, or with what points at the file."""
    release, bundle = released
    manifest = json.loads((bundle / "proof/manifest.json").read_text())
    assert (manifest["form"], [part["kind"] for part in manifest["parts"]]) == ("stills", ["picture"] * 2)
    assert "2 proven frames" in verified(bundle)
    laid = PublicMap.from_json(release.document["map"])
    with world.opened() as case:
        item = item_of(case, world.clip)
        redaction = redacting.needed_redaction(case, item)
        for number, frame in enumerate(laid.frames, 1):
            picture = shown((bundle / f"public-{number}.png").read_bytes())
            assert picture.shape == (laid.height_px + laid.strip_px, laid.width_px, 3)
            assert max(picture.shape) <= 1280
            tiles = redaction.masks.tiles_at(frame.ordinal)
            assert tiles and hidden_is_black(picture, laid, tiles)
            assert picture[: laid.height_px].any(axis=2).mean() > 0.8  # and not simply everything
            proof = json.loads((bundle / f"frames/{number}-01.json").read_text())
            assert sorted(map(int, proof["hidden"])) == sorted(tiles)
        (bundle.parent / "opening").write_bytes(opening_file(case, item))
        names = (RAW, "ward_7", item.item_id, case.case_id)
    raw = world.folder / "disk" / RAW
    assert points_back(bundle, raw.read_bytes(), *names) == []
    payloads = tuple(map(bytes.fromhex, manifest["items"]))
    assert [one.ok for one in check_raw(payloads, raw, bundle.parent / "opening")] == [True, True]
    limits = (bundle / "LIMITS.md").read_text()
    assert "## Single pictures" in limits and "sixth of a second" not in limits


def test_later_pictures_hide_what_these_hid(world: World, released: tuple[Release, Path]) -> None:
    """Lost otherwise: one picture hides the one face, the next the other, and together they hide neither."""
    release, _ = released
    with world.opened() as case:
        item = item_of(case, world.clip)
        hide(case, item, RIGHT)
        redaction = redacting.needed_redaction(case, item)
        taken_over = masks_of_earlier(case, item, redaction)
        assert [track.box_at(redaction.pictures - 1) for track in taken_over] == [LEFT]
        right = [track.to_json() for track in redaction.masks.in_force]
        both = [*right, *(track.to_json() for track in taken_over)]
        for tracks, shows in ((right, True), (both, False)):
            beside = replace(release, document={**release.document, "tracks": tracks})
            assert shows_what_was_hidden(case, item, beside) is shows


def test_a_photograph_is_released_upright(world: World) -> None:
    """Lost otherwise: what people bring most often besides video could not be shown at all."""
    release = proposed(world, world.photo, (), LEFT)
    laid = PublicMap.from_json(release.document["map"])
    with world.opened() as case:
        files = read_draft(case, release).files
        masks = redacting.needed_redaction(case, item_of(case, world.photo)).masks
    assert isinstance(files["public-1.png"], bytes) and "frames/1-01.tiles" in files
    picture = shown(files["public-1.png"])
    assert laid.quarter_turns == 1 and picture.shape[0] > picture.shape[1]
    assert hidden_is_black(picture, laid, masks.tiles_at(0))
    assert picture[: laid.height_px].any(axis=2).mean() > 0.8


def test_a_time_without_a_sealed_picture_is_refused(world: World) -> None:
    """Lost otherwise: a picture without a proof leaves, or another one than somebody asked for."""
    with world.opened() as case:
        for item_id, at_s in ((world.clip, (Fraction(60),)), (world.clip, ()), (world.photo, (Fraction(1),))):
            item = item_of(case, item_id)
            hide(case, item, LEFT, RIGHT)
            plan = Plan(Form.STILLS, WORDS, show_first_entry=True, at_s=at_s)
            with pytest.raises(UsageError):
                publishing.propose(case, item, plan)


def test_a_stranger_holds_them_to_the_proof_on_the_page(
    released: tuple[Release, Path], tmp_path: Path
) -> None:
    """Lost otherwise: without a program nobody could tell a messenger's copy from a forgery."""
    _, bundle = released
    compared = "document.body.dataset.compared || document.body.dataset.fault"
    picture = Image.open(bundle / "public-2.png").convert("RGB")
    picture.resize((480, 330)).save(tmp_path / "copy.jpg", quality=70)
    picture.paste((250, 250, 250), (400, 40, 450, 90))
    picture.save(tmp_path / "forged.png")
    with Browser(tmp_path / "profile") as browser:
        browser.open(bundle / "README.html")
        state = "document.body?.dataset.state"
        assert browser.wait_for(f"['holds', 'refused'].includes({state}) && {state}") == "holds"
        assert browser.ask("document.querySelectorAll('#frames figure').length") == 2
        said = str(browser.ask("document.body.innerText")).partition("Measured for video")[0]
        assert "Check these pictures" in said and "video" not in said
        for path, is_like in (
            (bundle / "public-2.png", True),
            (tmp_path / "copy.jpg", True),
            (tmp_path / "forged.png", False),
        ):
            browser.ask("delete document.body.dataset.compared")
            browser.give_files("#file", path)
            red = str(browser.wait_for(compared))
            assert red.isdecimal() and (red == "0") == is_like, (path.name, red)
            said = str(browser.ask("document.querySelectorAll('#frames figure')[1].innerText"))
            assert ("GREEN" in said, "RED" in said) == (is_like, not is_like)
            assert "Not compared: colour" in said
        assert "exact. Byte for byte" in str(browser.ask("document.body.innerText"))
        assert browser.faults() == [] and browser.requests() == []
