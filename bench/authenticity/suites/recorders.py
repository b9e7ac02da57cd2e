"""What recorders and phones do by themselves: pause, roll over, slow down at dusk, switch to infrared,
turn, trim."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from tests.corpus import recorders
from tests.corpus.clips import Encode, Scene, Truth

from bench.authenticity.contract import Plan, Suite, Tier, Trial, Unit, Workplace
from bench.authenticity.kinds import CONTINUITY, CUT, DISORDER, OFFSET, without

TAKES = 24
ENCODES: dict[str, Encode] = {
    "x264 crf23 b0": Encode(gop=25),
    "x264 crf23 b3": Encode(gop=25, bframes=3),
    "x264 crf30 b2": Encode(crf=30, gop=50, bframes=2),
}
SIZE = (320, 240)
RATE_HZ = 25


def _scene(work: Workplace) -> Scene:
    rng = work.rng("look")
    return Scene(
        SIZE,
        work.seed("scene"),
        style=("pan", "static")[int(rng.integers(2))],
        noise=float(rng.uniform(1.0, 3.0)),
        speed=float(rng.uniform(0.6, 2.0)),
        mean=float(rng.uniform(60, 150)),
    )


def _all(number: int, work: Workplace) -> Iterator[Trial]:
    """One take under one encoding, and everything that may innocently become of it; a pause and a trim, which are to
    be found."""
    encoding = tuple(ENCODES)[number % len(ENCODES)]
    encode, scene, rng = ENCODES[encoding], _scene(work), work.rng("recorder")

    def control(truth: Truth, what: str, absent: tuple[str, ...] = CONTINUITY) -> Trial:
        return Trial(Tier.CONTROL, what, encoding, work.take, truth.path, absent=absent)

    files = recorders.rolled_over(work.folder / "1.mp4", work.folder / "2.mp4", scene, encode, count=150)
    for truth in files:
        yield control(truth, "benign: roll-over of the recorder")
    whole = files[0].path
    yield control(recorders.turned(work.folder / "turned.mp4", whole), "benign: turned by its header")
    yield control(recorders.exact_copy(work.folder / "copy.mp4", whole), "benign: exact copy")
    start = int(rng.integers(40, 70))
    dusk = recorders.low_light(
        work.folder / "dusk.mp4", scene, encode, dark=(start, start + 75), count=200, seed=work.seed("sound")
    )
    yield control(dusk, "benign: slower at dusk")
    fixed = Scene(SIZE, work.seed("fixed"), style="static", noise=2.0)
    lamp = recorders.infrared(
        work.folder / "infrared.mp4", fixed, encode, at=int(rng.integers(60, 90)), count=150
    )
    yield control(lamp, "benign: infrared lamp", without(CONTINUITY, CUT))
    at = int(rng.integers(80, 120))
    pause = recorders.paused(
        work.folder / "pause.mp4",
        scene,
        encode,
        at=at,
        paused_for=int(rng.integers(50, 200)),
        count=220,
        seed=work.seed("sound"),
    )
    yield Trial(
        Tier.ATTACK,
        "pause of the recorder",
        encoding,
        work.take,
        pause.path,
        expected=(CUT, DISORDER),
        at_s=(pause.details["at_s"],),
        fps=RATE_HZ,
    )
    trim = recorders.trimmed(work.folder / "trim.mp4", whole, group=2, hidden=int(rng.integers(3, 20)))
    yield Trial(
        Tier.ATTACK,
        "beginning trimmed by copy",
        encoding,
        work.take,
        trim.path,
        expected=(DISORDER,),
        absent=without(CONTINUITY, DISORDER, OFFSET),
        at_s=(0.0, -trim.details["hidden"] / RATE_HZ),
        fps=RATE_HZ,
    )


def _units(plan: Plan) -> Sequence[Unit]:
    found: list[Unit] = []
    for n in range(plan.takes(TAKES)):
        make: Callable[[Workplace], Iterator[Trial]] = partial(_all, n)
        found.append(Unit(f"recorders/{n}", make))
    return found


SUITE = Suite("recorders", _units)
