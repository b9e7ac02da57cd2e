"""Innocent scenes that look like edits: flashes, a lamp, an empty or dark room, coarse compression, rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from tests.corpus.clips import Encode, Scene, make_clip, write_clip

from bench.authenticity.contract import Plan, Suite, Tier, Trial, Unit, Workplace
from bench.authenticity.kinds import CONTINUITY
from bench.authenticity.takes import ENCODES, suffix_of

TAKES_EACH = 12
SECONDS = 6.0
CODECS = ("libx264", "libx265", "mpeg4")
GROUPS = (25, 50, 12)
SCENES: dict[str, dict[str, Any]] = {
    "flashes": {"flashes": (40, 41, 90)},
    "lamp switched": {"light_switch": 70},
    "empty room": {"style": "empty"},
    "empty room, coarse": {"style": "empty", "crf": 38, "noise": 1.0},
    "fixed camera, coarse": {"style": "static", "crf": 38},
    "dark": {"style": "static", "mean": 24.0, "noise": 3.0},
    "fast hand": {"speed": 4.0},
    "variable rate": {"variable_rate": True},
    "low rate": {"fps": 8},
}
LONG_TAKES = 8
LONG_S = 600.0
LONG_RATE_HZ = 15
LONG_SIZE = (192, 144)
LONG_ENCODES = {
    "x264 crf23 b0": Encode(gop=60, preset="ultrafast"),
    "x264 crf30 b0": Encode(crf=30, gop=150, preset="ultrafast"),
    "MPEG-4 1.2 Mb/s": Encode("mpeg4", bit_rate=300_000),
}
"""Over an hour of undisturbed recording in all, small so that they cost little: false alarms grow with length."""
REST_ENCODES = {"x264 crf23 b3": 25, "x264 crf33 b0": 10, "MPEG-4 1.2 Mb/s": 15}
"""Encoding and pictures a second of the scenes that come to rest."""


def _scene(name: str, number: int, work: Workplace) -> Iterator[Trial]:
    options = SCENES[name]
    # MPEG-4 part 2 counts at most 65,535 ticks a second, too few for a phone's 90,000.
    codec = "libx264" if "variable_rate" in options else CODECS[number % len(CODECS)]
    path = work.folder / f"scene{'.avi' if codec == 'mpeg4' else '.mp4'}"
    gop = GROUPS[int(work.rng("group").integers(len(GROUPS)))]
    make_clip(path, seconds=SECONDS, seed=work.seed("scene"), codec=codec, gop=gop, **options)
    yield Trial(Tier.CONTROL, f"benign: {name}", codec, work.take, path, absent=CONTINUITY)


def _long(number: int, work: Workplace) -> Iterator[Trial]:
    """Ten minutes in which nothing is done to the recording."""
    name = tuple(LONG_ENCODES)[number % len(LONG_ENCODES)]
    encode, rng = LONG_ENCODES[name], work.rng("long")
    path = work.folder / f"long{suffix_of(encode)}"
    make_clip(
        path,
        seconds=LONG_S,
        fps=LONG_RATE_HZ,
        size=LONG_SIZE,
        seed=work.seed("scene"),
        codec=encode.codec,
        crf=encode.crf,
        gop=encode.gop,
        bit_rate=encode.bit_rate,
        style=("pan", "static", "static")[int(rng.integers(3))],
        noise=float(rng.uniform(1, 3)),
        speed=float(rng.uniform(0.5, 1.5)),
        extra=(("preset", encode.preset),) if encode.codec == "libx264" else (),
    )
    yield Trial(Tier.CONTROL, "benign: ten minutes undisturbed", name, work.take, path, absent=CONTINUITY)


def _rest(encoding: str, fps: int, work: Workplace) -> Iterator[Trial]:
    """A fixed camera whose scene comes to rest and sets out again, as between two passers-by: under
    compression the rest looks like a held picture, and only its gradual ends tell."""
    rng = work.rng("rest")
    speed = 2.5 / fps * float(rng.uniform(0.6, 2))
    scene = Scene((320, 240), work.seed("scene"), style="static", noise=0.0, speed=speed)
    slowing_s, rest_s = rng.uniform(0.1, 1.0), rng.uniform(1.2, 3.5)
    noise = float(rng.choice([0.0, 0.5, 1.0]))
    places, at = [], 0.0
    for k in range(8 * fps):
        away_s = max(3.0 - k / fps, k / fps - 3.0 - rest_s - slowing_s, 0.0)
        at += min(1.0, away_s / slowing_s)
        places.append(round(10 * at))
    pictures = [scene.picture(k) for k in places]
    if noise:
        pictures = [
            np.clip(p + rng.normal(0, noise, p.shape).round(), 0, 255).astype(np.uint8) for p in pictures
        ]
    encode = ENCODES[encoding]
    path = work.folder / f"rest{suffix_of(encode)}"
    write_clip(path, pictures, tuple(range(len(pictures))), 1 / Fraction(fps), Fraction(fps), encode, None)
    yield Trial(Tier.CONTROL, "benign: comes to rest", encoding, work.take, path, absent=CONTINUITY)


def _units(plan: Plan) -> Sequence[Unit]:
    found: list[Unit] = []
    for n in range(plan.takes(TAKES_EACH)):
        for name in SCENES:
            make: Callable[[Workplace], Iterator[Trial]] = partial(_scene, name, n)
            found.append(Unit(f"scenes/{name}/{n}", make))
        for encoding, fps in REST_ENCODES.items():
            found.append(Unit(f"scenes/rest {encoding}/{n}", partial(_rest, encoding, fps)))
    found += [Unit(f"scenes/ten minutes/{n}", partial(_long, n)) for n in range(plan.takes(LONG_TAKES))]
    return found


SUITE = Suite("scenes", _units)
