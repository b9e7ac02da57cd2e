"""How surely copies are found, beside vPDQ and Thorn's perception on the same clips: `python -m bench copies`.

Sources and changes stand in ``bench/copies_set.py``; thresholds (ours and the peers') were chosen on the half "choose",
the rates are of the half "measure". For every change, all copies of that kind are asked against all sources and against
each other: a *hit* is a copy matched with its source; a *false match* is any pair of two different sources, strangers
and spans of one fixed camera told apart. An excerpt is *located* where both its ends lie within half a second.

    python -m bench copies --peers      make the peers' environment once
    python -m bench copies              rates, beside the peers that are there
    python -m bench copies --scale      a million hashes, and cases of up to ten thousand videos
    python -m bench copies --cost       CPU per video minute of 720p, beside one decode
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from bench import copies_cost, copies_peers, copies_scale, copies_set, results
from bench.copies_set import CHANGES, CHOOSE, MEASURE, Change, Copy, Source
from bench.table import table
from witnessmark.examine.comparers.matching import compare_all
from witnessmark.examine.comparers.segments import Match
from witnessmark.examine.fingerprint import Fingerprint, Fingerprinter, read_fingerprint
from witnessmark.ground.container import HEAD_BYTES, BytesSource, sniff
from witnessmark.ground.media import run_reel
from witnessmark.model.consumer import Feature
from witnessmark.model.intervals import clopper_pearson

SEED = 20264
WITHIN_S = 0.5
LEAST_EXCERPT_S = 3.0
MOST_FALSE = 0.001


def fingerprint_of(path: Path) -> Fingerprint:
    data = path.read_bytes()
    source = BytesSource(data)
    made = run_reel(
        source, len(data), (Fingerprinter(),), kind=sniff(source.read_at(0, HEAD_BYTES), len(data))
    )
    feature = made.products[0][1]
    if not isinstance(feature, Feature):
        raise TypeError("a consumer that gave something else")
    return read_fingerprint(feature)


@dataclass(slots=True)
class Half:
    """One half of the set: files, and fingerprints by "source/change"."""

    name: str
    sources: tuple[Source, ...]
    originals: dict[str, Path] = field(default_factory=dict)
    copies: dict[tuple[str, str], Copy] = field(default_factory=dict)
    prints: dict[str, Fingerprint] = field(default_factory=dict)

    @classmethod
    def made(cls, name: str) -> Half:
        half = cls(name, copies_set.sources(name))
        for source in half.sources:
            half.originals[source.name] = copies_set.original(source)
            half.prints[f"{source.name}/source"] = fingerprint_of(half.originals[source.name])
            for change in CHANGES:
                copy = half.copies[source.name, change.name] = copies_set.made(source, change)
                half.prints[f"{source.name}/{change.name}"] = fingerprint_of(copy.path)
        return half

    def place(self, key: str) -> str:
        name = key.partition("/")[0]
        return next(source.place for source in self.sources if source.name == name)

    def asked(self, change: Change) -> Iterator[tuple[str, str, str]]:
        """(one, other, what they are to each other: copy, same place, strangers) of all pairs of this change."""
        copies = [f"{source.name}/{change.name}" for source in self.sources]
        sources = [f"{source.name}/source" for source in self.sources]
        for one, other in (*((c, s) for c in copies for s in sources), *combinations(copies, 2)):
            if one.partition("/")[0] == other.partition("/")[0]:
                yield one, other, "copy"
            else:
                yield one, other, "same place" if self.place(one) == self.place(other) else "strangers"


@dataclass(slots=True)
class Count:
    hits: int = 0
    copies: int = 0
    false: dict[str, int] = field(default_factory=lambda: {"same place": 0, "strangers": 0})
    pairs: dict[str, int] = field(default_factory=lambda: {"same place": 0, "strangers": 0})

    def add(self, other: Count) -> None:
        self.hits += other.hits
        self.copies += other.copies
        for kind in self.false:
            self.false[kind] += other.false[kind]
            self.pairs[kind] += other.pairs[kind]

    def told(self) -> dict[str, Any]:
        wrong, pairs = sum(self.false.values()), sum(self.pairs.values())
        return {
            "copies": self.copies,
            "found": self.hits,
            "recall": round(self.hits / max(1, self.copies), 4),
            "recall_interval": [round(v, 4) for v in clopper_pearson(self.hits, self.copies)],
            "pairs": pairs,
            "false": wrong,
            "false_rate": round(wrong / max(1, pairs), 6),
            "false_interval": [round(v, 6) for v in clopper_pearson(wrong, pairs)],
            "false_same_place": self.false["same place"],
            "pairs_same_place": self.pairs["same place"],
        }


def counted(half: Half, change: Change, matched: set[tuple[str, str]]) -> Count:
    count = Count()
    for one, other, kind in half.asked(change):
        is_found = (min(one, other), max(one, other)) in matched
        if kind == "copy":
            count.copies += 1
            count.hits += is_found
        else:
            count.pairs[kind] += 1
            count.false[kind] += is_found
    return count


# --------------------------------------------------------------------------- ours


@dataclass(slots=True)
class Ours:
    """What our comparer said on a half."""

    counts: dict[str, Count] = field(default_factory=dict)
    errors_s: dict[str, list[float]] = field(default_factory=dict)
    """Of excerpts: the greater error of both ends."""
    speeds: list[float] = field(default_factory=list)
    named: dict[str, int] = field(default_factory=dict)
    wrong_side: int = 0
    told_side: int = 0
    scenes: int = 0
    cpu_s: float = 0.0


NAMED = {
    "greyscale": "greyscale", "logo": "logo", "letterbox": "letterboxed", "pillarbox": "letterboxed",
    "crop-centre": "cropped", "crop-corner": "cropped", "crop-sides": "cropped", "mirrored": "mirrored",
    "turned": "rotated", "faster": "speed", "slower": "speed", "darkened": "brightness", "stretched": "stretched",
    "resized": "resized",
}  # fmt: skip


def ours(half: Half) -> Ours:
    said = Ours()
    begun = time.process_time()
    for change in CHANGES:
        copies = frozenset(f"{source.name}/{change.name}" for source in half.sources)
        chosen = {key: held for key, held in half.prints.items() if key in copies or key.endswith("/source")}
        told = compare_all(chosen, new=copies)
        found = {(match.a, match.b): match for match in told.matches}
        said.scenes += len(told.scenes)
        said.counts[change.name] = counted(half, change, set(found))
        for source in half.sources:
            original, copy = f"{source.name}/source", f"{source.name}/{change.name}"
            match = found.get((min(original, copy), max(original, copy)))
            if match is not None:
                _look(said, match, original, half.copies[source.name, change.name], change)
    said.cpu_s = time.process_time() - begun
    return said


def _look(said: Ours, match: Match, original: str, copy: Copy, change: Change) -> None:
    said.named[change.name] = said.named.get(change.name, 0) + (NAMED.get(change.name, "") in match.transform)
    if match.derived:
        said.told_side += 1
        said.wrong_side += match.derived == original
    segment = max(match.segments, key=lambda one: one.a_length_s)
    speed = match.speed if match.a != original else 1.0 / match.speed
    if change.speed != 1.0:
        said.speeds.append(abs(speed / change.speed - 1.0))
    if change.seconds and copy.seconds >= LEAST_EXCERPT_S - 0.1:
        if match.a != original:
            segment = segment.swapped()
        ends = copy.start_s, copy.start_s + copy.seconds * copy.speed
        error = max(abs(segment.a_start_s - ends[0]), abs(segment.a_end_s - ends[1]))
        said.errors_s.setdefault(change.name, []).append(round(error, 3))


# --------------------------------------------------------------------------- the report


def rates(half: Half) -> dict[str, Any]:
    said = ours(half)
    promised, hard = Count(), Count()
    for change in CHANGES:
        (hard if change.hard else promised).add(said.counts[change.name])
    errors = [error for held in said.errors_s.values() for error in held]
    located = sum(error <= WITHIN_S for error in errors)
    bright, dark = said.counts["reencoded"], said.counts["darkened"]
    return {
        "sources": len(half.sources),
        "scenes": {kind: sum(s.scene == kind for s in half.sources) for kind in ("moving", "fixed", "dark")},
        "promised": promised.told(),
        "best_effort": hard.told(),
        "by_change": {name: count.told() for name, count in said.counts.items()},
        "excerpts": {
            "matched": len(errors),
            "located": located,
            "interval": [round(v, 4) for v in clopper_pearson(located, len(errors))],
            "greatest_error_s": max(errors, default=0.0),
        },
        "speed_greatest_error": round(max(said.speeds, default=0.0), 4),
        "darkened_share_of_bright": round(
            dark.hits / max(1, dark.copies) / max(bright.hits / max(1, bright.copies), 1e-9), 4
        ),
        "transform_named": {name: said.named.get(name, 0) for name in NAMED},
        "derived_side": {"told": said.told_side, "wrong": said.wrong_side},
        "same_scene_told": said.scenes,
        "comparing_cpu_s": round(said.cpu_s, 1),
    }


def peer_rates(choose: Half, measure: Half) -> dict[str, Any]:
    """Each peer as documented (where its documents say how), and at the operating point best on the choosing half."""
    told: dict[str, Any] = {}
    missing = copies_peers.prepared()
    for peer in copies_peers.PEERS:
        if reason := missing[copies_peers.PACKAGE_OF[peer]]:
            told[peer] = {"not_run": reason}
            continue
        held = {half.name: copies_peers.scores(peer, half) for half in (choose, measure)}
        points = {"chosen": _best_point(choose, held[CHOOSE])}
        if peer in copies_peers.DOCUMENTED:
            points["documented"] = copies_peers.DOCUMENTED[peer]
        told[peer] = {
            "cpu_s": held[MEASURE].cpu_s,
            "errors": held[MEASURE].errors,
            **{name: _at(measure, held[MEASURE], point) for name, point in points.items()},
        }
    return told


def _best_point(half: Half, scores: copies_peers.Scores) -> copies_peers.Point:
    """Most copies found at no more than the promised share of false matches among strangers."""
    best: tuple[int, copies_peers.Point] | None = None
    for point in scores.points():
        count = _count(half, scores, point)
        strangers = count.false["strangers"] / max(1, count.pairs["strangers"])
        if strangers <= MOST_FALSE and (best is None or count.hits > best[0]):
            best = count.hits, point
    return best[1] if best else scores.points()[0]


def _count(
    half: Half, scores: copies_peers.Scores, point: copies_peers.Point, *, hard: bool = False
) -> Count:
    total = Count()
    for change in CHANGES:
        if change.hard == hard:
            total.add(counted(half, change, scores.matched(change.name, point)))
    return total


def _at(half: Half, scores: copies_peers.Scores, point: copies_peers.Point) -> dict[str, Any]:
    return {
        "point": list(point),
        "promised": _count(half, scores, point).told(),
        "best_effort": _count(half, scores, point, hard=True).told(),
        "by_change": {
            change.name: counted(half, change, scores.matched(change.name, point)).told()
            for change in CHANGES
        },
    }


def show(figures: Mapping[str, Any]) -> None:
    if "measure" in figures:
        held = figures["measure"]
        columns: list[tuple[str, Mapping[str, Any]]] = [("ours", held)]
        for peer, said in figures.get("peers", {}).items():
            columns += [(f"{peer}, {name}", said[name]) for name in ("documented", "chosen") if name in said]
        rows: list[Sequence[object]] = [
            [change.name, *(f"{c['by_change'][change.name]['recall']:.0%}" for _, c in columns)]
            for change in CHANGES
        ]
        for name in ("promised", "best_effort"):
            rows.append([f"{name}: recall", *(f"{c[name]['recall']:.1%}" for _, c in columns)])
            rows.append(
                [f"{name}: false", *(f"{c[name]['false']} of {c[name]['pairs']}" for _, c in columns)]
            )
        print(table(["change", *(name for name, _ in columns)], rows))
        print(json.dumps({k: v for k, v in held.items() if k not in ("by_change",)}, indent=1))
    for name in ("cost", "million", "cases"):
        if name in figures:
            print(name, json.dumps(figures[name], indent=1))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", action="store_true", help="make the peers' environment, then stop")
    parser.add_argument("--scale", action="store_true", help="only the part about size")
    parser.add_argument("--cost", action="store_true", help="only the cost per video minute")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.peers:
        copies_peers.prepare()
        print(json.dumps(copies_peers.prepared(), indent=1))
        return 0
    begun = results.commit()
    name = "copies-scale" if options.scale else "copies-cost" if options.cost else "copies"
    figures: dict[str, Any] = {}
    if options.scale:
        figures["million"] = copies_scale.million(SEED)
        figures["cases"] = copies_scale.grown(SEED)
    elif options.cost:
        figures["cost"] = copies_cost.measured()
    else:
        choose, measure = Half.made(CHOOSE), Half.made(MEASURE)
        figures["measure"] = rates(measure)
        figures["choose"] = {k: v for k, v in rates(choose).items() if k != "by_change"}
        figures["peers"] = peer_rates(choose, measure)
    show(figures)
    held = results.document(name, seed=SEED, words=results.told_words(), begun_at=begun, figures=figures)
    held["command"] = " ".join(["python", "-m", "bench", "copies", *results.told_words()])
    print(results.write(name, held, options.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
