"""The numbering inside coded pictures, read from real packets and from hostile bytes."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpus.clips import make_clip
from witnessmark.ground.container.coded_order import reader_for
from witnessmark.ground.container.coded_picture import CodedPicture
from witnessmark.ground.container.slice_bits import BitReader, BitsEndedError, unescaped, units


def read_all(path: Path) -> list[tuple[int, CodedPicture | None]]:
    with av.open(str(path)) as held:
        video = held.streams.video[0]
        reader = reader_for(video.codec_context.name, bytes(video.codec_context.extradata or b""))
        assert reader is not None
        return [(p.pts or 0, reader.read(memoryview(bytes(p)))) for p in held.demux(video) if p.size]


@pytest.mark.parametrize(
    ("name", "codec", "bframes"),
    [
        ("a.mp4", "libx264", 0),
        ("b.mp4", "libx264", 3),
        ("c.ts", "libx264", 2),
        ("d.mkv", "libx265", 3),
        ("e.mp4", "mpeg4", 0),
        ("f.mp4", "mpeg4", 2),
    ],
)
def test_order_follows_presentation(tmp_path: Path, name: str, codec: str, bframes: int) -> None:
    """Or numbers would be misread, and every file would look spliced."""
    make_clip(tmp_path / name, seconds=3, size=(160, 120), seed=51, codec=codec, bframes=bframes, gop=25)
    read = read_all(tmp_path / name)
    assert [p for _, p in read if p is None] == []
    by_sequence: dict[int, list[tuple[int, int]]] = {}
    for pts, picture in read:
        assert picture is not None and picture.order is not None
        by_sequence.setdefault(picture.sequence, []).append((picture.order, pts))
    for placed in by_sequence.values():
        assert [pts for _, pts in sorted(placed)] == sorted(pts for _, pts in placed)
    assert sum(len(p) for p in by_sequence.values()) == 75


@pytest.mark.parametrize("codec", ["h264", "hevc", "mpeg4"])
@given(extradata=st.binary(max_size=120), packets=st.lists(st.binary(max_size=200), max_size=5))
@settings(max_examples=150, deadline=None)
def test_hostile_bytes_never_raise(codec: str, extradata: bytes, packets: list[bytes]) -> None:
    """Or a made-up file could end the examination of a whole case."""
    reader = reader_for(codec, extradata)
    assert reader is not None
    for data in packets:
        reader.read(data)


@pytest.mark.parametrize("codec", ["libx264", "libx265", "mpeg4"])
def test_damaged_pictures_never_raise(tmp_path: Path, codec: str) -> None:
    """Bytes that were once right and are flipped reach deeper than random ones."""
    path = tmp_path / "x.mkv"
    make_clip(path, seconds=1, size=(160, 120), seed=52, codec=codec, audio=False)
    with av.open(str(path)) as held:
        video = held.streams.video[0]
        extradata = bytes(video.codec_context.extradata or b"")
        name = video.codec_context.name
        packets = [bytes(p) for p in held.demux(video) if p.size]
    for place in range(0, len(extradata), 3):
        flipped = bytearray(extradata)
        flipped[place] ^= 0x55
        reader = reader_for(name, bytes(flipped))
        assert reader is not None
        for k, data in enumerate(packets[:6]):
            broken = bytearray(data)
            broken[(place * 7 + k) % min(len(broken), 40)] ^= 0xFF
            reader.read(bytes(broken))


def test_golomb_codes_of_the_standard() -> None:
    """Table 9-2 of H.264: or every field after the first would be shifted."""
    reader = BitReader(bytes([0b1_010_011_0, 0b0100_0010, 0b1_000_0000]))
    assert [reader.unsigned() for _ in range(5)] == [0, 1, 2, 3, 4]


def test_end_of_bits_is_an_error_of_its_own() -> None:
    """Or reading past the end would return zeros that look like numbers."""
    with pytest.raises(BitsEndedError):
        BitReader(b"\x00\x00\x00\x00\x00\x00").unsigned()


def test_emulation_prevention_is_removed() -> None:
    """Or headers that hold three zero bytes would be misread."""
    assert unescaped(b"\x00\x00\x03\x01\x00\x00\x03") == b"\x00\x00\x01\x00\x00"


def test_units_by_length_and_by_start_code() -> None:
    """Or MP4 and transport streams would need two readers."""
    assert [bytes(u) for u in units(b"\x00\x00\x00\x02ab\x00\x00\x00\x01c", 4)] == [b"ab", b"c"]
    assert [bytes(u) for u in units(b"\x00\x00\x01ab\x00\x00\x01c", 0)] == [b"ab", b"c"]
