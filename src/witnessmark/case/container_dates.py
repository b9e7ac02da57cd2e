"""The dates that a file states, as the jailed child left them: read, and refused where no honest child wrote them.

The one feature that the parent itself reads. Were it believed, one booby-trapped file could stop every later
import and receipt of the case.
"""

from __future__ import annotations

import json
from datetime import datetime

from witnessmark.describe.bearing import ContainerDate, stated_date
from witnessmark.ground.jail import ProtocolBroken
from witnessmark.model.printable import printable

NAME = "container.dates"
"""Feature that the metadata examiner leaves."""
MOST_DATES = 64
LONGEST_FIELD = 200


def read_dates(data: bytes) -> tuple[ContainerDate, ...]:
    """Those that can be dates at all. Raises ProtocolBroken where it is not a list of fields and moments."""
    try:
        rows = json.loads(data)
        if not isinstance(rows, list) or len(rows) > MOST_DATES:
            raise ProtocolBroken("dates that are none, or too many")
        found = [
            stated_date(
                printable(_text(row["field"]))[:LONGEST_FIELD], datetime.fromisoformat(_text(row["moment"]))
            )
            for row in rows
        ]
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise ProtocolBroken("dates that are none") from None
    return tuple(date for date in found if date is not None)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
