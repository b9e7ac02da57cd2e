"""The burned-in clock and the DEMONSTRATION strip, drawn once per text and laid into the planes."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

STRIP_TEXT = "DEMONSTRATION - NOT EVIDENCE - witnessmark"
STRIP_HEIGHT_PX = 28
CLOCK_SIZE_PX = 22
STRIP_SIZE_PX = 18
_NEUTRAL = 128


@lru_cache(maxsize=4)
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    font = files("witnessmark.case.demo_data").joinpath("fonts/DejaVuSansMono.ttf").read_bytes()
    return ImageFont.truetype(BytesIO(font), size_px)


@lru_cache(maxsize=512)
def _patch(text: str, size_px: int, width_px: int, height_px: int) -> NDArray[np.uint8]:
    """Light letters on a dark box, as luma (height, width)."""
    image = Image.new("L", (width_px, height_px), 20)
    draw = ImageDraw.Draw(image)
    draw.text((8, (height_px - size_px) // 2 - 2), text, fill=235, font=_font(size_px))
    return np.asarray(image, np.uint8)


def clock_text(moment: datetime, unit: str) -> str:
    """As a wall recorder writes it: day first, unit number behind."""
    return moment.strftime("%d.%m.%Y %H:%M:%S") + f" {unit}"


def draw(picture: NDArray[np.uint8], clock: str | None) -> NDArray[np.uint8]:
    """A copy of a yuv420p picture (height*3//2, width) with the strip, and with a clock if one is given."""
    drawn = picture.copy()
    width, height = picture.shape[1], picture.shape[0] * 2 // 3
    _lay(drawn, _patch(STRIP_TEXT, STRIP_SIZE_PX, width, STRIP_HEIGHT_PX), 0, height - STRIP_HEIGHT_PX)
    if clock is not None:
        wide = 2 * ((len(clock) * CLOCK_SIZE_PX * 62 // 100 + 18) // 2)
        _lay(drawn, _patch(clock, CLOCK_SIZE_PX, min(wide, width), 32), 0, 0)
    return drawn


def _lay(picture: NDArray[np.uint8], patch: NDArray[np.uint8], left_px: int, top_px: int) -> None:
    """Write a patch (even size and place) into luma; its chroma becomes neutral grey."""
    width, height = picture.shape[1], picture.shape[0] * 2 // 3
    high, wide = patch.shape
    picture[top_px : top_px + high, left_px : left_px + wide] = patch
    chroma = picture[height:].reshape(2, height // 2, width // 2)
    chroma[:, top_px // 2 : (top_px + high) // 2, left_px // 2 : (left_px + wide) // 2] = _NEUTRAL
