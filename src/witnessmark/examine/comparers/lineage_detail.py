"""Which of two recordings of the same footage holds the finer detail, from the spectra in their pedigrees.

Both spectra count cycles per picture, so a band means the same at any size. An encoder takes the weakest coefficients
first, which are the finest (ITU-T H.264 §8.5.8), and a scaler rolls off below its Nyquist frequency whichever way it
scales: so a copy holds less of the finest detail that both could hold, made smaller, enlarged or at the same size.
Pictures of the same moment are paired; per pair the difference in decibels is taken over the finest bands, less the
difference in the coarse ones (so that a change of contrast bears on nothing). Encoders make fine detail of their own,
too: block edges, and noise that predicted pictures hand on where no loop filter stops it. So pictures of the finer side
that are coded by themselves must say the same as all, and must not show more blocks than the other side. Thresholds are
from families of known descent (bench lineage, half *choose*). Limits: a copy that was sharpened, or to which grain was
added, looks finer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.comparers.segments import Overlay
from witnessmark.examine.pedigree.detail import EDGES
from witnessmark.examine.pedigree.record import Pedigree

FEWEST_PAIRS = 3
PAIRED_WITHIN_S = 3.0
"""Half the distance at which pictures are measured: the scene has moved on, which the standard error tells."""
USABLE_SHARE = 0.85
"""Bands count up to this share of the smaller picture's Nyquist frequency: above, the scaler is measured alone."""
FINE_BANDS, COARSE_BANDS = 2, 4
"""The finest octave that counts, and the two coarsest (4 to 16 cycles), which coding leaves as they are."""
FINER_DB, CLEAR_DB = 0.5, 1.0
"""Among pairs of ancestor and descendant of the half *choose* no descendant was finer by more than 0.33 dB; the clear
difference is three times that."""
AGAINST_DB = 0.5
"""No band of the finest four may say the contrary by more."""
BLOCKIER = 0.7
"""By how much more the grid may show in the finer side. Encoders with a loop filter lie within 0.15 of each other, and
0.4 where the scene itself had been coded on the same grid before; those without a filter that leave noise enough to
look finer by FINER_DB lie at 1.5 and more."""
STEADY = 3.0
"""Standard errors: the mean over the pairs must lie so far from none."""
LEAST_POWER = 1e-7
"""Grey levels squared: below, a picture holds nothing but rounding (a step of 1/12 spread over 10^5 coefficients)."""


@dataclass(frozen=True, slots=True)
class Balance:
    """``finer_db``: how much more of the finest detail a holds than b; negative: b holds more."""

    finer_db: float
    """Mean over all pairs."""
    error_db: float
    """Standard error of that mean."""
    pairs: int
    intra_db: float
    """Mean over the pairs in which the picture of the finer side is coded by itself; 0 where there is none."""
    against_db: float
    """The most that any of the finest bands says the contrary (0 or positive)."""
    blockier: float
    """How much more blocks show in those pictures of the finer side (negative: less)."""

    @property
    def sure_db(self) -> float:
        """What both means say, towards a; 0 where they say different things."""
        if self.finer_db * self.intra_db <= 0:
            return 0.0
        return float(np.sign(self.finer_db)) * min(abs(self.finer_db), abs(self.intra_db))

    @property
    def tells(self) -> bool:
        return (
            self.blockier <= BLOCKIER
            and abs(self.sure_db) >= FINER_DB
            and abs(self.finer_db) >= STEADY * self.error_db
            and self.against_db <= AGAINST_DB
        )

    @property
    def is_clear(self) -> bool:
        return self.tells and abs(self.sure_db) >= CLEAR_DB


def balance(a: Pedigree, b: Pedigree, segments: Sequence[Overlay]) -> Balance | None:
    """None where too few pictures of the same moments were measured."""
    ours, theirs = paired(a.detail_times_s, b.detail_times_s, segments)
    if len(ours) < FEWEST_PAIRS:
        return None
    differences, bands = [], []
    for one, other, size in (
        (a.across, b.across, min(a.width_px, b.width_px)),
        (a.down, b.down, min(a.height_px, b.height_px)),
    ):
        difference = _decibels(one[ours]) - _decibels(other[theirs])
        finest = _usable(size / 2)
        if finest < COARSE_BANDS + FINE_BANDS:
            continue
        coarse = difference[:, :COARSE_BANDS].mean(axis=1, keepdims=True)
        relative = difference[:, :finest] - coarse
        differences.append(relative[:, -FINE_BANDS:].mean(axis=1))
        bands.append(np.median(relative[:, max(COARSE_BANDS, finest - 2 * FINE_BANDS) :], axis=0))
    if not differences:
        return None
    each = np.mean(differences, axis=0)
    finer = float(np.mean(each))
    intra = (a.intra[ours] if finer > 0 else b.intra[theirs]) == 1
    blocks = a.blocks[ours] - b.blocks[theirs]
    return Balance(
        finer_db=finer,
        error_db=float(np.std(each, ddof=1) / np.sqrt(len(each))),
        pairs=len(each),
        intra_db=float(np.mean(each[intra])) if intra.any() else 0.0,
        against_db=float(max(0.0, (-np.sign(finer) * np.concatenate(bands)).max())),
        blockier=float(np.max(np.sign(finer) * np.median(blocks[intra], axis=0))) if intra.any() else 0.0,
    )


def paired(
    a_s: NDArray[np.float64], b_s: NDArray[np.float64], segments: Sequence[Overlay]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indexes of pictures of the same moment: each of a with the nearest of b, each of b at most once."""
    ours: list[int] = []
    theirs: list[int] = []
    if not len(b_s):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    for segment in segments:
        length_s = segment.a_end_s - segment.a_start_s
        if length_s <= 0:
            continue
        scale = (segment.b_end_s - segment.b_start_s) / length_s
        for index in np.flatnonzero((a_s >= segment.a_start_s) & (a_s <= segment.a_end_s)):
            wanted_s = segment.b_start_s + (float(a_s[index]) - segment.a_start_s) * scale
            nearest = int(np.abs(b_s - wanted_s).argmin())
            if abs(float(b_s[nearest]) - wanted_s) <= PAIRED_WITHIN_S and nearest not in theirs:
                ours.append(int(index))
                theirs.append(nearest)
    return np.array(ours, np.int64), np.array(theirs, np.int64)


def _decibels(power: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(10 * np.log10(np.maximum(power.astype(np.float64), LEAST_POWER)))


def _usable(nyquist: float) -> int:
    """How many bands lie wholly below the usable part."""
    return int(np.searchsorted(EDGES, nyquist * USABLE_SHARE, side="right")) - 1
