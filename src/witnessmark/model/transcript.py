"""What is said in a recording, in words: so that people can decide from words before they look at pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Certainty(StrEnum):
    """How sure whoever wrote it down is of the wording."""

    LOW = "low"
    """Guessed in part, or written by a machine."""
    MEDIUM = "medium"
    HIGH = "high"
    """Written down by somebody who knows the language and listened more than once."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One stretch of words, in milliseconds from the start of the file as a player shows it."""

    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""
    """As written down (``man 1``); a pseudonym or a role, never a name."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """One version of the words of one item in one language; the latest of a language is the one that stands."""

    transcript_id: str
    item_id: str
    language: str
    """BCP 47: ru, uk, fr, en-GB."""
    cues: tuple[Cue, ...]
    transcriber: str
    """Who wrote it down, by pseudonym; or the program with its model."""
    certainty: Certainty
    made_at: datetime
    by: str
    """Person of the case who took it in."""
    translator: str = ""
    """Who translated it; empty: it is in the language that is spoken."""
    translated_from: str = ""
    note: str = ""

    @property
    def words_s(self) -> float:
        """Seconds of the recording that its cues cover, overlaps counted once."""
        covered, until = 0, 0
        for cue in sorted(self.cues, key=lambda cue: cue.start_ms):
            covered += max(0, cue.end_ms - max(cue.start_ms, until))
            until = max(until, cue.end_ms)
        return covered / 1000
