"""Keys of a case: who opens what, and what is left when a change of keys is interrupted."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.unit.vault.conftest import WORK_FACTOR
from witnessmark.ground.vault import age, durable
from witnessmark.ground.vault.keybook import CaseSecrets, KeyBook
from witnessmark.ground.vault.keyring import Keyring
from witnessmark.ground.vault.keys import (
    add_person,
    change_passphrase,
    create_case_keys,
    open_keyring,
    remove_person,
    rotate_epoch,
)
from witnessmark.ground.vault.recovery import RecoveryShares, make_recovery
from witnessmark.ground.vault.rescue import renew_recovery
from witnessmark.ground.vault.sealed import open_names, seal_names
from witnessmark.ground.vault.store import ObjectStore
from witnessmark.model.errors import CaseError, KeyAccessError, UsageError, VaultError

Case = tuple[Path, Keyring, RecoveryShares]


def put(case_dir: Path, keyring: Keyring, content: bytes) -> str:
    store = ObjectStore(case_dir / "objects", keyring.secrets.naming_key, keyring.recipients)
    with store.begin() as draft:
        digest, _ = draft.absorb(io.BytesIO(content))
        return draft.commit(digest).name


def opens(case_dir: Path, keyring: Keyring, name: str) -> bool:
    store = ObjectStore(case_dir / "objects", keyring.secrets.naming_key, (), read_only=True)
    fd = store.open(name)
    try:
        return len(keyring.file_key(fd)) == 16
    except KeyAccessError:
        return False
    finally:
        os.close(fd)


def test_a_case_opens_again_with_the_passphrase(case: Case) -> None:
    """Lost otherwise: the case."""
    folder, made, _ = case
    for chosen in (None, "owl", made.person_id):
        opened = open_keyring(folder, "owl's words", chosen)
        assert made.book.to_bytes() == opened.book.to_bytes()
        assert (made.person_id, "owl", made.signer.public) == (
            opened.person_id,
            opened.pseudonym,
            opened.signer.public,
        )
    for passphrase in ("Owl's words", ""):
        with pytest.raises(KeyAccessError):
            open_keyring(folder, passphrase)
    with pytest.raises(KeyAccessError, match="no such person"):
        open_keyring(folder, "owl's words", "hawk")
    with pytest.raises(CaseError, match="keys already"):
        create_case_keys(folder, "owl", "owl's words")
    with pytest.raises(CaseError, match="no keys"):
        open_keyring(folder / "elsewhere", "owl's words")


def test_the_folder_is_laid_out_as_specified_and_private(case: Case) -> None:
    """Lost otherwise: the emergency procedure finds nothing, or neighbours on the machine find too much."""
    folder, keyring, shares = case
    person = keyring.person_id
    expected = ["case.age", "epochs/1.age", f"people/{person}.age", f"people/{person}.json", "recovery.pub"]
    keys = folder / "keys"
    assert expected == sorted(str(p.relative_to(keys)) for p in keys.rglob("*") if p.is_file())
    for path in keys.rglob("*"):
        assert (0o700 if path.is_dir() else 0o600) == stat.S_IMODE(path.stat().st_mode)
    assert f"{shares.recipient}\n" == (keys / "recovery.pub").read_text()
    card = json.loads((keys / f"people/{person}.json").read_text())
    assert {"schema", "person_id", "pseudonym", "recipient", "signing_public"} == set(card)


def test_secrets_are_random_whole_and_never_shown(case: Case) -> None:
    """Lost otherwise: keys in a log, or two cases with one key."""
    secrets = case[1].secrets
    keys = {secrets.naming_key, secrets.database_key, secrets.day_key, secrets.publication_signing_seed}
    assert ([len(key) for key in keys], len(keys)) == ([32] * 4, 4)
    assert secrets.custody_origin != secrets.publication_origin
    assert secrets == CaseSecrets.from_json(json.loads(json.dumps(secrets.to_json())))
    shown = repr(case[1]) + repr(secrets) + repr(case[1].book) + repr(case[1].signer) + repr(case[2])
    for hidden in (repr(secrets.naming_key), case[1].identity, secrets.custody_origin, case[2].shares[0]):
        assert hidden not in shown
    broken = secrets.to_json() | {"day_key": "AAAA"}
    with pytest.raises(CaseError, match="incomplete"):
        CaseSecrets.from_json(broken)
    with pytest.raises(CaseError, match="form"):
        CaseSecrets.from_json(secrets.to_json() | {"schema": "witnessmark/case-secrets/2"})
    for wrong in (b"", b"[]", b"{}", case[1].book.to_bytes().replace(b'"epoch": 1', b'"epoch": 7', 1)):
        with pytest.raises(CaseError):
            KeyBook.from_bytes(wrong)


def test_signatures_are_the_persons_own_and_the_cases_own(case: Case) -> None:
    """Lost otherwise: an act in the log that nobody, or anybody, made."""
    keyring = case[1]
    for signer in (keyring.signer, keyring.publication_signer):
        Ed25519PublicKey.from_public_bytes(signer.public).verify(signer.sign(b"act"), b"act")
    assert keyring.person.signing_public == keyring.signer.public != keyring.publication_signer.public


def test_adding_a_person_touches_no_object(case: Case) -> None:
    """Lost otherwise: days of rewriting evidence for each new colleague."""
    folder, owl, _ = case
    name = put(folder, owl, b"content")
    path = folder / "objects" / name[:2] / f"{name}.age"
    before = (path.stat().st_mtime_ns, path.read_bytes())
    owl, person = add_person(folder, owl, "wren", "wren's words", work_factor=WORK_FACTOR)
    assert before == (path.stat().st_mtime_ns, path.read_bytes())
    wren = open_keyring(folder, "wren's words")
    assert (person.person_id, True, ["owl", "wren"]) == (
        wren.person_id,
        opens(folder, wren, name),
        [p.pseudonym for p in wren.people],
    )
    assert owl.state_digest == wren.state_digest == open_keyring(folder, "owl's words").state_digest
    with pytest.raises(UsageError, match="taken"):
        add_person(folder, owl, "wren", "x")
    for wrong in ("", "  ", "two\nlines", "x" * 65):
        with pytest.raises(UsageError):
            add_person(folder, owl, wrong, "x")
    with pytest.raises(UsageError, match="right"):
        add_person(folder, owl, "swift", "x", rights=("everything",))


def test_a_removed_person_has_no_access_to_what_comes(case: Case) -> None:
    """Lost otherwise: someone who left, or was turned, reads on."""
    folder, owl, _ = case
    owl, person = add_person(folder, owl, "wren", "wren's words", work_factor=WORK_FACTOR)
    wren = open_keyring(folder, "wren's words", "wren")
    digest = owl.state_digest
    old = put(folder, owl, b"before")
    owl = remove_person(folder, owl, "wren")
    new = put(folder, owl, b"after")
    sealed = seal_names(b"name", owl)
    assert (owl.epoch, [p.pseudonym for p in owl.people]) == (2, ["owl"])
    assert owl.state_digest != digest
    assert (opens(folder, wren, old), opens(folder, wren, new)) == (True, False)
    with pytest.raises(KeyAccessError):
        open_names(sealed, wren)
    with pytest.raises(KeyAccessError):
        open_keyring(folder, "wren's words")
    for epoch in (folder / "keys/epochs").iterdir():
        with pytest.raises(KeyAccessError):
            age.decrypt(epoch.read_bytes(), [wren.identity])
    with pytest.raises(KeyAccessError):
        age.decrypt((folder / "keys/case.age").read_bytes(), wren.epoch_identities)
    assert not list((folder / "keys/people").glob(f"{person.person_id}*"))
    owl = open_keyring(folder, "owl's words")
    assert (
        opens(folder, owl, old),
        opens(folder, owl, new),
        open_names(sealed, owl),
    ) == (True, True, b"name")
    with pytest.raises(UsageError, match="themselves"):
        remove_person(folder, owl, "owl")
    with pytest.raises(UsageError, match="not in the case"):
        remove_person(folder, owl, person.person_id)


def test_a_new_epoch_keeps_the_old_ones(case: Case) -> None:
    """Lost otherwise: everything received before."""
    folder, owl, _ = case
    first = put(folder, owl, b"first")
    sealed = seal_names(b"name", owl)
    rotated = rotate_epoch(folder, owl)
    second = put(folder, rotated, b"second")
    assert (2, owl.recipients[1]) == (rotated.epoch, rotated.recipients[1])
    assert rotated.recipients[0] != owl.recipients[0]
    (folder / "keys/epochs/1.age").unlink()
    again = open_keyring(folder, "owl's words")
    assert (opens(folder, again, first), opens(folder, again, second)) == (True, True)
    assert open_names(sealed, again) == b"name"
    rotate_epoch(folder, again)
    assert {"1.age", "2.age", "3.age"} == {p.name for p in (folder / "keys/epochs").iterdir()}


def test_a_passphrase_can_be_changed(case: Case) -> None:
    """Lost otherwise: a passphrase that was seen stays good for ever."""
    folder, owl, _ = case
    change_passphrase(folder, owl, "other words", work_factor=WORK_FACTOR)
    assert owl.person_id == open_keyring(folder, "other words").person_id
    with pytest.raises(KeyAccessError):
        open_keyring(folder, "owl's words")


def test_damage_to_one_persons_file_does_not_shut_out_another(case: Case) -> None:
    """Lost otherwise: one bad sector closes the case for all."""
    folder, owl, _ = case
    _, person = add_person(folder, owl, "wren", "wren's words", work_factor=WORK_FACTOR)
    file = folder / f"keys/people/{person.person_id}.age"
    file.write_bytes(file.read_bytes()[:-1])
    assert open_keyring(folder, "owl's words").pseudonym == "owl"
    with pytest.raises(VaultError, match="cut short"):
        open_keyring(folder, "wren's words", "wren")
    (folder / "keys/case.age").unlink()
    with pytest.raises(CaseError, match="missing"):
        open_keyring(folder, "owl's words")


class PowerCutError(BaseException):
    """Not an Exception: nothing may catch it and tidy up."""


class PowerCut:
    """Lets a number of key files be written or deleted and then stops everything."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, allowed: int) -> None:
        self.left = allowed
        self.happened = False
        self.context = monkeypatch.context()

    def __enter__(self) -> PowerCut:
        patch = self.context.__enter__()
        for call in ("replace", "remove"):
            patch.setattr(durable, call, self.counted(getattr(durable, call)))
        return self

    def counted(self, real: Callable[..., None]) -> Callable[..., None]:
        def wrapped(*arguments: object) -> None:
            if self.left == 0:
                raise PowerCutError
            self.left -= 1
            real(*arguments)

        return wrapped

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> bool:
        self.context.__exit__(None, None, None)
        self.happened = kind is PowerCutError
        return self.happened


CHANGES: dict[str, Callable[[Path, Keyring], object]] = {
    "add": lambda folder, owl: add_person(folder, owl, "swift", "swift's words", work_factor=WORK_FACTOR),
    "remove": lambda folder, owl: remove_person(folder, owl, "wren"),
    "rotate": rotate_epoch,
    "passphrase": lambda folder, owl: change_passphrase(folder, owl, "owl's words", work_factor=WORK_FACTOR),
    "renew": renew_recovery,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_keys_may_stop_anywhere(change: str, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lost otherwise: a power cut at the wrong moment closes the case for ever."""
    folder, owl, _ = case
    owl, wren = add_person(folder, owl, "wren", "wren's words", work_factor=WORK_FACTOR)
    name = put(folder, owl, b"content")
    for allowed in range(20):
        with PowerCut(monkeypatch, allowed) as cut:
            CHANGES[change](folder, open_keyring(folder, "owl's words", "owl"))
        again = open_keyring(folder, "owl's words", "owl")
        assert opens(folder, again, name)
        assert opens(folder, again, put(folder, again, f"content {allowed}".encode()))
        if change == "remove" and again.book.person("wren") is None:
            if cut.happened:
                remove_person(folder, again, wren.person_id)
            assert not list((folder / "keys/people").glob(f"{wren.person_id}*"))
            return
        if change == "add" and again.book.person("swift") is not None:
            assert open_keyring(folder, "swift's words", "swift").pseudonym == "swift"
            return
        if not cut.happened:
            return
    pytest.fail("the change never came to its end")


def test_rights_to_names_are_given_only_by_one_who_has_them(case: Case) -> None:
    """Lost otherwise: a person without the right could appoint a friend who has it."""
    folder, owl, _ = case
    sealed = seal_names(b"name", owl)
    owl, _ = add_person(folder, owl, "wren", "wren's words", rights=(), work_factor=WORK_FACTOR)
    wren = open_keyring(folder, "wren's words", "wren")
    with pytest.raises(KeyAccessError, match="may not"):
        add_person(folder, wren, "swift", "x", work_factor=WORK_FACTOR)
    with pytest.raises(KeyAccessError, match="may not"):
        renew_recovery(folder, wren)
    wren, _ = add_person(folder, wren, "swift", "swift's words", rights=(), work_factor=WORK_FACTOR)
    rotate_epoch(folder, wren)
    owl = open_keyring(folder, "owl's words", "owl")
    assert (open_names(sealed, owl), open_names(seal_names(b"new", wren), owl)) == (b"name", b"new")


def test_a_second_key_opens_the_epochs_with_stock_tools(case: Case) -> None:
    """Lost otherwise: a way in that does not hang on one passphrase."""
    folder, owl, _ = case
    second = age.new_identity()
    extra = [age.recipient_of(second)]
    owl, _ = add_person(folder, owl, "wren", "w", extra_recipients=extra, work_factor=WORK_FACTOR)
    rotate_epoch(folder, owl)
    for epoch in (1, 2):
        sealed = (folder / f"keys/epochs/{epoch}.age").read_bytes()
        assert b"AGE-SECRET-KEY-1" in pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(second)])
    with pytest.raises(KeyAccessError):
        add_person(folder, owl, "swift", "s", extra_recipients=["ssh-ed25519 nonsense"])


def test_a_recovery_made_on_another_machine(tmp_path: Path) -> None:
    """Lost otherwise: the recovery secret would have to pass through a machine with a network."""
    elsewhere = make_recovery()
    keyring, shares = create_case_keys(
        tmp_path, "owl", "w", recovery_recipient=elsewhere.recipient, work_factor=WORK_FACTOR
    )
    assert (elsewhere.recipient, (), elsewhere.recipient) == (
        shares.recipient,
        shares.shares,
        keyring.recipients[1],
    )


def test_a_person_opens_an_object_with_stock_age_alone(
    case: Case, stock_age: Callable[[bytes, str], subprocess.CompletedProcess[bytes]]
) -> None:
    """Lost otherwise: step 5 of the emergency procedure."""
    folder, owl, _ = case
    name = put(folder, owl, b"content")
    person = pyrage.passphrase.decrypt(
        (folder / f"keys/people/{owl.person_id}.age").read_bytes(), "owl's words"
    )
    epoch = stock_age((folder / "keys/epochs/1.age").read_bytes(), person.decode()).stdout.decode()
    sealed = (folder / "objects" / name[:2] / f"{name}.age").read_bytes()
    assert stock_age(sealed, epoch).stdout == b"content"
    assert b"naming_key" in stock_age((folder / "keys/case.age").read_bytes(), epoch).stdout
