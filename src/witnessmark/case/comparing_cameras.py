"""Which recordings and pictures share a camera, as relations and groups: from the traces that examinations left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from witnessmark.case.case import Case
from witnessmark.examine.camera.likelihood import LEAST
from witnessmark.examine.camera.residual import NAME, VERSION, CameraResidual, read_residual
from witnessmark.examine.comparers.camera_groups import CameraGroup, grouped
from witnessmark.examine.comparers.cameras import compare_cameras
from witnessmark.model.relations import Direction, Relation, RelationKind

FEWEST = 2


@dataclass(frozen=True, slots=True)
class CameraTally:
    """What was and what was not compared: without it "no common camera" cannot be told from "nothing was asked"."""

    recordings: int = 0
    """Recordings and pictures with a trace that can be compared."""
    abstained: Mapping[str, int] = field(default_factory=dict)
    """Reason (``Usable``): how many took no part for it."""
    pairs: int = 0
    """Comparisons of two traces that were made, over all runs."""
    not_compared: int = 0
    """Left out, over all runs: sizes that cannot be laid together, or too many odd ones."""
    threshold: float = LEAST
    """Standard deviations from which the last run told a pair."""

    def after(self, earlier: CameraTally | None) -> CameraTally:
        """This run, with the pairs of earlier ones."""
        if earlier is None:
            return self
        return CameraTally(
            self.recordings,
            self.abstained,
            earlier.pairs + self.pairs,
            earlier.not_compared + self.not_compared,
            self.threshold,
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "recordings": self.recordings,
            "abstained": dict(sorted(self.abstained.items())),
            "pairs": self.pairs,
            "not_compared": self.not_compared,
            "threshold": str(round(self.threshold, 2)),
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> CameraTally:
        return cls(
            told["recordings"],
            told["abstained"],
            told["pairs"],
            told["not_compared"],
            float(told["threshold"]),
        )


def camera_groups(relations: Collection[Relation], tally: CameraTally | None) -> tuple[CameraGroup, ...]:
    """Groups of the relations that stand, the largest first, as ``compare_cameras`` makes them: one told pair joins
    nobody to many. Copies of one recording say nothing of each other's camera, and do not stand against a group."""
    held = [relation for relation in relations if relation.kind is RelationKind.SAME_CAMERA]
    told: dict[tuple[str, str], float] = {}
    for relation in held:
        one, other = sorted(relation.sides)
        told[one, other] = LEAST if relation.deviations is None else relation.deviations
    silent = {relation.sides for relation in relations if relation.kind.shares_footage}
    tally = tally or CameraTally()
    taking_part = max(tally.recordings, len({id_ for pair in told for id_ in pair}))
    groups = grouped(told, tally.threshold, taking_part, silent)
    return tuple(sorted(groups, key=lambda group: (-len(group.members), group.members)))


class KeptResiduals(Mapping[str, CameraResidual]):
    """Traces of a case, each read when it is asked for: one takes about a byte for each point of the picture."""

    def __init__(self, case: Case, ids: Collection[str]) -> None:
        self._case, self._ids = case, sorted(ids)
        self._known = frozenset(ids)

    def __getitem__(self, id_: str) -> CameraResidual:
        if id_ not in self._known:
            raise KeyError(id_)
        (held,) = self._case.catalogue.features(NAME, item_id=id_, version=VERSION)
        return read_residual(held.feature)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def with_residual(case: Case, ids: Collection[str]) -> frozenset[str]:
    """Those of the items that left a trace of their sensor."""
    return case.catalogue.items_with_feature(NAME, VERSION) & frozenset(ids)


def camera_relations(
    residuals: Mapping[str, CameraResidual],
    *,
    new: frozenset[str] | None = None,
    apart: Collection[frozenset[str]] = (),
    on_progress: Callable[[str, int, int], None] = lambda *_: None,
) -> tuple[tuple[Relation, ...], CameraTally | None]:
    """Pairs (with one of ``new``) that share a camera, and what was compared; None where nothing was.

    ``apart``: pairs that show the same footage; that copies come from one camera says nothing more. Pairs that show one
    view are left out as well: what agrees may be the scene.
    """
    if len(residuals) < FEWEST or (new is not None and not new & residuals.keys()):
        return (), None
    on_progress("comparing cameras", 0, len(residuals))
    made = compare_cameras(residuals, new=new)
    relations = tuple(
        Relation(
            kind=RelationKind.SAME_CAMERA,
            source=match.a,
            target=match.b,
            direction=Direction.UNDETERMINED,
            grade=match.grade,
            evidence=match.evidence,
            deviations=match.deviations,
        )
        for match in made.matches
        if not match.same_view and frozenset((match.a, match.b)) not in apart
    )
    reasons = Counter(str(one.reason) for one in made.abstained)
    return relations, CameraTally(made.recordings, reasons, made.pairs, made.not_compared, made.threshold)
