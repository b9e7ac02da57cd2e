"""Open a file as what it was sniffed to be, cut off from everything else, and read what it declares."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn

import av
import av.container
import av.logging
from av.stream import Disposition
from av.stream import Stream as AvStream

from witnessmark.ground.media.formats import DEMUXERS, NO_PROTOCOL, WHITE_LIST
from witnessmark.ground.media.outcome import ReelFault, ReelLimits
from witnessmark.ground.media.sources import Feed
from witnessmark.model.kind import Kind
from witnessmark.model.recording import Recording, Stream

BUFFER_BYTES = 1 << 17
"""One read of the demuxer: two chunks of a sealed object."""
ENTRIES, ENTRY_CHARACTERS = 500, 4096
"""Most metadata entries kept, and their longest text: declared text is evidence, but not without end."""
EXTRADATA_BYTES = 1 << 20
GENERATE_PTS = 0x0001
"""AVFMT_FLAG_GENPTS of libavformat/avformat.h."""

av.logging.set_level(None)


class Unplayable(Exception):
    """The file could not be opened as a recording; ``fault`` says why. Never leaves this package."""

    def __init__(self, fault: ReelFault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


@dataclass(slots=True)
class Opened:
    """An open container and what it declares."""

    container: av.container.InputContainer
    recording: Recording
    feed: Feed


def _no_other_file(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise PermissionError("a file under examination may not open another")


def decoder_options(limits: ReelLimits) -> dict[str, str]:
    """Decoder options that make the output a function of the file alone.

    bitexact and a fixed inverse transform: MPEG-4 part 2 and MJPEG are otherwise decoded differently on
    different processors (H.264 and HEVC are exact by standard). output_corrupt: damaged pictures are
    handed out, marked, instead of dropped. unaligned: cropping to the declared size is exact.
    """
    return {
        "threads": "1",
        "max_pixels": str(limits.pixels),
        "flags": "+bitexact+output_corrupt+unaligned",
        "idct": "simple",
    }


def open_input(feed: Feed, size_bytes: int, kind: Kind, limits: ReelLimits, *, quick: bool = False) -> Opened:
    """Open ``feed`` with the demuxer of ``kind``. Raises Unplayable; what the source raises passes through.

    ``quick`` looks at less of the file to find out about streams (triage of a whole disk).
    """
    demuxer = DEMUXERS.get(kind.format)
    if demuxer is None:
        raise Unplayable(ReelFault("unknown_format", detail=f"no demuxer for {kind.format}"))
    options = {"protocol_whitelist": NO_PROTOCOL, "format_whitelist": WHITE_LIST, **decoder_options(limits)}
    if demuxer == "mov":
        # By default pictures outside the edit list are dropped and others re-timed. What a file holds but
        # does not show is evidence (a real clip hid 138 of 287 pictures); the first edit shift stays.
        options["advanced_editlist"] = "0"
    if quick:
        options |= {"probesize": str(1 << 20), "analyzeduration": "1000000"}
    try:
        container = av.open(
            feed,
            "r",
            format=demuxer,
            options=options,
            metadata_errors="replace",
            buffer_size=BUFFER_BYTES,
            io_open=_no_other_file,
        )
    except (av.FFmpegError, ValueError, PermissionError) as error:
        feed.source.check()
        raise Unplayable(ReelFault("cannot_open", detail=type(error).__name__)) from None
    feed.source.check()
    # The library would invent missing time stamps; ours are the file's own.
    container.flags &= ~GENERATE_PTS
    recording = describe(container, size_bytes, kind)
    if not recording.streams:
        container.close()
        raise Unplayable(ReelFault("no_streams"))
    return Opened(container, recording, feed)


def describe(container: av.container.InputContainer, size_bytes: int, kind: Kind) -> Recording:
    """What the container declares about itself."""
    duration = container.duration
    return Recording(
        format=kind.format,
        streams=tuple(_stream(stream) for stream in container.streams),
        duration_s=None if duration is None else duration / av.time_base,
        bit_rate=container.bit_rate or 0,
        metadata=_entries(container.metadata),
        size_bytes=size_bytes,
    )


def is_attached_picture(stream: AvStream) -> bool:
    return bool(stream.disposition & Disposition.attached_pic)


def _stream(stream: AvStream) -> Stream:
    context: Any = stream.codec_context
    is_video, is_sound = stream.type == "video", stream.type == "audio"
    kind = stream.type if stream.type in ("video", "audio", "subtitle", "attachment") else "data"
    return Stream(
        index=stream.index,
        kind="attachment" if is_attached_picture(stream) else kind,
        codec=context.codec.canonical_name if context is not None else "",
        time_base=stream.time_base or Fraction(1),
        start_pts=stream.start_time,
        duration_ticks=stream.duration,
        declared_frames=stream.frames,
        width_px=context.width if is_video and context is not None else 0,
        height_px=context.height if is_video and context is not None else 0,
        pixel_format=(context.pix_fmt or "") if is_video and context is not None else "",
        average_rate=stream.average_rate if is_video else None,
        sample_rate_hz=context.sample_rate if is_sound and context is not None else 0,
        channels=context.channels if is_sound and context is not None else 0,
        extradata=bytes(context.extradata or b"")[:EXTRADATA_BYTES] if context is not None else b"",
        metadata=_entries(stream.metadata),
    )


def _entries(metadata: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name[:256], text[:ENTRY_CHARACTERS]) for name, text in list(metadata.items())[:ENTRIES])
