"""What must hold in the vault for every content, every way of cutting it, and every single damaged byte."""

from __future__ import annotations

import io
import os
import tempfile
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from witnessmark.ground.vault import age, bech32
from witnessmark.ground.vault.absorb import BLOCK_BYTES, absorb
from witnessmark.ground.vault.reader import CHUNK_BYTES, SealedReader, read_header
from witnessmark.ground.vault.recovery import combine_secret, split_secret
from witnessmark.model.errors import KeyAccessError, VaultError, WitnessmarkError

IDENTITY = age.new_identity()
POOL = os.urandom(4 * CHUNK_BYTES)
SIZES = st.one_of(
    st.integers(0, 300),
    st.builds(
        lambda chunks, around: max(0, chunks * CHUNK_BYTES + around), st.integers(0, 3), st.integers(-2, 2)
    ),
)


def seal(content: bytes, pieces: list[int]) -> tuple[bytes, age.AgeWriter]:
    out = bytearray()
    writer = age.AgeWriter(out.extend, [age.recipient_of(IDENTITY)])
    at = 0
    for piece in pieces:
        writer.write(content[at : at + piece])
        at += piece
    writer.write(memoryview(content)[at:])
    writer.close()
    return bytes(out), writer


def opened(data: bytes) -> int:
    file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  (closed below, after its descriptor is duplicated)
    file.write(data)
    fd = os.dup(file.fileno())
    file.close()
    return fd


@settings(max_examples=80, deadline=None)
@given(SIZES, st.lists(st.integers(0, 2 * CHUNK_BYTES), max_size=5))
def test_writing_in_any_pieces_gives_the_content(size: int, pieces: list[int]) -> None:
    """Lost otherwise: content that depends on how a source happened to deliver it."""
    content = POOL[:size]
    sealed, writer = seal(content, pieces)
    assert content == age.decrypt(sealed, [IDENTITY])
    chunks = max(1, -(-size // CHUNK_BYTES))
    assert writer.header_bytes + 16 + size + 16 * chunks == len(sealed)


@settings(max_examples=60, deadline=None)
@given(
    SIZES, st.lists(st.tuples(st.integers(0, 4 * CHUNK_BYTES), st.integers(0, 3 * CHUNK_BYTES)), max_size=12)
)
def test_the_reader_equals_the_content(size: int, reads: list[tuple[int, int]]) -> None:
    """Lost otherwise: a decoder would see other footage than was received."""
    content = POOL[:size]
    sealed, writer = seal(content, [])
    with SealedReader(opened(sealed), writer.file_key, closefd=True) as reader:
        plain = io.BytesIO(content)
        for offset, length in reads:
            assert content[offset : offset + length] == reader.read_at(offset, length)
            assert plain.seek(offset) == reader.seek(offset)
            here, there = bytearray(length), bytearray(length)
            assert plain.readinto(here) == reader.readinto(there)
            assert here == there and plain.tell() == reader.tell()


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([0, 1, 200, CHUNK_BYTES, CHUNK_BYTES + 1]), st.data())
def test_no_changed_byte_goes_unnoticed(size: int, data: st.DataObject) -> None:
    """Lost otherwise: evidence altered on the disk."""
    sealed, _ = seal(POOL[:size], [])
    at = data.draw(
        st.one_of(st.integers(0, 400), st.integers(0, len(sealed) - 1)).map(lambda i: i % len(sealed))
    )
    changed = bytearray(sealed)
    changed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(WitnessmarkError):
        age.decrypt(bytes(changed), [IDENTITY])
    fd = opened(bytes(changed))
    try:
        with pytest.raises(WitnessmarkError):
            header = read_header(os.pread(fd, 65536, 0))
            SealedReader(fd, age.unwrap(header, [IDENTITY])).sha256()
    finally:
        os.close(fd)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_a_hostile_header_gives_a_typed_error(rest: bytes, begins_right: bool) -> None:
    """Lost otherwise: an audit that stops with a traceback at one bad file."""
    try:
        read_header((b"age-encryption.org/v1\n" if begins_right else b"") + rest)
    except VaultError:
        pass


@settings(max_examples=20, deadline=None)
@given(
    st.builds(
        lambda blocks, around: max(0, blocks * BLOCK_BYTES + around), st.integers(0, 4), st.integers(-1, 1)
    ),
    st.integers(BLOCK_BYTES // 50, 3 * BLOCK_BYTES),
)
def test_absorbing_measures_what_it_passes_on(size: int, largest_read: int) -> None:
    """Lost otherwise: a digest that belongs to other bytes than those that were sealed."""
    import hashlib

    content = (POOL * 17)[:size]

    class Dribble(io.BytesIO):
        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            return super().readinto(buffer[:largest_read])

    written, seen = bytearray(), bytearray()
    result = absorb(Dribble(content), written.extend, seen.extend)
    assert (hashlib.sha256(content).digest(), size) == result
    assert content == written == seen


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80), st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=20))
def test_bech32_round_trip(data: bytes, prefix: str) -> None:
    """Lost otherwise: keys that cannot be read back."""
    text = bech32.encode(prefix, data)
    assert (prefix, data) == bech32.decode(text) == bech32.decode(text.upper())


@settings(max_examples=10, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.integers(2, 3), st.integers(3, 5))
def test_exactly_the_threshold_opens(secret: bytes, threshold: int, holders: int) -> None:
    """Lost otherwise: recovery, or the promise that fewer cannot."""
    shares = split_secret(secret, threshold, holders, 0)
    for chosen in combinations(shares, threshold):
        assert secret == combine_secret(chosen)
    for few in combinations(shares, threshold - 1):
        with pytest.raises(KeyAccessError):
            combine_secret(few)
