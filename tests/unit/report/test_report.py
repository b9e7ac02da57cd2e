"""The report on an item and on a case."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import date
from fractions import Fraction
from html import unescape

import pytest

from tests.unit.report.example import AS_OF, ITEM_IDS, case_report, finding, item_report
from witnessmark.follow_up import answer_line
from witnessmark.model.findings import KINDS, MUST_BE_EXPLAINED
from witnessmark.model.follow_up import ExtentMatrix
from witnessmark.model.recording import MediaType
from witnessmark.model.statements import Response, StatedDate
from witnessmark.model.time import Span
from witnessmark.release.report import CaseReport, Compared, ReportedItem, report_html, report_pdf
from witnessmark.release.report.lanes import (
    WIDTH,
    answer_chart,
    extent_blocks,
    lane_chart,
)
from witnessmark.release.report.language import clock_text
from witnessmark.release.report.view import findings_view

SVG = re.compile(r"<svg.*?</svg>", re.S)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def test_made_again_the_report_is_the_same_bytes() -> None:
    """A report that changes by itself cannot be signed, compared or disclosed twice."""
    assert report_html(item_report()) == report_html(item_report())
    assert report_html(case_report()) == report_html(case_report())
    short = dataclasses.replace(item_report(), methods=(), custody=(), claims=(), bearings=())
    assert report_pdf(short, "uk") == report_pdf(short, "uk")


def test_another_process_with_another_hash_seed_makes_the_same_bytes() -> None:
    """An order that hangs on hash seeds differs from run to run on the same machine."""
    code = (
        "import hashlib; from tests.unit.report.example import case_report; "
        "from witnessmark.release.report import report_html; "
        "print(hashlib.sha256(report_html(case_report()).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert digests == {hashlib.sha256(report_html(case_report()).encode()).hexdigest()}


def test_every_finding_stands_in_exactly_one_part() -> None:
    """A finding that fits no part would vanish from the report without a trace."""
    item = item_report().item
    view = findings_view(item.findings)
    placed = [
        *(f for _, groups in view.to_explain for group in groups for f in group.findings),
        *(f for group in view.other_observed for f in group.findings),
        *view.not_observed,
        *(f for _, group in view.not_done for f in group),
    ]
    assert sorted(f.finding_id for f in placed) == sorted(f.finding_id for f in item.findings)


def test_every_statement_and_reason_of_an_item_is_printed() -> None:
    """What was not done and why is asked first by the other side."""
    report = item_report()
    text = words(report_html(report))
    for found in report.item.findings:
        assert (found.core.reason or found.core.statement) in text
    for phrase in (
        "It is not a sign of manipulation",
        "as of checkpoint 214",
        "not yet measured",
        "not calibrated",
        "Not testable here",
        "witnessmark inspect FILE --json --examiner timeline",
        "S2",
    ):
        assert phrase in text


def test_contradictions_come_before_everything_else() -> None:
    """A reader who stops after two pages must have seen what speaks against the material."""
    html = report_html(case_report())
    heads = re.findall(r"<h2[^>]*>(.*?)</h2>", html)
    assert heads[0] == "First: what contradicts"
    classes = re.findall(r"<h3>(Conflict|Continuity|History)</h3>", html)
    assert classes == ["Conflict", "Continuity", "History"]


def test_the_case_report_holds_what_the_example_promises() -> None:
    """The four promises of the worked example, as a lawyer reads them."""
    text = words(report_html(case_report()))
    assert "27 files found = 24 sealed + 2 already held + 1 refused: it adds up" in text
    assert "silent The receipt seals 24 distinct files" in text
    assert "Open for 28 days" in text and "the authenticity of the video is established" in text
    assert "anonymous sources [F6] → Interfax [B3]" in text
    assert "no source document" in text
    assert "Statements without a source document: 13 of 13" in text


def test_a_statement_that_exposes_the_source_is_in_no_report() -> None:
    """The source of 2021 was given away by a sentence."""
    assert "computer specialist" not in report_html(case_report())
    assert "Withheld: this statement points at the source" in report_html(case_report())


def test_an_unbalanced_receipt_is_said_loudly() -> None:
    """Numbers that do not add up are the first thing a court must hear."""
    report = case_report()
    receipt = report.receipts[0]
    broken = dataclasses.replace(receipt.reconciliation, rejected=())
    changed = dataclasses.replace(report, receipts=(dataclasses.replace(receipt, reconciliation=broken),))
    assert "IT DOES NOT ADD UP" in report_html(changed)


def test_the_page_allows_no_script_and_its_own_style_only() -> None:
    """A report is opened by strangers on machines that must not call home."""
    html = report_html(item_report())
    style = re.search(r"<style>(.*?)</style>", html, re.S)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in html
    assert "<script" not in html and " style=" not in html
    assert re.findall(r"(?:src|href)=", html) == []


def test_every_drawing_has_title_description_and_shape() -> None:
    """A drawing without words says nothing to those who cannot see it or print in grey."""
    for html, number in ((report_html(item_report()), 9), (report_html(case_report()), 7)):
        drawings = SVG.findall(html)
        assert len(drawings) == number
        for drawing in drawings:
            root = ET.fromstring(drawing)
            labels = root.attrib["aria-labelledby"].split()
            texts = {child.attrib.get("id"): child.text for child in root}
            assert all(texts[label] for label in labels)
    assert html.count("The same as a table") == 2


def test_text_from_a_file_cannot_become_markup() -> None:
    """The statement of a finding can hold what the leak's own metadata says."""
    report = item_report()
    evil = finding(report.item.item_id, "encode.software", "<script>x</script><img src=http://h/>&\x00")
    changed = dataclasses.replace(report, item=dataclasses.replace(report.item, findings=(evil,)))
    html = report_html(changed)
    assert "<script" not in html and "<img" not in html
    assert report_pdf(changed).startswith(b"%PDF")


def test_an_item_without_findings_and_an_empty_case_have_reports_too() -> None:
    """The day after receipt somebody asks for the report."""
    report = item_report()
    bare = ReportedItem("abcd1234-x", MediaType.UNKNOWN, "", 0, None, ())
    html = report_html(
        dataclasses.replace(report, item=bare, claims=(), bearings=(), compared=Compared(0), methods=())
    )
    assert "This item has not been examined" in html
    empty = CaseReport("Heron", report.checkpoint, AS_OF, (), (), (), ())
    assert "Nothing was received yet" in report_html(empty)
    assert report_pdf(empty).startswith(b"%PDF")


def test_every_kind_has_words() -> None:
    """A kind without words would stop the report of the first case that has it."""
    report = item_report()
    every = tuple(finding(report.item.item_id, kind, "x", span_s=(1, 2)) for kind in sorted(KINDS))
    html = report_html(dataclasses.replace(report, item=dataclasses.replace(report.item, findings=every)))
    assert all(kind in html for kind in MUST_BE_EXPLAINED)


def test_lanes_keep_short_findings_visible_and_everything_on_the_page() -> None:
    """A cut lasts one frame; drawn true to scale it would be gone."""
    found = [
        finding("i", "picture.cut", "x", span_s=(7199.96, 7200.0)),
        finding("i", "timeline.gap", "x", span_s=(0.0, 0.04)),
        *(finding("i", "audio.gap", "x", span_s=(n / 1000, n / 1000)) for n in range(500)),
    ]
    chart = lane_chart(found, 7200.0)
    assert chart is not None
    marks = [mark for lane in chart.lanes for mark in lane.marks]
    assert sum(mark.count for mark in marks) == 502
    assert len(marks) == 3
    assert all(mark.width >= 5 and mark.x + mark.width <= WIDTH for mark in marks)
    assert [tick.value for tick in chart.ticks][:2] == [0, 900]


@pytest.mark.parametrize("end", [0, 1, 10**30, -(10**30)])
def test_damaged_times_still_give_a_drawing(end: int) -> None:
    """One absurd time stamp in a leak must not stop its report."""
    base = finding("i", "timeline.gap", "x", span_s=(0, 1))
    core = dataclasses.replace(base.core, span=Span.of(min(end, 0), end, Fraction(1, 1000)))
    chart = lane_chart([dataclasses.replace(base, core=core)], float("nan"))
    assert chart is not None and 1 <= len(chart.ticks) <= 30


def test_clock_text_shows_what_the_step_needs() -> None:
    """Two ticks with the same words mislead."""
    assert [
        clock_text(s, step) for s, step in ((65, 1), (9.96, 0.001), (3725, 60), (0.25, 0.05), (-2, 1))
    ] == [
        "1:05",
        "0:09.960",
        "1:02:05",
        "0:00.25",
        "-0:02",
    ]


def test_long_extents_are_broken_into_readable_blocks() -> None:
    """Forty months side by side would be printed too small to read."""
    months = tuple(f"{2018 + n // 12}-{n % 12 + 1:02d}" for n in range(40))
    blocks = extent_blocks(ExtentMatrix(("A",), months, (tuple(range(40)),), 780))
    assert [len(block.months) for block in blocks] == [14, 14, 12]
    assert all(cell.x + 34 <= WIDTH for block in blocks for cell in block.cells)
    assert [cell.shade for cell in blocks[0].cells][:2] == [0, 1]


def test_the_time_line_draws_open_answers_to_the_day_of_the_report() -> None:
    """An open promise must be seen to be open."""
    day = StatedDate("2021-10-05", "day")
    answers = answer_line(
        [
            Response("1", "1", "x", "promise", "y", (), day),
            Response("2", "2", "x", "promise", "y", (), day, state="kept"),
            Response("3", "3", "x", "promise", "y", (), StatedDate("", "unknown")),
        ],
        date(2021, 11, 2),
    )
    chart = answer_chart(answers, date(2021, 11, 2))
    assert chart is not None
    first, second, third = chart.rows
    assert first.end_x == chart.as_of_x and second.end_x == second.x and third.x is None
    assert answer_chart((), date(2021, 11, 2)) is None
    assert len(ITEM_IDS) == 24


def test_a_thousand_items_make_a_report_that_can_be_read() -> None:
    """Lists of a thousand codes under every kind would bury what matters."""
    report = case_report()
    template = report.items[0]
    many = tuple(
        dataclasses.replace(
            template,
            item_id=f"{n:08x}-0",
            findings=tuple(dataclasses.replace(f, item_id=f"{n:08x}-0") for f in template.findings),
        )
        for n in range(1000)
    )
    html = report_html(dataclasses.replace(report, items=many))
    assert "and 960 more" in html
    assert len(re.findall("000003e7", html)) == 1, "each item stands once, in the table of items"
