"""How often edits are found, and how often untouched footage alarms.

    python -m bench.authenticity            the whole set, minutes
    python -m bench.authenticity --quick    a seeded part of it, for every change

Prints one row per attack and codec, and one per benign control; writes bench/results/authenticity.json. A hit
is a finding that must be explained (grade moderate or strong), of an expected kind, within half a second of
the truth. A false alarm is such a finding, of any kind of the methods under test, on a file without the
event.
Thresholds were chosen while looking at the natives listed; their count is therefore no independent estimate.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import numpy as np

from bench import authenticity_set as recipes
from bench.intervals import clopper_pearson
from witnessmark.examine.registry import examinations
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.ground.media import build_id, run_reel
from witnessmark.model.findings import FindingCore, Outcome

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results" / "authenticity.json"
MEDIA = ROOT.parent / "shared" / "media"
METHODS = ("timeline", "cut", "repeat", "freeze")
WITHIN_S = 0.5
SEED = 20261
"""Not among the seeds that thresholds were chosen with (31 to 64, 900 to 929, 4242, 20260)."""
QUICK_ENCODES = ("x264 crf23 b3", "MPEG-4 b0")
QUICK_CODED = ("x264 b3 mp4", "MPEG-4 mp4")


@dataclass(slots=True)
class Row:
    """One attack (or control) under one codec."""

    trials: int = 0
    hits: int = 0
    weak: int = 0
    """Found, but only at grade weak."""
    abstained: int = 0
    errors_frames: list[float] = field(default_factory=list)
    alarms: dict[str, int] = field(default_factory=dict)


def examined(path: Path) -> tuple[FindingCore, ...]:
    """All findings of the methods under test on one file."""
    size = path.stat().st_size
    with path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), size)
        held.seek(0)
        outcome = run_reel(held, size, examinations(kind, only=METHODS), kind=kind)
    if outcome.failures:
        raise RuntimeError(f"a method failed: {outcome.failures}")
    return tuple(core for _, core in outcome.products if isinstance(core, FindingCore))


def judge(trial: recipes.Trial, cores: tuple[FindingCore, ...], row: Row) -> None:
    """Count one file into its row."""
    row.trials += 1
    if not trial.expected:
        for kind in {core.kind for core in cores if core.must_be_explained}:
            row.alarms[kind] = row.alarms.get(kind, 0) + 1
        row.hits += any(core.must_be_explained for core in cores)
        return
    near = [(core, _distance_s(core, trial.at_s)) for core in cores if core.kind in trial.expected]
    hits = [d for core, d in near if core.must_be_explained and d <= WITHIN_S]
    if hits:
        row.hits += 1
        row.errors_frames.append(min(hits) * trial.fps)
    elif any(core.outcome is Outcome.OBSERVED and d <= WITHIN_S for core, d in near):
        row.weak += 1
    elif any(core.outcome is Outcome.INCONCLUSIVE for core, _ in near):
        row.abstained += 1


def _distance_s(core: FindingCore, at_s: float) -> float:
    if core.span is None:
        return float("inf")
    start, end = core.span.start.seconds, core.span.end.seconds
    long = end - start > WITHIN_S
    return abs(start - at_s) if long else min(abs(start - at_s), abs(end - at_s))


def trials(folder: Path, quick: bool, seed: int) -> Iterator[recipes.Trial]:
    """Every file of the set, one after the other; each is overwritten by the next."""
    rng = np.random.default_rng(seed)
    for name, path in recipes.NATIVES.items():
        if (MEDIA / path).exists():
            yield recipes.Trial("benign: untouched single take", name, name, MEDIA / path, frozenset())
    encodes = {k: v for k, v in recipes.ENCODES.items() if not quick or k in QUICK_ENCODES}
    for source in recipes.generated_sources(folder, 2 if quick else 8, seed):
        yield from recipes.picture_trials(folder, source, encodes, rng)
    if MEDIA.is_dir():
        names = recipes.REAL_SOURCES[:1] if quick else recipes.REAL_SOURCES
        for source in recipes.real_sources(MEDIA, names):
            yield from recipes.picture_trials(folder, source, encodes, rng)
    coded = QUICK_CODED if quick else tuple(recipes.CODED)
    for n in range(1 if quick else 6):
        for k, codec in enumerate(coded):
            yield from recipes.packet_trials(
                folder,
                codec,
                seed + 100 * n + k,
                sound=n % 2 == 0,
                variable=n % 4 == 3 and codec.startswith("x26"),
            )
    for n in range(1 if quick else 6):
        yield from recipes.benign_scenes(folder, seed + n)


def run(quick: bool, seed: int) -> dict[tuple[str, str], Row]:
    rows: dict[tuple[str, str], Row] = {}
    with tempfile.TemporaryDirectory() as held:
        for count, trial in enumerate(trials(Path(held), quick, seed)):
            real = "" if trial.source.startswith("generated") or not trial.expected else " (real source)"
            codec = "all devices" if trial.attack.startswith("benign: untouched") else trial.codec
            row = rows.setdefault((trial.attack + real, codec), Row())
            cores = examined(trial.path)
            judge(trial, cores, row)
            if sys.stderr.isatty() and count % 10 == 0:
                print(f"\r{count} files", end="", file=sys.stderr)
    return rows


def table(rows: dict[tuple[str, str], Row]) -> list[dict[str, object]]:
    """Rows as they are printed and stored."""
    listed: list[dict[str, object]] = []
    for (attack, codec), row in sorted(rows.items()):
        low, high = clopper_pearson(row.hits, row.trials)
        listed.append(
            {
                "attack": attack,
                "codec": codec,
                "n": row.trials,
                "false_alarms" if attack.startswith("benign") else "found": row.hits,
                "low": round(low, 4),
                "high": round(high, 4),
                "only_weak": row.weak,
                "abstained": row.abstained,
                "median_error_frames": round(median(row.errors_frames), 2) if row.errors_frames else None,
                "alarms_by_kind": row.alarms,
            }
        )
    return listed


def totals(rows: dict[tuple[str, str], Row]) -> list[dict[str, object]]:
    """Per attack over all codecs, and all benign controls together."""
    together: dict[str, Row] = {}
    for (attack, _), row in rows.items():
        names = [attack]
        if attack.startswith("benign") and "untouched" not in attack:
            names.append("benign: all made controls")
        for name in names:
            total = together.setdefault(name, Row())
            total.trials += row.trials
            total.hits += row.hits
            total.weak += row.weak
            total.abstained += row.abstained
            total.errors_frames += row.errors_frames
            for kind, alarms in row.alarms.items():
                total.alarms[kind] = total.alarms.get(kind, 0) + alarms
    return table({(name, "all"): row for name, row in together.items()})


def show(rows: list[dict[str, object]]) -> None:
    head = f"{'attack or control':48}{'codec':16}{'n':>5}{'hits':>6}"
    print(f"{head}   95 % interval   weak  abst.  frames off")
    for row in rows:
        hits = row.get("found", row.get("false_alarms"))
        low, high = float(str(row["low"])), float(str(row["high"]))
        off = row["median_error_frames"]
        interval = f"{100 * low:5.1f}–{100 * high:5.1f} %"
        line = f"{row['attack']!s:48}{row['codec']!s:16}{row['n']!s:>5}{hits!s:>6}   {interval}"
        line += f"{row['only_weak']!s:>7}{row['abstained']!s:>7}{'' if off is None else off!s:>12}"
        print(f"{line}  {row['alarms_by_kind'] or ''}")


def commit() -> str:
    """The commit the figures belong to."""
    asked = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "unknown"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a seeded part of the set")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=None, help="where to write the figures")
    chosen = parser.parse_args()
    rows = run(chosen.quick, chosen.seed)
    listed, together = table(rows), totals(rows)
    show(listed)
    print()
    show(together)
    report = {
        "schema": "witnessmark/bench-authenticity/1",
        "quick": chosen.quick,
        "seed": chosen.seed,
        "commit": commit(),
        "build": build_id(),
        "machine": {"processor": platform.machine(), "python": platform.python_version()},
        "note": "thresholds were chosen while looking at the natives; their count is no independent estimate",
        "rows": listed,
        "totals": together,
    }
    out = chosen.out or (RESULTS if not chosen.quick else None)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
