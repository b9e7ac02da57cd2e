"""What is held (Item), where it was found (Occurrence), and what a container declares (Recording)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class MediaType(StrEnum):
    """What an item is, decided from its first bytes and never from its name."""

    VIDEO = "video"
    SOUND = "sound"
    PICTURE = "picture"
    DOCUMENT = "document"
    MAIL = "mail"
    ARCHIVE = "archive"
    PHONE_DUMP = "phone_dump"
    DISK_IMAGE = "disk_image"
    UNKNOWN = "unknown"

    @property
    def examinable(self) -> bool:
        return self in (MediaType.VIDEO, MediaType.SOUND, MediaType.PICTURE)


@dataclass(frozen=True, slots=True)
class Item:
    """One distinct content. ``item_id`` is random; ``sha256`` (raw digest) never leaves the case."""

    item_id: str
    sha256: bytes
    size_bytes: int
    media_type: MediaType
    object_name: str
    """Name of the sealed object: HMAC of the digest under a case key."""
    format: str = ""
    """Short name of the format by its signature, such as ``mp4``, ``avi``, ``jpeg``, ``pdf``."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place where an item was found. Names, paths and times are kept in a sealed field."""

    occurrence_id: str
    item_id: str
    receipt_id: str
    container_id: str | None
    """Occurrence of the archive it lay in, if any."""
    sealed: bytes
    """age file over JSON {name, path, mtime, ...}; opens to a logged person only."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream as the container declares it. Nothing here is measured."""

    index: int
    kind: str
    """video, audio, subtitle, data or attachment."""
    codec: str
    time_base: Fraction
    start_pts: int | None
    duration_ticks: int | None
    declared_frames: int
    width_px: int = 0
    height_px: int = 0
    pixel_format: str = ""
    average_rate: Fraction | None = None
    sample_rate_hz: int = 0
    channels: int = 0
    extradata: bytes = b""
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """A playable item as its container declares itself."""

    format: str
    streams: tuple[Stream, ...]
    duration_s: float | None
    bit_rate: int
    metadata: tuple[tuple[str, str], ...]
    size_bytes: int

    def first(self, kind: str) -> Stream | None:
        return next((s for s in self.streams if s.kind == kind), None)
