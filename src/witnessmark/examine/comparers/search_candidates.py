"""Which recordings may share footage: pictures that agree in one of several groups of bits.

Bit sampling (Indyk and Motwani, STOC 1998; multi-index hashing after Norouzi, Punjani and Fleet, CVPR 2012): each
*table* sorts all pictures by a group of low-frequency bits. The group grows with the logarithm of the number of
pictures, so that a question meets a bounded number of strangers, and the whole costs n log n. Groups of pictures that
too many recordings share (black, test cards, one empty corridor) are passed over in favour of rarer ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.comparers.matching_views import (
    CROPS,
    LOW_BITS,
    ORDER,
    TURNS,
    View,
    crop_coefficients,
    low_distance,
    turned_area,
    turned_hashes,
)
from witnessmark.examine.comparers.search_crowds import Candidate, without_crowds
from witnessmark.examine.fingerprint import Fingerprint
from witnessmark.examine.fingerprint.hashing import FREQUENCIES, USABLE, packed
from witnessmark.examine.fingerprint.print import WHOLE, Area

TABLES = 12
LEAST_KEY_BITS, MOST_KEY_BITS = 12, 21
"""Two million groups a table, 8 MiB of places each."""
NEAR_BITS = 26
"""Of the 96 low bits, strangers differ in 48 ± 7 (measured): three deviations away."""
RUN_BITS = 6
"""Pictures within so many low bits of the last are one run: standing footage enters the tables once."""
CROWD = 256
"""A group of one table that more pictures share is passed over."""
QUESTION_STEP_S = 1.0
"""Turned and cut pictures are asked for once a second."""
STRONG_VOTES = 100
"""Of all true pairs of the choosing half, 98 in a hundred have more; of strangers, one in a thousand."""
WEAK_AT_LEAST, WEAK_EACH = 300, 2
"""Weak candidates that are looked at all the same: so many, and so many more for each recording asked for."""
KEPT_VIEWS = 3
"""Ways of lying over each other that are tried for a pair, those with most votes first."""
CHUNK = 1 << 14
SEED = 2012


def _groups(width: int) -> NDArray[np.int64]:
    """(TABLES, width) bits of each table: drawn among the low ones, always the same."""
    rng = np.random.default_rng(SEED)
    return np.stack([np.sort(ORDER[rng.permutation(LOW_BITS)[:width]]) for _ in range(TABLES)])


def _powers(groups: NDArray[np.int64]) -> NDArray[np.float32]:
    """(256, TABLES): bits times this are the keys of all tables (exact: keys stay below 2^24)."""
    made = np.zeros((FREQUENCIES**2, TABLES), np.float32)
    for table, group in enumerate(groups):
        made[group, table] = 2.0 ** np.arange(group.size)
    return made


def _bits(hashes: NDArray[np.uint64]) -> NDArray[np.uint8]:
    return np.unpackbits(np.ascontiguousarray(hashes).view(np.uint8), axis=-1, bitorder="little")


def runs(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Numbers of the pictures that begin a run of like ones."""
    kept = [0] if len(hashes) else []
    for k in range(1, len(hashes)):
        if int(low_distance(hashes[k], hashes[kept[-1]])) > RUN_BITS:
            kept.append(k)
    return np.array(kept, np.int64)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Hashes that are looked among: of which recording, and of the whole picture or its inner part."""

    hashes: NDArray[np.uint64]
    owner: NDArray[np.int32]
    is_inner: NDArray[np.bool_]


class Tables:
    """All pictures of all recordings, sorted by each group of bits."""

    def __init__(self, prints: Mapping[int, Fingerprint], numbers: Iterable[int]) -> None:
        hashes, owner, inner = [], [], []
        self.areas: dict[int, Area] = {}
        for number in numbers:
            held = prints[number]
            self.areas[number] = held.area
            usable = held.quality >= USABLE
            for is_inner, rows in ((False, held.hashes), (True, held.inner)):
                if not usable.any() or (is_inner and held.area.is_whole):
                    continue
                chosen = rows[usable]
                chosen = chosen[runs(chosen)]
                hashes.append(chosen)
                owner.append(np.full(len(chosen), number, np.int32))
                inner.append(np.full(len(chosen), is_inner))
        empty = np.zeros((0, 4), np.uint64)
        self.rows = _Rows(
            np.concatenate(hashes) if hashes else empty,
            np.concatenate(owner) if owner else np.zeros(0, np.int32),
            np.concatenate(inner) if inner else np.zeros(0, bool),
        )
        count = max(1, len(self.rows.hashes))
        self.width = min(MOST_KEY_BITS, max(LEAST_KEY_BITS, int(np.ceil(np.log2(count)))))
        self._powers = _powers(_groups(self.width))
        keys = self._keys(self.rows.hashes)
        self._order = [np.argsort(keys[:, k], kind="stable").astype(np.int32) for k in range(TABLES)]
        self._starts = [
            np.concatenate([[0], np.cumsum(np.bincount(keys[:, k], minlength=1 << self.width))]).astype(
                np.int32
            )
            for k in range(TABLES)
        ]

    def _keys(self, hashes: NDArray[np.uint64]) -> NDArray[np.int32]:
        """(n, TABLES)"""
        keys = np.zeros((len(hashes), TABLES), np.int32)
        for at in range(0, len(hashes), CHUNK):
            keys[at : at + CHUNK] = _bits(hashes[at : at + CHUNK]).astype(np.float32) @ self._powers
        return keys

    def near(
        self, hashes: NDArray[np.uint64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of questions, of rows, and low distances, of all pairs met in a table and near each other."""
        asked, found = [], []
        keys = self._keys(hashes)
        for table in range(TABLES):
            low = self._starts[table][keys[:, table]].astype(np.int64)
            many = self._starts[table][keys[:, table] + 1] - low
            many[many > CROWD] = 0
            total = int(many.sum())
            if not total:
                continue
            which = np.repeat(np.arange(len(keys)), many)
            within = np.arange(total) - np.repeat(np.cumsum(many) - many, many)
            row = self._order[table][np.repeat(low, many) + within]
            is_near = low_distance(hashes[which], self.rows.hashes[row]) <= NEAR_BITS
            asked.append(which[is_near])
            found.append(row[is_near].astype(np.int64))
        if not asked:
            none = np.zeros(0, np.int64)
            return none, none, none
        which, row = np.concatenate(asked), np.concatenate(found)
        pair = np.unique(which * np.int64(len(self.rows.hashes)) + row)
        which, row = pair // len(self.rows.hashes), pair % len(self.rows.hashes)
        return which, row, low_distance(hashes[which], self.rows.hashes[row])


@dataclass(frozen=True, slots=True)
class _Questions:
    """Hashes of one recording asked for, and the way each was made."""

    hashes: NDArray[np.uint64]
    turn: NDArray[np.int64]
    crop: NDArray[np.int64]
    """Number in ``CROPS``, or -1 for the picture as it is."""
    is_inner: NDArray[np.bool_]


def questions(held: Fingerprint, *, parts_only: bool = False) -> _Questions:
    """What is asked for a recording: all its runs as they are and turned, and once a second its parts, also mirrored.

    ``parts_only``: only the parts. Turns are the same seen from either side; being a part is not.
    """
    usable = np.flatnonzero(held.quality >= USABLE)
    hashes, turn, crop, inner = [], [], [], []

    def add(rows: NDArray[np.uint64], how: int, part: int | NDArray[np.int64], is_inner: bool) -> None:
        hashes.append(rows)
        turn.append(np.full(len(rows), how))
        crop.append(np.broadcast_to(np.asarray(part), (len(rows),)))
        inner.append(np.full(len(rows), is_inner))

    for is_inner, rows in ((False, held.hashes[usable]), (True, held.inner[usable])):
        if parts_only or (is_inner and held.area.is_whole):
            continue
        chosen = rows[runs(rows)]
        for how in range(TURNS):
            add(turned_hashes(chosen, how), how, -1, is_inner)
    thumbs = held.thumbs[spaced(held)]
    if len(thumbs):
        parts = crop_coefficients(thumbs)
        numbers = np.tile(np.arange(len(CROPS)), len(thumbs))
        plain = packed(parts).reshape(-1, 4)
        for how in (0, 1):
            add(turned_hashes(plain, how), how, numbers, True)
    if not hashes:
        none = np.zeros(0, np.int64)
        return _Questions(np.zeros((0, 4), np.uint64), none, none, np.zeros(0, bool))
    return _Questions(
        np.concatenate(hashes), np.concatenate(turn), np.concatenate(crop), np.concatenate(inner)
    )


def spaced(held: Fingerprint, step_s: float = QUESTION_STEP_S) -> NDArray[np.int64]:
    """Numbers of usable thumbnails at least ``step_s`` apart."""
    kept: list[int] = []
    last = -np.inf
    for number, picture in enumerate(held.thumb_of):
        at = float(held.times_s[picture])
        if held.quality[picture] >= USABLE and abs(at - last) >= step_s:
            kept.append(number)
            last = at
    return np.array(kept, np.int64)


def candidates(
    prints: Mapping[int, Fingerprint], numbers: Sequence[int], new: Collection[int] | None = None
) -> tuple[Candidate, ...]:
    """Pairs with votes, sorted. ``new``: only pairs with one of these, without asking the others about each other."""
    votes: _Votes = {}
    tables = Tables(prints, numbers)
    asked = [number for number in numbers if new is None or number in new]
    for number in asked:
        _ask(votes, prints[number], number, tables, questions(prints[number]))
    if new is not None:
        few = Tables(prints, asked)
        for number in numbers:
            if number not in new:
                _ask(votes, prints[number], number, few, questions(prints[number], parts_only=True))
    found = []
    for (a, b), by_view in sorted(votes.items()):
        best = sorted(by_view.items(), key=lambda way: (-way[1], way[0]))[:KEPT_VIEWS]
        total = round(best[0][1])
        found.append(Candidate(a, b, tuple(view for view, _ in best), total, total < STRONG_VOTES))
    return _affordable(without_crowds(prints, found), len(asked))


def _affordable(found: Sequence[Candidate], asked: int) -> tuple[Candidate, ...]:
    """All strong candidates, and of the weak ones as many as grow with the recordings: those with most votes."""
    weak = sorted((one for one in found if one.is_weak), key=lambda one: (-one.votes, one.a, one.b))
    kept = {(one.a, one.b) for one in weak[: WEAK_AT_LEAST + WEAK_EACH * asked]}
    return tuple(one for one in found if not one.is_weak or (one.a, one.b) in kept)


_Votes = dict[tuple[int, int], dict[View, float]]


def _ask(votes: _Votes, held: Fingerprint, number: int, tables: Tables, made: _Questions) -> None:
    """Add what the tables answer to the votes."""
    if not len(made.hashes) or not len(tables.rows.hashes):
        return
    which, row, far = tables.near(made.hashes)
    other = tables.rows.owner[row].astype(np.int64)
    keep = other != number
    which, row, far, other = which[keep], row[keep], far[keep], other[keep]
    # All that the view depends on, in one number: recording, part, turn, whole or inner on both sides.
    way = ((other * (len(CROPS) + 1) + made.crop[which] + 1) * TURNS + made.turn[which]) * 2
    way = (way + made.is_inner[which]) * 2 + tables.rows.is_inner[row]
    ways, first, member = np.unique(way, return_index=True, return_inverse=True)
    weight = np.bincount(member, (NEAR_BITS + 1.0 - far) ** 2, len(ways))
    for at, heavy in zip(first, weight, strict=True):
        o, q, r = int(other[at]), int(which[at]), int(row[at])
        view = _view(made, q, held.area, bool(tables.rows.is_inner[r]), tables.areas[o])
        # The row is a (what is shown), the question b (what it is a part of).
        pair, seen = ((o, number), view) if o < number else ((number, o), inverse(view))
        ways_held = votes.setdefault(pair, {})
        ways_held[seen] = ways_held.get(seen, 0.0) + float(heavy)


def _view(made: _Questions, q: int, asking: Area, row_is_inner: bool, row_area: Area) -> View:
    """The inner picture of the row, within the turned inner picture of the recording that asks."""
    turn = int(made.turn[q])
    scale_y = scale_x = 1.0
    top = left = 0.0
    if made.crop[q] >= 0:
        scale_y, top, scale_x, left = CROPS[int(made.crop[q])]
        if turn & 2:
            top = 1.0 - scale_y - top
        if turn & 1:
            left = 1.0 - scale_x - left
    from_area = WHOLE if made.is_inner[q] else turned_area(asking, turn)
    to_area = WHOLE if row_is_inner else row_area
    # whole picture of the row = whole picture asked for (or its part): u_inner -> u_shown -> v_inner
    high, wide = to_area.bottom - to_area.top, to_area.right - to_area.left
    deep, broad = from_area.bottom - from_area.top, from_area.right - from_area.left
    return View(
        turn,
        round(scale_y * high / deep, 4),
        round((top + scale_y * to_area.top - from_area.top) / deep, 4),
        round(scale_x * wide / broad, 4),
        round((left + scale_x * to_area.left - from_area.left) / broad, 4),
    )


def inverse(view: View) -> View:
    """The view with ``a`` and ``b`` exchanged."""
    sy, ty, sx, tx = view.scale_y, view.shift_y, view.scale_x, view.shift_x
    ay, by, ax, bx = 1.0 / sy, -ty / sy, 1.0 / sx, -tx / sx
    turn = view.turn
    # b turned = T(b). a at u lies in T(b) at s u + t. Wanted: b at u' lies in T'(a) at s' u' + t'.
    back = turn if not turn & 4 else (4 | ((turn & 1) << 1) | ((turn & 2) >> 1))
    # In the frame of T(b) mirrored axes run backward; going to the frame of b turns them about.
    if turn & 2:
        by = 1.0 - ay - by
    if turn & 1:
        bx = 1.0 - ax - bx
    if turn & 4:
        ay, by, ax, bx = ax, bx, ay, by
    return View(back, round(ay, 4), round(by, 4), round(ax, 4), round(bx, 4))
