"""The families of one group of formats in numbers: shares, scores, and what leaving devices out gives.

The formulas and their sources stand in ``likelihood``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from witnessmark.examine.library.entries import Entry
from witnessmark.examine.library.features import part_of, survives_copy, telling, track_of, unseen_roots

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.float64]
    Mask = NDArray[np.bool_]

ALPHAS = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Weights of the population, in devices, among which the library itself chooses."""
PRIOR_PRESENT = 0.5
"""Added to what the population shows of a token (Krichevsky and Trofimov 1981): nothing is impossible."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What leaving every device out gives: all that depends on the library alone."""

    alpha: float
    threshold: float
    rates: tuple[tuple[int, int, int, int], ...]
    """Per family: near among its own devices left out, of how many; near it among devices of others, of how many."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One file under every family."""

    scores: Table
    in_play: int
    x: Table
    roots: tuple[str, ...]
    """What the library has never seen."""


class Model:
    """``share``: device by feature; ``records``: recording by feature, with the device that each belongs to.

    ``left_out``: what leaving devices out of these very entries gives, where that is known already.
    """

    def __init__(self, entries: tuple[Entry, ...], left_out: LeftOut | None = None) -> None:
        self.families = tuple(sorted({entry.family for entry in entries}))
        self.sorts = {entry.family: entry.sort for entry in entries}
        keys = tuple(sorted({(entry.family, entry.device) for entry in entries}))
        self.owner = np.array([self.families.index(family) for family, _ in keys])
        self.holder = np.array([keys.index((entry.family, entry.device)) for entry in entries])
        sets = [frozenset(t for t in entry.tokens if not survives_copy(t)) for entry in entries]
        vocabulary = sorted(frozenset().union(*sets))
        number = {token: n for n, token in enumerate(vocabulary)}
        records = np.zeros((len(entries), len(vocabulary)))
        for row, tokens in enumerate(sets):
            records[row, [number[token] for token in tokens]] = 1.0
        self._features(vocabulary, records)
        self.left_out = left_out or self._leave_out()
        self.alpha, self.threshold = self.left_out.alpha, self.left_out.threshold

    def _features(self, vocabulary: list[str], records: Table) -> None:
        """Tokens of one part of the file with the same column over all recordings are one feature."""
        groups: dict[tuple[str, bytes], int] = {}
        self.place: dict[str, int] = {}
        self.shown: list[str] = []
        kept: list[int] = []
        for number, token in sorted(enumerate(vocabulary), key=lambda one: telling(one[1])):
            key = (part_of(token), records[:, number].tobytes())
            if key not in groups:
                groups[key] = len(kept)
                kept.append(number)
                self.shown.append(token)
            self.place[token] = groups[key]
        self.records = records[:, kept]
        self.sizes = np.bincount(list(self.place.values()), minlength=len(kept))
        devices = len(self.owner)
        self.share = np.zeros((devices, len(kept)))
        np.add.at(self.share, self.holder, self.records)
        self.share /= np.bincount(self.holder, minlength=devices)[:, None]
        tracks = [track_of(token) for token in self.shown]
        self.tracks = tuple(
            np.array([name == track for name in tracks]) for track in sorted(set(tracks) - {""})
        )

    # -- scores --------------------------------------------------------------------------------------------------

    def _probabilities(self, used: Mask, alpha: float) -> tuple[Table, Table, Table]:
        """(p of each family, q of the population, devices of each family), from the devices in use."""
        rows = np.zeros((len(self.families), self.share.shape[1]))
        count = np.zeros(len(self.families))
        np.add.at(rows, self.owner[used], self.share[used])
        np.add.at(count, self.owner[used], 1.0)
        there = count > 0
        means = rows[there] / count[there, None]
        q = (means.sum(axis=0) + PRIOR_PRESENT) / (len(means) + 2 * PRIOR_PRESENT)
        return (rows + alpha * q) / (count[:, None] + alpha), q, count

    def _scores(
        self, x: Table, unseen: NDArray[np.int64], used: Mask, alpha: float
    ) -> tuple[Table, NDArray[np.int64]]:
        """(files by families: score, −inf where no device is in use; files by families: features in play)."""
        p, q, count = self._probabilities(used, alpha)
        present, absent = np.log(p / q), np.log((1 - p) / (1 - q))
        # Never seen anywhere: p is alpha's part of what the population gives it.
        never = np.log(alpha / (count + alpha))
        in_play = (p > 0.5)[None] | (x > 0)[:, None]
        for track in self.tracks:
            in_play[np.ix_(x[:, track].max(axis=1) == 0, np.ones(len(p), bool), track)] = False
        gain = x[:, None] * present[None] + (1 - x)[:, None] * absent[None]
        number = in_play.sum(axis=2) + unseen[:, None]
        total = np.where(in_play, gain, 0.0).sum(axis=2) + unseen[:, None] * never[None]
        return np.where(count[None] > 0, total / np.maximum(1, number), -np.inf), number

    def _leave_out(self) -> LeftOut:
        alpha = self._alpha()
        own, best, named = self._each_left_out(alpha)
        threshold = _threshold(own, best)
        rates = []
        for family in range(len(self.families)):
            mine = self.owner == family
            trials = mine & ~np.isnan(own)
            false = ~mine & (named == family) & (best >= threshold)
            hits = int((own[trials] >= threshold).sum())
            rates.append((hits, int(trials.sum()), int(false.sum()), int((~mine).sum())))
        return LeftOut(alpha, threshold, tuple(rates))

    def _each_left_out(self, alpha: float) -> tuple[Table, Table, NDArray[np.int64]]:
        """Per device: worst score of its recordings in its own family without it (nan where it is alone; −inf where
        another family is nearer), best score in any other family with its own left out, and which family that is."""
        n = len(self.owner)
        own, best, named = np.full(n, np.nan), np.full(n, -np.inf), np.full(n, -1)
        for device in range(n):
            x = self.records[self.holder == device]
            mine = self.owner[device]
            others = self.owner != mine
            if others.any():
                scores, _ = self._scores(*self._seen_by(x, others), others, alpha)
                row = int(scores.max(axis=1).argmax())
                named[device], best[device] = int(scores[row].argmax()), float(scores[row].max())
            rest = np.arange(n) != device
            if (self.owner[rest] == mine).any():
                scores, _ = self._scores(*self._seen_by(x, rest), rest, alpha)
                right = scores.argmax(axis=1) == mine
                own[device] = float(np.where(right, scores[:, mine], -np.inf).min())
        return own, best, named

    def _seen_by(self, x: Table, used: Mask) -> tuple[Table, NDArray[np.int64]]:
        """What of the recordings' features the devices in use know, and how many they have never seen."""
        known = self.share[used].max(axis=0) > 0
        return np.where(known[None], x, 0.0), ((x > 0.5) & ~known[None]).sum(axis=1)

    def _alpha(self) -> float:
        """Under which the devices left out of families with more than one are likeliest."""

        def held_out(alpha: float) -> float:
            total = 0.0
            for device in range(len(self.owner)):
                rest = np.arange(len(self.owner)) != device
                if (self.owner[rest] == self.owner[device]).any():
                    p, _, _ = self._probabilities(rest, alpha)
                    row, x = p[self.owner[device]], self.share[device]
                    total += float((x * np.log(row) + (1 - x) * np.log(1 - row)).sum())
            return total

        return max(ALPHAS, key=held_out)

    # -- one file ------------------------------------------------------------------------------------------------

    def score(self, tokens: frozenset[str]) -> Scored:
        """A file's tokens (those that survive a stream copy already left out) under every family."""
        x = np.zeros((1, self.share.shape[1]))
        unknown = []
        for token in tokens:
            where = self.place.get(token)
            if where is None:
                unknown.append(token)
            else:
                x[0, where] += 1.0
        x /= np.maximum(1, self.sizes)
        roots = unseen_roots(unknown, tokens - set(unknown))
        everyone = np.ones(len(self.owner), dtype=bool)
        scores, in_play = self._scores(x, np.array([len(roots)]), everyone, self.alpha)
        return Scored(scores[0], int(in_play[0].max(initial=0)), x[0], roots)

    def differing(self, scored: Scored, family: int) -> tuple[list[str], list[str]]:
        """(features that every device of the family has and the file lacks, those that none has and the file has)."""
        mine = self.share[self.owner == family]
        absent_tracks = np.zeros(len(scored.x), dtype=bool)
        for track in self.tracks:
            if scored.x[track].max() == 0:
                absent_tracks |= track
        missing = np.flatnonzero((mine.min(axis=0) == 1) & (scored.x < 0.5) & ~absent_tracks)
        extra = np.flatnonzero((mine.max(axis=0) == 0) & (scored.x >= 0.5))
        return [self.shown[n] for n in missing], [*(self.shown[n] for n in extra), *scored.roots]

    def devices(self, family: int) -> int:
        return int((self.owner == family).sum())


def _threshold(own: Table, best: Table) -> float:
    """Where the two sets of scores part best; midway between neighbours, the strictest of equals."""
    positive = own[~np.isnan(own)]
    negative = best[np.isfinite(best)]
    if not len(positive) or not len(negative):
        return 0.0
    values = np.array(sorted({*positive[np.isfinite(positive)].tolist(), *negative.tolist()}))
    if len(values) < 2:
        return 0.0
    cuts = (values[:-1] + values[1:]) / 2
    sums = [float((positive >= cut).mean() + (negative < cut).mean()) for cut in cuts]
    most = max(sums)
    return max(0.0, *(float(cut) for cut, total in zip(cuts, sums, strict=True) if math.isclose(total, most)))
