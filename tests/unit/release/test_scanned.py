"""The last look at a bundle's files, just before it is written."""

from __future__ import annotations

import base64
import hashlib
import random

import pytest

from witnessmark.release.bundle.scanned import leftovers
from witnessmark.release.derivative.gone import Scanner, Secret

DIGEST = hashlib.sha256(b"raw").digest()
SECRETS = (
    Secret("the digest of the raw file", digest=DIGEST),
    Secret("an original file name", text="ward 7 night.mp4"),
    Secret("a text that stands in the picture", text="00417"),
)


@pytest.mark.parametrize(
    ("path", "data", "what"),
    [
        ("public.mp4.c2pa", b"..." + DIGEST[4:20] + b"...", "the digest of the raw file"),
        ("proof/index.json", DIGEST.hex()[10:40].encode(), "the digest of the raw file"),
        ("verify.py", base64.b64encode(b"x" + DIGEST), "the digest of the raw file"),
        ("statement.en.html", DIGEST.hex().encode(), "the digest of the raw file"),
        ("proof/tokens/1.tsr", "WARD 7 NIGHT.MP4".encode("utf-16-le"), "an original file name"),
    ],
)
def test_a_secret_in_any_file_is_named_with_its_place(path: str, data: bytes, what: str) -> None:
    """Lost otherwise: a credential or a token that carries the raw's digest leaves with the bundle."""
    (found,) = leftovers({"README.html": b"plain", path: data}, SECRETS)
    assert found.what == what
    assert found.place.startswith(f"{path}, byte ")


def test_words_that_people_write_and_numbers_in_hashes_stop_nothing() -> None:
    """Lost otherwise: a bundle that is refused for a word of its own explanation (negative twin)."""
    files = {
        "LIMITS.md": b"a ward 7 night.mp4 is only an example here",
        "statement.en.html": b"What was acknowledged: ward 7 night.mp4",
        "proof/index.json": b'{"root":"ab00417c"}',
    }
    assert leftovers(files, SECRETS) == ()


def test_thousands_of_short_names_do_not_stop_a_coded_video_by_chance() -> None:
    """Lost otherwise: of a leak with a thousand names no bundle could ever be written."""
    draw = random.Random(7)
    coded = (
        draw.randbytes(1 << 12) + b"0417" + draw.randbytes(1 << 12)
    )  # as chance has it once in four gigabytes
    scanner = Scanner([Secret("a short name", text="0417")])
    scanner.take(coded)
    assert scanner.found == []
    longer = Scanner([Secret("a name", text="041776")])
    longer.take(coded.replace(b"0417", b"041776"))
    assert [one.what for one in longer.found] == ["a name"]
