"""Changes of keys that stop between the files and the log, or that two people make at the same time."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.terminal import PASSPHRASE
from witnessmark.case import key_keeping, wiring
from witnessmark.case.auditing import audit
from witnessmark.case.case import Case
from witnessmark.ground.vault.keyring import Keyring
from witnessmark.ground.vault.keys import open_keyring
from witnessmark.model.custody import CustodyEvent
from witnessmark.model.errors import KeyAccessError


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Keyring]:
    """A case with the founder and wren."""
    folder = tmp_path_factory.mktemp("keys") / "case"
    with wiring.create_case(folder, "keys", PASSPHRASE).case as case:
        key_keeping.add_person(case, "wren", "wren's words", rights=("names",), recipients=())
        return folder, case.keyring


@pytest.fixture
def folder(made: tuple[Path, Keyring], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "case"
    shutil.copytree(made[0], folder)
    monkeypatch.setattr(wiring, "open_keyring", lambda *_: made[1])  # stretched once
    with wiring.open_case(folder, PASSPHRASE) as case:
        wiring.adopt(case, "a test")
    monkeypatch.setattr(wiring, "open_keyring", open_keyring)
    yield folder


class PowerCutError(Exception):
    pass


def problems(case: Case) -> list[str]:
    return [f"{p.where}: {p.what}" for p in audit(case).problems]


def add_swift(case: Case) -> None:
    key_keeping.add_person(case, "swift", "swift's words", rights=(), recipients=())


CHANGES: dict[str, Callable[[Case], object]] = {
    "add": add_swift,
    "remove": lambda case: key_keeping.remove_person(case, "wren"),
    "rotate": key_keeping.rotate,
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_same_command_completes_a_change_that_stopped(
    folder: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Key files are written before the log: a stop in between must not leave a person whom nobody can add or remove."""

    def cut(*_: object) -> CustodyEvent:
        raise PowerCutError

    with wiring.open_case(folder, PASSPHRASE, "founder") as case, monkeypatch.context() as patch:
        patch.setattr(key_keeping, "_keys_changed", cut)
        with pytest.raises(PowerCutError):
            CHANGES[change](case)
    with wiring.open_case(folder, PASSPHRASE, "founder") as case:
        assert problems(case)
        CHANGES[change](case)
        assert problems(case) == []
        people = {m.pseudonym for m in case.catalogue.persons() if m.removed_at is None}
        assert people == {p.pseudonym for p in case.keyring.people}
    if change == "add":
        with wiring.open_case(folder, "swift's words", "swift") as case:
            case.ledger.append([CustodyEvent("hold.set", private={"reason": "swift can write"})])
    if change == "remove":
        with pytest.raises(KeyAccessError):
            wiring.open_case(folder, "wren's words")


def test_a_change_begun_before_another_does_not_undo_it(folder: Path) -> None:
    """A case stays open while a passphrase is thought up: who was removed meanwhile must not come in again by that."""
    with (
        wiring.open_case(folder, PASSPHRASE, "founder") as slow,
        wiring.open_case(folder, PASSPHRASE, "founder") as quick,
    ):
        key_keeping.remove_person(quick, "wren")
        add_swift(slow)
        assert {p.pseudonym for p in slow.keyring.people} == {"founder", "swift"}
        assert problems(slow) == []
    with pytest.raises(KeyAccessError):
        wiring.open_case(folder, "wren's words")
