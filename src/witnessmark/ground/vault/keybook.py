"""What ``keys/case.age`` holds: the secrets of a case, every identity it ever had, and who its people are.

Format: docs/spec/keys.md. Opening and changing it is done in ``keyring``, ``keys`` and ``recovery``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from witnessmark.model.errors import CaseError

BOOK_SCHEMA = "witnessmark/key-book/1"
SECRETS_SCHEMA = "witnessmark/case-secrets/1"
SECRET_BYTES = 32

NAMES = "names"
IDENTITY = "identity"
RIGHTS = (NAMES, IDENTITY)
"""Levels of sealed fields; see ``sealed``."""

_NEWER_HINT = "the case was written by a newer witnessmark: install that version"


@dataclass(frozen=True, slots=True, repr=False)
class CaseSecrets:
    """The symmetric secrets and random names of one case. Never printed: it has no telling ``repr``."""

    naming_key: bytes
    """Names objects (HMAC of the digest)."""
    database_key: bytes
    """Opens the catalogue (SQLCipher raw key)."""
    day_key: bytes
    """Pads the day trees."""
    publication_signing_seed: bytes
    """Ed25519 seed of the case's publication key; belongs to no person."""
    custody_origin: str
    publication_origin: str
    """Random, independent names of the two logs: one must not lead to the other."""

    @classmethod
    def fresh(cls) -> CaseSecrets:
        return cls(
            naming_key=secrets.token_bytes(SECRET_BYTES),
            database_key=secrets.token_bytes(SECRET_BYTES),
            day_key=secrets.token_bytes(SECRET_BYTES),
            publication_signing_seed=secrets.token_bytes(SECRET_BYTES),
            custody_origin=secrets.token_hex(16),
            publication_origin=secrets.token_hex(16),
        )

    def to_json(self) -> dict[str, str]:
        return {
            "schema": SECRETS_SCHEMA,
            "naming_key": _text(self.naming_key),
            "database_key": _text(self.database_key),
            "day_key": _text(self.day_key),
            "publication_signing_seed": _text(self.publication_signing_seed),
            "custody_origin": self.custody_origin,
            "publication_origin": self.publication_origin,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CaseSecrets:
        """Raises CaseError where the schema is not known or a field is missing or of another length."""
        if data.get("schema") != SECRETS_SCHEMA:
            raise CaseError("the secrets of this case have a form this version does not know", _NEWER_HINT)
        try:
            return cls(
                naming_key=_secret(data["naming_key"]),
                database_key=_secret(data["database_key"]),
                day_key=_secret(data["day_key"]),
                publication_signing_seed=_secret(data["publication_signing_seed"]),
                custody_origin=str(data["custody_origin"]),
                publication_origin=str(data["publication_origin"]),
            )
        except (KeyError, TypeError, ValueError):
            raise CaseError(
                "the secrets of this case are incomplete", "restore keys/ from a backup"
            ) from None


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the case: public halves and rights, nothing secret."""

    person_id: str
    pseudonym: str
    recipient: str
    """``age1...``"""
    signing_public: bytes
    """Ed25519, 32 bytes."""
    rights: tuple[str, ...] = RIGHTS
    extra_recipients: tuple[str, ...] = ()
    """Further keys (``age1...``, ``ssh-...``) that open the epochs."""

    def to_json(self) -> dict[str, Any]:
        return {
            "person_id": self.person_id,
            "pseudonym": self.pseudonym,
            "recipient": self.recipient,
            "signing_public": _text(self.signing_public),
            "rights": list(self.rights),
            "extra_recipients": list(self.extra_recipients),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Person:
        return cls(
            person_id=data["person_id"],
            pseudonym=data["pseudonym"],
            recipient=data["recipient"],
            signing_public=base64.b64decode(data["signing_public"], validate=True),
            rights=tuple(data["rights"]),
            extra_recipients=tuple(data["extra_recipients"]),
        )


@dataclass(frozen=True, slots=True, repr=False)
class EpochIdentity:
    """The key of one vault period."""

    epoch: int
    identity: str


@dataclass(frozen=True, slots=True)
class NamesKey:
    """The key of the ``names`` level in one vault period, wrapped to those who have the right and to
    recovery."""

    epoch: int
    recipient: str
    wrapped: bytes


@dataclass(frozen=True, slots=True, repr=False)
class KeyBook:
    """The whole content of ``case.age``; what it says about people and periods is what counts."""

    epoch: int
    """The current vault period, from 1."""
    recovery: str
    """Recipient of the offline recovery identity."""
    identities: tuple[EpochIdentity, ...]
    """Every period's, newest first: this is how old objects stay readable when epoch files are lost."""
    names: tuple[NamesKey, ...]
    """Newest first."""
    people: tuple[Person, ...]
    secrets: CaseSecrets

    @property
    def current(self) -> EpochIdentity:
        return next(entry for entry in self.identities if entry.epoch == self.epoch)

    def person(self, name: str) -> Person | None:
        """By id, else by pseudonym."""
        by_id = next((person for person in self.people if person.person_id == name), None)
        return by_id or next((person for person in self.people if person.pseudonym == name), None)

    def having(self, right: str) -> tuple[Person, ...]:
        return tuple(person for person in self.people if right in person.rights)

    @property
    def state_digest(self) -> bytes:
        """SHA-256 that commits a ledger leaf to people, rights, period and recovery recipient (no secrets in
        it)."""
        state: dict[str, Any] = {
            "epoch": self.epoch,
            "recovery": self.recovery,
            "people": [person.to_json() for person in sorted(self.people, key=lambda p: p.person_id)],
        }
        return hashlib.sha256(rfc8785.dumps(state)).digest()

    def to_bytes(self) -> bytes:
        return json.dumps(
            {
                "schema": BOOK_SCHEMA,
                "epoch": self.epoch,
                "recovery": self.recovery,
                "identities": [{"epoch": e.epoch, "identity": e.identity} for e in self.identities],
                "names": [
                    {"epoch": n.epoch, "recipient": n.recipient, "wrapped": _text(n.wrapped)}
                    for n in self.names
                ],
                "people": [person.to_json() for person in self.people],
                "secrets": self.secrets.to_json(),
            },
            indent=1,
        ).encode("utf-8")

    @classmethod
    def from_bytes(cls, content: bytes) -> KeyBook:
        """Raises CaseError where the schema is not known or the content is broken."""
        broken = CaseError("the key book of this case is broken", "restore keys/ from a backup")
        try:
            data = json.loads(content)
            schema = data["schema"]
        except (ValueError, KeyError, TypeError):
            raise broken from None
        if schema != BOOK_SCHEMA:
            raise CaseError("the key book has a form this version does not know", _NEWER_HINT)
        try:
            book = cls(
                epoch=int(data["epoch"]),
                recovery=data["recovery"],
                identities=tuple(EpochIdentity(int(e["epoch"]), e["identity"]) for e in data["identities"]),
                names=tuple(
                    NamesKey(int(n["epoch"]), n["recipient"], base64.b64decode(n["wrapped"], validate=True))
                    for n in data["names"]
                ),
                people=tuple(Person.from_json(person) for person in data["people"]),
                secrets=CaseSecrets.from_json(data["secrets"]),
            )
        except (ValueError, KeyError, TypeError):
            raise broken from None
        if not book.names or not any(entry.epoch == book.epoch for entry in book.identities):
            raise broken
        return book


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _secret(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != SECRET_BYTES:
        raise ValueError("a secret of another length")
    return key
