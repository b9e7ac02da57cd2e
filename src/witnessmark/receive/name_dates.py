"""Dates that stand in file names, for triage: which days a disk seems to be about.

A name can be given by anyone at any time: this is never evidence of a date. How names are read stands in
``receive/name_readings.py``.
"""

from __future__ import annotations

from datetime import date

from witnessmark.receive.name_readings import readings_in


def dates_in(name: str) -> tuple[date, ...]:
    """Every date in one file name, in order of appearance, each once."""
    days = [date.fromisoformat(reading.at[:10]) for reading in readings_in(name) if reading.at]
    return tuple(dict.fromkeys(days))
