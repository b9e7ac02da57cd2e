"""Merkle trees of RFC 9162 section 2.1 over SHA-256: roots, inclusion proofs, consistency proofs.

Everything here works on *leaf hashes* (32 bytes each), not on leaf data: our leaf formulas are RFC 9162 leaf
hashes already. Proofs are tuples of 32-byte hashes in the order of the RFC. Verifiers return a bool and never
raise on bad input; builders raise IndexError where the question makes no sense.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

HASH_BYTES = 32
_LEAF = b"\x00"  # RFC 9162 section 2.1.1: different first bytes for leaves and nodes give second-preimage
_NODE = b"\x01"  # resistance

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Leaf hash of leaf data (RFC 9162 section 2.1.1)."""
    return hashlib.sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()


def split(size: int) -> int:
    """The largest power of two smaller than ``size`` (size >= 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def root(leaves: Sequence[bytes]) -> bytes:
    """Merkle tree hash of a list of leaf hashes, level by level.

    Pairing neighbours and carrying an odd last one up gives the tree of the RFC, because every left subtree
    of it is complete.
    """
    if not leaves:
        return EMPTY_ROOT
    row = list(leaves)
    sha256 = hashlib.sha256
    while len(row) > 1:
        paired = [sha256(_NODE + row[i] + row[i + 1]).digest() for i in range(0, len(row) - 1, 2)]
        if len(row) % 2:
            paired.append(row[-1])
        row = paired
    return row[0]


def inclusion_ranges(index: int, size: int) -> tuple[tuple[int, int], ...]:
    """Which subtrees, as half-open ranges of leaves, an inclusion proof consists of (section 2.1.3.1)."""
    if not 0 <= index < size:
        raise IndexError("no such leaf in a tree of this size")
    ranges: list[tuple[int, int]] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + split(stop - start)
        if index < middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    return tuple(reversed(ranges))


def consistency_ranges(old_size: int, size: int) -> tuple[tuple[int, int], ...]:
    """Which subtrees a consistency proof consists of (section 2.1.4.1). Empty for size 0 and equal sizes."""
    if not 0 <= old_size <= size:
        raise IndexError("the old tree cannot be larger than the new one")
    if old_size in (0, size):
        return ()
    ranges: list[tuple[int, int]] = []
    start, stop, old_is_whole = 0, size, True
    while old_size != stop:
        middle = start + split(stop - start)
        if old_size <= middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
            old_is_whole = False
    if not old_is_whole:
        ranges.append((start, stop))
    return tuple(reversed(ranges))


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    return tuple(root(leaves[start:stop]) for start, stop in inclusion_ranges(index, len(leaves)))


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    return tuple(root(leaves[start:stop]) for start, stop in consistency_ranges(old_size, len(leaves)))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], tree_root: bytes) -> bool:
    """Whether ``leaf`` is at ``index`` in the tree of ``size`` leaves with that root (section 2.1.3.2)."""
    if not 0 <= index < size or any(len(part) != HASH_BYTES for part in proof):
        return False
    place, last, result = index, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            result = node_hash(part, result)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            result = node_hash(result, part)
        place >>= 1
        last >>= 1
    return last == 0 and result == tree_root


def verify_consistency(
    old_size: int, old_root: bytes, size: int, tree_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree of ``size`` leaves only adds to the tree of ``old_size`` leaves (section 2.1.4.2)."""
    if not 0 <= old_size <= size or any(len(part) != HASH_BYTES for part in proof):
        return False
    if old_size == size:
        return not proof and old_root == tree_root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    place, last = old_size - 1, size - 1
    while place & 1:
        place >>= 1
        last >>= 1
    old_result = new_result = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old_result = node_hash(part, old_result)
            new_result = node_hash(part, new_result)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            new_result = node_hash(new_result, part)
        place >>= 1
        last >>= 1
    return last == 0 and old_result == old_root and new_result == tree_root
