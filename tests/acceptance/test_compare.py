"""`compare` through the real door: across a case, between files, killed, and as reports see it afterwards."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.clips import make_clip
from tests.corpus.encodings import decoded, encode, x264
from tests.support.standing import unsound
from tests.support.terminal import PASSPHRASE, Terminal
from witnessmark.case.reporting import case_report, state_at
from witnessmark.case.wiring import open_case
from witnessmark.model.relations import Relation, RelationKind
from witnessmark.release.report import report_html

SIZE = (256, 192)


def make_source(folder: Path) -> Path:
    """A moving scene, a smaller encoding of it, and another scene."""
    folder.mkdir()
    make_clip(folder / "one.mp4", seconds=6, size=SIZE, seed=5, style="pan", speed=2.0, audio=False)
    pictures = decoded(folder / "one.mp4")
    encode(pictures, folder / "sent", replace(x264(26, None, preset="veryfast"), side=0.5), 25)
    make_clip(folder / "other.mp4", seconds=4, size=SIZE, seed=9, style="pan", speed=2.0, audio=False)
    return folder


@dataclass
class World:
    terminal: Terminal
    source: Path
    case: Path
    first: dict[str, Any]
    """The first comparison."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("compare")
    terminal, source, case = Terminal(folder), make_source(folder / "disk"), folder / "case"
    terminal.run("new", case, "--name", "compared")
    terminal.run("receive", case, source)
    terminal.run("examine", case)
    shutil.copytree(case, folder / "examined")
    return World(terminal, source, case, terminal.run("compare", case).document)


def kinds(document: dict[str, Any]) -> list[str]:
    return sorted(relation["kind"] for relation in document["relations"])


def test_a_case_is_compared_and_a_second_run_changes_nothing(world: World) -> None:
    """Relations would be found anew, and entered in the log, each time somebody asks."""
    assert kinds(world.first) == ["reencode_of"]
    assert (world.first["new"], world.first["found"], world.first["lacking"]) == (3, 1, [])
    (relation,) = world.first["relations"]
    assert Relation.from_json(relation).to_json() == relation
    assert relation["direction"] == "from_is_derived"
    with open_case(world.case, PASSPHRASE) as case:
        leaves = case.ledger.size()
    again = world.terminal.run("compare", world.case).document
    assert (again["new"], again["found"], again["relations"]) == (0, 0, world.first["relations"])
    with open_case(world.case, PASSPHRASE) as case:
        assert case.ledger.size() == leaves
        assert unsound(case) == []


def test_minutes_are_told_and_the_copy_needs_no_eyes(world: World) -> None:
    """People would watch the same footage twice."""
    told = world.terminal.run("items", world.case, "--to-watch").document
    assert told["footage_s"] == pytest.approx(16, abs=0.2)
    assert told["needed_s"] == pytest.approx(10, abs=0.2)
    assert told["saved_s"] == pytest.approx(6, abs=0.2)
    (relation,) = world.first["relations"]
    assert relation["from"] not in [row["item"] for row in told["items"]]
    text = world.terminal.run("items", world.case, "--to-watch", as_json=False).out
    assert "needs a person's eyes" in text
    assert world.terminal.run("items", world.case, "--to-watch", "--names", code=2).is_two_lines


def test_new_footage_is_compared_alone_and_old_reports_stay(world: World, tmp_path: Path) -> None:
    """A comparison of thousands would start over with each file, or change what an earlier report said."""
    with open_case(world.case, PASSPHRASE) as case:
        before = state_at(case, None)
        size, report = before.checkpoint.size, report_html(case_report(case, before))
    assert "Watch once" in report and "Family 1" in report
    more = tmp_path / "more"
    more.mkdir()
    part = decoded(world.source / "one.mp4")[25:125]
    encode(part, more / "part", x264(24, None, preset="ultrafast"), 25)
    world.terminal.run("receive", world.case, more)
    lacking = world.terminal.run("compare", world.case, code=3).document
    assert len(lacking["lacking"]) == 1 and lacking["relations"] == world.first["relations"]
    world.terminal.run("examine", world.case)
    made = world.terminal.run("compare", world.case).document
    assert (made["new"], kinds(made)) == (1, ["excerpt_of", "excerpt_of", "reencode_of"])
    (family,) = made["families"]
    assert len(family["members"]) == 3
    segment = next(r for r in made["relations"] if r["kind"] == "excerpt_of")["segments"][0]
    assert segment["to_start_s"] - segment["from_start_s"] == pytest.approx(1.0, abs=0.5)
    with open_case(world.case, PASSPHRASE) as case:
        assert report_html(case_report(case, state_at(case, size))) == report
        assert unsound(case) == []


def test_an_examination_again_changes_nothing_or_supersedes(world: World) -> None:
    """What was found on old findings would stand beside what is found on new ones."""
    item = world.first["relations"][0]["from"]
    world.terminal.run("examine", world.case, "--item", item[:13], "--examiner", "software")
    made = world.terminal.run("compare", world.case).document
    assert made["new"] == 1
    with open_case(world.case, PASSPHRASE) as case:
        standing = case.catalogue.relations()
        assert len({(h.relation.kind, h.relation.sides) for h in standing}) == len(standing)
        assert unsound(case) == []


def test_a_relation_changed_from_outside_is_named(world: World, tmp_path: Path) -> None:
    """An insider could turn who descends from whom."""
    with open_case(world.case, PASSPHRASE) as case:
        from witnessmark.ground.catalogue.models import RelationRow  # known once a catalogue is open

        rows = case.catalogue.rows
        with case.catalogue.transaction():
            row = rows.locked(RelationRow).first()
            assert row is not None
            honest = row.document
            changed = honest.replace("from_is_derived", "undetermined", 1).replace("moderate", "strong", 1)
            assert changed != honest
            rows.change(row, document=changed)
        try:
            assert any(problem.startswith("relation") for problem in unsound(case))
        finally:
            with case.catalogue.transaction():
                row = rows.locked(RelationRow, pk=row.pk).first()
                assert row is not None
                rows.change(row, document=honest)
        assert unsound(case) == []


KILLED_HERE = """
import os, signal, sys
from contextlib import nullcontext
from pathlib import Path
from witnessmark.case import comparing
from witnessmark.case.wiring import open_case

with open_case(Path(sys.argv[1]), sys.argv[2]) as case:
    owner, name = {"ledger": case.ledger, "catalogue": case.catalogue}[sys.argv[3]], sys.argv[4]
    own = getattr(type(owner), name)

    def killed(*args, **named):
        own(*args, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(type(owner), name, killed)
    if sys.argv[5] == "torn":
        whole = type(case.catalogue).transaction
        asked = []

        def torn(catalogue):
            asked.append(catalogue)
            return nullcontext() if len(asked) == 1 else whole(catalogue)

        type(case.catalogue).transaction = torn
    comparing.compare_case(case)
"""
"""Compares a case and dies at one seam of what it writes; ``torn``: without the transaction around all of it."""
SEAMS = (("catalogue", "save_relations"), ("catalogue", "save_feature"), ("ledger", "append"))
"""Everything that a comparison writes, in its order: a kill behind each is a kill between each two."""


def _killed(case: Path, seam: tuple[str, str], how: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", KILLED_HERE, str(case), PASSPHRASE, *seam, how], capture_output=True, text=True
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr


def _as_examined(world: World, folder: Path) -> Path:
    """The case before its first comparison, at the place where it was made (elsewhere it would be a copy)."""
    for path in world.case.iterdir():
        if path.name != "keys":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in folder.iterdir():
        if path.name != "keys":
            target = world.case / path.name
            shutil.copytree(path, target) if path.is_dir() else shutil.copy2(path, target)
    return world.case


def test_killed_between_any_two_writes_it_is_done_once(world: World) -> None:
    """Half a comparison would stand in the case, or stand there without its line in the log."""
    case = _as_examined(world, world.case.parent / "examined")
    for seam in SEAMS:
        _killed(case, seam, "whole")
        with open_case(case, PASSPHRASE) as opened:
            assert opened.catalogue.relations(superseded=True) == (), seam
            assert all(leaf.kind != "comparison.done" for leaf in opened.ledger.events()), seam
            assert unsound(opened) == []
    made = world.terminal.run("compare", case).document
    assert made["relations"] == world.first["relations"]
    with open_case(case, PASSPHRASE) as opened:
        assert len(opened.catalogue.relations(superseded=True)) == 1
        assert [leaf.kind for leaf in opened.ledger.events()].count("comparison.done") == 1
        assert unsound(opened) == []


def test_a_comparison_torn_in_two_is_seen(world: World) -> None:
    """The test above would pass on a comparison that keeps nothing together (its negative twin)."""
    case = _as_examined(world, world.case.parent / "examined")
    try:
        _killed(case, SEAMS[0], "torn")
        with open_case(case, PASSPHRASE) as opened:
            assert len(opened.catalogue.relations()) == 1
            assert any(problem.startswith("relation") for problem in unsound(opened))
    finally:
        world.terminal.run("compare", _as_examined(world, world.case.parent / "examined"))


def test_files_are_compared_without_a_case(world: World, tmp_path: Path) -> None:
    """The quick look before a case exists; names must be those that were given, and nothing may be written."""
    for path in world.source.iterdir():
        shutil.copy(path, tmp_path / path.name)
    shutil.copy(tmp_path / "one.mp4", tmp_path / "same.mp4")
    (tmp_path / "notes.mp4").write_text("a text\n" * 40)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    names = [tmp_path / name for name in ("one.mp4", "sent.mp4", "other.mp4", "same.mp4")]
    made = world.terminal.run("compare", *names).document
    found = {(r["kind"], Path(r["from"]).name, Path(r["to"]).name) for r in made["relations"]}
    assert ("reencode_of", "sent.mp4", "one.mp4") in found
    assert ("copy_of", "same.mp4", "one.mp4") in found
    assert {r["from"] for r in made["relations"]} <= set(map(str, names))
    assert not any("other.mp4" in pair for pair in found)
    part = world.terminal.run("compare", *names[:2], tmp_path / "notes.mp4", code=3).document
    assert [Path(one["path"]).name for one in part["failed"]] == ["notes.mp4"]
    assert kinds(part) == [str(RelationKind.REENCODE_OF)]
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("words", [("no-such-file.mp4", "nor-this.mp4"), ("no-such-case",)])
def test_wrong_words_are_two_lines(world: World, words: tuple[str, ...]) -> None:
    """A person would see a traceback."""
    assert world.terminal.run("compare", *words, code=2).is_two_lines
