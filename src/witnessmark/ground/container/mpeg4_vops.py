"""The clock inside MPEG-4 part 2 pictures: seconds counted by ones, and ticks within the second.

Source: ISO/IEC 14496-2 §6.2.3 (video object layer), §6.2.5 (VOP), §6.3.5 (``modulo_time_base``).
``vop_rounding_type`` alternates from one predicted picture to the next in all common encoders (§6.3.5 and §7.6.2
ask that the decoder follow it; that it alternates keeps rounding errors from piling up).
Limits: rectangular video without scalability; packed bitstreams (two VOPs in a packet, an empty one after)
give one order per packet.
"""

from __future__ import annotations

from witnessmark.ground.container.coded_picture import CodedPicture
from witnessmark.ground.container.slice_bits import SCAN_BYTES, BitReader, BitsEndedError

VOL_CODES = range(0x20, 0x30)
VOP_CODE, GROUP_CODE = 0xB6, 0xB3
P_VOP, B_VOP = 1, 2
PAR_EXTENDED = 15
MOST_SECONDS = 64
"""modulo_time_base ones in a row that are followed: more is a damaged header."""


class Mpeg4Pictures:
    """Reads packet after packet of one stream, in decoding order."""

    gaps_allowed = False

    def __init__(self, extradata: bytes) -> None:
        self._resolution = 0
        self._second = 0
        self._second_before = 0
        self._anchor = -1
        self._is_plain = True
        self._scan(extradata)

    def read(self, data: bytes | memoryview) -> CodedPicture | None:
        """Presentation time of the picture in ticks of the layer's own resolution, as its order."""
        return self._scan(bytes(data[:SCAN_BYTES]))

    def _scan(self, head: bytes) -> CodedPicture | None:
        at = head.find(b"\x00\x00\x01")
        while 0 <= at < len(head) - 4:
            code, body = head[at + 3], head[at + 4 : at + 64]
            try:
                if code in VOL_CODES:
                    self._resolution, self._is_plain = _layer(BitReader(body))
                elif code == GROUP_CODE:
                    r = BitReader(body)
                    hours, minutes = r.bits(5), r.bits(6)
                    r.bits(1)
                    self._second = self._second_before = 3600 * hours + 60 * minutes + r.bits(6)
                    self._anchor = -1
                elif code == VOP_CODE and self._resolution:
                    return self._vop(BitReader(body))
            except BitsEndedError:
                return None
            at = head.find(b"\x00\x00\x01", at + 3)
        return None

    def _vop(self, r: BitReader) -> CodedPicture:
        kind = r.bits(2)
        seconds = 0
        while r.flag():
            seconds += 1
            if seconds > MOST_SECONDS:
                raise BitsEndedError
        r.bits(1)
        ticks = r.bits(max(1, (self._resolution - 1).bit_length()))
        r.bits(1)
        coded = r.flag()
        if kind == B_VOP:
            second = self._second_before + seconds
        else:
            self._second_before = self._second
            self._second += seconds
            # Anchors move forward (§6.3.5): one that does not stands after a lost picture that told a second.
            if self._second * self._resolution + ticks <= self._anchor:
                self._second += 1
            second = self._second
            self._anchor = second * self._resolution + ticks
        return CodedPicture(
            0,
            kind == 0,
            second * self._resolution + ticks,
            is_reference=kind != B_VOP,
            # The bit follows only in plain video objects of version 1 (§6.2.5): others have more fields before it.
            beat=r.bits(1) if kind == P_VOP and coded and self._is_plain else None,
        )


def _layer(r: BitReader) -> tuple[int, bool]:
    """vop_time_increment_resolution of a video object layer, and whether it is a plain one, §6.2.3."""
    r.bits(9)
    version = 1
    if r.flag():
        version = r.bits(4)
        r.bits(3)
    if r.bits(4) == PAR_EXTENDED:
        r.bits(16)
    if r.flag():
        r.bits(3)
        if r.flag():
            r.bits(79)
    shape = r.bits(2)
    if shape == 3 and version != 1:
        r.bits(4)
    r.bits(1)
    return r.bits(16), shape == 0 and version == 1
