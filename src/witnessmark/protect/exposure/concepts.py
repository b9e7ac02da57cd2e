"""Loads the words for a source and for what describes a person (``concepts.toml``), in all four languages at once.

A text is held against all languages whatever it is written in: statements mix them, and a quotation stays what it is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from witnessmark.ground.language.words import Word, find, find_all, phrase

FILE = Path(__file__).with_name("concepts.toml")
PROVENANCE = Path(__file__).with_name("provenance.toml")
LANGUAGES = ("en", "ru", "uk", "fr")
GAP_WORDS = 2
"""Other words allowed between two words of a phrase ("specialist *in all kinds of* computers" is not found; "former
*political* prisoner" is)."""

Phrase = tuple[Word, ...]
Phrases = tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing that can be said of a person."""

    name: str
    why: str
    phrases: Phrases

    def within(self, text: tuple[Word, ...]) -> tuple[int, int] | None:
        """(first, last) word of the first phrase that is in the text."""
        return first_of(self.phrases, text)


class Lexicon:
    """Phrases, kept by how they may begin: most sentences hold none of them."""

    def __init__(self, phrases: Phrases) -> None:
        self._begins: dict[object, set[Phrase]] = {}
        for one in phrases:
            for key in one[0].found_by():
                self._begins.setdefault(key, set()).add(one)

    def places(self, text: Phrase, gap: int) -> list[tuple[int, int]]:
        """(first, last) word of every place of any phrase, with at most ``gap`` others between its words."""
        keys = {key for word in text for key in word.found_by()}
        wanted = {one for key in keys for one in self._begins.get(key, ())}
        return sorted(place for one in wanted for place in find_all(one, text, gap))


@dataclass(frozen=True, slots=True)
class Concepts:
    source: Phrases
    handing: Lexicon
    material: Lexicon
    pronouns: Phrases
    traits: tuple[Trait, ...]

    def traits_in(self, text: tuple[Word, ...]) -> tuple[Trait, ...]:
        return tuple(trait for trait in self.traits if trait.within(text))


@cache
def concepts() -> Concepts:
    """Read and taken apart once; the dictionaries load with it (about two seconds)."""
    held = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return Concepts(
        source=_phrases(held["mention"]["source"]),
        handing=Lexicon(_phrases(held["mention"]["handing"])),
        material=Lexicon(_phrases(held["mention"]["material"])),
        pronouns=_phrases(held["pronoun"]["person"]),
        traits=tuple(Trait(name, one["why"], _phrases(one)) for name, one in held["trait"].items()),
    )


@cache
def provenance() -> Mapping[str, Lexicon]:
    """The groups of words of ``provenance.toml``, and the traits as *trait.NAME*."""
    held = tomllib.loads(PROVENANCE.read_text(encoding="utf-8"))
    groups = {name: Lexicon(_phrases(one)) for name, one in held.items()}
    return groups | {f"trait.{trait.name}": Lexicon(trait.phrases) for trait in concepts().traits}


def first_of(phrases: Phrases, text: tuple[Word, ...]) -> tuple[int, int] | None:
    return next((place for wanted in phrases if (place := find(wanted, text, GAP_WORDS))), None)


def _phrases(by_language: Mapping[str, list[str]]) -> Phrases:
    return tuple(phrase(text, language) for language in LANGUAGES for text in by_language[language])
