"""Appending, erasing, proving, people and checkpoints: the daily life of the custody log."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.unit.ledger.world import SECRETS, World, noted, received
from witnessmark.ground.ledger import Ledger, LedgerSecrets, SeedSigner, acts, sshsig
from witnessmark.ground.ledger.storage import CUSTODY
from witnessmark.model.custody import CustodyEvent, DayEntry
from witnessmark.model.errors import LedgerError, UsageError
from witnessmark_verify import merkle
from witnessmark_verify.note import Checkpoint, Note


@pytest.fixture
def world() -> World:
    return World()


def test_what_was_appended_is_read_back(world: World) -> None:
    """The log would not say who did what, when and why."""
    act = world.ledger.append([received(1), noted(2)])
    assert (act.first_index, act.count, act.size) == (1, 2, 3)
    opened = list(world.ledger.events(act.first_index))
    assert [leaf.kind for leaf in opened] == ["item.received", "examination.done"]
    assert opened[0].public == {"commitment": "01" * 32}
    assert opened[0].private is not None
    assert opened[0].private["actor"] == "anna"
    assert opened[0].private["time"] == "2026-01-30T09:00:00.000000Z"
    assert opened[0].private["data"]["reason"] == "handed over"


def test_first_act_introduces_the_key(world: World) -> None:
    """Nobody could tell whose signature the first one is."""
    world.ledger.append([noted(1)])
    first = next(world.ledger.events())
    assert first.kind == "actor.introduced"
    assert first.private is not None
    assert SeedSigner(b"a" * 32).public.hex() == first.private["data"]["public"]


def test_failure_in_the_callers_transaction_takes_the_act_back(world: World) -> None:
    """The log would speak of things that were never saved."""
    world.ledger.append([noted(1)])
    before = world.storage.tables.copy()
    with pytest.raises(RuntimeError), world.storage.transaction():
        world.ledger.append([received(2)])
        raise RuntimeError("the row of the item could not be saved")
    assert before == world.storage.tables
    assert world.ledger.check() == ()


def test_values_without_canonical_form_are_refused(world: World) -> None:
    """Two readers could hash the same event differently."""
    world.ledger.append([noted(1)])
    for value in (float("nan"), b"bytes", 2**60):
        with pytest.raises(LedgerError):
            world.ledger.append([CustodyEvent("item.received", private={"value": value})])
    with pytest.raises(LedgerError):
        world.ledger.append([CustodyEvent("item.received", day=DayEntry("other kind", b"x"))])
    with pytest.raises(LedgerError):
        world.ledger.append([])
    assert world.ledger.size() == 2


def test_nothing_is_built_on_a_changed_tree(world: World) -> None:
    """An honest signature would cover a forged past."""
    world.ledger.append([noted(1), noted(2)])
    row = world.storage.tables.leaf[2]
    world.storage.tables.leaf[2] = replace(row, leaf_hash=bytes(32))
    with pytest.raises(LedgerError):
        world.ledger.append([noted(3)])
    with pytest.raises(LedgerError):
        world.ledger.checkpoint()


def test_only_people_in_the_log_can_write(world: World) -> None:
    """Whoever gets at the database could add acts under a key of his own."""
    world.ledger.append([noted(1)])
    boris = world.person("boris", b"b" * 32)
    with pytest.raises(LedgerError):
        boris.append([noted(2)])
    with pytest.raises(LedgerError):
        world.person("anna", b"b" * 32).append([noted(2)])
    world.ledger.introduce("boris", SeedSigner(b"b" * 32).public)
    boris.append([noted(2)])
    boris.retire("anna")
    with pytest.raises(LedgerError):
        world.ledger.append([noted(3)])
    with pytest.raises(LedgerError):
        boris.retire("boris")
    assert world.ledger.check() == ()


def test_ids_cannot_smuggle_lines_into_the_statement(world: World) -> None:
    """An id with a line feed would give one signature two meanings."""
    world.ledger.append([noted(1)])
    with pytest.raises(UsageError):
        world.ledger.introduce("boris\n5", SeedSigner(b"b" * 32).public)


def test_reading_needs_no_signer(world: World) -> None:
    """A second copy of the case must be readable and checkable, and must not be written."""
    world.ledger.append([received(1)])
    reader = Ledger(world.storage, None, "anna", lambda: world.now, SECRETS)
    assert len(list(reader.events())) == 2
    assert reader.check() == ()
    with pytest.raises(LedgerError):
        reader.append([noted(1)])


def test_erasing_destroys_the_private_half_and_breaks_no_proof(world: World) -> None:
    """Either a person's wish to be forgotten or the custody log would have to give way."""
    act = world.ledger.append([received(1), received(2)])
    checkpoint = Checkpoint.parse(Note.parse(world.ledger.checkpoint()).text)
    world.ledger.erase(act.first_index, "asked by the source")
    opened = list(world.ledger.events())
    assert opened[1].private is None
    assert opened[2].private is not None
    assert opened[1].public == {"commitment": "01" * 32}
    proof = world.ledger.prove(act.first_index, checkpoint.size)
    assert merkle.verify_inclusion(proof.leaf_hash, proof.index, checkpoint.size, proof.path, checkpoint.root)
    assert world.ledger.check() == ()
    assert world.ledger.check(as_of=checkpoint.size) == ()
    with pytest.raises(LedgerError):
        world.ledger.erase(act.first_index, "again")
    with pytest.raises(LedgerError):
        world.ledger.erase(0, "the key of anna")


def test_each_payload_has_a_key_of_its_own(world: World) -> None:
    """Erasing one key would leave the content readable by another's."""
    world.ledger.append([noted(number) for number in range(50)])
    keys = [row.key for row in world.storage.tables.payload_key.values()]
    assert len(keys) == len(set(keys))


def test_checkpoint_is_a_signed_note_of_the_tree(world: World) -> None:
    """Nothing could be time-stamped."""
    act = world.ledger.append([noted(1), noted(2)])
    note = Note.parse(world.ledger.checkpoint())
    assert note.is_signed_by(SECRETS.custody_key.vkey)
    assert Checkpoint(SECRETS.custody_origin, act.size, act.root) == Checkpoint.parse(note.text)
    assert note.data == world.ledger.checkpoint()
    assert len(world.storage.checkpoints(CUSTODY)) == 1


def test_inconsistent_checkpoint_is_never_signed(world: World) -> None:
    """Our own signature would prove us liars: the log was cut or rewritten behind a signed checkpoint."""
    world.ledger.append([noted(1)])
    short = world.storage.tables.copy()
    world.ledger.append([noted(2), noted(3)])
    world.ledger.checkpoint()
    signed = dict(world.storage.tables.checkpoint)
    world.storage.tables = short
    world.storage.tables.checkpoint.update(signed)
    with pytest.raises(LedgerError, match="shorter"):
        world.ledger.checkpoint()
    world.ledger.append([noted(4), noted(5), noted(6)])
    with pytest.raises(LedgerError, match="does not continue"):
        world.ledger.checkpoint()
    assert [problem.where for problem in world.ledger.check()] == ["checkpoint custody 4"]


def test_last_checkpoint_must_be_ours(world: World) -> None:
    """A planted checkpoint would let a forged past be continued."""
    world.ledger.append([noted(1)])
    world.ledger.checkpoint()
    row = world.storage.tables.checkpoint[CUSTODY, 2]
    forged = replace(SECRETS, custody_seed=b"x" * 32).custody_key.sign_note(Note.parse(row.note).text)
    world.storage.tables.checkpoint[CUSTODY, 2] = replace(row, note=forged.data)
    world.ledger.append([noted(2)])
    with pytest.raises(LedgerError, match="not signed by the key"):
        world.ledger.checkpoint()


def test_every_proof_of_a_grown_log(world: World) -> None:
    """A court could not be shown that a leaf stood in the log at a checkpoint."""
    for number in range(1, 12):
        world.ledger.append([noted(number)] * number)
    size = world.ledger.size()
    for index in range(size):
        proof = world.ledger.prove(index)
        assert merkle.verify_inclusion(proof.leaf_hash, index, size, proof.path, proof.root)
    with pytest.raises(UsageError):
        world.ledger.prove(size)


def test_secrets_survive_being_saved() -> None:
    """A case could never be opened again."""
    secrets = LedgerSecrets.make().with_publication_seed(b"q" * 32)
    assert secrets == LedgerSecrets.from_json(secrets.to_json())
    with pytest.raises(LedgerError):
        LedgerSecrets.from_json({"day_key": "zz"})


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
def test_stock_openssh_verifies_an_act(world: World, tmp_path: Path) -> None:
    """A court's expert would need our software to check a signature."""
    world.ledger.append([received(1)])
    act = world.storage.tables.act[1]
    public = SeedSigner(b"a" * 32).public
    (tmp_path / "signers").write_text(f"anna {sshsig.authorized_key(public)}\n")
    (tmp_path / "act.sig").write_text(sshsig.armour(act.signature))
    command = [
        "ssh-keygen",
        "-Y",
        "verify",
        "-f",
        "signers",
        "-I",
        "anna",
        "-n",
        sshsig.NAMESPACE,
        "-s",
        "act.sig",
    ]

    def verify(statement: bytes) -> int:
        return subprocess.run(command, cwd=tmp_path, input=statement, capture_output=True).returncode

    statement = acts.statement(SECRETS.custody_origin, act)
    assert verify(statement) == 0
    assert verify(statement + b"\n") != 0


def test_days_roll_once(world: World) -> None:
    """A day closed twice would have two roots."""
    assert world.ledger.roll_days(date(2026, 1, 30)) == 0
    world.ledger.append([received(1)])
    assert world.next_day() == 1
    assert world.ledger.roll_days(date(2026, 1, 31)) == 0
    assert world.ledger.roll_days(date(2026, 1, 1)) == 0
    with pytest.raises(LedgerError, match="clock"):
        world.ledger.roll_days(date(2036, 6, 1))


@pytest.mark.soak
def test_speed(capsys: pytest.CaptureFixture[str]) -> None:
    """Receiving two terabytes would wait for the log instead of the disk."""
    world = World()
    count = 20_000
    started = time.perf_counter()
    for base in range(0, count, 1000):
        world.ledger.append([noted(base + number) for number in range(1000)])
    appended = time.perf_counter()
    assert world.ledger.check() == ()
    checked = time.perf_counter()
    world.ledger.prove(count // 2)
    proven = time.perf_counter()
    with capsys.disabled():
        print(
            f"\n{count / (appended - started):.0f} appends/s in acts of 1000 (in memory), "
            f"check of {count} leaves {checked - appended:.1f} s, a proof {(proven - checked) * 1000:.2f} ms"
        )
    assert count / (appended - started) > 3000
