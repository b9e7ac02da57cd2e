"""Does the picture change at once where the scene does not? (``picture.cut``) Method page:
docs/methods/cut.md.

A single step of the picture that stands out from all steps on both sides, in structure and not in
brightness. Whether it was a *cut* or a *pause* of the camera is not decided here: clock, sound and the
encoder's own groups are weighed beside it.
"""

from __future__ import annotations

import numpy as np

from witnessmark.examine.calibration import calibration
from witnessmark.examine.contract import Cost, MethodCard
from witnessmark.examine.picture import EVERY_FRAME, HEIGHT_PX, jumps
from witnessmark.examine.picture.track import Track, no_pictures
from witnessmark.model.consumer import ByteSource, Consumer, Product
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType, Recording
from witnessmark.model.samples import Gap, Luma, Sample

KIND = "picture.cut"
FEWEST_PICTURES = 2 * jumps.FEWEST_SIDE + 2
LEVELS = {1: Grade.WEAK, 2: Grade.MODERATE, 3: Grade.STRONG}
MOST_SPOKEN = 12
"""Cuts with a finding of their own; edited material has hundreds, and one sentence says so."""

CARD = MethodCard(
    id="cut",
    version="1.0.1",
    title="Abrupt change of picture",
    question="Does the picture change abruptly anywhere, as at a cut or after a pause?",
    kinds=(KIND,),
    needs=(EVERY_FRAME,),
    applies_to=(MediaType.VIDEO,),
    parameters={
        "height_px": HEIGHT_PX,
        "window_steps": jumps.WINDOW,
        "least_step": jumps.LEAST_STEP,
        "least_grey": jumps.LEAST_GREY,
        "ratio_weak": jumps.WEAK,
        "ratio_moderate": jumps.MODERATE,
        "ratio_strong": jumps.STRONG,
    },
    benign_causes={
        KIND: (
            "the recording was paused and resumed in one file",
            "the recorder started the next segment, or switched to another camera",
            "day and night mode was switched (infrared filter)",
            "something passed close before the lens or a lamp was switched in part of the scene",
            "damage of the stream",
            "edited material: the file is openly a compilation",
        )
    },
    limits=(
        "A cut during fast motion, or between two nearly equal pictures of a fixed camera, does not stand "
        "out.",
        "Dissolves and morphed cuts change gradually and are not looked for.",
        "A cut within the first or last three moving pictures is at most weak.",
        "Whether a jump is a cut or a pause of the camera cannot be told from the picture alone.",
    ),
    sources=(
        "Hanjalic: Shot-boundary detection: unraveled and resolved? IEEE TCSVT 12(2), 2002",
        "Yusoff, Christmas, Kittler: Video shot cut detection using adaptive thresholding, BMVC 2000",
    ),
    budget=Cost(decode_share=0.02, memory_bytes=8 << 20),
)


class Cut:
    """One examination. Keeps four numbers per picture."""

    name = CARD.id
    needs = CARD.needs

    def __init__(self) -> None:
        self._meter = jumps.StepMeter()
        self._track = Track()
        self._keys: list[int] = []
        self._opened = self._has_picture = False

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self._opened = bool(recording.streams)
        self._has_picture = recording.first("video") is not None

    def take(self, sample: Sample) -> None:
        if isinstance(sample, Luma):
            if sample.height_requested == HEIGHT_PX:
                index = self._track.add(sample)
                if sample.is_key:
                    self._keys.append(index)
                self._meter.take(sample.array)
        elif isinstance(sample, Gap):
            self._track.note(sample)

    def finish(self) -> tuple[Product, ...]:
        if not self._has_picture:
            return no_pictures(CARD, self._opened)
        count = len(self._track)
        if count < FEWEST_PICTURES:
            return (
                CARD.finding(
                    KIND,
                    Outcome.INCONCLUSIVE,
                    f"Only {count} pictures could be shown: too few to compare a step with its neighbours.",
                    measurements={"pictures": Measurement(count)},
                ),
            )
        steps, across, greys = self._meter.series()
        intervals = np.diff(self._track.pts, prepend=self._track.pts[0])
        found = jumps.find_jumps(steps, across, greys, intervals)
        found = tuple(j for j in found if jumps.isolated_from_keys(j, steps, self._keys))
        if not found:
            return (self._none(steps),)
        spoken = sorted(found, key=lambda j: (-j.level, -j.ratio))[:MOST_SPOKEN]
        cores = [self._finding(j) for j in sorted(spoken, key=lambda j: j.index)]
        if len(found) > len(spoken):
            cores.append(self._more(len(found) - len(spoken), len(found)))
        return tuple(cores)

    def _none(self, steps: jumps.Steps) -> FindingCore:
        return CARD.finding(
            KIND,
            Outcome.NOT_OBSERVED,
            f"No abrupt change in {len(steps)} pictures: from none to the next does the likeness (correlation) "
            f"fall by {jumps.LEAST_STEP} or more and by {jumps.WEAK:g} times what it falls around it.",
            measurements={
                "pictures": Measurement(len(steps)),
                "largest_step": Measurement(round(float(steps.max()), 4)),
            },
            calibration=calibration(KIND),
        )

    def _finding(self, jump: jumps.Jump) -> FindingCore:
        grade = LEVELS[jump.level]
        before, after = self._track.seconds(jump.index - 1), self._track.seconds(jump.index)
        statement = (
            f"{_when(before, after)} the picture changes at once: the correlation of "
            f"one picture with "
            f"the next falls to {1 - jump.step:.2f}, {jump.ratio:.1f} times the change of any step around it."
        )
        if jump.between:
            statement += " One picture lies between the two sides."
        if jump.interval_ratio >= jumps.TIME_JUMP:
            statement += (
                f" Time jumps here too ({jump.interval_ratio:.1f} usual intervals), "
                f"which explains it in part."
            )
        if jump.one_sided:
            statement += " Too few moving pictures lie on one side for a surer answer."
        if grade is not Grade.WEAK and self._track.damaged_near(jump.index, jumps.WINDOW):
            grade = Grade.WEAK
            statement += " The stream is damaged nearby, which explains such jumps."
        return CARD.finding(
            KIND,
            Outcome.OBSERVED,
            statement,
            span=self._track.span(jump.index - 1, jump.index),
            measurements={
                "step": Measurement(jump.step),
                "ratio_to_neighbours": Measurement(jump.ratio),
                "difference": Measurement(jump.grey, "grey levels"),
                "difference_ratio": Measurement(jump.grey_ratio),
                "interval_ratio": Measurement(jump.interval_ratio),
                "picture": Measurement(jump.index),
            },
            grade=grade,
            calibration=calibration(KIND),
        )

    def _more(self, rest: int, all_: int) -> FindingCore:
        return CARD.finding(
            KIND,
            Outcome.OBSERVED,
            f"{rest} further abrupt changes, {all_} in all: this is material put together from many shots.",
            span=self._track.span(0, len(self._track) - 1),
            measurements={"changes": Measurement(all_)},
            grade=Grade.WEAK,
            calibration=calibration(KIND),
        )


def _when(before_s: float, after_s: float) -> str:
    """In joined files the picture after may have the same time, or an earlier one."""
    if after_s > before_s:
        return f"Between {before_s:.3f} s and {after_s:.3f} s"
    return f"At {after_s:.3f} s (the picture before has {before_s:.3f} s)"


def examination(kind: Kind) -> Consumer:
    """A fresh examination of one file."""
    return Cut()
