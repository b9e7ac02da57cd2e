"""Follow one clock through the file: first readings by the recogniser, then by the clock's own numerals.

The first window is read by the recogniser at moments a second apart. Readings that keep the clock's own rule
(one second per second) fix what it showed at every moment between them; from there each place learns its signs
(``digits``). Later pictures are read from what was learned; a picture with an unknown sign is shown to the
recogniser, whose answer is taken only where it agrees with all places that are known, and, where it is not what
the rule foretells, only after a second picture says the same.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.clock.cycle import Cycle, best_phase
from witnessmark.examine.clock.digits import UNKNOWN, PlaceOfClock, Told
from witnessmark.examine.clock.face import RUNNING, Face
from witnessmark.examine.clock.ink import Ink
from witnessmark.examine.clock.layouts import parse
from witnessmark.examine.clock.likeness import renamed
from witnessmark.examine.clock.recogniser import read_lines
from witnessmark.ground.networks.writing import Box

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
MOST_SMALL_BYTES = 4 << 20
UNREAD_SHARE = 0.3
"""Of a strip of small letters, from which on the whole recording is asked."""
PHASE_ROOM_S = 0.4
NEAR_LOOKS, FILL_LOOKS = 5, 12
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
        self.first_low_s, self.first_high_s = -np.inf, np.inf
        """Offset that the first readings agreed on."""
        self.by_cycle: Cycle | None = None
        self.renamed = 0
        """Numerals of the date that the recogniser named wrongly."""
        self._small: list[tuple[NDArray[np.int64], NDArray[np.float64], Strips]] = []
        self._small_bytes = 0
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
        self._fill(values, times, told)
        if strips.shape[1] < SMALL_ROWS and self._small_bytes < MOST_SMALL_BYTES:
            self._small.append((np.array(ticks, np.int64), times, strips))
            self._small_bytes += strips.nbytes
        self.series.ticks.extend(int(tick) for tick in ticks)
        self.series.clock_s.extend(np.nan if value is None else value for value in values)

    def _fill(self, values: list[float | None], times: NDArray[np.float64], told: list[Told]) -> None:
        """An unread picture counts as read where its likeliest signs are exactly what the readings just before it,
        or just after it, foretell: something behind the letters made it fit badly, not differently."""
        read = {k: value - float(times[k]) for k, value in enumerate(values) if value is not None}
        quantum = self.face.quantum_s
        for k in [k for k, value in enumerate(values) if value is None]:
            names = [
                one.likeliest(k, place.limit(), place.role in RUNNING)
                for one, place in zip(told, self.places, strict=True)
            ]
            likeliest = self.face.value(names)
            if likeliest is None:
                continue
            for side in (range(k - 1, k - 1 - FILL_LOOKS, -1), range(k + 1, k + 1 + FILL_LOOKS)):
                offsets = [read[n] for n in side if n in read][:LEAST_AGREEING]
                if len(offsets) < LEAST_AGREEING or max(offsets) > min(offsets) + quantum:
                    continue
                ends = (max(offsets) + float(times[k]), min(offsets) + quantum + float(times[k]) - 1e-6)
                if all(end // quantum * quantum == likeliest for end in ends):
                    values[k] = likeliest
                    break

    def close(self) -> None:
        """At the end: names are held against the seconds (``likeness``), and letters too small for single pictures
        are read by the whole recording (``cycle``)."""
        self._rename()
        values = np.frombuffer(self.series.clock_s, np.float64)
        unread = float(np.isnan(values).mean()) if len(values) else 0.0
        if not self._small or not self.face.has_seconds or unread < UNREAD_SHARE:
            return
        if sum(len(ticks) for ticks, _, _ in self._small) != len(values):
            return
        ticks = np.concatenate([part[0] for part in self._small])
        times = np.concatenate([part[1] for part in self._small])
        strips = np.concatenate([part[2] for part in self._small])
        order = np.argsort(ticks, kind="stable")
        units = self.face.running_place
        cut = self.cuts_of(strips[order])
        still = [c for c, place in zip(cut, self.places, strict=True) if place.role != "S"]
        if self.places[units - 1].role != "S":
            return
        offset_s, cycle = best_phase(
            cut[units], cut[units - 1], np.concatenate(still, axis=1), times[order],
            self.first_low_s - PHASE_ROOM_S, self.first_high_s + PHASE_ROOM_S,
        )  # fmt: skip
        if int(cycle.read.sum()) > int((~np.isnan(values)).sum()):
            self.by_cycle = cycle
            foretold = np.floor(offset_s + times[order])
            self.series.ticks = array("q", ticks[order].tolist())
            self.series.clock_s = array("d", np.where(cycle.read, foretold, np.nan).tolist())

    def _rename(self) -> None:
        """Give places of the date that never changed, and bear a wrong name, their right one."""
        if not self.face.has_date or not self.face.has_seconds:
            return
        wrong = {
            k: (name, right)
            for (k, name), right in renamed(self.places, self.face.running_place).items()
            if self.face.roles[k] not in RUNNING and len(self.places[k].signs) == 1
        }
        if not wrong:
            return
        held = [next(iter(place.signs)) if len(place.signs) == 1 else None for place in self.places]
        steady = [None if role in RUNNING else name for role, name in zip(self.face.roles, held, strict=True)]
        mended = [wrong[k][1] if k in wrong else name for k, name in enumerate(steady)]
        if any(n is None for role, n in zip(self.face.roles, mended, strict=True) if role not in RUNNING):
            return
        before, after = self.face.midnight_s(steady), self.face.midnight_s(mended)
        if not after:
            return
        self.renamed = len(wrong)
        shift = after - before
        self.series.clock_s = array("d", [value + shift for value in self.series.clock_s])
        self.first_low_s, self.first_high_s = self.first_low_s + shift, self.first_high_s + shift

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
            text = read_lines([strip])[0].text
            written = parse(text)
            return self.face.signs_of(written) if written is not None else _by_count(text, self.face.roles)
        left, right = self._time_columns
        text = read_lines([np.ascontiguousarray(strip[:, left:right])])[0].text
        roles = "".join(role for role in self.face.roles if role in RUNNING)
        written = parse(text)
        if written is not None and written.roles == roles:
            line = written.text.upper()
            seen: list[str] | None = [line[place.index] for place in written.places]
        else:
            seen = _by_count(text, roles)
        if seen is None:
            return None
        running = iter(seen)
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


def _by_count(text: str, roles: str) -> list[str] | None:
    """Signs by their order alone, where a line has exactly as many digits as the layout has places: separators are
    what the recogniser errs in most. Colons that were all seen as ones are dropped. None for layouts with letters."""
    if set(roles) & set("np"):
        return None
    digits = [letter for letter in text if letter in "0123456789"]
    borders = [k for k in range(1, len(roles)) if roles[k] != roles[k - 1]]
    ones = {border + k for k, border in enumerate(borders)}
    if len(digits) == len(roles) + len(borders) and all(digits[k] == "1" for k in ones):
        digits = [digit for k, digit in enumerate(digits) if k not in ones]
    return digits if len(digits) == len(roles) else None


def _unknown(told: Sequence[Told]) -> NDArray[np.bool_]:
    """(n,): pictures in which any place is unknown."""
    return np.asarray(np.any([one.signs == UNKNOWN for one in told], axis=0))
