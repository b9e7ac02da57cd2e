"""A decoder that tells block types for the first pictures, and hands over to a plain one without a seam.

Telling costs 0.3-0.4 ms a picture at 720p whether or not anybody listens, and the option cannot be taken back
from an open decoder. So, when enough was told, a second, plain decoder starts at a key picture and decodes
beside the first; it takes over once it has given the same pictures (every sample, time and flag) ``PROVEN``
times. One that differs anywhere is dismissed, and the first goes on to the end: what is handed out is always
what one plain decoder would have given.

Where a newcomer may start: H.264 at an IDR picture, after which nothing before it may be referred to (ISO/IEC
14496-10 §7.4.1.2.4), with every parameter set sent in the stream so far repeated there or known beforehand;
MPEG-4 part 2 at an I-VOP, where two anchors are all that is ever referred to (ISO/IEC 14496-2 §7.6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from witnessmark.ground.container.slice_bits import units
from witnessmark.ground.media.block_types import Captured, grids
from witnessmark.ground.media.planes import Planes

PROVEN = 3
"""Pictures in a row that must be the same before the newcomer takes over: the key picture, one predicted from
it, and one more."""
MOST_TRIES = 3
"""A stream whose decoder cannot be exchanged at three key pictures is not tried further: each try costs the
decode of some pictures."""
LONGEST_TRIAL = 40
"""Packets within which the newcomer must have given its pictures: more than the deepest reordering (16, H.264
§A.3.1) and PROVEN."""
IDR, SPS, PPS = 5, 7, 8

Grid = NDArray[np.uint8] | None
Successor = Callable[[], Any]
"""Makes a plain decoder of the same stream, as the first was made; None where it cannot."""


class Watch:
    """The decoder of one video stream while block types are wanted."""

    def __init__(
        self,
        context: Any,
        codec: str,
        extradata: bytes,
        blocks: int,
        until: int,
        pictures: str,
        successor: Successor,
    ) -> None:
        """Block types are read of the first ``blocks`` pictures; a plain decoder is sought after ``until`` pictures
        (0: never)."""
        self.context = context
        """Replaced by the plain decoder when ``over``."""
        self.over = False
        self._codec, self._blocks, self._until, self._letters = codec, blocks, until, pictures
        self._successor = successor
        self._newcomer: Any = None
        self._same = self._tried = self._packets = self._told = 0
        self._length_bytes, self._known = _configuration(extradata) if codec == "h264" else (0, set())
        self._sets: set[bytes] = set()

    def decode(self, packet: Any) -> Iterator[tuple[Any, Grid]]:
        """The frames that the packet (None: the end) brings, each with its block types where they are told.

        Raises what the decoder raises.
        """
        wanted = self._told < self._blocks
        try:
            if wanted:
                with Captured() as log:
                    frames = self.context.decode(packet)
                told = self._matched(frames, log.lines)
            else:
                frames = self.context.decode(packet)
                told = [None] * len(frames)
        except Exception:
            self._dismiss()
            raise
        self._told += len(frames)
        if packet is not None and self._until:
            self._look_for_end(packet, frames)
        return zip(frames, told, strict=True)

    def _matched(self, frames: list[Any], lines: Any) -> list[Grid]:
        """One grid per frame; none at all where the decoder told of other pictures than it gave."""
        found = list(grids(lines))
        if [letter for letter, _ in found] != [self._letters[frame.pict_type] for frame in frames]:
            return [None] * len(frames)
        return [grid for _, grid in found]

    # -- handing over

    def _look_for_end(self, packet: Any, frames: list[Any]) -> None:
        is_start = self._may_start(packet)
        if self._newcomer is not None:
            self._prove(packet, frames)
        elif is_start and self._told >= self._until and self._tried < MOST_TRIES:
            self._tried += 1
            self._newcomer = self._successor()
            self._same = self._packets = 0
            if self._newcomer is not None:
                self._prove(packet, frames)

    def _prove(self, packet: Any, frames: list[Any]) -> None:
        """Decode beside the old one and compare from the newcomer's first picture on."""
        self._packets += 1
        try:
            given = self._newcomer.decode(packet)
        except (av.FFmpegError, ValueError, MemoryError):
            self._dismiss()
            return
        if given or self._same:
            old = frames[len(frames) - len(given) :] if not self._same else frames
            if len(old) != len(given) or not all(map(_same, old, given)):
                self._dismiss()
                return
            self._same += len(given)
        if self._same >= PROVEN:
            if self._newcomer.reorder_depth != self.context.reorder_depth:
                self._dismiss()
                return
            self.context, self._newcomer, self.over = self._newcomer, None, True
        elif self._packets >= LONGEST_TRIAL:
            self._dismiss()

    def _dismiss(self) -> None:
        self._newcomer = None

    def _may_start(self, packet: Any) -> bool:
        """Whether a decoder that knows only the stream's configuration may start here."""
        if self._codec != "h264":
            return bool(packet.is_keyframe)
        kinds = set()
        here: set[bytes] = set()
        for unit in units(memoryview(packet), self._length_bytes):
            kind = unit[0] & 0x1F
            kinds.add(kind)
            if kind in (SPS, PPS):
                here.add(bytes(unit).rstrip(b"\x00"))
            elif kind <= IDR:
                break
        self._sets |= here
        return IDR in kinds and (self._sets <= here or self._sets <= self._known)


def _same(old: Any, new: Any) -> bool:
    """Whether two decoded pictures are the same in every sample and in what we say of them."""
    said = [
        (f.pts, f.width, f.height, f.format.name, f.key_frame, f.pict_type, f.interlaced_frame, f.is_corrupt)
        for f in (old, new)
    ]
    return said[0] == said[1] and all(map(np.array_equal, Planes(old)(), Planes(new)()))


def _configuration(extradata: bytes) -> tuple[int, set[bytes]]:
    """Bytes of the length before each unit (0: start codes), and the parameter sets known beforehand."""
    if extradata[:1] != b"\x01" or len(extradata) < 7:
        return 0, {bytes(unit).rstrip(b"\x00") for unit in units(extradata, 0)}
    known: set[bytes] = set()
    at = 5
    for mask in (0x1F, 0xFF):
        count = extradata[at] & mask if at < len(extradata) else 0
        at += 1
        for _ in range(count):
            size = int.from_bytes(extradata[at : at + 2], "big")
            known.add(extradata[at + 2 : at + 2 + size].rstrip(b"\x00"))
            at += 2 + size
    return (extradata[4] & 3) + 1, known
