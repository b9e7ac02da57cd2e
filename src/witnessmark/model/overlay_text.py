"""Texts burned into the picture beside a clock: unit numbers, camera labels. They may expose people and places.

A clock reader leaves them as one Feature ``overlay.text``; the case seals it at the level of original names before
it is stored, and they stand in no finding and no report. JSON: ``{"texts": [{"text", "kind", "box",
"confidence", "start_s", "end_s"}]}``, box in pixels of the picture as ``[left, top, width, height]``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from witnessmark.model.consumer import Feature
from witnessmark.model.printable import printable

FEATURE = "overlay.text"
VERSION = 1
MOST_TEXTS = 256
LONGEST_TEXT = 200
LARGEST_PX = 1 << 16
"""Largest side of a picture in any format that is read (HEVC and AV1 allow 65,536)."""


@dataclass(frozen=True, slots=True)
class OverlayText:
    """One text as it was read, with its place and how sure the reading is."""

    text: str
    kind: str
    """``unit`` (a number that names a device), ``label`` (other words) or ``unknown``."""
    box: tuple[int, int, int, int]
    """Left, top, width, height in pixels."""
    confidence: float
    """0 to 1, as the recogniser gives it: not a probability."""
    start_s: float = 0.0
    end_s: float = 0.0
    """Between which times of the file it was read."""

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "box": list(self.box)}


KINDS = ("unit", "label", "unknown")


def overlay_feature(texts: Sequence[OverlayText]) -> Feature:
    """The feature that holds them, in the order given (the first ``MOST_TEXTS``)."""
    document = {"texts": [text.to_json() for text in texts[:MOST_TEXTS]]}
    return Feature(FEATURE, VERSION, json.dumps(document, sort_keys=True, ensure_ascii=True).encode("ascii"))


def overlay_texts(data: bytes) -> tuple[OverlayText, ...]:
    """Those of a feature, made fit to be shown. Raises ValueError where no honest reader wrote them."""
    try:
        rows = json.loads(data)["texts"]
        if not isinstance(rows, list) or len(rows) > MOST_TEXTS:
            raise ValueError("texts that are none, or too many")
        return tuple(_text(row) for row in rows)
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError("overlay texts of an unknown form") from error


def _text(row: Mapping[str, Any]) -> OverlayText:
    if not isinstance(row["text"], str):
        raise TypeError("not a text")
    sides = tuple(int(side) for side in row.get("box") or (0, 0, 0, 0))
    confidence, start_s, end_s = (float(row.get(name, 0.0)) for name in ("confidence", "start_s", "end_s"))
    if len(sides) != 4 or not all(0 <= side <= LARGEST_PX for side in sides):
        raise ValueError("a box that lies in no picture")
    if not all(math.isfinite(value) for value in (confidence, start_s, end_s)):
        raise ValueError("a number that is none")
    kind = row.get("kind", "unknown")
    return OverlayText(
        printable(row["text"])[:LONGEST_TEXT],
        kind if kind in KINDS else "unknown",
        (sides[0], sides[1], sides[2], sides[3]),
        min(1.0, max(0.0, confidence)),
        start_s,
        end_s,
    )
