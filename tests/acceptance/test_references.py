"""References of a case: added in the jail, shared as structure, named by findings, held against the log."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.corpus.clips import make_clip
from tests.support import boxes
from tests.support.terminal import Terminal
from witnessmark.case import references
from witnessmark.case.case import Case
from witnessmark.case.examining import examine
from witnessmark.case.held_against import Comparison, Holdings
from witnessmark.case.inspecting import inspect_files
from witnessmark.case.log_facts import LogFacts
from witnessmark.case.wiring import create_case
from witnessmark.examine.library.entries import read_library
from witnessmark.model.errors import UnusableInputError, UsageError

PASSPHRASE = "correct horse battery staple"
LATER = 1 << 30


@pytest.fixture(scope="module")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recordings of one make of recorder that nobody has heard of, and one more to be asked about."""
    folder = tmp_path_factory.mktemp("recorder")
    maker = boxes.box(
        "udta", boxes.box("QQQQ", bytes(12)), boxes.box(b"\xa9mak", b"\0\x0b\x15\xc7Secret Make")
    )
    for number, name in enumerate(("one", "two", "asked")):
        track = boxes.trak(timescale=12_345, runs=((30 + number, 411),))
        (folder / f"{name}.mp4").write_bytes(boxes.mp4(boxes.movie(maker, tracks=(track,)), major="qqqq"))
    make_clip(folder / "software.mp4", seconds=1, size=(96, 64), seed=3)
    (folder / "letter.txt").write_text("no recording at all\n" * 20)
    return folder


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    with create_case(tmp_path_factory.mktemp("refs") / "case", "x", PASSPHRASE).case as opened:
        yield opened


def problems(case: Case) -> list[str]:
    """What the audit says of references."""
    log = LogFacts("recovery").read(case.ledger.events())
    return [
        p.what
        for p in Comparison(case, Holdings.read(case), log, LATER).problems()
        if p.where == "references"
    ]


def test_references_are_added_named_shared_and_held_against_the_log(
    case: Case, recorder: Path, tmp_path: Path
) -> None:
    """If this fails, people's own recordings do not help them, or help in a way that nobody can check or repeat."""
    words = {"family": "Recorder", "sort": "recorder", "native_by": "taken from the memory by us"}
    first = references.add(case, [recorder / "one.mp4"], device="Recorder, body 1", **words)
    both = references.add(case, [recorder / "two.mp4"], device="Recorder, body 2", **words)
    assert (first.recordings, both.recordings, both.references.devices()) == (1, 1, 2)
    assert references.add(case, [recorder / "two.mp4"], device="Recorder, body 2", **words).recordings == 0

    shared = tmp_path / "shared.json"
    references.give_out(case, shared)
    content = shared.read_text("utf-8")
    assert "Secret Make" not in content and "Recorder, body 1" in content
    (inspected,) = inspect_files(
        [recorder / "asked.mp4"], examiners=["container"], references=read_library(shared.read_bytes())
    )
    family = next(f for f in inspected.findings if f.core.kind == "container.family")
    assert "Laid out most like: Recorder (known from 2 devices; no feature differs)" in family.core.statement
    assert family.core.parameters["references"] == both.references.name
    assert str(family.to_json()["rerun"]).endswith("--examiner container --reference REFERENCES")
    assert f"-lib{family.core.parameters['library']}" in family.build

    references.give_out(case, tmp_path / "earlier.json", first.references.name)
    assert read_library((tmp_path / "earlier.json").read_bytes()) == first.references
    with pytest.raises(UsageError):
        references.give_out(case, shared)
    with pytest.raises(UsageError):
        references.state(case, "0000")


def test_a_case_examines_beside_its_references(case: Case, recorder: Path, tmp_path: Path) -> None:
    """If this fails, `inspect --reference` on the exported references gives another core than the case has."""
    from witnessmark.case.receiving import receive

    references.add(
        case, [recorder / "one.mp4"], device="Recorder, body 1", family="Recorder", sort="recorder"
    )
    receive(case, [os.fsencode(recorder / "asked.mp4")])
    examine(case, examiners=["container"])
    shared = tmp_path / "shared.json"
    references.give_out(case, shared)

    (again,) = inspect_files(
        [recorder / "asked.mp4"], examiners=["container"], references=read_library(shared.read_bytes())
    )

    held = {finding.core.core_digest for finding in case.catalogue.findings()}
    assert held == {finding.core.core_digest for finding in again.findings}


def test_what_cannot_serve_is_refused_and_doubts_are_told(case: Case, recorder: Path, tmp_path: Path) -> None:
    """If this fails, an export passes for a camera's own recording, or a hostile file gets into a case."""
    doubtful = references.add(case, [recorder / "software.mp4"], device="my phone")
    assert doubtful.doubts[0][0] == "software.mp4" and "FFmpeg (libavformat)" in doubtful.doubts[0][1]

    evil = {"schema": "witnessmark/reference-library/1", "tokens": ["moov/udta@text=run me"], "entries": []}
    (tmp_path / "evil.json").write_text(json.dumps(evil))
    for refuse in (
        lambda: references.add(case, [recorder / "letter.txt"], device="x"),
        lambda: references.take_in(case, tmp_path / "evil.json"),
        lambda: references.take_in(case, tmp_path / "none.json"),
    ):
        with pytest.raises(UnusableInputError):
            refuse()
    with pytest.raises(UsageError):
        references.add(case, [recorder / "one.mp4"], device=" ")


def test_references_changed_behind_the_log_are_told(case: Case, recorder: Path) -> None:
    """If this fails, somebody swaps the references of a case and every family in it rests on his."""
    references.add(case, [recorder / "one.mp4"], device="Recorder, body 9")
    assert problems(case) == []

    held = case.catalogue.get_setting(references.REFERENCES)
    assert held is not None
    with case.catalogue.transaction():
        case.catalogue.set_setting(references.REFERENCES, json.dumps(json.loads(held)[:-1]))

    assert problems(case) == ["the case's references are not those that the log speaks of"]


def test_the_verb_answers_in_json(tmp_path: Path, recorder: Path) -> None:
    """If this fails, the door to all of this does not open."""
    here = Terminal(tmp_path)
    here.run("new", tmp_path / "case", "--name", "x")

    added = here.run(
        "reference", "add", tmp_path / "case", recorder / "one.mp4", "--device", "Recorder"
    ).document
    assert (added["schema"], added["added"], added["devices"]) == ("witnessmark/reference/1", 1, 1)
    assert here.run("reference", "add", tmp_path / "case", recorder / "one.mp4", code=2).is_two_lines
