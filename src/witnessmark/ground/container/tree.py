"""What the parsers give: the tree of a file as its writer laid it out, what it declares, and what is odd.

A Tree is read, never believed: every number in it is what the file *says*. Faults are typed and carry
their offset; bytes that no structure accounts for are listed as unaccounted spans.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Bounds that hold on any input, however hostile. Reaching one is a fault ``limit``, never a hang."""

    depth: int = 32
    """Nesting; real files stay below 12 (a C2PA store in a movie in a motion photo)."""
    nodes: int = 20_000
    """Boxes, chunks or elements kept; what follows is counted but not kept."""
    read_bytes: int = 64 << 20
    """Bytes read from the source in all: headers and metadata, never media data."""
    string_bytes: int = 1024
    """Longest text kept of a field."""
    table_entries: int = 200_000
    """Entries looked at in one sample table (stts, stsz, stco, idx1): over 1 h at 50 per second."""


@dataclass(frozen=True, slots=True)
class Node:
    """One box, chunk, element or segment."""

    path: str
    """Such as ``moov/trak[0]/mdia/mdhd``; an index only where siblings repeat."""
    offset: int
    size_bytes: int
    """As declared, clipped to the parent when it says more (then a fault says so)."""
    fields: tuple[tuple[str, str | int], ...] = ()

    def get(self, name: str) -> str | int | None:
        return next((value for key, value in self.fields if key == name), None)


@dataclass(frozen=True, slots=True)
class ContainerFault:
    """Something the format does not allow, or a limit of ours that was reached."""

    code: str
    """truncated, size_beyond_parent, size_too_small, depth, nodes, read_limit, bad_table, bad_text,
    not_this_format, trailing_garbage, lost_sync, continuity, parser."""
    offset: int
    detail: str


@dataclass(frozen=True, slots=True)
class ByteSpan:
    """Bytes outside the structure. ``native`` names a trailer known to be written by recorders."""

    offset: int
    size_bytes: int
    what: str
    native: str = ""


@dataclass(frozen=True, slots=True)
class DeclaredTime:
    """One date as a field states it."""

    field: str
    """Path-like name: ``mvhd.created``, ``exif.DateTimeOriginal``, ``keys.com.apple.quicktime.make``."""
    text: str
    """As written (integers as decimal)."""
    moment: datetime | None
    """Aware when ``zone`` says so, naive when the field has no zone, None when it cannot be read."""
    zone: str
    """``stated`` (the text carries its offset), ``utc_by_standard`` (mvhd and kin), or ``none``."""
    what: str = "created"
    """created, modified or digitised."""


@dataclass(frozen=True, slots=True)
class DeclaredText:
    """One statement of make, model, software, handler, brand or free text."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class DeclaredPlace:
    """A position as a field states it, in degrees (WGS 84)."""

    field: str
    text: str
    latitude_deg: float | None
    longitude_deg: float | None


@dataclass(frozen=True, slots=True)
class DeclaredTrack:
    """One track or stream as the container declares it."""

    index: int
    kind: str
    """video, audio, text, data, hint or the four letters of the handler."""
    codec: str
    handler_name: str = ""
    timescale: int = 0
    """Ticks per second of the track's own clock (0 = unknown)."""
    duration_ticks: int | None = None
    width_px: int = 0
    height_px: int = 0
    compressor: str = ""
    language: str = ""
    samples: int = 0
    """Samples, packets or frames declared."""
    deltas: tuple[tuple[int, int], ...] = ()
    """Run-length list (count, ticks) of decode durations, cut at 4096 runs."""
    edits: tuple[tuple[int, int], ...] = ()
    """Edit list: (duration in movie ticks, media time)."""
    chunks: int = 0
    extradata: bytes = b""
    """Decoder configuration (avcC, hvcC, esds payload), at most 64 KiB."""
    first_chunk_offset: int | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """Everything the file says about itself, as (field, reading) lists in file order."""

    times: tuple[DeclaredTime, ...] = ()
    places: tuple[DeclaredPlace, ...] = ()
    makes: tuple[DeclaredText, ...] = ()
    models: tuple[DeclaredText, ...] = ()
    software: tuple[DeclaredText, ...] = ()
    texts: tuple[DeclaredText, ...] = ()
    """Brands, handlers, other metadata texts."""
    tracks: tuple[DeclaredTrack, ...] = ()
    duration: Fraction | None = None
    """Of the whole, in seconds as an exact fraction."""
    timescale: int = 0
    credentials: tuple[DeclaredText, ...] = ()
    """Where a C2PA store or a link to one lies."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The result of ``parse``. Tuples in file order; the same bytes always give the same Tree."""

    format: str
    size_bytes: int
    nodes: tuple[Node, ...] = ()
    faults: tuple[ContainerFault, ...] = ()
    declared: Declared = field(default_factory=Declared)
    unaccounted: tuple[ByteSpan, ...] = ()
    payloads: tuple[ByteSpan, ...] = ()
    """Second files that the container does account for or is known to carry (motion-photo movie ...)."""
    counts: tuple[tuple[str, int], ...] = ()
    """Format-specific counts: packets, clusters, continuity breaks, ..."""
    read_bytes: int = 0

    @property
    def tokens(self) -> tuple[str, ...]:
        """Path and path+field=value tokens without indexes, sorted and unique, for family matching.

        After Iuliani et al. 2019 and Yang et al. 2020 (arXiv 2101.10795), who compare containers by the
        presence of paths and of field values; values that name the content (sizes, dates, durations) are
        left out by the parsers, which put only layout fields into ``fields``.
        """
        found: set[str] = set()
        for node in self.nodes:
            path = "/".join(part.split("[", 1)[0] for part in node.path.split("/"))
            found.add(path)
            found.update(f"{path}@{key}={value}" for key, value in node.fields)
        return tuple(sorted(found))

    def find(self, path: str) -> Node | None:
        """The first node with exactly this path."""
        return next((node for node in self.nodes if node.path == path), None)

    def count(self, name: str) -> int:
        return next((value for key, value in self.counts if key == name), 0)

    @property
    def top(self) -> tuple[str, ...]:
        """Names of the top-level nodes in file order: the layout at a glance."""
        return tuple(node.path.split("[", 1)[0] for node in self.nodes if "/" not in node.path)
