"""Cut, pause or nothing: the table of evidence, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.corpus import events
from tests.corpus.clips import Encode
from tests.corpus.events import Decoded
from tests.support.reels import findings_of, marked
from witnessmark.examine.examination import examine_file
from witnessmark.examine.joint import evidence, verdict
from witnessmark.examine.joint.evidence import Evidence, Moment
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.model.consumer import Trace
from witnessmark.model.findings import FindingCore, Grade, Outcome

BASE = Fraction(1, 25)
PLACE = Moment(before_pts=99, after_pts=100, base=BASE, level=2, interval_ratio=1.0, is_key=False)


def keys(off: tuple[int, ...] = ()) -> Trace:
    data = {
        "base": BASE,
        "key_pts": np.arange(0, 500, 25),
        "usual_interval_frames": 25,
        "off_schedule": list(off),
    }
    return Trace("timeline.keys", data)


def clock(leap_s: float) -> Trace:
    pts = np.arange(0, 500, 25)
    shown = pts / 25 + np.where(pts >= 100, leap_s, 0.0) + 86_398
    data = {"base": BASE, "pts": pts, "clock_s": shown % 86_400, "has_date": False, "has_seconds": True}
    return Trace("clock.readings", data)


def sound(*breaks: tuple[float, float]) -> Trace:
    found = [{"start_s": a, "end_s": b, "what": "the noise floor steps", "strength": 0.7} for a, b in breaks]
    return Trace("audio.breaks", {"breaks": found, "usable": True})


def by_name(rows: tuple[Evidence, ...]) -> dict[str, Evidence]:
    return {row.name: row for row in rows}


def test_every_row_says_what_it_saw_and_where_its_numbers_come_from() -> None:
    """Or the other side could not tell what is measured from what is assumed."""
    given = {"timeline": (keys(),), "clock": (clock(40.0),), "audio": (sound((3.9, 4.1)),)}
    rows = evidence.table(PLACE, given)
    assert [row.name for row in rows] == ["picture", "key picture", "time", "numbering", "clock", "sound"]
    assert all(row.seen and row.source for row in rows)
    assert all(0 < value <= 1 for row in rows for value in (row.cut, row.pause, row.nothing))


def test_restart_of_the_encoder_with_clock_and_sound_is_a_pause() -> None:
    """Or a recorder that was paused would be called an edit."""
    given = {"timeline": (keys(off=(100,)),), "clock": (clock(40.0),), "audio": (sound((3.9, 4.1)),)}
    place = replace(PLACE, is_key=True, interval_ratio=3.0)
    says = verdict.weighed(evidence.table(place, given))
    assert says.cut_to_pause < 1
    assert says.support == 3


def test_clock_and_sound_that_run_on_are_no_pause() -> None:
    """Or a change of picture under running sound would be explained away by a pause that never was."""
    given = {"timeline": (keys(),), "clock": (clock(0.0),), "audio": (sound(),)}
    rows = evidence.table(PLACE, given)
    says = verdict.weighed(rows)
    assert says.word == "cut"
    assert says.event_to_nothing < 10
    assert "runs on" in by_name(rows)["clock"].seen


def test_picture_alone_is_undecidable_and_says_so() -> None:
    """Or the commonest case would be decided by a guess."""
    rows = evidence.table(PLACE, {})
    says = verdict.weighed(rows)
    assert says.word == "undecidable"
    assert "cannot be told" in verdict.sentence(rows, says)
    assert verdict.grade_of(2, says) is Grade.MODERATE


def test_midnight_is_no_leap_of_the_clock() -> None:
    """Or every recording through midnight would leap by a day."""
    assert "runs on" in by_name(evidence.table(PLACE, {"clock": (clock(0.0),)}))["clock"].seen


@pytest.mark.parametrize(("off", "grade"), [((100,), Grade.MODERATE), ((), Grade.MODERATE)])
def test_key_picture_just_there_raises_a_weak_change(off: tuple[int, ...], grade: Grade) -> None:
    """Or whole groups taken out by copy, whose picture barely jumps, would stay weak."""
    place = replace(PLACE, level=1, is_key=True)
    assert verdict.grade_of(1, verdict.weighed(evidence.table(place, {"timeline": (keys(off),)}))) is grade


def test_hole_in_time_explains_and_does_not_raise() -> None:
    """Or lost pictures, which make the scene jump, would be told twice and as an edit."""
    place = replace(PLACE, level=1, interval_ratio=4.0)
    assert verdict.grade_of(1, verdict.weighed(evidence.table(place, {}))) is Grade.WEAK


def test_one_event_yields_one_finding_with_its_table(hand_held: Decoded, out: Path) -> None:
    """Or one cut would be counted as often as there are traces of it."""
    truth = events.cut(out, hand_held, Encode(gop=25), at=70, removed=50)
    found = [c for c in findings_of(truth.path, "cut") if c.outcome is Outcome.OBSERVED]
    assert len(found) == 1
    names = {name for name in found[0].measurements if name.startswith("evidence_")}
    assert {"evidence_picture", "evidence_key_picture", "evidence_time", "evidence_numbering"} <= names
    assert found[0].measurements["reading"].value in ("cut", "pause", "undecidable")


def test_splice_without_numbers_shows_by_picture_and_key_picture(hand_held: Decoded, tmp_path: Path) -> None:
    """Or an even number of groups taken out of an encoder that alternates would pass."""
    whole = events.reencoded(tmp_path / "whole.mp4", hand_held, Encode(gop=25, audio=False))
    truth = events.spliced(tmp_path / "cut.mp4", whole.path, group=3, groups=2, retime=True)
    cores = findings_of(truth.path, "timeline", "cut")
    assert "picture.cut" in marked(cores)
    assert marked(findings_of(whole.path, "timeline", "cut")) == []


def test_same_core_alone_and_among_all(hand_held: Decoded, out: Path) -> None:
    """Or the other side, running this method alone, would get another digest."""
    truth = events.cut(out, hand_held, Encode(), at=70, removed=50)
    assert [c.core_digest for c in _cuts(truth.path, ("cut",))] == [
        c.core_digest for c in _cuts(truth.path, ("timeline", "cut", "repeat", "freeze"))
    ]


def _cuts(path: Path, only: tuple[str, ...]) -> list[FindingCore]:
    with path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), path.stat().st_size)
        held.seek(0)
        given = examine_file(held, path.stat().st_size, kind, only=only)
    return [core for core in given.cores if core.examiner == "cut"]
