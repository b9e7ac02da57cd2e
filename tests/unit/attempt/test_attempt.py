"""A sealed object goes in, typed findings come out, whatever the object is."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.clips import make_clip
from witnessmark.case.attempt_results import AttemptOutcome, AttemptReader
from witnessmark.examine import registry
from witnessmark.ground.jail import Budget, Ended, JailResult, run
from witnessmark.ground.vault.age import AgeWriter
from witnessmark.model.findings import Outcome

IDS = tuple(card.id for card in registry.cards())
RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
SMALL = [
    "camera/photoprism__mp42-hvc1.mp4",
    "camera/mp4parser__MOV00006.3gp",
    "camera/dashcamigo__real-anonymized.TS",
    "malformed/decord__corrupted.mp4",
    "neardup/perception__v1.m4v",
    "faces/sample-videos__eat.mkv",
    "c2pa/public-testfiles__adobe-20220124-A.jpg",
]


def attempt(
    path: Path, *, file_key: bytes | None = None, examiners: list[str] | None = None, **request: Any
) -> tuple[JailResult, AttemptOutcome, bytes]:
    shield = bytearray()
    reader = AttemptReader(IDS, sink=lambda name, piece, is_last: shield.extend(piece))
    fd = os.open(path, os.O_RDONLY)
    try:
        result = run(
            "witnessmark.case.attempt:examine",
            {"examiners": examiners, "seal": None, "shield": False, "sha256": False, "cpu_s": None} | request,
            files={"file" if file_key is None else "object": fd},
            secrets={} if file_key is None else {"file_key": file_key},
            budget=Budget(wall_s=120.0),
            on_record=reader.on_record,
            on_blob=reader.on_blob,
        )
    finally:
        os.close(fd)
    return result, reader.outcome(), bytes(shield)


def sealed(content: bytes, path: Path) -> bytes:
    with path.open("wb") as file:
        writer = AgeWriter(file.write, [RECIPIENT])
        writer.write(content)
        writer.close()
    return writer.file_key


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "a.mp4"
    make_clip(path, seconds=2)
    return path


def test_a_sealed_object_gives_what_its_plain_file_gives(clip: Path, tmp_path: Path) -> None:
    """Lost otherwise: an expert with the raw file could not reproduce the findings of the case."""
    key = sealed(clip.read_bytes(), tmp_path / "o.age")
    result, outcome, shield = attempt(
        tmp_path / "o.age", file_key=key, seal="sampled", shield=True, sha256=True
    )
    assert result.ended is Ended.DONE, result.stderr_tail
    _, plain, _ = attempt(clip, sha256=True)
    assert [core.core_digest for core in outcome.cores] == [core.core_digest for core in plain.cores]
    assert outcome.summary is not None
    assert plain.summary is not None
    digest = hashlib.sha256(clip.read_bytes()).digest()
    assert (outcome.summary.sha256, plain.summary.sha256) == (digest, digest)
    assert outcome.summary.failures == ()
    assert outcome.seal is not None
    assert (len(outcome.seal.item_root), shield[4:8]) == (32, b"ftyp")
    assert outcome.summary.sandbox == str(result.level)


def test_every_question_of_every_examiner_is_answered(clip: Path) -> None:
    """Lost otherwise: silence would pass for a clean result."""
    _, outcome, _ = attempt(clip)
    asked = {(card.id, kind) for card in registry.cards() for kind in card.kinds}
    assert {(core.examiner, core.kind) for core in outcome.cores} == asked
    assert [core.reason for core in outcome.cores if core.outcome is Outcome.FAILED] == []


def test_one_examiner_can_be_asked_alone(clip: Path) -> None:
    """Lost otherwise: the line that a report prints for re-running would not run."""
    _, outcome, _ = attempt(clip, examiners=["container"])
    assert {core.examiner for core in outcome.cores} == {"container"}


def test_what_no_examiner_applies_to_is_typed(tmp_path: Path) -> None:
    """Lost otherwise: documents in a leak would vanish from the report."""
    (tmp_path / "a").write_bytes(b"%PDF-1.7\n%%EOF")
    result, outcome, _ = attempt(tmp_path / "a")
    assert result.ended is Ended.DONE
    assert [(core.kind, core.measurements["format"].value) for core in outcome.cores] == [
        ("not_examined", "pdf")
    ]


def test_a_damaged_object_ends_the_attempt(clip: Path, tmp_path: Path) -> None:
    """Lost otherwise: damage of our own store would be reported as a property of the footage."""
    path = tmp_path / "o.age"
    key = sealed(clip.read_bytes() + bytes(200_000), path)
    broken = bytearray(path.read_bytes())
    broken[3000] ^= 1
    path.write_bytes(broken)
    result, outcome, _ = attempt(path, file_key=key)
    assert (result.ended, result.detail[:17]) == (Ended.CRASHED, "raised VaultError")
    assert outcome.summary is None


@pytest.mark.parametrize("name", SMALL)
def test_damaged_versions_of_real_files_all_end_in_typed_findings(shared_media: Path, name: str) -> None:
    """Lost otherwise: one broken file would stop the examination of a whole disk."""
    check_mutants(shared_media / name, range(6))


@pytest.mark.soak
def test_very_many_damaged_versions_end_in_typed_findings(shared_media: Path) -> None:
    """Lost otherwise: as above, for the rarer ways to be broken."""
    for path in sorted(shared_media.glob("*/*")):
        if path.is_file() and path.stat().st_size < 4_000_000:
            check_mutants(path, range(100, 200))


def check_mutants(path: Path, seeds: range) -> None:
    records: list[dict[str, Any]] = []
    fd = os.open(path, os.O_RDONLY)
    result = run(
        "tests.unit.attempt.mutants:examine_mutants",
        {"seeds": list(seeds)},
        files={"file": fd},
        budget=Budget(wall_s=600.0),
        on_record=records.append,
    )
    os.close(fd)
    # A crash of the decoder is a typed ending too; what may not happen is an exception of ours.
    allowed = result.ended is Ended.DONE or result.detail.startswith("ended by SIG")
    assert allowed, (records[-1], result.detail, result.stderr_tail[-2000:])
    assert all(record["answers"] > 0 for record in records if "answers" in record)
    assert [record for record in records if record.get("broken")] == []
