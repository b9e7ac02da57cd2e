"""The sound as pictures for the report: level and background over time, phase of the hum, stretches that were told."""

from __future__ import annotations

import numpy as np

from witnessmark.examine.sound.breaks import Break
from witnessmark.examine.sound.gaps import Hole
from witnessmark.examine.sound.listening import Heard
from witnessmark.examine.sound.placed import to_feature
from witnessmark.examine.sound.spectra import FLOOR_DB, STEP_DB
from witnessmark.model.consumer import Feature
from witnessmark.model.findings import Grade
from witnessmark.model.series import Curve, Lane

MOST_POINTS = 1500
FLOOR_SHARE = 0.1
SHORTEST_SHOWN_S = 0.05


def series(heard: Heard, breaks: tuple[Break, ...], gaps: tuple[Hole, ...]) -> tuple[Feature, ...]:
    """Curves and one lane; nothing where there is nothing to draw."""
    told = [b for b in breaks if b.grade is not Grade.WEAK]
    drawn = [_background(heard, told).to_feature()]
    if heard.hum is not None and heard.hum.present:
        drawn.append(to_feature(heard.hum))
    if heard.phase is not None and len(heard.phase.times_s):
        drawn.append(_hum(heard).to_feature())
    spans = [(b.first, b.end, "+".join(b.signs)) for b in told]
    spans += [(h.first, h.end, h.what) for h in gaps if h.is_observed and h.grade is not Grade.WEAK]
    if spans:
        at = heard.stamps.seconds_at
        lane = Lane(
            "audio.breaks",
            "Sound: stretches and places that want an explanation",
            tuple(
                (round(at(first), 3), round(max(at(end), at(first) + SHORTEST_SHOWN_S), 3), words)
                for first, end, words in sorted(spans)[:400]
            ),
        )
        drawn.append(lane.to_feature())
    return tuple(drawn)


def _background(heard: Heard, told: list[Break]) -> Curve:
    """Floor of the middle bands: the 10th percentile in each of at most MOST_POINTS pieces."""
    levels = heard.levels[:, :-1].mean(axis=1, dtype=np.float32) * np.float32(STEP_DB) + np.float32(FLOOR_DB)
    size = max(1, round(0.5 / heard.frame_s), -(-len(levels) // MOST_POINTS))
    pieces = [levels[low : low + size] for low in range(0, len(levels), size)]
    points = tuple(
        (
            round(heard.stamps.seconds_at(heard.sample_of_frame(k * size)), 2),
            round(float(np.quantile(piece, FLOOR_SHARE)), 1),
        )
        for k, piece in enumerate(pieces)
    )
    marks = tuple((round(heard.stamps.seconds_at(b.first), 2), "+".join(b.signs)) for b in told[:100])
    return Curve(
        "audio.background",
        "Sound: background (mean of the logarithm over all bands)",
        "time",
        "s",
        "level",
        "dB of full scale",
        points,
        marks,
    )


def _hum(heard: Heard) -> Curve:
    """Evidence against one running hum, place by place."""
    test = heard.phase
    assert test is not None
    size = -(-len(test.times_s) // MOST_POINTS)
    points = tuple(
        (
            round(heard.stamps.seconds_at(round(float(test.times_s[low]) * heard.rate_hz)), 2),
            round(float(test.gains[low : low + size].max()), 1),
        )
        for low in range(0, len(test.times_s), size)
    )
    marks = tuple(
        (round(heard.stamps.seconds_at(round(b.at_s * heard.rate_hz)), 2), f"{360 * b.turns:.0f}°")
        for b in test.breaks
    )
    return Curve(
        "audio.hum",
        f"Mains hum: gain in likelihood of a break (bar at {test.bar:.0f})",
        "time",
        "s",
        "gain",
        "",
        points,
        marks,
    )
