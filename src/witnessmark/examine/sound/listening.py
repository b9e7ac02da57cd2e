"""The sound of one file, taken in once: whole frames to every collector, bounded state, readings at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.sound.background import Background, read_background
from witnessmark.examine.sound.clicks import Click, Clicks
from witnessmark.examine.sound.hum import Hum, read_hum
from witnessmark.examine.sound.mains import MOST_STEPS, Mains
from witnessmark.examine.sound.phase import PhaseTest, find_breaks
from witnessmark.examine.sound.repeats import PacketRepeats, Repeat, SampleRepeats
from witnessmark.examine.sound.silence import Silences, Still
from witnessmark.examine.sound.spectra import MOST_FRAMES, Spectra
from witnessmark.examine.sound.stamps import Stamps
from witnessmark.examine.sound.stretches import Stretch, find_stretches
from witnessmark.model.samples import Pcm

BATCH_SAMPLES = 1 << 16
"""Sound is worked on in pieces of this many samples: large enough that numpy's own overhead vanishes."""
EXACT_CODECS = ("pcm_", "flac", "alac", "wavpack", "tta", "ape")
"""Codecs that give samples back as they went in: only there equal samples and bare joins mean anything."""


@dataclass(frozen=True, slots=True)
class Heard:
    """All readings of one file."""

    stamps: Stamps
    rate_hz: int
    seconds: float
    frame_s: float
    levels: NDArray[np.uint8]
    silences: tuple[Still, ...]
    still_share: float
    hum: Hum | None
    phase: PhaseTest | None
    background: Background | None
    stretches: tuple[Stretch, ...]
    clicks: tuple[Click, ...]
    repeats: tuple[Repeat, ...]
    packet_repeats: tuple[Repeat, ...]
    reaches_hz: float
    is_exact: bool
    changed_at: int | None
    is_whole: bool
    """False where the sound is longer than the bounds of memory allow to compare."""

    def sample_of_frame(self, frame: int) -> int:
        return round(frame * self.frame_s * self.rate_hz)


@dataclass(slots=True)
class Listening:
    """Feed blocks of decoded sound and, for coded repeats, packets."""

    codec: str
    stamps: Stamps = field(default_factory=Stamps)
    changed_at: int | None = None
    """Sample at which rate or layout changed; what follows is not compared."""
    _waiting: list[NDArray[np.float32]] = field(default_factory=list)
    _waiting_samples: int = 0
    _spectra: Spectra | None = None
    _mains: Mains | None = None
    _silences: Silences | None = None
    _clicks: Clicks | None = None
    _repeats: SampleRepeats | None = None
    _packets: PacketRepeats = field(default_factory=PacketRepeats)

    @property
    def is_exact(self) -> bool:
        return self.codec.startswith(EXACT_CODECS)

    def packet(self, data: memoryview) -> None:
        self.stamps.packets += 1
        if not self.codec.startswith("pcm_"):
            self._packets.feed(data)

    def sound(self, sample: Pcm, base: Fraction) -> None:
        if self._spectra is None:
            self._begin(sample.rate_hz)
        if sample.rate_hz != self.stamps.rate_hz and self.stamps.rate_hz and self.changed_at is None:
            self.changed_at = self.stamps.samples
        if self.changed_at is not None:
            return
        self.stamps.note(len(sample.array), sample.pts, base, sample.rate_hz)
        self._waiting.append(sample.array)
        self._waiting_samples += len(sample.array)
        if self._waiting_samples >= BATCH_SAMPLES:
            self._work()

    def _begin(self, rate_hz: int) -> None:
        self._spectra, self._mains = Spectra(rate_hz), Mains(rate_hz)
        self._silences = Silences(rate_hz)
        if self.is_exact:
            self._clicks, self._repeats = Clicks(rate_hz), SampleRepeats(rate_hz)

    def _work(self) -> None:
        if self._spectra is None or not self._waiting:
            return
        whole = np.concatenate(self._waiting)
        usable = len(whole) - len(whole) % self._spectra.length
        block, rest = whole[:usable], whole[usable:]
        self._waiting, self._waiting_samples = [rest], len(rest)
        if not usable:
            return
        for collector in (self._spectra, self._mains, self._silences, self._clicks, self._repeats):
            if collector is not None:
                collector.feed(block)

    def finish(self) -> Heard | None:
        """None where not one whole frame of sound was decoded."""
        self._work()
        spectra, mains, silences = self._spectra, self._mains, self._silences
        if spectra is None or mains is None or silences is None or not spectra.frames:
            return None
        levels = spectra.levels()
        background = read_background(levels, spectra.frame_s)
        amplitudes = mains.amplitudes()
        hum = read_hum(amplitudes, mains.step_s)
        phase = find_breaks(amplitudes, mains.step_s, hum) if hum is not None and hum.usable else None
        runs = silences.finish()
        return Heard(
            stamps=self.stamps,
            rate_hz=self.stamps.rate_hz,
            seconds=self.stamps.samples / self.stamps.rate_hz,
            frame_s=spectra.frame_s,
            levels=levels,
            silences=runs,
            still_share=silences.still_share(),
            hum=hum,
            phase=phase,
            background=background,
            stretches=find_stretches(background.edges, levels, spectra.frame_s) if background else (),
            clicks=tuple(self._clicks.found) if self._clicks else (),
            repeats=self._repeats.finish() if self._repeats else (),
            packet_repeats=self._packets.finish(),
            reaches_hz=spectra.reaches_hz(),
            is_exact=self.is_exact,
            changed_at=self.changed_at,
            is_whole=spectra.frames < MOST_FRAMES and mains.steps < MOST_STEPS,
        )
