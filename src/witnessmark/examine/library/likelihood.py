"""How near a file's structure comes to each family of a library, and when that means nothing.

For one file ``x`` (a set of tokens) and one family ``F`` known from ``n`` devices:

- A *feature* is a token, or several of one part of the file (one track, one box of the header) that always occur
  together in the library: they count once, since a track brings forty tokens and is one fact. What a stream copy
  carries along – names of handlers and compressors – is no feature.
- ``p_F(t)`` = (devices of F with t + alpha * q(t)) / (n + alpha), with ``q(t)`` the mean of the families' own shares
  (each family counts once: how many versions of a program were at hand says nothing of how often it is met): smoothing
  towards the population (a Dirichlet prior; MacKay and Peto, Natural Language Engineering 1(3), 1995).
  ``alpha`` is the one of ``ALPHAS`` under which devices left out are likeliest (empirical Bayes, ibid. §3).
- ``score`` = mean over the features in play of log p_F(x) − log q(x), in nats per feature: how much more this family
  explains the file than "some writer" does. What the library has never seen counts against every family alike. Tracks
  of a sort that the file does not have are out of play: whether there is sound is content, not a writer's habit.
- The file is *near* a family from ``threshold`` up. The threshold is the one that best separates, device by device,
  the score of a device left out of its own family (closed) from the best score of a device whose whole family is left
  out (open): the largest sum of both rates (Youden, Cancer 3, 1950), the strictest of equals, and never below 0, where
  "some writer" explains the file as well. A device counts by its worst recording in the first, its best in the second.
- A likelihood ratio is told for the event "near, and nearest to F": at least the lower limit of the rate among F's own
  devices left out over the upper limit of the rate among devices of other families whose family was left out (Clopper
  and Pearson 1934, 97.5 % each, so 95 % together). Where that is no more than 1: "not calibrated", with the n needed.

Features are not independent; the score ranks and thresholds, and is never itself read as a likelihood ratio.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from witnessmark.examine.library.entries import DATA, Library
from witnessmark.examine.library.features import group_of, survives_copy
from witnessmark.examine.library.needed import devices_needed
from witnessmark.model.intervals import clopper_pearson

if TYPE_CHECKING:
    from witnessmark.examine.library.model import Model

NAMED = 3
"""Families named in a finding."""
DIFFERENCES_SHOWN = 16


@dataclass(frozen=True, slots=True)
class Nearness:
    """One family beside the file."""

    family: str
    sort: str
    devices: int
    score: float
    """Nats per feature, to three decimals."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """All families of the file's group, nearest first."""

    nearest: tuple[Nearness, ...]
    threshold: float
    alpha: float
    features: int
    """In play for this file."""
    missing: tuple[str, ...]
    """Features that every device of the nearest family has, and the file lacks (one token stands for each)."""
    unexpected: tuple[str, ...]
    """Features of the file that no device of the nearest family has."""
    weight: str
    """The likelihood-ratio bound in words, or why there is none."""
    devices: int
    families: int

    @property
    def is_near(self) -> bool:
        return bool(self.nearest) and self.nearest[0].score >= self.threshold


def liken(tokens: tuple[str, ...], format_name: str, library: Library) -> Likeness | None:
    """The file beside the library. None where the library holds nothing of this sort of structure."""
    model = model_of(library, group_of(format_name))
    return likeness(model, tokens) if model else None


@cache
def model_of(library: Library, group: str) -> Model | None:
    """The families of one group of formats; made once for each process."""
    from witnessmark.examine.library.model import LeftOut, Model

    entries = tuple(entry for entry in library.entries if group_of(entry.format) == group)
    if not entries:
        return None
    known = left_out_of(library.name).get(group)
    return Model(entries, LeftOut(known[0], known[1], tuple(map(tuple, known[2]))) if known else None)


def left_out_of(name: str) -> dict[str, Any]:
    """What leaving devices out of the shipped library gives, as its builder wrote it down (a test makes it again): it
    takes a tenth of a second that every item would pay. Empty for any other library."""
    path = DATA / f"left-out-{name}.json"
    return dict(json.loads(path.read_bytes())) if path.is_file() else {}


def likeness(model: Model, tokens: tuple[str, ...]) -> Likeness:
    """One file beside the families of a model."""
    scored = model.score(frozenset(t for t in tokens if not survives_copy(t)))
    rounded = [round(float(score), 3) for score in scored.scores]
    order = sorted(range(len(model.families)), key=lambda f: (-rounded[f], model.families[f]))
    missing, unexpected = model.differing(scored, order[0])
    return Likeness(
        nearest=tuple(
            Nearness(model.families[f], model.sorts[model.families[f]], model.devices(f), rounded[f])
            for f in order[:NAMED]
        ),
        threshold=round(model.threshold, 3),
        alpha=model.alpha,
        features=scored.in_play,
        missing=tuple(sorted(missing)[:DIFFERENCES_SHOWN]),
        unexpected=tuple(sorted(unexpected)[:DIFFERENCES_SHOWN]),
        weight=weight_of(model, order[0]),
        devices=len(model.owner),
        families=len(model.families),
    )


def weight_of(model: Model, family: int) -> str:
    """The likelihood-ratio bound of a match in words, or why there is none and what it would need."""
    k, n, j, m = model.left_out.rates[family]
    name = model.families[family]
    if n < 2:
        return (
            f"not calibrated: {name} is known from one device only, and leaving it out leaves nothing to compare; "
            f"{devices_needed(m)}"
        )
    low, high = clopper_pearson(k, n)[0], clopper_pearson(j, m)[1]
    if high <= 0 or low / high <= 1:
        return (
            f"not calibrated: {k} of {n} devices of {name} left out, and {j} of {m} devices of other families, "
            f"came near it, which allows no ratio above 1; {devices_needed(m)}"
        )
    return (
        f"likelihood ratio at least {math.floor(10 * low / high) / 10:g} for {name} as the last writer against "
        f"another writer like those of the library ({k} of {n} of its devices left out, {j} of {m} devices of "
        "other families came near it; 95 % limits)"
    )
