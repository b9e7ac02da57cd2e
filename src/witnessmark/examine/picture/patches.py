"""Parts of the picture that differ from their surroundings: in noise, in noise over time, in traces of resampling.

All three are averages over some pictures of a file, in cells of a grid. What differs is shown and never judged:
texture, sky, subtitles and the camera's own overlays differ too.
Sources: Immerkær, Fast noise variance estimation, CVIU 64(2), 1996 (the mask and its factor); Mahdian and Saic, Blind
authentication using periodic properties of interpolation, IEEE TIFS 3(3), 2008 (the second derivative of resampled
signals is periodic; §III–IV); Mahdian and Saic, Using noise inconsistencies for blind image forensics, Image and
Vision Computing 27(10), 2009.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COLUMNS = 32
"""Cells across; as many down as the picture's shape asks for. 40 pixels a cell at 720 lines."""
FEWEST_CELL_PX = 8
IMMERKAER = float(np.sqrt(np.pi / 2)) / 6
"""σ = √(π/2)/6 · mean |N ∗ picture|, Immerkær (1996), equation 4."""
TILES_ACROSS, TILES_DOWN = 8, 4
"""Tiles for resampling: 160 pixels wide at 720 lines, long enough for a spectrum of 80 lines."""
LOWEST = 0.06
"""Cycles a pixel below which structure of the scene makes spectra steep (two and a half per tile)."""
GRID_PX = 8
"""Codecs leave lines at multiples of 1/8 cycle a pixel (8×8 transforms; §IV of Mahdian and Saic excludes them too)."""
GRID_WIDTH = 0.012
NEIGHBOURS = 2
"""Cells on each side that make the surroundings."""
FEWEST_SCALE = 0.15
"""Least spread (log2) taken for the cells of one picture: 10 %."""

Cells = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a picture is cut into cells."""

    rows: int
    columns: int
    cell_px: int

    @classmethod
    def of(cls, height: int, width: int) -> Layout:
        cell = max(FEWEST_CELL_PX, -(-width // COLUMNS), -(-height // COLUMNS))
        return cls(max(1, height // cell), max(1, width // cell), cell)

    def means(self, values: NDArray[np.int16]) -> Cells:
        """Means of ``values`` per cell, edges left out."""
        rows, columns, cell = self.rows, self.columns, self.cell_px
        whole = values[: rows * cell, : columns * cell]
        sums = np.add.reduceat(whole, np.arange(0, columns * cell, cell), axis=1, dtype=np.int32)
        return np.add.reduceat(sums, np.arange(0, rows * cell, cell), axis=0) / float(cell * cell)


def noise_of(luma: NDArray[np.int16], layout: Layout) -> tuple[Cells, NDArray[np.float64]]:
    """Noise (grey levels) per cell, and the spectra of |second derivative| along the rows per tile."""
    across = luma[:, 2:] - 2 * luma[:, 1:-1]
    across += luma[:, :-2]
    spectra = _spectra(np.abs(across))
    down = across[2:] - 2 * across[1:-1]
    down += across[:-2]
    np.abs(down, out=down)
    edged = np.pad(down, ((1, 1), (1, 1)))
    return layout.means(edged) * IMMERKAER, spectra


def flicker_of(before: NDArray[np.int16], now: NDArray[np.int16], layout: Layout) -> Cells:
    """Mean absolute difference of two pictures in succession per cell, grey levels."""
    return layout.means(np.abs(now - before))


def _spectra(derivative: NDArray[np.int16]) -> NDArray[np.float64]:
    """(tiles, frequencies): power of the row-averaged derivative of each tile, its mean taken out."""
    height, width = derivative.shape[0] // TILES_DOWN, derivative.shape[1] // TILES_ACROSS
    if height < GRID_PX or width < 4 * GRID_PX:
        return np.zeros((0, 0))
    whole = derivative[: height * TILES_DOWN, : width * TILES_ACROSS]
    lines = np.add.reduceat(whole, np.arange(0, height * TILES_DOWN, height), axis=0, dtype=np.int32)
    signals = lines.reshape(TILES_DOWN * TILES_ACROSS, width).astype(np.float64) / height
    signals -= signals.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(signals * np.hanning(width), axis=1)) ** 2
    return np.asarray(power, dtype=np.float64)


def peaks(spectra: NDArray[np.float64]) -> tuple[Cells, NDArray[np.float64]]:
    """Per tile the largest line over the median of its spectrum, as (TILES_DOWN, TILES_ACROSS), and its frequency in
    cycles a pixel; lines of the codec's grid and of coarse structure are left aside."""
    if not spectra.size:
        return np.ones((TILES_DOWN, TILES_ACROSS)), np.zeros((TILES_DOWN, TILES_ACROSS))
    frequencies = np.linspace(0, 0.5, spectra.shape[1])
    from_grid = np.abs(frequencies * GRID_PX - np.round(frequencies * GRID_PX)) / GRID_PX
    fit = (frequencies >= LOWEST) & (from_grid > GRID_WIDTH)
    kept = spectra[:, fit]
    ratio = kept.max(axis=1) / np.maximum(np.median(kept, axis=1), 1e-9)
    where = frequencies[fit][kept.argmax(axis=1)]
    return ratio.reshape(TILES_DOWN, TILES_ACROSS), where.reshape(TILES_DOWN, TILES_ACROSS)


def outlying(cells: Cells) -> Cells:
    """How far each cell's log2 lies from the median of its surroundings, in spreads of the whole picture (1.4826
    times the median absolute deviation); 0 where there is nothing to compare."""
    if min(cells.shape) < NEIGHBOURS + 1 or not float(cells.max()) > 0:
        return np.zeros_like(cells)
    least = max(1e-3, 0.01 * float(np.median(cells)))
    logs = np.log2(np.maximum(cells, least))
    padded = np.pad(logs, NEIGHBOURS, mode="reflect")
    around = np.lib.stride_tricks.sliding_window_view(padded, (2 * NEIGHBOURS + 1,) * 2)
    away = logs - np.median(around, axis=(2, 3))
    spread = max(FEWEST_SCALE, 1.4826 * float(np.median(np.abs(away))))
    return np.asarray(away / spread, dtype=np.float64)


def stretched(tiles: Cells, layout: Layout) -> Cells:
    """Values per tile laid over the finer cells."""
    rows = np.minimum(np.arange(layout.rows) * tiles.shape[0] // layout.rows, tiles.shape[0] - 1)
    columns = np.minimum(np.arange(layout.columns) * tiles.shape[1] // layout.columns, tiles.shape[1] - 1)
    return np.asarray(tiles[np.ix_(rows, columns)], dtype=np.float64)
