"""The sound of the public video: laid on the same clock as the pictures, changed before it is coded.

Blocks are placed by their own time stamps; what is missing between them is silence. A block that lies within a
quarter of a picture of where the last one ended follows on directly (rounded time stamps), so that nothing clicks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from witnessmark.model.samples import Pcm

if TYPE_CHECKING:
    from witnessmark.ground.container.mp4_writer import SoundTrack

JITTER_S = 0.01
LONGEST_S = 12 * 3600
"""Samples beyond are not kept: their stamps are not to be believed."""


@dataclass(slots=True)
class Soundtrack:
    """Keeps the sound of one stream until the stretch is known. Two bytes a sample: 6 MB a minute."""

    treat: Callable[[NDArray[np.float32], int], NDArray[np.float32]]
    _blocks: list[tuple[int, NDArray[np.int16]]] = field(default_factory=list)
    """(index of its first sample by the file's own clock, samples)."""
    _end: int | None = None
    _rate_hz: int = 0

    def take(self, sample: Pcm) -> None:
        self._rate_hz = sample.rate_hz
        stated = None if sample.pts is None else round(float(sample.pts * sample.base) * sample.rate_hz)
        at = self._end if self._end is not None else (stated or 0)
        if stated is not None and abs(stated - at) > JITTER_S * sample.rate_hz:
            at = stated
        if not -LONGEST_S * sample.rate_hz < at < LONGEST_S * sample.rate_hz:
            return
        values = np.clip(np.round(sample.array * 32767), -32768, 32767).astype(np.int16)
        self._blocks.append((at, values))
        self._end = at + len(values)

    def track(self, start_s: Fraction, length_s: Fraction) -> SoundTrack | None:
        """Sound of the stretch (file's own seconds), treated and coded; silence where there was none."""
        from witnessmark.ground.media.public import SoundEncoder

        if not self._rate_hz or length_s <= 0:
            return None
        first = round(start_s * self._rate_hz)
        out = np.zeros(round(length_s * self._rate_hz), np.float32)
        for at, values in self._blocks:
            low, high = max(at, first), min(at + len(values), first + len(out))
            if high > low:
                out[low - first : high - first] = values[low - at : high - at] / np.float32(32767)
        treated = self.treat(out, first)
        if treated.shape != out.shape:
            raise ValueError("the treatment of the sound changed its length")
        encoder = SoundEncoder()
        encoder.add(treated)
        return encoder.finish()
