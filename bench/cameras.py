"""How often recordings of one camera are found, and how often of two: `python -m bench cameras`.

*Simulated*: bodies that film two scenes each (bench/cameras_set.py); thresholds were chosen with other bodies than are
measured. *Real*: with ``--photographs FOLDER`` every pair of photographs of different devices, the middle of each laid
on the middle of the other (a false match is one at any size); with ``--media FOLDER`` every file of a folder as a case
would compare them. Intervals after Clopper and Pearson (95 %); *independent*: each device stands in one pair only.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from math import log2
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import numpy as np

from bench import results
from bench.cameras_set import Seen, filmed, filmed_hard, middle_of, photographs, trace_of
from bench.table import table
from witnessmark.examine.camera import likelihood
from witnessmark.examine.camera.agreement import Spectra, agreement, spectrum_of
from witnessmark.examine.camera.placing import SAME
from witnessmark.examine.camera.residual import CameraResidual
from witnessmark.examine.comparers.camera_sieve import sieved
from witnessmark.examine.comparers.cameras import agreement_between, compare_cameras
from witnessmark.model.intervals import clopper_pearson

SEED = 70707
BODIES, HARD_BODIES = 30, 6
MIDDLE = (768, 1024)
"""Rows and columns of photographs that are laid together whatever their size."""
Pairs = list[tuple[float, bool]]
"""(agreement, whether of one device)."""


def rate(hits: int, n: int) -> dict[str, Any]:
    low, high = clopper_pearson(hits, n)
    return {"hits": int(hits), "n": n, "interval": [round(low, 5), round(high, 5)]}


def pairs_of(seen: Sequence[Seen]) -> list[tuple[Seen, Seen, float]]:
    """Agreement of every two usable recordings at their own place."""
    traces = {one.name: one.trace for one in seen if one.trace.is_usable}
    usable = [one for one in seen if one.trace.is_usable]
    spectra = Spectra()
    found = []
    for a, b in combinations(usable, 2):
        if a.trace.values.shape != b.trace.values.shape:
            continue
        told = agreement_between(traces, a.name, b.name, SAME, spectra)
        if told is not None:
            found.append((a, b, told.deviations))
    return found


def area(pairs: Pairs) -> float | None:
    """Area under the curve of detections by false matches: the probability that one camera agrees more than two."""
    same = np.array([z for z, is_same in pairs if is_same])
    other = np.sort([z for z, is_same in pairs if not is_same])
    if not same.size or not other.size:
        return None
    return round(float((np.searchsorted(other, same) / other.size).mean()), 5)


def cllr(pairs: Pairs) -> float | None:
    """Cost of the likelihood ratios (Bruemmer and du Preez, Computer Speech and Language 20, 2006); 1 says nothing."""
    same = [10 ** likelihood.log10_ratio(z) for z, is_same in pairs if is_same]
    other = [10 ** likelihood.log10_ratio(z) for z, is_same in pairs if not is_same]
    if not same or not other:
        return None
    return round((fmean(log2(1 + 1 / r) for r in same) + fmean(log2(1 + r) for r in other)) / 2, 4)


def simulated(half: str, count: int, seed: int, folder: Path) -> dict[str, Any]:
    seen = list(filmed(half, count, seed, folder))
    laid = pairs_of(seen)
    bound = likelihood.threshold(len(laid))
    told = [(z, a.device == b.device) for a, b, z in laid]
    other = [z for z, is_same in told if not is_same]
    of_a_model = [
        z for a, b, z in laid if a.device != b.device and (int(a.device) // 3) == (int(b.device) // 3)
    ]
    by_coding: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in seen:
        by_coding[one.condition][0] += 1
        by_coding[one.condition][1] += int(one.trace.is_usable)
    for a, b, z in laid:
        if a.device == b.device:
            for side in (a, b):
                by_coding[side.condition][2] += int(z >= bound)
    return {
        "bodies": count,
        "recordings": len(seen),
        "abstained": dict(Counter(str(s.trace.state) for s in seen if not s.trace.is_usable)),
        "threshold": round(bound, 2),
        "same_found": rate(sum(z >= bound for z, is_same in told if is_same), sum(i for _, i in told)),
        "same_of_all_bodies": rate(sum(z >= bound for z, is_same in told if is_same), count),
        "false_pairs": rate(sum(z >= bound for z in other), len(other)),
        "false_independent": rate(0 if max(other) < bound else 1, count // 2),
        "different": spread_of(other),
        "different_of_one_model": spread_of(of_a_model),
        "area": area(told),
        "cllr": cllr(told),
        "by_coding": {k: {"clips": v[0], "usable": v[1], "found": v[2]} for k, v in by_coding.items()},
    }


def spread_of(values: Sequence[float]) -> dict[str, Any]:
    return {
        "n": len(values),
        "mean": round(fmean(values), 3),
        "deviation": round(pstdev(values), 3),
        "largest": round(max(values), 2),
        "percentiles_50_90_99_99.9": [round(float(p), 2) for p in np.percentile(values, [50, 90, 99, 99.9])],
    }


def hard(half: str, count: int, seed: int, folder: Path) -> dict[str, Any]:
    by_condition: dict[str, list[Seen]] = defaultdict(list)
    for one in filmed_hard(half, count, seed, folder):
        by_condition[one.condition].append(one)
    found = {}
    for condition, seen in by_condition.items():
        case = compare_cameras({one.name: one.trace for one in seen})
        device = {one.name: one.device for one in seen}
        right = sum(device[m.a] == device[m.b] for m in case.matches if not m.same_view)
        told = sum(not m.same_view for m in case.matches)
        found[condition] = {
            "clips": len(seen),
            "abstained": dict(Counter(str(a.reason) for a in case.abstained)),
            "bodies": count,
            "bodies_found": right,
            "false_pairs": told - right,
            "pairs_of_two_bodies": len(seen) * (len(seen) - 1) // 2 - count,
        }
    return found


def real_photographs(folder: Path) -> dict[str, Any]:
    """All pairs of different devices, middle on middle, and the same for those of equal size as they are."""
    seen = list(photographs(folder))
    usable = [one for one in seen if one.trace.is_usable]
    middles = [(one, m) for one in usable if (m := middle_of(one.trace, *MIDDLE)) is not None]
    spectra = [spectrum_of(m.astype(np.float32)) for _, m in middles]
    values, by_device = [], defaultdict(list)
    for j, k in combinations(range(len(middles)), 2):
        a, b = middles[j][0], middles[k][0]
        if a.device == b.device:
            continue
        z = agreement(spectra[j], spectra[k], MIDDLE).deviations
        values.append(z)
        by_device[a.device].append(z)
        by_device[b.device].append(z)
    devices = len(by_device)
    bound = likelihood.threshold(len(values))
    means = [fmean(zs) * len(zs) ** 0.5 for zs in by_device.values()]
    case = compare_cameras({f"{k}": one.trace for k, one in enumerate(usable)})
    wrong = [
        m for m in case.matches if usable[int(m.a)].device != usable[int(m.b)].device and not m.same_view
    ]
    return {
        "photographs": len(seen),
        "abstained": dict(Counter(str(s.trace.state) for s in seen if not s.trace.is_usable)),
        "devices": devices,
        "different": spread_of(values),
        "false_pairs": rate(sum(z >= bound for z in values), len(values)),
        "false_independent": rate(0 if max(values) < bound else 1, devices // 2),
        "threshold": round(bound, 2),
        "device_means_in_their_errors": spread_of(means),
        "as_a_case": {"pairs": case.pairs, "told_of_two_devices": len(wrong), "left_out": case.not_compared},
    }


def real_media(folder: Path) -> dict[str, Any]:
    """A folder as a case would compare it: what is told, by name, and who took no part."""
    traces: dict[str, CameraResidual] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        trace = trace_of(path)
        if trace is not None:
            traces[path.relative_to(folder).as_posix()] = trace
    case = compare_cameras(traces)
    return {
        "files": len(traces),
        "abstained": dict(Counter(str(a.reason) for a in case.abstained)),
        "abstained_files": [[a.item, str(a.reason)] for a in case.abstained],
        "pairs": case.pairs,
        "left_out": case.not_compared,
        "threshold": case.threshold,
        "told": [[m.a, m.b, m.deviations, m.way] for m in case.matches if not m.same_view],
        "one_view": sum(m.same_view for m in case.matches),
        "groups": [list(group.members) for group in case.groups],
    }


def costs() -> dict[str, Any]:
    """CPU of one core: a file of 720p, a pair in full, a pair through the sieve."""
    from witnessmark.examine.camera.estimate import Pictures

    rng = np.random.default_rng(3)
    planes = [rng.integers(30, 220, (720, 1280)).astype(np.uint8) for _ in range(4)]
    started = time.process_time()
    pictures = Pictures(720, 1280)
    for k in range(20):
        pictures.add(planes[k % 4])
    made = pictures.estimate()
    file_s = time.process_time() - started
    names = [f"{k:03}" for k in range(240)]
    traces = {
        name: CameraResidual(
            False, "usable", 1280, 720, 0, 0, 20, 0.1, 9.0,  # type: ignore[arg-type]
            rng.integers(-1, 2, (720, 1280)).astype(np.int8), made.scene,
        )
        for name in names
    }  # fmt: skip
    spectra = Spectra()
    started = time.process_time()
    few = list(combinations(names[:8], 2))
    for a, b in few:
        agreement_between(traces, a, b, SAME, spectra)
    pair_s = (time.process_time() - started) / len(few)
    curve = []
    for count in (60, 120, 240):
        asked = count * (count - 1) // 2
        started = time.process_time()
        sieved(lambda name: traces[name].values, dict.fromkeys(names[:count], (0,)), likelihood.LEAST)
        spent = time.process_time() - started
        curve.append({"recordings": count, "pairs": asked, "cpu_s": round(spent, 3)})
    sieve_s = curve[-1]["cpu_s"] / curve[-1]["pairs"]
    return {
        "file_720p_20_pictures_cpu_s": round(file_s, 3),
        "pair_720p_cpu_s": round(pair_s, 4),
        "sieve_pair_720p_cpu_s": round(sieve_s, 6),
        "sieve_curve": curve,
        "10000_recordings_of_720p_by_extrapolation_cpu_s": round(sieve_s * 10_000 * 9_999 / 2),
    }


def printed(figures: dict[str, Any]) -> None:
    rows: list[Iterable[Any]] = []
    for name in ("choose", "measure"):
        if name in figures:
            f = figures[name]
            same, false = f["same_found"], f["false_pairs"]
            rows.append([name, f["bodies"], f"{same['hits']}/{same['n']}", f"{false['hits']}/{false['n']}",
                         f["area"], f["cllr"], sum(f["abstained"].values())])  # fmt: skip
    print(
        table(["simulated", "bodies", "found", "false", "area", "Cllr", "abstained"], [list(r) for r in rows])
    )
    for condition, f in figures.get("hard", {}).items():
        print(
            f"{condition:36} found {f['bodies_found']}/{f['bodies']}  false {f['false_pairs']}  {f['abstained']}"
        )
    if "photographs" in figures:
        f = figures["photographs"]
        print(f"photographs: {f['devices']} devices, {f['different']}, false {f['false_pairs']}")
    if "media" in figures:
        f = figures["media"]
        print(f"media: {f['files']} files, {f['abstained']}, groups {f['groups']}")
    print(figures["cost"])


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--bodies", type=int, default=BODIES)
    parser.add_argument("--choose", action="store_true", help="also the half that thresholds are chosen with")
    parser.add_argument("--photographs", type=Path, metavar="FOLDER")
    parser.add_argument("--media", type=Path, metavar="FOLDER")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    begun = results.commit()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for half in ("choose", "measure") if options.choose else ("measure",):
            figures[half] = simulated(half, options.bodies, options.seed, folder)
        figures["hard"] = hard("measure", HARD_BODIES, options.seed, folder)
    if options.photographs is not None:
        figures["photographs"] = real_photographs(options.photographs)
    if options.media is not None:
        figures["media"] = real_media(options.media)
    figures["cost"] = costs()
    printed(figures)
    words = ["--bodies", str(options.bodies), *(["--choose"] if options.choose else [])]
    words += [
        w for w, p in (("--photographs FOLDER", options.photographs), ("--media FOLDER", options.media)) if p
    ]
    held = results.document("cameras", seed=options.seed, words=words, begun_at=begun, figures=figures)
    print(results.write("cameras", held, options.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
