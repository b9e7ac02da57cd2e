"""Hiding from the clock: pictures are taken out and the clock is painted anew, with the right font, in the same box."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from tests.corpus.clips import Encode, Scene, write_clip
from tests.corpus.clocks import Course, Face, draw

from bench.authenticity.contract import Tier, Trial, Workplace
from bench.authenticity.kinds import CUT

JUMP, STOPPED = "clock.jump", "clock.stopped"
RATE_HZ = 25
SECONDS = 16.0
REMOVED_S = 3.0
SIZE = (480, 272)
LAYOUTS = ("dmy-", "time", "time-first")


def trials(number: int, work: Workplace) -> Iterator[Trial]:
    rng = work.rng("clock")
    face = Face(
        layout=LAYOUTS[number % len(LAYOUTS)], digit_px=16, box=0, corner=("tl", "br", "tr")[number % 3]
    )
    course = Course()
    scene = Scene(SIZE, work.seed("scene"), style="static")
    at, removed = round(float(rng.uniform(6, 9)) * RATE_HZ), round(REMOVED_S * RATE_HZ)
    count = round(SECONDS * RATE_HZ)
    kept = [*range(at), *range(at + removed, count + removed)]
    for what, shown in (
        ("3 s taken out, clock painted anew in its font", range(count)),
        ("3 s taken out, clock runs faster for 6 s to catch up", None),
    ):
        path = work.folder / "hidden.mp4"
        times = [k / RATE_HZ for k in shown] if shown is not None else _catching_up(at, count)
        pictures = (
            draw(scene.picture(k), face, face.text(course.at(t))) for k, t in zip(kept, times, strict=True)
        )
        stamps = tuple(range(count))
        encode = Encode(crf=20, audio=False)
        write_clip(path, pictures, stamps, Fraction(1, RATE_HZ), Fraction(RATE_HZ), encode, None)
        yield Trial(
            Tier.ADVERSARY,
            what,
            "x264 crf20",
            work.take,
            path,
            expected=(JUMP, STOPPED, "clock.rate", CUT),
            at_s=tuple(at / RATE_HZ + s for s in range(7)),
            fps=float(RATE_HZ),
        )


def _catching_up(at: int, count: int) -> list[float]:
    """The true time at both ends; from the cut on half a second more for each second, until it is right again."""
    times = []
    for k in range(count):
        since_s = max(0, k - at) / RATE_HZ
        times.append(k / RATE_HZ + min(REMOVED_S, since_s * 0.5))
    return times
