"""How recorders and programs draw letters: four ways of making a patch from a text, none of them ours alone.

Each gives ``(ink, shade)``: ink (height, width) float32 0..1 of the letters, and shade of what lies round them
(outline), so that the caller decides about colours and boxes.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Ink = NDArray[np.float32]

OWN_FONT = Path(__file__).resolve().parents[2] / "src/witnessmark/case/demo_data/fonts/DejaVuSansMono.ttf"
SYSTEM = Path("/usr/share/fonts")
FONTS: dict[str, Path] = {
    "mono": OWN_FONT,
    "sans": SYSTEM / "truetype/dejavu/DejaVuSans-Bold.ttf",
    "condensed": SYSTEM / "truetype/dejavu/DejaVuSansCondensed.ttf",
    "serif": SYSTEM / "truetype/dejavu/DejaVuSerif.ttf",
    "noto": SYSTEM / "truetype/noto/NotoSansMono-Regular.ttf",
    "nimbus": SYSTEM / "opentype/urw-base35/NimbusSans-Bold.otf",
    "courier": SYSTEM / "opentype/urw-base35/NimbusMonoPS-Bold.otf",
}


def font_file(name: str) -> Path:
    """The font, or the one that the checkout brings where the machine lacks it."""
    path = FONTS[name]
    return path if path.is_file() else OWN_FONT


FIVE_BY_SEVEN: dict[str, str] = {
    "0": "01110 10001 10011 10101 11001 10001 01110",
    "1": "00100 01100 00100 00100 00100 00100 01110",
    "2": "01110 10001 00001 00110 01000 10000 11111",
    "3": "11111 00010 00100 00010 00001 10001 01110",
    "4": "00010 00110 01010 10010 11111 00010 00010",
    "5": "11111 10000 11110 00001 00001 10001 01110",
    "6": "00110 01000 10000 11110 10001 10001 01110",
    "7": "11111 00001 00010 00100 01000 01000 01000",
    "8": "01110 10001 10001 01110 10001 10001 01110",
    "9": "01110 10001 10001 01111 00001 00010 01100",
    ":": "00000 00100 00100 00000 00100 00100 00000",
    "-": "00000 00000 00000 11111 00000 00000 00000",
    "/": "00000 00001 00010 00100 01000 10000 00000",
    ".": "00000 00000 00000 00000 00000 01100 01100",
    " ": "00000 00000 00000 00000 00000 00000 00000",
    "A": "01110 10001 10001 11111 10001 10001 10001",
    "C": "01110 10001 10000 10000 10000 10001 01110",
    "D": "11100 10010 10001 10001 10001 10010 11100",
    "E": "11111 10000 10000 11110 10000 10000 11111",
    "F": "11111 10000 10000 11110 10000 10000 10000",
    "H": "10001 10001 10001 11111 10001 10001 10001",
    "I": "01110 00100 00100 00100 00100 00100 01110",
    "M": "10001 11011 10101 10101 10001 10001 10001",
    "N": "10001 11001 10101 10011 10001 10001 10001",
    "O": "01110 10001 10001 10001 10001 10001 01110",
    "P": "11110 10001 10001 11110 10000 10000 10000",
    "R": "11110 10001 10001 11110 10100 10010 10001",
    "S": "01111 10000 10000 01110 00001 00001 11110",
    "T": "11111 00100 00100 00100 00100 00100 00100",
    "U": "10001 10001 10001 10001 10001 10001 01110",
    "V": "10001 10001 10001 10001 10001 01010 00100",
    "W": "10001 10001 10001 10101 10101 11011 10001",
}
"""The shape that character generators of recorders have used since the HD44780 and its kin (5 x 7 dots)."""

STROKES: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "0": (
        ((0.1, 0.2), (0.3, 0), (0.7, 0), (0.9, 0.2), (0.9, 0.8), (0.7, 1), (0.3, 1), (0.1, 0.8), (0.1, 0.2)),
    ),
    "1": (((0.25, 0.2), (0.5, 0), (0.5, 1)),),
    "2": (((0.1, 0.2), (0.3, 0), (0.7, 0), (0.9, 0.2), (0.9, 0.4), (0.1, 1), (0.9, 1)),),
    "3": (((0.1, 0), (0.9, 0), (0.5, 0.4), (0.9, 0.6), (0.9, 0.85), (0.7, 1), (0.3, 1), (0.1, 0.85)),),
    "4": (((0.7, 1), (0.7, 0), (0.1, 0.7), (0.95, 0.7)),),
    "5": (((0.85, 0), (0.15, 0), (0.15, 0.45), (0.7, 0.4), (0.9, 0.6), (0.9, 0.8), (0.7, 1), (0.1, 1)),),
    "6": (
        (
            (0.8, 0),
            (0.4, 0.1),
            (0.1, 0.6),
            (0.1, 0.85),
            (0.3, 1),
            (0.7, 1),
            (0.9, 0.8),
            (0.7, 0.5),
            (0.1, 0.6),
        ),
    ),
    "7": (((0.1, 0), (0.9, 0), (0.4, 1)),),
    "8": (
        ((0.5, 0.45), (0.15, 0.25), (0.3, 0), (0.7, 0), (0.85, 0.25), (0.5, 0.45)),
        ((0.5, 0.45), (0.1, 0.75), (0.3, 1), (0.7, 1), (0.9, 0.75), (0.5, 0.45)),
    ),
    "9": (
        (
            (0.2, 1),
            (0.6, 0.9),
            (0.9, 0.4),
            (0.9, 0.15),
            (0.7, 0),
            (0.3, 0),
            (0.1, 0.2),
            (0.3, 0.5),
            (0.9, 0.4),
        ),
    ),
    ":": (((0.5, 0.28), (0.5, 0.32)), ((0.5, 0.75), (0.5, 0.79))),
    "-": (((0.2, 0.5), (0.8, 0.5)),),
    "/": (((0.1, 1), (0.9, 0)),),
    ".": (((0.5, 0.96), (0.5, 1.0)),),
    " ": (),
    "A": (((0.05, 1), (0.5, 0), (0.95, 1)), ((0.25, 0.6), (0.75, 0.6))),
    "C": (((0.9, 0.15), (0.6, 0), (0.2, 0.1), (0.1, 0.5), (0.2, 0.9), (0.6, 1), (0.9, 0.85)),),
    "H": (((0.1, 0), (0.1, 1)), ((0.9, 0), (0.9, 1)), ((0.1, 0.5), (0.9, 0.5))),
    "M": (((0.05, 1), (0.05, 0), (0.5, 0.6), (0.95, 0), (0.95, 1)),),
    "P": (((0.1, 1), (0.1, 0), (0.8, 0), (0.9, 0.25), (0.8, 0.5), (0.1, 0.5)),),
}
"""Single-line letters in the manner of plotters and vector character generators (after A. V. Hershey, 1967)."""


@lru_cache(maxsize=4096)
def truetype(text: str, digit_px: int, name: str, outline_px: int = 0) -> tuple[Ink, Ink]:
    """FreeType by Pillow; ``digit_px`` is the height of a zero."""
    probe = ImageFont.truetype(str(font_file(name)), 100)
    box = probe.getbbox("0")
    size = max(5, round(100 * digit_px / (box[3] - box[1])))
    font = ImageFont.truetype(str(font_file(name)), size)
    left, top, right, bottom = font.getbbox(text, stroke_width=outline_px)
    width, height = int(right - left) + 2, int(bottom - top) + 2

    def drawn(stroke: int) -> Ink:
        image = Image.new("L", (width, height), 0)
        ImageDraw.Draw(image).text((1 - left, 1 - top), text, 255, font=font, stroke_width=stroke)
        return np.asarray(image, np.float32) / 255

    ink = drawn(0)
    return ink, drawn(outline_px) if outline_px else ink


@lru_cache(maxsize=4096)
def dots(text: str, digit_px: int, name: str = "", outline_px: int = 0) -> tuple[Ink, Ink]:
    """Dot matrix, each dot a square; sizes that are no multiple of 7 are scaled as a recorder's scaler does."""
    cells = [
        np.array([[c == "1" for c in row] for row in FIVE_BY_SEVEN[letter].split()], np.float32)
        for letter in text
    ]
    wide = np.zeros((7, 6 * len(cells)), np.float32)
    for k, cell in enumerate(cells):
        wide[:, 6 * k : 6 * k + 5] = cell
    scale = digit_px / 7
    big = Image.fromarray((np.kron(wide, np.ones((8, 8))) * 255).astype(np.uint8))
    size = (max(1, round(wide.shape[1] * scale)), digit_px)
    ink = np.asarray(big.resize(size, Image.Resampling.BOX), np.float32) / 255
    return _outlined(np.pad(ink, outline_px + 1), outline_px)


@lru_cache(maxsize=4096)
def strokes(text: str, digit_px: int, name: str = "", outline_px: int = 0) -> tuple[Ink, Ink]:
    """Single-line letters with round pens, drawn four times larger and shrunk."""
    over, advance = 4, 0.85
    width = round(digit_px * advance * len(text)) + 4
    image = Image.new("L", (width * over, (digit_px + 4) * over), 0)
    draw = ImageDraw.Draw(image)
    pen = max(over, round(over * digit_px / 8))
    for k, letter in enumerate(text):
        for line in STROKES[letter]:
            at = [
                ((2 + digit_px * (advance * k + 0.6 * x)) * over, (2 + digit_px * y) * over) for x, y in line
            ]
            draw.line(at, 255, pen, joint="curve")
            for x, y in (at[0], at[-1]):
                draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), 255)
    ink = np.asarray(image.resize((width, digit_px + 4), Image.Resampling.BOX), np.float32) / 255
    return _outlined(np.pad(ink, outline_px), outline_px)


def _outlined(ink: Ink, outline_px: int) -> tuple[Ink, Ink]:
    shade = ink
    for _ in range(outline_px):
        wide = np.pad(shade, 1)
        shade = np.max(
            [wide[dy : dy + ink.shape[0], dx : dx + ink.shape[1]] for dy in range(3) for dx in range(3)], 0
        )
    return ink, shade


RENDERERS = {"truetype": truetype, "dots": dots, "strokes": strokes}
