"""What breaks beside the examiners is told, too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.clips import make_clip
from tests.support.terminal import Terminal
from witnessmark.case import examining
from witnessmark.case.wiring import open_case
from witnessmark.ground import jail


def test_a_shield_that_breaks_leaves_a_line_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost otherwise: a video without seal or shield would look like every other one until somebody needs it."""
    make_clip(tmp_path / "clip.mp4", seconds=1.0, size=(128, 96), seed=3)
    terminal = Terminal(tmp_path)
    terminal.run("new", tmp_path / "case", "--name", "x", "--shares", tmp_path / "shares")
    terminal.run("receive", tmp_path / "case", tmp_path / "clip.mp4")
    real = jail.run

    def with_a_broken_shield(*args: Any, on_record: Callable[[dict[str, Any]], None], **named: Any) -> Any:
        def on(record: dict[str, Any]) -> None:
            if record["type"] == "done":
                record = {**record, "failures": [["shield", "ValueError at protect:1"]]}
            on_record(record)

        return real(*args, on_record=on, **named)

    monkeypatch.setattr(examining.jail, "run", with_a_broken_shield)
    with open_case(tmp_path / "case", terminal.passphrase) as case:
        result = examining.examine(case)
        leaves = [leaf for leaf in case.ledger.events() if leaf.kind == "part.failed"]
    assert (result.done, result.incomplete) == (1, 1)
    assert [leaf.private["data"]["part"] for leaf in leaves if leaf.private] == ["shield"]
