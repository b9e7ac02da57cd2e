"""How often breaks of sound are found, and how often untouched sound alarms.

    python -m bench audio            the whole set, minutes
    python -m bench audio --quick    a seeded part of it

Attacks and life (``tests/corpus/sound_events.py``) on made takes, under six codecs; hum at five strengths. A hit
is a finding of ``audio.gap`` or ``audio.splice`` that must be explained, within half a second of the truth. A false
alarm is such a finding on a file without the event, or farther than half a second from every edge. Writes
bench/results/audio.json.
Thresholds were chosen on other seeds (1000 to 8999).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.corpus import sound_events as events
from tests.corpus.sounds import CODINGS, SCENES, Take, grid_wander, hum, noise, recording, write_sound

from bench.results import commit, document, told_words, write
from witnessmark.examine.registry import examinations
from witnessmark.examine.sound import grid, mains
from witnessmark.examine.sound.hum import read_hum
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.ground.media import build_id, run_reel
from witnessmark.model.findings import FindingCore, Outcome
from witnessmark.model.intervals import clopper_pearson

ROOT = Path(__file__).resolve().parent.parent
MEDIA = ROOT.parent / "shared" / "media"
NATIVE_FOLDERS = ("camera", "neardup", "faces")
SEED = 20262
SECONDS = 30.0
HUM_SECONDS = 60.0
WITHIN_S = 0.5
KINDS = ("audio.gap", "audio.splice")
HUM_DB = (6.0, 0.0, -6.0, -12.0, -20.0, None)
"""Hum against the background of the take, in power over the whole band; None: no hum at all."""
GRID_SECONDS = (90, 180, 300, 600)
GRID_TRIALS = 20
GRID_RATE_HZ = 4000
HUM_CODECS = ("wav", "AAC 64", "AMR-NB", "Opus 48")


@dataclass(slots=True)
class Row:
    """One attack, control or strength of hum under one codec."""

    n: int = 0
    hits: int = 0
    weak: int = 0
    """Found, but inconclusive or at grade weak."""
    abstained: int = 0
    """No answer: too short, no steady background and no hum."""
    elsewhere: int = 0
    """Files with an alarm farther than half a second from every edge."""
    present: int = 0
    usable: int = 0
    errors_s: list[float] = field(default_factory=list)


def examined(path: Path) -> tuple[FindingCore, ...]:
    size = path.stat().st_size
    with path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), size)
        held.seek(0)
        outcome = run_reel(held, size, examinations(kind, only=("audio",)), kind=kind)
    if outcome.failures:
        raise RuntimeError(f"the method failed: {outcome.failures}")
    return tuple(core for _, core in outcome.products if isinstance(core, FindingCore))


def count(row: Row, cores: tuple[FindingCore, ...], edges_s: tuple[float, ...]) -> None:
    """Count one file into its row."""
    row.n += 1
    told = [core for core in cores if core.must_be_explained]
    hum = next(core for core in cores if core.kind == "audio.hum")
    row.present += hum.outcome is Outcome.OBSERVED
    row.usable += "strong enough" in hum.statement
    if not edges_s:
        row.hits += bool(told)
    else:
        near = [d for core in told if (d := _off_s(core, edges_s)) <= WITHIN_S]
        row.hits += bool(near)
        row.errors_s += near
        row.elsewhere += any(_off_s(core, edges_s) > WITHIN_S for core in told)
    if told:
        return
    places = [c for c in cores if c.kind in KINDS and c.outcome in (Outcome.OBSERVED, Outcome.INCONCLUSIVE)]
    if any(core.span and _off_s(core, edges_s) <= WITHIN_S for core in places):
        row.weak += 1
    elif any(core.outcome is Outcome.INCONCLUSIVE and core.kind == "audio.splice" for core in cores):
        row.abstained += 1


def _off_s(core: FindingCore, edges_s: tuple[float, ...]) -> float:
    if core.span is None or not edges_s:
        return float("inf")
    start, end = core.span.start.seconds, core.span.end.seconds
    if end - start <= 2 * WITHIN_S:  # a moment, told with its uncertainty
        start = end = (start + end) / 2
    return min(abs(place - edge) for place in (start, end) for edge in edges_s)


def takes(seed: int, rounds: int) -> Iterator[Take]:
    for k in range(rounds * len(SCENES)):
        scene = SCENES[k % len(SCENES)]
        yield recording(seed + k, SECONDS, scene, real_voice=k % 2 == 1)


def events_rows(folder: Path, seed: int, rounds: int, codecs: tuple[str, ...]) -> dict[tuple[str, str], Row]:
    rows: dict[tuple[str, str], Row] = {}
    for number, take in enumerate(takes(seed, rounds)):
        for event in (*events.ATTACKS, *events.LIFE, events.muted):
            rng = np.random.default_rng((seed, number, len(event.__name__)))
            edited = event(take, rng)
            for codec in codecs:
                coding = CODINGS[codec]
                path = write_sound(folder / f"t{coding.suffix}", edited.pcm, take.rate_hz, coding)
                name = ("attack: " if edited.edges_s else "life: ") + edited.what
                count(rows.setdefault((name, codec), Row()), examined(path), edited.edges_s)
        _progress(number)
    return rows


def hum_rows(folder: Path, seed: int, rounds: int, codecs: tuple[str, ...]) -> dict[tuple[str, str], Row]:
    """A stretch taken out of a steady room with hum of known strength, and the same room untouched."""
    rows: dict[tuple[str, str], Row] = {}
    for number in range(rounds):
        for strength in HUM_DB:
            scene = ("quiet", "speech", "conversation", "machine")[number % 4]
            rng = np.random.default_rng((seed, 7, number))
            mains = 60 if number % 3 == 0 else 50
            take = recording(
                seed + 100 + number,
                HUM_SECONDS,
                scene,
                rate_hz=16_000,
                hum_db=strength,
                mains_hz=mains,
                real_voice=True,
            )
            for event in (events.untouched, events.deleted, events.lamp):
                edited = event(take, rng)
                for codec in codecs:
                    coding = CODINGS[codec]
                    path = write_sound(folder / f"h{coding.suffix}", edited.pcm, take.rate_hz, coding)
                    level = "none" if strength is None else f"{strength:+.0f} dB"
                    row = rows.setdefault((f"hum {level}: {edited.what}", codec), Row())
                    count(row, examined(path), edited.edges_s)
        _progress(number)
    return rows


def grid_rows(seed: int) -> dict[tuple[str, str], Row]:
    """Hum laid beside the first half of a real day of a grid: from that half, from the other, from a made grid.

    Told: the right place stands alone (for the half that holds it), or any place fits (for those that do not).
    """
    path = MEDIA / "audio" / "enf-analysis__2022-09-17.csv"
    if not path.exists():
        return {}
    whole = grid.read_record(path.read_bytes())
    half = replace(whole, hertz=whole.hertz[: len(whole.hertz) // 2])
    rows: dict[tuple[str, str], Row] = {}
    for seconds in GRID_SECONDS:
        for number in range(GRID_TRIALS):
            rng = np.random.default_rng((seed, seconds, number))
            inside = int(rng.integers(0, len(half.hertz) - seconds - 20))
            outside = int(rng.integers(len(half.hertz) + 100, len(whole.hertz) - seconds - 20))
            for what, series in (
                ("held", whole.hertz[inside : inside + seconds + 3]),
                ("not held", whole.hertz[outside : outside + seconds + 3]),
                ("made grid", 50 + grid_wander(rng, seconds)),
            ):
                fit = _laid(rng, seconds, series - 50, half)
                row = rows.setdefault((f"grid {what}, {seconds} s", "none"), Row())
                row.n += 1
                if fit is None:
                    row.abstained += 1
                elif what == "held":
                    right = abs(fit.lag_s - inside) <= 3
                    row.hits += right and fit.is_alone
                    row.weak += right and fit.is_fit and not fit.is_alone
                    row.elsewhere += fit.is_alone and not right
                else:
                    row.hits += fit.is_fit
                    row.elsewhere += fit.is_alone
    return rows


def _laid(
    rng: np.random.Generator, seconds: int, wander: NDArray[np.float64], record: grid.Record
) -> grid.Fit | None:
    strength = float(rng.choice([1.0, 0.25, 0.1]))
    sound = hum(rng, seconds, GRID_RATE_HZ, wander=wander) * np.float32(strength)
    sound = (sound + noise(rng, len(sound), GRID_RATE_HZ)) * np.float32(0.02)
    collector = mains.Mains(GRID_RATE_HZ)
    for low in range(0, len(sound), GRID_RATE_HZ):
        collector.feed(sound[low : low + GRID_RATE_HZ])
    read = read_hum(collector.amplitudes(), collector.step_s)
    return grid.compare(read.trace_s, read.trace_hz, record) if read and read.present else None


def native_row() -> Row:
    row = Row()
    for folder in NATIVE_FOLDERS:
        for path in sorted((MEDIA / folder).glob("*")) if MEDIA.is_dir() else ():
            with path.open("rb") as held:
                kind = sniff(held.read(HEAD_BYTES), path.stat().st_size)
            if kind.media_type != "video":
                continue
            cores = examined(path)
            if any(core.outcome is not Outcome.NOT_APPLICABLE for core in cores):
                count(row, cores, ())
    return row


def _progress(number: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{number + 1} takes", end="", file=sys.stderr)


def listed(rows: dict[tuple[str, str], Row]) -> list[dict[str, Any]]:
    together: dict[tuple[str, str], Row] = dict(rows)
    for (name, _), row in rows.items():
        groups = [(name, "all")] if name.startswith(("attack", "life", "hum")) else []
        if name.startswith("life: ") and name != "life: muted":
            groups.append(("life: all but muted", "all"))
        for key in groups:
            total = together.setdefault(key, Row())
            for slot in ("n", "hits", "weak", "abstained", "elsewhere", "present", "usable"):
                setattr(total, slot, getattr(total, slot) + getattr(row, slot))
            total.errors_s += row.errors_s
    made = []
    for (name, codec), row in sorted(together.items()):
        low, high = clopper_pearson(row.hits, row.n)
        made.append(
            {
                "what": name,
                "codec": codec,
                "n": row.n,
                "told": row.hits,
                "low": round(low, 4),
                "high": round(high, 4),
                "only_weak": row.weak,
                "abstained": row.abstained,
                "elsewhere": row.elsewhere,
                "hum_present": row.present,
                "hum_usable": row.usable,
                "median_off_s": round(median(row.errors_s), 3) if row.errors_s else None,
            }
        )
    return made


def show(rows: list[dict[str, Any]]) -> None:
    print(
        f"{'what':34}{'codec':10}{'n':>5}{'told':>6}   95 % interval   weak  abst. elsew.  hum use.   off s"
    )
    for row in rows:
        interval = f"{100 * row['low']:5.1f}–{100 * row['high']:5.1f} %"
        off = "" if row["median_off_s"] is None else f"{row['median_off_s']:.3f}"
        print(
            f"{row['what']:34}{row['codec']:10}{row['n']:>5}{row['told']:>6}   {interval}{row['only_weak']:>7}"
            f"{row['abstained']:>7}{row['elsewhere']:>7}{row['hum_present']:>5}{row['hum_usable']:>5}{off:>8}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="a seeded part of the set")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--rounds", type=int, default=None, help="takes of every scene")
    parser.add_argument("--only", choices=("events", "hum", "grid", "natives"), default=None)
    parser.add_argument("--codecs", default=None, help="comma-separated, of: " + ", ".join(CODINGS))
    parser.add_argument("--out", type=Path, default=None, help="where to write the figures")
    chosen = parser.parse_args()
    begun_at = commit()
    rounds = chosen.rounds or (1 if chosen.quick else 2)
    codecs = (
        tuple(chosen.codecs.split(","))
        if chosen.codecs
        else ("wav", "AAC 64")
        if chosen.quick
        else tuple(CODINGS)
    )
    rows: dict[tuple[str, str], Row] = {}
    with tempfile.TemporaryDirectory() as held:
        if chosen.only in (None, "events"):
            rows |= events_rows(Path(held), chosen.seed, rounds, codecs)
        if chosen.only in (None, "hum"):
            rows |= hum_rows(Path(held), chosen.seed, 3 * rounds, tuple(c for c in HUM_CODECS if c in codecs))
    if chosen.only in (None, "grid") and not chosen.quick:
        rows |= grid_rows(chosen.seed)
    if chosen.only in (None, "natives"):
        rows[("natives", "as found")] = native_row()
    table = listed(rows)
    show(table)
    whole = not (chosen.quick or chosen.only or chosen.codecs)
    if chosen.out or whole:
        held_document = document(
            "audio",
            seed=chosen.seed,
            words=told_words(),
            begun_at=begun_at,
            figures={"build": build_id(), "rounds": rounds, "seconds": SECONDS, "rows": table},
        )
        write("audio", held_document, chosen.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
