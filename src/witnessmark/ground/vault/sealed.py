"""Sealed fields: parts of the catalogue that not everybody in the case may read.

``case`` – what everybody of the case may read, and nobody who merely runs its database.
``names`` – original names, paths, times: one person with the right opens them, and the caller logs it.
``identity`` – who a source or a victim is: two people together. Formats: docs/spec/keys.md, "Sealed fields".
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import NoReturn

from witnessmark.ground.vault import age
from witnessmark.ground.vault.keybook import IDENTITY, Person
from witnessmark.ground.vault.keyring import Keyring
from witnessmark.ground.vault.recovery import combine_secret, split_secret
from witnessmark.model.errors import KeyAccessError, UsageError, VaultError

IDENTITY_SCHEMA = "witnessmark/sealed-identity/1"
PEOPLE_TOGETHER = 2
RECOVERY = "recovery"
_RECOVERY_SHARES = 2
"""Recovery opens alone: it takes three holders already."""
_MAX_SHARES = 16
"""SLIP-39: members of a group."""
_ITERATION_EXPONENT = 0
"""The split secret is random and its passphrase empty: stretching would protect nothing."""


def seal_names(content: bytes, keyring: Keyring) -> bytes:
    """An age file for the people with the right ``names``, and recovery. Needs no right itself."""
    return age.encrypt(content, keyring.names_recipients)


def open_names(blob: bytes, keyring: Keyring) -> bytes:
    """Opens a field of the level ``names``. The caller logs who opened what.

    Raises KeyAccessError without the right, VaultError on damage.
    """
    return age.decrypt(blob, keyring.names_identities())


def seal_for_case(content: bytes, keyring: Keyring) -> bytes:
    """An age file for everybody who can open the case, and recovery: sealed from whoever runs the database."""
    return age.encrypt(content, list(keyring.recipients))


def open_for_case(blob: bytes, keyring: Keyring) -> bytes:
    """Opens a field of the level ``case``. Raises VaultError on damage."""
    return age.decrypt(blob, list(keyring.epoch_identities))


def seal_identity(content: bytes, keyring: Keyring) -> bytes:
    """Seals so that two people with the right ``identity`` are needed, or recovery. Nobody opens it alone.

    In a case with one such person it opens with recovery's help only. Raises UsageError for more than 14
    people.
    """
    return _seal_identity(content, keyring.book.having(IDENTITY), keyring.book.recovery)


def open_identity(blob: bytes, keyrings: Sequence[Keyring]) -> bytes:
    """Opens a field of the level ``identity`` with the keyrings of two different people. The caller logs
    both.

    Raises KeyAccessError where fewer than two of them hold a share, VaultError on damage.
    """
    shares, payload = _parse(blob)
    own: dict[str, str] = {}
    for keyring in keyrings:
        for holder, sealed in shares:
            if holder == keyring.person_id and IDENTITY in keyring.person.rights:
                own[holder] = age.decrypt(sealed, [keyring.identity]).decode("ascii")
    if len(own) < PEOPLE_TOGETHER:
        raise KeyAccessError(
            "an identity opens to two people together",
            "two people who had the right when it was sealed must open it",
        )
    return age.decrypt(payload, [age.identity_of(combine_secret(list(own.values())))])


def open_identity_by_recovery(blob: bytes, recovery_identity: str) -> bytes:
    """Opens a field of the level ``identity`` with the recovery identity that three holders have brought
    together."""
    shares, payload = _parse(blob)
    own = [
        age.decrypt(sealed, [recovery_identity]).decode("ascii")
        for holder, sealed in shares
        if holder == RECOVERY
    ]
    return age.decrypt(payload, [age.identity_of(combine_secret(own))])


def reseal_identity(blob: bytes, keyrings: Sequence[Keyring]) -> bytes:
    """The same field for the people who have the right now (after someone was added, removed, or recovery
    renewed)."""
    return seal_identity(open_identity(blob, keyrings), keyrings[0])


def _seal_identity(content: bytes, people: Sequence[Person], recovery: str) -> bytes:
    count = len(people) + _RECOVERY_SHARES
    if count > _MAX_SHARES:
        raise UsageError(
            "more people have the right `identity` than a field can be shared among", "at most 14 can have it"
        )
    identity = age.new_identity()
    words = split_secret(age.secret_of(identity), PEOPLE_TOGETHER, count, _ITERATION_EXPONENT)
    holders = [(person.person_id, person.recipient) for person in people] + [
        (RECOVERY, recovery)
    ] * _RECOVERY_SHARES
    shares = [
        {"to": holder, "share": _text(age.encrypt(share.encode("ascii"), [recipient]))}
        for (holder, recipient), share in zip(holders, words, strict=True)
    ]
    payload = age.encrypt(content, [age.recipient_of(identity)])
    field = {
        "schema": IDENTITY_SCHEMA,
        "threshold": PEOPLE_TOGETHER,
        "shares": shares,
        "payload": _text(payload),
    }
    return json.dumps(field, separators=(",", ":")).encode("ascii")


def _parse(blob: bytes) -> tuple[list[tuple[str, bytes]], bytes]:
    try:
        field = json.loads(blob)
        if field["schema"] != IDENTITY_SCHEMA:
            _broken()
        shares = [(share["to"], base64.b64decode(share["share"], validate=True)) for share in field["shares"]]
        return shares, base64.b64decode(field["payload"], validate=True)
    except (ValueError, KeyError, TypeError):
        _broken()


def _broken() -> NoReturn:
    raise VaultError(
        "a sealed identity is broken or of an unknown form", "take it from a backup of the catalogue"
    ) from None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
