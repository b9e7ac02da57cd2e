"""Is time whole? Spacing of packets, numbering inside the pictures, sound against picture.

Three questions, from packets alone (nothing is decoded): are pictures or time missing (``timeline.gap``), do
time stamps and numbering fall out of the file's own pattern (``timeline.disorder``), do sound and picture
start and end together (``timeline.av_offset``). Method page: docs/methods/timeline.md.
"""

from __future__ import annotations

from array import array
from fractions import Fraction

import numpy as np

from witnessmark.examine.calibration import calibration
from witnessmark.examine.contract import Cost, MethodCard
from witnessmark.examine.picture.track import no_pictures
from witnessmark.examine.timing import disorder, gaps, sound, spacing
from witnessmark.examine.timing.numbering import REORDER_PICTURES, Numbered, Numbering, read_numbering
from witnessmark.examine.timing.places import Place, findings
from witnessmark.examine.timing.schedule import key_schedule
from witnessmark.examine.trees import tree_of
from witnessmark.ground.container.coded_order import PictureReader, reader_for
from witnessmark.model.consumer import ByteSource, Consumer, Packets, Product, Trace
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType, Recording, Stream
from witnessmark.model.samples import Gap, Packet, Sample
from witnessmark.model.time import Span

GAP, DISORDER, OFFSET = "timeline.gap", "timeline.disorder", "timeline.av_offset"
KEYS = "timeline.keys"
"""Trace left for others: times of key pictures, their usual distance in pictures, those off it."""
FEWEST_PICTURES = 8
"""Below this a file has no pattern of its own."""
NONE_TICKS = -(1 << 62)
"""Stands for a missing time stamp in the compact arrays."""
INDEXED = frozenset({"mp4", "mov", "3gp", "m4a"})
"""Formats whose index names every picture (ISO/IEC 14496-12 §8.7): what lies beyond the end is known exactly."""
SIZED = frozenset({"avi", "mkv", "webm"})
"""Formats whose outermost element states its size (RIFF; RFC 8794 §6.2)."""
CLOCK_CODECS = frozenset({"mpeg4"})
"""Codecs whose numbering is a clock: it cannot tell a lost picture from one never taken."""

CARD = MethodCard(
    id="timeline",
    version="1.2.0",
    title="Time stamps and numbering",
    question="Is the file's time whole and in order?",
    kinds=(GAP, DISORDER, OFFSET),
    needs=(Packets(),),
    applies_to=(MediaType.VIDEO,),
    questions={
        GAP: "Are pictures or stretches of time missing?",
        DISORDER: "Do time stamps and numbering follow the file's own pattern throughout?",
        OFFSET: "Do sound and picture start and end together?",
    },
    parameters={
        "gap_factor": spacing.GAP_FACTOR,
        "jitter_share": spacing.JITTER_SHARE,
        "regular_share": spacing.REGULAR_SHARE,
        "variable_gap_factor": spacing.VARIABLE_GAP_FACTOR,
        "variable_gap_s": spacing.VARIABLE_GAP_S,
        "sound_break_s": sound.BREAK_S,
        "lip_sync_s": sound.LIP_SYNC_S,
        "clear_offset_s": sound.CLEAR_S,
    },
    benign_causes={
        GAP: (
            "the recorder lost pictures (slow card, full buffer, weak network link)",
            "exposure was lengthened or the device was hot, and pictures were never taken",
            "the recorder was paused and resumed in the same file",
            "damage in copying or transmission",
            "copying, recording or recovery broke off before the end (full card, power cut, lost connection)",
        ),
        DISORDER: (
            "the file was trimmed or joined without re-encoding, in a phone's gallery for instance",
            "the recorder closed one segment and went on in the next",
            "the clock of the recorder was corrected while recording",
            "a converter rounded times to another time base",
        ),
        OFFSET: (
            "microphone and sensor start at different moments",
            "the recording was interrupted while one of the two was still being written",
            "a converter lost the declared delay of the sound",
        ),
    },
    limits=(
        "Whole groups of pictures taken out without re-encoding, with times closed cleanly, leave nothing "
        "here where the encoder does not number its groups and there is no sound.",
        "A re-encoding gives new numbers and new times: then only what the encoder was given can be seen.",
        "Numbering is read in H.264, HEVC and MPEG-4 part 2; other codecs are judged by time stamps alone.",
        "Pictures missing before the first or after the last one cannot be seen.",
    ),
    sources=(
        "ISO/IEC 14496-10 §7.4.3, §8.2.1, §8.2.5.2 (frame_num, picture order)",
        "ITU-T H.265 §8.3.1; ISO/IEC 14496-2 §6.3.5",
        "ISO/IEC 14496-12 §8.6 (time to sample, edit lists); ISO/IEC 13818-1 §2.4.3.7",
        "ITU-R BT.1359-1 (relative timing of sound and vision)",
        "Gloe, Fischer, Kirchner: Forensic analysis of video file formats, DFRWS 2014",
    ),
    budget=Cost(decode_share=0.02, memory_bytes=96 << 20),
)


class _Track:
    """Compact record of one stream's packets."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.base = stream.time_base
        self.pts, self.dts, self.duration = array("q"), array("q"), array("q")
        self.key = bytearray()
        self.empty = 0
        self.damaged = 0

    def take(self, packet: Packet) -> None:
        self.base = packet.base
        self.pts.append(NONE_TICKS if packet.pts is None else packet.pts)
        self.dts.append(NONE_TICKS if packet.dts is None else packet.dts)
        self.duration.append(packet.duration or 0)
        self.key.append(packet.is_key)
        self.empty += packet.size_bytes == 0
        self.damaged += packet.is_corrupt

    def presented(self) -> spacing.Times:
        """Presentation times in order, unique, wraps undone."""
        stamps = [p if p != NONE_TICKS else d for p, d in zip(self.pts, self.dts, strict=True)]
        return np.unique(spacing.unwrapped([s for s in stamps if s != NONE_TICKS]))

    def extent(self) -> sound.Extent | None:
        stamps = [(p, d) for p, d in zip(self.pts, self.duration, strict=True) if p != NONE_TICKS]
        if not stamps:
            return None
        tick = float(self.base)
        # Priming and pictures that an edit list hides lie before zero and are not presented.
        start = min(p for p, _ in stamps)
        if start < 0 <= max(p for p, _ in stamps):
            start = 0
        return sound.Extent(start * tick, max(p + d for p, d in stamps) * tick)


class Timeline:
    """One examination. Keeps a few dozen bytes per packet."""

    name = CARD.id
    needs = CARD.needs

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._cut_short = False
        self._promised_s: float | None = None
        self._tracks: dict[int, _Track] = {}
        self._video: _Track | None = None
        self._sound: _Track | None = None
        self._reader: PictureReader | None = None
        self._pictures: list[Numbered] = []
        self._unread = array("q")
        self._faults: list[Gap] = []
        self._opened = False

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self._opened = bool(recording.streams)
        codes = {fault.code for fault in tree_of(source, self._kind).faults}
        by_index = self._kind.format in INDEXED and "chunk_beyond_end" in codes
        self._cut_short = by_index or (self._kind.format in SIZED and "truncated" in codes)
        self._promised_s = recording.duration_s
        video, voice = recording.first("video"), recording.first("audio")
        if video is not None:
            self._video = self._tracks[video.index] = _Track(video)
            self._reader = reader_for(video.codec, video.extradata)
        if voice is not None:
            self._sound = self._tracks[voice.index] = _Track(voice)

    def take(self, sample: Sample) -> None:
        if isinstance(sample, Gap):
            self._faults.append(sample)
        elif isinstance(sample, Packet) and (track := self._tracks.get(sample.stream)) is not None:
            track.take(sample)
            if track is self._video and self._reader is not None:
                self._number(sample)

    def _number(self, packet: Packet) -> None:
        picture = self._reader.read(packet.data) if self._reader is not None else None
        stamp = packet.pts if packet.pts is not None else packet.dts
        if picture is None or stamp is None:
            self._unread.append(NONE_TICKS if stamp is None else stamp)
        else:
            self._pictures.append(Numbered(packet.ordinal, stamp, picture))

    def finish(self) -> tuple[Product, ...]:
        video = self._video
        if video is None:
            return no_pictures(CARD, self._opened)
        presented = video.presented()
        pattern = spacing.own_pattern(presented)
        if pattern is None or len(presented) < FEWEST_PICTURES:
            return tuple(_too_short(kind, len(presented)) for kind in CARD.kinds)
        numbering = read_numbering(
            self._pictures,
            self._unread,
            pattern.usual_ticks,
            gaps_allowed=self._reader.gaps_allowed if self._reader else False,
            by_time=video.stream.codec in CLOCK_CODECS,
        )
        return (
            *self._gap(video, presented, pattern, numbering),
            *self._disorder(video, presented, pattern, numbering),
            self._offset(video, pattern),
            _keys(video, presented),
        )

    # ------------------------------------------------------------------ the three answers

    def _gap(
        self, video: _Track, presented: spacing.Times, pattern: spacing.Pattern, numbering: Numbering
    ) -> tuple[FindingCore, ...]:
        holes = spacing.time_gaps(presented, pattern, float(video.base))
        places = gaps.gap_places(holes, numbering, pattern, video.base)
        held = len(video.pts)
        off = self._broken_off(video, presented, pattern)
        if off is not None:
            # What is damaged at the break is part of it and no event of its own.
            rim_s = off.start_s - float(REORDER_PICTURES * pattern.usual_ticks * video.base)
            places = (*(p for p in places if p.start_s < rim_s), off)
        else:
            if video.damaged or self._faults:
                places = (*places, *gaps.fault_places(self._faults, video.damaged, presented, video.base))
            if video.stream.declared_frames > held + video.empty:
                places = (*places, gaps.short_of_declared(video.stream, held, presented, video.base))
        if places:
            return findings(CARD, GAP, places, calibration(GAP), "gaps")
        limit_s = round(_detectable_s(pattern, video.base), 3)
        return (
            CARD.finding(
                GAP,
                Outcome.NOT_OBSERVED,
                f"No gap: no interval between pictures is longer than the file's own pattern allows (a hole "
                f"of {limit_s} s or more would show). {gaps.numbering_sentence(numbering)}",
                measurements=_pattern_measurements(pattern, numbering, video.base),
                calibration=calibration(GAP),
            ),
        )

    def _broken_off(self, video: _Track, presented: spacing.Times, pattern: spacing.Pattern) -> Place | None:
        """Where the file ends before what it promises; None where it does not, or promises nothing."""
        if not self._cut_short:
            return None
        held, declared = len(video.pts), video.stream.declared_frames
        usual = pattern.usual_ticks
        if declared:
            missing, exact = declared - held, self._kind.format in INDEXED
            promised = f"its own {'index' if exact else 'header'} lists {declared} pictures"
        else:
            promised_s, end_s = self._promised_s or 0.0, float((int(presented[-1]) + usual) * video.base)
            missing, exact = round((promised_s - end_s) / float(usual * video.base)), True
            promised = f"its own header says that it lasts {promised_s:.1f} s"
            if promised_s - end_s < gaps.LEAST_BREAK_S:
                return None
        if missing <= 0:
            return None
        return gaps.broken_off(promised, held, missing, presented, video.base, usual, exact=exact)

    def _disorder(
        self, video: _Track, presented: spacing.Times, pattern: spacing.Pattern, numbering: Numbering
    ) -> tuple[FindingCore, ...]:
        keys = [p for p, k in zip(video.pts, video.key, strict=True) if k and p != NONE_TICKS]
        stamps = [(p, d) for p, d in zip(video.pts, video.dts, strict=True) if p != NONE_TICKS]
        breaks: tuple[sound.SoundBreak, ...] = ()
        voice_base = Fraction(1)
        if self._sound is not None:
            voice = self._sound
            voice_base = voice.base
            if NONE_TICKS not in voice.pts:
                breaks = sound.sound_breaks(
                    spacing.unwrapped(voice.pts),
                    voice.duration,
                    float(voice.base),
                    framed=not voice.stream.codec.startswith(("pcm", "adpcm")),
                )
        places = disorder.disorder_places(stamps, keys, pattern, numbering, video.base, breaks, voice_base)
        if places:
            return findings(CARD, DISORDER, places, calibration(DISORDER), "breaks of the pattern")
        return (
            CARD.finding(
                DISORDER,
                Outcome.NOT_OBSERVED,
                f"Times of pictures and sound follow the file's own pattern throughout. "
                f"{gaps.numbering_sentence(numbering)}",
                measurements=_pattern_measurements(pattern, numbering, video.base),
                calibration=calibration(DISORDER),
            ),
        )

    def _offset(self, video: _Track, pattern: spacing.Pattern) -> FindingCore:
        if self._sound is None or not len(self._sound.pts):
            return CARD.not_applicable("the file has no sound to compare", OFFSET)[0]
        picture, voice = video.extent(), self._sound.extent()
        if picture is None or voice is None:
            return CARD.finding(OFFSET, Outcome.INCONCLUSIVE, "The streams carry no presentation times.")
        late_s, longer_s = sound.offsets(picture, voice)
        packet_s = float(np.median(np.asarray(self._sound.duration)) * self._sound.base)
        picture_s = float(pattern.usual_ticks * video.base)
        allowed = sound.allowed_s(picture.end_s - picture.start_s, packet_s, picture_s)
        worst = max(abs(late_s), abs(longer_s))
        measurements = {
            "start_difference": Measurement(round(late_s, 4), "s"),
            "end_difference": Measurement(round(longer_s, 4), "s"),
            "allowed": Measurement(round(allowed, 4), "s"),
        }
        if worst <= allowed:
            return CARD.finding(
                OFFSET,
                Outcome.NOT_OBSERVED,
                f"Sound and picture start within {abs(late_s):.2f} s and end within {abs(longer_s):.2f} s of "
                f"each other; up to {allowed:.2f} s is explained by codec frames and free-running clocks.",
                measurements=measurements,
                calibration=calibration(OFFSET),
            )
        whole = Span.of(round(picture.start_s / video.base), round(picture.end_s / video.base), video.base)
        return CARD.finding(
            OFFSET,
            Outcome.OBSERVED,
            f"Sound starts {_signed(late_s, 'after', 'before')} and ends "
            f"{_signed(longer_s, 'after', 'before')} the picture; codec frames and free-running clocks "
            f"explain no more than {allowed:.2f} s.",
            span=whole,
            measurements=measurements,
            grade=Grade.MODERATE if worst > max(allowed, sound.CLEAR_S) else Grade.WEAK,
            calibration=calibration(OFFSET),
        )


def _keys(video: _Track, presented: spacing.Times) -> Trace:
    """Where groups of pictures begin: left for the method that weighs a change of picture."""
    keys = [p for p, k in zip(video.pts, video.key, strict=True) if k and p != NONE_TICKS]
    schedule = key_schedule(presented, keys)
    return Trace(
        KEYS,
        {
            "base": video.base,
            "key_pts": np.asarray(schedule.key_pts, dtype=np.int64),
            "usual_interval_frames": schedule.usual,
            "off_schedule": list(schedule.off),
        },
    )


def _signed(value_s: float, after: str, before: str) -> str:
    return f"{abs(value_s):.2f} s {after if value_s >= 0 else before}"


def _detectable_s(pattern: spacing.Pattern, base: Fraction) -> float:
    if pattern.is_regular:
        return float(spacing.GAP_FACTOR * pattern.usual_ticks * base)
    return max(float(spacing.VARIABLE_GAP_FACTOR * pattern.high_ticks * base), spacing.VARIABLE_GAP_S)


def _pattern_measurements(
    pattern: spacing.Pattern, numbering: Numbering, base: Fraction
) -> dict[str, Measurement]:
    return {
        "usual_interval": Measurement(round(float(pattern.usual_ticks * base), 6), "s"),
        "regular_share": Measurement(round(pattern.regular_share, 4)),
        "intervals": Measurement(pattern.intervals),
        "pictures_with_numbers": Measurement(numbering.read),
    }


def _too_short(kind: str, pictures: int) -> FindingCore:
    return CARD.finding(
        kind,
        Outcome.INCONCLUSIVE,
        f"Only {pictures} pictures with a time: too few to know the file's own pattern.",
        measurements={"pictures": Measurement(pictures)},
    )


def examination(kind: Kind) -> Consumer:
    """A fresh examination of one file."""
    return Timeline(kind)
