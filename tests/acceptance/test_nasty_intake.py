"""What a disk from a hostile place may hold, received through the real door."""

from __future__ import annotations

import io
import os
import shutil
import socket
import stat
import subprocess
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.clear_text import Traces
from tests.support.terminal import Terminal

IS_ROOT = os.geteuid() == 0
NOBODY = 65534
DEEP_LEVELS = 40
LONG_PART = "folder-of-exactly-one-hundred-characters-".ljust(100, "x")
"""Forty of these make a path of over 4,096 bytes, which no single system call takes."""
RIGHT_TO_LEFT = "invoice-\u202egpj.exe"
NOT_UTF8 = b"caf\xe9-\xff\xfe-menu.txt"
SPARSE_BYTES = 64 << 20


def write(path: Path, text: str) -> int:
    path.write_text(text)
    return len(text.encode())


def make_disk(disk: Path) -> None:
    disk.mkdir()
    write(disk / "plain-letter.txt", "an ordinary letter about room four\n" * 30)
    (disk / "link-to-passwords").symlink_to("/etc/passwd")
    (disk / "link-to-folder").symlink_to("/etc")
    (disk / "dangling-link").symlink_to("nowhere")
    os.mkfifo(disk / "named-pipe")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(disk)
        try:
            server.bind("a-socket")
        finally:
            os.chdir(here)
    if IS_ROOT:
        os.mknod(disk / "device-node", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    (disk / "zero-bytes.mp4").touch()
    with (disk / "sparse-image.bin").open("wb") as sparse:
        sparse.write(b"begin of a sparse file")
        sparse.truncate(SPARSE_BYTES)
    with open(os.fsencode(disk) + b"/" + NOT_UTF8, "wb") as file:
        file.write(b"a name that is not UTF-8\n" * 9)
    write(disk / RIGHT_TO_LEFT, "a program that reads like a picture\n" * 9)
    write(disk / "new\nline and \x1b[31mcolour.txt", "a name that repaints terminals\n" * 9)
    make_archives(disk)


def make_deep(disk: Path) -> None:
    """A path longer than PATH_MAX, made one component at a time."""
    here = os.open(disk, os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(DEEP_LEVELS + 1):
        os.mkdir(LONG_PART, dir_fd=here)
        below = os.open(LONG_PART, os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = below
    file = os.open("at-the-bottom.txt", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=here)
    os.write(file, b"found below more than four thousand bytes of path\n" * 5)
    os.close(file)
    os.close(here)


def make_archives(disk: Path) -> None:
    with zipfile.ZipFile(disk / "climbing.zip", "w") as climbing:
        climbing.writestr("../../../tmp/witnessmark-climbed-out.txt", "a member that wants to leave\n" * 9)
        climbing.writestr("/etc/witnessmark-absolute.txt", "a member with an absolute name\n" * 9)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as innermost:
        innermost.writestr("in-the-innermost.txt", "found two archives deep\n" * 9)
    with zipfile.ZipFile(disk / "nested.zip", "w") as outer:
        outer.writestr("middle.zip", inner.getvalue())
    with (
        zipfile.ZipFile(disk / "bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as bomb,
        bomb.open("zeros.bin", "w", force_zip64=True) as member,
    ):
        for _ in range(600):
            member.write(bytes(1 << 20))


@dataclass(frozen=True)
class Intake:
    terminal: Terminal
    case: Path
    disk: Path
    first: dict[str, Any]
    second: dict[str, Any]
    traces: Traces


@pytest.fixture(scope="module")
def intake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    folder = tmp_path_factory.mktemp("nasty")
    terminal, case, disk = Terminal(folder), folder / "case", folder / "disk"
    make_disk(disk)
    traces = Traces.of(disk)
    make_deep(disk)
    terminal.run("new", case, "--name", "nasty", "--shares", folder / "shares")
    first = terminal.run("receive", case, disk, code=3).document
    second = terminal.run("receive", case, disk, code=3).document
    yield Intake(terminal, case, disk, first, second, traces)
    subprocess.run(["rm", "-rf", disk], check=False)  # a path longer than Python's own tools can take away


def reasons(document: dict[str, Any]) -> Counter[str]:
    return Counter(refused["reason"] for refused in document["rejected"])


def test_every_entry_is_accounted_for(intake: Intake) -> None:
    """What is neither sealed nor refused with its reason was lost, and nobody will ever know."""
    assert intake.first["balanced"] and intake.first["members"]["balanced"]
    expected = Counter(symlink=3, fifo=1, socket=1, device=1 if IS_ROOT else 0)
    assert reasons(intake.first) == +expected
    regular = 10  # letter, zero, sparse, not UTF-8, right to left, colour, deep, three archives
    assert intake.first["sealed"]["files"] == regular
    assert intake.first["found"]["files"] == regular + expected.total()
    assert intake.first["sealed"]["bytes"] > SPARSE_BYTES


def test_members_are_found_and_bombs_are_refused(intake: Intake) -> None:
    """A phone dump hides its footage two archives deep; a bomb must cost a refusal and not the disk."""
    members = intake.first["members"]
    assert members["sealed"]["files"] >= 4  # two that climb, the middle archive, the innermost text
    assert reasons(members) == {"archive_ratio": 1}
    assert not Path("/tmp/witnessmark-climbed-out.txt").exists()
    assert not Path("/etc/witnessmark-absolute.txt").exists()


def test_a_second_run_seals_nothing(intake: Intake) -> None:
    """Content sealed twice would be counted twice in the words that go to a court."""
    assert intake.second["sealed"] == {"files": 0, "bytes": 0}
    assert intake.second["already_held"] == intake.first["sealed"]
    assert reasons(intake.second) == reasons(intake.first)
    assert intake.second["members"]["sealed"]["files"] == 0
    assert intake.second["balanced"] and intake.second["members"]["balanced"]


def test_names_are_never_in_the_clear(intake: Intake) -> None:
    """File names from inside an institution betray who could have copied them."""
    more = {
        **dict.fromkeys((NOT_UTF8, RIGHT_TO_LEFT.encode(), LONG_PART[:60].encode()), "a nasty name"),
        **dict.fromkeys(
            (b"witnessmark-climbed-out", b"in-the-innermost", b"at-the-bottom"), "a member's name"
        ),
    }
    traces = Traces({**intake.traces.patterns, **more})
    assert traces.found_in([intake.case, intake.terminal.tmp]) == []
    assert "\u202e" not in intake.terminal.run("items", intake.case, "--names").out
    shown = intake.terminal.run("items", intake.case, "--names", as_json=False).out
    assert "\x1b" not in shown and "\u202e" not in shown


def test_the_case_stays_sound(intake: Intake) -> None:
    """Whatever a hostile disk holds, what was sealed of it must be provable."""
    assert intake.terminal.run("examine", intake.case).document["failed"] == 0
    audit = intake.terminal.run("audit", intake.case).document
    assert (audit["ok"], audit["problems"]) == (True, [])
    names = [
        name
        for row in intake.terminal.run("items", intake.case, "--names").document["items"]
        for name in row["names"]
    ]
    assert sum("at-the-bottom.txt" in name for name in names) == 2  # once for each receipt


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    """A recorder still writing to the disk gives no single content: it must be said, not sealed as if it were whole."""
    terminal, case, disk = Terminal(tmp_path), tmp_path / "case", tmp_path / "disk"
    disk.mkdir()
    growing = disk / "still-recording.bin"
    growing.write_bytes(bytes(8 << 20))
    (disk / "at-rest.bin").write_bytes(b"rest" * 99)
    terminal.run("new", case, "--name", "growing", "--shares", tmp_path / "shares")
    stop = threading.Event()

    def grow() -> None:
        with growing.open("ab", buffering=0) as file:
            while not stop.is_set():
                file.write(os.urandom(4096))
                time.sleep(0.0005)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        first = terminal.run("receive", case, disk, code=3).document
    finally:
        stop.set()
        writer.join()
    assert reasons(first) == {"changed_while_read": 1}
    assert first["sealed"]["files"] == 1 and first["balanced"]
    second = terminal.run("receive", case, disk).document
    assert (second["sealed"]["files"], second["already_held"]["files"]) == (1, 1)
    assert terminal.run("audit", case).document["ok"]


def test_what_may_not_be_read_is_refused_by_name_of_the_error(tmp_path: Path) -> None:
    """A file that the user may not open is still part of the disk: it has to appear in the receipt."""
    before: tuple[str, ...] = ()
    if IS_ROOT:
        if shutil.which("setpriv") is None:
            pytest.skip("root may read everything, and setpriv is not here to take that right away")
        before = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    terminal, case, disk = Terminal(tmp_path, before=before), tmp_path / "case", tmp_path / "disk"
    (disk / "shut-folder").mkdir(parents=True)
    write(disk / "open-letter.txt", "may be read\n" * 9)
    write(disk / "shut-letter.txt", "may not be read\n" * 9)
    write(disk / "shut-folder" / "unseen.txt", "cannot even be counted\n" * 9)
    for path in (disk / "shut-letter.txt", disk / "shut-folder"):
        if IS_ROOT:
            os.chown(path, NOBODY, NOBODY)
            path.chmod(0o700)
        else:
            path.chmod(0)
    terminal.run("new", case, "--name", "denied", "--shares", tmp_path / "shares")
    try:
        received = terminal.run("receive", case, disk, code=3).document
    finally:
        for path in (disk / "shut-letter.txt", disk / "shut-folder"):
            path.chmod(0o700)
    assert reasons(received) == {"unreadable": 1, "unreadable_folder": 1}
    assert {refused.get("detail") for refused in received["rejected"]} == {"EACCES"}
    assert received["sealed"]["files"] == 1 and received["balanced"]
