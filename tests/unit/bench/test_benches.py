"""Benches run and leave complete figures; what they measure on a busy machine is not judged here."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bench import results, soak
from bench.measured import BenchError, run
from bench.table import table

ROOT = Path(__file__).resolve().parents[3]


def ran(tmp_path: Path, *words: str) -> dict[str, Any]:
    out = tmp_path / "figures.json"
    command = [sys.executable, "-m", "bench", *words, "--quick", "--folder", str(tmp_path), "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    figures: dict[str, Any] = json.loads(out.read_text())
    assert {
        "schema",
        "command",
        "seed",
        "commit",
        "date",
        "machine",
        "load",
        "peers",
        "rows",
    } <= figures.keys()
    return figures


@pytest.mark.skipif(shutil.which("age") is None, reason="the peer age is not installed")
def test_intake_measures_us_and_the_row_in_one_run(tmp_path: Path) -> None:
    """A bench that no longer runs lets intake grow slow unseen."""
    figures = ran(tmp_path, "intake", "--mb", "12")
    names = [row["name"] for row in figures["rows"]]
    assert {"receive", "row", "cp -a", "sha256sum", "age", "bagit.py", "hash alone", "cipher alone"} <= set(
        names
    )
    assert all(row["cpu_s"]["least"] <= row["cpu_s"]["median"] for row in figures["rows"])
    assert 0.0 < figures["cpu_ratio"]["median"] < 1000.0
    assert figures["files"] > 3 and figures["bytes"] >= 12_000_000
    assert str(tmp_path) not in json.dumps(figures)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the peer ffmpeg is not installed")
def test_speed_measures_examine_and_one_decode_in_one_run(tmp_path: Path) -> None:
    """Without the peer beside it a figure of speed says nothing about the next machine."""
    figures = ran(tmp_path, "speed", "--only", "MJPEG")
    (row,) = figures["rows"]
    assert row["clip"] == "MJPEG AVI"
    assert 0.0 < row["child_cpu_s"]["median"] < row["examine_cpu_s"]["median"]
    assert 0.1 < row["child_ratio"]["median"] < 200.0
    assert str(tmp_path) not in json.dumps(figures)


def test_a_failed_run_has_no_speed() -> None:
    """Timing an error message would flatter or slander a peer."""
    with pytest.raises(BenchError, match="ended with 3"):
        run([sys.executable, "-c", "raise SystemExit(3)"])


def test_children_of_a_command_are_counted() -> None:
    """The sandboxed child does the work: leaving it out would make us look free."""
    spin = "sum(i * i for i in range(3_000_000))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {spin!r}], check=True)"
    alone = run([sys.executable, "-c", spin]).usage
    within = run([sys.executable, "-c", child]).usage
    assert within.cpu_s > 0.5 * alone.cpu_s > 0.0


def test_soak_begins_anew_for_other_code(tmp_path: Path) -> None:
    """A part that passed on other code proves nothing about this."""
    path = tmp_path / "state.json"
    soak.save_state(path, {"code": "one", "parts": {"a": {"passed": True}}})
    assert soak.load_state(path, "one")["parts"] == {"a": {"passed": True}}
    assert soak.load_state(path, "two") == {"code": "two", "parts": {}}
    path.write_text("{")
    assert soak.load_state(path, "one") == {"code": "one", "parts": {}}


def test_soak_has_every_file_with_long_rounds() -> None:
    """A long round that no command runs is never run."""
    names = {part.name for part in soak.parts()}
    marked = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("test_*.py")
        if path.parent.name != "bench" and "pytest.mark.soak" in path.read_text(encoding="utf-8")
    ]
    assert marked and set(marked) <= names


def test_places_of_this_machine_stay_out_of_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are published: a path can name a person."""
    monkeypatch.setattr(sys, "argv", ["bench x", "--folder", "/secret", "--mb", "5", "--out=/other"])
    assert results.told_words() == ["--mb", "5"]


def test_tables_align() -> None:
    """A table that cannot be read is not read."""
    assert table(["", "s"], [["one", 1.0], ["eleven", None]]).splitlines() == [
        "           s",
        "------  ----",
        "one     1.00",
        "eleven     -",
    ]


def test_unknown_bench_is_told() -> None:
    """A misspelt name must not look like a bench that found nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", "sped"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2 and "usage: python -m bench NAME" in done.stderr


def test_the_verb_runs_the_bench_beside_it() -> None:
    """`witnessmark bench` is what the first-day guide tells people to run."""
    command = [sys.executable, "-c", "from witnessmark.cli import main; raise SystemExit(main())"]
    done = subprocess.run(
        [*command, "bench", "--json", "soak", "--list"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    document = json.loads(done.stdout)
    assert (document["name"], document["exit_code"]) == ("soak", 0)
    assert any("bench speed" in line for line in document["output"])
