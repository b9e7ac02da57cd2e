"""Texts burned into the picture beside a clock: unit numbers, camera labels. They may expose people and places.

The clock method leaves them as one Feature ``overlay.text`` (version 1); the case seals it at the level of original
names before anything is stored, and they stand in no finding and no report. JSON: ``{"width_px", "height_px",
"lines": [{"text", "confidence", "box": [left, top, right, bottom], "is_clock"}]}``, boxes in pixels.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from witnessmark.model.printable import printable

FEATURE = "overlay.text"
MOST_LINES = 1_000
"""A still full of writing has a few hundred lines."""
LONGEST_TEXT = 200
LARGEST_PX = 1 << 16
"""Largest side of a picture in any format that is read (HEVC and AV1 allow 65,536)."""


@dataclass(frozen=True, slots=True)
class OverlayText:
    """One line as it was read, with its place and how sure the reading is."""

    text: str
    confidence: float
    """0 to 1, as the recogniser gives it: not a probability."""
    box: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels."""
    is_clock: bool
    """Whether it reads as a date or time; the others are unit numbers, labels and writing in the scene."""

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "box": list(self.box)}


def overlay_texts(data: bytes) -> tuple[OverlayText, ...]:
    """Those of a feature, made fit to be shown. Raises ValueError where no honest reader wrote them."""
    try:
        rows = json.loads(data)["lines"]
        if not isinstance(rows, list) or len(rows) > MOST_LINES:
            raise ValueError("texts that are none, or too many")
        return tuple(map(_text, rows))
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError("overlay texts of an unknown form") from error


def _text(row: Mapping[str, Any]) -> OverlayText:
    if not isinstance(row["text"], str):
        raise TypeError("not a text")
    left, top, right, bottom = (int(side) for side in row["box"])
    confidence = float(row["confidence"])
    if not all(0 <= side <= LARGEST_PX for side in (left, top, right, bottom)):
        raise ValueError("a box that lies in no picture")
    if not math.isfinite(confidence):
        raise ValueError("a number that is none")
    return OverlayText(
        printable(row["text"])[:LONGEST_TEXT],
        min(1.0, max(0.0, confidence)),
        (left, top, right, bottom),
        bool(row.get("is_clock", False)),
    )
