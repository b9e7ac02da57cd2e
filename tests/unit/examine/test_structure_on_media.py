"""Examiners of structure on real recordings: natives, stream copies of them, credentials, malformed files."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import av
import pytest
from bench.natives import KNOWN_ODDITIES

from tests.support.examined import STRUCTURE, examined, marks, of, stream_copy
from witnessmark.examine.examiners import credentials
from witnessmark.ground.container import BytesSource
from witnessmark.ground.jail import Budget, Ended, run
from witnessmark.model.findings import Grade, Outcome
from witnessmark.model.intervals import clopper_pearson


def natives(shared_media: Path) -> list[Path]:
    return sorted((shared_media / "camera").iterdir())


def test_natives_raise_no_mark_but_for_known_oddities(
    shared_media: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, untouched camera footage is put under suspicion."""
    found = {path.name: sorted(marks(examined(path))) for path in natives(shared_media)}
    assert {name: kinds for name, kinds in found.items() if kinds} == KNOWN_ODDITIES
    clean = [name for name in found if name not in KNOWN_ODDITIES]
    low, high = clopper_pearson(0, len(clean))
    with capsys.disabled():
        print(f"\nnatives: 0 marks on {len(clean)} files, 95 % interval {low:.1%} to {high:.1%}")


@pytest.mark.parametrize("container", ["mp4", "mov", "matroska", "mpegts"])
def test_every_stream_copy_is_told_by_the_muxers_string(shared_media: Path, container: str) -> None:
    """If this fails, footage that went through FFmpeg passes as native."""
    copied = 0
    for path in natives(shared_media):
        if path.suffix == ".jpg":
            continue
        try:
            copy = stream_copy(path.read_bytes(), container)
        except (av.FFmpegError, ValueError):
            continue  # this container cannot hold these streams
        core = of(examined(copy, ["container"], packets=False), "container.rewritten")
        assert core.must_be_explained and core.grade is Grade.STRONG, path.name
        assert "FFmpeg" in core.statement and core.measurements["traces"].value
        copied += 1
    assert copied >= 4


def test_bitexact_copies_are_told_by_structure(shared_media: Path) -> None:
    """If this fails, taking out the muxer's strings is enough to pass as native."""
    told = copied = 0
    for path in natives(shared_media):
        if path.suffix not in (".mov", ".mp4"):
            continue
        try:
            copy = stream_copy(path.read_bytes(), "mp4", bitexact=True)
        except (av.FFmpegError, ValueError):
            continue
        copied += 1
        told += of(examined(copy, ["container"], packets=False), "container.rewritten").must_be_explained
    assert copied >= 8 and told == copied


def test_elodies_dates_disagree_with_both_readings(shared_media: Path) -> None:
    """If this fails, the one real date conflict we own is missed."""
    core = of(examined(shared_media / "camera" / "elodie__video.mov", ["metadata"]), "metadata.conflict")
    assert core.must_be_explained
    assert "2015-12-12T08:59:26+0000" in core.statement and "2015-01-19T12:45:11-0800" in core.statement


def test_x264_is_named_with_its_settings(shared_media: Path) -> None:
    """If this fails, the encoder's own signature in the packets is missed."""
    core = of(examined(shared_media / "clock" / "zamba__chimp.mp4", ["software"]), "encode.software")
    assert core.must_be_explained and core.measurements["encoder_version"].value == 161
    assert "crf=28.0" in str(core.measurements["settings"].value)


CREDENTIALS = {
    "public-testfiles__adobe-20220124-CA.jpg": ("observed", "not_observed", "not_observed"),
    "public-testfiles__adobe-20220124-C.jpg": ("observed", "not_observed", "not_observed"),
    "public-testfiles__adobe-20220124-CIE-sig-CA.jpg": ("observed", "not_observed", "not_observed"),
    "public-testfiles__adobe-20220124-E-dat-CA.jpg": ("observed", "observed", "not_observed"),
    "public-testfiles__adobe-20220124-E-sig-CA.jpg": ("observed", "observed", "not_observed"),
    "public-testfiles__adobe-20220124-E-uri-CA.jpg": ("observed", "observed", "not_observed"),
    "public-testfiles__adobe-20220124-XCA.jpg": ("observed", "observed", "not_observed"),
    "public-testfiles__adobe-20220124-A.jpg": ("not_observed", "not_applicable", "observed"),
    "public-testfiles__nikon-20221019-building.jpeg": ("observed", "not_observed", "not_observed"),
    "c2pa-rs__video1.mp4": ("observed", "not_observed", "not_observed"),
    "c2pa-rs__video1_no_manifest.mp4": ("not_observed", "not_applicable", "observed"),
    "c2pa-rs__cloud.jpg": ("not_observed", "not_applicable", "observed"),
    "c2pa-rs__ocsp.jpg": ("observed", "not_observed", "not_observed"),
    "c2pa-rs__no_hard_binding.jpg": ("observed", "not_observed", "not_observed"),
    "c2pa-python__sample1_signed.wav": ("observed", "not_observed", "not_observed"),
}


@pytest.mark.parametrize("name", sorted(CREDENTIALS))
def test_credentials_state_and_trust_are_kept_apart(
    shared_media: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, a tampered file passes, an expired one is called broken, or the network is asked."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    found = examined(shared_media / "c2pa" / name, ["credentials"], packets=False)
    outcomes = tuple(
        str(of(found, f"credentials.{state}").outcome) for state in ("present", "broken", "absent")
    )
    assert outcomes == CREDENTIALS[name]
    present = of(found, "credentials.present")
    if present.outcome is Outcome.OBSERVED:
        assert "not on any trust list (none is used)" in present.statement
    if "nikon" in name:
        assert "expired" in present.statement


def test_credentials_are_checked_inside_the_jail(shared_media: Path) -> None:
    """If this fails, the library cannot be loaded, or asks for more than the sandbox gives."""
    records: list[dict[str, Any]] = []
    with (shared_media / "c2pa" / "c2pa-rs__video1.mp4").open("rb") as file:
        result = run(
            "tests.support.jailed_credentials:examine",
            {},
            files={"item": file.fileno()},
            budget=Budget(wall_s=30),
            on_record=records.append,
        )
    assert result.ended is Ended.DONE
    assert [record["outcome"] for record in records] == ["observed", "not_observed", "not_observed"]


def test_a_remote_manifest_is_not_fetched_even_by_the_library(shared_media: Path) -> None:
    """If this fails, an examination tells a web server which file is being examined."""
    data = (shared_media / "c2pa" / "c2pa-rs__cloud.jpg").read_bytes()
    began = time.perf_counter()
    read = credentials.read_manifest("image/jpeg", BytesSource(data))
    assert read.report is None and "must fetch remote manifests" in read.error  # it says so and does not
    assert time.perf_counter() - began < 2


def test_every_malformed_file_ends_typed_and_quickly(shared_media: Path) -> None:
    """If this fails, one hostile file stops or silences the examination."""
    for path in sorted((shared_media / "malformed").iterdir()):
        if path.suffix == ".zip":
            continue
        began = time.perf_counter()
        found = examined(path, STRUCTURE, packets=False)
        assert time.perf_counter() - began < 3, path.name
        assert all(core.outcome in Outcome and core.core_digest for core in found)
