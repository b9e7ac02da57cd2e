"""The published files of an opening, made outside the jail from what the jail said and what the case kept.

The jail's word is good for nothing here: salts and order halves come from the item key and the index, places and
paths from the committed leaves, and each leaf is recomputed and must be the committed one. So a decoder that was taken
over can make an opening fail; it can put nothing of its own into a bundle.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from witnessmark.model.errors import CheckFailedError, UnusableInputError
from witnessmark.release.opening.plan import Opened, OpenedGroup, OpeningPlan, Place
from witnessmark.release.seal import formulas
from witnessmark_verify import merkle
from witnessmark_verify.documents import write_document
from witnessmark_verify.opening import (
    Layout,
    picture_content,
    read_layout,
    seal_leaf,
    sound_content,
    tile_leaf,
)
from witnessmark_verify.verdict import Refused

ZLIB_LEVEL = 9
HASH_BYTES = merkle.HASH_BYTES


@dataclass(frozen=True, slots=True)
class Piece:
    """What the jail said of one thing that was asked for."""

    said: Mapping[str, Any]
    data: bytes


@dataclass(frozen=True, slots=True)
class Files:
    """Published files by the end of their path: ``.json``, ``.tiles``, ``.hashes``, ``.means``, ``.packets``."""

    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class OpenedItem:
    """All that a part of a bundle opens."""

    item_root: bytes
    frames: tuple[Files, ...]
    sketches: Files | None
    sound: Files | None


class ItemTree:
    """The item's tree, rebuilt from the index: where each leaf stands, and its path."""

    def __init__(self, item_key: bytes, places: Sequence[Place], item_root: bytes) -> None:
        root, self._placed = formulas.item_root(item_key, [place.leaf for place in places])
        if root != item_root:
            raise CheckFailedError(
                "the index of this item's seal does not give the root that was entered in the log",
                "run `witnessmark audit`: nothing can be opened from this index",
            )
        self.item_key = item_key
        self.item_root = root
        self._at = {leaf: index for index, leaf in enumerate(self._placed)}
        self._levels = [self._placed]
        while len(self._levels[-1]) > 1:
            row = self._levels[-1]
            self._levels.append([merkle.node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)])

    @property
    def leaves(self) -> int:
        return len(self._placed)

    def place(self, leaf: bytes) -> int:
        return self._at[leaf]

    def path(self, leaf: bytes) -> list[bytes]:
        """RFC 9162 inclusion proof; the tree is a power of two, so the sibling at each level."""
        index, path = self._at[leaf], []
        for level in self._levels[:-1]:
            path.append(level[index ^ 1])
            index >>= 1
        return path


def open_item(tree: ItemTree, plan: OpeningPlan, pieces: Mapping[tuple[str, int], Piece]) -> OpenedItem:
    """Lay out the published files. CheckFailedError where a piece is missing or is not what was committed."""
    frames = tuple(
        _frame(tree, opened, _piece(pieces, "frame", n), plan.size_px) for n, opened in enumerate(plan.frames)
    )
    sketches = _sketches(tree, plan, pieces) if plan.sketches else None
    sound = _sound(tree, plan.sound, pieces) if plan.sound else None
    return OpenedItem(tree.item_root, frames, sketches, sound)


def _piece(pieces: Mapping[tuple[str, int], Piece], kind: str, number: int) -> Piece:
    try:
        return pieces[kind, number]
    except KeyError:
        raise _unlike("could not be found again") from None


def _unlike(what: str) -> CheckFailedError:
    return CheckFailedError(
        f"a part of the seal {what}: this decoder does not give what was committed at the examination",
        "use the build recorded with the seal; MPEG-4 part 2 and MJPEG differ between builds",
    )


@dataclass(frozen=True, slots=True)
class _Picture:
    """A frame or sketch, opened and held to its leaf."""

    layout: Layout
    order: bytes
    salt_f: bytes
    salts: dict[int, bytes]
    hidden: dict[int, bytes]
    shown: dict[int, bytes]


def _picture(
    tree: ItemTree, opened: Opened, piece: Piece, tile_kind: str, size_px: tuple[int, int]
) -> _Picture:
    place = opened.place
    try:
        layout = read_layout(piece.said["layout"], "layout")
    except Refused as error:
        raise _unlike("has a layout that it cannot have") from error
    if (layout.width_px, layout.height_px) != size_px:
        raise CheckFailedError(
            "a picture that would be opened has another size than the masks were drawn on",
            "nothing was opened; run `witnessmark redact` for this item anew",
        )
    hidden_set = frozenset(opened.hidden)
    if any(not 0 <= tile < layout.tiles for tile in hidden_set):
        raise UnusableInputError("a mask hides tiles that the picture does not have")
    key = formulas.derive_key(tree.item_key, place.kind, place.stream, place.ordinal)
    salt_o, salt_f, salts = formulas.salts(key, layout.tiles)
    order = formulas.order_half(salt_o, place.stream, place.ordinal, place.pts)
    hidden: dict[int, bytes] = {}
    shown: dict[int, bytes] = {}
    at = HASH_BYTES * len(hidden_set)
    for number, tile in enumerate(sorted(hidden_set)):
        hidden[tile] = piece.data[HASH_BYTES * number : HASH_BYTES * (number + 1)]
    row = []
    for tile in range(layout.tiles):
        if tile in hidden:
            row.append(hidden[tile])
            continue
        size = layout.tile_bytes(tile)
        shown[tile] = piece.data[at : at + size]
        at += size
        row.append(tile_leaf(tile_kind, salts[tile], shown[tile]))
    if at != len(piece.data):
        raise _unlike("has another size")
    leaf = seal_leaf(place.kind, order, picture_content(salt_f, layout.text, merkle.root(row)))
    if leaf != place.leaf:
        raise _unlike("comes out otherwise")
    return _Picture(layout, order, salt_f, {n: salts[n] for n in shown}, hidden, shown)


def _frame(tree: ItemTree, opened: Opened, piece: Piece, size_px: tuple[int, int]) -> Files:
    picture = _picture(tree, opened, piece, "tile", size_px)
    leaf = opened.place.leaf
    document = {
        "schema": "witnessmark/proven-frame/1",
        "hidden": {str(tile): data.hex() for tile, data in picture.hidden.items()},
        "layout": picture.layout.text.decode("ascii"),
        "leaves": tree.leaves,
        "order": picture.order.hex(),
        "path": [part.hex() for part in tree.path(leaf)],
        "place": tree.place(leaf),
        "public_frame": opened.public_frame,
        "salt_f": picture.salt_f.hex(),
        "salts": {str(tile): salt.hex() for tile, salt in picture.salts.items()},
    }
    tiles = b"".join(picture.shown[tile] for tile in sorted(picture.shown))
    return Files({".json": write_document(document), ".tiles": zlib.compress(tiles, ZLIB_LEVEL)})


def _sketches(tree: ItemTree, plan: OpeningPlan, pieces: Mapping[tuple[str, int], Piece]) -> Files:
    hashes, rows = bytearray(), []
    layout: Layout | None = None
    packer = zlib.compressobj(ZLIB_LEVEL)
    means = bytearray()
    last: dict[int, bytes] = {}
    for number, opened in enumerate(plan.sketches):
        picture = _picture(tree, opened, _piece(pieces, "sketch", number), "sketch-tile", plan.size_px)
        layout = picture.layout  # all alike: the grid of means follows from the size
        leaf = opened.place.leaf
        rows.append([opened.public_frame, opened.shown_for, tree.place(leaf), sorted(picture.hidden)])
        hashes += picture.order + picture.salt_f + b"".join(tree.path(leaf))
        for tile in range(layout.tiles):
            hashes += picture.hidden[tile] if tile in picture.hidden else picture.salts[tile]
        for tile, data in sorted(picture.shown.items()):
            means += packer.compress(difference(data, last.get(tile)))
            last[tile] = data
    assert layout is not None  # only called where there are sketches
    means += packer.flush()
    document = {
        "schema": "witnessmark/sketches/1",
        "layout": layout.text.decode("ascii"),
        "leaves": tree.leaves,
        "sketches": rows,
    }
    return Files({".json": write_document(document), ".hashes": bytes(hashes), ".means": bytes(means)})


def difference(data: bytes, before: bytes | None) -> bytes:
    """Each byte less the byte before it in time (mod 256): still pictures compress to almost nothing."""
    if before is None:
        return data
    return bytes((a - b) & 0xFF for a, b in zip(data, before, strict=True))


def _sound(
    tree: ItemTree, planned: Sequence[OpenedGroup], pieces: Mapping[tuple[str, int], Piece]
) -> Files | None:
    groups, data = [], bytearray()
    for number, opened in enumerate(planned):
        piece, place = _piece(pieces, "sound", number), opened.place
        lengths = [int(n) for n in piece.said["packets"]]
        if any(n < 0 for n in lengths) or sum(lengths) != len(piece.data):
            raise _unlike("has another size")
        packets, at = [], 0
        for length in lengths:
            packets.append(piece.data[at : at + length])
            at += length
        key = formulas.derive_key(tree.item_key, "sound", place.stream, place.ordinal)
        salt_o, salt_f, _ = formulas.salts(key, 0)
        order = formulas.order_half(salt_o, place.stream, place.ordinal, place.pts)
        codec, extradata = str(piece.said["codec"]), bytes.fromhex(piece.said["extradata"])
        if seal_leaf("sound", order, sound_content(salt_f, codec, extradata, packets)) != place.leaf:
            raise _unlike("comes out otherwise")
        groups.append(
            {
                "codec": codec,
                "extradata": extradata.hex(),
                "order": order.hex(),
                "packets": lengths,
                "path": [part.hex() for part in tree.path(place.leaf)],
                "place": tree.place(place.leaf),
                "public_start_ms": opened.public_start_ms,
                "salt_f": salt_f.hex(),
            }
        )
        data += piece.data
    document = {"schema": "witnessmark/sound/1", "groups": groups, "leaves": tree.leaves}
    return Files({".json": write_document(document), ".packets": bytes(data)})
