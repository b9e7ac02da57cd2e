"""Published rates against the trials they were counted from, the pages that show them, and the grades they allow."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench.authenticity import results
from bench.authenticity.pages import method_block
from bench.authenticity.publish import BLOCK, pages
from bench.authenticity.rates import counted, counted_any, needed
from bench.authenticity.results import records_of

from tests.conftest import ROOT
from witnessmark.examine import registry
from witnessmark.examine.calibration import calibration, cited
from witnessmark.examine.rates import FEWEST_TAKES, FILE, Row, rates
from witnessmark.examine.weights import BY_CONSTRUCTION, absence_bound, earned, observed_bound, rounded_down
from witnessmark.model.findings import MUST_BE_EXPLAINED, FindingCore, Grade, Outcome

PUBLISHED = json.loads(FILE.read_text(encoding="utf-8"))


def test_rates_are_those_of_the_trials() -> None:
    """A rate that no trial stands behind would be put to a court as measured."""
    held = results.read()
    assert {**results.rates_document(held)} == PUBLISHED


def test_the_trials_lose_nothing_when_written(tmp_path: Path) -> None:
    """What is left out of the file of trials can be checked by nobody."""
    held = results.read()
    records = records_of(held)
    assert len(records) == len(held["trials"]) == PUBLISHED["trials"]
    results.write(held, tmp_path / "again.json")
    assert results.read(tmp_path / "again.json") == held


@pytest.mark.parametrize("page", sorted(pages(PUBLISHED)), ids=lambda path: path.name)
def test_no_number_on_a_page_is_written_by_hand(page: Path) -> None:
    """A figure in the documents that is not the measured one would be read out in court."""
    assert page.read_text(encoding="utf-8") == pages(PUBLISHED)[page]


def test_a_number_changed_by_hand_is_seen() -> None:
    """Or the test above would compare a page with itself."""
    text = (ROOT / "docs" / "methods" / "timeline.md").read_text(encoding="utf-8")
    found = BLOCK.search(text)
    assert found is not None
    forged = text.replace(found.group(), found.group().replace("| 0 |", "| 1 |", 1))
    assert forged != text and method_block(PUBLISHED, "timeline") not in forged


def test_every_methods_page_shows_its_rates() -> None:
    """A method without its error rates beside it is a claim."""
    attacked = {PUBLISHED["owners"][row["kind"]] for row in PUBLISHED["kinds"] if row["found"]["n"]}
    without = [
        method
        for method in sorted(attacked)
        if f"<!-- rates: {method} -->" not in (ROOT / "docs/methods" / f"{method}.md").read_text("utf-8")
    ]
    assert without == []


@pytest.mark.parametrize("kind", sorted(set(MUST_BE_EXPLAINED) - BY_CONSTRUCTION))
def test_no_kind_gives_a_grade_that_its_rates_have_not_earned(kind: str) -> None:
    """Or a method that alarms in vain, or that nobody measured, would say *strong* all the same."""
    examiner = PUBLISHED["owners"].get(kind, "somebody")
    version = PUBLISHED["methods"].get(examiner, "1.0.0")
    own = FindingCore(kind, "?", examiner, version, Outcome.OBSERVED, "Seen.", grade=Grade.STRONG)
    assert cited(own, None, version).grade is earned(kind, rates()).grade
    assert cited(own, None, f"{version}+").grade is Grade.WEAK


def test_a_tenth_is_not_published() -> None:
    """Findings whose rates are those of the quick set would cite figures that mean next to nothing."""
    assert not PUBLISHED["quick"]


def test_rows_are_cited_only_with_enough_takes() -> None:
    """Three of three is no rate."""
    for row in rates().rows.values():
        cited = rates().row(row.kind, row.context)
        assert cited is None or min(cited.found.takes, cited.alarms.takes) >= FEWEST_TAKES


def test_a_calibration_names_its_row() -> None:
    """Who wants to attack a rate must be able to find it."""
    for kind in {row.kind for row in rates().rows.values() if row.alarms.n}:
        assert f"row {kind}/any/any/any: " in calibration(kind)


@pytest.mark.parametrize(("limit", "n"), [(0.01, 368), (0.1, 36), (0.05, 72)])
def test_how_many_takes_a_limit_needs(limit: float, n: int) -> None:
    """A reader is told what set would be needed; the figure must be right."""
    assert needed(limit) == n
    assert counted_any([(str(k), False) for k in range(n)]).high <= limit
    assert counted_any([(str(k), False) for k in range(n - 1)]).high > limit


def test_a_take_counts_once() -> None:
    """A hundred encodings of one scene are one scene: or intervals would be too narrow by ten."""
    many = counted([("one take", True)] * 100)
    assert (many.n, many.takes, many.hits) == (100, 1, 100)
    assert many.low == pytest.approx(counted([("one take", True)]).low)
    halves = counted([("a", True), ("a", False), ("b", True), ("b", True)])
    assert halves.low == pytest.approx(counted([("a", False), ("b", True)]).low)
    assert halves.high == pytest.approx(counted([("a", True), ("b", True)]).high)
    assert counted_any([("a", True), ("a", False), ("b", False)]).high == pytest.approx(
        counted([("a", True), ("b", False)]).high
    )


def test_no_more_weight_is_claimed_than_the_set_allows() -> None:
    """0 false alarms in 300 allow no more than about 80."""
    clean = counted_any([(str(k), False) for k in range(300)])
    assert rounded_down(1 / clean.high) == "81"
    for row in rates().rows.values():
        if row.usable:
            assert observed_bound(row).ratio <= 1 / row.alarms.high
            assert absence_bound(row).ratio <= 1 / max(row.missed.high, 1e-9)


@pytest.mark.parametrize(
    ("ratio", "told"), [(81.97, "81"), (3.89, "3.8"), (1.0, "1.0"), (128.0, "120"), (0.5, "0.5")]
)
def test_bounds_are_rounded_down(ratio: float, told: str) -> None:
    """A bound rounded up is no bound."""
    assert rounded_down(ratio) == told


def test_rates_say_of_which_version_they_are() -> None:
    """Rates of another version of a method are told as such in every finding; rows must name what was measured."""
    assert set(PUBLISHED["methods"]) >= {PUBLISHED["owners"][row["kind"]] for row in PUBLISHED["kinds"]}
    assert isinstance(next(iter(rates().rows.values())), Row)


def test_published_rates_are_those_of_the_methods_as_they_are() -> None:
    """Rates of a version that nobody runs any more leave every finding of the present one weak and without weight."""
    now = {card.id: card.version for card in registry.cards(None)}
    behind = {PUBLISHED["owners"][row["kind"]] for row in PUBLISHED["kinds"]}
    differ = {
        method: f"published {PUBLISHED['methods'].get(method)}, is {now.get(method)}"
        for method in sorted(behind)
        if PUBLISHED["methods"].get(method) != now.get(method)
    }
    assert differ == {}
