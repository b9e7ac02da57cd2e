"""Where somebody may be speaking, told from loudness and spectrum alone: no model, no download.

Every 20 ms the sound between 200 and 3,800 Hz (the band of speech, ITU-T G.712) is held against the quiet floor of its
surroundings. Louder than the floor by LOUDER_DB, and not as flat as noise, counts as speech; so do doors, dogs and
music. That errs on the side of hiding: what is found is treated, what is not found stays audible. A whisper in wind
stays below the floor and is not found: the default of a release is no sound at all.

Sources: minimum statistics for the floor (Martin, IEEE Trans. Speech and Audio Processing 9 (2001) 504); spectral
flatness (Gray and Markel, IEEE Trans. ASSP 22 (1974) 207).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from witnessmark.model.consumer import ByteSource, Need, PcmAt, Product
from witnessmark.model.recording import Recording
from witnessmark.model.samples import Pcm, Sample

NAME = "voice"
RATE_HZ = 16_000
HOP = 320
"""20 ms."""
WINDOW = 512
LOW_HZ, HIGH_HZ = 200, 3800
LOUDER_DB = 6.0
FLAT = 0.55
"""Spectral flatness from which a sound is noise: white noise of 512 samples measures 0.56 (exp of minus Euler's
constant) in the mean."""
FLOOR_S = 3.0
"""The floor is the tenth percentile of this long before and after."""
FLOOR_PERCENT = 10
LIFTED_DB = 12.0
"""Half the range of running speech (some 25 to 30 dB from its peaks to its weak consonants)."""
SILENT_DB = -75.0
"""Below, nothing is there to be heard (16 bits end at -96)."""
HOLD_S = 0.3
"""Speech is widened by so much at both ends: consonants are quieter than what they belong to."""
JOIN_S = 0.6
"""Pauses shorter than this belong to the speech around them."""


class SpeechFinder:
    """Consumer; keeps two numbers for every 20 ms."""

    name = NAME

    def __init__(self) -> None:
        self.needs: tuple[Need, ...] = (PcmAt(RATE_HZ),)
        self._waiting = np.zeros(0, np.float32)
        self._levels: list[float] = []
        self._flatness: list[float] = []
        self._first_s: Fraction | None = None
        self.stream: int | None = None
        self.base = Fraction(1, RATE_HZ)

    def begin(self, recording: Recording, source: ByteSource) -> None:
        return None

    def take(self, sample: Sample) -> None:
        if not isinstance(sample, Pcm):
            return
        if self._first_s is None:
            self._first_s = Fraction(0) if sample.pts is None else sample.pts * sample.base
            self.stream, self.base = sample.stream, sample.base
        data = np.concatenate([self._waiting, sample.array])
        count = max(0, (len(data) - WINDOW) // HOP + 1)
        if count:
            windows = np.lib.stride_tricks.sliding_window_view(data, WINDOW)[: count * HOP : HOP]
            levels, flatness = measured(windows)
            self._levels += levels.tolist()
            self._flatness += flatness.tolist()
        self._waiting = data[count * HOP :]

    def finish(self) -> tuple[Product, ...]:
        return ()

    def spans(self) -> tuple[tuple[int, int], ...]:
        """Stretches of speech in the sound stream's own ticks."""
        if self.stream is None or not self._levels:
            return ()
        found = speech(np.array(self._levels), np.array(self._flatness))
        start = self._first_s or Fraction(0)
        step = Fraction(HOP, RATE_HZ)
        return tuple(
            (int((start + a * step) / self.base), -int(-(start + b * step) / self.base // 1))
            for a, b in found
        )


_weights = np.hanning(WINDOW).astype(np.float32)
_bins = slice(round(LOW_HZ * WINDOW / RATE_HZ), round(HIGH_HZ * WINDOW / RATE_HZ))


def measured(windows: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Level in dB of full scale and flatness (0 to 1) of each window, in the band of speech."""
    power = np.abs(np.fft.rfft(windows * _weights, axis=1))[:, _bins] ** 2 + 1e-12
    level = 10 * np.log10(power.sum(axis=1) / float((_weights**2).sum()) / (WINDOW / 2))
    flatness = np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1)
    return level.astype(np.float64), flatness.astype(np.float64)


def speech(levels: NDArray[np.float64], flatness: NDArray[np.float64]) -> list[tuple[int, int]]:
    """(first, after the last) window of each stretch, widened and joined."""
    floor = _floor(levels)
    loud = (levels > np.maximum(floor + LOUDER_DB, SILENT_DB)) & (flatness < FLAT)
    hold, join = round(HOLD_S * RATE_HZ / HOP), round(JOIN_S * RATE_HZ / HOP)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(np.int8), [0]])))
    spans: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        start, end = max(0, start - hold), min(len(levels), end + hold)
        if spans and start - spans[-1][1] <= join:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def _floor(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tenth percentile of the surroundings, every half second, held between.

    Speech without a pause for six seconds lifts its own floor; so the floor never stands more than LIFTED_DB over the
    quietest tenth of the whole recording.
    """
    half = round(FLOOR_S * RATE_HZ / HOP)
    places = np.arange(0, len(levels), 25)
    values = np.array([np.percentile(levels[max(0, k - half) : k + half + 1], FLOOR_PERCENT) for k in places])
    lowest = float(np.percentile(levels, FLOOR_PERCENT))
    floor: NDArray[np.float64] = np.interp(
        np.arange(len(levels)), places, np.minimum(values, lowest + LIFTED_DB)
    )
    return floor
