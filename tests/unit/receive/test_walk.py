"""The walk: whatever a disk holds is met once, and nothing leads elsewhere."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from witnessmark.model.errors import UsageError
from witnessmark.receive.reasons import Reason
from witnessmark.receive.walk import HELD_DESCRIPTORS, Walk


def met(
    *sources: Path | bytes, excluded: frozenset[tuple[int, int]] = frozenset()
) -> list[tuple[bytes, str]]:
    with Walk([os.fsencode(source) for source in sources], excluded) as walk:
        return [(b"/".join(entry.parts), str(entry.reason or "")) for entry in walk.entries()]


def test_special_files_are_met_refused_and_never_followed_or_opened(tmp_path: Path) -> None:
    """A link followed would receive files of ours as evidence; a pipe opened would hang forever."""
    tree = tmp_path / "disk"
    tree.mkdir()
    (tmp_path / "secret").write_text("ours")
    (tree / "a.mp4").write_bytes(b"x")
    (tree / "link").symlink_to(tmp_path / "secret")
    (tree / "folderlink").symlink_to(tmp_path)
    (tree / "broken").symlink_to("nowhere")
    os.mkfifo(tree / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tree / "sock"))
        found = met(tree)
    assert found == [
        (b"a.mp4", ""),
        (b"broken", "symlink"),
        (b"folderlink", "symlink"),
        (b"link", "symlink"),
        (b"pipe", "fifo"),
        (b"sock", "socket"),
    ]


def test_device_nodes_are_refused(tmp_path: Path) -> None:
    """Reading a device could hang, or read the disk itself."""
    try:
        os.mknod(tmp_path / "null", 0o600 | 0o020000, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("device nodes need privileges")
    assert met(tmp_path) == [(b"null", "device")]


def test_names_of_any_bytes_survive(tmp_path: Path) -> None:
    """A name that cannot be decoded is often the oldest trace; an exception would lose the whole folder."""
    names = [
        b"\xff\xfe.mp4",
        b"new\nline",
        "кино.avi".encode("cp1251"),
        "\u202egpm.exe".encode(),
        b" ",
        b"-rf",
    ]
    for name in names:
        os.close(os.open(os.fsencode(tmp_path) + b"/" + name, os.O_CREAT | os.O_WRONLY))
    assert met(tmp_path) == [(name, "") for name in sorted(names)]


def test_paths_beyond_path_max_are_reached(tmp_path: Path) -> None:
    """Deep nests (old backups of backups) would be lost silently where only whole paths are used."""
    depth, name = HELD_DESCRIPTORS + 40, b"d" * 200
    below = os.open(tmp_path, os.O_DIRECTORY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=below)
        inner = os.open(name, os.O_DIRECTORY, dir_fd=below)
        os.close(below)
        below = inner
    for file in (b"one", b"two"):
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, dir_fd=below))
    os.close(below)
    with Walk([os.fsencode(tmp_path)]) as walk:
        entries = list(walk.entries())
        assert [len(entry.path) > 4096 * 4 for entry in entries] == [True, True]
        opened = [os.fstat(walk.open(entry)).st_ino for entry in entries]
    assert opened == [entry.identity[1] for entry in entries]
    # Leave nothing that the clean-up of the test run cannot remove.
    _remove_chain(os.fsencode(tmp_path), name, depth)


def _remove_chain(root: bytes, name: bytes, depth: int) -> None:
    below = os.open(root, os.O_DIRECTORY)
    # Bring the deep end up step by step: rename the child beside its parent, then remove the parent.
    for _ in range(depth):
        inner = os.open(name, os.O_DIRECTORY, dir_fd=below)
        for file in (b"one", b"two"):
            try:
                os.unlink(file, dir_fd=inner)
            except FileNotFoundError:
                pass
        try:
            os.rename(name, b"up", src_dir_fd=inner, dst_dir_fd=below)
        except FileNotFoundError:
            os.close(inner)
            os.rmdir(name, dir_fd=below)
            break
        os.close(inner)
        os.rmdir(name, dir_fd=below)
        os.rename(b"up", name, src_dir_fd=below, dst_dir_fd=below)
    os.close(below)


def test_an_unreadable_folder_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is passed over in silence is how evidence goes missing."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").write_bytes(b"x")
    real = os.open

    def refusing(path: object, flags: int, *rest: object, **options: object) -> int:
        if path == b"a":
            raise PermissionError(13, "no")
        return real(path, flags, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refusing)
    with Walk([os.fsencode(tmp_path)]) as walk:
        found = [(entry.parts, entry.reason, entry.detail) for entry in walk.entries()]
    assert found == [((b"b",), None, ""), ((b"a",), Reason.UNREADABLE_FOLDER, "EACCES")]


def test_sources_named_twice_or_inside_one_another_are_walked_once(tmp_path: Path) -> None:
    """Counting a file twice would unbalance the source's own count."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"x")
    assert met(tmp_path / "in" / "a", tmp_path, tmp_path / "in", tmp_path / "in" / "..") == [(b"in/a", "")]


def test_a_source_that_is_a_link_is_refused(tmp_path: Path) -> None:
    """A shell's * over a hostile disk must not let the disk choose what is read."""
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "x").write_bytes(b"x")
    (tmp_path / "from").symlink_to("to")
    assert met(tmp_path / "from") == [(b"", "symlink")]


def test_a_missing_source_is_a_usage_error(tmp_path: Path) -> None:
    """A mistyped path must not give a balanced receipt of nothing."""
    with pytest.raises(UsageError):
        met(tmp_path / "nowhere")


def test_the_case_itself_is_left_out(tmp_path: Path) -> None:
    """Receiving a folder that holds the case would seal the case into itself without end."""
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "object").write_bytes(b"x")
    (tmp_path / "a").write_bytes(b"x")
    status = (tmp_path / "case").stat()
    assert met(tmp_path, excluded=frozenset({(status.st_dev, status.st_ino)})) == [(b"a", "")]


def test_a_writable_source_is_warned_of(tmp_path: Path) -> None:
    """Mounting a disk writable changes it; the receipt must not be silent on that."""
    with Walk([os.fsencode(tmp_path)]) as walk:
        assert (walk.state().read_only, "mount -o ro" in walk.state().warning) == (False, True)


def test_a_file_swapped_for_a_pipe_does_not_block(tmp_path: Path) -> None:
    """Between listing and opening a file can become a pipe; an open that blocks would hang the intake."""
    (tmp_path / "a").write_bytes(b"x")
    with Walk([os.fsencode(tmp_path)]) as walk:
        (entry,) = list(walk.entries())
        (tmp_path / "a").unlink()
        os.mkfifo(tmp_path / "a")
        descriptor = walk.open(entry)
        os.close(descriptor)
    assert descriptor >= 0
