"""Hands samples to consumers. One who raises is left out from there on; the others never notice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from witnessmark.ground.media.outcome import ConsumerFailure
from witnessmark.model.consumer import ByteSource, Consumer, Product
from witnessmark.model.recording import Recording
from witnessmark.model.samples import Sample


@dataclass(slots=True, eq=False)
class Taker:
    """A consumer and whether it still stands."""

    consumer: Consumer
    take: Callable[[Sample], None]
    stands: bool = True


class Hub:
    """The consumers of one pass."""

    def __init__(self, consumers: Sequence[Consumer]) -> None:
        self.takers = [Taker(consumer, consumer.take) for consumer in consumers]
        self.failures: list[ConsumerFailure] = []

    def begin(self, recording: Recording, source: ByteSource) -> None:
        for taker in self.takers:
            try:
                taker.consumer.begin(recording, source)
            except Exception as error:
                self._fail(taker, error)

    def give(self, takers: Sequence[Taker], sample: Sample) -> None:
        for taker in takers:
            if taker.stands:
                try:
                    taker.take(sample)
                except Exception as error:
                    self._fail(taker, error)

    def give_all(self, sample: Sample) -> None:
        self.give(self.takers, sample)

    def finish(self) -> tuple[tuple[str, Product], ...]:
        """The products of all who still stand, in the order of the consumers."""
        products: list[tuple[str, Product]] = []
        for taker in self.takers:
            if taker.stands:
                try:
                    made = taker.consumer.finish()
                except Exception as error:
                    self._fail(taker, error)
                else:
                    products += [(taker.consumer.name, product) for product in made]
        return tuple(products)

    def _fail(self, taker: Taker, error: Exception) -> None:
        taker.stands = False
        self.failures.append(ConsumerFailure(taker.consumer.name, fault_of(error)))


def fault_of(error: BaseException) -> str:
    """Type and innermost place of an exception, without its text (which may be evidence)."""
    place = ""
    trace = error.__traceback__
    while trace is not None:
        place = f" at {trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return type(error).__name__ + place
