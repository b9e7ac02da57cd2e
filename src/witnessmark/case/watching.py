"""Watch once: what of a case's footage still needs a person's eyes, in which order, and what others already described.

Families inherit descriptions: an incident or a claim that names one member speaks of footage that the others show too.
Recordings that were not compared are listed whole: nothing is saved that was not looked into.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from witnessmark.case.case import Case
from witnessmark.case.comparing import members_of
from witnessmark.case.examining import DECLARED
from witnessmark.examine.comparers.families import ToWatch, WatchList, families, to_watch
from witnessmark.model.codes import short_code
from witnessmark.model.families import Family, Member
from witnessmark.model.recording import MediaType
from witnessmark.model.records import ItemState


@dataclass(frozen=True, slots=True)
class Watching:
    """The list, and what is beside it."""

    found: WatchList
    described: Mapping[str, tuple[str, ...]]
    """Item id: codes of incidents and claims that name it or a member of its family."""
    not_compared: tuple[str, ...]
    unknown_length: tuple[str, ...]
    """Recordings whose length is not known: not examined yet, or without any that could be read."""

    def rows(self) -> list[dict[str, Any]]:
        """One per recording of which something is left to see, in order."""
        return [self._row(entry) for entry in self.found.entries if entry.stretches]

    def _row(self, entry: ToWatch) -> dict[str, Any]:
        return {
            "item": entry.id,
            "code": short_code(entry.id),
            "family": None if entry.family is None else entry.family + 1,
            "stretches": [[round(start, 3), round(end, 3)] for start, end in entry.stretches],
            "seconds": round(entry.seconds, 3),
            "why": entry.why,
            "described_by": list(self.described.get(entry.id, ())),
        }

    def to_json(self) -> dict[str, Any]:
        return {
            "items": self.rows(),
            "footage_s": round(self.found.footage_s, 3),
            "needed_s": round(self.found.needed_s, 3),
            "saved_s": round(self.found.saved_s, 3),
            "not_compared": list(self.not_compared),
            "unknown_length": list(self.unknown_length),
        }


def watching(case: Case) -> Watching:
    """What is left to be seen of the recordings of a case."""
    compared = members_of(case)
    held = [
        h.item.item_id
        for h in case.catalogue.held_items()
        if h.item.media_type is MediaType.VIDEO and h.state is not ItemState.ERASED
    ]
    members = {id_: compared[id_] for id_ in held if id_ in compared}
    unknown: list[str] = []
    lengths = _declared_lengths(case)
    for id_ in held:
        if id_ in members:
            continue
        if lengths.get(id_):
            members[id_] = Member(id_, ((0.0, lengths[id_]),))
        else:
            unknown.append(id_)
    relations = [h.relation for h in case.catalogue.relations()]
    found = families(relations, members)
    return Watching(
        to_watch(members, found, relations),
        _described(case, found),
        tuple(id_ for id_ in held if id_ not in compared),
        tuple(unknown),
    )


def _declared_lengths(case: Case) -> dict[str, float]:
    lengths = {}
    for held in case.catalogue.features(DECLARED):
        seconds = json.loads(held.feature.data).get("duration_s")
        if isinstance(seconds, int | float) and seconds > 0:
            lengths[held.item_id] = float(seconds)
    return lengths


def _described(case: Case, found: Sequence[Family]) -> dict[str, tuple[str, ...]]:
    """Incidents first, then claims; those of a family stand at each of its members."""
    named: dict[str, list[str]] = {}
    for incident in case.catalogue.incidents():
        for id_ in incident.item_codes:
            named.setdefault(id_, []).append(f"incident {incident.code}")
    for claim in case.catalogue.claims():
        for id_ in claim.item_codes:
            named.setdefault(id_, []).append(f"claim {claim.code}")
    shared = {id_: family.members for family in found for id_ in family.members}
    everyone = set(named) | set(shared)
    return {
        id_: tuple(dict.fromkeys(code for one in shared.get(id_, (id_,)) for code in named.get(one, ())))
        for id_ in sorted(everyone)
    }
