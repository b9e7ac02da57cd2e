"""The seal's place at the decode: commits every item to its tiles, sketches and sound in the one pass.

Source: docs/spec/redactable-seal.md. Cost at 720p: about 2 ms for a sealed frame (twice a second) and
1 ms for a sketched one (six times a second); `bench speed` prints what it takes of a decode.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from witnessmark.model.consumer import ByteSource, Frames, Need, Packets, Product, SealRecord
from witnessmark.model.recording import Recording
from witnessmark.model.samples import Frame, Packet, Sample
from witnessmark.release.seal import formulas
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

Planes = tuple[NDArray[Any], ...]

FORMAT_VERSION = 1
FRAMES_PER_S = 2
SKETCHES_PER_S = 6
FRAME_STRIDE_WITHOUT_PTS = 12
SKETCH_STRIDE_WITHOUT_PTS = 4
SKETCH_STRIDE_LONGEST = 15
SKETCHES_TOGETHER = 16
"""Sketches hashed one after another: what is called between two decodes runs from cold caches and takes twice the time.
16 of a 4K picture are 2 MB."""
MEANS_LAYOUT = "means8"


@dataclass(frozen=True, slots=True)
class _Place:
    """One committed thing: what a release needs to find it again."""

    kind: str
    stream: int
    ordinal: int
    pts: int | None
    leaf: bytes


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A sketch whose means are taken and not yet hashed: where it stands among the places, and the picture's size."""

    at: int
    size_px: tuple[int, int]
    means: NDArray[np.uint8]


class SealCommitter:
    """Consumer that turns one decode into an item root.

    ``item_key``: 32 bytes from the sealed object's file key. ``every_frame``: the exact layer covers every
    frame instead of two per second; it cannot be had afterwards.
    """

    name = "seal"

    def __init__(self, item_key: bytes, every_frame: bool = False) -> None:
        if len(item_key) != 32:
            raise ValueError("the item key has 32 bytes")
        self.needs: tuple[Need, ...] = (Frames(), Packets(("audio",)))
        self._key = item_key
        self._every_frame = every_frame
        self._places: list[_Place] = []
        self._waiting: list[_Waiting] = []
        self._candidate: tuple[bool, _Place] | None = None
        self._frame_slot: int | None = None
        self._sketch_slot: int | None = None
        self._last_sketch = -SKETCH_STRIDE_LONGEST
        self._cutters: dict[tuple[object, ...], TileCutter] = {}
        self._sound = SoundGroups()
        self._codecs: dict[int, tuple[str, bytes]] = {}
        self._tiles = 0

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self._codecs = {s.index: (s.codec, s.extradata) for s in recording.streams if s.kind == "audio"}

    def take(self, sample: Sample) -> None:
        if isinstance(sample, Frame):
            self._frame(sample)
        elif isinstance(sample, Packet) and sample.stream in self._codecs:
            self._packet(sample)

    # -- pictures ------------------------------------------------------------------------------------------

    def _frame(self, frame: Frame) -> None:
        slot = _slot(frame, FRAMES_PER_S, FRAME_STRIDE_WITHOUT_PTS)
        new_slot = slot != self._frame_slot
        if new_slot:
            self._settle()
            self._frame_slot = slot
        better_key = self._candidate is not None and frame.is_key and not self._candidate[0]
        seal_it = self._every_frame or new_slot or better_key
        sketch_slot = _slot(frame, SKETCHES_PER_S, SKETCH_STRIDE_WITHOUT_PTS)
        sketch_it = (
            sketch_slot != self._sketch_slot or frame.ordinal - self._last_sketch >= SKETCH_STRIDE_LONGEST
        )
        if not (seal_it or sketch_it):
            return
        planes = frame.planes()
        palette = planes[1].tobytes() if frame.pixel_format == "pal8" and len(planes) > 1 else b""
        planes = planes[:1] if palette else planes
        if seal_it:
            place = self._seal(frame, planes, palette)
            if self._every_frame:
                self._places.append(place)
            else:
                self._candidate = (frame.is_key, place)
        if sketch_it:
            self._sketch_slot, self._last_sketch = sketch_slot, frame.ordinal
            self._sketch(frame, planes, palette)

    def _settle(self) -> None:
        if self._candidate is not None:
            self._places.append(self._candidate[1])
            self._candidate = None

    def _seal(self, frame: Frame, planes: Planes, palette: bytes) -> _Place:
        plane_shapes = shapes(frame.width_px, frame.height_px, planes)
        geometry = (frame.width_px, frame.height_px, plane_shapes)
        cutter = self._cutters.get(geometry)
        if cutter is None:
            cutter = self._cutters[geometry] = TileCutter(frame.width_px, frame.height_px, plane_shapes)
        key = formulas.derive_key(self._key, "frame", frame.stream, frame.ordinal)
        salt_o, salt_f, tile_salts = formulas.salts(key, cutter.tiles)
        root = formulas.tree_hash(formulas.tile_leaves("tile", tile_salts, cutter.cut(planes)))
        text = layout(frame.pixel_format, frame.width_px, frame.height_px, plane_shapes, palette)
        leaf = formulas.two_halved_leaf(
            "frame",
            formulas.order_half(salt_o, frame.stream, frame.ordinal, frame.pts),
            formulas.picture_half(salt_f, text, root),
        )
        self._tiles += cutter.tiles
        return _Place("frame", frame.stream, frame.ordinal, frame.pts, leaf)

    def _sketch(self, frame: Frame, planes: Planes, palette: bytes) -> None:
        """Give the sketch its place and keep its means to be hashed soon."""
        size_px = (frame.width_px, frame.height_px)
        self._waiting.append(_Waiting(len(self._places), size_px, _means(frame, planes, palette)))
        self._places.append(_Place("sketch", frame.stream, frame.ordinal, frame.pts, b""))
        if len(self._waiting) >= SKETCHES_TOGETHER:
            self._hash_sketches()

    def _hash_sketches(self) -> None:
        """Fill in the leaves of all sketches that wait."""
        for one in self._waiting:
            place = self._places[one.at]
            tiles = sketch_tiles(one.means)
            key = formulas.derive_key(self._key, "sketch", place.stream, place.ordinal)
            salt_o, salt_f, tile_salts = formulas.salts(key, len(tiles))
            root = formulas.tree_hash(formulas.tile_leaves("sketch-tile", tile_salts, tiles))
            leaf = formulas.two_halved_leaf(
                "sketch",
                formulas.order_half(salt_o, place.stream, place.ordinal, place.pts),
                formulas.picture_half(salt_f, _means_layout(*one.size_px), root),
            )
            self._places[one.at] = replace(place, leaf=leaf)
        self._waiting.clear()

    # -- sound ---------------------------------------------------------------------------------------------

    def _packet(self, packet: Packet) -> None:
        closed = self._sound.add(packet)
        if closed is not None:
            self._close_sound(packet.stream, closed)

    def _close_sound(self, stream: int, group: SoundGroup) -> None:
        codec, extradata = self._codecs[stream]
        key = formulas.derive_key(self._key, "sound", stream, group.ordinal)
        salt_o, salt_f, _ = formulas.salts(key, 0)
        leaf = formulas.two_halved_leaf(
            "sound",
            formulas.order_half(salt_o, stream, group.ordinal, group.first_pts),
            formulas.sound_half(salt_f, codec, extradata, group.packets),
        )
        self._places.append(_Place("sound", stream, group.ordinal, group.first_pts, leaf))

    # -- the root ------------------------------------------------------------------------------------------

    def finish(self) -> tuple[Product, ...]:
        self._settle()
        self._hash_sketches()
        for stream, group in self._sound.rest():
            self._close_sound(stream, group)
        if not self._places:
            return ()
        root, placed = formulas.item_root(self._key, [place.leaf for place in self._places])
        counts = {kind: sum(p.kind == kind for p in self._places) for kind in ("frame", "sketch", "sound")}
        return (
            SealRecord(
                item_root=root,
                parameters=(
                    ("format", FORMAT_VERSION),
                    ("frames", "all" if self._every_frame else f"{FRAMES_PER_S}/s"),
                    ("sketches", f"{SKETCHES_PER_S}/s"),
                ),
                counts=(
                    ("frames", counts["frame"]),
                    ("tiles", self._tiles),
                    ("sketches", counts["sketch"]),
                    ("sound_groups", counts["sound"]),
                    ("leaves_padded", len(placed)),
                ),
                index=_index(self._places),
            ),
        )


def _slot(frame: Frame, per_second: int, stride: int) -> int:
    """Which slot of the file's own time a frame stands in; by ordinal where it has no time stamp."""
    if frame.pts is None:
        return -1 - frame.ordinal // stride
    # floor(pts * base * per_second) in whole numbers: this is asked of every frame
    return frame.pts * frame.base.numerator * per_second // frame.base.denominator


def _means(frame: Frame, planes: Planes, palette: bytes) -> NDArray[np.uint8]:
    """Means of the sketch luma; they stay as they are when the frame is gone."""
    if frame.means8 is not None:
        made: NDArray[np.uint8] = (
            frame.means8()
        )  # the luma is a plane of its own with 8 bits: it is the sketch luma
        return made
    depth = depth_bits(frame.pixel_format)
    return block_means(sketch_luma(frame.pixel_format, planes, frame.width_px, depth, palette))


@lru_cache(maxsize=8)
def _means_layout(width_px: int, height_px: int) -> bytes:
    return layout(MEANS_LAYOUT, width_px, height_px, (PlaneShape(3, 3, 1),))


def _index(places: list[_Place]) -> bytes:
    """Compressed JSON of what was committed, in the order it was met: stays in the case."""
    rows = [[p.kind, p.stream, p.ordinal, p.pts, p.leaf.hex()] for p in places]
    document = {"schema": "witnessmark/seal-index/1", "places": rows}
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode("ascii"), 6)
