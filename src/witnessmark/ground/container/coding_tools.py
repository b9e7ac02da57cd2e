"""What an H.264 encoder declared that it uses: profile, level, references, reordering, entropy coder, transform, VUI.

A recorder's encoder writes the same set into every file; another set than the family's tells that another encoder
wrote last. Read from the decoder configuration only, never from pictures.
Sources: ITU-T H.264 §7.3.2.1.1 (SPS), §7.3.2.2 (PPS), §E.1 (VUI), §A.2 (profiles), §A.3 (levels);
ISO/IEC 14496-15 §5.3.3.1.2 (decoder configuration); ITU-T H.265 §A.3 and ISO/IEC 14496-15 §8.3.3.1 (HEVC: profile,
tier and level alone).
Limits: the first SPS and the first PPS; slice groups are not read on; a VUI that ends early counts as none.
"""

from __future__ import annotations

from dataclasses import dataclass

from witnessmark.ground.container.slice_bits import BitReader, BitsEndedError, unescaped, units

SPS_UNIT, PPS_UNIT = 7, 8
WITH_CHROMA_FORMAT = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
"""profile_idc values whose SPS carries chroma_format_idc (§7.3.2.1.1)."""
PROFILES = {66: "Baseline", 77: "Main", 88: "Extended", 100: "High", 110: "High 10", 122: "High 4:2:2"}
HEVC_PROFILES = {1: "Main", 2: "Main 10", 3: "Main Still Picture", 4: "range extensions"}
CONSTRAINED = 0x40
"""constraint_set1_flag: with profile 66, Constrained Baseline (§A.2.1.1)."""
EXTENDED_ASPECT = 255
MOST_SCHEDULES = 32
"""cpb_cnt (§E.2.2)."""
HEVC_RECORD_BYTES = 23


@dataclass(frozen=True, slots=True)
class CodingTools:
    """Numbers as the standard has them; None: not declared."""

    codec: str
    profile: str
    level: float
    references: int | None = None
    order_type: int | None = None
    """pic_order_cnt_type: 2 where pictures are shown in the order of coding."""
    reordered: int | None = None
    """max_num_reorder_frames of the VUI."""
    arithmetic: bool | None = None
    """CABAC rather than CAVLC."""
    transform_8x8: bool | None = None
    weighted: bool | None = None
    """Weighted prediction of P pictures."""
    weighted_b: int | None = None
    timing: bool | None = None
    """The VUI declares the time between pictures."""
    rate_model: bool | None = None
    """The VUI declares a buffer model (HRD)."""

    def in_words(self) -> str:
        words = [f"{self.profile}, level {self.level:.1f}"]
        if self.arithmetic is not None:
            words.append("CABAC" if self.arithmetic else "CAVLC")
        words += ["8x8 transform"] if self.transform_8x8 else []
        if self.references is not None:
            words.append(f"{self.references} reference picture{'s' * (self.references != 1)}")
        if self.order_type is not None:
            words.append(f"picture order type {self.order_type}")
        words += [f"{self.reordered} reordered"] if self.reordered is not None else []
        words += ["weighted P"] if self.weighted else []
        words += (
            [("", "explicitly weighted B", "implicitly weighted B")[self.weighted_b]]
            if self.weighted_b
            else []
        )
        words += ["timing"] if self.timing else []
        words += ["buffer model"] if self.rate_model else []
        return ", ".join(words)


def coding_tools(codec: str, extradata: bytes) -> CodingTools | None:
    """From the decoder configuration of a stream; None where it says nothing that is read here."""
    if codec == "hevc":
        return _hevc(extradata)
    if codec != "h264":
        return None
    sps = pps = None
    for unit in _parameter_sets(extradata):
        if not len(unit):
            continue
        kind = unit[0] & 0x1F
        if kind == SPS_UNIT and sps is None:
            sps = unescaped(unit)[1:]
        elif kind == PPS_UNIT and pps is None:
            pps = bytes(unit)
    if sps is None:
        return None
    try:
        return _h264(sps, pps)
    except BitsEndedError:
        return None


def _parameter_sets(data: bytes) -> list[memoryview]:
    if data[:1] != b"\x01":
        return list(units(data, 0))
    found: list[memoryview] = []
    at = 5
    for mask in (0x1F, 0xFF):
        if at >= len(data):
            break
        count = data[at] & mask
        at += 1
        for _ in range(count):
            size = int.from_bytes(data[at : at + 2], "big")
            found.append(memoryview(data)[at + 2 : at + 2 + size])
            at += 2 + size
    return found


def _h264(sps: bytes, pps: bytes | None) -> CodingTools:
    r = BitReader(sps)
    profile, constraints, level = r.bits(8), r.bits(8), r.bits(8)
    r.unsigned()
    if profile in WITH_CHROMA_FORMAT:
        _skip_chroma(r)
    r.unsigned()
    order_type = r.unsigned()
    if order_type == 0:
        r.unsigned()
    elif order_type == 1:
        r.flag(), r.signed(), r.signed()
        for _ in range(min(r.unsigned(), 255)):
            r.signed()
    references = r.unsigned()
    r.flag(), r.unsigned(), r.unsigned()
    if not r.flag():
        r.flag()
    r.flag()
    if r.flag():
        for _ in range(4):
            r.unsigned()
    timing = rate_model = reordered = None
    try:
        timing, rate_model, reordered = _vui(r) if r.flag() else (False, False, None)
    except BitsEndedError:
        pass
    arithmetic = eight = weighted = weighted_b = None
    if pps is not None:
        try:
            arithmetic, weighted, weighted_b, eight = _pps(pps)
        except BitsEndedError:
            pass
    name = PROFILES.get(profile, f"profile {profile}")
    if profile == 66 and constraints & CONSTRAINED:
        name = "Constrained Baseline"
    return CodingTools(
        "h264", name, level / 10, references, order_type, reordered, arithmetic, eight, weighted, weighted_b,
        timing, rate_model,
    )  # fmt: skip


def _skip_chroma(r: BitReader) -> None:
    chroma = r.unsigned()
    if chroma == 3:
        r.flag()
    r.unsigned(), r.unsigned(), r.flag()
    if not r.flag():
        return
    for index in range(12 if chroma == 3 else 8):
        if r.flag():
            last = following = 8
            for _ in range(16 if index < 6 else 64):
                if following:
                    following = (last + r.signed() + 256) % 256
                last = following or last


def _vui(r: BitReader) -> tuple[bool, bool, int | None]:
    """(timing declared, buffer model declared, reordered pictures), §E.1.1."""
    if r.flag() and r.bits(8) == EXTENDED_ASPECT:
        r.bits(32)
    if r.flag():
        r.flag()
    if r.flag():
        r.bits(4)
        if r.flag():
            r.bits(24)
    if r.flag():
        r.unsigned(), r.unsigned()
    timing = r.flag()
    if timing:
        r.bits(32), r.bits(32), r.flag()
    models = 0
    for _ in range(2):
        if r.flag():
            models += 1
            _skip_model(r)
    if models:
        r.flag()
    r.flag()
    if not r.flag():
        return timing, bool(models), None
    r.flag()
    for _ in range(4):
        r.unsigned()
    return timing, bool(models), r.unsigned()


def _skip_model(r: BitReader) -> None:
    """hrd_parameters, §E.1.2."""
    count = r.unsigned() + 1
    if count > MOST_SCHEDULES:
        raise BitsEndedError
    r.bits(8)
    for _ in range(count):
        r.unsigned(), r.unsigned(), r.flag()
    r.bits(20)


def _pps(unit: bytes) -> tuple[bool, bool | None, int | None, bool | None]:
    """(CABAC, weighted P, weighted B, 8x8 transform); what follows the stop bit is no transform flag (§7.2)."""
    payload = unescaped(unit)[1:].rstrip(b"\x00")
    if not payload:
        raise BitsEndedError
    data = int.from_bytes(payload, "big")
    stop = (data & -data).bit_length()  # the stop bit and what follows it
    bits = 8 * len(payload) - stop
    r = BitReader(payload)
    r.unsigned(), r.unsigned()
    arithmetic = r.flag()
    r.flag()
    if r.unsigned() > 0:
        return arithmetic, None, None, None
    r.unsigned(), r.unsigned()
    weighted, weighted_b = r.flag(), r.bits(2)
    r.signed(), r.signed(), r.signed()
    r.bits(3)
    more = 8 * len(payload) - r.left < bits
    return arithmetic, weighted, weighted_b % 3, more and r.flag()


def _hevc(data: bytes) -> CodingTools | None:
    if data[:1] != b"\x01" or len(data) < HEVC_RECORD_BYTES:
        return None
    profile, tier = data[1] & 31, data[1] >> 5 & 1
    name = HEVC_PROFILES.get(profile, f"profile {profile}")
    return CodingTools("hevc", f"{name}, {'high' if tier else 'main'} tier", data[12] / 30)
