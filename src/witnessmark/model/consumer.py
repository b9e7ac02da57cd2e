"""The contract between the one decode and all who feed on it.

An examiner, the seal and the shield are all Consumers: they declare needs, are handed samples once,
and give their products at the end. They never open a file themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from witnessmark.model.findings import FindingCore
from witnessmark.model.recording import Recording
from witnessmark.model.samples import Sample


@dataclass(frozen=True, slots=True)
class Packets:
    """Every packet of every stream (kinds: which stream kinds; data included)."""

    kinds: tuple[str, ...] = ("video", "audio")


@dataclass(frozen=True, slots=True)
class Frames:
    """Exact decoded planes of every video frame that the reel decodes."""


@dataclass(frozen=True, slots=True)
class LumaAt:
    """Scaled luma. ``per_second`` 0 means every frame. ``height_px`` 0 means exact 8x8 block means only."""

    height_px: int
    per_second: float = 0.0


@dataclass(frozen=True, slots=True)
class ColourAt:
    """Scaled RGB at most ``per_second`` times a second of the file's own time."""

    height_px: int
    per_second: float


@dataclass(frozen=True, slots=True)
class PcmAt:
    """Mono sound of the first audio stream at ``rate_hz`` (0 = native)."""

    rate_hz: int = 0


@dataclass(frozen=True, slots=True)
class BlockTypes:
    """How each macroblock was predicted, in the first ``frames`` pictures (0: all) of H.264 and MPEG-4
    part 2; other codecs give none. A last picture that an MPEG-4 decoder held back is not told of."""

    frames: int = 300


@dataclass(frozen=True, slots=True)
class Qp:
    """Quantiser of each macroblock, at most ``per_second`` times a second (0: every picture) in the first ``frames``
    pictures (0: all), of H.264 and MPEG-4 part 2; other codecs give none."""

    per_second: float = 0.0
    frames: int = 0


@dataclass(frozen=True, slots=True)
class Bytes:
    """Random access to the raw bytes of the file (container parsers)."""


Need = Packets | Frames | LumaAt | ColourAt | PcmAt | BlockTypes | Qp | Bytes


class ByteSource(Protocol):
    """Bounded random access to the file under examination, inside the jail."""

    size_bytes: int

    def read_at(self, offset: int, length: int) -> bytes:
        """Up to ``length`` bytes from ``offset`` (fewer at the end, never an error)."""
        ...


@dataclass(frozen=True, slots=True)
class Feature:
    """A small, versioned by-product left for comparers. Binary, at most a few hundred kilobytes."""

    name: str
    version: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Derivative:
    """A made picture or video (the reviewer's shield). Streams out chunk by chunk."""

    name: str
    media_type: str
    chunks: Iterator[bytes] | tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class SealRecord:
    """The redactable seal's commitment to one item: see docs/spec/redactable-seal.md."""

    item_root: bytes
    parameters: tuple[tuple[str, str | int], ...]
    counts: tuple[tuple[str, int], ...]
    """frames, tiles, sketches, sound_groups, leaves_padded."""
    index: bytes
    """What a later release needs to find its leaves again without decoding everything (versioned binary)."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What one method leaves for others that weigh it, on the same file and in the same pass.

    Plain values (numbers, texts, numpy arrays) by name. It lives as long as the pass: it never leaves the
    jail, is never stored and never shown; what it says to people, it says through somebody's finding.
    """

    name: str
    data: Mapping[str, Any]


Product = FindingCore | Feature | Trace | Derivative | SealRecord


@runtime_checkable
class Consumer(Protocol):
    """One who feeds on the decode. ``name`` stands in FAILED findings when it raises."""

    name: str
    needs: tuple[Need, ...]

    def begin(self, recording: Recording, source: ByteSource) -> None: ...

    def take(self, sample: Sample) -> None: ...

    def finish(self) -> tuple[Product, ...]: ...
