"""Pictures encoded once as a camera does, and again by software, a messenger or a recorder; and single encodings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from tests.corpus import encodings
from tests.corpus.encodings import Encoding

from bench.authenticity.contract import Plan, Suite, Tier, Trial, Unit, Workplace
from bench.authenticity.devices import Device, devices
from bench.authenticity.kinds import CONTINUITY, REPEATED
from bench.recompressed import footage
from bench.recompression import KNOWN_COPIES, ONCE, REAL_HEIGHT_PX, REAL_PICTURES, SECOND, SECONDS

TAKES = 64
TOLD = "hidden_group_pictures"
EACH = 3
"""Second encodings of one take; which ones follows from its number, so that each gets its share of takes."""


def _made(number: int, media: Path | None, work: Workplace) -> Iterator[Trial]:
    rng = work.rng("first")
    stills = footage.stills(media, work.half)
    if stills and number % 2:
        still = stills[number // 2 % len(stills)]
        raw = footage.filmed(f"still {still}", Path(str(media)) / still, work.seed("film"), SECONDS)
        # Another way over the same photograph is no other take.
        take, words = f"still {still}", ", virtual camera over a photograph"
    else:
        raw = footage.generated(work.take, work.seed("scene"), SECONDS)
        take, words = work.take, ""
    group = encodings.GROUPS[number % len(encodings.GROUPS)]
    bits = encodings.BITS_A_PIXEL[int(rng.integers(len(encodings.BITS_A_PIXEL)))]
    camera = encodings.camera(group, bits, constant=bool(rng.integers(2)))
    first = encodings.encode(raw.pictures, work.folder / "first", camera, raw.fps)
    yield _control("benign: encoded once, as a camera does" + words, camera, take, first)
    once = ONCE[number % len(ONCE)]
    path = encodings.encode(raw.pictures, work.folder / "once", once, raw.fps)
    yield _control(f"benign: encoded once, {once.name}" + words, once, take, path)
    pictures = encodings.decoded(first)
    for n in range(EACH):
        how = SECOND[(EACH * number + n) % len(SECOND)]
        path = encodings.encode(pictures, work.folder / "second", how, raw.fps)
        yield _attack(f"camera, then {how.name}", how, take, path, group, real=False)


def _control(what: str, how: Encoding, take: str, path: Path) -> Trial:
    return Trial(Tier.CONTROL, what, how.name, take, path, absent=(REPEATED, *CONTINUITY))


def _attack(what: str, how: Encoding, take: str, path: Path, group: int, *, real: bool) -> Trial:
    """Found only with the right hidden group, where that is known."""
    return Trial(
        Tier.ATTACK,
        what,
        how.name,
        take,
        path,
        expected=(REPEATED,),
        real=real,
        right=lambda core: (
            not group or TOLD not in core.measurements or core.measurements[TOLD].value == group
        ),
    )


def _recorded(device: Device, work: Workplace) -> Iterator[Trial]:
    assert work.media is not None
    pictures = encodings.decoded(work.media / device.file, REAL_PICTURES, REAL_HEIGHT_PX)
    for how in SECOND:
        path = encodings.encode(pictures, work.folder / "real", how, 30)
        yield _attack(f"camera, then {how.name}", how, device.name, path, 0, real=True)


def _units(plan: Plan) -> Sequence[Unit]:
    found = [Unit(f"recompression/{n}", partial(_made, n, plan.media)) for n in range(plan.takes(TAKES))]
    found += [
        Unit(f"recompression/{device.name}", partial(_recorded, device))
        for device in devices(plan.media, plan.half, attackable=True)
        if device.pristine and device.name not in KNOWN_COPIES
    ]
    return found


SUITE = Suite("recompression", _units)
