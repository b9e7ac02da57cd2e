"""The first window: read by the recogniser, checked by the clock's own rule, learned from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.clock.digits import OWN_SPREAD
from witnessmark.examine.clock.face import Face
from witnessmark.examine.clock.ink import ink_of, noise_of
from witnessmark.examine.clock.layouts import Written, parse
from witnessmark.examine.clock.places import find_places
from witnessmark.examine.clock.recogniser import Line, read_lines
from witnessmark.examine.clock.strip import LEAST_AGREEING, SMALL_ROWS, Strip, Strips
from witnessmark.ground.networks.writing import Box

LEAST_AGREEING_SHARE = 0.4
APART_S = 0.9
"""Between first readings: neighbouring ones then fall on different parts of the second, which narrows the phase."""
LATE_S = 0.1
MOST_FIRST, ENOUGH_FIRST = 6, 6
WIDER = 1.5
"""The recogniser reads narrow letters better when widened."""


@dataclass(frozen=True, slots=True)
class First:
    """One early reading."""

    index: int
    line: Line
    written: Written


def begin(
    box: Box, pictures: Sequence[NDArray[np.uint8]], ticks: Sequence[int], times: NDArray[np.float64]
) -> Strip | None:
    """A strip that has learned from the first window, or None where no clock is read in the box.

    ``pictures`` are whole pictures (height, width); ``times`` in seconds.
    """
    strips = np.stack([p[box.top : box.bottom, box.left : box.right] for p in pictures])
    firsts = _first_readings(strips, times)
    chosen = _agreeing(firsts, times)
    if chosen is None:
        return None
    members, low, high = chosen
    face = Face.of([first.written for first in members])
    seen = [(f.written, f.line) for f in members if f.written.roles == face.roles]
    places = find_places(seen, strips)
    if places is None:
        return None
    still = np.zeros(strips.shape[2], bool)
    for place in places[: face.running_place - 1]:
        still[place.left : place.right] |= place.role != "S"
    ink = ink_of(strips, still)
    for place in places:
        place.ground_spread = ink.ground_spread if ink is not None else 0.0
        place.own_spread = OWN_SPREAD if ink is not None else noise_of(strips, still)
    strip = Strip(box, face, places, ink)
    midnight_s = face.midnight_s(face.steady_signs([first.written for first in members]))
    strip._low, strip._high = low + midnight_s, high + midnight_s
    strip.first_low_s, strip.first_high_s = strip._low, strip._high
    strip.asked = len(firsts)
    _learn(strip, strips, times, members)
    strip.take(strips, ticks, times)
    return strip


def _first_readings(strips: Strips, times: NDArray[np.float64]) -> list[First]:
    """Readings a second apart; small letters are tried wider, and where few can be read more pictures are."""
    firsts: list[First] = []
    apart_s = max(APART_S, float(times[-1] - times[0]) / MOST_FIRST)
    due = [0]
    for k in range(1, len(times)):
        if times[k] - times[due[-1]] >= apart_s - 1e-6:
            due.append(k)
    between = [k + (b - k) // 2 for k, b in pairwise(due) if b - k > 1]
    small = strips.shape[1] < SMALL_ROWS
    for count, k in enumerate((*due[:MOST_FIRST], *between)):
        if count >= MOST_FIRST and not (small and firsts and len(firsts) < ENOUGH_FIRST):
            break
        for stretch in (1.0, WIDER) if small else (1.0,):
            line = read_lines([strips[k]], stretch)[0]
            written = parse(line.text)
            if written is not None and len(line.places) == len(line.text):
                firsts.append(First(k, line, written))
                break
        if count >= 2 and not firsts and not small:
            break
    return sorted(firsts, key=lambda first: first.index)


def _agreeing(firsts: list[First], times: NDArray[np.float64]) -> tuple[list[First], float, float] | None:
    """The largest set of one layout whose readings share an offset, and the interval of that offset."""
    if not firsts:
        return None
    roles, _ = Counter(first.written.roles for first in firsts).most_common(1)[0]
    same = [first for first in firsts if first.written.roles == roles]
    quantum = 1.0 if same[0].written.has_seconds else 60.0
    offsets = [first.written.day_s - float(times[first.index]) for first in same]
    # Readings that share a point of their intervals, to a tenth for late drawing: one numeral misread by one would
    # move the phase by half a second, and with it what every picture is taken to show.
    wide = quantum + LATE_S
    sets = [[k for k, o in enumerate(offsets) if 0 <= o - anchor <= wide] for anchor in offsets]
    most = max(map(len, sets))
    fullest = [members for members in sets if len(members) == most]
    best = min(
        fullest, key=lambda members: max(offsets[k] for k in members) - min(offsets[k] for k in members)
    )
    least = max(min(LEAST_AGREEING, len(times)), round(LEAST_AGREEING_SHARE * len(firsts)))
    if most < least:
        return None
    low, high = max(offsets[k] for k in best), min(offsets[k] for k in best) + quantum
    return [same[k] for k in best], min(low, high), max(low, high)


def _learn(strip: Strip, strips: Strips, times: NDArray[np.float64], members: list[First]) -> None:
    """Between neighbouring readings that agree, every picture shows what the rule says."""
    cuts = strip.cuts_of(strips)
    pictures: dict[tuple[int, str], list[int]] = {}
    steady = Face.steady_signs([m.written for m in members])

    def note(k: int, signs: Sequence[str]) -> None:
        for place, sign in enumerate(signs):
            pictures.setdefault((place, sign), []).append(k)

    step_s = float(np.max(np.diff([times[m.index] for m in members]))) if len(members) > 1 else 0.0
    usual_s = float(np.median(np.diff([times[m.index] for m in members]))) if len(members) > 1 else 0.0
    for first, second in pairwise(members):
        if step_s and times[second.index] - times[first.index] > 1.5 * usual_s:
            continue
        for k in range(first.index, second.index + 1):
            foretold = strip.foretold(float(times[k]))
            if foretold is not None and foretold[1]:
                signs = strip.face.signs_at(foretold[0], steady)
                if signs is not None:
                    note(k, signs)
    for member in members:
        signs = strip.face.signs_of(member.written)
        if signs is not None:
            note(member.index, signs)
    for (place, sign), at in pictures.items():
        strip.places[place].learn(sign, cuts[place][sorted(set(at))])
