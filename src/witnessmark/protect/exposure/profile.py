"""The sealed profile of the source: what would let somebody recognise the person, as far as we know it.

Plain lines of ``heading: phrase; phrase``; several lines of one heading are one entry each. It is sealed like original
names, opened for a check only (which the custody log says), and nothing of it is ever repeated in a result.
"""

from __future__ import annotations

from dataclasses import dataclass

from witnessmark.ground.language.words import Word, find, phrase
from witnessmark.model.errors import UnusableInputError
from witnessmark.protect.exposure.concepts import GAP_WORDS, Phrases, concepts, first_of

HEADINGS = {
    "name": "the name",
    "contact": "a way to reach the person",
    "occupation": "the occupation",
    "status": "the standing",
    "nationality": "the nationality",
    "place": "a place of the person's life",
    "time": "a time of the person's life",
    "family": "the family",
    "appearance": "the looks or way of speaking",
    "access": "how the material was reached",
    "other": "something else that is known of the person",
}
"""Heading and the words by which a hit tells what was recognised."""
ALONE = frozenset({"name", "contact"})
"""Enough by itself, wherever it stands."""
SHARED = frozenset({"place", "time"})
"""Shared by many and named in most statements: counts beside something else in one sentence only."""
LIMIT_BYTES = 256 << 10


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing known of the person, with every phrase that says it."""

    heading: str
    phrases: Phrases
    """As given, and all that mean the same in the four languages where a known concept was named."""

    def within(self, text: tuple[Word, ...]) -> tuple[int, int] | None:
        return first_of(self.phrases, text)


@dataclass(frozen=True, slots=True)
class Profile:
    entries: tuple[Entry, ...] = ()

    def in_text(self, text: tuple[Word, ...]) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.within(text))


def read_profile(data: bytes) -> Profile:
    """From the text that a person wrote. Raises UnusableInputError for what it cannot take; it guesses nothing."""
    if len(data) > LIMIT_BYTES:
        raise UnusableInputError("the profile is too long", "a profile is a page, not a book")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableInputError("the profile is not UTF-8 text") from error
    entries = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        heading, colon, said = line.partition(":")
        name = heading.strip().lower()
        if not colon or name not in HEADINGS:
            raise UnusableInputError(
                f"line {number} of the profile has no known heading",
                f"write HEADING: phrase; phrase – headings: {', '.join(HEADINGS)}",
            )
        given = [phrase(part) for part in said.split(";")]
        phrases = tuple(words for words in given if words)
        if not phrases:
            raise UnusableInputError(f"line {number} of the profile says nothing after its heading")
        entries.append(Entry(name, _widened(name, phrases)))
    return Profile(tuple(entries))


def _widened(heading: str, phrases: Phrases) -> Phrases:
    """The phrases, and for each concept that one of them names all its phrases in the four languages."""
    if heading in ALONE | SHARED:
        return phrases
    found = list(phrases)
    for trait in concepts().traits:
        named = any(find(known, words, GAP_WORDS) for known in trait.phrases for words in phrases)
        if named and trait.name not in _TOO_WIDE:
            found += trait.phrases
    return tuple(dict.fromkeys(found))


_TOO_WIDE = frozenset({"prisoner", "nationality", "same_place", "self", "staff"})
"""Concepts that gather many different things: "Belarusian" must not make "Georgian" a part of the profile."""
