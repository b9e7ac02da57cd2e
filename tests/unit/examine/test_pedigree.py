"""What a file leaves of its own descent: the digests of its coded pictures, its ends, its finest detail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.corpus.clips import Scene, make_clip
from tests.support.examined import stream_copy
from tests.support.pedigrees import pedigree_of
from witnessmark.examine.pedigree.detail import EDGES, detail_of
from witnessmark.examine.pedigree.record import Pedigree, PedigreeError, empty, read_pedigree
from witnessmark.ground.media.workshop import copy_packets
from witnessmark.model.consumer import Feature


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pedigree") / "clip.mp4"
    make_clip(path, seconds=4, size=(192, 144), gop=25, bframes=2, seed=3)
    return path


@pytest.mark.parametrize("container", ["matroska", "mpegts", "mov"])
def test_a_new_container_leaves_the_coded_pictures_as_they_were(
    clip: Path, container: str, tmp_path: Path
) -> None:
    """A copy in another container would pass for another recording: its framing differs, its slices do not."""
    other = tmp_path / "other"
    other.write_bytes(stream_copy(clip.read_bytes(), container))
    one, copied = pedigree_of(clip), pedigree_of(other)
    assert one.video_digest == copied.video_digest
    assert one.groups.tolist() == copied.groups.tolist()


def test_another_encoding_has_other_coded_pictures(clip: Path, tmp_path: Path) -> None:
    """Two encodings of the same pictures would be called the same stream."""
    make_clip(tmp_path / "again.mp4", seconds=4, size=(192, 144), gop=25, bframes=2, seed=3, crf=24)
    one, again = pedigree_of(clip), pedigree_of(tmp_path / "again.mp4")
    assert one.video_digest != again.video_digest
    assert not set(one.groups.tolist()) & set(again.groups.tolist())


def test_a_part_cut_out_without_encoding_shares_its_groups(clip: Path, tmp_path: Path) -> None:
    """A stretch that was copied packet by packet could not be told from one that was encoded anew."""
    part = tmp_path / "part.mp4"
    copy_packets(clip, part, lambda place: 1.0 <= place.time_s < 2.9, lambda place: -1.0)
    one, cut = pedigree_of(clip), pedigree_of(part)
    assert len(set(one.groups.tolist()) & set(cut.groups.tolist())) >= 1
    assert one.video_digest != cut.video_digest


def test_times_are_those_of_the_file(clip: Path) -> None:
    """A continuation would be sought at the wrong moment."""
    held = pedigree_of(clip)
    assert (held.start_s, round(held.end_s, 3), held.pictures, held.shown_pictures) == (0.0, 4.0, 100, 100)
    assert held.group_times_s.round(3).tolist() == [0.0, 1.0, 2.0, 3.0]
    assert held.first_times_s[0] == 0.0
    assert round(float(held.last_times_s[-1]), 3) == 3.96


def test_what_it_writes_it_reads(clip: Path) -> None:
    """A case could not be compared a second time."""
    held = pedigree_of(clip)
    again = read_pedigree(held.to_feature())
    for name in Pedigree.__slots__:
        one, other = getattr(held, name), getattr(again, name)
        assert np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other
    assert read_pedigree(empty().to_feature()).pictures == 0


def test_nothing_else_is_read(clip: Path) -> None:
    """One booby-trapped file could stop every later comparison of the case."""
    feature = pedigree_of(clip).to_feature()
    rng = np.random.default_rng(5)
    refused = 0
    for _ in range(300):
        data = bytearray(feature.data)
        for at in rng.integers(0, min(len(data), 900), int(rng.integers(1, 4))):
            data[at] = int(rng.integers(256))
        cut = bytes(data[: int(rng.integers(0, len(data)))]) if rng.random() < 0.3 else bytes(data)
        try:
            read_pedigree(Feature("pedigree", 1, cut))
        except PedigreeError:
            refused += 1
    assert refused > 150
    for other in (
        Feature("pedigree", 2, feature.data),
        Feature("x", 1, feature.data),
        Feature("pedigree", 1, b""),
    ):
        with pytest.raises(PedigreeError):
            read_pedigree(other)


def test_detail_counts_cycles_per_picture_whatever_the_size() -> None:
    """A large and a small copy could not be laid beside each other."""
    for side in (256, 512):
        at = np.arange(side) / side
        wave = np.tile(100 + 50 * np.sin(2 * np.pi * 50 * at), (side, 1)).astype(np.uint8)
        measured = detail_of(wave, 8)
        assert measured is not None
        across, down = measured.across, measured.down
        band = int(np.searchsorted(EDGES, 50, side="right")) - 1
        assert int(across.argmax()) == band
        assert across[band] == pytest.approx(50**2 / 4, rel=0.15)
        assert down.max() < 1
    assert detail_of(np.zeros((40, 400), np.uint8), 8) is None


def test_blur_takes_the_finest_first() -> None:
    """The comparison of detail rests on it."""
    picture = Scene((320, 240), 4).picture(0)[:240]
    blurred = (
        (picture[:-1, :-1].astype(np.uint16) + picture[1:, :-1] + picture[:-1, 1:] + picture[1:, 1:]) // 4
    ).astype(np.uint8)
    sharp, soft = detail_of(picture, 8), detail_of(blurred, 8)
    assert sharp is not None and soft is not None
    lost = 10 * np.log10(sharp.across[:10] / soft.across[:10])
    assert lost[9] > 2 * lost[6] > 0


def test_blocks_show_in_a_blocky_picture_only() -> None:
    """The edges of blocks would pass for detail, and the worst copy for the original."""
    noise = np.random.default_rng(2).integers(0, 256, (241, 321)).astype(np.uint16)
    picture = ((noise[:-1, :-1] + noise[1:, :-1] + noise[:-1, 1:] + noise[1:, 1:]) // 4).astype(np.uint8)
    blocky = np.kron(picture[::8, ::8], np.ones((8, 8), np.uint8))
    plain, blocks = detail_of(picture, 8), detail_of(blocky, 8)
    assert plain is not None and blocks is not None
    assert all(0.95 < value < 1.05 for value in plain.blockiness)
    assert min(blocks.blockiness) > 2
