"""From a received clip to a bundle that a stranger checks, through the jail, on a case with a clock that is turned."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support import bundles
from tests.support.clocks import turn
from witnessmark.case import wiring
from witnessmark.case.case import Case
from witnessmark.case.court_check import check_raw
from witnessmark.case.examining import examine
from witnessmark.case.receiving import receive
from witnessmark.case.releasing import (
    committed,
    make_bundle,
    make_supplement,
    open_for_release,
    opening_file,
)
from witnessmark.ground.ledger import SeedSigner, sshsig
from witnessmark.ground.media.workshop import Recipe, write_movie
from witnessmark.model.approval import Approval
from witnessmark.model.errors import LedgerError, UnusableInputError, UsageError
from witnessmark.model.redaction import Form
from witnessmark.release.bundle import layout
from witnessmark.release.bundle.contents import Contents, Part
from witnessmark_verify.__main__ import check_path
from witnessmark_verify.approvals import APPROVAL_NAMESPACE
from witnessmark_verify.verdict import ESTABLISHED

PASSPHRASE = "a long passphrase of the founder"
RAW_NAME = "IMG_0417 hall four.mp4"


@dataclass
class Released:
    case: Case
    raw: Path
    bundle: Path
    supplement: Path
    opening: Path
    draft: layout.Draft


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Released]:
    folder = tmp_path_factory.mktemp("released")
    disk = folder / "disk"
    disk.mkdir()
    raw, public_video = disk / RAW_NAME, folder / "public.mp4"
    write_movie(raw, (bundles.scene(n) for n in range(bundles.LENGTH)), Recipe(bundles.RATE, crf=20))
    public = bundles.public_map()
    write_movie(
        public_video,
        (
            bundles.public_picture(bundles.scene(f.ordinal), bundles.MASKS.tiles_at(f.ordinal))
            for f in public.frames
        ),
        Recipe(bundles.RATE, crf=23, with_sound=False),
    )
    with wiring.create_case(folder / "case", "release", PASSPHRASE, pseudonym="tern").case as case:
        receive(case, [str(disk).encode()])
        examine(case)
        (item,) = case.catalogue.items()
        begun = case.clock()
        opened = open_for_release(case, item, public, bundles.MASKS.tiles_at, proven_frames=2)
        part = Part("video", {"public.mp4": public_video}, public=public, opened=opened)
        contents = Contents(
            b"r" * 16,
            case.ledger.publication.first_vkey.name,
            Form.VIDEO,
            {"statement.json": b'{"schema":"witnessmark/statement/1","text":"A hall."}'},
            (committed(case, item).payload,),
            (part,),
        )
        draft = layout.draft(contents)
        second = SeedSigner(bundles.APPROVER)
        approvals = [
            bundles.approve(draft, "redactor", bundles.REDACTOR),
            Approval(
                "approver",
                second.public,
                sshsig.sign(second, draft.text_to_sign("approver"), namespace=APPROVAL_NAMESPACE),
            ),
        ]
        with pytest.raises(UsageError, match="not approved"):
            make_bundle(case, draft, approvals[:1], folder / "refused")
        turn(case, begun + timedelta(days=1))
        with pytest.raises(LedgerError, match="first entry"):
            make_bundle(case, draft, approvals, folder / "refused")
        make_bundle(case, draft, approvals, folder / "bundle", show_first_entry=True)
        with pytest.raises(LedgerError, match="not closed"):
            make_supplement(case, folder / "bundle", folder / "supplement", show_first_entry=True)
        turn(case, begun + timedelta(days=2))
        make_supplement(case, folder / "bundle", folder / "supplement", show_first_entry=True)
        (folder / "opening.json").write_bytes(opening_file(case, item))
        yield Released(case, raw, folder / "bundle", folder / "supplement", folder / "opening.json", draft)


def laid_over(released: Released, target: Path) -> Path:
    shutil.copytree(released.bundle, target)
    shutil.copytree(released.supplement, target, dirs_exist_ok=True)
    return target


def test_a_pending_bundle_holds_and_says_so(released: Released) -> None:
    """A release could not go out before the day is closed, or would claim a time that it does not have."""
    verdict = check_path(released.bundle, released.case.ledger.fingerprint)
    assert (verdict.ok, verdict.issuer) == (True, ESTABLISHED), verdict.checks[-1]
    assert any("PENDING" in line for line in verdict.not_checked)


def pythons() -> list[Path]:
    """Every Python from 3.9 on that is at hand: this one, those on the path, and those installed beside this one."""
    named = [shutil.which(f"python3.{minor}") for minor in range(9, 20)]
    beside = Path(sys.base_prefix).parent.glob("3.*/bin/python3")
    found = {Path(one).resolve() for one in (sys.executable, *filter(None, named), *map(str, beside))}
    asked = {path: _version(path) for path in found}
    return sorted((path for path, version in asked.items() if version >= (3, 9)), key=lambda p: asked[p])


def _version(python: Path) -> tuple[int, ...]:
    said = subprocess.run(
        [python, "-I", "-S", "-c", "import sys; print(*sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=False,
    )
    return tuple(map(int, said.stdout.split()))


def test_any_python_at_hand_checks_it_without_a_package(released: Released) -> None:
    """A stranger has the Python that he has, bare."""
    for python in pythons():
        ran = subprocess.run(
            [python, "-I", "-S", released.bundle / "verify.py", released.bundle],
            capture_output=True,
            text=True,
            check=False,
            env={},
        )
        assert ran.returncode == 0, (python, ran.stdout, ran.stderr)
        assert "not established" in ran.stdout.lower(), (python, ran.stdout)


def test_the_supplement_completes_it(released: Released, tmp_path: Path) -> None:
    """The release itself could never be proven to stand in the log."""
    verdict = check_path(laid_over(released, tmp_path / "whole"), released.case.ledger.fingerprint)
    assert verdict.ok, verdict.checks[-1]
    assert not any("PENDING" in line for line in verdict.not_checked)
    assert json.loads((tmp_path / "whole/proof/index.json").read_text())["edition"] == 1
    assert not any(path.name == "manifest.json" for path in released.supplement.rglob("*"))


def test_nothing_in_the_bundle_points_back(released: Released, tmp_path: Path) -> None:
    """The institution could find out which file leaked, when it came, and who handles it."""
    whole = laid_over(released, tmp_path / "whole")
    (item,) = released.case.catalogue.items()
    raw = released.raw.read_bytes()
    import hashlib

    from witnessmark.ground.vault.reader import item_key

    fd, file_key = released.case.file_key(item.object_name)
    import os

    os.close(fd)
    secrets = {
        "raw hash": hashlib.sha256(raw).digest(),
        "item key": item_key(file_key),
        "file key": file_key,
        "object name": bytes.fromhex(item.object_name),
        "salt": committed(released.case, item).salt,
        "custody root": released.case.ledger._storage.last_act().root_after,  # type: ignore[union-attr]
    }
    texts = [RAW_NAME, "hall four", item.item_id, "tern", released.case.case_id, "witnessmark-custody"]
    for path in sorted(whole.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        if path.name == "README.html":
            import base64
            import re
            import zlib

            block = re.search(rb'data-length="\d+">([^<]*)</script>', data)
            assert block is not None
            data += zlib.decompress(base64.b64decode(block.group(1)))
        for name, secret in secrets.items():
            runs = {secret[k : k + 8] for k in range(len(secret) - 7)}
            assert not any(run in data or run.hex().encode() in data for run in runs), (path.name, name)
        for text in texts:
            assert text.encode() not in data, (path.name, text)
    year = str(datetime.now(UTC).year).encode()
    manifest = (whole / "proof/manifest.json").read_bytes()
    assert year not in manifest and b"time" not in manifest


def test_a_courts_expert_recomputes_the_root_from_the_raw(released: Released, tmp_path: Path) -> None:
    """The organisation's own word would be all there is for the commitments."""
    payloads = released.draft.contents.items
    checks = check_raw(payloads, released.raw, released.opening)
    assert [(c.name, c.ok) for c in checks] == [("raw", True), ("root", True)]
    other = tmp_path / "other.mp4"
    other.write_bytes(released.raw.read_bytes()[:-1] + b"x")
    assert [c.reason for c in check_raw(payloads, other, released.opening)] == ["raw.commitment"]
    assert [c.reason for c in check_raw((b"x" * 64,), released.raw, released.opening)] == ["raw.other"]
    broken = tmp_path / "opening.json"
    broken.write_text("{}")
    with pytest.raises(UnusableInputError):
        check_raw(payloads, released.raw, broken)
    spoiled = json.loads(released.opening.read_text())
    spoiled["item_key"] = "00" * 32
    broken.write_text(json.dumps(spoiled))
    assert [c.reason for c in check_raw(payloads, released.raw, broken)] == ["", "raw.root"]


def test_the_verb_says_all_of_it(released: Released) -> None:
    """A lawyer would have to call Python to check."""
    program = str(Path(sys.executable).with_name("witnessmark"))
    command = [program, "verify", str(released.bundle), "--json"]
    command += ["--raw", str(released.raw), "--opening", str(released.opening)]
    command += ["--trust", released.case.ledger.fingerprint]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert (said["ok"], said["issuer"], said["checks"][-1]["name"]) == (True, "established", "root")
    wrong = [*command[:3], "--trust", "0" * 64]
    ran = subprocess.run(wrong, capture_output=True, text=True, check=False)
    assert (ran.returncode, "issuer.fingerprint" in ran.stdout) == (1, True)
