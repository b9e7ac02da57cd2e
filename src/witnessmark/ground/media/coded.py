"""What the decoder saw in the coded picture, for those who asked: block types and quantisers.

Both come from the one decode. Nobody asked: no option is set and nothing is done.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from witnessmark.ground.media.block_types import OPTIONS as BLOCK_OPTIONS
from witnessmark.ground.media.dispatch import Hub, Taker
from witnessmark.ground.media.quantisers import OPTIONS as QP_OPTIONS
from witnessmark.ground.media.quantisers import qp_map
from witnessmark.ground.media.scaling import Schedule
from witnessmark.model.samples import Blocks, QpMap

TELLING = ("h264", "mpeg4")
"""Codecs whose decoder tells block types and quantisers. HEVC's and MJPEG's tell neither."""
ALL = 1 << 62


@dataclass(frozen=True, slots=True)
class Plan:
    """Options of a decoder at first, and after ``until`` pictures (0: they never change)."""

    first: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    blocks: int = 0
    """Pictures of which block types are read."""
    until: int = 0


@dataclass(slots=True)
class Coded:
    """Feeds the BlockTypes and Qp needs of one stream."""

    hub: Hub
    block_takers: list[tuple[Taker, int]] = field(default_factory=list)
    """Each with the number of pictures it wants."""
    qp_takers: list[tuple[Taker, Schedule, int]] = field(default_factory=list)
    """Each with its schedule and the number of pictures it wants it in."""

    def need_blocks(self, taker: Taker, frames: int) -> None:
        self.block_takers.append((taker, frames or ALL))

    def need_qp(self, taker: Taker, per_second: float, frames: int) -> None:
        schedule = Schedule(Fraction(per_second).limit_denominator(1000))
        self.qp_takers.append((taker, schedule, frames or ALL))

    def plan(self, codec: str) -> Plan:
        """What the decoder of one stream must be told to do, and for how many pictures."""
        if codec not in TELLING:
            return Plan()
        blocks = max((frames for _, frames in self.block_takers), default=0)
        qp = max((frames for *_, frames in self.qp_takers), default=0)
        first = {**(BLOCK_OPTIONS if blocks else {}), **(QP_OPTIONS if qp else {})}
        ends = [frames for frames in (blocks, qp) if frames < ALL]
        after = {**(BLOCK_OPTIONS if blocks == ALL else {}), **(QP_OPTIONS if qp == ALL else {})}
        return Plan(first, after, blocks, max(ends) if ends and after != first else 0)

    def feed(
        self,
        frame: VideoFrame,
        grid: NDArray[np.uint8] | None,
        stream: int,
        ordinal: int,
        pts: int | None,
        base: Fraction,
        is_key: bool,
        picture_type: str,
        rate: Fraction | None,
    ) -> None:
        if grid is not None:
            takers = [taker for taker, frames in self.block_takers if ordinal < frames]
            self.hub.give(takers, Blocks(stream, ordinal, pts, base, is_key, picture_type, grid))
        due = [
            taker
            for taker, schedule, frames in self.qp_takers
            if ordinal < frames and schedule.due(pts, base, ordinal, rate)
        ]
        if due and (qp := qp_map(frame)) is not None:
            self.hub.give(due, QpMap(stream, ordinal, pts, base, is_key, picture_type, qp))
