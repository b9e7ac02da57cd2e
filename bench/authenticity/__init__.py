"""How often edits are found, how far off, and how often untouched footage alarms: the measured rates.

    python -m bench authenticity                  every unit (states its cost; goes on where it was stopped)
    python -m bench authenticity --quick          a seeded tenth, for every change
    python -m bench authenticity --only picture   one suite
    python -m bench authenticity --publish        writes what was measured into the package and the methods pages
    python -m bench authenticity --half choose    the half to choose thresholds with; never published

To add attacks for a method: one module in ``bench/authenticity/suites`` with ``SUITE``, one word in
``bench/authenticity/register.py``. The shape of a trial is in ``bench/authenticity/contract.py``.
"""

from __future__ import annotations

from bench.authenticity.command import main

__all__ = ["main"]
