"""Which recordings and pictures share a camera, as relations: from the traces of sensors that examinations left."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from witnessmark.case.case import Case
from witnessmark.examine.camera.residual import NAME, VERSION, CameraResidual, read_residual
from witnessmark.examine.comparers.cameras import compare_cameras
from witnessmark.model.relations import Direction, Relation, RelationKind

FEWEST = 2


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
) -> tuple[Relation, ...]:
    """Pairs (with one of ``new``) that share a camera.

    ``apart``: pairs that show the same footage; that copies come from one camera says nothing more. Pairs that show one
    view are left out as well: what agrees may be the scene.
    """
    if len(residuals) < FEWEST or (new is not None and not new & residuals.keys()):
        return ()
    on_progress("comparing cameras", 0, len(residuals))
    matches = compare_cameras(residuals, new=new).matches
    return tuple(
        Relation(
            kind=RelationKind.SAME_CAMERA,
            source=match.a,
            target=match.b,
            direction=Direction.UNDETERMINED,
            grade=match.grade,
            evidence=match.evidence,
        )
        for match in matches
        if not match.same_view and frozenset((match.a, match.b)) not in apart
    )
