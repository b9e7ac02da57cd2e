"""If these fail, the first thing that a newcomer runs does not show what the documents promise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from witnessmark.case.describing import facts
from witnessmark.case.reporting import write_report
from witnessmark.case.wiring import open_case
from witnessmark.ground.ledger.storage import CUSTODY
from witnessmark.model.statements import BearingKind

MUST_BE_FOUND = {
    ("D1-hospital/cam03_0001.mp4", "was rendered, so software wrote it"),
    ("usb/copy/cam03_0001.mp4", "is an exact copy"),
    ("usb/copy/renamed.mp4", "is an exact copy"),
    ("D3-remand/vid-c.mp4", "one second was taken out without encoding again"),
    ("D3-remand/vid-d.mp4", "nine pictures were dropped"),
    ("usb/notes.mp4", "is a text with a video's name"),
    ("usb/empty.mp4", "is empty"),
    ("usb/messenger/VID-20200301-WA0004.mp4", "shows the same footage as D1-hospital/cam03_0002.mp4"),
    ("usb/messenger/video_2020-04-02.mp4", "shows the same footage as D2-prison/reg_13.mp4"),
    ("usb/excerpt.mp4", "is five seconds out of D1-hospital/cam07_0001.mp4"),
    ("usb/archive.zip", "holds an archive that holds a copy of a recording"),
}
TOGETHER = (
    {"D1-hospital/cam03_0002.mp4", "usb/messenger/VID-20200301-WA0004.mp4"},
    {"D2-prison/reg_13.mp4", "D2-prison/reg_14.mp4", "usb/messenger/video_2020-04-02.mp4"},
    {"D1-hospital/cam07_0001.mp4", "D1-hospital/cam07_0002.mp4", "usb/excerpt.mp4"},
    {"D3-remand/vid-a.mp4", "D3-remand/vid-c.mp4", "D3-remand/vid-d.mp4"},
    {"D3-remand/vid-b.mp4", "D3-remand/vid-e.mp4"},
)
"""What the recipe made of one recording."""
DEMO_S = 300
"""What the worked example may take on two cores, set-up apart."""


def witnessmark(*arguments: str, timeout_s: float = 600) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "WITNESSMARK_PASSPHRASE"}
    command = [
        sys.executable,
        "-c",
        "import sys; from witnessmark.cli import main; sys.exit(main())",
        *arguments,
    ]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=timeout_s, env=environment, stdin=subprocess.DEVNULL
    )


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp("demo") / "demo-case"
    done = witnessmark("demo", "--dir", str(folder), "--no-desk", "--json")
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


def test_truth_stands_beside_found(demonstration: tuple[Path, dict]) -> None:
    """The table would show a newcomer that nothing is found."""
    _, document = demonstration
    found = {(row["file"], row["what"]) for row in document["truth"] if row["state"] == "found"}
    assert MUST_BE_FOUND - found == set()
    assert {row["state"] for row in document["truth"]} <= {"found", "missed", "not_yet_examined"}
    assert document["beyond"] == []


def test_families_hold_what_belongs_together_and_nothing_else(demonstration: tuple[Path, dict]) -> None:
    """Recordings of one fixed camera at different times would be called copies of each other."""
    _, document = demonstration
    for family in document["families"]:
        files = set(family["members"])
        assert any(files <= together for together in TOGETHER), files


def test_it_is_quick_and_leaves_what_it_names(demonstration: tuple[Path, dict]) -> None:
    """The paths to open would lead nowhere."""
    folder, document = demonstration
    assert document["seconds"] < DEMO_S
    assert document["audit_ok"]
    for name in ("report.html", "report.pdf", "item-report.html", "truth.json"):
        assert (folder / name).stat().st_size > 0
    assert "DEMONSTRATION, NOT EVIDENCE" in (folder / "report.html").read_text()
    assert "NOT EVIDENCE" in (folder / "item-report.html").read_text()


def test_the_worked_example_comes_out_as_designed(demonstration: tuple[Path, dict]) -> None:
    """The thirteen statements would not bear on what was found."""
    folder, _ = demonstration
    with open_case(folder / "case", "demonstration") as case:
        claims = {c.code: c for c in case.catalogue.claims()}
        bearings = case.catalogue.bearings()
        responses = {r.code: r for r in case.catalogue.responses()}
        sealed = sum(r.reconciliation.sealed.files for r in facts(case).receipts)
    of = {code: [b for b in bearings if b.claim_id == c.claim_id] for code, c in claims.items()}
    assert len(claims) + len(responses) == 13
    assert any(b.kind is BearingKind.SUPPORTS and "Europe/Saratov" in b.why for b in of["2"])
    assert [b.kind for b in of["5"]] == [BearingKind.SILENT]
    assert str(sealed) in of["5"][0].why
    assert (responses["11"].state, bool(responses["11"].condition)) == ("open", True)
    assert claims["12"].hearsay_depth == 2


def test_made_again_the_report_is_the_same(demonstration: tuple[Path, dict], tmp_path: Path) -> None:
    """The other side could say that the report changes by being printed."""
    folder, _ = demonstration
    with open_case(folder / "case", "demonstration") as case:
        size = case.catalogue.ledger_storage().checkpoints(CUSTODY)[-1].size
        for name in ("report.html", "report.pdf"):
            write_report(case, tmp_path / name, as_of=size)
            assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_another_persons_folder_is_not_touched(tmp_path: Path) -> None:
    """A newcomer's own files could be deleted."""
    (tmp_path / "mine.txt").write_text("keep")
    done = witnessmark("demo", "--dir", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("error:")
    assert (tmp_path / "mine.txt").read_text() == "keep"
