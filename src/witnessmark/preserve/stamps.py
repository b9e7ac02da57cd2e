"""Trusted time on checkpoints, carried by hand: write requests, check answers before believing them.

Establishes that a checkpoint of the log, and so everything under it, existed at the time a named authority
states. Only hashes leave: of the publication log for the public, of the custody log for a court.
Sources: RFC 3161 (requests and tokens, nonce §2.4.1), RFC 5816, OpenTimestamps proof format.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, VerificationError, VerifierBuilder
from rfc3161_client import decode_timestamp_response as decode_strictly

from witnessmark.model.custody import Problem, Stamp
from witnessmark.model.errors import TimestampError, UnusableInputError
from witnessmark.preserve.der import with_sorted_certificates

RFC3161 = "rfc3161"
OPENTIMESTAMPS = "opentimestamps"
LARGEST_ANSWER_BYTES = 1 << 20
"""A token with its chain takes under 10 kB; more is not an answer."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed note and where it stands."""

    log: str
    size: int
    note: bytes


def ask(checkpoint: Checkpoint) -> tuple[Stamp, Stamp]:
    """The two questions for one checkpoint: a time-stamp request, and a text for OpenTimestamps."""
    request = (
        TimestampRequestBuilder()
        .data(checkpoint.note)
        .hash_algorithm(HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    common = {
        "log": checkpoint.log,
        "size": checkpoint.size,
        "checkpoint": checkpoint.note,
        "state": "pending",
    }
    digest = hashlib.sha256(checkpoint.note).hexdigest()
    return (
        Stamp(
            stamp_id=str(uuid.uuid4()),
            kind=RFC3161,
            nonce=str(request.nonce),
            request=request.as_bytes(),
            **common,  # type: ignore[arg-type]
        ),
        Stamp(
            stamp_id=str(uuid.uuid4()),
            kind=OPENTIMESTAMPS,
            request=f"{digest}\n".encode("ascii"),
            **common,  # type: ignore[arg-type]
        ),
    )


def short_name(stamp: Stamp) -> str:
    """File name of a request: says nothing about the case, its size or its time."""
    return "stamp-" + stamp.stamp_id[:8]


CARRIER_TEXT = """\
These files hold hashes only. They say nothing about the case.

For each .tsq file, ask at least two time-stamp authorities and save each answer beside it:
  curl -H 'Content-Type: application/timestamp-query' --data-binary @NAME.tsq URL > NAME.AUTHORITY.tsr
For each .txt file, with the OpenTimestamps client (after a day: ots upgrade NAME.txt.ots):
  ots stamp NAME.txt
Then bring this folder back: witnessmark stamp CASE --in DIR
"""


def write_out(stamps: Iterable[Stamp], folder: Path) -> int:
    """Write the pending questions for a carrier; returns how many. Existing files are left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for stamp in stamps:
        if stamp.state == "anchored":
            continue
        suffix = ".tsq" if stamp.kind == RFC3161 else ".txt"
        target = folder / (short_name(stamp) + suffix)
        if not target.exists():
            target.write_bytes(stamp.request)
        count += 1
    (folder / "READ-ME.txt").write_text(CARRIER_TEXT, encoding="utf-8")
    return count


def read_in(
    stamps: Sequence[Stamp], folder: Path, roots: Sequence[x509.Certificate]
) -> tuple[tuple[Stamp, ...], tuple[Problem, ...]]:
    """Answers found in the folder, each checked; (stamps that changed or were added, refused answers).

    A request may be answered by several authorities: the first answer fills it, each further one becomes a
    stamp of its own.
    """
    if not folder.is_dir():
        raise UnusableInputError(
            "the folder of answers is not there", "name the folder that the carrier brought back"
        )
    by_name = {short_name(s): s for s in stamps}
    held = {hashlib.sha256(s.token).digest() for s in stamps if s.token}
    accepted: list[Stamp] = []
    refused: list[Problem] = []
    for path in sorted(folder.iterdir()):
        stamp = by_name.get(path.name.split(".", 1)[0])
        if stamp is None or path.suffix not in (".tsr", ".ots") or not path.is_file():
            continue
        answer = path.open("rb").read(LARGEST_ANSWER_BYTES + 1)
        if hashlib.sha256(answer).digest() in held:
            continue
        try:
            filled = check_answer(stamp, answer, roots)
        except TimestampError as error:
            refused.append(Problem(f"answer {path.name}", str(error)))
            continue
        held.add(hashlib.sha256(answer).digest())
        if any(a.stamp_id == filled.stamp_id for a in accepted) or stamp.state == "anchored":
            filled = replace(filled, stamp_id=str(uuid.uuid4()))
        accepted.append(filled)
    return tuple(accepted), tuple(refused)


def ask_online(
    stamp: Stamp, url: str, roots: Sequence[x509.Certificate], post: Callable[[str, bytes], bytes]
) -> Stamp:
    """Ask one authority directly. ``post(url, request)`` is the only thing here that reaches the network."""
    return check_answer(stamp, post(url, stamp.request), roots)


def check_answer(stamp: Stamp, answer: bytes, roots: Sequence[x509.Certificate]) -> Stamp:
    """The stamp with its answer, or TimestampError that says why the answer is not believed."""
    if len(answer) > LARGEST_ANSWER_BYTES:
        raise TimestampError("the answer is too large to be a time stamp")
    if stamp.kind == RFC3161:
        return _check_token(stamp, answer, roots)
    return _check_calendar(stamp, answer)


def _check_token(stamp: Stamp, answer: bytes, roots: Sequence[x509.Certificate]) -> Stamp:
    if not roots:
        raise TimestampError(
            "no authority is trusted yet",
            "add its root certificate first: witnessmark stamp CASE --authority ROOT.pem",
        )
    response, info, embedded = _opened(answer)
    if response.status not in (0, 1):
        raise TimestampError(f"the authority refused the request (status {response.status})")
    if str(info.nonce) != stamp.nonce:
        raise TimestampError("the answer belongs to another request (its nonce differs)")
    if bytes(info.message_imprint.message) != hashlib.sha256(stamp.checkpoint).digest():
        raise TimestampError("the answer is over other bytes than the checkpoint")
    if not embedded:
        raise TimestampError("the token carries no certificate and could not be checked alone")
    signer = _signer(embedded)
    # Only roots that the user trusts go in: the library takes every certificate handed to it as an anchor,
    # so a token's own intermediates, or a self-made root beside them, must never be passed.
    try:
        VerifierBuilder(nonce=int(stamp.nonce), roots=list(roots)).build().verify_message(
            response, stamp.checkpoint
        )
    except VerificationError as error:
        raise TimestampError(f"the token's signature or chain does not hold: {error}") from error
    return replace(
        stamp,
        state="anchored",
        token=answer,
        authority=signer.subject.rfc4514_string(),
        time=info.gen_time.isoformat().replace("+00:00", "Z"),
        chain=b"".join(c.public_bytes(Encoding.PEM) for c in roots),
    )


def _opened(answer: bytes) -> tuple[Any, Any, list[x509.Certificate]]:
    """(response, its statement, its certificates); TimestampError for anything that cannot be read."""
    try:
        try:
            response = decode_strictly(answer)
        except ValueError:
            response = decode_strictly(with_sorted_certificates(answer))
        if response.status not in (0, 1):
            return response, None, []
        certificates = [x509.load_der_x509_certificate(bytes(c)) for c in response.signed_data.certificates]
        return response, response.tst_info, certificates
    except (ValueError, TypeError, OverflowError, x509.InvalidVersion, UnsupportedAlgorithm) as error:
        raise TimestampError("the answer is not an RFC 3161 response that can be read") from error


def _signer(certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate meant for time stamping (RFC 3161 §2.3: its extended key usage), else the leaf."""
    for certificate in certificates:
        try:
            usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except x509.ExtensionNotFound:
            continue
        if ExtendedKeyUsageOID.TIME_STAMPING in usage:
            return certificate
    issuers = {c.issuer for c in certificates}
    return next((c for c in certificates if c.subject not in issuers), certificates[0])


def _check_calendar(stamp: Stamp, answer: bytes) -> Stamp:
    """An .ots file must commit to our text; its attestations say how far it has come."""
    from bitcoin.core.serialize import DeserializationExtraDataError
    from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
    from opentimestamps.core.serialize import BytesDeserializationContext, DeserializationError
    from opentimestamps.core.timestamp import DetachedTimestampFile

    try:
        proof = DetachedTimestampFile.deserialize(BytesDeserializationContext(answer))
    except (DeserializationError, DeserializationExtraDataError, ValueError) as error:
        raise TimestampError("the answer is not an OpenTimestamps proof") from error
    if proof.file_digest != hashlib.sha256(stamp.request).digest():
        raise TimestampError("the OpenTimestamps proof is over other bytes than the checkpoint's hash")
    calendars, heights = set(), set()
    for _, attestation in proof.timestamp.all_attestations():
        if isinstance(attestation, BitcoinBlockHeaderAttestation):
            heights.add(attestation.height)
        elif isinstance(attestation, PendingAttestation):
            calendars.add(attestation.uri)
    if heights:
        return replace(
            stamp,
            state="promised",
            token=answer,
            authority=f"Bitcoin block {min(heights)} (compare with the block's header: not checked offline)",
        )
    if calendars:
        return replace(stamp, state="promised", token=answer, authority=", ".join(sorted(calendars)))
    raise TimestampError("the OpenTimestamps proof holds no attestation")


def check_held(stamps: Iterable[Stamp], notes: dict[tuple[str, int], bytes]) -> tuple[Problem, ...]:
    """Audit: every answered stamp still holds over the checkpoint that the log holds now.

    ``notes`` maps (log, size) to the signed note in the ledger.
    """
    problems = []
    for stamp in stamps:
        where = f"stamp {stamp.stamp_id[:8]}"
        if notes.get((stamp.log, stamp.size)) != stamp.checkpoint:
            problems.append(Problem(where, "the checkpoint it stamps is not the one in the log"))
            continue
        if not stamp.token:
            continue
        try:
            roots = x509.load_pem_x509_certificates(stamp.chain) if stamp.chain else []
            again = check_answer(replace(stamp, token=b""), stamp.token, roots)
        except (TimestampError, ValueError) as error:
            problems.append(Problem(where, str(error)))
            continue
        if (again.time, again.authority, again.state) != (stamp.time, stamp.authority, stamp.state):
            problems.append(Problem(where, "the recorded time or authority is not the one in the token"))
    return tuple(problems)


def load_roots(pem: bytes) -> list[x509.Certificate]:
    """Certificates of authorities that the user trusts; UnusableInputError when it is not PEM."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise UnusableInputError(
            "the authority's certificate is not PEM", "ask the authority for its root certificate in PEM form"
        ) from error


def fingerprints(pem: str) -> set[str]:
    """SHA-256 of each certificate in a PEM text, as hex; of the text itself where it is not PEM."""
    if not pem.strip():
        return set()
    try:
        certificates = x509.load_pem_x509_certificates(pem.encode("utf-8"))
    except ValueError:
        return {hashlib.sha256(pem.encode("utf-8")).hexdigest()}
    return {hashlib.sha256(c.public_bytes(Encoding.DER)).hexdigest() for c in certificates}
