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

Phrases = tuple[tuple[Word, ...], ...]


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing that can be said of a person."""

    name: str
    why: str
    phrases: Phrases

    def within(self, text: tuple[Word, ...]) -> tuple[int, int] | None:
        """(first, last) word of the first phrase that is in the text."""
        return first_of(self.phrases, text)


@dataclass(frozen=True, slots=True)
class Concepts:
    source: Phrases
    handing: Phrases
    material: Phrases
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
        handing=_phrases(held["mention"]["handing"]),
        material=_phrases(held["mention"]["material"]),
        pronouns=_phrases(held["pronoun"]["person"]),
        traits=tuple(Trait(name, one["why"], _phrases(one)) for name, one in held["trait"].items()),
    )


@cache
def provenance() -> Mapping[str, Phrases]:
    """The groups of words of ``provenance.toml``, by name."""
    held = tomllib.loads(PROVENANCE.read_text(encoding="utf-8"))
    return {name: _phrases(one) for name, one in held.items()}


def places(phrases: Phrases, text: tuple[Word, ...], gap: int) -> list[tuple[int, int]]:
    """(first, last) word of every place of any phrase, with at most ``gap`` other words between two of its words."""
    return [place for wanted in phrases for place in find_all(wanted, text, gap)]


def first_of(phrases: Phrases, text: tuple[Word, ...]) -> tuple[int, int] | None:
    return next((place for wanted in phrases if (place := find(wanted, text, GAP_WORDS))), None)


def _phrases(by_language: Mapping[str, list[str]]) -> Phrases:
    return tuple(phrase(text, language) for language in LANGUAGES for text in by_language[language])
