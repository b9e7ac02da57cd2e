"""Silence is a bug: whatever a method does, each of its questions gets exactly one kind of answer."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from witnessmark.examine import registry
from witnessmark.examine.contract import Given, MethodCard
from witnessmark.examine.examination import Examined, examine_file
from witnessmark.model.consumer import Bytes, ByteSource, Need, Product, Trace
from witnessmark.model.errors import UsageError
from witnessmark.model.findings import FindingCore, Measurement, Outcome
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType, Recording
from witnessmark.model.samples import Sample

CARD = MethodCard(
    id="two",
    version="1.0.0",
    title="Two questions",
    question="Is anything wrong?",
    kinds=("timeline.gap", "timeline.disorder"),
    needs=(Bytes(),),
    applies_to=(MediaType.VIDEO,),
    questions={"timeline.gap": "Is anything missing?"},
    benign_causes={"timeline.gap": ("a pause",)},
    limits=("sees nothing",),
    sources=("none",),
)
GAP = CARD.finding("timeline.gap", Outcome.NOT_OBSERVED, "Nothing is missing.")
DISORDER = CARD.finding("timeline.disorder", Outcome.NOT_OBSERVED, "Nothing is out of order.")
VIDEO = Kind(MediaType.VIDEO, "avi")


class Method:
    """Answers with what it was given, or raises."""

    name = "two"
    needs: tuple[Need, ...] = (Bytes(),)

    def __init__(self, answer: Callable[[], tuple[Product, ...]]) -> None:
        self._answer = answer

    def begin(self, recording: Recording, source: ByteSource) -> None:
        return None

    def take(self, sample: Sample) -> None:
        return None

    def finish(self) -> tuple[Product, ...]:
        return self._answer()


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Examined]:
    monkeypatch.setattr(registry, "weighers", lambda kind, only=None: ())

    def with_answer(answer: Callable[[], tuple[Product, ...]], kind: Kind = VIDEO) -> Examined:
        applies = kind.media_type in CARD.applies_to
        monkeypatch.setattr(registry, "cards", lambda only=None: (CARD,))
        monkeypatch.setattr(
            registry, "examinations", lambda kind, only=None: (Method(answer),) if applies else ()
        )
        return examine_file(io.BytesIO(bytes(100)), 100, kind)

    return with_answer


def outcomes(cores: tuple[FindingCore, ...]) -> dict[str, Outcome]:
    return {core.kind: core.outcome for core in cores}


def test_answers_pass_as_they_are(examined: Callable[..., Examined]) -> None:
    """Lost otherwise: what a method found would be altered on its way."""
    assert examined(lambda: (GAP, DISORDER)).cores == (GAP, DISORDER)


def test_a_question_left_out_is_a_failure(examined: Callable[..., Examined]) -> None:
    """Lost otherwise: silence would pass for a clean result."""
    cores = examined(lambda: (GAP,)).cores
    assert outcomes(cores) == {"timeline.gap": Outcome.NOT_OBSERVED, "timeline.disorder": Outcome.FAILED}


def test_a_method_that_raises_fails_at_all_its_questions(examined: Callable[..., Examined]) -> None:
    """Lost otherwise: a broken method would leave no trace."""

    def broken() -> tuple[Product, ...]:
        raise ZeroDivisionError("at the house of a witness")

    result = examined(broken)
    assert outcomes(result.cores) == dict.fromkeys(CARD.kinds, Outcome.FAILED)
    assert all("witness" not in core.reason for core in result.cores)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1 << 60])
def test_an_answer_without_a_digest_is_a_failure(examined: Callable[..., Examined], value: float) -> None:
    """Lost otherwise: a finding could be stored that nobody can ever reproduce."""
    odd = CARD.finding(
        "timeline.gap", Outcome.OBSERVED, "Odd.", measurements={"gap_s": Measurement(value, "s")}
    )
    assert outcomes(examined(lambda: (odd, DISORDER)).cores)["timeline.gap"] is Outcome.FAILED


def test_what_the_method_does_not_apply_to_is_said(examined: Callable[..., Examined]) -> None:
    """Lost otherwise: nobody could tell a question that was not asked from one that was forgotten."""
    cores = examined(lambda: (GAP,), Kind(MediaType.DOCUMENT, "pdf")).cores
    assert outcomes(cores) == {"not_examined": Outcome.NOT_APPLICABLE}


def test_the_card_fills_in_what_every_finding_must_carry() -> None:
    """Lost otherwise: limits and innocent explanations would be forgotten one day."""
    observed = CARD.finding("timeline.gap", Outcome.OBSERVED, "A gap.", extra_limits=("short",))
    assert (observed.question, observed.benign_causes) == ("Is anything missing?", ("a pause",))
    assert observed.limits == ("sees nothing", "short")
    assert DISORDER.question == "Is anything wrong?"
    assert GAP.benign_causes == ()
    with pytest.raises(ValueError, match="does not answer"):
        CARD.finding("clock.jump", Outcome.OBSERVED, "x")


@pytest.mark.parametrize("change", [{"limits": ()}, {"sources": ()}, {"kinds": ()}, {"kinds": ("made.up",)}])
def test_a_card_without_limits_or_sources_does_not_ship(change: dict[str, Any]) -> None:
    """Lost otherwise: a method could be published that says nowhere when it fails."""
    with pytest.raises(ValueError, match="card"):
        replace(CARD, **change)


@dataclass
class Weighing:
    """A method that only weighs."""

    CARD: MethodCard
    weigh: Callable[[Kind, Given], tuple[FindingCore, ...]]


def test_a_method_that_weighs_sees_what_others_left(
    examined: Callable[..., Examined], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost otherwise: clock, sound and picture could never be held together."""
    seen: dict[str, tuple[Product, ...]] = {}

    def weigh(kind: Kind, given: Given) -> tuple[FindingCore, ...]:
        seen.update(given)
        return (DISORDER,)

    monkeypatch.setattr(registry, "weighers", lambda kind, only=None: (Weighing(CARD, weigh),))
    trace = Trace("timeline.keys", {"key_pts": (0, 12)})
    assert examined(lambda: (GAP, trace)).cores == (GAP, DISORDER)
    assert seen == {CARD.id: (GAP, trace)}


def test_a_weigher_that_raises_fails_at_all_its_questions(
    examined: Callable[..., Examined], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost otherwise: one broken weighing would take every finding of the file with it."""

    def weigh(kind: Kind, given: Given) -> tuple[FindingCore, ...]:
        raise KeyError("at the house of a witness")

    monkeypatch.setattr(registry, "weighers", lambda kind, only=None: (Weighing(CARD, weigh),))
    result = examined(lambda: (GAP,))
    assert outcomes(result.cores) == dict.fromkeys(CARD.kinds, Outcome.FAILED)
    assert all("witness" not in core.reason for core in result.cores)


def test_methods_build_on_earlier_ones_only() -> None:
    """Lost otherwise: a weigher would see nothing of what it builds on, or the two would wait for each other."""
    ids = [card.id for card in registry.cards()]
    for place, card in enumerate(registry.cards()):
        assert set(card.builds_on) <= set(ids[:place]), card.id


def test_what_a_method_builds_on_runs_with_it() -> None:
    """Lost otherwise: a finding would come out otherwise when its method is asked alone."""
    for card in registry.cards():
        running = {consumer.name for consumer in registry.examinations(VIDEO, [card.id])}
        applying = {c.id for c in registry.cards(card.builds_on) if VIDEO.media_type in c.applies_to}
        assert applying <= running | {m.CARD.id for m in registry.weighers(VIDEO, [card.id])}


def test_an_unknown_examiner_is_named_with_those_that_exist() -> None:
    """Lost otherwise: a typing error would examine nothing and say nothing."""
    with pytest.raises(UsageError, match="no examiner called 'clok'"):
        registry.cards(["clok"])


def test_the_ids_are_those_of_the_cards_and_cost_nothing() -> None:
    """Lost otherwise: a method's findings would break the protocol, or every command would load all methods."""
    assert registry.ids() == tuple(card.id for card in registry.cards())
    assert registry.ids(["cut", "clock"]) == tuple(card.id for card in registry.cards(["cut", "clock"]))
    with pytest.raises(UsageError, match="no examiner called 'clok'"):
        registry.ids(["clok"])
    script = "import sys; from witnessmark.examine.registry import ids; ids(['cut']); print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_listing_the_cards_loads_no_decoder() -> None:
    """Lost otherwise: help and lists would take half a second, and a decoder bug could reach the parent."""
    script = "import sys; from witnessmark.examine.registry import cards; cards(); print('av' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
