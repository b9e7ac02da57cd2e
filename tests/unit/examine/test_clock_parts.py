"""The clock's parts: layouts, orders of dates, the line through readings, connected parts of a mask."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tests.corpus.clock_glyphs import dots
from witnessmark.examine.clock.course import follow, unwrapped
from witnessmark.examine.clock.digits import PlaceOfClock
from witnessmark.examine.clock.face import Face
from witnessmark.examine.clock.layouts import orders, parse
from witnessmark.examine.clock.likeness import renamed
from witnessmark.examine.clock.strip import _by_count
from witnessmark.ground.networks.parts import parts_of


@pytest.mark.parametrize(
    ("line", "shown", "layout", "others"),
    [
        ("18-02-2020 14:03:48 CAM 3", "2020-02-18 14:03:48", "dd-mm-yyyy HH:MM:SS", ()),
        ("02/18/202014:03:48", "2020-02-18 14:03:48", "mm-dd-yyyy HH:MM:SS", ()),
        ("2020-02-18 14:03:48", "2020-02-18 14:03:48", "yyyy-mm-dd HH:MM:SS", ()),
        ("17/09/07 12:04:12", "2007-09-17 12:04:12", "dd-mm-yy HH:MM:SS", ("ymd",)),
        ("02:03:48 PM 02/18/2020", "2020-02-18 14:03:48", "HH:MM:SS AM/PM mm-dd-yyyy", ()),
        ("12/14/2022 01:48PM", "2022-12-14 13:48", "mm-dd-yyyy HH:MM AM/PM", ()),
        ("18 FEB 2020 00:00:01", "2020-02-18 00:00:01", "dd-MON-yyyy HH:MM:SS", ()),
        ("14:03:48", "14:03:48", "HH:MM:SS", ()),
        ("I8.O2.2O2O 14:O3:48", "2020-02-18 14:03:48", "dd-mm-yyyy HH:MM:SS", ()),
    ],
)
def test_lines_that_hold_a_clock(line: str, shown: str, layout: str, others: tuple[str, ...]) -> None:
    """Or a clock would be read by its letters and understood wrongly."""
    written = parse(line)
    assert written is not None
    face = Face.of([written])
    signs = face.signs_of(written)
    assert signs is not None
    value = face.value(list(signs))
    assert value is not None
    assert (face.shown(value), face.described(), face.other_orders) == (shown, layout, others)
    assert face.signs_at(value, list(signs)) == list(signs)


@pytest.mark.parametrize(
    "line", ["", "CAM 3", "PRESIDENT 2015", "25:61:00", "1234567890", "JULY 14, 2015", "77F 25C"]
)
def test_lines_that_hold_none(line: str) -> None:
    """Or labels and temperatures would be taken for times."""
    assert parse(line) is None


def test_a_weekday_decides_between_day_and_month() -> None:
    """Or a date that its own weekday makes certain would be called unsure."""
    assert orders("xxy", (3, 2, 2021), None, False) == (("dmy", date(2021, 2, 3)), ("mdy", date(2021, 3, 2)))
    assert orders("xxy", (3, 2, 2021), 1, False) == (("mdy", date(2021, 3, 2)),)


def looks(seconds: float, per_second: int = 5) -> np.ndarray:
    return np.arange(round(seconds * per_second)) / per_second


def test_one_misreading_is_no_leap() -> None:
    """Or a single numeral taken for another would be reported as an edit."""
    time_s = looks(30)
    clock_s = np.floor(time_s + 0.4)
    clock_s[60:62] += 6
    found = follow(time_s, clock_s, 1.0, 0.2)
    assert found.jumps == () and found.stops == ()
    assert not found.kept[60:62].any() and found.kept.sum() == len(time_s) - 2


@pytest.mark.parametrize("leap_s", [2.0, -2.0, 3600.0, -86400.0])
def test_leaps_of_every_size(leap_s: float) -> None:
    """Or leaps forward, back, by the hour or by the day would be missed."""
    time_s = looks(20)
    clock_s = np.floor(time_s + 0.4 + np.where(time_s >= 9.1, leap_s, 0)) + 86400 * 3
    (leap,) = follow(time_s, clock_s, 1.0, 0.2).jumps
    assert leap.jump_s == pytest.approx(leap_s, abs=0.5)
    assert time_s[leap.before] <= 9.1 <= time_s[leap.after]


def test_midnight_is_no_leap_where_there_is_no_date() -> None:
    """Or every night's recording would leap by a day."""
    time_s = looks(20)
    clock_s = np.floor(86390 + time_s) % 86400
    assert follow(time_s, unwrapped(clock_s, False), 1.0, 0.2).jumps == ()


def test_a_slow_drift_is_a_pace_and_no_leap() -> None:
    """Or a clock off by one in fifty would be torn into leaps."""
    time_s = looks(300)
    found = follow(time_s, np.floor(1.02 * time_s), 1.0, 0.2)
    assert found.pace is not None and found.pace.is_off
    assert found.pace.rate == pytest.approx(1.02, abs=0.002)
    assert found.jumps == ()


def test_a_leap_is_no_pace() -> None:
    """Or one cut would be told a second time as a clock that runs fast."""
    time_s = looks(30)
    clock_s = np.floor(time_s + np.where(time_s >= 15, 5.0, 0))
    found = follow(time_s, clock_s, 1.0, 0.2)
    assert found.pace is not None and not found.pace.is_off
    assert len(found.jumps) == 1


@pytest.mark.parametrize("at_s", [3.0, 5.0, 7.5, 10.0])
def test_a_second_taken_out_is_no_pace(at_s: float) -> None:
    """Or a cut too small to be told as a leap would be told as a recorder whose clock runs fast."""
    time_s = looks(14)
    found = follow(time_s, np.floor(time_s + 0.4 + np.where(time_s >= at_s, 1.0, 0)), 1.0, 0.2)
    assert found.jumps == ()
    assert found.pace is not None and not found.pace.is_off


@pytest.mark.parametrize("rate", [0.9, 0.95, 1.05, 1.1])
def test_a_pace_over_seconds_is_no_leap(rate: float) -> None:
    """Or re-timed footage would pass for a cut too small to be told."""
    time_s = looks(40)
    found = follow(time_s, np.floor(rate * time_s + 0.4), 1.0, 0.2)
    assert found.pace is not None and found.pace.is_off
    assert found.pace.rate == pytest.approx(rate, abs=0.02)


def test_parts_of_a_mask() -> None:
    """Or one letter would be two boxes, and two letters one."""
    rows = ["110010", "010011", "011000", "000011"]
    mask = np.array([[c == "1" for c in row] for row in rows])
    sizes = [sum(end - begin for _, begin, end in part) for part in parts_of(mask)]
    assert sorted(sizes) == [2, 3, 5]


def test_a_date_that_the_recogniser_misnamed_is_held_against_the_seconds() -> None:
    """Or a year misread in the same way from first to last would be sworn to."""
    rng = np.random.default_rng(3)

    def place(role: str, names: dict[str, str]) -> PlaceOfClock:
        made = PlaceOfClock(0, 12, role)
        for name, drawn in names.items():
            ink, _ = dots(drawn, 14)
            picture = np.full((18, 12), 20, np.float32)
            picture[1 : 1 + ink.shape[0], 0 : min(12, ink.shape[1])] += 200 * ink[:, :12]
            made.learn(name, picture.reshape(1, -1) + rng.normal(0, 3, (6, 18 * 12)).astype(np.float32))
        return made

    units = place("S", {digit: digit for digit in "0123456789"})
    places = [place("1", {"5": "0"}), place("1", {"2": "2"}), units]
    assert renamed(places, 2) == {(0, "5"): "0"}


@pytest.mark.parametrize("text", ["01:33:51", "01133151", "01 : 33. 51", "01:3351"])
def test_digits_are_told_by_their_order_where_separators_are_misread(text: str) -> None:
    """Or a leap would stay unread because the colons of one font look like ones."""
    assert _by_count(text, "HHMMSS") == list("013351")


def test_other_counts_of_digits_are_no_time() -> None:
    """Or a label's number would be pressed into the clock."""
    assert _by_count("0133512", "HHMMSS") is None and _by_count("01:33 PM", "HHMMp") is None
