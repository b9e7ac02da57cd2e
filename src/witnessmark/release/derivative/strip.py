"""The strip below the picture: what ties a copy that lost its file name to the case that published it.

It stands in a band of its own, never over the picture. Case number, code of the release, and 32 hexadecimal digits each
of the statement's hash and of the publication log's fingerprint, in groups of four; a demonstration says so, loudly.
32 digits are 128 bits: nobody can make another log, or other words, that begin with the same ones. Ten would not do,
because the name of a log is free text and a graphics card tries 2^40 names in minutes. Anybody can *draw* this strip
below any picture: it says which log to ask, and proves nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HEX_SHOWN = 32
GROUP = 4
"""Digits are read aloud and compared in groups."""
SHARE = 1 / 24
LEAST_LINE_PX = 18
LETTER_SHARE = 0.7
"""Height of the letters in their line."""
LEGIBLE_PX = 12
"""Letters are not made smaller than this to save a line: at 9 pixels 8, 6 and b are one blot after the encoder."""
SMALLEST_PX = 6
MARGIN_PX = 4
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

    def layouts(self) -> list[list[str]]:
        """The same words in few long lines, in more, and in many short ones."""
        loud = ["DEMONSTRATION: NOT EVIDENCE"] if self.demonstration else []
        case = GAP.join((f"case {self.case_number}", f"item {self.code}"))
        words, log = _groups(self.statement_hash), _groups(self.log_fingerprint)
        half = len(words) // 2
        return [
            [
                GAP.join([*loud, case]),
                GAP.join((f"statement {' '.join(words)}", f"log {' '.join(log)}")),
            ],
            [*loud, case, f"statement {' '.join(words)}", f"log {' '.join(log)}"],
            [
                *loud,
                *case.split(GAP),
                f"statement {' '.join(words[:half])}",
                " ".join(words[half:]),
                f"log {' '.join(log[:half])}",
                " ".join(log[half:]),
            ],
        ]

    def to_json(self) -> dict[str, object]:
        return {
            "case_number": self.case_number,
            "code": self.code,
            "statement_hash": self.statement_hash,
            "log_fingerprint": self.log_fingerprint,
            "demonstration": self.demonstration,
        }


def _groups(digits: str) -> list[str]:
    return [digits[at : at + GROUP] for at in range(0, HEX_SHOWN, GROUP)]


def _line_px(longer_px: int) -> int:
    return max(LEAST_LINE_PX, round(longer_px * SHARE / 4) * 2)


def _letters_px(lines: list[str], width_px: int, line_px: float) -> int:
    """The largest letters with which every line fits."""
    from PIL import ImageFont

    size = int(line_px * LETTER_SHARE)
    while (
        size > SMALLEST_PX
        and max(map(ImageFont.load_default(size).getlength, lines)) > width_px - 2 * MARGIN_PX
    ):
        size -= 1
    return size


def _lines(text: StripText, width_px: int, line_px: float) -> list[str]:
    """The layout with the fewest lines whose letters are still legible."""
    layouts = text.layouts()
    for lines in layouts:
        if _letters_px(lines, width_px, line_px) >= LEGIBLE_PX:
            return lines
    return layouts[-1]


def strip_height(text: StripText, width_px: int, height_px: int) -> int:
    """Rows of the strip for a picture of that size; even."""
    line_px = _line_px(max(width_px, height_px))
    return len(_lines(text, width_px, line_px)) * line_px


def drawn(text: StripText, width_px: int, height_px: int) -> NDArray[np.uint8]:
    """Luma of the strip for a picture of that size, (``strip_height``, width)."""
    from PIL import Image, ImageDraw, ImageFont

    line_px = _line_px(max(width_px, height_px))
    lines = _lines(text, width_px, line_px)
    image = Image.new("L", (width_px, len(lines) * line_px), BLACK)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(_letters_px(lines, width_px, line_px))
    for number, line in enumerate(lines):
        draw.text((MARGIN_PX, line_px * (number + 0.5)), line, fill=WHITE, font=font, anchor="lm")
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
