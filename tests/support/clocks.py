"""Turn the clock of an opened case."""

from __future__ import annotations

from datetime import datetime

from witnessmark.case.case import Case


def turn(case: Case, when: datetime) -> None:
    case.clock = lambda: when
    case.ledger._clock = case.clock
