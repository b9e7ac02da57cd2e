"""Reading coded pictures bit by bit: NAL units, escaped payloads, Exp-Golomb codes. Bounded by what is there.

Sources: ISO/IEC 14496-10 (H.264) §7.3.1 and §9.1, Annex B; ISO/IEC 14496-15 §5.3.3 (length prefixes).
Limits: only the first ``HEAD_BYTES`` of a unit are read; slice headers are far shorter.
"""

from __future__ import annotations

from collections.abc import Iterator

HEAD_BYTES = 640
"""Bytes of a unit that are looked at: an H.264 slice header with full weight tables for 32 references in two
lists stays below 600 bytes (§7.3.3.2); all others are much shorter."""
SCAN_BYTES = 1 << 16
"""How far into a packet units are looked for: parameter sets and SEI precede the first slice."""
MOST_UNITS = 64
"""Units looked at per packet before giving up; a hostile packet may hold thousands of empty ones."""
LONGEST_GOLOMB = 32
"""Leading zeros of the longest legal Exp-Golomb code (§9.1)."""


class BitsEndedError(Exception):
    """The unit ended, or a code is longer than the standard allows: this picture cannot be read."""


class BitReader:
    """Reads big-endian bits of a few hundred bytes held as one integer."""

    __slots__ = ("_left", "_value")

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    @property
    def left(self) -> int:
        """Bits that are still to be read."""
        return self._left

    def bits(self, count: int) -> int:
        """The next ``count`` bits as an unsigned number. Raises BitsEndedError past the end."""
        self._left -= count
        if self._left < 0:
            raise BitsEndedError
        return (self._value >> self._left) & ((1 << count) - 1)

    def flag(self) -> bool:
        return self.bits(1) == 1

    def unsigned(self) -> int:
        """ue(v), §9.1."""
        zeros = 0
        while self.bits(1) == 0:
            zeros += 1
            if zeros > LONGEST_GOLOMB:
                raise BitsEndedError
        return (1 << zeros) - 1 + (self.bits(zeros) if zeros else 0)

    def signed(self) -> int:
        """se(v), §9.1.1."""
        code = self.unsigned()
        return (code + 1) // 2 if code % 2 else -(code // 2)


def unescaped(unit: bytes | memoryview) -> bytes:
    """The first bytes of a unit without emulation prevention (§7.4.1.1)."""
    head = bytes(unit[:HEAD_BYTES])
    if b"\x00\x00\x03" not in head:
        return head
    out = bytearray()
    zeros = 0
    for value in head:
        if zeros >= 2 and value == 3:
            zeros = 0
            continue
        out.append(value)
        zeros = zeros + 1 if value == 0 else 0
    return bytes(out)


def units(data: bytes | memoryview, length_bytes: int) -> Iterator[memoryview]:
    """NAL units of a packet, in order; ``length_bytes`` 0 means start codes (Annex B)."""
    view = memoryview(data)
    found = _prefixed(view, length_bytes) if length_bytes else _start_coded(view)
    for count, unit in enumerate(found):
        if count >= MOST_UNITS:
            return
        yield unit


def _prefixed(view: memoryview, length_bytes: int) -> Iterator[memoryview]:
    at = 0
    while at + length_bytes < len(view):
        size = int.from_bytes(view[at : at + length_bytes], "big")
        at += length_bytes
        if size == 0:
            continue
        yield view[at : at + size]
        at += size


def _start_coded(view: memoryview) -> Iterator[memoryview]:
    head = bytes(view[:SCAN_BYTES])
    at = head.find(b"\x00\x00\x01")
    while at >= 0:
        after = head.find(b"\x00\x00\x01", at + 3)
        unit = view[at + 3 : after if after >= 0 else len(view)]
        if len(unit):
            yield unit
        at = after
