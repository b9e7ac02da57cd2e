"""One demux, one decode, for everybody.

Samples go out in the order in which the decoder gives them, with the file's own time stamps as they are:
backward and missing ones are evidence. Bounded memory: nothing is kept here but the frame at hand.
One thread; the same build gives the same samples in the same order, every time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, BinaryIO

import av
import av.container
from av.stream import Disposition

from witnessmark.ground.media.coded import Coded
from witnessmark.ground.media.dispatch import Hub, Taker
from witnessmark.ground.media.opening import Opened, Unplayable, decoder_options, open_input
from witnessmark.ground.media.outcome import ReelFault, ReelLimits, ReelOutcome
from witnessmark.ground.media.planes import Planes, has_plain_luma
from witnessmark.ground.media.scaling import Means, Shrinker
from witnessmark.ground.media.sound import Sound
from witnessmark.ground.media.sources import Feed, as_source
from witnessmark.ground.media.track import Track
from witnessmark.ground.media.watch import Grid, Watch
from witnessmark.model.consumer import (
    BlockTypes,
    ByteSource,
    ColourAt,
    Consumer,
    Frames,
    LumaAt,
    Packets,
    PcmAt,
    Qp,
)
from witnessmark.model.kind import Kind
from witnessmark.model.recording import Recording
from witnessmark.model.samples import Frame, Gap, Packet

PICTURE_TYPES = "?IPBSIPB"
"""By the decoder's numbering: none, I, P, B, S, SI, SP, BI."""
CPU_CHECK_PACKETS = 64
"""How often the clock is looked at: a packet costs milliseconds, the look a microsecond."""


def run_reel(
    stream: BinaryIO | ByteSource | int,
    size_bytes: int,
    consumers: Sequence[Consumer],
    *,
    kind: Kind,
    limits: ReelLimits | None = None,
) -> ReelOutcome:
    """Pass the file once and feed all consumers.

    ``stream`` is a descriptor, a ByteSource (sealed reader) or a seekable binary file object; ``kind`` is
    what its first bytes say. A file that cannot be opened still reaches the consumers: with an empty
    Recording, its bytes and a Gap. Raises only what the source itself raises (a damaged sealed object).
    """
    limits = limits or ReelLimits()
    source = as_source(stream, size_bytes)
    hub = Hub(consumers)
    started = time.process_time()
    feed = Feed(source)
    try:
        opened = open_input(feed, size_bytes, kind, limits)
    except Unplayable as unplayable:
        hub.begin(Recording(kind.format, (), None, 0, (), size_bytes), source)
        fault = unplayable.fault
        hub.give_all(Gap(None, 0, None, None, "demux_error", fault.reason))
        products = hub.finish()
        source.check()
        return ReelOutcome(
            None, products, tuple(hub.failures), (fault,), (), time.process_time() - started, 0.0
        )
    with closing(opened.container):
        hub.begin(opened.recording, source)
        reel = _Reel(opened, hub, limits, kind, started)
        try:
            reel.run()
        finally:
            reel.close()
    products = hub.finish()
    source.check()
    return ReelOutcome(
        recording=opened.recording,
        products=products,
        failures=tuple(hub.failures),
        faults=tuple(reel.faults),
        counts=tuple(track.count() for track in reel.tracks.values()),
        cpu_s=time.process_time() - started,
        media_s=max((track.length_s() for track in reel.tracks.values()), default=0.0),
    )


class _Reel:
    """The pass itself."""

    def __init__(self, opened: Opened, hub: Hub, limits: ReelLimits, kind: Kind, started: float) -> None:
        self._container = opened.container
        self._feed = opened.feed
        self._size_bytes = opened.recording.size_bytes
        self._hub = hub
        self._limits = limits
        self._cpu_end = started + limits.cpu_s
        self._frame_takers: list[Taker] = []
        self._shrinker = Shrinker(hub)
        self._coded = Coded(hub)
        self._kind = kind
        self._successors: list[Any] = []
        self._sound = Sound(hub)
        self.faults: list[ReelFault] = []
        self.tracks: dict[int, Track] = {}
        self._frames = 0
        self._limit_reached = False
        self._prepare(opened, kind)

    # -- before the first packet

    def _prepare(self, opened: Opened, kind: Kind) -> None:
        wants_pictures, wants_sound = self._take_needs()
        decoding: set[str] = set()
        options = {"video": decoder_options(self._limits), "audio": {"threads": "1"}}
        for stream, declared in zip(opened.container.streams, opened.recording.streams, strict=True):
            takers = [
                taker
                for taker in self._hub.takers
                if any(isinstance(n, Packets) and declared.kind in n.kinds for n in taker.consumer.needs)
            ]
            track = Track(declared, declared.time_base, takers)
            self.tracks[declared.index] = track
            wanted = wants_pictures if declared.kind == "video" else wants_sound
            if declared.kind not in ("video", "audio") or declared.kind in decoding or not wanted:
                continue
            decoding.add(declared.kind)
            if stream.codec_context is None:
                self._fault("no_decoder", declared.index)
                continue
            track.context = stream.codec_context
            track.context.thread_count = 1
            track.context.options = options[declared.kind]
            if declared.kind == "video":
                self._prepare_coded(track, options["video"])
            track.decode = True
        tiles = sum(bool(stream.disposition & Disposition.dependent) for stream in opened.container.streams)
        if kind.format in ("heic", "avif") and tiles > 1:
            self._fault("tiles_not_joined", detail=f"{tiles} tiles; the first is examined")

    def _prepare_coded(self, track: Track, options: dict[str, str]) -> None:
        """Let the decoder tell block types and quantisers where somebody asked for them."""
        declared = track.declared
        plan = self._coded.plan(declared.codec)
        track.context.options = {**options, **plan.first}
        if plan.first:
            track.watch = Watch(
                track.context,
                declared.codec,
                declared.extradata,
                plan.blocks,
                plan.until,
                PICTURE_TYPES,
                lambda: self._successor(declared.index, {**options, **plan.after}),
            )

    def _successor(self, index: int, options: dict[str, str]) -> Any:
        """Another decoder of the same stream, made as the first was: from a file opened anew."""
        feed = Feed(self._feed.source)
        try:
            opened = open_input(feed, self._size_bytes, self._kind, self._limits)
        except Unplayable:
            return None
        self._successors.append(opened.container)
        streams = opened.container.streams
        context: Any = streams[index].codec_context if index < len(streams) else None
        if context is not None:
            context.thread_count, context.options = 1, options
        return context

    def close(self) -> None:
        for container in self._successors:
            container.close()

    def _take_needs(self) -> tuple[bool, bool]:
        """Sort the consumers by what they need. Whether pictures, and whether sound, must be decoded."""
        for taker in self._hub.takers:
            for need in taker.consumer.needs:
                if isinstance(need, Frames):
                    self._frame_takers.append(taker)
                elif isinstance(need, LumaAt):
                    self._shrinker.need_luma(taker, need.height_px, need.per_second)
                elif isinstance(need, ColourAt):
                    self._shrinker.need_colour(taker, need.height_px, need.per_second)
                elif isinstance(need, PcmAt):
                    self._sound.need(taker, need.rate_hz)
                elif isinstance(need, BlockTypes):
                    self._coded.need_blocks(taker, need.frames)
                elif isinstance(need, Qp):
                    self._coded.need_qp(taker, need.per_second, need.frames)
        coded = self._coded.block_takers or self._coded.qp_takers
        pictures = bool(self._frame_takers or self._shrinker.lumas or self._shrinker.colours or coded)
        return pictures, bool(self._sound.rates)

    # -- the pass

    def run(self) -> None:
        packets = 0
        for packet in self._packets():
            track = self.tracks.get(packet.stream_index)
            if track is None or track.declared.kind == "attachment":
                continue
            packets += 1
            self._packet(packet, track)
            if packets >= self._limits.packets or self._frames >= self._limits.frames:
                self._limit("packets" if packets >= self._limits.packets else "frames")
            elif not packets % CPU_CHECK_PACKETS and time.process_time() > self._cpu_end:
                self._limit("cpu_s")
            if self._limit_reached:
                break
        for track in self.tracks.values():
            if track.decode:
                self._decode(None, track)
            if track.decode and track.declared.kind == "audio":
                self._sound.finish(track.declared.index, track.base)
        if not packets:
            self._fault("no_packets")
            self._tell(Gap(None, 0, None, None, "demux_error", "no_packets"))

    def _packets(self) -> Iterator[Any]:
        """All real packets. The demuxer is asked again after an error, a bounded number of times."""
        errors = 0
        while True:
            try:
                for packet in self._container.demux():
                    self._feed.source.check()
                    if packet.size == 0 and packet.dts is None and packet.pts is None:
                        continue  # the library's own flush mark; decoders are flushed at the end of the pass
                    errors = 0
                    yield packet
                return
            except IndexError:
                # The library trips over a stream that was not there when the file was opened.
                self._fault("late_stream")
                return
            except (av.FFmpegError, PermissionError) as error:
                self._feed.source.check()
                errors += 1
                done = sum(track.packets for track in self.tracks.values())
                self._fault("demux_error", detail=type(error).__name__)
                self._tell(Gap(None, done, None, None, "demux_error", type(error).__name__))
                if errors >= self._limits.demux_errors_in_a_row:
                    return

    def _packet(self, packet: Any, track: Track) -> None:
        ordinal = track.packets
        track.packets += 1
        pts, dts, duration = packet.pts, packet.dts, packet.duration
        track.saw(pts if pts is not None else dts, duration)
        is_corrupt = packet.is_corrupt
        if is_corrupt:
            track.corrupt_packets += 1
            self._corrupt(packet, track, ordinal, pts)
        if track.packet_takers:
            sample = Packet(
                track.declared.index,
                ordinal,
                pts,
                dts,
                duration,
                track.base,
                packet.size,
                packet.pos,
                packet.is_keyframe,
                is_corrupt,
                memoryview(packet).toreadonly(),
            )
            self._hub.give(track.packet_takers, sample)
        if track.decode and packet.size:
            self._decode(packet, track)

    def _corrupt(self, packet: Any, track: Track, ordinal: int, pts: int | None) -> None:
        position = packet.pos
        at_end = position is not None and position + packet.size >= self._size_bytes
        reason = "truncated" if at_end else "demux_error"
        self._fault(reason, track.declared.index, "a packet is incomplete")
        self._tell(Gap(track.declared.index, ordinal, pts, track.base, reason, "a packet is incomplete"))

    def _decode(self, packet: Any, track: Track) -> None:
        """Decode one packet (None: what the decoder still holds) and hand out its frames."""
        try:
            frames = track.watch.decode(packet) if track.watch else track.context.decode(packet)
        except (av.FFmpegError, ValueError, MemoryError) as error:
            if packet is None and isinstance(error, av.error.EOFError):
                return
            track.decode_errors += 1
            name = type(error).__name__
            if track.decode_errors == 1:
                self._fault("decode_error", track.declared.index, name)
            pts = None if packet is None else packet.pts
            ordinal = max(0, track.packets - 1)
            self._tell(Gap(track.declared.index, ordinal, pts, track.base, "decode_error", name))
            return
        if track.watch is not None:
            for frame, grid in frames:
                self._picture(frame, track, grid)
            if track.watch.over:
                track.context, track.watch = track.watch.context, None
        elif track.declared.kind == "video":
            for frame in frames:
                self._picture(frame, track)
        else:
            for frame in frames:
                self._sound_frame(frame, track)

    def _picture(self, frame: Any, track: Track, grid: Grid = None) -> None:
        ordinal = track.frames
        track.frames += 1
        self._frames += 1
        index, base, pts = track.declared.index, track.base, frame.pts
        width, height, pixels = shape = (frame.width, frame.height, frame.format.name)
        if shape != track.shape:
            if track.shape is not None:
                reason = "size_change" if shape[:2] != track.shape[:2] else "format_change"
                detail = f"{track.shape[0]}x{track.shape[1]} {track.shape[2]} to {width}x{height} {pixels}"
                self._tell(Gap(index, track.packets - 1, pts, base, reason, detail))
            track.shape = shape
        is_key, picture_type = frame.key_frame, PICTURE_TYPES[frame.pict_type]
        is_corrupt = frame.is_corrupt
        if is_corrupt:
            track.corrupt_frames += 1
        means = Means(self._shrinker, frame)
        if self._frame_takers:
            sample = Frame(
                index,
                ordinal,
                pts,
                base,
                is_key,
                picture_type,
                width,
                height,
                pixels,
                frame.interlaced_frame,
                is_corrupt,
                Planes(frame),
                means if has_plain_luma(frame) else None,
            )
            self._hub.give(self._frame_takers, sample)
        rate = track.declared.average_rate
        if grid is not None or self._coded.qp_takers:
            self._coded.feed(frame, grid, index, ordinal, pts, base, is_key, picture_type, rate)
        self._shrinker.feed(frame, means, index, ordinal, pts, base, is_key, picture_type, rate)

    def _sound_frame(self, frame: Any, track: Track) -> None:
        track.frames += 1
        index, base = track.declared.index, track.base
        changed = self._sound.changed(frame)
        if changed:
            detail = f"to {frame.sample_rate} Hz {frame.layout.name} {frame.format.name}"
            self._tell(Gap(index, track.packets - 1, frame.pts, base, "format_change", detail))
        self._sound.feed(frame, index, base, changed=changed)

    # -- what went wrong

    def _tell(self, gap: Gap) -> None:
        """To everybody, after the sound that came before it."""
        self._sound.give_held()
        self._hub.give_all(gap)

    def _limit(self, which: str) -> None:
        self._limit_reached = True
        self._fault("limit", detail=which)
        self._tell(Gap(None, 0, None, None, "limit", which))

    def _fault(self, reason: str, stream: int | None = None, detail: str = "") -> None:
        fault = ReelFault(reason, stream, detail)
        if fault not in self.faults:
            self.faults.append(fault)
