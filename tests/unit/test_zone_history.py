"""The zone history: a place in two lists, or in none, is a place that nobody will look at again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from witnessmark.model.zone_history import (
    by_country,
    country,
    legal_offsets,
    legal_time,
    offset_words,
    places,
)
from witnessmark.model.zones import legal_offset, zone_names

MOMENTS = st.datetimes(datetime(1990, 1, 2), datetime(2036, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@given(at=MOMENTS, minutes=st.integers(-48, 56).map(lambda n: n * 15))
@settings(max_examples=25, deadline=None)
def test_every_place_stands_where_its_own_legal_time_puts_it(at: datetime, minutes: int) -> None:
    """The lists are read by people who cannot compute them."""
    offset = timedelta(minutes=minutes)
    found = legal_time(offset, at)
    assert found.asked == len(places())
    assert set(found.zones) == {name for name in places() if legal_offset(name, at) == offset}
    listed = (*found.zones, *found.that_day, *found.other_season, *(e.zone for e in found.earlier))
    assert len(listed) == len(set(listed))
    assert not {name for name, _ in found.kin} & set(found.zones)
    assert {country(name) for name, _ in found.kin} <= {country(name) for name in found.zones}
    assert all(legal_offset(name, at) == other for name, other in found.kin)


@given(at=MOMENTS)
@settings(max_examples=15, deadline=None)
def test_legal_offsets_are_on_the_grid_that_the_tolerance_rests_on(at: datetime) -> None:
    """Half of 15 minutes is the tolerance of every offset: it holds only as long as the grid does."""
    offsets = legal_offsets(at)
    assert offsets == tuple(sorted(set(offsets)))
    assert all(offset % timedelta(minutes=15) == timedelta(0) for offset in offsets)
    assert timedelta(hours=-12) <= offsets[0] and offsets[-1] <= timedelta(hours=14)


def test_the_list_is_the_one_of_the_iana_database_and_every_place_has_a_country() -> None:
    """A name that nobody can look up is no answer."""
    assert len(places()) > 350
    assert set(places()) <= zone_names()
    assert all(country(name) for name in places())
    assert dict(by_country(["Europe/Saratov", "Asia/Dubai", "Europe/Samara"])) == {
        "Russia": ("Europe/Samara", "Europe/Saratov"),
        "United Arab Emirates": ("Asia/Dubai",),
    }


@given(st.timedeltas(timedelta(days=-90_000), timedelta(days=90_000)))
def test_an_offset_reads_the_same_way_it_points(offset: timedelta) -> None:
    """A lost sign turns Samara into Brazil."""
    words = offset_words(offset)
    assert words.startswith("-" if round(offset.total_seconds()) < 0 else "+")
    assert offset_words(timedelta(hours=-3, minutes=-30)) == "-3 h 30 min"
    assert offset_words(timedelta(hours=4, seconds=12)) == "+4 h 0 min 12 s"
