"""The numbering that encoders put *into* the coded pictures, whatever the codec, in one shape.

A container can be given any times; these numbers sit in the pictures' own headers, and a stream copy keeps
them. ``reader_for`` chooses the reader: H.264, HEVC, MPEG-4 part 2. Other codecs carry no usable numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """What one coded picture says of its own place."""

    sequence: int
    """Count of restarts of the numbering so far: orders compare only within one sequence."""
    restarts: bool
    order: int | None
    """Place in order of presentation within the sequence, in the codec's own steps; None where unknown."""
    is_reference: bool = True
    number: int | None = None
    """H.264 ``frame_num``; None for other codecs."""
    number_modulus: int = 0
    restart_id: int | None = None
    """H.264 ``idr_pic_id`` of a restart."""
    field: int = 0
    """0 whole frame, 1 top field, 2 bottom field."""
    parameter_changes: int = 0
    """How often a parameter set had changed by now."""


class PictureReader(Protocol):
    """Reads packet after packet in decoding order; None for what cannot be read."""

    @property
    def gaps_allowed(self) -> bool:
        """The encoder declared that numbers may be missing (temporal layers)."""
        ...

    def read(self, data: bytes | memoryview) -> CodedPicture | None: ...


def reader_for(codec: str, extradata: bytes) -> PictureReader | None:
    """A reader for one stream, or None where the codec carries no numbering we read."""
    if codec == "h264":
        from witnessmark.ground.container.h264_slices import H264Pictures

        return H264Pictures(extradata)
    if codec in ("hevc", "h265"):
        from witnessmark.ground.container.hevc_slices import HevcPictures

        return HevcPictures(extradata)
    if codec == "mpeg4":
        from witnessmark.ground.container.mpeg4_vops import Mpeg4Pictures

        return Mpeg4Pictures(extradata)
    return None
