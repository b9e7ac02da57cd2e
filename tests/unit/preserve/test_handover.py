"""If these fail, what a court receives cannot be checked, or lay open on our disk on the way."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import bagit
import pyrage
import pytest

from witnessmark.model.errors import UnusableInputError
from witnessmark.preserve.handover import BagEntry, pack, read_recipient
from witnessmark.preserve.handover_papers import premis_events, read_me, receipt_to_return, ro_crate


def test_a_bag_opens_for_its_recipient_and_validates(tmp_path: Path) -> None:
    """The recipient could not open or check the bag."""
    identity = pyrage.x25519.Identity.generate()
    recipient = read_recipient(f"# a lawyer\n{identity.to_public()}\n")
    contents = {"items/a.mp4": b"x" * 3_000_000, "findings.json": b"{}", "items/empty": b""}
    out = bytearray()
    packed = pack(
        out.extend,
        recipient,
        [BagEntry(path, len(data), [data[:5], data[5:]]) for path, data in contents.items()],
        info={"External-Description": "two\nlines"},
        tag_files={"READ-ME.txt": read_me("court", "trial", "the court", 3)},
        folder="handover-1",
        bagging_date="2026-01-02",
    )
    assert b"items/a.mp4" not in out
    with tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(bytes(out), [identity]))) as tar:
        tar.extractall(tmp_path)  # our own archive; Debian 12's Python 3.11.2 knows no filter
    bag = bagit.Bag(str(tmp_path / "handover-1"))
    assert bag.is_valid()
    assert bag.version == "1.0"
    tagmanifest = (tmp_path / "handover-1/tagmanifest-sha256.txt").read_bytes()
    assert packed.tagmanifest_sha256 == hashlib.sha256(tagmanifest).hexdigest()
    assert (packed.files, packed.payload_bytes) == (3, 3_000_002)


def test_content_that_is_shorter_than_declared_stops_the_bag() -> None:
    """A truncated file would be handed over as whole."""
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    with pytest.raises((UnusableInputError, OSError)):
        pack(
            bytearray().extend,
            recipient,
            [BagEntry("a", 10, [b"short"])],
            info={},
            tag_files={},
            folder="h",
            bagging_date="2026-01-02",
        )


@pytest.mark.parametrize("text", ["", "age1a\nage1b\n", "AGE-SECRET-KEY-1X", "ssh-ed25519 AAAA"])
def test_a_recipient_file_holds_one_public_key(text: str) -> None:
    """A bag could be sealed to nobody, or to a secret key's text."""
    with pytest.raises(UnusableInputError):
        read_recipient(text)


def test_papers_can_be_read() -> None:
    """The recipient's archive could not ingest the papers."""
    xml = premis_events(
        [{"identifier": "1", "type": "receive", "time": "2026-01-02T00:00:00Z", "detail": "a<b"}]
    )
    assert b"a&lt;b" in xml
    assert b'"hasPart"' in ro_crate("t", "p", "2026-01-02", [("items/a", "video/mp4")])
    assert b"Hand-over: 7" in receipt_to_return("7", "trial")
