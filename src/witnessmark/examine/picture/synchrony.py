"""Where many parts of the picture change at once that otherwise change each in its own time.

On a fixed camera a cut takes out a stretch of everybody's way at once: every body jumps, while the walls stay. The
step of the whole picture may be no larger than a busy second's, so it is asked *when* each block has its largest
change. Bodies that move on their own have it at different times; at a cut most blocks that move at all have it
together.

The picture is cut into blocks; per block the change of structure is σ·√(1−ρ), ρ being the correlation of the block
with itself one picture before: unmoved by a lamp, and burned-out blocks are left aside.
Sources: the adaptive comparison with a window on both sides is that of Hanjalic, Shot-boundary detection: unraveled
and resolved? IEEE TCSVT 12(2), 2002; blocks that agree against global motion: Zhang, Kankanhalli, Smoliar, Automatic
partitioning of full-motion video, Multimedia Systems 1(1), 1993 (§3.2). The rank test over blocks is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.picture.blocks import BLOCK, Blocks

QUARTERS = 4.0
"""Changes are kept as whole quarters of a grey level, up to 63."""
WINDOW = 12
"""Steps on each side among which a block's largest is sought: half a second at 25 Hz."""
LEAST_GREY = 2.0
"""Least change of structure that counts: sensor noise of 2 grey levels, thinned, stays below (measured)."""
NOISE_FACTOR = 3.0
"""And this many times the block's own median change."""
KEY_FACTOR = 2.5
"""On a key picture: this many times what the other key pictures of the file bring to the block."""
FEWEST_KEYS = 2
"""Other key pictures needed to know that."""
FEWEST_MOVING = 6
"""Taken for the number of moving blocks where there are fewer."""
NEIGHBOURS = 40
"""Pictures on each side with which the agreement is compared."""
LEAST_USUAL = 0.1
"""Agreement taken for the neighbours where nothing agrees."""
SIDE = 6
"""Steps needed on each side for more than a weak answer."""
STEADY_CHANGED = 0.4
"""Where less of the picture changes, the camera certainly stood still through the step."""
MOST_CHANGED = 0.6
"""Where more of the picture changes, the camera moved or the scene is another: told by the step of the whole."""
ONE_PLACE, SMALL_SHARE = 0.75, 0.25
"""Agreement of one connected patch alone is no cut, unless it is a quarter of the picture: a burned-in clock, a screen
or a door do that."""
HALF, PART_SHARE = 0.5, 0.7
"""The same part changes again where 70 % of it changes by half as much or more."""
MOST_RECURRENCES = 1
"""Twice or more and it is an overlay or a screen; a body comes by once."""
WEAK_BLOCKS, MODERATE_BLOCKS = 8, 12
WEAK_SHARE, MODERATE_SHARE = 0.25, 0.35
WEAK_RATIO, MODERATE_RATIO = 1.6, 2.0
"""Blocks that agree, their share of all that move, and its ratio to the most that agrees nearby. Untouched takes and
innocent scenes looked at while choosing reached 11 blocks with a share of 0.3, or a share of 0.47 with 8 blocks."""
FEWEST_REPLACED = 6
"""Of the blocks that agree so many must show something else. A key picture, of this or of an earlier encoding, draws
many blocks anew at once and replaces none: one of 250 pictures after the last changed 68 blocks of an untouched fixed
camera together, and replaced none."""
LIKENESS_LOST = 0.4
"""Least 1 − ρ of a block that shows something else."""


@dataclass(frozen=True, slots=True)
class Together:
    """A step at which blocks agree."""

    index: int
    """First picture after it."""
    blocks: int
    share: float
    """Share of moving blocks that agree, each counted more the more its change stands out."""
    ratio: float
    """To the largest share nearby."""
    changed: float
    """Share of the whole picture that changes noticeably at this step."""
    level: int
    """1 weak, 2 moderate."""


class BlockMeter:
    """Takes pictures one by one and keeps a byte and a bit per block and picture."""

    def __init__(self) -> None:
        self._rows, self._replaced = bytearray(), bytearray()
        self._grid = (0, 0)
        self._count = 0
        self._before: Blocks | None = None

    def take(self, now: Blocks, both: NDArray[np.float32] | None) -> None:
        """``both``: sums of products with the picture before, per block, where there is one of the same size."""
        self._grid = self._grid if self._count else now.grid
        before = self._before
        if now.grid != self._grid or before is None or both is None:
            # Nothing to compare with: the first picture, or another size.
            blocks = self._grid[0] * self._grid[1]
            self._rows += bytes(blocks)
            self._replaced += bytes(-(-blocks // 8))
        else:
            change, replaced = _change(before, now, both)
            self._rows += change.tobytes()
            self._replaced += np.packbits(replaced).tobytes()
        self._before = now if now.grid == self._grid else None
        self._count += 1

    def changes(self) -> NDArray[np.uint8]:
        """(pictures, blocks), in quarters of a grey level."""
        return np.frombuffer(self._rows, np.uint8).reshape(self._count, -1)

    def replaced(self) -> NDArray[np.bool_]:
        """(pictures, blocks): which blocks show something else than one picture before."""
        packed = np.frombuffer(self._replaced, np.uint8).reshape(self._count, -1)
        return np.unpackbits(packed, axis=1, count=self._grid[0] * self._grid[1]).view(np.bool_)

    @property
    def grid(self) -> tuple[int, int]:
        return self._grid


def _change(
    before: Blocks, now: Blocks, both: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """σ·√(1−ρ) per block, in quarters of a grey level, 0 where a block is burned out; and where 1−ρ says that the
    block shows something else."""
    lost = 1 - both / np.sqrt(now.power * before.power + np.float32(1e-3))
    np.clip(lost, 0, 1, out=lost)
    grey = np.maximum(now.power, before.power)
    grey *= lost
    np.sqrt(grey, out=grey)
    grey *= np.float32(QUARTERS / BLOCK)
    grey += np.float32(0.5)
    grey[now.burned | before.burned] = 0
    np.minimum(grey, 255, out=grey)
    return grey.astype(np.uint8), lost >= LIKENESS_LOST


def find_together(
    changes: NDArray[np.uint8], replaced: NDArray[np.bool_], grid: tuple[int, int], keys: NDArray[np.bool_]
) -> tuple[Together, ...]:
    """Every step at which blocks agree, in order. ``replaced``: which blocks show something else; ``keys``: which
    pictures are key pictures."""
    if len(changes) < 2 * SIDE:
        return ()
    bound = np.maximum(LEAST_GREY * QUARTERS, NOISE_FACTOR * np.median(changes, axis=0)).astype(np.uint8)
    changes, unsure = _without_refreshes(changes, keys)
    around = _largest_around(changes)
    moving = (np.maximum(around, changes) >= bound).sum(axis=1)
    stands = changes >= bound
    agree = stands & (changes > around)
    # log2 of the ratio to the largest around, -1..1, as 0..1: how far each moving block's change stands out.
    ratio = changes.astype(np.float32) / np.maximum(around, bound).astype(np.float32)
    out = (np.clip(np.log2(np.maximum(ratio, 0.25)), -1, 1) + 1) / 2
    share = np.where(stands, out, 0).sum(axis=1) / np.maximum(moving, FEWEST_MOVING)
    counts, changed = agree.sum(axis=1), stands.mean(axis=1)
    found: list[Together] = []
    likely = (counts >= WEAK_BLOCKS) & (share >= WEAK_SHARE) & (changed <= MOST_CHANGED)
    likely &= (agree & replaced).sum(axis=1) >= FEWEST_REPLACED
    for t in map(int, np.flatnonzero(likely)):
        beside = np.concatenate([share[max(1, t - NEIGHBOURS) : t - 1], share[t + 2 : t + 1 + NEIGHBOURS]])
        ratio_t = float(share[t]) / max(LEAST_USUAL, float(beside.max(initial=0.0)))
        if ratio_t < WEAK_RATIO or _one_place(agree[t].reshape(grid)):
            continue
        sure = SIDE < t < len(changes) - SIDE and not unsure[t]
        clear = counts[t] >= MODERATE_BLOCKS and share[t] >= MODERATE_SHARE and ratio_t >= MODERATE_RATIO
        level = 2 if sure and clear else 1
        found.append(
            Together(
                t,
                int(counts[t]),
                round(float(share[t]), 3),
                round(ratio_t, 2),
                round(float(changed[t]), 3),
                level,
            )
        )
    return tuple(found)


def recurrences(changes: NDArray[np.uint8], index: int) -> int:
    """How often, apart from step ``index`` and its neighbours, the same small part of the picture changes about as
    much: what a burned-in clock, a screen or a blinking lamp does. 0 where the change is not confined to it, that
    is, where enough other blocks have their largest change at this very step."""
    here = changes[index]
    stands = here >= np.maximum(LEAST_GREY * QUARTERS, NOISE_FACTOR * np.median(changes, axis=0))
    part = stands & (here >= HALF * float(here.max()))
    if not part.any() or part.mean() > SMALL_SHARE:
        return 0
    alike = (changes[:, part] >= HALF * here[part]).mean(axis=1) >= PART_SHARE
    alike[max(0, index - 2) : index + 3] = False
    if not alike.any():
        return 0
    recurring = (changes[alike] >= HALF * here).mean(axis=0) >= PART_SHARE
    low, high = max(0, index - WINDOW), min(len(changes), index + WINDOW + 1)
    beside = np.delete(changes[low:high], index - low, axis=0)
    if int((stands & ~recurring & (here > beside.max(axis=0))).sum()) >= WEAK_BLOCKS:
        return 0
    return int(np.count_nonzero(np.diff(alike.astype(np.int8)) > 0)) + int(alike[0])


def _without_refreshes(
    changes: NDArray[np.uint8], keys: NDArray[np.bool_]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Changes on key pictures only where they exceed what key pictures bring to the block; and the key pictures for
    which that is not known."""
    places = np.flatnonzero(keys)
    places = places[places > 0]
    unsure = np.zeros(len(changes), dtype=bool)
    if len(places) <= FEWEST_KEYS:
        unsure[places] = True
        return changes, unsure
    usual = np.median(changes[places], axis=0)
    out = changes.copy()
    out[places] = np.where(changes[places] >= KEY_FACTOR * usual, changes[places], 0)
    return out, unsure


def _largest_around(changes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Per block and picture the largest change of the ``WINDOW`` steps on each side, itself left out."""
    around = np.zeros_like(changes)
    for shift in range(1, min(WINDOW, len(changes) - 1) + 1):
        np.maximum(around[shift:], changes[:-shift], out=around[shift:])
        np.maximum(around[:-shift], changes[shift:], out=around[:-shift])
    return around


def _one_place(agree: NDArray[np.bool_]) -> bool:
    """Whether one connected patch (eight neighbours) makes up most of what agrees, and is small."""
    total = int(agree.sum())
    if total >= SMALL_SHARE * agree.size:
        return False
    left = {(int(y), int(x)) for y, x in np.argwhere(agree)}
    while left:
        waiting, size = [left.pop()], 0
        while waiting:
            y, x = waiting.pop()
            size += 1
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            waiting += near
        if size > ONE_PLACE * total:
            return True
    return False
