"""Does a stretch of pictures occur twice? (``picture.repeat``) Method page: docs/methods/repeat.md."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.calibration import calibration
from witnessmark.examine.contract import Cost, MethodCard
from witnessmark.examine.picture import EVERY_FRAME, HEIGHT_PX, recurrence
from witnessmark.examine.picture.track import SmallPictures
from witnessmark.model.consumer import Consumer, Product
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType
from witnessmark.model.samples import Luma

KIND = "picture.repeat"
FEWEST_SECONDS = 2.0
MOST_SPOKEN = 5
FEWEST_ROWS = 1024
"""Rows that the table of block means starts with; it doubles as pictures come."""

CARD = MethodCard(
    id="repeat",
    version="1.2.0",
    title="Repeated stretch",
    question="Does a stretch of about a second or more occur twice?",
    kinds=(KIND,),
    needs=(EVERY_FRAME,),
    applies_to=(MediaType.VIDEO,),
    parameters={
        "height_px": HEIGHT_PX,
        "shortest_s": recurrence.SHORTEST_S,
        "least_motion_grey": recurrence.LEAST_MOTION_GREY,
        "match_share": recurrence.MATCH_SHARE,
        "noise_grey": recurrence.NOISE_GREY,
        "contrast_least": recurrence.LEAST_CONTRAST,
        "sharp_ends": recurrence.SHARP,
        "motion_share": recurrence.MOTION_SHARE,
        "least_moving_s": recurrence.LEAST_MOVING_S,
        "fewest_blocks": recurrence.FEWEST_BLOCKS,
        "contrast_strong": recurrence.STRONG,
    },
    benign_causes={
        KIND: (
            "a player, a loop or an animation was recorded",
            "a machine or a pendulum moves in an exact rhythm before a fixed camera",
            "an instant replay in openly edited material",
            "the recorder wrote a buffer twice after a fault",
        )
    },
    limits=(
        "A static stretch equals every other static stretch: repeats without motion are not looked for.",
        "Repeats that are mirrored, resized, played backward or at another speed are not looked for.",
        "A copied stretch that is blended in and out fades like one that recurs by itself, and is at most weak.",
        "Only the first two hours at 30 pictures a second are searched.",
        "A repeat inside a part of the picture is not looked for.",
    ),
    sources=(
        "Wang, Farid: Exposing digital forgeries in video by detecting duplication, ACM MM&Sec 2007",
        "Bestagini, Milani, Tagliasacchi, Tubaro: Local tampering detection in video sequences, MMSP 2013",
    ),
    budget=Cost(decode_share=0.02, memory_bytes=256 << 20),
)


class RepeatedStretch(SmallPictures):
    """One examination. Keeps 288 bytes per picture."""

    def __init__(self) -> None:
        super().__init__(CARD)
        self._blocks = recurrence.BlockMeans()
        self._rows: NDArray[np.int16] = np.zeros(
            (FEWEST_ROWS, recurrence.ROWS * recurrence.COLUMNS), np.int16
        )
        self._left_out = 0

    def _see(self, luma: Luma) -> None:
        if len(self._track) >= recurrence.MOST_PICTURES:
            self._left_out += 1
            return
        index = self._track.add(luma)
        if index >= len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[index] = self._blocks.of(luma.array)

    def _judged(self) -> tuple[Product, ...]:
        track = self._track
        length_s = track.seconds(len(track) - 1) - track.seconds(0) if len(track) > 1 else 0.0
        if length_s < FEWEST_SECONDS:
            return (
                CARD.finding(
                    KIND,
                    Outcome.INCONCLUSIVE,
                    f"The pictures cover {max(0.0, length_s):.2f} s: too short to hold a stretch of a "
                    f"second twice.",
                    measurements={"pictures": Measurement(len(track))},
                ),
            )
        rate = 1 / float(track.interval_ticks * track.base)
        found = recurrence.find_repeats(self._rows[: len(track)], rate)
        if not found:
            return (self._none(rate),)
        cores = [self._finding(r) for r in found[:MOST_SPOKEN]]
        if len(found) > MOST_SPOKEN:
            cores.append(self._more(len(found)))
        return tuple(cores)

    def _none(self, rate: float) -> FindingCore:
        track = self._track
        moving = recurrence.moving_share(self._rows[: len(track)], rate)
        measurements = {
            "pictures": Measurement(len(track)),
            "share_with_motion": Measurement(round(moving, 3)),
            "pictures_left_out": Measurement(self._left_out),
        }
        length_s = track.seconds(len(track) - 1) - track.seconds(0)
        needed_s = 2 * recurrence.LEAST_MOVING_S
        if moving * length_s < needed_s:
            return CARD.finding(
                KIND,
                Outcome.INCONCLUSIVE,
                f"Too little moves in this file for one stretch to be told from another: "
                f"{moving * length_s:.1f} s of {length_s:.1f} s, and a stretch and its twin need "
                f"{needed_s:.1f} s of motion.",
                measurements=measurements,
                calibration=calibration(KIND),
            )
        return CARD.finding(
            KIND,
            Outcome.NOT_OBSERVED,
            f"No stretch of {recurrence.SHORTEST_S} s or more with motion in it occurs twice; "
            f"{100 * moving:.0f} % of the "
            f"file has enough motion to tell.",
            measurements=measurements,
            calibration=calibration(KIND),
        )

    def _finding(self, repeat: recurrence.Repeat) -> FindingCore:
        track = self._track
        first, last = repeat.first, repeat.first + repeat.length - 1
        again, end = repeat.second, repeat.second + repeat.length - 1
        how = "picture for picture the same" if repeat.exact else "the same within coding noise"
        clear = repeat.exact or repeat.contrast >= recurrence.STRONG
        grade = Grade.STRONG if clear else Grade.MODERATE
        if not repeat.sharp and not repeat.exact:
            grade = Grade.WEAK
        return CARD.finding(
            KIND,
            Outcome.OBSERVED,
            f"{repeat.length} pictures from {track.seconds(first):.3f} s to {track.seconds(last):.3f} s "
            f"come again from "
            f"{track.seconds(again):.3f} s to {track.seconds(end):.3f} s, {how}: {repeat.contrast:.1f} "
            f"times nearer than a shift of a fifth of a second. "
            + (
                "The likeness begins and ends from one picture to the next, as a copied stretch does."
                if repeat.sharp
                else "It fades in or out, as what recurs by itself does."
            ),
            span=track.span(again, end),
            measurements={
                "first_start": Measurement(round(track.seconds(first), 6), "s"),
                "first_end": Measurement(round(track.seconds(last), 6), "s"),
                "pictures": Measurement(repeat.length),
                "distance": Measurement(repeat.distance, "grey levels"),
                "contrast": Measurement(repeat.contrast),
                "sharp_ends": Measurement(int(repeat.sharp)),
            },
            grade=grade,
            calibration=calibration(KIND),
        )

    def _more(self, count: int) -> FindingCore:
        return CARD.finding(
            KIND,
            Outcome.OBSERVED,
            f"{count} repeated stretches or more: the file plays in a loop or a rhythm.",
            span=self._track.span(0, len(self._track) - 1),
            measurements={"repeats": Measurement(count)},
            grade=Grade.WEAK,
            calibration=calibration(KIND),
        )


def examination(kind: Kind) -> Consumer:
    """A fresh examination of one file."""
    return RepeatedStretch()
