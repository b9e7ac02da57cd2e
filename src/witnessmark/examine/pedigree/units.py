"""The coded picture inside a packet, without what a container adds or changes when it is rewritten.

MP4 and Matroska put a length before each unit of H.264 and HEVC, transport streams and AVI a start code; parameter
sets, delimiters and SEI are added or dropped on the way (ITU-T H.264 §7.4.1, Annex B; H.265 §7.4.2.2; ISO/IEC 14496-15
§5.3.3). Slices are kept byte for byte by every such rewriting. So of these codecs the slices alone are hashed (without
zeros behind them, which belong to no unit), of all others the packet as it is.
"""

from __future__ import annotations

from collections.abc import Callable

from witnessmark.ground.container.annexb import length_width, split_stream

_SLICES = {"h264": (31, 0, frozenset((1, 2, 3, 4, 5))), "hevc": (63, 1, frozenset(range(32)))}
"""Codec: mask and shift that give the type of a unit from its first byte, and the types that are slices."""

Pieces = Callable[[memoryview], list[bytes | memoryview]]


def pieces_of(codec: str, extradata: bytes) -> Pieces:
    """What takes a packet and gives the pieces of it that belong to the picture itself."""
    if codec not in _SLICES:
        return lambda packet: [packet]
    mask, shift, wanted = _SLICES[codec]
    width = length_width(extradata)

    def is_slice(first: int) -> bool:
        return (first >> shift) & mask in wanted

    def behind_lengths(packet: memoryview) -> list[bytes | memoryview]:
        found: list[bytes | memoryview] = []
        at, size = 0, len(packet)
        while at + width < size:
            length = int.from_bytes(packet[at : at + width], "big")
            at += width
            if length and is_slice(packet[at]):
                unit = packet[at : at + length]
                found.append(bytes(unit).rstrip(b"\x00") if not unit[-1] else unit)
            at += length
        return found

    def behind_start_codes(packet: memoryview) -> list[bytes | memoryview]:
        return [unit for unit in split_stream(bytes(packet)) if is_slice(unit[0])]

    return behind_lengths if width else behind_start_codes
