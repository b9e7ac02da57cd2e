"""If these fail, a still picture shows what was to be hidden, or its file holds more than the picture."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.derived import reel, shape, write_clip
from witnessmark.case.still_seen import raw_box
from witnessmark.case.stills_task import StillsReader
from witnessmark.ground.container.png_writer import SIGNATURE, chunk, write_png
from witnessmark.ground.jail import ProtocolBroken
from witnessmark.model.redaction import Box, Hidden, KeyBox, Masks, PublicFrame, PublicMap, Track, TrackState
from witnessmark.release.derivative.png_structure import odd_picture
from witnessmark.release.derivative.stills import StillMaker, blackened, tile_in_public
from witnessmark.release.derivative.strip import StripText
from witnessmark.release.opening.plan import Opened, OpeningPlan, Place, joined, parted

STRIP = StripText("WM-7", "ab12cd34", "0123456789" * 6, "fedcba9876" * 6)
SIZE = (320, 192)
HIDDEN = Box(70, 70, 120, 120)
MASKS = Masks(
    0,
    *SIZE,
    (
        Track(
            "t",
            Hidden.FACE,
            (KeyBox(0, 0, None, HIDDEN), KeyBox(0, 9, None, HIDDEN)),
            TrackState.CONFIRMED,
        ),
    ),
)


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(3).integers(40, 255, (height, width, 3), np.uint8)


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (64, 97)])
def test_the_file_holds_exactly_the_picture(size: tuple[int, int]) -> None:
    """A wrong pixel would be a changed picture; anything beside the pixels could point at somebody."""
    for rgb in (noise(*size), np.zeros((*size, 3), np.uint8)):
        data = write_png(rgb)
        image = Image.open(io.BytesIO(data))
        assert np.array_equal(np.asarray(image), rgb) and image.mode == "RGB" and not image.info
        assert odd_picture(data) == ()


def test_smooth_pictures_become_small() -> None:
    """A bundle of pictures would be too large to be passed on by a messenger."""
    y, x = np.mgrid[0:128, 0:128]
    rgb = np.stack([x, y, x + y // 2], axis=2).astype(np.uint8)
    assert len(write_png(rgb)) < rgb.size // 20


def with_chunk(data: bytes, name: bytes, body: bytes) -> bytes:
    head = len(SIGNATURE) + 25
    return data[:head] + chunk(name, body) + data[head:]


def with_stream(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    head, at = data[: len(SIGNATURE) + 25], len(SIGNATURE) + 25
    length = int.from_bytes(data[at : at + 4], "big")
    return head + chunk(b"IDAT", change(data[at + 8 : at + 8 + length])) + chunk(b"IEND", b"")


def test_anything_else_in_the_file_is_told() -> None:
    """A time, a name of a program, or bytes behind the picture would leave with it."""
    data = write_png(noise(20, 30))
    packed: Callable[[bytes], bytes] = lambda held: zlib.compress(zlib.decompress(held) + b"x")  # noqa: E731
    spoiled = {
        "chunks": [
            with_chunk(data, b"tEXt", b"Software\0x"),
            with_chunk(data, b"tIME", bytes(7)),
            with_chunk(data, b"gAMA", bytes(4)),
            with_chunk(data, b"eXIf", b"II"),
        ],
        "behind": [data + b"x"],
        "samples": [with_stream(data, packed), with_stream(data, lambda held: held + b"hidden")],
        "unpacked": [with_stream(data, lambda held: b"x" + held)],
        "damaged": [data[:-1] + b"x", data[:40] + bytes([data[40] ^ 1]) + data[41:]],
        "no PNG": [b"GIF89a", b""],
    }
    for word, files in spoiled.items():
        for one in files:
            assert any(word in found.what for found in odd_picture(one)), word


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pictures = [np.full((SIZE[1], SIZE[0], 3), 60 + 15 * n, np.uint8) for n in range(10)]
    return write_clip(tmp_path_factory.mktemp("clip") / "raw.mp4", pictures, Fraction(25))


def test_each_still_is_the_picture_that_was_asked_for_with_its_tiles_black(clip: Path) -> None:
    """Another picture than the proven one would be shown, or a face in it."""
    maker = StillMaker(MASKS, (7, 2), shape(clip), STRIP)
    reel(clip, maker)
    laid = maker.laid((7, 2))
    assert laid is not None and [frame.ordinal for frame in laid.frames] == [7, 2]
    assert maker.laid((7, 99)) is None
    tiles = MASKS.tiles_at(2)
    for ordinal, grey in ((7, 165), (2, 90)):
        picture = maker.pictures[ordinal]
        assert picture.shape == (laid.height_px + laid.strip_px, laid.width_px, 3)
        visible = np.ones(picture.shape[:2], bool)
        visible[laid.height_px :] = False
        for tile in tiles:
            left, top, right, bottom = tile_in_public(tile, laid)
            visible[max(0, top - 4) : bottom + 4, max(0, left - 4) : right + 4] = False
            assert picture[top + 2 : bottom - 2, left + 2 : right - 2].max() < 8
        assert np.abs(picture[visible].astype(int) - grey).max() <= 6
        assert not picture[laid.height_px :].std() < 5  # the strip says something


def test_a_picture_of_another_size_stops_everything(clip: Path) -> None:
    """Masks would lie on another grid than the picture that is shown."""
    maker = StillMaker(replace(MASKS, width_px=640, height_px=384), (2,), shape(clip), STRIP)
    with pytest.raises(AssertionError):  # of ``reel``: the consumer broke
        reel(clip, maker)
    assert not maker.pictures and maker.laid((2,)) is None


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_tiles_are_blackened_where_the_turned_picture_shows_them(turns: int) -> None:
    """The face would stay, and something else be hidden, in every film of a telephone held upright."""
    raw_width, raw_height = 300, 150
    width, height = (120, 60) if turns % 2 == 0 else (60, 120)
    laid = PublicMap(Fraction(1), raw_width, raw_height, width, height, 8, turns, (PublicFrame(0, 0, 0, 0),))
    raw = np.full((raw_height, raw_width, 3), 200, np.uint8)
    tile = 6  # second row, second column
    raw[64:128, 64:128] = 0
    turned = np.rot90(raw, -turns)
    rows = (np.arange(height) + 0.5) * turned.shape[0] / height
    columns = (np.arange(width) + 0.5) * turned.shape[1] / width
    expected = turned[rows.astype(int)][:, columns.astype(int)]
    picture = blackened(np.full((height + 8, width, 3), 200, np.uint8), [tile], laid)
    assert (picture[:height][expected == 0] == 0).all()
    wrong = int((picture[:height] == 0).sum() - (expected == 0).sum())
    assert 0 <= wrong <= 3 * 2 * (width + height)  # to the last pixel that it touches, and no further
    assert (picture[height:] == 200).all()
    left, top, right, bottom = tile_in_public(tile, laid)
    back = raw_box(Box(left, top, right, bottom), laid)
    assert back.left <= 64 and back.top <= 64 and back.right >= 128 and back.bottom >= 128


def told(**changed: Any) -> dict[str, Any]:
    frames = (PublicFrame(0, 0, 7, 70), PublicFrame(1, 0, 2, 20))
    laid = PublicMap(Fraction(1), *SIZE, 32, 16, 4, 0, frames)
    return {"type": "map", "map": {**laid.to_json(), **changed}}


def test_what_a_decoder_that_was_taken_over_could_hand_out_is_refused() -> None:
    """Pictures that nobody asked for, or bytes beside them, would reach the bundle."""
    for changed in (
        {"frames": [[0, 0, 7, 70, False]]},
        {"frames": [[0, 0, 7, 70, False], [1, 0, 3, 30, False]]},
        {"frames": [[0, 0, 7, 70, True], [1, 0, 2, 20, False]]},
        {"raw": [640, 384]},
        {"public": [1282, 16]},
        {"public": [32, 1278]},
    ):
        with pytest.raises(ProtocolBroken):
            StillsReader(MASKS, (7, 2)).on_record(told(**changed))
    size = 32 * 20 * 3
    for blobs in (
        [("still.2", bytes(size), True)],
        [("other", bytes(size), True)],
        [("still.0", bytes(size + 1), True)],
        [("still.0", bytes(size - 1), True)],
        [("still.0", bytes(size), True), ("still.0", b"x", True)],
    ):
        reader = StillsReader(MASKS, (7, 2))
        with pytest.raises(ProtocolBroken):
            reader.on_blob("still.0", b"x", False)  # before it is known how large they are
        reader.on_record(told())
        with pytest.raises(ProtocolBroken):
            for blob in blobs:
                reader.on_blob(*blob)
        assert not reader.is_whole
    reader = StillsReader(MASKS, (7, 2))
    reader.on_record(told())
    for name in ("still.0", "still.1"):
        reader.on_blob(name, bytes(size), True)
    assert not reader.is_whole
    reader.on_record(
        {"type": "done", "sandbox": "S1", "build": "b", "cpu_s": 1.0, "faults": [], "failures": []}
    )
    assert reader.is_whole and reader.samples(1) == bytes(size)


def test_one_pass_opens_several_pictures_and_each_gets_its_own() -> None:
    """The proof of one picture would lie beside another, or a leaf leave with two stories."""

    def plan(*ordinals: int) -> OpeningPlan:
        def opened(kind: str, n: int) -> Opened:
            return Opened(Place(kind, 0, n, n, kind.encode() + bytes([n])), 0, 1, ())

        return OpeningPlan(
            SIZE, tuple(opened("frame", n) for n in ordinals), (opened("sketch", ordinals[0]),)
        )

    plans = [plan(7), plan(2, 3), plan(5)]
    whole = joined(plans)
    pieces = {("frame", n): one.place.ordinal for n, one in enumerate(whole.frames)}
    pieces |= {("sketch", n): 100 + one.place.ordinal for n, one in enumerate(whole.sketches)}
    assert parted(plans, pieces) == [
        {("frame", 0): 7, ("sketch", 0): 107},
        {("frame", 0): 2, ("frame", 1): 3, ("sketch", 0): 102},
        {("frame", 0): 5, ("sketch", 0): 105},
    ]
    with pytest.raises(ValueError, match="twice"):
        joined([plan(7), plan(7)])
