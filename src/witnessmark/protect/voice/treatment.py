"""What becomes of the sound where somebody speaks: exact silence, a tone, or a disguise that cannot be undone.

The disguise replaces the voice by noise. Of each stretch only the loudness of sixteen bands, forty times a second, is
kept (a noise vocoder: Shannon, Zeng, Kamath, Wygonski and Ekelid, "Speech recognition with primarily temporal cues",
Science 270 (1995) 303), on bands moved by a random factor drawn anew for every stretch; the factor, the noise and the
pitch are kept nowhere. What is gone: pitch, its course, the fine shape of the spectrum, the voice's phase. What stays:
words (often understood), the pace and manner of speaking, an accent. Somebody who knows the speaker may still know
them by these. Random numbers come from the operating system: there is no seed to find.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from witnessmark.model.redaction import Sound

Samples = NDArray[np.float32]
Spans = Sequence[tuple[int, int]]
"""(first, after the last) sample."""

TONE_HZ, TONE_LEVEL = 1000.0, 0.1
FADE_S = 0.005
BANDS = 16
LOW_HZ, HIGH_HZ = 120.0, 7200.0
WINDOW_S = 0.05
"""Windows of 50 ms, every 25 ms: 40 loudnesses a second, well below any pitch (70 Hz and more)."""
MOST_SHIFT = 1.18
"""The factor on all bands lies between its inverse and this: about the distance of a man's from a woman's formants
(Fant 1960, some 15 to 20 %)."""


def treatment(choice: Sound, spans: Spans, rate_hz: int) -> Callable[[Samples, int], Samples]:
    """A function of (samples, index of the first one on the spans' own count). Gives as many samples back."""

    def treat(samples: Samples, first: int) -> Samples:
        out = samples.astype(np.float32, copy=True)
        for start, end in spans:
            low, high = max(0, start - first), min(len(out), end - first)
            if high > low:
                out[low:high] = _changed(choice, out[low:high], rate_hz)
        return out

    return treat


def _changed(choice: Sound, samples: Samples, rate_hz: int) -> Samples:
    if choice is Sound.TONE:
        wave = TONE_LEVEL * np.sin(2 * np.pi * TONE_HZ * np.arange(len(samples)) / rate_hz)
        return _faded(wave.astype(np.float32), rate_hz)
    if choice is Sound.DISGUISE:
        return _faded(whispered(samples, rate_hz), rate_hz)
    return np.zeros_like(samples)


def whispered(samples: Samples, rate_hz: int) -> Samples:
    """The stretch as noise in bands. Shape kept; loudness kept within each band and window."""
    random = np.random.default_rng(secrets.randbits(128))
    window = max(16, round(WINDOW_S * rate_hz) // 2 * 2)
    hop = window // 2
    count = -(-len(samples) // hop) + 1
    padded = np.zeros(count * hop + window, np.float32)
    padded[hop : hop + len(samples)] = samples
    weights = np.sqrt(np.hanning(window + 1)[:-1]).astype(np.float32)
    edges = np.geomspace(LOW_HZ, min(HIGH_HZ, rate_hz * 0.45), BANDS + 1)
    shift = float(np.exp(random.uniform(-np.log(MOST_SHIFT), np.log(MOST_SHIFT))))
    frequencies = np.fft.rfftfreq(window, 1 / rate_hz)
    own = np.digitize(frequencies, edges) - 1
    moved = np.digitize(frequencies, edges * shift) - 1
    out = np.zeros_like(padded)
    for k in range(count):
        part = slice(k * hop, k * hop + window)
        power = np.abs(np.fft.rfft(padded[part] * weights)) ** 2
        noise = random.standard_normal(len(frequencies)) + 1j * random.standard_normal(len(frequencies))
        shaped = np.zeros(len(frequencies), np.complex128)
        for band in range(BANDS):
            into = moved == band
            if into.any():
                level = np.sqrt(float(power[own == band].mean())) if (own == band).any() else 0.0
                shaped[into] = noise[into] * level / np.sqrt(2)
        out[part] += (np.fft.irfft(shaped, window) * weights).astype(np.float32)
    return np.clip(out[hop : hop + len(samples)], -1, 1)


def _faded(samples: Samples, rate_hz: int) -> Samples:
    count = min(len(samples) // 2, round(FADE_S * rate_hz))
    if count:
        ramp = np.linspace(0, 1, count, dtype=np.float32)
        samples[:count] *= ramp
        samples[-count:] *= ramp[::-1]
    return samples
