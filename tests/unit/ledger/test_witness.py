"""Witnesses: the only thing between the public and an issuer who shows different logs to different people."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import witness as witness_program
from tests.unit.ledger.world import World, received
from witnessmark.model.errors import UnusableInputError, UsageError
from witnessmark_verify.note import Checkpoint, Note
from witnessmark_verify.policy import Policy, PolicyError
from witnessmark_verify.publication import check_publication_proof

PROGRAM = Path(witness_program.__file__)


class Witness:
    """The witness as its own process; requests and answers are files."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.vkey = self._run("init", str(folder), name)

    @staticmethod
    def _run(*arguments: str) -> str:
        command = [sys.executable, str(PROGRAM), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def trust(self, vkey: str) -> None:
        self._run("trust", str(self.folder), vkey)

    def ask(self, request: str) -> tuple[int, str]:
        question, answer = self.folder / "request", self.folder / "answer"
        question.write_text(request)
        status = self._run("answer", str(self.folder), str(question), str(answer))
        return int(status), answer.read_text()


@pytest.fixture
def world() -> World:
    made = World()
    made.ledger.append([received(1)])
    made.next_day()
    made.ledger.publication_checkpoint()
    return made


def _vkey(world: World) -> str:
    return world.secrets.publication_key(None).vkey.text


def test_carried_by_hand_and_back(world: World, tmp_path: Path) -> None:
    """No stranger could know that there is only one log."""
    witness = Witness(tmp_path / "w", "witness.example/lawyer")
    witness.trust(_vkey(world))
    world.ledger.add_witness(witness.vkey)
    with pytest.raises(UsageError):
        world.ledger.add_witness(witness.vkey)
    status, text = witness.ask(world.ledger.witness_request(0))
    assert status == 200
    assert [row.size for row in world.ledger.accept_cosignature(text)] == [1]
    world.next_day()
    world.next_day()
    world.ledger.publication_checkpoint()
    status, text = witness.ask(world.ledger.witness_request(1))
    assert status == 200
    assert [row.size for row in world.ledger.accept_cosignature(text)] == [3]
    assert world.ledger.check() == ()
    files = world.ledger.day_proof(0)
    fingerprint = world.ledger.fingerprint
    policy = f"witness lawyer {witness.vkey}\nquorum lawyer\n".encode()
    verdict = check_publication_proof(files, fingerprint, policy)
    assert verdict.ok
    assert "witness.example/lawyer" in verdict.checks[-1].detail


def test_quorum_of_the_stranger_decides(world: World, tmp_path: Path) -> None:
    """The publisher's own list of witnesses would be enough."""
    mine, other = Witness(tmp_path / "a", "a.example"), Witness(tmp_path / "b", "b.example")
    mine.trust(_vkey(world))
    world.ledger.add_witness(mine.vkey)
    world.ledger.accept_cosignature(mine.ask(world.ledger.witness_request(0))[1])
    files, fingerprint = world.ledger.day_proof(0), world.ledger.fingerprint
    both = f"witness a {mine.vkey}\nwitness b {other.vkey}\ngroup g all a b\nquorum g\n".encode()
    verdict = check_publication_proof(files, fingerprint, both)
    assert (verdict.ok, verdict.checks[-1].name) == (False, "witnesses")
    assert check_publication_proof(files, fingerprint, both.replace(b" all ", b" any ")).ok


def test_witness_refuses_a_rolled_back_log(world: World, tmp_path: Path) -> None:
    """A shorter log could be shown to somebody else."""
    witness = Witness(tmp_path / "w", "w.example")
    witness.trust(_vkey(world))
    old = world.ledger.witness_request(0)
    world.next_day()
    world.ledger.publication_checkpoint()
    assert witness.ask(world.ledger.witness_request(0))[0] == 200
    assert witness.ask(old) == (409, "2\n")
    assert witness.ask(old.replace("old 0", "old 2"))[0] == 400


def test_witness_refuses_a_fork(world: World, tmp_path: Path) -> None:
    """Two histories under one key would both be cosigned."""
    witness = Witness(tmp_path / "w", "w.example")
    witness.trust(_vkey(world))
    assert witness.ask(world.ledger.witness_request(0))[0] == 200
    fork = World()
    fork.ledger.append([received(9)])
    fork.next_day()
    fork.next_day()
    fork.ledger.publication_checkpoint()
    assert witness.ask(fork.ledger.witness_request(1))[0] == 422


def test_witness_answers_only_for_logs_and_keys_it_knows(world: World, tmp_path: Path) -> None:
    """Anybody's log would borrow the witness's name."""
    witness = Witness(tmp_path / "w", "w.example")
    request = world.ledger.witness_request(0)
    assert witness.ask(request)[0] == 404
    witness.trust(_vkey(world))
    note = Note.parse(request.partition("\n\n")[2].encode())
    checkpoint = Checkpoint.parse(note.text)
    forged = Checkpoint(checkpoint.origin, checkpoint.size, bytes(32)).text
    assert witness.ask(f"old 0\n\n{Note(forged, note.signatures).data.decode()}")[0] == 403


def test_answers_that_hold_nothing_are_refused(world: World, tmp_path: Path) -> None:
    """A cosignature by nobody we know would be shown to the public."""
    stranger = Witness(tmp_path / "s", "s.example")
    stranger.trust(_vkey(world))
    _, text = stranger.ask(world.ledger.witness_request(0))
    for answer in ("", "nothing", text):
        with pytest.raises(UnusableInputError):
            world.ledger.accept_cosignature(answer)
    with pytest.raises(UnusableInputError):
        world.ledger.add_witness(_vkey(world))
    with pytest.raises(UnusableInputError):
        world.ledger.witness_request(2)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum x\n",
        "quorum none\nquorum none\n",
        "group g any\nquorum none\n",
        "group g 2 x\nquorum none\n",
        "log nonsense\nquorum none\n",
        "something else\nquorum none\n",
    ],
)
def test_malformed_policies(text: str) -> None:
    """A policy that means nothing would be met by anything."""
    with pytest.raises(PolicyError):
        Policy.parse(text.encode())


def test_policy_groups() -> None:
    """The specification's example: two of three, and one of another group."""
    keys = [_witness_key(number) for number in range(5)]
    lines = [f"witness x{n} {key}" for n, key in enumerate(keys[:3])] + ["group X 2 x0 x1 x2"]
    lines += [f"witness y{n} {key}" for n, key in enumerate(keys[3:])] + ["group Y any y0 y1"]
    policy = Policy.parse("\n".join([*lines, "# both", "group both all X Y", "quorum both", ""]).encode())
    assert policy.is_met_by({"x0", "x2", "y1"})
    assert not policy.is_met_by({"x0", "y0", "y1"})
    assert not policy.is_met_by({"x0", "x1", "x2"})


def _witness_key(number: int) -> str:
    return witness_program._vkey(f"w{number}.example", 4, bytes([number]) * 32)
