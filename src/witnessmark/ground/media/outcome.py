"""What bounds one decode, and what comes back from it."""

from __future__ import annotations

from dataclasses import dataclass

from witnessmark.model.consumer import Product
from witnessmark.model.recording import Recording


@dataclass(frozen=True, slots=True)
class ReelLimits:
    """Bounds on what a file may make us do. What is declared counts for nothing: real packets are counted.

    A limit that is reached becomes a Gap of reason ``limit`` and ends the pass; what was seen stands.
    """

    packets: int = 50_000_000
    """About 170 hours of 25 pictures and 47 sound packets a second."""
    frames: int = 20_000_000
    pixels: int = 1 << 28
    """Largest picture decoded: 268 megapixels, above the largest camera sensor in a phone (200)."""
    cpu_s: float = 3300.0
    """CPU time of the pass, below the jail's hour, so that the end is a typed finding and not a kill."""
    demux_errors_in_a_row: int = 8
    """After so many errors without a packet between, the rest of the file is given up."""


@dataclass(frozen=True, slots=True)
class ReelFault:
    """One thing that the file, or our build of the decoder, could not give."""

    reason: str
    """unknown_format, cannot_open, no_streams, no_packets, no_decoder, too_many_pixels, demux_error,
    decode_error, truncated, limit, tiles_not_joined, late_stream."""
    stream: int | None = None
    detail: str = ""
    """Names of error types and counts only, never text of the file."""


@dataclass(frozen=True, slots=True)
class ConsumerFailure:
    """A consumer that raised; it was left out from there on and its products are lost."""

    name: str
    fault: str
    """Type of the exception and its place in our code; never its text."""


@dataclass(frozen=True, slots=True)
class Count:
    """What one stream really held."""

    stream: int
    packets: int
    frames: int
    corrupt_packets: int
    corrupt_frames: int
    decode_errors: int


@dataclass(frozen=True, slots=True)
class ReelOutcome:
    """Everything one pass established."""

    recording: Recording | None
    """None where the file could not be opened as a recording at all (``faults`` says why)."""
    products: tuple[tuple[str, Product], ...]
    failures: tuple[ConsumerFailure, ...]
    faults: tuple[ReelFault, ...]
    counts: tuple[Count, ...]
    cpu_s: float
    media_s: float
    """Length by the time stamps that were really seen, of the longest stream."""
