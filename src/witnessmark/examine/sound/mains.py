"""Mains hum, collected: the complex amplitude of every harmonic of 50 and 60 Hz, four times a second.

The sound is thinned to about 2 kHz by a windowed-sinc filter and each harmonic is read by a one-second Hann window
at a step of a quarter second (a short-time Fourier transform at chosen frequencies). Phases refer to the sample
count, so that a cut shows as a step whatever the time stamps say.

Source: Cooper, The electric network frequency as an aid to authenticating forensic digital audio recordings, AES
33rd Conference 2008 (decimation, band, short-time transform); Rodríguez, Apolinário, Biscainho, Audio authenticity:
detecting ENF discontinuity with high precision phase analysis, IEEE TIFS 5(3), 2010 (phase as a trace of edits).
"""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray

MAINS_HZ = (50, 60)
HARMONICS = 8
THIN_HZ = 2000
"""Rate after thinning: the eighth harmonic of 60 Hz lies at 480."""
TAPS_PER_STEP = 8
"""Length of the thinning filter in output samples: 60 dB at the frequencies that would fold onto a harmonic."""
CUTOFF_HZ = 700.0
WINDOW_S = 1.0
STEPS_PER_WINDOW = 4
MOST_STEPS = 4 * 3600 * 12
"""Bound of memory: twelve hours (22 MB); later sound is not looked at for hum, and the answer says so."""


def frequencies() -> NDArray[np.float64]:
    """Nominal frequency of every column: 50 to 400 Hz, then 60 to 480 Hz."""
    return np.asarray([mains * h for mains in MAINS_HZ for h in range(1, HARMONICS + 1)], dtype=np.float64)


class Mains:
    """Feed the sound in order; ``amplitudes()`` is (steps, 16) complex64."""

    def __init__(self, rate_hz: int) -> None:
        self.factor = max(1, round(rate_hz / THIN_HZ))
        self.thin_hz = rate_hz / self.factor
        self.hop = round(self.thin_hz * WINDOW_S / STEPS_PER_WINDOW)
        self.length = self.hop * STEPS_PER_WINDOW
        self._filter = _thinning(self.factor, rate_hz)
        times = np.arange(self.length) / self.thin_hz
        window = np.hanning(self.length)
        kernels = np.exp(-2j * np.pi * np.outer(times, frequencies())) * window[:, None] / window.sum()
        self._kernels = np.concatenate((kernels.real, kernels.imag), axis=1).astype(np.float32)
        self._raw = np.zeros(0, dtype=np.float32)
        self._thin = np.zeros(0, dtype=np.float32)
        self._kept = array("f")
        self.steps = 0

    @property
    def step_s(self) -> float:
        return self.hop / self.thin_hz

    def feed(self, block: NDArray[np.float32]) -> None:
        if self.steps >= MOST_STEPS:
            return
        raw = np.concatenate((self._raw, block)) if len(self._raw) else block
        rows = len(raw) // self.factor
        if rows < TAPS_PER_STEP:
            self._raw = raw
            return
        parts = raw[: rows * self.factor].reshape(rows, self.factor) @ self._filter
        out = rows - TAPS_PER_STEP + 1
        thin = parts[:out, 0].copy()
        for tap in range(1, TAPS_PER_STEP):
            thin += parts[tap : tap + out, tap]
        self._raw = raw[out * self.factor :].copy()
        self._read(np.concatenate((self._thin, thin)))

    def _read(self, thin: NDArray[np.float32]) -> None:
        steps = (len(thin) - self.length) // self.hop + 1
        if steps > 0:
            frames = np.lib.stride_tricks.sliding_window_view(thin, self.length)[:: self.hop][:steps]
            read = frames @ self._kernels
            columns = read.shape[1] // 2
            starts = (self.steps + np.arange(steps)) * (self.hop / self.thin_hz)
            turned = (read[:, :columns] + 1j * read[:, columns:]) * np.exp(
                -2j * np.pi * np.outer(starts, frequencies())
            )
            self._kept.frombytes(turned.astype(np.complex64).tobytes())
            self.steps += steps
            thin = thin[steps * self.hop :]
        self._thin = thin

    def amplitudes(self) -> NDArray[np.complex64]:
        return np.frombuffer(self._kept, dtype=np.complex64).reshape(-1, len(frequencies()))

    def centre_s(self, step: float) -> float:
        """Middle of a window, in seconds of sound."""
        return step * self.step_s + self.length / self.thin_hz / 2


def _thinning(factor: int, rate_hz: int) -> NDArray[np.float32]:
    """A windowed-sinc low-pass as (factor, taps): column t weighs the t-th group of ``factor`` samples."""
    count = factor * TAPS_PER_STEP
    at = np.arange(count) - (count - 1) / 2
    cutoff = min(CUTOFF_HZ, 0.35 * rate_hz / factor) / rate_hz
    taps = np.sinc(2 * cutoff * at) * np.blackman(count)
    return np.asarray((taps / taps.sum()).reshape(TAPS_PER_STEP, factor).T, dtype=np.float32)
