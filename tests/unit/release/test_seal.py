"""If these fail, a root in the custody log no longer means what the published format says it means."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import seal_reference as reference
from witnessmark.model.consumer import SealRecord
from witnessmark.model.recording import Recording, Stream
from witnessmark.model.samples import Frame, Packet
from witnessmark.release.seal import formulas
from witnessmark.release.seal.commit import SealCommitter
from witnessmark.release.seal.planes import block_means, shapes, sketch_tiles

BASE = Fraction(1, 25)


def plane(width_bytes: int, height: int, seed: int, dtype: str = "u1") -> np.ndarray:
    rows = b"".join(reference.rows_of(width_bytes, height, seed))
    return np.frombuffer(rows, np.uint8).reshape(height, width_bytes).view(dtype)


def a_frame(
    ordinal: int,
    pts: int | None,
    planes: tuple[np.ndarray, ...],
    fmt: str = "yuv420p",
    *,
    stream: int = 0,
    key: bool = False,
    width: int = 70,
    height: int = 66,
) -> Frame:
    return Frame(
        stream, ordinal, pts, BASE, key, "I" if key else "P", width, height, fmt, False, False, lambda: planes
    )


def sketch_leaf(committer: SealCommitter, frame: Frame, planes: tuple[np.ndarray, ...]) -> bytes:
    committer._sketch(frame, planes, b"")
    committer._hash_sketches()
    return committer._places[-1].leaf


YUV = (plane(70, 66, 1), plane(35, 33, 2), plane(35, 33, 3))


def test_vectors_stand_as_published() -> None:
    """The published vectors are those of the plain-Python reference."""
    assert json.loads(reference.VECTORS.read_text()) == reference.build()


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (a_frame(5, 1234, YUV), "frame_yuv420p_70x66_stream0_ordinal5_pts1234"),
        (
            a_frame(6, None, (plane(140, 66, 4, "<u2"),), "gray10le"),
            "frame_gray10le_70x66_stream0_ordinal6_pts_missing",
        ),
        (
            a_frame(0, -7, (plane(280, 66, 5),), "bgra", stream=1),
            "frame_bgra_70x66_stream1_ordinal0_pts_minus7",
        ),
    ],
)
def test_frame_leaves_match_the_spec(frame: Frame, name: str) -> None:
    """A stranger's recomputation of a proven frame would fail."""
    committer = SealCommitter(reference.ITEM_KEY, every_frame=True)
    place = committer._seal(frame, frame.planes(), b"")
    assert place.leaf.hex() == json.loads(reference.VECTORS.read_text())[name]


def test_sketch_sound_and_root_match_the_spec() -> None:
    """A court's recomputation of the item root would fail."""
    vectors = json.loads(reference.VECTORS.read_text())
    committer = SealCommitter(reference.ITEM_KEY, every_frame=True)
    sketch = sketch_leaf(committer, a_frame(5, 1234, YUV), YUV)
    assert sketch.hex() == vectors["sketch_of_Y_stream0_ordinal5_pts1234"]
    salt_o, salt_f, _ = formulas.salts(formulas.derive_key(reference.ITEM_KEY, "sound", 2, 3), 0)
    sound = vectors["sound_aac_stream2_group3_pts4096"]
    leaf = formulas.two_halved_leaf(
        "sound",
        formulas.order_half(salt_o, 2, 3, 4096),
        formulas.sound_half(
            salt_f, "aac", bytes.fromhex(sound["extradata"]), [bytes.fromhex(p) for p in sound["packets"]]
        ),
    )
    assert leaf.hex() == sound["leaf"]
    names = [n for n in vectors if n.startswith("frame_") and "_stream" in n]
    leaves = [bytes.fromhex(vectors[n]) for n in names] + [sketch, leaf]
    assert (
        formulas.item_root(reference.ITEM_KEY, leaves)[0].hex() == vectors["item_root_of_these_five_leaves"]
    )


@given(st.integers(1, 150), st.integers(1, 150), st.integers(0, 2), st.integers(0, 1), st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_any_geometry_cuts_as_the_reference_does(w: int, h: int, sx: int, sy: int, seed: int) -> None:
    """An odd size or subsampling would seal other bytes than the spec says."""
    cw, ch = -(-w // (1 << sx)), -(-h // (1 << sy))
    planes = (plane(w, h, seed), plane(cw, ch, (seed + 1) % 256), plane(cw, ch, (seed + 2) % 256))
    got = SealCommitter(reference.ITEM_KEY)._seal(
        a_frame(0, 0, planes, "any", width=w, height=h), planes, b""
    )
    # a one-sample-wide picture reads the same under several subsamplings: use what was read off it
    (_, a, b) = shapes(w, h, planes)
    lines = [[bytes(r) for r in p] for p in planes]
    expected = reference.frame(
        "any", w, h, [(0, 0, 1, lines[0]), (a.sx, a.sy, 1, lines[1]), (b.sx, b.sy, 1, lines[2])], 0, 0, 0
    )
    assert got.leaf == expected


@given(st.integers(1, 200), st.integers(1, 200), st.integers(0, 255))
@settings(max_examples=40, deadline=None)
def test_sketches_of_any_size(w: int, h: int, seed: int) -> None:
    """The page that compares video and sketch would draw the wrong tile."""
    luma = plane(w, h, seed)
    tiles = sketch_tiles(block_means(luma))
    assert sum(map(len, tiles)) == -(-w // 8) * -(-h // 8)
    got = sketch_leaf(
        SealCommitter(reference.ITEM_KEY), a_frame(0, 9, (luma,), "gray", width=w, height=h), (luma,)
    )
    assert got == reference.sketch(w, h, [bytes(r) for r in luma], 0, 0, 9)


def recording(codec: str = "aac") -> Recording:
    sound = Stream(1, "audio", codec, Fraction(1, 1000), 0, None, 0, extradata=b"x")
    return Recording("mp4", (Stream(0, "video", "h264", BASE, 0, None, 0), sound), None, 0, (), 0)


def feed(frames: list[Frame], packets: list[Packet] = [], **options: bool) -> SealRecord:  # noqa: B006
    committer = SealCommitter(reference.ITEM_KEY, **options)
    committer.begin(recording(), None)  # type: ignore[arg-type]
    for sample in [*frames, *packets]:
        committer.take(sample)
    (record,) = committer.finish()
    assert isinstance(record, SealRecord)
    return record


def test_sampling_prefers_key_frames_and_keeps_its_rates() -> None:
    """Fewer frames than promised would be provable."""
    frames = [a_frame(i, i, YUV, key=i % 30 == 20) for i in range(100)]
    counts = dict(feed(frames).counts)
    assert counts["frames"] == 8
    assert counts["sketches"] == 24
    assert dict(feed(frames, every_frame=True).counts)["frames"] == 100


def test_same_time_stamps_never_share_a_root_or_thin_the_sketches() -> None:
    """A file whose time stands still would escape the sketch layer."""
    counts = dict(feed([a_frame(i, 0, YUV) for i in range(90)]).counts)
    assert counts["sketches"] == 6
    assert counts["frames"] == 1


def test_missing_time_stamps_are_sampled_by_ordinal() -> None:
    """Raw streams would not be sealed."""
    counts = dict(feed([a_frame(i, None, YUV) for i in range(24)]).counts)
    assert (counts["frames"], counts["sketches"]) == (2, 6)


def test_sound_groups_close_at_one_second_or_by_count() -> None:
    """Silencing one second would force the opening of all sound."""
    declared = [
        Packet(1, i, i * 20, i * 20, 20, Fraction(1, 1000), 3, None, True, False, memoryview(b"abc"))
        for i in range(120)
    ]
    undeclared = [
        Packet(1, i, None, None, None, Fraction(1, 1000), 3, None, True, False, memoryview(b"abc"))
        for i in range(120)
    ]
    assert dict(feed([], declared).counts)["sound_groups"] == 3
    assert dict(feed([], undeclared).counts)["sound_groups"] == 3


def test_one_sample_changed_changes_the_root() -> None:
    """The seal would not bind the picture."""
    other = (YUV[0].copy(), YUV[1], YUV[2])
    other[0][65, 69] ^= 1
    assert feed([a_frame(0, 0, YUV)]).item_root != feed([a_frame(0, 0, other)]).item_root
