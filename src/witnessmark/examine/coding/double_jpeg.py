"""Motion JPEG that was JPEG before on the same grid: combs in the histograms of its coefficients.

A coefficient that was quantised with step a, and again with step b, can only take the values round(round(x/a)·a/b):
some of the new values are reached by more of the old ones than their neighbours, others by none. The number n(k) of
old values that reach k is known for each a; it is laid against the histogram of the file, freed of its smooth course.

Sources: Lukas and Fridrich, Estimation of primary quantization matrix in double compressed JPEG images, DFRWS 2003;
Popescu and Farid, Statistical tools for digital forensics, IH 2004 §3 (periodic artefacts); ITU-T T.81 §A.3.3, B.2.4.1
(transform, quantisation tables); Fisher 1925 (combining independent tests).
Limits: the same 8x8 grid in both encodings (no crop, no scaling, no motion-compensated codec before); a step that
the new one is a multiple of by an odd number leaves no comb; needs quantiser steps of LEAST_STEP and more, below which
the rounding of decoded samples hides the whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log10

import numpy as np
from numpy.typing import NDArray

from witnessmark.model.samples import Frame, Packet

Array = NDArray[np.float64]

FREQUENCIES: tuple[tuple[int, int], ...] = (
    (0, 1),
    (1, 0),
    (1, 1),
    (0, 2),
    (2, 0),
    (1, 2),
    (2, 1),
    (0, 3),
    (3, 0),
)
"""Low frequencies after the mean: only they have enough values different from 0 (Lukas and Fridrich 2003, §4)."""
LEAST_STEP = 3
LONGEST_STEP = 64
"""Old steps that are tried."""
FEWEST_VALUES = 9
"""Bins on one side of a histogram that a comb can be told from a smooth course by."""
LEAST_MEAN_COUNT = 10.0
"""Mean count of five bins in a row below which the histogram ends."""
SMOOTH = 3
"""Degree of the polynomial that stands for the smooth course of the logarithm of a histogram."""
EMPTY = 0.1
"""Old values taken to reach a bin that none reaches: rounding lets some through."""
MOST_SAMPLES = 3840 * 2176
HEAD_BYTES = 4096
"""Tables and frame header come first; thumbnails in between make it longer, and then nothing is read."""
MOST_KEPT, KEPT_EVERY = 8, 10
"""Pictures looked at: eight, 0.4 s apart at 25 a second, so that they differ."""


@dataclass(frozen=True, slots=True)
class DoubleJpeg:
    """What the histograms say together."""

    log10_chance: float
    frequencies: int
    """Histograms that could be read."""
    steps: tuple[tuple[int, int], ...]
    """For each frequency whose comb stands out: old step and new step."""


@dataclass(slots=True)
class JpegPictures:
    """Some pictures of a Motion JPEG stream with their tables, as they come by; at most MOST_KEPT of them."""

    _tables: dict[int, tuple[int, ...]] = field(default_factory=dict)
    kept: list[tuple[tuple[int, ...], NDArray[np.uint8]]] = field(default_factory=list)

    def take(self, sample: Packet | Frame) -> None:
        if len(self.kept) >= MOST_KEPT or sample.ordinal % KEPT_EVERY:
            return
        if isinstance(sample, Packet):
            table = luma_table(bytes(sample.data[:HEAD_BYTES]))
            if table is not None:
                self._tables[sample.ordinal] = table
            return
        table = self._tables.pop(sample.ordinal, None)
        if table is None or sample.is_corrupt or sample.width_px * sample.height_px > MOST_SAMPLES:
            return
        luma = sample.planes()[0]
        if luma.dtype == np.uint8 and luma.shape == (sample.height_px, sample.width_px):
            self.kept.append((table, luma.copy()))


def luma_table(packet: bytes) -> tuple[int, ...] | None:
    """The quantisation table of the first component (in zigzag order), or None. ITU-T T.81 §B.2.4.1, §B.2.2."""
    tables: dict[int, tuple[int, ...]] = {}
    at = 2
    while at + 4 <= len(packet) and packet[at] == 0xFF:
        mark, size = packet[at + 1], int.from_bytes(packet[at + 2 : at + 4], "big")
        body = packet[at + 4 : at + 2 + size]
        if mark == 0xDB:
            while len(body) >= 65:
                wide, number = body[0] >> 4, body[0] & 15
                if wide:
                    return None
                tables[number] = tuple(body[1:65])
                body = body[65:]
        elif mark in (0xC0, 0xC1) and len(body) >= 9:
            return tables.get(body[8])
        elif mark in (0xC2, 0xDA):
            return None  # progressive, or no frame header before the scan
        at += 2 + size
    return None


def examined(pictures: list[tuple[tuple[int, ...], NDArray[np.uint8]]]) -> DoubleJpeg | None:
    """From (table, luma) of some pictures; those with the most common table count. None where nothing can be read."""
    if not pictures:
        return None
    tables = [table for table, _ in pictures]
    common = max(dict.fromkeys(tables), key=tables.count)
    coefficients = np.concatenate([_transform(luma) for table, luma in pictures if table == common])
    if not len(coefficients):
        return None
    chances: list[float] = []
    steps: list[tuple[int, int]] = []
    for row, column in FREQUENCIES:
        step = common[_zigzag(row, column)]
        if step < LEAST_STEP:
            continue
        found = _comb(np.rint(np.abs(coefficients[:, row, column]) / step).astype(np.int64), step)
        if found is None:
            continue
        chances.append(found[0])
        if found[0] < 1e-2:
            steps.append((found[1], step))
    if not chances:
        return None
    return DoubleJpeg(_together(chances), len(chances), tuple(steps))


def _transform(luma: NDArray[np.uint8]) -> Array:
    """8x8 DCT (T.81 §A.3.3) of all whole blocks that no sample of is clipped: (blocks, 8, 8)."""
    height, width = luma.shape[0] // 8 * 8, luma.shape[1] // 8 * 8
    blocks = luma[:height, :width].reshape(height // 8, 8, width // 8, 8).swapaxes(1, 2).reshape(-1, 8, 8)
    whole = blocks[(blocks.min(axis=(1, 2)) > 0) & (blocks.max(axis=(1, 2)) < 255)]
    k, n = np.mgrid[0:8, 0:8]
    basis = np.cos((2 * n + 1) * k * np.pi / 16) * np.where(k == 0, np.sqrt(1 / 8), 0.5)
    return np.asarray(basis @ (whole.astype(np.float64) - 128.0) @ basis.T)


def _comb(values: NDArray[np.int64], step: int) -> tuple[float, int] | None:
    """(chance, old step) of the comb that fits the histogram of ``values`` best, old steps tried counted in."""
    from scipy.special import stdtr  # type: ignore[import-untyped]

    counts = np.bincount(values)[1:].astype(np.float64)
    if len(counts) < FEWEST_VALUES:
        return None
    level = np.convolve(counts, np.full(5, 0.2), mode="same")
    low = np.flatnonzero(level < LEAST_MEAN_COUNT)
    end = int(low[0]) if len(low) else len(counts)
    if end < FEWEST_VALUES:
        return None
    weight = np.sqrt(level[:end])
    place = np.linspace(-1.0, 1.0, end)
    smooth = np.vander(place, SMOOTH + 1) * weight[:, None]
    basis, _ = np.linalg.qr(smooth)
    left = _outside(basis, np.log(counts[:end] + 0.5) * weight)
    best: tuple[float, int] | None = None
    tried = 0
    for old in range(2, LONGEST_STEP + 1):
        reached = _reached(old, step, end)
        if old == step or np.ptp(reached) == 0:
            continue
        teeth = _outside(basis, np.log(reached + EMPTY) * weight)
        length = float(np.linalg.norm(teeth))
        if length < 1e-6:
            continue
        tried += 1
        along = float(left @ teeth) / length
        rest = max(float(left @ left) - along * along, 1e-12)
        freedom = end - SMOOTH - 2
        chance = float(stdtr(freedom, -along / np.sqrt(rest / freedom)))
        if best is None or chance < best[0]:
            best = (chance, old)
    return None if best is None else (min(1.0, best[0] * tried), best[1])


def _reached(old: int, new: int, end: int) -> Array:
    """How many old values reach each of 1..end (halves are shared)."""
    reached = np.zeros(end + 1)
    exact = np.arange(0, (end + 1) * new // old + 2) * old / new
    for value in (np.floor(exact + 0.5 - 1e-9), np.ceil(exact - 0.5 + 1e-9)):
        inside = (value >= 0) & (value <= end)
        np.add.at(reached, value[inside].astype(np.int64), 0.5)
    return reached[1:]


def _outside(basis: Array, values: Array) -> Array:
    return np.asarray(values - basis @ (basis.T @ values))


def _together(chances: list[float]) -> float:
    """log10 of Fisher's combined probability: -2 sum ln p follows chi-squared with 2n degrees."""
    from scipy.special import gammaincc

    total = -sum(np.log(max(chance, 1e-300)) for chance in chances)
    return min(0.0, log10(max(float(gammaincc(len(chances), total)), 1e-300)))


def _zigzag(row: int, column: int) -> int:
    """Place of a coefficient in zigzag order (T.81 figure A.6), for those near the beginning."""
    diagonal = row + column
    return diagonal * (diagonal + 1) // 2 + (row if diagonal % 2 else column)
