"""Real files copied, dated anew, given a second payload; pictures encoded by software: traces by construction."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from functools import partial

import av
from tests.corpus.clips import Encode, make_clip
from tests.support.examined import stream_copy

from bench.authenticity.contract import Plan, Suite, Tier, Trial, Unit, Workplace
from bench.authenticity.devices import Device, devices
from bench.authenticity.kinds import CONTINUITY

REWRITTEN, TRAILING = "container.rewritten", "container.trailing"
CONFLICT, SOFTWARE = "metadata.conflict", "encode.software"
CONTAINERS = {"mp4": ".mp4", "mov": ".mov", "matroska": ".mkv", "mpegts": ".ts"}
ENCODERS = {
    "x264": Encode(audio=False),
    "x265": Encode("libx265", crf=28, audio=False),
    "MPEG-4 of FFmpeg": Encode("mpeg4", audio=False),
}
TAKES_EACH = 12
SHIFT_S = 40 * 86_400 + 5 * 3600
"""Another day and another hour: a whole number of hours alone looks like a zone."""
PAYLOAD = b"PK\x03\x04" + bytes(range(256)) * 64
SUFFIX = re.compile(r"\.[a-z0-9]+$", re.IGNORECASE)


def _copied(device: Device, work: Workplace) -> Iterator[Trial]:
    """A native file: stream copies into every container that takes it, a hidden payload, one date changed."""
    assert work.media is not None
    data = (work.media / device.file).read_bytes()
    for container, suffix in CONTAINERS.items():
        try:
            made = stream_copy(data, container)
        except (av.FFmpegError, ValueError):
            continue
        path = work.folder / f"copy{suffix}"
        path.write_bytes(made)
        yield Trial(
            Tier.ATTACK,
            f"stream copy by FFmpeg to {container}",
            device.name,
            device.name,
            path,
            expected=(REWRITTEN,),
            absent=CONTINUITY,
            real=True,
        )
    found = SUFFIX.search(device.file)
    path = work.folder / f"held{found.group() if found else ''}"
    path.write_bytes(data + PAYLOAD)
    yield Trial(
        Tier.ATTACK,
        "a second payload after the end",
        device.name,
        device.name,
        path,
        expected=(TRAILING,),
        real=True,
    )
    dated = _one_date(data)
    if dated is not None:
        path.write_bytes(dated)
        yield Trial(
            Tier.ATTACK,
            "one of several dates changed",
            device.name,
            device.name,
            path,
            expected=(CONFLICT,),
            real=True,
        )
    path.write_bytes(data)
    yield Trial(
        Tier.CONTROL,
        "benign: exact copy",
        device.name,
        device.name,
        path,
        absent=tuple(kind for kind in (REWRITTEN, TRAILING, CONFLICT, SOFTWARE) if kind not in device.odd),
        real=True,
    )


def _one_date(data: bytes) -> bytes | None:
    """The movie header's creation time moved, the others left; None where there is none."""
    at = data.find(b"mvhd")
    if at < 0 or data[at + 4] != 0 or not any(data[at + 8 : at + 12]):
        return None
    out = bytearray(data)
    (was,) = struct.unpack_from(">I", data, at + 8)
    struct.pack_into(">I", out, at + 8, (was + SHIFT_S) & 0xFFFFFFFF)
    return bytes(out)


def _encoded(encoder: str, work: Workplace) -> Iterator[Trial]:
    encode = ENCODERS[encoder]
    path = work.folder / "made.mp4"
    make_clip(path, seconds=2.0, seed=work.seed("scene"), codec=encode.codec, audio=False)
    yield Trial(Tier.ATTACK, f"encoded by {encoder}", encoder, work.take, path, expected=(SOFTWARE,))


def _units(plan: Plan) -> Sequence[Unit]:
    found = [
        Unit(f"structure/{device.name}", partial(_copied, device), always=True)
        for device in devices(plan.media, plan.half)
        if device.pristine
    ]
    for n in range(plan.takes(TAKES_EACH)):
        found += [Unit(f"structure/{encoder}/{n}", partial(_encoded, encoder)) for encoder in ENCODERS]
    return found


SUITE = Suite("structure", _units)
