"""The seekable reader: the right bytes at every place, or an error, and nothing in between."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from witnessmark.ground.vault import age
from witnessmark.ground.vault.reader import CHUNK_BYTES, SealedReader
from witnessmark.model.errors import VaultError

CONTENT = os.urandom(20 * CHUNK_BYTES + 777)


@pytest.fixture(scope="module")
def sealed() -> tuple[bytes, bytes, int]:
    out = bytearray()
    writer = age.AgeWriter(out.extend, [age.recipient_of(age.new_identity())])
    writer.write(CONTENT)
    writer.close()
    return bytes(out), writer.file_key, writer.header_bytes


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[bytes], int]]:
    fds: list[int] = []

    def open_file(data: bytes) -> int:
        path = tmp_path / f"object{len(fds)}"
        path.write_bytes(data)
        fds.append(os.open(path, os.O_RDONLY))
        return fds[-1]

    yield open_file
    for fd in fds:
        os.close(fd)


def test_it_reads_like_a_file(sealed: tuple[bytes, bytes, int], opened: Callable[[bytes], int]) -> None:
    """Lost otherwise: a decoder would see other footage than was received."""
    reader, plain = SealedReader(opened(sealed[0]), sealed[1]), io.BytesIO(CONTENT)
    moves = [(5, 0), (-9, 1), (3 * CHUNK_BYTES - 1, 0), (0, 1), (-1, 2), (100, 2), (-CHUNK_BYTES, 2), (0, 0)]
    for offset, whence in moves:
        assert plain.seek(offset, whence) == reader.seek(offset, whence)
        for size in (0, 1, 1000, CHUNK_BYTES, 5 * CHUNK_BYTES + 1):
            assert plain.read(size) == reader.read(size)
            assert plain.tell() == reader.tell()
    reader.seek(1)
    plain.seek(1)
    assert plain.read() == reader.read()
    assert reader.read(10) == b""
    with pytest.raises(ValueError, match="before the start"):
        reader.seek(-1)


def test_it_serves_buffers_and_places(
    sealed: tuple[bytes, bytes, int], opened: Callable[[bytes], int]
) -> None:
    """Lost otherwise: the ByteSource that container parsers and the jail rely on."""
    reader = SealedReader(opened(sealed[0]), sealed[1])
    assert (len(CONTENT), len(CONTENT)) == (reader.size_bytes, reader.size)
    assert (reader.readable(), reader.seekable(), reader.writable()) == (True, True, False)
    for offset, length in (
        (0, 10),
        (CHUNK_BYTES - 3, 6),
        (len(CONTENT) - 2, 100),
        (len(CONTENT), 1),
        (7, 0),
        (-1, 4),
    ):
        expected = CONTENT[offset : offset + length] if offset >= 0 else b""
        assert expected == reader.read_at(offset, length)
    buffered = io.BufferedReader(reader, 32768)
    buffered.seek(2 * CHUNK_BYTES - 100)
    assert CONTENT[2 * CHUNK_BYTES - 100 :][:300] == buffered.read(300)


def test_two_readers_share_a_descriptor(
    sealed: tuple[bytes, bytes, int], opened: Callable[[bytes], int]
) -> None:
    """Lost otherwise: one consumer would move another's position."""
    fd = opened(sealed[0])
    one, two = SealedReader(fd, sealed[1]), SealedReader(fd, sealed[1])
    assert CONTENT[:10] == one.read(10)
    assert CONTENT[:20] == two.read(20)
    assert CONTENT[10:15] == one.read(5)
    assert os.lseek(fd, 0, os.SEEK_CUR) == 0
    one.close()
    assert CONTENT[20:25] == two.read(5)
    with pytest.raises(ValueError, match="closed"):
        one.readinto(bytearray(1))


def test_it_closes_the_descriptor_only_when_told(sealed: tuple[bytes, bytes, int], tmp_path: Path) -> None:
    """Lost otherwise: descriptors leak, or another file's descriptor is closed."""
    (tmp_path / "o").write_bytes(sealed[0])
    fd = os.open(tmp_path / "o", os.O_RDONLY)
    SealedReader(fd, sealed[1]).close()
    os.fstat(fd)
    SealedReader(fd, sealed[1], closefd=True).close()
    with pytest.raises(OSError):
        os.fstat(fd)


@pytest.mark.parametrize("cut", [1, 15, 16, 17, 793, 794, 65552, 65552 + 793, 65552 * 20 + 793])
def test_a_cut_file_never_opens(
    cut: int, sealed: tuple[bytes, bytes, int], opened: Callable[[bytes], int]
) -> None:
    """Lost otherwise: footage missing its end would pass for whole, chunk edges included."""
    with pytest.raises(VaultError, match="cut short"):
        SealedReader(opened(sealed[0][:-cut]), sealed[1])


def test_an_extended_file_never_opens(
    sealed: tuple[bytes, bytes, int], opened: Callable[[bytes], int]
) -> None:
    """Lost otherwise: something added to evidence."""
    for extra in (b"\0", b"\0" * 16, b"\0" * 65552, sealed[0][-65552:]):
        with pytest.raises(VaultError):
            SealedReader(opened(sealed[0] + extra), sealed[1])


def test_an_empty_last_chunk_is_refused(opened: Callable[[bytes], int]) -> None:
    """Lost otherwise: two files for one content (age v1: the last chunk may be empty in an empty file
    only)."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    from witnessmark.ground.vault.reader import chunk_nonce, hkdf

    out = bytearray()
    writer = age.AgeWriter(out.extend, [age.recipient_of(age.new_identity())])
    writer.close()
    start = writer.header_bytes + 16
    aead = ChaCha20Poly1305(hkdf(writer.file_key, bytes(out[writer.header_bytes : start]), b"payload"))
    chunk = aead.encrypt(chunk_nonce(0, False), bytes(CHUNK_BYTES), None)
    forged = bytes(out[:start]) + chunk + aead.encrypt(chunk_nonce(1, True), b"", None)
    with pytest.raises(VaultError, match="cut short"):
        SealedReader(opened(forged), writer.file_key)


def test_chunks_cannot_change_places(
    sealed: tuple[bytes, bytes, int], opened: Callable[[bytes], int]
) -> None:
    """Lost otherwise: scenes could be put in another order by whoever holds the disk."""
    data, key, header = sealed
    start, size = header + 16, CHUNK_BYTES + 16
    one, two = data[start : start + size], data[start + size : start + 2 * size]
    reader = SealedReader(opened(data[:start] + two + one + data[start + 2 * size :]), key)
    for read in (lambda: reader.read(1), reader.sha256, reader.read):
        with pytest.raises(VaultError, match="changed"):
            read()
    assert CONTENT[2 * CHUNK_BYTES :][:9] == reader.read_at(2 * CHUNK_BYTES, 9)


def test_another_objects_key_does_not_open_it(
    sealed: tuple[bytes, bytes, int], opened: Callable[[bytes], int]
) -> None:
    """Lost otherwise: nothing at once, but a confusing error later."""
    with pytest.raises(VaultError, match="another object"):
        SealedReader(opened(sealed[0]), os.urandom(16))


def test_a_file_cut_while_open_is_noticed(sealed: tuple[bytes, bytes, int], tmp_path: Path) -> None:
    """Lost otherwise: silence where a disk fails under a running examination."""
    path = tmp_path / "o"
    path.write_bytes(sealed[0])
    fd = os.open(path, os.O_RDONLY)
    reader = SealedReader(fd, sealed[1])
    os.truncate(path, 100_000)
    with pytest.raises(VaultError, match="cut short"):
        reader.read_at(10 * CHUNK_BYTES, 10)
    os.close(fd)


def test_it_brings_nothing_else_into_the_jail() -> None:
    """Lost otherwise: key handling and foreign libraries inside the process that a hostile file may take
    over."""
    code = (
        "import sys, witnessmark.ground.vault.reader\n"
        "print(sorted(m for m in sys.modules if m.startswith('witnessmark.')))\n"
        "heavy = ('pyrage', 'django', 'shamir_mnemonic', 'numpy', 'av', 'rfc8785')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours, foreign = done.stdout.splitlines()
    assert foreign == "[]"
    assert (
        ours == "['witnessmark.ground', 'witnessmark.ground.vault', 'witnessmark.ground.vault.reader', "
        "'witnessmark.model', 'witnessmark.model.errors']"
    )
