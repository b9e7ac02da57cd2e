"""H.264 and HEVC units: walking them, reading user data in SEI, parameter sets and AVCHD camera records.

ITU-T H.264 §7.3.1, §7.3.2.1, Annex B, D.1.6 (user_data_unregistered); H.265 §7.3.1, Annex B, D.2.7; ISO/IEC
14496-15 §5.3.3.1 (avcC) and §8.3.3.1 (hvcC). The MDPM record of AVCHD cameras: ExifTool "H264 Tags".
Limits: at most ``_UNITS`` units and 64 KiB of each are looked at; slices are never parsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from witnessmark.ground.container import times
from witnessmark.ground.container.build import TreeBuilder

_UNITS = 4096
_UNIT_BYTES = 64 * 1024
_STREAM_BYTES = 1 << 20
_MDPM = bytes.fromhex("17ee8c60f84d11d98cd60800200c9a66")
_MDPM_MAKERS = {0x0103: "Panasonic", 0x0108: "Sony", 0x1011: "Canon", 0x1104: "JVC"}


@dataclass(frozen=True, slots=True)
class UserData:
    """One user_data_unregistered message: its UUID and, where it is text, the text."""

    uuid: bytes
    text: str
    payload: bytes


def split_stream(data: bytes) -> Iterator[bytes]:
    """Units between start codes (Annex B). Trailing zero bytes belong to no unit."""
    at = data.find(b"\x00\x00\x01")
    for _ in range(_UNITS):
        if at < 0:
            return
        following = data.find(b"\x00\x00\x01", at + 3)
        unit = data[at + 3 : following if following >= 0 else None].rstrip(b"\x00")
        if unit:
            yield unit
        at = following


def split_lengths(data: bytes, width: int) -> Iterator[bytes]:
    """Units behind their lengths, as packets of MP4 and Matroska hold them."""
    at = 0
    for _ in range(_UNITS):
        length = int.from_bytes(data[at : at + width], "big")
        if at + width >= len(data) or not length:
            return
        yield data[at + width : at + width + length]
        at += width + length


def units_of(packet: bytes, extradata: bytes) -> Iterator[bytes]:
    """Units of one packet: length-prefixed when the decoder configuration says so, else by start codes."""
    width = length_width(extradata)
    # A length of 256 to 511 begins with 00 00 01 like a start code: only the configuration can decide.
    return split_lengths(packet, width) if width else split_stream(packet)


def length_width(extradata: bytes) -> int:
    """Bytes of the length in front of each unit (avcC, hvcC), or 0 when the stream has start codes."""
    if len(extradata) < 7 or extradata[0] != 1:
        return 0
    if len(extradata) > 22 and extradata[5] & 0xE0 != 0xE0:
        return (extradata[21] & 3) + 1
    return (extradata[4] & 3) + 1


def configuration_units(extradata: bytes) -> Iterator[bytes]:
    """Parameter sets (and SEI) kept in avcC or hvcC, or in a raw header of start codes."""
    if extradata[:3] == b"\x00\x00\x01" or extradata[:4] == b"\x00\x00\x00\x01":
        yield from split_stream(extradata)
        return
    if len(extradata) < 8 or extradata[0] != 1:
        return
    at = 6 if extradata[5] & 0xE0 == 0xE0 else 23
    groups = [extradata[5] & 31, -1] if at == 6 else [-2] * (extradata[22] if len(extradata) > 22 else 0)
    for group in groups:
        if group == -1:
            count = extradata[at] if at < len(extradata) else 0
            at += 1
        elif group == -2:
            count = int.from_bytes(extradata[at + 1 : at + 3], "big")
            at += 3
        else:
            count = group
        for _ in range(min(count, 64)):
            length = int.from_bytes(extradata[at : at + 2], "big")
            unit = extradata[at + 2 : at + 2 + length]
            if not unit:
                return
            yield unit
            at += 2 + length


def user_data(unit: bytes, hevc: bool) -> list[UserData]:
    """User data of one SEI unit; nothing for other units."""
    if not unit:
        return []
    kind = (unit[0] >> 1) & 63 if hevc else unit[0] & 31
    if kind not in ((39, 40) if hevc else (6,)):
        return []
    data = unescape(unit[2 if hevc else 1 : _UNIT_BYTES])
    found: list[UserData] = []
    at = 0
    while at + 2 < len(data) and len(found) < 16:
        what, at = _sum_ff(data, at)
        size, at = _sum_ff(data, at)
        body = data[at : at + size]
        if what == 5 and len(body) >= 16:
            words = body[16:1040].split(b"\x00", 1)[0]
            text = words.decode("latin-1") if words and all(9 <= byte < 127 for byte in words) else ""
            found.append(UserData(body[:16], text, body[16:]))
        at += size
    return found


def _sum_ff(data: bytes, at: int) -> tuple[int, int]:
    """H.264 §7.3.2.3.1: each 0xff adds 255, the last byte ends the number."""
    total = 0
    while at < len(data) and data[at] == 0xFF:
        total, at = total + 255, at + 1
    return total + (data[at] if at < len(data) else 0), at + 1


def unescape(unit: bytes) -> bytes:
    """Take out emulation prevention (§7.4.1): 00 00 03 becomes 00 00."""
    return unit.replace(b"\x00\x00\x03", b"\x00\x00")


@dataclass(frozen=True, slots=True)
class SequenceParameters:
    """The first fields of an H.264 sequence parameter set: constant for one encoder's settings."""

    profile: int
    constraints: int
    level: int


def sequence_parameters(unit: bytes) -> SequenceParameters | None:
    """Profile, constraint flags and level of an H.264 SPS (§7.3.2.1.1); None for other units."""
    if len(unit) < 4 or unit[0] & 0x1F != 7:
        return None
    return SequenceParameters(unit[1], unit[2], unit[3])


def note_camera_record(builder: TreeBuilder, entry: UserData) -> bool:
    """File date and maker of an AVCHD camera record (MDPM); False when the message is none."""
    payload = entry.payload
    if entry.uuid != _MDPM or payload[:4] != b"MDPM" or len(payload) < 5:
        return False
    tags = {
        payload[at]: payload[at + 1 : at + 5] for at in range(5, min(5 + 5 * payload[4], len(payload) - 4), 5)
    }
    first, second = tags.get(0x18, b""), tags.get(0x19, b"")
    if len(first) == 4 and len(second) == 4:
        text = (
            f"{first[1]:02x}{first[2]:02x}-{first[3]:02x}-{second[0]:02x} "
            f"{second[1]:02x}:{second[2]:02x}:{second[3]:02x}"
        )
        times.note_text(builder, "MDPM.DateTimeOriginal", text)
    maker = tags.get(0xE0, b"")
    if len(maker) == 4:
        name = _MDPM_MAKERS.get(int.from_bytes(maker[:2], "big"))
        builder.say(builder.makes, "MDPM.Make", name or f"code 0x{maker[:2].hex()}")
    builder.tally("avchd_records")
    return True


def note_units(builder: TreeBuilder, stream: bytes, hevc: bool) -> None:
    """File what the SEI of a stretch of byte stream says, and count its units."""
    for unit in split_stream(stream):
        builder.tally("units")
        for entry in user_data(unit, hevc):
            if not note_camera_record(builder, entry) and entry.text:
                builder.say(builder.texts, "sei.user_data", builder.text(entry.text.encode()))


def walk(builder: TreeBuilder) -> None:
    """A raw stream: no container, so nothing but its first units and what its SEI says."""
    stream = builder.read(0, min(builder.size, _STREAM_BYTES))
    hevc = builder.format == "hevc"
    at = 0
    for ordinal, unit in enumerate(split_stream(stream)):
        if ordinal >= 64:
            break
        kind = (unit[0] >> 1) & 63 if hevc else unit[0] & 31
        at = stream.find(b"\x00\x00\x01", at) + 3
        builder.node(f"unit[{ordinal}]", at - 3, len(unit) + 3, (("type", kind),))
    note_units(builder, stream, hevc)
    if not builder.counts.get("units"):
        builder.fault("not_this_format", 0, "no start code in the first mebibyte")
