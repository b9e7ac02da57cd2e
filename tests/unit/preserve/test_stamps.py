"""If these fail, a forged or foreign time stamp would be taken for trusted time."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.authority import Authority
from witnessmark.model.errors import TimestampError
from witnessmark.preserve import stamps
from witnessmark.preserve.der import with_sorted_certificates

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on this machine")
NOTE = stamps.Checkpoint("publication", 7, b"origin\n7\nroot\n\n-- key sig\n")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "one", "Test authority one")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "two", "Unknown authority")


def test_an_answer_is_carried_in_and_holds_at_audit(authority: Authority, tmp_path: Path) -> None:
    """Trusted time could not be obtained on an air gap."""
    asked = stamps.ask(NOTE)
    assert stamps.write_out(asked, tmp_path) == 2
    request = next(tmp_path.glob("*.tsq"))
    (tmp_path / f"{request.stem}.one.tsr").write_bytes(authority.answer(request.read_bytes()))
    taken, refused = stamps.read_in(asked, tmp_path, stamps.load_roots(authority.root_pem))
    assert refused == ()
    assert [(s.state, s.authority) for s in taken] == [("anchored", "CN=Test authority one")]
    assert stamps.check_held(taken, {("publication", 7): NOTE.note}) == ()
    assert len(stamps.check_held(taken, {("publication", 7): NOTE.note + b"x"})) == 1
    again, _ = stamps.read_in([*taken, asked[1]], tmp_path, stamps.load_roots(authority.root_pem))
    assert again == ()


def test_answers_to_other_requests_and_unknown_authorities_are_refused(
    authority: Authority, stranger: Authority
) -> None:
    """A replayed or self-made token would pass."""
    roots = stamps.load_roots(authority.root_pem)
    mine, other = stamps.ask(NOTE)[0], stamps.ask(NOTE)[0]
    with pytest.raises(TimestampError, match="another request"):
        stamps.check_answer(mine, authority.answer(other.request), roots)
    with pytest.raises(TimestampError, match="chain does not hold"):
        stamps.check_answer(mine, stranger.answer(mine.request), roots)
    with pytest.raises(TimestampError, match="other bytes"):
        stamps.check_answer(replace(mine, checkpoint=b"else"), authority.answer(mine.request), roots)
    with pytest.raises(TimestampError, match="no authority is trusted"):
        stamps.check_answer(mine, authority.answer(mine.request), [])


def test_every_flipped_byte_of_a_token_is_refused(authority: Authority) -> None:
    """A token altered after receipt would pass the audit."""
    roots = stamps.load_roots(authority.root_pem)
    mine = stamps.ask(NOTE)[0]
    good = stamps.check_answer(mine, authority.answer(mine.request), roots)
    accepted = []
    for at in range(0, len(good.token), 7):
        bad = bytearray(good.token)
        bad[at] ^= 0x10
        if stamps.check_held([replace(good, token=bytes(bad))], {("publication", 7): NOTE.note}) == ():
            accepted.append(at)
    # Unsigned bytes (the embedded root's own signature, say) may change without harm to what is proven;
    # the stored row as a whole is guarded by the catalogue.
    assert len(accepted) <= len(good.token) // 7 // 4


def test_unsorted_certificates_are_read(authority: Authority) -> None:
    """An authority that sends its certificates unsorted could not be used."""
    roots = stamps.load_roots(authority.root_pem)
    mine = stamps.ask(NOTE)[0]
    answer = authority.answer(mine.request)
    ordered = with_sorted_certificates(answer)
    assert sorted(ordered) == sorted(answer)
    assert with_sorted_certificates(ordered) == ordered
    assert stamps.check_answer(mine, answer, roots).state == "anchored"


def test_an_opentimestamps_proof_must_be_over_our_text() -> None:
    """A proof over something else would be kept as ours."""
    from opentimestamps.core.notary import PendingAttestation
    from opentimestamps.core.op import OpSHA256
    from opentimestamps.core.serialize import BytesSerializationContext
    from opentimestamps.core.timestamp import DetachedTimestampFile, Timestamp

    def proof(data: bytes) -> bytes:
        timestamp = Timestamp(hashlib.sha256(data).digest())
        timestamp.attestations.add(PendingAttestation("https://calendar.example"))
        context = BytesSerializationContext()
        DetachedTimestampFile(OpSHA256(), timestamp).serialize(context)
        return bytes(context.getbytes())

    mine = stamps.ask(NOTE)[1]
    taken = stamps.check_answer(mine, proof(mine.request), [])
    assert (taken.state, taken.authority) == ("promised", "https://calendar.example")
    with pytest.raises(TimestampError, match="other bytes"):
        stamps.check_answer(mine, proof(b"else"), [])
    for junk in (b"", b"\x00" * 40, mine.request):
        with pytest.raises(TimestampError):
            stamps.check_answer(mine, junk, [])
