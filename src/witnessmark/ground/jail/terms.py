"""The words of the jail: how strong it is, what a child may use up, and how a child ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

GIB = 1 << 30
MIB = 1 << 20


class Level(StrEnum):
    """How much stands between evidence and the rest of the machine. Written into every finding."""

    S0 = "S0"
    """Nothing. Refused unless the user accepts it by name."""
    S1 = "S1"
    """System-call filter and resource limits, but the file system can be read."""
    S2 = "S2"
    """Landlock and the system-call filter."""
    S3 = "S3"
    """Both, inside namespaces of their own (bubblewrap)."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What one child may use up before it is ended."""

    memory_bytes: int = 3 * GIB
    """Address space (RLIMIT_AS): a 1.5 MB picture bomb asks for over 1 GiB."""
    cpu_s: int = 3600
    wall_s: float = 3600.0
    record_bytes: int = 8 * MIB
    """Longest single record, as JSON text."""
    blob_bytes: int = 1 << 40
    """All blobs of the child together."""
    silence_s: float | None = None
    """Longest time without a word (record, blob piece or sign of life); None: no limit but ``wall_s``."""
    all_records_bytes: int = 512 * MIB
    """All records of the child together."""


class Ended(StrEnum):
    """How a child ended. Only DONE means that its task returned."""

    DONE = "done"
    CRASHED = "crashed"
    """A signal, or an exception in the task; the detail names which."""
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    BROKE_PROTOCOL = "broke_protocol"
    """It sent what no honest child sends: whatever came from it is suspect."""
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class JailResult:
    """How one child ended, and what it cost."""

    ended: Ended
    detail: str
    """One line for a person; holds no text chosen by the child beyond names of exception types."""
    cpu_s: float
    wall_s: float
    level: Level
    stderr_tail: str = ""
    """The last few kilobytes of the child's stderr. For debugging only: may hold evidence text."""
