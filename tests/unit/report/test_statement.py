"""What is published in words: complete in every language, the same bytes each time, nothing that points back."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from tests.unit.report.example import ITEM_IDS, case_report, findings_of
from witnessmark.model.errors import UnusableInputError
from witnessmark.model.redaction import Form, Sound
from witnessmark.model.statements import ClaimKind
from witnessmark.release.report.statement import (
    LIMITS,
    Statement,
    outgoing_texts,
    public_claims,
    public_findings,
    read_statement,
    read_words,
    statement_files,
    statement_html,
    statement_json,
)

CLAIMS = case_report().claims
WORDS = (
    read_words("A scene in a ward\n\nOne man acts, a second films.\n\nWe publish a part of it.\n", "en"),
    read_words("Сцена в палате\n\nОдин действует, второй снимает.\n", "ru"),
)


def example() -> Statement:
    return Statement(
        WORDS, Form.VIDEO, Sound.NONE, public_claims(CLAIMS), (public_findings(findings_of(ITEM_IDS[0]), 1),)
    )


def test_made_again_it_is_the_same_bytes() -> None:
    """Its hash stands in the strip of the video: another byte, and the video speaks of another statement."""
    assert dict(statement_files(example())) == dict(statement_files(example()))
    assert set(statement_files(example())) == {
        "statement.json",
        "statement.en.html",
        "statement.en.pdf",
        "statement.ru.html",
        "statement.ru.pdf",
    }


def test_it_reads_back_as_it_was_written() -> None:
    """What is checked again before it leaves must be what was approved."""
    assert read_statement(statement_json(example())) == example()


def test_nothing_in_it_says_when_or_where_in_the_file() -> None:
    """Places, measurements, item numbers and times of the case lead back to the original."""
    text = statement_json(example()).decode()
    assert not any(item in text or item[:8] in text for item in ITEM_IDS)
    findings = findings_of(ITEM_IDS[0])
    for finding in findings:
        assert not finding.core.statement or finding.core.statement not in text
    assert {value.value for f in findings for value in f.core.measurements.values()} == {2.96}
    assert "2.96" not in text
    assert not re.search(r"\d{4}-\d{2}-\d{2}T", text)
    assert b"CreationDate" not in statement_files(example())["statement.en.pdf"]


def test_a_claim_that_points_at_the_source_is_not_published() -> None:
    """The sentence that gave the source of 2021 away stood among the claims."""
    exposing = [claim for claim in CLAIMS if claim.kind is ClaimKind.EXPOSURE]
    assert exposing
    told = {claim.statement for claim in public_claims(CLAIMS)}
    assert told and not told & {claim.statement for claim in exposing}


@pytest.mark.parametrize("language", ["en", "ru", "uk", "fr"])
def test_limits_stand_in_every_language(language: str) -> None:
    """A statement without its limits is propaganda."""
    page = unescape(statement_html(example(), language))
    assert page.count("<li>") >= len(LIMITS)
    assert ("LIMITS" not in page) and ("%(" not in page)
    if language == "en":
        assert all(limit in page for limit in LIMITS)
    assert "authentic: yes" not in page


def test_every_word_that_a_person_wrote_is_checked() -> None:
    """What is left out of the check is where the sentence will stand."""
    texts = outgoing_texts(example())
    joined = "\n".join(texts.values())
    document = json.loads(statement_json(example()))
    for words in document["words"]:
        assert words["title"] in joined and all(one in joined for one in words["paragraphs"])
    for claim in document["claims"]:
        assert claim["statement"] in joined and all(chain in joined for chain in claim["chains"])


@pytest.mark.parametrize(("text", "language"), [("", "en"), ("only a title", "en"), ("a\n\nb", "de")])
def test_words_that_are_none_are_refused(text: str, language: str) -> None:
    """An empty statement is a video without a word."""
    with pytest.raises(UnusableInputError):
        read_words(text, language)
