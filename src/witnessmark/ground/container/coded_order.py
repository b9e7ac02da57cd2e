"""The numbering that encoders put *into* the coded pictures, whatever the codec, in one shape.

A container can be given any times; these numbers sit in the pictures' own headers, and a stream copy keeps
them. ``reader_for`` chooses the reader: H.264, HEVC, MPEG-4 part 2. Other codecs carry no usable numbers.
"""

from __future__ import annotations

from typing import Protocol

from witnessmark.ground.container.coded_picture import CodedPicture
from witnessmark.ground.container.h264_slices import H264Pictures
from witnessmark.ground.container.hevc_slices import HevcPictures
from witnessmark.ground.container.mpeg4_vops import Mpeg4Pictures


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
        return H264Pictures(extradata)
    if codec in ("hevc", "h265"):
        return HevcPictures(extradata)
    if codec == "mpeg4":
        return Mpeg4Pictures(extradata)
    return None
