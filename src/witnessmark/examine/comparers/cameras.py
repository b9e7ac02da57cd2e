"""Which recordings come from one camera, by the traces of their sensors alone. Method page: docs/methods/camera.md.

A pair is told only where the traces agree at the one place at which one sensor would make them agree, more than a whole
case without a common camera would bring about once in a hundred. A pair that is not told is *not told*: that two
recordings come from different cameras is never said. Numbers burned into the picture and families of containers are
other evidence; they are laid beside this by the case and never mixed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from math import floor

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.camera import likelihood
from witnessmark.examine.camera.agreement import (
    Agreement,
    Latest,
    Spectra,
    agreement,
    same_view,
    spectrum_of,
    spread,
    upside_down,
)
from witnessmark.examine.camera.placing import SAME, SCALED_REACH_PX, UPSIDE_DOWN, Way, laid, ways
from witnessmark.examine.camera.residual import CameraResidual, Usable
from witnessmark.examine.comparers.camera_groups import CameraGroup, grouped
from witnessmark.examine.comparers.camera_sieve import SIEVE_FROM_PAIRS, Crop, sieved
from witnessmark.model.findings import Grade, Measurement

VERSION = "1.1.0"
UNTIL_MEASURED = Grade.WEAK
"""Of every pair: no two recordings of one real video camera were at hand, so how often video is told rightly is not
measured. What was counted are stills of different devices (docs/methods/camera.md)."""
PARTS_FROM = 3.0
"""Agreement from which the parts of the picture are asked as well."""
MOST_ODD_POINTS = 2_000_000_000
"""Points of pairs of different size or turned, which cost two new spectra each (some 60 ms a million points): two
minutes, or 2,200 pairs of 720p. Pairs beyond it are not compared, and counted as such."""
NO_VALUES: NDArray[np.int8] = np.zeros((0, 0), np.int8)


@dataclass(frozen=True, slots=True)
class CameraMatch:
    """Two recordings whose traces agree. ``same_view``: both show one view, so that the scene may be what agrees; such
    a pair is told, but not as a common camera."""

    a: str
    b: str
    same_view: bool
    deviations: float
    way: str
    """How ``b`` had to be turned or scaled; empty where nothing was done."""
    chance: float
    """Upper bound of the number of false pairs as strong as this in all that was compared."""
    log10_lr: float
    """For one camera against two; bounded by what was counted, and rounded down. 0 where ``same_view``."""
    grade: Grade
    evidence: tuple[str, ...]
    measurements: Mapping[str, Measurement] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Abstained:
    """A recording that took no part, and why."""

    item: str
    reason: Usable


@dataclass(frozen=True, slots=True)
class CameraComparison:
    matches: tuple[CameraMatch, ...]
    groups: tuple[CameraGroup, ...]
    abstained: tuple[Abstained, ...]
    pairs: int
    """Pairs that were compared."""
    not_compared: int
    """Pairs of usable traces that were left out: sizes that cannot be laid together, or too many odd ones."""
    threshold: float
    false_pairs: float
    """Upper bound, by the normal law, of the number of false pairs among all compared."""
    recordings: int = 0
    """Usable traces."""

    @property
    def words(self) -> str:
        """One sentence on what was done, for reports."""
        left = f"; {self.not_compared} pairs of unlike size were left out" if self.not_compared else ""
        return (
            f"The traces of the sensors were compared in {self.pairs} pairs; {len(self.abstained)} recordings took no "
            f"part{left}. Told is what agrees by {self.threshold:.1f} standard deviations or more: were traces of "
            f"different sensors independent, fewer than {max(self.false_pairs, 1e-4):.2g} such pairs would be expected "
            "(computed from that assumption, not measured)."
        )


def same_camera(
    residuals: Mapping[str, CameraResidual], *, new: frozenset[str] | None = None
) -> tuple[CameraMatch, ...]:
    """Pairs whose traces agree, sorted by ids. ``new``: only pairs with one of these (incremental)."""
    return compare_cameras(residuals, new=new).matches


def compare_cameras(
    residuals: Mapping[str, CameraResidual], *, new: frozenset[str] | None = None
) -> CameraComparison:
    """As ``same_camera``, with groups, who took no part, and what false pairs are to be expected.

    ``residuals`` may be any Mapping, also one that reads traces as they are asked for: the latest are kept. Cost: 8 ms
    a pair of 720p by its spectra, 0.08 ms where there are so many that a sieve goes before.
    """
    residuals = Latest(residuals)
    heads = {one: _Head.of(residuals[one]) for one in sorted(residuals)}
    abstained = tuple(Abstained(one, head.trace.state) for one, head in heads.items() if not head.is_usable)
    usable = {one: head for one, head in heads.items() if head.is_usable}
    plan = _Plan(usable, new)
    bound = likelihood.threshold(max(plan.looks, 1))
    spectra = Spectra()
    found: dict[tuple[str, str], CameraMatch] = {}
    for a, b, way in plan.candidates(residuals, bound):
        match = _laid_together(residuals, a, b, way, spectra, bound, plan.looks)
        held = found.get((a, b))
        if match is not None and (held is None or match.deviations > held.deviations):
            found[a, b] = match
    matches = tuple(found[pair] for pair in sorted(found))
    told = {(m.a, m.b): m.deviations for m in matches if not m.same_view}
    return CameraComparison(
        matches=matches,
        groups=grouped(told, bound, len(usable)),
        abstained=abstained,
        pairs=plan.pairs,
        not_compared=plan.left_out,
        threshold=bound,
        false_pairs=likelihood.chance_of(bound) * plan.looks,
        recordings=len(usable),
    )


@dataclass(frozen=True, slots=True)
class _Head:
    """A trace without its values, and what must be equal for two to be multiplied point by point."""

    trace: CameraResidual
    is_usable: bool
    points: int
    crop: Crop

    @classmethod
    def of(cls, trace: CameraResidual) -> _Head:
        return cls(
            replace(trace, left_px=0, top_px=0, values=NO_VALUES),
            trace.is_usable,
            trace.values.size,
            _crop_of(trace),
        )


def _crop_of(trace: CameraResidual) -> Crop:
    return (trace.width_px, trace.height_px, *trace.values.shape, trace.left_px, trace.top_px)


class _Plan:
    """Which pairs are laid together in which ways. Pairs of one size are counted, not listed: there may be millions."""

    def __init__(self, usable: Mapping[str, _Head], new: frozenset[str] | None) -> None:
        self._new, self._usable = new, usable
        self._alike: dict[Crop, list[str]] = {}
        for name, head in usable.items():
            self._alike.setdefault(head.crop, []).append(name)
        even = sum(self._count(names) for names in self._alike.values())
        self._is_small = even < SIEVE_FROM_PAIRS
        self._odd, self.left_out = self._odd_pairs()
        self.pairs = even + len({(a, b) for a, b, _ in self._odd})
        self.looks = even * (2 if self._is_small else 1) + sum(way.looks for _, _, way in self._odd)

    def _count(self, names: Sequence[str], others: Sequence[str] | None = None) -> int:
        """Pairs among ``names``, or between them and others, that are asked for."""
        if others is not None:
            old = sum(self._is_old(n) for n in names) * sum(self._is_old(n) for n in others)
            return len(names) * len(others) - old
        old = sum(self._is_old(name) for name in names)
        return (len(names) * (len(names) - 1) - old * (old - 1)) // 2

    def _is_old(self, name: str) -> bool:
        return self._new is not None and name not in self._new

    def _odd_pairs(self) -> tuple[list[tuple[str, str, Way]], int]:
        """Pairs of different size with their ways, as many as the bound allows, and how many were left out."""
        listed: list[tuple[str, str, Way]] = []
        left_out = points = 0
        for one, other in combinations(self._alike.values(), 2):
            possible = ways(self._usable[one[0]].trace, self._usable[other[0]].trace)
            left_out += self._count(one, other)
            if not possible:
                continue
            for a, b in product(one, other):
                if points >= MOST_ODD_POINTS:
                    break
                if self._is_old(a) and self._is_old(b):
                    continue
                left_out -= 1
                points += min(self._usable[a].points, self._usable[b].points) * len(possible)
                listed += [(min(a, b), max(a, b), way) for way in possible]
        return listed, left_out

    def candidates(
        self, residuals: Mapping[str, CameraResidual], bound: float
    ) -> Iterator[tuple[str, str, Way]]:
        """All, or of many of one size the ones that the sieve lets through."""
        if self._is_small:
            for names in self._alike.values():
                for a, b in combinations(names, 2):
                    if not (self._is_old(a) and self._is_old(b)):
                        yield from ((a, b, SAME), (a, b, UPSIDE_DOWN))
        else:
            crops = {name: head.crop for name, head in self._usable.items()}
            kept = sieved(lambda name: residuals[name].values, crops, bound, self._new)
            yield from ((a, b, SAME) for a, b in sorted(kept))
        yield from self._odd


def _laid_together(
    usable: Mapping[str, CameraResidual],
    a: str,
    b: str,
    way: Way,
    spectra: Spectra,
    bound: float,
    looks: int,
) -> CameraMatch | None:
    told = agreement_between(usable, a, b, way, spectra)
    if told is None or told.deviations < bound:
        return None
    return _match(usable, a, b, way, told.deviations, told.correlation, looks)


def agreement_between(
    usable: Mapping[str, CameraResidual], a: str, b: str, way: Way, spectra: Spectra
) -> Agreement | None:
    """The smaller of the agreement at the one place and of what single parts of the picture say (``spread``).

    None where the two share too little.
    """
    if way in (SAME, UPSIDE_DOWN) and _crop_of(usable[a]) == _crop_of(usable[b]):
        first, second = (spectra.of(name, usable[name].values) for name in (a, b))
        if way is UPSIDE_DOWN:
            told = upside_down(usable[a], usable[b], first, second)
        else:
            rows, columns = usable[a].values.shape
            told = agreement(first, second, (rows, columns))
        placed = laid(usable[a], usable[b], way) if told.deviations >= PARTS_FROM else None
    else:
        placed = laid(usable[a], usable[b], way)
        if placed is None:
            return None
        first, second = (spectrum_of(values.astype(np.float32)) for values in placed)
        rows, columns = placed[0].shape
        told = agreement(first, second, (rows, columns), SCALED_REACH_PX if way.scaled else 0)
    if told.deviations < PARTS_FROM or placed is None:
        return told
    one, other = placed
    if any(told.shift_px):
        other = np.roll(other, told.shift_px, (0, 1))
    return replace(told, deviations=min(told.deviations, spread(one, other)))


def _match(
    usable: Mapping[str, CameraResidual],
    a: str,
    b: str,
    way: Way,
    deviations: float,
    correlation: float,
    looks: int,
) -> CameraMatch:
    one_view = same_view(usable[a], usable[b])
    chance = likelihood.chance_of(deviations) * looks
    ratio = 0.0 if one_view else likelihood.log10_ratio(deviations, way.looks)
    turned = f", the second {way.name}" if way.name else ""
    evidence = [
        f"The noise that stays in both agrees at the same place of the picture{turned}, by {deviations:.1f} standard "
        f"deviations above other places; places a whole number of coding blocks away are among these.",
        f"Were traces of different sensors independent, fewer than {_rounded_up(chance)} such pairs would be expected "
        "in all that was compared (computed from that assumption, not measured).",
    ]
    if one_view:
        evidence.append(
            "Both show the same view, so what agrees may be the scene: no common camera is claimed from it."
        )
    else:
        evidence.append(
            f"Likelihood ratio for one camera against two: at most {max(1, floor(10**ratio))}, measured on stills of "
            f"different devices ({likelihood.DEVICES}, no false match); on video it is not measured, so the grade is "
            f"{UNTIL_MEASURED}."
        )
    return CameraMatch(
        a=a,
        b=b,
        same_view=one_view,
        deviations=round(deviations, 2),
        way=way.name,
        chance=chance,
        log10_lr=floor(100 * ratio) / 100,
        grade=UNTIL_MEASURED,
        evidence=tuple(evidence),
        measurements={
            "agreement": Measurement(round(deviations, 2), "standard deviations"),
            "correlation": Measurement(round(correlation, 5)),
            "pictures": Measurement((usable[a].pictures, usable[b].pictures)),
        },
    )


def _rounded_up(chance: float) -> str:
    """A power of ten that is not below; never smaller than one in a million million."""
    return f"10^{max(-12, int(np.ceil(np.log10(max(chance, 1e-300)))))}"
