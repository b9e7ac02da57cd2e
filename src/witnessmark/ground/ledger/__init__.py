"""The custody log of a case, its day trees and its publication log.

``Ledger`` is the door; ``LedgerStorage`` is what a database must offer (``MemoryStorage`` in tests).
Proofs are checked by ``witnessmark_verify``, which knows nothing of this package.
"""

from witnessmark.ground.ledger.leaf import OpenedLeaf
from witnessmark.ground.ledger.log import Act, LeafProof, Ledger
from witnessmark.ground.ledger.memory import MemoryStorage
from witnessmark.ground.ledger.secrets import LedgerSecrets, SeedSigner, Signer
from witnessmark.ground.ledger.storage import LedgerStorage

__all__ = [
    "Act",
    "LeafProof",
    "Ledger",
    "LedgerSecrets",
    "LedgerStorage",
    "MemoryStorage",
    "OpenedLeaf",
    "SeedSigner",
    "Signer",
]
