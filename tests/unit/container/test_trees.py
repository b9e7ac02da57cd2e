"""Container trees: what the parsers read, and that nothing hostile makes them raise, hang or guess."""

# ruff: noqa: DTZ001 - the clocks built here carry no zone, like those in the files

from __future__ import annotations

import struct
import time
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from tests.support import boxes
from witnessmark.ground.container import BytesSource, Kind, ParseLimits, Tree, annexb, parse
from witnessmark.model.recording import MediaType

DAY = datetime(2015, 12, 12, 8, 59, 26)


def tree(data: bytes, limits: ParseLimits | None = None) -> Tree:
    return parse(BytesSource(data), None, limits)


def codes(result: Tree) -> set[str]:
    return {fault.code for fault in result.faults}


def test_movie_header_dates_tracks_and_brands_are_read() -> None:
    """If this fails, no date, track or brand of any MP4 or MOV is known."""
    result = tree(boxes.mp4(boxes.movie(created=DAY)))
    assert result.faults == ()
    assert result.top == ("ftyp", "moov", "mdat")
    assert result.declared.times[0].moment == DAY.replace(tzinfo=UTC)
    track = result.declared.tracks[0]
    assert (track.kind, track.codec, track.timescale, track.samples) == ("video", "avc1", 600, 30)
    assert result.declared.duration == Fraction(1)
    assert "ftyp@major=mp42" in result.tokens and "moov/trak/mdia/hdlr@name=VideoHandler" in result.tokens


def test_zero_is_not_a_date_and_1970_counts_are_told() -> None:
    """If this fails, recorders that set no date would be reported as from 1904 or 1970."""
    assert tree(boxes.mp4(boxes.movie())).declared.times == ()
    early = boxes.mp4(boxes.box("moov", boxes.full("mvhd", struct.pack(">IIII", 1_500_000_000, 0, 600, 1))))
    assert tree(early).declared.times[0].moment == datetime(2017, 7, 14, 2, 40, tzinfo=UTC)


def test_quicktime_keys_give_date_place_make_and_model() -> None:
    """If this fails, what an iPhone says about itself is lost."""
    meta = boxes.keys(
        com__apple__quicktime__creationdate="2015-01-19T12:45:11-0800",
        com__apple__quicktime__make="Apple",
        com__apple__quicktime__model="iPhone 5",
        com__apple__quicktime__location__ISO6709="+38.1893-119.9558+2004.158/",
    )
    declared = tree(boxes.mp4(boxes.movie(meta), major="qt  ")).declared
    assert [(t.zone, t.text) for t in declared.times] == [("stated", "2015-01-19T12:45:11-0800")]
    assert [t.text for t in (*declared.makes, *declared.models)] == ["Apple", "iPhone 5"]
    assert (declared.places[0].latitude_deg, declared.places[0].longitude_deg) == (38.1893, -119.9558)


@pytest.mark.parametrize(
    ("text", "latitude", "longitude"),
    [
        ("+38.5-119.25/", 38.5, -119.25),
        ("+3830.0-11915.0/", 38.5, -119.25),
        ("+383000-1191500/", 38.5, -119.25),
    ],
)
def test_iso6709_digits_tell_degrees_from_minutes(text: str, latitude: float, longitude: float) -> None:
    """If this fails, a place would be put on another continent."""
    meta = boxes.keys(com__apple__quicktime__location__ISO6709=text)
    place = tree(boxes.mp4(boxes.movie(meta))).declared.places[0]
    assert (place.latitude_deg, place.longitude_deg) == (latitude, longitude)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (boxes.ftyp() + struct.pack(">I4s", 3, b"moov"), "size_too_small"),
        (boxes.ftyp() + struct.pack(">I4s", 1000, b"mdat") + bytes(10), "truncated"),
        (boxes.ftyp() + struct.pack(">I4sQ", 1, b"mdat", 2**63) + bytes(10), "truncated"),
        (boxes.mp4(boxes.box("moov", struct.pack(">I4s", 500, b"mvhd") + bytes(8))), "size_beyond_parent"),
        (boxes.mp4(boxes.movie(boxes.full("stts", struct.pack(">I", 2**32 - 1)))), "bad_table"),
        (boxes.mp4(boxes.movie(boxes.full("stco", struct.pack(">II", 1, 2**31)))), "chunk_beyond_end"),
        (boxes.avi()[:200], "truncated"),
        (boxes.matroska("x")[:-6], "truncated"),
        (boxes.jpeg()[:-2], "truncated"),
        (boxes.transport()[:-5], "truncated"),
        (boxes.transport(breaks=True), "continuity"),
    ],
)
def test_damage_ends_in_its_own_typed_fault(data: bytes, code: str) -> None:
    """If this fails, damage is passed over in silence or told as something else."""
    assert code in codes(tree(data))


def test_size_zero_runs_to_the_end_at_the_top_only() -> None:
    """If this fails, a legal last box is called damage, or an illegal inner one is followed."""
    last = tree(boxes.ftyp() + boxes.movie() + struct.pack(">I4s", 0, b"mdat") + bytes(50))
    assert last.faults == () and last.nodes[-1].size_bytes == 58
    assert "size_zero" in codes(
        tree(boxes.mp4(boxes.box("moov", struct.pack(">I4s", 0, b"trak") + bytes(9))))
    )


def test_a_thousand_nested_boxes_end_quickly_at_the_depth_limit() -> None:
    """If this fails, a recursion bomb stops the examination."""
    inner = b""
    for _ in range(1000):
        inner = boxes.box("moov", inner)
    began = time.perf_counter()
    result = tree(boxes.ftyp() + inner)
    assert "depth" in codes(result) and len(result.nodes) < 40
    assert time.perf_counter() - began < 1


def test_a_million_tiny_boxes_stop_at_the_count_limit() -> None:
    """If this fails, a file of small boxes costs unbounded memory."""
    result = tree(boxes.ftyp() + boxes.box("free") * 100_000)
    assert "nodes" in codes(result) and len(result.nodes) == ParseLimits().nodes


def test_read_budget_ends_typed() -> None:
    """If this fails, a declared table of gigabytes would be read."""
    limits = ParseLimits(read_bytes=4096)
    big = boxes.mp4(boxes.movie(boxes.full("stts", struct.pack(">I", 4000), bytes(32_000))))
    assert "read_limit" in codes(tree(big, limits))


def test_an_appended_file_is_named_and_padding_is_not_a_payload() -> None:
    """If this fails, a hidden second file passes, or harmless padding is called one."""
    clean = boxes.mp4(boxes.movie())
    assert tree(clean).unaccounted == ()
    (zipped,) = tree(clean + b"PK\x03\x04" + bytes(60)).unaccounted
    assert zipped.offset == len(clean) and "zip" in zipped.what and not zipped.native
    (second,) = tree(clean + clean).unaccounted
    assert "mp4" in second.what
    (padding,) = tree(clean + bytes(512)).unaccounted
    assert padding.native == "padding"
    (samsung,) = tree(clean + b"payload" * 4 + b"SEFH" + bytes(20) + b"\x18\0\0\0SEFT").unaccounted
    assert samsung.native == "Samsung SEF"


def test_avi_chunks_and_their_strings() -> None:
    """If this fails, dates and software of AVI recorders are lost."""
    info = boxes.riff_list("INFO", boxes.chunk("ISFT", b"CanonMVI06\0"))
    result = tree(boxes.avi(boxes.chunk("IDIT", b"MON SEP 10 20:52:00 2012\n\0"), info=info))
    assert result.faults == ()
    assert result.declared.times[0].moment == datetime(2012, 9, 10, 20, 52)
    assert result.declared.software[0].text == "CanonMVI06"
    assert (result.declared.tracks[0].codec, result.declared.tracks[0].samples) == ("MJPG", 25)


def test_matroska_muxer_and_clusters() -> None:
    """If this fails, who wrote a Matroska file is not known."""
    cluster = boxes.element(0x1F43B675, boxes.element(0xE7, b"\0"), boxes.element(0xA3, bytes(8)))
    result = tree(boxes.matroska("mkvmerge v9", cluster, cluster))
    assert result.faults == () and result.count("clusters") == 2
    assert result.declared.software[0].text == "mkvmerge v9"


def test_live_matroska_of_unknown_size_is_walked() -> None:
    """If this fails, streams written live look damaged."""
    segment = b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"
    cluster = b"\x1f\x43\xb6\x75\xff" + boxes.element(0xE7, b"\0") + boxes.element(0xA3, bytes(8))
    head = boxes.element(0x1A45DFA3, boxes.element(0x4282, b"matroska"))
    result = tree(head + segment + boxes.element(0x1549A966, boxes.element(0x4D80, b"x")) + cluster * 3)
    assert result.faults == () and result.count("clusters") == 3


def test_transport_tables_and_service_provider() -> None:
    """If this fails, the muxer of a transport stream cannot be named."""
    result = tree(boxes.transport(provider="FFmpeg"))
    assert result.declared.software[0].text == "FFmpeg"
    assert result.declared.tracks[0].codec == "h264" and codes(result) == set()


def test_jpeg_exif_and_payload_behind_the_end() -> None:
    """If this fails, a movie behind a picture is not seen, or EXIF is not read."""
    said = boxes.segment(0xE1, boxes.exif(Make="Bushnell", DateTime="2023:06:20 13:09:04"))
    plain = tree(boxes.jpeg(said))
    assert plain.faults == () and plain.unaccounted == ()
    assert plain.declared.makes[0].text == "Bushnell" and plain.declared.times[0].zone == "none"
    (behind,) = tree(boxes.jpeg(said, tail=boxes.mp4(boxes.movie()))).unaccounted
    assert "mp4" in behind.what


def test_encoder_words_are_found_in_sei() -> None:
    """If this fails, x264's own signature in the picture data is missed."""
    unit = boxes.sei_user_data("x264 - core 164 - options: crf=23.0" + " " * 400)
    (entry,) = annexb.user_data(unit, hevc=False)
    assert entry.text.startswith("x264 - core 164")
    extradata = b"\x01\x42\x00\x1f\xff\xe0\x00"
    framed = struct.pack(">I", len(unit)) + unit
    assert [u[:1] for u in annexb.units_of(framed, extradata)] == [b"\x06"]


def test_the_same_bytes_give_the_same_tree() -> None:
    """If this fails, a finding's core could not be reproduced."""
    data = boxes.mp4(boxes.movie(boxes.too("Lavf58.1.100"), created=DAY))
    assert tree(data) == tree(data)


def test_an_unread_format_says_so() -> None:
    """If this fails, silence would be taken for a clean structure."""
    assert codes(parse(BytesSource(b"x"), Kind(MediaType.VIDEO, "flv"))) == {"no_parser"}
