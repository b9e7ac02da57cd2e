"""How burned-in clocks are read: right readings, leaps found, false leaps.

    python -m bench.clock            the whole set, about ten minutes
    python -m bench.clock --quick    one course per clip
    python -m bench.clock --mixed 60  clips thrown together by a seed: faces, footage, encoders, leaps
    python -m bench.clock --soak 60  minutes of undisturbed clocks, for false leaps

Prints a row per clip kind; writes bench/results/clock.json. A reading is right where it is what stood in the
picture, within one picture of a tick; unread looks are counted apart and are not wrong. A leap is found where a
finding that must be explained lies within half a second of the truth and its size within half a second.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.corpus.clocks import Clocked, Course

from bench import clock_set as recipes
from bench import results
from bench.table import table
from witnessmark.examine.registry import examinations
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.ground.media import run_reel
from witnessmark.model.consumer import Trace
from witnessmark.model.findings import FindingCore, Outcome
from witnessmark.model.intervals import clopper_pearson

WITHIN_S = 0.5
SEED = 20270
"""Of the clips thrown together; the others follow from the number of the case."""


@dataclass(slots=True)
class Row:
    """One kind of clip."""

    clips: int = 0
    abstained: int = 0
    looks: int = 0
    read: int = 0
    right: int = 0
    leaps: int = 0
    found: int = 0
    false_leaps: int = 0
    other_alarms: list[str] = field(default_factory=list)
    minutes: float = 0.0
    cpu_s: float = 0.0


def examined(path: Path) -> tuple[tuple[FindingCore, ...], Trace | None, float]:
    """Findings and trace of the clock method on one file, and what the pass cost."""
    size = path.stat().st_size
    with path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), size)
        held.seek(0)
        outcome = run_reel(held, size, examinations(kind, only=["clock"]), kind=kind)
    if outcome.failures:
        raise RuntimeError(f"the method failed: {outcome.failures}")
    products = [product for _, product in outcome.products]
    trace = next((p for p in products if isinstance(p, Trace) and p.name == "clock.readings"), None)
    return tuple(p for p in products if isinstance(p, FindingCore)), trace, outcome.cpu_s


def shown_s(made: Clocked, time_s: float) -> float:
    """Seconds since 1970 that the clip shows, or of the day where its clock has no date."""
    moment = made.course.at(time_s)
    second = moment.second if "{S" in recipes_layout(made) else 0
    day = moment.toordinal() - 719163 if "{Y" in recipes_layout(made) or "{y" in recipes_layout(made) else 0
    return day * 86400.0 + moment.hour * 3600 + moment.minute * 60 + second


def recipes_layout(made: Clocked) -> str:
    from tests.corpus.clocks import LAYOUTS

    return LAYOUTS[made.face.layout]


def judge(made: Clocked, row: Row, fps: int = 25) -> str:
    """Count one clip; a word on what went wrong, if anything."""
    cores, trace, cpu_s = examined(made.path)
    row.clips += 1
    row.cpu_s += cpu_s
    row.minutes += made.seconds / 60
    series = next(core for core in cores if core.kind == "clock.series")
    words = []
    if trace is None:
        row.abstained += 1
        words.append(f"{series.outcome}")
    else:
        row.looks += int(series.measurements["looks"].value)  # type: ignore[arg-type]
        base = float(trace.data["base"])
        for pts, clock_s in zip(trace.data["pts"], trace.data["clock_s"], strict=True):
            time_s = pts * base
            near = {shown_s(made, time_s + d / fps) for d in (-1, 0, 1)}
            if not trace.data["date_order_sure"] or not trace.data["has_date"]:
                right = any(abs(clock_s - n) % 86400 == 0 for n in near)
            else:
                right = clock_s in near
            row.read += 1
            row.right += right
            if not right:
                words.append(
                    f"at {time_s:.2f} s {clock_s % 86400:.0f} for {shown_s(made, time_s) % 86400:.0f}"
                )
    marks = [c for c in cores if c.must_be_explained]
    leaps = [c for c in marks if c.kind == "clock.jump"]
    row.other_alarms += [c.kind for c in marks if c.kind != "clock.jump"]
    told = list(leaps)
    has_seconds = "{S" in recipes_layout(made)
    for at_s, jump_s in made.course.jumps:
        has_date = "{d" in recipes_layout(made)
        if (not has_seconds and abs(jump_s) < 120) or (not has_date and jump_s % 86400 == 0):
            continue  # such a clock cannot show it
        row.leaps += 1
        hit = next((c for c in told if _is_it(c, at_s, jump_s, has_seconds)), None)
        if hit is not None:
            row.found += 1
            told.remove(hit)
        else:
            words.append(f"leap {jump_s:+.0f} s at {at_s:.1f} s missed")
    row.false_leaps += len(told)
    words += [f"false: {c.statement}" for c in told]
    return "; ".join(words[:4])


def _is_it(core: FindingCore, at_s: float, jump_s: float, has_seconds: bool) -> bool:
    if core.outcome is not Outcome.OBSERVED or core.span is None:
        return False
    start, end = core.span.start.seconds, core.span.end.seconds
    near = start - WITHIN_S <= at_s <= end + WITHIN_S
    size = float(core.measurements["jump_s"].value)  # type: ignore[arg-type]
    middle = abs((start + end) / 2 - at_s) <= WITHIN_S
    return near and (not has_seconds or (middle and abs(size - jump_s) <= WITHIN_S))


@contextmanager
def held_in(folder: Path | None, name: str) -> Iterator[Path]:
    """A folder of its own for one clip: thrown away, or kept (and used again) inside ``folder``."""
    if folder is None:
        with tempfile.TemporaryDirectory() as thrown_away:
            yield Path(thrown_away)
    else:
        kept = folder / "".join(c if c.isalnum() else "_" for c in name)
        kept.mkdir(parents=True, exist_ok=True)
        yield kept


def run(arguments: argparse.Namespace) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for number, case in enumerate(recipes.CASES):
        if arguments.only and arguments.only not in case.name:
            continue
        row = rows.setdefault(f"{case.name}, {case.codec}", Row())
        for course in recipes.courses(number)[: 2 if arguments.quick else 3]:
            with held_in(arguments.folder, f"{number}-{len(course.jumps)}-{course.jumps}") as folder:
                made = recipes.made(case, folder, course, arguments.seconds)
                words = judge(made, row)
            if words:
                print(f"  {case.name}: {words}", file=sys.stderr, flush=True)
    return rows


def run_mixed(arguments: argparse.Namespace) -> dict[str, Row]:
    """Clips thrown together by a seed."""
    rows: dict[str, Row] = {}
    for number, (case, course) in enumerate(recipes.mixed(arguments.mixed, arguments.seed)):
        style = (
            "boxed" if case.face.box is not None else "outlined" if case.face.outline_px else "plain letters"
        )
        row = rows.setdefault(f"{style}, {case.face.renderer}", Row())
        with held_in(arguments.folder, f"mixed-{arguments.seed}-{number}") as folder:
            words = judge(recipes.made(case, folder, course, arguments.seconds), row)
        if words:
            print(f"  {number} {case.face} {case.source} {case.codec}: {words}", file=sys.stderr, flush=True)
    return rows


def soak(arguments: argparse.Namespace) -> dict[str, Row]:
    """Undisturbed clocks, until ``minutes`` were looked at: every case by turns, five minutes each."""
    rows: dict[str, Row] = {}
    left = float(arguments.soak)
    number = 0
    while left > 0:
        case = recipes.CASES[number % len(recipes.CASES)]
        course = Course(start=recipes.courses(number)[0].start)
        seconds = min(arguments.stretch_s, left * 60)
        row = rows.setdefault(f"undisturbed: {case.name}", Row())
        with tempfile.TemporaryDirectory() as folder:
            made = recipes.made(case, Path(folder), course, seconds, arguments.fps)
            words = judge(made, row, arguments.fps)
        if words:
            print(f"  {case.name}: {words}", file=sys.stderr, flush=True)
        left -= seconds / 60
        number += 1
    return rows


def figures(rows: dict[str, Row]) -> dict[str, Any]:
    total = Row()
    for row in rows.values():
        for name in ("clips", "abstained", "looks", "read", "right", "leaps", "found", "false_leaps"):
            setattr(total, name, getattr(total, name) + getattr(row, name))
        total.minutes += row.minutes
        total.other_alarms += row.other_alarms
    return {
        "clips": total.clips,
        "abstained": total.abstained,
        "looks": total.looks,
        "read": total.read,
        "right": total.right,
        "right_interval": clopper_pearson(total.right, total.read),
        "leaps": total.leaps,
        "leaps_found": total.found,
        "leaps_interval": clopper_pearson(total.found, total.leaps),
        "false_leaps": total.false_leaps,
        "other_alarms": total.other_alarms,
        "minutes": round(total.minutes, 1),
        "clips_with_false_leaps_interval": clopper_pearson(min(total.false_leaps, total.clips), total.clips),
        "rows": {
            name: {
                "clips": row.clips, "abstained": row.abstained, "looks": row.looks, "read": row.read,
                "right": row.right, "leaps": row.leaps, "found": row.found, "false_leaps": row.false_leaps,
                "other_alarms": row.other_alarms,
            }
            for name, row in rows.items()
        },
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--soak", type=float, default=0.0, help="minutes of undisturbed clocks")
    parser.add_argument("--mixed", type=int, default=0, help="this many clips thrown together by a seed")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--stretch-s", type=float, default=150.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--fps", type=int, default=25, help="pictures a second of the soak")
    parser.add_argument("--only", default="")
    parser.add_argument("--folder", type=Path, help="keep the clips here and use them again")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    begun = results.commit()
    rows = soak(arguments) if arguments.soak else run_mixed(arguments) if arguments.mixed else run(arguments)
    held = figures(rows)
    heads = ("clip", "n", "abstained", "read of looks", "right", "leaps", "found", "false")
    lines = [
        (
            name,
            r.clips,
            r.abstained,
            f"{r.read}/{r.looks}",
            f"{r.right}/{r.read}",
            r.leaps,
            r.found,
            r.false_leaps,
        )
        for name, r in rows.items()
    ]
    print(table(heads, lines))
    low, high = held["right_interval"]
    print(
        f"right: {held['right']} of {held['read']} read ({100 * low:.2f}–{100 * high:.2f} %), "
        f"{held['looks'] - held['read']} of {held['looks']} looks unread, {held['abstained']} clips abstained"
    )
    low, high = held["leaps_interval"]
    print(
        f"leaps: {held['leaps_found']} of {held['leaps']} found ({100 * low:.1f}–{100 * high:.1f} %), "
        f"{held['false_leaps']} false in {held['minutes']} minutes; other alarms: {held['other_alarms'] or 'none'}"
    )
    name = "clock-soak" if arguments.soak else "clock-mixed" if arguments.mixed else "clock"
    if not arguments.only:
        document = results.document(
            "clock", seed=arguments.seed, words=results.told_words(), begun_at=begun, figures=held
        )
        results.write(name, document, arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
