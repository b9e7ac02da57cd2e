"""The measured rates that ship with the methods: read from ``rates.json``, which only the bench writes.

``python -m bench authenticity --publish`` makes the file from its trials; nobody edits it. Each row of a kind says, for
one class of files (``examine/context.py``): how often the event was found where it was made, how often it was
missed, how often the kind was told of files without the event. Rows are named ``KIND/CODEC/QUALITY/LENGTH``; ``any``
covers all. Read once, when first asked for; loads neither av nor scipy.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from witnessmark.examine.context import EVERYTHING, Context

FILE = Path(__file__).with_name("rates.json")
SCHEMA = "witnessmark/rates/1"
FEWEST_TAKES = 30
"""A row with fewer independent takes on either side is not cited; the next wider one is. With 30, "none" still only
bounds a rate below about 12 % (Clopper and Pearson 1934): less says nothing worth citing."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``hits`` of ``n`` files from ``takes`` independent takes; ``low`` and ``high`` bound the rate at 95 %.

    The limits are those of the takes, each counted once (``bench/authenticity/rates.py``): exact for independent trials
    (Clopper and Pearson, Biometrika 26, 1934), wider than needed for others.
    """

    hits: int
    n: int
    takes: int
    low: float
    high: float

    @classmethod
    def from_json(cls, held: Mapping[str, Any]) -> Rate:
        return cls(held["hits"], held["n"], held["takes"], held["low"], held["high"])

    def __str__(self) -> str:
        interval = f"95 % interval {100 * self.low:.1f}–{100 * self.high:.1f} %"
        return f"{self.hits} of {self.n} ({interval})"


@dataclass(frozen=True, slots=True)
class Row:
    """One kind on one class of files."""

    id: str
    kind: str
    context: Context
    found: Rate
    """Findings that must be explained (plain kinds: observed), of the kind itself and near the event."""
    missed: Rate
    """The method said that it saw nothing, or saw it elsewhere only."""
    abstained: int
    alarms: Rate
    """Findings that must be explained on natives and controls, in which the event is absent."""
    alarms_strong: Rate
    clean: Rate
    """The method said of natives and controls that it saw nothing."""
    natives: Rate
    """Alarms on untouched takes of real devices alone."""
    control_mean_s: float
    """Mean length of natives and controls: what a rate of false alarms for each file is to be scaled from."""
    control_hours: float
    off_median_frames: float | None
    off_p90_frames: float | None

    @property
    def usable(self) -> bool:
        return min(self.found.takes, self.alarms.takes) >= FEWEST_TAKES


@dataclass(frozen=True, slots=True)
class Rates:
    """One published measurement."""

    rows: Mapping[str, Row]
    methods: Mapping[str, str]
    """Method id: the version that was measured."""
    seed: int
    commit: str
    digest: str
    """First 16 hex digits of the SHA-256 of the file: names the reference in a finding's build."""
    document: Mapping[str, Any]
    """All of it, tables of single attacks and controls included."""

    def row(self, kind: str, context: Context) -> Row | None:
        """The narrowest row with enough takes on both sides that holds files of this class."""
        for one in context.broader():
            row = self.rows.get(f"{kind}/{one.codec}/{one.quality}/{one.length}")
            if row is not None and row.usable:
                return row
        return None

    def whole(self, kind: str) -> Row | None:
        """The row over all classes, however small."""
        return self.rows.get(f"{kind}/{EVERYTHING.codec}/{EVERYTHING.quality}/{EVERYTHING.length}")


NOTHING = Rates({}, {}, 0, "", "", {})
"""Where no rates were published: every method is then "not yet measured"."""


@cache
def rates() -> Rates:
    """The rates that ship with this version. Raises ValueError for a file of another schema."""
    try:
        data = FILE.read_bytes()
    except FileNotFoundError:
        return NOTHING
    document = json.loads(data)
    if document.get("schema") != SCHEMA:
        raise ValueError(f"{FILE.name} is not of schema {SCHEMA}")
    rows = {held["id"]: _row(held) for held in document["kinds"]}
    digest = hashlib.sha256(data).hexdigest()[:16]
    return Rates(rows, document["methods"], document["seed"], document["commit"], digest, document)


def _row(held: Mapping[str, Any]) -> Row:
    return Row(
        id=held["id"],
        kind=held["kind"],
        context=Context(held["codec"], held["quality"], held["length"]),
        found=Rate.from_json(held["found"]),
        missed=Rate.from_json(held["missed"]),
        abstained=held["abstained"],
        alarms=Rate.from_json(held["alarms"]),
        alarms_strong=Rate.from_json(held["alarms_strong"]),
        clean=Rate.from_json(held["clean"]),
        natives=Rate.from_json(held["natives"]),
        control_mean_s=held.get("control_mean_s", 0.0),
        control_hours=held.get("control_hours", 0.0),
        off_median_frames=held["off_median_frames"],
        off_p90_frames=held["off_p90_frames"],
    )
