"""Is there mains hum, how strong, and how does its frequency run? Harmonics are weighed together.

Every window of 16 s is asked at which deviation from the nominal frequency its harmonics stand out *together*:
each is set against the noise of its own band, so that a harmonic without hum adds only noise and one under a
voice adds little. This is the maximum-likelihood rule for harmonics in known noise (Bykhovsky and Cohen, Electrical
network frequency maximum-likelihood estimation via a multitone harmonic model, IEEE TIFS 8(5), 2013), with outlying
amplitudes clipped first, to the purpose of the robust filtering of Hua, Liao, Zhang, Ye, Detection of electric
network frequency in audio recordings, IEEE TIFS 16, 2021.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.sound.mains import HARMONICS, MAINS_HZ

WINDOW_S = 16.0
LEAST_S = 6.0
"""Shorter sound has no frequency to speak of: 1/6 Hz is wider than the grid ever strays (ENTSO-E: 50 ± 0.2 Hz)."""
DEVIATION_HZ = 0.5
"""Of the fundamental: grids in trouble, small generators, and the recorder's own clock (±100 ppm)."""
GRID_HZ = 0.01
BAND_HZ = 1.2
"""Half-width of the band whose median is a harmonic's noise; beyond it the one-second window attenuates."""
WINDOW_SCORE = 26.0
"""Sum of eight exponential noise terms exceeds this in 4e-6 of trials, in 1e-3 of windows of 200 independent looks."""
TERM_CAP = 400.0
"""One loud harmonic (a tone that happens to lie there) counts no more than this."""
STEADY_HZ = 0.03
"""Change from one window to the next that grids do not exceed (measured: 0.01 Hz in 16 s on a whole day of the
50 Hz continental grid; the recorder adds a constant)."""
STEADY_SHARE = 0.6
HARMONIC_SNR = 8.0
"""Power over the noise of 1/16 Hz at which a harmonic counts (9 dB)."""
GATE_DB = 20.0
"""Summed power of the harmonics over the noise of one hertz, weighted as a phase needs it, from which on phase
breaks are asked for. Chosen on made recordings: at 14 dB no cut of 12 was found, at 20 to 23 dB 10 of 24, from 28 dB
on 8 in 10."""
SECOND_GATE_DB = 20.0
"""And without the strongest harmonic still so much: one line alone may be any tone or motor, whose phase owes nothing
to the grid. (A voice that wandered about 350 Hz was read as a seventh harmonic of 16 dB with two traces beside it, of
17 dB together, and its phase did not go on.)"""
QUIET_SHARE = 1e-3
"""Of the usual noise, the least taken for noise: silence would make anything stand out."""
TELLING_ALONE = (1, 2)
"""One single higher harmonic may be any tone; the first or second alone are how hum looks in noise."""
CLIP = 2.0
TRACE_HOP_S = 1.0
LOOK_HOP_S = 4.0
"""Step while the two mains are only compared."""
CHUNK = 4096


@dataclass(frozen=True, slots=True)
class Hum:
    """What was read. ``present`` False: the rest says how little there was."""

    present: bool
    mains_hz: int
    frequency_hz: float
    spread_hz: float
    """Median absolute deviation of the trace from its running median."""
    snr_db: float
    """Strength for phase: sum over harmonics of h² times power over the noise of one hertz, over the first."""
    harmonics: tuple[tuple[int, float], ...]
    """(harmonic, dB over the noise of one hertz), those that stand out."""
    steady_share: float
    trace_s: NDArray[np.float64]
    trace_hz: NDArray[np.float64]
    """Frequency of the fundamental, one value a second; NaN where no window stood out."""
    usable: bool
    seconds: float


def clipped(amplitudes: NDArray[np.complex64]) -> NDArray[np.complex64]:
    """Magnitudes limited to CLIP times their median, column by column; phases untouched."""
    magnitudes = np.abs(amplitudes)
    limits = CLIP * np.median(magnitudes, axis=0, keepdims=True) + 1e-20
    return np.asarray(
        amplitudes * np.minimum(1.0, limits / np.maximum(magnitudes, 1e-20)), dtype=np.complex64
    )


def read_hum(amplitudes: NDArray[np.complex64], step_s: float) -> Hum | None:
    """The stronger of the two mains, or None where the sound is too short."""
    seconds = len(amplitudes) * step_s
    if seconds < LEAST_S:
        return None
    held = [clipped(amplitudes[:, k * HARMONICS : (k + 1) * HARMONICS]) for k in range(len(MAINS_HZ))]
    looks = [_read(columns, MAINS_HZ[k], step_s, LOOK_HOP_S) for k, columns in enumerate(held)]
    best = max(range(len(looks)), key=lambda k: (looks[k].present, looks[k].steady_share, looks[k].snr_db))
    return _read(held[best], MAINS_HZ[best], step_s, TRACE_HOP_S)


def _read(columns: NDArray[np.complex64], mains: int, step_s: float, hop_s: float) -> Hum:
    steps = len(columns)
    length = min(steps, round(WINDOW_S / step_s))
    hop = max(1, round(hop_s / step_s))
    starts = np.arange(0, steps - length + 1, hop)
    deviations = np.arange(-DEVIATION_HZ, DEVIATION_HZ + GRID_HZ / 2, GRID_HZ)
    best = np.empty(len(starts))
    score = np.empty(len(starts))
    terms = np.empty((len(starts), HARMONICS), dtype=np.float64)
    for low in range(0, len(starts), CHUNK):
        part = slice(low, low + CHUNK)
        best[part], score[part], terms[part] = _windows(columns, starts[part], length, step_s, deviations)
    good = score > WINDOW_SCORE
    steady = np.zeros(len(starts), dtype=bool)
    if good.any():
        middle = _running_median(np.where(good, best, np.nan), 2 * length // hop + 1)
        steady = good & (np.abs(best - middle) <= STEADY_HZ)
    share = float(steady.mean())
    used = steady if steady.any() else np.ones(len(starts), dtype=bool)
    powers = np.maximum(0.0, np.median(terms[used], axis=0) - 1.0)
    per_hertz = powers / (length * step_s)
    strong = [(h + 1, _db(per_hertz[h])) for h in range(HARMONICS) if powers[h] >= HARMONIC_SNR]
    weights = [(h + 1) ** 2 * float(per_hertz[h]) for h in range(HARMONICS) if powers[h] >= HARMONIC_SNR]
    weight = sum(weights)
    second_db = _db(weight - max(weights, default=0.0))
    middle_hz = float(np.median(best[used]))
    telling = len(strong) > 1 or any(h in TELLING_ALONE for h, _ in strong)
    present = share >= STEADY_SHARE and telling
    snr_db = _db(weight)
    return Hum(
        present=present,
        mains_hz=mains,
        frequency_hz=mains + middle_hz,
        spread_hz=float(np.median(np.abs(best[used] - middle_hz))),
        snr_db=snr_db,
        harmonics=tuple(strong),
        steady_share=share,
        trace_s=np.asarray((starts + length / 2) * step_s, dtype=np.float64),
        trace_hz=np.where(steady, mains + best, np.nan),
        usable=present and snr_db >= GATE_DB and second_db >= SECOND_GATE_DB,
        seconds=steps * step_s,
    )


def _windows(
    columns: NDArray[np.complex64],
    starts: NDArray[np.intp],
    length: int,
    step_s: float,
    deviations: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Best deviation of each window, its score, and each harmonic's power over noise there."""
    windows = np.lib.stride_tricks.sliding_window_view(columns, length, axis=0)[starts]
    times = (np.arange(length) - (length - 1) / 2) * step_s
    taper = np.hanning(length + 2)[1:-1]
    bins = np.arange(-BAND_HZ, BAND_HZ, 1 / (length * step_s))
    noise_kernel = np.exp(-2j * np.pi * np.outer(times, bins)) * taper[:, None]
    total = np.zeros((len(starts), len(deviations)))
    powers = []
    for h in range(1, HARMONICS + 1):
        held = windows[:, h - 1, :]
        noise = np.median(np.abs(held @ noise_kernel) ** 2, axis=1) / np.log(2)
        noise = np.maximum(noise, QUIET_SHARE * np.median(noise) + 1e-30)
        usable = np.abs(h * deviations) <= BAND_HZ
        kernel = np.exp(-2j * np.pi * np.outer(times, h * deviations[usable])) * taper[:, None]
        term = np.ones((len(starts), len(deviations)))
        term[:, usable] = np.abs(held @ kernel) ** 2 / noise[:, None]
        powers.append(term)
        total += np.minimum(term, TERM_CAP)
    at = total.argmax(axis=1)
    rows = np.arange(len(starts))
    here = np.stack([term[rows, at] for term in powers], axis=1)
    inner = np.clip(at, 1, len(deviations) - 2)
    left, centre, right = total[rows, inner - 1], total[rows, inner], total[rows, inner + 1]
    bend = left - 2 * centre + right
    shift = np.where(bend < 0, 0.5 * (left - right) / np.where(bend < 0, bend, -1.0), 0.0)
    best = deviations[at] + np.where(at == inner, np.clip(shift, -0.5, 0.5), 0.0) * GRID_HZ
    return best, total[rows, at], here


def _running_median(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Median over ``width`` values about each, NaN passed over; at most 2,000 places are computed, others take
    the nearest."""
    every = max(1, len(values) // 2000)
    half = max(1, width // 2)
    centres = np.arange(0, len(values), every)
    medians = np.full(len(centres), np.nan)
    for k, centre in enumerate(centres):
        near = values[max(0, centre - half) : centre + half + 1]
        near = near[~np.isnan(near)]
        if len(near):
            medians[k] = np.median(near)
    return np.asarray(medians[np.minimum(np.arange(len(values)) // every, len(centres) - 1)])


def _db(ratio: float) -> float:
    return float(10 * np.log10(max(ratio, 1e-3)))
