"""Sentences that speak of the source or describe it, or in which the profile of the source can be recognised.

What counts as a description, from the cases that made this check necessary (shared: the worked example, row 8): a
sentence, or two neighbours of which one goes on with a pronoun, that speaks of whoever brought the material *and* says
something about a person. And any sentence that speaks of the source, or of how the material came, whatever it says
(``provenance.py``): nothing that leaves has to. Nothing has to be known of the source for that. What is known of the
source, the sealed profile, adds sentences that speak of nobody in particular and yet fit one person.

A hit is not a proof, and no hit is no proof of safety: ``docs/exposure.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from witnessmark.ground.language.words import Word, plain, sentences, words
from witnessmark.model.exposure import ExposureHit, ExposureRule
from witnessmark.protect.exposure import provenance
from witnessmark.protect.exposure.concepts import GAP_WORDS, Trait, concepts, first_of
from witnessmark.protect.exposure.profile import ALONE, HEADINGS, SHARED, Profile

PERSONAL = frozenset({"former_prisoner", "computing", "foreign", "access", "departure"})
"""Traits that a text about the material itself rarely names: beside words for handing material over one is enough."""
PORTRAIT_TRAITS = 3
"""As many different traits in one sentence draw a person, even where nobody is called a source."""
PORTRAIT_PERSONAL = 2
"""Of them at least two that victims and officials are rarely described by."""
FRAGMENT_LETTERS = 300
NO_PROFILE = Profile()


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    words: tuple[Word, ...]
    names_source: bool
    hands_over: bool
    goes_on: bool
    """It has a word that stands for a person named before or after."""
    traits: tuple[Trait, ...]


def check_text(text: str, where: str, profile: Profile = NO_PROFILE) -> tuple[ExposureHit, ...]:
    """Every hit in one outgoing text, in the order of the text; each once."""
    whole = tuple(sentences(plain(text)))
    taken = [_taken(sentence) for sentence in whole]
    described = [*_descriptions(taken, where)]
    hits = [*described, *_spoken_of(whole, where, described), *_recognised(taken, where, profile)]
    return tuple({hit.code: hit for hit in hits}.values())


def _taken(text: str) -> _Sentence:
    known = concepts()
    found = words(text)
    return _Sentence(
        " ".join(text.split())[:FRAGMENT_LETTERS],
        found,
        first_of(known.source, found) is not None and not provenance.only_officials_deal(text),
        _hands_over(found),
        first_of(known.pronouns, found) is not None,
        known.traits_in(found),
    )


def _hands_over(found: tuple[Word, ...]) -> bool:
    """A word for handing over beside one for the material; one word (*recording*) is not both."""
    handing = set(concepts().handing.places(found, GAP_WORDS))
    material = set(concepts().material.places(found, GAP_WORDS))
    return bool(handing and material) and len(handing | material) > 1


def _descriptions(text: Sequence[_Sentence], where: str) -> Iterable[ExposureHit]:
    for place, one in enumerate(text):
        named = {trait.name for trait in one.traits}
        if one.names_source and one.traits:
            yield _describes(where, one.text, one.traits, "It speaks of the source and tells")
        elif one.hands_over and (named & PERSONAL or len(named) > 1):
            yield _describes(where, one.text, one.traits, "It speaks of handing material over and tells")
        elif len(named) >= PORTRAIT_TRAITS and len(named & PERSONAL) >= PORTRAIT_PERSONAL:
            yield _describes(where, one.text, one.traits, "It draws a person: it tells")
        for other in text[place + 1 : place + 2]:
            first, then = (one, other) if one.names_source or one.hands_over else (other, one)
            speaks = first.names_source or (first.hands_over and {t.name for t in then.traits} & PERSONAL)
            if speaks and not then.names_source and then.traits and (one.goes_on or other.goes_on):
                both = f"{one.text} {other.text}"[: 2 * FRAGMENT_LETTERS]
                yield _describes(
                    where, both, then.traits, "Two sentences together speak of the source and tell"
                )


def _spoken_of(text: Sequence[str], where: str, known: Sequence[ExposureHit]) -> Iterable[ExposureHit]:
    """Those of which no description is told already."""
    for place, sentence in enumerate(text):
        fragment = " ".join(sentence.split())[:FRAGMENT_LETTERS]
        if any(fragment in hit.fragment for hit in known):
            continue
        reasons = provenance.told(sentence, text[place - 1] if place else "")
        if reasons:
            why = f"It {_listed(reasons)}; nothing that leaves has to."
            yield ExposureHit(ExposureRule.DESCRIBES_SOURCE, where, fragment, why)


def _describes(where: str, fragment: str, traits: tuple[Trait, ...], opening: str) -> ExposureHit:
    told = list(dict.fromkeys(trait.why for trait in traits))
    return ExposureHit(ExposureRule.DESCRIBES_SOURCE, where, fragment, f"{opening} {_listed(told)}.")


def _recognised(text: Sequence[_Sentence], where: str, profile: Profile) -> Iterable[ExposureHit]:
    seen: dict[str, str] = {}
    for one in text:
        entries = profile.in_text(one.words)
        headings = list(dict.fromkeys(entry.heading for entry in entries))
        own = [heading for heading in headings if heading not in SHARED]
        about = one.names_source or one.hands_over
        if set(headings) & ALONE or len(entries) > 1 or (entries and about):
            yield _profile_hit(where, one.text, headings)
        for heading in own:
            seen.setdefault(heading, one.text)
    apart = list(dict.fromkeys(seen.values()))
    if len(seen) > 1 and len(apart) > 1:
        fragment = " … ".join(apart)[: 2 * FRAGMENT_LETTERS]
        yield _profile_hit(where, fragment, list(seen), together="Several sentences together: ")


def _profile_hit(where: str, fragment: str, headings: Sequence[str], together: str = "") -> ExposureHit:
    told = _listed([HEADINGS[heading] for heading in headings])
    return ExposureHit(
        ExposureRule.PROFILE, where, fragment, f"{together}{told} of the source can be recognised here."
    )


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
