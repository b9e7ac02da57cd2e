"""What one person holds once a passphrase has been accepted."""

from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from witnessmark.ground.vault import age
from witnessmark.ground.vault.keybook import NAMES, CaseSecrets, KeyBook, Person
from witnessmark.ground.vault.reader import MAX_HEADER_BYTES, read_header
from witnessmark.model.errors import KeyAccessError


@dataclass(frozen=True, slots=True, repr=False)
class PersonSigner:
    """Signs acts in the custody log with a person's Ed25519 key (RFC 8032), made for this case."""

    seed: bytes

    @property
    def public(self) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        """64 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(data)


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """The opened keys of one person in one case. Changing keys gives a new one; this never changes.

    Holds secrets in memory: never log or pickle it, and hand the jail nothing but ``file_key`` of one object.
    """

    person_id: str
    pseudonym: str
    identity: str
    """The person's own ``AGE-SECRET-KEY-1...``."""
    signer: PersonSigner
    book: KeyBook

    def __repr__(self) -> str:
        return f"<Keyring of person {self.person_id}, epoch {self.book.epoch}>"

    @property
    def secrets(self) -> CaseSecrets:
        return self.book.secrets

    @property
    def epoch(self) -> int:
        return self.book.epoch

    @property
    def people(self) -> tuple[Person, ...]:
        return self.book.people

    @property
    def person(self) -> Person:
        """This person's own entry."""
        found = self.book.person(self.person_id)
        assert found is not None  # open_keyring and every change of keys make sure of it
        return found

    @property
    def publication_signer(self) -> PersonSigner:
        """The case's own signing key, for what is published."""
        return PersonSigner(self.secrets.publication_signing_seed)

    @property
    def epoch_identities(self) -> tuple[str, ...]:
        """Newest first."""
        return tuple(entry.identity for entry in self.book.identities)

    @property
    def recipients(self) -> tuple[str, str]:
        """To whom new objects and backups are sealed: the current epoch and recovery."""
        return age.recipient_of(self.book.current.identity), self.book.recovery

    @property
    def names_recipients(self) -> tuple[str, str]:
        """To whom new fields of the level ``names`` are sealed."""
        return self.book.names[0].recipient, self.book.recovery

    @property
    def state_digest(self) -> bytes:
        """What a ledger leaf about a change of keys commits to (see ``KeyBook.state_digest``)."""
        return self.book.state_digest

    def may(self, right: str) -> bool:
        return right in self.person.rights

    def names_identities(self) -> tuple[str, ...]:
        """Identities of the level ``names``, newest first. Raises KeyAccessError without the right."""
        if not self.may(NAMES):
            raise KeyAccessError(
                "this person may not open original names",
                "ask a person of the case who has the right `names`",
            )
        return tuple(
            identity
            for key in self.book.names
            for identity in open_identity_file(key.wrapped, [self.identity])
        )

    def file_key(self, fd: int) -> bytes:
        """The 16-byte key of the one object behind a descriptor. Raises KeyAccessError or VaultError."""
        return age.unwrap(read_header(os.pread(fd, MAX_HEADER_BYTES, 0)), self.epoch_identities)


def identity_file(title: str, identity: str, extra: str = "") -> bytes:
    """An age identity file with comments, as ``age -i`` takes it."""
    return f"# {title}\n{extra}# public key: {age.recipient_of(identity)}\n{identity}\n".encode()


def open_identity_file(sealed: bytes, identities: list[str]) -> tuple[str, ...]:
    """The identities in a sealed identity file."""
    return parse_identity_file(age.decrypt(sealed, identities))


def parse_identity_file(content: bytes) -> tuple[str, ...]:
    lines = content.decode("ascii", "replace").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))
