"""One file, all its questions: run the examiners over the one decode and see that none stays unanswered.

Rule 1 of the house: silence is a bug. What a method leaves out, breaks at, or cannot be asked becomes a typed
finding here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from witnessmark.examine import registry
from witnessmark.examine.contract import MethodCard
from witnessmark.ground.media import ConsumerFailure, ReelLimits, ReelOutcome
from witnessmark.model.consumer import ByteSource, Consumer, Derivative, Feature, SealRecord
from witnessmark.model.findings import FindingCore, Measurement, Outcome
from witnessmark.model.kind import Kind
from witnessmark.model.printable import all_printable

NOT_EXAMINED = "not_examined"
UNANSWERED = "the method gave no answer to this question"
UNSAYABLE = "the method gave an answer that cannot be written down exactly"


@dataclass(frozen=True, slots=True)
class Examined:
    """All that one pass over one file gave."""

    cores: tuple[FindingCore, ...]
    features: tuple[Feature, ...]
    derivatives: tuple[Derivative, ...]
    seal: SealRecord | None
    failures: tuple[ConsumerFailure, ...]
    """Consumers that broke: examiners (whose findings say so too), the seal, the shield."""
    reel: ReelOutcome | None
    """None where nobody had anything to ask of the decode."""


def examine_file(
    stream: BinaryIO | ByteSource | int,
    size_bytes: int,
    kind: Kind,
    *,
    only: Collection[str] | None = None,
    others: Sequence[Consumer] = (),
    limits: ReelLimits | None = None,
) -> Examined:
    """Examine a file of ``kind``; ``others`` (seal, shield) feed on the same decode.

    Raises UsageError for an unknown examiner in ``only``, and what the source raises (a damaged object).
    """
    cards = registry.cards(only)
    examinations = registry.examinations(kind, only)
    reel: ReelOutcome | None = None
    if examinations or others:
        from witnessmark.ground.media import run_reel

        reel = run_reel(stream, size_bytes, (*examinations, *others), kind=kind, limits=limits)
    if not examinations:
        cores: tuple[FindingCore, ...] = (not_examined(kind),)
    else:
        cores = tuple(core for card in cards for core in _answers(card, kind, reel))
    products = [product for _, product in reel.products] if reel else []
    return Examined(
        cores=cores,
        features=tuple(p for p in products if isinstance(p, Feature)),
        derivatives=tuple(p for p in products if isinstance(p, Derivative)),
        seal=next((p for p in products if isinstance(p, SealRecord)), None),
        failures=reel.failures if reel else (),
        reel=reel,
    )


def _answers(card: MethodCard, kind: Kind, reel: ReelOutcome | None) -> tuple[FindingCore, ...]:
    """The findings of one method, with every question of its card answered."""
    if kind.media_type not in card.applies_to:
        return card.not_applicable(f"the item is a {kind.media_type.value} ({kind.format})")
    for failure in reel.failures if reel else ():
        if failure.name == card.id:
            return card.failed(failure.fault)
    given = [
        p for name, p in (reel.products if reel else ()) if name == card.id and isinstance(p, FindingCore)
    ]
    answers: list[FindingCore] = []
    for core in map(_printable, given):
        answers.extend((core,) if _sayable(core) else card.failed(UNSAYABLE, core.kind))
    silent = [kind for kind in card.kinds if all(core.kind != kind for core in given)]
    return (*answers, *card.failed(UNANSWERED, *silent)) if silent else tuple(answers)


def _printable(core: FindingCore) -> FindingCore:
    """The core with the file's own texts made fit to be shown: camera makers put control characters into theirs."""
    said = core.to_json()
    shown = all_printable(said)
    return core if shown == said else FindingCore.from_json(shown)


def _sayable(core: FindingCore) -> bool:
    """Whether the core has a digest: no NaN, no infinity, no integer beyond 2^53 (RFC 8785 §3.2.2.3)."""
    try:
        return bool(core.core_digest)
    except (ValueError, TypeError):
        return False


def not_examined(kind: Kind) -> FindingCore:
    """The answer for a sealed and typed item that no examiner applies to."""
    what = kind.media_type.value.replace("_", " ")
    return FindingCore(
        kind=NOT_EXAMINED,
        question="Was the item examined?",
        examiner="examination",
        version="1.0.0",
        outcome=Outcome.NOT_APPLICABLE,
        statement=f"Sealed and typed ({what}, {kind.format}); no examiner applies.",
        measurements={"media_type": Measurement(kind.media_type.value), "format": Measurement(kind.format)},
        reason="no examiner applies to this kind of item",
        limits=("The type is read from the first bytes only.",),
    )
