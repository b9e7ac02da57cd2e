"""Edits by pictures – cut, repeat, freeze – and the same take only encoded again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from tests.corpus import events
from tests.corpus.clips import Truth

from bench.authenticity.contract import Plan, Suite, Tier, Trial, Unit, Workplace
from bench.authenticity.devices import Device, devices
from bench.authenticity.kinds import CONTINUITY, CUT, FREEZE, REPEAT
from bench.authenticity.takes import ENCODES, Source, generated, recorded, suffix_of

TAKES = 120
EVENT_S = (1.0, 1.2, 2.0, 3.0)
"""Lengths of freezes and repeats; the house asks for all from one second on."""
REMOVED_S = (0.5, 2.0, 4.0)
PLACES = 20
"""Places that are tried for each edit."""
LEAD_S = 1.5
"""Undisturbed time before the first event, so that a method knows the file's own habit."""


def edits(source: Source, encoding: str, number: int, work: Workplace) -> Iterator[Trial]:
    """A cut, a freeze, a repeat and the benign twin of one take under one encoding."""
    encode, fps, held = ENCODES[encoding], source.fps, source.pictures
    path = work.folder / f"trial{suffix_of(encode)}"
    rng = work.rng(f"edits {encoding}")
    length_s, removed_s = EVENT_S[number % len(EVENT_S)], REMOVED_S[number % len(REMOVED_S)]
    length, removed, lead = round(length_s * fps), round(removed_s * fps), round(LEAD_S * fps)

    def trial(truth: Truth, what: str, kind: str, at: int) -> Trial:
        return Trial(
            Tier.ATTACK,
            what,
            encoding,
            source.take,
            truth.path,
            expected=(kind,),
            at_s=(at / fps,),
            fps=fps,
            real=source.real,
        )

    def place(room: int) -> int | None:
        """A picture with the lead before it and ``room`` pictures and the lead after it, among which something
        moves: elsewhere the edit would change nothing. None where the take has no such place."""
        for _ in range(PLACES):
            at = int(rng.integers(lead, max(lead + 1, source.count - room - lead)))
            shown = held.pictures
            among = (at + room // 2, min(at + room, source.count - 1))
            if any(events.differ(shown[at], shown[k]) for k in among):
                return at
        return None

    at = place(removed)
    if at is not None:
        truth = events.cut(path, held, encode, at=at, removed=removed)
        yield trial(truth, f"cut of {removed_s} s", CUT, at)
    at = place(length)
    if at is not None:
        truth = events.frozen(path, held, encode, at=at, length=length)
        yield trial(truth, f"freeze of {length_s} s", FREEZE, at)
    at = place(length)
    if at is not None:
        target = min(source.count - 1, at + length + round(0.5 * fps))
        truth = events.repeated(path, held, encode, start=at, length=length, at=target)
        yield trial(truth, f"repeat of {length_s} s", REPEAT, target)
    truth = events.reencoded(path, held, encode)
    yield Trial(
        Tier.CONTROL,
        "benign: encoded again",
        encoding,
        source.take,
        truth.path,
        absent=CONTINUITY,
        real=source.real,
    )


def _generated(number: int, work: Workplace) -> Iterator[Trial]:
    names = tuple(ENCODES)
    yield from edits(generated(work, number), names[number % len(names)], number // len(names), work)


def _recorded(device: Device, encoding: str, number: int, work: Workplace) -> Iterator[Trial]:
    yield from edits(recorded(work, device), encoding, number, work)


def _units(plan: Plan) -> Sequence[Unit]:
    found = [Unit(f"picture/generated/{n}", partial(_generated, n)) for n in range(plan.takes(TAKES))]
    for device in devices(plan.media, plan.half, attackable=True):
        for n, encoding in enumerate(ENCODES):
            make: Callable[[Workplace], Iterator[Trial]] = partial(_recorded, device, encoding, n)
            found.append(Unit(f"picture/{device.name}/{encoding}", make))
    return found


SUITE = Suite("picture", _units)
