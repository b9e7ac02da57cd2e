"""From an examined item to a bundle that a stranger checks: two people, every rule of the gate, what comes after."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.support import bundles
from tests.support.terminal import Terminal, at
from witnessmark.ground.media.workshop import Recipe, write_movie

OTHER = "five six seven eight"
WORDS = "A scene in a room\n\nShapes move over a wall.\n"
TELLING = "A scene in a room\n\nThe source is a former prisoner and a programmer.\n"


SIZE, RATE, PICTURES = (640, 480), Fraction(10), 40
SIGN = (60, 180, 580, 300)
"""Left, top, right, bottom of a sign in the scene, in pixels."""


def written_on(path: Path) -> Path:
    """A clip with a sign in it, so that there is something that a person must decide on."""
    sign = Image.new("L", SIZE, 0)
    drawing = ImageDraw.Draw(sign)
    drawing.rectangle(SIGN, fill=200)
    drawing.text((SIGN[0] + 20, SIGN[1] + 20), "WARD SEVEN", fill=20, font=ImageFont.load_default(80))
    rows, columns = slice(SIGN[1], SIGN[3] + 1), slice(SIGN[0], SIGN[2] + 1)

    def pictures() -> Iterator[np.ndarray]:
        for number in range(PICTURES):
            picture = bundles.scene(number, *SIZE)
            picture[rows, columns] = np.asarray(sign)[rows, columns]
            yield picture

    write_movie(path, pictures(), Recipe(RATE, crf=20))
    return path


class Office:
    """Two people with one case and one examined item, a day later."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.case = folder, folder / "case"
        first = Terminal(folder)
        first.run("new", self.case, "--name", "release")
        (folder / "p2").write_text(OTHER + "\n")
        first.run("person", "add", self.case, "second", "--new-passphrase-file", folder / "p2")
        first.run("receive", self.case, written_on(folder / "ward_7_secret.mp4"))
        first.run("examine", self.case)
        self.first = replace(first, before=at(1.2))
        self.second = replace(first, passphrase=OTHER, before=at(1.2))
        self.item = str(first.run("items", self.case).document["items"][0]["item"])
        self.words("words.txt", WORDS)

    def words(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def table(self, what: str, head: str, *rows: str) -> None:
        path = self.words(f"{what}.csv", "\n".join((head, *rows)) + "\n")
        self.first.run(what, "import", self.case, path)

    def propose(self, words: str = "words.txt", *more: object, code: int | None = 1) -> dict[str, object]:
        asked = ("release", self.case, self.item, "--statement", f"en={self.folder / words}", *more)
        return self.first.run(*asked, "--show-first-entry", code=code).document

    def codes(self, *asked: object) -> set[str]:
        found = self.propose(*asked)["blockers"]
        assert isinstance(found, list)
        return {one["code"].partition(":")[0] for one in found}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"))


def test_the_whole_way(office: Office, tmp_path: Path) -> None:
    """A release that skips one step shows a face, or gives away a source."""
    video = ("--form", "video")
    assert office.codes("words.txt", *video) == {
        "not_labelled",
        "nobody_recorded",
        "source_not_safe",
        "not_redacted",
        "not_approved",
    }
    office.table("label", "code,items,labels,given_by", f"L1,{office.item},nothing_grave,A")
    office.table("consent", "code,person,items,assessed_by", f"C1,nobody,{office.item},A")
    office.first.run("exposure", "source-safe", office.case, "--reason", "abroad")
    office.first.run("redact", office.case, office.item)
    sheets = office.folder / "sheets"
    office.first.run("tracks", "export", office.case, office.item, "--out", sheets)
    with (sheets / "tracks.csv").open(newline="") as held:
        rows = list(csv.DictReader(held))
    assert "text" in {row["what"] for row in rows}
    open_work = {"stretch": "uncovered"}
    assert office.codes("words.txt", *video) == {
        "not_approved",
        *(open_work.get(row["what"], "tracks_unconfirmed") for row in rows),
    }
    for row in rows:
        row["decision"] = "clear" if row["what"] == "stretch" else "confirm"
    with (sheets / "tracks.csv").open("w", newline="") as held:
        writer = csv.DictWriter(held, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    office.first.run("tracks", "import", office.case, office.item, sheets / "tracks.csv")
    office.words("telling.txt", TELLING)
    assert office.codes("telling.txt", *video) == {"exposure", "not_approved"}
    proposed = office.propose("words.txt", *video)
    assert [one["code"] for one in proposed["blockers"]] == ["not_approved"]  # type: ignore[index,attr-defined]
    release = str(proposed["release"])
    out = tmp_path / "out"
    early = office.first.run("release", office.case, office.item, "--out", out, code=1).document
    assert early["bundle"] is None and not out.exists()
    office.first.run("approve", office.case, release, code=2)
    look = tmp_path / "look"
    decided = office.second.run("approve", office.case, release, "--look", look).document["decided"]
    assert "nothing_grave (A)" in decided[0] and decided[2].startswith("masks: "), decided
    assert look.stat().st_mode & 0o077 == 0
    assert (look / "public.mp4").stat().st_size > 1000
    office.second.run("approve", office.case, release)
    made = office.first.run("release", office.case, office.item, "--out", out).document
    assert made["blockers"] == [] and made["time"] == "pending"
    checked = subprocess.run(
        [sys.executable, "-S", out / "verify.py", out, "--trust", made["fingerprint"]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "secret" not in "".join(path.name for path in out.rglob("*"))
    assert (out / "public.mp4").read_bytes() == (look / "public.mp4").read_bytes()
    assert office.first.run("audit", office.case).document["ok"]
    later = replace(office.first, before=at(2.4))
    supplement = tmp_path / "supplement"
    later.run("supplement", office.case, out, "--out", supplement)
    for path in sorted(supplement.rglob("*")):
        if path.is_file():
            place = out / path.relative_to(supplement)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
    again = office.first.run("verify", out, "--trust", made["fingerprint"]).document
    assert again["ok"]
    dropped = office.propose("words.txt", *video)["release"]
    office.second.run("approve", office.case, str(dropped), "--reject", "a word is wrong")
    listed = office.second.run("approve", office.case).document["releases"]
    assert {one["release"]: one["state"] for one in listed}[dropped] == "rejected"
    office.first.run("approve", office.case, str(dropped), code=2)
    gone = office.first.run(
        "release", office.case, office.item, "--withdraw", "a person asked us to"
    ).document
    assert gone["withdrawn"] == [release]
    late = office.first.run("supplement", office.case, out, "--out", tmp_path / "late", code=2)
    assert "withdrawn" in late.err  # nothing certifies it any more
    assert office.first.run("audit", office.case).document["ok"]


def test_a_wrong_word_ends_in_two_lines(office: Office) -> None:
    """People mistype; nothing may happen then."""
    asked = ("release", office.case, office.item)
    for more in ((), ("--statement", "words.txt"), ("--statement", "de=words.txt"), ("--withdraw", "x")):
        assert office.first.run(*asked, *more, code=2).is_two_lines
    assert office.first.run("approve", office.case, "ffff", code=2).is_two_lines
