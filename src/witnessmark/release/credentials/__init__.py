"""Content credentials (C2PA) of a public file: one flat manifest, signed with the case's own certificate chain.

What they are good for: a reader that knows C2PA sees that the file says it was edited and transcoded, and by whom it
says so. They carry no weight here: strangers will read "untrusted signer", and messengers strip them. The bundle's own
proof does. So they say as little as the format allows: the release's code and the salted commitment, no time, no name,
no thumbnail, nothing fetched. The original is never handed to the library; it stands in the manifest as an ingredient
without content.

Source: C2PA Technical Specification 2.2: §13.2 (signatures, X.509 profile), §18.15 (actions; the first is *opened* or
*created*), §10.3 (ingredients).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from witnessmark.model.errors import CheckFailedError

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""NIST SP 800-186, §3.2.1.3."""
NOT_BEFORE, NOT_AFTER = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2049, 12, 31, tzinfo=dt.UTC)
"""The same for every case: a validity that begins when the case began would tell when that was."""
ORDINATE_BYTES = 32
INGREDIENT = "raw"
ASSERTION = "org.witnessmark.release"
SETTINGS: dict[str, Any] = {
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}
"""The library's default puts a thumbnail of what it is given into the manifest: of a redacted picture harmless, of any
other a leak. Nothing may be fetched."""
SIDE_SUFFIX = ".c2pa"


@dataclass(frozen=True, slots=True)
class Signed:
    """A file with its credentials inside, and the same credentials as a side file."""

    media: bytes
    side_file: bytes


@dataclass(frozen=True, slots=True)
class Chain:
    """The case's own two certificates and the key that signs."""

    key: ec.EllipticCurvePrivateKey
    pem: str

    @classmethod
    def of(cls, seed: bytes, number: str) -> Chain:
        """From a secret of the case and its public number; the same each time."""
        root, leaf = _key(seed, b"root"), _key(seed, b"release")
        issuer = _name(number, "root")
        root_certificate = (
            _certificate(issuer, issuer, root.public_key(), 1)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(root.public_key()), critical=False)
            .sign(root, hashes.SHA256(), ecdsa_deterministic=True)
        )
        certificate = (
            _certificate(_name(number, "release"), issuer, leaf.public_key(), 2)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(leaf.public_key()), critical=False)
            .sign(root, hashes.SHA256(), ecdsa_deterministic=True)
        )
        pem = b"".join(one.public_bytes(Encoding.PEM) for one in (certificate, root_certificate))
        return cls(leaf, pem.decode("ascii"))

    def sign(self, data: bytes) -> bytes:
        """ES256 as COSE wants it: r and s, 32 bytes each (RFC 9053 §2.1)."""
        signature = self.key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        r, s = utils.decode_dss_signature(signature)
        return r.to_bytes(ORDINATE_BYTES, "big") + s.to_bytes(ORDINATE_BYTES, "big")


def with_credentials(
    media: bytes, media_type: str, *, chain: Chain, release: str, commitment: str, title: str
) -> Signed:
    """Sign a public file. ``release`` and ``commitment`` are hex, as they stand in the bundle's manifest.

    Raises CheckFailedError where the library cannot sign, or what it made does not read back as intact and flat.
    """
    import c2pa

    manifest = {
        "claim_generator_info": [{"name": "witnessmark"}],
        "title": title,
        "format": media_type,
        "ingredients": [
            {
                "title": "recording as received, named by its salted commitment only",
                "format": "application/octet-stream",
                "instance_id": f"xmp:iid:{hashlib.sha256(bytes.fromhex(commitment)).hexdigest()[:32]}",
                "relationship": "parentOf",
                "label": INGREDIENT,
            }
        ],
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {
                    "actions": [
                        {"action": "c2pa.opened", "parameters": {"ingredientIds": [INGREDIENT]}},
                        {"action": "c2pa.edited"},
                        {"action": "c2pa.transcoded"},
                    ]
                },
            },
            {"label": ASSERTION, "data": {"release": release, "file_commitment": commitment}},
        ],
    }
    try:
        signer = c2pa.Signer.from_callback(chain.sign, c2pa.C2paSigningAlg.ES256, chain.pem, None)
        with c2pa.Context(c2pa.Settings.from_dict(SETTINGS)) as context:
            builder = c2pa.Builder(json.dumps(manifest), context=context)
            made = io.BytesIO()
            side = builder.sign(signer, media_type, io.BytesIO(media), made)
    except c2pa.C2paError as error:
        raise CheckFailedError("the content credentials could not be made", str(error)[:200]) from error
    signed = Signed(made.getvalue(), bytes(side))
    _read_back(signed.media, media_type)
    return signed


def _read_back(media: bytes, media_type: str) -> None:
    """The manifest must read as valid but for the signer nobody knows, be the only one, and hold no picture."""
    import c2pa

    with c2pa.Context(c2pa.Settings.from_dict(SETTINGS)) as context:
        reader = c2pa.Reader(media_type, io.BytesIO(media), context=context)
        told = json.loads(reader.json())
    faults = {one["code"] for one in told.get("validation_status", ())} - {"signingCredential.untrusted"}
    manifests = told["manifests"]
    pictures = [one for one in manifests.values() if one.get("thumbnail")]
    if faults or len(manifests) != 1 or pictures:
        raise CheckFailedError(
            "the content credentials do not read back as they were meant", ", ".join(sorted(faults))[:200]
        )


def _key(seed: bytes, purpose: bytes) -> ec.EllipticCurvePrivateKey:
    """A P-256 key out of a seed: 512 bits reduced, so that no value is likelier (FIPS 186-5, A.2.1)."""
    wide = int.from_bytes(
        hashlib.sha512(b"witnessmark/credentials/1" + purpose + b"\x00" + seed).digest(), "big"
    )
    return ec.derive_private_key(wide % (P256_ORDER - 1) + 1, ec.SECP256R1())


def _name(number: str, role: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"witnessmark case {number}"),
            x509.NameAttribute(NameOID.COMMON_NAME, role),
        ]
    )


def _certificate(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, serial: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
