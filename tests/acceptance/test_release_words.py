"""Words alone, from a case to a stranger's answer, and the opening of what they speak of, for a court."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.test_release import Office

VIDEO_WORDS = re.compile(r"video|tiles|public\.mp4|strip", re.I)
CLAIMS = (
    "C1,One man acts,observation,Witness 4 [C2 first-hand],2021-10-04,{item}",
    "C2,Another man films,observation,Witness 5 [C2 first-hand],2021-10-05,{item}",
    "C3,The disk came from the second floor,exposure,Witness 6 [C2],2021-10-06,{item}",
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    made = Office(tmp_path_factory.mktemp("office"))
    made.table("label", "code,items,labels,given_by", f"L1,{made.item},nudity,A")
    made.table("consent", "code,person,items,assessed_by", f"C1,nobody,{made.item},A")
    claims = (one.format(item=made.item) for one in CLAIMS)
    made.table("claim", "code,statement,kind,said_by,said_on,items", *claims)
    made.first.run("exposure", "source-safe", made.case, "--reason", "abroad")
    return made


@pytest.fixture(scope="module")
def bundle(office: Office) -> tuple[Path, str]:
    """A released bundle of words alone, and the fingerprint of its log. The form is not named: the label decides."""
    proposed = office.propose("words.txt", "--claim", "C1")
    assert [one["code"] for one in proposed["blockers"]] == ["not_approved"]  # type: ignore[index,attr-defined]
    unseen = office.second.run("approve", office.case, str(proposed["release"]), code=2)
    assert unseen.is_two_lines and "not looked" in unseen.err
    office.second.run("approve", office.case, str(proposed["release"]), "--look", office.folder / "look")
    office.second.run("approve", office.case, str(proposed["release"]))
    out = office.folder / "out"
    made = office.first.run("release", office.case, office.item, "--out", out).document
    assert made["blockers"] == []
    return out, str(made["fingerprint"])


def test_a_stranger_checks_words_alone(bundle: tuple[Path, str]) -> None:
    """The form that is right for the gravest footage would be the one that nobody ever tried."""
    out, fingerprint = bundle
    checked = subprocess.run(
        [sys.executable, "-S", out / "verify.py", out, "--trust", fingerprint],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert json.loads((out / "proof/manifest.json").read_text())["form"] == "statement"
    assert not list(out.glob("public*")) and not (out / "frames").exists()
    page = (out / "README.html").read_text(encoding="utf-8")
    visible = re.sub(r"(?s)<(style|script)\b.*?</\1>", "", page)
    assert "Check these words" in visible and "No picture is shown" in visible
    assert VIDEO_WORDS.findall(visible) == []
    statement = (out / "statement.en.html").read_text(encoding="utf-8")
    said = re.sub(r"(?s)<style.*?</style>|<[^>]+>", " ", statement)
    assert VIDEO_WORDS.findall(said) == [] and "no picture is shown" in said
    assert "## Words alone" in (out / "LIMITS.md").read_text(encoding="utf-8")


def test_a_claim_is_published_only_where_it_was_named(bundle: tuple[Path, str], office: Office) -> None:
    """A claim that somebody imported for the case would go out to the world without anybody's word."""
    claims = json.loads((bundle[0] / "statement.json").read_text(encoding="utf-8"))["claims"]
    assert [one["statement"] for one in claims] == ["One man acts"]
    asked = ("release", office.case, office.item, "--statement", f"en={office.folder / 'words.txt'}")
    assert office.first.run(*asked, "--claim", "C3", code=2).is_two_lines


def test_a_court_opens_what_the_words_speak_of(bundle: tuple[Path, str], office: Office) -> None:
    """A court could never compare the words with the file: nothing wrote the opening that the proof asks for."""
    out, fingerprint = bundle
    opening = office.folder / "opening.json"
    asked = ("release", office.case, office.item, "--opening", opening)
    purpose = ("--purpose", "for the court of appeal")
    for missing in (purpose, ("--confirm", office.item)):
        assert office.first.run(*asked, *missing, code=2).is_two_lines
        assert not opening.exists()
    told = office.first.run(*asked, *purpose, "--confirm", office.item, as_json=False)
    assert "as secret as the recording" in told.out
    assert stat.S_IMODE(opening.stat().st_mode) == 0o600
    assert office.first.run(*asked, *purpose, "--confirm", office.item, code=2).is_two_lines
    raw = office.folder / "ward_7_secret.mp4"
    words = ("verify", out, "--trust", fingerprint, "--opening", opening, "--raw")
    checked = office.first.run(*words, raw).document
    assert checked["ok"] and {"raw", "root"} <= {one["name"] for one in checked["checks"]}
    assert office.first.run("audit", office.case).document["ok"]
