"""What names say: a serial number read as a date, or a name leaking into a table, does harm either way."""

from __future__ import annotations

import json
import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from witnessmark.model.name_reading import EVENTS, PRECISIONS, ZONES, NameReading
from witnessmark.receive.name_readings import PATTERNS, readings_in, readings_of_record
from witnessmark.receive.naming import name_record

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31, 23, 59, 59))  # noqa: DTZ001
WRITTEN = {
    "pixel": ("PXL_%Y%m%d_%H%M%S123.mp4", "second", "utc", "recorded"),
    "android": ("VID_%Y%m%d_%H%M%S.mp4", "second", "local", "recorded"),
    "whatsapp": ("VID-%Y%m%d-WA0001.mp4", "day", "local", "sent"),
    "whatsapp_saved": ("WhatsApp Video %Y-%m-%d at %H.%M.%S.mp4", "second", "local", "sent"),
    "telegram": ("video_%Y-%m-%d_%H-%M-%S.mp4", "second", "local", "sent"),
    "signal": ("signal-%Y-%m-%d-%H%M%S.mp4", "second", "local", "saved"),
    "screen": ("Screenshot_%Y%m%d-%H%M%S.png", "second", "local", "saved"),
    "dji": ("DJI_%Y%m%d%H%M%S_0001_D.MP4", "second", "local", "recorded"),
    "recorder_channel": ("ch01_%Y%m%d%H%M%S.dav", "second", "unknown", "recorded"),
    "recorder_export": ("NVR_ch1_main_%Y%m%d%H%M%S_%Y%m%d%H%M%S.dav", "second", "unknown", "recorded"),
    "recorder_address": ("192.168.1.64_01_%Y%m%d%H%M%S123.mp4", "second", "unknown", "recorded"),
    "blackvue": ("%Y%m%d_%H%M%S_EF.mp4", "second", "unknown", "recorded"),
    "novatek": ("%Y_%m%d_%H%M%S_001.MP4", "second", "unknown", "recorded"),
    "capcut": ("lv_0_%Y%m%d%H%M%S.mp4", "second", "local", "saved"),
    "year_first": ("reg %Y-%m-%d %H.%M.%S.avi", "second", "unknown", "unknown"),
}


@given(moment=MOMENTS, code=st.sampled_from(sorted(WRITTEN)))
def test_what_a_device_writes_is_read_back_to_the_second(moment: datetime, code: str) -> None:
    """One form that is missed is a source of contradiction lost for every file of that maker."""
    form, precision, zone, event = WRITTEN[code]
    moment = moment.replace(microsecond=0)
    (found,) = readings_in(moment.strftime(form).replace(f"{moment.year}", f"{moment.year:04d}"))
    wanted = moment.strftime("%Y-%m-%d" if precision == "day" else "%Y-%m-%dT%H:%M:%S")
    assert (found.pattern, found.at, found.precision) == (code, wanted, precision)
    assert (found.zone, found.event) == (zone, event)


@given(moment=st.datetimes(datetime(2001, 9, 10), datetime(2033, 1, 1)))  # noqa: DTZ001
def test_milliseconds_since_1970_are_utc(moment: datetime) -> None:
    """A download is named by its second; read as local it would be hours off."""
    count = int((moment - datetime(1970, 1, 1)).total_seconds() * 1000)  # noqa: DTZ001
    for name, code in ((f"{count}.mp4", "epoch_ms"), (f"FB_IMG_{count}.jpg", "facebook")):
        (found,) = readings_in(name)
        assert (found.pattern, found.zone) == (code, "utc")
        assert abs((datetime.fromisoformat(found.at) - moment).total_seconds()) <= 1


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("WhatsApp Video 2020-02-18 at 2.03.55 PM.mp4", "2020-02-18T14:03:55"),
        ("WhatsApp Video 2020-02-18 at 12.03.55 AM.mp4", "2020-02-18T00:03:55"),
        ("Screen Recording 2020-02-18 at 2.03.55\u202fPM.mov", "2020-02-18T14:03:55"),
        ("FILE200218-140355.MP4", "2020-02-18T14:03:55"),
        ("AXON_Body_2_Video_2020-02-18_1403.mp4", "2020-02-18T14:03"),
        ("Запись от 18.02.2020.avi", "2020-02-18"),
        ("камера 3_20200218_140355.avi", "2020-02-18T14:03:55"),
    ],
)
def test_forms_of_their_own(name: str, at: str) -> None:
    """Twelve-hour clocks and words of other languages are as common as the rest."""
    assert [reading.at for reading in readings_in(name)] == [at]


@pytest.mark.parametrize(
    ("name", "writer"),
    [
        ("DSCF0012.MOV", "Fujifilm"),
        ("MVI_4823 (1).AVI", "Canon"),
        ("GX010123.MP4", "GoPro"),
        ("GOPR0001.MP4", "GoPro"),
        ("DJI_0042.MP4", "DJI"),
        ("received_1234567890123456.mp4", "Facebook Messenger"),
    ],
)
def test_numbered_names_tell_a_family_and_no_date(name: str, writer: str) -> None:
    """A device that the name suggests and the container denies is worth a question."""
    (found,) = readings_in(name)
    assert (found.writer, found.at) == (writer, "")


@pytest.mark.parametrize(
    "name",
    [
        "20200230.mp4",
        "4620200218.mp4",
        "IMEI 353918052012345.txt",
        "video.mp4",
        "reg_11.mp4",
        "scene DSCF0012 final.mov",
        "1.2.3 notes.txt",
        "",
        ".",
    ],
)
def test_numbers_that_are_no_date_are_none(name: str) -> None:
    """A wrong date from a serial number sends people to the wrong shift of the wrong day."""
    assert readings_in(name) == ()


def test_day_and_month_that_may_be_exchanged_say_so() -> None:
    """02.03.2020 is a day in March here and in February there."""
    (found,) = readings_in("02.03.2020_12-00-01.avi")
    assert (found.at, found.other_order) == ("2020-03-02T12:00:01", "2020-02-03T12:00:01")
    (sure,) = readings_in("18.02.2020.avi")
    assert sure.other_order == ""


def test_begin_and_end_of_a_recorders_export() -> None:
    """A name of half an hour on a clip of fifteen seconds is a part of something."""
    (found,) = readings_in("NVR_ch1_main_20200218140355_20200218143000.dav")
    assert found.until == "2020-02-18T14:30:00"


@given(st.text(max_size=300))
def test_any_name_at_all_is_read_without_harm_and_nothing_of_it_leaks(name: str) -> None:
    """Names are the first thing an attacker chooses; readings are printed, names never."""
    known = {pattern.writer for pattern in PATTERNS}
    codes = {pattern.code for pattern in PATTERNS}
    for found in readings_in(name):
        assert found.pattern in codes and found.writer in known
        assert found.precision in PRECISIONS and found.zone in ZONES and found.event in EVENTS
        assert all(re.fullmatch(r"[0-9T:-]*", text) for text in (found.at, found.other_order, found.until))
        assert NameReading.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_only_the_last_part_of_a_path_is_read() -> None:
    """The folder of somebody's holiday is no statement about the file in it."""
    record = name_record(b"2019-08-01 holiday/VID-20200218-WA0001.mp4", mtime=1)
    assert [reading.at for reading in readings_of_record(record)] == ["2020-02-18"]
