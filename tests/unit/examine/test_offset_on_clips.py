"""Offsets on rendered clips: what the arithmetic promises must survive drawing, coding and reading the clock."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from witnessmark.case.demo.overlay import draw
from witnessmark.case.inspecting import inspect_files
from witnessmark.ground.media.workshop import Recipe, write_movie
from witnessmark.model.findings import Outcome
from witnessmark.model.zone_history import places
from witnessmark.model.zones import legal_offset

SEED, CLIPS = 4711, 48
WIDTH, HEIGHT, FRAMES, RATE = 512, 288, 40, Fraction(10)
LAYOUTS = ("%d.%m.%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%d-%m-%Y %H:%M:%S")


def render(target: Path, begin: datetime, layout: str, utc: datetime, seed: int) -> None:
    ramp = (np.add.outer(np.arange(HEIGHT), np.arange(WIDTH)) * (1 + seed % 3)) % 180 + 30
    pictures = []
    for number in range(FRAMES):
        planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
        planes[:HEIGHT] = np.roll(ramp, 3 * number, axis=1)
        pictures.append(draw(planes, (begin + timedelta(seconds=number / float(RATE))).strftime(layout)))
    write_movie(target, pictures, Recipe(RATE, tags={"creation_time": utc.isoformat()}, crf=20 + seed % 9))


@pytest.mark.soak
def test_clocks_of_many_zones_find_their_zone(tmp_path: Path) -> None:
    """How often, from the picture to the list of places, is the recorder's own place in it?"""
    chance = random.Random(SEED)
    named = wrong = silent = 0
    for number in range(CLIPS):
        zone = chance.choice(places())
        utc = datetime(2005, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(20 * 365 * 86_400))
        legal = legal_offset(zone, utc)
        begin = (utc + legal).replace(tzinfo=None)
        clip = tmp_path / f"{number}.mp4"
        render(clip, begin, LAYOUTS[number % len(LAYOUTS)], utc, number)
        (result,) = inspect_files([clip], examiners=["offset"])
        observed = [f.core for f in result.findings if f.core.outcome is Outcome.OBSERVED]
        told = {
            place
            for core in observed
            for name, m in core.measurements.items()
            if (name == "zones" or name.removeprefix("zones_").isdigit()) and isinstance(m.value, tuple)
            for place in m.value
        }
        named, wrong, silent = (
            named + (zone in told),
            wrong + bool(observed and zone not in told),
            silent + (not observed),
        )
        if observed and zone not in told:
            print(zone, utc, begin, observed[0].statement[:200])
        clip.unlink()
    print(f"seed {SEED}: own place named {named}, missing {wrong}, silent {silent} of {CLIPS}")
    assert wrong == 0
