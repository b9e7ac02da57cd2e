"""The numbers that an H.264 encoder wrote into every picture: ``frame_num``, picture order, IDR identity.

They are inside the coded picture, so a stream copy keeps them whatever it does to the container's times.
Sources: ISO/IEC 14496-10 §7.3.2.1 (SPS), §7.3.2.2 (PPS), §7.3.3 (slice header), §7.4.3 (``frame_num``),
§8.2.1 (picture order count), §8.2.5.2 (gaps), §7.4.3.3 (memory management operation 5).
Limits: the first slice of a picture only; slice groups (FMO) and picture order type 1 give no order.
"""

from __future__ import annotations

from dataclasses import dataclass

from witnessmark.ground.container.coded_picture import CodedPicture
from witnessmark.ground.container.slice_bits import BitReader, BitsEndedError, unescaped, units

SLICE, IDR_SLICE, SPS_UNIT, PPS_UNIT, PREFIX = 1, 5, 7, 8, 14
"""nal_unit_type, Table 7-1."""
P, B, I = 0, 1, 2  # noqa: E741  (slice_type modulo 5, Table 7-6)
SP, SI = 3, 4
WITH_CHROMA_FORMAT = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
"""profile_idc values whose SPS carries chroma_format_idc (§7.3.2.1.1)."""
RESET_ALL = 5
"""memory_management_control_operation that makes a picture count as if numbering began anew."""
MOST_REFERENCES = 32
"""num_ref_idx_active may not exceed 32 (§7.4.3)."""


@dataclass(frozen=True, slots=True)
class Sps:
    """What of a sequence parameter set the slice header needs."""

    raw: bytes
    frame_num_bits: int
    order_type: int
    order_bits: int
    delta_always_zero: bool
    gaps_allowed: bool
    frames_only: bool
    separate_planes: bool
    monochrome: bool


@dataclass(frozen=True, slots=True)
class Pps:
    sps_id: int
    order_in_frame: bool
    slice_groups: bool
    references: tuple[int, int]
    weighted: bool
    weighted_b: int
    redundant_count: bool


@dataclass(slots=True)
class _Order:
    """State of §8.2.1.1 and §8.2.1.3: carried from picture to picture."""

    reference_msb: int = 0
    reference_lsb: int = 0
    frame_num: int = 0
    frame_num_offset: int = 0
    after_reset: bool = False


class H264Pictures:
    """Reads packet after packet of one stream, in decoding order."""

    def __init__(self, extradata: bytes) -> None:
        self._sps: dict[int, Sps] = {}
        self._pps: dict[int, Pps] = {}
        self._changes = 0
        self._sequence = -1
        self._order = _Order()
        self._length_bytes = 0
        if extradata[:1] == b"\x01" and len(extradata) >= 7:
            self._length_bytes = (extradata[4] & 3) + 1
            self._from_configuration(extradata)
        else:
            for unit in units(extradata, 0):
                self._parameter_set(unit)

    @property
    def gaps_allowed(self) -> bool:
        return any(s.gaps_allowed for s in self._sps.values())

    def read(self, data: bytes | memoryview) -> CodedPicture | None:
        """The numbers of the picture that ``data`` begins, or None where it cannot be read."""
        for unit in units(data, self._length_bytes):
            if unit[0] & 0x1F == PREFIX and self._length_bytes:
                # Samsung slow motion puts a prefix unit and start-coded units into one length-prefixed unit.
                found = next(filter(None, map(self._unit, units(unit, 0))), None)
            else:
                found = self._unit(unit)
            if found is not None:
                return found
        return None

    def _unit(self, unit: memoryview) -> CodedPicture | None:
        kind = unit[0] & 0x1F
        if kind in (SPS_UNIT, PPS_UNIT):
            self._parameter_set(unit)
        elif kind in (SLICE, IDR_SLICE):
            try:
                return self._slice(BitReader(unescaped(unit)[1:]), kind == IDR_SLICE, unit[0] >> 5 & 3)
            except (BitsEndedError, KeyError):
                return None
        return None

    # ----------------------------------------------------------------- parameter sets

    def _from_configuration(self, data: bytes) -> None:
        """AVCDecoderConfigurationRecord, ISO/IEC 14496-15 §5.3.3.1.2."""
        at = 5
        for mask in (0x1F, 0xFF):
            if at >= len(data):
                return
            count = data[at] & mask
            at += 1
            for _ in range(count):
                size = int.from_bytes(data[at : at + 2], "big")
                if size:
                    self._parameter_set(memoryview(data)[at + 2 : at + 2 + size])
                at += 2 + size

    def _parameter_set(self, unit: memoryview) -> None:
        if not len(unit):
            return
        payload = unescaped(unit)
        try:
            if unit[0] & 0x1F == SPS_UNIT:
                number, sps = _read_sps(payload)
                held = self._sps.get(number)
                if held is not None and held.raw != sps.raw:
                    self._changes += 1
                self._sps[number] = sps
            elif unit[0] & 0x1F == PPS_UNIT:
                number, pps = _read_pps(payload)
                self._pps[number] = pps
        except BitsEndedError:
            return

    # ----------------------------------------------------------------- slice header

    def _slice(self, r: BitReader, idr: bool, ref_idc: int) -> CodedPicture:
        r.unsigned()  # first_mb_in_slice
        kind = r.unsigned() % 5
        pps = self._pps[r.unsigned()]
        sps = self._sps[pps.sps_id]
        if sps.separate_planes:
            r.bits(2)
        frame_num = r.bits(sps.frame_num_bits)
        is_field = bottom = False
        if not sps.frames_only:
            is_field = r.flag()
            bottom = is_field and r.flag()
        idr_id = r.unsigned() if idr else None
        lsb = r.bits(sps.order_bits) if sps.order_type == 0 else 0
        reset = False
        if ref_idc and not idr and not pps.slice_groups:
            reset = self._resets(r, sps, pps, kind, is_field)
        if idr:
            self._sequence += 1
            self._order = _Order()
        order = self._picture_order(sps, frame_num, lsb, bool(ref_idc), bottom)
        sequence = self._sequence
        if reset:
            self._sequence += 1
            sequence, order = self._sequence, 0
            self._order = _Order(after_reset=True)
        return CodedPicture(
            sequence=max(sequence, 0),
            restarts=idr or reset,
            order=order,
            is_reference=ref_idc > 0,
            number=frame_num,
            number_modulus=1 << sps.frame_num_bits,
            restart_id=idr_id,
            field=(1 + int(bottom)) if is_field else 0,
            parameter_changes=self._changes,
        )

    def _resets(self, r: BitReader, sps: Sps, pps: Pps, kind: int, is_field: bool) -> bool:
        """Read on to dec_ref_pic_marking (§7.3.3.3); True when operation 5 stands there."""
        if sps.order_type == 0 and pps.order_in_frame and not is_field:
            r.signed()
        if sps.order_type == 1 and not sps.delta_always_zero:
            r.signed()
            if pps.order_in_frame and not is_field:
                r.signed()
        if pps.redundant_count:
            r.unsigned()
        if kind == B:
            r.flag()
        counts = list(pps.references)
        if kind in (P, SP, B) and r.flag():
            counts[0] = r.unsigned() + 1
            if kind == B:
                counts[1] = r.unsigned() + 1
        if max(counts) > MOST_REFERENCES:
            raise BitsEndedError
        for _ in range({P: 1, SP: 1, B: 2}.get(kind, 0)):
            if r.flag():
                while r.unsigned() != 3:  # modification_of_pic_nums_idc
                    r.unsigned()
        if (pps.weighted and kind in (P, SP)) or (pps.weighted_b == 1 and kind == B):
            _skip_weights(r, counts[: 2 if kind == B else 1], sps.monochrome or sps.separate_planes)
        if not r.flag():  # adaptive_ref_pic_marking_mode_flag
            return False
        found = False
        while (operation := r.unsigned()) != 0:
            found |= operation == RESET_ALL
            for _ in range({1: 1, 2: 1, 3: 2, 4: 1, 6: 1}.get(operation, 0)):
                r.unsigned()
        return found

    def _picture_order(self, sps: Sps, frame_num: int, lsb: int, reference: bool, bottom: bool) -> int | None:
        state = self._order
        if sps.order_type == 0:
            span = 1 << sps.order_bits
            msb = state.reference_msb
            if lsb < state.reference_lsb and state.reference_lsb - lsb >= span // 2:
                msb += span
            elif lsb > state.reference_lsb and lsb - state.reference_lsb > span // 2:
                msb -= span
            if reference:
                state.reference_msb, state.reference_lsb = msb, lsb
            return msb + lsb
        if sps.order_type == 2:
            if frame_num < state.frame_num and not state.after_reset:
                state.frame_num_offset += 1 << sps.frame_num_bits
            state.frame_num, state.after_reset = frame_num, False
            return 2 * (state.frame_num_offset + frame_num) - (0 if reference else 1) + int(bottom)
        return None


def _skip_weights(r: BitReader, counts: list[int], no_chroma: bool) -> None:
    """pred_weight_table, §7.3.3.2."""
    r.unsigned()
    if not no_chroma:
        r.unsigned()
    for count in counts:
        for _ in range(count):
            if r.flag():
                r.signed(), r.signed()
            if not no_chroma and r.flag():
                for _ in range(4):
                    r.signed()


def _read_sps(payload: bytes) -> tuple[int, Sps]:
    r = BitReader(payload[1:])
    profile = r.bits(8)
    r.bits(16)  # constraint flags, level_idc
    number = r.unsigned()
    chroma, separate = 1, False
    if profile in WITH_CHROMA_FORMAT:
        chroma = r.unsigned()
        separate = chroma == 3 and r.flag()
        r.unsigned(), r.unsigned(), r.flag()
        if r.flag():
            for index in range(12 if chroma == 3 else 8):
                if r.flag():
                    _skip_scaling_list(r, 16 if index < 6 else 64)
    frame_num_bits = r.unsigned() + 4
    order_type = r.unsigned()
    order_bits, always_zero = 0, True
    if order_type == 0:
        order_bits = r.unsigned() + 4
    elif order_type == 1:
        always_zero = r.flag()
        r.signed(), r.signed()
        for _ in range(min(r.unsigned(), 255)):
            r.signed()
    if frame_num_bits > 16 or order_bits > 16 or order_type > 2:
        raise BitsEndedError
    r.unsigned()  # max_num_ref_frames
    gaps = r.flag()
    r.unsigned(), r.unsigned()
    return number, Sps(
        payload, frame_num_bits, order_type, order_bits, always_zero, gaps, r.flag(), separate, chroma == 0
    )


def _skip_scaling_list(r: BitReader, size: int) -> None:
    """scaling_list, §7.3.2.1.1.1."""
    last = following = 8
    for _ in range(size):
        if following != 0:
            following = (last + r.signed() + 256) % 256
        last = following or last


def _read_pps(payload: bytes) -> tuple[int, Pps]:
    r = BitReader(payload[1:])
    number, sps_id = r.unsigned(), r.unsigned()
    r.flag()
    order_in_frame = r.flag()
    if r.unsigned() > 0:
        return number, Pps(sps_id, order_in_frame, True, (1, 1), False, 0, False)
    references = (r.unsigned() + 1, r.unsigned() + 1)
    weighted, weighted_b = r.flag(), r.bits(2)
    r.signed(), r.signed(), r.signed()
    r.bits(2)
    return number, Pps(sps_id, order_in_frame, False, references, weighted, weighted_b, r.flag())
