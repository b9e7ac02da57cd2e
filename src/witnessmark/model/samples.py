"""What the one decode hands out, in decode-output order, with the file's own time stamps.

Arrays are read-only and shared between consumers. Planes and packets are valid only while ``take`` runs: copy what you
keep of them. Scaled pictures and sound stay as they are and may be kept.
A Gap is evidence and is never skipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # most verbs never see a sample, and numpy costs them a tenth of a second
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Packet:
    """A coded packet, before decoding. ``data`` is valid only while ``take`` runs."""

    stream: int
    ordinal: int
    """Count of packets of this stream so far, from 0, in demux order."""
    pts: int | None
    dts: int | None
    duration: int | None
    base: Fraction
    size_bytes: int
    position: int | None
    is_key: bool
    is_corrupt: bool
    data: memoryview


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded picture with its exact planes, as decoded (no conversion, cropped to the declared size).

    ``planes()`` gives one C-contiguous or strided uint8/uint16 2-D array per plane
    (chroma by its own subsampling; packed formats are one plane with bytes in rows).
    Valid only while ``take`` runs.
    """

    stream: int
    ordinal: int
    """Decode-output ordinal in this stream, from 0: the frame's identity."""
    pts: int | None
    base: Fraction
    is_key: bool
    picture_type: str
    """I, P, B or ? as the decoder says."""
    width_px: int
    height_px: int
    pixel_format: str
    is_interlaced: bool
    is_corrupt: bool
    planes: Any
    """Callable without arguments: tuple of read-only numpy arrays."""
    means8: Any = None
    """Callable without arguments: exact 8x8 block means of the luma, as in ``Luma.means8``, made once for all who ask.
    None where the luma is not a plane of its own with 8 bits."""


@dataclass(frozen=True, slots=True)
class Luma:
    """Luma of one frame scaled by area to a requested height. ``array`` is (height, width) uint8."""

    stream: int
    ordinal: int
    pts: int | None
    base: Fraction
    is_key: bool
    picture_type: str
    array: NDArray[np.uint8]
    height_requested: int
    """Which Luma need this answers."""
    means8: NDArray[np.uint8] | None = None
    """Exact 8x8 block means of the full luma, (sum + 32) >> 6, where computed (edges clipped)."""


@dataclass(frozen=True, slots=True)
class Colour:
    """RGB of one frame scaled to a requested height. ``array`` is (height, width, 3) uint8."""

    stream: int
    ordinal: int
    pts: int | None
    base: Fraction
    array: NDArray[np.uint8]
    height_requested: int


INTRA, FORWARD, BACKWARD, BOTH, DIRECT, SKIP = 1, 2, 3, 4, 5, 6
"""What ``Blocks.types`` holds; 0 is a block whose type the decoder did not tell. A skipped block of a B picture
(direct, nothing coded) is SKIP like one of a P picture."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """How each 16x16 macroblock of one picture was predicted: ``types`` (rows, columns) uint8, codes above."""

    stream: int
    ordinal: int
    pts: int | None
    base: Fraction
    is_key: bool
    picture_type: str
    types: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class QpMap:
    """Luma quantiser of each 16x16 macroblock of one picture: ``qp`` (rows, columns) int16.

    H.264: 0..51 (8 bit), six steps double the quantiser (§8.5.8). MPEG-4 part 2: 1..31, linear.
    """

    stream: int
    ordinal: int
    pts: int | None
    base: Fraction
    is_key: bool
    picture_type: str
    qp: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Pcm:
    """Decoded sound, mono mix, float32 in -1..1, at the requested rate (0 = native)."""

    stream: int
    start_sample: int
    """Index of the first sample since the start of the stream, at this rate."""
    pts: int | None
    base: Fraction
    rate_hz: int
    array: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something the decoder or demuxer could not give: evidence, passed to every consumer."""

    stream: int | None
    ordinal: int
    """Packet ordinal at which it happened."""
    pts: int | None
    base: Fraction | None
    reason: str
    """decode_error, size_change, format_change, demux_error, truncated, limit."""
    detail: str


Sample = Packet | Frame | Luma | Colour | Blocks | QpMap | Pcm | Gap
