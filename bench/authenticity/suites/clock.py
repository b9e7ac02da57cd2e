"""Burned-in clocks of many faces over generated scenes and real ones: read, leaping, standing, at a wrong rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle, islice

from tests.corpus import events
from tests.corpus.clips import Encode, Picture, Scene
from tests.corpus.clocks import Course, Face, make_clock

from bench.authenticity.contract import Plan, Suite, Tier, Trial, Unit, Workplace
from bench.authenticity.devices import Device, devices
from bench.authenticity.kinds import CONTINUITY
from bench.authenticity.takes import suffix_of
from witnessmark.model.findings import FindingCore

SERIES, JUMP, RATE, STOPPED = "clock.series", "clock.jump", "clock.rate", "clock.stopped"
TAKES = 48
SECONDS = 16.0
RATE_HZ = 25
SIZES = ((480, 272), (640, 360), (352, 288))
LAYOUTS = (
    "dmy-",
    "ymd-",
    "ymd/",
    "dmy.",
    "dmy/",
    "mdy-ampm",
    "latin",
    "cyrillic",
    "month",
    "time",
    "time-first",
)
LETTERED = ("latin", "cyrillic", "month")
"""Layouts with words: our own dots and strokes have not all letters."""
LEAPS_S = (2.0, 3.0, 5.0, 10.0, 60.0, 600.0, 3600.0)
RATES = (0.9, 0.95, 1.05, 1.1)
STANDS_S = 5.0
ENCODES: dict[str, Encode] = {
    "x264 crf20": Encode(crf=20, audio=False),
    "x264 crf26 b3": Encode(crf=26, bframes=3, audio=False),
    "x264 crf31": Encode(crf=31, audio=False),
    "x265 crf28": Encode("libx265", crf=28, audio=False),
    "MPEG-4 1.5 Mb/s": Encode("mpeg4", bit_rate=1_500_000, audio=False),
    "MJPEG 8 Mb/s": Encode("mjpeg", bit_rate=8_000_000, audio=False),
}
CLOCKED = ("Bushnell", "road CCTV")
"""Devices whose pictures carry a clock of their own."""
READ_WITHIN_S = 2


def _face(number: int, work: Workplace) -> Face:
    rng = work.rng("face")
    boxed = rng.random() < 0.4
    layout = LAYOUTS[number % len(LAYOUTS)]
    unit = ("", "CAM 3", "DVR-2")[int(rng.integers(3))]
    renderer = ("truetype", "dots", "strokes")[number % 3]
    if layout in LETTERED or (unit and renderer == "strokes"):
        renderer = "truetype"
    return Face(
        layout=layout,
        renderer=renderer,
        font=("mono", "sans", "condensed", "serif", "noto", "nimbus", "courier")[int(rng.integers(7))],
        digit_px=int(rng.integers(14, 25)),
        outline_px=0 if boxed else 1,
        box=0 if boxed else None,
        corner=("tl", "tr", "bl", "br")[int(rng.integers(4))],
        unit=unit,
    )


def _clips(
    base: Sequence[Picture], size: tuple[int, int], number: int, take: str, real: bool, work: Workplace
) -> Iterator[Trial]:
    """One face over one scene under one encoding: undisturbed, and with each thing that befalls clocks."""
    name = tuple(ENCODES)[number % len(ENCODES)]
    encode, face, rng = ENCODES[name], _face(number, work), work.rng("course")
    start = datetime(2019, 1, 1) + timedelta(seconds=float(rng.uniform(0, 3 * 365 * 86_400)))  # noqa: DTZ001
    plain = Course(start=start)
    at = float(rng.uniform(6.0, 9.0))
    leap = LEAPS_S[number % len(LEAPS_S)] * (1 if rng.random() < 0.6 else -1)

    def clip(course: Course) -> None:
        make_clock(
            path, face, course, seconds=SECONDS, fps=RATE_HZ, size=size, base=iter(base), encode=encode
        )

    def trial(what: str, kind: str, at_s: tuple[float, ...] | None) -> Trial:
        return Trial(
            Tier.ATTACK,
            what,
            name,
            take,
            path,
            expected=(kind,),
            at_s=at_s,
            fps=float(RATE_HZ),
            real=real,
        )

    path = work.folder / f"clock{suffix_of(encode)}"
    clip(plain)
    read = {(plain.at(0) + timedelta(seconds=s)).strftime("%H:%M:%S") for s in range(READ_WITHIN_S + 1)}

    def right(core: FindingCore) -> bool:
        """The first reading is what the clock showed at the beginning."""
        first = core.measurements.get("first_reading")
        return first is not None and str(first.value)[-8:] in read

    yield Trial(
        Tier.CONTROL,
        "benign: clock that runs undisturbed",
        name,
        take,
        path,
        expected=(SERIES,),
        # Real scenes are played forth and back to be long enough: only the clock itself is undisturbed there.
        absent=(JUMP, RATE, STOPPED) if real else CONTINUITY,
        fps=float(RATE_HZ),
        real=real,
        right=right,
    )
    clip(replace(plain, jumps=((at, leap),)))
    size_of = "back" if leap < 0 else "2 to 10 s" if leap <= 10 else "a minute or more"
    yield trial(f"clock leaps {size_of}", JUMP, (at,))
    clip(replace(plain, stopped=(at, at + STANDS_S)))
    # What it shows while it stands it has shown since its last tick.
    tick = at - (start.microsecond / 1e6 + at) % 1.0
    yield trial(f"clock stands for {STANDS_S:g} s", STOPPED, (at, tick))
    clip(replace(plain, rate=RATES[number % len(RATES)]))
    yield trial("clock runs at a wrong rate (5 or 10 %)", RATE, None)


def _generated(number: int, work: Workplace) -> Iterator[Trial]:
    rng = work.rng("look")
    size = SIZES[int(rng.integers(len(SIZES)))]
    scene = Scene(
        size,
        work.seed("scene"),
        style=("static", "static", "pan")[int(rng.integers(3))],
        noise=float(rng.uniform(1, 3)),
        mean=float(rng.uniform(60, 170)),
    )
    base = [scene.picture(k) for k in range(round(SECONDS * RATE_HZ))]
    yield from _clips(base, size, number, work.take, False, work)


def _recorded(device: Device, number: int, work: Workplace) -> Iterator[Trial]:
    assert work.media is not None
    held = events.decoded(work.media / device.file, seconds=SECONDS, height=360).pictures
    there_and_back = [*held, *held[-2:0:-1]]
    base = list(islice(cycle(there_and_back), round(SECONDS * RATE_HZ)))
    size = (base[0].shape[1], base[0].shape[0] * 2 // 3)
    yield from _clips(base, size, number, device.name, True, work)


def _units(plan: Plan) -> Sequence[Unit]:
    found = [Unit(f"clock/generated/{n}", partial(_generated, n)) for n in range(plan.takes(TAKES))]
    for device in devices(plan.media, plan.half, attackable=True):
        if device.name not in CLOCKED:
            found += [
                Unit(f"clock/{device.name}/{n}", partial(_recorded, device, n)) for n in range(len(ENCODES))
            ]
    return found


SUITE = Suite("clock", _units)
