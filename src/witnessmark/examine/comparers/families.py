"""Families: recordings that show the same footage, what descends from what, and which of them need a person's eyes.

A family is what copies, re-encodings and excerpts connect. In it an arrow goes from each file to the nearest ones that
are nearer the original (transitive reduction: Aho, Garey, Ullman, SIAM J. Comput. 1, 1972). Roots are files from which
no arrow goes; where a pair is undetermined several roots stand beside each other, and the best copy is one of them.

*Watch once*: the best copy of a family is watched first; of every other file only the stretches are left that no file
before it shows, by the segments of the relations. Limits: fingerprints look at a picture once or twice a second, so
what differs for less (an inserted second, a small change in the picture) goes unwatched; weak relations save nobody a
look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from witnessmark.model.families import Family, Member
from witnessmark.model.findings import Grade
from witnessmark.model.relations import Relation

SHORTEST_LEFT_S = 1.0
"""What is left over by less is the accuracy of the segments (half a second at either end), not footage."""
SURE = (Grade.MODERATE, Grade.STRONG)


@dataclass(frozen=True, slots=True)
class ToWatch:
    """What is left to be seen of one file."""

    id: str
    family: int | None
    """Number of its family, from 0; None: nothing else shows its footage."""
    stretches: tuple[tuple[float, float], ...]
    """In seconds of the file; empty: all of it is seen in files before it."""
    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class WatchList:
    """Everything that still needs eyes, in order."""

    entries: tuple[ToWatch, ...]
    footage_s: float
    needed_s: float

    @property
    def saved_s(self) -> float:
        return max(0.0, self.footage_s - self.needed_s)


def families(relations: Iterable[Relation], members: Mapping[str, Member]) -> tuple[Family, ...]:
    """Families of at least two, the largest first (then by id). Relations of others than ``members`` are left out."""
    held = [r for r in relations if r.kind.shares_footage and r.grade in SURE and r.sides <= members.keys()]
    groups = _connected(held)
    found = [_family(group, [r for r in held if r.source in group], members) for group in groups]
    return tuple(sorted(found, key=lambda f: (-len(f.members), f.members)))


def _connected(relations: Sequence[Relation]) -> list[set[str]]:
    """Connected parts, by union and find."""
    parent: dict[str, str] = {}

    def root(id_: str) -> str:
        parent.setdefault(id_, id_)
        while parent[id_] != id_:
            parent[id_] = parent[parent[id_]]
            id_ = parent[id_]
        return id_

    for relation in relations:
        parent[root(relation.source)] = root(relation.target)
    groups: dict[str, set[str]] = {}
    for id_ in parent:
        groups.setdefault(root(id_), set()).add(id_)
    return [group for group in groups.values() if len(group) > 1]


def _family(group: set[str], relations: Sequence[Relation], members: Mapping[str, Member]) -> Family:
    arrows = reduced({(r.source, r.target) for r in relations if r.is_directed})
    derived = {source for source, _ in arrows}
    roots = tuple(sorted(group - derived))
    ranked = sorted(group, key=lambda id_: _rank(members[id_], id_ not in derived))
    best = ranked[0]
    return Family(tuple(ranked), roots, tuple(sorted(arrows)), best, _why(members, best, ranked, roots))


def _rank(member: Member, is_root: bool) -> tuple[object, ...]:
    """Roots first; then as a recorder wrote it, the longest, largest, earliest dated, with the most bits a second."""
    return (
        not is_root,
        not member.is_recorders,
        -round(member.duration_s),
        -member.pixels,
        member.created or "9999",
        -member.bit_rate,
        member.id,
    )


def _why(members: Mapping[str, Member], best: str, ranked: Sequence[str], roots: Sequence[str]) -> str:
    if len(roots) == 1:
        return "It is the one that is nearest the original: all others are further from it."
    lead = (
        "No order among all of them is sure"
        if len(roots) == len(ranked)
        else f"{len(roots)} of them are nearest the original, in no sure order"
    )
    mine, other = members[best], members[next(id_ for id_ in ranked[1:] if id_ in roots)]
    if mine.is_recorders and not other.is_recorders:
        return f"{lead}; this one is as a recorder wrote it."
    if round(mine.duration_s) > round(other.duration_s):
        return f"{lead}; this one is the longest."
    if mine.pixels > other.pixels:
        return f"{lead}; this one has the largest picture."
    if mine.created and mine.created < (other.created or "9999"):
        return f"{lead}; of those of one length and size this one states the earliest date."
    return f"{lead}; of those of one length and size this one has the most bits a second."


def reduced(arrows: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The fewest arrows that say the same; arrows that run in a circle contradict each other and all go."""
    onward: dict[str, set[str]] = {}
    for source, target in arrows:
        onward.setdefault(source, set()).add(target)
    reach = {source: _reachable(source, onward) for source in onward}
    sound = {(s, t) for s, t in arrows if s not in reach.get(t, set())}
    return {
        (s, t)
        for s, t in sound
        if not any(
            other != t
            and (s, other) in sound
            and t in reach.get(other, set())
            and other not in reach.get(t, set())
            for other in onward[s]
        )
    }


def _reachable(source: str, onward: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(onward.get(source, ()))
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            waiting.extend(onward.get(at, ()))
    return seen


# --------------------------------------------------------------------------- watch once


def to_watch(
    members: Mapping[str, Member], found: Sequence[Family], relations: Iterable[Relation]
) -> WatchList:
    """Best copies of the largest families first, then single files, then what is left of the others."""
    shown: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for relation in relations:
        if relation.kind.shares_footage and relation.grade in SURE:
            mine, theirs = (relation.source, relation.target), (relation.target, relation.source)
            segments = relation.segments
            shown.setdefault(mine, []).extend((s.from_start_s, s.from_end_s) for s in segments)
            shown.setdefault(theirs, []).extend((s.to_start_s, s.to_end_s) for s in segments)
    first: list[ToWatch] = []
    rest: list[ToWatch] = []
    in_family = {id_ for family in found for id_ in family.members}
    for number, family in enumerate(found):
        for place, id_ in enumerate(family.members):
            before = family.members[:place]
            entry = _entry(members[id_], number, before, shown)
            (rest if place else first).append(entry)
    alone = [
        ToWatch(m.id, None, m.stretches, m.duration_s, "Nothing else shows its footage.")
        for m in sorted(members.values(), key=lambda m: (-m.duration_s, m.id))
        if m.id not in in_family
    ]
    entries = (*first, *alone, *rest)
    return WatchList(
        entries, sum(m.duration_s for m in members.values()), sum(entry.seconds for entry in entries)
    )


def _entry(
    member: Member,
    number: int,
    before: Sequence[str],
    shown: Mapping[tuple[str, str], Sequence[tuple[float, float]]],
) -> ToWatch:
    if not before:
        return ToWatch(member.id, number, member.stretches, member.duration_s, "The best copy of its family.")
    covered = [span for other in before for span in shown.get((member.id, other), ())]
    left = tuple(gap for whole in member.stretches for gap in remaining(whole, covered))
    seconds = sum(end - start for start, end in left)
    if not left:
        return ToWatch(member.id, number, (), 0.0, "All of it is shown by files before it in its family.")
    return ToWatch(member.id, number, left, seconds, "These stretches no file before it in its family shows.")


def remaining(
    whole: tuple[float, float], covered: Iterable[tuple[float, float]]
) -> tuple[tuple[float, float], ...]:
    """What of the whole no span covers; leavings shorter than SHORTEST_LEFT_S are the segments' own accuracy."""
    left: list[tuple[float, float]] = []
    at_s, last_s = whole
    for start_s, end_s in sorted(covered):
        if end_s <= whole[0] or start_s >= last_s:
            continue
        if min(start_s, last_s) - at_s >= SHORTEST_LEFT_S:
            left.append((at_s, min(start_s, last_s)))
        at_s = max(at_s, end_s)
    if last_s - at_s >= SHORTEST_LEFT_S:
        left.append((at_s, last_s))
    return tuple(left)
