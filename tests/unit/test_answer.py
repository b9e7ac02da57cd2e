"""What leaves by the terminal: names from a disk are data and no commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from witnessmark.cli.answer import Answer, show
from witnessmark.cli.main import main


def test_name_with_terminal_commands_is_shown_as_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Or a file's name could clear the screen, or turn its own suffix round."""
    hostile = tmp_path / "e\x1b[31m\u202evom.csv"
    hostile.write_bytes(b"a;b\n1;2\n")
    main(["inspect", str(hostile)])
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "e\\x1b[31m\\u202evom.csv" in shown


def test_name_that_is_no_utf8_still_gives_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Or one odd name on an old disk would break the document of all others."""
    show("inspect", Answer({"path": "q\udcff.csv"}, ""), as_json=True)
    out = capsys.readouterr().out
    assert json.loads(out)["path"] == "q\udcff.csv"
    assert out.isascii()
