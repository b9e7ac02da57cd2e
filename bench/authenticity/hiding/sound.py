"""Hiding from the method that listens: joins placed in pauses and in step with the mains, hum made anew, room tone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal
from tests.corpus.sounds import CODINGS, SCENES, Take, hum, quantised, recording, write_sound

from bench.authenticity.contract import Tier, Trial, Workplace

SPLICE, SILENCE = "audio.splice", "audio.gap"
MAINS_HZ = 50
SECONDS = 30.0
HUM_DB = 12.0
"""Hum against the background: well usable, or there would be nothing to hide from."""
FADE_S = 0.04
HARMONICS = 12
NOTCH_QUALITY = 30.0
FPS = 25.0
"""Only to tell distances in the same unit as for pictures."""

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hidden:
    what: str
    pcm: Samples
    at_s: float


def _faded(first: Samples, second: Samples, rate_hz: int) -> Samples:
    fade = round(FADE_S * rate_hz)
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    both = first[-fade:] * (1 - ramp) + second[:fade] * ramp
    return np.concatenate([first[:-fade], both, second[fade:]])


def _quietest(pcm: Samples, rate_hz: int, low_s: float, high_s: float) -> int:
    """The sample between two times about which 80 ms are the softest."""
    window = round(0.08 * rate_hz)
    power = np.convolve(pcm.astype(np.float64) ** 2, np.ones(window) / window, "same")
    low, high = round(low_s * rate_hz), round(high_s * rate_hz)
    return low + int(power[low:high].argmin())


def in_step(take: Take, rng: np.random.Generator) -> Hidden:
    """A stretch is taken out from pause to pause, a whole number of mains periods long, and faded over."""
    r = take.rate_hz
    first = _quietest(take.pcm, r, 8.0, 12.0)
    second = _quietest(take.pcm, r, 14.0, 18.0)
    period = r / MAINS_HZ
    second = first + round(round((second - first) / period) * period)
    return Hidden(
        "join in pauses, whole mains periods, faded",
        _faded(take.pcm[:first], take.pcm[second:], r),
        first / r,
    )


def hum_anew(take: Take, rng: np.random.Generator) -> Hidden:
    """The same join without regard to the mains; then all hum is filtered out and an unbroken one put in."""
    r = take.rate_hz
    first, second = _quietest(take.pcm, r, 8.0, 12.0), _quietest(take.pcm, r, 14.0, 18.0)
    pcm = _faded(take.pcm[:first], take.pcm[second:], r).astype(np.float64)
    before = pcm.std()
    for harmonic in range(1, HARMONICS + 1):
        b, a = signal.iirnotch(harmonic * MAINS_HZ, NOTCH_QUALITY, fs=r)
        pcm = signal.filtfilt(b, a, pcm)
    new = hum(rng, len(pcm) / r + 1, r, mains_hz=MAINS_HZ)[: len(pcm)]
    level = np.sqrt(max(1e-12, before**2 - pcm.std() ** 2))
    return Hidden(
        "join in pauses, hum filtered out and made anew", (pcm + new * level).astype(np.float32), first / r
    )


def room_tone(take: Take, rng: np.random.Generator) -> Hidden:
    """A word is covered with the room's own quiet from elsewhere in the take, faded at both ends."""
    r = take.rate_hz
    length = round(1.5 * r)
    at = round(float(rng.uniform(10, 15)) * r)
    quiet = _quietest(take.pcm, r, 2.0, 8.0)
    tone = take.pcm[quiet : quiet + length]
    pcm = _faded(_faded(take.pcm[:at], tone, r), take.pcm[at + length :], r)
    return Hidden("word covered with the room's own quiet", pcm, at / r)


RECIPES: tuple[Callable[[Take, np.random.Generator], Hidden], ...] = (in_step, hum_anew, room_tone)
CODED = ("wav", "AAC 128", "AAC 64")


def trials(number: int, work: Workplace) -> Iterator[Trial]:
    rng = work.rng("hiding")
    scene = SCENES[int(rng.integers(len(SCENES)))]
    take = recording(work.seed("take"), SECONDS, scene, hum_db=HUM_DB, mains_hz=MAINS_HZ)
    name = CODED[number % len(CODED)]
    coding = CODINGS[name]
    for recipe in RECIPES:
        made = recipe(take, rng)
        path = work.folder / f"hidden{coding.suffix}"
        write_sound(path, quantised(made.pcm), take.rate_hz, coding)
        yield Trial(
            Tier.ADVERSARY,
            made.what,
            name,
            work.take,
            path,
            expected=(SPLICE, SILENCE),
            at_s=(made.at_s,),
            fps=FPS,
        )
