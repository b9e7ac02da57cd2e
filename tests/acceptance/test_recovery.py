"""The epoch key is gone: three recovery shares bring back every object, the catalogue and the item roots.

The way out with stock tools is taken with stock tools: `age -d` and a SQLCipher driver, nothing of ours.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from shamir_mnemonic import combine_mnemonics

from tests.corpus.clips import make_clip
from tests.support.standing import recomputed_root
from tests.support.terminal import Terminal
from witnessmark.case.wiring import open_case
from witnessmark.ground.vault import age
from witnessmark.ground.vault.reader import MAX_HEADER_BYTES, read_header

AGE = shutil.which("age")
NEW_PASSPHRASE = "a passphrase made after the fire"


@dataclass
class Lost:
    """A case whose epoch key files were deleted."""

    terminal: Terminal
    case: Path
    digests: set[str]
    roots: dict[str, str]
    identity: Path
    """Age identity file made from three shares."""
    backup: Path


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Lost:
    folder = tmp_path_factory.mktemp("recovery")
    terminal, case, disk, shares = Terminal(folder), folder / "case", folder / "disk", folder / "shares"
    disk.mkdir()
    make_clip(disk / "one.mp4", seconds=1, size=(96, 64), seed=1)
    make_clip(disk / "two.mkv", seconds=1, size=(96, 64), seed=2, audio=False)
    (disk / "list.txt").write_text("what was found in room 12\n" * 7)
    terminal.run("new", case, "--name", "to be lost", "--shares", shares)
    terminal.run("receive", case, disk)
    terminal.run("key", "rotate", case)
    (disk / "later.txt").write_text("sealed in the second vault period\n" * 5)
    terminal.run("receive", case, disk)
    terminal.run("examine", case)
    terminal.run("backup", case, "--out", folder / "backup")
    with open_case(case, terminal.passphrase) as opened:
        roots = {s.item_id: s.seal.item_root.hex() for s in opened.catalogue.seals()}
    for key in (case / "keys" / "epochs").glob("*.age"):
        key.unlink()
    words = [(shares / f"share-{number}.txt").read_text().strip() for number in (1, 3, 5)]
    identity = folder / "recovered-identity.txt"
    identity.write_text(age.identity_of(combine_mnemonics(words)) + "\n")
    digests = {hashlib.sha256(p.read_bytes()).hexdigest() for p in disk.iterdir()}
    return Lost(terminal, case, digests, roots, identity, folder / "backup")


def opened_by_stock_age(identity: Path, sealed: Path) -> bytes:
    if AGE is None:
        pytest.skip("stock age is not on this machine: apt-get install age")
    return subprocess.run([AGE, "-d", "-i", identity, sealed], check=True, capture_output=True).stdout


def rows_in(database: Path, case_book: bytes) -> dict[str, int]:
    """Rows of some tables, read by the SQLCipher driver alone with the key that stands in the key book."""
    import base64

    from sqlcipher3 import dbapi2

    key = base64.b64decode(json.loads(case_book)["secrets"]["database_key"]).hex()
    with dbapi2.connect(str(database)) as connection:
        connection.execute(f"PRAGMA key = \"x'{key}'\"")
        tables = ("item", "finding", "ledger_leaf", "receipt")
        return {t: connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables}


def test_stock_age_brings_back_every_object(lost: Lost) -> None:
    """If this project is gone in ten years, three people and a packaged tool must still open every file."""
    contents = [
        opened_by_stock_age(lost.identity, path) for path in sorted((lost.case / "objects").rglob("*.age"))
    ]
    assert lost.digests <= {hashlib.sha256(content).hexdigest() for content in contents}


def test_stock_age_brings_back_the_catalogue(lost: Lost, tmp_path: Path) -> None:
    """Objects without names, custody and findings are a heap: the catalogue must come back too."""
    book = opened_by_stock_age(lost.identity, lost.case / "keys" / "case.age")
    shutil.copy(lost.case / "catalogue.db", tmp_path / "live.db")
    live = rows_in(tmp_path / "live.db", book)
    assert (live["item"], live["receipt"]) == (4, 2)
    assert live["finding"] > 10 and live["ledger_leaf"] > 8
    copy = tmp_path / "copy.db"
    copy.write_bytes(opened_by_stock_age(lost.identity, lost.backup / "catalogue.db.age"))
    kept = opened_by_stock_age(lost.identity, lost.backup / "keys" / "case.age")
    assert rows_in(copy, kept) == live


def test_key_recover_brings_the_case_back(lost: Lost, tmp_path: Path) -> None:
    """Three cards on a table must give a working, writable, sound case, and the log must say that it happened."""
    case = lost.case
    refused = lost.terminal.run("items", case, code=2)
    assert refused.is_two_lines and "key recover" in refused.err
    shares = lost.terminal.folder / "shares"
    anew = Terminal(tmp_path, passphrase=NEW_PASSPHRASE)
    few = [word for n in (2, 4) for word in ("--share", shares / f"share-{n}.txt")]
    assert anew.run("key", "recover", case, "returned", *few, code=2).is_two_lines
    said = anew.run("key", "recover", case, "returned", *few, "--share", shares / "share-5.txt")
    assert (said.document["state"], said.document["items"]) == ("recovered", 4)
    audit = anew.run("audit", case)
    assert audit.document["problems"] == []
    with open_case(case, NEW_PASSPHRASE) as opened:
        again = {
            i.item_id: recomputed_root(opened, i.object_name)
            for i in opened.catalogue.items()
            if i.item_id in lost.roots
        }
        changed = [leaf for leaf in opened.ledger.events() if leaf.kind == "keys.changed"]
    assert lost.roots and again == lost.roots
    assert "recovery shares" in str((changed[-1].private or {})["data"]["change"])
    # The others of the case keep their access: their passphrase opens the files that were written anew.
    assert lost.terminal.run("items", case).document["items"]


def test_the_recovered_identity_recomputes_the_item_roots(lost: Lost) -> None:
    """A court's expert with the recovery key alone must be able to check the seal of every video."""
    with open_case(lost.case, NEW_PASSPHRASE) as opened:
        for item in opened.catalogue.items():
            if item.item_id in lost.roots:
                sealed = (
                    lost.case / "objects" / item.object_name[:2] / f"{item.object_name}.age"
                ).read_bytes()
                identity = lost.identity.read_text().strip()
                file_key = age.unwrap(read_header(sealed[:MAX_HEADER_BYTES]), [identity])
                assert recomputed_root(opened, item.object_name, file_key) == lost.roots[item.item_id]
