"""Edits by packets – lost, taken out, joined – and what copying, converting and breaking off leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tests.corpus import events
from tests.corpus.clips import Truth, make_clip

from bench.authenticity.contract import Plan, Suite, Tier, Trial, Unit, Workplace
from bench.authenticity.kinds import CONTINUITY, CUT, DISORDER, GAP, OFFSET, without
from bench.authenticity.takes import LONG_S, MEDIUM_S, USUAL_S

TAKES_EACH = 20
CODED: dict[str, tuple[dict[str, Any], str]] = {
    "x264 b0, mp4": ({"codec": "libx264", "bframes": 0}, ".mp4"),
    "x264 b3, mp4": ({"codec": "libx264", "bframes": 3}, ".mp4"),
    "x264 b0, ts": ({"codec": "libx264", "bframes": 0}, ".ts"),
    "x265 b3, mkv": ({"codec": "libx265", "bframes": 3}, ".mkv"),
    "MPEG-4, mp4": ({"codec": "mpeg4", "bframes": 0}, ".mp4"),
    "MJPEG, avi": ({"codec": "mjpeg", "bit_rate": 8_000_000}, ".avi"),
}
GROUPS = (12, 25, 30)
RATE_HZ = 25
SHIFTS_S = (0.6, 1.0, 2.0)
MJPEG_GROUP = 60
"""Every MJPEG picture stands alone: "groups" are cut by count."""


def edits(encoding: str, number: int, work: Workplace) -> Iterator[Trial]:
    """One generated take, coded once, and what is done to its packets."""
    options, suffix = CODED[encoding]
    rng = work.rng("edits")
    alone = options["codec"] == "mjpeg"
    gop = int(rng.choice(GROUPS))
    sound, variable = number % 2 == 0, number % 4 == 3 and str(options["codec"]).startswith("libx26")
    seconds = (USUAL_S, USUAL_S, MEDIUM_S, USUAL_S, LONG_S if number % 10 == 4 else USUAL_S)[number % 5]
    source = make_clip(
        work.folder / f"coded{suffix}",
        seconds=seconds,
        fps=RATE_HZ,
        size=(256, 192),
        seed=work.seed("scene"),
        gop=gop,
        audio=sound,
        variable_rate=variable,
        style="pan" if rng.random() < 0.5 else "static",
        **options,
    )
    times = [p * float(source.base) for p in source.pts]
    out = work.folder / f"trial{suffix}"

    def attack(truth: Truth, what: str, expected: tuple[str, ...], at_s: float) -> Trial:
        return Trial(
            Tier.ATTACK,
            what,
            encoding,
            work.take,
            truth.path,
            expected=expected,
            at_s=(at_s,),
            fps=float(RATE_HZ),
        )

    def control(truth: Truth, what: str) -> Trial:
        # A cut-off copy ends its sound where it ends: an offset of lengths is then true.
        absent = without(CONTINUITY, OFFSET) if truth.event == "truncated" else CONTINUITY
        return Trial(Tier.CONTROL, what, encoding, work.take, truth.path, absent=absent)

    yield control(source, "benign: single take")
    if not alone:
        inner = [k for k in range(30, len(times) - 40) if 2 < k % gop < gop - 3]
        lost = int(rng.choice(inner))
        for size, label in ((1, "1 packet"), (3, "3 packets")):
            lost_ones = list(range(lost, lost + size))
            truth = events.dropped(out, source.path, ordinals=lost_ones)
            yield attack(truth, f"dropped {label}", (GAP,), times[lost])
            truth = events.dropped(out, source.path, ordinals=lost_ones, retime=True)
            yield attack(truth, f"dropped {label}, times closed", (GAP, DISORDER), times[lost])
        truth = events.dropped_at_random(
            out, source.path, share=0.02, seed=work.seed("link"), packets=len(times)
        )
        first = next((k for k in truth.details["ordinals"] if k % gop), 0)
        if first:
            yield attack(truth, "dropped 2 % at random", (GAP,), times[first])
    keys = events.key_times(source.path)
    if len(keys) >= 5:
        group = MJPEG_GROUP if alone else int(rng.integers(1, len(keys) - 3))
        groups = RATE_HZ if alone else int(rng.integers(1, 3))
        truth = events.spliced(out, source.path, group=group, groups=groups, retime=True)
        yield attack(truth, "splice by copy, times closed", (DISORDER, GAP, CUT), truth.details["at_s"])
        truth = events.spliced(out, source.path, group=group, groups=groups, retime=False)
        yield attack(truth, "splice by copy, hole left", (GAP, DISORDER, CUT), truth.details["at_s"])
    if sound and not alone:
        shift_s = float(rng.choice(SHIFTS_S))
        truth = events.sound_shifted(out, source.path, shift_s=shift_s)
        yield _sound(attack(truth, "sound moved against the picture", (OFFSET,), 0.0))
        truth = events.sound_shortened(out, source.path, keep_s=seconds - 2.0)
        yield _sound(attack(truth, "sound ends 2 s early", (OFFSET,), 0.0))
    for what, copy in _benign_copies(suffix):
        yield control(copy(out, source.path), what)


def _sound(trial: Trial) -> Trial:
    """An offset holds for the whole file: it has no place."""
    return replace(trial, at_s=None)


def _benign_copies(suffix: str) -> tuple[tuple[str, Callable[[Path, Path], Truth]], ...]:
    # An AVI or Matroska file that breaks off says so itself; an MP4 without its index at the end cannot be
    # opened, and a transport stream promises nothing: there no mark may come of it.
    found: list[tuple[str, Callable[[Path, Path], Truth]]] = [("benign: stream copy", events.remuxed)]
    if suffix in (".mp4", ".ts"):
        found.append(("benign: broken off", events.truncated))
    if suffix == ".mp4":
        found += [
            ("benign: fast start", events.faststart),
            ("benign: mp4 to mkv to mp4", events.through_mkv),
        ]
    return tuple(found)


def _units(plan: Plan) -> Sequence[Unit]:
    return [
        Unit(f"timeline/{encoding}/{n}", partial(edits, encoding, n))
        for n in range(plan.takes(TAKES_EACH))
        for encoding in CODED
    ]


SUITE = Suite("timeline", _units)
