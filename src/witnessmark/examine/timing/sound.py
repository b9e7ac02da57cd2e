"""Sound against itself and against the picture: spacing of its packets, where it starts and ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from witnessmark.examine.timing.spacing import Times

BREAK_S = 0.002
"""A sound packet that comes this much early or late breaks the spacing: twice the millisecond to which
Matroska rounds (RFC 9559 §11.1)."""
MOST_BREAK_SHARE = 0.01
"""Above this share (and more than three), uneven packets are this file's way: interleaving containers and
old phones write sound in uneven pieces."""
FEWEST_PACKETS = 20
EDGE_PACKETS = 2
"""Recorders begin and end with odd packets (measured on untouched phones: 1691 and 1245 for 1024)."""
LIP_SYNC_S = 0.185
"""Beyond this, sound late against picture is no longer acceptable (ITU-R BT.1359-1, figure 2)."""
CLEAR_S = 0.5
"""Untouched files measured so far differ by at most 0.16 s; three times that is clear."""
DRIFT_SHARE = 200e-6
"""Two free-running crystals of ±100 ppm each drift apart by this share of the length."""


@dataclass(frozen=True, slots=True)
class SoundBreak:
    """A place where the spacing of sound packets jumps."""

    ordinal: int
    start_pts: int
    end_pts: int
    excess_s: float
    """Positive: a hole; negative: an overlap."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a stream begins and ends, in seconds of presentation."""

    start_s: float
    end_s: float


def sound_breaks(
    stamps: Times, durations: Sequence[int], tick_s: float, *, framed: bool
) -> tuple[SoundBreak, ...]:
    """Breaks in the spacing of sound packets in decoding order; none where uneven packets are usual.

    ``framed``: the codec has frames of fixed length, so that the usual interval is the only right one. Raw
    samples may be cut anywhere, and there a packet's own length is taken (containers that derive lengths
    from times show nothing then).
    """
    if len(stamps) < FEWEST_PACKETS:
        return ()
    steps = np.diff(stamps)
    expected = np.asarray(durations[:-1], dtype=np.int64)
    usual = int(np.median(steps))
    near = np.abs(expected - usual) <= 0.02 * usual
    expected = np.where(near | ((not framed) & (expected > 0)), expected, usual)
    excess = (steps - expected) * tick_s
    odd = np.flatnonzero(np.abs(excess) > BREAK_S)
    inner = [int(k) for k in odd if EDGE_PACKETS <= k < len(steps) - EDGE_PACKETS]
    if len(inner) > max(3, MOST_BREAK_SHARE * len(steps)):
        return ()
    return tuple(
        SoundBreak(k + 1, int(stamps[k]), int(stamps[k + 1]), round(float(excess[k]), 6)) for k in inner
    )


def offsets(picture: Extent, sound: Extent) -> tuple[float, float]:
    """Start and end of sound minus picture, seconds; positive: the sound is later or longer."""
    return sound.start_s - picture.start_s, sound.end_s - picture.end_s


def allowed_s(length_s: float, packet_s: float, picture_s: float) -> float:
    """What codec frames, priming and free-running clocks explain without any edit.

    One sound packet and one picture at each end, two packets of encoder priming (AAC: 2112 samples,
    ISO/IEC 14496-24 annex), drift of the two clocks, and what the eye and ear take as in step.
    """
    return LIP_SYNC_S + picture_s + 3 * packet_s + DRIFT_SHARE * length_s
