"""Exact repetition: the same samples, or the same coded packets, twice. No room ever sounds the same twice.

Samples are compared by content, wherever the copy lies: positions are chosen by the sound itself (a hash of eight
samples that ends in noughts; the content-defined chunking of Muthitacharoen et al., LBFS, SOSP 2001), and the 32
samples that follow are remembered as one number. Coded packets are remembered by their CRC-32. Runs of matches at
one distance are repeats. Periodic sound (tones, alarms) repeats by itself and is told apart by its many distances.
"""

from __future__ import annotations

import zlib
from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ANCHOR_BITS = 9
"""One position in 512 is remembered: about 94 a second at 48 kHz."""
SPAN = 32
"""Samples after the position that must agree."""
SHORTEST_S = 0.25
FEWEST_ANCHORS = 6
FEWEST_PACKETS = 8
MOST_TOLD = 4
"""More repeats than this are how the sound was made (loops, test signals)."""
MOST_ANCHORS = 3_000_000
"""Bound of memory: 36 MB, about nine hours at 48 kHz."""
LEAST_RANGE = 2.0**-12
"""Range (of 2) below which eight samples are near silence, where chance makes equal ones."""
_A = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(64 - ANCHOR_BITS)


@dataclass(frozen=True, slots=True)
class Repeat:
    """[first, end) sounds again at ``first + lag``; samples or packets."""

    first: int
    end: int
    lag: int
    matches: int


class SampleRepeats:
    """Feed the sound as it comes."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._places = array("q")
        self._prints = array("Q")
        self._tail = np.zeros(0, dtype=np.int32)
        self._at = 0

    def feed(self, block: NDArray[np.float32]) -> None:
        if len(self._places) >= MOST_ANCHORS:
            return
        whole = np.concatenate((self._tail, np.rint(block * np.float32(1 << 23)).astype(np.int32)))
        usable = len(whole) - SPAN
        if usable <= 8:
            self._tail = whole
            return
        mixed = whole.astype(np.uint64) * _A
        rolled = (
            mixed[:usable]
            + (mixed[3 : usable + 3] << np.uint64(7))
            + (mixed[7 : usable + 7] << np.uint64(19))
        )
        anchors = np.flatnonzero((rolled * _A) >> _SHIFT == 0)
        if len(anchors):
            around = whole[anchors[:, None] + np.arange(SPAN)]
            alive = np.ptp(around, axis=1) > LEAST_RANGE * (1 << 23)
            anchors, around = anchors[alive], around[alive].astype(np.uint64)
            weights = _A ** np.arange(1, SPAN + 1, dtype=np.uint64)
            self._places.frombytes((anchors + self._at).astype(np.int64).tobytes())
            self._prints.frombytes((around * weights).sum(axis=1, dtype=np.uint64).tobytes())
        self._tail = whole[usable:]
        self._at += usable

    def __len__(self) -> int:
        """Positions remembered."""
        return len(self._places)

    def finish(self) -> tuple[Repeat, ...]:
        places = np.frombuffer(self._places, dtype=np.int64)
        prints = np.frombuffer(self._prints, dtype=np.uint64)
        return runs_of_matches(
            places,
            prints,
            shortest=round(SHORTEST_S * self.rate_hz),
            fewest=FEWEST_ANCHORS,
            bridge=self.rate_hz // 8,
        )


class PacketRepeats:
    """Coded packets by CRC-32; packets of the commonest contents (silence) are passed over."""

    def __init__(self) -> None:
        self._prints = array("Q")

    def feed(self, data: memoryview) -> None:
        if len(self._prints) < MOST_ANCHORS:
            self._prints.append(zlib.crc32(data) | len(data) << 32)

    def finish(self) -> tuple[Repeat, ...]:
        prints = np.frombuffer(self._prints, dtype=np.uint64)
        return runs_of_matches(
            np.arange(len(prints)), prints, shortest=FEWEST_PACKETS, fewest=FEWEST_PACKETS, bridge=1
        )


def runs_of_matches(
    places: NDArray[np.int64], prints: NDArray[np.uint64], *, shortest: int, fewest: int, bridge: int
) -> tuple[Repeat, ...]:
    """Runs at one distance between equal prints; each print is compared with the one before it of its kind.

    Prints that occur more than three times are periodic sound or silence and are passed over.
    """
    if len(prints) < 2 * fewest:
        return ()
    order = np.argsort(prints, kind="stable")
    ordered = prints[order]
    same = ordered[1:] == ordered[:-1]
    starts = np.flatnonzero(np.concatenate(([True], ~same)))
    counts = np.diff(np.concatenate((starts, [len(ordered)])))
    rare = np.repeat(counts, counts) <= 3
    pairs = np.flatnonzero(same & rare[1:])
    if len(pairs) < fewest:
        return ()
    early, late = places[order[pairs]], places[order[pairs + 1]]
    lags = late - early
    found: list[Repeat] = []
    by_lag = np.lexsort((early, lags))
    lags, early = lags[by_lag], early[by_lag]
    breaks = np.flatnonzero((np.diff(lags) != 0) | (np.diff(early) > bridge)) + 1
    for part in np.split(np.arange(len(lags)), breaks):
        first, end, lag = int(early[part[0]]), int(early[part[-1]]) + 1, int(lags[part[0]])
        if len(part) >= fewest and end - first >= shortest * 0.8 and lag >= shortest:
            found.append(Repeat(first, end, lag, len(part)))
    return tuple(sorted(found, key=lambda r: r.first))
