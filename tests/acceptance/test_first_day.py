"""The first day as the document tells it: every box is typed as it stands, in order, on a small leak."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from tests.conftest import ROOT
from tests.corpus.clips import make_clip
from tests.support.authority import Authority

FIRST_DAY = ROOT / "docs" / "first-day.md"
BOX = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
PASSPHRASE = "practice only lamp river stone paper"


def boxes() -> list[str]:
    """The commands of each box that is to be typed."""
    return BOX.findall(FIRST_DAY.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small disk, Ben's passphrase, and an authority's certificate."""
    folder = tmp_path_factory.mktemp("first-day")
    disk = folder / "disk" / "cam1"
    disk.mkdir(parents=True)
    make_clip(disk / "2020-02-18_1403.mp4", seconds=2, seed=1)
    make_clip(disk / "2020-02-18_1405.avi", seconds=2, seed=2, codec="mjpeg")
    (disk / "copy.mp4").write_bytes((disk / "2020-02-18_1403.mp4").read_bytes())
    (folder / "disk" / "note.txt").write_text("a note\n")
    (folder / "ben.txt").write_text("practice only other words entirely\n")
    return folder


def typed(folder: Path, commands: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "WITNESSMARK_PASSPHRASE": PASSPHRASE,
    }
    return subprocess.run(
        ["sh", "-eu", "-c", commands],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def carry(folder: Path, authority: Authority) -> int:
    """What the carrier does on a connected machine: every request is answered."""
    requests = sorted((folder / "to-carry").glob("*.tsq"))
    for request in requests:
        request.with_suffix(".local.tsr").write_bytes(authority.answer(request.read_bytes()))
    return len(requests)


@pytest.mark.skipif(
    which("openssl") is None or which("age-keygen") is None, reason="openssl or age is missing"
)
def test_the_first_day_can_be_typed_as_it_is_written(desk: Path) -> None:
    """Two tired people with a disk get one try. A command that fails here would have failed in their hands."""
    authority = Authority(desk / "authority", "Practice")
    (desk / "authority.pem").write_bytes(authority.root_pem)
    said: list[str] = []

    for commands in boxes():
        if "--in to-carry" in commands:
            assert carry(desk, authority) > 0
        ran = typed(desk, commands)
        assert ran.returncode == 0, f"{commands}\n{ran.stdout}\n{ran.stderr}"
        said.append(ran.stdout)
    whole = "\n".join(said)

    assert "S2" in whole or "S3" in whole
    assert "found         4 files" in whole
    assert "the counts add up" in whole
    assert whole.count("no problem found") == 3
    assert re.search(r"[1-9]\d* anchored", whole)
    assert (desk / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert (desk / "case" / "receipts").is_dir()
    assert sorted(path.name for path in (desk / "backup").iterdir()) == [
        "case.json",
        "catalogue.db.age",
        "keys",
    ]
    opened = subprocess.run(
        ["age", "-d", "-i", desk / "lawyer-key.txt", desk / "bag.tar.age"], capture_output=True, check=True
    )
    assert b"receipt-to-return.txt" in opened.stdout
    assert not (desk / "shares").exists()


def test_boxes_are_found() -> None:
    """A change of the document's form must not leave the other test with nothing to type."""
    verbs = {
        word for commands in boxes() for word in re.findall(r"^witnessmark (\w+)", commands, re.MULTILINE)
    }

    assert verbs >= {
        "doctor", "triage", "new", "person", "source", "receive", "examine", "report",
        "audit", "backup", "stamp", "handover", "key",
    }  # fmt: skip


def test_a_command_that_is_not_there_would_be_noticed(desk: Path) -> None:
    """The runner itself: a box that fails must not pass for one that was typed well."""
    assert typed(desk, "witnessmark no-such-verb\n").returncode == 2
    assert typed(desk, "witnessmark audit no-such-case\necho after\n").stdout == ""
