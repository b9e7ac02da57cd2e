"""Exact search among 256-bit hashes: every row within a radius, none left out.

Two ways that give the same rows. *Multi-index hashing* (Norouzi, Punjani, Fleet, CVPR 2012): hashes that differ in at
most r of 256 bits agree, in at least one of 16 parts of 16 bits, up to r // 16 bits (pigeonhole); so only rows whose
part lies in that small ball are looked at. It pays up to ``MOST_PART_RADIUS`` bits a part. Beyond it, all rows are
*scanned* in blocks that stay in the processor's cache.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

PARTS, PART_BITS = 16, 16
MOST_PART_RADIUS = 2
"""137 keys a part; with 3 (697 keys) a scan of a million rows is as fast."""
SCAN_ROWS = 1 << 15
"""Rows of a block: 256 KiB of a column."""


def _ball(radius: int) -> NDArray[np.int64]:
    """All 16-bit masks of at most ``radius`` bits."""
    masks = [
        sum(1 << bit for bit in bits) for r in range(radius + 1) for bits in combinations(range(PART_BITS), r)
    ]
    return np.array(masks, np.int64)


class HashIndex:
    """Rows to be searched; their order is their number. Tables are made at the first question that needs them.

    Memory: 32 bytes a row, and 64 more once tables are made.
    """

    def __init__(self, hashes: NDArray[np.uint64]) -> None:
        if hashes.ndim != 2 or hashes.shape[1] != 4:
            raise ValueError("hashes are rows of four words")
        self._rows = np.ascontiguousarray(hashes, np.uint64)
        self._columns = np.ascontiguousarray(self._rows.T)
        self._order: NDArray[np.uint32] | None = None
        self._starts: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def search(self, asked: NDArray[np.uint64], radius: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers and distances of all rows within ``radius`` bits of one hash, nearest first, then by number."""
        if radius // PARTS <= MOST_PART_RADIUS and len(self._rows) > SCAN_ROWS:
            rows = self._met(asked, radius // PARTS)
            far = np.bitwise_count(self._rows[rows] ^ asked).sum(axis=1, dtype=np.int64)
            near = far <= radius
            rows, far = rows[near], far[near]
        else:
            rows, far = self.scan(asked, radius)
        order = np.lexsort((rows, far))
        return rows[order], far[order]

    def scan(self, asked: NDArray[np.uint64], radius: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """As ``search`` by looking at all rows, in the order of their numbers."""
        found, distances = [], []
        length = min(SCAN_ROWS, max(1, len(self._rows)))
        turned = np.empty(length, np.uint64)
        counted = np.empty(length, np.uint8)
        total = np.empty(length, np.uint16)
        for at in range(0, len(self._rows), SCAN_ROWS):
            count = min(SCAN_ROWS, len(self._rows) - at)
            part_turned, part_counted, part_total = turned[:count], counted[:count], total[:count]
            part_total[:] = 0
            for column, word in zip(self._columns, asked, strict=True):
                np.bitwise_xor(column[at : at + count], word, out=part_turned)
                np.bitwise_count(part_turned, out=part_counted)
                np.add(part_total, part_counted, out=part_total)
            rows = np.flatnonzero(part_total <= radius)
            if rows.size:
                found.append(rows + at)
                distances.append(part_total[rows].astype(np.int64))
        if not found:
            none = np.zeros(0, np.int64)
            return none, none
        return np.concatenate(found), np.concatenate(distances)

    def _met(self, asked: NDArray[np.uint64], radius: int) -> NDArray[np.int64]:
        """Numbers of rows that agree in some part up to ``radius`` bits; rising, each once."""
        order, starts = self._tables()
        parts = np.ascontiguousarray(asked, "<u8").view("<u2").astype(np.int64)
        keys = parts[:, None] ^ _BALLS[radius][None, :]
        low = np.take_along_axis(starts, keys, axis=1)
        many = np.take_along_axis(starts, keys + 1, axis=1) - low
        met = np.zeros(len(self._rows), bool)
        for part in range(PARTS):
            total = int(many[part].sum())
            if total:
                first = np.repeat(low[part] - (np.cumsum(many[part]) - many[part]), many[part])
                met[order[part][first + np.arange(total)]] = True
        return np.flatnonzero(met)

    def _tables(self) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        if self._order is None or self._starts is None:
            parts = np.ascontiguousarray(self._rows, "<u8").view("<u2")
            self._order = np.stack(
                [np.argsort(parts[:, k], kind="stable").astype(np.uint32) for k in range(PARTS)]
            )
            counts = [np.bincount(parts[:, k], minlength=1 << PART_BITS) for k in range(PARTS)]
            self._starts = np.stack([np.concatenate([[0], np.cumsum(one)]) for one in counts])
        return self._order, self._starts


_BALLS = tuple(_ball(radius) for radius in range(MOST_PART_RADIUS + 1))
