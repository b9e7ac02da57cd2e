"""Where the background of a recording changes at once, by more than it ever does of itself.

The floor of each band (10th percentile of two seconds) is compared across every place. What counts as a change is
set by the file: bands whose floor wanders are left out, and a change must stand far above the usual differences.
Loud events raise levels for a while but not the floor of what lies beside them, and nothing that is *added* can
lower a floor. So the direction tells:

- ``gone``: floors fall at one edge and are back at another: the background is missing in between (replaced, made
  softer, filtered, muted);
- ``other``: floors fall in some bands and rise in others at one place: another place, another microphone;
- ``louder``/``softer``: only up or only down, once: a source of noise began or stopped, or the gain was changed.

Source: Martin, IEEE Trans. SAP 9(5), 2001 (minimum statistics); Pan, Zhang, Lyu, Detecting splicing in digital
audios using local noise level estimation, ICASSP 2012 (change of background as a trace of splicing); the split by
least cumulative sum: Page, Continuous inspection schemes, Biometrika 41, 1954.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.sound.spectra import decibels

SIDE_S = 2.0
STRIDE_FRAMES = 4
FLOOR_SHARE = 0.1
LEAST_S = 10.0
"""Shorter sound does not show what its background does of itself."""
STEADY_DB = 3.0
"""A band whose floor usually differs by more across two seconds is not judged."""
LEAST_SIGMA_DB = 0.7
CHANGE_DB = 6.0
"""Twice the amplitude: below, people moving and doors ajar do as much."""
CHANGE_SIGMAS = 4.0
FEWEST_BANDS = 4
LEAST_SHARE = 0.3
"""Of the steady bands, those that must change together."""
CLIP_DB = 6.0
SHARP_FRAMES = 2
SLACK_FRAMES = 2.0
"""Places that explain the frames around them as well as the best, but for two frames of clipped evidence, are open:
a voice may hide the moment itself. Among them the steepest is taken."""
CHUNK = 2048
MOST_EDGES = 256


@dataclass(frozen=True, slots=True)
class Edge:
    """One sudden change. ``deltas_db`` per band, NaN where the band was not judged or did not change."""

    frame: int
    fallen: int
    risen: int
    steady: int
    size_db: float
    sharpness: float
    """Share of the change that is done within four frames, 0 to 1."""
    score: float
    deltas_db: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Background:
    """What was read of the whole file."""

    steady_bands: int
    bands: int
    usual_db: float
    """Median over the steady bands of the usual difference across a place."""
    edges: tuple[Edge, ...]


def read_background(levels: NDArray[np.uint8], frame_s: float) -> Background | None:
    """None where there is too little sound. ``levels``: (frames, bands + 1), last column ignored."""
    if len(levels) * frame_s < LEAST_S:
        return None
    side = round(SIDE_S / frame_s / STRIDE_FRAMES) * STRIDE_FRAMES
    bands = levels.shape[1] - 1
    smooth = _smoothed(levels[:, :bands])
    floors = _floors(smooth, side)
    across = side // STRIDE_FRAMES
    deltas = floors[across:] - floors[:-across]
    sigma = np.maximum(LEAST_SIGMA_DB, 1.4826 * np.median(np.abs(deltas), axis=0))
    steady = (sigma <= STEADY_DB) & (np.median(floors, axis=0) > -138.0)
    usual = float(np.median(sigma[steady])) if steady.any() else 0.0
    if int(steady.sum()) < FEWEST_BANDS:
        return Background(int(steady.sum()), bands, usual, ())
    bars = np.maximum(CHANGE_DB, CHANGE_SIGMAS * sigma)
    changed = (np.abs(deltas) >= bars) & steady
    share = changed.sum(axis=1) / steady.sum()
    strength = np.where(steady, np.minimum(np.abs(deltas) / bars, 3.0), 0.0).sum(axis=1) / steady.sum()
    edges: list[Edge] = []
    left = np.where((share >= LEAST_SHARE) & (changed.sum(axis=1) >= FEWEST_BANDS), strength, 0.0)
    while left.max(initial=0.0) > 0 and len(edges) < MOST_EDGES:
        k = int(left.argmax())
        edges.append(
            _edge(k, across, side, smooth, floors, deltas, changed, int(steady.sum()), float(left[k]))
        )
        near = edges[-1].frame // STRIDE_FRAMES - across
        for centre in (k, near):
            left[max(0, centre - across // 2) : centre + across // 2 + 1] = 0.0
    return Background(int(steady.sum()), bands, usual, _merged(edges, side // 2))


def _merged(edges: list[Edge], apart: int) -> tuple[Edge, ...]:
    """One change is seen from several places: of those within a second the clearest stays."""
    kept: list[Edge] = []
    for edge in sorted(edges, key=lambda e: -e.score * (0.3 + e.sharpness)):
        if all(abs(edge.frame - other.frame) > apart for other in kept):
            kept.append(edge)
    return tuple(sorted(kept, key=lambda e: e.frame))


def _smoothed(levels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Means of three frames, in dB; one band at a time, so that ten hours need no second copy."""
    out = np.empty(levels.shape, dtype=np.float32)
    for band in range(levels.shape[1]):
        held = decibels(levels[:, band])
        out[:, band] = held
        out[1:-1, band] = (held[:-2] + held[1:-1] + held[2:]) / 3
    return out


def _floors(smooth: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """10th percentile of ``side`` frames from every fourth frame on: (places, bands)."""
    views = np.lib.stride_tricks.sliding_window_view(smooth, side, axis=0)[::STRIDE_FRAMES]
    rank = int(FLOOR_SHARE * side)
    floors = np.empty(views.shape[:2], dtype=np.float32)
    for low in range(0, len(views), CHUNK):
        floors[low : low + CHUNK] = np.partition(views[low : low + CHUNK], rank, axis=2)[:, :, rank]
    return floors


def _edge(
    k: int,
    across: int,
    side: int,
    smooth: NDArray[np.float32],
    floors: NDArray[np.float32],
    deltas: NDArray[np.float32],
    changed: NDArray[np.bool_],
    steady: int,
    score: float,
) -> Edge:
    """Place the change within its two seconds on either side, and say how sudden it is."""
    chosen = changed[k]
    before, after = floors[k, chosen], floors[k + across, chosen]
    signs = np.sign(after - before)
    middle = (k + across) * STRIDE_FRAMES
    first, end = max(0, middle - side), min(len(smooth), middle + side)
    against = (smooth[first:end, chosen] - (before + after) / 2) * signs
    clipped = np.clip(against, -CLIP_DB, CLIP_DB).mean(axis=1)
    sums = np.concatenate(([0.0], np.cumsum(clipped)))
    jumps = np.zeros(len(sums))
    step = against[2 * SHARP_FRAMES :] - against[: -2 * SHARP_FRAMES]
    share = np.median(step / np.abs(after - before), axis=1)
    jumps[SHARP_FRAMES + 1 : SHARP_FRAMES + 1 + len(share)] = np.clip(share, 0.0, 1.0)
    open_ = sums <= sums.min() + SLACK_FRAMES * CLIP_DB
    at = int(np.where(open_, jumps, -1.0).argmax())
    sharpness = float(jumps[at])
    at += first
    shown = np.where(chosen, deltas[k], np.nan)
    return Edge(
        frame=at,
        fallen=int((signs < 0).sum()),
        risen=int((signs > 0).sum()),
        steady=steady,
        size_db=float(np.median(np.abs(after - before))),
        sharpness=sharpness,
        score=score,
        deltas_db=tuple(float(d) for d in shown),
    )
