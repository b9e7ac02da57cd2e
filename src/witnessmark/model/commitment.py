"""The one thing that may be published of a file: a salted commitment, opened to a court alone.

``SHA256(tag ‖ salt ‖ sha256(raw))``. Without the salt (128 bits and more) nobody who holds the file can tell
that it is meant; with it, anyone can check. Specified in docs/spec/receipt.md.
"""

from __future__ import annotations

import hashlib
import secrets

FILE_COMMITMENT_TAG = b"witnessmark/file-commitment/1\x00"
SALT_BYTES = 32
"""Twice the 128 bits that the threat model asks for; one SHA-256 block is filled either way."""
DIGEST_BYTES = 32


def new_salt() -> bytes:
    """A fresh random salt. One is never used for two commitments."""
    return secrets.token_bytes(SALT_BYTES)


def file_commitment(salt: bytes, sha256: bytes) -> bytes:
    """Commitment to a file by its raw digest. Both lengths are fixed, so the parts cannot be shifted."""
    if len(salt) != SALT_BYTES or len(sha256) != DIGEST_BYTES:
        raise ValueError("a file commitment takes a 32-byte salt and a 32-byte digest")
    return hashlib.sha256(FILE_COMMITMENT_TAG + salt + sha256).digest()
