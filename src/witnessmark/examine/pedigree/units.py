"""The coded picture inside a packet, without what a container adds or changes when it is rewritten.

MP4 and Matroska put a length before each unit of H.264 and HEVC, transport streams and AVI a start code; parameter
sets, delimiters and SEI are added or dropped on the way (ITU-T H.264 §7.4.1, Annex B; H.265 §7.4.2.2; ISO/IEC 14496-15
§5.3.3). Slices are kept byte for byte by every such rewriting. So of these codecs the slices alone are hashed (without
zeros behind them, which belong to no unit), of all others the packet as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from witnessmark.ground.container.annexb import units_of

_H264_SLICES = frozenset((1, 2, 3, 4, 5))
_HEVC_SLICES = frozenset(range(32))


def coded_picture(codec: str, packet: bytes, extradata: bytes) -> Iterator[bytes]:
    """Pieces of one packet that belong to the picture itself."""
    if codec == "h264":
        yield from (
            unit.rstrip(b"\x00") for unit in units_of(packet, extradata) if unit[0] & 31 in _H264_SLICES
        )
    elif codec == "hevc":
        yield from (
            unit.rstrip(b"\x00")
            for unit in units_of(packet, extradata)
            if (unit[0] >> 1) & 63 in _HEVC_SLICES
        )
    else:
        yield packet
