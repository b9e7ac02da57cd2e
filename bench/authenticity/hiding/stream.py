"""Hiding from the methods that read the stream: timeline, recompression, software, container, metadata."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from tests.corpus import events
from tests.corpus.clips import Encode, make_clip
from tests.support.examined import stream_copy

from bench.authenticity.contract import Tier, Trial, Workplace
from bench.authenticity.devices import Device
from bench.authenticity.hiding.numbers import without_pictures
from bench.authenticity.kinds import CUT, DISORDER, GAP, REPEATED

RATE_HZ = 25
SECONDS = 8.0
GOP = 25
LOST = 4
CONFLICT, REWRITTEN, SOFTWARE = "metadata.conflict", "container.rewritten", "encode.software"
SHIFT_S = 30 * 86_400
"""A month: another day, the same hour."""
DATED = (b"mvhd", b"tkhd", b"mdhd")
TEXT_DATE = re.compile(rb"(20\d\d)-(\d\d)-(\d\d)T")


def lost_and_found(work: Workplace) -> Iterator[Trial]:
    """Pictures gone from the stream: numbers rewritten, groups taken in pairs, all encoded again."""
    rng = work.rng("lost")
    style = "static" if rng.random() < 0.5 else "pan"
    clip = make_clip(
        work.folder / "take.mp4",
        seconds=SECONDS,
        fps=RATE_HZ,
        size=(256, 192),
        seed=work.seed("scene"),
        gop=GOP,
        audio=False,
        style=style,
    )
    at = GOP * int(rng.integers(2, 5)) + int(rng.integers(5, GOP - LOST - 2))
    out = work.folder / "hidden.mp4"

    def trial(what: str, expected: tuple[str, ...], at_s: float) -> Trial:
        return Trial(
            Tier.ADVERSARY,
            what,
            "x264 b0, mp4",
            work.take,
            out,
            expected=expected,
            at_s=(at_s,),
            fps=float(RATE_HZ),
        )

    without_pictures(out, clip.path, range(at, at + LOST))
    what = "pictures taken out, frame numbers rewritten, times closed, no sound"
    yield trial(what, (GAP, DISORDER, CUT), at / RATE_HZ)
    truth = events.spliced(out, clip.path, group=2, groups=2, retime=True)
    yield trial(
        "even number of groups taken out, times closed, no sound", (DISORDER, GAP, CUT), truth.details["at_s"]
    )
    held = events.decoded(clip.path)
    events.cut(out, held, Encode(gop=GOP, audio=False), at=at, removed=LOST)
    yield trial("pictures taken out, then encoded again", (GAP, DISORDER, CUT), at / RATE_HZ)


def encoded_twice(work: Workplace) -> Iterator[Trial]:
    """The second encoding hides the first: the same groups, or other pictures in between."""
    rng = work.rng("twice")
    first = make_clip(
        work.folder / "first.mp4",
        seconds=12.0,
        fps=RATE_HZ,
        size=(320, 240),
        seed=work.seed("scene"),
        gop=GOP,
        crf=20,
        audio=False,
        style="pan" if rng.random() < 0.5 else "static",
    )
    out = work.folder / "second.mp4"
    held = events.decoded(first.path)

    def trial(what: str) -> Trial:
        return Trial(
            Tier.ADVERSARY, what, "x264 twice", work.take, out, expected=(REPEATED,), fps=float(RATE_HZ)
        )

    events.reencoded(out, held, Encode(gop=GOP, audio=False))
    yield trial("encoded again with the same groups in the same places")
    moved = tuple(_resized(p) for p in held.pictures)
    other = events.Decoded(moved, held.pts, held.base, Fraction(RATE_HZ), None)
    events.reencoded(out, other, Encode(gop=250, bframes=3, audio=False))
    yield trial("reduced by 6 %, grain, encoded again")


def _resized(picture: np.ndarray) -> np.ndarray:
    """Scaled to 300 × 226 with a little grain."""
    frame = av.VideoFrame.from_ndarray(picture, format="yuv420p").reformat(width=300, height=226)
    out = frame.to_ndarray()
    rng = np.random.default_rng(int(out[0, :8].sum()))
    return np.clip(out + rng.normal(0, 1.0, out.shape), 0, 255).astype(np.uint8)


def unsigned_software(work: Workplace) -> Iterator[Trial]:
    """x264's own words are filtered out of the stream."""
    clip = make_clip(work.folder / "take.mp4", seconds=3.0, seed=work.seed("scene"), audio=False)
    out = work.folder / "unsigned.mp4"
    with av.open(str(clip.path)) as held, av.open(str(out), "w", options={"fflags": "+bitexact"}) as target:
        video = held.streams.video[0]
        stream = target.add_stream_from_template(video)
        drop = BitStreamFilterContext("filter_units=remove_types=6", video)
        for packet in held.demux(video):
            for kept in drop.filter(packet if packet.dts is not None else None):
                kept.stream = stream
                target.mux(kept)
    yield Trial(
        Tier.ADVERSARY,
        "encoder's words filtered out",
        "x264, mp4",
        work.take,
        out,
        expected=(SOFTWARE, REWRITTEN),
    )


def native_layout(device: Device, work: Workplace) -> Iterator[Trial]:
    """A real file: dated anew in every place alike; and copied, with the camera's brand and names written over."""
    assert work.media is not None
    data = (work.media / device.file).read_bytes()
    if data[4:8] != b"ftyp":
        return
    out = work.folder / "dated.mp4"
    out.write_bytes(dated_anew(data))
    yield Trial(
        Tier.ADVERSARY,
        "dated anew, alike in every field",
        device.name,
        device.name,
        out,
        expected=(CONFLICT,),
        real=True,
    )
    out = work.folder / "cloned.mp4"
    out.write_bytes(dressed(stream_copy(data, "mp4", bitexact=True), data))
    yield Trial(
        Tier.ADVERSARY,
        "stream copy without version, brand and handler names of the camera",
        device.name,
        device.name,
        out,
        expected=(REWRITTEN,),
        real=True,
    )


def dated_anew(data: bytes) -> bytes:
    """Creation and change times of version 0 headers moved, and dates in texts set to the same month."""
    out = bytearray(data)
    for name in DATED:
        at = data.find(name)
        while at >= 0:
            if data[at + 4] == 0:
                for place in (at + 8, at + 12):
                    (was,) = struct.unpack_from(">I", data, place)
                    if was:
                        struct.pack_into(">I", out, place, (was + SHIFT_S) & 0xFFFFFFFF)
            at = data.find(name, at + 4)
    return TEXT_DATE.sub(_next_month, bytes(out))


def _next_month(found: re.Match[bytes]) -> bytes:
    year, month, day = (int(part) for part in found.groups())
    later = np.datetime64(f"{year:04}-{month:02}-{day:02}") + np.timedelta64(SHIFT_S // 86_400, "D")
    return f"{later}T".encode()


def dressed(copy: bytes, camera: bytes) -> bytes:
    """The copy with the camera's ``ftyp`` (a free box fills the rest) and its handler names, cut to length."""
    ours, theirs = int.from_bytes(copy[:4], "big"), int.from_bytes(camera[:4], "big")
    room = ours - theirs
    if room == 0 or room >= 8:
        fill = struct.pack(">I4s", room, b"free") + bytes(room - 8) if room else b""
        copy = camera[:theirs] + fill + copy[ours:]
    names = [camera[at + 28 : at + 60].split(b"\0")[0] for at in _places(camera, b"hdlr")]
    for at, name in zip(_places(copy, b"hdlr"), names, strict=False):
        length = len(copy[at + 28 : at + 60].split(b"\0")[0])
        copy = copy[: at + 28] + name[:length].ljust(length, b" ") + copy[at + 28 + length :]
    return copy


def _places(data: bytes, name: bytes) -> list[int]:
    found, at = [], data.find(name)
    while at >= 0:
        found.append(at)
        at = data.find(name, at + 4)
    return found
