"""Who says what, via whom, and what it is worth: claims, responses, bearings, and what they are about.

Grades follow the Admiralty scale per link of the chain: source reliability A-F, information credibility 1-6
(AJP-2.1; Berkeley Protocol on source analysis). A Claim never merges with a Finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Link:
    """One voice in a chain of attribution."""

    who: str
    reliability: str = "F"
    credibility: str = "6"
    first_hand: bool = False
    """Known to have perceived what it states. Only the first link of a chain may say so; False also where
    nobody knows: hearsay is never understated."""

    @property
    def grade(self) -> str:
        return f"{self.reliability}{self.credibility}"


@dataclass(frozen=True, slots=True)
class StatedDate:
    """A date as precise as it was said: ``text`` is ISO 8601 (2020, 2020-02, 2020-02-18, ...T12:00)."""

    text: str
    precision: str
    """year, month, day, minute, second or unknown."""
    zone: str = ""
    """IANA zone name, or empty where none was said."""


Chain = tuple[Link, ...]
"""First the voice nearest to the event, last the one we read. The document itself is no link: it stands in
``source_document``."""


def hearsay_depth(chains: tuple[Chain, ...]) -> int | None:
    """Links between the perceiver and the document, by the shortest of the parallel chains.

    Perceiver | link | link | document: every voice counts, unless the first one perceived the matter itself
    (``first_hand``), for then it is the perceiver and stands before the links. So "anonymous sources >
    Interfax" has depth 2 (whoever saw it told the sources, they told the agency), a witness's own signed
    statement depth 0. None: no chain was given, so the depth is not known.
    """
    depths = [len(chain) - (1 if chain[0].first_hand else 0) for chain in chains if chain]
    return min(depths, default=None)


def chain_grade(chains: tuple[Chain, ...]) -> str:
    """The grade of the weakest link of the best chain; letter and figure are taken each for itself.

    "F" and "6" mean *cannot be judged* (AJP-2.1), not worst; here they count as weakest, because a chain
    is no better than what is known of it.
    """
    grades = [
        max(link.reliability for link in chain) + max(link.credibility for link in chain)
        for chain in chains
        if chain
    ]
    return min(grades, default="F6")


class ClaimKind(StrEnum):
    PUBLICATION = "publication"
    DATE = "date"
    PLACE = "place"
    OBSERVATION = "observation"
    COUNT = "count"
    EXTENT = "extent"
    PURPOSE = "purpose"
    EVENT = "event"
    EXPOSURE = "exposure"
    OPINION = "opinion"


@dataclass(frozen=True, slots=True)
class Claim:
    """A proposition, who said it, via whom (parallel chains), when, and how it is graded."""

    claim_id: str
    code: str
    """The row's own number or code as the user gave it."""
    statement: str
    kind: ClaimKind
    chains: tuple[Chain, ...]
    """Parallel sources; in each, the first link is nearest to the event, the last is where we read it."""
    said_on: StatedDate
    about_date: StatedDate
    facility: str = ""
    count: int | None = None
    item_codes: tuple[str, ...] = ()
    """Items it is about (ids); empty: the case as a whole."""
    state: str = "submitted"
    """submitted, accepted or dismissed."""
    source_document: str = ""
    """Item id of the sealed capture; empty: *no source document*."""
    note: str = ""
    count_bound: str = "at_least"
    """How ``count`` is meant: at_least, exactly or at_most."""
    said: str = ""
    """The date or number as it was worded ("Monday 4 October"): kept, never interpreted."""

    @property
    def hearsay_depth(self) -> int | None:
        """Links between the perceiver and the document; see ``hearsay_depth`` above."""
        return hearsay_depth(self.chains)

    @property
    def grade(self) -> str:
        """The grade of the weakest link of the best chain."""
        return chain_grade(self.chains)


class BearingKind(StrEnum):
    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Bearing:
    """How a finding, or a receipt, bears on a claim: proposed by rule, accepted by a person."""

    claim_id: str
    finding_id: str
    """Empty where the bearing rests on the receipt or the case as a whole."""
    item_id: str
    kind: BearingKind
    why: str
    rule: str
    """date, place_zone, count ... : the rule that proposed it."""


@dataclass(frozen=True, slots=True)
class Response:
    """What an authority did or promised: by whom, on what condition, via whom, and where it stands."""

    response_id: str
    code: str
    statement: str
    kind: str
    """inspection, investigation, promise, denial, dismissal, resignation, none."""
    by: str
    chains: tuple[Chain, ...]
    on: StatedDate
    condition: str = ""
    """In words; empty where unconditional."""
    condition_test: str = ""
    """authenticity, date, place, count: which findings would meet it; empty: a person decides."""
    due: StatedDate | None = None
    state: str = "open"
    """open, kept, broken, withdrawn, dismissed."""
    source_document: str = ""
    note: str = ""
    said: str = ""
    """The date as it was worded: kept, never interpreted."""

    @property
    def hearsay_depth(self) -> int | None:
        """Links between the perceiver and the document; see ``hearsay_depth`` above."""
        return hearsay_depth(self.chains)

    @property
    def grade(self) -> str:
        """The grade of the weakest link of the best chain."""
        return chain_grade(self.chains)


@dataclass(frozen=True, slots=True)
class Facility:
    facility_id: str
    code: str
    name: str
    kind: str = ""
    place: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    incident_id: str
    code: str
    title: str
    facility: str
    """Facility code, or empty: unknown."""
    on: StatedDate
    purposes: tuple[str, ...] = ()
    item_codes: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class PersonInFootage:
    """By pseudonym. The name, if known, is a sealed field opened by two people together."""

    person_id: str
    code: str
    pseudonym: str
    role: str
    """victim, perpetrator, person filming, bystander, staff, unknown."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class RowError:
    """A row of an imported table that could not be taken, with the column and the reason."""

    row: int
    column: str
    reason: str

    def to_json(self) -> Mapping[str, Any]:
        return {"row": self.row, "column": self.column, "reason": self.reason}
