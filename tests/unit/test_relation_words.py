"""What a relation is called: an order among copies is never told as a descent that nobody can know."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.support.report_messages import catalogue
from witnessmark.cli.relation_text import relation_lines
from witnessmark.model.findings import Grade
from witnessmark.model.relations import Direction, Relation, RelationKind
from witnessmark.release.report import wording

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
