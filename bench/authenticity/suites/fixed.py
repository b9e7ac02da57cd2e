"""Fixed cameras: recorded by a recorder, edited by pictures, encoded again; and the same untouched.

What ``picture`` has too little of. People walk, stand and leave the room empty, at 5 to 25 pictures a second, cleaned
of noise and encoded by the recorder before anything is done to them (``tests/corpus/fixed.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from tests.corpus.fixed import recorded

from bench.authenticity.contract import Plan, Suite, Trial, Unit, Workplace
from bench.authenticity.suites.picture import edits
from bench.authenticity.takes import ENCODES, Source

TAKES = 96
SECONDS = 14.0
PREFIX = "fixed camera: "


def _take(number: int, work: Workplace) -> Iterator[Trial]:
    """One recording with a cut, a freeze, a repeat, and only encoded again."""
    made = recorded(work.folder, work.seed("scene"), seconds=SECONDS)
    source = Source(work.take, made.held, made.fps, real=False)
    names = tuple(ENCODES)
    encoding = names[number % len(names)]
    for trial in edits(source, encoding, number // len(names), work):
        yield replace(trial, what=_named(trial.what))


def _named(what: str) -> str:
    """A row of its own; controls keep their first word."""
    return what.replace("benign: ", f"benign: {PREFIX}") if what.startswith("benign: ") else PREFIX + what


def _units(plan: Plan) -> Sequence[Unit]:
    found: list[Unit] = []
    for n in range(plan.takes(TAKES)):
        make: Callable[[Workplace], Iterator[Trial]] = partial(_take, n)
        found.append(Unit(f"fixed/{n}", make))
    return found


SUITE = Suite("fixed", _units)
