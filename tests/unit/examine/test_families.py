"""Families: who descends from whom, which copy is the best, and what of the footage still needs eyes."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from witnessmark.examine.comparers.families import families, reduced, remaining, to_watch
from witnessmark.model.families import Member
from witnessmark.model.findings import Grade
from witnessmark.model.relations import Direction, Relation, RelationKind, Segment


def member(name: str, end_s: float = 60.0, **more: Any) -> Member:
    return Member(name, ((0.0, end_s),), **more)


def members(*names: str, **more: Any) -> dict[str, Member]:
    return {name: member(name, **more) for name in names}


def relation(
    source: str,
    target: str,
    *segments: tuple[float, float, float, float],
    directed: bool = True,
    kind: RelationKind = RelationKind.REENCODE_OF,
    grade: Grade = Grade.STRONG,
) -> Relation:
    direction = Direction.FROM_IS_DERIVED if directed else Direction.UNDETERMINED
    stretches = tuple(Segment(*one) for one in segments or ((0.0, 60.0, 0.0, 60.0),))
    return Relation(kind, source, target, direction, grade, stretches)


def test_a_chain_is_drawn_as_a_chain() -> None:
    """A family of three would be drawn as three arrows, and the middle one lost among them."""
    (family,) = families([relation("b", "a"), relation("c", "b"), relation("c", "a")], members("a", "b", "c"))
    assert (family.roots, family.best) == (("a",), "a")
    assert family.arrows == (("b", "a"), ("c", "b"))


def test_arrows_in_a_circle_contradict_each_other() -> None:
    """A family without a root would have no best copy, or any."""
    assert reduced({("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")}) == {("d", "a")}


PAIRS = st.tuples(st.integers(0, 6), st.integers(1, 7)).map(lambda v: (v[0], min(7, v[0] + v[1])))
SLOW = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
"""A busy machine is no fault of these."""


@SLOW
@given(st.sets(PAIRS, max_size=20))
def test_the_reduced_arrows_say_the_same(pairs: set[tuple[int, int]]) -> None:
    """What descends from what must not change by being drawn shorter."""

    def closure(arrows: set[tuple[str, str]]) -> set[tuple[str, str]]:
        found = set(arrows)
        while True:
            more = {(a, d) for a, b in found for c, d in found if b == c} - found
            if not more:
                return found
            found |= more

    arrows = {(str(a), str(b)) for a, b in pairs}
    assert closure(reduced(arrows)) == closure(arrows)
    assert reduced(arrows) <= arrows


def test_what_shares_no_footage_is_no_family() -> None:
    """A camera, or an hour of its clips in a row, would become one recording; weak relations too."""
    held = members("a", "b", "c")
    for kind in (RelationKind.CONTINUES, RelationKind.SAME_CAMERA):
        assert families([relation("a", "b", kind=kind)], held) == ()
    assert families([relation("a", "b", grade=Grade.WEAK)], held) == ()
    assert families([relation("a", "gone")], held) == ()


def test_the_best_copy_without_an_order() -> None:
    """The choice among equals must be one that a person can follow."""
    pair = [relation("a", "b", directed=False)]
    cases = (
        ({"is_recorders": True}, {"bit_rate": 9.0}, "as a recorder wrote it"),
        ({"pixels": 9}, {"pixels": 8, "bit_rate": 9.0}, "largest picture"),
        ({"created": "2010-01-01"}, {"bit_rate": 9.0}, "earliest date"),
        ({"bit_rate": 9.0}, {"bit_rate": 8.0}, "most bits a second"),
    )
    for best, other, words in cases:
        (family,) = families(pair, {"a": member("a", **other), "b": member("b", **best)})
        assert family.best == "b"
        assert words in family.why
    (family,) = families(pair, {"a": member("a", 30.0, bit_rate=9.0), "b": member("b", 60.0)})
    assert (family.best, "longest" in family.why) == ("b", True)


def test_copies_are_watched_once() -> None:
    """People would watch the same minute again and again, which is what harms them."""
    held = members("a", "b", "c", "d")
    relations = [relation("b", "a"), relation("c", "a"), relation("c", "b", directed=False)]
    found = to_watch(held, families(relations, held), relations)
    assert [entry.id for entry in found.entries if entry.stretches] == ["a", "d"]
    assert (found.footage_s, found.needed_s, found.saved_s) == (240.0, 120.0, 120.0)


def test_what_an_excerpt_does_not_cover_is_left() -> None:
    """Footage that only one file holds would never be seen."""
    held = {"long": member("long", 100.0), "part": member("part", 30.0), "more": member("more", 50.0)}
    relations = [
        relation("part", "long", (0.0, 30.0, 20.0, 50.0), kind=RelationKind.EXCERPT_OF),
        relation("more", "long", (0.0, 20.0, 80.0, 100.0), kind=RelationKind.EXCERPT_OF, directed=False),
    ]
    found = to_watch(held, families(relations, held), relations)
    left = {entry.id: entry.stretches for entry in found.entries}
    assert left == {"long": ((0.0, 100.0),), "part": (), "more": ((20.0, 50.0),)}
    assert found.needed_s == 130.0


def test_weak_relations_save_nobody_a_look() -> None:
    """A mistaken match would hide footage."""
    held = members("a", "b")
    relations = [relation("b", "a", grade=Grade.WEAK)]
    assert to_watch(held, families(relations, held), relations).saved_s == 0


@SLOW
@given(
    st.lists(st.tuples(st.floats(-5, 70), st.floats(0, 30)).map(lambda v: (v[0], v[0] + v[1])), max_size=8)
)
def test_what_is_left_is_never_covered_and_nothing_else_is_lost(covered: list[tuple[float, float]]) -> None:
    """Arithmetic of stretches decides what a person never sees."""
    left = remaining((0.0, 60.0), covered)
    for at in (x / 10 for x in range(600)):
        inside = any(start <= at < end for start, end in left)
        shown = any(start <= at < end for start, end in covered)
        if inside:
            assert not shown
        elif not shown:  # then it lies in a leaving shorter than a second
            assert any(abs(at - edge) < 1.0 for span in [*covered, (0.0, 60.0)] for edge in span)
