"""From a disk of leaked footage to a case that stands up.

The public names, loaded when they are asked for:

    from witnessmark import open_case
    with open_case(Path("case"), passphrase) as case:
        for finding in case.catalogue.findings(): ...
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Case": "witnessmark.case.case",
    "Finding": "witnessmark.model.findings",
    "Grade": "witnessmark.model.findings",
    "Item": "witnessmark.model.recording",
    "Outcome": "witnessmark.model.findings",
    "WitnessmarkError": "witnessmark.model.errors",
    "create_case": "witnessmark.case.wiring",
    "inspect_files": "witnessmark.case.inspecting",
    "open_case": "witnessmark.case.wiring",
}

__all__ = [
    "Case",
    "Finding",
    "Grade",
    "Item",
    "Outcome",
    "WitnessmarkError",
    "create_case",
    "inspect_files",
    "open_case",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its home (PEP 562), so that the command's help loads nothing heavy."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
