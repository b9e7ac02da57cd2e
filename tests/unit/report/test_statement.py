"""What is published in words: complete in every language, the same bytes each time, nothing that points back."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape

import pytest

from tests.unit.report.example import ITEM_IDS, case_report, findings_of
from witnessmark.model.errors import UnusableInputError
from witnessmark.model.findings import Outcome
from witnessmark.model.redaction import Form, Sound
from witnessmark.model.statements import ClaimKind
from witnessmark.release.report.statement import (
    PROVEN,
    Statement,
    limits_of,
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
        WORDS,
        Form.VIDEO,
        Sound.NONE,
        public_claims(CLAIMS),
        (public_findings(findings_of(ITEM_IDS[0]), 1, Form.VIDEO),),
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
    limits = limits_of(Form.VIDEO)
    assert page.count("<li>") >= len(limits)
    assert ("LIMITS" not in page) and ("%(" not in page)
    if language == "en":
        assert all(limit in page for limit in limits)
    assert "authentic: yes" not in page


def test_words_alone_do_not_tell_the_file_by_what_was_not_observed() -> None:
    """Whoever holds the originals runs our program on them and finds the one with exactly this list."""
    findings = findings_of(ITEM_IDS[0])
    fewer = [f for f in findings if f.core.outcome is Outcome.OBSERVED]
    assert len(fewer) < len(findings)
    told = [public_findings(some, 1, Form.STATEMENT) for some in (findings, fewer)]
    assert told[0] == told[1] and told[0].to_explain and told[0].asked > 10
    assert public_findings(findings, 1, Form.VIDEO) != public_findings(fewer, 1, Form.VIDEO)
    page = statement_html(Statement(WORDS, Form.STATEMENT, Sound.NONE, (), (told[0],)), "en")
    assert f"{told[0].asked} questions are asked of every recording" in page
    assert "looked for and not observed" not in page and "Without an answer" not in page
    assert "questions are asked of every recording" not in statement_html(example(), "en")


OF_PICTURES = re.compile(
    "video|vidéo|видео|ролик|відео|tile|клетк|клітинк|carreau|strip|полос|смуг|bandeau", re.I
)
SPEAKS_OF_A_PICTURE = {"en": "no picture", "ru": "изображения не", "uk": "зображень не", "fr": "aucune image"}
SAYS_THE_LOG = {
    "en": "log holds",
    "ru": "журнал издателя",
    "uk": "журнал видавця",
    "fr": "journal de l’éditeur",
}


@pytest.mark.parametrize("language", ["en", "ru", "uk", "fr"])
def test_words_alone_speak_of_no_video(language: str) -> None:
    """A reader of words would look for a video, its tiles and its strip, that nobody published."""
    words = tuple(read_words("A scene\n\nOne man acts.\n", code) for code in ("en", "ru", "uk", "fr"))
    found = (public_findings(findings_of(ITEM_IDS[0]), 1, Form.STATEMENT),)
    claims = tuple(one for one in public_claims(CLAIMS) if not OF_PICTURES.search(one.statement))
    bare = Statement(words, Form.STATEMENT, Sound.NONE, claims, found)
    page = _body(statement_html(bare, language))
    assert OF_PICTURES.findall(page) == []
    assert SPEAKS_OF_A_PICTURE[language] in page and SAYS_THE_LOG[language] in page
    if language == "en":
        assert PROVEN["statement"] in page and "There is no sound" not in page
        assert OF_PICTURES.findall(statement_json(bare).decode()) == []
    shown = _body(statement_html(example(), language))
    assert len(OF_PICTURES.findall(shown)) >= 3
    assert SPEAKS_OF_A_PICTURE[language] not in shown


def _body(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", unescape(page[page.index("<body") :]))


def test_it_says_what_was_changed_in_a_video() -> None:
    """“Nothing else was changed” is wrong of whatever was scaled, cut and encoded again, and a court would see it."""
    page = _body(statement_html(example(), "en"))
    assert "nothing else" not in page
    for change in (
        "were cut off",
        "made black",
        "scaled down",
        "common rate",
        "encoded again",
        "sound",
        "strip",
    ):
        assert change in page


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "not measured"),
        ("ru", "не измерялось"),
        ("uk", "не вимірювалося"),
        ("fr", "n’a pas été mesuré"),
    ],
)
def test_a_disguised_voice_may_be_known(language: str, told: str) -> None:
    """Somebody would speak because “it cannot be undone”, and be known by the way they speak."""
    page = _body(statement_html(replace(example(), sound=Sound.DISGUISE), language))
    silent = _body(statement_html(replace(example(), sound=Sound.SILENCE), language))
    assert page.count(told) == silent.count(told) + 1
    assert "cannot be undone" not in page


def test_every_word_that_a_person_wrote_is_checked() -> None:
    """What is left out of the check is where the sentence will stand."""
    texts = outgoing_texts(example())
    joined = "\n".join(texts.values())
    document = json.loads(statement_json(example()))
    for words in document["words"]:
        assert words["title"] in joined and all(one in joined for one in words["paragraphs"])
    for claim in document["claims"]:
        assert claim["statement"] in joined and all(chain in joined for chain in claim["chains"])
        assert claim["said_on"] in joined
    dates = {claim["said_on"] for claim in document["claims"] if claim["said_on"]}
    assert dates and dates <= set(texts.values())


@pytest.mark.parametrize(("text", "language"), [("", "en"), ("only a title", "en"), ("a\n\nb", "de")])
def test_words_that_are_none_are_refused(text: str, language: str) -> None:
    """An empty statement is a video without a word."""
    with pytest.raises(UnusableInputError):
        read_words(text, language)
