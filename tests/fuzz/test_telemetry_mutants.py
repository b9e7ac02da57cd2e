"""Mutants of telemetry: whatever bytes come, the readers end, bounded and quickly, and never outside their limits."""

# ruff: noqa: DTZ001 - the builders count naive moments as UTC

from __future__ import annotations

import time
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import telemetry_files as made
from witnessmark.examine.telemetry.course import course_of
from witnessmark.ground.container import BytesSource, parse
from witnessmark.ground.container.telemetry import MOST_FIXES, read_telemetry

BEGIN = datetime(2020, 2, 18, 8, 0, 5)
MOMENTS, WAY = made.moments(BEGIN, 6), made.way(6)
BOTH = list(zip(MOMENTS, WAY, strict=True))
SEEDS = (
    made.track_file("gpmd", [made.gps5(m, p) for m, p in BOTH]),
    made.track_file("gpmd", [made.gps9(m, p) for m, p in BOTH]),
    made.track_file("camm", [made.camm6(1.26e9 + n, p) for n, p in enumerate(WAY)]),
    made.track_file("rtmd", [made.rtmd(m, p) for m, p in BOTH]),
    made.track_file("tx3g", [made.subtitle(m, p) for m, p in BOTH], handler="sbtl"),
    made.track_file("mebx", [b"+48.5000+035.0000/"] * 4, described=b"com.apple.quicktime.location.ISO6709"),
    made.dash_cam_file([made.free_gps(m, p) for m, p in BOTH]),
    made.dash_cam_stream(MOMENTS, made.PLACE),
)
SECONDS_MOST = 2.0


def sound(data: bytes) -> None:
    """What must hold of every file: it ends in time, within its bounds, and its account can be made."""
    began = time.perf_counter()
    source = BytesSource(data)
    for track in read_telemetry(source, parse(source)):
        assert len(track.fixes) <= MOST_FIXES
        for fix in track.fixes:
            assert fix.latitude_deg is None or abs(fix.latitude_deg) <= 90
            assert fix.longitude_deg is None or abs(fix.longitude_deg) <= 180
        course = course_of(track)
        assert course.way_km >= 0 and course.locked <= course.points
    assert time.perf_counter() - began < SECONDS_MOST


@settings(max_examples=250, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=12),
    cut=st.floats(0.2, 1),
)
def test_mutants_end_typed(seed: bytes, flips: list[tuple[float, int]], cut: float) -> None:
    """If this fails, some damage in a telemetry track raises out of its reader or gives an impossible place."""
    data = bytearray(seed)
    for where, value in flips:
        data[int(where * len(data))] = value
    sound(bytes(data[: max(1, int(cut * len(data)))]))


@settings(max_examples=120, deadline=None)
@given(
    codec=st.sampled_from(("gpmd", "camm", "rtmd", "tx3g", "mebx")),
    samples=st.lists(st.binary(max_size=300), min_size=1, max_size=6),
)
def test_any_bytes_as_samples_end_typed(codec: str, samples: list[bytes]) -> None:
    """If this fails, a track that lies about its dialect breaks the reader it is sent to."""
    sound(made.track_file(codec, samples, described=b"com.apple.quicktime.location.ISO6709"))
