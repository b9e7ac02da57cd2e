"""Which stretches of its pictures a file has players show: the edit list of MP4, MOV and 3GP.

The decode looks at all pictures that a file holds; players follow the edit list (ISO/IEC 14496-12 §8.6.6). A clip that
was trimmed on a phone may hold twice what it shows: as copies both count, and a reader must know which is which.
Times are those of the decode: the demuxer moves the first edit to zero, after the empty edits before it, and leaves the
rest as it is.
"""

from __future__ import annotations

from witnessmark.examine.fingerprint.stored import MOST_SHOWN
from witnessmark.examine.trees import tree_of
from witnessmark.ground.container import HEAD_BYTES, sniff
from witnessmark.model.consumer import ByteSource

WITH_EDITS = ("mp4", "mov", "3gp")
HIDDEN_S = 0.25
"""Less than this is the delay of reordered pictures, which writers hide by an edit: nothing is hidden by it."""


def shown_stretches(source: ByteSource) -> tuple[tuple[float, float], ...]:
    """(start, end) in seconds as the decode tells time; empty where all is shown, or nothing is said of it."""
    kind = sniff(source.read_at(0, HEAD_BYTES), source.size_bytes)
    if kind.format not in WITH_EDITS:
        return ()
    declared = tree_of(source, kind).declared
    track = next((track for track in declared.tracks if track.kind == "video"), None)
    if track is None or not track.edits or not track.timescale or not declared.timescale:
        return ()
    empty_s = 0.0
    first: float | None = None
    shown: list[tuple[float, float]] = []
    for ticks, media in track.edits[:MOST_SHOWN]:
        length_s = ticks / declared.timescale
        if media < 0:
            empty_s += length_s if first is None else 0.0
            continue
        start_s = media / track.timescale
        if first is None:
            first = start_s
        at_s = start_s - first + empty_s
        shown.append((at_s, at_s + length_s))
    if first is None or track.duration_ticks is None:
        return ()
    held_s = track.duration_ticks / track.timescale
    hidden_s = held_s - sum(end - start for start, end in shown)
    if hidden_s <= HIDDEN_S or any(end <= start for start, end in shown):
        return ()
    return tuple(shown)
