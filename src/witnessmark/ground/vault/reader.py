"""Reading one sealed object at any place, with nothing but its own file key.

Runs inside the jail: it imports the standard library, ``cryptography`` and the error types, nothing else of
ours. Format: age v1 (https://age-encryption.org/v1, C2SP ``age.md``); our rules on top stand in
docs/spec/object.md.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import io
import os
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from witnessmark.model.errors import VaultError

if TYPE_CHECKING:
    from typing_extensions import Buffer

FILE_KEY_BYTES = 16
NONCE_BYTES = 16
TAG_BYTES = 16
CHUNK_BYTES = 65536
"""Content bytes of a chunk (age v1, "Payload")."""
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
MAX_HEADER_BYTES = 65536
"""Bound on what a hostile file can make us parse; a header for 20 people takes about 3 KiB."""
COLUMNS = 64
"""Width at which stanza bodies are wrapped (age v1, "Recipient stanza")."""
CACHED_CHUNKS = 8
"""Chunks kept open (512 KiB): a demuxer alternates between an index, sound and picture."""
RUN_CHUNKS = 16
"""Chunks fetched by one system call when a long stretch is read (1 MiB)."""
ITEM_KEY_INFO = b"witnessmark/item-key/1"

_INTRO = b"age-encryption.org/v1\n"
_DAMAGED_HINT = (
    "compare with a backup or a second copy of the case; `witnessmark audit` lists all damaged objects"
)


@dataclass(frozen=True, slots=True)
class Stanza:
    """One way to the file key: a kind, its arguments, and the wrapped key."""

    kind: str
    arguments: tuple[str, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """A parsed age header. Nothing in it is authenticated until ``check_mac`` has returned."""

    stanzas: tuple[Stanza, ...]
    mac: bytes
    covered: bytes
    """The bytes that the MAC covers: up to and including ``---``."""
    header_bytes: int
    """Length up to the nonce."""

    def check_mac(self, file_key: bytes) -> None:
        """Raises VaultError unless this header was written by one who knew ``file_key``."""
        if not hmac.compare_digest(header_mac(file_key, self.covered), self.mac):
            _damaged("the header of a sealed object was changed, or the key belongs to another object")


def hkdf(key: bytes, salt: bytes, info: bytes, length: int = 32) -> bytes:
    """HKDF-SHA256 (RFC 5869)."""
    return HKDF(SHA256(), length, salt or None, info).derive(key)


def header_mac(file_key: bytes, covered: bytes) -> bytes:
    """The 32-byte MAC over a header (age v1, "Header MAC")."""
    return hmac.digest(hkdf(file_key, b"", b"header"), covered, "sha256")


def item_key(file_key: bytes) -> bytes:
    """The 32-byte key from which all salts of an item's seal follow (docs/spec/object.md, section 3)."""
    return hkdf(file_key, b"", ITEM_KEY_INFO)


def chunk_nonce(index: int, is_last: bool) -> bytes:
    """11-byte counter and the last-chunk flag (age v1, "Payload"; STREAM of Hoang et al. 2015)."""
    return (index << 8 | is_last).to_bytes(12, "big")


def decode_base64(text: bytes) -> bytes:
    """Canonical base64 without padding; raises VaultError for anything else (a second spelling could be
    forged)."""
    if b"=" in text:
        _damaged("a sealed object has a header that is not canonical")
    try:
        raw = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        _damaged("a sealed object has a header that is not base64")
    if base64.b64encode(raw).rstrip(b"=") != text:
        _damaged("a sealed object has a header that is not canonical")
    return raw


def read_header(prefix: bytes) -> Header:
    """Parses the header at the start of ``prefix`` (at most ``MAX_HEADER_BYTES`` are looked at).

    Raises VaultError where it is no age v1 header, is not canonical, or does not end within ``prefix``.
    """
    data = bytes(prefix[:MAX_HEADER_BYTES])
    if not data.startswith(_INTRO):
        _damaged("a sealed object does not begin like one")
    at = len(_INTRO)
    stanzas: list[Stanza] = []
    while True:
        line, after = _line(data, at)
        if line.startswith(b"---"):
            mac = decode_base64(line[4:]) if line[3:4] == b" " else b""
            if len(mac) != hashlib.sha256().digest_size or not stanzas:
                _damaged("a sealed object has a broken end of header")
            return Header(tuple(stanzas), mac, data[: at + 3], after)
        if not line.startswith(b"-> "):
            _damaged("a sealed object has a broken header")
        words = line[3:].split(b" ")
        if not all(word and all(33 <= byte <= 126 for byte in word) for word in words):
            _damaged("a sealed object has a broken header")
        body, at = _body(data, after)
        kind, *arguments = (word.decode("ascii") for word in words)
        stanzas.append(Stanza(kind, tuple(arguments), body))


def _line(data: bytes, at: int) -> tuple[bytes, int]:
    end = data.find(b"\n", at)
    if end < 0:
        _damaged("a sealed object ends inside its header")
    return data[at:end], end + 1


def _body(data: bytes, at: int) -> tuple[bytes, int]:
    pieces: list[bytes] = []
    while True:
        line, at = _line(data, at)
        if len(line) > COLUMNS:
            _damaged("a sealed object has a broken header")
        pieces.append(line)
        if len(line) < COLUMNS:
            return decode_base64(b"".join(pieces)), at


def _damaged(diagnosis: str) -> NoReturn:
    raise VaultError(diagnosis, _DAMAGED_HINT) from None


class SealedReader(io.RawIOBase):
    """The content of one sealed object as a read-only, seekable file; also a ``ByteSource``.

    Uses ``pread`` only, so the descriptor's own position is neither used nor moved, and several readers may
    share it. The header's MAC and the last chunk are authenticated at once: a file that was cut, extended or
    belongs to another key never opens. Every other chunk is authenticated when it is read. Raises VaultError
    on any damage. The descriptor stays the caller's unless ``closefd``.
    """

    def __init__(self, fd: int, file_key: bytes, *, closefd: bool = False) -> None:
        super().__init__()
        self._fd = fd
        self._closefd = (
            False  # not before the object has proven sound: on failure the descriptor is the caller's
        )
        self._position = 0
        self._lock = threading.Lock()
        self._cache: OrderedDict[int, bytes] = OrderedDict()
        header = read_header(os.pread(fd, MAX_HEADER_BYTES, 0))
        header.check_mac(file_key)
        nonce = os.pread(fd, NONCE_BYTES, header.header_bytes)
        self._payload_at = header.header_bytes + NONCE_BYTES
        payload_bytes = os.fstat(fd).st_size - self._payload_at
        self._chunks, rest = divmod(payload_bytes, SEALED_CHUNK_BYTES)
        self._chunks += rest > 0
        shortest = TAG_BYTES + (self._chunks > 1)  # an empty last chunk is right only in an empty file
        if payload_bytes < TAG_BYTES or 0 < rest < shortest:
            _damaged("a sealed object was cut short")
        self.size_bytes = payload_bytes - self._chunks * TAG_BYTES
        self._aead = ChaCha20Poly1305(hkdf(file_key, nonce, b"payload"))
        self._last = self._fetch(self._chunks - 1)
        self._closefd = closefd

    @property
    def size(self) -> int:
        """Length of the content in bytes."""
        return self.size_bytes

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size_bytes}[whence]
        if base + offset < 0:
            raise ValueError("a position before the start of the object")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Buffer) -> int:
        with memoryview(buffer) as view, view.cast("B") as target:
            count = self._fill(target, self._position)
        self._position += count
        return count

    def read(self, size: int | None = -1) -> bytes:
        """Up to ``size`` bytes; all that is left where ``size`` is negative or None. Short only at the
        end."""
        wanted = self.size_bytes if size is None or size < 0 else size
        data = self.read_at(self._position, wanted)
        self._position += len(data)
        return data

    def readall(self) -> bytes:
        return self.read()

    def read_at(self, offset: int, length: int) -> bytes:
        """Up to ``length`` bytes from ``offset`` (fewer at the end, never an error for a place outside)."""
        if offset < 0 or length <= 0 or offset >= self.size_bytes:
            return b""
        length = min(length, self.size_bytes - offset)
        first, start = divmod(offset, CHUNK_BYTES)
        if start + length <= CHUNK_BYTES:
            return self._chunk(first)[start : start + length]
        target = bytearray(length)
        self._fill(memoryview(target), offset)
        return bytes(target)

    def sha256(self) -> bytes:
        """Digest of the whole content, reading (and so authenticating) every chunk. The position stays."""
        digest = hashlib.sha256()
        block = memoryview(bytearray(RUN_CHUNKS * CHUNK_BYTES))
        at = 0
        while count := self._fill(block, at):
            digest.update(block[:count])
            at += count
        return digest.digest()

    def close(self) -> None:
        if not self.closed:
            self._cache.clear()
            if self._closefd:
                os.close(self._fd)
        super().close()

    def _fill(self, target: memoryview, offset: int) -> int:
        """Copies content from ``offset`` into ``target`` until it is full or the content ends."""
        if self.closed:
            raise ValueError("read of a closed object")
        wanted = max(0, min(len(target), self.size_bytes - offset))
        done = 0
        while done < wanted:
            index, start = divmod(offset + done, CHUNK_BYTES)
            whole = (wanted - done) // CHUNK_BYTES if start == 0 else 0
            whole = min(whole, RUN_CHUNKS, self._chunks - 1 - index)
            if whole > 1:  # long stretches go straight into the caller's memory and leave the cache alone
                self._run(index, target[done : done + whole * CHUNK_BYTES])
                done += whole * CHUNK_BYTES
                continue
            piece = self._chunk(index)[start : start + wanted - done]
            target[done : done + len(piece)] = piece
            done += len(piece)
        return done

    def _run(self, index: int, target: memoryview) -> None:
        count = len(target) // CHUNK_BYTES
        sealed = memoryview(self._pread(index, count * SEALED_CHUNK_BYTES))
        for i in range(count):
            self._open(
                index + i,
                sealed[i * SEALED_CHUNK_BYTES : (i + 1) * SEALED_CHUNK_BYTES],
                target[i * CHUNK_BYTES : (i + 1) * CHUNK_BYTES],
            )

    def _chunk(self, index: int) -> bytes:
        if index == self._chunks - 1:
            return self._last
        with self._lock:
            if (known := self._cache.get(index)) is not None:
                self._cache.move_to_end(index)
                return known
        content = self._fetch(index)
        with self._lock:
            self._cache[index] = content
            if len(self._cache) > CACHED_CHUNKS:
                self._cache.popitem(last=False)
        return content

    def _fetch(self, index: int) -> bytes:
        is_last = index == self._chunks - 1
        length = self.size_bytes - index * CHUNK_BYTES + TAG_BYTES if is_last else SEALED_CHUNK_BYTES
        content = bytearray(length - TAG_BYTES)
        self._open(index, self._pread(index, length), content)
        return bytes(content)

    def _pread(self, index: int, length: int) -> bytes:
        at = self._payload_at + index * SEALED_CHUNK_BYTES
        try:
            sealed = os.pread(self._fd, length, at)
            while len(sealed) < length and (
                more := os.pread(self._fd, length - len(sealed), at + len(sealed))
            ):
                sealed += more
        except OSError as fault:
            raise VaultError("the disk cannot read a sealed object", _DAMAGED_HINT) from fault
        if len(sealed) != length:
            _damaged("a sealed object was cut short while it was being read")
        return sealed

    def _open(self, index: int, sealed: bytes | memoryview, target: bytearray | memoryview) -> None:
        is_last = index == self._chunks - 1
        try:
            self._aead.decrypt_into(chunk_nonce(index, is_last), sealed, None, target)
        except InvalidTag:
            _damaged(
                "a sealed object was cut short, extended or changed at its end"
                if is_last
                else "a sealed object was changed after it was written"
            )
