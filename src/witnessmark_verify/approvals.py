"""Who approved a release: SSHSIG signatures over the manifest (docs/spec/bundle.md; OpenSSH PROTOCOL.sshsig)."""

from __future__ import annotations

import hashlib

from witnessmark_verify import ed25519
from witnessmark_verify.documents import read_document, read_hex, read_list, read_object, read_text
from witnessmark_verify.note import decode_base64
from witnessmark_verify.verdict import Refused

APPROVAL_NAMESPACE = "witnessmark-release@v1"
APPROVALS_SCHEMA = "witnessmark/approvals/1"
ROLES = ("redactor", "approver")
"""Both must have signed, by different keys."""
MOST_APPROVALS = 32
_RELEASE_TAG = b"witnessmark/release/1"


def approval_text(origin: str, role: str, manifest: bytes) -> bytes:
    """What a person signs."""
    digest = hashlib.sha256(manifest).hexdigest()
    return f"witnessmark-release/1\n{origin}\n{role}\n{digest}\n".encode()


def release_payload(manifest: bytes, approvals: bytes) -> bytes:
    """What enters the day tree for a release."""
    joined = b"".join(len(part).to_bytes(8, "big") + part for part in (manifest, approvals))
    return hashlib.sha256(_RELEASE_TAG + joined).digest()


def _ssh_string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def verify_sshsig(public: bytes, message: bytes, blob: bytes, namespace: str) -> bool:
    """Whether ``blob`` is the one SSHSIG (version 1, Ed25519, sha512) by that key over the message."""
    signature = blob[-64:]
    hashed = _ssh_string(hashlib.sha512(message).digest())
    named = _ssh_string(namespace.encode()) + _ssh_string(b"") + _ssh_string(b"sha512")
    key = _ssh_string(_ssh_string(b"ssh-ed25519") + _ssh_string(public))
    end = _ssh_string(_ssh_string(b"ssh-ed25519") + _ssh_string(signature))
    if blob != b"SSHSIG" + (1).to_bytes(4, "big") + key + named + end:
        return False
    return ed25519.verify(public, b"SSHSIG" + named + hashed, signature)


def check_approvals(data: bytes, manifest: bytes, origin: str) -> str:
    """That different keys in the roles that a release needs signed exactly this manifest."""
    code = "approvals.format"
    document = read_document(data, "proof/approvals.json", APPROVALS_SCHEMA, ("approvals",), code)
    seen: list[tuple[str, bytes]] = []
    for one in read_list(document["approvals"], code, MOST_APPROVALS):
        given = read_object(one, code, ("public", "role", "signature"))
        role, public = read_text(given["role"], code), read_hex(given["public"], code, 32)
        try:
            blob = decode_base64(read_text(given["signature"], code, 1000))
        except ValueError as error:
            raise Refused(code, str(error)) from error
        if not verify_sshsig(public, approval_text(origin, role, manifest), blob, APPROVAL_NAMESPACE):
            raise Refused("approvals.signature", f"the signature of a {role} is not over this manifest")
        seen.append((role, public))
    if len({public for _, public in seen}) != len(seen):
        raise Refused("approvals.people", "one key signed twice: redactor and approver must be two people")
    if not {role for role, _ in seen} >= set(ROLES):
        raise Refused("approvals.people", "a redactor and an approver must both have signed")
    return "; ".join(f"{role} {public.hex()[:16]}" for role, public in seen)
