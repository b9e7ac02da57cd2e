"""Content credentials of a public file: readable by others' readers, and saying as little as the format allows."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import c2pa
import pytest
from PIL import Image

from tests.corpus.clips import make_clip
from witnessmark.ground.container import HEAD_BYTES, BytesSource, parse, sniff
from witnessmark.model.errors import CheckFailedError
from witnessmark.release.credentials import SETTINGS, Chain, with_credentials

COMMITMENT, RELEASE = "ab" * 32, "cd" * 16


def picture() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((640, 480)).save(out, "JPEG")
    return out.getvalue()


def told(media: bytes, media_type: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(c2pa.Reader(media_type, io.BytesIO(media)).json())
    return found


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path: Path = make_clip(tmp_path_factory.mktemp("clip") / "a.mp4", seed=3).path
    return path.read_bytes()


def signed(media: bytes, media_type: str, title: str) -> bytes:
    chain = Chain.of(b"seed", "ABCDEF")
    made = with_credentials(
        media, media_type, chain=chain, release=RELEASE, commitment=COMMITMENT, title=title
    )
    assert made.side_file
    return made.media


def test_others_read_it_as_intact_and_untrusted(clip: bytes) -> None:
    """ "Valid" must be true, and nobody may be led to think that the signer is known."""
    document = told(signed(clip, "video/mp4", "public.mp4"), "video/mp4")
    manifest = document["manifests"][document["active_manifest"]]
    assert {one["code"] for one in document["validation_status"]} == {"signingCredential.untrusted"}
    actions = next(one for one in manifest["assertions"] if one["label"].startswith("c2pa.actions"))
    assert [one["action"] for one in actions["data"]["actions"]] == [
        "c2pa.opened",
        "c2pa.edited",
        "c2pa.transcoded",
    ]
    assert len(document["manifests"]) == 1


def test_a_changed_byte_of_the_film_breaks_them(clip: bytes) -> None:
    """Credentials that hold for another film prove nothing."""
    media = bytearray(signed(clip, "video/mp4", "public.mp4"))
    media[-100] ^= 1
    codes = {one["code"] for one in told(bytes(media), "video/mp4")["validation_status"]}
    assert "assertion.bmffHash.mismatch" in codes


def test_they_hold_no_time_no_name_and_no_thumbnail() -> None:
    """The library's default puts a thumbnail into the manifest: shown here, so that nobody switches it on again."""
    media = picture()
    ours = json.dumps(told(signed(media, "image/jpeg", "public.jpg"), "image/jpeg"))
    assert "thumbnail" not in ours and "when" not in ours and '"time"' not in ours
    chain = Chain.of(b"seed", "ABCDEF")
    signer = c2pa.Signer.from_callback(chain.sign, c2pa.C2paSigningAlg.ES256, chain.pem, None)
    source = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    created = {"action": "c2pa.created", "digitalSourceType": source}
    plain = {
        "claim_generator_info": [{"name": "any"}],
        "format": "image/jpeg",
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
        ],
    }
    made = io.BytesIO()
    c2pa.Builder(json.dumps(plain)).sign(signer, "image/jpeg", io.BytesIO(media), made)
    assert "thumbnail" in json.dumps(told(made.getvalue(), "image/jpeg"))
    assert SETTINGS["builder"]["thumbnail"]["enabled"] is False


def test_the_film_stays_as_fast_to_start(clip: bytes) -> None:
    """A player that has to fetch the end first shows nothing on a slow line."""
    media = signed(clip, "video/mp4", "public.mp4")
    tree = parse(BytesSource(media), sniff(media[:HEAD_BYTES], len(media)))
    assert tree is not None
    assert media.index(b"moov") < media.index(b"mdat") or clip.index(b"moov") > clip.index(b"mdat")


def test_the_chain_is_the_same_each_time_and_another_for_another_case() -> None:
    """Two releases of one case must name one signer; two cases must share nothing."""
    assert Chain.of(b"seed", "ABCDEF").pem == Chain.of(b"seed", "ABCDEF").pem
    assert Chain.of(b"seed", "ABCDEF").pem != Chain.of(b"dees", "ABCDEF").pem


def test_what_is_no_film_is_refused() -> None:
    """A fault must end in words, not in a file without credentials that says it has them."""
    with pytest.raises(CheckFailedError):
        signed(b"not a film", "video/mp4", "public.mp4")
