"""The background of a recording, frame by frame: mean *logarithmic* spectrum in bands, half a decibel fine.

The mean of the logarithm over the bins of a band is used, not the sum of power: a voice or a tone fills a few
bins and hardly moves it, and what is added to a background can raise it but never lower it. So a fall of it tells
that background is gone, which loud events cannot imitate (Martin, Noise power spectral density estimation based
on optimal smoothing and minimum statistics, IEEE Trans. Speech Audio Processing 9(5), 2001, for the principle).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FRAME_S = 0.0235
"""Length wished for a frame: 1024 samples at 44.1 kHz, as AAC and MP3 move; the next power of two is taken."""
LOWEST_HZ = 90.0
"""Below lie hum, handling and the microphone's own roll-off."""
BANDS = 16
FLOOR_DB = -140.0
STEP_DB = 0.6
"""Levels are kept as one byte: -140 to +13 dB against full scale per bin."""
REACH_DROP_DB = 20.0
"""Steeper than rooms and microphones fall: a low-pass of a codec, a telephone or an earlier sampling rate."""
MOST_FRAMES = 2_400_000
"""Bound of memory: about 14 hours at 44.1 kHz (38 MB); later sound is not compared, and the answer says so."""


def frame_length(rate_hz: int) -> int:
    """Samples per frame: the power of two nearest to FRAME_S."""
    return int(2 ** round(np.log2(max(64.0, rate_hz * FRAME_S))))


def band_edges(rate_hz: int, length: int) -> NDArray[np.intp]:
    """First bins of each band and the end of the last; at least three bins each, evenly spread in logarithm."""
    highest = length // 2 - 1
    lowest = max(2, round(LOWEST_HZ * length / rate_hz))
    wished = np.geomspace(lowest, highest, BANDS + 1)
    edges = [lowest]
    for edge in wished[1:]:
        nearest = round(edge)
        if nearest - edges[-1] >= 3:
            edges.append(nearest)
    edges[-1] = highest
    return np.asarray(edges, dtype=np.intp)


class Spectra:
    """Collects frames; ``levels`` is (frames, bands + 1) uint8, the last column the whole frame's power."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.length = frame_length(rate_hz)
        self.edges = band_edges(rate_hz, self.length)
        self.window = np.hanning(self.length).astype(np.float32)
        self._scale_db = float(-10 * np.log10(np.square(self.window.sum() / 2)))
        self._kept: list[NDArray[np.uint8]] = []
        self.frames = 0
        self._sum = np.zeros(self.edges[-1] - self.edges[0], dtype=np.float64)

    @property
    def frame_s(self) -> float:
        return self.length / self.rate_hz

    def centres_hz(self) -> NDArray[np.float64]:
        return (self.edges[:-1] + self.edges[1:]) / 2 * self.rate_hz / self.length

    def feed(self, block: NDArray[np.float32]) -> None:
        """``block``: a whole number of frames, in order."""
        if self.frames >= MOST_FRAMES:
            return
        frames = block.reshape(-1, self.length)
        spectrum = np.fft.rfft(frames * self.window, axis=1)
        power = np.square(spectrum.real) + np.square(spectrum.imag) + np.float32(1e-20)
        used = power[:, : self.edges[-1]]
        logs = np.log10(used[:, self.edges[0] :])
        self._sum += logs.sum(axis=0)
        widths = np.diff(self.edges).astype(np.float32)
        bands = np.add.reduceat(logs, self.edges[:-1] - self.edges[0], axis=1) / widths
        whole = np.log10(np.einsum("ij,ij->i", frames, frames) / self.length + 1e-14)
        levels = np.empty((len(frames), len(widths) + 1), dtype=np.float32)
        levels[:, :-1] = 10 * bands + self._scale_db
        levels[:, -1] = 10 * whole
        quantised = np.clip((levels - FLOOR_DB) / STEP_DB + 0.5, 0, 255).astype(np.uint8)
        self._kept.append(quantised)
        self.frames += len(quantised)

    def reaches_hz(self) -> float:
        """Upper end of the sound: the highest frequency above which the long-term level falls by REACH_DROP_DB
        within a tenth of its own frequency and does not come back; the whole range where nothing falls so."""
        if not self.frames:
            return 0.0
        mean = 10 * self._sum / self.frames
        first = int(self.edges[0])
        hertz = (np.arange(len(mean)) + first) * self.rate_hz / self.length
        highest = np.maximum.accumulate(mean[::-1])[::-1]
        for k in range(len(mean) // 8, len(mean)):
            after = min(len(mean) - 1, k + max(2, (k + first) // 10))
            if after > k and mean[k] - highest[after] >= REACH_DROP_DB:
                return float(hertz[k])
        return self.rate_hz / 2

    def levels(self) -> NDArray[np.uint8]:
        if len(self._kept) > 1:
            self._kept = [np.concatenate(self._kept)]
        return self._kept[0] if self._kept else np.zeros((0, len(self.edges)), dtype=np.uint8)


def decibels(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Levels in dB against full scale."""
    return levels.astype(np.float32) * np.float32(STEP_DB) + np.float32(FLOOR_DB)
