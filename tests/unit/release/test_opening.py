"""If these fail, an opened tile no longer means what the published format says it means, or shows what is hidden."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import bundle_reference as reference
from tests.support import bundles
from witnessmark.case.opening_task import OpeningReader
from witnessmark.ground.jail import ProtocolBroken
from witnessmark.model.errors import CheckFailedError, UnusableInputError
from witnessmark.release.opening.opener import SealOpener
from witnessmark.release.opening.plan import OpeningPlan, plan_opening, read_index
from witnessmark.release.opening.proofs import ItemTree, Piece, open_item
from witnessmark_verify import opening
from witnessmark_verify.verdict import Refused

VECTORS: dict[str, str] = json.loads(reference.VECTORS.read_text())
ROOT = bytes.fromhex(VECTORS["item_root"])


def packed(name: str) -> bytes:
    return zlib.compress(bytes.fromhex(VECTORS[name]))


def test_vectors_stand_as_published() -> None:
    """The published vectors are those of the plain-Python reference."""
    assert reference.build() == VECTORS


def test_verifier_reads_the_vectors() -> None:
    """A stranger's program written from the specification and ours would disagree."""
    frame = opening.check_frame(VECTORS["proven_frame"].encode(), packed("proven_frame_tiles"), ROOT)
    assert (frame.public_frame, sorted(frame.tiles), frame.hidden) == (120, [0, 1, 2], (3,))
    assert b"".join(frame.tiles.values()).hex() == VECTORS["proven_frame_tiles"]
    hashes = bytes.fromhex(VECTORS["sketches_hashes"])
    sketches = opening.check_sketches(VECTORS["sketches"].encode(), hashes, packed("sketches_means"), ROOT)
    assert (sketches.shown, sketches.tiles, sketches.hidden) == (((0, 1), (4, 1)), 8, 1)
    assert sketches.longest_gap(8) == 3
    sound = opening.check_sound(VECTORS["sound"].encode(), bytes.fromhex(VECTORS["sound_packets"]), ROOT)
    assert (sound.groups, sound.codecs) == (1, ("aac",))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_changed_byte_of_an_opening_passes(data: st.DataObject) -> None:
    """A forger would change what is shown, or un-hide a tile with content of his own."""
    kinds: dict[str, tuple[list[bytes], Any]] = {
        "frame": ([VECTORS["proven_frame"].encode(), packed("proven_frame_tiles")], opening.check_frame),
        "sketches": (
            [
                VECTORS["sketches"].encode(),
                bytes.fromhex(VECTORS["sketches_hashes"]),
                packed("sketches_means"),
            ],
            opening.check_sketches,
        ),
        "sound": ([VECTORS["sound"].encode(), bytes.fromhex(VECTORS["sound_packets"])], opening.check_sound),
    }
    files, check = kinds[data.draw(st.sampled_from(sorted(kinds)))]
    which = data.draw(st.integers(0, len(files) - 1))
    at = data.draw(st.integers(0, len(files[which]) - 1))
    changed = bytearray(files[which])
    changed[at] ^= data.draw(st.integers(1, 255))
    files[which] = bytes(changed)
    try:
        check(*files, ROOT)
    except Refused:
        return
    # what a hash cannot bind: where the public video shows it (the index binds that), and zlib's own framing
    before = json.loads(VECTORS["proven_frame"]) if check is opening.check_frame else None
    if which == 0:
        name = {"public_frame", "public_start_ms"} | (
            {"sketches"} if check is opening.check_sketches else set()
        )
        assert any(word in files[0].decode("utf-8", "replace") for word in name), before
    else:
        assert zlib.decompress(files[which]) and (which == len(files) - 1)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A sealed clip of two seconds."""
    raw = tmp_path_factory.mktemp("sealed") / "raw.mp4"
    from witnessmark.ground.media.workshop import Recipe, write_movie

    write_movie(raw, (bundles.scene(n) for n in range(bundles.LENGTH)), Recipe(bundles.RATE, crf=20))
    return raw, bundles.seal(raw)


def test_hidden_tiles_are_nowhere_in_what_is_published(sealed: tuple[Path, Any]) -> None:
    """A face under a box could be read out of the proof."""
    raw, record = sealed
    item = bundles.opened(raw, record, bundles.public_map(), proven_frames=2)
    open_everything = bundles.opened(
        raw, record, bundles.public_map(), replace(bundles.MASKS, tracks=()), proven_frames=2
    )
    for shown, whole in zip(item.frames, open_everything.frames, strict=True):
        document = json.loads(shown.files[".json"])
        assert document["hidden"]
        opened = opening.check_frame(*shown.files.values(), item.item_root)
        all_of_it = opening.check_frame(*whole.files.values(), item.item_root)
        published = b"".join(opened.tiles.values()) + shown.files[".json"]
        for tile in map(int, document["hidden"]):
            assert all_of_it.tiles[tile][:64] not in published
            salt = json.loads(whole.files[".json"])["salts"][str(tile)]
            assert salt.encode() not in published


def test_a_flat_black_tile_cannot_be_guessed(sealed: tuple[Path, Any]) -> None:
    """Whoever guesses what is under a box could confirm the guess: the salt must be missing and large."""
    raw, record = sealed
    (frame, *_) = bundles.opened(raw, record, bundles.public_map(), proven_frames=1).frames
    document = json.loads(frame.files[".json"])
    opened = opening.check_frame(*frame.files.values(), record.item_root)
    size = opened.layout.tile_bytes(opened.hidden[0])
    known = [bytes.fromhex(salt) for salt in document["salts"].values()]
    guesses = [bytes(16), *known, bytes.fromhex(document["salt_f"])]
    hidden = set(document["hidden"].values())
    for luma in range(256):
        content = bytes([luma]) * (size * 2 // 3) + b"\x80" * (size // 3)
        assert not {opening.tile_leaf("tile", salt, content).hex() for salt in guesses} & hidden
    assert len({*document["salts"].values()}) == len(document["salts"])


def test_nothing_published_tells_ordinal_or_time_stamp(sealed: tuple[Path, Any]) -> None:
    """Native positions would tell which file it was. The order half must not be guessable from them."""
    raw, record = sealed
    (frame, *_) = bundles.opened(raw, record, bundles.public_map(), proven_frames=1).frames
    document = json.loads(frame.files[".json"])
    assert set(document) == set(json.loads(VECTORS["proven_frame"]))
    from witnessmark.release.seal import formulas

    known = [bytes.fromhex(s) for s in (*document["salts"].values(), document["salt_f"])]
    for salt in known[:4]:
        for ordinal in range(60):
            for pts in (None, *range(0, 30_000, 512)):
                assert formulas.order_half(salt, 0, ordinal, pts).hex() != document["order"]


def test_sketches_cover_the_whole_public_span(sealed: tuple[Path, Any]) -> None:
    """A stretch without sketches could hold anything."""
    raw, record = sealed
    public = bundles.public_map()
    item = bundles.opened(raw, record, public)
    assert item.sketches is not None
    opened = opening.check_sketches(*item.sketches.files.values(), item.item_root)
    assert opened.longest_gap(len(public.frames)) <= bundles.RATE / 2
    assert len(opened.shown) >= 6 * len(public.frames) // bundles.RATE - 1


def test_a_taken_over_decoder_can_put_nothing_of_its_own_into_a_bundle(sealed: tuple[Path, Any]) -> None:
    """Hostile footage that takes over the decoder could smuggle hidden tiles, or a forgery, into what is published."""
    raw, record = sealed
    places = read_index(record.index)
    plan = plan_opening(places, bundles.public_map(), bundles.MASKS.tiles_at, proven_frames=1)
    pieces: dict[tuple[str, int], Piece] = {}

    def tell(which: str, number: int, said: dict[str, Any], data: bytes) -> None:
        pieces[which, number] = Piece(said, data)

    bundles.reel(raw, SealOpener(bundles.ITEM_KEY, plan.to_request(), tell))
    tree = ItemTree(bundles.ITEM_KEY, places, record.item_root)
    open_item(tree, plan, pieces)
    good = pieces["frame", 0]
    other = {**good.said, "layout": str(good.said["layout"]).replace("256", "255")}
    for bad in (
        Piece(good.said, good.data[:-1] + bytes([good.data[-1] ^ 1])),
        Piece(good.said, bytes([good.data[0] ^ 1]) + good.data[1:]),
        Piece(good.said, good.data + b"x"),
        Piece(good.said, b""),
        Piece(other, good.data),
        Piece({"layout": "x"}, good.data),
    ):
        with pytest.raises(CheckFailedError):
            open_item(tree, plan, {**pieces, ("frame", 0): bad})
    with pytest.raises(CheckFailedError):
        open_item(tree, plan, {key: piece for key, piece in pieces.items() if key != ("sketch", 3)})
    swapped = {**pieces, ("sketch", 0): pieces["sketch", 1], ("sketch", 1): pieces["sketch", 0]}
    with pytest.raises(CheckFailedError):
        open_item(tree, plan, swapped)


def test_sound_is_opened_group_by_group(sealed: tuple[Path, Any]) -> None:
    """Sound that is shown could not be proven, or what is silenced would be opened with it."""
    raw, record = sealed
    groups = [p for p in read_index(record.index) if p.kind == "sound"]
    wanted = {(groups[1].stream, groups[1].ordinal): 880}
    item = bundles.opened(raw, record, bundles.public_map(), sound=wanted)
    assert item.sound is not None
    opened = opening.check_sound(*item.sound.files.values(), item.item_root)
    assert (opened.groups, opened.starts_ms) == (1, (880,))
    assert len(json.loads(item.sound.files[".json"])["groups"]) == 1 < len(groups)


def test_a_damaged_index_or_another_key_opens_nothing(sealed: tuple[Path, Any]) -> None:
    """A wrong index would end in a bundle that no stranger accepts."""
    _, record = sealed
    with pytest.raises(UnusableInputError):
        read_index(record.index[:-5] + b"xxxxx")
    with pytest.raises(CheckFailedError):
        ItemTree(bytes(32), read_index(record.index), record.item_root)


@pytest.mark.parametrize(
    "record",
    [
        {"type": "frame", "number": 1, "bytes": 1, "layout": "x"},
        {"type": "frame", "number": -1, "bytes": 1, "layout": "x"},
        {"type": "frame", "number": 0, "bytes": 1 << 60, "layout": "x"},
        {"type": "frame", "number": 0, "bytes": 1, "layout": "x", "name": "raw.mp4"},
        {"type": "sound", "number": 0, "bytes": 1, "codec": "a", "extradata": "0", "packets": [1]},
        {"type": "finding"},
    ],
)
def test_what_no_honest_child_says_breaks_the_protocol(record: dict[str, Any]) -> None:
    """A taken-over child would be heard on things nobody asked it."""
    place = read_index_one()
    reader = OpeningReader(OpeningPlan((64, 64), frames=(place,)))
    with pytest.raises(ProtocolBroken):
        reader.on_record(record)
        reader.on_record(record)
    with pytest.raises(ProtocolBroken):
        reader.on_blob("feature.0", b"x", True)


def read_index_one() -> Any:
    from witnessmark.release.opening.plan import Opened, Place

    return Opened(Place("frame", 0, 0, 0, bytes(32)), 0, 1, ())
