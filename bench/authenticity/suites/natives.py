"""Untouched single takes of real devices: nothing in them must need an explanation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bench.authenticity.contract import Plan, Suite, Tier, Trial, Unit, Workplace
from bench.authenticity.devices import Device, devices
from bench.authenticity.kinds import CONTINUITY, MARKED, without


def _untouched(device: Device) -> Callable[[Workplace], Iterator[Trial]]:
    def trials(work: Workplace) -> Iterator[Trial]:
        assert work.media is not None
        yield Trial(
            Tier.NATIVE,
            "untouched single take" if device.pristine else "single take that went through software",
            device.name,
            device.name,
            work.media / device.file,
            absent=without(MARKED if device.pristine else CONTINUITY, *device.odd),
            real=True,
        )

    return trials


def _units(plan: Plan) -> Sequence[Unit]:
    return [
        Unit(f"natives/{device.name}", _untouched(device), always=True)
        for device in devices(plan.media, plan.half)
    ]


SUITE = Suite("natives", _units)
