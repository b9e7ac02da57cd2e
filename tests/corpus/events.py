"""What is done to a clip, with the exact truth of it: edits by pictures, and edits by packets.

Edits by pictures decode the source and encode it again; edits by packets copy the coded stream and touch
only what they name. Every function returns a ``Truth``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from tests.corpus.clips import SOUND_RATE_HZ, Encode, Picture, Truth, write_clip


@dataclass(frozen=True, slots=True)
class Decoded:
    """A source in pieces. Keep sources short: all pictures are held."""

    pictures: tuple[Picture, ...]
    pts: tuple[int, ...]
    base: Fraction
    rate: Fraction
    pcm: NDArray[np.float32] | None


def opened(source: Path) -> Any:
    """A file opened for reading; what it gives has no usable types."""
    return av.open(str(source))


def decoded(
    source: Path, *, first_s: float = 0.0, seconds: float | None = None, height: int | None = None
) -> Decoded:
    """Decode ``source`` (or a stretch of it) to yuv420p pictures, times and mono sound."""
    pictures: list[Picture] = []
    stamps: list[int] = []
    with opened(source) as held:
        video = held.streams.video[0]
        base = Fraction(video.time_base)
        rate = Fraction(video.average_rate or video.guessed_rate or 25).limit_denominator(1001)
        start = video.start_time or 0
        for frame in held.decode(video):
            at_s = float((frame.pts - start) * base)
            if at_s < first_s:
                continue
            if seconds is not None and at_s >= first_s + seconds:
                break
            tall = height or frame.height
            wide = round(frame.width * tall / frame.height / 16) * 16 if height else frame.width & ~1
            small = frame.reformat(width=wide, height=tall & ~1, format="yuv420p")
            pictures.append(small.to_ndarray())
            stamps.append(frame.pts)
    return Decoded(tuple(pictures), tuple(stamps), base, rate, _decoded_sound(source, first_s, seconds))


def _decoded_sound(source: Path, first_s: float, seconds: float | None) -> NDArray[np.float32] | None:
    with opened(source) as held:
        if not held.streams.audio:
            return None
        to_mono = av.AudioResampler(format="flt", layout="mono", rate=SOUND_RATE_HZ)
        parts = [
            piece.to_ndarray()[0]
            for frame in held.decode(held.streams.audio[0])
            for piece in to_mono.resample(frame)
        ]
    pcm = np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)
    low = round(first_s * SOUND_RATE_HZ)
    return pcm[low : low + round(seconds * SOUND_RATE_HZ)] if seconds is not None else pcm[low:]


# --------------------------------------------------------------------------- edits by pictures


MOVED_GREY = 0.5
"""Mean difference of 8×8 block means from which two pictures show different things: noise of 4 grey levels leaves 0.4
of it."""


def differ(first: Picture, second: Picture) -> bool:
    """Whether two pictures show different things at all. Where nothing moves, a freeze, a repeat or a cut changes
    nothing: the file is what it would have been, and there is no event to find."""
    return _moved_grey(first, second) >= MOVED_GREY


def _moved_grey(first: Picture, second: Picture) -> float:
    height, width = first.shape[0] * 2 // 3 // 8 * 8, first.shape[1] // 8 * 8
    change = first[:height, :width].astype(np.float32) - second[:height, :width]
    means = change.reshape(height // 8, 8, width // 8, 8).mean((1, 3))
    return float(np.abs(means).mean())


def rearranged(
    path: Path,
    source: Path | Decoded,
    order: Sequence[int],
    encode: Encode,
    *,
    event: str,
    details: dict[str, Any],
    sound_order: Sequence[int] | None = None,
) -> Truth:
    """Encode the source's pictures in ``order``, evenly timed; sound by ``sound_order`` or ``order``."""
    held = source if isinstance(source, Decoded) else decoded(source)
    base = 1 / held.rate
    pcm = None
    if held.pcm is not None and encode.audio:
        step = SOUND_RATE_HZ / float(held.rate)
        heard = order if sound_order is None else sound_order
        pcm = np.concatenate([held.pcm[round(k * step) : round((k + 1) * step)] for k in heard])
    stamps = tuple(range(len(order)))
    write_clip(path, (held.pictures[k] for k in order), stamps, base, held.rate, encode, pcm)
    return Truth(path, len(order), stamps, base, event, details)


def reencoded(path: Path, source: Path | Decoded, encode: Encode) -> Truth:
    """Nothing but another encoding: the benign twin of every edit."""
    held = source if isinstance(source, Decoded) else decoded(source)
    return rearranged(path, held, range(len(held.pictures)), encode, event="reencoded", details={})


def cut(path: Path, source: Path | Decoded, encode: Encode, *, at: int, removed: int) -> Truth:
    """Take out ``removed`` pictures before source picture ``at + removed``, sound too (a jump cut)."""
    held = source if isinstance(source, Decoded) else decoded(source)
    order = [*range(at), *range(at + removed, len(held.pictures))]
    details = {"at_frame": at, "removed_frames": removed}
    return rearranged(path, held, order, encode, event="cut", details=details)


def joined(path: Path, first: Decoded, second: Decoded, encode: Encode) -> Truth:
    """Two takes one after the other: a hard cut to another scene (both must have the same size)."""
    both = Decoded(first.pictures + second.pictures, (), first.base, first.rate, None)
    at = len(first.pictures)
    return rearranged(path, both, range(len(both.pictures)), encode, event="joined", details={"at_frame": at})


def repeated(
    path: Path, source: Path | Decoded, encode: Encode, *, start: int, length: int, at: int
) -> Truth:
    """Insert a second showing of pictures [start, start+length) before source picture ``at``."""
    held = source if isinstance(source, Decoded) else decoded(source)
    stretch = list(range(start, start + length))
    order = [*range(at), *stretch, *range(at, len(held.pictures))]
    spans = ((start, start + length), (at, at + length))
    return rearranged(path, held, order, encode, event="repeated", details={"spans": spans})


def replaced(
    path: Path, source: Path | Decoded, encode: Encode, *, start: int, length: int, at: int
) -> Truth:
    """Cover pictures [at, at+length) by [start, start+length): the length of the clip does not change."""
    held = source if isinstance(source, Decoded) else decoded(source)
    order = list(range(len(held.pictures)))
    order[at : at + length] = range(start, start + length)
    spans = ((start, start + length), (at, at + length))
    details = {"spans": spans}
    return rearranged(
        path, held, order, encode, event="replaced", details=details, sound_order=range(len(held.pictures))
    )


def frozen(path: Path, source: Path | Decoded, encode: Encode, *, at: int, length: int) -> Truth:
    """Hold picture ``at`` for ``length`` pictures while sound and time run on."""
    held = source if isinstance(source, Decoded) else decoded(source)
    order = list(range(len(held.pictures)))
    order[at : at + length] = [at] * min(length, len(order) - at)
    details = {"span": (at, at + length)}
    return rearranged(
        path, held, order, encode, event="frozen", details=details, sound_order=range(len(held.pictures))
    )


# --------------------------------------------------------------------------- edits by packets


@dataclass(frozen=True, slots=True)
class Held:
    """What an edit by packets may ask of a packet."""

    kind: str
    ordinal: int
    is_key: bool
    pts_s: float


Decision = tuple[bool, float]
"""Keep it?, and by how many seconds to move it."""


def copied(
    path: Path,
    source: Path,
    decide: Callable[[Held], Decision] | None = None,
    *,
    event: str = "remuxed",
    details: dict[str, Any] | None = None,
    options: dict[str, str] | None = None,
) -> Truth:
    """Stream copy of video and sound, packet by packet, as ``decide`` says (default: everything as it is)."""
    kept: list[int] = []
    base = Fraction(1)
    with opened(source) as held, av.open(str(path), "w", options=options or {}) as out:
        chosen = [s for s in held.streams if s.type in ("video", "audio")][:2]
        targets = {s.index: out.add_stream_from_template(s) for s in chosen}
        ordinals = dict.fromkeys(targets, 0)
        for packet in held.demux(*chosen):
            if packet.dts is None and packet.pts is None:
                continue
            stream = packet.stream
            stamp = packet.pts if packet.pts is not None else packet.dts
            about = Held(
                stream.type, ordinals[stream.index], bool(packet.is_keyframe), float(stamp * packet.time_base)
            )
            ordinals[stream.index] += 1
            keep, shift_s = decide(about) if decide else (True, 0.0)
            if not keep:
                continue
            shift = round(shift_s / float(packet.time_base))
            if packet.pts is not None:
                packet.pts += shift
            if packet.dts is not None:
                packet.dts += shift
            if stream.type == "video" and packet.pts is not None:
                kept.append(packet.pts)
                base = Fraction(packet.time_base)
            packet.stream = targets[stream.index]
            out.mux(packet)
    return Truth(path, len(kept), tuple(sorted(kept)), base, event, details or {})


def key_times(source: Path) -> tuple[tuple[int, float], ...]:
    """(video packet ordinal, presentation second) of every key packet."""
    found: list[tuple[int, float]] = []
    with opened(source) as held:
        for ordinal, packet in enumerate(p for p in held.demux(held.streams.video[0]) if p.pts is not None):
            if packet.is_keyframe:
                found.append((ordinal, float(packet.pts * packet.time_base)))
    return tuple(found)


def remuxed(path: Path, source: Path) -> Truth:
    """Plain stream copy into another file."""
    return copied(path, source)


def faststart(path: Path, source: Path) -> Truth:
    """Stream copy with the index moved to the front: what every upload tool does."""
    return copied(path, source, event="faststart", options={"movflags": "+faststart"})


def through_mkv(path: Path, source: Path) -> Truth:
    """mp4 → mkv → mp4: times rounded to milliseconds on the way."""
    middle = path.with_suffix(".mid.mkv")
    copied(middle, source)
    truth = copied(path, middle, event="through_mkv")
    middle.unlink()
    return truth


def spliced(path: Path, source: Path, *, group: int, groups: int = 1, retime: bool) -> Truth:
    """Take out whole groups of pictures without re-encoding, sound of that time too.

    ``retime``: close the hole so that the times run on (what editors do); else leave it open.
    """
    keys = key_times(source)
    if not 0 < group < len(keys) - groups:
        raise ValueError("needs a group of pictures inside the clip, with others on both sides")
    (low, low_s), (high, high_s) = keys[group], keys[group + groups]
    shift_s = low_s - high_s if retime else 0.0

    def decide(packet: Held) -> Decision:
        before = packet.ordinal < low if packet.kind == "video" else packet.pts_s < low_s
        after = packet.ordinal >= high if packet.kind == "video" else packet.pts_s >= high_s
        return before or after, shift_s if after else 0.0

    details = {"at_s": low_s, "removed_frames": high - low, "removed_s": high_s - low_s, "retimed": retime}
    return copied(path, source, decide, event="spliced", details=details)


def dropped(path: Path, source: Path, *, ordinals: Sequence[int], retime: bool = False) -> Truth:
    """Lose single video packets (never key packets); ``retime`` closes the holes one picture at a time."""
    lost = set(ordinals)
    with opened(source) as held:
        rate = Fraction(held.streams.video[0].average_rate or 25)
    seen: list[int] = []

    def decide(packet: Held) -> Decision:
        if packet.kind != "video":
            return True, 0.0
        if packet.ordinal in lost and not packet.is_key:
            seen.append(packet.ordinal)
            return False, 0.0
        return True, -len(seen) / float(rate) if retime else 0.0

    details: dict[str, Any] = {"ordinals": tuple(sorted(lost)), "retimed": retime}
    return copied(path, source, decide, event="dropped", details=details)


def dropped_at_random(path: Path, source: Path, *, share: float, seed: int, packets: int) -> Truth:
    """Lose a share of the packets, as a bad link or disk does."""
    rng = np.random.default_rng((seed, 29))
    lost = np.flatnonzero(rng.random(packets) < share)
    return dropped(path, source, ordinals=[int(v) for v in lost])


def picture_end_s(source: Path) -> float:
    """Where the last picture ends, by its packets."""
    with opened(source) as held:
        video = held.streams.video[0]
        return max(
            float((p.pts + (p.duration or 0)) * p.time_base) for p in held.demux(video) if p.pts is not None
        )


def appended(path: Path, first: Path, second: Path) -> Truth:
    """Stream copy of ``second`` after ``first`` (same codec and size): a join without re-encoding."""
    kept: list[int] = []
    at_s, at_frame = picture_end_s(first), 0
    with opened(first) as a, av.open(str(path), "w") as out:
        chosen = [s for s in a.streams if s.type in ("video", "audio")][:2]
        targets = {s.type: out.add_stream_from_template(s) for s in chosen}
        base = Fraction(chosen[0].time_base)
        for is_first, source, shift_s in ((True, first, 0.0), (False, second, at_s)):
            with opened(source) as held:
                for packet in held.demux(*[s for s in held.streams if s.type in targets][:2]):
                    if packet.pts is None:
                        continue
                    kind, tick = packet.stream.type, float(packet.time_base)
                    # Two sound packets of room: encoder priming starts the second before its zero.
                    if kind == "audio" and is_first and packet.pts * tick > at_s - 0.07:
                        continue
                    packet.pts += round(shift_s / tick)
                    packet.dts += round(shift_s / tick)
                    if kind == "video":
                        kept.append(packet.pts)
                    packet.stream = targets[kind]
                    out.mux(packet)
            if is_first:
                at_frame = len(kept)
    return Truth(path, len(kept), tuple(sorted(kept)), base, "appended", {"at_s": at_s, "at_frame": at_frame})


def truncated(path: Path, source: Path, *, share: float = 0.6) -> Truth:
    """Only the first part of the bytes, as an interrupted copy leaves it."""
    data = source.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return Truth(path, 0, (), Fraction(1), "truncated", {"share": share})


def sound_shifted(path: Path, source: Path, *, shift_s: float) -> Truth:
    """Stream copy with the sound moved against the picture."""
    return copied(
        path,
        source,
        lambda p: (True, shift_s if p.kind == "audio" else 0.0),
        event="sound_shifted",
        details={"shift_s": shift_s},
    )


def sound_shortened(path: Path, source: Path, *, keep_s: float) -> Truth:
    """Stream copy in which the sound ends early."""
    return copied(
        path,
        source,
        lambda p: (p.kind != "audio" or p.pts_s < keep_s, 0.0),
        event="sound_shortened",
        details={"keep_s": keep_s},
    )
