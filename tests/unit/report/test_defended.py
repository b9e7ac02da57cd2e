"""Sentences that the other side's expert struck from a report, and what stands there now."""

from __future__ import annotations

import dataclasses
import re
from html import unescape

import pytest

from tests.unit.report.example import (
    ITEM_IDS,
    LIKE,
    METHODS,
    WEIGHT,
    case_report,
    contradictions,
    finding,
    item_report,
)
from witnessmark.examine import calibration
from witnessmark.examine.contract import UNMEASURED
from witnessmark.examine.registry import cards
from witnessmark.examine.weights import MODERATE_ALARMS, MODERATE_RATIO, STRONG_ALARMS
from witnessmark.ground.paper.pdf import BASE_CSS
from witnessmark.model.contradictions import Source
from witnessmark.model.findings import Finding, Grade, Outcome
from witnessmark.release.report import LANGUAGES, CaseReport, ItemReport, report_html, wording
from witnessmark.release.report.propositions import propositions
from witnessmark.release.report.summary import summarise
from witnessmark.release.report.view import findings_view


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def of(*findings: Finding, **other: object) -> ItemReport:
    report = item_report()
    item = dataclasses.replace(report.item, findings=findings, series=())
    return dataclasses.replace(report, item=item, **other)


def cases(*found: tuple[Finding, ...]) -> CaseReport:
    report = case_report()
    items = tuple(
        dataclasses.replace(item, findings=one) for item, one in zip(report.items, found, strict=False)
    )
    return dataclasses.replace(report, items=items)


POINTER = "Readings of two sources that cannot both hold stand on the first page"


def test_an_empty_class_does_not_deny_the_pair_on_the_first_page() -> None:
    """Page one says that two readings cannot both hold, page two "conflict: nothing": one of them seems a lie."""
    gap = finding("i", "timeline.gap", "x", calibration=LIKE)
    apart = contradictions(ITEM_IDS[:1])
    assert POINTER in words(report_html(of(gap, contradictions=apart)))
    agreeing = contradictions(ITEM_IDS[:2])[1:]
    assert POINTER not in words(report_html(of(gap, contradictions=agreeing)))


def test_a_pair_of_the_file_touches_on_altered_and_a_claim_does_not() -> None:
    """The contradiction of the first page was missing from the proposition on which it bears most."""
    row = contradictions(ITEM_IDS[:1])[0]
    gap = (finding("i", "timeline.gap", "x"),)
    told = {p.code: p for p in propositions(gap, (), (row,))}
    assert told["H2a"].conflicts == 1
    claimed = dataclasses.replace(row, second=dataclasses.replace(row.second, source=Source.CLAIM))
    told = {p.code: p for p in propositions(gap, (), (claimed,))}
    assert told["H2a"].conflicts == 0 and told["H2d"].conflicts == 1


def test_what_was_seen_weakly_or_in_another_item_is_not_called_absent() -> None:
    """ "Observed: burned-in clock" and "looked for, not observed: burned-in clock" stood in one box."""
    none = finding("one", "clock.series", "none", outcome=Outcome.NOT_OBSERVED)
    seen = finding("two", "clock.series", "a clock")
    weak = finding("one", "picture.cut", "perhaps", grade=Grade.WEAK)
    clean = finding("two", "picture.cut", "none", outcome=Outcome.NOT_OBSERVED, calibration=LIKE)
    told = {p.code: p for p in propositions((none, seen, weak, clean), (), ())}
    assert "clock.series" in told["H2d"].observed and "clock.series" not in told["H2d"].not_observed
    assert told["H2a"].weak == ("picture.cut",) and told["H2a"].not_observed == ()
    absent = summarise(findings_view((weak, clean)), ()).absent
    assert [(one.kind, one.weak) for one in absent] == [("picture.cut", 1)]
    alone = {p.code: p for p in propositions((clean,), (), ())}
    assert alone["H2a"].not_observed == ("picture.cut",) and alone["H2a"].weak == ()


def test_seen_weakly_and_not_at_once_in_one_file_is_not_absent() -> None:
    """The summary would say "not observed" of what its own note calls weakly seen."""
    weak = finding("one", "picture.cut", "perhaps", grade=Grade.WEAK)
    clean = finding("one", "picture.cut", "none", outcome=Outcome.NOT_OBSERVED, calibration=LIKE)
    assert summarise(findings_view((weak, clean)), ()).absent == ()
    assert [one.kind for one in summarise(findings_view((clean,)), ()).absent] == ["picture.cut"]


def test_grades_are_told_with_the_limits_that_hold_for_them() -> None:
    """ "Strong: bounded low" stood beside a higher bound than "moderate": the words must hold for every finding."""
    strong, moderate = wording.GRADE_MEANINGS["strong"], wording.GRADE_MEANINGS["moderate"]
    assert f"at most {100 * STRONG_ALARMS:.0f} %" in strong
    assert f"at most {100 * MODERATE_ALARMS:.0f} %" in moderate
    assert f"likelihood ratio of at least {MODERATE_RATIO:.0f}" in moderate
    for report in (item_report(), case_report()):
        assert strong in words(report_html(report))


def test_weights_of_a_case_name_their_items_and_are_told_once() -> None:
    """Three ratios in a row, without the file that each is of, can be checked by nobody."""
    other = WEIGHT.replace("at least 61", "at least 35")
    first = finding(ITEM_IDS[0], "timeline.gap", "x", weight=WEIGHT, calibration=LIKE)
    second = finding(ITEM_IDS[1], "timeline.gap", "x", weight=other, calibration=LIKE)
    text = words(report_html(cases((first,), (second,))))
    assert "likelihood ratios, by item, of at least 35; 61, each for a narrow pair" in text
    opinions = text[text.index("Weight as the finding states it") :]
    assert opinions.index(f"Items: {ITEM_IDS[1][:8]}") < opinions.index(other[:40])
    one = words(report_html(cases((first,), (dataclasses.replace(first, item_id=ITEM_IDS[1]),))))
    assert "by item, of at least" not in one
    assert "likelihood ratio of at least 61 for a narrow pair of propositions" in one


def test_an_item_on_which_no_method_was_used_is_not_counted_as_examined() -> None:
    """ "25, of which 25 have findings" stood over "18 that can be examined": not examined is no finding."""
    gap = finding(ITEM_IDS[0], "timeline.gap", "x")
    none = finding(ITEM_IDS[1], "not_examined", "x", outcome=Outcome.NOT_APPLICABLE, reason="no examiner")
    report = cases((gap,), (none,))
    assert [item.examined for item in report.items[:2]] == [True, False]
    assert "2, of which 1 were examined" in words(report_html(report))


def test_items_beyond_the_files_received_are_accounted_for() -> None:
    """ "22 sealed" and "25 items" contradict each other until somebody says where three came from."""
    report = case_report()
    sealed = sum(r.reconciliation.sealed.files for r in report.receipts)
    assert len(report.items) <= sealed
    assert "Items held:" not in words(report_html(report))
    row = report.receipts[0]
    fewer = dataclasses.replace(
        row.reconciliation, sealed=dataclasses.replace(row.reconciliation.sealed, files=len(report.items) - 3)
    )
    short = dataclasses.replace(report, receipts=(dataclasses.replace(row, reconciliation=fewer),))
    assert "The other 3 are members of archives" in words(report_html(short))


@pytest.mark.parametrize("is_item", [True, False])
def test_the_commands_to_repeat_are_whole(is_item: bool) -> None:
    """A command that stops with "usage" is the first thing that the other side shows."""
    report = item_report() if is_item else case_report()
    text = words(report_html(report))
    item = f" --item {ITEM_IDS[0][:8]}" if is_item else ""
    assert f"witnessmark report CASE{item} --as-of 214 --language en --out FILE.pdf" in text
    assert (
        f"witnessmark findings CASE --item {ITEM_IDS[0][:8] if is_item else 'CODE'} --json > FINDINGS.json"
        in text
    )
    assert "witnessmark inspect FILE --json --examiner timeline" in text
    assert "inspect FILE --examiner" not in text


def test_the_table_of_methods_lends_no_method_the_rates_of_another() -> None:
    """ "The published rates are of version 1.1.0, this is 1.0.0" was said of two different methods."""
    shared = [c for c in cards() if "metadata.conflict" in c.kinds]
    assert len(shared) > 1
    told = {c.id: calibration.error_rate(c) for c in shared}
    assert "for this method" not in told["metadata"]
    assert f"{UNMEASURED} for this method" in told["telemetry"] and "of version" not in told["telemetry"]


def test_french_marks_have_their_spaces_and_english_ones_none() -> None:
    """A page that a court's own clerk would send back for its marks is read as a machine's translation."""
    assert "H2a\u00a0: " in unescape(re.sub(r"<[^>]+>", " ", report_html(item_report(), "fr")))
    assert "H2a: " in words(report_html(item_report()))


def test_rates_beside_a_weak_detection_say_that_it_is_not_among_them() -> None:
    """ "Found 60 of 60, no false alarm" beside a weak detection lends it what only graded ones have earned."""
    said = "this one is weak and is not among them"
    weak = finding("i", "picture.cut", "perhaps", grade=Grade.WEAK, calibration=LIKE)
    assert said in words(report_html(of(weak)))
    assert said not in words(report_html(of(finding("i", "picture.cut", "yes", calibration=LIKE))))


def test_the_length_of_a_file_is_told_as_its_own_statement() -> None:
    """A file that breaks off at 8 s declares 15 s: unmarked, the head of the report states what is false."""
    assert "(minutes:seconds, as the file declares)" in words(report_html(item_report()))
    assert "Length as declared" in words(report_html(case_report()))


def test_weights_are_neither_multiplied_nor_claimed_over_the_methods_own_estimate() -> None:
    """Three bounds for one cut multiply to "very strong"; and 1.5 among the values stood beside "at least 20"."""
    gap = finding("i", "timeline.gap", "x", weight=WEIGHT, calibration=LIKE)
    text = words(report_html(of(gap)))
    assert "must not be multiplied" in text
    assert "where it is lower, the weight is told no higher than it" in text
    assert "must not be multiplied" not in words(report_html(of(finding("i", "timeline.gap", "x"))))


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_answer_of_a_method_lies_beyond_the_edge_of_the_paper(code: str) -> None:
    """The table of items ran out of the page: what four methods had answered of every item could not be read."""
    from weasyprint import CSS, HTML
    from weasyprint.formatting_structure.boxes import TextBox

    report = case_report()
    named = tuple(dataclasses.replace(METHODS[0], examiner=c.id, kinds=c.kinds) for c in cards())
    found = tuple(
        finding(ITEM_IDS[0], c.kinds[0], "x", examiner=c.id, grade=Grade.OBSERVATION) for c in cards()
    )
    item = dataclasses.replace(report.items[0], findings=found)
    full = dataclasses.replace(
        report, items=(item,), methods=named, claims=(), bearings=(), answers=(), promises=(), extent=None
    )
    html = report_html(full, code)
    head, _, rest = html.partition('<section class="wide">')
    table, _, _ = rest.partition("</section>")
    top = head[: head.index('<section class="cover">')]
    page = HTML(string=f'{top}<section class="wide">{table}</section></main></body></html>')
    seen: set[str] = set()
    for sheet in page.render(stylesheets=[CSS(string=BASE_CSS)]).pages:
        for box in sheet._page_box.descendants():
            if isinstance(box, TextBox):
                assert box.position_x + box.width <= sheet.width, box.text
                seen.add(box.text)
    assert {c.id for c in cards()} <= seen
