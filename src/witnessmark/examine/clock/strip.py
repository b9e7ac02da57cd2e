"""Follow one clock through the file: first readings by the recogniser, then by the clock's own numerals.

The first window is read by the recogniser at moments a second apart. Readings that keep the clock's own rule
(one second per second) fix what it showed at every moment between them; from there each place learns its signs
(``digits``). Later pictures are read from what was learned; a picture with an unknown sign is shown to the
recogniser, whose answer is taken only where it agrees with all places that are known, and, where it is not what
the rule foretells, only after a second picture says the same.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.clock.detector import Box
from witnessmark.examine.clock.digits import OWN_SPREAD, UNKNOWN, PlaceOfClock, Told
from witnessmark.examine.clock.face import RUNNING, Face
from witnessmark.examine.clock.ink import Ink, ink_of, noise_of
from witnessmark.examine.clock.layouts import Written, parse
from witnessmark.examine.clock.places import find_places
from witnessmark.examine.clock.recogniser import Line, read_lines

Strips = NDArray[np.uint8]

LEAST_AGREEING = 3
"""First readings that must keep the rule before the box is believed to be a clock."""
LEAST_AGREEING_SHARE = 0.4
APART_S = 0.9
"""Between first readings: neighbouring ones then fall on different parts of the second, which narrows the phase."""
MOST_FIRST = 6
SLACK_S = 0.35
"""As in ``course``: overlays are drawn late by a few pictures."""
EDGE_S = 0.08
"""So near to a tick by the phase a picture may show either second: it is not learned from."""
ASKED_FIRST, ASKED_LATER, ASKED_IN_ALL = 14, 5, 120
"""Pictures shown to the recogniser in one batch: while signs are still new, and later; 20 ms each."""
FIRST_BATCHES = 2
CHECK_FROM_S = 4.0
"""The first check by the recogniser; each further one after twice the time."""
SMALL_ROWS, WIDER = 24, 1.5
"""Strips lower than this hold letters of 8 to 14 px: the recogniser reads narrow ones better when widened."""
ENOUGH_FIRST = 6
NEAR_LOOKS = 5
MOST_PENDING = 4


@dataclass(slots=True)
class Series:
    """What was read, picture by picture of those looked at."""

    ticks: array[int] = field(default_factory=lambda: array("q"))
    clock_s: array[float] = field(default_factory=lambda: array("d"))
    """NaN where unread."""

    def sort(self) -> None:
        """By the file's time: pictures kept from before the clock was found are read after the others."""
        order = sorted(range(len(self.ticks)), key=self.ticks.__getitem__)
        self.ticks = array("q", [self.ticks[k] for k in order])
        self.clock_s = array("d", [self.clock_s[k] for k in order])


@dataclass(slots=True)
class Checks:
    """How often the recogniser was asked to confirm a reading, and did."""

    asked: int = 0
    agreed: int = 0


class Strip:
    """One clock. ``box`` is where it stands; ``face`` how it is written."""

    def __init__(self, box: Box, face: Face, places: list[PlaceOfClock], ink: Ink | None = None) -> None:
        self.box, self.face, self.places, self.ink = box, face, places, ink
        self.series, self.checks = Series(), Checks()
        self.asked = self.contested = 0
        self._batches = 0
        self._time_columns = _time_columns(face, places)
        self._low, self._high = -np.inf, np.inf
        self._strays: list[float] = []
        self._pending: list[float] = []
        self._next_check_s = -np.inf
        self._check_step_s = CHECK_FROM_S

    # -- the rule

    def foretold(self, time_s: float) -> tuple[float, bool] | None:
        """What the clock should show, and whether the moment is clear of a tick; None before any reading."""
        if not np.isfinite(self._low):
            return None
        quantum = self.face.quantum_s
        phase = (self._low + min(self._high, self._low + quantum)) / 2
        half = max(0.0, (min(self._high, self._low + quantum) - self._low) / 2)
        value, rest = divmod(phase + time_s, quantum)
        clear = half + EDGE_S <= rest <= quantum - half - EDGE_S
        return value * quantum, clear

    def _keeps_rule(self, offset_s: float) -> bool:
        wide = self.face.quantum_s + SLACK_S
        return max(self._low, offset_s) <= min(self._high, offset_s + wide)

    def _said_again(self, strips: Strips, told: list[Told], at: int) -> bool:
        """Whether the recogniser reads the same: asked where a reading breaks the rule, until three broke it alike.

        A numeral that was never learned may look like one that was; only a second, independent reader tells a
        leap from that.
        """
        if self.asked >= ASKED_IN_ALL:
            return False
        self.asked += 1
        self.contested += 1
        return self._seen_by_recogniser(strips[at], None) == [one.name(at) for one in told]

    def _keep_rule(self, offset_s: float) -> bool:
        """Narrow the phase by a reading; after three that disagree and agree among themselves, begin anew."""
        wide = self.face.quantum_s + SLACK_S
        low, high = max(self._low, offset_s), min(self._high, offset_s + wide)
        if low <= high:
            self._low, self._high = low, high
            self._strays.clear()
            return True
        self._strays.append(offset_s)
        self._strays = [s for s in self._strays if abs(s - offset_s) <= wide]
        if len(self._strays) >= LEAST_AGREEING:
            self._low, self._high = max(self._strays), min(self._strays) + wide
            self._strays.clear()
        return False

    # -- reading

    def take(self, strips: Strips, ticks: Sequence[int], times: NDArray[np.float64]) -> None:
        """Read (n, rows, columns) pictures of the box, in the order in which they came."""
        cuts = self.cuts_of(strips)
        told = [place.tell(cut) for place, cut in zip(self.places, cuts, strict=True)]
        given_up = np.zeros(len(strips), bool)
        left = ASKED_FIRST if self._batches < FIRST_BATCHES else ASKED_LATER
        self._batches += 1
        while left > 0 and self.asked < ASKED_IN_ALL:
            unknown = _unknown(told) & ~given_up
            if not unknown.any():
                break
            at = int(np.flatnonzero(unknown)[0])
            if at + 1 < len(strips) and unknown[at + 1] and not given_up[at + 1]:
                at += 1  # the first picture after a tick may still be in change
            left -= 1
            awaited = len(self._pending)
            learned = self._ask(strips, cuts, told, times, at)
            if learned:
                for k in learned:
                    told[k] = self.places[k].tell(cuts[k])
            if not learned and len(self._pending) > awaited:
                given_up[max(0, at - 1) : at + 1] = True  # a second picture is to say the same: the next one
            elif not learned or any(t.signs[at] == UNKNOWN for t in told):
                given_up[max(0, at - 1) : at + 2] = True
        self._refine(cuts, told)
        told = [place.tell(cut) for place, cut in zip(self.places, cuts, strict=True)]
        values = [self.face.value([one.name(k) for one in told]) for k in range(len(strips))]
        contested: list[int] = []
        for k, value in enumerate(values):
            if value is None:
                continue
            offset_s = value - float(times[k])
            if not self._keeps_rule(offset_s) and not self._said_again(strips, told, k):
                contested.append(k)
            elif self._keep_rule(offset_s):
                self._confirm(strips, told, float(times[k]), k)
        self._settle(values, times, contested)
        self.series.ticks.extend(int(tick) for tick in ticks)
        self.series.clock_s.extend(np.nan if value is None else value for value in values)

    def _settle(self, values: list[float | None], times: NDArray[np.float64], contested: list[int]) -> None:
        """A contested reading counts after all where readings close by, taken since, say the same time."""
        wide = self.face.quantum_s + SLACK_S
        open_ones = set(contested)
        for k in contested:
            near = range(max(0, k - NEAR_LOOKS), min(len(values), k + NEAR_LOOKS + 1))
            mine = float(values[k] or 0.0) - float(times[k])
            said = [float(values[n] or 0.0) - float(times[n]) for n in near
                    if n not in open_ones and values[n] is not None]  # fmt: skip
            if sum(abs(other - mine) <= wide for other in said) < LEAST_AGREEING - 1:
                values[k] = None

    def cuts_of(self, strips: Strips) -> list[NDArray[np.float32]]:
        """What every place shows, (n, pixels) each."""
        seen = strips if self.ink is None else self.ink.seen(strips)
        return [place.cut(seen) for place in self.places]

    def _refine(self, cuts: list[NDArray[np.float32]], told: list[Told]) -> None:
        """Let every place learn on from what it told."""
        for place, cut, one in zip(self.places, cuts, told, strict=True):
            for sign in range(len(one.names)):
                mine = np.flatnonzero(one.signs == sign)[::3]
                if len(mine):
                    place.learn(one.names[sign], cut[mine])

    def _ask(
        self,
        strips: Strips,
        cuts: list[NDArray[np.float32]],
        told: list[Told],
        times: NDArray[np.float64],
        at: int,
    ) -> list[int]:
        """Show picture ``at`` to the recogniser; the places that learned from it."""
        self.asked += 1
        known = [one.name(at) for one in told]
        signs = self._seen_by_recogniser(strips[at], known)
        expected = self.foretold(float(times[at]))
        by_rule = self.face.signs_at(expected[0], known) if expected is not None and expected[1] else None
        if signs is not None and any(k is not None and k != s for k, s in zip(known, signs, strict=True)):
            signs = None  # it contradicts what is known
        if signs is None:
            if by_rule is None or not self._only_running_is_open(known, by_rule):
                return []
            signs = by_rule
        elif by_rule is None or signs != by_rule:
            value = self.face.value(list(signs))
            if value is None or not self._seconded(value - float(times[at])):
                return []
        learned = []
        for k, sign in enumerate(signs):
            if known[k] is None and self._may_be(told[k], at, sign):
                self.places[k].learn(sign, cuts[k][at : at + 1])
                learned.append(k)
        return learned

    def _seen_by_recogniser(
        self, strip: NDArray[np.uint8], known: Sequence[str | None] | None
    ) -> list[str] | None:
        """The sign in every place as the recogniser reads them; None where it sees another layout.

        Where the whole date is known by its own numerals, the time alone is shown: it costs half.
        """
        time_only = (
            known is not None
            and self._time_columns is not None
            and all(
                sign is not None
                for role, sign in zip(self.face.roles, known, strict=True)
                if role not in RUNNING
            )
        )
        if not time_only or known is None or self._time_columns is None:
            written = parse(read_lines([strip])[0].text)
            return self.face.signs_of(written) if written is not None else None
        left, right = self._time_columns
        written = parse(read_lines([np.ascontiguousarray(strip[:, left:right])])[0].text)
        if written is None or written.roles != "".join(role for role in self.face.roles if role in RUNNING):
            return None
        line = written.text.upper()
        running = iter([line[place.index] for place in written.places])
        return [
            next(running) if role in RUNNING else str(sign)
            for role, sign in zip(self.face.roles, known, strict=True)
        ]

    @staticmethod
    def _may_be(told: Told, at: int, sign: str) -> bool:
        """A known sign that did not fit well is the same sign only where it was the likeliest all the same."""
        return sign not in told.names or told.names[int(told.best[at])] == sign

    def _only_running_is_open(self, known: list[str | None], by_rule: list[str]) -> bool:
        """The rule alone may name a sign only in the running pair (seconds, or minutes), where all else is as
        foretold."""
        running = self.face.roles[self.face.running_place]
        agree = all(name is None or name == rule for name, rule in zip(known, by_rule, strict=True))
        return agree and all(
            role == running for role, name in zip(self.face.roles, known, strict=True) if name is None
        )

    def _seconded(self, offset_s: float) -> bool:
        """Whether an earlier picture, not foretold either, said the same time."""
        wide = self.face.quantum_s + SLACK_S
        again = any(abs(offset_s - earlier) <= wide for earlier in self._pending[-MOST_PENDING:])
        if again:
            self._pending.clear()
        else:
            self._pending.append(offset_s)
        return again or not np.isfinite(self._low)

    def _confirm(self, strips: Strips, told: list[Told], time_s: float, at: int) -> None:
        """Now and then a reading is laid before the recogniser, at doubling distances."""
        if time_s < self._next_check_s or self.asked >= ASKED_IN_ALL:
            return
        self._next_check_s = time_s + self._check_step_s
        self._check_step_s *= 2
        self.asked += 1
        signs = self._seen_by_recogniser(strips[at], [one.name(at) for one in told])
        if signs is not None:
            self.checks.asked += 1
            self.checks.agreed += signs == [one.name(at) for one in told]


def _time_columns(face: Face, places: Sequence[PlaceOfClock]) -> tuple[int, int] | None:
    """Columns of the time alone with half a place of room; None without a date beside it."""
    if not face.has_date:
        return None
    time = [place for place in places if place.role in RUNNING]
    room = (time[0].right - time[0].left) // 2
    return max(0, time[0].left - room), time[-1].right + room


def _unknown(told: Sequence[Told]) -> NDArray[np.bool_]:
    """(n,): pictures in which any place is unknown."""
    return np.any([one.signs == UNKNOWN for one in told], axis=0)


# --------------------------------------------------------------------------- the first window


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
    wide = quantum + SLACK_S
    best = max(([k for k, o in enumerate(offsets) if 0 <= o - anchor <= wide] for anchor in offsets), key=len)
    least = max(min(LEAST_AGREEING, len(times)), round(LEAST_AGREEING_SHARE * len(firsts)))
    if len(best) < least:
        return None
    members = [same[k] for k in best]
    low = max(offsets[k] for k in best)
    high = min(offsets[k] for k in best) + quantum
    return members, low, max(high, low)


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
