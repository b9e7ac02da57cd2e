"""What a suite of the authenticity bench is made of: trials with exact truth, in units that run alone.

A *suite* is one module in ``bench/authenticity/suites`` that exposes ``SUITE: Suite``, and one line in
``bench/authenticity/register.py``. It lists *units*: small pieces of work (a few seconds each) that need nothing
of one another, so that the bench can be stopped, go on, take a tenth, or run two at a time. A unit *makes*
files one after the other and yields a *trial* for each: the file, what was done to it, and what must and must
not be found. It may overwrite the file when asked for the next trial. Everything random comes from
``work.rng(...)`` or ``work.seed(...)``; nothing else may be random.

    def _trials(work: Workplace) -> Iterator[Trial]:
        truth = make_clip(work.folder / "a.mp4", seed=work.seed("scene"))
        yield Trial(Tier.CONTROL, "benign: single take", "x264 crf23", work.take, truth.path, absent=KINDS)
        truth = events.frozen(work.folder / "b.mp4", ...)
        yield Trial(Tier.ATTACK, "freeze of 1.2 s", "x264 crf23", work.take, truth.path,
                    expected=("picture.freeze",), at_s=(3.2,), fps=25.0)

    SUITE = Suite("freeze", lambda plan: [
        Unit(f"freeze/{n}", _trials) for n in range(plan.takes(60))])

**Independent trials.** Interval and weight assume them. Give every unit a take of its own (``work.take`` is one),
and use a take once for each row of a table; what shares a take is counted, but bounds no better than one trial.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from witnessmark.model.findings import FindingCore


class Tier(StrEnum):
    """Who made the file."""

    NATIVE = "native"
    """An untouched single take of a real device. Nothing that must be explained may be found."""
    CONTROL = "control"
    """What innocent hands and machines do: encode, copy, convert, break off, a lamp, a dark room."""
    ATTACK = "attack"
    """An edit by somebody who does not think of us."""
    ADVERSARY = "adversary"
    """An edit by somebody who has read our source and tries to hide it. What wins is published."""


class Half(StrEnum):
    """Thresholds are chosen with one half of the devices and seeds; rates are measured with the other."""

    CHOOSE = "choose"
    MEASURE = "measure"


@dataclass(frozen=True, slots=True)
class Trial:
    """One file with its truth. Codec, quality and length class are read from the file itself, not told here."""

    tier: Tier
    what: str
    """The row: ``freeze of 1.2 s``, ``benign: faststart``. The same words wherever the same is done."""
    encoding: str
    """How the file was encoded, shortly: ``x264 crf23 b3``, ``AAC 64k``; for natives the device."""
    take: str
    """The independent source. Trials with the same take are dependent and are counted as such."""
    path: Path
    expected: tuple[str, ...] = ()
    """Kinds that tell of the event. The first is the one measured; any of them counts as found in tables."""
    absent: tuple[str, ...] = ()
    """Kinds whose event is certainly not in the file: a finding of such a kind is a false alarm."""
    at_s: tuple[float, ...] | None = None
    """Where the event shows, in seconds from the start of the file; any of several. None: it has no place."""
    fps: float = 25.0
    """For localisation errors in frames."""
    within_s: float = 0.5
    """A finding further off than this is no hit. State another value only with a reason."""
    real: bool = False
    """The source is a real recording (else generated)."""
    right: Callable[[FindingCore], bool] | None = None
    """What else must hold for a finding to be a hit (a reading that must be right, a hidden period)."""

    def __post_init__(self) -> None:
        if not self.expected and not self.absent:
            raise ValueError("a trial must expect something, or the absence of something")
        if set(self.expected) & set(self.absent):
            raise ValueError("a kind cannot be expected and absent in one file")


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a unit works: a folder of its own, emptied afterwards, and its own random numbers."""

    folder: Path
    base_seed: int
    half: Half
    unit: str
    media: Path | None
    """The folder of real media, or None where this checkout has none beside it."""

    @property
    def take(self) -> str:
        """A name for the one source of this unit, different from that of every other unit, half and seed."""
        return f"{self.unit}@{self.half}"

    def seed(self, purpose: str = "") -> int:
        """The same in every run; different for each unit, half, base seed and purpose."""
        words = f"{self.base_seed}/{self.half}/{self.unit}/{purpose}"
        return int.from_bytes(hashlib.sha256(words.encode()).digest()[:4], "big") >> 1

    def rng(self, purpose: str = "") -> np.random.Generator:
        return np.random.default_rng(self.seed(purpose))


@dataclass(frozen=True, slots=True)
class Unit:
    """One resumable piece of work. ``key`` is unique over all suites: ``suite/what/number``."""

    key: str
    trials: Callable[[Workplace], Iterator[Trial]]
    always: bool = False
    """Part of every quick run (else a seeded tenth is)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for."""

    half: Half
    media: Path | None
    share: float = 1.0
    """Below 1 a suite may list fewer units (rarely needed: the bench takes its tenth from the units)."""

    def takes(self, full: int) -> int:
        return max(1, round(full * self.share))


@dataclass(frozen=True, slots=True)
class Suite:
    """All trials for one method or a family of them."""

    name: str
    """The first part of the keys of its units; the id of the examiner where it is for one. In which tables a
    trial is shown follows from its kinds: each methods page shows those of its own card."""
    units: Callable[[Plan], Sequence[Unit]]
