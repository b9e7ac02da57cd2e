"""A copy of a case that was not adopted is evidence of its own moment: whatever is asked of it, no byte changes."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from tests.support.terminal import Terminal


def contents(folder: Path) -> dict[str, tuple[str, int]]:
    """Every file and folder with its digest and time of change."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder",
            path.stat().st_mtime_ns,
        )
        for path in (folder, *folder.rglob("*"))
    }


def test_a_copy_keeps_every_byte(tmp_path: Path) -> None:
    """A copy handed to an expert would otherwise differ from its hash list the moment somebody looks at it."""
    terminal, case, copy, disk = Terminal(tmp_path), tmp_path / "case", tmp_path / "copy", tmp_path / "disk"
    disk.mkdir()
    (disk / "n.txt").write_text("a text\n" * 40)
    terminal.run("new", case, "--name", "copies", "--shares", tmp_path / "shares")
    terminal.run("receive", case, disk)
    terminal.run("report", case, "--out", tmp_path / "report.html")
    shutil.copytree(case, copy)
    (copy / "objects" / ".drafts" / "0123").write_bytes(b"left by somebody")
    before = contents(copy)
    for words, code in (
        (("status", copy), 0),
        (("items", copy), 0),
        (("items", copy, "--names"), 2),
        (("findings", copy), 0),
        (("person", "list", copy), 0),
        (("report", copy, "--out", tmp_path / "again.html"), 0),
        (("audit", copy), 0),
        (("receive", copy, disk), 2),
        (("examine", copy), 2),
        (("stamp", copy, "--out", tmp_path / "stamps"), 2),
        (("key", "rotate", copy), 2),
        (("backup", copy, "--out", tmp_path / "backup"), 2),
    ):
        terminal.run(*words, code=code)
        assert contents(copy) == before, words
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "report.html").read_bytes()
    terminal.run("adopt", copy, "--reason", "the other is lost")
    terminal.run("receive", copy, disk)
    assert terminal.run("audit", copy).document["problems"] == []
