"""Was the picture encoded before (``encode.repeated``)? Method page: docs/methods/recompression.md.

An encoder that meets decoded video spends more, and predicts worse, where the original had its key pictures.
Whether pictures stand out at a fixed period is decided by a rank test with its false-alarm probability, not by a
threshold on some material. What it finds is history: nearly every exported, shared or shortened file has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from witnessmark.examine.calibration import calibration
from witnessmark.examine.coding import charts, comb, designs, double_jpeg, structure
from witnessmark.examine.coding.comb import Period
from witnessmark.examine.coding.designs import Design
from witnessmark.examine.coding.double_jpeg import DoubleJpeg
from witnessmark.examine.coding.footprint import Coding
from witnessmark.examine.coding.series import MOST_PICTURES, CodedSeries
from witnessmark.examine.contract import Cost, MethodCard
from witnessmark.model.consumer import BlockTypes, ByteSource, Consumer, Frames, Need, Packets, Product, Qp
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.recording import MediaType, Recording, Stream
from witnessmark.model.samples import Blocks, Frame, Packet, QpMap, Sample
from witnessmark.model.time import Span

if TYPE_CHECKING:
    from witnessmark.ground.container import Kind

KIND = "encode.repeated"
BLOCK_PICTURES = 250
"""Ten seconds at 25 a second: eight groups of 30. Block types cost 0.5 ms a picture at 720p, sizes nothing: the rest of
the file is judged by them."""
CHANCE_MODERATE, CHANCE_STRONG, CHANCE_WORTH_SAYING = 1e-3, 1e-6, 1e-2
"""Probability that pictures in random order show any period as strong, all periods tried counted in. One file in
a thousand and in a million; between the first and the last nothing is decided."""
QP_PER_SECOND = 12.5
"""Every second picture at 25 a second: the fall of the quantiser is seen as well as with all, for half the cost. Of
MPEG-4 part 2 every one is read: its encoders hold the rate, and sizes alone say little."""
TELLING = ("h264", "mpeg4")
"""Codecs whose decoder tells block types and quantisers (ground/media/coded.py). Of others the samples are compared."""
STANDS_OUT_BY = {
    "footprint": "one is predicted worse than its neighbours",
    "decisions": "one is predicted, quantised or placed otherwise than its neighbours",
}
"""What each design sees at a picture, in the words of the finding."""
LINEAR = ("mpeg4", "msmpeg4v1", "msmpeg4v2", "msmpeg4v3", "mpeg2video", "mpeg1video", "h263")

CARD = MethodCard(
    id="recompression",
    version="2.0.0",
    title="Traces of an earlier encoding",
    question="Was the picture encoded before, as by an export, an editor or a platform?",
    kinds=(KIND,),
    needs=(Frames(), Packets(("video",)), BlockTypes(BLOCK_PICTURES), Qp(QP_PER_SECOND, BLOCK_PICTURES)),
    applies_to=(MediaType.VIDEO,),
    parameters={
        "block_pictures": BLOCK_PICTURES,
        "qp_per_second": QP_PER_SECOND,
        "most_pictures": MOST_PICTURES,
        "fewest_pictures": comb.FEWEST_PICTURES,
        "fewest_teeth": comb.FEWEST_TEETH,
        "shortest_period": comb.SHORTEST_PERIOD,
        "longest_period": comb.LONGEST_PERIOD,
        "chance_moderate": CHANCE_MODERATE,
        "chance_strong": CHANCE_STRONG,
        "chance_worth_saying": CHANCE_WORTH_SAYING,
    },
    benign_causes={
        KIND: (
            "exported, shared, down-sized or converted by an application, a platform or a messenger",
            "blurred or shortened to protect someone",
            "a recorder that stores what a network camera had already encoded, after encoding it anew",
            "a recorder that refreshes its picture at a fixed period; a change of frame rate that repeats or drops "
            "pictures at one",
            "something in the scene that recurs at a fixed period: a blinking lamp, a turning machine",
        )
    },
    limits=(
        "No trace is no proof of a single encoding: one of so high quality that it kept the scene's noise, one whose "
        "groups fall together with the file's own, or one before a change of frame rate leaves none.",
        "Fewer than four old groups are never found: short clips and long groups stay undecided.",
        "A last encoder that does not look ahead, and is coarser than the first, leaves little; so does MPEG-4 with "
        "short groups. Codecs that tell neither block types nor quantisers are judged by sizes, types and samples.",
        "Motion JPEG that was JPEG before is found only on the same 8x8 grid and where the last steps are the finer.",
        "The period is that of the strongest trace: of three encodings, one is seen.",
        "Only the first 6,000 pictures are read; an earlier encoding of the sound is not looked for.",
    ),
    sources=(
        "Vazquez-Padin, Fontani, Bianchi, Comesana, Piva, Barni: Detection of video double encoding with GOP size "
        "estimation, IEEE WIFS 2012 (variation of prediction footprint)",
        "Vazquez-Padin, Fontani, Shullani, Perez-Gonzalez, Piva, Barni: Video integrity verification and GOP size "
        "estimation via generalized variation of prediction footprint, IEEE TIFS 15, 2020 (shift by B pictures)",
        "Garrett-Glaser: A novel macroblock-tree algorithm for high-performance optimization of dependent video "
        "coding in H.264/AVC, 2009 (quantisers that tell what will be predicted from a picture)",
        "Robinson: Saddlepoint approximations for permutation tests and confidence intervals, JRSS B 44, 1982",
        "Li, Gardella, Bammey, Nikoukhah, Morel, Colom, Grompone von Gioi: A contrario detection of H.264 video "
        "double compression, IEEE ICIP 2023",
        "Stamm, Lin, Liu: Temporal forensics and anti-forensics for motion compensated video, IEEE TIFS 7(4), 2012",
        "Lukas, Fridrich: Estimation of primary quantization matrix in double compressed JPEG images, DFRWS 2003",
        "Genovese, Roeder, Wasserman: False discovery control with p-value weighting, Biometrika 93, 2006",
    ),
    budget=Cost(decode_share=0.03, memory_bytes=16 << 20),
)


@dataclass(slots=True)
class Recompression:
    """One examination. Keeps some hundred bytes a picture, of at most MOST_PICTURES."""

    name: str = CARD.id
    needs: tuple[Need, ...] = CARD.needs
    series: CodedSeries = field(default_factory=CodedSeries)
    jpegs: double_jpeg.JpegPictures | None = None
    stream: Stream | None = None
    opened: bool = False

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self.opened = bool(recording.streams)
        self.stream = recording.first("video")
        if self.stream is not None and self.stream.codec == "mjpeg":
            self.jpegs = double_jpeg.JpegPictures()
        elif self.stream is not None and self.stream.codec not in TELLING:
            self.series.changed_pictures = BLOCK_PICTURES
        if self.stream is not None and self.stream.codec == "mpeg4":
            self.needs = (*CARD.needs[:-1], Qp(frames=BLOCK_PICTURES))

    def take(self, sample: Sample) -> None:
        if isinstance(sample, Packet):
            if self.stream is not None and sample.stream == self.stream.index:
                self.series.take(sample)
                if self.jpegs is not None:
                    self.jpegs.take(sample)
        elif isinstance(sample, Frame | Blocks | QpMap):
            self.series.take(sample)
            if self.jpegs is not None and isinstance(sample, Frame):
                self.jpegs.take(sample)

    def finish(self) -> tuple[Product, ...]:
        if not self.opened:
            return (_unread("the file could not be opened as a recording"),)
        if self.stream is None:
            return CARD.not_applicable("the recording has no picture")
        if not self.series.types:
            return (_unread("no picture could be decoded"),)
        coding = self.series.coding(linear_quantiser=self.stream.codec in LINEAR)
        tried = designs.tried(coding)
        best = designs.best(tried)
        core = _answer(self.series, self.stream, coding, tried, best)
        twice = double_jpeg.examined(self.jpegs.kept) if self.jpegs is not None else None
        if twice is not None:
            core = _with_jpeg(core, twice)
        shown = best.found is not None and 10.0**best.found.log10_chance <= CHANCE_MODERATE
        return (core, *charts.drawn(self.series, coding, best.score.standing, best.found if shown else None))


def examination(kind: Kind) -> Consumer:
    return Recompression()


def _unread(why: str) -> FindingCore:
    return CARD.finding(KIND, Outcome.INCONCLUSIVE, f"Nothing could be established: {why}.")


def _answer(
    series: CodedSeries, stream: Stream, coding: Coding, tried: tuple[Design, ...], best: Design
) -> FindingCore:
    seen, found = best.seen, best.found
    measured = {
        "pictures": Measurement(len(coding.types), "pictures"),
        "pictures_with_evidence": Measurement(int(np.isfinite(seen.evidence).sum()), "pictures"),
        "read_from": Measurement("block types and sizes" if seen.from_blocks else "sizes"),
        **structure.measurements(coding),
        **structure.tools(stream.codec, stream.extradata),
    }
    if seen.own_period is not None:
        measured["own_group_pictures"] = Measurement(seen.own_period, "pictures")
    if best.rhythm is not None:
        measured["rhythm_pictures"] = Measurement(best.rhythm, "pictures")
    if seen.repeat_period is not None:
        measured["repeats_every_pictures"] = Measurement(seen.repeat_period, "pictures")
    if found is None:
        return CARD.finding(
            KIND,
            Outcome.INCONCLUSIVE,
            f"Too short to decide: {measured['pictures_with_evidence'].value} pictures carry evidence; "
            f"{comb.FEWEST_PICTURES} and {comb.FEWEST_TEETH} recurrences are the least.",
            measurements=measured,
            calibration=calibration(KIND),
        )
    measured |= _period_measured(series, found)
    measured["found_by"] = Measurement(best.name)
    for one in tried:
        if one.found is not None:
            measured[f"{one.name}_log10_chance"] = Measurement(round(one.found.log10_chance, 2), "")
            measured[f"{one.name}_group_pictures"] = Measurement(one.found.period, "pictures")
    chance = 10.0**found.log10_chance
    if chance > CHANCE_WORTH_SAYING:
        return CARD.finding(
            KIND,
            Outcome.NOT_OBSERVED,
            "No period at which pictures stand out as former key pictures do (best chance "
            f"{_chance(found)}, among {found.combs} periods and phases). That is no proof of a single encoding.",
            measurements=measured,
            calibration=calibration(KIND),
        )
    where = _span(series, found)
    converted = seen.repeat_period is not None and found.period % seen.repeat_period == 0
    if chance > CHANCE_MODERATE or converted:
        why = (
            "pictures are repeated at the same period, as a conversion of the frame rate does"
            if converted
            else f"the probability that this is chance is {_chance(found)}, and {CHANCE_MODERATE:g} is asked for"
        )
        return CARD.finding(
            KIND,
            Outcome.INCONCLUSIVE,
            f"Pictures stand out every {found.period} pictures, but {why}.",
            span=where,
            measurements=measured,
            calibration=calibration(KIND),
        )
    return CARD.finding(
        KIND,
        Outcome.OBSERVED,
        f"Every {found.period} pictures ({found.hits} of {len(found.teeth)} times) {STANDS_OUT_BY[best.name]}, as "
        f"where an earlier encoding had its key pictures. Were the ranks of its pictures independent, so regular a "
        f"row would come about once in {_once_in(found)} (computed from that assumption, not measured).",
        span=where,
        measurements=measured,
        grade=Grade.STRONG if chance <= CHANCE_STRONG else Grade.MODERATE,
        calibration=calibration(KIND),
    )


def _with_jpeg(core: FindingCore, twice: DoubleJpeg) -> FindingCore:
    """The answer of the sizes, overruled where combs in the histograms of coefficients are sure.

    Two tests were made of one file, so each has half of the allowance.
    """
    measured = {
        **core.measurements,
        "jpeg_log10_chance": Measurement(round(twice.log10_chance, 2), ""),
        "jpeg_histograms": Measurement(twice.frequencies, ""),
    }
    if twice.steps:
        measured["jpeg_old_steps"] = Measurement(tuple(old for old, _ in twice.steps))
        measured["jpeg_new_steps"] = Measurement(tuple(new for _, new in twice.steps))
    chance = min(1.0, 2.0 * 10.0**twice.log10_chance)
    if chance > CHANCE_MODERATE or (core.outcome is Outcome.OBSERVED and core.grade is Grade.STRONG):
        return replace(core, measurements=measured)
    return CARD.finding(
        KIND,
        Outcome.OBSERVED,
        f"The coefficients of its JPEG pictures were quantised before, with other steps: combs in {len(twice.steps)} "
        f"of {twice.frequencies} histograms. Were the values smooth from step to step, such combs would come about "
        f"once in {10 ** min(9, int(-np.log10(chance))):,} files (computed from that assumption, not measured).",
        measurements=measured,
        grade=Grade.STRONG if chance <= CHANCE_STRONG else Grade.MODERATE,
        calibration=calibration(KIND),
    )


def _period_measured(series: CodedSeries, found: Period) -> dict[str, Measurement]:
    first, last = found.teeth[0], found.teeth[-1]
    turns = (last - first) // found.period
    seconds = (series.at_s(last) - series.at_s(first)) / turns if turns else 0.0
    return {
        "hidden_group_pictures": Measurement(found.period, "pictures"),
        "hidden_group_s": Measurement(round(seconds, 4), "s"),
        "hidden_group_phase": Measurement(found.phase, "pictures"),
        "recurrences": Measurement(len(found.teeth), "pictures"),
        "recurrences_in_best_tenth": Measurement(found.hits, "pictures"),
        "score": Measurement(round(found.deviations, 3), "standard deviations"),
        "log10_chance": Measurement(round(found.log10_chance, 2), ""),
        "periods_and_phases_tried": Measurement(found.combs, ""),
    }


def _chance(found: Period) -> str:
    return f"{10.0**found.log10_chance:.1g}"


def _once_in(found: Period) -> str:
    """Never more than a thousand million: the test's own assumptions are not surer than that."""
    power = min(9, int(-found.log10_chance))
    return f"{10**power:,} files" if power < 9 else "more than 1,000,000,000 files"


def _span(series: CodedSeries, found: Period) -> Span | None:
    first, last = series.pts[found.teeth[0]], series.pts[found.teeth[-1]]
    if first is None or last is None or last < first:
        return None
    return Span.of(first, last, series.base)
