"""What was known of relations at one point of the custody log, for a report that does not change afterwards.

Each comparison enters what it found, what it superseded, and what it used of each item (``comparing``). What the log
speaks of and the catalogue holds otherwise is not shown: the audit names it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from witnessmark.case.case import Case
from witnessmark.case.comparing_cameras import CameraTally, camera_groups
from witnessmark.examine.comparers.families import families, to_watch
from witnessmark.model.families import Family, Member
from witnessmark.model.recording import MediaType
from witnessmark.release.report import Compared, FamilyRow, TracesCompared

EVENT = "comparison.done"


@dataclass(slots=True)
class ComparisonLog:
    """Comparisons in the order of the log."""

    standing: dict[str, str] = field(default_factory=dict)
    """Relation id: its digest."""
    members: dict[str, Member] = field(default_factory=dict)
    traces: CameraTally | None = None

    def compared(self, data: Mapping[str, Any]) -> None:
        """Take one comparison."""
        for relation_id in data["superseded"]:
            self.standing.pop(relation_id, None)
        self.standing.update(data["relations"])
        self.members |= {id_: Member.from_json(id_, told) for id_, told in data["items"].items()}
        if "cameras" in data:
            self.traces = CameraTally.from_json(data["cameras"]).after(self.traces)


def compared_known(
    case: Case, log: ComparisonLog, items: Collection[str], item_id: str | None = None
) -> Compared:
    """Relations, families and minutes as they stood; of one item, only what it is part of."""
    if not log.members:
        return Compared(0)
    held = case.catalogue.relations(superseded=True)
    relations = tuple(h.relation for h in held if log.standing.get(h.relation_id) == h.relation.digest)
    found = families(relations, log.members)
    watched = to_watch(log.members, found, relations)
    videos = [i.item_id for i in case.catalogue.items() if i.media_type is MediaType.VIDEO]
    not_compared = sum(1 for id_ in videos if id_ in items and id_ not in log.members)
    clusters = tuple(group.members for group in camera_groups(relations, log.traces))
    traces = _traces(log.traces)
    if item_id is None:
        return Compared(
            len(log.members),
            not_compared,
            relations,
            tuple(_row(family, log.members) for family in found),
            clusters,
            watched.footage_s,
            watched.needed_s,
            traces,
        )
    kin = [family for family in found if item_id in family.members]
    near = {id_ for family in kin for id_ in family.members} | {item_id}
    return Compared(
        len(log.members) if item_id in log.members else 0,
        0,
        tuple(r for r in relations if item_id in r.sides or (r.kind.shares_footage and r.sides <= near)),
        tuple(_row(family, log.members) for family in kin),
        tuple(cluster for cluster in clusters if item_id in cluster),
        traces=traces,
    )


def _traces(held: CameraTally | None) -> TracesCompared | None:
    if held is None:
        return None
    return TracesCompared(held.recordings, sum(held.abstained.values()), held.pairs, held.not_compared)


def _row(family: Family, members: Mapping[str, Member]) -> FamilyRow:
    return FamilyRow(
        family.members,
        {id_: members[id_].stretches for id_ in family.members},
        family.roots,
        family.arrows,
        family.best,
        family.why,
    )
