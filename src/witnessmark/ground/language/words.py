"""Words of a text with their base forms, in the four languages in which statements are published.

Base forms: ``simplemma`` (Barbaresi, MIT licence; dictionaries inside the package, nothing is fetched). A word's
alphabet chooses the languages: Russian and Ukrainian for Cyrillic, English and French for Latin; of these a sentence
is taken to be in those that know nearly as many of its words as the best one does, so that the French *ans* is not
found in an English *an*.

Before anything else a text is made plain: compatibility forms are unfolded (Unicode NFKC), invisible characters and
accents that only mark stress taken out, apostrophes made one, and Latin letters inside a Cyrillic word (or the other
way round) replaced by those that look the same: a hurried copy from elsewhere holds such, and so does a trick.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

CYRILLIC, LATIN = ("ru", "uk"), ("en", "fr")
CACHE_WORDS = 50_000
SPOKEN_SHARE = 0.8
"""Russian and Ukrainian share half their words; a sentence that one of them knows a fifth less of is not in it."""
OOV_LETTERS = 6
"""A word that no dictionary knows is compared by its beginning, from this length on: shorter beginnings are shared by
words that have nothing to do with one another."""
ENDING_LETTERS = 3
"""Letters by which inflection may lengthen such a word (Russian and Ukrainian case endings of nouns and adjectives
have up to three: -ами, -ого, -ими)."""
CHANGED_LETTERS = 2
"""Letters of its own that it may lose or change before the ending."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*", re.UNICODE)
_SENTENCE = re.compile(r"(?<=[.!?…])[\"'»”)\]]*\s+(?=[\"'«“(\[]*[^\W\d_])|\n{2,}|\n(?=\s*[-–—•*])")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_STRESS = re.compile("([\u0400-\u052f])[\u0300\u0301]")
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘`´ʼ′＇", "'"))
_ELISIONS = ("l'", "d'", "j'", "n'", "s'", "c'", "m'", "t'", "qu'", "jusqu'", "lorsqu'", "puisqu'")
"""French: an article or pronoun before an apostrophe is a word of its own."""
_PARTICIPLE = re.compile(r"(?<=..)ée?s?$")
_POSSESSIVE = re.compile(r"(?<=[a-z])'s$")
_BREAK = re.compile(r"[,;:()\[\]–—]+(?=\s|$)|(?<=\s)[–—(\[-]+(?=\s|\w)")
_TO_CYRILLIC = dict(zip("aceopxyik", "асеорхуік", strict=True))
_TO_LATIN = {there: here for here, there in _TO_CYRILLIC.items()}


@dataclass(frozen=True, slots=True)
class Word:
    """One word with every base form that it may have."""

    text: str
    forms: frozenset[tuple[str, str]]
    """(language, base form)."""
    known: bool
    """Some dictionary knows it."""
    exact: bool = False
    """In a phrase: only this very form is meant (*us*, not *we*)."""

    def means(self, other: Word) -> bool:
        """Whether both can be forms of one word."""
        if self.exact or other.exact:
            return self.text == other.text
        if self.forms & other.forms:
            return True
        if (self.known and other.known) or not self._shares_language(other):
            return False
        shorter = min(len(self.text), len(other.text))
        if shorter < OOV_LETTERS or abs(len(self.text) - len(other.text)) > ENDING_LETTERS:
            return False
        shared = max(OOV_LETTERS, shorter - CHANGED_LETTERS)
        return self.text[:shared] == other.text[:shared]

    def found_by(self) -> Iterator[object]:
        """Two words of which one ``means`` the other have one of these in common: to look up by, not to decide by."""
        yield self.text
        if not self.exact:
            yield from self.forms
            yield "begins", self.text[:OOV_LETTERS]

    def _shares_language(self, other: Word) -> bool:
        return bool({language for language, _ in self.forms} & {language for language, _ in other.forms})


def plain(text: str) -> str:
    """The text as it is compared. Its length may differ; fragments are told in this form."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(_APOSTROPHES)
    if _has_cyrillic(text):
        apart = unicodedata.normalize("NFD", text)
        text = unicodedata.normalize("NFC", _STRESS.sub(r"\1", apart))
    return text.replace("ё", "е").replace("Ё", "Е")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a plain text; a line of a list is one too."""
    start = 0
    for gap in _SENTENCE.finditer(text):
        if text[start : gap.start()].strip():
            yield text[start : gap.start()]
        start = gap.end()
    if text[start:].strip():
        yield text[start:]


def words(text: str) -> tuple[Word, ...]:
    """Every word of a plain sentence. Hyphens and French elisions part words; the English *'s* falls off."""
    found = tuple(_tokens(text))
    spoken = _languages(found)
    return tuple(_word(token, spoken) for token in found)


def pieces(text: str) -> tuple[int, ...]:
    """At which of its ``words`` each stretch between commas, colons, brackets and dashes of a plain sentence begins."""
    ends = [*(gap.start() for gap in _BREAK.finditer(text)), len(text)]
    begin, counted, starts = 0, 0, []
    for end in ends:
        here = sum(1 for _ in _tokens(text[begin:end]))
        if here:
            starts.append(counted)
        begin, counted = end, counted + here
    return tuple(starts)


def phrase(text: str, language: str = "") -> tuple[Word, ...]:
    """A phrase to look for, in one language or, where none is named, in any. ``=`` before a word: exactly this form."""
    spoken = (language,) if language else (*CYRILLIC, *LATIN)
    found = []
    for part in plain(text).split():
        found += [replace(_word(token, spoken), exact=part.startswith("=")) for token in _tokens(part)]
    return tuple(found)


def find(wanted: tuple[Word, ...], within: tuple[Word, ...], gap: int) -> tuple[int, int] | None:
    """(first, last) place of the words of ``wanted`` in ``within``, in order, with at most ``gap`` others between."""
    return next(find_all(wanted, within, gap), None)


def find_all(wanted: tuple[Word, ...], within: tuple[Word, ...], gap: int) -> Iterator[tuple[int, int]]:
    """Each such place, by its first word."""
    for first, word in enumerate(within):
        if not word.means(wanted[0]):
            continue
        last, at = first, 1
        while at < len(wanted):
            span = range(last + 1, min(last + 2 + gap, len(within)))
            step = next((place for place in span if within[place].means(wanted[at])), None)
            if step is None:
                break
            last, at = step, at + 1
        if at == len(wanted):
            yield first, last


def _tokens(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text):
        raw = match.group().casefold()
        for elision in _ELISIONS:
            if raw.startswith(elision) and len(raw) > len(elision):
                raw = raw[len(elision) :]
                break
        yield _one_alphabet(_POSSESSIVE.sub("", raw))


def _languages(tokens: Sequence[str]) -> tuple[str, ...]:
    """Of each alphabet the languages that know about as many of the words as the best one."""
    spoken: list[str] = []
    for group, cyrillic in ((CYRILLIC, True), (LATIN, False)):
        mine = [token for token in tokens if _has_cyrillic(token) == cyrillic]
        counts = {language: sum(_known(token, language) for token in mine) for language in group}
        best = max(counts.values())
        spoken += [language for language, count in counts.items() if count >= SPOKEN_SHARE * best]
    return tuple(spoken)


def _word(token: str, spoken: tuple[str, ...]) -> Word:
    mine = [language for language in (CYRILLIC if _has_cyrillic(token) else LATIN) if language in spoken]
    forms = {(language, _lemma(token, language)) for language in mine}
    forms |= {(language, token) for language in mine}
    if "fr" in mine and (stem := _PARTICIPLE.sub("", token)) != token and _known(f"{stem}er", "fr"):
        forms.add(("fr", f"{stem}er"))  # the dictionary holds many participles as words of their own
    return Word(token, frozenset(forms), any(_known(token, language) for language in mine))


@lru_cache(maxsize=CACHE_WORDS)
def _lemma(word: str, language: str) -> str:
    import simplemma

    return simplemma.lemmatize(word, lang=language).casefold().replace("ё", "е")


@lru_cache(maxsize=CACHE_WORDS)
def _known(word: str, language: str) -> bool:
    import simplemma

    return simplemma.is_known(word, lang=language)


def _one_alphabet(word: str) -> str:
    cyrillic = sum(_is_cyrillic(letter) for letter in word)
    latin = sum(letter.isalpha() and letter.isascii() for letter in word)
    if not cyrillic or not latin:
        return word
    table = _TO_CYRILLIC if cyrillic >= latin else _TO_LATIN
    return "".join(table.get(letter, letter) for letter in word)


def _has_cyrillic(text: Iterable[str]) -> bool:
    return any(map(_is_cyrillic, text))


def _is_cyrillic(letter: str) -> bool:
    return "\u0400" <= letter <= "\u052f"
