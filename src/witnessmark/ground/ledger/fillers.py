"""Filler days: leaves of the publication log for the days before a case was opened (docs/spec/day-tree.md).

A proof for a stranger shows the size of the publication log and a day with its index. With one leaf for each day since
the first act, that tells the day on which the case began. So the log of a new case begins with a random number of days
before it. A filler day has no entries and no tree: its root is a pseudo-random number under the secret of the case,
which nobody without that secret can tell from the root of a day whose tree is filled up with pads. The custody log
records how many there are, so that whoever may see the case, a court for instance, is told which days they are.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from witnessmark_verify import daytree

LEAST_DAYS, MOST_DAYS = 400, 1500
"""Drawn between these, evenly: whoever sees a log learns the day on which it began to within three years. Not below
400, so that a log's length says nothing of cases younger than a year; not above 1,500, so that the log stays small."""
TAG = b"witnessmark/filler/1"


@dataclass(frozen=True, slots=True)
class Fillers:
    """The filler days of a log."""

    first: date
    count: int

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + timedelta(days=number) for number in range(self.count))

    @property
    def end(self) -> date:
        """The day after the last: that of the first act."""
        return self.first + timedelta(days=self.count)

    def data(self, day_key: bytes) -> list[bytes]:
        """Their leaf data, in order."""
        return [daytree.day_data(day.isoformat(), filler_root(day_key, day)) for day in self.days]

    def to_json(self) -> dict[str, Any]:
        return {"count": self.count, "first": self.first.isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Fillers:
        """ValueError or KeyError for what is none, or for more days than are ever drawn."""
        count = int(data["count"])
        if not 0 < count <= MOST_DAYS:
            raise ValueError("not a number of filler days")
        return cls(date.fromisoformat(data["first"]), count)


def draw(begins: date) -> Fillers:
    """A random number of days before the one on which the case begins."""
    count = LEAST_DAYS + secrets.randbelow(MOST_DAYS - LEAST_DAYS + 1)
    return Fillers(begins - timedelta(days=count), count)


def filler_root(day_key: bytes, day: date) -> bytes:
    """The root that a filler day states: 32 bytes."""
    return hmac.digest(day_key, TAG + day.isoformat().encode("ascii"), sha256)
