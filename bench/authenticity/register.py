"""The suites of the bench, named one by one: nothing registers itself by being imported."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from bench.authenticity.contract import Plan, Suite, Unit

SUITES: tuple[str, ...] = (
    "natives",
    "structure",
    "scenes",
    "recorders",
    "timeline",
    "picture",
    "fixed",
    "clock",
    "audio",
    "recompression",
    "adversary",
)
"""Module names inside ``bench.authenticity.suites``. A new suite is one module and one word here."""


@cache
def suites() -> tuple[Suite, ...]:
    return tuple(import_module(f"bench.authenticity.suites.{name}").SUITE for name in SUITES)


def units(plan: Plan, only: tuple[str, ...] = ()) -> dict[str, tuple[Suite, Unit]]:
    """Every unit by its key, of all suites or of those named. Raises ValueError for a key given twice."""
    found: dict[str, tuple[Suite, Unit]] = {}
    for suite in suites():
        if only and suite.name not in only:
            continue
        for unit in suite.units(plan):
            if unit.key in found:
                raise ValueError(f"two units are called {unit.key!r}")
            found[unit.key] = (suite, unit)
    return found
