"""Time whole and in order: found where it is not, silent where it is."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from tests.corpus import events
from tests.corpus.clips import Truth, make_clip
from tests.support.reels import findings_of, marked, starts, told
from witnessmark.model.findings import Grade, Outcome

GAP, DISORDER, OFFSET = "timeline.gap", "timeline.disorder", "timeline.av_offset"


def test_dropped_packet_is_found_where_it_was(coded: Truth, out: Path) -> None:
    """Or pictures could vanish from a file whose numbering still tells of them."""
    truth = events.dropped(out, coded.path, ordinals=[62])
    cores = findings_of(truth.path, "timeline")
    assert marked(cores) == [GAP]
    assert starts(cores, GAP)[0] == pytest.approx(61 / 25, abs=0.1)


def test_pictures_taken_out_and_times_closed_are_found(coded: Truth, out: Path) -> None:
    """Or re-timing after a deletion would hide it from every check of time stamps."""
    truth = events.dropped(out, coded.path, ordinals=[60, 61, 62], retime=True)
    cores = findings_of(truth.path, "timeline")
    gaps = [c for c in cores if c.kind == GAP]
    assert [c.grade for c in gaps] == [Grade.STRONG]
    assert "taken out and the times closed over them" in gaps[0].statement


@pytest.mark.parametrize("retime", [True, False])
def test_group_taken_out_by_stream_copy_is_found(coded: Truth, out: Path, retime: bool) -> None:
    """Or the commonest edit that leaves no re-encoding would pass."""
    truth = events.spliced(out, coded.path, group=3, retime=retime)
    cores = findings_of(truth.path, "timeline")
    assert marked(cores) != []
    found = starts(cores, GAP) + starts(cores, DISORDER)
    assert min(abs(s - truth.details["at_s"]) for s in found) < 0.1


def test_joined_pieces_are_found(coded: Truth, tmp_path: Path) -> None:
    """Or a second recording could be put behind the first."""
    other = make_clip(tmp_path / "c.mp4", seconds=3, size=(192, 144), seed=33, gop=25, bframes=2)
    truth = events.appended(tmp_path / "joined.mp4", coded.path, other.path)
    cores = findings_of(truth.path, "timeline")
    assert DISORDER in marked(cores)
    assert min(abs(s - truth.details["at_s"]) for s in starts(cores, DISORDER)) < 0.1


@pytest.mark.parametrize("copy", [events.remuxed, events.faststart, events.through_mkv])
def test_innocent_copies_raise_nothing(coded: Truth, out: Path, copy: object) -> None:
    """The negative twin: what every upload tool does must not look like an edit."""
    truth: Truth = copy(out, coded.path)  # type: ignore[operator]
    cores = findings_of(truth.path, "timeline")
    assert [c.outcome for c in cores] == [Outcome.NOT_OBSERVED] * 3


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("phone.mp4", {"variable_rate": True}),
        ("ntsc.mov", {"fps": Fraction(30000, 1001)}),
        ("old.avi", {"codec": "mpeg4"}),
        ("camera.avi", {"codec": "mjpeg"}),
        ("broadcast.ts", {"bframes": 3}),
        ("late.mkv", {"codec": "libx265", "bframes": 3}),
    ],
)
def test_untouched_clips_of_every_kind_raise_nothing(
    tmp_path: Path, name: str, options: dict[str, object]
) -> None:
    """The negative twin: variable rate, rounding, reordering and odd containers are no disorder."""
    truth = make_clip(tmp_path / name, seconds=3, size=(160, 120), seed=34, gop=25, **options)  # type: ignore[arg-type]
    assert marked(findings_of(truth.path, "timeline")) == []


def test_file_that_breaks_off_says_how_much_is_missing(coded: Truth, tmp_path: Path) -> None:
    """Or seconds that the file's own index promises could be absent and only whispered about."""
    front = events.faststart(tmp_path / "front.mp4", coded.path)
    truth = events.truncated(tmp_path / "cut.mp4", front.path)
    cores = findings_of(truth.path, "timeline")
    assert marked(cores) == [GAP]
    (gap,) = [c for c in cores if c.kind == GAP and c.must_be_explained]
    assert gap.calibration.startswith("by construction")
    assert f"lists {coded.frames} pictures" in gap.statement
    held = gap.measurements["held"].value
    assert isinstance(held, int)
    assert 0 < held < coded.frames


@pytest.mark.parametrize(("name", "codec"), [("cut.avi", "mpeg4"), ("cut.mkv", "libx264")])
def test_other_containers_that_break_off_say_so(tmp_path: Path, name: str, codec: str) -> None:
    """Or only one family of files would own up to what it lacks."""
    whole = make_clip(tmp_path / name, seconds=6, size=(160, 120), seed=40, codec=codec, gop=25)
    truth = events.truncated(tmp_path / f"short_{name}", whole.path)
    gaps = [c for c in findings_of(truth.path, "timeline") if c.kind == GAP and c.must_be_explained]
    assert ["breaks off" in c.statement for c in gaps] == [True]


def test_lost_restart_is_no_closed_gap(out: Path, tmp_path: Path) -> None:
    """Or a lost key picture, whose numbers begin anew, would be called an edit with closed times."""
    whole = make_clip(
        tmp_path / "g.mp4", seconds=4, fps=10, size=(160, 120), seed=38, gop=10, bframes=0, audio=False
    )
    lost = events.copied(out, whole.path, lambda p: (p.ordinal != 20, 0.0), event="lost key", details={})
    cores = findings_of(lost.path, "timeline")
    (gap,) = [c for c in cores if c.kind == GAP]
    assert gap.measurements["missing_pictures"].value == 1
    assert "closed over them" not in gap.statement


@pytest.mark.parametrize("left_out", [1, 2, 3, 5, 7])
def test_copy_that_stops_between_reordered_pictures_is_no_edit(
    tmp_path: Path, out: Path, left_out: int
) -> None:
    """Or every recording that was stopped or shortened without re-encoding would lack pictures."""
    whole = make_clip(
        tmp_path / "b.mp4", seconds=3, size=(160, 120), seed=39, gop=250, bframes=7, audio=False
    )
    last = range(whole.frames - left_out, whole.frames)
    assert marked(findings_of(events.dropped(out, whole.path, ordinals=list(last)).path, "timeline")) == []


@pytest.mark.parametrize(
    ("shift_s", "expected"), [(0.8, (Outcome.OBSERVED, Grade.MODERATE)), (0.05, (Outcome.NOT_OBSERVED, None))]
)
def test_sound_moved_against_the_picture(
    coded: Truth, out: Path, shift_s: float, expected: tuple[Outcome, Grade | None]
) -> None:
    """Or replaced sound of another length would pass; and priming must not be mistaken for it."""
    truth = events.sound_shifted(out, coded.path, shift_s=shift_s)
    assert told(findings_of(truth.path, "timeline"), OFFSET) == [expected]


def test_silent_clip_has_no_offset_to_measure(tmp_path: Path) -> None:
    """Or a question that does not apply would be answered."""
    truth = make_clip(tmp_path / "mute.mp4", seconds=2, size=(160, 120), seed=35, audio=False)
    assert told(findings_of(truth.path, "timeline"), OFFSET) == [(Outcome.NOT_APPLICABLE, None)]


def test_too_few_pictures_are_no_pattern(tmp_path: Path) -> None:
    """Or five pictures would be measured against themselves."""
    truth = make_clip(tmp_path / "short.mp4", seconds=0.2, size=(160, 120), seed=36, audio=False)
    cores = findings_of(truth.path, "timeline")
    assert [c.outcome for c in cores] == [Outcome.INCONCLUSIVE] * 3


UNTOUCHED = (
    "camera/gpmf-parser__max-heromode.mp4",
    "camera/metadata-extractor-images__with-gps.mov",
    "camera/metadata-extractor-images__FLIR Thermal.mp4",
    "camera/metadata-extractor-images__MVI_4823.AVI",
    "camera/media__pixel-motion-photo-2-hevc-tracks.mp4",
    "camera/media__sample_sef_slow_motion.mp4",
    "camera/file-type__fixture-raw.mts",
    "camera/mp4parser__MOV00006.3gp",
    "camera/metadata-extractor-images__ftyp3gp5.mp4",
)


@pytest.mark.parametrize("name", UNTOUCHED)
def test_untouched_camera_footage_raises_nothing(shared_media: Path, name: str) -> None:
    """The negative twin that counts: a naive reading of numbers alarmed 31 times on one of these."""
    assert marked(findings_of(shared_media / name, "timeline")) == []
