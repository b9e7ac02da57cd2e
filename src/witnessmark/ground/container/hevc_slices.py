"""Picture order of HEVC pictures, from their slice segment headers.

Sources: ITU-T H.265 §7.3.2.2 (SPS), §7.3.2.3 (PPS), §7.3.6.1 (slice segment header), §8.3.1 (picture order);
ISO/IEC 14496-15 §8.3.3.1 (decoder configuration record).
Limits: base layer, first slice segment only. A SPS whose scaling or long-term parts would matter is not read
beyond ``log2_max_pic_order_cnt_lsb``.
"""

from __future__ import annotations

from dataclasses import dataclass

from witnessmark.ground.container.coded_picture import CodedPicture
from witnessmark.ground.container.slice_bits import BitReader, BitsEndedError, unescaped, units

SPS_UNIT, PPS_UNIT = 33, 34
FIRST_IRAP, LAST_IRAP, IDR_W_RADL, IDR_N_LP = 16, 23, 19, 20
BLA_UNITS = frozenset({16, 17, 18})
LAST_SLICE = 31
RADL_RASL = frozenset({6, 7, 8, 9})
"""nal_unit_type, Table 7-1. Leading pictures do not carry the order forward (§8.3.1)."""
SUB_LAYER_NON_REFERENCE = frozenset({0, 2, 4, 6, 8, 10, 12, 14})


@dataclass(frozen=True, slots=True)
class _Pps:
    sps_id: int
    output_flag: bool
    extra_bits: int


@dataclass(frozen=True, slots=True)
class _Sps:
    raw: bytes
    order_bits: int
    separate_planes: bool


class HevcPictures:
    """Reads packet after packet of one stream, in decoding order."""

    gaps_allowed = False

    def __init__(self, extradata: bytes) -> None:
        self._sps: dict[int, _Sps] = {}
        self._pps: dict[int, _Pps] = {}
        self._changes = 0
        self._sequence = -1
        self._previous = 0
        self._length_bytes = 0
        if extradata[:1] == b"\x01" and len(extradata) >= 23:
            self._length_bytes = (extradata[21] & 3) + 1
            self._from_configuration(extradata)
        else:
            for unit in units(extradata, 0):
                self._parameter_set(unit)

    def read(self, data: bytes | memoryview) -> CodedPicture | None:
        """The order of the picture that ``data`` begins, or None where it cannot be read."""
        for unit in units(data, self._length_bytes):
            kind = unit[0] >> 1 & 0x3F
            if kind in (SPS_UNIT, PPS_UNIT):
                self._parameter_set(unit)
            elif kind <= LAST_SLICE and len(unit) > 2 and (unit[0] & 1, unit[1] >> 3) == (0, 0):
                try:
                    return self._slice(BitReader(unescaped(unit)[2:]), kind, unit[1] & 7)
                except (BitsEndedError, KeyError):
                    return None
        return None

    def _from_configuration(self, data: bytes) -> None:
        """HEVCDecoderConfigurationRecord, ISO/IEC 14496-15 §8.3.3.1.2."""
        at = 23
        for _ in range(data[22]):
            count = int.from_bytes(data[at + 1 : at + 3], "big")
            at += 3
            for _ in range(min(count, 64)):
                size = int.from_bytes(data[at : at + 2], "big")
                if size:
                    self._parameter_set(memoryview(data)[at + 2 : at + 2 + size])
                at += 2 + size
            if at >= len(data):
                return

    def _parameter_set(self, unit: memoryview) -> None:
        if len(unit) < 3:
            return
        payload = unescaped(unit)
        try:
            if unit[0] >> 1 & 0x3F == SPS_UNIT:
                number, sps = _read_sps(payload)
                held = self._sps.get(number)
                if held is not None and held.raw != sps.raw:
                    self._changes += 1
                self._sps[number] = sps
            elif unit[0] >> 1 & 0x3F == PPS_UNIT:
                r = BitReader(payload[2:])
                number, sps_id = r.unsigned(), r.unsigned()
                r.flag()  # dependent_slice_segments_enabled_flag
                self._pps[number] = _Pps(sps_id, r.flag(), r.bits(3))
        except BitsEndedError:
            return

    def _slice(self, r: BitReader, kind: int, temporal_plus1: int) -> CodedPicture:
        if not r.flag():  # first_slice_segment_in_pic_flag
            raise BitsEndedError
        irap = FIRST_IRAP <= kind <= LAST_IRAP
        if irap:
            r.flag()
        pps = self._pps[r.unsigned()]
        sps = self._sps[pps.sps_id]
        r.bits(pps.extra_bits)
        r.unsigned()  # slice_type
        if pps.output_flag:
            r.flag()
        if sps.separate_planes:
            r.bits(2)
        idr = kind in (IDR_W_RADL, IDR_N_LP)
        restarts = idr or kind in BLA_UNITS
        if restarts or self._sequence < 0:
            self._sequence += 1
            self._previous = 0
        order = 0
        if not idr:
            span = 1 << sps.order_bits
            lsb = r.bits(sps.order_bits)
            before = self._previous % span
            msb = self._previous - before
            if lsb < before and before - lsb >= span // 2:
                msb += span
            elif lsb > before and lsb - before > span // 2:
                msb -= span
            order = lsb if restarts else msb + lsb
        if temporal_plus1 == 1 and kind not in RADL_RASL and kind not in SUB_LAYER_NON_REFERENCE:
            self._previous = order
        return CodedPicture(
            sequence=self._sequence,
            restarts=restarts,
            order=order,
            is_reference=kind not in SUB_LAYER_NON_REFERENCE,
            parameter_changes=self._changes,
        )


def _read_sps(payload: bytes) -> tuple[int, _Sps]:
    r = BitReader(payload[2:])
    r.bits(4)
    sub_layers = r.bits(3)
    r.flag()
    r.bits(88)  # general profile, tier, flags
    r.bits(8)  # general_level_idc
    present = [(r.flag(), r.flag()) for _ in range(sub_layers)]
    if sub_layers:
        r.bits(2 * (8 - sub_layers))
    for profile, level in present:
        r.bits(88 * profile + 8 * level)
    number = r.unsigned()
    chroma = r.unsigned()
    separate = chroma == 3 and r.flag()
    r.unsigned(), r.unsigned()
    if r.flag():
        for _ in range(4):
            r.unsigned()
    r.unsigned(), r.unsigned()
    order_bits = r.unsigned() + 4
    if order_bits > 16:
        raise BitsEndedError
    return number, _Sps(payload, order_bits, separate)
