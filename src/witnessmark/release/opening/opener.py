"""In the jail: decode again, and hand out the visible tiles, sketches and packets that the plan asks for.

Gets the item key, because the hashes of hidden tiles need their salts. What it hands out is not believed: the
parent recomputes every leaf (``proofs``). Bytes of each frame or sketch: the leaves of its hidden tiles, then the
bytes of its visible ones, both in order of the tiles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from witnessmark.model.consumer import ByteSource, Frames, Need, Packets, Product
from witnessmark.model.recording import Recording
from witnessmark.model.samples import Frame, Packet, Sample
from witnessmark.release.seal import formulas
from witnessmark.release.seal.commit import MEANS_LAYOUT
from witnessmark.release.seal.planes import (
    PlaneShape,
    TileCutter,
    block_means,
    depth_bits,
    layout,
    shapes,
    sketch_luma,
    sketch_tiles,
)
from witnessmark.release.seal.sound import SoundGroup, SoundGroups

Tell = Callable[[str, int, dict[str, Any], bytes], None]
"""(frame, sketch or sound; number in the plan; what is said of it; its bytes)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One frame or sketch that was asked for."""

    number: int
    hidden: frozenset[int]


class SealOpener:
    """Consumer that opens what ``request`` (``OpeningPlan.to_request``) names, and tells it piece by piece."""

    name = "opening"

    def __init__(self, item_key: bytes, request: dict[str, Any], tell: Tell) -> None:
        self._key = item_key
        self._tell = tell
        self._frames = _asked(request["frames"])
        self._sketches = _asked(request["sketches"])
        self._groups = {(s, g): number for number, (s, g) in enumerate(request["sound"])}
        needs: list[Need] = [Frames()] if self._frames or self._sketches else []
        if self._groups:
            needs.append(Packets(("audio",)))
        self.needs: tuple[Need, ...] = tuple(needs)
        self._sound = SoundGroups()
        self._codecs: dict[int, tuple[str, bytes]] = {}

    @staticmethod
    def last_ordinal(request: dict[str, Any]) -> int:
        """The last picture that must be decoded."""
        return max((n for _, n, _ in (*request["frames"], *request["sketches"])), default=-1)

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self._codecs = {s.index: (s.codec, s.extradata) for s in recording.streams if s.kind == "audio"}

    def take(self, sample: Sample) -> None:
        if isinstance(sample, Frame):
            key = (sample.stream, sample.ordinal)
            if key in self._frames:
                self._frame(sample, self._frames[key])
            if key in self._sketches:
                self._sketch(sample, self._sketches[key])
        elif isinstance(sample, Packet) and sample.stream in self._codecs:
            closed = self._sound.add(sample)
            if closed is not None:
                self._group(sample.stream, closed)

    def finish(self) -> tuple[Product, ...]:
        for stream, group in self._sound.rest():
            self._group(stream, group)
        return ()

    def _frame(self, frame: Frame, asked: Asked) -> None:
        planes = frame.planes()
        palette = planes[1].tobytes() if frame.pixel_format == "pal8" and len(planes) > 1 else b""
        planes = planes[:1] if palette else planes
        found = shapes(frame.width_px, frame.height_px, planes)
        tiles = [bytes(tile) for tile in TileCutter(frame.width_px, frame.height_px, found).cut(planes)]
        text = layout(frame.pixel_format, frame.width_px, frame.height_px, found, palette)
        self._give("frame", "tile", frame, asked, text, tiles)

    def _sketch(self, frame: Frame, asked: Asked) -> None:
        planes = frame.planes()
        palette = planes[1].tobytes() if frame.pixel_format == "pal8" and len(planes) > 1 else b""
        depth = depth_bits(frame.pixel_format)
        luma = sketch_luma(
            frame.pixel_format, planes[:1] if palette else planes, frame.width_px, depth, palette
        )
        text = layout(MEANS_LAYOUT, frame.width_px, frame.height_px, (PlaneShape(3, 3, 1),))
        self._give("sketch", "sketch-tile", frame, asked, text, sketch_tiles(block_means(luma)))

    def _give(
        self, kind: str, tile_kind: str, frame: Frame, asked: Asked, text: bytes, tiles: list[bytes]
    ) -> None:
        key = formulas.derive_key(self._key, kind, frame.stream, frame.ordinal)
        salts = formulas.salts(key, len(tiles))[2]
        hidden = [n for n in range(len(tiles)) if n in asked.hidden]
        leaves = formulas.tile_leaves(tile_kind, [salts[n] for n in hidden], [tiles[n] for n in hidden])
        shown = [tile for n, tile in enumerate(tiles) if n not in asked.hidden]
        self._tell(kind, asked.number, {"layout": text.decode("ascii")}, b"".join((*leaves, *shown)))

    def _group(self, stream: int, group: SoundGroup) -> None:
        number = self._groups.get((stream, group.ordinal))
        if number is None:
            return
        codec, extradata = self._codecs[stream]
        said = {"codec": codec, "extradata": extradata.hex(), "packets": [len(p) for p in group.packets]}
        self._tell("sound", number, said, b"".join(group.packets))


def _asked(rows: list[Any]) -> dict[tuple[int, int], Asked]:
    return {(s, n): Asked(number, frozenset(hidden)) for number, (s, n, hidden) in enumerate(rows)}
