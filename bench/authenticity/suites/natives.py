"""Untouched single takes of real devices: nothing in them must need an explanation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bench.authenticity.contract import Plan, Suite, Tier, Trial, Unit, Workplace
from bench.authenticity.devices import Device, devices
from witnessmark.model.findings import MUST_BE_EXPLAINED, FindingClass

CONTINUITY = tuple(k for k, c in MUST_BE_EXPLAINED.items() if c is FindingClass.CONTINUITY)
MARKED = tuple(MUST_BE_EXPLAINED)


def _untouched(device: Device) -> Callable[[Workplace], Iterator[Trial]]:
    def trials(work: Workplace) -> Iterator[Trial]:
        assert work.media is not None
        yield Trial(
            Tier.NATIVE,
            "untouched single take" if device.pristine else "single take that went through software",
            device.name,
            device.name,
            work.media / device.file,
            absent=tuple(k for k in (MARKED if device.pristine else CONTINUITY) if k not in device.odd),
            real=True,
        )

    return trials


def _units(plan: Plan) -> Sequence[Unit]:
    return [
        Unit(f"natives/{device.name}", _untouched(device), always=True)
        for device in devices(plan.media, plan.half)
    ]


SUITE = Suite("natives", "docs/methods/README.md", _units)
