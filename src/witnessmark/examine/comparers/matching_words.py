"""A pair that agrees, told: kind, transforms, which side has lost, and the evidence in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from witnessmark.examine.comparers.matching_pair import Laid
from witnessmark.examine.comparers.matching_views import turned_area
from witnessmark.examine.comparers.segments import EXCERPT, MEASURED, SAME_CONTENT, Match, Overlay
from witnessmark.examine.fingerprint import Fingerprint
from witnessmark.examine.fingerprint.print import Area
from witnessmark.model.findings import Grade, Measurement

NAMES = (
    "brightness",
    "cropped",
    "greyscale",
    "letterboxed",
    "logo",
    "mirrored",
    "resized",
    "rotated",
    "speed",
    "stretched",
)
WHOLE_SHARE = 0.9
EDGE_S = 0.75
"""A file is covered when all but a tenth of it and all but this at its ends lie in the segments."""
CUT_SIDE = 0.035
"""Share of a side from which a cut or a border is told: a little more than one cell of a thumbnail."""
SPEED_STEP = 0.015
GREY, COLOURED = 1.0, 4.0
"""Mean distance of chroma from grey, in levels: at most, and at least."""
BRIGHTER = 1.35
STRETCHED = 1.06
MODERATE_SCORE = 5.5
"""Seconds of full agreement for grade moderate; below it is weak. Nothing is graded strong from pictures alone while no
measured rates of matching ship: what agreement that would take has to be counted first."""


def matched(
    one: str, other: str, a: Fingerprint, b: Fingerprint, laid: Laid, *, clocks_apart_s: float | None = None
) -> Match | None:
    """The match of a pair whose motion agrees; None where players show nothing of what both hold.

    ``clocks_apart_s``: by how much burned-in clocks differ there, where both were read; a part of the evidence.
    """
    segments = _shown(laid.segments, a, b)
    if not segments:
        return None
    whole_a = _covers(segments, a)
    whole_b = _covers([segment.swapped() for segment in segments], b)
    transform, derived = _transform(one, other, a, b, laid)
    held_s = sum(segment.a_length_s for segment in laid.segments)
    shown_s = sum(segment.a_length_s for segment in segments)
    evidence = [
        f"{shown_s:.1f} s of the one and {sum(s.b_length_s for s in segments):.1f} s of the other show the same "
        f"pictures (correlation {laid.alike:.2f}).",
        f"What moves in them moves alike: correlation {laid.motion:.2f} over {laid.moving_s:.1f} s with motion.",
    ]
    if clocks_apart_s is not None:
        evidence.append(
            f"The clocks burned into them agree to {clocks_apart_s:.0f} s where they lie over each other."
        )
    if held_s - shown_s > EDGE_S:
        evidence.append(
            f"Both files hold {held_s:.1f} s of the same pictures; by their edit lists, players show {shown_s:.1f} s."
        )
    evidence.append(MEASURED)
    return Match(
        a=one,
        b=other,
        segments=segments,
        speed=round(laid.speed, 3),
        transform=transform,
        derived=derived,
        kind=SAME_CONTENT if whole_a and whole_b else EXCERPT,
        contained="" if whole_a == whole_b else one if whole_a else other,
        score=round(max(0.0, min(laid.motion, laid.alike)), 3),
        grade=Grade.MODERATE if laid.score >= MODERATE_SCORE else Grade.WEAK,
        evidence=tuple(evidence),
        measurements={
            "motion_correlation": Measurement(round(laid.motion, 3)),
            "picture_correlation": Measurement(round(laid.alike, 3)),
            "moving": Measurement(round(laid.moving_s, 2), "s"),
            "held_alike": Measurement(round(held_s, 2), "s"),
            "agreement": Measurement(round(laid.score, 2)),
        },
        played=tuple(_played(segment, a, b) for segment in segments) if a.shown or b.shown else (),
    )


def _played(segment: Overlay, a: Fingerprint, b: Fingerprint) -> Overlay:
    """The segment in the seconds of a player: what an edit list leaves out takes no time."""
    return Overlay(
        round(_player_s(segment.a_start_s, a), 3),
        round(_player_s(segment.a_end_s, a), 3),
        round(_player_s(segment.b_start_s, b), 3),
        round(_player_s(segment.b_end_s, b), 3),
    )


def _player_s(at_s: float, held: Fingerprint) -> float:
    """A moment of the decode in player's time. Shown twice: the first; between stretches: the nearer end."""
    gone_s = held.shown[0][0] if held.shown else 0.0
    best: tuple[float, float] | None = None
    for low, high in held.shown:
        inside = min(max(at_s, low), high)
        if best is None or abs(inside - at_s) < best[0] - NO_TIME_S:
            best = abs(inside - at_s), gone_s + inside - low
        gone_s += high - low
    return at_s if best is None else best[1]


def _shown(segments: Sequence[Overlay], a: Fingerprint, b: Fingerprint) -> tuple[Overlay, ...]:
    """The parts of the segments that players show in both files."""
    made = []
    for segment in segments:
        for low_a, high_a in a.shown or ((a.start_s, a.end_s),):
            for low_b, high_b in b.shown or ((b.start_s, b.end_s),):
                rate = segment.b_length_s / max(segment.a_length_s, 1e-6)
                early = max(low_a - segment.a_start_s, (low_b - segment.b_start_s) / rate, 0.0)
                late = max(segment.a_end_s - high_a, (segment.b_end_s - high_b) / rate, 0.0)
                if segment.a_length_s - early - late > LEAST_S:
                    made.append(
                        Overlay(
                            round(segment.a_start_s + early, 3),
                            round(segment.a_end_s - late, 3),
                            round(segment.b_start_s + early * rate, 3),
                            round(segment.b_end_s - late * rate, 3),
                        )
                    )
    return tuple(sorted(made))


LEAST_S = 0.5
NO_TIME_S = 1e-6


def _covers(segments: Sequence[Overlay], a: Fingerprint) -> bool:
    """Whether all that players show of ``a`` lies in the segments."""
    for low, high in a.shown or ((a.start_s, a.end_s),):
        inside = sorted((max(s.a_start_s, low), min(s.a_end_s, high)) for s in segments)
        covered = sum(max(0.0, end - start) for start, end in inside)
        ends = [(start, end) for start, end in inside if end > start]
        if not ends or covered < WHOLE_SHARE * (high - low):
            return False
        if ends[0][0] - low > EDGE_S or high - max(end for _, end in ends) > EDGE_S:
            return False
    return True


def _transform(
    one: str, other: str, a: Fingerprint, b: Fingerprint, laid: Laid
) -> tuple[tuple[str, ...], str]:
    names: set[str] = set()
    lost: set[str] = set()
    turn = laid.view.turn
    if turn.bit_count() % 2:
        names.add("mirrored")
    if turn & ~1:
        names.add("rotated")
    _parts(one, other, a.area, turned_area(b.area, turn), laid, names, lost)
    if laid.lost.differs:
        names.add("logo")
        lost.update(n for n, over in ((one, laid.lost.over_a), (other, laid.lost.over_b)) if over)
    area_b = turned_area(b.area, turn)
    width_b, height_b = (b.height_px, b.width_px) if turn & 4 else (b.width_px, b.height_px)
    high_a, wide_a = (a.area.bottom - a.area.top) * a.height_px, (a.area.right - a.area.left) * a.width_px
    high_b, wide_b = (area_b.bottom - area_b.top) * height_b, (area_b.right - area_b.left) * width_b
    if min(high_a, wide_a, high_b, wide_b) > 0:
        tall = high_a / (laid.view.scale_y * high_b)
        broad = wide_a / (laid.view.scale_x * wide_b)
        if abs(tall - 1.0) > 0.04 or abs(broad - 1.0) > 0.04:
            names.add("resized")
        if not 1 / STRETCHED <= tall / broad <= STRETCHED:
            names.add("stretched")
    if abs(laid.speed - 1.0) > SPEED_STEP:
        names.add("speed")
    grey_a, grey_b = _chroma(a), _chroma(b)
    if grey_a is not None and grey_b is not None:
        if grey_a <= GREY and grey_b >= COLOURED:
            names.add("greyscale")
            lost.add(one)
        elif grey_b <= GREY and grey_a >= COLOURED:
            names.add("greyscale")
            lost.add(other)
    if a.pictures and b.pictures:
        light = (float(a.brightness.mean()) + 1.0) / (float(b.brightness.mean()) + 1.0)
        if not 1 / BRIGHTER <= light <= BRIGHTER:
            names.add("brightness")
    return tuple(sorted(names)), next(iter(lost)) if len(lost) == 1 else ""


def _parts(
    one: str, other: str, area_a: Area, area_b: Area, laid: Laid, names: set[str], lost: set[str]
) -> None:
    """Cuts and borders, side by side, as far as they can be told from each other.

    A side of ``a`` that ends within ``b`` is cut where ``a`` has no border there. Where it has one, it may be dark
    scenery: a border is told only where both inner pictures end together and the other one has none.
    """
    view = laid.view
    sides = []  # (b shows more here, a shows more here, border of a, border of b)
    for low, high, (a_low, a_high), (b_low, b_high) in (
        (
            view.shift_y,
            view.scale_y + view.shift_y,
            (area_a.top, 1 - area_a.bottom),
            (area_b.top, 1 - area_b.bottom),
        ),
        (
            view.shift_x,
            view.scale_x + view.shift_x,
            (area_a.left, 1 - area_a.right),
            (area_b.left, 1 - area_b.right),
        ),
    ):
        sides.append((low, -low, a_low, b_low))
        sides.append((1.0 - high, high - 1.0, a_high, b_high))
    cut_a = any(more_b > CUT_SIDE and border_a <= 0.0 for more_b, _, border_a, _ in sides)
    cut_b = any(more_a > CUT_SIDE and border_b <= 0.0 for _, more_a, _, border_b in sides)
    both = [side for side in sides if abs(side[0]) <= CUT_SIDE]
    framed_a = any(border_a > CUT_SIDE and border_b <= 0.0 for _, _, border_a, border_b in both)
    framed_b = any(border_b > CUT_SIDE and border_a <= 0.0 for _, _, border_a, border_b in both)
    if cut_a or cut_b:
        names.add("cropped")
        told = ((one, cut_a and laid.lost.beyond_a), (other, cut_b and laid.lost.beyond_b))
        lost.update(name for name, is_told in told if is_told)
    if framed_a or framed_b:  # borders may have been put on, or cut off: they tell no direction
        names.add("letterboxed")


def _chroma(held: Fingerprint) -> float | None:
    known = held.colour[held.colour < 255]
    return float(np.median(known)) if known.size else None
