"""Triage: what a disk holds, told in minutes, with nothing written."""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.unit.receive import archives
from witnessmark.ground import jail
from witnessmark.ground.jail import Ended, JailResult, Level
from witnessmark.receive import triage_task
from witnessmark.receive.copies import Copies, find_copies
from witnessmark.receive.name_dates import dates_in
from witnessmark.receive.triage import Triage, triage
from witnessmark.receive.walk import Walk


class InProcess:
    """The task in this process; ``dies_on`` plants a file whose parsing ends the child."""

    def __init__(self, dies_on: bytes = b"") -> None:
        self.dies_on = dies_on
        self.runs = 0

    def __call__(self, task: str, request: Any, *, files: Any, on_record: Any, **options: Any) -> JailResult:
        self.runs += 1
        poison = self.dies_on

        class Out:
            def record(self, record: dict[str, Any]) -> None:
                if (
                    poison
                    and record["say"] == "seen"
                    and os.pread(files[str(record["n"])], len(poison), 0) == poison
                ):
                    raise StopIteration
                on_record(record)

        try:
            triage_task.look({}, dict(files), {}, Out())
        except StopIteration:
            return JailResult(Ended.CRASHED, "", 0, 0, Level.S0)
        return JailResult(Ended.DONE, "", 0, 0, Level.S0)


def look(*sources: Path, runner: Any = None, budget: int = 1 << 30) -> Triage:
    with Walk([os.fsencode(source) for source in sources]) as walk:
        return triage(walk, runner or InProcess(), copies_budget_bytes=budget)


def test_real_media_are_told_by_folder(shared_media: Path, tmp_path: Path) -> None:
    """Someone with one evening must know which of forty folders holds footage."""
    folder = tmp_path / "Users" / "ivanov" / "2020-02-18"
    folder.mkdir(parents=True)
    clip = shared_media / "camera" / "metadata-extractor-images__with-gps.mov"
    shutil.copy(clip, folder / "VID_20200218_140355.mov")
    shutil.copy(clip, tmp_path / "again.mov")
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    got = look(tmp_path, runner=jail.run).to_json()
    totals = got["totals"]
    assert (
        totals["files"],
        round(totals["minutes"] * 60),
        totals["formats"],
        totals["name_dates"],
        totals["copies"],
        [(one["kind"], one["what"]) for one in totals["exposures"]],
        totals["container_dates"] is not None,
        totals["read_only"],
    ) == (
        3,
        8,
        {"mov": 2, "text": 1},
        {"first": "2020-02-18", "last": "2020-02-18", "days": 1},
        1,
        [("account_name", "ivanov"), ("thumbnail_database", "Thumbs.db")],
        True,
        False,
    )
    assert [folder["path"].removeprefix(tmp_path.name) for folder in got["folders"]] == [
        "",
        "/Users/ivanov/2020-02-18",
    ]


def test_nothing_is_written_and_access_times_stay(tmp_path: Path) -> None:
    """Looking must leave no trace on the disk that is looked at."""
    source = tmp_path / "a.txt"
    source.write_text("text")
    os.utime(source, ns=(1_000_000_000, 2_000_000_000))
    before = source.stat()
    look(tmp_path)
    after = source.stat()
    assert (
        after.st_atime_ns,
        after.st_mtime_ns,
        after.st_ctime_ns,
        [one.name for one in tmp_path.iterdir()],
    ) == (
        before.st_atime_ns,
        before.st_mtime_ns,
        before.st_ctime_ns,
        ["a.txt"],
    )


def test_a_file_that_ends_its_child_is_blamed_and_the_rest_is_seen(tmp_path: Path) -> None:
    """One poisoned header must not blind the whole look."""
    for name in ("a", "c", "d"):
        (tmp_path / name).write_bytes(b"%PDF-" + name.encode())
    (tmp_path / "b").write_bytes(b"%PDF-poison")
    runner = InProcess(dies_on=b"%PDF-poison")
    got = look(tmp_path, runner=runner)
    assert (
        dict(got.totals.formats),
        dict(got.totals.damage),
        got.totals.damaged,
        runner.runs,
    ) == ({"pdf": 3}, {"parser_ended": 1}, [f"{tmp_path.name}/b"], 2)


def test_truncated_footage_is_damage(shared_media: Path, tmp_path: Path) -> None:
    """Half a file looks like footage in a list of names."""
    clip = (shared_media / "camera" / "metadata-extractor-images__with-gps.mov").read_bytes()
    (tmp_path / "cut.mov").write_bytes(clip[: len(clip) // 2])
    got = look(tmp_path)
    assert (sum(got.totals.damage.values()) > 0, got.totals.damaged) == (True, [f"{tmp_path.name}/cut.mov"])


def test_what_is_not_media_is_listed(tmp_path: Path) -> None:
    """Documents and archives beside footage want other hands."""
    (tmp_path / "a.zip").write_bytes(archives.zip_of({"x": b"y"}))
    (tmp_path / "b.mp4").write_text("this text only calls itself a video")
    got = look(tmp_path)
    assert dict(got.totals.not_media) == {"text": 1, "zip": 1}


def opener(tmp_path: Path, contents: list[bytes]) -> Any:
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)
    return lambda number: os.open(tmp_path / str(number), os.O_RDONLY)


def test_copies_are_certain_only_where_all_was_read(tmp_path: Path) -> None:
    """A 'copy' that differs in the middle is another recording."""
    middle = bytearray(300_000)
    other = bytes(middle)
    middle[150_000] = 1
    contents = [bytes(middle), other, other, b"small", b"small", b"", b""]
    sizes = [len(content) for content in contents]
    assert find_copies(sizes, opener(tmp_path, contents)) == (
        Copies((1, 2), 300_000, True),
        Copies((3, 4), 5, True),
    )
    assert find_copies(sizes, opener(tmp_path, contents), budget_bytes=0) == (
        Copies((0, 1, 2), 300_000, False),
        Copies((3, 4), 5, True),
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("VID_20200218_140355.mp4", [date(2020, 2, 18)]),
        ("PXL_20200218_140355123.mp4", [date(2020, 2, 18)]),
        ("IMG-20200218-WA0001.jpg", [date(2020, 2, 18)]),
        ("ch01_20200218140355.dav", [date(2020, 2, 18)]),
        ("2020-02-18 14.03.55.avi", [date(2020, 2, 18)]),
        ("Запись от 18.02.2020.avi", [date(2020, 2, 18)]),
        ("1582034634123.mp4", [date(2020, 2, 18)]),
        ("20200218_to_20200219.mp4", [date(2020, 2, 18), date(2020, 2, 19)]),
        ("20200230.mp4", []),
        ("4620200218.mp4", []),
        ("2020021.mp4", []),
        ("IMEI 353918052012345.txt", []),
        ("MVI_4823.AVI", []),
    ],
)
def test_dates_in_names(name: str, expected: list[date]) -> None:
    """A wrong date from a serial number sends people to the wrong shift of the wrong day."""
    assert list(dates_in(name)) == expected
