"""Somebody who has read our source: for each method attacks that aim at its rule. What wins: docs/adversary.md."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bench.authenticity.contract import Plan, Suite, Unit
from bench.authenticity.devices import devices
from bench.authenticity.hiding import clock, picture, sound, stream

TAKES = 30
"""With 30, "never found" still only bounds the rate of finding below 12 %."""


def _units(plan: Plan) -> Sequence[Unit]:
    found: list[Unit] = []
    for n in range(plan.takes(TAKES)):
        found += [
            Unit(f"adversary/picture/{n}", partial(picture.trials, n)),
            Unit(f"adversary/lost/{n}", stream.lost_and_found),
            Unit(f"adversary/twice/{n}", stream.encoded_twice),
            Unit(f"adversary/sound/{n}", partial(sound.trials, n)),
            Unit(f"adversary/clock/{n}", partial(clock.trials, n)),
            Unit(f"adversary/unsigned/{n}", stream.unsigned_software),
        ]
    for device in devices(plan.media, plan.half):
        if device.pristine:
            found.append(Unit(f"adversary/native/{device.name}", partial(stream.native_layout, device)))
    return found


SUITE = Suite("adversary", _units)
