"""Day leaves, day trees and publication-log leaves, as docs/spec/day-tree.md writes them.

A stranger needs only ``day_leaf`` and ``verify_day``; the builder of the tree is here too, so that a court
that is given the day key and the entries can rebuild a whole day with the same few lines.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence

from witnessmark_verify import merkle

DEPTH = 16
LEAVES = 1 << DEPTH
"""65,536 leaves whatever happened on the day: neither root nor proof tells how many are real."""
SALT_BYTES = 32
MAX_PAYLOAD_BYTES = 4096
KINDS = ("item", "receipt", "release", "withdrawal")
_KIND_TAG = "witnessmark/day/1/"
_KEY_TAG = b"witnessmark/day/1"
_SHA256_BLOCK_BYTES = 64
_INNER = bytes(x ^ 0x36 for x in range(256))  # RFC 2104 ipad and opad, as translation tables
_OUTER = bytes(x ^ 0x5C for x in range(256))

DAY_SCHEMA = "witnessmark/publication-day/1"
KEY_SCHEMA = "witnessmark/publication-key/1"

DEMONSTRATION_SEED_TEXT = b"witnessmark demonstration key: NOT EVIDENCE"
"""SHA-256 of this is the seed of the published demonstration key. Anyone can sign with it."""
DEMONSTRATION_PUBLIC = bytes.fromhex("73d347de47f91234cd9de758ae0624d6897e809d8057b1630c02506bd93f6d4f")


def day_leaf(salt: bytes, kind: str, payload: bytes) -> bytes:
    """H(0x00 || salt || kind || payload), with kind as a length byte and its tagged name."""
    if len(salt) != SALT_BYTES or kind not in KINDS or not 0 < len(payload) <= MAX_PAYLOAD_BYTES:
        raise ValueError("a day entry has a salt of 32 bytes, a known kind and 1 to 4,096 bytes of payload")
    name = (_KIND_TAG + kind).encode("ascii")
    return hashlib.sha256(b"\x00" + salt + bytes([len(name)]) + name + payload).digest()


def verify_day(leaf: bytes, index: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the day leaf stands in the day tree with that root."""
    return len(path) == DEPTH and merkle.verify_inclusion(leaf, index, LEAVES, path, root)


def pads(day_key: bytes, day: str, count: int) -> list[bytes]:
    """The first ``count`` pads of a day (ISO date): HMAC-SHA256(key of the day, u64 index).

    The two keyed SHA-256 states are made once and copied, which is twice as fast as a new HMAC each time.
    """
    key = hmac.new(day_key, _KEY_TAG + day.encode("ascii"), hashlib.sha256).digest()
    block = key.ljust(_SHA256_BLOCK_BYTES, b"\x00")
    inner, outer = hashlib.sha256(block.translate(_INNER)), hashlib.sha256(block.translate(_OUTER))
    made = []
    for index in range(count):
        first, second = inner.copy(), outer.copy()
        first.update(index.to_bytes(8, "big"))
        second.update(first.digest())
        made.append(second.digest())
    return made


def day_leaves(day_key: bytes, day: str, entries: Sequence[bytes]) -> list[bytes]:
    """All 65,536 leaves of a day in tree order: day leaves and pads, sorted as byte strings."""
    if len(entries) > LEAVES:
        raise ValueError("a day holds at most 65,536 entries")
    return sorted([*entries, *pads(day_key, day, LEAVES - len(entries))])


def _json(document: dict[str, object]) -> bytes:
    """RFC 8785 for what we write here: ASCII member names and strings, small integers."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def day_data(day: str, root: bytes) -> bytes:
    """Leaf data of a day root in the publication log."""
    return _json({"schema": DAY_SCHEMA, "day": day, "root": root.hex()})


def rotation_text(origin: str, index: int, old_vkey: str, new_vkey: str) -> bytes:
    """What the old key signs to hand over to the new one at that leaf."""
    return f"{KEY_SCHEMA}\n{origin}\n{index}\n{old_vkey}\n{new_vkey}\n".encode()


def rotation_data(index: int, old_vkey: str, new_vkey: str, signature: str) -> bytes:
    """Leaf data of a change of key in the publication log."""
    return _json(
        {
            "schema": KEY_SCHEMA,
            "index": index,
            "old_vkey": old_vkey,
            "new_vkey": new_vkey,
            "signature": signature,
        }
    )
