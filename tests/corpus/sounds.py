"""Recipes of made sound with known truth: voices, rooms, music and hum, as a recorder would take them.

Everything is drawn from a seed. What is done to a recording afterwards stands in ``tests/corpus/sound_events.py``.

    take = recording(seed=3, seconds=30, scene="speech", hum_db=-6)
"""

from __future__ import annotations

import functools
import shutil
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from scipy import signal

Sound = NDArray[np.float32]
RATE_HZ = 44_100
SCENES = ("speech", "conversation", "street", "music", "quiet", "machine")
FLITE_VOICES = ("awb", "kal16", "rms", "slt")
SENTENCES = (
    "They took us to the second floor and told us to stand against the wall.",
    "The door was closed. Nobody came for three hours, then I heard the keys again.",
    "Write down the date, the number of the cell, and the names that you remember.",
    "I asked for a doctor on Monday, on Tuesday, and again on the following week.",
    "There were six of them, two in uniform, and one who never said a word.",
    "He said that the camera was broken, but the red light was on all the time.",
)


# --------------------------------------------------------------------------- parts


def noise(
    rng: np.random.Generator,
    count: int,
    rate_hz: int,
    *,
    tilt: float = -1.0,
    peaks: int = 2,
    corner_hz: float = 9000,
) -> Sound:
    """Steady noise with its own colour: a slope, some resonances, an upper corner. Unit power."""
    low = 1 << 13
    freqs = np.fft.rfftfreq(low, 1 / rate_hz)
    shape = np.maximum(freqs, 30.0) ** (tilt / 2)
    for _ in range(peaks):
        centre, width = rng.uniform(100, 4000), rng.uniform(50, 600)
        shape = shape * (1 + rng.uniform(0.5, 3.0) / (1 + ((freqs - centre) / width) ** 2))
    shape = shape / (1 + (freqs / corner_hz) ** 4)
    kernel = np.fft.irfft(shape * np.exp(-1j * np.pi * freqs * low / rate_hz)) * np.hanning(low)
    made = signal.oaconvolve(rng.standard_normal(count + low), kernel, mode="same")[
        low // 2 : low // 2 + count
    ]
    return (made / max(1e-12, made.std())).astype(np.float32)


def voice(rng: np.random.Generator, seconds: float, rate_hz: int, *, pauses: bool = True) -> Sound:
    """Syllables of a source and three formants, with fricatives and pauses (Klatt's model, much simplified)."""
    count = round(seconds * rate_hz)
    out = np.zeros(count, dtype=np.float64)
    at, pitch = rng.uniform(0, 0.3), rng.uniform(85, 230)
    tract = rng.uniform(0.85, 1.2)
    while at < seconds:
        length = float(rng.uniform(0.09, 0.28))
        n = min(round(length * rate_hz), count - round(at * rate_hz))
        if n < 200:
            break
        t = np.arange(n) / rate_hz
        f0 = pitch * (1 + 0.15 * rng.standard_normal()) * (1 + rng.uniform(-0.2, 0.2) * t / length)
        phase = np.cumsum(f0 / rate_hz) + 0.003 * np.cumsum(rng.standard_normal(n)) / 10
        pulses = np.diff(np.floor(phase), prepend=0.0)
        source = signal.lfilter([1.0], [1.0, -0.97], pulses) + 0.02 * rng.standard_normal(n)
        piece = source
        for formant, width in (
            (rng.uniform(280, 800), 80),
            (rng.uniform(900, 2300), 110),
            (rng.uniform(2400, 3300), 170),
        ):
            piece = _resonance(piece, formant * tract, width, rate_hz)
        piece = piece / max(1e-9, np.abs(piece).max())
        envelope = np.minimum(1, np.minimum(t / 0.02, (length - t) / 0.04)).clip(0)
        start = round(at * rate_hz)
        out[start : start + n] += piece * envelope * rng.uniform(0.4, 1.0)
        if rng.random() < 0.4:
            hiss = signal.lfilter([1, -0.9], [1], rng.standard_normal(n // 2)) * np.hanning(n // 2) * 0.08
            out[start : start + len(hiss)] += hiss
        at += length + (rng.uniform(0.25, 1.4) if pauses and rng.random() < 0.14 else rng.uniform(0.0, 0.06))
    return out.astype(np.float32)


def _resonance(x: NDArray[np.float64], hz: float, width_hz: float, rate_hz: int) -> NDArray[np.float64]:
    radius = np.exp(-np.pi * width_hz / rate_hz)
    angle = 2 * np.pi * min(hz, 0.45 * rate_hz) / rate_hz
    return np.asarray(signal.lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], x))


@functools.cache
def spoken(voice_name: str, sentence: int, rate_hz: int) -> Sound | None:
    """A sentence by Flite (BSD-like licence) where Debian's ffmpeg is at hand; None where it is not."""
    if shutil.which("ffmpeg") is None:
        return None
    text = SENTENCES[sentence].replace(",", "\\,").replace("'", "")
    done = subprocess.run(
        ["ffmpeg", "-v", "quiet", "-f", "lavfi", "-i", f"flite=voice={voice_name}:text='{text}'",
         "-ar", str(rate_hz), "-ac", "1", "-f", "f32le", "-"],
        capture_output=True, check=False,
    )  # fmt: skip
    made = np.frombuffer(done.stdout, dtype=np.float32)
    return made / max(1e-9, float(np.abs(made).max())) if len(made) else None


def talk(rng: np.random.Generator, seconds: float, rate_hz: int, *, real: bool = False) -> Sound:
    """One talker for ``seconds``: spoken sentences where ``real`` and possible, else the made voice."""
    if real:
        name, parts, length = str(rng.choice(FLITE_VOICES)), [], 0
        while length < seconds * rate_hz:
            part = spoken(name, int(rng.integers(len(SENTENCES))), rate_hz)
            if part is None:
                break
            pause = np.zeros(round(rng.uniform(0.2, 1.5) * rate_hz), dtype=np.float32)
            parts += [part, pause]
            length += len(part) + len(pause)
        if parts:
            return np.concatenate(parts)[: round(seconds * rate_hz)]
    return voice(rng, seconds, rate_hz)


def music(rng: np.random.Generator, seconds: float, rate_hz: int) -> Sound:
    """Chords with decay, a bass and a drum, in a room."""
    count = round(seconds * rate_hz)
    out = np.zeros(count, dtype=np.float64)
    beat = rng.uniform(0.35, 0.7)
    root = rng.uniform(110, 220)
    for k in range(int(seconds / beat) + 1):
        start = round((k * beat + rng.normal(0, 0.006)) * rate_hz)
        if not 0 <= start < count - 100:
            continue
        n = min(round(rng.uniform(0.4, 1.5) * rate_hz), count - start)
        t = np.arange(n) / rate_hz
        for step in rng.choice([0, 3, 4, 7, 9, 12], 3, replace=False):
            hz = root * 2 ** (step / 12)
            for h in range(1, 6):
                out[start : start + n] += (
                    np.sin(2 * np.pi * h * hz * t + rng.uniform(0, 6)) * np.exp(-t * (2 + h)) / h
                )
        drum = rng.standard_normal(min(n, 4000)) * np.exp(-np.arange(min(n, 4000)) / 900)
        out[start : start + len(drum)] += drum * rng.uniform(0.2, 1.2)
    return _in_room(rng, out, rate_hz, 0.35)


def _in_room(rng: np.random.Generator, x: NDArray[Any], rate_hz: int, decay_s: float) -> Sound:
    n = round(decay_s * rate_hz)
    tail = rng.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n) * 0.12
    tail[0] = 1.0
    wet = signal.oaconvolve(np.asarray(x, dtype=np.float64), tail)[: len(x)]
    return (wet / max(1e-9, np.abs(wet).max())).astype(np.float32)


def grid_wander(rng: np.random.Generator, seconds: float) -> NDArray[np.float64]:
    """Deviation of a large grid, hertz, one value a second: a mean-reverting walk (time constant 10 min, standard
    deviation 20 mHz; steps of about 1 mHz a second, as on the 50 Hz continental grid)."""
    n = int(seconds) + 3
    value, made = float(rng.normal(0, 0.02)), np.empty(n)
    for k in range(n):
        value += -value / 600 + float(rng.normal(0, 0.0012))
        made[k] = value
    return made


def hum(
    rng: np.random.Generator,
    seconds: float,
    rate_hz: int,
    *,
    mains_hz: int = 50,
    wander: NDArray[np.float64] | None = None,
) -> Sound:
    """Mains hum of unit power: harmonics of random strength, the even ones stronger (lamps, transformers)."""
    count = round(seconds * rate_hz)
    series = grid_wander(rng, seconds) if wander is None else wander
    t = np.arange(count) / rate_hz
    angle = 2 * np.pi * np.cumsum(mains_hz + np.interp(t, np.arange(len(series)), series)) / rate_hz
    made = np.zeros(count)
    for h in range(1, 11):
        strength = rng.uniform(0.1, 1.0) * (1.0 if h % 2 == 0 else 0.4) / (1 + 0.2 * h)
        made += strength * np.sin(h * angle + rng.uniform(0, 2 * np.pi))
    return (made / made.std()).astype(np.float32)


# --------------------------------------------------------------------------- a take


@dataclass(frozen=True, slots=True)
class Take:
    """One uninterrupted recording, before any codec."""

    pcm: Sound
    rate_hz: int
    scene: str
    background_rms: float
    wander: NDArray[np.float64] | None = None
    """Deviation of its grid, hertz, one value a second; None where it carries no hum."""
    mains_hz: int = 50


def recording(
    seed: int,
    seconds: float,
    scene: str,
    *,
    rate_hz: int = RATE_HZ,
    hum_db: float | None = None,
    mains_hz: int = 50,
    real_voice: bool = False,
    snr_db: float | None = None,
    wander: NDArray[np.float64] | None = None,
) -> Take:
    """A take: background, what happens in it, hum at ``hum_db`` against the background, a recorder's own noise.

    ``snr_db``: what happens over the background (random 5 to 30 where None).
    """
    rng = np.random.default_rng((seed, 41))
    count = round(seconds * rate_hz)
    level = 10 ** (rng.uniform(-58, -38) / 20)
    over = 10 ** ((rng.uniform(5, 30) if snr_db is None else snr_db) / 20)
    ground = noise(
        rng,
        count,
        rate_hz,
        tilt=rng.uniform(-2.0, -0.3),
        peaks=int(rng.integers(0, 5)),
        corner_hz=rng.uniform(2500, 16000),
    )
    if scene in ("street", "machine"):
        level *= 3
        knots = np.arange(0, seconds + 2, 2.0)
        slow = np.interp(np.arange(count) / rate_hz, knots, rng.normal(0, 1.5, len(knots)))
        if scene == "street":
            ground = ground * (10 ** (slow / 20)).astype(np.float32)
    mixed = ground * level
    front = np.zeros(count, dtype=np.float32)
    if scene in ("speech", "conversation", "street"):
        front[:] = talk(rng, seconds, rate_hz, real=real_voice)[:count]
        if scene == "conversation":
            other = talk(rng, seconds, rate_hz, real=real_voice)[:count] * np.float32(rng.uniform(0.2, 0.8))
            front[: len(other)] += other
    elif scene == "music":
        front[:] = music(rng, seconds, rate_hz)
    elif scene == "machine":
        base, t = rng.uniform(20, 200), np.arange(count) / rate_hz
        front[:] = sum(np.sin(2 * np.pi * base * h * t + rng.uniform(0, 6)) / h for h in range(1, 9)) * 0.3
    if scene != "quiet":
        front = _in_room(rng, front, rate_hz, rng.uniform(0.1, 0.6))
        heard = front[np.abs(front) > 0.02]
        strength = float(heard.std()) if len(heard) else 1.0
        mixed = mixed + front * np.float32(level * over / max(1e-6, strength))
    if hum_db is not None:
        wander = grid_wander(rng, seconds) if wander is None else wander
        mixed = mixed + hum(rng, seconds, rate_hz, mains_hz=mains_hz, wander=wander)[:count] * np.float32(
            level * 10 ** (hum_db / 20)
        )
    own = noise(rng, count, rate_hz, tilt=0.0, peaks=0, corner_hz=20000) * np.float32(
        10 ** (rng.uniform(-78, -66) / 20)
    )
    mixed = mixed + own
    highest = float(np.abs(mixed).max())
    return Take(quantised(mixed * min(1.0, 0.9 / highest)), rate_hz, scene, level, wander, mains_hz)


def quantised(x: NDArray[Any]) -> Sound:
    """As 16-bit samples."""
    return (np.clip(np.rint(np.asarray(x) * 32768), -32768, 32767) / 32768).astype(np.float32)


# --------------------------------------------------------------------------- files


@dataclass(frozen=True, slots=True)
class Coding:
    """A codec, its container, and what it asks of the sound."""

    suffix: str
    codec: str
    bit_rate: int = 0
    rate_hz: int = 0
    options: tuple[tuple[str, str], ...] = ()


CODINGS = {
    "wav": Coding(".wav", "pcm_s16le"),
    "AAC 128": Coding(".m4a", "aac", 128_000, options=(("aac_coder", "fast"),)),
    "AAC 64": Coding(".m4a", "aac", 64_000, options=(("aac_coder", "fast"),)),
    "MP3 128": Coding(".mp3", "libmp3lame", 128_000),
    "Opus 48": Coding(".ogg", "libopus", 48_000, 48_000),
    "AMR-NB": Coding(".amr", "libopencore_amrnb", 12_200, 8_000),
}


def write_sound(path: Path, pcm: Sound, rate_hz: int, coding: Coding) -> Path:
    """Encode mono sound into ``path``, whose suffix should be the coding's."""
    target = coding.rate_hz or rate_hz
    if target != rate_hz:
        ratio = Fraction(target, rate_hz)
        pcm = signal.resample_poly(pcm, ratio.numerator, ratio.denominator).astype(np.float32)
    container: Any = av.open(str(path), "w")
    with container as held:
        stream = held.add_stream(coding.codec, rate=target)
        stream.codec_context.layout = "mono"
        if coding.bit_rate:
            stream.codec_context.bit_rate = coding.bit_rate
        stream.codec_context.options = dict(coding.options)
        shape = stream.codec_context.format.name
        size = stream.codec_context.frame_size or 4096
        resampler = av.AudioResampler(format=shape, layout="mono", rate=target, frame_size=size)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm[None, :]), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = target, 0, Fraction(1, target)
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            held.mux(stream.encode(piece))
        held.mux(stream.encode(None))
    return path
