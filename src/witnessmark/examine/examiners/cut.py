"""Does the picture change at once where the scene does not? (``picture.cut``) Method page:
docs/methods/cut.md.

A single step of the picture that stands out from all steps on both sides, in structure and not in brightness: of
the whole picture, or of many parts of it that otherwise change each in its own time. Whether it was a *cut* or a
*pause* of the camera is weighed after the pass, from what the picture, the encoder's groups and numbers, time, a
burned-in clock and the sound show at that place: ``examine/joint``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from witnessmark.examine.calibration import calibration
from witnessmark.examine.contract import Cost, Given, MethodCard
from witnessmark.examine.joint import evidence, verdict
from witnessmark.examine.joint.evidence import Evidence, Moment
from witnessmark.examine.joint.verdict import Verdict
from witnessmark.examine.picture import EVERY_FRAME, HEIGHT_PX, jumps, leaps, synchrony
from witnessmark.examine.picture.blocks import Blocks
from witnessmark.examine.picture.track import SmallPictures, Track
from witnessmark.examine.weights import OWN_RATIO
from witnessmark.model.consumer import Consumer, Product, Trace
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType
from witnessmark.model.samples import Luma

KIND = "picture.cut"
FEWEST_PICTURES = 2 * jumps.FEWEST_SIDE + 2
STEPS = "cut.steps"
"""Trace left for the weighing: the changes that the picture shows by itself."""
MOST_SPOKEN = 12
"""Cuts with a finding of their own; edited material has hundreds, and one sentence says so."""

CARD = MethodCard(
    id="cut",
    version="3.0.0",
    title="Abrupt change of picture",
    question="Does the picture change abruptly anywhere, as at a cut or after a pause?",
    kinds=(KIND,),
    needs=(EVERY_FRAME,),
    applies_to=(MediaType.VIDEO,),
    builds_on=("timeline", "clock", "audio"),
    parameters={
        "height_px": HEIGHT_PX,
        "window_steps": jumps.WINDOW,
        "least_step": jumps.LEAST_STEP,
        "least_grey": jumps.LEAST_GREY,
        "ratio_weak": jumps.WEAK,
        "ratio_moderate": jumps.MODERATE,
        "ratio_strong": jumps.STRONG,
        "blocks_weak": synchrony.WEAK_BLOCKS,
        "blocks_moderate": synchrony.MODERATE_BLOCKS,
        "share_weak": synchrony.WEAK_SHARE,
        "share_moderate": synchrony.MODERATE_SHARE,
        "blocks_replaced": synchrony.FEWEST_REPLACED,
        "likeness_lost": synchrony.LIKENESS_LOST,
        "leap_weak": leaps.WEAK_BLOCKS,
        "leap_moderate": leaps.MODERATE_BLOCKS,
        "telling_ratio": verdict.TELLING,
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
        "out; on a fixed camera at least a twelfth of the picture must move.",
        "Dissolves and morphed cuts change gradually and are not looked for.",
        "On a fixed camera most cuts of half a second and about half of longer ones do not show in the picture.",
        "A cut within the first or last moving pictures is at most weak.",
        "Several of the likelihoods by which cut and pause are told apart are assumed and not measured; often the "
        "two cannot be told apart.",
    ),
    sources=(
        "Hanjalic: Shot-boundary detection: unraveled and resolved? IEEE TCSVT 12(2), 2002",
        "Yusoff, Christmas, Kittler: Video shot cut detection using adaptive thresholding, BMVC 2000",
        "Zhang, Kankanhalli, Smoliar: Automatic partitioning of full-motion video, Multimedia Systems 1(1), 1993",
        "ENFSI: Guideline for evaluative reporting in forensic science, 2015, §2.4 (likelihoods under propositions)",
    ),
    budget=Cost(decode_share=0.03, memory_bytes=64 << 20),
)


class Cut(SmallPictures):
    """One examination. Keeps four numbers and a byte per block of every picture."""

    def __init__(self) -> None:
        super().__init__(CARD)
        self._meter = jumps.StepMeter()
        self._blocks = synchrony.BlockMeter()
        self._keys = bytearray()

    def _see(self, luma: Luma) -> None:
        self._track.add(luma)
        self._keys.append(luma.is_key)
        blocks = Blocks.of(luma.array)
        self._blocks.take(blocks, self._meter.take(blocks))

    def _judged(self) -> tuple[Product, ...]:
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
        keys = np.frombuffer(self._keys, dtype=np.bool_)
        places = np.flatnonzero(keys).tolist()
        alone = {
            j.index: j
            for j in jumps.find_jumps(steps, across, greys, intervals)
            if jumps.isolated_from_keys(j, steps, places)
        }
        blocks = self._blocks.changes()
        replaced, grid = self._blocks.replaced(), self._blocks.grid
        together = {t.index: t for t in synchrony.find_together(blocks, replaced, grid, keys)}
        leapt = {leap.index: leap for leap in leaps.find_leaps(blocks, replaced, grid, keys)}
        lit = jumps.find_lit(greys)
        usual = max(1.0, float(np.median(intervals[1:])))
        changes = tuple(
            Change(
                index,
                count,
                alone.get(index),
                together.get(index),
                leapt.get(index),
                lit.get(index, 0.0),
                round(float(greys[index]), 2),
                float(intervals[index]) / usual,
                bool(keys[index]),
                self._track.damaged_near(index, jumps.WINDOW),
                synchrony.recurrences(blocks, index),
            )
            for index in _events(alone, together, leapt, lit)
        )
        return (Trace(STEPS, {"track": self._track, "changes": changes, "largest_step": float(steps.max())}),)


@dataclass(frozen=True, slots=True)
class Change:
    """One abrupt change, as the picture alone shows it."""

    index: int
    count: int
    """Pictures of the stream."""
    alone: jumps.Jump | None
    together: synchrony.Together | None
    leap: leaps.Leap | None
    lit_ratio: float
    """Where only the light changes: how far it stands out; else 0 or beside the others."""
    grey: float
    """Mean absolute difference of the two pictures, grey levels."""
    interval_ratio: float
    is_key: bool
    damaged: bool
    recurs: int
    """Other steps at which the same small part of the picture changes alike."""

    @property
    def is_overlay(self) -> bool:
        return self.recurs > synchrony.MOST_RECURRENCES

    @property
    def at_end(self) -> bool:
        """Too near an end of the file to be held against both sides; what else is odd there has causes of its own."""
        if self.alone is not None:
            return self.alone.one_sided
        return not synchrony.SIDE < self.index < self.count - synchrony.SIDE

    @property
    def by_light(self) -> bool:
        return self.alone is None and self.together is None and self.leap is None

    @property
    def level(self) -> int:
        """1 weak, 2 moderate, 3 strong. Two measures that each show it weakly count as one that shows it clearly,
        where the camera stood still: a jolt of the hand moves both."""
        held = [measure.level for measure in (self.alone, self.together, self.leap) if measure is not None]
        steady = self.together is not None and self.together.changed <= synchrony.STEADY_CHANGED
        both = self.alone is not None and steady and not self.at_end
        level = max([2 if both else 1, *held])
        return 1 if self.damaged or self.is_overlay or self.interval_ratio >= jumps.TIME_JUMP else level

    def moment(self, track: Track) -> Moment:
        before, after = int(track.pts[self.index - 1]), int(track.pts[self.index])
        return Moment(before, after, track.base, self.level, self.interval_ratio, self.is_key, self.by_light)


def _events(*measures: Mapping[int, object]) -> list[int]:
    """First pictures of all changes: measures within a picture of each other tell of one event, and the first of them
    (the step of the whole picture before its parts) says where."""
    found: set[int] = set()
    for measure in measures:
        found |= {t for t in measure if not {t - 1, t, t + 1} & found}
    return sorted(found)


def weigh(kind: Kind, given: Given) -> tuple[FindingCore, ...]:
    """One finding for every abrupt change, weighed with what the other methods saw at that place."""
    steps = next((p.data for p in given[CARD.id] if isinstance(p, Trace) and p.name == STEPS), None)
    if steps is None:
        return ()
    track: Track = steps["track"]
    found: list[tuple[Change, Grade, tuple[Evidence, ...], Verdict]] = []
    for change in steps["changes"]:
        rows = evidence.table(change.moment(track), given)
        if change.by_light and not verdict.is_more_than_light(rows):
            continue
        says = verdict.weighed(rows)
        explained = change.damaged or change.is_overlay or change.at_end
        grade = Grade.WEAK if explained else verdict.grade_of(change.level, says)
        found.append((change, grade, rows, says))
    if not found:
        return (_none(len(track), steps["largest_step"]),)
    ranks = list(Grade)
    spoken = sorted(found, key=lambda f: (-ranks.index(f[1]), -_clearness(f[0])))[:MOST_SPOKEN]
    cores = [_finding(track, *f) for f in sorted(spoken, key=lambda f: f[0].index)]
    if len(found) > len(spoken):
        cores.append(_more(track, len(found) - len(spoken), len(found)))
    return tuple(cores)


def _clearness(change: Change) -> float:
    return max(change.alone.ratio if change.alone else 0.0, change.together.ratio if change.together else 0.0)


def _none(count: int, largest_step: float) -> FindingCore:
    return CARD.finding(
        KIND,
        Outcome.NOT_OBSERVED,
        f"No abrupt change in {count} pictures: from none to the next does the likeness (correlation) fall by "
        f"{jumps.LEAST_STEP} or more and by {jumps.WEAK:g} times what it falls around it, and nowhere do "
        f"{synchrony.WEAK_BLOCKS} parts of the picture or more that move change most at the same moment, or do bodies "
        f"leap from one place to another.",
        measurements={
            "pictures": Measurement(count),
            "largest_step": Measurement(round(largest_step, 4)),
        },
        calibration=calibration(KIND),
    )


def _finding(
    track: Track, change: Change, grade: Grade, rows: tuple[Evidence, ...], says: Verdict
) -> FindingCore:
    before, after = track.seconds(change.index - 1), track.seconds(change.index)
    measurements = {
        "interval_ratio": Measurement(round(change.interval_ratio, 2)),
        "picture": Measurement(change.index),
    }
    statement = f"{_when(before, after)} the picture changes at once: "
    parts: list[str] = []
    if change.alone is not None:
        jump = change.alone
        parts.append(
            f"the correlation of one picture with the next falls to {1 - jump.step:.2f}, {jump.ratio:.1f} times the "
            f"change of any step around it"
        )
        measurements |= {
            "step": Measurement(jump.step),
            "ratio_to_neighbours": Measurement(jump.ratio),
            "difference": Measurement(jump.grey, "grey levels"),
            "difference_ratio": Measurement(jump.grey_ratio),
        }
    if change.together is not None:
        agree = change.together
        parts.append(
            f"{agree.blocks} parts of the picture that move change most at this very step, {agree.ratio:.1f} times as "
            f"many as at any step nearby"
        )
        measurements |= {
            "parts_that_agree": Measurement(agree.blocks),
            "share_that_agrees": Measurement(agree.share),
            "agreement_ratio": Measurement(agree.ratio),
        }
    if change.leap is not None:
        leap = change.leap
        parts.append(
            f"{leap.rose} parts of it show something else though nothing near had moved, and {leap.fell} after which "
            f"nothing near moves any more, as if bodies had leapt"
        )
        measurements |= {"parts_risen": Measurement(leap.rose), "parts_fallen": Measurement(leap.fell)}
    if change.by_light:
        parts.append(
            f"its light steps by {change.grey:.1f} grey levels, {change.lit_ratio:.1f} times any of the steps beside "
            f"it, while what it shows stays alike"
        )
        measurements |= {"difference": Measurement(change.grey, "grey levels")}
    statement += "; ".join(parts) + "."
    if change.alone is not None and change.alone.between:
        statement += " One picture lies between the two sides."
    if change.interval_ratio >= jumps.TIME_JUMP:
        statement += (
            f" Time jumps here too ({change.interval_ratio:.1f} usual intervals), which explains it in part."
        )
    if change.alone is not None and change.alone.one_sided:
        statement += " Too few moving pictures lie on one side for a surer answer."
    if change.is_overlay:
        statement += (
            f" The same small part of the picture changes alike at {change.recurs} other times: an overlay, a screen "
            f"or a lamp."
        )
    if change.damaged:
        statement += " The stream is damaged nearby, which explains such jumps."
    measurements |= {f"evidence_{row.name.replace(' ', '_')}": row.to_measurement() for row in rows}
    measurements |= {
        "cut_to_pause": Measurement(says.cut_to_pause, "likelihood ratio, several rows assumed"),
        OWN_RATIO: Measurement(says.event_to_nothing, "likelihood ratio, several rows assumed"),
        "reading": Measurement(says.word),
    }
    return CARD.finding(
        KIND,
        Outcome.OBSERVED,
        statement + verdict.sentence(rows, says),
        span=track.span(change.index - 1, change.index),
        measurements=measurements,
        grade=grade,
        calibration=calibration(KIND),
    )


def _more(track: Track, rest: int, all_: int) -> FindingCore:
    return CARD.finding(
        KIND,
        Outcome.OBSERVED,
        f"{rest} further abrupt changes, {all_} in all: this is material put together from many shots.",
        span=track.span(0, len(track) - 1),
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
