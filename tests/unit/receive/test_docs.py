"""The pages say what the code does."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from witnessmark.model.commitment import file_commitment
from witnessmark.receive.reasons import Reason
from witnessmark.receive.unpack import NOT_UNPACKED_FORMATS, UNPACKED_FORMATS
from witnessmark.receive.unpack_limits import UnpackLimits

DOCS = Path(__file__).resolve().parents[3] / "docs"
SPEC = (DOCS / "spec" / "receipt.md").read_text(encoding="utf-8")
GUIDE = (DOCS / "receive.md").read_text(encoding="utf-8")


def test_every_reason_is_specified() -> None:
    """Who writes another reader must know every word that can stand there."""
    table = SPEC.split("## 5.")[1]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert {word for row in rows for word in re.findall(r"`(\w+)`", row)} == {str(one) for one in Reason}


def test_the_commitment_vector_holds() -> None:
    """A court's expert will compute it from the page, not from our code."""
    salt, digest, commitment = re.findall(r"`([0-9a-f]{64})`", SPEC)
    assert hashlib.sha256(b"abc").hexdigest() == digest
    assert file_commitment(bytes.fromhex(salt), bytes.fromhex(digest)).hex() == commitment


def test_the_bounds_named_are_the_bounds() -> None:
    """A bound that the page gets wrong sends people looking for members that were refused."""
    limits = UnpackLimits()
    named = (
        f"{limits.members:,} members, {limits.total_bytes >> 30} GiB in all, "
        f"{limits.member_bytes >> 30} GiB a member, {limits.ratio} times"
    )
    assert named in " ".join(GUIDE.split())
    assert (limits.depth, limits.ratio_free_bytes, limits.path_depth) == (3, 64 << 20, 64)


def test_archive_kinds_are_named() -> None:
    """What is sealed without being unpacked must be told apart from what is unpacked."""
    assert all(form in GUIDE for form in UNPACKED_FORMATS)
    assert {"rar", "zst", "lz4", "cab"} == NOT_UNPACKED_FORMATS
