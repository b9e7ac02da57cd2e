"""found = sealed + already held + refused, under any interleaving of faults, kills and resumes."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.receive import archives
from tests.unit.receive.world import InProcess, Killed, World, sealed_world
from witnessmark.receive.settle import BatchLimits

FAULTS = ("none", "none", "none", "eio", "grows_once", "grows_always", "vanishes", "denied", "link", "pipe")
CONTENTS = st.sampled_from([b"", b"a", b"same", b"same", b"other" * 50])


class Disk:
    """A folder of small files, each with a fault that acts when the file is opened or read."""

    def __init__(self, root: Path, files: list[tuple[bytes, str]]) -> None:
        self.faults: dict[int, str] = {}
        self.paths: dict[int, Path] = {}
        for number, (content, fault) in enumerate(files):
            path = root / f"folder{number % 3}" / f"file{number}"
            path.parent.mkdir(exist_ok=True)
            if fault == "link":
                path.symlink_to("nowhere")
            elif fault == "pipe":
                os.mkfifo(path)
            else:
                path.write_bytes(content)
            inode = path.lstat().st_ino
            self.faults[inode], self.paths[inode] = fault, path
        self._pread, self._open = os.pread, os.open

    def pread(self, descriptor: int, length: int, offset: int) -> bytes:
        inode = os.fstat(descriptor).st_ino
        fault = self.faults.get(inode, "none")
        if fault == "eio":
            raise OSError(errno.EIO, "fails")
        if fault in ("grows_once", "grows_always"):
            if fault == "grows_once":
                self.faults[inode] = "none"
            with self.paths[inode].open("ab") as file:
                file.write(b"+")
        return self._pread(descriptor, length, offset)

    def open(self, path: object, flags: int, *rest: object, **options: object) -> int:
        for inode, fault in self.faults.items():
            if path == os.fsencode(self.paths[inode].name):
                if fault == "denied":
                    raise PermissionError(errno.EACCES, "denied")
                if fault == "vanishes":
                    self.paths[inode].unlink(missing_ok=True)
        return self._open(path, flags, *rest, **options)  # type: ignore[arg-type]


@settings(max_examples=120, deadline=None)
@given(
    files=st.lists(st.tuples(CONTENTS, st.sampled_from(FAULTS)), max_size=9),
    kills=st.lists(st.integers(0, 5), max_size=3),
    batch_files=st.integers(1, 4),
)
def test_reconciliation_balances_and_holds_what_it_says(
    files: list[tuple[bytes, str]], kills: list[int], batch_files: int
) -> None:
    """If one interleaving does not add up, no receipt can be believed."""
    world = World()
    with tempfile.TemporaryDirectory() as folder:
        disk = Disk(Path(folder), files)
        with mock.patch.object(os, "pread", disk.pread), mock.patch.object(os, "open", disk.open):
            for kill in kills:
                world.kill_after_saves = kill
                try:
                    world.receive(Path(folder), batch=BatchLimits(files=batch_files))
                except Killed:
                    pass
            world.kill_after_saves = None
            got = world.receive(Path(folder), batch=BatchLimits(files=batch_files))
    assert got.files.balanced
    assert got.files.found.files >= len([fault for _, fault in files if fault != "vanishes"])
    # What the receipt calls sealed is in the store, and each distinct content was sealed exactly once.
    assert got.files.sealed.files == len(world.items) == len({i.item_id for i in world.items.values()})
    assert {item.object_name for item in world.items.values()} <= set(world.store.objects)
    held = got.files.sealed.files + got.files.already_held.files
    assert held == len(world.occurrences) == len({one.occurrence_id for one in world.occurrences})
    assert world.annex_lines().keys() >= {row.code for row in got.files.rejected}


@settings(max_examples=30, deadline=None)
@given(
    names=st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=5),
    nested=st.booleans(),
    kills=st.lists(st.integers(0, 8), max_size=3),
    crash_after=st.one_of(st.none(), st.integers(0, 12)),
)
def test_members_balance_too(
    names: list[str], nested: bool, kills: list[int], crash_after: int | None
) -> None:
    """Members are counted apart, and must add up apart, also when the unpacker dies on the way."""
    members = {name: name.encode("utf-8", "surrogatepass") for name in names if "\0" not in name}
    members = {name: data for name, data in members.items() if not name.endswith(("/", "\\"))}
    data = archives.zip_of({"inner.zip": archives.zip_of(members), **members} if nested else members)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "a.zip"
        source.write_bytes(data)
        world = sealed_world(Path(folder) / "objects")
        for kill in kills:
            world.kill_after_saves = kill
            try:
                world.receive(source, run_jailed=InProcess(), batch=BatchLimits(files=1))
            except Killed:
                pass
        world.kill_after_saves = None
        got = world.receive(source, run_jailed=InProcess(stop_after_records=crash_after))
    assert got.balanced
    assert got.members.sealed.files + got.files.sealed.files == len(world.items)
    assert len(world.occurrences) == sum(bool(row.item_id) for row in world.rows.values())
