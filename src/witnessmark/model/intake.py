"""What receiving and triage count, and what must add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Tally:
    files: int = 0
    size_bytes: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.files + other.files, self.size_bytes + other.size_bytes)

    def to_json(self) -> dict[str, int]:
        return {"files": self.files, "bytes": self.size_bytes}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One file that was found and not sealed, with the reason. The name is in the sealed annex."""

    code: str
    """A random code that the annex resolves."""
    reason: str
    """unreadable, changed_while_read, device, symlink, too_large, archive_ratio, ... (receive/reasons.py)"""
    size_bytes: int
    detail: str = ""
    """The system's error name (``EIO``), or what of an archive went over which limit; never a name."""

    def to_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"code": self.code, "reason": self.reason, "bytes": self.size_bytes}
        return {**shown, "detail": self.detail} if self.detail else shown


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """found = sealed + already held + refused, in files and in bytes. Archive members are counted apart."""

    found: Tally
    sealed: Tally
    already_held: Tally
    rejected: tuple[Refusal, ...]

    @property
    def refused(self) -> Tally:
        return Tally(len(self.rejected), sum(r.size_bytes for r in self.rejected))

    @property
    def balanced(self) -> bool:
        return self.found == self.sealed + self.already_held + self.refused

    def to_json(self) -> dict[str, Any]:
        return {
            "found": self.found.to_json(),
            "sealed": self.sealed.to_json(),
            "already_held": self.already_held.to_json(),
            "rejected": [r.to_json() for r in self.rejected],
            "balanced": self.balanced,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Reconciliation:
        """From ``to_json``. Raises KeyError where a count is missing."""

        def tally(name: str) -> Tally:
            return Tally(document[name]["files"], document[name]["bytes"])

        rejected = tuple(
            Refusal(row["code"], row["reason"], row["bytes"], row.get("detail", ""))
            for row in document["rejected"]
        )
        return cls(tally("found"), tally("sealed"), tally("already_held"), rejected)


class Settlement(StrEnum):
    """What became of one thing that was found. There is no fourth."""

    SEALED = "sealed"
    ALREADY_HELD = "already_held"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Settled:
    """One row of the journal: a file or archive member of this session that has been dealt with."""

    row_key: bytes
    """HMAC of path and state (size, times): the same file met again unchanged has the same."""
    path_key: bytes
    """HMAC of the path alone."""
    settlement: Settlement
    size_bytes: int
    is_member: bool
    code: str
    """Occurrence id, or the code of the refusal: what the annex resolves."""
    reason: str = ""
    detail: str = ""
    item_id: str = ""
    object_name: str = ""
    format: str = ""
    """Format of the item (tells an archive on resume)."""
    unpacked: bool = True
    """False only for an archive whose members are still to come."""
    sealed_name: bytes = b""
    """Name record, encrypted at level "names"."""
    list_line: int = 0
    """Line of the source's own hash list that this file answers, from 1 (0: none)."""
    list_agrees: bool = True
    """Whether its digest is the listed one."""
