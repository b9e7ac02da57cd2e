"""A person's signature under a release."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Approval:
    """SSHSIG over the manifest in one role (docs/spec/bundle.md). The key is one made for the case."""

    role: str
    """redactor or approver; both are needed, by two people."""
    public: bytes
    """32 bytes, Ed25519."""
    signature: bytes
    """The blob, not armoured."""
