"""What a ledger must keep secret, and the signing of the person at work.

The secrets of a case are made once and kept among its sealed keys; the signer belongs to one person.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from witnessmark.model.errors import LedgerError
from witnessmark_verify.daytree import DEMONSTRATION_SEED_TEXT
from witnessmark_verify.note import ED25519, Note, Signature, VerifierKey

SECRET_BYTES = 32
ORIGIN_BYTES = 16


class Signer(Protocol):
    """Signs as one person of the case (Ed25519, RFC 8032)."""

    @property
    def public(self) -> bytes:
        """32 bytes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        ...


class SeedSigner:
    """A signer from a 32-byte Ed25519 seed."""

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def public(self) -> bytes:
        return self._public

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


@dataclass(frozen=True, slots=True)
class LogKey:
    """The key with which a log signs its own checkpoints."""

    origin: str
    seed: bytes

    @property
    def vkey(self) -> VerifierKey:
        return VerifierKey(self.origin, ED25519, SeedSigner(self.seed).public)

    def sign_note(self, text: str) -> Note:
        data = SeedSigner(self.seed).sign(text.encode())
        return Note(text, (Signature(self.origin, self.vkey.key_id, data),))


@dataclass(frozen=True, slots=True)
class LedgerSecrets:
    """The ledger's share of the sealed secrets of a case."""

    day_key: bytes
    """From it come the pads of every day tree: whoever has it can count entries."""
    custody_origin: str
    custody_seed: bytes
    publication_origin: str
    publication_seeds: tuple[bytes, ...]
    """Oldest first. A new one is *saved* here before the log is told to rotate to it (log.py)."""

    @classmethod
    def make(cls) -> LedgerSecrets:
        """Fresh secrets for a new case. The origins are random: they must not tell cases apart by name."""
        return cls(
            day_key=os.urandom(SECRET_BYTES),
            custody_origin=f"witnessmark-custody/{os.urandom(ORIGIN_BYTES).hex()}",
            custody_seed=os.urandom(SECRET_BYTES),
            publication_origin=f"witnessmark/{os.urandom(ORIGIN_BYTES).hex()}",
            publication_seeds=(os.urandom(SECRET_BYTES),),
        )

    @classmethod
    def demonstration(cls) -> LedgerSecrets:
        """Secrets with the published demonstration key as publication key: verifiers say NOT EVIDENCE."""
        seed = hashlib.sha256(DEMONSTRATION_SEED_TEXT).digest()
        return replace(cls.make(), publication_seeds=(seed,))

    def with_publication_seed(self, seed: bytes) -> LedgerSecrets:
        return replace(self, publication_seeds=(*self.publication_seeds, seed))

    @property
    def custody_key(self) -> LogKey:
        return LogKey(self.custody_origin, self.custody_seed)

    def publication_key(self, vkey: str | None) -> LogKey:
        """The key with that vkey, the oldest one where None. LedgerError where it is not among ours."""
        keys = [LogKey(self.publication_origin, seed) for seed in self.publication_seeds]
        for key in keys:
            if vkey is None or key.vkey.text == vkey:
                return key
        raise LedgerError(
            "the publication log names a key that is not among the secrets of this case",
            "bring back the sealed secrets from the latest backup before anything is published",
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": "witnessmark/ledger-secrets/1",
            "day_key": self.day_key.hex(),
            "custody_origin": self.custody_origin,
            "custody_seed": self.custody_seed.hex(),
            "publication_origin": self.publication_origin,
            "publication_seeds": [seed.hex() for seed in self.publication_seeds],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LedgerSecrets:
        try:
            return cls(
                day_key=bytes.fromhex(data["day_key"]),
                custody_origin=str(data["custody_origin"]),
                custody_seed=bytes.fromhex(data["custody_seed"]),
                publication_origin=str(data["publication_origin"]),
                publication_seeds=tuple(bytes.fromhex(seed) for seed in data["publication_seeds"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise LedgerError("the sealed secrets of the ledger are incomplete or damaged") from error
