"""How many rounds a long test makes: all of them in a soak, a part of them in every other run.

``WITNESSMARK_SOAK=1`` asks for all; ``WITNESSMARK_SEED=N`` for other random choices than the usual ones. What was
chosen is printed, so that a failure can be made again.
"""

from __future__ import annotations

import os
import random

PART = 10
"""Outside a soak one round in ten is made."""
SEED = 20211005


def soaking() -> bool:
    return os.environ.get("WITNESSMARK_SOAK") == "1"


def rounds(full: int, otherwise: int | None = None) -> int:
    """``full`` in a soak; else ``otherwise``, or a tenth (at least one)."""
    made = full if soaking() else (otherwise if otherwise is not None else max(1, full // PART))
    print(f"rounds: {made} of {full}")
    return made


def seeded(purpose: str) -> random.Random:
    """Random choices of one test: the same in every run, others under another ``WITNESSMARK_SEED``."""
    seed = int(os.environ.get("WITNESSMARK_SEED", SEED))
    print(f"seed: {seed} ({purpose})")
    return random.Random(f"{seed} {purpose}")
