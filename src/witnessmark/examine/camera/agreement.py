"""How far two traces agree at the place where one sensor would make them agree, and nowhere else.

The correlation at that place is laid beside those at all other shifts, and beside those a whole number of blocks away:
what follows a codec's grid is as strong there. So a shared grid, of whatever strength, is no agreement (the trap for
who takes a peak energy above a fixed 60 at any shift, such as (8, 0)). Signed, in standard deviations: the square root
of the peak-to-correlation energy of Goljan (Digital camera identification from images, IWDW 2008) at a known place.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.camera.residual import CameraResidual

Values = NDArray[np.float32]
Spectrum = NDArray[np.complex64]
Traces = NDArray[np.int8] | Values

GRID_PX = 8
"""Smallest block of the codecs at hand (JPEG, MPEG-4, H.264 high profile, HEVC: 8 x 8 transforms)."""
GRID_REACH = 6
"""Blocks in each direction that are laid beside the place itself: 13 x 13 - 1 places."""
PEAK_PX = 5
"""Neighbourhood of the peak that is no noise: 11 x 11 (Goljan, Fridrich, Filler, Proc. SPIE 7254, 2009)."""
SMOOTHING = 7
"""Frequencies over which the power of a spectrum is averaged before lines in it are pressed down."""
PART_PX = 32
TRIMMED = 0.10
"""Of the parts, at either end. Captions and logos cover less than a tenth of a picture."""
FEWEST_PARTS = 12
ONE_VIEW = 0.5
"""Correlation of two mean pictures of 18 x 32 points without their coarse light. Of about 200 independent values one in
a million million pairs reaches it by chance (0.5 * sqrt(200) = 7 standard deviations)."""
LEAST_STRUCTURE = 1.5
"""Grey levels, standard deviation: shading and dust on an even field stay below."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """``deviations``: by how much the correlation at the place exceeds that at other places, signed."""

    deviations: float
    correlation: float
    shift_px: tuple[int, int]
    """Down and across, of the first against the second."""


def spectrum_of(values: Values) -> Spectrum:
    """Spectrum with its lines pressed down to the usual power: a periodic pattern is not a sensor's own.

    Scaled so that the values behind it have the sum of squares 1.

    Wiener filter in the frequency domain (Chen et al. 2008, §III-C), here with the local mean of the power.
    """
    from scipy.fft import rfft2  # type: ignore[import-untyped]
    from scipy.ndimage import uniform_filter  # type: ignore[import-untyped]

    spectrum: Spectrum = rfft2(values, workers=1).astype(np.complex64)
    power = np.square(np.abs(spectrum))
    usual = float(power.mean())
    if usual <= 0:
        return spectrum
    excess = np.maximum(uniform_filter(power, SMOOTHING, mode="wrap") - usual, 0)
    lines = np.maximum(
        power - 16 * usual, 0
    )  # of noise one line in nine million exceeds 16 times the mean: exp(-16)
    spectrum *= usual / (usual + np.maximum(excess, lines))
    spectrum /= np.float32(np.sqrt(_energy(spectrum, (values.shape[0], values.shape[1]))) or 1)
    return spectrum


def agreement(
    a: Spectrum, b: Spectrum, shape: tuple[int, int], reach_px: int = 0, at: tuple[int, int] = (0, 0)
) -> Agreement:
    """Of two traces of one shape, the first shifted ``at`` against the second, or at the best place near.

    Who reaches (``reach_px`` either way) counts all (2 * reach + 1) squared places into the chance.
    """
    from scipy.fft import irfft2

    course: Values = irfft2(a * b.conj(), shape, workers=1)

    def part(steps: NDArray[np.int_], middle: tuple[int, int]) -> Values:
        return course[np.ix_((steps + middle[0]) % shape[0], (steps + middle[1]) % shape[1])]

    around = np.arange(-reach_px, reach_px + 1)
    best = np.unravel_index(int(part(around, at).argmax()), (around.size, around.size))
    shift = (int(around[best[0]]), int(around[best[1]]))
    place = (at[0] + shift[0], at[1] + shift[1])
    grid = part(GRID_PX * np.arange(-GRID_REACH, GRID_REACH + 1), place).ravel()
    here = float(grid[grid.size // 2])
    grid = np.delete(grid, grid.size // 2)
    peak = part(np.arange(-PEAK_PX, PEAK_PX + 1), place)
    elsewhere = (float(np.vdot(course, course)) - float(np.vdot(peak, peak))) / (course.size - peak.size)
    deviation = max(float(np.sqrt(max(elsewhere, 0.0))), float(grid.std()), 1e-9)
    return Agreement((here - float(grid.mean())) / deviation, here, shift)


def upside_down(a: CameraResidual, b: CameraResidual, first: Spectrum, second: Spectrum) -> Agreement:
    """Of two traces of one crop, the second turned by half, without a spectrum of its own.

    The spectrum of a reversed course is the conjugate, but for a step of one point (Oppenheim, Schafer 1975, §3).
    """
    rows, columns = a.values.shape
    at = (b.height_px - b.top_px - rows - a.top_px - 1, b.width_px - b.left_px - columns - a.left_px - 1)
    return agreement(first, second.conj(), (rows, columns), at=at)


def _energy(spectrum: Spectrum, shape: tuple[int, int]) -> float:
    """Sum of squares of the values behind a half spectrum (Parseval)."""
    power = np.square(np.abs(spectrum))
    twice = 2 * float(power.sum()) - float(power[:, 0].sum())
    if shape[1] % 2 == 0:
        twice -= float(power[:, -1].sum())
    return twice / (shape[0] * shape[1])


class Spectra:
    """Spectra of traces by name, the latest kept."""

    def __init__(self, most_bytes: int = 512 << 20) -> None:
        self._held: OrderedDict[str, Spectrum] = OrderedDict()
        self._most_bytes, self._bytes = most_bytes, 0

    def of(self, name: str, values: Traces) -> Spectrum:
        if name in self._held:
            self._held.move_to_end(name)
            return self._held[name]
        made = self._held[name] = spectrum_of(values.astype(np.float32))
        self._bytes += made.nbytes
        while self._bytes > self._most_bytes and len(self._held) > 2:
            _, old = self._held.popitem(last=False)
            self._bytes -= old.nbytes
        return made


def spread(a: Traces, b: Traces) -> float:
    """Agreement as parts of the picture show it one by one, in standard deviations of its trimmed mean.

    A sensor's own pattern lies under the whole picture; a caption, a logo or a patch of scene under a few parts. The
    sums over parts of 32 x 32 points are averaged without the highest and lowest tenth; the error of that mean by the
    winsorised variance (Tukey and McLaughlin, Sankhya A 25, 1963).
    """
    rows, columns = (side // PART_PX for side in a.shape)
    held = (slice(0, rows * PART_PX), slice(0, columns * PART_PX))
    product = (a[held] * b[held]).reshape(rows, PART_PX, columns, PART_PX)
    total = product.sum(axis=(1, 3), dtype=np.float64)
    sums = np.sort(total[product.any(axis=(1, 3))])
    out = int(TRIMMED * sums.size)
    kept = sums[out : sums.size - out]
    if kept.size < FEWEST_PARTS:
        return 0.0
    winsorised = np.clip(sums, kept[0], kept[-1])
    error = float(winsorised.std(ddof=1)) * np.sqrt(sums.size) / kept.size
    return float(kept.mean()) / error if error > 0 else 0.0


class Latest(Mapping[str, CameraResidual]):
    """Traces read through another Mapping (a vault), the latest kept."""

    def __init__(self, behind: Mapping[str, CameraResidual], most_bytes: int = 256 << 20) -> None:
        self._behind, self._most_bytes, self._bytes = behind, most_bytes, 0
        self._held: OrderedDict[str, CameraResidual] = OrderedDict()

    def __getitem__(self, name: str) -> CameraResidual:
        if name in self._held:
            self._held.move_to_end(name)
            return self._held[name]
        read = self._held[name] = self._behind[name]
        self._bytes += read.values.nbytes
        while self._bytes > self._most_bytes and len(self._held) > 2:
            _, old = self._held.popitem(last=False)
            self._bytes -= old.values.nbytes
        return read

    def __iter__(self) -> Iterator[str]:
        return iter(self._behind)

    def __len__(self) -> int:
        return len(self._behind)


def same_view(a: CameraResidual, b: CameraResidual) -> bool:
    """Whether both show one view: then what agrees in their noise may be the scene.

    Pictures without fine structure (a wall, a sky) show no scene that could be left in the noise.
    """
    from witnessmark.examine.camera.estimate import fine_structure, view_agreement

    one, other = a.scene.astype(np.float32), b.scene.astype(np.float32)
    if min(float(fine_structure(one).std()), float(fine_structure(other).std())) < LEAST_STRUCTURE:
        return False
    return view_agreement(one, other) >= ONE_VIEW
