"""Hum laid beside a record of the grid: at which moment of the record did the frequency run like this?

A record is one number a second (or another regular step) from a recorder on the same grid: a table with a time
and a frequency in each row, or JSON. The hum's own frequency over time is laid over every place of it. A recorder's
clock is off by some parts in a million and that shifts the whole trace: a constant difference is allowed for, within
bounds, and told.

Source: Grigoras, Digital audio recording analysis: the electric network frequency criterion, Int. J. Speech, Language
and the Law 12(1), 2005; Huijbregtse and Geradts, Using the ENF criterion for determining the time of recording of short
digital audio recordings, IWCF 2009 (least squares and correlation together; short recordings fit in many places); Hua,
Error analysis of forensic ENF matching, IEEE WIFS 2018 (uniqueness by the distance to the next best place).
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST_BYTES = 256 << 20
MOST_VALUES = 8_000_000
"""Three months of seconds."""
LEAST_HZ, MOST_HZ = 40.0, 70.0
SMOOTHED_S = 16.0
"""The hum is read in windows of this length, so the record is averaged alike."""
MOST_OFFSET_SHARE = 200e-6
"""Clocks of telephones and recorders are within ±100 parts in a million; twice that is allowed."""
LEAST_SECONDS = 60
MOST_RMS_HZ = 0.0025
"""A true place fits within the reading error of the hum (0.5 to 1.5 mHz on made recordings over a real
record); the best wrong place of a day is off by 3 mHz or more from three minutes on."""
NEXT_FACTOR = 2.0
"""The next best place must fit this much worse (root mean square) for a place to stand alone: wrong places are
alike (ratio at most 1.6 in 200 trials), a true one is 3 to 17 times better than the next."""
ALONE_SECONDS = 150
"""Of trace: about 170 s of sound, for the first and last 8 s have no window of their own."""
LEAST_CORRELATION = 0.8
NEAR_S = 30
"""Places within this of the best are the same place: the trace is smooth over 16 s."""


class RecordError(ValueError):
    """What was given is no record of a grid; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Record:
    """``hertz`` at a regular step; NaN where a value is missing. ``start`` as the record writes it."""

    start: str
    start_s: float | None
    """Seconds since 1970 as written (no zone assumed), where the times are dates."""
    step_s: float
    hertz: NDArray[np.float64]
    sha256: str


@dataclass(frozen=True, slots=True)
class Fit:
    """The best place. ``lag_s`` from the start of the record to the start of the sound's trace."""

    lag_s: float
    rms_hz: float
    correlation: float
    offset_hz: float
    next_rms_hz: float
    alike: int
    """Places, the best left out, that fit within NEXT_FACTOR of it."""
    places: int
    seconds: int

    @property
    def is_fit(self) -> bool:
        return self.correlation >= LEAST_CORRELATION and self.rms_hz <= MOST_RMS_HZ

    @property
    def is_alone(self) -> bool:
        return self.is_fit and self.alike == 0 and self.seconds >= ALONE_SECONDS


def read_record(data: bytes) -> Record:
    """A record from the bytes of a CSV or JSON file. Raises RecordError."""
    if len(data) > LARGEST_BYTES:
        raise RecordError("the record is larger than 256 MB")
    digest = hashlib.sha256(data).hexdigest()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RecordError("the record is not UTF-8 text") from None
    rows = _json_rows(text) if text.lstrip()[:1] in ("{", "[") else _csv_rows(text)
    if len(rows) < LEAST_SECONDS:
        raise RecordError(f"the record holds {len(rows)} values; {LEAST_SECONDS} are the least")
    return _regular(rows, digest)


def _csv_rows(text: str) -> list[tuple[str, float]]:
    head = text[:4096]
    delimiter = max(",;\t", key=head.count)
    rows: list[tuple[str, float]] = []
    for number, row in enumerate(csv.reader(text.splitlines(), delimiter=delimiter)):
        if not row or len(row) < 2:
            continue
        try:
            value = float(row[1].replace(",", "."))
        except ValueError:
            if number == 0:
                continue
            raise RecordError(f"row {number + 1} has no frequency in its second column") from None
        rows.append((row[0].strip(), value))
        if len(rows) > MOST_VALUES:
            raise RecordError("the record is longer than three months")
    return rows


def _json_rows(text: str) -> list[tuple[str, float]]:
    try:
        held: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise RecordError("the record is not JSON") from None
    try:
        if isinstance(held, dict):
            step, start = float(held["step_s"]), _seconds(str(held["start"]))
            return [(repr((start or 0.0) + k * step), float(v)) for k, v in enumerate(held["hz"])]
        return [(str(time), float(value)) for time, value in held]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise RecordError(
            'JSON records are {"start": ..., "step_s": ..., "hz": [...]} or [[time, hz], ...]'
        ) from None


def _seconds(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC).timestamp()


def _regular(rows: list[tuple[str, float]], digest: str) -> Record:
    """Values on the record's own step, holes as NaN."""
    first = _seconds(rows[0][0])
    times = [_seconds(time) for time, _ in rows]
    values = np.asarray([value for _, value in rows], dtype=np.float64)
    values[~((values > LEAST_HZ) & (values < MOST_HZ))] = np.nan
    if np.isnan(values).mean() > 0.5:
        raise RecordError("most values lie outside 40 to 70 Hz")
    if first is None or any(time is None or not math.isfinite(time) for time in times):
        raise RecordError("the first column is neither a date and time (ISO 8601) nor seconds")
    at = np.asarray(times, dtype=np.float64)
    steps = np.diff(at)
    step = float(np.median(steps))
    if step <= 0 or step > SMOOTHED_S:
        raise RecordError("times must rise, by at most 16 s from row to row")
    places = np.rint((at - first) / step).astype(np.int64)
    if places.min() < 0 or places.max() > MOST_VALUES:
        raise RecordError("times must rise, over at most three months")
    hertz = np.full(int(places.max()) + 1, np.nan)
    hertz[places] = values
    is_date = not rows[0][0].replace(".", "").replace("-", "").isdigit() or first > 1e8
    return Record(rows[0][0], first if is_date else None, step, hertz, digest)


def compare(trace_s: NDArray[np.float64], trace_hz: NDArray[np.float64], record: Record) -> Fit | None:
    """The best place of the trace in the record; None where the trace is too short or the record shorter still."""
    known = ~np.isnan(trace_hz)
    if known.sum() * float(np.median(np.diff(trace_s))) < LEAST_SECONDS:
        return None
    grid = np.arange(trace_s[0], trace_s[-1], record.step_s)
    trace = np.interp(grid, trace_s[known], trace_hz[known])
    nearest = (
        np.abs(grid[:, None] - trace_s[known][None, :]).min(axis=1)
        if len(grid) < 4000
        else np.zeros(len(grid))
    )
    weight = (nearest <= SMOOTHED_S / 2).astype(np.float64)
    held = _smoothed(record)
    gap = np.isnan(held)
    middle = float(np.nanmedian(held))
    series = np.where(gap, middle, held) - middle
    count = len(series) - len(trace) + 1
    if count < 2:
        return None
    centred = (trace - middle) * weight
    total = weight.sum()
    sum_r, sum_rr = _slide(series, weight), _slide(series**2, weight)
    sum_er, holes = _slide(series, centred), _slide(gap.astype(np.float64), weight)
    sum_e, sum_ee = centred.sum(), float((centred**2).sum())
    offset = (sum_e - sum_r) / total
    variance = np.maximum(0.0, (sum_ee - 2 * sum_er + sum_rr) / total - offset**2)
    spread_e = max(1e-18, sum_ee / total - (sum_e / total) ** 2)
    spread_r = np.maximum(1e-18, sum_rr / total - (sum_r / total) ** 2)
    correlation = (sum_er / total - sum_e * sum_r / total**2) / np.sqrt(spread_e * spread_r)
    allowed = (np.abs(offset) <= MOST_OFFSET_SHARE * middle) & (holes < 0.1 * total)
    if not allowed.any():  # the grid of this record never ran at that frequency
        off = np.sqrt(variance + offset**2)
        best = int(off.argmin())
        at_s = float(best * record.step_s - trace_s[0])
        worst = float(off[best])
        return Fit(at_s, worst, 0.0, float(offset[best]), worst, 0, count, round(len(grid) * record.step_s))
    rms = np.where(allowed, np.sqrt(variance), np.inf)
    best = int(rms.argmin())
    near = max(1, round(NEAR_S / record.step_s))
    others = rms.copy()
    others[max(0, best - near) : best + near + 1] = np.inf
    floor = max(float(rms[best]), 1e-4)
    return Fit(
        lag_s=float(best * record.step_s - trace_s[0]),
        rms_hz=float(rms[best]),
        correlation=float(correlation[best]),
        offset_hz=float(offset[best]),
        next_rms_hz=float(others.min()) if np.isfinite(others).any() else float("inf"),
        alike=int((others < NEXT_FACTOR * floor).sum()),
        places=count,
        seconds=round(len(grid) * record.step_s),
    )


def _smoothed(record: Record) -> NDArray[np.float64]:
    length = max(1, round(SMOOTHED_S / record.step_s))
    if length < 3:
        return record.hertz
    window = np.hanning(length + 2)[1:-1]
    window /= window.sum()
    known = ~np.isnan(record.hertz)
    summed = np.convolve(np.where(known, record.hertz, 0.0), window, mode="same")
    weights = np.convolve(known.astype(np.float64), window, mode="same")
    return np.where(weights > 0.5, summed / np.maximum(weights, 1e-9), np.nan)


def _slide(series: NDArray[np.float64], kernel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of ``kernel`` times ``series`` at every place, by Fourier transform."""
    size = 1 << (len(series) + len(kernel) - 1).bit_length()
    product = np.fft.rfft(series, size) * np.conj(np.fft.rfft(kernel, size))
    return np.asarray(np.fft.irfft(product, size)[: len(series) - len(kernel) + 1])
