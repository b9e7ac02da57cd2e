"""Read one line of text: a network gives letters over places, and we keep the chances, not only the winner.

Input is grey, any size; the network wants 48 rows (PP-OCR, Du et al., arXiv:2009.09941; CTC after Graves et
al., ICML 2006). A line's answer is the free text and, place by place, the chance of every sign that clocks are
written with, so that a whole course of time can be judged by what all its pictures say together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from witnessmark.ground.networks.text_models import RECOGNISER, session

ROWS = 48
STRIDE_PX = 8
"""Columns of the 48-row picture per place of the answer."""
LEAST_COLUMNS, MOST_COLUMNS = 32, 1600
SIGNS = "0123456789:/.-APM "
"""Signs that clocks are written with, letters of months and weekdays apart. Index 0 of an answer is "none"."""
FLOOR = 1e-6


@dataclass(frozen=True, slots=True)
class Line:
    """What the network saw in one crop."""

    text: str
    """Free greedy reading, over the whole alphabet."""
    confidence: float
    """Least chance among its letters: a line is as sure as its weakest letter."""
    mean_confidence: float
    places: tuple[float, ...]
    """Where each letter of ``text`` lies, as a share of the crop's width."""
    chances: NDArray[np.float32]
    """(places, 1 + len(SIGNS)): natural logarithm of the chance of "none" and of every sign."""


@cache
def _alphabet() -> tuple[str, ...]:
    listed = session(RECOGNISER).get_modelmeta().custom_metadata_map["character"].split("\n")
    return ("", *listed, " ")


@cache
def _sign_columns() -> tuple[int, ...]:
    alphabet = _alphabet()
    return (0, *(alphabet.index(sign) for sign in SIGNS))


def prepared(crop: NDArray[np.uint8], stretch: float = 1.0) -> NDArray[np.float32]:
    """48 rows, -1..1, contrast as it is. ``stretch`` widens narrow letters."""
    from PIL import Image

    height, width = crop.shape
    columns = min(MOST_COLUMNS, max(LEAST_COLUMNS, round(width * ROWS / height * stretch)))
    image = Image.fromarray(np.ascontiguousarray(crop)).resize((columns, ROWS), Image.Resampling.BICUBIC)
    return np.asarray(image, np.float32) / 127.5 - 1.0


def read_lines(crops: Sequence[NDArray[np.uint8]], stretch: float = 1.0) -> list[Line]:
    """One answer for each crop (height, width) uint8, dark letters on light or light on dark."""
    return [_read(prepared(crop, stretch)) for crop in crops]


def _read(image: NDArray[np.float32]) -> Line:
    network = session(RECOGNISER)
    rgb = np.broadcast_to(image, (1, 3, *image.shape))
    raw = network.run(None, {network.get_inputs()[0].name: np.ascontiguousarray(rgb)})[0][0]
    alphabet, winners, tops = _alphabet(), raw.argmax(axis=1), raw.max(axis=1)
    letters: list[str] = []
    sure: list[float] = []
    places: list[float] = []
    last = 0
    for k, winner in enumerate(winners):
        if winner and winner != last:
            letters.append(alphabet[winner] if winner < len(alphabet) else "?")
            sure.append(float(tops[k]))
            places.append((k + 0.5) / len(winners))
        last = int(winner)
    chances = np.log(np.maximum(raw[:, list(_sign_columns())], FLOOR)).astype(np.float32)
    return Line(
        "".join(letters),
        min(sure, default=0.0),
        float(np.mean(sure)) if sure else 0.0,
        tuple(places),
        chances,
    )
