"""MPEG program streams (ISO/IEC 13818-1 §2.5; ISO/IEC 11172-1): packs, stream ids, the program's map and end.

Recorders write them under many names (Hikvision puts a 40-byte ``IMKH`` header in front). Reads the first
4 MiB by start codes and skips packets by their lengths.
"""

from __future__ import annotations

from witnessmark.ground.container import trailers
from witnessmark.ground.container.build import TreeBuilder
from witnessmark.ground.container.tree import DeclaredTrack

_WALKED_BYTES = 4 << 20
_PACKETS = 50_000
_KEPT = 32


def walk(builder: TreeBuilder) -> None:
    data = builder.read(0, min(builder.size, _WALKED_BYTES))
    at = data.find(b"\x00\x00\x01\xba", 0, 4096)
    if at < 0:
        builder.fault("not_this_format", 0, "no pack header")
        return
    if at:
        head = data[:at]
        builder.node("header", 0, at, (("magic", builder.text(head[:4], "latin-1")),))
        if head[:4] == b"IMKH":
            builder.say(builder.makes, "header.magic", "Hikvision (IMKH header)")
    streams: set[int] = set()
    for _ in range(_PACKETS):
        if at + 4 > len(data):
            break
        if data[at : at + 3] != b"\x00\x00\x01":
            builder.fault("lost_sync", at, "no start code where a packet must begin")
            at = data.find(b"\x00\x00\x01\xba", at)
            if at < 0:
                break
            continue
        code = data[at + 3]
        if code == 0xB9:
            builder.node("end", at, 4)
            trailers.name_tail(builder, at + 4)
            break
        at += _unit(builder, data, at, code, streams)
    if builder.size > len(data):
        builder.counts["bytes_not_walked"] = builder.size - len(data)


def _unit(builder: TreeBuilder, data: bytes, at: int, code: int, streams: set[int]) -> int:
    """One pack header or packet; returns its length."""
    if code == 0xBA:
        second = at + 4 < len(data) and data[at + 4] & 0xC0 == 0x40
        builder.tally("packs")
        size = 14 + (data[at + 13] & 7 if at + 13 < len(data) else 0) if second else 12
        if builder.counts["packs"] == 1:
            builder.node("pack", at, size, (("version", 2 if second else 1),))
        return size
    size = 6 + int.from_bytes(data[at + 4 : at + 6], "big")
    builder.tally("packets")
    if code not in streams and len(streams) < _KEPT:
        streams.add(code)
        builder.node(f"stream:0x{code:02x}", at, size)
        kind = "video" if 0xE0 <= code <= 0xEF else "audio" if 0xC0 <= code <= 0xDF or code == 0xBD else ""
        if kind:
            builder.tracks.append(DeclaredTrack(len(builder.tracks), kind, f"0x{code:02x}", timescale=90_000))
    return size
