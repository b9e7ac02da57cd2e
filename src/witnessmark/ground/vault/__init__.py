"""Sealed objects and the keys of a case.

Names are loaded when first used: ``vault.reader`` runs inside the jail and must not bring in more than it
needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from witnessmark.ground.vault.age import AgeWriter, X25519Recipient, unwrap
    from witnessmark.ground.vault.backup import Backup, write_backup
    from witnessmark.ground.vault.keybook import CaseSecrets, KeyBook, Person
    from witnessmark.ground.vault.keyring import Keyring, PersonSigner
    from witnessmark.ground.vault.keys import (
        add_person,
        change_passphrase,
        create_case_keys,
        open_keyring,
        remove_person,
        rotate_epoch,
    )
    from witnessmark.ground.vault.reader import Header, SealedReader, item_key, read_header
    from witnessmark.ground.vault.recovery import RecoveryShares, make_recovery
    from witnessmark.ground.vault.rescue import recover, renew_recovery
    from witnessmark.ground.vault.sealed import (
        open_identity,
        open_identity_by_recovery,
        open_names,
        reseal_identity,
        seal_identity,
        seal_names,
    )
    from witnessmark.ground.vault.store import Draft, ObjectStore, StoredObject

_HOMES = {
    "age": ("AgeWriter", "X25519Recipient", "unwrap"),
    "backup": ("Backup", "write_backup"),
    "keybook": ("CaseSecrets", "KeyBook", "Person"),
    "keyring": ("Keyring", "PersonSigner"),
    "keys": (
        "add_person",
        "change_passphrase",
        "create_case_keys",
        "open_keyring",
        "remove_person",
        "rotate_epoch",
    ),
    "reader": ("Header", "SealedReader", "item_key", "read_header"),
    "recovery": ("RecoveryShares", "make_recovery"),
    "rescue": ("recover", "renew_recovery"),
    "sealed": (
        "open_identity",
        "open_identity_by_recovery",
        "open_names",
        "reseal_identity",
        "seal_identity",
        "seal_names",
    ),
    "store": ("Draft", "ObjectStore", "StoredObject"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [  # noqa: RUF022  (in the order of the modules above)
    "AgeWriter",
    "X25519Recipient",
    "unwrap",
    "Backup",
    "write_backup",
    "CaseSecrets",
    "KeyBook",
    "Person",
    "Keyring",
    "PersonSigner",
    "add_person",
    "change_passphrase",
    "create_case_keys",
    "open_keyring",
    "remove_person",
    "rotate_epoch",
    "Header",
    "SealedReader",
    "item_key",
    "read_header",
    "RecoveryShares",
    "make_recovery",
    "recover",
    "renew_recovery",
    "open_identity",
    "open_identity_by_recovery",
    "open_names",
    "reseal_identity",
    "seal_identity",
    "seal_names",
    "Draft",
    "ObjectStore",
    "StoredObject",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
