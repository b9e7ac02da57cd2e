"""Collects, picture by picture, how a video stream is coded, and lays it out in order of display."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.coding.footprint import Coding
from witnessmark.model.samples import BACKWARD, FORWARD, INTRA, SKIP, Blocks, Frame, Packet, QpMap

MOST_PICTURES = 6000
"""Four minutes at 25 a second: an earlier encoding that leaves no trace there leaves none later, and memory and
time stay bounded."""
ROWS = 64
"""Rows of samples that are compared with the picture before: one in eleven at 720 lines, which spreads them over all
blocks and costs 20 microseconds."""
CODES = 7
"""Number of block types, unknown included (model/samples.py)."""


@dataclass(slots=True)
class CodedSeries:
    """What was told of the first video stream that gives pictures. Some 100 bytes a picture."""

    stream: int | None = None
    base: Fraction = Fraction(1)
    types: list[str] = field(default_factory=list)
    pts: list[int | None] = field(default_factory=list)
    packets: list[tuple[int | None, int]] = field(default_factory=list)
    """Time and size of each packet, in decoding order."""
    shares: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    quantisers: dict[int, float] = field(default_factory=dict)
    changed_pictures: int = 0
    """So many pictures are compared with the one before."""
    changed: list[float] = field(default_factory=list)
    _before: NDArray[Any] | None = None

    def take(self, sample: Frame | Packet | Blocks | QpMap) -> None:
        if self.stream is None and not isinstance(sample, Packet):
            self.stream, self.base = sample.stream, sample.base
        if isinstance(sample, Packet):
            if len(self.packets) < MOST_PICTURES * 2:
                self.packets.append((sample.pts, sample.size_bytes))
        elif sample.stream != self.stream or sample.ordinal >= MOST_PICTURES:
            return
        elif isinstance(sample, Frame):
            self.types.append(sample.picture_type)
            self.pts.append(sample.pts)
            if sample.ordinal < self.changed_pictures:
                self._compare(sample)
        elif isinstance(sample, Blocks):
            counts = np.bincount(sample.types.ravel(), minlength=CODES)
            self.shares[sample.ordinal] = counts / max(1, sample.types.size)
        else:
            self.quantisers[sample.ordinal] = float(sample.qp.mean())

    def _compare(self, frame: Frame) -> None:
        luma = frame.planes()[0]
        rows = luma[luma.shape[0] % ROWS // 2 :: max(1, luma.shape[0] // ROWS)].copy()
        same = self._before is not None and self._before.shape == rows.shape
        self.changed.append(float(np.count_nonzero(rows != self._before)) / rows.size if same else np.nan)
        self._before = rows

    def coding(self, *, linear_quantiser: bool) -> Coding:
        """Arrays by picture. Sizes are laid to pictures by time, or by order where times are missing."""
        count = len(self.types)
        shares = np.full((count, CODES), np.nan)
        for ordinal, share in self.shares.items():
            if ordinal < count:
                shares[ordinal] = share
        quantiser = np.full(count, np.nan)
        for ordinal, mean in self.quantisers.items():
            if ordinal < count:
                quantiser[ordinal] = mean
        changed = np.full(count, np.nan)
        changed[: len(self.changed)] = self.changed[:count]
        is_b = np.array([letter == "B" for letter in self.types], dtype=bool)
        return Coding(
            types="".join(self.types),
            size_bytes=self._sizes(),
            quantiser=quantiser,
            linear_quantiser=linear_quantiser,
            intra=shares[:, INTRA],
            skipped=shares[:, SKIP],
            toward_next=np.where(is_b, shares[:, BACKWARD] - shares[:, FORWARD], np.nan),
            changed=changed,
        )

    def _sizes(self) -> NDArray[np.float64]:
        count = len(self.types)
        by_time: dict[int, int] = {}
        for stamp, size in self.packets:
            if stamp is not None:
                by_time[stamp] = by_time.get(stamp, 0) + size  # two fields of one picture may share a time
        if all(stamp is not None and stamp in by_time for stamp in self.pts):
            return np.array([by_time[stamp] for stamp in self.pts if stamp is not None], dtype=np.float64)
        held = np.full(count, np.nan)
        sizes = np.array([size for _, size in self.packets if size > 0][:count], dtype=np.float64)
        held[: len(sizes)] = sizes
        decoded = np.full(count, np.nan)
        decoded[np.array(decoding_order(self.types), dtype=np.int64)] = held
        # Some writers pack an anchor and the B picture ahead of it into one chunk: then chunks already lie in order
        # of display. Anchors are larger than B pictures, so the order that makes them largest is the right one.
        return max((held, decoded), key=self._anchor_excess)

    def _anchor_excess(self, sizes: NDArray[np.float64]) -> float:
        is_b = np.array([letter == "B" for letter in self.types], dtype=bool)
        if not is_b.any() or is_b.all():
            return 0.0
        return float(np.nanmedian(sizes[~is_b]) - np.nanmedian(sizes[is_b]))

    def at_s(self, ordinal: int) -> float:
        """Time of a picture from the first one, by its stamp; by its number where it has none."""
        first = next((stamp for stamp in self.pts if stamp is not None), 0)
        stamp = self.pts[ordinal] if ordinal < len(self.pts) else None
        return float((stamp - first) * self.base) if stamp is not None else float(ordinal * self.base)


def decoding_order(types: list[str]) -> list[int]:
    """Display numbers in the order of decoding: an anchor comes before the B pictures shown ahead of it."""
    order: list[int] = []
    waiting: list[int] = []
    for number, letter in enumerate(types):
        if letter == "B":
            waiting.append(number)
        else:
            order += [number, *waiting]
            waiting = []
    return order + waiting
