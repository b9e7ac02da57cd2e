"""From pictures to the trace of the sensor: noise of each, weighted by light, added up, freed of what others share.

For every picture I the noise W = I - F(I) is what a 5 x 5 mean F leaves, limited to 4 grey levels either way so that
edges of the scene say no more than noise does. Over all pictures K = sum(W I) / sum(I^2) is the maximum-likelihood
estimate of the sensor's factor (Chen, Fridrich, Goljan, Lukas, IEEE TIFS 3(1), 2008, eq. 6). From K is taken away what
other sensors share: means of rows and columns in the four sublattices of a colour filter (same source, §III-C), and
whatever repeats with the grid of a codec. Tiles whose noise is far above the usual (burned-in text, logos, still
edges of the scene) are masked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.camera.residual import SCENE_COLUMNS, SCENE_ROWS

LIMIT_LEVELS = 4
"""Noise beyond this counts as this much: PRNU of 1-2 % is at most 2.5-5 levels of 255 (Chen et al. 2008, §II)."""
WINDOW = 5
EDGE_PX = WINDOW // 2
TILE_PX = 16
"""Masks and spreads are by tile; also the period that is taken out: macroblocks are 16 x 16 (ISO/IEC 14496-10 §6.3),
transforms divide it, and the 64 x 64 units of HEVC are multiples of it, whose borders are borders of tiles too."""
DARKEST, BRIGHTEST = 24.0, 232.0
"""Mean luma of a tile outside which it is masked: 8 levels inside the nominal range 16..235 (ITU-R BT.601). Black bars
and clipped skies carry no trace."""
NOISIEST = 4.0
"""Energy of a tile over the median tile from which it is masked: twice the usual noise is structure that stays."""
ROUNDING = 1 / 12
"""Variance of rounding to whole levels (Widrow 1956). Parts of a picture with less noise are drawn, clipped or coded
away, and what they hold is a pattern of rounding that every copy of the drawing shares."""
TERNARY = 0.612
"""Threshold in standard deviations of three levels with the least distortion (Max 1960, table I, N = 3)."""
NULL_SHIFTS = tuple((16 * y, 16 * x) for y in (-3, -1, 0, 2, 4) for x in (-4, -2, 0, 1, 3) if y or x)
"""Places at which the halves are laid together besides their own: whole macroblocks away, so that all that follows a
codec's grid agrees there as well and stands out nowhere."""

Values = NDArray[np.float32]


def noise_times_light(luma: NDArray[np.uint8]) -> tuple[NDArray[np.int16], NDArray[np.uint16]]:
    """25 W I (the edge of two points is 0), and I squared, of one picture. Exact: whole numbers throughout."""
    light = luma.astype(np.int16)
    across = light[:, :-4] + light[:, 4:]
    for step in (1, 2, 3):
        across += light[:, step : step - 4]
    total = across[:-4] + across[4:]
    for step in (1, 2, 3):
        total += across[step : step - 4]
    inner = light[EDGE_PX:-EDGE_PX, EDGE_PX:-EDGE_PX]
    noise = np.zeros_like(light)
    held = noise[EDGE_PX:-EDGE_PX, EDGE_PX:-EDGE_PX]
    np.multiply(inner, np.int16(WINDOW * WINDOW), out=held)
    held -= total
    limit = LIMIT_LEVELS * WINDOW * WINDOW
    np.clip(held, -limit, limit, out=held)
    held *= inner  # at most 100 * 255: fits
    return noise, np.multiply(luma, luma, dtype=np.uint16)


def scene_of(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The picture at 18 x 32, by means of every fourth row and column: coarse enough for a view."""
    luma = luma[::4, ::4]
    rows = np.linspace(0, luma.shape[0], SCENE_ROWS + 1).astype(int)[:-1]
    columns = np.linspace(0, luma.shape[1], SCENE_COLUMNS + 1).astype(int)[:-1]
    sums = np.add.reduceat(luma, rows, axis=0, dtype=np.uint32)
    sums = np.add.reduceat(sums, columns, axis=1, dtype=np.uint32)
    counts = np.outer(np.diff([*rows, luma.shape[0]]), np.diff([*columns, luma.shape[1]]))
    return np.asarray(sums / counts, np.float32)


@dataclass(frozen=True, slots=True)
class Estimate:
    """The trace of all pictures together, and how far its halves agree."""

    values: NDArray[np.int8]
    masked: float
    """Share of the crop that is masked."""
    correlation: float
    strength: float
    scene: NDArray[np.uint8]
    view_agreement: float
    """Correlation of the mean pictures of both halves: near 1 where the camera stood still."""


class Pictures:
    """Adds up pictures of one size. Keeps 2 bytes a point for each picture and 4 for all."""

    def __init__(self, rows: int, columns: int) -> None:
        """Both multiples of ``TILE_PX``."""
        self._noise: list[NDArray[np.int16]] = []
        self._scenes: list[NDArray[np.float32]] = []
        self._light = np.zeros((rows, columns), np.uint32)

    def __len__(self) -> int:
        return len(self._noise)

    def add(self, luma: NDArray[np.uint8]) -> None:
        noise, squared = noise_times_light(luma)
        self._noise.append(noise)
        self._scenes.append(scene_of(luma))
        self._light += squared

    def estimate(self) -> Estimate:
        count = len(self)
        half = (count + 1) // 2
        first = _summed(self._noise[:half])
        second = _summed(self._noise[half:]) if count > 1 else np.zeros_like(first)
        both = first + second
        mask = _mask(both, self._noise[count // 2], self._light, count)
        values = _cleaned(both, self._light, mask)
        ternary = np.where(values > TERNARY, 1, np.where(values < -TERNARY, -1, 0)).astype(np.int8)
        scene = np.mean(self._scenes, axis=0)
        correlation, strength, agreement = 0.0, 0.0, 1.0
        if count > 1:
            a, b = _cleaned(first, self._light, mask), _cleaned(second, self._light, mask)
            correlation, strength = agreement_of(a, b)
            agreement = view_agreement(
                np.mean(self._scenes[:half], axis=0), np.mean(self._scenes[half:], axis=0)
            )
        return Estimate(
            ternary,
            1 - float(mask.mean()),
            correlation,
            strength,
            np.asarray(np.clip(np.round(scene), 0, 255), np.uint8),
            agreement,
        )


def _summed(parts: list[NDArray[np.int16]]) -> Values:
    total = parts[0].astype(np.int32)
    for part in parts[1:]:
        total += part
    return total.astype(np.float32)


def _tiles(values: NDArray[np.float32]) -> NDArray[np.float32]:
    rows, columns = values.shape
    return values.reshape(rows // TILE_PX, TILE_PX, columns // TILE_PX, TILE_PX)


def _spread(tiles: NDArray[np.bool_] | Values) -> NDArray[np.float32]:
    """One value for each tile to one for each point."""
    return np.asarray(np.repeat(np.repeat(tiles, TILE_PX, 0), TILE_PX, 1), np.float32)


def _mask(
    noise: Values, single: NDArray[np.int16], light: NDArray[np.uint32], count: int
) -> NDArray[np.bool_]:
    """Per tile: whether it may be compared.

    Light enough, not clipped, noisier in one picture than rounding alone, and not beside one that is noisier over all
    pictures than twice the usual.
    """
    power = np.maximum(_tiles(light.astype(np.float32)).mean(axis=(1, 3)), 1.0)
    energy = _tiles(noise * noise).mean(axis=(1, 3)) / power
    of_one = single.astype(np.float32)
    lively = _tiles(of_one * of_one).mean(axis=(1, 3)) * count / power > (WINDOW * WINDOW) ** 2 * ROUNDING
    level = np.sqrt(power / count)
    lit: NDArray[np.bool_] = (level > DARKEST) & (level < BRIGHTEST) & lively
    if not lit.any():
        return lit
    noisy = np.pad(lit & (energy >= NOISIEST * np.median(energy[lit])), 1)
    windows = np.lib.stride_tricks.sliding_window_view(noisy, (3, 3))
    return np.asarray(lit & ~windows.any(axis=(2, 3)), np.bool_)


def _cleaned(noise: Values, light: NDArray[np.uint32], mask: NDArray[np.bool_]) -> Values:
    """K of Chen et al. freed of what sensors share, each tile to unit variance, 0 where masked."""
    valid = _spread(mask)
    values = noise * valid
    values /= np.maximum(light, 1)
    for y in (0, 1):
        for x in (0, 1):
            part, seen = values[y::2, x::2], valid[y::2, x::2]
            for axis in (0, 1):
                part -= part.sum(axis, keepdims=True) / np.maximum(seen.sum(axis, keepdims=True), 1)
                part *= seen
    tiles = _tiles(values)
    tiles -= (tiles.sum(axis=(0, 2)) / max(int(mask.sum()), 1))[None, :, None, :]
    values *= valid
    deviation = np.sqrt((tiles * tiles).mean(axis=(1, 3)))
    values /= _spread(np.where(deviation > 0, deviation, 1.0))
    return values


def agreement_of(a: Values, b: Values) -> tuple[float, float]:
    """Correlation of two traces at their own place, and the same in standard deviations of other places.

    A deviation is at least that of independent noise, 1 / sqrt(points).
    """
    points = float(np.count_nonzero(a))
    if not points:
        return 0.0, 0.0
    scale = float(np.sqrt(np.vdot(a, a) * np.vdot(b, b)))
    here = float(np.vdot(a, b)) / scale
    elsewhere = np.array([float(np.vdot(a, np.roll(b, shift, (0, 1)))) / scale for shift in NULL_SHIFTS])
    deviation = max(float(elsewhere.std()), 1 / np.sqrt(points))
    return here, (here - float(elsewhere.mean())) / deviation


def view_agreement(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Correlation of two mean pictures without their coarse light and dark: means of 5 x 5 are taken away."""
    fine_a, fine_b = fine_structure(a), fine_structure(b)
    scale = float(np.sqrt(np.vdot(fine_a, fine_a) * np.vdot(fine_b, fine_b)))
    return float(np.vdot(fine_a, fine_b)) / scale if scale > 0 else 0.0


def fine_structure(scene: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a mean picture holds beyond its means of 5 x 5."""
    padded = np.pad(scene.astype(np.float32), EDGE_PX, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (WINDOW, WINDOW))
    return np.asarray(scene - windows.mean(axis=(2, 3)), np.float32)
