"""What a relation is called: an order among copies is never told as a descent that nobody can know."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations, product

import pytest

from tests.support.report_messages import catalogue
from tests.unit.report.example import case_report
from witnessmark.case.comparing import Compared
from witnessmark.case.comparing_cameras import CameraTally, camera_groups
from witnessmark.cli.relation_text import camera_lines, relation_lines
from witnessmark.model.findings import Grade
from witnessmark.model.relations import Direction, Relation, RelationKind
from witnessmark.release.report import TracesCompared, report_html, wording

DESCENT = re.compile(r"\bfrom\b|derive|made of|réencod|dérive|à partir|получен|закодирован|отриман|закодован")
"""Words that name a parent; in the languages of the report."""
DIRECTED = Relation(
    RelationKind.REENCODE_OF, "one", "other", Direction.FROM_IS_DERIVED, Grade.MODERATE, evidence=("Seen.",)
)
NAMES = {"one": "ONE", "other": "OTHER"}


def test_a_directed_copy_is_said_to_lie_further_and_not_to_be_made_from_the_other() -> None:
    """ "Was encoded again from" claims a parent; another copy, as near, may be the one that is missing."""
    told = "\n".join(relation_lines([DIRECTED], NAMES))
    assert "shows the same footage and lies further from the original than OTHER" in told
    undirected = replace(DIRECTED, direction=Direction.UNDETERMINED)
    told = "\n".join(relation_lines([undirected], NAMES))
    assert "shows the same footage as OTHER" in told and "further" not in told


@pytest.mark.parametrize("code", ["en", "fr", "ru", "uk"])
def test_the_report_claims_no_descent_in_any_language(code: str) -> None:
    """A court would read the claim in the language in which it was left standing."""
    said = (wording.RELATIONS["reencode_of"], wording.DIRECTIONS["from_is_derived"])
    held = {} if code == "en" else {m.id: m.string for m in catalogue(code)}
    for words in said:
        spoken = held.get(words, words)
        assert not DESCENT.search(spoken.replace("from the original", "")), spoken
    assert DESCENT.search("was encoded again from") and DESCENT.search("a été réencodé à partir de")


def shared(one: str, other: str, deviations: float | None = 20.0) -> Relation:
    kind = RelationKind.SAME_CAMERA
    return Relation(kind, one, other, Direction.UNDETERMINED, Grade.WEAK, deviations=deviations)


TALLY = CameraTally(6, {"few_pictures": 33, "dark": 1}, 405, 60)


def test_one_link_does_not_join_two_cameras_in_a_case() -> None:
    """Single links chain strangers: what the comparer keeps apart the case would weld together again."""
    apart = [shared(*pair) for group in ("abc", "xyz") for pair in combinations(group, 2)]
    groups = camera_groups((*apart, shared("c", "x", 5.5)), TALLY)
    assert [group.members for group in groups] == [("a", "b", "c"), ("x", "y", "z")]
    chained = [shared(*pair) for pair in product("abc", "xyz")]
    assert [len(group.members) for group in camera_groups((*apart, *chained), TALLY)] == [6]


def test_relations_of_before_make_groups_too() -> None:
    """A case that was compared by an earlier version would lose its cameras with the update."""
    earlier = shared("a", "b", None)
    assert Relation.from_json(earlier.to_json()) == earlier and "deviations" not in earlier.to_json()
    assert [group.members for group in camera_groups((earlier,), None)] == [("a", "b")]
    measured = shared("a", "b", 5.61)
    assert Relation.from_json(measured.to_json()) == measured


def test_runs_add_up_to_what_was_compared() -> None:
    """A report would give the pairs of the last few files as those of the case."""
    later = CameraTally(7, {"dark": 2}, 6, 1, 5.2).after(TALLY)
    assert (later.recordings, later.abstained, later.pairs, later.not_compared) == (7, {"dark": 2}, 411, 61)
    assert CameraTally.from_json(later.to_json()) == later


@pytest.mark.parametrize("tally", [TALLY, None])
def test_who_took_no_part_is_told_beside_cameras(tally: CameraTally | None) -> None:
    """ "No common camera" would read the same whether all were compared or none."""
    made = Compared((shared("one", "other"),), (), {}, 2, 1, traces=tally)
    told = "\n".join(camera_lines(made, NAMES))
    assert "camera 1: ONE, OTHER" in told
    assert "computed from that assumption, not measured" in told
    counts = "6 could be compared, 34 could not (1 too dark, 33 with too few key pictures); 405 pairs laid together"
    assert (counts in told) is (tally is not None)
    assert ("60 left out" in told) is (tally is not None)
    nobody = "\n".join(camera_lines(replace(made, relations=()), NAMES))
    assert (counts in nobody) is (tally is not None)


@pytest.mark.parametrize("code", ["en", "ru"])
def test_the_report_tells_who_took_no_part(code: str) -> None:
    """On paper the absence of a common camera would count as an answer."""
    report = case_report()
    with_traces = replace(report.compared, traces=TracesCompared(1806, 4917, 40533, 611))
    counts = ("1806", "4917", "40533", "611")
    html = re.sub(r"[\s\u202f\u00a0,]", "", report_html(replace(report, compared=with_traces), code))
    assert all(count in html for count in counts)
    without = re.sub(r"[\s\u202f\u00a0,]", "", report_html(report, code))
    assert not all(count in without for count in counts)
