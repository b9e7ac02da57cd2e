"""Sealed fields: original names open to one person with the right, identities to two together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.vault.conftest import WORK_FACTOR
from witnessmark.ground.vault import age
from witnessmark.ground.vault.keyring import Keyring
from witnessmark.ground.vault.keys import add_person, open_keyring, remove_person
from witnessmark.ground.vault.recovery import RecoveryShares, combine
from witnessmark.ground.vault.sealed import (
    open_identity,
    open_identity_by_recovery,
    open_names,
    reseal_identity,
    seal_identity,
    seal_names,
)
from witnessmark.model.errors import KeyAccessError, VaultError

Case = tuple[Path, Keyring, RecoveryShares]


@pytest.fixture
def two(case: Case) -> tuple[Path, Keyring, Keyring, RecoveryShares]:
    folder, owl, shares = case
    owl, _ = add_person(folder, owl, "wren", "wren's words", work_factor=WORK_FACTOR)
    return folder, owl, open_keyring(folder, "wren's words", "wren"), shares


def test_names_open_to_one_with_the_right(two: tuple[Path, Keyring, Keyring, RecoveryShares]) -> None:
    """Lost otherwise: the best triage there is, or its protection."""
    folder, owl, wren, shares = two
    blob = seal_names(b"path and time", owl)
    assert b"path and time" == open_names(blob, wren) == open_names(blob, owl)
    owl, _ = add_person(folder, owl, "swift", "s", rights=("identity",), work_factor=WORK_FACTOR)
    swift = open_keyring(folder, "s", "swift")
    with pytest.raises(KeyAccessError, match="may not"):
        open_names(blob, swift)
    with pytest.raises(KeyAccessError):  # not only by politeness: none of the keys swift holds opens it
        age.decrypt(blob, [swift.identity, *swift.epoch_identities])
    assert open_names(seal_names(b"by swift", swift), owl) == b"by swift"
    assert age.decrypt(blob, [combine(shares.shares[:3])]) == b"path and time"
    with pytest.raises(VaultError):
        open_names(blob[:-1], owl)


def test_one_person_alone_cannot_open_an_identity(
    two: tuple[Path, Keyring, Keyring, RecoveryShares],
) -> None:
    """Lost otherwise: a source's life in the hands of any one person, or of whoever forces that person."""
    _, owl, wren, shares = two
    blob = seal_identity(b"a name", owl)
    assert b"a name" == open_identity(blob, [owl, wren]) == open_identity(blob, [wren, owl])
    for alone in ([owl], [wren], [owl, owl], []):
        with pytest.raises(KeyAccessError, match="two people"):
            open_identity(blob, alone)
    field = json.loads(blob)
    import base64

    mine = [base64.b64decode(s["share"]) for s in field["shares"]]
    openable = 0
    for sealed in [*mine, base64.b64decode(field["payload"])]:
        try:
            age.decrypt(sealed, [owl.identity, *owl.epoch_identities, *owl.names_identities()])
            openable += 1
        except KeyAccessError:
            continue
    assert openable == 1, "every key of one person together opens one share and no content"
    assert open_identity_by_recovery(blob, combine(shares.shares[2:])) == b"a name"


def test_someone_added_later_needs_the_field_sealed_anew(
    two: tuple[Path, Keyring, Keyring, RecoveryShares],
) -> None:
    """Lost otherwise: knowledge of who holds a share."""
    folder, owl, wren, _ = two
    blob = seal_identity(b"a name", owl)
    owl, _ = add_person(folder, owl, "swift", "s", work_factor=WORK_FACTOR)
    swift = open_keyring(folder, "s", "swift")
    with pytest.raises(KeyAccessError):
        open_identity(blob, [owl, swift])
    assert open_identity(reseal_identity(blob, [owl, wren]), [swift, wren]) == b"a name"


def test_the_removed_and_those_without_the_right_do_not_count(
    two: tuple[Path, Keyring, Keyring, RecoveryShares],
) -> None:
    """Lost otherwise: a former colleague as the second pair of eyes."""
    folder, owl, wren, _ = two
    owl = remove_person(folder, owl, "wren")
    blob = seal_identity(b"a name", owl)
    with pytest.raises(KeyAccessError):
        open_identity(blob, [owl, wren])
    owl, _ = add_person(folder, owl, "swift", "s", rights=("names",), work_factor=WORK_FACTOR)
    with pytest.raises(KeyAccessError):
        open_identity(seal_identity(b"a name", owl), [owl, open_keyring(folder, "s", "swift")])


def test_a_case_of_one_person_seals_identities_too(case: Case) -> None:
    """Lost otherwise: identities in the clear wherever someone works alone."""
    _, owl, shares = case
    blob = seal_identity(b"a name", owl)
    with pytest.raises(KeyAccessError):
        open_identity(blob, [owl])
    assert open_identity_by_recovery(blob, combine(shares.shares[:3])) == b"a name"


def test_a_broken_field_is_named_so(case: Case) -> None:
    """Lost otherwise: a traceback instead of the way to a backup."""
    _, owl, _ = case
    for blob in (b"", b"[]", b"{}", b'{"schema": "witnessmark/sealed-identity/9"}'):
        with pytest.raises(VaultError, match="broken"):
            open_identity(blob, [owl])
