"""The two-halved custody leaf: made, opened, and recomputed (docs/spec/leaf.md)."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from witnessmark.ground.ledger.storage import LeafRow, PayloadKeyRow, PayloadRow
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.errors import LedgerError

PUBLIC_SCHEMA = "witnessmark/leaf-public/1"
PRIVATE_SCHEMA = "witnessmark/leaf-private/1"
OWN_KINDS = frozenset(
    {
        "actor.introduced",
        "actor.retired",
        "payload.erased",
        "day.closed",
        "witness.added",
        "publication.begun",
        "publication.key_rotated",
    }
)
"""Written by the ledger itself; a check needs their private halves, so they cannot be erased."""
SALT_BYTES = 32
KEY_BYTES = 32
_NONCE = bytes(12)  # each key encrypts one payload only (docs/spec/leaf.md)
_PAYLOAD_TAG = b"witnessmark/payload/1"


def canonical(document: Mapping[str, Any]) -> bytes:
    """RFC 8785 JSON. LedgerError where a value has no canonical form (bytes, NaN, integers beyond 2**53)."""
    try:
        return rfc8785.dumps(dict(document))
    except (rfc8785.CanonicalizationError, TypeError, RecursionError) as error:
        raise LedgerError(
            "an event holds a value that canonical JSON cannot express",
            "write bytes as hex and large integers as text",
        ) from error


def format_time(moment: datetime) -> str:
    """RFC 3339 in UTC with six decimals."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_time(text: str) -> datetime:
    """ValueError where it is not of that form."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    if format_time(moment) != text:
        raise ValueError("not in the one accepted spelling")
    return moment


def half(salt: bytes, document: bytes) -> bytes:
    """H(salt || document): one half of a leaf."""
    return hashlib.sha256(salt + document).digest()


def leaf_hash(public_half: bytes, private_half: bytes) -> bytes:
    """H(0x00 || public half || private half): an RFC 9162 leaf hash."""
    return hashlib.sha256(b"\x00" + public_half + private_half).digest()


@dataclass(frozen=True, slots=True)
class MadeLeaf:
    """The three rows of a new leaf."""

    row: LeafRow
    payload: PayloadRow
    key: PayloadKeyRow


@dataclass(frozen=True, slots=True)
class OpenedLeaf:
    """A leaf as the people of the case read it."""

    index: int
    leaf_hash: bytes
    kind: str
    public: Mapping[str, Any]
    """The ``data`` of the public half."""
    private: Mapping[str, Any] | None
    """The whole private half: actor, time, data, and day_entry where there is one. None if erased."""


def _associated(index: int, leaf: bytes) -> bytes:
    return _PAYLOAD_TAG + index.to_bytes(8, "big") + leaf


def make(index: int, event: CustodyEvent, actor_id: str, time: str, day_leaf: bytes | None) -> MadeLeaf:
    """Salt, hash and encrypt one event."""
    randomness = os.urandom(2 * SALT_BYTES + KEY_BYTES)
    salt_a, salt_b = randomness[:SALT_BYTES], randomness[SALT_BYTES : 2 * SALT_BYTES]
    key = randomness[2 * SALT_BYTES :]
    public = canonical({"schema": PUBLIC_SCHEMA, "kind": event.kind, "data": dict(event.public)})
    document: dict[str, Any] = {
        "schema": PRIVATE_SCHEMA,
        "actor": actor_id,
        "time": time,
        "data": dict(event.private),
    }
    if day_leaf is not None:
        document["day_entry"] = day_leaf.hex()
    private = canonical(document)
    private_half = half(salt_b, private)
    hashed = leaf_hash(half(salt_a, public), private_half)
    ciphertext = ChaCha20Poly1305(key).encrypt(_NONCE, salt_b + private, _associated(index, hashed))
    return MadeLeaf(
        LeafRow(index, hashed, event.kind, public, salt_a, private_half),
        PayloadRow(index, ciphertext),
        PayloadKeyRow(index, key),
    )


def recompute(row: LeafRow) -> bytes:
    """The leaf hash that the row's own public half, salt and private half give."""
    return leaf_hash(half(row.salt_a, row.public_json), row.private_half)


def open_public(row: LeafRow) -> Mapping[str, Any]:
    """``data`` of the public half. LedgerError where it is not a public half of the row's kind."""
    try:
        document = json.loads(row.public_json)
        if (
            document["schema"] == PUBLIC_SCHEMA
            and document["kind"] == row.kind
            and isinstance(document["data"], dict)
        ):
            return dict(document["data"])
    except (ValueError, KeyError, TypeError):
        pass
    raise LedgerError(f"the public half of ledger leaf {row.index} is not what its kind says")


def open_private(row: LeafRow, payload: PayloadRow, key: PayloadKeyRow) -> Mapping[str, Any]:
    """Decrypt the private half and check it against the leaf. LedgerError where it does not belong to it."""
    try:
        cipher = ChaCha20Poly1305(key.key)
        plain = cipher.decrypt(_NONCE, payload.ciphertext, _associated(row.index, row.leaf_hash))
    except (InvalidTag, ValueError) as error:
        raise LedgerError(f"the private half of ledger leaf {row.index} does not open") from error
    if half(plain[:SALT_BYTES], plain[SALT_BYTES:]) != row.private_half:
        raise LedgerError(f"the private half of ledger leaf {row.index} is not the one that was signed")
    document = json.loads(plain[SALT_BYTES:])
    if not isinstance(document, dict) or document.get("schema") != PRIVATE_SCHEMA:
        raise LedgerError(f"the private half of ledger leaf {row.index} has an unknown schema")
    return document
