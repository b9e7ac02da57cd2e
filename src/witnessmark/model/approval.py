"""A person's signature under a release."""

from __future__ import annotations

from dataclasses import dataclass

REDACTOR, APPROVER = "redactor", "approver"
"""The two roles in which people sign; both are needed, by two people."""


@dataclass(frozen=True, slots=True)
class Approval:
    """SSHSIG over the manifest in one role (docs/spec/bundle.md). The key is one made for the case."""

    role: str
    """``REDACTOR`` or ``APPROVER``."""
    public: bytes
    """32 bytes, Ed25519."""
    signature: bytes
    """The blob, not armoured."""
