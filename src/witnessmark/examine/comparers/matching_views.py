"""How one picture may lie in another: turned, mirrored, cut, or with something about it.

A *view* maps the inner picture of ``a`` to the inner picture of ``b``: first ``b`` is turned (one of the eight turns
and mirrorings of a square), then each axis is scaled and shifted: a point at share ``u`` of ``a`` lies at
``scale * u + shift`` of turned ``b``. Scale below one: ``a`` is a part of ``b``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.fingerprint.hashing import FREQUENCIES, Matrix, cosines, packed
from witnessmark.examine.fingerprint.print import SIDE, Area

Values = TypeVar("Values", bound=np.generic)
TURNS = 8
"""Number k: transposed where k & 4, then mirrored top to bottom where k & 2, left to right where k & 1."""
SAME, MIRRORED = 0, 1


@dataclass(frozen=True, slots=True, order=True)
class View:
    """See above. The usual one: nothing turned, nothing cut."""

    turn: int = SAME
    scale_y: float = 1.0
    shift_y: float = 0.0
    scale_x: float = 1.0
    shift_x: float = 0.0

    @property
    def share(self) -> float:
        """Share of ``a`` that also lies in ``b``, times the share of ``b`` that lies in ``a``."""
        shares = []
        for scale, shift in ((self.scale_y, self.shift_y), (self.scale_x, self.shift_x)):
            both = max(0.0, min(1.0, scale + shift) - max(0.0, shift))
            shares.append(min(1.0, both / scale) * min(1.0, both))
        return shares[0] * shares[1]

    @property
    def outer(self) -> tuple[float, float]:
        """Share of turned ``b`` that ``a`` does not show, and share of ``a`` that ``b`` does not show."""
        part_of_b, part_of_a = 1.0, 1.0
        for scale, shift in ((self.scale_y, self.shift_y), (self.scale_x, self.shift_x)):
            both = max(0.0, min(1.0, scale + shift) - max(0.0, shift))
            part_of_b *= min(1.0, both)
            part_of_a *= min(1.0, both / scale)
        return 1.0 - part_of_b, 1.0 - part_of_a


def turned(thumbs: NDArray[Values], turn: int) -> NDArray[Values]:
    """(..., SIDE, SIDE) pictures turned."""
    if turn & 4:
        thumbs = np.swapaxes(thumbs, -1, -2)
    if turn & 2:
        thumbs = thumbs[..., ::-1, :]
    if turn & 1:
        thumbs = thumbs[..., ::-1]
    return thumbs


def turned_area(area: Area, turn: int) -> Area:
    """Where the area lies after the turn."""
    top, bottom, left, right = area.top, area.bottom, area.left, area.right
    if turn & 4:
        top, bottom, left, right = left, right, top, bottom
    if turn & 2:
        top, bottom = 1.0 - bottom, 1.0 - top
    if turn & 1:
        left, right = 1.0 - right, 1.0 - left
    return Area(top, bottom, left, right)


@cache
def _turn_of_bits(turn: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Order of bits and mask that turn a hash: transposing swaps frequencies, mirroring turns signs of odd ones."""
    order = np.arange(FREQUENCIES**2).reshape(FREQUENCIES, FREQUENCIES)
    if turn & 4:
        order = order.T
    odd = np.arange(1, FREQUENCIES + 1) % 2 == 1
    flips = np.zeros((FREQUENCIES, FREQUENCIES), bool)
    if turn & 2:
        flips ^= odd[:, None]
    if turn & 1:
        flips ^= odd[None, :]
    return order.reshape(-1), packed(np.where(flips, 1.0, -1.0).astype(np.float32))


def turned_hashes(hashes: NDArray[np.uint64], turn: int) -> NDArray[np.uint64]:
    """(n, 4) hashes of the turned pictures, from the hashes alone."""
    order, mask = _turn_of_bits(turn)
    if turn & 4:
        bits = np.unpackbits(np.ascontiguousarray(hashes).view(np.uint8), axis=-1, bitorder="little")
        again = np.packbits(bits[..., order], axis=-1, bitorder="little")
        hashes = np.ascontiguousarray(again).view("<u8").astype(np.uint64, copy=False)
    turned_ones: NDArray[np.uint64] = hashes ^ mask
    return turned_ones


# --------------------------------------------------------------------------- parts


def _places(scale: float, step: float) -> tuple[float, ...]:
    count = round((1.0 - scale) / step)
    return tuple(round(k * (1.0 - scale) / max(1, count), 4) for k in range(count + 1))


CROP_STEP = 0.04
CROPS: tuple[tuple[float, float, float, float], ...] = tuple(
    (scale_y, top, scale_x, left)
    for scale_y, scale_x in ((0.9, 0.9), (0.8, 0.8), (0.8, 1.0), (1.0, 0.8), (0.9, 1.0), (1.0, 0.9))
    for top in _places(scale_y, CROP_STEP)
    for left in _places(scale_x, CROP_STEP)
)
"""Parts of a picture that are looked for as pictures of their own: (height, top, width, left) in shares.

Down to 80 % each way, in steps of a twenty-fifth: half a step beside the truth turns about a tenth of the low bits."""


@cache
def sampling(scale: float, shift: float, side: int = SIDE, source: int = SIDE) -> Matrix:
    """(side, source): averages over [shift, shift + scale] of the source in ``side`` parts; rows outside are zero."""
    edges = (shift + scale * np.linspace(0.0, 1.0, side + 1)) * source
    cells = np.arange(source)
    low = np.maximum(edges[:-1, None], cells[None, :])
    high = np.minimum(edges[1:, None], cells[None, :] + 1.0)
    shares = np.clip(high - low, 0.0, None) / (edges[1] - edges[0])
    inside = shares.sum(axis=1, keepdims=True)
    matrix = np.where(inside > 0.5, shares / np.maximum(inside, 1e-9), 0.0).astype(np.float32)
    matrix.flags.writeable = False
    return matrix


@cache
def _crop_matrices() -> tuple[Matrix, Matrix]:
    """(crops, 16, SIDE) for rows and for columns: cosines of the part."""
    dct = cosines()
    rows = np.stack([dct @ sampling(scale, shift) for scale, shift, _, _ in CROPS])
    columns = np.stack([dct @ sampling(scale, shift) for _, _, scale, shift in CROPS])
    return rows.astype(np.float32), columns.astype(np.float32)


def crop_coefficients(thumbs: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, SIDE, SIDE) to (n, crops, 16, 16): coefficients of every part in ``CROPS``."""
    rows, columns = _crop_matrices()
    part = np.einsum("cky,nyx->nckx", rows, thumbs.astype(np.float32), optimize=True)
    return np.asarray(np.einsum("nckx,clx->nckl", part, columns, optimize=True), np.float32)


# --------------------------------------------------------------------------- low bits


def _by_frequency() -> NDArray[np.int64]:
    k = np.arange(1, FREQUENCIES + 1)
    power = k[:, None] ** 2 + k[None, :] ** 2
    return np.argsort(power.reshape(-1), kind="stable")


ORDER = _by_frequency()
"""The 256 bits from the lowest frequency to the highest: low ones survive crops, logos and coarse coding."""
LOW_BITS = 96


def _low_mask() -> NDArray[np.uint64]:
    chosen = np.full(FREQUENCIES**2, -1.0, np.float32)
    chosen[ORDER[:LOW_BITS]] = 1.0
    return packed(chosen.reshape(FREQUENCIES, FREQUENCIES))


LOW_MASK = _low_mask()


def low_distance(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Bits that differ among the ``LOW_BITS`` lowest; half of them between strangers."""
    return np.asarray(np.bitwise_count((one ^ other) & LOW_MASK).sum(axis=-1, dtype=np.int64))
