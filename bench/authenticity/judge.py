"""One file examined, and held against its truth: what was found, how surely, and how far off.

A finding *counts* for a marked kind when it must be explained (grade moderate or strong); for a plain kind when it
is observed. Weak findings are counted apart and are neither a hit nor a false alarm.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.authenticity.contract import Trial
from witnessmark.examine.context import Context, context_of
from witnessmark.examine.examination import examine_file
from witnessmark.examine.registry import cards
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.model.findings import MUST_BE_EXPLAINED, FindingCore, Grade, Outcome
from witnessmark.model.recording import Recording

RANKS = ("strong", "moderate", "weak", "abstained", "none", "elsewhere", "failed", "not asked")
"""What a method said of a kind, the surest first. ``none``: it said that it saw nothing. ``abstained``: inconclusive
or not applicable. ``elsewhere``: it counted something, but away from the truth. ``not asked``: no method here."""
COUNTED = ("strong", "moderate")


@dataclass(frozen=True, slots=True)
class Judged:
    """One trial, as it is stored. Plain values only."""

    unit: str
    tier: str
    what: str
    encoding: str
    take: str
    real: bool
    context: dict[str, tuple[str, str, str]]
    """By kind group (``picture`` or ``sound``): codec, quality, length class of the file."""
    seconds: float = 0.0
    """Length of the file as its container declares it."""
    expected: dict[str, str] = field(default_factory=dict)
    """Kind: what was said of it near the truth. The first kind is the one measured."""
    absent: dict[str, str] = field(default_factory=dict)
    """Kind: the surest thing that was said of it anywhere."""
    off_frames: float | None = None
    """How far the nearest counted finding of an expected kind is from the truth."""
    within: bool = False
    """Some expected kind counted within the allowed distance."""

    def to_json(self) -> dict[str, Any]:
        """As it reads after having been written: so that a run that went on equals one that was never stopped."""
        return {**asdict(self), "context": {group: list(classes) for group, classes in self.context.items()}}


def methods_for(kinds: frozenset[str]) -> tuple[str, ...]:
    """Ids of the examiners that answer any of these kinds; those that exist."""
    return tuple(card.id for card in cards() if kinds & set(card.kinds))


def examined(path: Path, only: tuple[str, ...]) -> tuple[tuple[FindingCore, ...], Recording | None]:
    """All findings of the named methods on one file, and what its container declares."""
    size = path.stat().st_size
    with path.open("rb") as held:
        kind = sniff(held.read(HEAD_BYTES), size)
        held.seek(0)
        given = examine_file(held, size, kind, only=only, with_rates=False)
    return given.cores, given.reel.recording if given.reel else None


def judged(unit: str, trial: Trial) -> Judged:
    """Examine the trial's file and hold it against the truth."""
    asked = methods_for(frozenset(trial.expected) | frozenset(trial.absent))
    cores, recording = examined(trial.path, asked) if asked else ((), None)
    said = {kind: [core for core in cores if core.kind == kind] for kind in (*trial.expected, *trial.absent)}
    near = {kind: _near(trial, said[kind]) for kind in trial.expected}
    off = [_off_s(core, trial) for kind in trial.expected for core in said[kind] if _fits(core, trial)]
    off = [seconds for seconds in off if seconds <= trial.within_s]
    return Judged(
        unit=unit,
        tier=str(trial.tier),
        what=trial.what,
        encoding=trial.encoding,
        take=trial.take,
        real=trial.real,
        context={
            "picture": _classes(context_of(recording, "picture")),
            "sound": _classes(context_of(recording, "audio.")),
        },
        seconds=round(recording.duration_s or 0.0, 3) if recording else 0.0,
        expected=near,
        absent={kind: rank(said[kind]) for kind in trial.absent},
        off_frames=round(min(off) * trial.fps, 3) if off and trial.at_s is not None else None,
        within=any(word in COUNTED for word in near.values()),
    )


def rank(cores: list[FindingCore]) -> str:
    """The surest of what a method said of one kind."""
    return min((_word(core) for core in cores), key=RANKS.index, default="not asked")


def _near(trial: Trial, cores: list[FindingCore]) -> str:
    """The surest of what was said near the truth; where all that counts lies away from it: ``elsewhere``."""
    near = [core for core in cores if core.outcome is not Outcome.OBSERVED or _is_hit(core, trial)]
    word = rank(near)
    if word in (*COUNTED, "weak"):
        return word
    far = any(_word(core) in COUNTED for core in cores)
    return "elsewhere" if far else word if near else "none" if cores else "not asked"


def _is_hit(core: FindingCore, trial: Trial) -> bool:
    if trial.right is not None and not trial.right(core):
        return False
    return _off_s(core, trial) <= trial.within_s


def _fits(core: FindingCore, trial: Trial) -> bool:
    return _word(core) in COUNTED and (trial.right is None or trial.right(core))


def _off_s(core: FindingCore, trial: Trial) -> float:
    """Distance of the finding from the truth in seconds; 0 where the event has no place."""
    if trial.at_s is None:
        return 0.0
    if core.span is None:
        return float("inf")
    start, end = core.span.start.seconds, core.span.end.seconds
    places = (start,) if end - start > trial.within_s else (start, end)
    return min(abs(place - at_s) for place in places for at_s in trial.at_s)


def _word(core: FindingCore) -> str:
    if core.outcome is Outcome.OBSERVED:
        if core.kind not in MUST_BE_EXPLAINED:
            return "strong" if core.grade is Grade.STRONG else "moderate"
        return str(core.grade) if core.must_be_explained else "weak"
    return {
        Outcome.NOT_OBSERVED: "none",
        Outcome.INCONCLUSIVE: "abstained",
        Outcome.NOT_APPLICABLE: "abstained",
        Outcome.FAILED: "failed",
    }[core.outcome]


def _classes(context: Context) -> tuple[str, str, str]:
    return context.codec, context.quality, context.length
