"""Triage without a case: what lies on a disk, looked over in the jail; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from witnessmark.ground import jail
from witnessmark.receive.triage import triage
from witnessmark.receive.walk import Walk


def look_over(sources: Sequence[bytes], on_progress: Callable[[int, int], None]) -> dict[str, Any]:
    """What the headers of all files below ``sources`` declare. ``on_progress``: files and bytes so far."""
    with Walk(sources) as walk:
        return triage(walk, jail.run, on_progress).to_json()
