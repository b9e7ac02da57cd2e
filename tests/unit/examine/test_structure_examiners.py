"""Examiners of structure on hand-built files: each mark has its negative twin."""

# ruff: noqa: DTZ001 - the clocks built here carry no zone, like those in the files

from __future__ import annotations

from datetime import datetime

import pytest

from tests.support import boxes
from tests.support.examined import examined, marks, of
from witnessmark.examine import layouts, writers
from witnessmark.examine.examiners import metadata
from witnessmark.examine.registry import cards, examinations
from witnessmark.ground.container import DeclaredTime, Kind
from witnessmark.model.findings import Grade, Outcome
from witnessmark.model.recording import MediaType

DAY = datetime(2020, 2, 18, 10, 0, 0)
LAVF_FTYP = boxes.ftyp("isom", 512, "isom", "iso2", "avc1", "mp41")


def lavf_movie(**track: object) -> bytes:
    """What movenc.c leaves when its strings are taken out."""
    inside = boxes.box("avcC", bytes(8)), boxes.box("btrt", bytes(12))
    one = boxes.trak(edits=True, entry=boxes.avc1("", bytes(4), *inside), **track)  # type: ignore[arg-type]
    return boxes.box("moov", boxes.mvhd(None, 1000, 1000), one)


def test_every_examiner_answers_every_kind_on_every_medium() -> None:
    """If this fails, a question was asked and met silence."""
    for content in (
        boxes.mp4(boxes.movie()),
        boxes.jpeg(),
        boxes.riff("WAVE", boxes.chunk("data", bytes(8))),
    ):
        found = examined(content, packets=False)
        assert {core.kind for core in found} == {
            kind for card in cards() if card.id in _OURS for kind in card.kinds
        }


_OURS = {"container", "metadata", "software", "credentials", "synthetic"}


def test_the_registry_lists_them_without_the_decoder() -> None:
    """If this fails, the five are not run at all."""
    assert {card.id for card in cards()} >= _OURS
    assert len(examinations(Kind(MediaType.SOUND, "wav"), sorted(_OURS))) == 5


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (boxes.mp4(boxes.movie(boxes.too("Lavf58.20.100"))), "FFmpeg"),
        (boxes.mp4(boxes.movie(boxes.too("HandBrake 1.6.1"))), "HandBrake"),
        (boxes.mp4(boxes.box("free", b"IsoMedia File Produced with GPAC 0.5.2\0"), boxes.movie()), "GPAC"),
        (boxes.mp4(boxes.movie(tracks=(boxes.trak(entry=boxes.avc1("", b"FFMP")),))), "FFmpeg"),
        (boxes.matroska("Lavf"), "FFmpeg"),
        (boxes.matroska("libebml v1.4.2 + libmatroska v1.6.4"), "mkvmerge"),
        (boxes.avi(info=boxes.riff_list("INFO", boxes.chunk("ISFT", b"Lavf57.83.100\0"))), "FFmpeg"),
        (boxes.transport(provider="FFmpeg"), "FFmpeg"),
        (boxes.jpeg(boxes.segment(0xE1, boxes.exif(Software="Adobe Photoshop 21.1 (Macintosh)"))), "Adobe"),
        (boxes.jpeg(boxes.segment(0xFE, b"CREATOR: gd-jpeg v1.0")), "gd"),
    ],
)
def test_a_writers_string_is_conclusive(content: bytes, name: str) -> None:
    """If this fails, a file signed by software passes as untouched."""
    core = of(examined(content, ["container"], packets=False), "container.rewritten")
    assert (core.outcome, core.grade) == (Outcome.OBSERVED, Grade.STRONG)
    assert name in core.statement and core.must_be_explained


@pytest.mark.parametrize(
    "content",
    [
        boxes.mp4(boxes.movie(created=DAY)),
        boxes.mp4(boxes.movie(tracks=(boxes.trak(name="GoPro AVC", entry=boxes.avc1("GoPro AVC encoder")),))),
        boxes.avi(info=boxes.riff_list("INFO", boxes.chunk("ISFT", b"CanonMVI06\0"))),
        boxes.mp4(boxes.movie(boxes.keys(com__apple__quicktime__software="12.3"))),
        boxes.matroska("SomeRecorder 1.0"),
        boxes.transport(provider="CAM"),
        boxes.jpeg(boxes.segment(0xE1, boxes.exif(Software="Ver.1.02", Make="NIKON"))),
    ],
)
def test_recorders_and_unknown_writers_raise_no_mark(content: bytes) -> None:
    """If this fails, an untouched or unknown recorder is called re-written (the negative twin)."""
    assert marks(examined(content, packets=False)) == []


def test_structure_alone_is_moderate_when_several_habits_agree() -> None:
    """If this fails, a copy whose strings were taken out passes, or is called certain."""
    content = LAVF_FTYP + boxes.box("free") + boxes.box("mdat", bytes(64)) + lavf_movie()
    core = of(examined(content, ["container"], packets=False), "container.rewritten")
    assert core.grade is Grade.MODERATE and "No writer's string" in core.statement


def test_one_habit_alone_is_weak_and_a_recorders_box_speaks_against_it() -> None:
    """If this fails, recorders that share a brand with FFmpeg raise an alarm."""
    brand_only = LAVF_FTYP + boxes.movie() + boxes.box("mdat", bytes(64))
    core = of(examined(brand_only, ["container"], packets=False), "container.rewritten")
    assert core.grade is Grade.WEAK and not core.must_be_explained
    recorder = boxes.box("udta", boxes.box("FIRM", b"H19.03"))
    inner = lavf_movie()[8:] + recorder
    dji = LAVF_FTYP + boxes.box("free") + boxes.box("mdat", bytes(64)) + boxes.box("moov", inner)
    core = of(examined(dji, ["container"], packets=False), "container.rewritten")
    assert core.grade is Grade.WEAK


def test_a_recorder_that_signs_as_writer_is_not_outweighed_by_habits() -> None:
    """If this fails, firmware built on FFmpeg raises a mark although it signs for itself."""
    start = LAVF_FTYP + boxes.box("free") + boxes.box("mdat", bytes(64))
    signed = start + boxes.box("moov", lavf_movie()[8:], boxes.too("DJI Mini2"))
    core = of(examined(signed, ["container"], packets=False), "container.rewritten")
    assert core.grade is Grade.WEAK and not core.must_be_explained


def test_compressor_names_survive_a_copy_and_do_not_excuse_it() -> None:
    """If this fails, a bit-exact copy passes as native for its camera's encoder name."""
    entry = boxes.avc1("GoPro AVC encoder", bytes(4), boxes.box("btrt", bytes(12)))
    movie = boxes.box("moov", boxes.mvhd(None, 1000, 1000), boxes.trak(edits=True, entry=entry))
    content = LAVF_FTYP + boxes.box("free") + boxes.box("mdat", bytes(64)) + movie
    assert of(examined(content, ["container"], packets=False), "container.rewritten").grade is Grade.MODERATE


def test_a_path_through_matroska_leaves_milliseconds() -> None:
    """If this fails, mp4 to mkv to mp4 is not told; even steps alone must stay weak."""
    runs = tuple((1, 16 * (33 + (n % 3 == 0))) for n in range(30))
    uneven = boxes.ftyp("mp42") + boxes.movie(tracks=(boxes.trak(timescale=16000, runs=runs),))
    core = of(examined(uneven, ["container"], packets=False), "container.rewritten")
    assert core.grade is Grade.MODERATE and "Matroska" in str(core.measurements["traces"].value)
    even = boxes.ftyp("mp42") + boxes.movie(tracks=(boxes.trak(timescale=16000, runs=((30, 640),)),))
    assert not of(examined(even, ["container"], packets=False), "container.rewritten").must_be_explained


def test_avi_reserves_of_lavf_are_moderate_without_strings() -> None:
    """If this fails, a bit-exact AVI of FFmpeg is taken for a recorder's."""
    reserve = boxes.chunk("JUNK", b"odmldmlh" + bytes(252))
    core = of(examined(boxes.avi(reserve, junk=4120), ["container"], packets=False), "container.rewritten")
    assert core.grade is Grade.MODERATE
    assert of(examined(boxes.avi(), ["container"], packets=False), "container.rewritten").grade is None


def test_a_payload_behind_the_end_is_marked_and_padding_is_not() -> None:
    """If this fails, hidden payloads pass or padding alarms."""
    clean = boxes.mp4(boxes.movie())
    assert (
        of(examined(clean, ["container"], packets=False), "container.trailing").outcome
        is Outcome.NOT_OBSERVED
    )
    hidden = of(
        examined(clean + b"PK\x03\x04" + bytes(50), ["container"], packets=False), "container.trailing"
    )
    assert hidden.must_be_explained and hidden.measurements["unaccounted_bytes"].value == 54
    for tail in (bytes(512), b"x" * 40 + b"SEFH" + bytes(8) + b"SEFT"):
        core = of(examined(clean + tail, ["container"], packets=False), "container.trailing")
        assert (core.outcome, core.grade) == (Outcome.OBSERVED, Grade.OBSERVATION)


def test_a_broken_structure_is_inconclusive_not_clean() -> None:
    """If this fails, a file we cannot read is reported as free of traces."""
    broken = boxes.ftyp() + b"\0\0\0\3free" + bytes(80)
    outcomes = {core.kind: core.outcome for core in examined(broken, ["container"], packets=False)}
    assert set(outcomes.values()) == {Outcome.INCONCLUSIVE}


def dated(creationdate: str, created: datetime) -> list[str]:
    meta = boxes.keys(com__apple__quicktime__creationdate=creationdate)
    return marks(examined(boxes.mp4(boxes.movie(meta, created=created), major="qt  "), packets=False))


def test_dates_that_no_zone_explains_conflict() -> None:
    """If this fails, a re-dated file passes."""
    assert dated("2015-01-19T12:45:11-0800", datetime(2015, 12, 12, 8, 59, 26)) == ["metadata.conflict"]


@pytest.mark.parametrize(
    ("stated", "container"),
    [
        ("2020-02-18T14:00:00+0400", datetime(2020, 2, 18, 10, 0, 0)),  # the same moment
        ("2020-02-18T14:00:00+0400", datetime(2020, 2, 18, 10, 1, 30)),  # closed 90 s later
        ("2020-02-18T14:00:00+0400", datetime(2020, 2, 18, 14, 0, 1)),  # local time in the container
        ("2020-02-18T15:45:00+0545", datetime(2020, 2, 18, 15, 45, 1)),  # Nepal
        ("2020-02-18", datetime(2019, 2, 18, 15, 45, 1)),  # a bare day is not compared
    ],
)
def test_zones_delays_and_bare_days_do_not_conflict(stated: str, container: datetime) -> None:
    """If this fails, ordinary recorders that write local time raise alarms."""
    assert dated(stated, container) == []


def test_an_odd_difference_below_a_day_conflicts() -> None:
    """If this fails, everything below 14 hours is explained away as a zone."""
    assert dated("2020-02-18T14:00:00+0400", datetime(2020, 2, 18, 12, 11, 0)) == ["metadata.conflict"]


def test_zone_differences_are_reported_as_such() -> None:
    """If this fails, the reader does not learn that a container holds local time."""
    meta = boxes.keys(com__apple__quicktime__creationdate="2020-02-18T14:00:00+0400")
    content = boxes.mp4(boxes.movie(meta, created=datetime(2020, 2, 18, 14, 0, 0)))
    core = of(examined(content, ["metadata"], packets=False), "metadata.conflict")
    assert core.outcome is Outcome.NOT_OBSERVED and "4 h 00 min" in core.statement


@pytest.mark.parametrize(("second", "conflict"), [("+51.60+046.00/", True), ("+51.53000+046.03000/", False)])
def test_places_far_apart_conflict(second: str, conflict: bool) -> None:
    """If this fails, two places in one file are not told, or rounding is called one."""
    place = boxes.box(b"\xa9xyz", len(second).to_bytes(2, "big"), b"\x15\xc7", second.encode())
    meta = boxes.keys(com__apple__quicktime__location__ISO6709="+51.5301+046.0299/")
    found = examined(boxes.mp4(boxes.movie(meta, boxes.box("udta", place))), packets=False)
    assert (marks(found) == ["metadata.conflict"]) is conflict


def test_null_island_is_no_place() -> None:
    """If this fails, a device without a fix conflicts with a real position."""
    text = "+00.0000+000.0000/"
    place = boxes.box(b"\xa9xyz", len(text).to_bytes(2, "big"), b"\x15\xc7", text.encode())
    meta = boxes.keys(com__apple__quicktime__location__ISO6709="+51.5301+046.0299/")
    core = of(
        examined(boxes.mp4(boxes.movie(meta, boxes.box("udta", place))), packets=False), "metadata.conflict"
    )
    assert not core.must_be_explained and core.measurements["positions_at_0_0"].value == 1


def test_makes_without_a_common_word_conflict() -> None:
    """If this fails, a transplanted make passes; spelling must not alarm."""
    assert metadata.compare_names("make", ()) == []
    one = DeclaredTime("a", "x", None, "none")
    assert metadata.compare_times([one], 0.0) == ([], [])
    twice = boxes.segment(0xE1, boxes.exif(Make="NIKON CORPORATION"))
    xmp = b"http://ns.adobe.com/xap/1.0/\0<rdf tiff:Make='%s'/>"
    other = boxes.jpeg(twice, boxes.segment(0xE1, xmp % b"Canon"))
    same = boxes.jpeg(twice, boxes.segment(0xE1, xmp % b"Nikon"))
    assert marks(examined(other, packets=False)) == ["metadata.conflict"]
    assert marks(examined(same, packets=False)) == []


def test_recorder_strings_are_not_software() -> None:
    """If this fails, a camera's own encoder name raises a mark."""
    for text in ("GoPro AVC encoder", "CanonMVI06", "HDR+ 1.0.345618096zd", "DJI.AVC", "Ambarella AVC"):
        found = writers.name_of(text)
        assert found is None or found.role is writers.Role.RECORDER


def test_grades_of_structure() -> None:
    """If this fails, one shared habit could raise a mark."""
    one = layouts.Sign("m", "a", 2)
    assert layouts.grade_of(()) is None
    assert layouts.grade_of((one,)) is Grade.WEAK
    assert layouts.grade_of((one, layouts.Sign("n", "b", 2))) is Grade.WEAK
    assert layouts.grade_of((one, one)) is Grade.MODERATE
