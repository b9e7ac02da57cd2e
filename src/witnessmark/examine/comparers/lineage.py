"""Which of two recordings of the same footage is nearer the original: by what each of them still holds and says.

The argument is always the same: a file cannot hold what it was made from did not hold. So detail, picture area, colour
and time that only one side has speak for that side; so do the groups of an earlier encoding that are the real groups of
the other (Vazquez-Padin et al., IEEE WIFS 2012), a recorder's own writing against that of software, and dates. Each
reason is a *vote* with a weight (``lineage_votes``). A direction is claimed for one strong vote, or for two moderate
ones of different sorts, and only where no vote of either weight says the contrary: otherwise it is *undetermined*.

What is claimed is that the one side lies further from the original than the other. Whether it was made from just this
file, or from another one as near, no comparison can tell. Method page: docs/methods/lineage.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from witnessmark.examine.comparers.accounts import Account
from witnessmark.examine.comparers.lineage_votes import Pair, Vote, Weight, votes
from witnessmark.examine.comparers.segments import EXCERPT, MEASURED, Match
from witnessmark.model.findings import Grade
from witnessmark.model.relations import Direction, Relation, RelationKind, Segment

METHOD, VERSION = "lineage", "1.1.0"
MODERATE_VOTES = 2
FEWEST_GROUPS = 2
"""Groups of coded pictures that two files must share before it is said: one may be a title that both begin with."""


def related(match: Match, accounts: Mapping[str, Account]) -> Relation:
    """The relation of a matched pair, directed where the evidence allows."""
    pair = Pair(accounts[match.a], accounts[match.b], match)
    found = votes(pair)
    nearer = decided(found)
    kind, shared = _kind(pair)
    source, target = _sides(pair, kind, nearer)
    claimed = nearer is not None and nearer == target
    names = {source: "the first", target: "the second"}
    by_bytes = bool(shared) and kind is RelationKind.COPY_OF  # needs no rate: the coded pictures are the same
    seen = tuple(words for words in match.evidence if words != MEASURED or not by_bytes)
    evidence = (*seen, *shared, *_said(found, nearer if claimed else None, names))
    if nearer is not None and not claimed:
        evidence += (
            "The part is nearer the original than the whole: neither was made from the other as it is.",
        )
    turned = source == match.b
    segments = tuple(s.swapped() if turned else s for s in match.as_played)
    return Relation(
        kind=kind,
        source=source,
        target=target,
        direction=Direction.FROM_IS_DERIVED if claimed else Direction.UNDETERMINED,
        grade=Grade.STRONG if by_bytes else match.grade,
        segments=tuple(Segment(s.a_start_s, s.a_end_s, s.b_start_s, s.b_end_s) for s in segments),
        transform=match.transform,
        evidence=evidence,
    )


def decided(found: tuple[Vote, ...]) -> str | None:
    """The id that is nearer the original; None: undetermined."""
    told: dict[str, list[Vote]] = {}
    for vote in found:
        told.setdefault(vote.nearer, []).append(vote)
    for nearer, mine in told.items():
        others = [vote for vote in found if vote.nearer != nearer]
        if any(vote.weight > Weight.WEAK for vote in others):
            continue
        sorts = {vote.sort for vote in mine if vote.weight >= Weight.MODERATE}
        if any(vote.weight is Weight.STRONG for vote in mine) or len(sorts) >= MODERATE_VOTES:
            return nearer
    return None


def _kind(pair: Pair) -> tuple[RelationKind, tuple[str, ...]]:
    """By what the fingerprints say of the footage and the packets of its coding."""
    one, other = pair.a.pedigree, pair.b.pedigree
    whole = pair.match.kind != EXCERPT
    if pair.is_one_stream:
        if whole:
            return RelationKind.COPY_OF, (
                "Both hold the same coded pictures, byte for byte: at most the file around them was written anew.",
            )
        return RelationKind.EXCERPT_OF, (
            "Both hold the same coded pictures, byte for byte, and show different parts of them (edit list).",
        )
    shared = set(one.groups.tolist()) & set(other.groups.tolist())
    least = min(len(one.groups), len(other.groups))
    told: tuple[str, ...] = ()
    if len(shared) >= FEWEST_GROUPS:
        told = (
            f"{len(shared)} of {least} groups of coded pictures are the same in both, byte for byte: this part was "
            "copied, not encoded again.",
        )
    return (RelationKind.REENCODE_OF if whole else RelationKind.EXCERPT_OF), told


def _sides(pair: Pair, kind: RelationKind, nearer: str | None) -> tuple[str, str]:
    """(from, to). Of an excerpt the part is ``from``; else the side that is further from the original."""
    a, b = pair.a.id, pair.b.id
    if kind is RelationKind.EXCERPT_OF:
        shorter = a if pair.a.pedigree.duration_s <= pair.b.pedigree.duration_s else b
        part = (
            pair.match.contained or shorter
        )  # each may hold more than the other: then the shorter is called a part
        return (a, b) if part == a else (b, a)
    if nearer is not None:
        return (b, a) if nearer == a else (a, b)
    return a, b


def _said(found: tuple[Vote, ...], nearer: str | None, names: Mapping[str, str]) -> tuple[str, ...]:
    """Votes as sentences; where no direction is claimed, which side each would speak for."""
    said = []
    for vote in found:
        far = next(name for id_, name in names.items() if id_ != vote.nearer)
        words = vote.said(names[vote.nearer], far)
        if vote.nearer != nearer:
            words += f" (This would speak for {names[vote.nearer]}.)"
        said.append(words)
    return tuple(said)
