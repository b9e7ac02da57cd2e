"""Every real file beside the checkout, malformed ones included, through the whole journey once."""

from __future__ import annotations

import shutil
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bench.natives import KNOWN_ODDITIES

from tests.support.terminal import Terminal
from witnessmark.examine.registry import cards
from witnessmark.model.intervals import clopper_pearson

pytestmark = pytest.mark.timeout(1800)
"""One journey over every file, made once for all of these."""

UNSHARE = ("unshare", "--user", "--map-root-user", "--net")
SIGNED = ("c2pa-rs__video1.mp4", "public-testfiles__adobe-20220124-C.jpg", "c2pa-python__sample1_signed.wav")
TAMPERED = ("public-testfiles__adobe-20220124-E-dat-CA.jpg", "public-testfiles__adobe-20220124-E-sig-CA.jpg")
STRIPPED = ("c2pa-rs__video1_no_manifest.mp4", "public-testfiles__adobe-20220124-A.jpg")


@dataclass(frozen=True)
class Journey:
    terminal: Terminal
    case: Path
    media: Path
    received: dict[str, Any]
    examined: dict[str, Any]
    items: dict[str, dict[str, Any]]
    """By path below the media folder (one of them, where content was found twice)."""
    findings: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def journey(shared_media: Path, tmp_path_factory: pytest.TempPathFactory) -> Journey:
    folder = tmp_path_factory.mktemp("media")
    terminal, case = Terminal(folder), folder / "case"
    terminal.run("new", case, "--name", "all media", "--shares", folder / "shares")
    received = terminal.run("receive", case, shared_media, code=None).document
    examined = terminal.run("examine", case).document
    listed = terminal.run("items", case, "--names").document["items"]
    items = {below(name, shared_media): row for row in listed for name in row["names"]}
    findings = defaultdict(list)
    for finding in terminal.run("findings", case).document["findings"]:
        findings[finding["item"]].append(finding)
    return Journey(terminal, case, shared_media, received, examined, items, findings)


def below(name: str, media: Path) -> str:
    return name.removeprefix(f"{media.resolve()}/")


def marked(journey: Journey, path: str) -> list[str]:
    found = journey.findings[journey.items[path]["item"]]
    return sorted(f["kind"] for f in found if f["must_be_explained"])


def test_every_file_is_sealed_or_refused_with_its_reason(journey: Journey) -> None:
    """A file that is neither held nor accounted for is evidence lost without anybody knowing."""
    on_disk = [p for p in journey.media.rglob("*") if p.is_file()]
    counted = journey.received
    assert counted["found"] == {"files": len(on_disk), "bytes": sum(p.stat().st_size for p in on_disk)}
    assert counted["balanced"] and counted["members"]["balanced"]
    settled = counted["sealed"]["files"] + counted["already_held"]["files"] + len(counted["rejected"])
    assert settled == len(on_disk)
    assert all(refused["reason"] for refused in counted["rejected"])
    refused = len(counted["rejected"])
    assert (
        len([p for p in on_disk if below(str(p.resolve()), journey.media) in journey.items])
        == len(on_disk) - refused
    )


def test_every_sealed_video_has_an_answer_to_every_question(journey: Journey) -> None:
    """A question without a recorded outcome reads as "nothing found" in court: silence is a bug."""
    asked = {kind for card in cards() for kind in card.kinds}
    silent = {}
    for path, item in journey.items.items():
        answered = {f["kind"] for f in journey.findings[item["item"]]}
        expected = asked if item["media_type"] in ("video", "picture", "sound") else {"not_examined"}
        if expected - answered:
            silent[path] = sorted(expected - answered)
    assert silent == {}
    assert {item["state"] for item in journey.items.values()} == {"examined"}
    assert (journey.examined["failed"], journey.examined["done"]) == (0, journey.examined["items"])


def test_only_malformed_files_make_a_method_fail(journey: Journey) -> None:
    """A method that breaks on sound footage answers nothing about it, and nobody would look again."""
    failed = {
        path: sorted({f["kind"] for f in journey.findings[item["item"]] if f["outcome"] == "failed"})
        for path, item in journey.items.items()
        if not path.startswith("malformed/")
    }
    assert {path: kinds for path, kinds in failed.items() if kinds} == {}


def test_each_malformed_file_ends_in_typed_findings(journey: Journey) -> None:
    """A trap that ends in a crash or in nothing would let a prepared file stop the examination of a leak."""
    malformed = [path for path in journey.items if path.startswith("malformed/")]
    for path in malformed:
        outcomes = {f["outcome"] for f in journey.findings[journey.items[path]["item"]]}
        assert outcomes and outcomes <= {
            "observed",
            "not_observed",
            "inconclusive",
            "not_applicable",
            "failed",
        }, path
    assert len(malformed) >= len(list((journey.media / "malformed").iterdir()))


def test_untouched_camera_files_raise_no_mark(journey: Journey, capsys: pytest.CaptureFixture[str]) -> None:
    """If this fails, footage as the camera left it is put under suspicion."""
    found = {
        path.name: marked(journey, f"camera/{path.name}") for path in (journey.media / "camera").iterdir()
    }
    assert {name: kinds for name, kinds in found.items() if kinds} == KNOWN_ODDITIES
    clean = [name for name in found if name not in KNOWN_ODDITIES]
    low, high = clopper_pearson(0, len(clean))
    with capsys.disabled():
        print(
            f"\nnatives in a case: 0 marks of any kind on {len(clean)} files, 95 % interval {low:.1%} to {high:.1%}"
        )


def test_the_known_oddities_are_told(journey: Journey) -> None:
    """The date conflict, the service's re-encoding and the payload behind a picture are what these files are for."""
    assert marked(journey, "camera/elodie__video.mov") == ["metadata.conflict"]
    assert "encode.software" in marked(journey, "camera/immich-go__PXL_20220724_210650210.NIGHT.mp4")
    motion = journey.items["camera/media__pixel-motion-photo-shortened.jpg"]["item"]
    trailing = next(f for f in journey.findings[motion] if f["kind"] == "container.trailing")
    assert (trailing["outcome"], trailing["must_be_explained"]) == ("observed", True)


def test_stream_copies_of_camera_files_are_told_as_rewritten(journey: Journey, tmp_path: Path) -> None:
    """If this fails, footage that went through FFmpeg without being encoded anew passes as native."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not on this machine: apt-get install ffmpeg")
    copies: list[Path] = []
    for source in sorted((journey.media / "camera").iterdir()):
        if source.suffix in (".mp4", ".mov") and source.name not in KNOWN_ODDITIES:
            copy = tmp_path / f"{len(copies)}{source.suffix}"
            words: list[str | Path] = [
                "ffmpeg",
                "-v",
                "error",
                "-i",
                source,
                "-map",
                "0:v",
                "-c",
                "copy",
                copy,
            ]
            if subprocess.run(words, capture_output=True, check=False).returncode == 0:
                copies.append(copy)
    said = journey.terminal.run("inspect", *copies, "--examiner", "container").document
    for file in said["files"]:
        told = next(f for f in file["findings"] if f["kind"] == "container.rewritten")
        assert told["must_be_explained"] and "FFmpeg" in told["statement"], file["path"]
        assert told["measurements"]["traces"]["value"]
    assert len(copies) >= 5


def test_credentials_are_told_apart_without_a_network(journey: Journey) -> None:
    """A check that asks the network tells somebody what was leaked; one that cannot tell tampering is worthless."""
    if subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("an empty network namespace is not permitted here (unshare --net)")
    cut_off = Terminal(journey.terminal.folder, before=UNSHARE)
    files = [journey.media / "c2pa" / name for name in (*SIGNED, *TAMPERED, *STRIPPED)]
    said = cut_off.run("inspect", *files, "--examiner", "credentials").document
    observed = {
        Path(file["path"]).name: {f["kind"] for f in file["findings"] if f["outcome"] == "observed"}
        for file in said["files"]
    }
    for name in SIGNED:
        assert "credentials.present" in observed[name] and "credentials.broken" not in observed[name], name
    for name in TAMPERED:
        assert "credentials.broken" in observed[name], name
    for name in STRIPPED:
        assert observed[name] == {"credentials.absent"}, name


def test_the_report_and_the_audit_end_the_journey(journey: Journey) -> None:
    """A report that cannot be made of a real leak, or made again with the same bytes, is no report."""
    folder = journey.terminal.folder
    first = journey.terminal.run("report", journey.case, "--out", folder / "report.html").document
    again = journey.terminal.run(
        "report", journey.case, "--out", folder / "again.html", "--as-of", first["checkpoint"]
    ).document
    assert again["checkpoint"] == first["checkpoint"]
    assert (folder / "again.html").read_bytes() == (folder / "report.html").read_bytes()
    audit = journey.terminal.run("audit", journey.case).document
    assert (audit["ok"], audit["problems"]) == (True, [])
    assert audit["objects"] >= len({item["item"] for item in journey.items.values()})
