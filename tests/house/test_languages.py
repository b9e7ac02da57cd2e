"""The languages of the report: complete, no leftovers, the same named places, and nothing left in English."""

from __future__ import annotations

import dataclasses
import re
from html import unescape

import pytest

from tests.support.report_messages import Message, catalogue, messages, places
from tests.unit.report.example import case_report, finding, item_report
from witnessmark.ground.paper.pdf import BASE_CSS
from witnessmark.model.contradictions import Hypothesis, Source, Subject, Verdict
from witnessmark.model.findings import KINDS, MUST_BE_EXPLAINED, FindingClass, Grade, Outcome
from witnessmark.model.recording import MediaType
from witnessmark.model.statements import BearingKind, ClaimKind
from witnessmark.receive.reasons import Reason
from witnessmark.release.report import LANGUAGES, ItemReport, report_html, wording

TRANSLATED = tuple(code for code in LANGUAGES if code != "en")
PLACE = re.compile(r"%\(\w+\)s|\{\w+\}")
TAG = re.compile(r"<[^>]+>")
CYRILLIC = re.compile("[\u0400-\u04ff]")
WORDS = re.compile(r"[A-Za-z]{4,}")
MARKED_ENGLISH = re.compile(r"<(\w+)[^>]* lang=\"en\"[^>]*>.*?</\1>", re.S)
LONG_ENOUGH = 14
"""Shorter English words ("Question", "Document") are words of French too."""
SUMMARY_PAGES = 2


def english(message: Message) -> str:
    return message if isinstance(message, str) else message[1]


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_message_is_said_and_none_is_left_over(code: str) -> None:
    """A judge would meet English in the middle of a sentence; ``python -m tests.support.report_messages`` lists it."""
    known = {m if isinstance(m, str) else m[0] for m in messages()}
    held = {m.id if isinstance(m.id, str) else m.id[0]: m for m in catalogue(code) if m.id}
    unsaid = [
        key
        for key, m in held.items()
        if m.fuzzy or not all([m.string] if isinstance(m.string, str) else m.string)
    ]
    assert sorted(known - set(held)) == []
    assert sorted(set(held) - known) == []
    assert unsaid == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_named_places_and_marks_agree(code: str) -> None:
    """A number would vanish from a translated sentence, or the report would stop on it."""
    wrong = []
    for message in catalogue(code):
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[-1]
        for said in [message.string] if isinstance(message.string, str) else message.string:
            if places(said) != places(source) or TAG.findall(said) != TAG.findall(source):
                wrong.append(said)
            if source.count("%%") != said.count("%%"):
                wrong.append(said)
    assert wrong == []


@pytest.mark.parametrize("code", ["ru", "uk"])
def test_nothing_was_copied_instead_of_translated(code: str) -> None:
    """An untranslated message counts as translated if it is only copied."""
    copied = [
        str(m.string)
        for m in catalogue(code)
        if m.id and WORDS.search(TAG.sub("", PLACE.sub("", str(m.id)))) and not CYRILLIC.search(str(m.string))
    ]
    assert copied == []


def test_every_code_has_its_words() -> None:
    """The first case with a new code would have no report."""
    tables: tuple[tuple[object, object], ...] = (
        (wording.KINDS, KINDS),
        (wording.CLASSES, FindingClass),
        (wording.OUTCOMES, Outcome),
        (wording.SOURCES, Source),
        (wording.SUBJECTS, Subject),
        (wording.VERDICTS, Verdict),
        (wording.HYPOTHESES, Hypothesis),
        (wording.MEDIA, MediaType),
        (wording.BEARINGS, BearingKind),
        (wording.CLAIM_KINDS, ClaimKind),
        (wording.REFUSALS, Reason),
    )
    for words, codes in tables:
        assert {str(code) for code in words} == {str(code) for code in codes}  # type: ignore[attr-defined]
    assert {str(grade) for grade in Grade} | {""} == set(wording.GRADES)
    assert all(wording.KINDS[kind].common_causes for kind in MUST_BE_EXPLAINED)


def everything(report: ItemReport) -> ItemReport:
    """The item with a finding of every kind, and one of every kind that was not observed."""
    item = report.item
    seen = tuple(finding(item.item_id, kind, "x", span_s=(n, n + 1)) for n, kind in enumerate(sorted(KINDS)))
    return dataclasses.replace(report, item=dataclasses.replace(item, findings=(*item.findings, *seen)))


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_fixed_word_stays_english(code: str) -> None:
    """What is not marked as English is read as if it were the language of the report."""
    held = catalogue(code)
    translated = [m for m in messages() if not isinstance(m, str) or held.get(m).string != m]
    messages_en = [english(m) for m in translated]
    for report in (everything(item_report()), case_report()):
        text = MARKED_ENGLISH.sub(" ", report_html(report, code))
        text = re.sub(r"\s+", " ", unescape(TAG.sub(" ", text)))
        left = [
            m for m in messages_en if len(m) >= LONG_ENOUGH and places(m) == [] and TAG.sub("", m) in text
        ]
        assert left == []
        assert f'<html lang="{code}">' in report_html(report, code)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_summary_is_two_pages_however_much_was_found(code: str) -> None:
    """A judge who reads two pages must have read all of the summary."""
    import weasyprint

    for report in (everything(item_report()), case_report()):
        html = report_html(report, code)
        front, _, _ = html.partition('<section id="body">')
        page = weasyprint.HTML(string=f'{front}<section id="body">x</section></main></body></html>')
        pages = page.render(stylesheets=[weasyprint.CSS(string=BASE_CSS)]).pages
        starts = {name: number for number, sheet in enumerate(pages) for name in sheet.anchors}
        assert starts["body"] - starts["summary"] <= SUMMARY_PAGES
