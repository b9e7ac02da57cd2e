"""What a file's name says of its date and its writer: read once, on receipt, and kept apart from the name.

The name itself stays in its sealed field. A reading holds only what a table may print: a date as precise as it
was written, the naming pattern, and which kind of device or program is known to use that pattern.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PRECISIONS = ("day", "minute", "second", "none")
ZONES = ("utc", "local", "unknown")
EVENTS = ("recorded", "sent", "saved", "unknown")


@dataclass(frozen=True, slots=True)
class NameReading:
    """One reading of one name."""

    pattern: str
    """Code of the naming pattern (``pixel``, ``whatsapp``, ``recorder_channel``): docs/contradictions.md."""
    at: str = ""
    """ISO 8601 as precise as written: 2020-02-18, 2020-02-18T14:03, 2020-02-18T14:03:55; empty: no date."""
    precision: str = "none"
    zone: str = "unknown"
    """``utc`` where the pattern's writer is known to use UTC, ``local`` where local time of the device."""
    event: str = "unknown"
    """What the date is of: recorded, sent, saved."""
    writer: str = ""
    """Device family or program known to give such names; a hint, since anybody can name a file so."""
    other_order: str = ""
    """The same digits with day and month exchanged, where both are dates and nothing decides."""
    until: str = ""
    """Where the name writes begin and end: the end, in the same form."""

    def to_json(self) -> dict[str, str]:
        return {
            "pattern": self.pattern,
            "at": self.at,
            "precision": self.precision,
            "zone": self.zone,
            "event": self.event,
            "writer": self.writer,
            "other_order": self.other_order,
            "until": self.until,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> NameReading:
        """From ``to_json``. Raises KeyError or TypeError where a part is missing or is no text."""
        parts = {name: document.get(name, "") for name in cls.__slots__}
        parts["pattern"] = document["pattern"]
        if not all(isinstance(part, str) for part in parts.values()):
            raise TypeError("a name reading holds texts only")
        return cls(**parts)
