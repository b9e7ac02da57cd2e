"""The software examiner: does the coded picture or sound carry the strings of an encoder on a computer?

Reads what the container says about encoders, the decoder configuration, and the SEI of the first video
packets; x264 and x265 write their version and whole settings there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from witnessmark.examine import writers
from witnessmark.examine.contract import Cost, MethodCard
from witnessmark.examine.trees import fault_measurements, tree_of, unreadable
from witnessmark.ground.container import Kind, Tree, annexb
from witnessmark.model.consumer import Bytes, ByteSource, Need, Packets, Product
from witnessmark.model.findings import FindingCore, Grade, Measurement, Outcome
from witnessmark.model.recording import MediaType, Recording, Stream
from witnessmark.model.samples import Packet, Sample

PACKETS_READ = 8
"""Encoders put their SEI into the first access unit; some writers repeat it with each key frame."""
PACKET_BYTES = 256 * 1024
"""Bytes of one packet looked at: SEI stands before the first slice."""

CARD = MethodCard(
    id="software",
    version="1.0.0",
    title="Encoder's strings",
    question="Does the file carry strings or settings of encoding software?",
    kinds=("encode.software",),
    needs=(Packets(("video",)), Bytes()),
    applies_to=(MediaType.VIDEO, MediaType.SOUND, MediaType.PICTURE),
    parameters={
        "packets_read": PACKETS_READ,
        "packet_bytes": PACKET_BYTES,
        "known_writers": len(writers.WRITERS),
    },
    benign_causes={
        "encode.software": (
            "exported, shared or down-sized by an application or a platform",
            "a network recorder or dash camera whose firmware embeds x264 or FFmpeg",
            "blurred or shortened to protect someone",
        )
    },
    limits=(
        "Encoder strings can be removed or forged without touching the picture.",
        "Hardware encoders of phones and of computers often sign with nothing.",
        "Only the first packets are read; a splice later in the file is the business of other methods.",
    ),
    sources=(
        "ITU-T H.264 D.1.6, H.265 D.2.7 (user data unregistered)",
        "x264 encoder/set.c x264_sei_version_write; x265 encoder/encoder.cpp; FFmpeg libavcodec",
        "QuickTime File Format, video sample description (compressor name)",
    ),
    budget=Cost(decode_share=0.01, memory_bytes=64 << 20),
)
BY_CONSTRUCTION = "by construction: the words are in the file"
_ENCODING_ROLES = (writers.Role.ENCODER, writers.Role.EDITOR, writers.Role.SERVICE)
_SETTINGS = re.compile(r"\b(crf|qp|bitrate|keyint|bframes|ref|preset|rc|me|subme|threads)=([^\s/:]{1,16})")
_X26X_VERSION = re.compile(r"core (\d{1,4})|build (\d{1,4})")


@dataclass(slots=True)
class SoftwareExamination:
    kind: Kind
    name: str = CARD.id
    needs: tuple[Need, ...] = CARD.needs
    tree: Tree | None = None
    streams: dict[int, Stream] = field(default_factory=dict)
    packets_seen: dict[int, int] = field(default_factory=dict)
    texts: list[tuple[str, str]] = field(default_factory=list)

    def begin(self, recording: Recording, source: ByteSource) -> None:
        self.tree = tree_of(source, self.kind)
        self.streams = {stream.index: stream for stream in recording.streams if stream.kind == "video"}
        for stream in self.streams.values():
            hevc = stream.codec.startswith(("hevc", "h265"))
            for unit in annexb.configuration_units(stream.extradata):
                self._keep("decoder configuration", unit, hevc)

    def take(self, sample: Sample) -> None:
        if not isinstance(sample, Packet) or sample.stream not in self.streams:
            return
        seen = self.packets_seen.get(sample.stream, 0)
        if seen >= PACKETS_READ:
            return
        self.packets_seen[sample.stream] = seen + 1
        stream = self.streams[sample.stream]
        data = bytes(sample.data[:PACKET_BYTES])
        if stream.codec in ("h264", "hevc"):
            for unit in annexb.units_of(data, stream.extradata):
                self._keep(f"packet {sample.ordinal}", unit, stream.codec == "hevc")
        elif stream.codec in ("mpeg4", "mpeg2video", "mpeg1video", "msmpeg4v3", "mjpeg"):
            self._keep_user_data(sample.ordinal, data)

    def _keep(self, where: str, unit: bytes, hevc: bool) -> None:
        for entry in annexb.user_data(unit, hevc):
            if entry.text and len(self.texts) < 32:
                self.texts.append((f"SEI in {where}", entry.text[:1024]))

    def _keep_user_data(self, ordinal: int, data: bytes) -> None:
        """MPEG-4 part 2 §6.2.2 and MPEG-2 §6.2.2.2.2: user data after start code 0xb2; JPEG comments."""
        for mark, skip in ((b"\x00\x00\x01\xb2", 4), (b"\xff\xfe", 4)):
            at = data.find(mark, 0, 4096)
            if at < 0:
                continue
            words = data[at + skip : at + skip + 128].split(b"\x00", 1)[0]
            if len(words) >= 4 and all(32 <= byte < 127 for byte in words) and len(self.texts) < 32:
                self.texts.append((f"user data in packet {ordinal}", words.decode("ascii")))

    def finish(self) -> tuple[Product, ...]:
        if self.tree is None:
            return CARD.failed("the reel never began")
        return (_software(self.tree, tuple(dict.fromkeys(self.texts)), sum(self.packets_seen.values())),)


def examination(kind: Kind) -> SoftwareExamination:
    return SoftwareExamination(kind)


def _software(tree: Tree, coded: tuple[tuple[str, str], ...], packets: int) -> FindingCore:
    kind = "encode.software"
    measured = fault_measurements(tree)
    found = [one for one in writers.signatures(tree) if one.writer.role in _ENCODING_ROLES]
    recorders = [one for one in writers.signatures(tree) if one.writer.role is writers.Role.RECORDER]
    unknown: list[str] = []
    for where, text in coded:
        named = list(writers.all_in(text))
        found += [writers.Signature(w, where, text[:160]) for w in named if w.role in _ENCODING_ROLES]
        recorders += [
            writers.Signature(w, where, text[:160]) for w in named if w.role is writers.Role.RECORDER
        ]
        if not named:
            unknown.append(f"{where}: {text[:80]}")
    measured["packets_read"] = Measurement(packets, "packets")
    if recorders:
        measured["recorder_strings"] = Measurement(
            tuple(dict.fromkeys(f"{r.field}: {r.text}" for r in recorders))[:8]
        )
    if unknown:
        measured["unknown_strings"] = Measurement(tuple(unknown[:8]))
    if found:
        measured["strings"] = Measurement(
            tuple(dict.fromkeys(f"{one.field}: {one.text}" for one in found))[:12]
        )
        measured.update(_settings([text for _, text in coded] + [one.text for one in found]))
        names = ", ".join(dict.fromkeys(one.writer.name for one in found))
        return CARD.finding(
            kind,
            Outcome.OBSERVED,
            f"Strings of encoding software: {names}.",
            measurements=measured,
            grade=Grade.STRONG,
            calibration=BY_CONSTRUCTION,
        )
    if (why := unreadable(tree)) and not packets:
        if any(fault.code == "no_parser" for fault in tree.faults):
            return CARD.not_applicable(why)[0]
        return CARD.finding(
            kind,
            Outcome.INCONCLUSIVE,
            f"Neither structure nor packets could be read: {why}.",
            measurements=measured,
        )
    return CARD.finding(
        kind,
        Outcome.NOT_OBSERVED,
        f"No string of {len(writers.WRITERS)} known writers in the container's texts, the decoder "
        f"configuration and the first {packets} video packets.",
        measurements=measured,
    )


def _settings(texts: list[str]) -> dict[str, Measurement]:
    """Version and settings that x264 and x265 state."""
    for text in texts:
        if "x264" not in text and "x265" not in text:
            continue
        version = _X26X_VERSION.search(text)
        options = dict(_SETTINGS.findall(text))
        if not options and not version:
            continue
        found = {"settings": Measurement(tuple(f"{key}={value}" for key, value in sorted(options.items())))}
        if version:
            found["encoder_version"] = Measurement(int(version[1] or version[2]))
        return found
    return {}
