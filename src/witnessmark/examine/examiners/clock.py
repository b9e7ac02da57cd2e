"""Is a clock burned into the picture, and does it keep time? (``clock.series``, ``clock.jump``, ``clock.rate``,
``clock.stopped``) Method page: docs/methods/clock.md.

No single reading is a finding about time: a clock is believed where several readings keep its own rule, one
second per second, and it is said to leap only where several readings on both sides do.
"""

from __future__ import annotations

from fractions import Fraction

from witnessmark.examine.clock import course, digits, search
from witnessmark.examine.clock import strip as strips
from witnessmark.examine.clock.account import account
from witnessmark.examine.clock.watch import SAMPLES_PER_S, WINDOW_PICTURES, WINDOW_S, Watch
from witnessmark.examine.clock.words import JUMP, RATE, SERIES, STOPPED
from witnessmark.examine.contract import Cost, MethodCard
from witnessmark.ground.networks.text_models import DETECTOR, RECOGNISER, RELEASE
from witnessmark.model.consumer import ByteSource, Consumer, Frames, Product
from witnessmark.model.findings import Outcome
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType, Recording
from witnessmark.model.samples import Frame, Sample

SET_OR_CUT = (
    "the recorder's clock was set or synchronised while recording",
    "the recorder paused (motion detection, full disk, restart) and wrote on in one file",
    "pictures were lost on the way and the file's times were closed up",
)

CARD = MethodCard(
    id="clock",
    version="1.0.1",
    title="Burned-in clock",
    question="Is a clock burned into the picture, what does it show, and does it keep time with the file?",
    questions={
        SERIES: "Is a clock burned into the picture, and what does it show from first to last?",
        JUMP: "Does the burned-in clock leap while the file's time runs on?",
        RATE: "Does the burned-in clock run at the pace of the file's time?",
        STOPPED: "Does the burned-in clock stand still while the file's time runs on?",
    },
    kinds=(SERIES, JUMP, RATE, STOPPED),
    needs=(Frames(),),
    applies_to=(MediaType.VIDEO, MediaType.PICTURE),
    parameters={
        "recogniser": f"{RECOGNISER} ({RELEASE})",
        "detector": f"{DETECTOR} ({RELEASE})",
        "window_s": WINDOW_S,
        "window_pictures": WINDOW_PICTURES,
        "looks_per_s": SAMPLES_PER_S,
        "edge_grey": search.EDGE_GREY,
        "edges_kept_share": search.KEPT_SHARE,
        "least_agreeing": strips.LEAST_AGREEING,
        "largest_misfit": digits.LARGEST_MISFIT,
        "least_lead": digits.LEAST_LEAD,
        "slack_s": course.SLACK_S,
        "least_jump_s": course.LEAST_JUMP_S,
        "least_stop_s": course.LEAST_STOP_S,
        "least_readings": course.LEAST_READINGS,
        "least_drift_share": course.LEAST_DRIFT_SHARE,
        "least_drift_s": course.LEAST_DRIFT_S,
    },
    benign_causes={
        SERIES: ("the clock shows what it was set to: a burned-in time is a statement of the recorder",),
        JUMP: SET_OR_CUT,
        RATE: (
            "the file plays at another speed than it was recorded (time lapse, slow motion, a wrong picture rate)",
            "the recorder dropped pictures evenly and wrote even times",
            "the recorder's clock is off its crystal",
        ),
        STOPPED: (
            "the recorder or network camera held the last picture, clock and all",
            "the overlay is drawn by another device, which hung",
            "a title, a still or a paused screen was recorded",
        ),
    },
    limits=(
        "Letters lower than 8 picture lines, or blurred by coding until neighbouring numerals look alike, are not "
        "read.",
        "Letters without box or outline are lost wherever the scene behind them is as bright as they are.",
        "Only one clock per file is followed, and only where it keeps its place; analogue dials are not read.",
        "Leaps under 2 s are not told; a clock without seconds shows leaps of about a minute and more only.",
        "Whether the clock was right is not asked here, nor who set it.",
        "A clock drawn anew over the old one, in step with an edit, keeps time: nothing is seen here.",
        "Where day and month may be exchanged, the order taken is the likelier one, and the finding says so.",
    ),
    sources=(
        "Du et al.: PP-OCR, arXiv:2009.09941 (recogniser); weights PP-OCRv6 small, PaddleOCR, Apache-2.0",
        "Liao et al.: Real-time scene text detection with differentiable binarization, AAAI 2020 (detector)",
        "Graves et al.: Connectionist temporal classification, ICML 2006",
        "Hastie, Tibshirani, Friedman: The Elements of Statistical Learning, 2nd ed., 4.3 (numerals)",
        "Theil 1950; Sen: Estimates of the regression coefficient based on Kendall's tau, JASA 63, 1968 (pace)",
        "RFC 5905, 11.2.1 (intervals that share a point)",
    ),
    # Measured at 720p: 2 % without a clock; with one, half a CPU second once per file and 1 % after that.
    budget=Cost(decode_share=0.05, memory_bytes=96 << 20),
)


class Clock:
    """One examination. Keeps one window of pictures until a clock is found, then strips of its box."""

    name = CARD.id
    needs = CARD.needs

    def __init__(self) -> None:
        self._watch = Watch()
        self._rate: Fraction | None = None
        self._opened = self._has_picture = False

    def begin(self, recording: Recording, source: ByteSource) -> None:
        stream = recording.first("video")
        self._opened, self._has_picture = bool(recording.streams), stream is not None
        self._rate = stream.average_rate if stream is not None else None

    def take(self, sample: Sample) -> None:
        if isinstance(sample, Frame):
            self._watch.take(sample, self._rate)

    def finish(self) -> tuple[Product, ...]:
        if self._opened and not self._has_picture:
            return CARD.not_applicable("the file has no picture stream")
        self._watch.finish()
        if not self._watch.pictures:
            statement = "No picture could be shown, so no clock was looked for."
            return tuple(CARD.finding(kind, Outcome.INCONCLUSIVE, statement) for kind in CARD.kinds)
        return account(CARD, self._watch)


def examination(kind: Kind) -> Consumer:
    """A fresh examination of one file."""
    return Clock()
