"""Encodings anew of what a camera-like encoder wrote; single encodings as controls; and how to hide an earlier one.

Sources were never encoded as video (bench/recompressed/footage.py). ``python -m bench recompression`` measures the
same with more conditions and by number of recurrences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tests.corpus import encodings
from tests.corpus.encodings import x264

from bench.authenticity.contract import Plan, Suite, Tier, Trial, Unit, Workplace
from bench.authenticity.kinds import REPEATED
from bench.recompressed import footage
from witnessmark.model.findings import FindingCore

UNITS = 40
CONTROLS = 150
"""With the controls of the other units 190 takes: without an alarm they bound the rate below 2 %, which grade strong
asks for (docs/methods/weights.md)."""
SECONDS = 10.0
GROUPS = (12, 15, 25, 30)
"""Six recurrences and more in ten seconds: longer groups need longer files, as the method's page says."""
ANEW = (
    ("encoded anew, no B pictures", x264(23, 0)),
    ("encoded anew, default B pictures", x264(23, None)),
    ("encoded anew, messenger-like (simulated)", encodings.MESSENGER),
    ("encoded anew, MPEG-4", encodings.MPEG4_SECOND),
)
ONCE = (
    ("single encoding, no B pictures", x264(23, 0)),
    ("single encoding, default B pictures", x264(23, None)),
)
LOST_EVERY = 37
"""The adversary leaves out one picture about every 1.5 s, at random."""


def _has_period(group: int) -> Callable[[FindingCore], bool]:
    def right(core: FindingCore) -> bool:
        held = core.measurements.get("hidden_group_pictures")
        return held is not None and held.value == group

    return right


def _raw(work: Workplace, number: int) -> tuple[footage.Raw, bool]:
    """The source of one unit, and whether it is made of a real still."""
    stills = footage.stills(work.media, work.half)
    seed = work.seed("scene")
    if stills and work.media is not None and number % 3 != 2:
        return footage.filmed(work.take, work.media / stills[number % len(stills)], seed, SECONDS), True
    return footage.generated(work.take, seed, SECONDS), False


def _once(number: int) -> Callable[[Workplace], Iterator[Trial]]:
    """One single encoding of one source, as a camera or as software writes it."""

    def trials(work: Workplace) -> Iterator[Trial]:
        raw, real = _raw(work, number)
        rng = work.rng("encoding")
        group = encodings.GROUPS[int(rng.integers(len(encodings.GROUPS)))]
        bits = encodings.BITS_A_PIXEL[int(rng.integers(len(encodings.BITS_A_PIXEL)))]
        hows = (
            encodings.camera(group, bits, constant=bool(rng.integers(2))),
            x264(int(rng.integers(18, 29)), (0, None)[int(rng.integers(2))]),
            encodings.mpeg4_camera(group, 2 * bits),
            encodings.mjpeg(int(rng.integers(3, 9))),
        )
        how = hows[(0, 0, 1, 1, 0, 1, 2, 3)[number % 8]]
        path = encodings.encode(raw.pictures, work.folder / "once", how, raw.fps)
        yield Trial(
            Tier.CONTROL, "benign: single encoding", how.name.split(",")[0], work.take, path,
            absent=(REPEATED,), fps=float(raw.fps), real=real,
        )  # fmt: skip

    return trials


def _unit(number: int) -> Callable[[Workplace], Iterator[Trial]]:
    def trials(work: Workplace) -> Iterator[Trial]:
        raw, real = _raw(work, number)
        rng = work.rng("encoding")
        group = GROUPS[number % len(GROUPS)]
        bits = encodings.BITS_A_PIXEL[int(rng.integers(len(encodings.BITS_A_PIXEL)))]
        camera = encodings.camera(group, bits, constant=bool(rng.integers(2)))
        first = encodings.encode(raw.pictures, work.folder / "first", camera, raw.fps)
        fps = float(raw.fps)
        yield Trial(
            Tier.CONTROL, "benign: single encoding, camera-like", "x264 as a camera", work.take, first,
            absent=(REPEATED,), fps=fps, real=real,
        )  # fmt: skip
        pictures = encodings.decoded(first)
        for what, how in ANEW:
            path = encodings.encode(pictures, work.folder / "anew", how, raw.fps)
            yield Trial(
                Tier.ATTACK, what, how.name, work.take, path,
                expected=(REPEATED,), fps=fps, real=real, right=_has_period(group),
            )  # fmt: skip
        for what, how in ONCE:
            path = encodings.encode(raw.pictures, work.folder / "once", how, raw.fps)
            yield Trial(
                Tier.CONTROL, f"benign: {what}", how.name, work.take, path,
                absent=(REPEATED,), fps=fps, real=real,
            )  # fmt: skip
        same = x264(23, 0, gop=group)
        path = encodings.encode(pictures, work.folder / "same", same, raw.fps)
        yield Trial(
            Tier.ADVERSARY, "hidden under groups of the same length", same.name, work.take, path,
            expected=(REPEATED,), fps=fps, real=real, right=_has_period(group),
        )  # fmt: skip
        kept = [picture for picture in pictures if rng.integers(LOST_EVERY)]
        path = encodings.encode(kept, work.folder / "lost", x264(23, 0), raw.fps)
        yield Trial(
            Tier.ADVERSARY, "pictures left out at random before", x264(23, 0).name, work.take, path,
            expected=(REPEATED,), fps=fps, real=real, right=_has_period(group),
        )  # fmt: skip

    return trials


def _units(plan: Plan) -> Sequence[Unit]:
    twice = [Unit(f"recompression/{number}", _unit(number)) for number in range(plan.takes(UNITS))]
    once = [Unit(f"recompression/once/{number}", _once(number)) for number in range(plan.takes(CONTROLS))]
    return twice + once


SUITE = Suite("recompression", _units)
