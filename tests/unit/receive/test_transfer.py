"""Receiving: every file is accounted for, once, whatever happens on the way."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from tests.unit.receive.world import Killed, World
from witnessmark.model.commitment import file_commitment
from witnessmark.model.intake import Tally
from witnessmark.receive import transfer
from witnessmark.receive.hash_list import parse_hash_list
from witnessmark.receive.settle import BatchLimits

BIG = 9 << 20


def tree(folder: Path) -> Path:
    source = folder / "disk"
    (source / "sub").mkdir(parents=True)
    (source / "a.mp4").write_bytes(b"alpha" * 1000)
    (source / "copy.mp4").write_bytes(b"alpha" * 1000)
    (source / "empty").write_bytes(b"")
    (source / "sub" / "big.bin").write_bytes(os.urandom(BIG))
    (source / "link").symlink_to("a.mp4")
    return source


def test_found_equals_sealed_plus_held_plus_refused(tmp_path: Path) -> None:
    """The source will ask: did you get all of it?"""
    world = World()
    got = world.receive(tree(tmp_path))
    assert (
        got.files.found,
        got.files.sealed,
        got.files.already_held,
        [(r.reason, r.size_bytes) for r in got.files.rejected],
        got.balanced,
        len(world.store.objects),
        world.store.open_drafts,
    ) == (Tally(5, 10000 + BIG), Tally(3, 5000 + BIG), Tally(1, 5000), [("symlink", 0)], True, 3, 0)


def test_a_second_run_seals_nothing_and_writes_nothing(tmp_path: Path) -> None:
    """A repeated command must neither double the case nor report the source as empty."""
    world, source = World(), tree(tmp_path)
    first = world.receive(source)
    world.close_session()
    drafts: list[int] = []
    begin = world.store.begin
    world.store.begin = lambda: drafts.append(1) or begin()
    second = world.receive(source)
    assert (second.files.found, second.files.sealed, second.files.already_held, second.balanced, drafts) == (
        first.files.found,
        Tally(0, 0),
        first.files.sealed + first.files.already_held,
        True,
        [],
    )


def test_resume_after_a_kill_reads_only_what_is_not_settled(tmp_path: Path, monkeypatch: Any) -> None:
    """A disk of terabytes is never received in one evening: the same command must go on where it was."""
    source = tmp_path / "disk"
    source.mkdir()
    for number in range(10):
        (source / f"{number}.mp4").write_bytes(b"%d" % number * 100)
    world = World(kill_after_saves=3)
    with pytest.raises(Killed):
        world.receive(source, batch=BatchLimits(files=2))
    world.kill_after_saves = None
    opened: list[int] = []
    real = transfer.Walk.open
    monkeypatch.setattr(transfer.Walk, "open", lambda walk, entry: opened.append(1) or real(walk, entry))
    got = world.receive(source)
    assert (got.files.sealed.files, got.resumed_files, len(opened), got.balanced, len(world.items)) == (
        10,
        6,
        4,
        True,
        10,
    )


def test_a_kill_between_object_and_row_counts_the_file_as_sealed(tmp_path: Path) -> None:
    """An object whose row was lost is not 'already held': nobody has ever recorded it."""
    source = tmp_path / "a.mp4"
    source.write_bytes(b"x")
    world = World(kill_after_saves=0)
    with pytest.raises(Killed):
        world.receive(source)
    world.kill_after_saves = None
    got = world.receive(source)
    assert (got.files.sealed, len(world.store.objects), got.balanced) == (Tally(1, 1), 1, True)


def test_what_was_sealed_and_then_changed_or_vanished_stays_counted(tmp_path: Path) -> None:
    """What the case holds from this session must be in its receipt, also when the source moved on."""
    source = tmp_path / "disk"
    source.mkdir()
    for name in ("a", "b", "c"):
        (source / name).write_bytes(name.encode())
    world = World(kill_after_saves=3)
    with pytest.raises(Killed):
        (source / "d").write_bytes(b"d")
        world.receive(source, batch=BatchLimits(files=1))
    world.kill_after_saves = None
    (source / "a").unlink()
    (source / "b").write_bytes(b"changed")
    got = world.receive(source)
    # a (vanished), b as it was, b as it is, c, d
    assert (got.files.found, got.files.sealed, got.balanced) == (Tally(5, 11), Tally(5, 11), True)


def test_a_file_that_keeps_changing_is_refused_and_leaves_no_draft(tmp_path: Path, monkeypatch: Any) -> None:
    """A digest over two states of a file proves neither."""
    source = tmp_path / "log"
    source.write_bytes(b"x" * BIG)
    real = os.pread
    stamp = [10]

    def changing(descriptor: int, length: int, offset: int) -> bytes:
        stamp[0] += 1
        os.utime(source, ns=(stamp[0], stamp[0]))
        return real(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", changing)
    world = World()
    got = world.receive(source)
    assert (
        [(r.reason, r.size_bytes) for r in got.files.rejected],
        got.balanced,
        world.store.objects,
        world.store.open_drafts,
    ) == ([("changed_while_read", BIG)], True, {}, 0)


def test_a_file_that_changed_once_is_read_again(tmp_path: Path, monkeypatch: Any) -> None:
    """A copy that was just finishing must not be lost to a single retry-less try."""
    source = tmp_path / "log"
    source.write_bytes(b"x")
    real, once = os.pread, [True]

    def changing(descriptor: int, length: int, offset: int) -> bytes:
        if once.pop() if once else False:
            source.write_bytes(b"yy")
        return real(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", changing)
    got = World().receive(source)
    assert (got.files.found, got.files.sealed, got.balanced) == (Tally(1, 2), Tally(1, 2), True)


def test_a_failing_disk_is_named_and_the_rest_goes_on(tmp_path: Path, monkeypatch: Any) -> None:
    """Old disks fail in places; one bad sector must cost one file, with the reason."""
    source = tmp_path / "disk"
    source.mkdir()
    (source / "bad").write_bytes(b"b" * 100)
    (source / "good").write_bytes(b"g" * 100)
    bad_inode, real = (source / "bad").stat().st_ino, os.pread

    def failing(descriptor: int, length: int, offset: int) -> bytes:
        if os.fstat(descriptor).st_ino == bad_inode:
            raise OSError(errno.EIO, "input/output error", str(source))
        return real(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", failing)
    world = World()
    got = world.receive(source)
    assert ([r.to_json() | {"code": ""} for r in got.files.rejected], got.files.sealed, got.balanced) == (
        [{"code": "", "reason": "unreadable", "bytes": 100, "detail": "EIO"}],
        Tally(1, 100),
        True,
    )


def test_a_full_store_is_not_blamed_on_the_source(tmp_path: Path) -> None:
    """A full disk of ours must stop the run, not fill the receipt with files that could not be read."""
    source = tmp_path / "disk"
    source.mkdir()
    (source / "a").write_bytes(b"a")
    (source / "b").write_bytes(b"b" * BIG)
    world = World()
    world.store.fails_after = 1000
    with pytest.raises(OSError, match="no space"):
        world.receive(source)
    assert ([row.settlement for row in world.rows.values()], world.store.open_drafts) == (["sealed"], 0)


def test_public_halves_hold_nothing_but_a_salted_commitment(tmp_path: Path) -> None:
    """A raw digest in what may be opened tells the prison service which file leaked."""
    world = World()
    world.receive(tree(tmp_path))
    received = [event for event in world.events if event.kind == "item.received"]
    for event in received:
        digest = bytes.fromhex(event.private["sha256"])
        commitment = file_commitment(bytes.fromhex(event.private["salt"]), digest)
        assert dict(event.public) == {"file_commitment": commitment.hex()}
        assert event.day is not None
        assert (event.day.kind, event.day.payload) == ("receipt", commitment)
    salts = {event.private["salt"] for event in received}
    assert (len(received), len(salts)) == (3, 3)


def test_the_annex_resolves_every_code_also_after_a_resume(tmp_path: Path) -> None:
    """Without the annex nobody can say which file a refusal in the receipt was."""
    source = tmp_path / "disk"
    source.mkdir()
    for name in ("a", "b", "c"):
        (source / name).write_bytes(name.encode())
    (source / "l").symlink_to("a")
    world = World(kill_after_saves=2)
    with pytest.raises(Killed):
        world.receive(source, batch=BatchLimits(files=1))
    world.kill_after_saves = None
    (source / "a").unlink()
    got = world.receive(source)
    codes = [row.code for row in world.rows.values()]
    assert world.names_of(codes) == sorted(str(source / name) for name in ("a", "b", "c", "l"))
    assert world.names_of([r.code for r in got.files.rejected]) == [str(source / "l")]


def test_names_of_odd_bytes_are_shown_safely_and_kept_exactly(tmp_path: Path) -> None:
    """A name that reverses the reader's direction would make 'exe' read as 'mp4' on paper."""
    name = b"a\xe2\x80\xaegpm\xff\n.exe"
    os.close(os.open(os.fsencode(tmp_path) + b"/" + name, os.O_CREAT | os.O_WRONLY))
    world = World()
    world.receive(tmp_path)
    (row,) = world.rows.values()
    assert world.names_of([row.code]) == [f"{tmp_path}/a\\u202egpm\\xff\\n.exe"]


def test_the_sources_own_list_is_answered(tmp_path: Path) -> None:
    """The list the source made before the copy is the only witness of what was on the disk."""
    source = tmp_path / "disk"
    (source / "sub").mkdir(parents=True)
    (source / "sub" / "same.mp4").write_bytes(b"same")
    (source / "sub" / "other.mp4").write_bytes(b"not as listed")
    (source / "unlisted.mp4").write_bytes(b"new")
    listed = parse_hash_list(
        b"".join(
            b"%s  %s\n" % (hashlib.md5(data).hexdigest().encode(), name)
            for data, name in (
                (b"same", b"sub/same.mp4"),
                (b"was", b"sub/other.mp4"),
                (b"gone", b"sub/gone.mp4"),
            )
        )
    )
    got = World().receive(source, hash_list=listed)
    assert got.hash_list is not None
    assert got.hash_list.to_json() == {
        "listed": 3,
        "matched": 1,
        "missing": 1,
        "differing": 1,
        "unlisted": 1,
        "algorithms": ["md5"],
    }


def test_the_sources_own_list_is_answered_across_a_resume(tmp_path: Path) -> None:
    """Files settled before the stop must not come out as missing from the list."""
    source = tmp_path / "disk"
    source.mkdir()
    lines = []
    for number in range(4):
        data = b"%d" % number
        (source / f"{number}").write_bytes(data)
        lines.append(f"{hashlib.sha256(data).hexdigest()} *{number}\n")
    world = World(kill_after_saves=2)
    text = "".join(lines).encode()
    with pytest.raises(Killed):
        world.receive(source, hash_list=parse_hash_list(text), batch=BatchLimits(files=1))
    world.kill_after_saves = None
    got = world.receive(source, hash_list=parse_hash_list(text))
    assert got.hash_list is not None
    assert (got.hash_list.matched, got.hash_list.missing, got.hash_list.unlisted) == (4, 0, 0)


def test_progress_ends_at_the_whole(tmp_path: Path) -> None:
    """A bar that stops short of the end looks like a stop."""
    from witnessmark.receive.walk import Walk

    world, seen = World(), []
    with Walk([os.fsencode(tree(tmp_path))]) as walk:
        transfer.receive(walk, world.session(), seen.append)
    assert (seen[-1].files_done, seen[-1].bytes_done) == (5, 10000 + BIG)


@pytest.mark.soak
def test_a_sparse_file_of_five_gigabytes_streams(tmp_path: Path) -> None:
    """Recorder exports exceed memory; they must stream through it."""
    import resource

    source = tmp_path / "big.dav"
    with source.open("wb") as file:
        file.truncate(5_000_000_000)

    class Discarding:
        def begin(self) -> Discarding:
            return self

        def name_for(self, sha256: bytes, /) -> str:
            return sha256.hex()

        def write(self, data: bytes, /) -> int:
            return len(data)

        def commit(self, sha256: bytes, /) -> Any:
            from tests.unit.receive.world import StoredInMemory

            return StoredInMemory(sha256.hex())

        def abandon(self) -> None:
            return None

    world = World(store=Discarding())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    got = world.receive(source)
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (got.files.sealed, got.balanced, grown_kb < 100_000) == (Tally(1, 5_000_000_000), True, True)
