"""Finding words in all transcripts of a case, in most inflections of the four languages of the house.

Words of other languages are found as they are written, or by their beginning. All words asked for must stand in one
cue, or in two that follow one another: people speak on across a cue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from witnessmark.ground.language.words import Word, phrase, plain, words
from witnessmark.model.transcript import Cue, Transcript

PREFIX_LETTERS = 4
"""A word asked for also finds longer ones that begin with it, from this length on."""


@dataclass(frozen=True, slots=True)
class Found:
    """One place where the words stand."""

    transcript: Transcript
    cue: Cue
    context: str
    """The words of the cue and, where needed, of the next one."""


def search(transcripts: Iterable[Transcript], query: str) -> Iterator[Found]:
    """Places in the order of the transcripts and of time."""
    wanted = phrase(query)
    if not wanted:
        return
    for transcript in transcripts:
        spoken = [words(plain(f"{cue.speaker} {cue.text}")) for cue in transcript.cues]
        for place, cue in enumerate(transcript.cues):
            here = spoken[place]
            if _holds(here, wanted):
                yield Found(transcript, cue, cue.text)
            elif place + 1 < len(spoken) and any(_stands(one, here) for one in wanted):
                both = (*here, *spoken[place + 1])
                if _holds(both, wanted) and not _holds(spoken[place + 1], wanted):
                    yield Found(transcript, cue, f"{cue.text} {transcript.cues[place + 1].text}")


def _holds(text: tuple[Word, ...], wanted: tuple[Word, ...]) -> bool:
    return all(_stands(one, text) for one in wanted)


def _stands(one: Word, text: tuple[Word, ...]) -> bool:
    long_enough = len(one.text) >= PREFIX_LETTERS
    return any(word.means(one) or (long_enough and word.text.startswith(one.text)) for word in text)
