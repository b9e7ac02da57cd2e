"""How far an archive may go, and the gate in the child that holds it to that.

The parent counts again by itself: what comes out of the jail is hostile too.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from witnessmark.receive.reasons import Reason

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class UnpackLimits:
    """Bounds for one archive found in the sources, everything nested in it included."""

    depth: int = 3
    """Archive in archive in archive; the next is sealed and not unpacked."""
    members: int = 100_000
    """A phone backup has some 50,000 files."""
    total_bytes: int = 512 * GIB
    """What a large external disk's worth of recordings takes; the store's disk is the real bound."""
    member_bytes: int = 128 * GIB
    """A day of one camera at 12 Mbit/s."""
    ratio: int = 250
    """Unpacked to packed size. Deflate cannot exceed 1032 (zlib, "Technical Details"); footage does not
    compress, text reaches 10 to 50."""
    ratio_free_bytes: int = 64 << 20
    """Below this much output the ratio is not looked at: a small log may be all zeros."""
    path_depth: int = 64
    """Components in a member's name."""
    name_bytes: int = 8192
    """Longest member name; twice PATH_MAX."""

    def to_request(self) -> dict[str, int]:
        return asdict(self)

    @classmethod
    def from_request(cls, request: dict[str, Any]) -> UnpackLimits:
        return cls(**{name: int(value) for name, value in request.items()})


class MemberRefusedError(Exception):
    """This one member is not taken; the archive goes on."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.detail = detail


class ArchiveStoppedError(Exception):
    """No further member is taken."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.detail = detail


class Gate:
    """Counts what comes out of one archive of ``packed_bytes``."""

    def __init__(self, limits: UnpackLimits, packed_bytes: int) -> None:
        self._limits = limits
        self._packed_bytes = packed_bytes
        self._members = 0
        self._out_bytes = 0
        self._member_bytes = 0

    def admit(self, name: bytes, declared_bytes: int, packed_bytes: int | None = None) -> None:
        """Before a member: raises MemberRefusedError or ArchiveStoppedError."""
        limits = self._limits
        self._members += 1
        self._member_bytes = 0
        if self._members > limits.members:
            raise ArchiveStoppedError(Reason.ARCHIVE_COUNT)
        if len(name) > limits.name_bytes:
            raise MemberRefusedError(Reason.PATH_DEPTH, "name length")
        if name.replace(b"\\", b"/").count(b"/") >= limits.path_depth:
            raise MemberRefusedError(Reason.PATH_DEPTH)
        if declared_bytes > limits.member_bytes:
            raise MemberRefusedError(Reason.TOO_LARGE)
        if packed_bytes is not None and self._swells(declared_bytes, packed_bytes):
            raise MemberRefusedError(Reason.ARCHIVE_RATIO)

    def pass_out(self, length: int) -> None:
        """Before ``length`` bytes of the current member leave."""
        self._member_bytes += length
        if self._member_bytes > self._limits.member_bytes:
            raise MemberRefusedError(Reason.TOO_LARGE)

    def unpack(self, length: int) -> None:
        """After ``length`` bytes were unpacked, whether anyone wants them or not."""
        self._out_bytes += length
        if self._out_bytes > self._limits.total_bytes:
            raise ArchiveStoppedError(Reason.ARCHIVE_SIZE)
        if self._swells(self._out_bytes, self._packed_bytes):
            raise ArchiveStoppedError(Reason.ARCHIVE_RATIO)

    def counted_elsewhere(self) -> Gate:
        """A gate for members whose bytes the stream they come from has counted already."""
        return _Uncounted(self._limits, self._packed_bytes)

    def _swells(self, out_bytes: int, packed_bytes: int) -> bool:
        return out_bytes > self._limits.ratio_free_bytes and out_bytes > self._limits.ratio * max(
            packed_bytes, 1
        )


class _Uncounted(Gate):
    def unpack(self, length: int) -> None:
        return
