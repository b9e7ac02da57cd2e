"""Day trees, the publication log, and the proof that a stranger checks."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.unit.ledger.world import SECRETS, World, noted, received
from witnessmark.ground.ledger import LedgerSecrets
from witnessmark.ground.ledger.storage import PUBLICATION
from witnessmark.model.custody import CustodyEvent, DayEntry
from witnessmark.model.errors import LedgerError, UsageError
from witnessmark_verify import daytree
from witnessmark_verify.__main__ import main
from witnessmark_verify.note import Checkpoint, Note
from witnessmark_verify.publication import (
    DEMONSTRATION,
    ESTABLISHED,
    NOT_ESTABLISHED,
    check_publication_proof,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def proof() -> tuple[dict[str, bytes], str]:
    """A proof of one entry, with two days in the log, and the fingerprint of the log."""
    world = World()
    act = world.ledger.append([received(1), received(2)])
    world.next_day()
    world.next_day()
    world.ledger.publication_checkpoint()
    return dict(world.ledger.day_proof(act.day_entries[0])), world.ledger.fingerprint


def test_one_root_for_each_day_empty_ones_included(world: World) -> None:
    """Gaps in the log would tell when something arrived."""
    world.ledger.append([received(1)])
    assert world.to_day(date(2026, 2, 4)) == 5
    days = world.storage.days()
    assert [row.day for row in days] == [date(2026, 1, 30) + timedelta(days=n) for n in range(5)]
    assert [row.entries for row in days] == [1, 0, 1, 0, 0]
    assert len({row.root for row in days}) == 5
    assert world.ledger.check() == ()


def test_item_roots_are_entered_again_each_month_under_a_fresh_salt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every release would show the day on which its item was received."""
    monkeypatch.setattr(daytree, "LEAVES", 64)
    world.ledger.append([received(1), CustodyEvent("x", day=DayEntry("receipt", b"r" * 32))])
    world.to_day(date(2026, 3, 2))
    entries = world.ledger.entries_of(b"\x01" * 32)
    assert [entry.day for entry in entries] == [date(2026, 1, 30), date(2026, 2, 1), date(2026, 3, 1)]
    assert len({entry.salt for entry in entries}) == len({entry.leaf_hash for entry in entries}) == 3
    assert [entry.day for entry in world.ledger.entries_of(b"r" * 32)] == [date(2026, 1, 30)]
    assert world.ledger.check(every_day=False) == ()


def test_surplus_waits_for_the_next_day(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy day would need a larger tree, and so tell that it was busy."""
    monkeypatch.setattr(daytree, "LEAVES", 4)
    world.ledger.append([received(number) for number in range(6)])
    world.to_day(date(2026, 2, 1))
    assert [row.entries for row in world.storage.days()] == [4, 2]
    assert [row.spilled for row in world.storage.day_entries(0, 6)] == [False] * 4 + [True] * 2
    assert world.ledger.check() == ()


def test_entry_made_on_a_closed_day_waits(world: World) -> None:
    """A clock that runs backwards would lose a commitment."""
    world.ledger.append([received(1)])
    world.next_day()
    world.now -= timedelta(days=1)
    act = world.ledger.append([received(2)])
    world.to_day(date(2026, 2, 1))
    entry = next(world.storage.day_entries(act.day_entries[0], act.day_entries[0] + 1))
    assert (entry.day, entry.spilled) == (date(2026, 1, 31), True)
    assert world.ledger.check() == ()


def test_pads_differ_between_days_and_cannot_be_told_from_leaves() -> None:
    """Two published proofs would show which neighbours are pads, and so how much is held."""
    first, second = daytree.pads(b"k" * 32, "2026-01-01", 1000), daytree.pads(b"k" * 32, "2026-01-02", 1000)
    assert not set(first) & set(second)
    leaves = daytree.day_leaves(b"k" * 32, "2026-01-01", [b"\x7f" * 32])
    assert leaves == sorted(leaves)
    assert len(leaves) == 65536


def test_stranger_checks_a_proof(proof: tuple[dict[str, bytes], str]) -> None:
    """The world could not be told that footage was held by that day."""
    files, fingerprint = proof
    verdict = check_publication_proof(files, fingerprint)
    assert (verdict.ok, verdict.issuer) == (True, ESTABLISHED)
    assert all(check.ok for check in verdict.checks)


def test_without_fingerprint_the_issuer_is_not_established(proof: tuple[dict[str, bytes], str]) -> None:
    """A forger's own keys would be taken for the issuer's."""
    files, fingerprint = proof
    assert check_publication_proof(files).issuer == NOT_ESTABLISHED
    verdict = check_publication_proof(files, "0" * 64)
    assert (verdict.ok, verdict.checks[-1].name) == (False, "issuer")
    assert fingerprint in verdict.checks[-1].detail


def test_proof_tells_nothing_but_the_commitment(proof: tuple[dict[str, bytes], str]) -> None:
    """Custody sizes, actors, reasons and times must not leave the case."""
    everything = b"".join(proof[0].values())
    for secret in (b"anna", b"handed over", b"item-1", b"09:00", b"witnessmark-custody", b"custody"):
        assert secret not in everything
    assert len(json.loads(proof[0]["day-proof.json"])["path"]) == 16


@pytest.mark.parametrize(
    "name", ["day-proof.json", "publication.tlog-proof", "publication-keys.json", "policy.txt"]
)
def test_no_changed_byte_passes(proof: tuple[dict[str, bytes], str], name: str) -> None:
    """A forger would need to change only what nobody looks at."""
    files, fingerprint = proof
    content = files[name]
    compact = json.dumps(json.loads(content)) if name.endswith(".json") else ""
    for position in range(0, len(content), max(1, len(content) // 40)):
        changed = content[:position] + bytes([content[position] ^ 0x02]) + content[position + 1 :]
        if compact and _same_json(changed, compact):
            continue  # white space between members carries nothing
        verdict = check_publication_proof({**files, name: changed}, fingerprint)
        assert not verdict.ok, (name, position)


def _same_json(data: bytes, compact: str) -> bool:
    try:
        return json.dumps(json.loads(data)) == compact
    except ValueError:
        return False


def test_missing_and_extra_files_are_refused(proof: tuple[dict[str, bytes], str]) -> None:
    """Something unchecked would lie beside what was checked."""
    files, fingerprint = proof
    for name in files:
        rest = {other: data for other, data in files.items() if other != name}
        assert not check_publication_proof(rest, fingerprint).ok
    assert not check_publication_proof({**files, "extra.txt": b""}, fingerprint).ok


def test_command_line_of_the_stranger(proof: tuple[dict[str, bytes], str], tmp_path: Path) -> None:
    """The stranger has a shell, a bare Python, and nothing else of ours."""
    files, fingerprint = proof
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    code = (
        f"import sys, runpy; sys.path.insert(0, {str(ROOT / 'src')!r}); "
        "runpy.run_module('witnessmark_verify', run_name='__main__')"
    )

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", "-c", code, str(tmp_path), *arguments]
        return subprocess.run(command, capture_output=True, text=True)

    good = run("--trust", fingerprint)
    assert (good.returncode, good.stderr) == (0, "")
    assert "Issuer established" in good.stdout
    assert "issuer NOT established" in run().stdout
    assert json.loads(run("--json").stdout)["issuer"] == NOT_ESTABLISHED
    (tmp_path / "policy.txt").write_bytes(b"quorum none\n")
    bad = run("--trust", fingerprint)
    assert bad.returncode == 1
    assert "FAILED witnesses" in bad.stdout


def test_unreadable_folder_is_wrong_usage(tmp_path: Path) -> None:
    """A typing error would look like a forged proof."""
    assert main([str(tmp_path / "nothing")]) == 2


def test_demonstration_key_is_announced() -> None:
    """The demonstration would be ready-made disinformation."""
    world = World(LedgerSecrets.demonstration())
    act = world.ledger.append([received(1)])
    world.next_day()
    world.ledger.publication_checkpoint()
    files = world.ledger.day_proof(act.day_entries[0])
    verdict = check_publication_proof(files, world.ledger.fingerprint)
    assert (verdict.ok, verdict.issuer) == (True, DEMONSTRATION)


def test_change_of_key_keeps_the_fingerprint(world: World) -> None:
    """After a stolen key every earlier release would be orphaned."""
    act = world.ledger.append([received(1)])
    world.next_day()
    before = world.ledger.fingerprint
    old_files = None
    world.ledger.publication_checkpoint()
    old_files = world.ledger.day_proof(act.day_entries[0])
    with pytest.raises(LedgerError):
        world.ledger.rotate_publication_key()
    world.secrets = world.secrets.with_publication_seed(b"q" * 32)
    world.ledger = world.person("anna", b"a" * 32)
    world.ledger.rotate_publication_key()
    world.next_day()
    world.ledger.publication_checkpoint()
    files = world.ledger.day_proof(act.day_entries[0])
    assert world.ledger.fingerprint == before
    for each in (old_files, files):
        verdict = check_publication_proof(each, before)
        assert (verdict.ok, verdict.issuer) == (True, ESTABLISHED)
    keys = json.loads(files["publication-keys.json"])
    assert len(keys["rotations"]) == 1
    keys["rotations"][0]["new_vkey"] = world.secrets.custody_key.vkey.text
    forged = {**files, "publication-keys.json": json.dumps(keys).encode()}
    assert not check_publication_proof(forged, before).ok
    assert world.ledger.check() == ()
    world.secrets = SECRETS
    with pytest.raises(LedgerError, match="not among the secrets"):
        world.person("anna", b"a" * 32).publication_checkpoint()


def test_publication_checkpoint_never_contradicts_an_earlier_one(world: World) -> None:
    """Witnesses would catch us; strangers would not trust us again."""
    world.ledger.append([received(1)])
    with pytest.raises(LedgerError):
        world.ledger.publication_checkpoint()
    world.to_day(date(2026, 2, 2))
    note = Note.parse(world.ledger.publication_checkpoint())
    assert Checkpoint.parse(note.text).size == 3
    assert world.storage.checkpoints(PUBLICATION)[0].note == world.ledger.publication_checkpoint()
    leaf = world.storage.tables.publication[1]
    world.storage.tables.publication[1] = replace(leaf, leaf_hash=bytes(32))
    world.next_day()
    with pytest.raises(LedgerError):
        world.ledger.publication_checkpoint()


def test_proof_waits_for_day_and_checkpoint(world: World) -> None:
    """A proof that proves nothing would be published."""
    act = world.ledger.append([received(1)])
    with pytest.raises(LedgerError, match="not closed"):
        world.ledger.day_proof(act.day_entries[0])
    world.next_day()
    with pytest.raises(LedgerError, match="checkpoint"):
        world.ledger.day_proof(act.day_entries[0])
    with pytest.raises(UsageError):
        world.ledger.day_proof(99)


def test_as_of_an_earlier_checkpoint(world: World) -> None:
    """Making a report would change the report."""
    world.ledger.append([received(1)])
    then = Checkpoint.parse(Note.parse(world.ledger.checkpoint()).text).size
    events = list(world.ledger.events(stop=then))
    world.to_day(date(2026, 2, 3))
    world.ledger.append([noted(1)])
    world.ledger.erase(1, "asked")
    world.ledger.publication_checkpoint()
    size = world.ledger.size()
    for as_of in range(size + 1):
        assert world.ledger.check(as_of=as_of, every_day=False) == ()
    assert [leaf.leaf_hash for leaf in events] == [leaf.leaf_hash for leaf in world.ledger.events(stop=then)]
    assert [problem.where for problem in world.ledger.check(as_of=size + 1, every_day=False)] == ["ledger"]


def test_at_least_32_digits_of_the_fingerprint_establish_the_issuer(
    proof: tuple[dict[str, bytes], str],
) -> None:
    """The strip of an earlier video shows 32 digits; fewer, or other ones, must establish nothing."""
    files, fingerprint = proof
    groups = " ".join(fingerprint[at : at + 4] for at in range(0, 32, 4))
    for typed in (fingerprint, fingerprint[:32], groups.upper(), fingerprint[:40]):
        assert check_publication_proof(files, typed).issuer == ESTABLISHED
    other = fingerprint[:31] + ("0" if fingerprint[31] != "0" else "1")
    for typed in (fingerprint[:31], fingerprint[:10], "", other, fingerprint + "0"):
        assert check_publication_proof(files, typed).reason == "issuer.fingerprint"
