"""Custody events: what becomes one leaf of the log.

A leaf has two halves. ``public`` may one day be opened to a stranger and therefore holds nothing
that points back; ``private`` holds everything else and opens to a court alone (docs/spec/ledger.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class CustodyEvent:
    """One thing that was done, before it becomes a leaf."""

    kind: str
    """``case.created``, ``item.received``, ``item.committed``, ``examination.done``, ``audit.done``, ..."""
    public: Mapping[str, Any] = field(default_factory=dict)
    """Only commitments and item roots, as hex: never a raw digest, name, time or size."""
    private: Mapping[str, Any] = field(default_factory=dict)
    """Reason, item ids, digests, counts. Actor and time are added by the ledger."""
    day: DayEntry | None = None
    """Also enter this commitment in the day tree of the day (item, receipt, release, withdrawal)."""


@dataclass(frozen=True, slots=True)
class DayEntry:
    """What a stranger will be able to check: a kind and a payload of commitments (docs/spec/day-tree.md)."""

    kind: str
    """item, receipt, release or withdrawal."""
    payload: bytes


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing an audit or a check found wrong: where, and what."""

    where: str
    """object <name>, ledger leaf <n>, checkpoint <n>, receipt <code>, catalogue, token <n> ..."""
    what: str

    def to_json(self) -> dict[str, str]:
        return {"where": self.where, "what": self.what}


@dataclass(frozen=True, slots=True)
class Stamp:
    """Trusted time for one checkpoint: asked for, and perhaps answered (preserve/stamps.py)."""

    stamp_id: str
    log: str
    """custody or publication."""
    size: int
    """Size of the log at that checkpoint."""
    checkpoint: bytes
    """The signed note that is stamped."""
    kind: str
    """rfc3161 or opentimestamps."""
    state: str
    """pending: no answer yet. promised: a calendar or block names it, unchecked. anchored: answered and checked."""
    nonce: str = ""
    """RFC 3161 nonce in decimal (it exceeds 64 bits); empty for OpenTimestamps."""
    request: bytes = b""
    """DER of the request; for OpenTimestamps the text file whose hash is stamped."""
    token: bytes = b""
    """The answer, bytes as received."""
    authority: str = ""
    """Who answered: the signer's common name, or the calendars, or the block height."""
    time: str = ""
    """RFC 3339 UTC as the authority states it; empty until known."""
    chain: bytes = b""
    """PEM of the trusted roots that the check used; the token itself carries the rest."""
