"""Transcripts: read as people write them, written so that they come back the same, found in any inflection."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from witnessmark.describe.subtitles import as_srt, as_vtt, language_tag, read_subtitles
from witnessmark.describe.word_search import search
from witnessmark.model.errors import UnusableInputError
from witnessmark.model.transcript import Certainty, Cue, Transcript

VTT = """WEBVTT - title

NOTE a remark

STYLE
::cue { color: red }

first
00:01.000 --> 00:00:02.500 line:0
<v Man 1>Hello <b>there</b> &amp; you

00:00:03.000 --> 01:00:04.000
Охранник: Лежать!
- все
"""
SRT = "1\r\n00:00:01,000 --> 00:00:02,500\r\nПривет\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nмир\r\n"


def transcript(*texts: str, language: str = "ru") -> Transcript:
    cues = tuple(Cue(1000 * n, 1000 * n + 900, text) for n, text in enumerate(texts))
    return Transcript("t", "i", language, cues, "listener", Certainty.HIGH, datetime.now(UTC), "p")


def test_vtt_as_editors_write_it() -> None:
    """Speakers, remarks and styles must not end up as words that somebody said."""
    assert read_subtitles(VTT.encode()) == (
        Cue(1000, 2500, "Hello there & you", "Man 1"),
        Cue(3000, 3_604_000, "Лежать!\n- все", "Охранник"),
    )


def test_srt_as_editors_write_it() -> None:
    """Half of all subtitle editors write SRT with DOS line ends."""
    assert [cue.text for cue in read_subtitles(b"\xef\xbb\xbf" + SRT.encode())] == ["Привет", "мир"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"WEBVTT\n\n",
        b"\xff\xfe\x00",
        b"WEBVTT\n\n00:05.000 --> 00:01.000\nbackwards\n",
        b"WEBVTT\n\n999999:00:00.000 --> 999999:00:01.000\nlate\n",
    ],
)
def test_what_is_no_transcript_is_refused(data: bytes) -> None:
    """Words lost in reading are words that nobody will hear."""
    with pytest.raises(UnusableInputError):
        read_subtitles(data)


TEXT = st.text(
    st.characters(categories=("L", "N"), include_characters=" &<>,.!?", exclude_characters="\n"), max_size=40
).map(lambda text: " ".join(text.split()))
CUES = st.lists(
    st.builds(
        lambda start, length, text: Cue(start, start + length, text),
        st.integers(0, 10**8),
        st.integers(0, 10**5),
        TEXT.filter(bool),
    ),
    min_size=1,
    max_size=8,
)


@given(CUES)
def test_what_is_written_is_read_back(cues: list[Cue]) -> None:
    """People export, edit and import: nothing may change on the way but what they changed."""
    ordered = tuple(sorted(cues, key=lambda cue: (cue.start_ms, cue.end_ms)))
    assert read_subtitles(as_vtt(ordered).encode()) == ordered


def test_speakers_come_back_in_both_forms() -> None:
    """Who said it is half of what was said."""
    cues = (Cue(0, 900, "Get up", "man 1"), Cue(1000, 1900, "No", "man 2"))
    assert read_subtitles(as_vtt(cues).encode()) == cues
    assert read_subtitles(as_srt(cues).encode()) == cues


def test_hidden_characters_do_not_come_in() -> None:
    """A right-to-left mark in a transcript turns a sentence round on the screen and in the report."""
    cue = read_subtitles("WEBVTT\n\n00:00.000 --> 00:01.000\nab\u202ecd\x07\n".encode())[0]
    assert "\u202e" not in cue.text and "\x07" not in cue.text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("бить заключённый", "Они били заключённых палками"),
        ("в'язень", "одного в’язня побили"),
        ("prisoners", "one prisoner was beaten"),
        ("détenu", "les détenus sont au sol"),
        ("فيديو", "هذا فيديو"),
        ("Krankenhaus", "im Krankenhauszimmer"),
    ],
)
def test_words_are_found_in_other_forms(query: str, text: str) -> None:
    """Whoever searches does not know in which case the word was said."""
    assert [found.cue.text for found in search([transcript(text)], query)] == [text]


def test_words_across_two_cues_are_found_once() -> None:
    """A cue ends where the breath ends, not where the sentence does."""
    found = list(search([transcript("Лежать, заключённый", "или буду бить", "тишина")], "бить заключённого"))
    assert [one.context for one in found] == ["Лежать, заключённый или буду бить"]


def test_words_that_are_not_there_are_not_found() -> None:
    """A search that finds everything sends people to watch everything."""
    assert list(search([transcript("тишина", "шаги")], "бить")) == []
    assert list(search([transcript("тишина")], "  ")) == []


@pytest.mark.parametrize("tag", ["", "russian language", "../x", "R"])
def test_a_language_is_a_tag(tag: str) -> None:
    """A language that nobody can look up is none."""
    with pytest.raises(UnusableInputError):
        language_tag(tag)
    assert language_tag("en-GB") == "en-GB"


def test_time_spoken_counts_overlaps_once() -> None:
    """Two people at once do not make the recording longer."""
    spoken = Transcript(
        "t", "i", "ru", (Cue(0, 2000, "a"), Cue(1000, 3000, "b"), Cue(5000, 6000, "c")), "", Certainty.LOW,
        datetime.now(UTC), "p",
    )  # fmt: skip
    assert spoken.words_s == 4.0
