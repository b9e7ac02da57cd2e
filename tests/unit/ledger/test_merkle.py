"""The Merkle tree: without it neither a stranger's proof nor our own check means anything."""

from __future__ import annotations

import hashlib

import pytest

from witnessmark.ground.ledger.tree import Frontier
from witnessmark_verify import merkle

# Leaves and roots of the Certificate Transparency reference implementation (merkle_tree_test), sizes 1 to 8.
CT_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
EVERY_SIZE = 130
LEAVES = [hashlib.sha256(bytes([i])).digest() for i in range(EVERY_SIZE)]
ROOTS = [merkle.root(LEAVES[:size]) for size in range(EVERY_SIZE + 1)]


@pytest.mark.parametrize("size", range(1, 9))
def test_reference_roots(size: int) -> None:
    """Other people's verifiers would reject every proof of ours."""
    leaves = [merkle.leaf_hash(bytes.fromhex(text)) for text in CT_LEAVES[:size]]
    assert CT_ROOTS[size - 1] == merkle.root(leaves).hex()


def test_empty_tree() -> None:
    """RFC 9162 defines the root of nothing; a witness starts from it."""
    assert hashlib.sha256(b"").digest() == merkle.root([])


def test_every_inclusion_proof_holds_and_only_for_its_leaf() -> None:
    """A proof that holds for another leaf, index or size would let a forger move evidence."""
    for size in range(1, EVERY_SIZE + 1):
        for index in range(size):
            proof = merkle.inclusion_proof(LEAVES[:size], index)
            assert merkle.verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size])
            other = (index + 1) % size
            if size > 1:
                assert not merkle.verify_inclusion(LEAVES[other], index, size, proof, ROOTS[size])
                assert not merkle.verify_inclusion(LEAVES[index], other, size, proof, ROOTS[size])
                assert not merkle.verify_inclusion(LEAVES[index], index, size, proof[:-1], ROOTS[size])
            assert not merkle.verify_inclusion(LEAVES[index], index, size, (*proof, ROOTS[1]), ROOTS[size])


def test_every_consistency_proof_holds_and_only_for_its_sizes() -> None:
    """A log could be rewritten behind a witness's back."""
    for size in range(EVERY_SIZE + 1):
        for old in range(size + 1):
            proof = merkle.consistency_proof(LEAVES[:size], old)
            assert merkle.verify_consistency(old, ROOTS[old], size, ROOTS[size], proof)
            if 0 < old < size:
                forged = hashlib.sha256(ROOTS[old]).digest()
                assert not merkle.verify_consistency(old, forged, size, ROOTS[size], proof)
                assert not merkle.verify_consistency(old, ROOTS[old], size, forged, proof)
                assert not merkle.verify_consistency(old, ROOTS[old], size, ROOTS[size], proof[:-1])
                assert not merkle.verify_consistency(old, ROOTS[old], size, ROOTS[size], (*proof, forged))


def test_growing_frontier_has_the_same_root_at_every_size() -> None:
    """The log signs what the frontier says; it must be the tree of the RFC."""
    frontier = Frontier(0, [])
    roots = [frontier.root]
    for leaf in LEAVES:
        frontier.add(leaf)
        roots.append(frontier.root)
    assert roots == ROOTS


def test_impossible_questions() -> None:
    """A proof of nothing must not be made."""
    with pytest.raises(IndexError):
        merkle.inclusion_proof(LEAVES[:3], 3)
    with pytest.raises(IndexError):
        merkle.consistency_proof(LEAVES[:3], 4)
