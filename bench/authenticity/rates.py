"""From trials to rates: hits, abstentions, distances and exact intervals, for every row that is published.

**One take, one voice.** Trials that share a take are not independent. A take counts once: with the share of its
trials that were hits (towards the lower limit rounded down, towards the upper limit up), or, for false alarms,
as an alarm where any of its files alarmed. That can only widen an interval: it is the case of full correlation in
Kish's design effect (Survey Sampling, 1965, §5.4 and §8.2). The interval itself: ``model/intervals.py``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.authenticity.contract import Tier
from bench.authenticity.judge import COUNTED
from witnessmark.examine.context import ANY, SOUND_KINDS, Context
from witnessmark.examine.rates import FEWEST_TAKES
from witnessmark.model.intervals import clopper_pearson

Record = Mapping[str, Any]
MISSED = ("none", "elsewhere")
SHOWING = (Tier.ATTACK, Tier.CONTROL)
"""Tiers whose trials count towards detection: what is to be found may be innocent too (a clock, hum, a pause)."""
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Counted:
    """How often something came out, over takes."""

    n: int
    takes: int
    hits: int
    low: float
    high: float

    def to_json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "takes": self.takes,
            "hits": self.hits,
            "low": round(self.low, DIGITS),
            "high": round(self.high, DIGITS),
        }


def counted(outcomes: Iterable[tuple[str, bool]]) -> Counted:
    """(take, did it come out) pairs: a rate with the interval of its takes."""
    by_take: defaultdict[str, list[bool]] = defaultdict(list)
    for take, hit in outcomes:
        by_take[take].append(hit)
    voices = sum(sum(hits) / len(hits) for hits in by_take.values())
    takes = len(by_take)
    small = 1e-9
    low = clopper_pearson(math.floor(voices + small), takes)[0]
    high = clopper_pearson(math.ceil(voices - small), takes)[1]
    files = sum(len(hits) for hits in by_take.values())
    return Counted(files, takes, sum(map(sum, by_take.values())), low, high)


def counted_any(outcomes: Iterable[tuple[str, bool]]) -> Counted:
    """As ``counted``, but a take is a hit where any of its files is one: for false alarms."""
    pairs = list(outcomes)
    by_take: defaultdict[str, bool] = defaultdict(bool)
    for take, hit in pairs:
        by_take[take] |= hit
    low, high = clopper_pearson(sum(by_take.values()), len(by_take))
    return Counted(len(pairs), len(by_take), sum(hit for _, hit in pairs), low, high)


def needed(limit: float, confidence: float = 0.95) -> int:
    """Independent trials without a single hit that are needed for an upper limit of ``limit`` (two-sided interval).

    (1 − limit)^n = (1 − confidence)/2; for 1 % that is 368. The one-sided *rule of three* (Hanley and
    Lippman-Hand, JAMA 249, 1983) asks for about 3/limit.
    """
    return math.ceil(math.log((1 - confidence) / 2) / math.log(1 - limit))


def context_of(record: Record, kind: str) -> Context:
    group = "sound" if kind.startswith(SOUND_KINDS) else "picture"
    return Context(*record["context"][group])


def measured_kind(record: Record) -> str:
    """The kind that an attack measures: the first that it expects."""
    return next(iter(record["expected"]), "")


def kind_rows(records: Sequence[Record]) -> list[dict[str, Any]]:
    """For every kind and every class of files: how often its event was found, and how often it was seen in vain.

    Only the rows that a finding may cite: those over all files, and narrower ones with enough takes.
    """
    found: defaultdict[tuple[str, Context], list[Record]] = defaultdict(list)
    alarms: defaultdict[tuple[str, Context], list[Record]] = defaultdict(list)
    for record in records:
        if record["tier"] in SHOWING and record["expected"]:
            kind = measured_kind(record)
            if record["expected"][kind] != "not asked":
                for context in set(context_of(record, kind).broader()):
                    found[(kind, context)].append(record)
        for kind, word in record["absent"].items():
            if word != "not asked" and record["tier"] != Tier.ADVERSARY:
                for context in set(context_of(record, kind).broader()):
                    alarms[(kind, context)].append(record)
    keys = sorted({*found, *alarms}, key=lambda key: (key[0], _order(key[1])))
    rows = (_kind_row(kind, context, found[kind, context], alarms[kind, context]) for kind, context in keys)
    return [row for row in rows if row["codec"] == ANY or _citable(row)]


def _citable(row: Mapping[str, Any]) -> bool:
    """Enough takes on both sides; smaller classes are in the tables of attacks and controls."""
    return bool(min(row["found"]["takes"], row["alarms"]["takes"]) >= FEWEST_TAKES)


def _order(context: Context) -> tuple[tuple[bool, str], ...]:
    return tuple((field != ANY, field) for field in (context.codec, context.quality, context.length))


def _kind_row(
    kind: str, context: Context, found: Sequence[Record], alarms: Sequence[Record]
) -> dict[str, Any]:
    def said(records: Sequence[Record], where: str, *words: str) -> list[tuple[str, bool]]:
        return [(r["take"], r[where][kind] in words) for r in records]

    natives = [r for r in alarms if r["tier"] == Tier.NATIVE]
    return {
        "id": "/".join((kind, context.codec, context.quality, context.length)),
        "kind": kind,
        "codec": context.codec,
        "quality": context.quality,
        "length": context.length,
        "found": counted(said(found, "expected", *COUNTED)).to_json(),
        "missed": counted(said(found, "expected", *MISSED)).to_json(),
        "only_weak": sum(r["expected"][kind] == "weak" for r in found),
        "abstained": sum(r["expected"][kind] == "abstained" for r in found),
        "real": sum(bool(r["real"]) for r in found),
        **_distances(found),
        "alarms": counted_any(said(alarms, "absent", *COUNTED)).to_json(),
        "alarms_strong": counted_any(said(alarms, "absent", "strong")).to_json(),
        "clean": counted(said(alarms, "absent", "none")).to_json(),
        "natives": counted_any(said(natives, "absent", *COUNTED)).to_json(),
        "control_mean_s": round(sum(r.get("seconds", 0.0) for r in alarms) / max(1, len(alarms)), 1),
        "control_hours": round(sum(r.get("seconds", 0.0) for r in alarms) / 3600, 2),
    }


def attack_rows(records: Sequence[Record]) -> list[dict[str, Any]]:
    """What was done × encoding class × quality × length × source: found by any of the kinds that tell of it."""
    grouped: defaultdict[tuple[Any, ...], list[Record]] = defaultdict(list)
    for record in records:
        if record["tier"] in (*SHOWING, Tier.ADVERSARY) and _asked(record["expected"]):
            kind = measured_kind(record)
            context = context_of(record, kind)
            source = "real" if record["real"] else "generated"
            for one in {context, Context(context.codec, ANY, ANY), Context(ANY, ANY, ANY)}:
                key = (record["tier"], kind, record["what"], source, one)
                grouped[key].append(record)
    rows = []
    for (tier, kind, what, source, context), held in sorted(
        grouped.items(), key=lambda g: (*g[0][:4], _order(g[0][4]))
    ):
        best = [min(r["expected"].values(), key=_RANKED.index) for r in held]
        rows.append(
            {
                "tier": str(tier),
                "kind": kind,
                "what": what,
                "source": source,
                "codec": context.codec,
                "quality": context.quality,
                "length": context.length,
                "found": counted((r["take"], bool(r["within"])) for r in held).to_json(),
                "only_weak": best.count("weak"),
                "abstained": best.count("abstained"),
                **_distances(held),
            }
        )
    return rows


_RANKED = ("strong", "moderate", "weak", "abstained", "elsewhere", "none", "failed", "not asked")


def control_rows(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Every benign control, and the natives, by kind: what alarmed that should not have."""
    grouped: defaultdict[tuple[str, str, str, str], list[Record]] = defaultdict(list)
    for record in records:
        if record["tier"] in (Tier.CONTROL, Tier.NATIVE):
            source = "real" if record["real"] else "generated"
            for kind, word in record["absent"].items():
                if word != "not asked":
                    grouped[(kind, record["tier"], record["what"], source)].append(record)
    return [
        {
            "kind": kind,
            "tier": str(tier),
            "what": what,
            "source": source,
            "alarms": counted_any((r["take"], r["absent"][kind] in COUNTED) for r in held).to_json(),
            "only_weak": sum(r["absent"][kind] == "weak" for r in held),
            "abstained": sum(r["absent"][kind] == "abstained" for r in held),
            "failed": sum(r["absent"][kind] == "failed" for r in held),
        }
        for (kind, tier, what, source), held in sorted(grouped.items())
    ]


def _asked(words: Mapping[str, str]) -> bool:
    return any(word != "not asked" for word in words.values())


def _distances(records: Iterable[Record]) -> dict[str, Any]:
    """Median and ninetieth percentile of how far the found ones were off, in frames."""
    off = sorted(r["off_frames"] for r in records if r["within"] and r["off_frames"] is not None)
    if not off:
        return {"off_median_frames": None, "off_p90_frames": None}
    at_90 = off[min(len(off) - 1, math.ceil(0.9 * len(off)) - 1)]
    return {"off_median_frames": round(median(off), 2), "off_p90_frames": round(at_90, 2)}
