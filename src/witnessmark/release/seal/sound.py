"""How packets of sound are grouped for the seal (docs/spec/redactable-seal.md, Sound)."""

from __future__ import annotations

from dataclasses import dataclass, field

from witnessmark.model.samples import Packet

SOUND_GROUP_S = 1.0
SOUND_GROUP_PACKETS = 50
SOUND_GROUP_PACKETS_LONGEST = 1000
"""Closes a group whose declared durations are zero or negative; keeps memory bounded."""


@dataclass(slots=True)
class SoundGroup:
    """Consecutive packets of one stream."""

    ordinal: int = 0
    first_pts: int | None = None
    packets: list[bytes] = field(default_factory=list)
    duration_s: float = 0.0
    all_declared: bool = True

    @property
    def is_full(self) -> bool:
        by_time = self.all_declared and self.duration_s >= SOUND_GROUP_S
        by_count = not self.all_declared and len(self.packets) >= SOUND_GROUP_PACKETS
        return by_time or by_count or len(self.packets) >= SOUND_GROUP_PACKETS_LONGEST

    def add(self, packet: Packet) -> None:
        if not self.packets:
            self.first_pts = packet.pts
        self.packets.append(bytes(packet.data))
        if packet.duration:
            # the same float as that of the fraction, which takes microseconds to make
            self.duration_s += packet.duration * packet.base.numerator / packet.base.denominator
        else:
            self.all_declared = False


class SoundGroups:
    """The open group of each stream; gives back each group as it closes."""

    def __init__(self) -> None:
        self._open: dict[int, SoundGroup] = {}

    def add(self, packet: Packet) -> SoundGroup | None:
        """The group that this packet closed, if it did."""
        group = self._open.setdefault(packet.stream, SoundGroup())
        group.add(packet)
        if not group.is_full:
            return None
        self._open[packet.stream] = SoundGroup(ordinal=group.ordinal + 1)
        return group

    def rest(self) -> list[tuple[int, SoundGroup]]:
        """(stream, group) of all that are still open and hold something, by stream."""
        return [(stream, group) for stream, group in sorted(self._open.items()) if group.packets]
