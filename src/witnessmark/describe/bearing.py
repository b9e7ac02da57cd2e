"""How findings and receipts bear on claims: proposed by rule, decided by a person.

Three rules and no more: **date**, **place_zone**, **count** (docs/methods/bearing.md). Each bearing is a
hypothesis with its reason and with what else would explain it; none "proves" or "excludes". A claim that no
rule covers is returned as such, so that nobody mistakes silence for an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from witnessmark.describe.count_rule import count_bearings
from witnessmark.describe.date_rule import date_bearings
from witnessmark.describe.facts import (
    CaseFacts,
    ContainerDate,
    ItemFacts,
    ReceiptFacts,
    container_date,
    stated_date,
)
from witnessmark.describe.place_rule import place_bearings
from witnessmark.model.statements import Bearing, Claim, ClaimKind

__all__ = [
    "CaseFacts",
    "ContainerDate",
    "ItemFacts",
    "Proposal",
    "ReceiptFacts",
    "container_date",
    "propose",
    "stated_date",
]

_RULES = {
    ClaimKind.DATE: date_bearings,
    ClaimKind.PLACE: place_bearings,
    ClaimKind.COUNT: count_bearings,
}
"""Which rule speaks on which kind of claim. Opinions, purposes and the rest are left to people."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """All bearings proposed, and the claims on which no rule speaks."""

    bearings: tuple[Bearing, ...]
    unruled: tuple[str, ...]
    """Claim ids, in the order of the claims."""


def propose(claims: Sequence[Claim], facts: CaseFacts) -> Proposal:
    """Every bearing that the rules propose. The same claims and facts give the same proposal."""
    bearings: list[Bearing] = []
    unruled: list[str] = []
    for claim in claims:
        rule = _RULES.get(claim.kind)
        if rule is None:
            unruled.append(claim.claim_id)
        else:
            bearings.extend(rule(claim, facts))
    return Proposal(tuple(bearings), tuple(unruled))
