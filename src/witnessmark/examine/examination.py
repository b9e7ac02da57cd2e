"""One file, all its questions: run the examiners over the one decode and see that none stays unanswered.

Rule 1 of the house: silence is a bug. What a method leaves out, breaks at, or cannot be asked becomes a typed
finding here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from witnessmark.examine import registry
from witnessmark.examine.calibration import cited
from witnessmark.examine.contract import MethodCard
from witnessmark.ground.media import ConsumerFailure, ReelLimits, ReelOutcome
from witnessmark.model.consumer import ByteSource, Consumer, Derivative, Feature, Product, SealRecord
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
    with_rates: bool = True,
) -> Examined:
    """Examine a file of ``kind``; ``others`` (seal, shield) feed on the same decode.

    ``with_rates``: lay the measured rates on the findings (what they cite, weigh, and at most are graded). Without, as
    the methods themselves say it: for the bench that measures the rates.

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
        given, faults = _weighed(kind, only, reel)
        recording = reel.recording if reel else None
        cores = tuple(
            cited(core, recording, card.version) if with_rates else core
            for card in cards
            for core in _answers(card, kind, given, faults)
        )
    products = [product for _, product in reel.products] if reel else []
    return Examined(
        cores=cores,
        features=tuple(p for p in products if isinstance(p, Feature)),
        derivatives=tuple(p for p in products if isinstance(p, Derivative)),
        seal=next((p for p in products if isinstance(p, SealRecord)), None),
        failures=reel.failures if reel else (),
        reel=reel,
    )


def _weighed(
    kind: Kind, only: Collection[str] | None, reel: ReelOutcome | None
) -> tuple[dict[str, tuple[Product, ...]], dict[str, str]]:
    """What every method gave, the weighers' findings among it, and the fault of those that broke."""
    faults = {failure.name: failure.fault for failure in (reel.failures if reel else ())}
    given: dict[str, tuple[Product, ...]] = {}
    for name, product in reel.products if reel else ():
        given[name] = (*given.get(name, ()), product)
    for module in registry.weighers(kind, only):
        card = module.CARD
        if card.id in faults:
            continue
        seen = {name: given.get(name, ()) for name in (*card.builds_on, card.id)}
        try:
            given[card.id] = (*given.get(card.id, ()), *module.weigh(kind, seen))
        except Exception as error:
            from witnessmark.ground.media.dispatch import fault_of

            faults[card.id] = fault_of(error)
    return given, faults


def _answers(
    card: MethodCard, kind: Kind, given: Mapping[str, tuple[Product, ...]], faults: Mapping[str, str]
) -> tuple[FindingCore, ...]:
    """The findings of one method, with every question of its card answered."""
    if kind.media_type not in card.applies_to:
        return card.not_applicable(f"the item is a {kind.media_type.value} ({kind.format})")
    if card.id in faults:
        return card.failed(faults[card.id])
    cores = [product for product in given.get(card.id, ()) if isinstance(product, FindingCore)]
    answers: list[FindingCore] = []
    for core in map(_printable, cores):
        answers.extend((core,) if _sayable(core) else card.failed(UNSAYABLE, core.kind))
    silent = [kind for kind in card.kinds if all(core.kind != kind for core in cores)]
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
