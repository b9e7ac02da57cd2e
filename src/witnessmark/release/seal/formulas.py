"""Every formula of the redactable seal, one function each (docs/spec/redactable-seal.md, version 1).

Pure functions of bytes and numbers: the spec's test vectors are checked against these.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterable, Sequence

MISSING_PTS = -(1 << 63)
SALT_BYTES = 16
SMALLEST_TREE = 4096
"""Leaves after padding: about eight minutes of footage look the same as one still picture."""

_TAG = b"witnessmark/seal/1/"


def u64(number: int) -> bytes:
    """Eight bytes, big-endian, two's complement."""
    return struct.pack(">q", number) if number < 1 << 63 else struct.pack(">Q", number)


def length_prefixed(data: bytes | memoryview) -> bytes:
    return u64(len(data)) + bytes(data)


def derive_key(item_key: bytes, purpose: str, stream: int, ordinal: int) -> bytes:
    """Key of one frame, sketch or sound group. ``purpose`` is frame, sketch or sound."""
    return hmac.digest(item_key, _TAG + purpose.encode("ascii") + u64(stream) + u64(ordinal), "sha256")


def salts(key: bytes, tiles: int) -> tuple[bytes, bytes, list[bytes]]:
    """(salt_o, salt_f, one salt per tile) from SHAKE128 of the key."""
    stream = hashlib.shake_128(key).digest(SALT_BYTES * (tiles + 2))
    pieces = [stream[i : i + SALT_BYTES] for i in range(0, len(stream), SALT_BYTES)]
    return pieces[0], pieces[1], pieces[2:]


def tile_leaves(kind: str, tile_salts: Sequence[bytes], tiles: Iterable[bytes | memoryview]) -> list[bytes]:
    """RFC 9162 leaf hashes of tiles. ``kind`` is ``tile`` or ``sketch-tile``."""
    start = hashlib.sha256(b"\x00" + _TAG + kind.encode("ascii"))
    leaves = []
    for salt, tile in zip(tile_salts, tiles, strict=True):
        state = start.copy()
        state.update(salt)
        state.update(tile)
        leaves.append(state.digest())
    return leaves


def tree_hash(leaf_hashes: Sequence[bytes]) -> bytes:
    """RFC 9162 §2.1.1 over leaf hashes; level by level, an odd last node moves up unchanged."""
    if not leaf_hashes:
        return hashlib.sha256(b"").digest()
    sha256 = hashlib.sha256
    level = list(leaf_hashes)
    while len(level) > 1:
        paired = [sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return level[0]


def order_half(salt_o: bytes, stream: int, ordinal: int, pts: int | None) -> bytes:
    stamp = MISSING_PTS if pts is None else pts
    return hashlib.sha256(_TAG + b"order" + salt_o + u64(stream) + u64(ordinal) + u64(stamp)).digest()


def picture_half(salt_f: bytes, layout: bytes, root: bytes) -> bytes:
    return hashlib.sha256(_TAG + b"content" + salt_f + length_prefixed(layout) + root).digest()


def sound_half(salt_f: bytes, codec: str, extradata: bytes, packets: Iterable[bytes | memoryview]) -> bytes:
    state = hashlib.sha256(_TAG + b"content" + salt_f)
    state.update(length_prefixed(codec.encode("utf-8")))
    state.update(length_prefixed(extradata))
    for packet in packets:
        state.update(u64(len(packet)))
        state.update(packet)
    return state.digest()


def two_halved_leaf(kind: str, order: bytes, content: bytes) -> bytes:
    """Leaf of a frame, sketch or sound group, from its two halves."""
    return hashlib.sha256(b"\x00" + _TAG + kind.encode("ascii") + order + content).digest()


def padded_size(leaves: int) -> int:
    """Smallest power of two, at least 4,096, that holds them."""
    return max(SMALLEST_TREE, 1 << max(leaves - 1, 0).bit_length())


def item_root(item_key: bytes, leaves: Sequence[bytes]) -> tuple[bytes, list[bytes]]:
    """(root, leaves in their places, pads included)."""
    keyed = hmac.new(item_key, _TAG, "sha256")

    def mac(rest: bytes) -> bytes:
        state = keyed.copy()
        state.update(rest)
        return state.digest()

    pads = [mac(b"pad" + u64(k)) for k in range(padded_size(len(leaves)) - len(leaves))]
    placed = sorted([*leaves, *pads], key=lambda leaf: mac(b"place" + leaf))
    return tree_hash(placed), placed
