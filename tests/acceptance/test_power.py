"""The power goes, or the disk is full, while `receive` runs: nothing that was acknowledged is lost.

Power loss: the case lies on an ext4 image mounted by loop; the image is copied at a random moment, which is what a disk
holds when the power goes (what was not flushed is not in it), and the copy is mounted in its place.
Disk full: the case lies on a small tmpfs.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.corpus.clips import make_clip
from tests.support.rounds import rounds, seeded
from tests.support.standing import Standing, unsound
from tests.support.terminal import PASSPHRASE, Said, Terminal
from witnessmark.case.wiring import adopt, open_case

CUTS = 40
CUTS_IN_CI = 3
IMAGE_BYTES = 96 << 20
SETTLING_S = 0.05
"""For system calls that were under way when the process was stopped."""


def mount(*words: object) -> None:
    subprocess.run(["mount", *map(str, words)], check=True, capture_output=True)


def unmount(place: Path) -> None:
    subprocess.run(["umount", "-l", str(place)], check=False, capture_output=True)


def may_mount(folder: Path) -> str:
    """Empty where images and tmpfs can be mounted here, else why not."""
    if os.geteuid() != 0:
        return "mounting needs root"
    if shutil.which("mkfs.ext4") is None:
        return "mkfs.ext4 is not on this machine: apt-get install e2fsprogs"
    place = folder / "try"
    place.mkdir()
    try:
        new_image(folder / "try.img", 4 << 20)
        mount("-o", "loop", folder / "try.img", place)
    except subprocess.CalledProcessError as refused:
        return f"loop devices may not be mounted here: {refused.stderr.decode().strip()}"
    finally:
        unmount(place)
    return ""


def new_image(path: Path, size_bytes: int) -> None:
    with path.open("wb") as file:
        file.truncate(size_bytes)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(path)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def mounting(tmp_path_factory: pytest.TempPathFactory) -> None:
    why_not = may_mount(tmp_path_factory.mktemp("mounting"))
    if why_not:
        pytest.skip(why_not)


@contextlib.contextmanager
def on_image(image: Path, place: Path) -> Iterator[Path]:
    place.mkdir(exist_ok=True)
    mount("-o", "loop", image, place)
    try:
        yield place
    finally:
        unmount(place)


def make_source(folder: Path) -> Path:
    folder.mkdir()
    chance = random.Random(3)
    for number in range(12):
        (folder / f"dump-{number}.bin").write_bytes(chance.randbytes(chance.randrange(100_000, 900_000)))
    make_clip(folder / "corridor.mp4", seconds=1, size=(96, 64), seed=1)
    return folder


@pytest.mark.timeout(3600)
def test_power_is_cut_while_receiving(mounting: None, tmp_path: Path) -> None:
    """What the log calls sealed must be on the disk after a power cut, or the receipt is a lie."""
    source, place, image = make_source(tmp_path / "disk"), tmp_path / "place", tmp_path / "image"
    terminal, chance = Terminal(tmp_path), seeded("power")
    new_image(image, IMAGE_BYTES)
    with on_image(image, place):
        terminal.run("new", place / "case", "--name", "power", "--shares", tmp_path / "shares")
    shutil.copy(image, tmp_path / "trial")
    with on_image(tmp_path / "trial", place):
        terminal.run("adopt", place / "case")
        began = time.monotonic()
        terminal.run("receive", place / "case", source)
        took_s = time.monotonic() - began
        with open_case(place / "case", PASSPHRASE) as case:
            undisturbed = Standing.of(case)
    acknowledged = 0
    for cut in range(rounds(CUTS, otherwise=CUTS_IN_CI)):
        running, after = tmp_path / f"running-{cut}", tmp_path / f"after-{cut}"
        shutil.copy(image, running)
        with on_image(running, place):
            process = terminal.start("receive", place / "case", source)
            time.sleep(chance.uniform(0.2, 0.85) * took_s)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(
                    process.pid, signal.SIGSTOP
                )  # copying takes a while; a disk has one state at a time
            time.sleep(SETTLING_S)
            shutil.copy(running, after)  # the disk as it is at this moment
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        with on_image(after, place):
            with open_case(place / "case", PASSPHRASE) as case:
                adopt(case, "the disk after the cut")
                acknowledged += len(case.catalogue.items())
                problems = [p for p in unsound(case) if "is not in the catalogue" not in p]
                assert problems == []
            terminal.run("receive", place / "case", source)
            with open_case(place / "case", PASSPHRASE) as case:
                assert Standing.of(case).items == undisturbed.items
                assert Standing.of(case).receipts[0] == undisturbed.receipts[0]
                assert unsound(case) == []
        running.unlink()
        after.unlink()
    print(f"items acknowledged before a cut and found sound after it: {acknowledged}")


@pytest.fixture
def small_disk(mounting: None, tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "small"
    place.mkdir()
    mount("-t", "tmpfs", "-o", "size=6m", "none", place)
    try:
        yield place
    finally:
        unmount(place)


def is_told_as_full(said: Said) -> bool:
    return said.is_two_lines and "full" in said.err and "Traceback" not in said.err


def test_the_disk_is_full_while_receiving(small_disk: Path, tmp_path: Path) -> None:
    """A full disk must stop the intake in two lines, keep what is sealed, and go on once there is room."""
    source, case, terminal = make_source(tmp_path / "disk"), small_disk / "case", Terminal(tmp_path)
    ballast = small_disk / "ballast"
    terminal.run("new", case, "--name", "full", "--shares", tmp_path / "shares")
    ballast.write_bytes(bytes(free_bytes(small_disk) - 2_000_000))
    said = terminal.run("receive", case, source, code=2)
    assert is_told_as_full(said), said.err
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    with open_case(case, PASSPHRASE) as opened:
        problems = [p for p in unsound(opened) if "is not in the catalogue" not in p]
        assert problems == []
    received = terminal.run("receive", case, source).document
    assert (received["sealed"]["files"], received["balanced"]) == (13, True)
    assert terminal.run("audit", case).document["problems"] == []


@pytest.mark.parametrize("room_bytes", [0, 4_096, 16_384, 65_536])
def test_no_room_for_the_rows_after_the_object(small_disk: Path, tmp_path: Path, room_bytes: int) -> None:
    """Between the object and its row the disk fills up: the object must be met again, and counted once."""
    case, terminal, letter = small_disk / "case", Terminal(tmp_path), tmp_path / "letter.bin"
    letter.write_bytes(random.Random(1).randbytes(50_000))
    terminal.run("new", case, "--name", "full", "--shares", tmp_path / "shares")
    ballast = small_disk / "ballast"
    filling = [sys.executable, "-c", FILL_AFTER_LINK, str(ballast), str(room_bytes)]
    said = Terminal(tmp_path, before=(*filling,)).run("receive", case, letter, code=None)
    if said.code != 0:
        assert said.code == 2 and is_told_as_full(said), said.err
    ballast.unlink(missing_ok=True)
    received = terminal.run("receive", case, letter).document
    assert received["sealed"]["files"] + received["already_held"]["files"] == 1
    assert received["balanced"]
    audit = terminal.run("audit", case).document
    assert (audit["problems"], audit["objects"]) == ([], 1)


FILL_AFTER_LINK = """
import os, runpy, sys
ballast, room = sys.argv[1], int(sys.argv[2])
from witnessmark.ground.vault import store
place = store.ObjectStore._place
def fill(self, draft, name):
    made = place(self, draft, name)
    there = os.statvfs(os.path.dirname(ballast))
    with open(ballast, "wb") as file:
        file.write(bytes(max(0, there.f_bavail * there.f_frsize - room)))
    return made
store.ObjectStore._place = fill
sys.argv = sys.argv[3:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Runs the command with the disk filling up as soon as an object has its name, before its row is written."""


def free_bytes(place: Path) -> int:
    there = os.statvfs(place)
    return there.f_bavail * there.f_frsize
