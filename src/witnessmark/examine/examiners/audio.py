"""Is the sound of one piece? Exact silence and missing samples (``audio.gap``), breaks of background, hum and waveform
(``audio.splice``), mains hum and whether it can be used (``audio.hum``). Method page: docs/methods/audio.md.
"""

from __future__ import annotations

from fractions import Fraction

from witnessmark.examine.contract import Cost, MethodCard
from witnessmark.examine.sound import background, hum, mains, phase, silence, stamps, stretches
from witnessmark.examine.sound.answers import Answers
from witnessmark.examine.sound.listening import Listening
from witnessmark.model.consumer import ByteSource, Consumer, Packets, PcmAt, Product
from witnessmark.model.findings import Outcome
from witnessmark.model.kind import Kind
from witnessmark.model.recording import MediaType, Recording
from witnessmark.model.samples import Gap, Packet, Pcm, Sample

GAP, SPLICE, HUM = "audio.gap", "audio.splice", "audio.hum"
DAMAGE = ("decode_error", "demux_error", "truncated")
NATIVE_HZ = 0
"""Samples as the decoder gives them: what is exact must not be resampled, and bandwidth must not be cut."""

CARD = MethodCard(
    id="audio",
    version="1.0.1",
    title="Sound: silence, breaks, hum",
    question="Is the sound of one piece?",
    kinds=(GAP, SPLICE, HUM),
    needs=(PcmAt(NATIVE_HZ), Packets(("audio",))),
    applies_to=(MediaType.VIDEO, MediaType.SOUND),
    questions={
        GAP: "Is there exact silence inside the sound, or are samples missing?",
        SPLICE: "Does the sound break off and go on otherwise: its background, its hum, its waveform?",
        HUM: "Is there mains hum, at what frequency, and is it strong enough to tell breaks by?",
    },
    parameters={
        "still_range": silence.STILL_RANGE,
        "shortest_silence_s": silence.SHORTEST_S,
        "stamp_step_s": stamps.STEP_S,
        "side_s": background.SIDE_S,
        "steady_db": background.STEADY_DB,
        "change_db": background.CHANGE_DB,
        "change_sigmas": background.CHANGE_SIGMAS,
        "depth_db": stretches.DEPTH_DB,
        "sharp_share": stretches.SHARP,
        "hum_window_s": hum.WINDOW_S,
        "hum_harmonics": mains.HARMONICS,
        "hum_gate_db": hum.GATE_DB,
        "hum_second_gate_db": hum.SECOND_GATE_DB,
        "phase_side_s": phase.SIDE_S,
        "phase_least_turns": phase.LEAST_STEP_TURNS,
        "phase_least_gain": phase.LEAST_GAIN,
    },
    benign_causes={
        GAP: (
            "the microphone was muted or unplugged, or a telephone call was put on hold",
            "the recorder gates or suppresses what is soft, or sends nothing while nobody speaks",
            "the recorder or the link lost samples (full buffer, weak network)",
            "damage in copying or transmission",
            "names, addresses or voices were taken out to protect somebody",
        ),
        SPLICE: (
            "the recorder was paused and resumed in the same file",
            "a noise suppressor or automatic gain changed its mind at once",
            "a loud source of noise was switched on or off (a fan, a tap, an engine), or a loudspeaker played",
            "the recorder changed its microphone, its input or its bit rate",
            "lost samples (full buffer), which also break waveform and hum",
            "parts were taken out or covered to protect somebody",
        ),
        HUM: ("a motor, a pump or a musical tone may lie near a multiple of the mains frequency",),
    },
    limits=(
        "A cut between two moments of the same background leaves a trace only in hum, or where the waveform was "
        "joined without a cross-fade in sound that was never compressed.",
        "Hum breaks are asked for only where the hum is strong enough. A cut at a random place turns the phase "
        "by less than 29 degrees 16 times in 100, and such small steps are not told.",
        "What is louder than the background that it covers is not told from a sound that was made in the room.",
        "Changes within two seconds of the beginning or end, and in sound shorter than ten seconds, are not "
        "judged.",
        "The first sound track is examined, as the mean of its channels.",
        "Recorders on batteries, outdoors or far from wiring carry no hum.",
    ),
    sources=(
        "Cooper: The electric network frequency as an aid to authenticating forensic digital audio recordings, "
        "AES 33rd Conference 2008",
        "Rodríguez, Apolinário, Biscainho: Audio authenticity: detecting ENF discontinuity with high precision phase "
        "analysis, IEEE TIFS 5(3), 2010",
        "Bykhovsky, Cohen: Electrical network frequency maximum-likelihood estimation via a multitone harmonic model, "
        "IEEE TIFS 8(5), 2013",
        "Hua, Liao, Zhang, Ye: Detection of electric network frequency in audio recordings, IEEE TIFS 16, 2021",
        "Martin: Noise power spectral density estimation based on optimal smoothing and minimum statistics, "
        "IEEE Trans. SAP 9(5), 2001",
        "Pan, Zhang, Lyu: Detecting splicing in digital audios using local noise level estimation, ICASSP 2012",
        "ENFSI-FSA-BPM-002: Best practice guidelines for ENF analysis in forensic authentication, 2009; "
        "SWGDE: Best practices for digital audio authentication, 2018",
    ),
    budget=Cost(decode_share=0.022, memory_bytes=320 << 20),
)


class Audio:
    """One examination. Keeps 1.2 to 2.7 kB per second of sound, up to a bound: 245 MB at the end of ten hours."""

    name = CARD.id
    needs = CARD.needs

    def __init__(self) -> None:
        self._listening: Listening | None = None
        self._stream: int | None = None
        self._base = Fraction(1, 1000)
        self._opened = False
        self._damage: list[tuple[int | None, str]] = []

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self._opened = bool(recording.streams)
        stream = recording.first("audio")
        if stream is not None:
            self._listening = Listening(stream.codec)
            self._stream, self._base = stream.index, stream.time_base

    def take(self, sample: Sample) -> None:
        if self._listening is None:
            return
        if isinstance(sample, Pcm):
            if sample.stream == self._stream:
                self._base = sample.base
                self._listening.sound(sample, sample.base)
        elif isinstance(sample, Packet):
            if sample.stream == self._stream:
                self._listening.packet(sample.data)
        elif isinstance(sample, Gap) and sample.stream == self._stream and sample.reason in DAMAGE:
            self._damage.append((sample.pts, sample.reason))

    def finish(self) -> tuple[Product, ...]:
        if self._listening is None:
            reason = (
                "the file has no sound" if self._opened else "the file could not be opened as a recording"
            )
            return CARD.not_applicable(reason)
        heard = self._listening.finish()
        if heard is None:
            return tuple(
                CARD.finding(
                    kind,
                    Outcome.INCONCLUSIVE,
                    "The file declares sound, but none of it could be decoded, or less than a fortieth of a second.",
                )
                for kind in CARD.kinds
            )
        return Answers(CARD, heard, self._base, tuple(self._damage)).all()


def examination(kind: Kind) -> Consumer:
    """A fresh examination of one file."""
    return Audio()
