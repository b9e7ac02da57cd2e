"""What the parts of a report say: weights, propositions, contradictions, drawings, custody."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from tests.unit.report.example import (
    CUSTODY,
    ITEM_IDS,
    LIKE,
    SERIES,
    WEIGHT,
    case_report,
    contradictions,
    finding,
    item_report,
)
from witnessmark.model.findings import Outcome
from witnessmark.model.series import Curve, Lane
from witnessmark.release.report import ItemReport, report_html, report_pdf
from witnessmark.release.report.plots import TABLE_ROWS, WIDTH, CurvePlot, plots
from witnessmark.release.report.propositions import propositions
from witnessmark.release.report.rates import cited
from witnessmark.release.report.summary import summarise
from witnessmark.release.report.tables import custody_runs, pairs, pairs_in_front
from witnessmark.release.report.view import findings_view
from witnessmark.release.report.weight import step_for, weighed

FORBIDDEN = re.compile(
    r"\balarms?\b (?:were|was) (?:raised|found)|\d+ (?:alarms|marks)\b|\bfake\b", re.IGNORECASE
)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def with_findings(*findings: object) -> ItemReport:
    report = item_report()
    return dataclasses.replace(report, item=dataclasses.replace(report.item, findings=findings))


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (1.4, "no support for one proposition over the other"),
        (2, "weak support"),
        (61, "moderate support"),
        (999, "moderately strong support"),
        (1e7, "extremely strong support"),
    ],
)
def test_ratios_are_said_in_the_words_of_the_guideline(ratio: float, said: str) -> None:
    """A word too strong by one step is what the other side quotes."""
    assert step_for(ratio).words == said


def test_a_weight_is_of_the_pair_that_its_method_measured() -> None:
    """The words "support for the event" beside a ratio of families would be false."""
    gap = finding("i", "timeline.gap", "x", weight=WEIGHT, calibration=LIKE)
    none = finding(
        "i",
        "picture.cut",
        "x",
        outcome=Outcome.NOT_OBSERVED,
        weight="likelihood ratio of at least 8.1 against such an event (…)",
    )
    family = finding(
        "i", "container.family", "x", weight="likelihood ratio at least 8.7 for A as the last writer"
    )
    plain = finding("i", "picture.freeze", "x", weight="not calibrated: no rate was measured for this kind")
    rows = weighed((gap, none, family, plain))
    assert [(row.kind, row.pair, row.ratio) for row in rows] == [
        ("timeline.gap", "event", 61.0),
        ("picture.cut", "absence", 8.1),
        ("container.family", "named", 8.7),
    ]


def test_opinions_are_empty_with_the_reason_where_nothing_was_calibrated() -> None:
    """A grade read as a weight is the oldest mistake in such reports."""
    text = words(report_html(with_findings(finding("i", "timeline.gap", "x"))))
    assert "No weight is stated in this report." in text
    assert "must not be read as a weight" in text
    assert "Verbal scale" not in text


def test_a_grade_without_a_measured_rate_is_told_as_such() -> None:
    """ "Strong" beside "not yet measured" would be torn apart in court."""
    said = "the grade is the method's own, and no measured rate stands behind it"
    assert said in words(report_html(with_findings(finding("i", "timeline.gap", "x"))))
    measured = with_findings(finding("i", "timeline.gap", "x", calibration=LIKE))
    assert said not in words(report_html(measured))


def test_figures_of_a_row_are_read_as_they_were_written() -> None:
    """A rate misread is an error rate made up."""
    row = cited(LIKE)
    assert row.detected is not None and row.false_alarms is not None
    assert (row.detected.hits, row.detected.trials, row.detected.low) == (144, 150, 0.915)
    assert (row.false_alarms.hits, row.false_alarms.trials, row.false_alarms.high) == (0, 252, 0.015)
    assert row.row == "timeline.gap/any/any/any"
    assert not cited("by construction: the bytes are in the file").measured


@pytest.mark.parametrize("turned", [False, True])
def test_one_sentence_about_several_items_promises_the_lowest_of_their_rates(turned: bool) -> None:
    """Items of two codecs cite two rows; taken from whichever came first, the sentence changed with the random
    order of items, and could promise for all what holds for the best."""
    low = LIKE.replace("144 of 150 (95 % interval 91.5", "79 of 144 (95 % interval 46.4")
    assert low != LIKE
    rows = [low, LIKE] if turned else [LIKE, low]
    absent = [
        finding(item, "timeline.gap", "none", outcome=Outcome.NOT_OBSERVED, calibration=row)
        for item, row in zip(ITEM_IDS, [*rows, "not yet measured"], strict=False)
    ]
    told = summarise(findings_view(absent), ())
    assert [(a.kind, a.rate.detected.hits if a.rate.detected else None) for a in told.absent] == [
        ("timeline.gap", 79)
    ]


def test_every_proposition_says_how_far_it_was_tested() -> None:
    """A proposition without an answer is a question that somebody else will answer."""
    report = item_report()
    rows = contradictions(ITEM_IDS[:2])
    told = {p.code: p for p in propositions(report.item.findings, report.bearings, rows)}
    assert list(told) == ["H1", "H2a", "H2b", "H2c", "H2d"]
    assert [told[code].testable for code in told] == [
        "through_opposites",
        "in_part",
        "not_here",
        "not_here",
        "in_part",
    ]
    assert "container.rewritten" in told["H2a"].history and "container.rewritten" not in told["H2a"].observed
    assert (told["H2d"].conflicts, told["H2d"].compared) == (1, 2)
    untested = {p.code: p.testable for p in propositions((), (), ())}
    assert (untested["H2a"], untested["H2d"]) == ("not_yet", "not_yet")


def test_the_table_of_contradictions_comes_first_also_when_empty() -> None:
    """Silence in the first place would be read as agreement."""
    html = report_html(dataclasses.replace(item_report(), contradictions=()))
    assert html.index("First: what contradicts") < html.index('id="summary"')
    assert "That is not the same as agreement." in words(html)
    agreeing = contradictions(ITEM_IDS[:2])[1:]
    assert "no two readings were found that cannot both hold" in words(
        report_html(dataclasses.replace(item_report(), contradictions=agreeing))
    )


def test_alike_rows_are_said_once_and_none_is_lost() -> None:
    """Sixty copies of one row would bury the one that differs."""
    rows = contradictions(ITEM_IDS[:6])
    table = pairs(rows)
    assert [pair.row.verdict for pair in table] == ["cannot_both_hold", "agree"]
    assert sum(len(codes) for pair in table for _, codes in pair.firsts) == 6
    (front,) = pairs_in_front(rows)
    assert len(front.item_codes) == 3 and front.more == 2 + sum(r.more for r in rows[::2])


def test_long_runs_of_the_log_are_one_line_of_a_case_and_each_stands_in_its_item() -> None:
    """A log of a thousand alike lines is read by nobody; a log with a line missing is no log."""
    runs = custody_runs(CUSTODY)
    assert [run.count for run in runs] == [1, 1, 1, 5, 1, 1, 1]
    assert sum(run.count for run in runs) == len(CUSTODY)
    assert "and so on: 5 entries of this kind" in words(report_html(case_report()))
    assert words(report_html(item_report())).count("was examined; findings: 12; sandbox S2") == 5


def test_a_drawing_loses_no_peak_and_its_table_holds_every_point() -> None:
    """A peak that the table does not show is one that the other side finds."""
    curve = Curve(
        "n", "t", "x", "s", "y", "dB", tuple((n / 10, 99.0 if n == 777 else 0.0) for n in range(1500))
    )
    (plot,) = plots([curve])
    assert isinstance(plot, CurvePlot)
    assert len(plot.rows) == TABLE_ROWS
    assert sum(row.points for row in plot.rows) == 1500
    assert max(row.high for row in plot.rows) == 99.0
    assert all(0 <= tick.at <= WIDTH for tick in (*plot.x_ticks, *plot.y_ticks))


@pytest.mark.parametrize(
    "curve",
    [
        Curve("n", "t", "x", "s", "y", "", ((1.0, 5.0),)),
        Curve("n", "t", "x", "", "y", "", ((0.0, 1e12), (0.0, -1e12), (1e9, 3.0))),
        Curve("n", "t", "x", "s", "y", "", ((0.0, 7.0), (1.0, 7.0)), ((0.5, "a < b & c"),), joined=False),
    ],
)
def test_odd_curves_still_give_a_drawing(curve: Curve) -> None:
    """One odd measurement must not stop the report."""
    report = item_report()
    html = report_html(dataclasses.replace(report, item=dataclasses.replace(report.item, series=(curve,))))
    assert "nan" not in re.sub(r"[a-z]+nan[a-z]+", "", html.lower())
    assert "a < b" not in html


def test_a_series_without_values_is_left_out_and_a_lost_one_is_told() -> None:
    """A drawing that vanished without a word looks as if there had been none."""
    assert plots([Lane("n", "t", ()), Curve("m", "t", "x", "s", "y", "", ())]) == ()
    assert len(plots(SERIES)) == 3
    report = item_report()
    lost = dataclasses.replace(report, item=dataclasses.replace(report.item, series=(), series_lost=2))
    assert "in the catalogue: 2. They are not shown." in words(report_html(lost))


def test_marks_are_never_counted_and_nothing_is_called_authentic() -> None:
    """The two sentences that must never be printed."""
    for report in (item_report(), case_report()):
        text = words(report_html(report))
        assert FORBIDDEN.findall(text) == []
        assert all(text[m.start() - 1] == "“" for m in re.finditer(r"\bauthentic\b", text))


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
def test_the_pdf_holds_cyrillic_as_text(tmp_path: Path) -> None:
    """A font without Cyrillic prints boxes, and a court sees them first."""
    report = dataclasses.replace(item_report(), methods=(), custody=(), claims=(), bearings=())
    small = dataclasses.replace(report, item=dataclasses.replace(report.item, findings=(), series=()))
    path = tmp_path / "report.pdf"
    path.write_bytes(report_pdf(small, "ru"))
    text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout.decode()
    assert "Прежде всего: что противоречит" in text
    assert "48,2 МБ (48 211 904 байта)" in text.replace("\u00a0", " ")
    fonts = subprocess.run(["pdffonts", str(path)], capture_output=True, check=True).stdout.decode()
    assert all("yes" in line for line in fonts.splitlines()[2:]), "every font is embedded"
