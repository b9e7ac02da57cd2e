"""The strip below the picture: what ties a copy that lost its file name to the case that published it.

It stands in a band of its own, never over the picture. Case number, code of the item, the first ten hexadecimal digits
of the statement's hash and of the publication log's fingerprint; a demonstration says so, loudly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HEX_SHOWN = 10
SHARE = 1 / 24
LEAST_LINE_PX = 18
WIDE_PX = 960
"""From this width on the words stand in one line, below in two."""
BLACK, WHITE, NEUTRAL = 16, 235, 128
"""Limited range (ITU-R BT.601-7 §2.5.3)."""
GAP = "   "


@dataclass(frozen=True, slots=True)
class StripText:
    """What the strip says. Hashes are given whole and shown in part."""

    case_number: str
    code: str
    statement_hash: str
    log_fingerprint: str
    demonstration: bool = False

    def words(self) -> list[str]:
        parts = [
            f"case {self.case_number}",
            f"item {self.code}",
            f"statement {self.statement_hash[:HEX_SHOWN]}",
            f"log {self.log_fingerprint[:HEX_SHOWN]}",
        ]
        if self.demonstration:
            parts.insert(0, "DEMONSTRATION: NOT EVIDENCE")
        return parts

    def to_json(self) -> dict[str, object]:
        return {
            "case_number": self.case_number,
            "code": self.code,
            "statement_hash": self.statement_hash,
            "log_fingerprint": self.log_fingerprint,
            "demonstration": self.demonstration,
        }


def strip_height(width_px: int, height_px: int) -> int:
    """Rows of the strip for a picture of that size; even."""
    lines = 1 if width_px >= WIDE_PX else 2
    return lines * max(LEAST_LINE_PX, round(max(width_px, height_px) * SHARE / 4) * 2)


def drawn(text: StripText, width_px: int, height_px: int) -> NDArray[np.uint8]:
    """Luma of the strip, (height, width). The letters shrink until the words fit."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (width_px, height_px), BLACK)
    draw = ImageDraw.Draw(image)
    parts = text.words()
    half = len(parts) // 2
    lines = [parts] if width_px >= WIDE_PX else [parts[:half], parts[half:]]
    row = height_px / len(lines)
    for number, line in enumerate(lines):
        words = GAP.join(line)
        size = max(6, int(row * 0.7))
        while size > 6 and draw.textlength(words, font=ImageFont.load_default(size)) > width_px - 8:
            size -= 1
        place = (4, row * (number + 0.5))
        draw.text(place, words, fill=WHITE, font=ImageFont.load_default(size), anchor="lm")
    draw.line((0, 0, width_px, 0), fill=WHITE)
    return np.asarray(image, np.uint8)


def with_strip(picture: NDArray[np.uint8], strip: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture (yuv420p, height * 3 // 2 rows) with the strip below it."""
    width = picture.shape[1]
    height, rows = picture.shape[0] * 2 // 3, strip.shape[0]
    total = height + rows
    out = np.full((total * 3 // 2, width), NEUTRAL, np.uint8)
    out[:height] = picture[:height]
    out[height:total] = strip
    quarter = height // 4
    chroma = out[total:].reshape(2, total // 2, width // 2)
    for plane in range(2):
        start = height + plane * quarter
        chroma[plane, : height // 2] = picture[start : start + quarter].reshape(height // 2, width // 2)
    return out
