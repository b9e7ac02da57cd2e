"""The custody tree over stored subtree hashes: roots, proofs and growth without reading every leaf.

The hash of every complete subtree of at least two leaves is stored as a node (level, index). A range of
leaves that RFC 9162 asks for is a union of a few complete subtrees, folded from the right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from witnessmark.ground.ledger.storage import LedgerStorage, NodeRow
from witnessmark.model.errors import LedgerError
from witnessmark_verify.merkle import EMPTY_ROOT, consistency_ranges, inclusion_ranges, node_hash

Place = tuple[int, int]
"""(level, index) of a complete subtree; level 0 is a leaf."""


def complete_subtrees(start: int, stop: int) -> tuple[Place, ...]:
    """Left to right, the complete subtrees of a range whose start is aligned as RFC 9162 ranges are."""
    places: list[Place] = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        places.append((level, start >> level))
        start += 1 << level
    return tuple(places)


def fold(hashes: Sequence[bytes]) -> bytes:
    """Root over complete subtrees of falling size."""
    if not hashes:
        return EMPTY_ROOT
    result = hashes[-1]
    for left in reversed(hashes[:-1]):
        result = node_hash(left, result)
    return result


class Frontier:
    """The complete subtrees of a growing tree: at most one for each level."""

    def __init__(self, size: int, hashes: Sequence[bytes]) -> None:
        self.size = size
        self._hashes = list(hashes)

    def copy(self) -> Frontier:
        return Frontier(self.size, self._hashes)

    def add(self, leaf: bytes) -> list[NodeRow]:
        """Append a leaf hash; returns the subtrees that it completes."""
        completed: list[NodeRow] = []
        hashed, index, level = leaf, self.size, 0
        while index & 1:
            hashed = node_hash(self._hashes.pop(), hashed)
            index >>= 1
            level += 1
            completed.append(NodeRow(level, index, hashed))
        self._hashes.append(hashed)
        self.size += 1
        return completed

    @property
    def root(self) -> bytes:
        return fold(self._hashes)


class StoredTree:
    """The tree of the first ``size`` leaves, read from storage. LedgerError where a hash is missing."""

    def __init__(self, storage: LedgerStorage, size: int) -> None:
        self._storage = storage
        self.size = size

    def _read(self, places: Sequence[Place]) -> Mapping[Place, bytes]:
        found = self._storage.hashes(places)
        for level, index in places:
            if (level, index) not in found:
                what = f"ledger leaf {index}" if level == 0 else f"ledger node {level}/{index}"
                raise LedgerError(f"{what} is missing from the custody log", "run `witnessmark audit`")
        return found

    def frontier(self) -> Frontier:
        places = complete_subtrees(0, self.size)
        found = self._read(places)
        return Frontier(self.size, [found[place] for place in places])

    @property
    def root(self) -> bytes:
        return self.frontier().root

    def _ranges(self, ranges: Sequence[tuple[int, int]]) -> tuple[bytes, ...]:
        places = [complete_subtrees(start, stop) for start, stop in ranges]
        found = self._read([place for group in places for place in group])
        return tuple(fold([found[place] for place in group]) for group in places)

    def inclusion_proof(self, index: int) -> tuple[bytes, ...]:
        return self._ranges(inclusion_ranges(index, self.size))

    def consistency_proof(self, old_size: int) -> tuple[bytes, ...]:
        return self._ranges(consistency_ranges(old_size, self.size))
