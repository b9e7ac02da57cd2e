"""Runs whole-file examiners on bytes or files without the reel: packets come straight from the demuxer."""

from __future__ import annotations

import contextlib
import importlib
import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer

from witnessmark.ground.container import BytesSource, sniff
from witnessmark.model.findings import FindingCore
from witnessmark.model.recording import Recording, Stream
from witnessmark.model.samples import Packet

STRUCTURE = ("container", "metadata", "software", "credentials", "synthetic")
_FIRST_PACKETS = 10


def examined(
    content: bytes | Path, names: Sequence[str] = STRUCTURE, packets: bool = True
) -> list[FindingCore]:
    """Findings of the named examiners. With ``packets`` the first video packets are demuxed and fed."""
    data = content.read_bytes() if isinstance(content, Path) else content
    source = BytesSource(data)
    kind = sniff(source.read_at(0, 65536), len(data))
    streams, fed = _demuxed(data) if packets else ((), [])
    recording = Recording(kind.format, streams, None, 0, (), len(data))
    found: list[FindingCore] = []
    for name in names:
        module = importlib.import_module(f"witnessmark.examine.examiners.{name}")
        if kind.media_type not in module.CARD.applies_to:
            continue
        consumer = module.examination(kind)
        consumer.begin(recording, source)
        for sample in fed:
            consumer.take(sample)
        answers = [product for product in consumer.finish() if isinstance(product, FindingCore)]
        assert {answer.kind for answer in answers} == set(module.CARD.kinds)
        found += answers
    return found


def marks(found: Sequence[FindingCore]) -> list[str]:
    """Kinds that must be explained."""
    return [core.kind for core in found if core.must_be_explained]


def of(found: Sequence[FindingCore], kind: str) -> FindingCore:
    return next(core for core in found if core.kind == kind)


def _demuxed(data: bytes) -> tuple[tuple[Stream, ...], list[Packet]]:
    streams: list[Stream] = []
    fed: list[Packet] = []
    counts: dict[int, int] = {}
    try:
        with av.open(io.BytesIO(data), "r") as file:
            for one in file.streams:
                codec = one.codec_context
                streams.append(
                    Stream(
                        one.index, one.type, codec.name if codec else "", one.time_base or Fraction(1), None, None, 0,
                        extradata=bytes(codec.extradata or b"") if codec else b"",
                    )
                )  # fmt: skip
            for packet in file.demux():
                ordinal = counts.get(packet.stream.index, 0)
                counts[packet.stream.index] = ordinal + 1
                if packet.size and packet.stream.type == "video" and ordinal < _FIRST_PACKETS:
                    fed.append(
                        Packet(
                            packet.stream.index, ordinal, packet.pts, packet.dts, packet.duration,
                            packet.time_base or Fraction(1), packet.size, packet.pos, packet.is_keyframe, False,
                            memoryview(bytes(packet)),
                        )
                    )  # fmt: skip
    except (av.FFmpegError, ValueError, IndexError):
        pass
    return tuple(streams), fed


def stream_copy(content: bytes, container: str, *, bitexact: bool = False) -> bytes:
    """The same packets in a new container by FFmpeg's own muxer; raises av.FFmpegError where it cannot."""
    out = io.BytesIO()
    with av.open(io.BytesIO(content)) as source, av.open(out, "w", format=container) as target:
        assert isinstance(source, InputContainer)
        if bitexact:
            target.flags |= 0x400  # AVFMT_FLAG_BITEXACT: the muxer leaves its own version out
        taken = {}
        for one in source.streams:
            if one.type in ("video", "audio"):
                taken[one.index] = target.add_stream_from_template(one)
        with contextlib.suppress(IndexError):  # PyAV stops where a transport stream gains a stream
            for packet in source.demux(*(source.streams[index] for index in taken)):
                if packet.dts is not None:
                    packet.stream = taken[packet.stream.index]
                    target.mux(packet)
    return out.getvalue()
