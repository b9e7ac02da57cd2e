"""The object store: held means held, never written over, and no clear content on the disk."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from witnessmark.ground.vault import age, durable
from witnessmark.ground.vault.absorb import BLOCK_BYTES
from witnessmark.ground.vault.backup import write_backup
from witnessmark.ground.vault.reader import SealedReader, read_header
from witnessmark.ground.vault.store import ObjectStore, StoredObject
from witnessmark.model.errors import UsageError, VaultError

NAMING_KEY = bytes(range(32))


@pytest.fixture
def store(tmp_path: Path, identity: str, other_identity: str) -> ObjectStore:
    recipients = [age.recipient_of(identity), age.recipient_of(other_identity)]
    return ObjectStore(tmp_path / "objects", NAMING_KEY, recipients)


def put(store: ObjectStore, content: bytes) -> StoredObject:
    with store.begin() as draft:
        digest, _ = draft.absorb(io.BytesIO(content))
        return draft.commit(digest)


def files_under(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "size", [0, 1, 65536, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 5 * BLOCK_BYTES + 7]
)
def test_what_is_put_in_comes_out(size: int, store: ObjectStore, identity: str) -> None:
    """Lost otherwise: everything."""
    content = os.urandom(size)
    seen = bytearray()
    with store.begin() as draft:
        digest, size_bytes = draft.absorb(io.BytesIO(content), seen.extend)
        file_key, stored = draft.file_key, draft.commit(digest)
    assert (hashlib.sha256(content).digest(), size, content) == (digest, size_bytes, bytes(seen))
    assert stored.name == store.name_for(digest) and stored.was_new
    assert (stored.ciphertext_bytes, True) == (store.size(stored.name), store.has(stored.name))
    fd = store.open(stored.name)
    assert file_key == age.unwrap(read_header(os.pread(fd, 65536, 0)), [identity])
    with SealedReader(fd, file_key, closefd=True) as reader:
        assert content == reader.read()
    assert [stored.name] == list(store.names())


def test_names_tell_nothing_and_files_are_private(store: ObjectStore, tmp_path: Path) -> None:
    """Lost otherwise: a thief could look up in his own list what is held."""
    stored = put(store, b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    assert [f"{stored.name[:2]}/{stored.name}.age"] == files_under(tmp_path / "objects")
    assert digest not in stored.name
    path = tmp_path / "objects" / stored.name[:2] / f"{stored.name}.age"
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    for folder in (path.parent, tmp_path / "objects", tmp_path / "objects/.drafts"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_same_content_is_held_once_and_never_replaced(store: ObjectStore, tmp_path: Path) -> None:
    """Lost otherwise: a second receipt could replace evidence."""
    first = put(store, b"content")
    before = (tmp_path / "objects" / first.name[:2] / f"{first.name}.age").read_bytes()
    second = put(store, b"content")
    assert (first.name, False) == (second.name, second.was_new)
    assert before == (tmp_path / "objects" / first.name[:2] / f"{first.name}.age").read_bytes()
    assert len(files_under(tmp_path / "objects")) == 1


def test_a_wrong_digest_is_refused(store: ObjectStore, tmp_path: Path) -> None:
    """Lost otherwise: an object under another content's name."""
    with store.begin() as draft:
        draft.absorb(io.BytesIO(b"content"))
        with pytest.raises(VaultError, match="not that of the content"):
            draft.commit(hashlib.sha256(b"other").digest())
    assert files_under(tmp_path / "objects") == []


def test_a_finished_draft_takes_nothing_more(store: ObjectStore) -> None:
    """Lost otherwise: bytes written into nowhere, or into another file's descriptor."""
    with store.begin() as draft:
        draft.write(b"content")
        draft.commit(hashlib.sha256(b"content").digest())
        for act in (lambda: draft.write(b"more"), lambda: draft.commit(b"")):
            with pytest.raises(VaultError, match="already"):
                act()
    draft.abandon()


def test_objects_can_be_removed_and_missing_ones_are_named_so(store: ObjectStore) -> None:
    """Lost otherwise: the verb `erase`, and a clear message."""
    stored = put(store, b"content")
    store.remove(stored.name)
    store.remove(stored.name)
    assert not store.has(stored.name)
    with pytest.raises(VaultError, match="missing"):
        store.open(stored.name)
    with pytest.raises(VaultError, match="not the name"):
        store.open("../../etc/passwd")


ORDER = re.compile(
    r"^create (write )+fsync-file (mkdir fsync-folder )?(rename|link unlink) fsync-folder fsync-folder $"
)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Records what reaches the disk, in order."""
    seen: list[str] = []

    def watch(owner: Any, name: str, say: Callable[..., str]) -> None:
        real = getattr(owner, name)

        def wrapped(*arguments: Any, **options: Any) -> Any:
            result = real(*arguments, **options)
            seen.append(say(*arguments))
            return result

        monkeypatch.setattr(owner, name, wrapped)

    watch(durable, "create", lambda *a: "create")
    watch(os, "write", lambda *a: "write")
    watch(os, "fsync", lambda fd: "fsync-folder" if stat.S_ISDIR(os.fstat(fd).st_mode) else "fsync-file")
    watch(durable, "_rename_noreplace", lambda *a: "rename")
    watch(os, "link", lambda *a: "link")
    watch(Path, "unlink", lambda *a: "unlink")
    watch(Path, "mkdir", lambda *a: "mkdir")
    return seen


def test_the_order_of_writing_is_that_of_the_specification(store: ObjectStore, steps: list[str]) -> None:
    """Lost otherwise: 400 of 400 files at a power cut, as in the trial without fsync."""
    put(store, os.urandom(3 * BLOCK_BYTES))
    assert ORDER.match(" ".join(steps) + " "), steps


def test_without_renameat2_it_links(
    store: ObjectStore, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost otherwise: network disks, and the promise never to write over, on them."""
    monkeypatch.setattr(durable, "_rename_noreplace", lambda source, target: errno.EINVAL)
    first = put(store, b"content")
    assert ORDER.match(" ".join(steps) + " "), steps
    assert (first.was_new, put(store, b"content").was_new) == (True, False)


def test_the_kernel_sees_that_order_too(tmp_path: Path, identity: str) -> None:
    """Lost otherwise: what Python says it did and what reached the disk could differ."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    code = (
        "import sys, io, os; from pathlib import Path\n"
        "from witnessmark.ground.vault.store import ObjectStore\n"
        f"store = ObjectStore(Path({str(tmp_path / 'o')!r}), bytes(32), [{age.recipient_of(identity)!r}])\n"
        "draft = store.begin(); digest, _ = draft.absorb(io.BytesIO(bytes(100000))); draft.commit(digest)\n"
    )
    trace = tmp_path / "trace"
    wanted = "trace=openat,write,fsync,renameat2,link,linkat,mkdir,mkdirat"
    command = ["strace", "-f", "-y", "-e", wanted, "-o", str(trace), sys.executable, "-c", code]
    if subprocess.run(command, capture_output=True, timeout=60, check=False).returncode != 0:
        pytest.skip("strace may not trace here")
    lines = [line for line in trace.read_text().splitlines() if "/o" in line]
    draft = next(i for i, line in enumerate(lines) if "O_EXCL" in line and "0400" in line)
    said = []
    for line in lines[draft:]:
        call = re.search(r"(\w+)\(", line)
        if call and call[1] != "openat":
            said.append(call[1] + ("-file" if call[1] == "fsync" and "/.drafts/" in line else ""))
    assert re.match(
        r"^(write )+fsync-file mkdir(at)? fsync (renameat2|linkat) fsync fsync $", " ".join(said) + " "
    ), said


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_failing_disk_leaves_nothing_and_says_what_to_do(
    call: str, fault: int, store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost otherwise: half an object, or a traceback in front of someone who cannot read it."""

    def fail(*arguments: Any) -> int:
        raise OSError(fault, os.strerror(fault))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(VaultError) as caught:
            put(store, os.urandom(2 * BLOCK_BYTES))
    assert ("full" in str(caught.value)) == (fault != errno.EIO)
    assert ("larger disk" in caught.value.hint) == (fault != errno.EIO)
    assert str(tmp_path) not in str(caught.value) + caught.value.hint
    assert files_under(tmp_path / "objects") == []


def test_a_really_full_disk(tmp_path: Path, identity: str) -> None:
    """Lost otherwise: trust in the simulated one."""
    mount = tmp_path / "small"
    mount.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(mount)], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("mounting a small tmpfs is not allowed here")
    try:
        store = ObjectStore(mount / "objects", NAMING_KEY, [age.recipient_of(identity)])
        kept = put(store, os.urandom(BLOCK_BYTES))
        with pytest.raises(VaultError, match="full"):
            put(store, os.urandom(4 * BLOCK_BYTES))
        assert [f"{kept.name[:2]}/{kept.name}.age"] == files_under(mount / "objects")
        put(store, os.urandom(BLOCK_BYTES))
    finally:
        subprocess.run(["umount", str(mount)], check=True)


def test_a_failing_source_is_the_callers_matter(store: ObjectStore, tmp_path: Path) -> None:
    """Lost otherwise: an unreadable sector of the source would look like a fault of the case's disk."""

    class Dying(io.RawIOBase):
        left = 2 * BLOCK_BYTES + 5

        def readinto(self, buffer: Any) -> int:
            if self.left == 0:
                raise OSError(errno.EIO, "bad sector")
            count = min(len(buffer), self.left, 100_000)
            self.left -= count
            return count

    with store.begin() as draft, pytest.raises(OSError, match="bad sector"):
        draft.absorb(Dying())
    assert files_under(tmp_path / "objects") == []


def test_a_failing_listener_stops_both_threads(store: ObjectStore, tmp_path: Path) -> None:
    """Lost otherwise: a thread left reading from a descriptor that was closed."""
    import threading

    def interrupt(block: memoryview) -> None:
        raise KeyboardInterrupt

    before = threading.active_count()
    with store.begin() as draft, pytest.raises(KeyboardInterrupt):
        draft.absorb(io.BytesIO(bytes(5 * BLOCK_BYTES)), interrupt)
    assert (before, []) == (threading.active_count(), files_under(tmp_path / "objects"))


def test_killed_in_the_middle_only_ciphertext_remains(tmp_path: Path, identity: str) -> None:
    """Lost otherwise: clear footage on a seized disk, or a draft taken for an object."""
    sentence = b"this sentence must not be found on the disk "
    root = tmp_path / "objects"
    code = (
        "import sys, time; from pathlib import Path\n"
        "from witnessmark.ground.vault.store import ObjectStore\n"
        f"store = ObjectStore(Path({str(root)!r}), bytes(32), [{age.recipient_of(identity)!r}])\n"
        "draft = store.begin()\n"
        f"draft.write({sentence!r} * 100000); print('ready', flush=True); time.sleep(60)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        recipients = [age.recipient_of(identity)]
        ObjectStore(root, bytes(32), recipients)
        assert len(files_under(root)) == 1, "a draft with a living writer must not be swept"
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        if child.stdout is not None:
            child.stdout.close()
    (left,) = files_under(root)
    assert left.startswith(".drafts/")
    data = (root / left).read_bytes()
    assert len(data) > BLOCK_BYTES and sentence not in data
    store = ObjectStore(root, bytes(32), recipients)
    assert (files_under(root), list(store.names())) == ([], [])


def test_a_copy_for_reading_is_left_alone(store: ObjectStore, tmp_path: Path) -> None:
    """Lost otherwise: a second writer, or a write to evidence on a read-only disk."""
    stored = put(store, b"content")
    (tmp_path / "objects/.drafts/old").write_bytes(b"")
    copy = ObjectStore(tmp_path / "objects", NAMING_KEY, (), read_only=True)
    assert copy.has(stored.name) and (tmp_path / "objects/.drafts/old").exists()
    for act in (copy.begin, lambda: copy.remove(stored.name)):
        with pytest.raises(VaultError, match="reading only"):
            act()
    assert list(ObjectStore(tmp_path / "absent", NAMING_KEY, (), read_only=True).names()) == []


def test_key_files_are_replaced_whole(tmp_path: Path, steps: list[str]) -> None:
    """Lost otherwise: a crash while adding a person could close the case for everybody."""
    path = tmp_path / "case.age"
    durable.replace(path, b"one")
    assert steps == ["create", "write", "fsync-file", "fsync-folder"]
    durable.replace(path, b"two")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"two", 0o600)
    assert files_under(tmp_path) == ["case.age"]


def test_a_backup_is_sealed_and_writes_over_nothing(tmp_path: Path, identity: str) -> None:
    """Lost otherwise: the catalogue, or what already lay at that place."""
    content = os.urandom(3 * BLOCK_BYTES + 1)
    path = tmp_path / "backup.age"
    made = write_backup(path, io.BytesIO(content), [age.recipient_of(identity)])
    assert (hashlib.sha256(content).digest(), len(content)) == (made.sha256, made.size_bytes)
    assert (made.ciphertext_bytes, 0o400) == (path.stat().st_size, stat.S_IMODE(path.stat().st_mode))
    assert content == age.decrypt(path.read_bytes(), [identity])
    with pytest.raises(UsageError, match="already"):
        write_backup(path, io.BytesIO(b"other"), [age.recipient_of(identity)])
    assert content == age.decrypt(path.read_bytes(), [identity])
    assert files_under(tmp_path) == ["backup.age"]
