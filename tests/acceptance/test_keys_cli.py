"""People, keys, holds, erasure, copies, hand-overs, trusted time and witnesses, each through the real door."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bagit
import pytest

from tests.corpus.clips import make_clip
from tests.support.authority import Authority
from tests.support.rounds import soaking
from tests.support.terminal import Terminal, at

WITNESS = (sys.executable, str(Path(__file__).resolve().parents[1] / "support" / "witness.py"))
OTHER = "the words of the second person"


@dataclass
class Office:
    """A case with an examined clip and a letter, and two people who may work on it."""

    folder: Path
    case: Path
    disk: Path
    first: Terminal
    second: Terminal

    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.first.run("items", self.case).document["items"]
        return found

    def code_of(self, media_type: str) -> str:
        return str(next(row["code"] for row in self.items() if row["media_type"] == media_type))

    def is_sound(self) -> bool:
        return bool(self.first.run("audit", self.case).document["ok"])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Office:
    folder = tmp_path_factory.mktemp("office")
    first, second = Terminal(folder), Terminal(folder, passphrase=OTHER)
    case, disk = folder / "case", folder / "disk"
    disk.mkdir()
    make_clip(disk / "corridor.mp4", seconds=1, size=(96, 64), seed=1)
    (disk / "letter.txt").write_text("what the guard said about room 12\n" * 9)
    (folder / "words").write_text(f"{OTHER}\n")
    first.run("new", case, "--name", "office", "--shares", folder / "shares")
    first.run("receive", case, disk)
    first.run("examine", case)
    first.run("key", "add", case, "second", "--new-passphrase-file", folder / "words")
    return Office(folder, case, disk, first, second)


@pytest.fixture
def office(made: Office, tmp_path: Path) -> Office:
    """A copy of the case for one test, adopted so that it can be written to."""
    case = tmp_path / "case"
    shutil.copytree(made.case, case)
    first, second = replace(made.first, folder=tmp_path), replace(made.second, folder=tmp_path)
    first.run("adopt", case)
    return Office(tmp_path, case, made.disk, first, second)


def test_people_come_and_go(office: Office) -> None:
    """Somebody who left must open nothing that is sealed from then on, and those who stay must open everything."""
    listed = office.second.run("person", "list", office.case).document["persons"]
    assert {row["pseudonym"]: row["removed"] is None for row in listed} == {"founder": True, "second": True}
    assert office.first.run(
        "key", "add", office.case, "second", "--new-passphrase-file", office.case, code=2
    ).is_two_lines
    assert office.first.run("key", "rotate", office.case).document == {
        "schema": "witnessmark/key/1",
        "state": "rotated",
        "period": 2,
    }
    office.first.run("key", "remove", office.case, "second")
    shut_out = office.second.run("items", office.case, code=2)
    assert shut_out.is_two_lines
    listed = office.first.run("person", "list", office.case).document["persons"]
    assert {row["pseudonym"]: row["removed"] is None for row in listed} == {"founder": True, "second": False}
    (office.folder / "later.txt").write_text("sealed after the second person left\n" * 9)
    received = office.first.run("receive", office.case, office.folder / "later.txt").document
    assert received["sealed"]["files"] == 1
    assert office.is_sound()


def test_nobody_removes_themselves(office: Office) -> None:
    """A case that nobody can open any more is lost to everybody but the holders of shares."""
    assert office.first.run("key", "remove", office.case, "founder", code=2).is_two_lines
    assert office.is_sound()


def test_a_wrong_passphrase_is_told_in_two_lines(office: Office) -> None:
    """A traceback would show paths, and perhaps words, to whoever looks over a shoulder."""
    said = Terminal(office.folder, passphrase="not the words").run("items", office.case, code=2)
    assert said.is_two_lines and said.out == ""


def test_a_hold_blocks_erasure_and_two_people_erase(office: Office, tmp_path: Path) -> None:
    """One person alone must not be able to destroy evidence, nor two while a court has asked for it."""
    code = office.code_of("video")
    recipient, _ = new_recipient(tmp_path)
    out = tmp_path / "bag.tar.age"
    office.first.run(
        "handover", office.case, "--to", recipient, "--purpose", "trial", "--item", code, "--out", out
    )
    office.first.run("hold", office.case, "--item", code, "--reason", "the court has asked")
    words = ("erase", office.case, "--item", code, "--reason", "the family asks")
    assert office.first.run(*words, code=2).is_two_lines
    assert office.second.run(*words, code=2).is_two_lines
    office.first.run("hold", office.case, "--item", code, "--reason", "the trial is over", "--lift")
    before = set((office.case / "objects").rglob("*.age"))
    assert office.first.run(*words).document["state"] == "proposed"
    assert (
        office.first.run(*words).document["state"] == "proposed"
    )  # the same person again is not a second one
    assert set((office.case / "objects").rglob("*.age")) == before
    erased = office.second.run(*words).document
    assert erased["state"] == "erased"
    assert any("hand-over" in copy for copy in erased["unreachable"])
    assert any("backups" in copy for copy in erased["unreachable"])
    assert len(set((office.case / "objects").rglob("*.age"))) == len(before) - 2  # the object and its shield
    assert office.is_sound()
    assert office.first.run(*words, code=2).is_two_lines
    again = office.first.run("receive", office.case, office.disk, code=None)
    assert "fault in witnessmark" not in again.err
    assert office.is_sound()


def test_a_hold_on_the_whole_case(office: Office) -> None:
    """A litigation hold speaks of a case, not of one file."""
    office.first.run("hold", office.case, "--reason", "litigation")
    said = office.second.run("erase", office.case, "--item", office.code_of("video"), "--reason", "x", code=2)
    assert said.is_two_lines
    assert office.first.run("status", office.case).document["holds"] == {"case": "litigation"}


def test_a_copy_opens_for_reading_only_until_it_is_adopted(made: Office, tmp_path: Path) -> None:
    """Two writers under one key would fork the log, and neither history would be believed again."""
    copy, terminal = tmp_path / "copy", replace(made.first, folder=tmp_path)
    shutil.copytree(made.case, copy)
    leaves = terminal.run("status", copy).document["leaves"]
    assert len(terminal.run("items", copy).document["items"]) == 2
    audit = terminal.run("audit", copy).document
    assert (audit["ok"], audit["leaves"]) == (True, leaves)
    terminal.run("report", copy, "--out", tmp_path / "report.html", code=None)
    refused: list[tuple[object, ...]] = [
        ("receive", copy, made.disk),
        ("examine", copy),
        ("key", "rotate", copy),
        ("hold", copy, "--reason", "x"),
        ("erase", copy, "--item", made.code_of("video"), "--reason", "x"),
        ("stamp", copy, "--out", tmp_path / "out"),
        ("source", "statement", copy, "--note", "x"),
        ("backup", copy, "--out", tmp_path / "backup"),
        ("witness", copy, "--out", tmp_path / "request"),
        ("items", copy, "--names"),
    ]
    for words in refused:
        said = terminal.run(*words, code=2)
        assert said.is_two_lines and "adopt" in said.err, words
    assert terminal.run("status", copy).document["leaves"] == leaves
    assert terminal.run("adopt", copy).document["adopted"] is True
    assert terminal.run("adopt", copy).document["adopted"] is False
    assert terminal.run("receive", copy, made.disk).document["already_held"]["files"] == 2
    assert terminal.run("audit", copy).document["ok"]
    assert made.is_sound()


def test_a_case_that_was_moved_stays_writable(office: Office, tmp_path: Path) -> None:
    """Renaming a folder must not cost the right to write in it."""
    moved = tmp_path / "elsewhere" / "moved"
    moved.parent.mkdir()
    office.case.rename(moved)
    assert office.first.run("receive", moved, office.disk).document["already_held"]["files"] == 2


def new_recipient(folder: Path) -> tuple[Path, Path]:
    """(file with the public key, identity file) of somebody with stock age."""
    if shutil.which("age-keygen") is None:
        pytest.skip("stock age is not on this machine: apt-get install age")
    identity, public = folder / "court-identity.txt", folder / "court.age"
    subprocess.run(["age-keygen", "-o", identity], check=True, capture_output=True)
    key = subprocess.run(["age-keygen", "-y", identity], check=True, capture_output=True, text=True).stdout
    public.write_text(key)
    return public, identity


@pytest.mark.parametrize("profile", ["court", "un", "newsroom"] if soaking() else ["court"])
def test_a_hand_over_opens_with_stock_tools(office: Office, tmp_path: Path, profile: str) -> None:
    """A court has age, tar and a BagIt validator, and nothing of ours."""
    recipient, identity = new_recipient(tmp_path)
    out, opened = tmp_path / "bag.tar.age", tmp_path / "opened"
    said = office.first.run(
        *("handover", office.case, "--to", recipient, "--purpose", "case 12/2026"),
        *("--profile", profile, "--out", out),
    ).document
    plain = subprocess.run(["age", "-d", "-i", identity, out], check=True, capture_output=True).stdout
    (tmp_path / "bag.tar").write_bytes(plain)
    with tarfile.open(tmp_path / "bag.tar") as tar:
        tar.extractall(opened)  # our own archive; Debian 12's Python 3.11.2 knows no filter
    (folder,) = opened.iterdir()
    bag = bagit.Bag(str(folder))
    bag.validate()
    assert bag.version == "1.0"
    tagmanifest = hashlib.sha256((folder / "tagmanifest-sha256.txt").read_bytes()).hexdigest()
    assert tagmanifest == said["tagmanifest_sha256"]
    handed = {hashlib.sha256(p.read_bytes()).hexdigest() for p in (folder / "data" / "items").iterdir()}
    assert handed == {hashlib.sha256(p.read_bytes()).hexdigest() for p in office.disk.iterdir()}
    receipt = tmp_path / "signed.txt"
    receipt.write_bytes(
        (folder / "receipt-to-return.txt").read_bytes() + b"\nreceived, signed: the registry\n"
    )
    office.first.run("handover", office.case, "--receipt", said["handover"][:8], receipt)
    assert office.is_sound()


def test_trusted_time_goes_out_and_comes_back(office: Office, tmp_path: Path) -> None:
    """Without a stranger's clock, "held since" is only our own word."""
    authority, stranger = Authority(tmp_path / "tsa", "Test"), Authority(tmp_path / "other", "Stranger")
    carried = tmp_path / "carried"
    tomorrow = replace(office.first, before=at(1))
    asked = tomorrow.run("stamp", office.case, "--out", carried).document
    assert asked["pending"] == 4  # two logs, each for an authority and for OpenTimestamps
    (tmp_path / "root.pem").write_bytes(authority.root_pem)
    tomorrow.run("stamp", office.case, "--authority", tmp_path / "root.pem")
    requests = sorted(carried.glob("*.tsq"))
    assert len(requests) == 2
    requests[0].with_suffix(".stranger.tsr").write_bytes(stranger.answer(requests[0].read_bytes()))
    refused = tomorrow.run("stamp", office.case, "--in", carried, code=1).document
    assert len(refused["refused"]) == 1 and refused["anchored"] == 0
    requests[0].with_suffix(".stranger.tsr").unlink()
    for request in requests:
        request.with_suffix(".test.tsr").write_bytes(authority.answer(request.read_bytes()))
    anchored = tomorrow.run("stamp", office.case, "--in", carried).document
    assert (anchored["anchored"], anchored["pending"]) == (2, 2)
    audit = tomorrow.run("audit", office.case).document
    assert (audit["ok"], audit["stamps"]) == (True, 4)
    for path in carried.iterdir():
        assert b"corridor" not in path.read_bytes()


def test_a_witness_elsewhere_cosigns_by_file(office: Office, tmp_path: Path) -> None:
    """A log that only its owner has seen can be written anew; a witness with a state of its own makes that visible."""
    state, request, answer = tmp_path / "witness", tmp_path / "request.txt", tmp_path / "answer.txt"

    def witness(*words: object) -> str:
        told = [*WITNESS, *map(str, words)]
        return subprocess.run(told, check=True, capture_output=True, text=True).stdout.strip()

    vkey = witness("init", state, "lawyer.example")
    old = 0
    for day in (2, 4):
        later = replace(office.first, before=at(day))
        if day == 2:
            later.run("witness", office.case, "--add", vkey)
        asked = later.run("witness", office.case, "--out", request, "--old-size", old).document
        witness("trust", state, asked["log"])
        assert witness("answer", state, request, answer) == "200"
        assert later.run("witness", office.case, "--in", answer).document["cosignatures"] == 1
        old = int(request.read_text().split("\n\n")[1].splitlines()[1])
    assert old > 2
    # A request that begins at an older size than the witness has seen is a fork, or a mistake: it answers 409.
    later.run("witness", office.case, "--out", request, "--old-size", 0)
    assert witness("answer", state, request, answer) == "409"
    forged = answer.write_text(f"— lawyer.example {'A' * 100}\n")
    assert forged and later.run("witness", office.case, "--in", answer, code=None).code in (1, 2)
    assert later.run("audit", office.case).document["ok"]


def test_a_clock_that_is_wrong_makes_no_problem_of_its_own(office: Office) -> None:
    """A laptop whose clock is years off must neither lose the case nor be accused of tampering."""
    for days in (400, -2, 0):
        terminal = replace(office.first, before=at(days))
        (office.folder / f"later-{days}.txt").write_text(
            f"received with a clock that is {days} days off\n" * 5
        )
        terminal.run("receive", office.case, office.folder / f"later-{days}.txt")
        assert terminal.run("examine", office.case).document["failed"] == 0
        audit = terminal.run("audit", office.case).document
        assert (audit["ok"], audit["problems"]) == (True, [])
