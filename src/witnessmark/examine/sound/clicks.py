"""Single places where the waveform does not go on: two sounds laid end to end without a cross-fade.

The second difference picks out candidates cheaply; each is then judged by linear prediction from both sides. At a
join the prediction fails for a moment *and no energy is added*: before and after, the sound is as loud as it was
and as predictable as it was. A knock or a crackle adds energy and rings.

Source: Makhoul, Linear prediction: a tutorial review, Proc. IEEE 63(4), 1975 (covariance method); Godsill and
Rayner, Digital audio restoration, 1998, ch. 5 (detection of discontinuities by prediction residuals).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRAIN = 64
AROUND = 320
"""Samples on each side that the prediction is learned from."""
ORDER = 12
CANDIDATE_FACTOR = 8.0
"""Peak of the second difference in a grain, against the median grain of its neighbourhood."""
NEIGHBOURHOOD = 64
LEAST_Z = 12.0
"""Prediction errors, in deviations of the error beside it: speech reaches 8 at a glottal closure."""
CALM_Z = 7.0
LOUDER_FACTOR = 1.25
"""Peak across the place against the peak of the louder side: a join adds nothing."""
MOST_LOOKS_PER_SECOND = 4
MOST_CLICKS = 64


@dataclass(frozen=True, slots=True)
class Click:
    sample: int
    z: float


class Clicks:
    """Feed blocks of whole grains, in order."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._tail = np.zeros(0, dtype=np.float32)
        self._at = 0
        self.found: list[Click] = []
        self.dropped = 0

    def feed(self, block: NDArray[np.float32]) -> None:
        whole = np.concatenate((self._tail, block))
        grains = (len(whole) - 2) // GRAIN
        if grains < NEIGHBOURHOOD:
            self._keep(whole)
            return
        bent = np.abs(whole[2:] - 2 * whole[1:-1] + whole[:-2])[: grains * GRAIN].reshape(grains, GRAIN)
        peaks = bent.max(axis=1)
        blocks = grains // NEIGHBOURHOOD
        usual = np.repeat(
            np.median(peaks[: blocks * NEIGHBOURHOOD].reshape(blocks, NEIGHBOURHOOD), axis=1), NEIGHBOURHOOD
        )
        usual = np.concatenate((usual, np.full(grains - len(usual), usual[-1])))
        ratio = peaks / np.maximum(usual, 1e-7)
        looked = np.flatnonzero(ratio > CANDIDATE_FACTOR)
        most = max(4, round(MOST_LOOKS_PER_SECOND * len(block) / self._rate_hz))
        if len(looked) > most:
            self.dropped += len(looked) - most
            looked = np.sort(looked[np.argsort(ratio[looked])[-most:]])
        for grain in looked:
            place = int(grain) * GRAIN + int(bent[grain].argmax()) + 1
            if AROUND + ORDER <= place < len(whole) - AROUND - ORDER:
                self._judge(whole, place)
        self._keep(whole)

    def _keep(self, whole: NDArray[np.float32]) -> None:
        kept = min(len(whole), 2 * (AROUND + ORDER) + GRAIN)
        self._at += len(whole) - kept
        self._tail = whole[len(whole) - kept :].copy()

    def _judge(self, whole: NDArray[np.float32], place: int) -> None:
        sample = self._at + place
        if len(self.found) >= MOST_CLICKS or (self.found and sample - self.found[-1].sample < AROUND):
            return
        z = join_strength(
            whole[place - AROUND - ORDER : place].astype(np.float64),
            whole[place : place + AROUND + ORDER].astype(np.float64),
        )
        if z >= LEAST_Z:
            self.found.append(Click(sample, round(z, 1)))


def join_strength(left: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    """How far the prediction from either side fails at the place between them; 0 where it is no bare join."""
    best = 0.0
    for moved in (-1, 0, 1, 2):
        both = np.concatenate((left, right))
        at = len(left) + moved
        a, b = both[:at], both[at:]
        quiet_a, quiet_b = a[:-16], b[16:]
        loud = max(float(np.abs(quiet_a).max()), float(np.abs(quiet_b).max())) + 1e-9
        if float(np.abs(both[at - 16 : at + 16]).max()) > LOUDER_FACTOR * loud:
            continue
        forward = _failure(a, b)
        backward = _failure(b[::-1], a[::-1])
        best = max(best, min(forward, backward))
    return best


def _failure(known: NDArray[np.float64], unknown: NDArray[np.float64]) -> float:
    """Largest error, in robust deviations of the errors inside, of the first ORDER predictions from ``known``;
    0 where the errors inside are themselves uneven, or where the other side stays unpredictable."""
    model = _learned(known)
    inside = _errors(model, known)
    scale = 1.4826 * float(np.median(np.abs(inside))) + 2.0**-17
    if float(np.abs(inside).max()) / scale > CALM_Z:
        return 0.0
    joined = np.concatenate((known[-ORDER:], unknown[:ORDER]))
    return float(np.abs(_errors(model, joined)).max()) / scale


def _learned(known: NDArray[np.float64]) -> NDArray[np.float64]:
    views = np.lib.stride_tricks.sliding_window_view(known, ORDER + 1)
    past, now = views[:, :ORDER], views[:, ORDER]
    gram = past.T @ past
    gram[np.diag_indices(ORDER)] += 1e-9 * np.trace(gram) / ORDER + 1e-14
    return np.asarray(np.linalg.solve(gram, past.T @ now))


def _errors(model: NDArray[np.float64], held: NDArray[np.float64]) -> NDArray[np.float64]:
    views = np.lib.stride_tricks.sliding_window_view(held, ORDER + 1)
    return np.asarray(views[:, ORDER] - views[:, :ORDER] @ model)
