"""Writing age v1 files whose file key the writer knows, and finding the file key of one that is read.

Why our own and not a library: an object's file key must be known to derive ``item_key`` and to hand *one*
object to the jail; the common libraries keep it to themselves and cannot seek. Everything written here opens
with stock ``age``. Source: https://age-encryption.org/v1 (C2SP ``age.md``). Limits: X25519 and scrypt
stanzas; SSH only when wrapping small files (by pyrage, see ``encrypt_small``).
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from witnessmark.ground.vault import bech32
from witnessmark.ground.vault.reader import (
    CHUNK_BYTES,
    COLUMNS,
    FILE_KEY_BYTES,
    NONCE_BYTES,
    SEALED_CHUNK_BYTES,
    TAG_BYTES,
    Header,
    Stanza,
    chunk_nonce,
    decode_base64,
    header_mac,
    hkdf,
    read_header,
)
from witnessmark.model.errors import KeyAccessError, VaultError

if TYPE_CHECKING:
    from typing_extensions import Buffer

DEFAULT_WORK_FACTOR = 17
"""log2 of scrypt's N: 0.54 s and 128 MiB on one core of a 2024 server (docs/spec/keys.md)."""
MAX_WORK_FACTOR = 20
"""A file may ask for 1 GiB of memory (128 * r * N) and no more."""
SECRET_BYTES = 32
"""Of an X25519 key, private or public (RFC 7748)."""
RUN_CHUNKS = 16
"""Chunks joined into one call of the sink (1 MiB)."""

_RECIPIENT = "age"
_IDENTITY = "age-secret-key-"
_X25519_INFO = b"age-encryption.org/v1/X25519"
_SCRYPT_LABEL = b"age-encryption.org/v1/scrypt"
_SCRYPT_R = 8
_SCRYPT_P = 1
_SCRYPT_SALT_BYTES = 16
_WRAP_NONCE = bytes(12)
"""Fixed, because each wrap key seals one file key only (age v1)."""
_WRAPPED_BYTES = FILE_KEY_BYTES + TAG_BYTES


@dataclass(frozen=True, slots=True)
class X25519Recipient:
    """The public half of an age key."""

    public: bytes

    @classmethod
    def parse(cls, text: str) -> X25519Recipient:
        """From ``age1...``; raises KeyAccessError."""
        return cls(_key(text, _RECIPIENT))

    def __str__(self) -> str:
        return bech32.encode(_RECIPIENT, self.public)

    def wrap(self, file_key: bytes) -> Stanza:
        """A stanza that opens with this recipient's identity alone, under a fresh ephemeral key."""
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        try:
            shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(self.public))
        except ValueError:
            raise KeyAccessError("a recipient key is not a usable point", "ask for the key again") from None
        wrap_key = hkdf(shared, share + self.public, _X25519_INFO)
        body = ChaCha20Poly1305(wrap_key).encrypt(_WRAP_NONCE, file_key, None)
        return Stanza("X25519", (_unpadded(share),), body)


@functools.lru_cache(maxsize=64)
def _parsed(text: str) -> X25519Recipient:
    """The same few recipients are asked for with every object and every sealed name."""
    return X25519Recipient.parse(text)


def new_identity() -> str:
    """A fresh ``AGE-SECRET-KEY-1...``."""
    return identity_of(X25519PrivateKey.generate().private_bytes_raw())


def identity_of(secret: bytes) -> str:
    """``AGE-SECRET-KEY-1...`` of a 32-byte X25519 secret."""
    return bech32.encode(_IDENTITY, secret).upper()


def secret_of(identity: str) -> bytes:
    """The 32-byte X25519 secret of an identity; raises KeyAccessError."""
    return _key(identity, _IDENTITY)


def recipient_of(identity: str) -> str:
    """The ``age1...`` to which an identity belongs."""
    public = X25519PrivateKey.from_private_bytes(secret_of(identity)).public_key().public_bytes_raw()
    return str(X25519Recipient(public))


class PayloadWriter:
    """The STREAM of an age payload: takes content in pieces of any size, gives sealed chunks to ``sink``.

    ``sink`` gets a memoryview valid only while it runs and must take all of it. A full chunk is held back
    until more comes, because only at the end is it known which chunk is the last.
    """

    def __init__(self, sink: Callable[[memoryview], object], file_key: bytes, nonce: bytes) -> None:
        self._sink = sink
        self._aead = ChaCha20Poly1305(hkdf(file_key, nonce, b"payload"))
        self._held = bytearray()
        self._index = 0
        self._out = memoryview(bytearray(RUN_CHUNKS * SEALED_CHUNK_BYTES))
        self._filled = 0
        self._closed = False

    def write(self, data: Buffer) -> int:
        """Takes all of ``data``; returns its length in bytes."""
        if self._closed:
            raise ValueError("write to a closed age file")
        with memoryview(data) as view, view.cast("B") as content:
            length, at = len(content), 0
            if self._held:
                at = min(CHUNK_BYTES - len(self._held), length)
                self._held += content[:at]
                if at == length:
                    return length
                self._seal(self._held, is_last=False)
                self._held.clear()
            while length - at > CHUNK_BYTES:
                self._seal(content[at : at + CHUNK_BYTES], is_last=False)
                at += CHUNK_BYTES
            self._held += content[at:]
            return length

    def close(self) -> None:
        """Seals the last chunk and hands out what is left. Calling again does nothing."""
        if not self._closed:
            self._closed = True
            self._seal(self._held, is_last=True)
            self._flush()
            self._held.clear()

    def _seal(self, content: Buffer, *, is_last: bool) -> None:
        with memoryview(content) as chunk:
            end = self._filled + len(chunk) + TAG_BYTES
            self._aead.encrypt_into(
                chunk_nonce(self._index, is_last), chunk, None, self._out[self._filled : end]
            )
        self._index += 1
        self._filled = end
        if len(self._out) - end < SEALED_CHUNK_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._filled:
            self._sink(self._out[: self._filled].toreadonly())
            self._filled = 0


class AgeWriter:
    """One age v1 file, streamed into ``sink``, for X25519 recipients.

    ``file_key`` is 16 fresh random bytes; ``header_bytes`` is the length before the nonce. ``close`` must be
    called, or the file has no last chunk and never opens.
    """

    def __init__(
        self, sink: Callable[[memoryview], object], recipients: Sequence[str | X25519Recipient]
    ) -> None:
        if not recipients:
            raise KeyAccessError("nobody is named who could open what is to be sealed")
        known = [_parsed(r) if isinstance(r, str) else r for r in recipients]
        self.file_key = secrets.token_bytes(FILE_KEY_BYTES)
        nonce = secrets.token_bytes(NONCE_BYTES)
        header = build_header([recipient.wrap(self.file_key) for recipient in known], self.file_key)
        self.header_bytes = len(header)
        sink(memoryview(header + nonce))
        self._payload = PayloadWriter(sink, self.file_key, nonce)
        self.write = self._payload.write
        self.close = self._payload.close


def build_header(stanzas: Sequence[Stanza], file_key: bytes) -> bytes:
    """The header of an age file, MAC and closing line feed included."""
    lines = ["age-encryption.org/v1"]
    for stanza in stanzas:
        lines.append(" ".join(("->", stanza.kind, *stanza.arguments)))
        body = _unpadded(stanza.body)
        # a body ends with a line shorter than 64 columns, which may be empty
        lines += [body[i : i + COLUMNS] for i in range(0, len(body) + 1, COLUMNS)]
    covered = "\n".join([*lines, "---"]).encode("ascii")
    return covered + b" " + _unpadded(header_mac(file_key, covered)).encode("ascii") + b"\n"


def unwrap(header: Header, identities: Sequence[str]) -> bytes:
    """The file key, by the first identity (``AGE-SECRET-KEY-1...``) that opens a stanza; the MAC is checked.

    Raises KeyAccessError where none fits and VaultError where the header is damaged.
    """
    if len(header.stanzas) > 1 and any(stanza.kind == "scrypt" for stanza in header.stanzas):
        raise VaultError("a sealed object has a passphrase beside other keys, which age forbids")
    shares = [(_share(s), s.body) for s in header.stanzas if s.kind == "X25519"]
    for identity in identities:
        private = X25519PrivateKey.from_private_bytes(secret_of(identity))
        public = private.public_key().public_bytes_raw()
        for share, body in shares:
            try:
                shared = private.exchange(X25519PublicKey.from_public_bytes(share))
            except ValueError:
                raise VaultError("a sealed object has a header with an unusable key share") from None
            try:
                wrap_key = hkdf(shared, share + public, _X25519_INFO)
                file_key = ChaCha20Poly1305(wrap_key).decrypt(_WRAP_NONCE, body, None)
            except InvalidTag:
                continue
            header.check_mac(file_key)
            return file_key
    raise KeyAccessError(
        "none of the keys at hand opens this sealed file",
        "it may belong to another case or to a period you were not given: ask another person of the case",
    )


def unwrap_passphrase(header: Header, passphrase: str) -> bytes:
    """The file key of a file sealed by passphrase. Raises KeyAccessError on a wrong one, VaultError on
    damage."""
    stanza = header.stanzas[0]
    if len(header.stanzas) != 1 or stanza.kind != "scrypt" or len(stanza.arguments) != 2:
        raise VaultError("a key file is not one that a passphrase opens")
    salt = decode_base64(stanza.arguments[0].encode("ascii"))
    factor = stanza.arguments[1]
    if len(salt) != _SCRYPT_SALT_BYTES or not re.fullmatch(r"[1-9][0-9]?", factor):
        raise VaultError("a key file has a broken header")
    if int(factor) > MAX_WORK_FACTOR:
        raise VaultError("a key file asks for more memory than this program allows")
    _check_wrapped(stanza.body)
    try:
        aead = ChaCha20Poly1305(_scrypt(passphrase, salt, int(factor)))
        file_key = aead.decrypt(_WRAP_NONCE, stanza.body, None)
    except InvalidTag:
        raise KeyAccessError("the passphrase does not open this person's key") from None
    header.check_mac(file_key)
    return file_key


def encrypt(content: bytes, recipients: Sequence[str]) -> bytes:
    """A whole small age file for X25519 recipients."""
    out = bytearray()
    writer = AgeWriter(out.extend, recipients)
    writer.write(content)
    writer.close()
    return bytes(out)


def encrypt_small(content: bytes, recipients: Sequence[str]) -> bytes:
    """Like ``encrypt``, and SSH public keys are allowed as recipients too. Raises KeyAccessError on a bad
    one."""
    if not any(recipient.startswith("ssh-") for recipient in recipients):
        return encrypt(content, recipients)
    import pyrage  # only here: nothing else needs it, and the jail must not

    try:
        known = [
            pyrage.ssh.Recipient.from_str(r) if r.startswith("ssh-") else pyrage.x25519.Recipient.from_str(r)
            for r in recipients
        ]
        return bytes(pyrage.encrypt(content, known))
    except (pyrage.RecipientError, pyrage.EncryptError):
        raise KeyAccessError("a recipient key cannot be read", "give an age1... or ssh-ed25519 key") from None


def encrypt_with_passphrase(
    content: bytes, passphrase: str, *, work_factor: int = DEFAULT_WORK_FACTOR
) -> bytes:
    """A whole small age file that a passphrase opens."""
    if not passphrase:
        raise KeyAccessError("an empty passphrase protects nothing", "choose six or more random words")
    file_key, salt = secrets.token_bytes(FILE_KEY_BYTES), secrets.token_bytes(_SCRYPT_SALT_BYTES)
    body = ChaCha20Poly1305(_scrypt(passphrase, salt, work_factor)).encrypt(_WRAP_NONCE, file_key, None)
    header = build_header([Stanza("scrypt", (_unpadded(salt), str(work_factor)), body)], file_key)
    nonce = secrets.token_bytes(NONCE_BYTES)
    out = bytearray(header + nonce)
    payload = PayloadWriter(out.extend, file_key, nonce)
    payload.write(content)
    payload.close()
    return bytes(out)


def decrypt(sealed: bytes, identities: Sequence[str]) -> bytes:
    """The content of a whole small age file. Raises KeyAccessError or VaultError."""
    header = read_header(sealed)
    return _content(sealed, header, unwrap(header, identities))


def decrypt_with_passphrase(sealed: bytes, passphrase: str) -> bytes:
    """The content of a whole small age file sealed by passphrase. Raises KeyAccessError or VaultError."""
    header = read_header(sealed)
    return _content(sealed, header, unwrap_passphrase(header, passphrase))


def _content(sealed: bytes, header: Header, file_key: bytes) -> bytes:
    nonce_end = header.header_bytes + NONCE_BYTES
    aead = ChaCha20Poly1305(hkdf(file_key, sealed[header.header_bytes : nonce_end], b"payload"))
    pieces: list[bytes] = []
    at = nonce_end
    try:
        while True:
            chunk = sealed[at : at + SEALED_CHUNK_BYTES]
            at += len(chunk)
            is_last = at == len(sealed)
            if is_last and pieces and len(chunk) <= TAG_BYTES:
                raise InvalidTag
            pieces.append(aead.decrypt(chunk_nonce(len(pieces), is_last), chunk, None))
            if is_last:
                return b"".join(pieces)
    except InvalidTag:
        raise VaultError(
            "a sealed file was cut short, extended or changed", "take it from a backup"
        ) from None


def _share(stanza: Stanza) -> bytes:
    share = decode_base64(stanza.arguments[0].encode("ascii")) if len(stanza.arguments) == 1 else b""
    if len(share) != SECRET_BYTES:
        raise VaultError("a sealed object has a header with a broken key share")
    _check_wrapped(stanza.body)
    return share


def _check_wrapped(body: bytes) -> None:
    # a longer body would let a crafted file try many keys at once (age v1: partitioning oracle)
    if len(body) != _WRAPPED_BYTES:
        raise VaultError("a sealed object has a header with a broken wrapped key")


def _scrypt(passphrase: str, salt: bytes, work_factor: int) -> bytes:
    """RFC 7914 with r = 8, p = 1, as age v1 fixes them."""
    return hashlib.scrypt(
        passphrase.encode("utf-8"),
        salt=_SCRYPT_LABEL + salt,
        n=1 << work_factor,
        r=_SCRYPT_R,
        p=_SCRYPT_P,
        maxmem=(128 * _SCRYPT_R << work_factor) + (1 << 20),
        dklen=32,
    )


def _key(text: str, prefix: str) -> bytes:
    try:
        found, key = bech32.decode(text.strip())
    except ValueError:
        raise KeyAccessError("an age key is misspelt", "copy the key again, whole") from None
    if found != prefix or len(key) != SECRET_BYTES:
        raise KeyAccessError("an age key of another kind is wanted here", "copy the key again, whole")
    return key


def _unpadded(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").decode("ascii")
