"""The receipt: signed, balanced in the open, and without a single name."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.unit.receive import archives
from tests.unit.receive.world import InProcess, sealed_world
from witnessmark.model.errors import UnusableInputError
from witnessmark.receive import receipt
from witnessmark.receive.transfer import Received

FACTS = receipt.ReceiptFacts(
    receipt_id="R-2021-0001",
    case_id="c0ffee00-0000-4000-8000-000000000001",
    made_at=datetime(2021, 10, 5, 12, 0, 0, tzinfo=UTC),
    received_by="Birch",
    sandbox="S2",
    software="witnessmark 0.1.0",
    source="Heron",
    custody={"leaf": 17, "log_size": 18},
    annex_bytes=100,
    annex_sha256="ab" * 32,
)


@pytest.fixture
def received(tmp_path: Path) -> Received:
    source = tmp_path / "Users" / "ivanov" / "verysecretname"
    source.mkdir(parents=True)
    (source / "secretclip.mp4").write_bytes(b"x")
    (source / "secretlink").symlink_to("secretclip.mp4")
    (source / "secret.zip").write_bytes(archives.encrypted_zip())
    return sealed_world(tmp_path / "objects").receive(tmp_path / "Users", run_jailed=InProcess())


def signed(received: Received) -> dict[str, Any]:
    return receipt.sign_receipt(receipt.receipt_document(FACTS, received), lambda data: f"signed {len(data)}")


def test_the_document_holds_the_interface_and_no_name(received: Received) -> None:
    """A receipt is shown around; a name in it gives someone away."""
    document = signed(received)
    text = receipt.to_bytes(document)
    assert {key: document[key] for key in ("schema", "found", "sealed", "already_held", "balanced")} == {
        "schema": "witnessmark/receipt/1",
        "found": {"files": 3, "bytes": received.files.found.size_bytes},
        "sealed": {"files": 2, "bytes": received.files.found.size_bytes},
        "already_held": {"files": 0, "bytes": 0},
        "balanced": True,
    }
    assert [word for word in (b"secret", b"ivanov", b"Users") if word in text] == []
    assert (document["exposures"], json.loads(text)) == ({"account_name": 3}, document)


def test_the_signature_covers_everything_else(received: Received) -> None:
    """A count that can be changed after signing is worth nothing."""
    document = signed(received)
    changed = {**document, "balanced": False}
    assert receipt.signed_bytes(document) == receipt.signed_bytes(receipt.receipt_document(FACTS, received))
    assert receipt.signed_bytes(changed) != receipt.signed_bytes(document)


def test_stock_ssh_keygen_verifies(received: Received, tmp_path: Path) -> None:
    """The recipient must be able to check without us."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    from witnessmark.ground.ledger import sshsig

    key = Ed25519PrivateKey.generate()

    class Key:
        public = key.public_key().public_bytes_raw()

        def sign(self, data: bytes) -> bytes:
            return key.sign(data)

    def sign(data: bytes) -> str:
        return sshsig.armour(sshsig.sign(Key(), data, receipt.SIGNATURE_NAMESPACE))

    document = receipt.sign_receipt(receipt.receipt_document(FACTS, received), sign)
    import base64

    line = base64.b64encode(sshsig.public_blob(Key.public)).decode()
    (tmp_path / "allowed").write_text(f"Birch ssh-ed25519 {line}\n")
    (tmp_path / "sig").write_text(document["signature"]["value"])
    checked = subprocess.run(
        f"ssh-keygen -Y verify -f allowed -I Birch -n {receipt.SIGNATURE_NAMESPACE} -s sig".split(),
        cwd=tmp_path,
        input=receipt.signed_bytes(document),
        capture_output=True,
    )
    assert checked.returncode == 0, checked.stderr


def test_the_paper_is_made_again_byte_for_byte(received: Received) -> None:
    """A receipt found in a drawer must be comparable with the one in the case."""
    document = signed(received)
    again = json.loads(receipt.to_bytes(document))
    made = receipt.receipt_pdf(document)
    assert (made[:5], made == receipt.receipt_pdf(again), b"D:20211005120000Z" in made) == (
        b"%PDF-",
        True,
        True,
    )


def test_the_paper_says_the_numbers_and_no_names(received: Received) -> None:
    """A lawyer reads the paper, not the JSON."""
    document = signed(received)
    refused = receipt._by_reason(document["rejected"])
    html = receipt._template().render(
        receipt=document,
        refused=refused,
        members_refused=receipt._by_reason(document["members"]["rejected"]),
        codes=document["rejected"],
        member_codes=document["members"]["rejected"],
        bytes_shown=receipt._bytes_shown,
        words=receipt.EXPOSURE_WORDS,
    )
    present = [
        word
        for word in ("The numbers balance", "Locked with a password", "not mounted read-only")
        if word in html
    ]
    assert (present, [word for word in ("secret", "ivanov") if word in html]) == (
        ["The numbers balance", "Locked with a password", "not mounted read-only"],
        [],
    )


@pytest.mark.parametrize("document", [{}, {"schema": "witnessmark/receipt/1"}, {"schema": "other"}])
def test_what_is_no_receipt_is_not_printed(document: dict[str, Any]) -> None:
    """A half-empty paper with our name on it would be taken for a receipt."""
    with pytest.raises(UnusableInputError):
        receipt.receipt_pdf(document)


def test_every_exposure_kind_has_words() -> None:
    """A bare code on paper tells a lawyer nothing."""
    from witnessmark.receive import exposures

    kinds = set(exposures._EXACT_NAMES.values()) | {kind for _, kind in exposures._NAME_PATTERNS}
    kinds |= {"account_name", "account_sid", "device_id", "phone_number", "mail_address"}
    assert kinds == set(receipt.EXPOSURE_WORDS)


def test_every_reason_has_an_explanation() -> None:
    """A refusal that is not explained will be read as a loss."""
    from witnessmark.receive.reasons import EXPLANATIONS, Reason

    assert set(EXPLANATIONS) == set(Reason)
