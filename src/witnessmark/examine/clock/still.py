"""One picture, one reading: trail-camera stills and other photographs with a burned-in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from witnessmark.examine.clock.face import Face
from witnessmark.examine.clock.layouts import Written, parse
from witnessmark.examine.clock.watch import Watch, Writing
from witnessmark.examine.clock.words import JUMP, RATE, SERIES, STOPPED, box_of, order_of, order_words, where
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome

if TYPE_CHECKING:
    from witnessmark.examine.contract import MethodCard

STILL_CONFIDENCE = 0.6
"""Mean confidence of the recogniser over the line: right readings of the set lie above 0.8."""


def still(card: MethodCard, watch: Watch) -> tuple[FindingCore, ...]:
    rest = card.not_applicable("a single picture shows one moment only", JUMP, RATE, STOPPED)
    found: list[tuple[Writing, Written]] = []
    for writing in watch.writing:
        written = parse(writing.line.text)
        if written is not None:
            found.append((writing, written))
    if not found:
        said = (
            "No burned-in clock was found in the picture. Letters of 8 picture lines and more are looked for."
        )
        return (card.finding(SERIES, Outcome.NOT_OBSERVED, said), *rest)
    writing, written = max(found, key=lambda f: (f[1].has_date, f[1].has_seconds, f[0].line.mean_confidence))
    face = Face.of([written])
    signs = face.signs_of(written)
    value = face.value(list(signs)) if signs is not None else None
    confidence = writing.line.mean_confidence
    if value is None or confidence < STILL_CONFIDENCE:
        said = f"A clock stands {where(writing.box, watch.shape)} of the picture; it is not legible enough to be read."
        return (
            card.finding(SERIES, Outcome.INCONCLUSIVE, said, measurements={"box": box_of(writing.box)}),
            *rest,
        )
    shown = face.shown(value)
    statement = (
        f"The clock burned into the picture {where(writing.box, watch.shape)} shows {shown} "
        f"(written {face.described()}). {order_words(face)}One picture is one reading: nothing confirms it."
    )
    series = card.finding(
        SERIES,
        Outcome.OBSERVED,
        statement,
        grade=Grade.OBSERVATION,
        measurements={
            "first_reading": Measurement(shown),
            "last_reading": Measurement(shown),
            "layout": Measurement(face.described()),
            "date_order": Measurement(order_of(face)),
            "box": box_of(writing.box),
            "readings": Measurement(1),
            "confidence": Measurement(round(confidence, 3)),
        },
    )
    return (series, *rest)
