"""Macroblock types out of the decoder's own debug text, one grid per picture.

With the option ``debug=mb_type`` libavcodec prints, for each picture that it hands out, one line of words, one
of columns, and one line per row of macroblocks: the row's first line of pixels, a space, and three characters
per macroblock (prediction, partition, interlacing). Source: FFmpeg 8.0 libavcodec/mpegutils.c,
ff_print_debug_info2 and get_type_mv_char. Read here as bytes, a whole picture at once.
Limits: PyAV keeps 1,022 characters of a line, so a picture wider than 5,424 samples gives nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import av.logging
import numpy as np
from numpy.typing import NDArray

from witnessmark.model.samples import BACKWARD, BOTH, DIRECT, FORWARD, INTRA, SKIP

OPTIONS = {"debug": "mb_type"}
BLOCK_PX = 16
FIRST_WORDS = "New frame, type: "
ROW_NUMBER = 3
"""Least width of the row's number (``%3d``)."""
CHARACTERS_A_BLOCK = 3
LETTERS = {
    "iIAP": INTRA,  # 4x4, 16x16, with AC prediction, PCM
    ">": FORWARD,
    "<": BACKWARD,
    "X": BOTH,
    "DG": DIRECT,  # direct, global motion
    "Sdg": SKIP,  # skipped, and skipped by direct or global motion
}

LogLine = tuple[int, str, str]


def _codes() -> NDArray[np.uint8]:
    table = np.zeros(256, dtype=np.uint8)
    for letters, code in LETTERS.items():
        table[np.frombuffer(letters.encode(), dtype=np.uint8)] = code
    return table


_CODES = _codes()


class Captured:
    """The decoder's log while the context lasts, this thread's only: ``lines``."""

    def __init__(self) -> None:
        self._capture = av.logging.Capture(local=True)
        self.lines: Sequence[LogLine] = ()

    def __enter__(self) -> Captured:
        av.logging.set_skip_repeated(False)
        av.logging.set_level(av.logging.DEBUG)
        self.lines = self._capture.__enter__()
        return self

    def __exit__(self, *what: object) -> None:
        self._capture.__exit__(None, None, None)
        av.logging.set_level(None)


def grids(lines: Sequence[LogLine]) -> Iterator[tuple[str, NDArray[np.uint8] | None]]:
    """(picture type, grid) of every picture that the lines tell of, in order; no grid where lines are missing."""
    starts = [at for at, line in enumerate(lines) if line[2].startswith(FIRST_WORDS)]
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(lines)
        letter = lines[start][2][len(FIRST_WORDS) : len(FIRST_WORDS) + 1]
        yield letter, _grid([line[2] for line in lines[start + 1 : end]])


def _grid(texts: list[str]) -> NDArray[np.uint8] | None:
    """The first of ``texts`` names the columns; rows follow as long as their numbers count up by 16."""
    rows: list[str] = []
    width = 0
    for text in texts[1:]:
        number = f"{BLOCK_PX * len(rows):{ROW_NUMBER}d} "
        if not text.startswith(number):
            break  # some other line of the log: the next unit already
        body = text[len(number) :]
        if not body.endswith("\n") or (rows and len(body) != width):
            return None
        width = len(body)
        rows.append(body)
    blocks = (width - 1) // CHARACTERS_A_BLOCK
    if not rows or blocks * CHARACTERS_A_BLOCK != width - 1:
        return None
    letters = np.frombuffer("".join(rows).encode("latin-1", "replace"), dtype=np.uint8)
    grid = _CODES[letters.reshape(len(rows), width)[:, : width - 1 : CHARACTERS_A_BLOCK]]
    grid.flags.writeable = False
    return grid
