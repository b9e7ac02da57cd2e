"""Breaks in the phase of the hum: the sound after a place does not go on where the sound before it stopped.

A cut that takes out (or puts in) a stretch shifts every harmonic by the same *time*: harmonic ``h`` turns by ``h``
times the angle of the first. Four seconds on each side are laid together twice: as one running hum, and as two
hums with a free shift; the gain in likelihood is the evidence. A lamp that is switched on also turns phases, but
each harmonic by its own angle: what no common shift explains is no break.

Source: Rodríguez, Apolinário, Biscainho, IEEE TIFS 5(3), 2010 (phase discontinuity); Cooper, AES 33, 2008; the test
is the generalised likelihood ratio for a common delay (Kay, Fundamentals of statistical signal processing II, 1998,
§6.4), with the noise level taken from the recording itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.sound.hum import Hum, clipped
from witnessmark.examine.sound.mains import HARMONICS, MAINS_HZ, STEPS_PER_WINDOW

SIDE_S = 4.0
"""Sound taken on each side. Shorter is noisier; longer runs into the wander of the grid."""
LEAST_STEP_TURNS = 0.08
"""Phase steps of the first harmonic below this (29 degrees) are not told: grids wander and harmonics drift. A cut
at a random place gives a smaller one 16 times in 100, whatever the method."""
LEAST_GAIN = 20.0
"""Gain in log-likelihood: chance 6e-10 for one shift in noise of known strength (chi-square, one degree)."""
GAIN_FACTOR = 6.0
"""And this many times the 90th percentile of the file's own gains: wandering hum sets its own bar."""
LEAST_COMMON = 0.75
"""Share of the gain of free phases that a common shift must explain."""
EVEN_FACTOR = 1.6
"""A cut leaves every harmonic as strong as it was; a lamp makes some stronger. Root mean square of the change over the
harmonics, weighed by what they say."""
SECOND_GAIN = 8.0
"""What is left of the gain without the harmonic that says most: one line alone may be any motor."""
PLATEAU = 3.0
"""Places whose log-likelihood is within this of the best may be the place (chi-square, 95 % of one degree is 1.9)."""
FREE_HARMONICS = 2
"""With fewer harmonics that stand out, a shift and a switched lamp look the same."""
SHIFTS = 128
REACH_HZ = 0.06
"""Local deviation about the trace within which one running hum is sought."""


@dataclass(frozen=True, slots=True)
class PhaseBreak:
    """A place where the hum does not go on."""

    at_s: float
    turns: float
    """Shift of the first harmonic, -0.5 to 0.5 turns."""
    gain: float
    common: float
    harmonics: int
    first_s: float
    end_s: float
    """Between which it lies."""

    @property
    def is_told(self) -> bool:
        """Whether a lamp that was switched on can be left out: several harmonics share one shift."""
        return self.harmonics >= FREE_HARMONICS


@dataclass(frozen=True, slots=True)
class PhaseTest:
    """All that was asked of the phase, for the curve and for others who weigh a cut."""

    times_s: NDArray[np.float64]
    turns: NDArray[np.float64]
    gains: NDArray[np.float64]
    bar: float
    breaks: tuple[PhaseBreak, ...]


def find_breaks(amplitudes: NDArray[np.complex64], step_s: float, hum: Hum) -> PhaseTest | None:
    """Ask every quarter second, four seconds from the ends; None where the sound is too short for it."""
    side = round(SIDE_S / step_s)
    skip = STEPS_PER_WINDOW // 2
    count = len(amplitudes) - 2 * (side + skip) + 1
    if count < 2 * side:
        return None
    offset = MAINS_HZ.index(hum.mains_hz) * HARMONICS
    chosen = [h for h, _ in hum.harmonics]
    columns = clipped(amplitudes[:, [offset + h - 1 for h in chosen]])
    base = hum.frequency_hz - hum.mains_hz
    times = np.arange(len(columns), dtype=np.float64) * np.float64(step_s)
    deviations = base + np.linspace(-REACH_HZ, REACH_HZ, 25)
    running = np.full(count, -np.inf)
    parted = np.full(count, -np.inf)
    lefts = np.zeros((len(chosen), count), dtype=np.complex128)
    rights = np.zeros_like(lefts)
    noise = _noise(columns, times, side, chosen, base)
    for deviation in deviations:
        left, right = _sides(columns, times, side, skip, count, chosen, deviation)
        together = (np.abs(left + right) ** 2 / noise[:, None]).sum(axis=0)
        apart = ((np.abs(left) + np.abs(right)) ** 2 / noise[:, None]).sum(axis=0)
        np.maximum(running, together, out=running)
        better = apart > parted
        parted = np.where(better, apart, parted)
        lefts[:, better], rights[:, better] = left[:, better], right[:, better]
    shifted, turns = _best_shift(lefts, rights, noise, chosen)
    gains = np.maximum(0.0, shifted - running) / 2
    free = np.maximum(1e-9, parted - running) / 2
    at = (np.arange(count, dtype=np.float64) + side + skip - 0.5) * step_s + STEPS_PER_WINDOW * step_s / 2
    bar = max(LEAST_GAIN, GAIN_FACTOR * float(np.quantile(gains, 0.9)) if count > 8 * side else LEAST_GAIN)
    breaks: list[PhaseBreak] = []
    left_over = gains.copy()
    while len(breaks) < 64:
        k = int(left_over.argmax())
        if left_over[k] < bar:
            break
        common = float(gains[k] / free[k])
        even = _is_even(lefts[:, k], rights[:, k], noise)
        second = _without_strongest(lefts[:, k], rights[:, k], noise, chosen, float(turns[k]))
        if abs(turns[k]) >= LEAST_STEP_TURNS and common >= LEAST_COMMON and even and second >= SECOND_GAIN:
            low, high = _plateau(gains, k, side)
            breaks.append(
                PhaseBreak(
                    float(at[k]),
                    float(turns[k]),
                    float(gains[k]),
                    min(1.0, common),
                    len(chosen),
                    float(at[low]),
                    float(at[high]),
                )
            )
        left_over[max(0, k - side - skip) : k + side + skip + 1] = 0.0
    return PhaseTest(at, turns, gains, bar, tuple(sorted(breaks, key=lambda b: b.at_s)))


def _plateau(gains: NDArray[np.float64], k: int, side: int) -> tuple[int, int]:
    low = high = k
    while low > max(0, k - side) and gains[low - 1] >= gains[k] - PLATEAU:
        low -= 1
    while high < min(len(gains) - 1, k + side) and gains[high + 1] >= gains[k] - PLATEAU:
        high += 1
    return low, high


def _is_even(left: NDArray[np.complex128], right: NDArray[np.complex128], noise: NDArray[np.float64]) -> bool:
    """Whether the harmonics are as strong after as before, noise allowed for."""
    a, b = np.abs(left), np.abs(right)
    weights = (a * b) / noise
    spread = np.sqrt(noise) / np.maximum(np.minimum(a, b), 1e-30)
    change = np.maximum(0.0, np.abs(np.log(np.maximum(a, 1e-30) / np.maximum(b, 1e-30))) - spread)
    return bool(np.sqrt((weights * change**2).sum() / max(weights.sum(), 1e-30)) <= np.log(EVEN_FACTOR))


def _without_strongest(
    left: NDArray[np.complex128],
    right: NDArray[np.complex128],
    noise: NDArray[np.float64],
    chosen: list[int],
    turns: float,
) -> float:
    """Gain in log-likelihood of the shift over none, of all harmonics but the one that gains most."""
    cross = right * np.conj(left) / noise
    angles = np.exp(-2j * np.pi * np.asarray(chosen) * turns)
    each = (cross * angles).real - cross.real
    return float(each.sum() - each.max()) if len(each) > 1 else 0.0


def _sides(
    columns: NDArray[np.complex64],
    times: NDArray[np.float64],
    side: int,
    skip: int,
    count: int,
    chosen: list[int],
    deviation: float,
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Sums of the ``side`` windows that end before each place and of those that begin after it."""
    left = np.empty((len(chosen), count), dtype=np.complex128)
    right = np.empty_like(left)
    for row, harmonic in enumerate(chosen):
        turned = columns[:, row] * np.exp(-2j * np.pi * harmonic * deviation * times)
        summed = np.concatenate(([0], np.cumsum(turned)))
        sums = summed[side:] - summed[:-side]
        left[row] = sums[:count]
        right[row] = sums[side + 2 * skip : side + 2 * skip + count]
    return left, right


def _noise(
    columns: NDArray[np.complex64], times: NDArray[np.float64], side: int, chosen: list[int], base: float
) -> NDArray[np.float64]:
    """Mean power of such a sum where there is no hum: read between 0.4 and 0.9 Hz beside it, halves the larger."""
    noise = np.empty(len(chosen))
    for row, harmonic in enumerate(chosen):
        powers = []
        for beside in (-0.9, -0.65, -0.4, 0.4, 0.65, 0.9):
            turned = columns[:, row] * np.exp(-2j * np.pi * (harmonic * base + beside) * times)
            summed = np.concatenate(([0], np.cumsum(turned)))
            powers.append(np.mean(np.abs(summed[side:] - summed[:-side]) ** 2))
        noise[row] = max(np.median(powers), 1e-30)
    return noise


def _best_shift(
    lefts: NDArray[np.complex128],
    rights: NDArray[np.complex128],
    noise: NDArray[np.float64],
    chosen: list[int],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Power explained with the best common shift, and that shift in turns of the first harmonic."""
    own = ((np.abs(lefts) ** 2 + np.abs(rights) ** 2) / noise[:, None]).sum(axis=0)
    cross = 2 * rights * np.conj(lefts) / noise[:, None]
    best = np.full(lefts.shape[1], -np.inf)
    turns = np.zeros(lefts.shape[1])
    for shift in np.arange(SHIFTS) / SHIFTS - 0.5:
        turned = sum(
            (cross[row] * np.exp(-2j * np.pi * harmonic * shift)).real for row, harmonic in enumerate(chosen)
        )
        better = turned > best
        best = np.where(better, turned, best)
        turns = np.where(better, shift, turns)
    return own + best, turns
