"""Relations and families in words for a terminal: families first, the best copy of each at their head."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from witnessmark.cli.figures import duration, plural
from witnessmark.model.families import Family, Member
from witnessmark.model.printable import printable
from witnessmark.model.relations import Direction, Relation, RelationKind

if TYPE_CHECKING:
    from witnessmark.case.comparing import Compared

KINDS: Mapping[RelationKind, str] = {
    RelationKind.COPY_OF: "is an exact copy of",
    RelationKind.REENCODE_OF: "shows the same footage and lies further from the original than",
    RelationKind.EXCERPT_OF: "is an excerpt of",
    RelationKind.CONTINUES: "continues",
    RelationKind.SAME_CAMERA: "shares a camera with",
}
UNDIRECTED: Mapping[RelationKind, str] = {
    RelationKind.REENCODE_OF: "shows the same footage as",
    RelationKind.SAME_CAMERA: "shares a camera with",
}
TRACE_REASONS: Mapping[str, str] = {
    "no_luma": "without a luma plane",
    "small": "too small",
    "dark": "too dark",
    "few_pictures": "with too few key pictures",
    "covered": "covered by text or logos",
    "unsteady": "not steady (stabilised, zoomed or coded away)",
}
"""Why a recording took no part in comparing traces (``examine/camera/residual.Usable``)."""
SHOWN_SEGMENTS = 4
NOTE = (
    '"Nearer the original" compares these files only; of one not at hand it says nothing. '
    "Undetermined is no finding."
)


def family_lines(
    families: Sequence[Family], members: Mapping[str, Member], names: Mapping[str, str]
) -> list[str]:
    """One block per family: the best copy with its reason, then the others, what each descends from, and roots."""
    lines = []
    for number, family in enumerate(families, 1):
        lines += ["", f"family {number}: {plural(len(family.members), 'file')} with the same footage"]
        nearer: dict[str, list[str]] = {}
        for derived, other in family.arrows:
            nearer.setdefault(derived, []).append(names[other])
        for id_ in family.members:
            mark = "best " if id_ == family.best else "root " if id_ in family.roots else "     "
            after = f"  <- {', '.join(nearer[id_])}" if id_ in nearer else ""
            lines.append(f"  {mark}{names[id_]}  {duration(members[id_].duration_s)}{after}")
        lines.append(f"       {family.why}")
    return lines


def camera_lines(made: Compared, names: Mapping[str, str]) -> list[str]:
    """Groups that share the trace of a sensor, and how much stands behind them, or behind there being none."""
    lines = []
    for number, group in enumerate(made.cameras, 1):
        lines += [
            "",
            f"camera {number}: {', '.join(names[id_] for id_ in group.members)}",
            f"  {group.words}",
        ]
    held = made.traces
    if held is None:
        return lines
    without = ", ".join(
        f"{count} {TRACE_REASONS.get(reason, reason)}" for reason, count in sorted(held.abstained.items())
    )
    lines += [
        "",
        f"traces of sensors: {held.recordings} could be compared, {sum(held.abstained.values())} could not"
        + (f" ({without})" if without else "")
        + f"; {plural(held.pairs, 'pair')} laid together, {held.not_compared} left out (unlike sizes, or too many)",
    ]
    return lines


def relation_lines(relations: Iterable[Relation], names: Mapping[str, str]) -> Iterator[str]:
    """A relation with its stretches and its evidence."""
    for relation in relations:
        directed = relation.direction is Direction.FROM_IS_DERIVED
        what = KINDS[relation.kind] if directed else UNDIRECTED.get(relation.kind, KINDS[relation.kind])
        yield ""
        yield f"{names[relation.source]}"
        told = (
            ""
            if relation.kind in (RelationKind.CONTINUES, RelationKind.SAME_CAMERA)
            else _direction(directed)
        )
        yield f"  {what} {names[relation.target]}  ({relation.grade}{told})"
        if relation.transform:
            yield f"  differs by: {', '.join(relation.transform)}"
        for segment in relation.segments[:SHOWN_SEGMENTS]:
            yield (
                f"  {segment.from_start_s:.2f} to {segment.from_end_s:.2f} s shows "
                f"{segment.to_start_s:.2f} to {segment.to_end_s:.2f} s"
            )
        if len(relation.segments) > SHOWN_SEGMENTS:
            yield f"  and {len(relation.segments) - SHOWN_SEGMENTS} more stretches"
        yield from (f"  - {printable(words)}" for words in relation.evidence)


def _direction(directed: bool) -> str:
    return "; the second is nearer the original" if directed else "; which came first is undetermined"
