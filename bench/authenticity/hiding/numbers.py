"""Rewrites the numbers inside H.264 pictures, so that taken-out pictures leave no hole in them.

``frame_num`` and ``pic_order_cnt_lsb`` are fixed numbers of bits in every slice header (ITU-T H.264 §7.3.3): a few
lines find and overwrite them. For MP4 with length-prefixed units and one slice a picture, as x264 writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av

from witnessmark.ground.container.h264_slices import H264Pictures
from witnessmark.ground.container.slice_bits import BitReader, unescaped

SLICE, IDR = 1, 5
LENGTH_BYTES = 4
ORDER_STEP = 2
"""Fields in a frame: picture order counts fields."""


def without_pictures(path: Path, source: Path, lost: Sequence[int]) -> None:
    """Stream copy without the video packets ``lost``, with the times closed and the numbers after them run on.

    The pictures after a hole are decoded from a wrong reference until the next key picture; in a quiet scene it
    hardly shows.
    """
    gone = set(lost)
    opened: Any = av.open(str(source))
    with opened as held, av.open(str(path), "w") as out:
        video = held.streams.video[0]
        target = out.add_stream_from_template(video)
        sets = H264Pictures(bytes(video.codec_context.extradata or b""))
        step = round(1 / (video.average_rate * video.time_base))
        missing = since_key = 0
        for ordinal, packet in enumerate(p for p in held.demux(video) if p.dts is not None):
            if packet.is_keyframe:
                since_key = 0
            if ordinal in gone:
                missing += 1
                since_key += 1
                continue
            copy = av.Packet(renumbered(bytes(packet), sets, since_key))
            copy.pts, copy.dts = packet.pts - missing * step, packet.dts - missing * step
            copy.time_base, copy.duration, copy.stream = packet.time_base, packet.duration, target
            copy.is_keyframe = packet.is_keyframe
            out.mux(copy)


def renumbered(data: bytes, sets: H264Pictures, less: int) -> bytes:
    """The packet with its picture numbers lowered by ``less`` pictures."""
    if not less:
        return data
    parts, at = [], 0
    while at + LENGTH_BYTES <= len(data):
        size = int.from_bytes(data[at : at + LENGTH_BYTES], "big")
        unit = data[at + LENGTH_BYTES : at + LENGTH_BYTES + size]
        if unit[0] & 0x1F in (SLICE, IDR):
            unit = unit[:1] + escaped(_lowered(unescaped(unit)[1:], sets, less, unit[0] & 0x1F == IDR))
        parts.append(len(unit).to_bytes(LENGTH_BYTES, "big") + unit)
        at += LENGTH_BYTES + size
    return b"".join(parts)


def _lowered(payload: bytes, sets: H264Pictures, less: int, idr: bool) -> bytes:
    total = 8 * len(payload)
    reader = BitReader(payload)
    reader.unsigned()
    reader.unsigned()
    sps = sets._sps[sets._pps[reader.unsigned()].sps_id]
    value = int.from_bytes(payload, "big")

    def lower(width: int, by: int) -> None:
        nonlocal value
        now = reader.bits(width)
        left = reader._left
        mask = (1 << width) - 1
        value = value & ~(mask << left) | ((now - by) & mask) << left

    lower(sps.frame_num_bits, less)
    if idr:
        reader.unsigned()
    if sps.order_type == 0:
        lower(sps.order_bits, ORDER_STEP * less)
    return value.to_bytes(total // 8, "big")


def escaped(payload: bytes) -> bytes:
    """With emulation prevention bytes (§7.4.1)."""
    out, zeros = bytearray(), 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)
