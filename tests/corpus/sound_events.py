"""What is done to made sound, with the exact truth of it: edits that should be found, and life that should not.

Every function returns an ``Edited``: the sound, and the places (seconds in the result) where it was joined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import signal

from tests.corpus.sounds import SCENES, Sound, Take, grid_wander, noise, quantised, recording


@dataclass(frozen=True, slots=True)
class Edited:
    pcm: Sound
    edges_s: tuple[float, ...]
    """Joins in the result; empty for life that is no edit."""
    what: str


def _joined(parts: list[Sound], rate_hz: int, fade_s: float) -> Sound:
    """Parts one after the other, each join cross-faded inside the first part's last samples."""
    out = parts[0]
    fade = round(fade_s * rate_hz)
    for part in parts[1:]:
        if fade and len(part) > fade and len(out) > fade:
            ramp = np.linspace(0, 1, fade, dtype=np.float32)
            tail = out[-fade:] * (1 - ramp) + part[:fade] * ramp
            out = np.concatenate((out[:-fade], tail, part[fade:]))
        else:
            out = np.concatenate((out, part))
    return out


def _place(rng: np.random.Generator, take: Take, length_s: float, margin_s: float = 5.0) -> float:
    return float(rng.uniform(margin_s, len(take.pcm) / take.rate_hz - length_s - margin_s))


def _fade(rng: np.random.Generator) -> float:
    return float(rng.choice([0.0, 0.0, 0.005, 0.02]))


def deleted(take: Take, rng: np.random.Generator) -> Edited:
    """A stretch is taken out."""
    length = float(rng.uniform(0.5, 4.0))
    at, r = _place(rng, take, length), take.rate_hz
    pcm = _joined([take.pcm[: round(at * r)], take.pcm[round((at + length) * r) :]], r, _fade(rng))
    return Edited(quantised(pcm), (at,), "deleted")


def _other(take: Take, rng: np.random.Generator, length_s: float) -> Sound:
    scene = str(rng.choice(SCENES))
    made = recording(int(rng.integers(1 << 30)), length_s + 1, scene, rate_hz=take.rate_hz).pcm
    return made[: round(length_s * take.rate_hz)]


def inserted(take: Take, rng: np.random.Generator) -> Edited:
    """A stretch of another recording is put in."""
    length = float(rng.uniform(2.0, 8.0))
    at, r = _place(rng, take, 0.0), take.rate_hz
    parts = [take.pcm[: round(at * r)], _other(take, rng, length), take.pcm[round(at * r) :]]
    return Edited(quantised(_joined(parts, r, _fade(rng))), (at, at + length), "inserted")


def _over(
    take: Take, rng: np.random.Generator, new: Callable[[Sound], Sound], what: str, least: float, most: float
) -> Edited:
    length = float(rng.uniform(least, most))
    at, r = _place(rng, take, length), take.rate_hz
    a, b = round(at * r), round((at + length) * r)
    fade = round(_fade(rng) * r)
    gate = np.zeros(len(take.pcm), dtype=np.float32)
    gate[a:b] = 1.0
    if fade:
        gate = np.convolve(gate, np.ones(fade, dtype=np.float32) / fade, mode="same")
    whole = take.pcm.copy()
    whole[a - fade : b + fade] = new(take.pcm[a - fade : b + fade])
    pcm = np.where(gate > 0, take.pcm * (1 - gate) + whole * gate, take.pcm)
    return Edited(quantised(pcm), (at, at + length), what)


def replaced(take: Take, rng: np.random.Generator) -> Edited:
    """Another recording lies in place of a stretch."""
    return _over(take, rng, lambda old: _other(take, rng, len(old) / take.rate_hz), "replaced", 2.0, 12.0)


def tone(take: Take, rng: np.random.Generator) -> Edited:
    """A tone, or noise from a generator, lies in place of a stretch."""
    hz, kind, strength = rng.uniform(150, 2500), int(rng.integers(3)), rng.uniform(0.01, 0.3)

    def new(old: Sound) -> Sound:
        t = np.arange(len(old)) / take.rate_hz
        wave = (
            np.sin(2 * np.pi * hz * t),
            np.sign(np.sin(2 * np.pi * hz * t)),
            rng.standard_normal(len(old)) / 3,
        )[kind]
        return (wave * strength).astype(np.float32)

    return _over(take, rng, new, "tone", 1.0, 15.0)


def silenced(take: Take, rng: np.random.Generator) -> Edited:
    """Digital silence lies in place of a stretch."""
    return _over(take, rng, lambda old: old * 0, "silenced", 0.3, 6.0)


def attenuated(take: Take, rng: np.random.Generator) -> Edited:
    """A stretch is made 12 to 30 dB softer."""
    gain = np.float32(10 ** (-rng.uniform(12, 30) / 20))
    return _over(take, rng, lambda old: old * gain, "attenuated", 1.5, 10.0)


def filtered(take: Take, rng: np.random.Generator) -> Edited:
    """The upper part of a stretch is taken away, from 1 to 3.4 kHz on."""
    taps = signal.butter(8, rng.uniform(1000, 3400), fs=take.rate_hz, output="sos")
    return _over(
        take, rng, lambda old: signal.sosfiltfilt(taps, old).astype(np.float32), "filtered", 1.5, 10.0
    )


def repeated(take: Take, rng: np.random.Generator) -> Edited:
    """A stretch of the same recording lies over a later one."""
    length = float(rng.uniform(1.0, 5.0))
    r = take.rate_hz
    source = float(rng.uniform(1.0, len(take.pcm) / r / 2 - length))
    held = take.pcm[round(source * r) :]
    return _over(take, rng, lambda old: held[: len(old)].copy(), "repeated", length, length + 0.01)


def shifted(take: Take, rng: np.random.Generator) -> Edited:
    """Two neighbouring stretches have changed places."""
    first, second = float(rng.uniform(1.0, 4.0)), float(rng.uniform(1.0, 4.0))
    at, r = _place(rng, take, first + second), take.rate_hz
    a, b, c = round(at * r), round((at + first) * r), round((at + first + second) * r)
    parts = [take.pcm[:a], take.pcm[b:c], take.pcm[a:b], take.pcm[c:]]
    return Edited(quantised(_joined(parts, r, _fade(rng))), (at, at + second, at + first + second), "shifted")


ATTACKS: tuple[Callable[[Take, np.random.Generator], Edited], ...] = (
    deleted, inserted, replaced, tone, silenced, attenuated, filtered, repeated, shifted,
)  # fmt: skip


# --------------------------------------------------------------------------- life


def untouched(take: Take, rng: np.random.Generator) -> Edited:
    return Edited(take.pcm, (), "untouched")


def gain_control(take: Take, rng: np.random.Generator) -> Edited:
    """A recorder's automatic gain: attack 2 to 30 ms, release 0.2 to 2 s, ratio 2 to 6."""
    r = take.rate_hz
    hop = r // 500
    levels = (
        np.sqrt(np.add.reduceat(take.pcm.astype(np.float64) ** 2, np.arange(0, len(take.pcm), hop)) / hop)
        + 1e-6
    )
    attack, release = np.exp(-0.002 / rng.uniform(0.002, 0.03)), np.exp(-0.002 / rng.uniform(0.2, 2.0))
    held, envelope = levels[0], np.empty(len(levels))
    for k, level in enumerate(levels):
        c = attack if level > held else release
        held = c * held + (1 - c) * level
        envelope[k] = held
    over = np.maximum(1.0, envelope / np.quantile(envelope, 0.3))
    gain = over ** (1 / rng.uniform(2, 6) - 1)
    smooth = np.interp(np.arange(len(take.pcm)) / hop, np.arange(len(gain)), gain)
    return Edited(quantised(take.pcm * smooth / smooth.max() * 0.95), (), "gain control")


def door_slam(take: Take, rng: np.random.Generator) -> Edited:
    """Three loud blows."""
    pcm, r = take.pcm.copy(), take.rate_hz
    for _ in range(3):
        a, n = round(_place(rng, take, 1.0, 1.0) * r), r // 2
        blow = signal.lfilter([1], [1, -0.92], rng.standard_normal(n)) * np.exp(-np.arange(n) / r / 0.06)
        pcm[a : a + n] += (blow / np.abs(blow).max() * rng.uniform(0.2, 0.8)).astype(np.float32)
    return Edited(quantised(pcm), (), "door slam")


def added_sound(take: Take, rng: np.random.Generator) -> Edited:
    """Music, a ring, or an alarm begins and ends at once on top of what is there."""
    r = take.rate_hz
    length = float(rng.uniform(1.5, 8.0))
    a, n = round(_place(rng, take, length, 2.0) * r), round(length * r)
    t = np.arange(n) / r
    kind = int(rng.integers(3))
    if kind == 0:
        new = recording(int(rng.integers(1 << 30)), length + 1, "music", rate_hz=r).pcm[:n]
        new = new / max(1e-6, float(np.abs(new).max()))
    elif kind == 1:
        new = np.sign(np.sin(2 * np.pi * rng.uniform(400, 2000) * t)) * (np.sin(2 * np.pi * 4 * t) > 0)
    else:
        new = np.sin(2 * np.pi * rng.uniform(400, 2000) * t)
    ramp = np.minimum(1, np.minimum(t, t[::-1]) / rng.uniform(0.002, 0.05))
    pcm = take.pcm.copy()
    pcm[a : a + n] += (new * ramp * rng.uniform(0.02, 0.3)).astype(np.float32)
    return Edited(quantised(pcm), (), "added sound")


def fan(take: Take, rng: np.random.Generator) -> Edited:
    """A fan, a tap or a vehicle starts within 30 ms to a second, and stops again."""
    r = take.rate_hz
    length, rise = float(rng.uniform(3.0, 12.0)), float(rng.uniform(0.03, 1.0))
    a, n = round(_place(rng, take, length, 2.0) * r), round(length * r)
    t = np.arange(n) / r
    ramp = np.minimum(1, np.minimum(t / rise, t[::-1] / (rise * rng.uniform(1, 4))))
    pcm = take.pcm.copy()
    new = noise(rng, n, r, tilt=rng.uniform(-2, 0)) * ramp * take.background_rms * rng.uniform(1, 10)
    pcm[a : a + n] += new.astype(np.float32)
    return Edited(quantised(pcm), (), "fan")


def fan_stops(take: Take, rng: np.random.Generator) -> Edited:
    """A machine that ran from the beginning stops at once, or in a second."""
    r = take.rate_hz
    n = round(_place(rng, take, 1.0) * r)
    fall = float(rng.uniform(0.02, 1.0))
    t = np.arange(n) / r
    ramp = np.minimum(1, t[::-1] / fall)
    pcm = take.pcm.copy()
    pcm[:n] += (
        noise(rng, n, r, tilt=rng.uniform(-2, 0)) * ramp * take.background_rms * rng.uniform(1, 10)
    ).astype(np.float32)
    return Edited(quantised(pcm), (), "fan stops")


def lamp(take: Take, rng: np.random.Generator) -> Edited:
    """A lamp on the same mains is switched on: harmonics change strength and phase at once."""
    r = take.rate_hz
    at = round(_place(rng, take, 1.0) * r)
    seconds = len(take.pcm) / r
    series = grid_wander(rng, seconds) if take.wander is None else take.wander
    t = np.arange(len(take.pcm)) / r
    angle = 2 * np.pi * np.cumsum(take.mains_hz + np.interp(t, np.arange(len(series)), series)) / r
    new = sum(rng.uniform(0, 1) * np.sin(2 * h * angle[at:] + rng.uniform(0, 6)) for h in (1, 2, 3, 4))
    pcm = take.pcm.copy()
    pcm[at:] += (np.asarray(new) * take.background_rms * rng.uniform(0.1, 1.5)).astype(np.float32)
    return Edited(quantised(pcm), (), "lamp")


def normalised(take: Take, rng: np.random.Generator) -> Edited:
    """Loudness evened out over seconds, then a limiter."""
    r = take.rate_hz
    hop = r // 10
    power = np.add.reduceat(take.pcm.astype(np.float64) ** 2, np.arange(0, len(take.pcm), hop)) / hop
    slow = np.sqrt(np.convolve(power, np.ones(30) / 30, mode="same") + 1e-9)
    gain = np.interp(np.arange(len(take.pcm)) / hop, np.arange(len(slow)), np.minimum(20, 0.05 / slow))
    return Edited(quantised(np.tanh(take.pcm * gain)), (), "normalised")


def suppressed(take: Take, rng: np.random.Generator) -> Edited:
    """A telephone's noise suppressor: what is below the voice is pressed down in pauses, 10 to 20 dB."""
    r = take.rate_hz
    hop = r // 100
    level = np.sqrt(np.add.reduceat(take.pcm.astype(np.float64) ** 2, np.arange(0, len(take.pcm), hop)) / hop)
    open_ = (level > 2.5 * np.quantile(level, 0.1)).astype(np.float64)
    open_ = signal.lfilter([0.3], [1, -0.7], np.maximum.reduce([np.roll(open_, k) for k in range(12)]))
    low = 10 ** (-rng.uniform(10, 20) / 20)
    gain = np.interp(np.arange(len(take.pcm)) / hop, np.arange(len(open_)), low + (1 - low) * open_)
    return Edited(quantised(take.pcm * gain), (), "suppressed")


def moved(take: Take, rng: np.random.Generator) -> Edited:
    """The recorder is carried into another room, over half a second to two seconds."""
    r = take.rate_hz
    other = recording(int(rng.integers(1 << 30)), len(take.pcm) / r, "quiet", rate_hz=r).pcm
    at, length = _place(rng, take, 2.0), float(rng.uniform(0.5, 2.0))
    t = np.arange(len(take.pcm)) / r
    mix = np.clip((t - at) / length, 0, 1)
    return Edited(quantised(take.pcm * (1 - 0.7 * mix) + other[: len(t)] * mix * 3), (), "moved")


def muted(take: Take, rng: np.random.Generator) -> Edited:
    """The microphone is muted for a while: silence that must be explained, but no splice."""
    made = silenced(take, rng)
    return Edited(made.pcm, (), "muted")


LIFE: tuple[Callable[[Take, np.random.Generator], Edited], ...] = (
    untouched, gain_control, door_slam, added_sound, fan, fan_stops, lamp, normalised, suppressed, moved,
)  # fmt: skip
