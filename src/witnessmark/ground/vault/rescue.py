"""Bringing a case back from recovery shares, and making new shares.

Old objects stay readable because ``case.age`` carries the identity of every epoch: no object is touched, and
the recovery identity goes back offline (alternatives weighed in docs/spec/keys.md, "Recovery").
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from witnessmark.ground.vault import age, durable
from witnessmark.ground.vault.keybook import RIGHTS
from witnessmark.ground.vault.keyring import Keyring
from witnessmark.ground.vault.keys import (
    keys_folder,
    make_person,
    read_book,
    rewrap_names,
    with_new_epoch,
    write_book,
    write_epochs,
    write_person,
)
from witnessmark.ground.vault.recovery import RecoveryShares, combine, make_recovery
from witnessmark.model.errors import CaseError, KeyAccessError, UsageError


def recover(
    case_dir: Path,
    shares: Sequence[str],
    pseudonym: str,
    passphrase: str,
    *,
    work_factor: int = age.DEFAULT_WORK_FACTOR,
) -> Keyring:
    """Gives a case back to a new person with a new passphrase, from three shares and ``case.age`` alone.

    All epoch files, lost ones too, are written anew; a new epoch begins. The others of the case keep their
    access. Raises KeyAccessError where the shares do not fit, CaseError where ``case.age`` is missing
    (restore it from a backup).
    """
    identity = combine(shares)
    try:
        book = read_book(case_dir, [identity])
    except KeyAccessError:
        raise KeyAccessError(
            "these shares fit together but belong to another case, or were replaced by newer ones",
            "look for the newest cards; old objects open with old cards by stock age (docs/spec/keys.md)",
        ) from None
    if book.recovery != age.recipient_of(identity):
        raise CaseError(
            "the key book names another recovery key than the one that opens it",
            "restore keys/ from a backup",
        )
    if book.person(pseudonym) is not None:
        raise UsageError(
            "this pseudonym is taken", "choose another one; the old person can be removed afterwards"
        )
    person, person_identity, signer = make_person(pseudonym, RIGHTS)
    book = dataclasses.replace(book, people=(*book.people, person))
    book = rewrap_names(with_new_epoch(case_dir, book), [identity])
    with durable.writing("a key file"):
        for folder in ("people", "epochs"):
            durable.make_folder(keys_folder(case_dir) / folder)
    write_person(case_dir, person, person_identity, signer, passphrase, work_factor)
    write_epochs(case_dir, book, anew=True)
    write_book(case_dir, book)
    return Keyring(person.person_id, pseudonym, person_identity, signer, book)


def renew_recovery(
    case_dir: Path, keyring: Keyring, *, recovery_recipient: str | None = None
) -> tuple[Keyring, RecoveryShares]:
    """Puts a new recovery identity in the place of one whose shares may have been seen.

    Objects sealed before stay open to the old shares (what is sealed cannot be unsealed), and open to the
    new ones by way of ``case.age``. Fields of the level ``identity`` must be sealed anew. Wants the right
    ``names``: raises KeyAccessError.
    """
    keyring.names_identities()
    if recovery_recipient is None:
        shares = make_recovery()
    else:
        shares = RecoveryShares(str(age.X25519Recipient.parse(recovery_recipient)), ())
    book = rewrap_names(dataclasses.replace(keyring.book, recovery=shares.recipient), [keyring.identity])
    write_epochs(case_dir, book, anew=True)
    write_book(case_dir, book)
    return dataclasses.replace(keyring, book=book), shares
