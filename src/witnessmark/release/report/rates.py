"""Reads the row of rates that a finding cites, so that its figures can be written in any language.

A calibration is one English sentence (``examine/calibration.py``), part of the finding's core. Its figures have
a fixed form, ``hits of trials (95 % interval low–high %)``; what has not that form is printed as it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_RATE = re.compile(
    r"(?P<what>detected|false alarms)\D{0,40}?(?P<hits>\d[\d,]*) of (?P<trials>\d[\d,]*) "
    r"\(95 % interval (?P<low>[\d.]+)–(?P<high>[\d.]+) %\)"
)
_ROW = re.compile(r"\brow (\S+?):")


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` of ``trials`` with the exact 95 % interval, in shares of one."""

    hits: int
    trials: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Cited:
    """What a calibration says in figures."""

    detected: Share | None
    false_alarms: Share | None
    row: str
    """Name of the row in the published table; empty where none is named."""
    text: str
    """The sentence itself, in English."""

    @property
    def measured(self) -> bool:
        return self.detected is not None or self.false_alarms is not None


def cited(calibration: str) -> Cited:
    """The figures in a calibration; both None where it holds none."""
    shares: dict[str, Share] = {}
    for match in _RATE.finditer(calibration):
        shares.setdefault(
            match["what"],
            Share(
                int(match["hits"].replace(",", "")),
                int(match["trials"].replace(",", "")),
                float(match["low"]) / 100,
                float(match["high"]) / 100,
            ),
        )
    row = _ROW.search(calibration)
    return Cited(shares.get("detected"), shares.get("false alarms"), row[1] if row else "", calibration)
