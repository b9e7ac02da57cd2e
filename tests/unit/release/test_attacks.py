"""If these fail, somebody can change a bundle and a stranger's check does not refuse it, or says the wrong thing."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from pathlib import Path

import pytest

from tests.support import bundle_attacks, bundles
from tests.support.rounds import soaking
from witnessmark.release.bundle import single_file
from witnessmark.release.bundle.writing import write_folder, write_zip
from witnessmark_verify.__main__ import check_path
from witnessmark_verify.bundle import check_bundle
from witnessmark_verify.verdict import DEMONSTRATION, ESTABLISHED, NOT_ESTABLISHED, Verdict

CI_ATTACKS, SOAK_ATTACKS = 168, 2000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bundles.Made:
    return bundles.make(tmp_path_factory.mktemp("made"), page_of=lambda files: b"<!doctype html>")


def check(files: dict[str, bytes], trust: str | None, policy: bytes | None = None) -> Verdict:
    return check_bundle(bundles.Held(files), trust, policy)


def test_the_untouched_bundle_holds(made: bundles.Made) -> None:
    """The negative twin of all that follows: refusing everything would be worthless."""
    for files in (made.first_edition, made.files):
        verdict = check(files, made.fingerprint)
        assert (verdict.ok, verdict.issuer, verdict.reason) == (True, ESTABLISHED, "")
        assert verdict.limits
        assert check(files, None).issuer == NOT_ESTABLISHED
    assert "PENDING" in " ".join(check(made.first_edition, None).not_checked)
    assert check(made.again(made.files), made.fingerprint).ok
    assert check(bundles.conspired(made, made.files), made.fingerprint).ok


def test_every_kind_of_attack_is_refused_for_the_right_reason(made: bundles.Made) -> None:
    """A forged bundle would pass, or be refused with words that help nobody."""
    count = SOAK_ATTACKS if soaking() else CI_ATTACKS
    seen: dict[str, int] = {}
    for attack in bundle_attacks.attacks(made, count, 20260):
        if attack.files == made.files and attack.trust is None and attack.policy is None:
            continue
        verdict = check(attack.files, attack.trust or made.fingerprint, attack.policy)
        assert not verdict.ok, attack.name
        assert verdict.reason in attack.reasons, (attack.name, verdict.reason, verdict.checks[-1].detail)
        seen[attack.name.split(" of ")[0]] = seen.get(attack.name.split(" of ")[0], 0) + 1
    assert len(seen) >= len(bundle_attacks.ALL) - 1


def test_a_bundle_forged_whole_with_a_new_key(tmp_path: Path, made: bundles.Made) -> None:
    """Anybody could publish anything in our name; without a fingerprint it must be called unestablished."""
    from witnessmark.ground.ledger import LedgerSecrets

    forged = bundles.make(tmp_path, secrets=LedgerSecrets.make(), page_of=lambda files: b"x")
    assert check(forged.files, made.fingerprint).reason == "issuer.fingerprint"
    verdict = check(forged.files, None)
    assert (verdict.ok, verdict.issuer) == (True, NOT_ESTABLISHED)


def test_the_demonstration_key_is_announced(tmp_path: Path) -> None:
    """The demonstration would be ready-made disinformation."""
    demo = bundles.make(tmp_path, demonstration=True, page_of=lambda files: b"x")
    for trust in (None, demo.fingerprint, "0" * 64):
        assert check(demo.files, trust).issuer == DEMONSTRATION
    assert b"NOT EVIDENCE" in demo.files["LIMITS.md"]


def test_a_supplement_of_another_bundle_does_not_fit(tmp_path: Path, made: bundles.Made) -> None:
    """Time proofs of one release could be put under another."""
    other = bundles.make(
        tmp_path, masks=bundles.Masks(0, bundles.WIDTH, bundles.HEIGHT, ()), page_of=lambda f: b"x"
    )
    mixed = {**made.first_edition, **other.supplement}
    assert check(mixed, made.fingerprint).reason in {"files.changed", "files.missing", "files.extra"}
    resigned = made.again(mixed)
    assert check(resigned, made.fingerprint).reason in {"entry.payload", "checkpoint.other"}


def test_the_policy_that_the_stranger_brings_decides(made: bundles.Made) -> None:
    """A publisher could count witnesses of his own making."""
    nobody = bundles.vkey(b"z" * 32, "witness.example/nobody")
    (line,) = [x for x in made.files["proof/policy.txt"].decode().split("\n") if x.startswith("witness ")]
    known = f"{line}\nquorum {line.split()[1]}\n".encode()
    unknown = f"witness other {nobody.text}\nquorum other\n".encode()
    assert check(made.files, made.fingerprint, known).ok
    assert check(made.files, made.fingerprint, unknown).reason == "witness.quorum"


# -- folder and zip


def test_folder_and_zip_say_the_same(tmp_path: Path, made: bundles.Made) -> None:
    """One of the two forms would check less."""
    write_folder(made.files, tmp_path / "folder")
    write_zip(made.files, tmp_path / "bundle.zip")
    verdicts = [check_path(tmp_path / name, made.fingerprint) for name in ("folder", "bundle.zip")]
    assert verdicts[0] == verdicts[1]
    assert verdicts[0].ok
    write_zip(made.files, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "bundle.zip").read_bytes()
    times = {path.stat().st_mtime for path in (tmp_path / "folder").rglob("*")}
    assert times == {315532800}


@pytest.mark.parametrize("umask", [0o077, 0o000])
def test_everybody_can_read_a_bundle_and_only_its_owner_change_it(
    tmp_path: Path, made: bundles.Made, umask: int
) -> None:
    """Copied onto a server from a desk with a strict umask, nobody could read it; and modes would tell the umask."""
    before = os.umask(umask)
    try:
        (tmp_path / "there").mkdir()
        for folder in (tmp_path / "folder", tmp_path / "there"):
            write_folder(made.files, folder)
        write_zip(made.files, tmp_path / "bundle.zip")
    finally:
        os.umask(before)
    for folder in (tmp_path / "folder", tmp_path / "there"):
        places = [folder, *folder.rglob("*")]
        assert {stat.S_IMODE(p.stat().st_mode) for p in places if p.is_dir()} == {0o755}
        assert {stat.S_IMODE(p.stat().st_mode) for p in places if p.is_file()} == {0o644}
        assert {p.stat().st_mtime for p in places} == {315532800}
    assert stat.S_IMODE((tmp_path / "bundle.zip").stat().st_mode) == 0o644


def test_a_zip_that_python_reads_is_read_alike(tmp_path: Path, made: bundles.Made) -> None:
    """Strangers unpack with other tools than ours."""
    import zipfile

    write_zip(made.files, tmp_path / "bundle.zip")
    with zipfile.ZipFile(tmp_path / "bundle.zip") as held:
        assert held.testzip() is None
        assert {name: held.read(name) for name in held.namelist()} == made.files
        assert {info.date_time for info in held.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_every_bit_of_the_zips_own_bytes_counts(tmp_path: Path, made: bundles.Made) -> None:
    """Data could hide between, before or behind the files, or in their headers."""
    path = tmp_path / "bundle.zip"
    write_zip(made.files, path)
    whole = path.read_bytes()
    end = whole.index(b"PK\1\2")
    places = [*range(45), *range(end, len(whole), 7), len(whole) - 1]
    for at in places:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        verdict = check_path(path, made.fingerprint)
        assert verdict.reason in {"container.zip", "container.name", "files.missing", "container.size"}, at
    for changed in (b"x" + whole, whole + b"x", whole[:end] + b"x" + whole[end:], whole[:-1], b"PK\3\4"):
        path.write_bytes(changed)
        assert check_path(path, made.fingerprint).reason == "container.zip"


def test_odd_things_in_a_folder_are_refused(tmp_path: Path, made: bundles.Made) -> None:
    """A link could lead the check, or the stranger, to other files; a pipe would hang it."""
    import os

    def folder(name: str) -> Path:
        write_folder(made.files, tmp_path / name)
        return tmp_path / name

    link = folder("link")
    (link / "LIMITS.md").unlink()
    (link / "LIMITS.md").symlink_to("statement.json")
    assert check_path(link, made.fingerprint).reason == "container.kind"
    pipe = folder("pipe")
    os.mkfifo(pipe / "more")
    assert check_path(pipe, made.fingerprint).reason == "container.kind"
    for name in (".hidden", "a b", "é", "-" * 65):
        odd = folder("odd" + str(len(name)) + name[0].replace(".", "dot"))
        (odd / name).write_bytes(b"")
        assert check_path(odd, made.fingerprint).reason == "container.name", name
    deep = folder("deep")
    (deep / "a/b/c/d").mkdir(parents=True)
    assert check_path(deep, made.fingerprint).reason == "container.name"
    case = folder("case")
    (case / "readme.HTML").write_bytes(b"")
    assert check_path(case, made.fingerprint).reason == "container.name"


# -- verify.py, alone on a bare Python


def test_verify_py_is_the_package(tmp_path: Path, made: bundles.Made) -> None:
    """The file that strangers are given would check something else than what is tested here."""
    import importlib.util

    assert single_file.build() == made.files["verify.py"]
    script = tmp_path / "verify.py"
    script.write_bytes(single_file.build())
    spec = importlib.util.spec_from_file_location("verify_alone", script)
    assert spec is not None and spec.loader is not None
    alone = importlib.util.module_from_spec(spec)
    sys.modules["verify_alone"] = alone
    spec.loader.exec_module(alone)
    for attack in bundle_attacks.attacks(made, 56, 7):
        trust = attack.trust or made.fingerprint
        ours = check(attack.files, trust, attack.policy).to_json()
        assert alone.check_bundle(bundles.Held(attack.files), trust, attack.policy).to_json() == ours, (
            attack.name
        )
    good = alone.check_bundle(bundles.Held(made.files), made.fingerprint)
    assert good.to_json() == check(made.files, made.fingerprint).to_json()


def test_verify_py_runs_on_a_bare_python(tmp_path: Path, made: bundles.Made) -> None:
    """A stranger has a Python and the bundle, no packages and no network."""
    import subprocess

    write_folder(made.files, tmp_path / "bundle")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", "bundle/verify.py", "bundle", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    plain = run()
    assert (plain.returncode, plain.stderr) == (0, "")
    assert "issuer NOT established" in plain.stdout
    assert "Not proven:" in plain.stdout
    assert "established by the fingerprint you gave" in run("--trust", made.fingerprint).stdout
    assert json.loads(run("--json").stdout)["ok"] is True
    refused = run("--trust", "0" * 64)
    assert (refused.returncode, "issuer.fingerprint" in refused.stdout) == (1, True)
    (tmp_path / "bundle/public.mp4").write_bytes(b"x")
    assert run().returncode == 1
    assert (
        hashlib.sha256((tmp_path / "bundle/verify.py").read_bytes()).digest()
        == hashlib.sha256(made.files["verify.py"]).digest()
    )
