"""Where in the strip each numeral of the clock stands, to the column.

The recogniser tells places in steps of a sixth of the line's height, so that half a numeral may be missed. Two
facts mend that: numerals of one clock have one width, also in fonts whose letters have many (tabular figures), and
between two of them lies a gap, in which the mean of the pictures has next to no structure. So the width and the
start of each number are sought together that put borders into gaps and strokes between them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.clock.digits import PlaceOfClock
from witnessmark.examine.clock.layouts import Written
from witnessmark.examine.clock.recogniser import ROWS, STRIDE_PX, Line

LETTERS = "np"
"""Roles whose signs are letters of their own width."""
GRID_REST, GRID_STEPS = 0.3, 0.8
"""Distance from an even grid within which nine of ten letters lie where all letters have one width: in places, and
in steps of the recogniser, which for small letters are as wide as half a letter."""
LEAST_GAP_PITCH = 8.0
"""Narrower letters leave no gap of a whole column: the grid alone says where they stand."""
WIDTHS = 21
"""Widths tried, within WIDTH_SHARE of what the recogniser's places say (within GRID_SHARE on an even grid)."""
WIDTH_SHARE, GRID_SHARE = 0.16, 0.05
REACH = 0.5
"""How far a number's start is sought from where the recogniser puts it, in places."""
PULL = 0.25
"""Price of that distance, against a border in the middle of a stroke, which costs about 1."""

Seen = tuple[Written, Line]


def find_places(seen: Sequence[Seen], strips: NDArray[np.uint8]) -> list[PlaceOfClock] | None:
    """The places of (n, rows, columns) strips that ``seen`` readings of one layout share; None if none fit."""
    rows, columns = strips.shape[1], strips.shape[2]
    roles = [place.role for place in seen[0][0].places]
    centres = (
        np.mean([[line.places[p.index] for p in written.places] for written, line in seen], axis=0) * columns
    )
    pairs = [
        b - a
        for a, b, r, s in zip(centres, centres[1:], roles, roles[1:], strict=False)
        if r == s and r not in LETTERS
    ]
    if not pairs:
        return None
    pitch, share = float(np.mean(pairs)), WIDTH_SHARE
    grid = _grid(seen, columns, rows)
    if grid is not None:
        (centres, pitch), share = grid, GRID_SHARE
    if pitch < 2:
        return None
    borders = _by_grid(centres, pitch)
    if pitch >= LEAST_GAP_PITCH:
        borders = _by_gaps(roles, centres, pitch, share, _structure(strips, pitch))
    places = []
    for role, (left, right) in zip(roles, borders, strict=True):
        first, last = max(0, round(left)), min(columns, round(right))
        if last - first < 2:
            return None
        places.append(PlaceOfClock(first, last, role))
    return places


def _by_grid(centres: NDArray[np.float64], pitch: float) -> list[tuple[float, float]]:
    return [(centre - pitch / 2, centre + pitch / 2) for centre in centres]


def _by_gaps(
    roles: Sequence[str],
    centres: NDArray[np.float64],
    pitch: float,
    share: float,
    profile: NDArray[np.float32],
) -> list[tuple[float, float]]:
    """Borders of every place; numbers move as wholes."""
    numbers = _numbers(roles)
    filled = np.concatenate([[0.0], np.cumsum(profile)])
    best: tuple[float, float, dict[int, float]] | None = None
    for width in np.linspace(pitch * (1 - share), pitch * (1 + share), WIDTHS):
        starts: dict[int, float] = {}
        price = 0.0
        for first, last in numbers:
            if roles[first] in LETTERS:
                continue
            count = last - first + 1
            guess = float(np.mean(centres[first : last + 1])) - count * width / 2
            tried = guess + np.arange(-REACH * pitch, REACH * pitch + 0.5, 0.5)
            edges = np.clip(np.round(tried[:, None] + width * np.arange(count + 1)), 0, len(profile) - 1)
            at_edges = edges.astype(int)
            inside = (filled[at_edges[:, -1]] - filled[at_edges[:, 0]]) / max(1.0, count * width)
            prices = profile[at_edges].mean(axis=1) - inside + PULL * np.abs(tried - guess) / pitch
            at = int(prices.argmin())
            starts[first], price = float(tried[at]), price + float(prices[at]) * count
        if best is None or price < best[0]:
            best = price, float(width), starts
    assert best is not None
    _, width, starts = best
    borders: list[tuple[float, float]] = []
    for first, last in numbers:
        for k in range(first, last + 1):
            if first in starts:
                left = starts[first] + (k - first) * width
                borders.append((left, left + width))
            else:
                borders.append((float(centres[k]) - pitch / 2, float(centres[k]) + pitch / 2))
    return borders


def _numbers(roles: Sequence[str]) -> list[tuple[int, int]]:
    """First and last place of each run of one role."""
    runs: list[tuple[int, int]] = []
    for k, role in enumerate(roles):
        if runs and roles[runs[-1][0]] == role:
            runs[-1] = (runs[-1][0], k)
        else:
            runs.append((k, k))
    return runs


def _grid(seen: Sequence[Seen], columns: int, rows: int) -> tuple[NDArray[np.float64], float] | None:
    """Centres of places and pitch on an even grid, where the letters stand on one; None for other fonts.

    A line through all letters' places against their number in the text tells the pitch far better than
    neighbours do; where letters are of many widths no line fits.
    """
    number = np.concatenate([[p.index for p in written.places] for written, _ in seen]).astype(np.float64)
    where = (
        np.concatenate([[line.places[p.index] for p in written.places] for written, line in seen]) * columns
    )
    pitch, start = np.polyfit(number, where, 1)
    rest = np.abs(where - (start + pitch * number))
    if pitch < 2 or float(np.percentile(rest, 90)) > max(
        GRID_REST * pitch, GRID_STEPS * STRIDE_PX * rows / ROWS
    ):
        return None
    own = np.mean([[p.index for p in written.places] for written, _ in seen], axis=0)
    return np.asarray(start + pitch * own), float(pitch)


def _structure(strips: NDArray[np.uint8], pitch: float) -> NDArray[np.float32]:
    """(columns,): how much each column of the mean picture varies from row to row, 1 at strokes."""
    mean = strips.mean(axis=0, dtype=np.float32)
    profile = np.abs(np.diff(mean, axis=0)).sum(axis=0)
    span = max(1, round(pitch / 12))
    smooth = np.convolve(profile, np.ones(span) / span, mode="same")
    low, high = np.percentile(smooth, [5, 80])
    return np.asarray(np.clip((smooth - low) / max(float(high - low), 1.0), 0, 1.5), np.float32)
