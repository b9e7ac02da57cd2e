"""Decoded sound as mono float32, at the file's own rate or resampled for those who ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from witnessmark.ground.media.dispatch import Hub, Taker
from witnessmark.model.samples import Pcm

RESAMPLED_TOGETHER = 1 << 14
"""Native samples per call of the resampler: small calls cost more than the work in them."""
HELD_FRAMES = 16
"""Decoded frames that are handed out one after another (a third of a second of AAC): between two pictures everything
that handles sound runs from cold caches and takes twice the time."""
FULL_SCALE = {"u8": 128.0, "s16": 32768.0, "s32": 2147483648.0, "s64": 9223372036854775808.0}


def mono(frame: AudioFrame) -> NDArray[np.float32]:
    """The mean of all channels, float32 in -1..1, shape (samples,)."""
    pixels = frame.format.name
    if pixels == "fltp":
        return _mono_float(frame)
    if pixels == "s16" and len(frame.layout.channels) <= 2:
        return _mono_s16(frame)
    planar = pixels.endswith("p")
    base = pixels.removesuffix("p")
    samples = frame.to_ndarray()
    channels = samples if planar else samples.reshape(-1, len(frame.layout.channels)).T
    if base == "u8":
        channels = channels.astype(np.float32) - np.float32(128)
    mixed = channels[0] if len(channels) == 1 else channels.mean(axis=0, dtype=np.float64)
    scaled: NDArray[np.float32] = (mixed / FULL_SCALE.get(base, 1.0)).astype(np.float32)
    scaled.flags.writeable = False
    return scaled


def _mono_float(frame: AudioFrame) -> NDArray[np.float32]:
    """The same for what nearly every lossy decoder gives (planar float), read from the planes themselves."""
    held: Any = frame.planes
    planes = [np.frombuffer(plane, dtype=np.float32, count=frame.samples) for plane in held]
    mixed: NDArray[np.float32] = planes[0].copy()  # the planes go back to the decoder with the frame
    for plane in planes[1:]:
        mixed += plane
    if len(planes) > 1:
        mixed *= np.float32(1 / len(planes))
    mixed.flags.writeable = False
    return mixed


def _mono_s16(frame: AudioFrame) -> NDArray[np.float32]:
    """The same for one or two channels of 16 bits: sums of two and all divisions here are exact in single precision."""
    held: Any = frame.planes[0]
    channels = len(frame.layout.channels)
    samples = np.frombuffer(held, dtype=np.int16, count=frame.samples * channels)
    mixed: NDArray[np.float32] = samples[::channels].astype(np.float32)
    if channels == 2:
        mixed += samples[1::2]
    mixed *= np.float32(1 / (channels * FULL_SCALE["s16"]))
    mixed.flags.writeable = False
    return mixed


@dataclass(slots=True)
class _Rate:
    rate_hz: int
    takers: list[Taker] = field(default_factory=list)
    resampler: AudioResampler | None = None
    given: int = 0
    waiting: list[NDArray[np.float32]] = field(default_factory=list)
    waiting_samples: int = 0
    waiting_pts: int | None = None
    waiting_hz: int = 0


@dataclass(slots=True)
class Sound:
    """Feeds the Pcm needs of one stream."""

    hub: Hub
    rates: list[_Rate] = field(default_factory=list)
    _shape: tuple[str, str, int] | None = None
    _held: list[tuple[AudioFrame, int, Fraction, bool]] = field(default_factory=list)

    def need(self, taker: Taker, rate_hz: int) -> None:
        for rate in self.rates:
            if rate.rate_hz == rate_hz:
                rate.takers.append(taker)
                return
        self.rates.append(_Rate(rate_hz, [taker]))

    def changed(self, frame: AudioFrame) -> bool:
        """Whether this frame has another format, layout or rate than the one before (not the first)."""
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        before, self._shape = self._shape, shape
        return before is not None and before != shape

    def feed(self, frame: AudioFrame, stream: int, base: Fraction, *, changed: bool) -> None:
        """Take one decoded frame, to be handed out soon. ``changed``: begin resampling afresh."""
        self._held.append((frame, stream, base, changed))
        if len(self._held) >= HELD_FRAMES:
            self.give_held()

    def give_held(self) -> None:
        """Hand out what was taken, in order."""
        held, self._held = self._held, []
        for frame, stream, base, changed in held:
            self._give_frame(frame, stream, base, changed)

    def _give_frame(self, frame: AudioFrame, stream: int, base: Fraction, changed: bool) -> None:
        native = mono(frame)
        pts, native_hz = frame.pts, frame.sample_rate
        for rate in self.rates:
            if changed:
                self._drain(rate, stream, base)
            if rate.rate_hz in (0, native_hz):
                self._give(rate, stream, pts, base, native_hz, native)
                continue
            if rate.resampler is None:
                rate.resampler = AudioResampler(format="fltp", layout="mono", rate=rate.rate_hz)
            if not rate.waiting:
                rate.waiting_pts, rate.waiting_hz = pts, native_hz
            rate.waiting.append(native)
            rate.waiting_samples += len(native)
            if rate.waiting_samples >= RESAMPLED_TOGETHER:
                self._resample(rate, stream, base)

    def finish(self, stream: int, base: Fraction) -> None:
        self.give_held()
        for rate in self.rates:
            self._drain(rate, stream, base)

    def _resample(self, rate: _Rate, stream: int, base: Fraction) -> None:
        """Resample what is waiting. The time stamp given is that of the first sample that went in."""
        if rate.resampler is None or not rate.waiting:
            return
        block = AudioFrame.from_ndarray(np.concatenate(rate.waiting)[None, :], format="fltp", layout="mono")
        block.sample_rate = rate.waiting_hz
        pts, rate.waiting, rate.waiting_samples = rate.waiting_pts, [], 0
        for part in rate.resampler.resample(block):
            self._give(rate, stream, pts, base, rate.rate_hz, mono(part))

    def _drain(self, rate: _Rate, stream: int, base: Fraction) -> None:
        if rate.resampler is not None:
            self._resample(rate, stream, base)
            for part in rate.resampler.resample(None):
                self._give(rate, stream, None, base, rate.rate_hz, mono(part))
            rate.resampler = None

    def _give(
        self, rate: _Rate, stream: int, pts: int | None, base: Fraction, hz: int, array: NDArray[np.float32]
    ) -> None:
        self.hub.give(rate.takers, Pcm(stream, rate.given, pts, base, hz, array))
        rate.given += len(array)
