"""How near a file's structure comes to each family of a library, and when that means nothing.

For one file ``x`` (a set of tokens) and one family ``F`` known from ``n`` devices:

- A *feature* is a token, or several of one part of the file (one track, one box of the header) that always occur
  together in the library: they count once, since a track brings forty tokens and is one fact. What a stream copy
  carries along – names of handlers and compressors – is no feature.
- ``p_F(t)`` = (devices of F with t + alpha * q(t)) / (n + alpha), with ``q(t)`` the mean of the families' own shares
  (each family counts once: how many versions of a program were at hand says nothing of how often it is met): smoothing
  towards the population (a Dirichlet prior; MacKay and Peto, Natural Language Engineering 1(3), 1995).
  ``alpha`` is the one of ``ALPHAS`` under which devices left out are likeliest (empirical Bayes, ibid. §3).
- ``score`` = mean over the features in play of log p_F(x) − log q(x), in nats per feature: how much more this family
  explains the file than "some writer" does. What the library has never seen counts against every family alike.
- The file is *near* a family from ``threshold`` up. The threshold is the one that best separates, device by device,
  the score of a device left out of its own family (closed) from the best score of a device whose whole family is left
  out (open): the largest sum of both rates (Youden, Cancer 3, 1950), the strictest of equals, and never below 0, where
  "some writer" explains the file as well.
- A likelihood ratio is told for the event "near, and nearest to F": at least the lower limit of the rate among F's own
  devices left out over the upper limit of the rate among devices of other families whose family was left out (Clopper
  and Pearson 1934, 97.5 % each, so 95 % together). Where that is no more than 1: "not calibrated", with the n needed.

Features are not independent; the score ranks and thresholds, and is never itself read as a likelihood ratio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from witnessmark.examine.library.entries import Entry, Library
from witnessmark.examine.library.intervals import clopper_pearson, devices_needed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Table = NDArray[np.float64]

ALPHAS = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Weights of the population, in devices, among which the library itself chooses."""
PRIOR_PRESENT = 0.5
"""Added to what the population shows of a token (Krichevsky and Trofimov 1981): nothing is impossible."""
NAMED = 3
"""Families named in a finding."""
DIFFERENCES_SHOWN = 16
_GROUPS = {
    **dict.fromkeys(("mp4", "mov", "3gp", "m4a", "heic", "avif", "cr3"), "boxes"),
    **dict.fromkeys(("mkv", "webm"), "matroska"),
    **dict.fromkeys(("mpegts", "m2ts"), "transport"),
}
"""Formats with one structure are compared with each other; every other format with itself."""


def group_of(format_name: str) -> str:
    return _GROUPS.get(format_name, format_name)


def survives_copy(token: str) -> bool:
    """Whether a stream copy into a new container carries this along: then it speaks of the encoder, not the writer."""
    path, _, rest = token.partition("@")
    field = rest.partition("=")[0]
    return field == "compressor" or (field == "name" and path.endswith("mdia/hdlr"))


def part_of(token: str) -> str:
    """Which part of the file a token speaks of: the first two steps of its path (``moov/trak(vide)``)."""
    path = token[6:].partition(": ")[0] if token.startswith("order ") else token.partition("@")[0]
    return "/".join(path.split("/")[:2])


def _telling(token: str) -> tuple[bool, bool, int, str]:
    """Which of several tokens stands for them where people read: a value before a path, an order last."""
    return token.startswith("order "), "@" not in token, len(token), token


@dataclass(frozen=True, slots=True)
class Nearness:
    """One family beside the file."""

    family: str
    sort: str
    devices: int
    score: float
    """Nats per feature, to three decimals."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """All families of the file's group, nearest first."""

    nearest: tuple[Nearness, ...]
    threshold: float
    alpha: float
    features: int
    """In play for this file."""
    missing: tuple[str, ...]
    """Features that every device of the nearest family has, and the file lacks (one token stands for each)."""
    unexpected: tuple[str, ...]
    """Features of the file that no device of the nearest family has."""
    weight: str
    """The likelihood-ratio bound in words, or why there is none."""
    devices: int
    families: int

    @property
    def is_near(self) -> bool:
        return bool(self.nearest) and self.nearest[0].score >= self.threshold


def liken(tokens: tuple[str, ...], format_name: str, library: Library) -> Likeness | None:
    """The file beside the library. None where the library holds nothing of this sort of structure."""
    group = group_of(format_name)
    model = _model(library, group)
    return model.liken(frozenset(t for t in tokens if not survives_copy(t))) if model else None


@cache
def _model(library: Library, group: str) -> Model | None:
    entries = tuple(entry for entry in library.entries if group_of(entry.format) == group)
    return Model(entries) if entries else None


class Model:
    """The families of one group of formats, with the threshold and rates that leaving devices out gives."""

    def __init__(self, entries: tuple[Entry, ...], alphas: tuple[float, ...] = ALPHAS) -> None:
        import numpy as np

        self.families = tuple(sorted({entry.family for entry in entries}))
        self.sorts = {entry.family: entry.sort for entry in entries}
        keys = tuple(sorted({(entry.family, entry.device) for entry in entries}))
        self.owner = np.array([self.families.index(family) for family, _ in keys])
        sets = [
            [
                frozenset(t for t in e.tokens if not survives_copy(t))
                for e in entries
                if (e.family, e.device) == key
            ]
            for key in keys
        ]
        vocabulary = sorted(frozenset().union(*(tokens for device in sets for tokens in device)))
        share = np.array(
            [[sum(t in one for one in device) / len(device) for t in vocabulary] for device in sets]
        )
        self._features(vocabulary, share)
        self.alpha = self._alpha(alphas)
        own, best, named = self._left_out()
        self.threshold = _threshold(own, best)
        self.own, self.best, self.named = own, best, named

    def _features(self, vocabulary: list[str], share: Table) -> None:
        """Tokens of one part of the file with the same column are one feature."""
        import numpy as np

        groups: dict[tuple[str, bytes], int] = {}
        self.place = {}
        self.shown: list[str] = []
        columns: list[Table] = []
        for number, token in sorted(enumerate(vocabulary), key=lambda one: _telling(one[1])):
            column = share[:, number]
            key = (part_of(token), column.tobytes())
            if key not in groups:
                groups[key] = len(columns)
                columns.append(column)
                self.shown.append(token)
            self.place[token] = groups[key]
        self.share = np.stack(columns, axis=1)
        self.sizes = np.bincount(list(self.place.values()), minlength=len(columns))

    # -- scores --------------------------------------------------------------------------------------------------

    def _probabilities(self, used: NDArray[np.bool_], alpha: float) -> tuple[Table, Table]:
        """(p of each family, q of the population) over the features, from the devices in use."""
        import numpy as np

        rows = np.zeros((len(self.families), self.share.shape[1]))
        count = np.zeros(len(self.families))
        np.add.at(rows, self.owner[used], self.share[used])
        np.add.at(count, self.owner[used], 1.0)
        there = count > 0
        means = rows[there] / count[there, None]
        q = (means.sum(axis=0) + PRIOR_PRESENT) / (len(means) + 2 * PRIOR_PRESENT)
        p = (rows + alpha * q) / (count[:, None] + alpha)
        return p, q

    def _scores(self, x: Table, unseen: int, used: NDArray[np.bool_], alpha: float) -> tuple[Table, int]:
        """Score of one file under every family with a device in use (−inf for the others), and features in play."""
        import numpy as np

        p, q = self._probabilities(used, alpha)
        gain = x * np.log(p / q) + (1 - x) * np.log((1 - p) / (1 - q))
        count = np.bincount(self.owner[used], minlength=len(self.families))
        # Never seen anywhere: p is alpha's part of what the population gives it.
        never = np.log(alpha / (count + alpha))
        settled = (p > 0.5) | (x[None, :] > 0)
        in_play = settled.sum(axis=1) + unseen
        total = np.where(settled, gain, 0.0).sum(axis=1) + unseen * never
        return np.where(count > 0, total / np.maximum(1, in_play), -np.inf), int(in_play.max(initial=0))

    def _left_out(self, alpha: float | None = None) -> tuple[Table, Table, NDArray[np.int64]]:
        """Per device: score in its own family without it (nan where it is alone), best score of any other family
        with its own left out, and which family that is (−1 where there is none)."""
        import numpy as np

        alpha = self.alpha if alpha is None else alpha
        n = len(self.owner)
        own, best, named = np.full(n, np.nan), np.full(n, -np.inf), np.full(n, -1)
        for device in range(n):
            x = self.share[device]
            others = self.owner != self.owner[device]
            if others.any():
                scores, _ = self._scores(*self._seen_by(x, others), others, alpha)
                named[device], best[device] = int(scores.argmax()), float(scores.max())
            rest = np.arange(n) != device
            if (self.owner[rest] == self.owner[device]).any():
                scores, _ = self._scores(*self._seen_by(x, rest), rest, alpha)
                own[device] = scores[self.owner[device]] if scores.argmax() == self.owner[device] else -np.inf
        return own, best, named

    def _seen_by(self, x: Table, used: NDArray[np.bool_]) -> tuple[Table, int]:
        """What of a device's features the devices in use know, and how many they have never seen."""
        import numpy as np

        known = self.share[used].max(axis=0) > 0
        return np.where(known, x, 0.0), int(((x > 0.5) & ~known).sum())

    def _alpha(self, alphas: tuple[float, ...]) -> float:
        """Under which the devices left out of families with more than one are likeliest."""
        import numpy as np

        def held_out(alpha: float) -> float:
            total = 0.0
            for device in range(len(self.owner)):
                rest = np.arange(len(self.owner)) != device
                if (self.owner[rest] == self.owner[device]).any():
                    p, _ = self._probabilities(rest, alpha)
                    row, x = p[self.owner[device]], self.share[device]
                    total += float((x * np.log(row) + (1 - x) * np.log(1 - row)).sum())
            return total

        return max(alphas, key=held_out)

    # -- one file ------------------------------------------------------------------------------------------------

    def liken(self, tokens: frozenset[str]) -> Likeness:
        import numpy as np

        x = np.zeros(self.share.shape[1])
        unknown = []
        for token in tokens:
            where = self.place.get(token)
            if where is None:
                unknown.append(token)
            else:
                x[where] += 1.0
        x /= np.maximum(1, self.sizes)
        roots = unseen_roots(unknown, tokens - set(unknown))
        everyone = np.ones(len(self.owner), dtype=bool)
        scores, in_play = self._scores(x, len(roots), everyone, self.alpha)
        order = sorted(
            range(len(self.families)), key=lambda f: (-round(float(scores[f]), 3), self.families[f])
        )
        count = np.bincount(self.owner, minlength=len(self.families))
        nearest = tuple(
            Nearness(
                self.families[f], self.sorts[self.families[f]], int(count[f]), round(float(scores[f]), 3)
            )
            for f in order[:NAMED]
        )
        mine = self.share[self.owner == order[0]]
        missing = [self.shown[t] for t in np.flatnonzero((mine.min(axis=0) == 1) & (x < 0.5))]
        extra = [self.shown[t] for t in np.flatnonzero((mine.max(axis=0) == 0) & (x >= 0.5))]
        return Likeness(
            nearest=nearest,
            threshold=round(self.threshold, 3),
            alpha=self.alpha,
            features=in_play,
            missing=tuple(sorted(missing)[:DIFFERENCES_SHOWN]),
            unexpected=tuple(sorted([*extra, *roots])[:DIFFERENCES_SHOWN]),
            weight=self.weight(order[0]),
            devices=len(self.owner),
            families=len(self.families),
        )

    # -- what a match weighs ---------------------------------------------------------------------------------------

    def rates(self, family: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """((near among own devices left out, of how many), (near this family among devices of others, of how many))."""
        import numpy as np

        mine = self.owner == family
        trials = mine & ~np.isnan(self.own)
        hits = int((self.own[trials] >= self.threshold).sum())
        false = (~mine) & (self.named == family) & (self.best >= self.threshold)
        return (hits, int(trials.sum())), (int(false.sum()), int((~mine).sum()))

    def weight(self, family: int) -> str:
        (k, n), (j, m) = self.rates(family)
        name = self.families[family]
        if n < 2:
            return (
                f"not calibrated: {name} is known from one device only, and leaving it out leaves nothing to compare; "
                f"{devices_needed(m)}"
            )
        low, high = clopper_pearson(k, n)[0], clopper_pearson(j, m)[1]
        if high <= 0 or low / high <= 1:
            return (
                f"not calibrated: {k} of {n} devices of {name} left out, and {j} of {m} devices of other families, "
                f"came near it, which allows no ratio above 1; {devices_needed(m)}"
            )
        return (
            f"likelihood ratio at least {math.floor(10 * low / high) / 10:g} for {name} as the last writer against "
            f"another writer like those of the library ({k} of {n} of its devices left out, {j} of {m} devices of "
            "other families came near it; 95 % limits)"
        )


def unseen_roots(unknown: list[str], known: frozenset[str] | set[str]) -> tuple[str, ...]:
    """What the library has never seen, one token for each cause: a new box with all that stands in it is one."""
    new_paths = {t for t in unknown if "@" not in t and not t.startswith("order ")}
    tops = {p for p in new_paths if p.rpartition("/")[0] not in new_paths}
    values: dict[str, str] = {}
    for token in unknown:
        if token in new_paths:
            continue
        if token.startswith("order "):
            continue  # a new or missing child shows already; order alone is kept by the feature that it replaces
        path, _, rest = token.partition("@")
        if path not in new_paths:
            values.setdefault(f"{path}@{rest.partition('=')[0]}", token)
    return tuple(sorted((*tops, *values.values())))


def _threshold(own: Table, best: Table) -> float:
    """Where the two sets of scores part best; midway between neighbours, the strictest of equals."""
    import numpy as np

    positive = own[~np.isnan(own)]
    negative = best[np.isfinite(best)]
    if not len(positive) or not len(negative):
        return 0.0
    values = np.unique(np.concatenate((positive[np.isfinite(positive)], negative)))
    if len(values) < 2:
        return 0.0
    cuts = (values[:-1] + values[1:]) / 2
    sums = [float((positive >= cut).mean() + (negative < cut).mean()) for cut in cuts]
    most = max(sums)
    return max(0.0, *(float(cut) for cut, total in zip(cuts, sums, strict=True) if math.isclose(total, most)))
