"""The tolerances by which a tile of a lossy video is called green or red, with the rates that were measured for them.

They stand in one file, ``tolerance.json``, which the page carries inside and Python reads: one rule, two programs.
The rule is in ``compare``; how the numbers were chosen and measured: docs/methods/likeness.md, bench/results/seal.json.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("tolerance.json")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Numbers in steps of 8-bit luma, or shares of a range of such steps."""

    version: str
    spatial_share: float
    """How much of the range of the 3×3 means around a mean it may differ: blur and shifts by less than a mean."""
    temporal_share: float
    """The same of the range in time, against the sketches before and after: motion blur, rounding of time."""
    single: float
    """What is left after that may not be more than this in any sketch."""
    lasting: float
    """Nor more than this in two sketches one after another."""
    measured: tuple[str, ...]
    """Plain sentences with rates, for LIMITS.md and the page."""


@cache
def shipped() -> Tolerance:
    """The numbers in force."""
    held = json.loads(FILE.read_text(encoding="utf-8"))
    return Tolerance(
        version=str(held["version"]),
        spatial_share=float(held["spatial_share"]),
        temporal_share=float(held["temporal_share"]),
        single=float(held["single"]),
        lasting=float(held["lasting"]),
        measured=tuple(str(line) for line in held["measured"]),
    )
