"""Sentences that speak of the source at all, or of how the material came: nothing that leaves has to.

Not what is said of a person is looked for here, but that somebody is spoken of who is no part of what the footage
shows. Three rules (their words: ``provenance.toml``): a noun for the source; somebody unnamed who gives, tells or comes
to *us*; somebody unnamed who carried, hid, copied or kept the material, or from whom it comes. Authorities, lawyers,
editors, experts, victims and witnesses may deal with us: a statement has to tell what they answered.
"""

from __future__ import annotations

from collections.abc import Iterator

from witnessmark.protect.exposure.clauses import UNNAMED, Clause, Doer, Sentence

SOURCE = "speaks of the source"
DEALING = "tells that somebody dealt with us"
BROUGHT = "tells how the material came"
NEAR = 4
"""Words after *thanks to*, *behind* or *from* in which the person, or the material, stands."""
NOUS_WORDS = 3
"""From French *nous* to its verb ("nous a tout donné")."""
GOVERNED = 2
"""Words before a noun in which a preposition governs it ("in the second recording")."""
TECHNICAL_GAP = 2
"""Other words in a fixed technical sense ("source of *the only* light")."""
FROM_GAP = 4
"""Other words between *we learned* and *from*."""
_INSIDE = frozenset(
    (
        *("in", "on", "of", "during", "at", "with", "within", "from", "into"),
        *("dans", "sur", "selon", "pendant", "de", "du", "des", "d"),
        *("на", "в", "во", "из", "по", "о", "об", "при", "до", "после"),
        *("у", "з", "із", "зі", "про", "під", "за"),
    )
)
"""What makes a word for the material the place of something else."""
_UNTIL = frozenset(
    (
        *("before", "until", "since", "after", "when", "once", "as", "avant", "quand", "depuis"),
        *("до", "перед", "прежде", "когда", "поки", "коли", "як", "как"),
    )
)
"""A clause that begins so tells of the file's past, not of the day on which it came."""
_NOUN_OR_VERB = frozenset({"copy", "copies", "copie", "download", "downloads"})
_OF = frozenset({"of", "de", "du", "des"})
_VERB_FOLLOWS = frozenset({"to", "he", "she", "who", "could", "would", "did", "il", "elle", "qui", "they"})
_OURS = frozenset({"avons", "sommes", "avions", "étions", "fûmes", "eûmes", "même", "mêmes"})
_SKIPPED = frozenset({"ne", "en", "y", "l", "le", "la", "les", "lui", "leur"})
_IMPERSONAL = frozenset({"il"})
_FRENCH_BE = frozenset({"est", "était", "a", "été", "semble", "faut", "reste"})


def told(text: str, before: str = "") -> tuple[str, ...]:
    """Why a plain sentence is stopped, or nothing. ``before``: the sentence before it, to which *he* may refer."""
    one = Sentence.of(text)
    return tuple(why for why, holds in _rules(one, before) if holds)


def only_officials_deal(text: str) -> bool:
    """Whether a plain sentence names nobody but authorities, experts or victims, and no noun for a source."""
    one = Sentence.of(text)
    return one.only_offices() and not _names_source(one)


def _rules(one: Sentence, before: str) -> Iterator[tuple[str, bool]]:
    yield SOURCE, _names_source(one)
    earlier = Sentence.of(before) if before else None
    yield DEALING, _deals(one, earlier)
    yield BROUGHT, _brought(one, earlier)


def _names_source(one: Sentence) -> bool:
    excused = _covered(one, "technical", TECHNICAL_GAP)
    if not _at(one, "our") and not _material(one):
        # what the press calls its sources, or traces that were held against each other
        excused |= _covered(one, "plural", 0)
    return any(first not in excused for first, _ in _at(one, "source"))


def _deals(one: Sentence, earlier: Sentence | None) -> bool:
    us = [at for first, last in _at(one, "us", 1) for at in (first, last) if _is_object(one, at)]
    asks = bool(_at(one, "modal"))
    for group in ("transfer", "reach", "speech"):
        for verb in _starts(one, group, 1):
            clause = one.clause(verb)
            near = [at for at in us if at in clause and _reached_by(one, verb, at)]
            near += [at for at in _we(one) if at in clause and at < verb and one.passive(verb)]
            if not near or (asks and group != "transfer"):
                continue
            doer = _doer_for_us(one, verb)
            if doer is None and group != "speech" and _arrived(one, clause):
                return True
            if doer is None or not _unnamed(one, doer, earlier):
                continue
            if one.kind(doer) is Doer.KIN and group == "speech":
                continue
            if group == "reach" and _is_thing(one, doer, earlier):
                continue
            if group != "transfer" and one.several(doer, verb):
                continue
            return True
    return _we_had_from(one) or (not asks and _beside_us(one, us, earlier))


def _is_thing(one: Sentence, doer: int, earlier: Sentence | None) -> bool:
    """*Она дошла до нас*, *il nous est parvenu*: outside English a recording is *he* or *she* too."""
    if one.kind(doer) is not Doer.PRONOUN or one.text(doer) in ("he", "she"):
        return False
    behind = earlier is not None and bool(_at(earlier, "material"))
    return behind or any(first < doer for first, _ in _at(one, "material"))


def _beside_us(one: Sentence, us: list[int], earlier: Sentence | None) -> bool:
    """Whatever the verb: one unnamed person, and *us* as those whom it concerns, with nobody else in the clause."""
    if _at(one, "seems"):
        return False
    for at in us:
        clause = one.clause(at)
        here = [place for place in one.who(clause.start, clause.end) if one.doers[place] is not Doer.KIN]
        if not here or any(place in clause for place in _we(one)):
            continue
        first = here[0]
        leads = first < at or _free_order(one.text(at))
        if (
            leads
            and not _is_thing(one, first, earlier)
            and _unnamed(one, first, earlier)
            and not one.several(first, first)
        ):
            return True
    return False


def _free_order(text: str) -> bool:
    return "\u0400" <= text[0] <= "\u052f"


def _arrived(one: Sentence, clause: Clause) -> bool:
    """The material came to us: told for its own sake, not as the end of what was examined ("before it reached us")."""
    starts = {one.text(at) for at in range(clause.start, min(clause.start + 2, clause.end))}
    return not starts & _UNTIL and any(at in clause for at in _material(one))


def _reached_by(one: Sentence, verb: int, us: int) -> bool:
    """English *us* follows its verb; French *nous* stands before it, or after a preposition; elsewhere it is free."""
    if one.text(us) in ("us", "our"):
        return us > verb
    if one.text(us) == "nous":
        return us > verb or verb - us <= NOUS_WORDS
    return us != verb


def _doer_for_us(one: Sentence, verb: int) -> int | None:
    """French *il nous a été répondu* names nobody."""
    doer = one.doer(verb)
    if doer is not None and one.text(doer) in _IMPERSONAL:
        after = {one.text(at) for at in range(doer + 1, min(doer + NEAR, len(one.words)))}
        if after & _FRENCH_BE and verb - doer > 1 and "été" in after | {one.text(verb)}:
            return None
    return doer


def _we_had_from(one: Sentence) -> bool:
    """We owe it to, had it from, or met, somebody."""
    for first, last in _at(one, "received", FROM_GAP):
        clause = one.clause(first)
        if not any(at in clause for at in _we(one) + [at for at, _ in _at(one, "us")]):
            continue
        after = one.who(last, min(clause.end, last + 1 + NEAR)) or one.who(last, clause.end)[:1]
        if not after and clause.relative and (previous := one.before(clause)):
            after = [at for at in one.who(previous.start, previous.end) if one.doers[at] in UNNAMED][-1:]
        if after and _unnamed(one, after[0], None):
            return True
    return False


def _brought(one: Sentence, earlier: Sentence | None) -> bool:
    return (
        _carried(one, earlier)
        or _comes_from(one)
        or _stands_behind(one)
        or _would_not_be(one)
        or _held_by_somebody(one)
    )


def _carried(one: Sentence, earlier: Sentence | None) -> bool:
    material = _material(one)
    shown, duty = _depicts(one), bool(_at(one, "duty"))
    copies = [first for first, _ in _at(one, "copies")]
    carriers = bool({first for first, _ in _at(one, "medium")} & set(material))
    picture = {first for first, _ in _at(one, "picture")}
    objects = [at for at in material if at not in picture]
    for group, needs in (("strong", None), ("smuggle", material), ("carry", objects), ("make", copies)):
        if group in ("carry", "make") and shown:
            continue
        for verb in _starts(one, group, 2):
            if not _is_verb(one, verb):
                continue
            if needs is not None and not _beside(one, verb, needs):
                continue
            if any(at in one.clause(verb) for at in _we(one)):
                continue
            doer = one.doer(verb)
            if doer is None or not _unnamed(one, doer, earlier):
                continue
            if group != "carry" or carriers or not (one.several(doer, verb) or duty):
                return True
    return any(
        one.doer(verb) is None and _beside(one, verb, material) and not _we(one)
        for verb in _starts(one, "smuggle", 2)
    )


def _comes_from(one: Sentence) -> bool:
    material = _material(one)
    for first, last in _at(one, "come_from", 2):
        if not _beside(one, first, material) and not any(at < first for at, _ in _at(one, "us")):
            continue
        near = one.who(last + 1, min(last + 1 + NEAR, len(one.words)))
        if near and _unnamed(one, near[0], None):
            return True
    owed = bool(_at(one, "thanks")) and bool(material or _at(one, "nobody"))
    return (owed or bool(material and _at(one, "exist"))) and _only_unnamed(one)


def _stands_behind(one: Sentence) -> bool:
    wanted = [*_material(one), *(first for first, _ in _at(one, "publication"))]
    return any(last < at <= last + NEAR for _, last in _at(one, "behind", 2) for at in wanted)


def _would_not_be(one: Sentence) -> bool:
    """*Without him* there would be nothing."""
    if not _at(one, "would"):
        return False
    if not (_material(one) or _at(one, "publication") or _we(one) or _at(one, "nobody") or _at(one, "us")):
        return False
    for _, last in _at(one, "without", 1):
        near = one.who(last + 1, min(last + 1 + NEAR, len(one.words)))
        if near and _unnamed(one, near[0], None):
            return True
    return False


def _held_by_somebody(one: Sentence) -> bool:
    """A carrier of data beside a person, or material beside what it was hidden in or carried across."""
    material = _material(one)
    carriers = {first for first, _ in _at(one, "medium")} & set(material)
    if _at(one, "thing") or _we(one):
        return False
    whole = {first for first, _ in _at(one, "whole")} & set(material)
    if (carriers or (whole and not _depicts(one))) and _led_by_unnamed(one):
        return True
    return bool(material and _at(one, "passage")) and not _depicts(one) and not _offices(one)


def _depicts(one: Sentence) -> bool:
    """It tells what can be seen or heard; *what you see* is only another word for the material."""
    material = _covered(one, "shown", 0)
    return any(first not in material for first, _ in _at(one, "depict"))


def _led_by_unnamed(one: Sentence) -> bool:
    """The first person of the sentence is a single unnamed one."""
    first = next(iter(one.who(0, len(one.words))), None)
    if first is None or one.doers[first] is Doer.LIKELY or one.several(first, first):
        return False
    thing = one.doers[first] is Doer.PRONOUN and one.text(first) not in ("he", "she", "him")
    return not thing and _unnamed(one, first, None)


def _only_unnamed(one: Sentence) -> bool:
    named = one.who(0, len(one.words))
    return bool(named) and all(one.kind(at) in UNNAMED for at in named)


def _offices(one: Sentence) -> bool:
    return any(one.kind(at) is Doer.OFFICE for at in one.who(0, len(one.words)))


def _unnamed(one: Sentence, doer: int, earlier: Sentence | None) -> bool:
    kind = one.kind(doer)
    if kind is Doer.PRONOUN and earlier is not None and earlier.only_offices():
        return False
    return kind in UNNAMED


def _material(one: Sentence) -> list[int]:
    """Where the material stands, but not where it is only the place of something ("in the recording")."""
    beside = _covered(one, "not_material", 1)
    medium = {first for first, _ in _at(one, "medium")}
    return [
        first
        for first, _ in _at(one, "material")
        if first not in beside
        and (first in medium or not _inside(one, first))
        and not _copy_of_another_thing(one, first)
    ]


def _copy_of_another_thing(one: Sentence, place: int) -> bool:
    """English and French: *a copy of the rules* is none of the material."""
    follow = {one.text(at) for at in range(place + 1, min(place + 2, len(one.words)))}
    if one.text(place) not in _NOUN_OR_VERB or not follow & _OF:
        return False
    return not any(place < at <= place + NEAR for at, _ in _at(one, "material"))


def _inside(one: Sentence, place: int) -> bool:
    start = max(one.clause(place).start, place - GOVERNED)
    return bool(_INSIDE & {one.text(at) for at in range(start, place)})


def _beside(one: Sentence, verb: int, material: list[int]) -> bool:
    clause = one.clause(verb)
    if _at(one, "shown"):
        return True
    if any(at in clause and at != verb for at in material):
        return True
    previous: Clause | None = one.before(clause)
    return clause.relative and previous is not None and any(at in previous for at in material)


def _is_verb(one: Sentence, place: int) -> bool:
    if one.text(place) not in _NOUN_OR_VERB:
        return True
    return place > 0 and one.text(place - 1) in _VERB_FOLLOWS


def _is_object(one: Sentence, place: int) -> bool:
    """French *nous* is *we* before a verb of its own, else *us*."""
    if one.text(place) != "nous":
        return True
    follow = place + 1
    while follow < len(one.words) and one.text(follow) in _SKIPPED:
        follow += 1
    return follow == len(one.words) or not _first_plural(one.text(follow))


def _we(one: Sentence) -> list[int]:
    return [first for first, _ in _at(one, "we") if one.text(first) != "nous" or not _is_object(one, first)]


def _first_plural(text: str) -> bool:
    return text in _OURS or text.endswith("ons")


def _at(one: Sentence, group: str, gap: int = 0) -> list[tuple[int, int]]:
    return one.at(group, gap)


def _starts(one: Sentence, group: str, gap: int) -> list[int]:
    return sorted({first for first, _ in _at(one, group, gap)})


def _covered(one: Sentence, group: str, gap: int) -> set[int]:
    return {at for first, last in _at(one, group, gap) for at in range(first, last + 1)}
