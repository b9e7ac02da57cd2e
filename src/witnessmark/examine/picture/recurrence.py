"""Where a stretch of pictures occurs twice: the same motion, in the same order, at a fixed distance.

Each picture becomes 144 block means. A repeat is a run along one diagonal of the distance matrix that stays
at the level of coding noise while the diagonals beside it do not: so that a scene in which nothing moves,
which equals itself everywhere, never matches.
Sources: Wang and Farid, Exposing digital forgeries in video by detecting duplication, ACM MM&Sec 2007;
Bestagini et al., Local tampering detection in video sequences, MMSP 2013 (search for repeated stretches).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROWS, COLUMNS = 9, 16
SCALE = 32.0
"""Block means are kept as whole 32nds of a grey level."""
SHORTEST_S = 0.9
"""A second, less what the ends lose when the picture before and after differ little."""
ANCHOR_EVERY_S = 0.4
"""Two anchors fall into every stretch that counts."""
BESIDE_S = 0.2
"""How far beside the diagonal it is compared: motion of a fifth of a second must be visible."""
LEAST_APART_S = 1.0
LEAST_MOTION_GREY = 0.8
"""Root mean square of what moves within ``BESIDE_S``, below which a stretch cannot be told from a static
one."""
MATCH_SHARE = 0.5
NOISE_GREY = 0.15
"""Least distance taken for a match: rounding and coding noise of block means (measured: 0.1 to 0.5)."""
FARTHEST_GREY = 4.0
MOTION_SHARE = 0.2
LEAST_MOVING_S = 0.4
"""So much of a stretch must hold motion, and at least for so long: people stand, and leave a fixed camera's room empty.
Whether the pictures match is told by those that hold motion."""
LEVEL_FACTOR = 1.5
BREAK_FRAMES = 3
LEAST_CONTRAST, STRONG = 2.5, 8.0
"""Contrast: median distance beside the diagonal over the median on it."""
FEWEST_BLOCKS = 8.0
"""Blocks (of 144) that must move: more than the digits of a burned-in clock, which recur by themselves."""
MOST_WEIGHED = 20_000
"""Pictures from which motion and noise of the blocks are taken, evenly over the file."""
NORMAL_MEDIAN = 0.6745 * 2**0.5
"""Median of |difference of two normal values| over their standard deviation."""
SHARP = 2.5
"""A copied stretch begins and ends from one picture to the next: the distance just outside is this many times the
one just inside. What recurs by itself fades in and out."""
EDGE_PICTURES = 4
TABLE_VALUES = 1 << 22
"""Distances held at once: 16 MB whatever the length of the file."""
MOST_FOUND = 64
"""Repeats followed to their ends; a loop has thousands, and one sentence says so."""
MOST_PAIRS = 20_000
"""Candidates followed; a file that gives more is a loop through and through."""
MOST_PICTURES = 216_000
"""Two hours at 30 Hz; beyond, the rest is not searched and the finding says so."""
BEST_PER_ANCHOR = 3

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Pictures [first, first+length) come again at [second, second+length)."""

    first: int
    second: int
    length: int
    distance: float
    """Median distance on the diagonal, grey levels."""
    contrast: float
    exact: bool
    sharp: bool
    """Both ends come from one picture to the next (one of them may be an end of the file)."""


class BlockMeans:
    """Turns small pictures into rows of block means; the bins are made once per size."""

    def __init__(self) -> None:
        self._size = (0, 0)
        self._rows = self._columns = np.zeros((0, 0), np.float32)

    def of(self, picture: NDArray[np.uint8]) -> NDArray[np.int16]:
        if picture.shape != self._size:
            self._size = (picture.shape[0], picture.shape[1])
            self._rows = _bins(picture.shape[0], ROWS)
            self._columns = _bins(picture.shape[1], COLUMNS).T.copy()
        means = self._rows @ picture.astype(np.float32) @ self._columns
        return np.asarray(np.round(means * SCALE), dtype=np.int16).ravel()


def _bins(size: int, count: int) -> NDArray[np.float32]:
    """(count, size) matrix that averages ``count`` equal stretches."""
    edges = np.linspace(0, size, count + 1).round().astype(int)
    out = np.zeros((count, size), np.float32)
    for k, (low, high) in enumerate(itertools.pairwise(edges)):
        out[k, low : max(high, low + 1)] = 1.0 / max(1, high - low)
    return out


def find_repeats(means: NDArray[np.int16], frames_per_s: float) -> tuple[Repeat, ...]:
    """Longest repeats first. ``means`` is (pictures, 144) in 32nds of a grey level."""
    beside = max(2, round(BESIDE_S * frames_per_s))
    vectors = _where_it_moves(means.astype(np.float32) / SCALE, beside)
    apart = max(2 * beside, round(LEAST_APART_S * frames_per_s))
    shortest = max(3, round(SHORTEST_S * frames_per_s))
    fewest = max(3, round(LEAST_MOVING_S * frames_per_s))
    if len(vectors) < apart + shortest:
        return ()
    anchors, motion = _anchors(vectors, beside, max(1, round(ANCHOR_EVERY_S * frames_per_s)))
    found: list[Repeat] = []
    for first, second in _candidates(vectors, anchors, motion, apart):
        if len(found) >= MOST_FOUND:
            break
        if any(_covers(r, first, second) for r in found):
            continue
        repeat = _grown(vectors, first, second, beside, shortest, fewest)
        if repeat is not None:
            found.append(repeat)
    # A picture beside the true distance looks alike too: of one event the clearest reading is kept.
    found.sort(key=lambda r: (-r.contrast, -r.length, r.first))
    kept: list[Repeat] = []
    for repeat in found:
        if not any(_same_event(repeat, other) for other in kept):
            kept.append(repeat)
    return tuple(sorted(kept, key=lambda r: (-r.length, r.first)))


def _where_it_moves(vectors: Vectors, beside: int) -> Vectors:
    """Every block scaled by how much of its change is motion and not noise (Wiener's share of signal), so that a
    distance is one over the blocks in which things move: a fixed camera's unmoved walls neither hide nor fake a
    match. With too few such blocks nothing is left to compare."""
    places = np.arange(beside, len(vectors), -(-len(vectors) // MOST_WEIGHED))
    far = vectors[places] - vectors[places - beside]
    power = np.mean(far * far, axis=0)
    near = np.abs(vectors[places] - vectors[places - 1])
    noise = np.maximum(np.median(near, axis=0) / NORMAL_MEDIAN, NOISE_GREY) ** 2
    shares = np.clip(1 - noise / np.maximum(power, noise), 0, 1)
    if float(shares.sum()) < FEWEST_BLOCKS:
        return np.zeros_like(vectors)
    vectors *= np.sqrt(shares * (len(shares) / shares.sum())).astype(np.float32)
    return vectors


def _distance(a: Vectors, b: Vectors) -> NDArray[np.float32]:
    return np.asarray(np.sqrt(np.mean((a - b) ** 2, axis=-1)), dtype=np.float32)


def _anchors(vectors: Vectors, beside: int, every: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    places = np.arange(beside, len(vectors) - beside, every)
    motion = np.minimum(
        _distance(vectors[places], vectors[places - beside]),
        _distance(vectors[places], vectors[places + beside]),
    )
    enough = motion >= LEAST_MOTION_GREY
    return places[enough], motion[enough]


def _candidates(
    vectors: Vectors, anchors: NDArray[np.int64], motion: NDArray[np.float32], apart: int
) -> list[tuple[int, int]]:
    """(picture, later picture) that may match, nearest first within each anchor."""
    pairs: list[tuple[int, int]] = []
    squares = np.einsum("ij,ij->i", vectors, vectors)
    width = vectors.shape[1]
    rows = max(8, TABLE_VALUES // len(vectors))
    for low in range(0, len(anchors), rows):
        part = anchors[low : low + rows]
        bound = np.minimum(MATCH_SHARE * motion[low : low + rows], FARTHEST_GREY)
        table = (squares[part, None] + squares[None, :] - 2 * (vectors[part] @ vectors.T)) / width
        for row, anchor, limit in zip(table, part, bound, strict=True):
            later = row[anchor + apart :]
            if not len(later):
                continue
            for _ in range(BEST_PER_ANCHOR):
                best = int(later.argmin())
                if later[best] > limit * limit:
                    break
                pairs.append((int(anchor), int(anchor) + apart + best))
                later[max(0, best - apart // 2) : best + apart // 2 + 1] = np.inf
        if len(pairs) >= MOST_PAIRS:
            break
    return pairs[:MOST_PAIRS]


def _grown(
    vectors: Vectors, first: int, second: int, beside: int, shortest: int, fewest: int
) -> Repeat | None:
    """Follow the diagonal both ways and weigh the run by its pictures that hold motion, of which there must be
    ``fewest``. Looks no farther than it must."""
    lag = second - first
    count = len(vectors) - lag
    reach = 2 * shortest
    while True:
        start, stop = max(0, first - reach), min(count, first + reach + 1)
        on, off = _along(vectors, lag, start, stop, beside)
        good = on <= np.maximum(MATCH_SHARE * off, 2 * NOISE_GREY)
        low, high = _walk(good, first - start, -1), _walk(good, first - start, 1)
        # Where little moves for a while the match goes on at its own level.
        level = LEVEL_FACTOR * float(np.median(on[low : high + 1]))
        good |= (on <= level) & (on <= off)
        low, high = _walk(good, low, -1), _walk(good, high, 1)
        inside = low > BREAK_FRAMES or start == 0
        ended = inside and (high < len(good) - 1 - BREAK_FRAMES or stop == count)
        # A run longer than its own distance is a loop, and its first round says all.
        if ended or high - low >= lag:
            break
        reach *= 2
    length = min(high - low + 1, lag)
    if length < shortest:
        return None
    run = slice(low, low + length)
    moving = off[run] >= LEAST_MOTION_GREY
    if moving.sum() < max(fewest, MOTION_SHARE * length):
        return None
    distance = float(np.median(on[run][moving]))
    contrast = float(np.median(off[run][moving])) / max(NOISE_GREY, distance)
    if contrast < LEAST_CONTRAST:
        return None
    exact = float(on[run].max()) == 0.0
    begin, end = start + low, start + low + length - 1
    sharp_begin, sharp_end = _sharp(vectors, begin, lag, -1), _sharp(vectors, end, lag, 1)
    begin = begin if sharp_begin is None else sharp_begin
    length = (end if sharp_end is None else sharp_end) - begin + 1
    # Where both ends are those of the file none was seen.
    whole = begin == 0 and begin + lag + length == len(vectors)
    sharp = sharp_begin is not None and sharp_end is not None and not whole
    return Repeat(begin, begin + lag, length, round(distance, 3), round(contrast, 2), exact, sharp)


def _sharp(vectors: Vectors, edge: int, lag: int, outward: int) -> int | None:
    """The picture beyond which the match ends at once in the direction ``outward``: ``edge`` or one of the last few
    that the run took along; None where it fades. An end of the file is one."""
    for last in (edge - outward * k for k in range(BREAK_FRAMES + 1)):
        outside = [k for k in (last + outward, last + 2 * outward) if 0 <= k < len(vectors) - lag]
        if not outside:
            return last
        inside = [last - outward * k for k in range(EDGE_PICTURES)]
        within = float(np.median(_distance(vectors[inside], vectors[np.add(inside, lag)])))
        beyond = float(_distance(vectors[outside], vectors[np.add(outside, lag)]).max())
        if beyond >= SHARP * max(within, NOISE_GREY):
            return last
    return None


def _along(
    vectors: Vectors, lag: int, start: int, stop: int, beside: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Distance on the diagonal ``lag`` for pictures [start, stop), and the nearer of the two beside it."""
    here = vectors[start:stop]
    on = _distance(here, vectors[start + lag : stop + lag])
    off = np.full(len(here), np.inf, np.float32)
    for shift in (-beside, beside):
        # Pictures whose partner beside the diagonal lies outside the file keep the other side alone.
        low = max(0, -(start + lag + shift))
        high = min(len(here), len(vectors) - (start + lag + shift))
        if high > low:
            partner = vectors[start + lag + shift + low : start + lag + shift + high]
            off[low:high] = np.minimum(off[low:high], _distance(here[low:high], partner))
    return on, off


def _walk(good: NDArray[np.bool_], start: int, step: int) -> int:
    """Last place reached from ``start`` without more than ``BREAK_FRAMES`` bad ones in a row."""
    at = last = start
    bad = 0
    while 0 <= at + step < len(good) and bad <= BREAK_FRAMES:
        at += step
        if good[at]:
            last, bad = at, 0
        else:
            bad += 1
    return last


def _covers(repeat: Repeat, first: int, second: int) -> bool:
    inside = repeat.first <= first < repeat.first + repeat.length
    return inside and second - first == repeat.second - repeat.first


def _same_event(a: Repeat, b: Repeat) -> bool:
    """Both say the same pair of stretches, up to a shift of the diagonal by a few pictures."""
    overlap = min(a.first + a.length, b.first + b.length) - max(a.first, b.first)
    again = min(a.second + a.length, b.second + b.length) - max(a.second, b.second)
    return min(overlap, again) > 0.5 * min(a.length, b.length)


def moving_share(means: NDArray[np.int16], frames_per_s: float) -> float:
    """Share of the file in which enough moves for a repeat to be seen."""
    beside = max(2, round(BESIDE_S * frames_per_s))
    places = np.arange(beside, len(means) - beside, beside)
    if not len(places):
        return 0.0
    vectors = _where_it_moves(means.astype(np.float32) / SCALE, beside)[places]
    steps = _distance(vectors[1:], vectors[:-1]) if len(vectors) > 1 else np.zeros(1, np.float32)
    return float(np.mean(steps >= LEAST_MOTION_GREY))
