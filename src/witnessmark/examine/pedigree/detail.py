"""How much fine detail a picture holds, by cycles per picture width and height, whatever its size in pixels.

Along rows (and columns) spread evenly over the picture the power spectrum is taken (Hann window; Welch 1967) and summed
in half-octaves. A coefficient is divided by the number of samples, so that the same scene gives the same figures at 360
and at 1080 lines wherever both resolve it. Above half the samples across (Nyquist) a picture holds nothing.
Beside it stands the *blockiness*: how much larger steps are on the grid of the transform than off it, since an encoder
without a loop filter makes fine detail of its own there (Wang, Bovik, Evans: Blind measurement of blocking artifacts,
IEEE ICIP 2000). Shapes: luma (rows, columns) of any depth up to 16 bit, in grey levels of 8 bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.pedigree.record import BANDS

LOWEST_CYCLES = 4.0
EDGES = LOWEST_CYCLES * 2.0 ** (np.arange(BANDS + 1) / 2)
"""4, 5.7, 8 ... 2048 cycles: Nyquist of 4096 pixels. Below 16 stands the scene, and with it its contrast."""
LINES = 32
"""Rows (columns) looked at: the mean of 32 spectra is steady to about a sixth (1/sqrt(32); Welch 1967)."""
GRID, INNER_GRID = 8, 4
"""Edges of the transforms of JPEG, MPEG-4 and H.264 (§8.5), whose smallest has edges between them as well."""
STILL = 0.05
"""Grey levels: a flat picture shows no blocks."""
SMALLEST_PX = 48
"""Below 24 cycles nothing could be told of detail."""


@dataclass(frozen=True, slots=True, eq=False)
class Detail:
    """Of one picture."""

    across: NDArray[np.float32]
    """(BANDS,) power by half-octaves of cycles per picture width."""
    down: NDArray[np.float32]
    """(BANDS,) the same by cycles per picture height."""
    blockiness: tuple[float, float]
    """Median step on the grid of GRID samples over that off it, across and down; 1: no blocks show. A median, because
    the edge of a drawn box lies on one line alone."""


def detail_of(luma: NDArray[np.uint8] | NDArray[np.uint16], depth: int) -> Detail | None:
    """None for pictures smaller than SMALLEST_PX either way."""
    rows, columns = luma.shape
    if min(rows, columns) < SMALLEST_PX:
        return None
    scale = np.float32(2.0 ** (8 - depth))
    across = luma[_places(rows), :].astype(np.float32)
    down = np.ascontiguousarray(luma[:, _places(columns)].T).astype(np.float32)
    return Detail(_bands(across * scale), _bands(down * scale), (_blocks(across), _blocks(down)))


def _blocks(lines: NDArray[np.float32]) -> float:
    steps = np.abs(np.diff(lines, axis=1)).mean(axis=0)
    place = np.arange(1, len(steps) + 1)
    on_grid, inside = steps[place % GRID == 0], steps[place % INNER_GRID != 0]
    return float((np.median(on_grid) + STILL) / (np.median(inside) + STILL))


@lru_cache(maxsize=16)
def _places(count: int) -> NDArray[np.int64]:
    """Lines spread evenly, a sixteenth of the picture left out at either edge (bars, borders, clocks)."""
    margin = count // 16
    return np.linspace(margin, count - 1 - margin, LINES).astype(np.int64)


@lru_cache(maxsize=16)
def _window(samples: int) -> NDArray[np.float32]:
    window = np.hanning(samples)
    return np.asarray(window / np.sqrt(np.mean(window**2)), dtype=np.float32)


@lru_cache(maxsize=16)
def _band_of(samples: int) -> NDArray[np.int64]:
    """First coefficient of each band (and the end), as indexes into the spectrum of real samples."""
    return np.minimum(np.ceil(EDGES).astype(np.int64), samples // 2 + 1)


def _bands(lines: NDArray[np.float32]) -> NDArray[np.float32]:
    samples = lines.shape[1]
    lines = (lines - lines.mean(axis=1, keepdims=True)) * _window(samples)
    spectrum = np.fft.rfft(lines, axis=1)
    power = np.mean(spectrum.real**2 + spectrum.imag**2, axis=0) / samples**2
    whole = np.concatenate([[0.0], np.cumsum(power)])
    edges = _band_of(samples)
    return np.asarray(whole[edges[1:]] - whole[edges[:-1]], dtype=np.float32)
