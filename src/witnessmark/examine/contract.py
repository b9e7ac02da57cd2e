"""What a method must say about itself before it may examine anything.

An examiner is one module in ``examine/examiners`` that exposes

- ``CARD: MethodCard`` – who it is, what it asks, what it needs, when it fails, from where it comes;
- ``def examination(kind: Kind) -> Consumer`` – a fresh Consumer (``name`` = ``CARD.id``, ``needs`` = those of
  the card or fewer) for one file whose kind is among ``CARD.applies_to``;
- or/and ``def weigh(kind: Kind, given: Given) -> tuple[FindingCore, ...]`` – findings drawn after the pass from
  what the methods in ``CARD.builds_on`` (and its own examination) left.

Together they answer *each* kind of its card at least once: observed, not observed (with the detection
limit in the statement), inconclusive, or not applicable (with the reason). What it leaves unanswered is
reported as failed by ``examine/examination.py``; where the card does not apply the answer is made there too.

Importing an examiner module loads neither av nor ONNX Runtime: heavy imports belong inside ``examination``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from witnessmark.model.consumer import Consumer, Need, Product
from witnessmark.model.findings import KINDS, FindingCore, Grade, Measurement, Outcome
from witnessmark.model.recording import MediaType
from witnessmark.model.time import Span

if TYPE_CHECKING:
    from witnessmark.ground.container import Kind

NO_ENTRIES: Mapping[str, Any] = MappingProxyType({})

UNMEASURED = "not yet measured"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a method may take, as measured, so that the whole stays within the house's budget."""

    decode_share: float = 0.05
    """CPU time as a share of one plain decode of the same file (720p H.264 at 6 Mb/s, one thread)."""
    memory_bytes: int = 64 << 20
    """Most that it keeps at any time."""


@dataclass(frozen=True, slots=True)
class MethodCard:
    """One method: identity, question, needs, limits and sources. Shown by ``witnessmark`` and in reports."""

    id: str
    """Short and stable (``clock``, ``timeline``): ``examiner`` in findings and on the command line."""
    version: str
    """Semantic version. Change it whenever a finding's core could come out otherwise."""
    title: str
    question: str
    """What is asked of the file, as a person would ask it. ``questions`` refines it per kind."""
    kinds: tuple[str, ...]
    """Finding kinds that this method answers, every one on every file."""
    needs: tuple[Need, ...]
    applies_to: tuple[MediaType, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Thresholds and settings by name (JSON values); they stand in every finding."""
    benign_causes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Per finding kind: the innocent explanations of an observed finding."""
    limits: tuple[str, ...] = ()
    """What the method cannot see, and when it fails. A method without limits does not ship."""
    sources: tuple[str, ...] = ()
    """Papers and standards, with section, that the method and its thresholds rest on."""
    budget: Cost = Cost()
    questions: Mapping[str, str] = field(default_factory=dict)
    """Question per finding kind, where ``question`` is too wide."""
    calibration: str = UNMEASURED
    """Bench set, rate, interval and n that the grades rest on."""
    builds_on: tuple[str, ...] = ()
    """Methods whose findings and traces of the same file this one weighs. They run whenever it runs, so that
    its findings come out the same whether it was asked alone or among all."""

    def __post_init__(self) -> None:
        unknown = [kind for kind in self.kinds if kind not in KINDS]
        if unknown or not self.kinds:
            raise ValueError(f"card {self.id!r} must name finding kinds of the interface, not {unknown}")
        if not self.limits or not self.sources:
            raise ValueError(f"card {self.id!r} ships without its limits or its sources")

    def question_for(self, kind: str) -> str:
        return self.questions.get(kind, self.question)

    def finding(
        self,
        kind: str,
        outcome: Outcome,
        statement: str,
        *,
        span: Span | None = None,
        measurements: Mapping[str, Measurement] = NO_ENTRIES,
        grade: Grade | None = None,
        calibration: str | None = None,
        weight: str = "not calibrated",
        reason: str = "",
        extra_limits: tuple[str, ...] = (),
    ) -> FindingCore:
        """A core of this method, with what the card already knows filled in.

        Benign causes are attached to observed and inconclusive outcomes. Raises ValueError for a kind that
        the card does not answer.
        """
        if kind not in self.kinds:
            raise ValueError(f"method {self.id!r} does not answer {kind!r}")
        explain = outcome in (Outcome.OBSERVED, Outcome.INCONCLUSIVE)
        return FindingCore(
            kind=kind,
            question=self.question_for(kind),
            examiner=self.id,
            version=self.version,
            outcome=outcome,
            statement=statement,
            parameters=dict(self.parameters),
            span=span,
            measurements=dict(measurements),
            grade=grade,
            calibration=self.calibration if calibration is None else calibration,
            weight=weight,
            reason=reason,
            benign_causes=self.benign_causes.get(kind, ()) if explain else (),
            limits=self.limits + extra_limits,
        )

    def not_applicable(self, reason: str, *kinds: str) -> tuple[FindingCore, ...]:
        """The typed answer that the questions do not apply (all kinds of the card unless some are named)."""
        return tuple(
            self.finding(kind, Outcome.NOT_APPLICABLE, f"Not applicable: {reason}.", reason=reason)
            for kind in kinds or self.kinds
        )

    def failed(self, fault: str, *kinds: str) -> tuple[FindingCore, ...]:
        """The typed answer that the method broke (all kinds of the card unless some are named)."""
        return tuple(
            self.finding(
                kind, Outcome.FAILED, "The method failed on this file; nothing was established.", reason=fault
            )
            for kind in kinds or self.kinds
        )


Given = Mapping[str, tuple[Product, ...]]
"""Products of the pass (findings and traces) by the id of the method that gave them."""


class ExaminerModule(Protocol):
    """What the registry expects of a module: ``CARD`` and at least one of the two.

    ``examination`` feeds on the decode; ``weigh`` comes after the pass, gets the products of the methods that
    the card builds on and of its own examination, and gives findings. What it gives is added to the findings
    of its own examination.
    """

    CARD: MethodCard

    def examination(self, kind: Kind) -> Consumer: ...

    def weigh(self, kind: Kind, given: Given) -> tuple[FindingCore, ...]: ...
