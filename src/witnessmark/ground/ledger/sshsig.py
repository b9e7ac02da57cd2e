"""SSHSIG signatures over Ed25519: what ``ssh-keygen -Y verify`` reads.

Source: OpenSSH, PROTOCOL.sshsig. Strict: version 1, one key type, one hash (sha512), one spelling.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from witnessmark.ground.ledger.secrets import Signer

NAMESPACE = "witnessmark-custody@v1"
_MAGIC = b"SSHSIG"
_VERSION = (1).to_bytes(4, "big")
_KEY_TYPE = b"ssh-ed25519"
_HASH = b"sha512"
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_ARMOUR_COLUMNS = 70
_SIGNATURE_BYTES = 64


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _signed_data(message: bytes, namespace: str) -> bytes:
    digest = hashlib.sha512(message).digest()
    return _MAGIC + _string(namespace.encode()) + _string(b"") + _string(_HASH) + _string(digest)


def public_blob(public: bytes) -> bytes:
    """The public key as SSH writes it (RFC 8709)."""
    return _string(_KEY_TYPE) + _string(public)


def _blob(public: bytes, namespace: str, signature: bytes) -> bytes:
    return (
        _MAGIC
        + _VERSION
        + _string(public_blob(public))
        + _string(namespace.encode())
        + _string(b"")
        + _string(_HASH)
        + _string(_string(_KEY_TYPE) + _string(signature))
    )


def sign(signer: Signer, message: bytes, namespace: str = NAMESPACE) -> bytes:
    """The signature blob, not armoured."""
    return _blob(signer.public, namespace, signer.sign(_signed_data(message, namespace)))


def embedded_public(blob: bytes) -> bytes:
    """The public key that the blob itself names: good for nothing but asking whether the blob is whole."""
    start = len(_MAGIC) + len(_VERSION) + 4 + 4 + len(_KEY_TYPE) + 4
    return blob[start : start + 32]


def verify(public: bytes, message: bytes, blob: bytes, namespace: str = NAMESPACE) -> bool:
    """Whether the blob is a signature by that key over the message in that namespace, byte for byte."""
    signature = blob[-_SIGNATURE_BYTES:]
    if blob != _blob(public, namespace, signature):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _signed_data(message, namespace))
    except (InvalidSignature, ValueError):
        return False
    return True


def armour(blob: bytes) -> str:
    """The file form that ssh-keygen reads."""
    text = base64.b64encode(blob).decode()
    lines = [text[i : i + _ARMOUR_COLUMNS] for i in range(0, len(text), _ARMOUR_COLUMNS)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def unarmour(text: str) -> bytes:
    """The blob in an armoured signature. Raises ValueError where it is not one."""
    lines = text.strip().splitlines()
    if len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
        raise ValueError("this is not an armoured SSH signature")
    return base64.b64decode("".join(lines[1:-1]), validate=True)


def authorized_key(public: bytes) -> str:
    """``ssh-ed25519 AAAA...``: one line of an allowed_signers file, without the principal."""
    return f"ssh-ed25519 {base64.b64encode(public_blob(public)).decode()}"
