"""Burned-in against container time: a wrong zone named, or one left out, sends an inquiry to the wrong prison."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from witnessmark.examine.examiners import offset
from witnessmark.examine.zonetime.readings import EPOCH, clock_at_begin, clock_of_still
from witnessmark.model.consumer import Product, Trace
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType
from witnessmark.model.zone_history import places
from witnessmark.model.zones import legal_offset

VIDEO = Kind(MediaType.VIDEO, "mp4")
MVHD = "moov/mvhd.created"
UTC_BY_FORMAT = "utc_by_standard"


def naive_s(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def clock(first: str | float, **changes: Any) -> Trace:
    """A clock that is looked at five times a second for three seconds, from the first picture on."""
    begin_s = naive_s(first) if isinstance(first, str) else first
    looks = range(0, 3000, 200)
    data = {
        "base": Fraction(1, 1000),
        "pts": list(looks),
        "clock_s": [float(int(begin_s + at / 1000)) for at in looks],
        "has_date": True,
        "has_seconds": True,
        "jumps": [],
        "date_order_sure": True,
    }
    return Trace("clock.readings", data | changes)


def dates(
    *rows: tuple[str, str] | tuple[str, str, str], duration_s: float | None = 15.0, what: str = "created"
) -> Trace:
    told = [
        {"field": row[0], "moment": row[1], "zone": row[2] if len(row) == 3 else UTC_BY_FORMAT, "what": what}
        for row in rows
    ]
    return Trace("metadata.dates", {"dates": told, "duration_s": duration_s})


def weigh(read: Sequence[Product], stated: Trace | None) -> tuple[FindingCore, ...]:
    found = offset.weigh(VIDEO, {"clock": tuple(read), "metadata": (stated,) if stated else ()})
    assert found and all(core.kind == "clock.offset" for core in found), "silence is a bug"
    for core in found:
        assert "exclude" not in core.to_json().__repr__().lower()
        assert core.core_digest
    return found


def one(shown: str | float, stated: str, **changes: Any) -> FindingCore:
    (found,) = weigh([clock(shown, **changes)], dates((MVHD, stated)))
    return found


def texts(core: FindingCore, name: str) -> tuple[Any, ...]:
    value = core.measurements[name].value
    return value if isinstance(value, tuple) else (value,)


def number(core: FindingCore, name: str) -> float:
    value = core.measurements[name].value
    assert isinstance(value, int | float)
    return float(value)


def test_saratov_is_named_and_moscow_is_not() -> None:
    """The case that this program was made for: +4 h in February 2020 was Saratov's legal time, not Moscow's."""
    core = one("2020-02-18T14:03:55", "2020-02-18T10:03:55+00:00")
    assert core.outcome is Outcome.OBSERVED
    assert "Europe/Saratov" in texts(core, "zones")
    assert "Europe/Moscow" not in texts(core, "zones")
    assert "Europe/Moscow (+3 h)" in texts(core, "not_legal_same_countries")
    assert "Europe/Saratov" in core.statement and "Europe/Moscow (+3 h)" in core.statement
    assert any(text.startswith("Europe/Moscow (") and "2014" in text for text in texts(core, "earlier"))
    assert number(core, "zone_list_size") == len(places())
    assert number(core, "legal_count") + number(core, "not_legal_count") == len(places())
    assert abs(number(core, "offset_s") - 14_400) <= number(core, "uncertainty_s") + 0.1


def test_every_other_explanation_is_always_listed() -> None:
    """A zone named without what else explains it reads as proof of a place."""
    for core in (
        one("2020-02-18T14:03:55", "2020-02-18T10:03:55+00:00"),
        one("2019-11-02T03:03:55", "2020-02-18T10:03:55+00:00"),
        one("2020-02-18T10:03:55", "2020-02-18T10:03:55+00:00"),
    ):
        told = " ".join(core.benign_causes)
        for cause in ("set by hand", "outdated table", "summer", "local time", "end of the", "exported"):
            assert cause in told
        for cause in ("set by hand", "old table", "summer", "local time", "the end", "import", "export"):
            assert cause in core.statement


@pytest.mark.parametrize(
    ("shown", "stated", "zones", "without"),
    [
        ("2020-02-18T15:33:55", "2020-02-18T10:03:55+00:00", ["Asia/Kolkata"], ["Asia/Kathmandu"]),
        ("2020-02-18T15:48:55", "2020-02-18T10:03:55+00:00", ["Asia/Kathmandu"], ["Asia/Kolkata"]),
        ("2020-02-18T06:33:55", "2020-02-18T10:03:55+00:00", ["America/St_Johns"], ["America/Halifax"]),
        ("2020-02-19T00:03:55", "2020-02-18T10:03:55+00:00", ["Pacific/Kiritimati"], ["Pacific/Honolulu"]),
        ("2020-02-17T23:03:55", "2020-02-18T10:03:55+00:00", ["Pacific/Pago_Pago"], ["Pacific/Apia"]),
        ("2012-06-01T14:00:00", "2012-06-01T10:00:00+00:00", ["Europe/Moscow"], ["Europe/Samara_not"]),
        ("2016-11-30T14:00:00", "2016-11-30T10:00:00+00:00", ["Europe/Samara"], ["Europe/Saratov"]),
        ("2016-12-05T14:00:00", "2016-12-05T10:00:00+00:00", ["Europe/Saratov"], ["Europe/Moscow"]),
    ],
)
def test_the_history_counts_and_not_a_table_of_today(
    shown: str, stated: str, zones: list[str], without: list[str]
) -> None:
    """Saratov kept +3 h until 4 December 2016, Moscow +4 h in 2012: a table of today would accuse the wrong one."""
    core = one(shown, stated)
    assert set(zones) <= set(texts(core, "zones"))
    assert not set(without) & set(texts(core, "zones"))


def test_a_day_on_which_clocks_were_changed_is_told() -> None:
    """Half an hour after the change both times were legal that day, in the same town."""
    before = one("2020-03-29T01:30:00", "2020-03-29T00:30:00+00:00")
    assert "Europe/Berlin" in texts(before, "zones")
    after = one("2020-03-29T02:30:00", "2020-03-29T01:30:00+00:00")
    assert "Europe/Berlin" not in texts(after, "zones")
    assert "Europe/Berlin" in texts(after, "clocks_changed_that_day")
    assert "Clocks were changed that day" in after.statement


def test_a_recorder_left_on_summer_time_finds_its_zone_under_the_other_season() -> None:
    """The commonest wrong setting of all would else look like a recording from another country."""
    core = one("2020-02-18T12:03:55", "2020-02-18T10:03:55+00:00")
    assert "Europe/Berlin" in texts(core, "other_season")
    assert "Europe/Helsinki" in texts(core, "zones")


def test_local_time_in_the_container_leaves_no_zone() -> None:
    """Many recorders write local time into mvhd: read as UTC, every one of them would stand in Iceland."""
    core = one("2020-02-18T14:03:58", "2020-02-18T14:03:52+00:00")
    assert "No zone follows" in core.statement
    assert "Atlantic/Reykjavik" not in core.statement


@pytest.mark.parametrize(
    ("stated", "why"),
    [
        ("1904-01-01T00:00:00+00:00", "zero of ISO/IEC 14496-12"),
        ("1904-01-01T00:12:00+00:00", "zero of ISO/IEC 14496-12"),
        ("1970-01-01T00:00:41+00:00", "zero of POSIX"),
        ("1980-01-01T00:00:00+00:00", "zero of FAT"),
        ("1971-06-01T00:00:00+00:00", "before 1990"),
        ("2036-02-07T06:28:16+00:00", "overflow"),
        ("2038-01-19T03:14:07+00:00", "overflow"),
        ("2040-02-06T06:28:15+00:00", "overflow"),
        ("2077-02-06T06:28:15+00:00", "far future"),
    ],
)
def test_a_counter_that_was_never_set_is_no_date(stated: str, why: str) -> None:
    """The difference to a counter's zero is fifty years, and would be called nobody's legal time."""
    core = one("2020-02-18T14:03:55", stated)
    assert core.outcome is Outcome.NOT_APPLICABLE
    assert why in core.reason


def test_a_clock_without_date_is_known_only_up_to_whole_days() -> None:
    """+13 h and -11 h show the same time of day; to name one of them would be a guess."""
    core = one(14 * 3600 + 235.0, "2020-02-18T10:03:55+00:00", has_date=False)
    assert "Europe/Saratov" in texts(core, "zones") and "no date" in core.statement
    twice = one(23 * 3600 + 235.0, "2020-02-18T10:03:55+00:00", has_date=False)
    both = {*texts(twice, "zones"), *texts(twice, "zones_2")}
    assert {"Pacific/Pago_Pago", "Pacific/Fakaofo"} <= both
    past_midnight = one(2 * 3600.0, "2020-02-18T22:00:00+00:00", has_date=False)
    assert "Europe/Saratov" in texts(past_midnight, "zones")


def test_an_unsure_order_of_the_date_is_tried_both_ways_and_said() -> None:
    """03.02 and 02.03 are four weeks apart: the wrong one would be nobody's legal time."""
    core = one(
        "2020-03-02T14:03:55",
        "2020-02-03T10:03:55+00:00",
        date_order_sure=False,
        date_orders=("dmy", "mdy"),
    )
    assert "Europe/Saratov" in texts(core, "zones")
    assert "not certain" in core.statement and "read as month-day-year" in core.statement
    assert number(core, "offset_as_read_s") > 86_400
    seventeenth = one(
        "2017-09-07T12:04:12",
        "2007-09-17T10:04:12+00:00",
        date_order_sure=False,
        date_orders=("ymd", "dmy"),
    )
    assert "Europe/Berlin" in texts(seventeenth, "zones")


def test_the_container_may_state_the_end() -> None:
    """Phones write the date when the file is closed; an hour of recording would shift the zone by one."""
    (core,) = weigh(
        [clock("2020-02-18T14:00:00")], dates((MVHD, "2020-02-18T11:00:00+00:00"), duration_s=3600.0)
    )
    assert "Europe/Moscow" in texts(core, "zones")
    assert "Europe/Saratov" in texts(core, "zones_2")
    assert "if the container states the end" in core.statement


def test_nobodys_legal_time_is_said_and_no_zone_named() -> None:
    """A clock that is off by 18 minutes must not be rounded into a country."""
    core = one("2020-02-18T13:21:55", "2020-02-18T10:03:55+00:00")
    assert "nobody's legal time" in core.statement
    assert "zones" not in core.measurements
    years = one("2000-01-01T00:00:10", "2020-02-18T10:03:55+00:00")
    assert "nobody's legal time" in years.statement and "days" in years.statement


def test_a_date_without_zone_speaks_of_no_zone() -> None:
    """AVI and EXIF dates are wall clocks: two wall clocks that agree say nothing about where."""
    (core,) = weigh([clock("2020-02-18T14:03:55")], dates(("RIFF IDIT", "2020-02-18T14:03:55", "none")))
    assert core.outcome is Outcome.OBSERVED
    assert "names no zone" in core.statement and "zones" not in core.measurements


def test_each_date_of_the_container_is_compared_once() -> None:
    """An export date beside the recording's own would else hide it."""
    stated = dates(
        ("mvhd", "2020-02-18T10:03:55+00:00"),
        ("tkhd", "2020-02-18T10:03:56+00:00"),
        ("keys.creationdate", "2020-02-18T14:03:55+04:00", "stated"),
        ("udta.exported", "2021-10-01T08:00:00+00:00"),
        ("mvhd.modified", "2021-10-02T08:00:00+00:00"),
    )
    stated.data["dates"][-1]["what"] = "modified"
    found = weigh([clock("2020-02-18T14:03:55")], stated)
    assert [texts(core, "container_field")[0] for core in found] == [
        "mvhd",
        "keys.creationdate",
        "udta.exported",
    ]
    assert all("3 different dates" in core.statement for core in found)


def test_a_jump_of_the_clock_is_said_and_the_begin_counts() -> None:
    """After a jump the difference is another one; an average of both is nobody's."""
    leapt = clock("2020-02-18T14:03:55")
    data = dict(leapt.data)
    data["clock_s"] = [s + (3600.0 if n > 7 else 0.0) for n, s in enumerate(data["clock_s"])]
    data["jumps"] = [(data["pts"][7], data["pts"][8], 3600.0)]
    (core,) = weigh([Trace("clock.readings", data)], dates((MVHD, "2020-02-18T10:03:55+00:00")))
    assert "Europe/Saratov" in texts(core, "zones")
    assert "jumps by +1 h" in core.statement


def series(outcome: Outcome, **measured: str) -> FindingCore:
    return FindingCore(
        "clock.series",
        "q",
        "clock",
        "1",
        outcome,
        "s",
        grade=Grade.WEAK if outcome is Outcome.OBSERVED else None,
        measurements={name: Measurement(value) for name, value in measured.items()},
        reason="none" if outcome is Outcome.NOT_APPLICABLE else "",
    )


def test_without_a_reading_or_a_date_the_question_is_answered_with_why() -> None:
    """An empty answer reads as "nothing found against it"."""
    stated = dates((MVHD, "2020-02-18T10:03:55+00:00"))
    for clock_answer, outcome in (
        ([], Outcome.NOT_APPLICABLE),
        ([series(Outcome.NOT_OBSERVED)], Outcome.NOT_APPLICABLE),
        ([series(Outcome.NOT_APPLICABLE)], Outcome.NOT_APPLICABLE),
        ([series(Outcome.INCONCLUSIVE)], Outcome.INCONCLUSIVE),
        ([series(Outcome.FAILED)], Outcome.INCONCLUSIVE),
    ):
        assert [core.outcome for core in weigh(clock_answer, stated)] == [outcome]
    assert [c.outcome for c in weigh([clock("2020-02-18T14:03:55")], None)] == [Outcome.INCONCLUSIVE]
    assert [c.outcome for c in weigh([clock("2020-02-18T14:03:55")], dates())] == [Outcome.NOT_APPLICABLE]


def test_it_is_no_surer_than_the_reading_it_rests_on_and_reads_stills() -> None:
    """A weak reading of a clock makes no strong statement about a zone."""
    stated = dates((MVHD, "2020-02-18T10:03:55+00:00"))
    read = series(Outcome.OBSERVED, first_reading="2020-02-18 14:03:55", date_order="dmy or mdy")
    (still,) = weigh([read], stated)
    assert still.grade is Grade.WEAK
    assert "Europe/Saratov" in texts(still, "zones")
    assert clock_of_still("14:03:55", "dmy", ()) is None
    (unseen,) = weigh([series(Outcome.OBSERVED, first_reading="14:03:55")], stated)
    assert unseen.outcome is Outcome.NOT_APPLICABLE


@given(
    zone=st.sampled_from(places()),
    at=st.datetimes(datetime(2000, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    fast_s=st.integers(-300, 300),
)
@settings(max_examples=40, deadline=None)
def test_a_clock_set_to_any_legal_time_finds_its_own_zone(zone: str, at: datetime, fast_s: int) -> None:
    """Whichever place the recorder stood in, that place must never be missing from the list."""
    at = at.replace(microsecond=0)
    legal = legal_offset(zone, at)
    shown = EPOCH + timedelta(seconds=at.timestamp()) + legal + timedelta(seconds=fast_s)
    core = one(shown.timestamp(), at.isoformat())
    offsets = [name for name in core.measurements if name == "zones" or name.startswith("zones_")]
    named = {place for name in offsets if "country" not in name for place in texts(core, name)}
    assert zone in named


@given(
    begin=st.floats(0, 4e9, allow_nan=False),
    looks=st.lists(st.integers(0, 600_000), min_size=1, max_size=30, unique=True),
    lead=st.integers(0, 5_000),
)
@settings(max_examples=60, deadline=None)
def test_looks_bound_the_begin_from_both_sides(begin: float, looks: list[int], lead: int) -> None:
    """Each look shows the second that runs; taken for its middle, every clock would be half a second off."""
    pts = sorted(looks)
    trace = {
        "base": Fraction(1, 1000),
        "pts": [lead + p for p in pts],
        "clock_s": [float(int(begin + p / 1000)) for p in pts],
        "start_pts": lead,
    }
    read = clock_at_begin(trace)
    assert read is not None
    assert abs(read.at_s - begin) <= read.error_s + 1e-3
    assert read.error_s <= 1.0
