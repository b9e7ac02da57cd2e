"""Runs a Python command with a shifted clock: ``at_time.py SECONDS COMMAND WORDS...``.

Every ``datetime.now`` and ``time.time`` of the command is that many seconds off; the clock of the system and of jailed
children, and waiting times, stay as they are. Needs nothing but Python, unlike libfaketime.
"""

from __future__ import annotations

import datetime as dt
import runpy
import sys
import time
from typing import Any

REAL = dt.datetime


def shift(by_s: float) -> None:
    by, real_time = dt.timedelta(seconds=by_s), time.time

    class AnyDatetime(type(REAL)):  # type: ignore[misc]
        def __instancecheck__(cls, value: Any) -> bool:
            return isinstance(value, REAL)

    class Shifted(REAL, metaclass=AnyDatetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return super().now(tz) + by

        @classmethod
        def utcnow(cls) -> Any:
            return super().now(dt.UTC).replace(tzinfo=None) + by

    dt.datetime = Shifted  # type: ignore[misc]
    time.time = lambda: real_time() + by_s


def main() -> None:
    by_s, command = float(sys.argv[1]), sys.argv[2]
    shift(by_s)
    sys.argv = sys.argv[2:]
    runpy.run_path(command, run_name="__main__")


if __name__ == "__main__":
    main()
