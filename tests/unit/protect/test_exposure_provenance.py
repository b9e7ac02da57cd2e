"""What leaves a case speaks neither of the source nor of how the material came; offices and victims may be told of."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.conftest import ROOT
from witnessmark.ground.language.words import find, phrase, pieces, plain, words
from witnessmark.model.exposure import ExposureRule
from witnessmark.protect.exposure import check_text
from witnessmark.protect.exposure.concepts import provenance

OWN = tomllib.loads((ROOT / "tests/unit/protect/exposure_development.toml").read_text(encoding="utf-8"))
FOUND = {"en": 59, "ru": 62, "uk": 61, "fr": 58}
"""Of the telling sentences that the rules were tuned on; docs/exposure.md tells them too."""


@pytest.mark.parametrize("language", FOUND)
def test_what_is_found_of_our_own_sentences(language: str) -> None:
    """A change of a word for one sentence would lose another unseen."""
    found = [text for text in OWN["telling"][language] if check_text(text, "statement")]
    assert len(found) == FOUND[language]


@pytest.mark.parametrize("language", FOUND)
def test_our_own_harmless_sentences_are_let_through(language: str) -> None:
    """A check that stops what a statement has to say is switched off in a week."""
    assert [text for text in OWN["harmless"][language] if check_text(text, "statement")] == []


def test_the_page_tells_these_counts() -> None:
    """A page with better numbers than the test has would be an advertisement."""
    page = (ROOT / "docs" / "exposure.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (English|Russian|Ukrainian|French) \| (\d+) of (\d+) \| (\d+) of (\d+) \|", page, re.M
    )
    told = [tuple(map(int, row[1:])) for row in rows]
    assert told == [
        (FOUND[language], len(OWN["telling"][language]), 0, len(OWN["harmless"][language]))
        for language in ("en", "ru", "uk", "fr")
    ]


@pytest.mark.parametrize(
    ("stopped", "let_through"),
    [
        ("The source is well.", "The source of the light is a window."),
        ("Наши источники молчат.", "По сообщениям источников, он ушёл в отставку."),
        ("A guard told us the date.", "The prosecutor told us the date."),
        (
            "He told us that the room had no window.",
            "One of the victims spoke. He told us that the room had no window.",
        ),
        ("Nous avons reçu le disque d'un détenu.", "Nous avons reçu la réponse d'un tribunal."),
        ("Запись передал нам санитар.", "Запись передал нам следователь."),
        ("Вона принесла нам диск.", "Вона дивиться в камеру."),
        ("A cook hid the drive.", "We hid the faces in the recording."),
        ("The recordings reached us in a loaf.", "We know nothing of the file before it reached us."),
    ],
)
def test_who_it_is_decides(stopped: str, let_through: str) -> None:
    """An answer of an office could not be told, or a sentence about the source could."""
    hits = check_text(stopped, "statement")
    assert {hit.rule for hit in hits} == {ExposureRule.DESCRIBES_SOURCE}
    assert check_text(let_through, "statement") == ()


def test_a_sentence_that_describes_the_source_is_told_once() -> None:
    """Two hits for one sentence would want two answers."""
    assert len(check_text("Our source, a former prisoner, gave us the drive.", "statement")) == 1


def test_looking_up_by_beginnings_finds_what_comparing_each_finds() -> None:
    """A phrase that is looked up by the wrong key is never found, and nobody would see it."""
    text = words(
        plain("Удалённый флешконосец принёс нам флешки, and somebody's copies reached us by a courier.")
    )
    for lexicon in provenance().values():
        every = {one for held in lexicon._begins.values() for one in held}
        slow = {one for one in every if find(one, text, 2)}
        assert bool(slow) == bool(lexicon.places(text, 2))


def test_pieces_of_a_sentence_begin_at_its_words() -> None:
    """Who does it would be looked for in the wrong part of a sentence."""
    text = "A medic, whom the court – later – sentenced (once), gave us 1,5 TB; he left."
    assert [words(text)[at].text for at in pieces(text)] == [
        "a", "whom", "later", "sentenced", "once", "gave", "he",
    ]  # fmt: skip
    assert phrase("the source's")[1].text == "source"
