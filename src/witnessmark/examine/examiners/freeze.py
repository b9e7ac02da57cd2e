"""Does the picture stand still while time runs on? (``picture.freeze``) Method page: docs/methods/freeze.md.

Stillness counts only against the file's own noise: where compression makes unmoved scenes still everywhere,
the answer is *inconclusive* and says why.
"""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.calibration import calibration
from witnessmark.examine.contract import Cost, MethodCard
from witnessmark.examine.picture import EVERY_FRAME, HEIGHT_PX, stillness, tear
from witnessmark.examine.picture.bins import Bins
from witnessmark.examine.picture.jumps import FLAT_GREY
from witnessmark.examine.picture.track import SmallPictures
from witnessmark.model.consumer import Consumer, Product
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType
from witnessmark.model.samples import Luma

KIND = "picture.freeze"
FEWEST_PICTURES = 12

CARD = MethodCard(
    id="freeze",
    version="2.0.0",
    title="Picture standing still",
    question="Does the picture stand still for about a second or more while time runs?",
    kinds=(KIND,),
    needs=(EVERY_FRAME,),
    applies_to=(MediaType.VIDEO,),
    parameters={
        "height_px": HEIGHT_PX,
        "still_grey": stillness.STILL_GREY,
        "still_share": stillness.STILL_SHARE,
        "still_most_grey": stillness.STILL_MOST_GREY,
        "most_still_share": stillness.MOST_STILL_SHARE,
        "edge_share": stillness.EDGE_SHARE,
        "edge_grey": stillness.EDGE_GREY,
        "settled_share": stillness.SETTLED_SHARE,
        "burst_factor": stillness.BURST_FACTOR,
        "tear_factor": stillness.TEAR_FACTOR,
        "tear_blocks": tear.FEWEST_BLOCKS,
        "tear_rows": tear.FEWEST_ROWS,
        "likeness_lost": tear.LIKENESS_LOST,
        "shortest_s": stillness.SHORTEST_S,
        "live_grey": stillness.LIVE_GREY,
        "clearly_live_grey": stillness.CLEARLY_LIVE_GREY,
        "blank_grey": FLAT_GREY,
        "most_runs": stillness.MOST_RUNS,
    },
    benign_causes={
        KIND: (
            "a network camera or recorder held the last picture while its link or encoder stalled",
            "nothing moved and the encoder skipped every block",
            "a title, a still or a paused screen was recorded",
            "the lens was covered, or the signal was lost",
            "damage: the decoder repeats what it last had",
        )
    },
    limits=(
        "Fixed cameras under strong compression stand still without any freeze: there the answer is "
        "inconclusive.",
        "A freeze that begins or ends while nothing moves looks like a quiet scene and is not told from it.",
        "Somebody who crosses the picture within a few pictures, or who is far away and small, leaves no tear that "
        "can be told.",
        "A held picture after which the scene goes on where it stood (time put in, not covered) ends without a "
        "tear: it is told only where the unmoved parts of the picture have noise everywhere else.",
        "A held picture with noise or grain added afterwards is not found.",
        "Freezes shorter than 0.8 s are not looked for; up to five pictures at the start of one are lost.",
        "Parts of the picture held still inside a moving picture are not looked for.",
    ),
    sources=(
        "Wang, Farid: Exposing digital forgeries in video by detecting duplication, ACM MM&Sec 2007",
        "ITU-T J.247 annex (frozen frames in video quality measurement)",
    ),
    budget=Cost(decode_share=0.01, memory_bytes=8 << 20),
)


class Freeze(SmallPictures):
    """One examination. Keeps one number per picture."""

    def __init__(self) -> None:
        super().__init__(CARD)
        self._greys, self._quiet = array("f"), array("f")
        self._keys = bytearray()
        self._blank: set[int] = set()
        self._tears: dict[int, tear.Tear] = {}
        self._still_for = 0
        self._ended = -stillness.LATEST_TEAR_STEPS
        self._bins = Bins(stillness.QUIET_PARTS, stillness.QUIET_PARTS)
        self._last: NDArray[np.uint8] | None = None

    def _see(self, luma: Luma) -> None:
        self._track.add(luma)
        self._keys.append(luma.is_key)
        self._compare(luma.array.copy())

    def _compare(self, now: NDArray[np.uint8]) -> None:
        last = self._last
        same = last is not None and last.shape == now.shape
        grey = quiet = 0.0
        if same and last is not None:
            grey, quiet = self._differences(last, now)
        self._greys.append(grey)
        self._quiet.append(quiet)
        index = len(self._greys) - 1
        if grey <= stillness.STILL_MOST_GREY:
            self._still_for += 1
            if float(now.std()) < FLAT_GREY:
                self._blank.add(index)
        else:
            if self._still_for >= stillness.FEWEST_STEPS and same and last is not None:
                self._ended = index
            if index - self._ended < stillness.LATEST_TEAR_STEPS and same and last is not None:
                self._tears[index] = tear.Tear.of(last, now, grey)
            self._still_for = 0
        self._last = now

    def _differences(self, last: NDArray[np.uint8], now: NDArray[np.uint8]) -> tuple[float, float]:
        """Mean absolute difference (grey levels), and the same in the quietest quarter of 64 parts of the picture."""
        difference = np.maximum(now, last)
        difference -= np.minimum(now, last)
        sums = self._bins.sums(difference)
        sums.sort()
        share = stillness.QUIET_QUARTER / len(sums)
        return float(sums.sum()) / now.size, float(sums[: stillness.QUIET_QUARTER].sum()) / (share * now.size)

    def _judged(self) -> tuple[Product, ...]:
        count = len(self._track)
        if count < FEWEST_PICTURES:
            return (
                self._inconclusive(
                    f"Only {count} pictures could be shown: too few to know the file's noise."
                ),
            )
        track = self._track
        found = stillness.find_stillness(
            np.asarray(self._greys, dtype=np.float32),
            track.pts,
            float(track.base),
            np.frombuffer(self._keys, dtype=np.bool_),
            self._tears,
            np.asarray(self._quiet, dtype=np.float32),
        )
        measurements = {
            "noise_floor_2": Measurement(found.floor_2, "grey levels"),
            "noise_floor_5": Measurement(found.floor_5, "grey levels"),
            "elsewhere": Measurement(found.elsewhere_s, "s"),
            "short_still_stretches": Measurement(found.short_runs),
        }
        if not found.runs:
            return (
                CARD.finding(
                    KIND,
                    Outcome.NOT_OBSERVED,
                    f"In {count} pictures none stands still for {stillness.SHORTEST_S} s or more.",
                    measurements=measurements,
                    calibration=calibration(KIND),
                ),
            )
        longest = max(found.abrupt or found.runs, key=lambda r: r.seconds)
        many = f"{len(found.runs)} stretches, the longest" if len(found.runs) > 1 else "one stretch of"
        stands = f"The picture stands still in {many} {longest.seconds:.2f} s from "
        stands += f"{track.seconds(longest.first):.2f} s"
        if not found.abrupt:
            return (
                self._inconclusive(
                    f"{stands}, but comes to rest and moves again gradually, or while nothing else moves, or at "
                    f"an end of the file: a quiet scene under compression does the same.",
                    longest,
                    measurements,
                ),
            )
        why = _why_undecided(found)
        if why:
            return (self._inconclusive(f"{stands}. {why}", longest, measurements),)
        return tuple(self._observed(run, found, measurements) for run in found.abrupt)

    def _observed(
        self, run: stillness.Still, found: stillness.Stillness, measurements: dict[str, Measurement]
    ) -> FindingCore:
        track = self._track
        live = found.floor_5 >= stillness.LIVE_GREY
        grade = Grade.STRONG if found.floor_2 >= stillness.CLEARLY_LIVE_GREY else Grade.MODERATE
        begins, ends = (run.begins, run.ends) if run.is_torn else (run.first, run.last)
        held_s = track.seconds(ends) - track.seconds(begins)
        statement = f"The picture stands still for {held_s:.2f} s from {track.seconds(begins):.3f} s while time runs. "
        statement += (
            f"It stops out of steps of {run.motion_before:.2f} grey levels and ends with a tear of "
            f"{run.tear_grey:.2f}, while none of the next steps is larger than {run.next_grey:.2f}: what moved stands "
            f"elsewhere at once, as if time had run on unseen. "
            if run.is_torn
            else f"It stops at once out of steps of {run.before_grey:.2f} grey levels and goes on with one of "
            f"{run.after_grey:.2f}. "
        )
        statement += (
            f"Outside of it, even the quietest quarter of the picture changes by {found.floor_5:.2f} grey levels or "
            f"more in 95 of 100 steps."
            if live
            else "The unmoved parts of the picture are still in the rest of the file too."
        )
        if run.last in self._blank:
            grade = Grade.WEAK
            statement += " The held picture is blank: a covered lens or a lost signal gives nothing else."
        if track.damaged_near(run.first, 5):
            grade = Grade.WEAK
            statement += " The stream is damaged there, and decoders hold the last good picture."
        return CARD.finding(
            KIND,
            Outcome.OBSERVED,
            statement,
            span=track.span(begins, ends),
            measurements={
                **measurements,
                "still": Measurement(round(held_s, 4), "s"),
                "difference_before": Measurement(run.before_grey, "grey levels"),
                "motion_before": Measurement(run.motion_before, "grey levels"),
                "difference_after": Measurement(run.after_grey, "grey levels"),
                "motion_after": Measurement(run.motion_after, "grey levels"),
                "tear": Measurement(run.tear_grey, "grey levels"),
                **({"after_tear": Measurement(run.next_grey, "grey levels")} if run.is_torn else {}),
            },
            grade=grade,
            calibration=calibration(KIND),
        )

    def _inconclusive(
        self,
        statement: str,
        run: stillness.Still | None = None,
        measurements: dict[str, Measurement] | None = None,
    ) -> FindingCore:
        return CARD.finding(
            KIND,
            Outcome.INCONCLUSIVE,
            statement,
            span=self._track.span(run.first, run.last) if run else None,
            measurements=measurements or {},
            calibration=calibration(KIND),
        )


def _why_undecided(found: stillness.Stillness) -> str:
    """The reason why stillness says nothing in this file, or nothing."""
    if found.elsewhere_s < stillness.FEWEST_ELSEWHERE_S:
        return "Too little of the file moves to know its noise."
    if found.still_share > stillness.MOST_STILL_SHARE:
        return "More of the file stands still than moves, so that its noise is not known well enough."
    if len(found.abrupt) > stillness.MOST_RUNS:
        return (
            "So many still stretches are this file's habit, as with stalling links and time-lapse recorders."
        )
    torn = all(run.is_torn for run in found.abrupt)
    if found.floor_5 < stillness.LIVE_GREY and not torn:
        return (
            "Elsewhere too its pictures differ by almost nothing: a static scene under strong compression "
            "looks the same "
            "as a frozen one."
        )
    return ""


def examination(kind: Kind) -> Consumer:
    """A fresh examination of one file."""
    return Freeze()
