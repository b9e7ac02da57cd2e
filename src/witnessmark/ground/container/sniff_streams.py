"""Streams without a signature, told by the regularity of their own framing.

Transport packets (ISO/IEC 13818-1 §2.4.3: 0x47 every 188 bytes; Blu-ray/AVCHD adds four bytes of arrival
time in front), program packs (§2.5.3.3), Annex B byte streams (ITU-T H.264 and H.265 Annex B),
MPEG audio frames (ISO/IEC 11172-3 §2.4.1.3) and ADTS (ISO/IEC 13818-7 §6.2).
"""

from __future__ import annotations

from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType

_SYNC = b"\x47"
_PACKETS_NEEDED = 5
"""Sync bytes in a row before we believe in a transport stream: chance of five random hits is 2**-40."""
_SEARCH_BYTES = 4096
"""How far leading garbage is forgiven (recorders cut streams at buffer borders)."""
_FRAMES_NEEDED = 3
"""Sound frames in a row that must agree, since the sync word alone is 11 or 12 bits."""


def elementary(head: bytes) -> Kind | None:
    """MPEG program stream, MPEG video, H.264 or HEVC by their first start code."""
    if head[:4] == b"IMKH" and b"\x00\x00\x01\xba" in head[:128]:
        return Kind(MediaType.VIDEO, "mpegps")
    if head[:3] == b"\x00\x00\x01":
        at = 3
    elif head[:4] == b"\x00\x00\x00\x01":
        at = 4
    else:
        return None
    code, after = head[at : at + 1], head[at + 1 : at + 2]
    if not code or not after:
        return None
    if code == b"\xba":
        return Kind(MediaType.VIDEO, "mpegps")
    if code == b"\xb3":
        return Kind(MediaType.VIDEO, "mpegvideo")
    if code[0] >= 0x80:
        return None
    # H.265 §7.3.1.2: two header bytes; layer id 0 and temporal id 1 leave exactly 0x01 in the second.
    if (code[0] >> 1) & 0x3F in (32, 33, 35) and code[0] & 1 == 0 and after == b"\x01":
        return Kind(MediaType.VIDEO, "hevc")
    # H.264 Table 7-1: a stream begins with a delimiter (9), a parameter set (7) or SEI (6).
    unit, reference = code[0] & 0x1F, (code[0] >> 5) & 3
    if (unit == 7 and reference) or (unit in (9, 6) and not reference):
        return Kind(MediaType.VIDEO, "h264")
    return None


def transport(head: bytes) -> Kind | None:
    """188-byte packets are ``mpegts``; 192-byte packets (arrival time first) are ``m2ts``."""
    for stride, lead, name in ((188, 0, "mpegts"), (192, 4, "m2ts"), (204, 0, "mpegts")):
        if transport_offset(head, stride, lead, at_start=True) is not None:
            return Kind(MediaType.VIDEO, name)
    for stride, lead, name in ((188, 0, "mpegts"), (192, 4, "m2ts")):
        if transport_offset(head, stride, lead, at_start=False) is not None:
            return Kind(MediaType.VIDEO, name)
    return None


def transport_offset(head: bytes, stride: int, lead: int, *, at_start: bool) -> int | None:
    """Where the first whole packet begins, or None. A tiny file may hold fewer packets than wanted."""
    last = len(head) - (_PACKETS_NEEDED - 1) * stride
    end = min(lead + (1 if at_start else _SEARCH_BYTES), last)
    at = head.find(_SYNC, lead, end) if end > lead else -1
    while at >= 0:
        if all(head[at + n * stride] == _SYNC[0] for n in range(1, _PACKETS_NEEDED)):
            return at - lead
        at = head.find(_SYNC, at + 1, end)
    return None


def sound(head: bytes) -> Kind | None:
    """MP3 (with or without an ID3 tag) or ADTS, where several frames follow each other exactly."""
    at = 0
    if head[:3] == b"ID3" and len(head) > 10:
        at = 10 + _synchsafe(head[6:10])
        if head[at : at + 4] == b"fLaC":
            return Kind(MediaType.SOUND, "flac")
        if at >= len(head) - 4:
            return Kind(MediaType.SOUND, "mp3")  # the tag is longer than what we were given
    for length, name in ((mp3_frame_bytes, "mp3"), (adts_frame_bytes, "aac")):
        position, frames = at, 0
        while frames < _FRAMES_NEEDED and (step := length(head[position : position + 8])):
            position, frames = position + step, frames + 1
        if frames >= _FRAMES_NEEDED or (frames and position >= len(head)):
            return Kind(MediaType.SOUND, name)
    return Kind(MediaType.SOUND, "mp3") if at else None


_KBPS_V1_L3 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_V2_L3 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES_HZ = (44100, 48000, 32000)


def mp3_frame_bytes(header: bytes) -> int:
    """Length of an MPEG audio layer III frame, or 0 (ISO/IEC 11172-3 §2.4.3.1)."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = (header[1] >> 3) & 3, (header[1] >> 1) & 3
    rate_index, hz_index, padding = header[2] >> 4, (header[2] >> 2) & 3, (header[2] >> 1) & 1
    if version == 1 or layer != 1 or rate_index in (0, 15) or hz_index == 3:
        return 0
    rate_hz = _RATES_HZ[hz_index] >> {3: 0, 2: 1, 0: 2}[version]
    kbps = (_KBPS_V1_L3 if version == 3 else _KBPS_V2_L3)[rate_index]
    return (144 if version == 3 else 72) * kbps * 1000 // rate_hz + padding


def adts_frame_bytes(header: bytes) -> int:
    """Length of an ADTS frame, or 0 (ISO/IEC 13818-7 §6.2.1)."""
    if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0 or (header[2] >> 2) & 15 > 12:
        return 0
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if length >= 7 else 0


def _synchsafe(four: bytes) -> int:
    return (four[0] & 127) << 21 | (four[1] & 127) << 14 | (four[2] & 127) << 7 | four[3] & 127
