"""What the decoder saw in the coded picture, for those who asked: block types and quantisers.

Both come from the one decode. Nobody asked: no option is set and nothing is done.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from witnessmark.ground.media.dispatch import Hub, Taker
from witnessmark.ground.media.quantisers import OPTIONS, qp_map
from witnessmark.ground.media.scaling import Schedule
from witnessmark.model.samples import Blocks, QpMap

TELLING = ("h264", "mpeg4")
"""Codecs whose decoder tells block types and quantisers. HEVC's and MJPEG's tell neither."""
ALL = 1 << 62


@dataclass(slots=True)
class Coded:
    """Feeds the BlockTypes and Qp needs of one stream."""

    hub: Hub
    block_takers: list[tuple[Taker, int]] = field(default_factory=list)
    """Each with the number of pictures it wants."""
    qp_takers: list[tuple[Taker, Schedule]] = field(default_factory=list)

    def need_blocks(self, taker: Taker, frames: int) -> None:
        self.block_takers.append((taker, frames or ALL))

    def need_qp(self, taker: Taker, per_second: float) -> None:
        self.qp_takers.append((taker, Schedule(Fraction(per_second).limit_denominator(1000))))

    def block_frames(self, codec: str) -> int:
        """Of how many pictures, from the first, somebody wants the block types."""
        if codec not in TELLING:
            return 0
        return max((frames for _, frames in self.block_takers), default=0)

    def options(self, codec: str) -> dict[str, str]:
        """Decoder options for the quantisers."""
        return OPTIONS if self.qp_takers and codec in TELLING else {}

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
        due = [taker for taker, schedule in self.qp_takers if schedule.due(pts, base, ordinal, rate)]
        if due and (qp := qp_map(frame)) is not None:
            self.hub.give(due, QpMap(stream, ordinal, pts, base, is_key, picture_type, qp))
