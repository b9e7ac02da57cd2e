"""Opened parts of the redactable seal: proven frames, sketches, sound (docs/spec/redactable-seal.md, Opening).

Everything is hashed from the bytes given up to the item root. Refused with ``frame.*``, ``sketch.*``, ``sound.*``.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from witnessmark_verify import merkle
from witnessmark_verify.documents import (
    read_document,
    read_hex,
    read_list,
    read_number,
    read_object,
    read_text,
)
from witnessmark_verify.verdict import Refused

TILE_PX = 64
BLOCK_PX = 8
SEAL_SALT_BYTES = 16
LARGEST_SIDE_PX = 16384
MOST_PLANES = 4
LARGEST_SAMPLE_BYTES = 16
LEAST_LEAVES, MOST_LEAVES = 4096, 1 << 26
MOST_SKETCHES = 1 << 20
LONGEST_LAYOUT = 4096
_SEAL_TAG = b"witnessmark/seal/1/"
SKETCH_FORMAT = "means8"


@dataclass(frozen=True)
class Layout:
    """How a frame's samples lie: its size, and per plane subsampling (powers of two) and bytes per sample."""

    text: bytes
    name: str
    width_px: int
    height_px: int
    planes: tuple[tuple[int, int, int], ...]

    @property
    def columns(self) -> int:
        return -(-self.width_px // TILE_PX)

    @property
    def rows(self) -> int:
        return -(-self.height_px // TILE_PX)

    @property
    def tiles(self) -> int:
        return self.columns * self.rows

    def tile_bytes(self, tile: int) -> int:
        """Length of one tile, all its planes together."""
        i, j = divmod(tile, self.columns)
        total = 0
        for sx, sy, sample_bytes in self.planes:
            wide, high = -(-self.width_px >> sx), -(-self.height_px >> sy)
            across = min((TILE_PX * (j + 1)) >> sx, wide) - ((TILE_PX * j) >> sx)
            down = min((TILE_PX * (i + 1)) >> sy, high) - ((TILE_PX * i) >> sy)
            total += max(across, 0) * max(down, 0) * sample_bytes
        return total


def read_layout(text: object, code: str) -> Layout:
    """The layout in its own text, which is hashed as it stands."""
    if not isinstance(text, str) or len(text) > LONGEST_LAYOUT:
        raise Refused(code, "a layout is missing or too long")
    try:
        data = text.encode("ascii")
        document = json.loads(data)
        whole = isinstance(document, dict) and set(document) == {
            "format",
            "height",
            "palette",
            "planes",
            "width",
        }
        again = json.dumps(document, sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError) as error:
        raise Refused(code, "a layout is not what it should be") from error
    if not whole or again != text:
        raise Refused(code, "a layout is not what it should be")
    planes = []
    for plane in read_list(document["planes"], code, MOST_PLANES):
        if not isinstance(plane, list) or len(plane) != 3:
            raise Refused(code, "a layout is not what it should be")
        sx, sy = read_number(plane[0], code, 0, 4), read_number(plane[1], code, 0, 4)
        planes.append((sx, sy, read_number(plane[2], code, 1, LARGEST_SAMPLE_BYTES)))
    return Layout(
        data,
        read_text(document["format"], code),
        read_number(document["width"], code, 1, LARGEST_SIDE_PX),
        read_number(document["height"], code, 1, LARGEST_SIDE_PX),
        tuple(planes),
    )


class Inflating:
    """Exact pieces out of one zlib stream; never inflates more than is asked for."""

    def __init__(self, data: bytes, code: str) -> None:
        self._stream = zlib.decompressobj()
        self._rest = data
        self._code = code

    def take(self, length: int) -> bytes:
        made = b""
        try:
            while len(made) < length:
                piece = self._stream.decompress(self._rest, length - len(made))
                self._rest = self._stream.unconsumed_tail
                if not piece and (self._stream.eof or not self._rest):
                    break
                made += piece
        except zlib.error as error:
            raise Refused(self._code, "a compressed file is damaged") from error
        if len(made) != length:
            raise Refused(self._code, "a compressed file holds less than it should")
        return made

    def end(self) -> None:
        try:
            more = self._stream.decompress(self._rest, 1)
        except zlib.error as error:
            raise Refused(self._code, "a compressed file is damaged") from error
        if more or not self._stream.eof or self._stream.unused_data:
            raise Refused(self._code, "a compressed file holds more than it should")


def seal_leaf(kind: str, order: bytes, content: bytes) -> bytes:
    """Leaf of a frame, sketch or sound group from its two halves."""
    return hashlib.sha256(b"\x00" + _SEAL_TAG + kind.encode("ascii") + order + content).digest()


def picture_content(salt_f: bytes, layout: bytes, root: bytes) -> bytes:
    """The half F of a frame or sketch."""
    return hashlib.sha256(
        _SEAL_TAG + b"content" + salt_f + len(layout).to_bytes(8, "big") + layout + root
    ).digest()


def sound_content(salt_f: bytes, codec: str, extradata: bytes, packets: Sequence[bytes]) -> bytes:
    """The half F of a sound group."""
    state = hashlib.sha256(_SEAL_TAG + b"content" + salt_f)
    for part in (codec.encode("utf-8"), extradata, *packets):
        state.update(len(part).to_bytes(8, "big"))
        state.update(part)
    return state.digest()


def tile_leaf(kind: str, salt: bytes, data: bytes) -> bytes:
    """Leaf of one tile; ``kind`` is ``tile`` or ``sketch-tile``."""
    return hashlib.sha256(b"\x00" + _SEAL_TAG + kind.encode("ascii") + salt + data).digest()


def read_leaves(value: object, code: str) -> tuple[int, int]:
    """(size of the item tree, length of a path in it)."""
    leaves = read_number(value, code, LEAST_LEAVES, MOST_LEAVES)
    if leaves & (leaves - 1):
        raise Refused(code, "the item tree has a size that no item tree has")
    return leaves, leaves.bit_length() - 1


@dataclass(frozen=True)
class OpenedFrame:
    """A proven frame: which public picture shows it, and the bytes of its visible tiles."""

    public_frame: int
    layout: Layout
    tiles: dict[int, bytes]
    hidden: tuple[int, ...]


def check_frame(document: bytes, tiles: bytes, item_root: bytes) -> OpenedFrame:
    """That the visible tiles are those of a frame committed to under the item root."""
    code = "frame.format"
    members = (
        "hidden",
        "layout",
        "leaves",
        "order",
        "path",
        "place",
        "public_frame",
        "salt_f",
        "salts",
    )
    given = read_document(document, "a proven frame", "witnessmark/proven-frame/1", members, code)
    layout = read_layout(given["layout"], code)
    leaves, depth = read_leaves(given["leaves"], code)
    hidden = _by_tile(given["hidden"], layout, merkle.HASH_BYTES)
    salts = _by_tile(given["salts"], layout, SEAL_SALT_BYTES)
    if set(hidden) & set(salts) or len(hidden) + len(salts) != layout.tiles or layout.name == SKETCH_FORMAT:
        raise Refused(code, "a proven frame must show or hide each tile once")
    stream = Inflating(tiles, code)
    shown: dict[int, bytes] = {}
    row = []
    for tile in range(layout.tiles):
        if tile in hidden:
            row.append(hidden[tile])
        else:
            shown[tile] = stream.take(layout.tile_bytes(tile))
            row.append(tile_leaf("tile", salts[tile], shown[tile]))
    stream.end()
    content = picture_content(read_hex(given["salt_f"], code, SEAL_SALT_BYTES), layout.text, merkle.root(row))
    leaf = seal_leaf("frame", read_hex(given["order"], code, merkle.HASH_BYTES), content)
    path = [read_hex(part, code, merkle.HASH_BYTES) for part in read_list(given["path"], code, depth)]
    place = read_number(given["place"], code, 0, leaves - 1)
    if not merkle.verify_inclusion(leaf, place, leaves, path, item_root):
        raise Refused("frame.proof", "a proven frame is not one that the item root was made of")
    return OpenedFrame(
        read_number(given["public_frame"], code, 0, 1 << 40), layout, shown, tuple(sorted(hidden))
    )


def _by_tile(value: object, layout: Layout, size_bytes: int) -> dict[int, bytes]:
    code = "frame.format"
    if not isinstance(value, dict):
        raise Refused(code, "a proven frame must show or hide each tile once")
    made = {}
    for name, text in value.items():
        if (
            not name.isascii()
            or not name.isdecimal()
            or str(int(name[:6])) != name
            or int(name) >= layout.tiles
        ):
            raise Refused(code, "a proven frame names a tile that it cannot have")
        made[int(name)] = read_hex(text, code, size_bytes)
    return made


@dataclass(frozen=True)
class OpenedSketches:
    """What the sketches of a video came to."""

    layout: Layout
    shown: tuple[tuple[int, int], ...]
    """(first public picture, how many in a row) for each sketch."""
    tiles: int
    hidden: int

    def longest_gap(self, length: int) -> int:
        """The longest stretch, in public pictures, that no sketch stands in."""
        edges = [0] + [n for first, count in self.shown for n in (first, first + count)] + [length]
        return max(edges[i + 1] - edges[i] for i in range(0, len(edges), 2))


def check_sketches(document: bytes, hashes: bytes, means: bytes, item_root: bytes) -> OpenedSketches:
    """That every opened sketch tile belongs to a sketch committed to under the item root."""
    code = "sketch.format"
    given = read_document(
        document, "the sketches", "witnessmark/sketches/1", ("layout", "leaves", "sketches"), code
    )
    layout = read_layout(given["layout"], code)
    if layout.name != SKETCH_FORMAT or layout.planes != ((3, 3, 1),):
        raise Refused(code, "the sketches have the layout of something else")
    leaves, depth = read_leaves(given["leaves"], code)
    lengths = [layout.tile_bytes(tile) for tile in range(layout.tiles)]
    stream = Inflating(means, code)
    last: list[int | bytes] = [bytes(length) for length in lengths]
    shown: list[tuple[int, int]] = []
    places: set[int] = set()
    position = all_hidden = 0
    for row in read_list(given["sketches"], code, MOST_SKETCHES):
        first, count, place, hidden = _sketch_row(row, layout, leaves)
        if place in places or (shown and first < sum(shown[-1])):
            raise Refused(code, "the sketches do not stand in order, or one stands twice")
        places.add(place)
        shown.append((first, count))
        fixed = merkle.HASH_BYTES + SEAL_SALT_BYTES + merkle.HASH_BYTES * depth
        size = fixed + merkle.HASH_BYTES * len(hidden) + SEAL_SALT_BYTES * (layout.tiles - len(hidden))
        piece = hashes[position : position + size]
        position += size
        if len(piece) != size:
            raise Refused(code, "the sketches have fewer hashes than they should")
        inflated = stream.take(sum(lengths) - sum(lengths[tile] for tile in hidden))
        leaf = _sketch_leaf(piece, inflated, hidden, lengths, last, layout, depth)
        path = [piece[48 + 32 * n : 80 + 32 * n] for n in range(depth)]
        if not merkle.verify_inclusion(leaf, place, leaves, path, item_root):
            raise Refused(
                "sketch.proof",
                f"the sketch at public picture {first} is not one that the item root was made of",
            )
        all_hidden += len(hidden)
    if position != len(hashes):
        raise Refused(code, "the sketches have more hashes than they should")
    stream.end()
    return OpenedSketches(layout, tuple(shown), layout.tiles * len(shown), all_hidden)


def _sketch_row(row: object, layout: Layout, leaves: int) -> tuple[int, int, int, frozenset[int]]:
    code = "sketch.format"
    values = read_list(row, code, 4)
    if len(values) != 4:
        raise Refused(code, "a sketch has not the members it should have")
    hidden = [
        read_number(tile, code, 0, layout.tiles - 1) for tile in read_list(values[3], code, layout.tiles)
    ]
    if hidden != sorted(set(hidden)):
        raise Refused(code, "the hidden tiles of a sketch do not stand in order")
    return (
        read_number(values[0], code, 0, 1 << 40),
        read_number(values[1], code, 1, 1 << 40),
        read_number(values[2], code, 0, leaves - 1),
        frozenset(hidden),
    )


def _sketch_leaf(
    piece: bytes,
    inflated: bytes,
    hidden: frozenset[int],
    lengths: Sequence[int],
    last: list[Any],
    layout: Layout,
    depth: int,
) -> bytes:
    at = merkle.HASH_BYTES + SEAL_SALT_BYTES + merkle.HASH_BYTES * depth
    start = hashlib.sha256(b"\x00" + _SEAL_TAG + b"sketch-tile")
    row, inside = [], 0
    for tile, length in enumerate(lengths):
        if tile in hidden:
            row.append(piece[at : at + merkle.HASH_BYTES])
            at += merkle.HASH_BYTES
            continue
        difference = inflated[inside : inside + length]
        inside += length
        data = bytes(map(_ADDED.__getitem__, map(int.__add__, difference, last[tile])))
        last[tile] = data
        state = start.copy()
        state.update(piece[at : at + SEAL_SALT_BYTES])
        state.update(data)
        row.append(state.digest())
        at += SEAL_SALT_BYTES
    content = picture_content(piece[32:48], layout.text, merkle.root(row))
    return seal_leaf("sketch", piece[:32], content)


_ADDED = bytes(n % 256 for n in range(511))


@dataclass(frozen=True)
class OpenedSound:
    groups: int
    codecs: tuple[str, ...]
    starts_ms: tuple[int, ...]


def check_sound(document: bytes, data: bytes, item_root: bytes) -> OpenedSound:
    """That every opened group of packets is committed to under the item root."""
    code = "sound.format"
    given = read_document(document, "the sound", "witnessmark/sound/1", ("groups", "leaves"), code)
    leaves, depth = read_leaves(given["leaves"], code)
    members = ("codec", "extradata", "order", "packets", "path", "place", "public_start_ms", "salt_f")
    position, places, codecs, starts = 0, set(), set(), []
    for one in read_list(given["groups"], code, MOST_SKETCHES):
        group = read_object(one, code, members)
        packets = []
        for length in read_list(group["packets"], code, 1 << 16):
            size = read_number(length, code, 0, 1 << 28)
            packets.append(data[position : position + size])
            position += size
        codec = read_text(group["codec"], code)
        content = sound_content(
            read_hex(group["salt_f"], code, SEAL_SALT_BYTES),
            codec,
            read_hex(group["extradata"], code),
            packets,
        )
        leaf = seal_leaf("sound", read_hex(group["order"], code, merkle.HASH_BYTES), content)
        place = read_number(group["place"], code, 0, leaves - 1)
        path = [read_hex(part, code, merkle.HASH_BYTES) for part in read_list(group["path"], code, depth)]
        if place in places:
            raise Refused(code, "a group of sound stands twice")
        if not merkle.verify_inclusion(leaf, place, leaves, path, item_root):
            raise Refused("sound.proof", "opened sound is not that which the item root was made of")
        places.add(place)
        codecs.add(codec)
        starts.append(read_number(group["public_start_ms"], code, 0, 1 << 40))
    if position != len(data):
        raise Refused(code, "the opened sound has another length than it should")
    return OpenedSound(len(places), tuple(sorted(codecs)), tuple(starts))
