"""Signed notes, verifier keys, checkpoints and cosignatures as C2SP writes them.

Sources: c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-cosignature (Ed25519, cosignature/v1).
All parsing is strict: one spelling of each thing, so that a changed byte is always noticed.
Raises NoteError on anything malformed; the message says what.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from witnessmark_verify import ed25519

ED25519 = 0x01
COSIGNATURE_V1 = 0x04
_ALGORITHMS = (ED25519, COSIGNATURE_V1)
_DASH = "\u2014 "
MAX_SIGNATURES = 64
"""The specification asks for at least 16 and some limit."""


class NoteError(ValueError):
    """A note, key, checkpoint or cosignature is not what its specification says."""


def decode_base64(text: str) -> bytes:
    """RFC 4648 section 4 with padding, and only the one canonical spelling."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("this is not base64") from error
    if base64.b64encode(data).decode("ascii") != text:
        raise NoteError("this is not canonical base64")
    return data


def encode_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(c.isspace() or ord(c) < 0x20 for c in name)


@dataclass(frozen=True)
class VerifierKey:
    """A vkey: name, algorithm and Ed25519 public key. Its text is what FINGERPRINT is taken of."""

    name: str
    algorithm: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """SHA-256(name || 0x0A || algorithm || public)[:4]."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:4]

    @property
    def text(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.algorithm]) + self.public)}"

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 of the vkey text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        parts = text.split("+", 2)  # base64 may hold plus signs, names may not
        if len(parts) != 3 or not _is_name(parts[0]):
            raise NoteError("a verifier key has three parts joined by plus signs")
        material = decode_base64(parts[2])
        if len(material) != 33 or material[0] not in _ALGORITHMS:
            raise NoteError("the verifier key is not an Ed25519 key of a known type")
        key = cls(parts[0], material[0], material[1:])
        if key.text != text:
            raise NoteError("the id of the verifier key does not match its name and key")
        return key


@dataclass(frozen=True)
class Signature:
    """One signature line: who, which key, and the bytes after the key id."""

    name: str
    key_id: bytes
    data: bytes

    @property
    def line(self) -> str:
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.data)}"

    @classmethod
    def parse(cls, line: str) -> Signature:
        if not line.startswith(_DASH):
            raise NoteError("a signature line starts with an em dash and a space")
        name, _, encoded = line[len(_DASH) :].partition(" ")
        data = decode_base64(encoded)
        if not _is_name(name) or len(data) < 5:
            raise NoteError("a signature line holds a key name and base64 of key id and signature")
        return cls(name, data[:4], data[4:])

    def is_by(self, key: VerifierKey) -> bool:
        return self.name == key.name and self.key_id == key.key_id


@dataclass(frozen=True)
class Note:
    """A text (ending in a line feed) and its signature lines."""

    text: str
    signatures: tuple[Signature, ...]

    @property
    def data(self) -> bytes:
        return (self.text + "\n" + "".join(s.line + "\n" for s in self.signatures)).encode()

    @classmethod
    def parse(cls, data: bytes) -> Note:
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise NoteError("a note is UTF-8") from error
        if any(ord(c) < 0x20 and c != "\n" for c in whole):
            raise NoteError("a note holds no control characters but line feeds")
        place = whole.rfind("\n\n")
        if place < 0 or not whole.endswith("\n"):
            raise NoteError("a note has a text, an empty line and signatures")
        lines = whole[place + 2 :].split("\n")[:-1]
        if not 1 <= len(lines) <= MAX_SIGNATURES:
            raise NoteError("a note has between one and 64 signatures")
        return cls(whole[: place + 1], tuple(Signature.parse(line) for line in lines))

    def is_signed_by(self, key: VerifierKey) -> bool:
        """Whether a signature line of that key is there, and every line of that key holds."""
        lines = [s for s in self.signatures if s.is_by(key)]
        return bool(lines) and all(_holds(self.text, s, key) for s in lines)

    def cosigned_at(self, key: VerifierKey) -> int | None:
        """POSIX time at which that witness cosigned; None where it did not, or where a line of it is bad."""
        if key.algorithm != COSIGNATURE_V1 or not self.is_signed_by(key):
            return None
        times = [int.from_bytes(s.data[:8], "big") for s in self.signatures if s.is_by(key)]
        return max(times)


def cosigned_message(text: str, posix_time: int) -> bytes:
    """What a witness signs (c2sp.org/tlog-cosignature, Ed25519 signed message)."""
    return f"cosignature/v1\ntime {posix_time}\n{text}".encode()


def _holds(text: str, signature: Signature, key: VerifierKey) -> bool:
    if key.algorithm == ED25519:
        return ed25519.verify(key.public, text.encode(), signature.data)
    if len(signature.data) != 72:
        return False
    posix_time = int.from_bytes(signature.data[:8], "big")
    if not 0 < posix_time < 2**63:
        return False
    return ed25519.verify(key.public, cosigned_message(text, posix_time), signature.data[8:])


_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


def parse_decimal(text: str) -> int:
    """ASCII decimal without leading zeroes, below 2**63."""
    if not _DECIMAL.fullmatch(text):
        raise NoteError("this is not a decimal number without leading zeroes")
    return int(text)


@dataclass(frozen=True)
class Checkpoint:
    """Origin, size and root of a log: the body of a checkpoint note."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """We write no extension lines and accept none: they would be signed but not explained."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0]:
            raise NoteError("a checkpoint has three lines: origin, size and root")
        root = decode_base64(lines[2])
        if len(root) != 32:
            raise NoteError("the root of a checkpoint has 32 bytes")
        return cls(lines[0], parse_decimal(lines[1]), root)
