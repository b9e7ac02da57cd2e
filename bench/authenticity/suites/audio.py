"""Edits of sound, and what life does to sound that is no edit (tests/corpus/sound_events.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from tests.corpus.sound_events import ATTACKS, LIFE, Edited, silenced
from tests.corpus.sounds import CODINGS, SCENES, Take, recording, write_sound

from bench.authenticity.contract import Plan, Suite, Tier, Trial, Unit, Workplace

GAP, SPLICE, HUM = "audio.gap", "audio.splice", "audio.hum"
TAKES = 90
SECONDS = 30.0
CODED = ("wav", "AAC 128", "AAC 64", "MP3 128", "Opus 48")
HUM_DB = (None, 6.0, 15.0)
"""Against the background: none, at the border of what is usable, clear."""
MEASURED = {"silenced": GAP}
"""What each attack is measured by; all others by a break in the sound."""
FPS = 25.0
"""Distances are told in pictures of 1/25 s, as everywhere."""


def _edit(number: int) -> Callable[[Take, np.random.Generator], Edited]:
    """Every third edit is silence, which is a kind of its own; the others take turns."""
    others = [attack for attack in ATTACKS if attack is not silenced]
    return silenced if number % 3 == 0 else others[(number - number // 3 - 1) % len(others)]


def _take(number: int, work: Workplace) -> Iterator[Trial]:
    """One take: one edit, and two things that life does, under one codec."""
    rng = work.rng("what")
    name = CODED[number % len(CODED)]
    coding, hum = CODINGS[name], HUM_DB[int(rng.integers(len(HUM_DB)))]
    take = recording(
        work.seed("take"),
        SECONDS,
        SCENES[int(rng.integers(len(SCENES)))],
        hum_db=hum,
        mains_hz=(50, 60)[number % 2],
    )
    path = work.folder / f"sound{coding.suffix}"
    edit = _edit(number)(take, rng)
    write_sound(path, edit.pcm, take.rate_hz, coding)
    kind = MEASURED.get(edit.what, SPLICE)
    yield Trial(
        Tier.ATTACK,
        f"sound {edit.what}",
        name,
        work.take,
        path,
        expected=(kind, SPLICE if kind == GAP else GAP),
        at_s=edit.edges_s,
        fps=FPS,
    )
    for n in (2 * number, 2 * number + 1):
        life = LIFE[n % len(LIFE)](take, rng)
        write_sound(path, life.pcm, take.rate_hz, coding)
        yield Trial(Tier.CONTROL, f"benign: sound, {life.what}", name, work.take, path, absent=(GAP, SPLICE))


def _units(plan: Plan) -> Sequence[Unit]:
    return [Unit(f"audio/{n}", partial(_take, n)) for n in range(plan.takes(TAKES))]


SUITE = Suite("audio", _units)
