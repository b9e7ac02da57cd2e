"""Recordings of one camera together: told pairs joined from the strongest down, nobody by one link against many.

A group is joined with another only while the mean agreement over *all* pairs between them, those that were not told
counted as nothing, stays at a third of the threshold or more (average linkage: Sokal and Michener 1958). So one false
pair does not weld two cameras together, and one weak picture does not fall out of its group.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import ceil, log10

from witnessmark.examine.camera import likelihood

MEAN_SHARE = 1 / 3
"""Of the threshold. Three groups of three would need three told pairs of nine at the threshold itself."""


@dataclass(frozen=True, slots=True)
class CameraGroup:
    """Recordings that are told to share a camera."""

    members: tuple[str, ...]
    told: int
    """Pairs among them that were told."""
    pairs: int
    weakest: float
    """Agreement of the weakest link that joined, in standard deviations."""
    chance: float
    """Expected number of pairs of the case that join wrongly at the weakest link, if agreements of different cameras
    follow the normal law. That is an assumption, checked on stills only (docs/methods/camera.md)."""

    @property
    def words(self) -> str:
        return (
            f"{len(self.members)} recordings share a trace ({self.told} of {self.pairs} pairs told, the weakest link "
            f"{self.weakest:.1f} standard deviations). Were traces of different sensors independent, fewer than "
            f"{_rounded_up(self.chance)} recordings of other cameras would join it (computed from that assumption, not "
            "measured)."
        )


def grouped(
    told: Mapping[tuple[str, str], float],
    bound: float,
    recordings: int,
    silent: Collection[frozenset[str]] = (),
) -> tuple[CameraGroup, ...]:
    """Groups of two and more, sorted by their first member.

    ``told``: agreement by pair of sorted ids; ``recordings``: how many took part; ``silent``: pairs of which the traces
    say nothing either way (copies of one recording), left out of every mean.
    """
    group_of = {name: frozenset((name,)) for pair in told for name in pair}
    weakest: dict[frozenset[str], float] = {}
    for (a, b), strength in sorted(told.items(), key=lambda item: (-item[1], item[0])):
        one, other = group_of[a], group_of[b]
        if one is other:
            continue
        between = [
            told.get((min(x, y), max(x, y)), 0.0)
            for x in one
            for y in other
            if frozenset((x, y)) not in silent
        ]
        if sum(between) / len(between) < MEAN_SHARE * bound:
            continue
        joined = one | other
        weakest[joined] = min(strength, weakest.get(one, strength), weakest.get(other, strength))
        group_of.update(dict.fromkeys(joined, joined))
    groups = sorted({group for group in group_of.values() if len(group) > 1}, key=sorted)
    return tuple(_group(group, told, weakest[group], recordings) for group in groups)


def _group(
    members: frozenset[str], told: Mapping[tuple[str, str], float], weakest: float, recordings: int
) -> CameraGroup:
    count = len(members)
    inside = sum(a in members and b in members for a, b in told)
    chance = min(1.0, likelihood.chance_of(weakest) * count * (recordings - 1))
    return CameraGroup(tuple(sorted(members)), inside, count * (count - 1) // 2, weakest, chance)


def _rounded_up(chance: float) -> str:
    """A power of ten that is not below; never smaller than one in a million million."""
    return f"10^{max(-12, ceil(log10(max(chance, 1e-300))))}"
