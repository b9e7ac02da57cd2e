"""Without it a receiver is misread by hours or degrees, or one hostile track hangs the examination."""

# ruff: noqa: DTZ001 - the builders count naive moments as UTC

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support import telemetry_files as made
from witnessmark.ground.container import BytesSource, parse
from witnessmark.ground.container.leap_seconds import GPS_EPOCH, leaps_until, utc_of_gps
from witnessmark.ground.container.source_window import MOST_BYTES, Window, samples_of, spread
from witnessmark.ground.container.telemetry import GPS, RECEIVER, TelemetryTrack, read_telemetry
from witnessmark.ground.container.telemetry import UTC as UTC_CLOCK

BEGIN = datetime(2020, 2, 18, 8, 0, 5)


def read(data: bytes) -> tuple[TelemetryTrack, ...]:
    source = BytesSource(data)
    return read_telemetry(source, parse(source))


def gps_seconds(moment: datetime) -> float:
    aware = moment.replace(tzinfo=UTC)
    return (aware - GPS_EPOCH).total_seconds() + leaps_until(aware)


FILES = {
    "GPMF GPS5": (
        lambda ms, ps: made.track_file("gpmd", [made.gps5(m, p) for m, p in zip(ms, ps, strict=True)]),
        UTC_CLOCK,
    ),
    "GPMF GPS9": (
        lambda ms, ps: made.track_file("gpmd", [made.gps9(m, p) for m, p in zip(ms, ps, strict=True)]),
        UTC_CLOCK,
    ),
    "CAMM": (
        lambda ms, ps: made.track_file(
            "camm", [made.camm6(gps_seconds(m), p) for m, p in zip(ms, ps, strict=True)]
        ),
        GPS,
    ),
    "rtmd": (
        lambda ms, ps: made.track_file("rtmd", [made.rtmd(m, p) for m, p in zip(ms, ps, strict=True)]),
        UTC_CLOCK,
    ),
    "freeGPS": (
        lambda ms, ps: made.dash_cam_file([made.free_gps(m, p) for m, p in zip(ms, ps, strict=True)]),
        RECEIVER,
    ),
    "packets": (lambda ms, ps: made.dash_cam_stream(ms, ps[0]), RECEIVER),
    "subtitles": (
        lambda ms, ps: made.track_file(
            "tx3g", [made.subtitle(m, p) for m, p in zip(ms, ps, strict=True)], handler="sbtl"
        ),
        RECEIVER,
    ),
}


@pytest.mark.parametrize("dialect", FILES)
def test_every_dialect_reads_back_what_was_written(dialect: str) -> None:
    """If this fails, a receiver's time or way is misread and every comparison with it is wrong."""
    build, clock = FILES[dialect]
    moments, way = made.moments(BEGIN, 8), made.way(8)

    (track,) = read(build(moments, way))

    assert track.clock == clock
    assert [fix.moment for fix in track.fixes] == [moment.replace(tzinfo=UTC) for moment in moments]
    assert [fix.media_s for fix in track.fixes] == pytest.approx(list(range(8)), abs=0.01)
    assert all(fix.has_lock for fix in track.fixes) and not track.unreadable
    expected = way if dialect != "packets" else [way[0]] * 8
    for fix, (latitude, longitude) in zip(track.fixes, expected, strict=True):
        assert fix.latitude_deg == pytest.approx(latitude, abs=3e-4)
        assert fix.longitude_deg == pytest.approx(longitude, abs=3e-4)


def test_a_reading_without_a_lock_is_kept_as_such() -> None:
    """If this fails, the free-running clock of a receiver that sees no satellite passes for satellite time."""
    (track,) = read(
        made.track_file("gpmd", [made.gps5(BEGIN, made.PLACE, lock=0), made.gps5(BEGIN, made.PLACE, 2)])
    )

    assert [fix.has_lock for fix in track.fixes] == [False, True]


def test_leap_seconds_follow_the_date() -> None:
    """If this fails, GPS time is turned into UTC with the leap seconds of another year."""
    assert leaps_until(datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)) == 17
    assert leaps_until(datetime(2017, 1, 1, tzinfo=UTC)) == 18
    assert leaps_until(datetime(1980, 6, 1, tzinfo=UTC)) == 0
    edge = datetime(2017, 1, 1, tzinfo=UTC)
    assert utc_of_gps((edge - GPS_EPOCH).total_seconds() + 18) == edge
    assert utc_of_gps((edge - GPS_EPOCH).total_seconds() + 16) == edge - timedelta(seconds=1)
    assert utc_of_gps(-1.0) is None and utc_of_gps(1e300) is None


def test_recordings_without_telemetry_have_none() -> None:
    """The negative twin: an ordinary movie, and private packets of another kind, are no telemetry."""
    from tests.support import boxes

    assert read(boxes.mp4(boxes.movie())) == ()
    other = boxes.transport() + boxes.packet(0x300, 0, b"\0\0\1\xbf\x00\x40" + bytes(120), start=True)
    assert read(other) == ()


def test_a_table_that_points_everywhere_at_the_same_megabyte_costs_no_more_than_the_bound() -> None:
    """If this fails, a few kilobytes of table make the examination read for hours."""
    payload = bytes(1 << 20)
    data = bytearray(made.track_file("gpmd", [payload]))
    at = data.rfind(b"stsc")
    data[at + 12 : at + 16] = struct.pack(">I", 1 << 30)
    source = BytesSource(bytes(data))
    counted = Counting(source)
    read_telemetry(counted, parse(source))

    assert counted.read <= 2 * MOST_BYTES


class Counting:
    """A source that counts what is read of it."""

    def __init__(self, source: BytesSource) -> None:
        self.source, self.size_bytes, self.read = source, source.size_bytes, 0

    def read_at(self, offset: int, length: int) -> bytes:
        piece = self.source.read_at(offset, length)
        self.read += len(piece)
        return piece


def test_a_long_track_is_thinned_evenly_and_keeps_its_end() -> None:
    """If this fails, the last moment of a long recording is never compared."""
    data = made.track_file("gpmd", [made.gps5(moment, made.PLACE) for moment in made.moments(BEGIN, 200)])
    tree = parse(BytesSource(data))
    samples = samples_of(Window(BytesSource(data)), tree, tree.declared.tracks[0])

    kept = spread(samples, sum(one.size_bytes for one in samples) // 10)

    assert len(samples) == 200 and kept[0] == samples[0] and kept[-1] == samples[-1] and len(kept) <= 21


def test_an_hour_between_pictures_is_read_to_its_end() -> None:
    """If this fails, reading ahead uses the bound up and the second half of a long recording is never looked at."""
    payloads = [made.gps5(moment, made.PLACE).ljust(6_000, b"\0") for moment in made.moments(BEGIN, 3_600)]
    (action,) = read(made.track_file("gpmd", payloads))
    gyro = struct.pack("<HH", 0, 2) + bytes(12)
    motion = [made.camm6(gps_seconds(BEGIN) + n, made.PLACE) if n % 100 == 0 else gyro for n in range(20_001)]
    (phone,) = read(made.track_file("camm", motion, step_ms=10))

    assert action.fixes[-1].media_s == 3_599 and 500 < len(action.fixes) < 3_600
    assert phone.fixes[-1].media_s == pytest.approx(200) and len(phone.fixes) == 201


def test_a_real_action_camera_and_a_real_dash_cam(shared_media: Path) -> None:
    """If this fails, the readers know only the files that we built ourselves."""
    camera = shared_media / "camera"
    (gopro,) = read((camera / "gpmf-parser__max-heromode.mp4").read_bytes())
    (dash,) = read((camera / "dashcamigo__real-anonymized.TS").read_bytes())

    assert (gopro.dialect, len(gopro.fixes), gopro.unreadable) == ("GoPro GPMF", 11, 0)
    assert gopro.fixes[-1].moment == datetime(2019, 11, 18, 23, 45, 25, 435000, tzinfo=UTC)
    assert len(dash.fixes) == 10 and dash.fixes[0].moment == datetime(2021, 3, 18, 15, 39, 34, tzinfo=UTC)
