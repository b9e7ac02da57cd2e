"""Bringing a case back from three word lists, by this program and without it."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.unit.vault.conftest import WORK_FACTOR
from tests.unit.vault.test_keys import opens, put
from witnessmark.ground.vault import age
from witnessmark.ground.vault.backup import write_backup
from witnessmark.ground.vault.keyring import Keyring
from witnessmark.ground.vault.keys import create_case_keys, open_keyring, rotate_epoch
from witnessmark.ground.vault.recovery import RecoveryShares, combine
from witnessmark.ground.vault.rescue import recover, renew_recovery
from witnessmark.ground.vault.sealed import open_names, seal_names
from witnessmark.model.errors import KeyAccessError, UsageError

Case = tuple[Path, Keyring, RecoveryShares]
Stock = Callable[[bytes, str], subprocess.CompletedProcess[bytes]]


def emergency_script() -> str:
    """The program printed in docs/spec/keys.md."""
    found = re.search(r"```python\n(.*?)```", (ROOT / "docs/spec/keys.md").read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def test_without_this_program(case: Case, stock_age: Stock) -> None:
    """Lost otherwise: the case outlives neither its program nor its people."""
    folder, owl, shares = case
    contents = {put(folder, owl, text): text for text in (b"first", b"")}
    rotated = rotate_epoch(folder, owl)
    contents[put(folder, rotated, b"second")] = b"second"
    write_backup(folder / "catalogue.age", io.BytesIO(b"catalogue"), rotated.recipients)
    names = seal_names(b"original name", rotated)
    shutil.rmtree(folder / "keys/epochs")
    shutil.rmtree(folder / "keys/people")

    words = "\n".join(shares.shares[i] for i in (4, 0, 2))
    done = subprocess.run(
        [sys.executable, "-c", emergency_script()], input=words, capture_output=True, text=True, check=True
    )
    recovery = done.stdout.strip()
    for name, content in contents.items():
        sealed = (folder / "objects" / name[:2] / f"{name}.age").read_bytes()
        assert content == stock_age(sealed, recovery).stdout
    secrets = json.loads(stock_age((folder / "keys/case.age").read_bytes(), recovery).stdout)["secrets"]
    assert owl.secrets.to_json() == secrets
    assert stock_age((folder / "catalogue.age").read_bytes(), recovery).stdout == b"catalogue"
    assert stock_age(names, recovery).stdout == b"original name"


def test_with_this_program(case: Case) -> None:
    """Lost otherwise: the verb `key recover`."""
    folder, owl, shares = case
    old = put(folder, owl, b"old")
    rotated = rotate_epoch(folder, owl)
    newer = put(folder, rotated, b"newer")
    names = seal_names(b"original name", owl)
    shutil.rmtree(folder / "keys/epochs")
    with pytest.raises(KeyAccessError, match="no vault period"):
        open_keyring(folder, "owl's words")
    shutil.rmtree(folder / "keys/people")

    recover(folder, shares.shares[1:4], "wren", "wren's words", work_factor=WORK_FACTOR)
    wren = open_keyring(folder, "wren's words")
    assert (3, owl.secrets) == (wren.epoch, wren.secrets)
    assert (opens(folder, wren, old), opens(folder, wren, newer)) == (True, True)
    assert open_names(names, wren) == b"original name"
    assert wren.recipients[0] not in (owl.recipients[0], rotated.recipients[0])
    assert wren.signer.public != owl.signer.public
    assert {"1.age", "2.age", "3.age"} == {p.name for p in (folder / "keys/epochs").iterdir()}
    again = recover(folder, shares.shares[:3], "swift", "s", work_factor=WORK_FACTOR)
    assert opens(folder, again, old), "the shares stay valid"


def test_the_others_keep_their_access(case: Case) -> None:
    """Lost otherwise: one forgotten passphrase would shut out everybody else."""
    folder, _, shares = case
    recover(folder, shares.shares[:3], "wren", "w", work_factor=WORK_FACTOR)
    owl = open_keyring(folder, "owl's words", "owl")
    assert (owl.epoch, [p.pseudonym for p in owl.people]) == (2, ["owl", "wren"])
    with pytest.raises(UsageError, match="taken"):
        recover(folder, shares.shares[:3], "owl", "o", work_factor=WORK_FACTOR)


def test_any_three_of_five_and_more_are_welcome(case: Case) -> None:
    """Lost otherwise: recovery hangs on particular holders, or fails because a fourth one came too."""
    _, owl, shares = case
    assert (len(shares.shares), shares.threshold) == (5, 3)
    for chosen in [*combinations(shares.shares, 3), shares.shares[:4], shares.shares]:
        assert owl.recipients[1] == age.recipient_of(combine(chosen))
    shouted = [f"  {share.upper().replace(' ', '  ')}\n" for share in shares.shares[:3]]
    assert owl.recipients[1] == age.recipient_of(combine(shouted))


def test_what_is_wrong_with_the_shares_is_said_without_repeating_them(case: Case, tmp_path: Path) -> None:
    """Lost otherwise: five people abroad and no way to find the misspelt card, or a share in a log."""
    folder, _, shares = case
    one, two, three, *_ = shares.shares
    _, foreign = create_case_keys(tmp_path / "other", "owl", "o", work_factor=WORK_FACTOR)
    swapped = three.split()
    swapped[5], swapped[6] = ("academic", "acid") if swapped[5] != "academic" else ("acid", "acne")
    wrong = {
        "2 different shares were given, 3 are needed": [one, two],
        "2 different shares": [one, two, one],
        "0 different shares": [],
        "share 3 is misspelt": [one, two, " ".join(swapped)],
        "share 1 is misspelt": ["xylophone " + one, two, three],
        "share 2 is misspelt": [one, "", three],
        "do not belong together": [one, two, foreign.shares[0]],
        "another case": list(foreign.shares[:3]),
    }
    for message, given in wrong.items():
        with pytest.raises(KeyAccessError, match=message) as caught:
            recover(folder, given, "wren", "w", work_factor=WORK_FACTOR)
        assert not any(word in str(caught.value) for word in one.split()[:4])
        assert caught.value.__cause__ is None
    assert [p.pseudonym for p in open_keyring(folder, "owl's words").people] == ["owl"]


def test_new_shares_take_the_place_of_old_ones(case: Case) -> None:
    """Lost otherwise: shares that were seen stay good for everything to come."""
    folder, owl, old_shares = case
    before = put(folder, owl, b"before")
    names = seal_names(b"original name", owl)
    owl, new_shares = renew_recovery(folder, owl)
    after = put(folder, owl, b"after")
    with pytest.raises(KeyAccessError, match="newer ones"):
        recover(folder, old_shares.shares[:3], "wren", "w", work_factor=WORK_FACTOR)
    shutil.rmtree(folder / "keys/epochs")
    wren = recover(folder, new_shares.shares[:3], "wren", "w", work_factor=WORK_FACTOR)
    assert (opens(folder, wren, before), opens(folder, wren, after)) == (True, True)
    assert open_names(names, wren) == b"original name"
    for name, identity in ((before, combine(old_shares.shares[:3])), (after, combine(new_shares.shares[:3]))):
        age.decrypt((folder / "objects" / name[:2] / f"{name}.age").read_bytes(), [identity])
    with pytest.raises(KeyAccessError):
        age.decrypt(
            (folder / "objects" / after[:2] / f"{after}.age").read_bytes(), [combine(old_shares.shares[:3])]
        )
