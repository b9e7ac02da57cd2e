"""Inside the jail: the headers of a batch of files, given as descriptors. Nothing is decoded.

Says ``begin`` before each file, so that the parent knows whom to blame if this process ends, and ``seen``
after it. Everything said is what the file declares.
"""

from __future__ import annotations

import os
from typing import Any, Protocol

from witnessmark.ground.container import HEAD_BYTES, PARSED_FORMATS, parse, sniff

KEPT_FAULTS = 8
KEPT_DATES = 8


class Outlet(Protocol):
    def record(self, record: dict[str, Any], /) -> Any: ...


class _Descriptor:
    """A file as a ByteSource. Uses pread: the parent's own position is shared and must not move."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.size_bytes = os.fstat(descriptor).st_size

    def read_at(self, offset: int, length: int) -> bytes:
        if offset < 0 or length <= 0 or offset >= self.size_bytes:
            return b""
        pieces = []
        while length and (piece := os.pread(self._descriptor, length, offset)):
            pieces.append(piece)
            offset += len(piece)
            length -= len(piece)
        return b"".join(pieces)


def look(request: dict[str, Any], files: dict[str, int], secrets: dict[str, bytes], out: Outlet) -> None:
    """The task. ``files``: number as text → descriptor. No secrets, no options."""
    for number in sorted(files, key=int):
        out.record({"say": "begin", "n": int(number)})
        try:
            seen = _look_at(_Descriptor(files[number]))
        except OSError:
            seen = {"unreadable": True}
        out.record({"say": "seen", "n": int(number), **seen})


def _look_at(source: _Descriptor) -> dict[str, Any]:
    kind = sniff(source.read_at(0, HEAD_BYTES), source.size_bytes)
    seen: dict[str, Any] = {"media_type": str(kind.media_type), "format": kind.format}
    if kind.format not in PARSED_FORMATS:
        return seen
    tree = parse(source, kind)
    declared = tree.declared
    duration = declared.duration
    if duration is None and declared.tracks:
        lengths = [
            track.duration_ticks / track.timescale
            for track in declared.tracks
            if track.duration_ticks is not None and track.timescale > 0
        ]
        seconds = max(lengths, default=None)
    else:
        seconds = float(duration) if duration is not None else None
    moments = sorted({time.moment.date().isoformat() for time in declared.times if time.moment is not None})
    return {
        **seen,
        "duration_s": round(seconds, 3) if seconds is not None else None,
        "dates": moments[:KEPT_DATES],
        "faults": sorted({fault.code for fault in tree.faults})[:KEPT_FAULTS],
        "trailing_bytes": sum(span.size_bytes for span in tree.unaccounted if not span.native),
    }
