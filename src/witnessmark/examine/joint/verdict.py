"""The rows of one table put together: what they say of cut, pause and nothing, in words that claim no more.

The rows are taken as independent given each proposition; they are of different origin (picture, encoder, container,
overlay, sound), but not perfectly so, and the statement therefore only tells ratios of ten and more.
Source: ENFSI Guideline for evaluative reporting (2015), table of verbal equivalents (10 to 100: "moderate support").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from witnessmark.examine.joint.evidence import Evidence
from witnessmark.model.findings import Grade

TELLING = 10.0
"""Least ratio of likelihoods that is told as pointing one way."""
RARE = 0.05
"""A trace this rare where nothing happens supports that something did: likelihood under *nothing* at most this, and
at least twice that under cut or pause. One take in five of the innocent has a weak change of the picture somewhere
(the choosing half); raised by a trace that is there by chance once in twenty, one in a hundred would alarm."""
MOST_TOLD = 1000.0
"""Larger ratios are not told: no row is known well enough for them."""


APART_FROM_LIGHT = ("clock", "numbering")
"""Traces that a lamp switched on cannot bring along: it clicks, and encoders answer it with a key picture."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rows say together."""

    cut_to_pause: float
    event_to_nothing: float
    support: int
    """Rows besides the picture that are rare where nothing happens."""

    @property
    def word(self) -> str:
        """``cut``, ``pause`` or ``undecidable``."""
        if self.cut_to_pause >= TELLING:
            return "cut"
        return "pause" if self.cut_to_pause <= 1 / TELLING else "undecidable"


def weighed(rows: Sequence[Evidence]) -> Verdict:
    """Products of likelihoods over all rows."""
    cut, pause = prod(row.cut for row in rows), prod(row.pause for row in rows)
    nothing = prod(row.nothing for row in rows)
    hole = any(row.name == "time" and row.cut < row.pause for row in rows)
    # Where time has a hole, a larger step of the picture and a hole in the numbers are what follows from it.
    silent = {"picture", "time"} | ({"numbering"} if hole else set())
    support = sum(_supports(row) for row in rows if row.name not in silent)
    return Verdict(_bounded(cut / pause), _bounded(max(cut, pause) / nothing), support)


def _supports(row: Evidence) -> bool:
    return row.nothing <= RARE and max(row.cut, row.pause) >= 2 * row.nothing


def is_more_than_light(rows: Sequence[Evidence]) -> bool:
    """Whether a trace that no lamp brings along points to an event."""
    return any(_supports(row) for row in rows if row.name in APART_FROM_LIGHT)


def _bounded(ratio: float) -> float:
    return round(min(MOST_TOLD, max(1 / MOST_TOLD, ratio)), 3)


def sentence(rows: Sequence[Evidence], verdict: Verdict) -> str:
    """Which of the two, in plain words, and by what."""
    others = [row for row in rows if row.name != "picture" and row.speaks]
    told = "; ".join(row.seen for row in others)
    about = f" Weighed beside it: {told}." if told else ""
    if verdict.word == "undecidable":
        return f"{about} Whether the material was cut or the camera paused cannot be told from this."
    which = (
        "a cut rather than a pause of the camera"
        if verdict.word == "cut"
        else "a pause of the camera rather than a cut"
    )
    ratio = verdict.cut_to_pause if verdict.word == "cut" else 1 / verdict.cut_to_pause
    return (
        f"{about} Together this speaks for {which}, about {ratio:.0f} times more, on the likelihoods that stand in "
        f"the table of this finding, several of which are assumed."
    )


def grade_of(level: int, verdict: Verdict) -> Grade:
    """Detection: as sure as the picture shows it, and one step surer where an independent trace points there too."""
    raised = min(3, level + (1 if verdict.support else 0))
    return {1: Grade.WEAK, 2: Grade.MODERATE, 3: Grade.STRONG}[raised]
