"""RFC 3161 tokens: what they are over and when, with the standard library; who signed, where ``cryptography`` is.

Sources: RFC 3161 section 2.4.2 (response, TSTInfo), RFC 5652 section 5 (signed data, signed attributes), X.690 (DER).
A token's authority is never taken on trust here: its certificate came in the token, so any forger can make one. The
fingerprint is printed for the stranger to compare.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from witnessmark_verify.verdict import Refused

_OID_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_OID_TST_INFO = bytes.fromhex("2a864886f70d0109100104")
_OID_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_OID_SHA256 = bytes.fromhex("608648016503040201")
_DIGESTS = {
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
}
_OID_RSA_PSS = bytes.fromhex("2a864886f70d01010a")
_TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
_GENERALISED_TIME = re.compile(rb"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z")
_SEQUENCE, _SET, _INTEGER, _OCTETS, _OID, _TIME = 0x30, 0x31, 0x02, 0x04, 0x06, 0x18
_CONTEXT_0 = 0xA0


@dataclass(frozen=True)
class Der:
    """One element: its tag, its content, and itself whole."""

    tag: int
    content: bytes
    whole: bytes

    def children(self) -> list[Der]:
        found, at = [], 0
        while at < len(self.content):
            one, at = read_der(self.content, at)
            found.append(one)
        return found


def read_der(data: bytes, at: int = 0) -> tuple[Der, int]:
    """The element at ``at`` and where the next begins. ValueError where there is none. Long lengths up to 4 bytes."""
    if at + 2 > len(data):
        raise ValueError("a DER element is cut off")
    length, head = data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4 or head + count > len(data):
            raise ValueError("a DER length is not what it should be")
        length, head = int.from_bytes(data[head : head + count], "big"), head + count
    if head + length > len(data):
        raise ValueError("a DER element is cut off")
    return Der(data[at], data[head : head + length], data[at : head + length]), head + length


@dataclass(frozen=True)
class Token:
    """What a token says, and what its signature is over."""

    time: str
    imprint: bytes
    statement: bytes
    certificates: tuple[bytes, ...]
    digest: str
    attributes: bytes
    algorithm: bytes
    signature: bytes


def read_token(data: bytes) -> Token:
    """Parse a TimeStampResp. ValueError or IndexError where it is none that we can read."""
    response, end = read_der(data)
    if end != len(data):
        raise ValueError("something follows the token")
    status, content = response.children()[:2]
    if status.children()[0].content not in (b"\x00", b"\x01"):
        raise ValueError("the authority refused the request")
    kind, wrapped = content.children()
    if kind.content != _OID_SIGNED_DATA or wrapped.tag != _CONTEXT_0:
        raise ValueError("this is no signed data")
    signed = read_der(wrapped.content)[0].children()
    inner = signed[2].children()
    if inner[0].content != _OID_TST_INFO:
        raise ValueError("this is no time stamp")
    statement = read_der(inner[1].content)[0].content
    certificates = tuple(one.whole for one in signed[3].children()) if signed[3].tag == _CONTEXT_0 else ()
    signers = signed[-1].children()
    if len(signers) != 1:
        raise ValueError("a token has one signer")
    parts = signers[0].children()
    digest = _DIGESTS.get(parts[2].children()[0].content)
    if digest is None or parts[3].tag != _CONTEXT_0:
        raise ValueError("the token is signed in a way that is not known here")
    attributes = bytes([_SET]) + parts[3].whole[1:]
    return Token(
        *_stated(statement), statement, certificates, digest, attributes, parts[4].whole, parts[5].content
    )


def _stated(statement: bytes) -> tuple[str, bytes]:
    fields = read_der(statement)[0].children()
    algorithm, imprint = fields[2].children()
    if algorithm.children()[0].content != _OID_SHA256:
        raise ValueError("the token is over another hash than SHA-256")
    times = [field for field in fields if field.tag == _TIME]
    found = _GENERALISED_TIME.fullmatch(times[0].content)
    if found is None:
        raise ValueError("the token states no time")
    year, month, day, hour, minute, second = (found.group(n).decode() for n in range(1, 7))
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}Z", imprint.content


def check_token(data: bytes, note: bytes) -> str:
    """What the token proves about the checkpoint note, in words. Refused where it is over something else."""
    try:
        token = read_token(data)
    except (ValueError, IndexError) as error:
        raise Refused("token.format", f"a time-stamp token cannot be read: {error}") from error
    if token.imprint != hashlib.sha256(note).digest():
        raise Refused("token.imprint", "a time-stamp token is over something else than this checkpoint")
    try:
        signed_by = _check_signature(token)
    except ImportError:
        return f"{token.time}: over this checkpoint; signature not checked here (needs `cryptography`)"
    return f"{token.time}: signed by {signed_by}; that this is an authority is not checked here"


def _check_signature(token: Token) -> str:
    """Name and fingerprint of the certificate by which the token's signature holds. ImportError without the library."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    digests = [a.children() for a in read_der(token.attributes)[0].children()]
    stated = [a[1].children()[0].content for a in digests if a[0].content == _OID_MESSAGE_DIGEST]
    if stated != [hashlib.new(token.digest, token.statement).digest()]:
        raise Refused("token.signature", "the signature of a time-stamp token is over another statement")
    for der in token.certificates:
        try:
            certificate = x509.load_der_x509_certificate(der)
            usage: Any = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            if not any(one.dotted_string == _TIME_STAMPING for one in usage):
                continue
            _verify(certificate.public_key(), token)
        except (ValueError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound, TypeError):
            continue
        name = certificate.subject.rfc4514_string()
        return f"{name} (certificate SHA-256 {hashlib.sha256(der).hexdigest()})"
    raise Refused("token.signature", "no certificate in a time-stamp token fits its signature")


def _verify(key: Any, token: Token) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    chosen = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[token.digest]
    if isinstance(key, rsa.RSAPublicKey):
        is_pss = read_der(token.algorithm)[0].children()[0].content == _OID_RSA_PSS
        filling: Any = padding.PKCS1v15()
        if is_pss:
            filling = padding.PSS(padding.MGF1(chosen), padding.PSS.AUTO)
        key.verify(token.signature, token.attributes, filling, chosen)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(token.signature, token.attributes, ec.ECDSA(chosen))
    else:
        raise ValueError("a key of a kind that is not known here")
