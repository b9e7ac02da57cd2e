"""If these fail, a voice goes out that was to be hidden, or the choice that was made is not the one that is heard."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from witnessmark.model.redaction import Sound
from witnessmark.model.samples import Pcm
from witnessmark.protect.voice.activity import RATE_HZ, SpeechFinder
from witnessmark.protect.voice.treatment import TONE_HZ, treatment, whispered

Samples = np.ndarray


def voiced(seconds: float, pitch_hz: float, rate_hz: int, seed: int = 1) -> Samples:
    """A hummed vowel whose loudness moves like syllables: harmonics under two formants."""
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    out = np.zeros_like(t)
    for k in range(1, int(3500 / pitch_hz)):
        f = k * pitch_hz
        weight = 1 / (1 + ((f - 600) / 200) ** 2) + 0.5 / (1 + ((f - 1500) / 300) ** 2)
        out += weight * np.sin(2 * np.pi * f * t + k)
    out *= 0.5 + 0.5 * np.sin(2 * np.pi * 4 * t) ** 2
    return (0.2 * out / np.abs(out).max()).astype(np.float32)


def found(sound: Samples) -> list[tuple[float, float]]:
    finder = SpeechFinder()
    for start in range(0, len(sound), 1500):
        part = sound[start : start + 1500].astype(np.float32)
        finder.take(Pcm(3, start, start, Fraction(1, RATE_HZ), RATE_HZ, part))
    finder.finish()
    assert finder.stream in (3, None)
    return [(a / RATE_HZ, b / RATE_HZ) for a, b in finder.spans()]


def test_speech_is_found_and_covered_to_its_ends() -> None:
    """The first or last sound of a name would stay audible."""
    rng = np.random.default_rng(4)
    sound = (rng.normal(0, 0.002, 10 * RATE_HZ)).astype(np.float32)
    for begin, end in ((2.0, 3.5), (6.0, 8.0)):
        sound[int(begin * RATE_HZ) : int(end * RATE_HZ)] += voiced(end - begin, 120, RATE_HZ)
    spans = found(sound)
    assert len(spans) == 2
    for (a, b), (begin, end) in zip(spans, ((2.0, 3.5), (6.0, 8.0)), strict=True):
        assert begin - 0.6 <= a <= begin - 0.1 and end + 0.1 <= b <= end + 0.6


def test_steady_noise_is_no_speech() -> None:
    """All sound of a windy yard would be taken away as speech."""
    assert found(np.random.default_rng(6).normal(0, 0.05, 8 * RATE_HZ)) == []


def test_silence_is_exact_and_only_where_it_was_asked_for() -> None:
    """A voice would be left under the noise floor, where amplification finds it."""
    sound = np.random.default_rng(7).normal(0, 0.1, 4000).astype(np.float32)
    out = treatment(Sound.SILENCE, [(1500, 2500)], 8000)(sound, 1000)
    assert not out[500:1500].any()
    assert np.array_equal(out[:500], sound[:500]) and np.array_equal(out[1500:], sound[1500:])


def test_a_tone_is_a_tone_whatever_was_said() -> None:
    """The voice would still be under the tone."""
    rate = 16_000
    one = treatment(Sound.TONE, [(0, rate)], rate)(voiced(1, 110, rate), 0)
    two = treatment(Sound.TONE, [(0, rate)], rate)(voiced(1, 220, rate), 0)
    assert np.array_equal(one, two)
    spectrum = np.abs(np.fft.rfft(one))
    assert abs(np.argmax(spectrum) * rate / len(one) - TONE_HZ) < 2


def pitch_strength(sound: Samples, rate_hz: int) -> float:
    """Largest share of itself that a stretch finds again 2.5 to 14 ms later (70 to 400 Hz)."""
    best = []
    for start in range(0, len(sound) - 1600, 800):
        part = sound[start : start + 1600] - sound[start : start + 1600].mean()
        energy = float((part**2).sum())
        lags = [float((part[:-lag] * part[lag:]).sum()) for lag in range(rate_hz // 400, rate_hz // 70)]
        best.append(max(lags) / energy if energy else 0.0)
    return float(np.median(best))


def test_the_disguise_keeps_no_pitch_and_never_comes_out_twice() -> None:
    """The voice could be told by its pitch, or the noise be subtracted again."""
    rate = 16_000
    voice = voiced(2, 130, rate)
    one, two = whispered(voice, rate), whispered(voice, rate)
    assert one.shape == voice.shape
    assert pitch_strength(voice, rate) > 0.8
    assert pitch_strength(one, rate) < 0.45
    assert abs(float(np.corrcoef(one, two)[0, 1])) < 0.1
    assert abs(float(np.corrcoef(one, voice)[0, 1])) < 0.1
    loud = lambda x: float(np.sqrt((x**2).mean()))  # noqa: E731
    assert 0.3 < loud(one) / loud(voice) < 3


def test_no_sound_no_speech() -> None:
    """A recording without sound would end the search."""
    assert found(np.zeros(0, np.float32)) == []
