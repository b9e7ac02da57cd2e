"""Who does it: the clauses of a sentence, and the most likely doer of a verb in them.

No grammar is parsed. A clause lies between commas, dashes and joining words (*that, who, который, що, qui*). The doer
of a verb is taken to be the first word for a person or an office before it in its clause; else one after it (after *by*
or *from* where the language is English or French); else, in a clause that begins with *who* or *который*, one of the
clause before; else the first of the sentence. A rule of thumb; what comes of it is measured in ``docs/exposure.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from witnessmark.ground.language.words import Word, pieces, words
from witnessmark.protect.exposure.concepts import provenance

BY_WORDS = 3
"""Words that may stand between *by* and the person ("by a very young man")."""
PLURAL_REACH = 3
"""Words before a noun in which *one of* makes it a single person again."""
TAIL_LETTERS = 5
"""Shorter words with the ending of an occupation are rarely one."""
ALONE = frozenset({"who", "whom", "whose", "whoever", "qui", "кто", "кого", "кому", "кем", "хто", "ким"})
RELATIVE = ALONE | {
    *("that", "which", "dont", "que", "lequel", "laquelle", "auquel", "duquel"),
    *(
        "что",
        "який",
        "яка",
        "яке",
        "які",
        "якого",
        "якому",
        "яким",
        "якій",
        "якою",
        "яких",
        "котрий",
        "котра",
        "що",
    ),
    *(
        "который",
        "которая",
        "которое",
        "которые",
        "которого",
        "которому",
        "которым",
        "которой",
        "которую",
        "которых",
    ),
}
JOINING = frozenset(
    (
        *(
            "how",
            "why",
            "when",
            "where",
            "while",
            "whether",
            "if",
            "because",
            "before",
            "after",
            "since",
            "until",
        ),
        *("unless", "than", "как", "когда", "где", "почему", "если", "потому", "пока", "чтобы", "ли"),
        *("як", "коли", "де", "чому", "якщо", "тому", "бо", "поки", "щоб", "чи"),
        *("comment", "pourquoi", "quand", "où", "si", "parce", "lorsque", "puisque"),
    )
)
BY = frozenset({"by", "from", "through", "via", "par", "de", "du", "des", "chez", "auprès"})
BE = frozenset({"was", "were", "been", "being", "be", "is", "are", "été"})
BE_WORDS = 2
PLURAL = frozenset(["people", "men", "women", "gens", "hommes", "femmes", "ceux", "те", "люди"])
DETERMINERS = frozenset(
    (
        *("a", "an", "the", "one", "this", "that", "our", "his", "her", "old", "young", "former"),
        *("un", "une", "le", "la", "du", "de", "au", "ce", "cet", "cette", "notre", "son", "sa", "ancien"),
    )
)
"""One of these stands before a noun in English and French; without it a word with such an ending may be a verb."""
ONE_OF = frozenset(
    ("one", "un", "une", "один", "одна", "одного", "одной", "одному", "одним", "одної", "одній", "однієї")
)
OCCUPATIONS = {
    "en": ("er", "or", "ist", "ian", "man", "woman", "ee"),
    "ru": ("ник", "ница", "тель", "чик", "чица", "щик", "щица", "ист", "истка", "арь", "вший", "вшая"),
    "uk": ("ник", "ниця", "тель", "чик", "щик", "щиця", "іст", "истка", "ар", "яр", "вець"),
    "fr": ("eur", "euse", "ier", "ière", "iste", "ien", "ienne", "trice"),
}
"""Endings of words for who does a work, where no list has the word."""
_PLURAL_NOUN = (
    "и",
    "ы",
    "і",
    "ї",
    "ые",
    "ие",
    "ых",
    "их",
    "ов",
    "ев",
    "ів",
    "ам",
    "ям",
    "ами",
    "ями",
    "ах",
    "ях",
)
_PLURAL_VERB = ("ли", "лись", "лися", "ют", "ут", "ят", "ать", "уть", "ють", "ять")


class Doer(Enum):
    """What the word stands for."""

    PERSON = auto()
    LIKELY = auto()
    """In no list, but it ends like a word for who does a work."""
    PRONOUN = auto()
    KIN = auto()
    OFFICE = auto()
    """An authority, an organisation, a lawyer, a victim or witness: somebody of whom a statement has to speak."""
    THING = auto()
    """A device, a rule, or nobody at all."""
    WE = auto()


UNNAMED = frozenset({Doer.PERSON, Doer.LIKELY, Doer.PRONOUN, Doer.KIN})


@dataclass(frozen=True, slots=True)
class Clause:
    start: int
    end: int
    relative: bool

    def __contains__(self, place: object) -> bool:
        return isinstance(place, int) and self.start <= place < self.end


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its clauses and everybody in it."""

    words: tuple[Word, ...]
    clauses: tuple[Clause, ...]
    doers: dict[int, Doer]
    looked_up: dict[tuple[str, int], list[tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Sentence:
        found = words(text)
        return cls(found, tuple(_clauses(found, pieces(text))), _doers(found))

    def text(self, place: int) -> str:
        return self.words[place].text

    def at(self, group: str, gap: int = 0) -> list[tuple[int, int]]:
        """(first, last) word of every place of a group of ``provenance.toml``. Looked for once."""
        if (group, gap) not in self.looked_up:
            self.looked_up[group, gap] = provenance()[group].places(self.words, gap)
        return self.looked_up[group, gap]

    def clause(self, place: int) -> Clause:
        return next(one for one in self.clauses if place in one)

    def before(self, clause: Clause) -> Clause | None:
        at = self.clauses.index(clause)
        return self.clauses[at - 1] if at else None

    def who(self, start: int, end: int) -> list[int]:
        """Places of everybody but us."""
        return [at for at in range(start, end) if self.doers.get(at, Doer.WE) is not Doer.WE]

    def doer(self, verb: int) -> int | None:
        """The place of whoever does it, or None. *who* without anybody named is somebody too."""
        clause = self.clause(verb)
        suffered = self.passive(verb)
        if (first := self.who(clause.start, verb)) and not suffered:
            return first[0]
        for at in self.who(verb + 1, clause.end):
            if self._may_follow(at, verb, clause):
                return at
        if suffered:
            return None
        earlier = self.before(clause)
        if clause.relative and earlier:
            named = self.who(earlier.start, earlier.end)
            persons = [at for at in named if self.doers[at] in UNNAMED]
            if persons or named:
                return (persons or named)[-1]
        if self.text(clause.start) in ALONE:
            return clause.start
        return next(iter(self.who(0, clause.start)), None)

    def passive(self, verb: int) -> bool:
        """English and French: *was given*, *a été remis*. Whoever stands before it is not who did it."""
        return bool(BE & {self.text(at) for at in range(max(0, verb - BE_WORDS), verb)})

    def kind(self, place: int) -> Doer:
        """A pronoun is whom it stands for, where an office was named before it."""
        found = self.doers.get(place, Doer.PERSON)
        if found is Doer.PRONOUN and any(self.doers[at] is Doer.OFFICE for at in self.who(0, place)):
            return Doer.OFFICE
        return found

    def only_offices(self) -> bool:
        named = {self.doers[at] for at in self.who(0, len(self.words))} - {Doer.PRONOUN}
        return named == {Doer.OFFICE}

    def several(self, place: int, verb: int) -> bool:
        """Whether more than one person does it, as far as the words show."""
        text = self.text(place)
        if ONE_OF & {word.text for word in self.words[max(0, place - PLURAL_REACH) : place]}:
            return False
        bases = {base for _, base in self.words[place].forms}
        if _is_cyrillic(text):
            many = text.endswith(_PLURAL_NOUN) and any(base != text for base in bases)
            return many or self.text(verb).endswith(_PLURAL_VERB)
        if text in PLURAL or text == "they":
            return True
        return text.endswith(("s", "x")) and any(base == text[: len(base)] != text for base in bases)

    def _may_follow(self, place: int, verb: int, clause: Clause) -> bool:
        if _is_cyrillic(self.text(verb)):
            return True
        between = {self.text(at) for at in range(max(verb, place - BY_WORDS - 1), place)}
        return bool(BY & between) or self.text(clause.start) == "que"


def _clauses(found: tuple[Word, ...], breaks: tuple[int, ...]) -> Iterator[Clause]:
    starts = set(breaks) | {0}
    starts |= {at for at, word in enumerate(found) if word.text in RELATIVE | JOINING}
    ordered = sorted(at for at in starts if at < len(found))
    for at, end in zip(ordered, [*ordered[1:], len(found)], strict=True):
        relative = any(word.text in RELATIVE for word in found[at : min(at + 2, end)])
        yield Clause(at, end, relative)


def _doers(found: tuple[Word, ...]) -> dict[int, Doer]:
    held = provenance()
    doers: dict[int, Doer] = {}
    for place in _by_ending(found):
        doers[place] = Doer.LIKELY
    for doer, group in _GROUPS:
        for first, last in held[group].places(found, gap=0):
            if doer is not Doer.WE or first not in doers:
                doers.update(dict.fromkeys(range(first, last + 1), doer))
    ours = {at for first, last in held["us"].places(found, gap=1) for at in range(first, last + 1)}
    return {at: doer for at, doer in doers.items() if at not in ours or doer is Doer.WE}


_GROUPS = (
    *((Doer.PERSON, f"trait.{name}") for name in ("prisoner", "computing", "staff")),
    (Doer.KIN, "kin"),
    (Doer.PERSON, "person"),
    (Doer.PRONOUN, "pronoun"),
    (Doer.OFFICE, "authority"),
    (Doer.THING, "thing"),
    (Doer.WE, "we"),
)
"""What a word stands for; where two groups have it, the later one."""


def _by_ending(found: tuple[Word, ...]) -> Iterator[int]:
    beside = [
        *provenance()["not_person"].places(found, gap=0),
        *provenance()["material"].places(found, gap=0),
    ]
    known = {at for first, last in beside for at in range(first, last + 1)}
    for at, word in enumerate(found):
        if at in known or len(word.text) <= TAIL_LETTERS:
            continue
        if not _is_cyrillic(word.text) and not DETERMINERS & {one.text for one in found[max(0, at - 2) : at]}:
            continue
        if any(
            base.endswith(OCCUPATIONS[language]) for language, base in word.forms if len(base) > TAIL_LETTERS
        ):
            yield at


def _is_cyrillic(text: str) -> bool:
    return any("\u0400" <= letter <= "\u052f" for letter in text)
