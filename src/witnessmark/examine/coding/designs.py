"""Two designs that look for an earlier group of pictures, and what their answers are worth together.

Each has a share of the allowance for false alarms, and its chance is divided by it (weighted Bonferroni: Genovese,
Roeder, Wasserman, Biometrika 93, 2006). The shares were set on the half *choose*: with them the second design keeps
nearly all it finds alone, and what only the first finds (encoders that do not look ahead) is still found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log10

from witnessmark.examine.coding import comb
from witnessmark.examine.coding.comb import Period, Scores
from witnessmark.examine.coding.decisions import decisions
from witnessmark.examine.coding.footprint import Coding, Footprint, footprint

SHARES = {"footprint": 0.25, "decisions": 0.75}


@dataclass(frozen=True, slots=True)
class Design:
    """What one design answers."""

    name: str
    seen: Footprint
    score: Scores
    found: Period | None
    """Its chance is counted for both designs."""
    rhythm: int | None


def tried(coding: Coding) -> tuple[Design, ...]:
    """The footprint, and the decisions of the encoder where there are pictures of several types."""
    second = decisions(coding)
    if second is None:
        return (alone("footprint", footprint(coding)),)
    return tuple(
        _shared(alone(name, seen)) for name, seen in (("footprint", footprint(coding)), ("decisions", second))
    )


def best(given: tuple[Design, ...]) -> Design:
    """The most improbable; the first where none could be judged."""
    return min(given, key=lambda one: one.found.log10_chance if one.found is not None else 1.0)


def alone(name: str, seen: Footprint) -> Design:
    """One design by itself: the strongest comb, after what is only a multiple of a short rhythm was taken out."""
    score = comb.scores(seen.evidence, seen.kinds)
    found = comb.strongest(score)
    rhythm = comb.shorter_rhythm(score, found) if found is not None else None
    if rhythm is not None:
        score = comb.without_rhythm(seen.evidence, seen.kinds, rhythm)
        found = comb.strongest(score)
    return Design(name, seen, score, found, rhythm)


def _shared(one: Design) -> Design:
    if one.found is None:
        return one
    chance = min(0.0, one.found.log10_chance - log10(SHARES[one.name]))
    return replace(one, found=replace(one.found, log10_chance=chance))
