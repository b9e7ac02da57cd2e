"""Re-runs as an opposing expert makes them: on the same build, on another one, with a record that was changed."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from tests.corpus.clips import make_clip
from tests.support.other_build import OtherBuild, other_build
from tests.support.terminal import COMMAND
from witnessmark.model.rerun import core_of

EXAMINERS = ("timeline", "cut", "freeze", "repeat", "container")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cut in it, so that something is observed and measured."""
    folder = tmp_path_factory.mktemp("rerun")
    return make_clip(folder / "clip.mp4", seconds=4, seed=41, shots=(50,), bframes=2).path


@pytest.fixture(scope="module")
def record(clip: Path) -> dict[str, Any]:
    chosen = [word for name in EXAMINERS for word in ("--examiner", name)]
    held: dict[str, Any] = json.loads(witnessmark("inspect", str(clip), *chosen, "--json").stdout)
    assert [f["kind"] for f in held["files"][0]["findings"] if f["outcome"] == "observed"]
    return held


@pytest.fixture(scope="module")
def elsewhere() -> OtherBuild:
    return other_build()


Ran = subprocess.CompletedProcess[str]


def witnessmark(*words: str) -> Ran:
    return subprocess.run([str(COMMAND), *words], capture_output=True, text=True, check=False)


def kept(folder: Path, held: Any) -> str:
    path = folder / "record.json"
    path.write_text(json.dumps(held), encoding="utf-8")
    return str(path)


def changed(
    record: dict[str, Any], change: Callable[[dict[str, Any]], object], *, signed: bool
) -> dict[str, Any]:
    """The record with one finding (the cut) changed; with its digest made anew where ``signed``."""
    held: dict[str, Any] = json.loads(json.dumps(record))
    finding = next(f for f in held["files"][0]["findings"] if f["kind"] == "picture.cut")
    change(finding)
    if signed:
        finding["core_digest"] = hashlib.sha256(rfc8785.dumps(core_of(finding))).hexdigest()
    return held


def told(ran: Ran) -> dict[str, Any]:
    return dict(json.loads(ran.stdout)["files"][0]["rerun"])


def test_each_method_alone_gives_the_same_core_as_all_together(clip: Path, record: dict[str, Any]) -> None:
    """The line that a report prints for re-running one method must give that very finding, or it proves nothing."""
    together = {(f["examiner"], f["kind"]): f["core_digest"] for f in record["files"][0]["findings"]}
    for name in EXAMINERS:
        alone = json.loads(witnessmark("inspect", str(clip), "--examiner", name, "--json").stdout)
        for finding in alone["files"][0]["findings"]:
            assert together[finding["examiner"], finding["kind"]] == finding["core_digest"]


def test_the_same_build_gives_the_same_bytes(clip: Path, record: dict[str, Any], tmp_path: Path) -> None:
    """Otherwise no finding of ours can be checked by anybody."""
    ran = witnessmark("inspect", str(clip), "--against", kept(tmp_path, record), "--json")
    rerun = told(ran)
    assert ran.returncode == 0 and rerun["reproduced"] and rerun["build"] == []
    assert {one["verdict"] for one in rerun["compared"]} == {"same"}
    assert len(rerun["compared"]) == len(record["files"][0]["findings"])


def test_another_result_on_the_same_build_is_a_fault(
    clip: Path, record: dict[str, Any], tmp_path: Path
) -> None:
    """A figure changed in a report, digest and all, must be found by whoever runs the line under it."""
    forged = changed(record, lambda f: f["measurements"]["step"].update(value=0.987), signed=True)
    ran = witnessmark("inspect", str(clip), "--against", kept(tmp_path, forged), "--json")
    wrong = [one for one in told(ran)["compared"] if one["verdict"] != "same"]
    assert ran.returncode == 1
    assert [(one["kind"], one["verdict"]) for one in wrong] == [("picture.cut", "different")]
    assert [field["field"] for field in wrong[0]["fields"]] == ["measurements.step.value"]
    assert wrong[0]["fields"][0]["theirs"] == 0.987 != wrong[0]["fields"][0]["ours"]
    shown = witnessmark("inspect", str(clip), "--against", kept(tmp_path, forged))
    assert "ANOTHER RESULT ON THE SAME BUILD" in shown.stdout
    assert "measurements.step.value: 0.987 there" in shown.stdout


def test_a_record_that_contradicts_itself_is_told(clip: Path, record: dict[str, Any], tmp_path: Path) -> None:
    """Words changed above an old digest would otherwise pass as reproduced."""
    forged = changed(record, lambda f: f.update(statement="Nothing was seen."), signed=False)
    ran = witnessmark("inspect", str(clip), "--against", kept(tmp_path, forged), "--json")
    verdicts = {one["kind"]: one["verdict"] for one in told(ran)["compared"]}
    assert ran.returncode == 1 and verdicts["picture.cut"] in ("broken_record", "added")
    assert "broken_record" in {one["verdict"] for one in told(ran)["compared"]}


def test_another_file_is_told(clip: Path, record: dict[str, Any], tmp_path: Path) -> None:
    """A re-run of the wrong file would prove or refute nothing, and look as if it did."""
    other = tmp_path / "other.mp4"
    other.write_bytes(clip.read_bytes() + b"\0")
    ran = witnessmark("inspect", str(other), "--against", kept(tmp_path, record), "--json")
    assert ran.returncode == 1 and told(ran)["other_file"] and told(ran)["compared"] == []


def test_a_document_without_findings_is_refused(clip: Path, tmp_path: Path) -> None:
    """Nothing compared must not look like nothing different."""
    ran = witnessmark("inspect", str(clip), "--against", kept(tmp_path, {"hello": []}))
    assert ran.returncode == 2 and "holds no findings" in ran.stderr


def test_another_build_is_named_part_by_part(
    clip: Path, record: dict[str, Any], tmp_path: Path, elsewhere: OtherBuild
) -> None:
    """Run with another PyAV and FFmpeg: who cannot reproduce a finding must learn that his decoder is another."""
    there = elsewhere.witnessmark("inspect", str(clip), "--against", kept(tmp_path, record), "--json")
    assert there.returncode in (0, 3), there.stderr
    rerun = json.loads(there.stdout)["files"][0]["rerun"]
    parts = {part["part"]: part for part in rerun["build"]}
    assert {"av", "lavc", "cfg"} == set(parts)
    assert parts["av"]["ours"] == elsewhere.av != parts["av"]["theirs"]
    verdicts = {one["kind"]: one["verdict"] for one in rerun["compared"]}
    print("with PyAV", elsewhere.av, verdicts, [one["fields"] for one in rerun["compared"] if one["fields"]])
    assert set(verdicts.values()) <= {"same", "other_build"}
    assert not rerun["wrong"]


def test_a_difference_on_another_build_is_shown_and_is_no_fault(
    clip: Path, record: dict[str, Any], tmp_path: Path, elsewhere: OtherBuild
) -> None:
    """Another build may round otherwise: called a forgery, it would discredit an honest report."""
    drifted = changed(record, lambda f: f["measurements"]["step"].update(value=0.987), signed=True)
    there = elsewhere.witnessmark("inspect", str(clip), "--against", kept(tmp_path, drifted))
    assert there.returncode == 3, there.stdout + there.stderr
    assert f"PyAV: 18.1.0 there, {elsewhere.av} here" in there.stdout
    assert "another result, on another build" in there.stdout
    assert "measurements.step.value: 0.987 there" in there.stdout
