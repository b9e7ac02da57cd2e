"""Bounded reads beyond the box tree: the samples of small metadata tracks.

The bound is on bytes read in all, so that a table of a hundred thousand samples that all point at the same megabyte
costs no more than an honest one.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from witnessmark.ground.container.tree import DeclaredTrack, Tree
from witnessmark.model.consumer import ByteSource

MOST_BYTES = 16 << 20
"""Read of all telemetry together: an hour of one reading a second with its sensor values is about this much."""
MOST_ENTRIES = 2_000_000
"""Of a table looked at: an hour of a motion sensor at 500 readings a second."""
MOST_SAMPLES = 100_000
"""Kept."""
LARGEST_SAMPLE = 1 << 20
_BLOCK_BYTES = 4 * 1024
"""Read at once where less is asked: metadata lie in small chunks between the pictures."""


class Window:
    """Reads from the source until the bound is used up; then everything is empty."""

    def __init__(self, source: ByteSource, most_bytes: int = MOST_BYTES) -> None:
        self.source = source
        self.size = source.size_bytes
        self.left = most_bytes
        self._at = 0
        self._held = b""

    def read(self, offset: int, length: int) -> bytes:
        if offset < 0 or length <= 0 or offset >= self.size:
            return b""
        length = min(length, self.size - offset)
        start = offset - self._at
        if 0 <= start and start + length <= len(self._held):
            return self._held[start : start + length]
        wanted = min(max(length, min(_BLOCK_BYTES, self.left)), self.size - offset)
        if length > self.left:
            return b""
        data = self.source.read_at(offset, wanted)
        self.left -= wanted
        self._at, self._held = offset, data
        return data[:length]


@dataclass(frozen=True, slots=True)
class Sample:
    """Where one sample of a track lies, and when it is shown by the track's own clock (edit lists left aside)."""

    offset: int
    size_bytes: int
    media_s: float | None


def samples_of(
    window: Window, tree: Tree, track: DeclaredTrack, wanted: Collection[int] | None = None
) -> tuple[Sample, ...]:
    """The samples of one track by its tables (ISO/IEC 14496-12 §8.6.1, §8.7.3–8.7.5), at most ``MOST_SAMPLES``.

    ``wanted``: sizes of which alone samples are kept.
    """
    table = f"moov/trak[{track.index}]/mdia/minf/stbl"
    sizes = _sizes(window, tree, f"{table}/stsz")
    chunks = _numbers(window, tree, f"{table}/stco", 4) or _numbers(window, tree, f"{table}/co64", 8)
    runs = _runs(window, tree, f"{table}/stsc")
    times = _times(track, len(sizes))
    found: list[Sample] = []
    number = run = 0
    for chunk, offset in enumerate(chunks, 1):
        while run + 1 < len(runs) and chunk >= runs[run + 1][0]:
            run += 1
        for _ in range(runs[run][1] if runs else 0):
            if number >= len(sizes) or len(found) >= MOST_SAMPLES:
                return tuple(found)
            if wanted is None or sizes[number] in wanted:
                found.append(Sample(offset, sizes[number], times[number]))
            offset += sizes[number]
            number += 1
    return tuple(found)


def spread(samples: tuple[Sample, ...], most_bytes: int) -> tuple[Sample, ...]:
    """All samples, or every k-th with the last, so that they stay below ``most_bytes``; none larger than allowed."""
    usable = [one for one in samples if 0 < one.size_bytes <= LARGEST_SAMPLE]
    if len(usable) < 3:
        return tuple(usable)
    step = 1
    while _cost(kept := usable[::step]) > most_bytes and len(kept) > 2:
        step *= 2
    return tuple(kept if kept[-1] is usable[-1] else [*kept, usable[-1]])


def _cost(samples: Sequence[Sample]) -> int:
    """Bytes that reading these costs: small ones that lie close together come with one block."""
    total, held_until = 0, -1
    for one in samples:
        if one.offset + one.size_bytes > held_until:
            total += max(one.size_bytes, _BLOCK_BYTES)
            held_until = one.offset + max(one.size_bytes, _BLOCK_BYTES)
    return total


def _table(window: Window, tree: Tree, path: str, head: int, width: int) -> bytes:
    node = tree.find(path)
    if node is None:
        return b""
    body = node.offset + 8
    count = int.from_bytes(window.read(body + head - 4, 4), "big")
    fits = max(0, (node.size_bytes - 8 - head) // width)
    return window.read(body + head, min(count, fits, MOST_ENTRIES) * width)


def _sizes(window: Window, tree: Tree, path: str) -> list[int]:
    node = tree.find(path)
    if node is None:
        return []
    constant = int.from_bytes(window.read(node.offset + 12, 4), "big")
    if constant:
        count = int.from_bytes(window.read(node.offset + 16, 4), "big")
        return [constant] * min(count, MOST_ENTRIES)
    data = _table(window, tree, path, 12, 4)
    return list(struct.unpack(f">{len(data) // 4}I", data[: len(data) // 4 * 4]))


def _numbers(window: Window, tree: Tree, path: str, width: int) -> list[int]:
    data = _table(window, tree, path, 8, width)
    return [int.from_bytes(data[at : at + width], "big") for at in range(0, len(data) - width + 1, width)]


def _runs(window: Window, tree: Tree, path: str) -> list[tuple[int, int]]:
    """(first chunk, samples in each chunk)."""
    data = _table(window, tree, path, 8, 12)
    return [
        (
            int.from_bytes(data[at : at + 4], "big"),
            min(MOST_ENTRIES, int.from_bytes(data[at + 4 : at + 8], "big")),
        )
        for at in range(0, len(data) - 11, 12)
    ]


def _times(track: DeclaredTrack, count: int) -> list[float | None]:
    if not track.timescale or not track.deltas:
        return [None] * count
    times: list[float | None] = []
    now = 0
    for repeats, ticks in track.deltas:
        for _ in range(min(repeats, count - len(times))):
            times.append(now / track.timescale)
            now += ticks
    return times + [None] * (count - len(times))
