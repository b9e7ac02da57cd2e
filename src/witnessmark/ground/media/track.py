"""What the pass knows and counts of one stream."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from witnessmark.ground.media.dispatch import Taker
from witnessmark.ground.media.outcome import Count
from witnessmark.ground.media.watch import Watch
from witnessmark.model.recording import Stream


@dataclass(slots=True)
class Track:
    """What is known and counted of one stream."""

    declared: Stream
    base: Fraction
    packet_takers: list[Taker]
    decode: bool = False
    context: Any = None
    watch: Watch | None = None
    """The decoder, as long as it tells block types."""
    packets: int = 0
    frames: int = 0
    corrupt_packets: int = 0
    corrupt_frames: int = 0
    decode_errors: int = 0
    first_ticks: int | None = None
    last_ticks: int | None = None
    shape: tuple[int, int, str] | None = None

    def count(self) -> Count:
        return Count(
            self.declared.index,
            self.packets,
            self.frames,
            self.corrupt_packets,
            self.corrupt_frames,
            self.decode_errors,
        )

    def length_s(self) -> float:
        playable = self.declared.kind in ("video", "audio")
        if self.first_ticks is None or self.last_ticks is None or not playable:
            return 0.0
        return float((self.last_ticks - self.first_ticks) * self.base)

    def saw(self, ticks: int | None, duration: int | None) -> None:
        if ticks is not None:
            end = ticks + (duration or 0)
            if self.first_ticks is None or ticks < self.first_ticks:
                self.first_ticks = ticks
            if self.last_ticks is None or end > self.last_ticks:
                self.last_ticks = end
