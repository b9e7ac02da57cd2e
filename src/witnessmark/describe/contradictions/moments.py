"""Two statements about when: whether both can hold, and within what.

A moment is an interval in the frame in which it was stated: UTC, UTC by the format only (many recorders write local
time there), or the wall clock of an unknown place. Frames are never mixed silently: a wall clock is laid beside UTC
only with the whole offsets that legal time had somewhere at that moment (IANA history).
Source of the UTC meaning of container dates: ISO/IEC 14496-12 section 8.2.2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from witnessmark.model.contradictions import Hypothesis, Reading, Verdict
from witnessmark.model.zone_history import legal_counts, length_words, offset_words
from witnessmark.model.zones import EASTERNMOST_OFFSET, WESTERNMOST_OFFSET

WRITING_S = 120.0
"""Names and dates are written when a file is opened or closed: phones and recorders take up to two minutes (the
tolerance of the metadata method, docs/methods/metadata.md)."""
OFFSET_GRID_S = 900
"""All legal offsets since 1972 are multiples of 15 minutes (IANA tz history)."""
LARGEST_TOLERANCE_S = OFFSET_GRID_S / 2
"""With more, every difference would look like an offset of legal time."""
ZONES_APART_S = 1800
"""Legal times of two places differ by multiples of half an hour, but for a handful of places (IANA tz database)."""
ZONES_APART_TOLERANCE_S = 300.0
"""Below a sixth of the grid on either side, or two clocks that merely differ would look like two zones."""
ANY_ZONE = timedelta(hours=26)
"""Two wall clocks of unknown places differ by no more (UTC+14 against UTC-12)."""


class Frame(StrEnum):
    UTC = "utc"
    FORMAT = "format"
    """UTC, because the format says so."""
    WALL = "wall"


class Event(StrEnum):
    RECORDED = "recorded"
    LATER = "later"
    """Sent, saved, published, signed: at the time of recording or any time after."""
    ANY = "any"
    """Recorded, or any later act: nobody knows what the date is of (a name with nothing but digits)."""
    WRITTEN_SINCE = "written_since"
    """The file as it is cannot have been written before."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was, as one source states it. ``low`` and ``high`` are naive, in ``frame``."""

    reading: Reading
    low: datetime
    high: datetime
    frame: Frame
    event: Event = Event.RECORDED
    precise: bool = True
    """To the minute or finer; else whole days or more."""
    slack_s: float = 0.0
    """The recording's length, where the source may mean its begin or its end."""
    wall: tuple[datetime, datetime] | None = None
    """The same in wall time of the place, where the source names the place."""
    other: tuple[datetime, datetime] | None = None
    """With day and month exchanged, where nothing decides."""
    causes: tuple[Hypothesis, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    verdict: Verdict
    why: str
    tolerance: str = ""
    tolerance_s: float | None = None
    hypotheses: tuple[Hypothesis, ...] = ()


def compare(first: Moment, second: Moment) -> Compared:
    """Both can hold, cannot, or cannot be compared. Symmetric but for the order of words."""
    causes = tuple(dict.fromkeys((*first.causes, *second.causes)))
    if Event.WRITTEN_SINCE in (first.event, second.event):
        since, other = (first, second) if first.event is Event.WRITTEN_SINCE else (second, first)
        found = _since(since, other)
    elif first.event is second.event is Event.RECORDED:
        found = _same(first, second)
    elif Event.RECORDED in (first.event, second.event):
        recorded, later = (first, second) if first.event is Event.RECORDED else (second, first)
        found = _later(recorded, later)
    else:
        found = _acts(first, second)
    return Compared(found.verdict, found.why, found.tolerance, found.tolerance_s, causes)


def _same(first: Moment, second: Moment) -> Compared:
    """Two statements of when it was recorded."""
    plain = _same_as_read(first, second)
    if plain.verdict is Verdict.AGREE:
        return plain
    for exchanged, fixed in ((first, second), (second, first)):
        if exchanged.other is None:
            continue
        low, high = exchanged.other
        swapped = Moment(
            exchanged.reading,
            low,
            high,
            exchanged.frame,
            precise=exchanged.precise,
            slack_s=exchanged.slack_s,
        )
        again = _same_as_read(swapped, fixed)
        if again.verdict is Verdict.AGREE:
            why = f"With day and month exchanged ({low:%Y-%m-%d}) both agree; as read they differ."
            return Compared(Verdict.CANNOT_BE_COMPARED, why, again.tolerance, again.tolerance_s)
    return plain


def _same_as_read(first: Moment, second: Moment) -> Compared:
    first, second = _common_frame(first, second)
    precise = first.precise and second.precise
    tolerance_s = min(LARGEST_TOLERANCE_S, WRITING_S + max(first.slack_s, second.slack_s)) if precise else 0.0
    tolerance = length_words(timedelta(seconds=tolerance_s)) if precise else "whole days"
    mixed = (first.frame is Frame.WALL) != (second.frame is Frame.WALL)
    if mixed:
        return _wall_and_utc(first, second, precise, tolerance, tolerance_s)
    gap = _gap(first, second)
    if abs(gap.total_seconds()) <= tolerance_s:
        return Compared(Verdict.AGREE, _difference(gap, precise), tolerance, tolerance_s)
    certain = first.frame is Frame.UTC and second.frame is Frame.UTC
    if precise and not certain and _as_zones_apart(gap, tolerance_s):
        return Compared(
            Verdict.CANNOT_BE_COMPARED,
            f"They differ by {offset_words(gap)}, as two time zones do, and it is not known that both were "
            "written in the same one.",
            tolerance,
            tolerance_s,
        )
    return Compared(Verdict.CANNOT_BOTH_HOLD, _difference(gap, precise), tolerance, tolerance_s)


def _common_frame(first: Moment, second: Moment) -> tuple[Moment, Moment]:
    """A source that names its place is laid beside a wall clock as the wall clock of that place."""
    if first.frame is Frame.WALL and second.wall is not None:
        return first, _as_wall(second)
    if second.frame is Frame.WALL and first.wall is not None:
        return _as_wall(first), second
    return first, second


def _as_wall(moment: Moment) -> Moment:
    low, high = moment.wall or (moment.low, moment.high)
    return Moment(
        moment.reading,
        low,
        high,
        Frame.WALL,
        moment.event,
        moment.precise,
        moment.slack_s,
        causes=moment.causes,
    )


def _wall_and_utc(
    first: Moment, second: Moment, precise: bool, tolerance: str, tolerance_s: float
) -> Compared:
    wall, utc = (first, second) if first.frame is Frame.WALL else (second, first)
    gap = _gap(wall, utc)
    if not precise:
        low, high = _plus(utc.low, WESTERNMOST_OFFSET), _plus(utc.high, EASTERNMOST_OFFSET)
        if wall.low <= high and low <= wall.high:
            return Compared(
                Verdict.AGREE,
                "The days agree, for places in at least some time zones.",
                tolerance,
                tolerance_s,
            )
        return Compared(
            Verdict.CANNOT_BOTH_HOLD, "The days differ in every time zone.", tolerance, tolerance_s
        )
    at_utc = utc.low.replace(tzinfo=UTC)
    counts = legal_counts(at_utc)
    nearest = min(counts, key=lambda offset: (abs(gap - offset), offset))
    if abs((gap - nearest).total_seconds()) <= tolerance_s:
        count = counts[nearest]
        return Compared(
            Verdict.AGREE,
            f"They differ by {offset_words(gap)}, which was legal time at that moment in {count} places of the IANA "
            "list (within the tolerance): one in UTC and one in local time would explain it.",
            f"{tolerance} beside a whole offset",
            tolerance_s,
        )
    return Compared(
        Verdict.CANNOT_BOTH_HOLD,
        f"They differ by {offset_words(gap)}, which was nobody's legal time at that moment.",
        f"{tolerance} beside a whole offset",
        tolerance_s,
    )


def _acts(first: Moment, second: Moment) -> Compared:
    """Two acts after the recording, or dates of which nobody knows what they are of: equal, or about two things."""
    same = _same_as_read(first, second)
    if same.verdict is Verdict.AGREE:
        return same
    return Compared(
        Verdict.CANNOT_BE_COMPARED, "It is not known that both speak of the same act, and they differ."
    )


def _later(recorded: Moment, later: Moment) -> Compared:
    """Sending, saving, publishing and signing come at the time of recording or after it."""
    same = _same_as_read(recorded, later)
    if same.verdict is Verdict.AGREE:
        return same
    if later.other is not None:
        low, high = later.other
        again = _later(recorded, replace(later, low=low, high=high, other=None))
        if again.verdict is not Verdict.CANNOT_BOTH_HOLD:
            why = f"Day and month may be exchanged ({low:%Y-%m-%d}); then both can hold."
            return Compared(Verdict.CANNOT_BE_COMPARED, why, again.tolerance, again.tolerance_s)
    first, second = _common_frame(recorded, later)
    slack = timedelta(0) if first.frame is second.frame else ANY_ZONE
    if (
        second.frame is Frame.WALL
        and first.frame is Frame.WALL
        and later.wall is None
        and recorded.wall is None
    ):
        slack = ANY_ZONE
    if _plus(second.high, slack) < _plus(first.low, -timedelta(seconds=WRITING_S)):
        return Compared(
            Verdict.CANNOT_BOTH_HOLD,
            f"The later act ({later.reading.text}) would lie before the recording, by "
            f"{length_words(first.low - second.high)}.",
            "any difference of time zones" if slack else same.tolerance,
            slack.total_seconds() or same.tolerance_s,
        )
    return Compared(
        Verdict.CANNOT_BE_COMPARED,
        "One speaks of the recording, the other of an act that may come any time after it; the order is possible.",
    )


def _since(since: Moment, other: Moment) -> Compared:
    """A version of software against a date: the file as it is cannot be older than the software that wrote it."""
    if other.event is Event.WRITTEN_SINCE:
        return Compared(Verdict.CANNOT_BE_COMPARED, "Both are lower bounds.")
    tolerance = f"a version may be in use {_margin_words()} before it is dated"
    if _plus(other.high, EASTERNMOST_OFFSET) >= since.low:
        return Compared(Verdict.AGREE, "The version had existed by then.", tolerance)
    if other.event is Event.LATER:
        return Compared(
            Verdict.CANNOT_BOTH_HOLD,
            f"The file as it is was written by a version that did not exist before {since.low:%Y-%m-%d}, so it is not "
            "as it was then.",
            tolerance,
        )
    return Compared(
        Verdict.CANNOT_BE_COMPARED,
        f"The version says when this file was written (not before {since.low:%Y-%m-%d}), the other is an earlier time "
        "of recording; a later copy or export that kept it has both.",
        tolerance,
    )


def _margin_words() -> str:
    from witnessmark.describe.contradictions.versions import DEVELOPMENT_MARGIN

    return f"{DEVELOPMENT_MARGIN.days} days"


def _gap(first: Moment, second: Moment) -> timedelta:
    """From the second to the first; zero where the intervals touch."""
    if first.low > second.high:
        return first.low - second.high
    if second.low > first.high:
        return first.high - second.low
    return timedelta(0)


def _plus(moment: datetime, more: timedelta) -> datetime:
    """The sum, held inside the calendar: claims may speak of the years 1 and 9999."""
    try:
        return moment + more
    except OverflowError:
        return moment


def _difference(gap: timedelta, precise: bool) -> str:
    if not gap:
        return "The readings overlap." if precise else "The days agree."
    if not precise:
        days = -(-abs(gap) // timedelta(days=1))
        return f"They are {days:,} day{'s' if days != 1 else ''} apart."
    return f"They differ by {length_words(gap)}."


def _as_zones_apart(gap: timedelta, tolerance_s: float) -> bool:
    if abs(gap) > ANY_ZONE + timedelta(seconds=tolerance_s):
        return False
    rest_s = abs(gap.total_seconds()) % ZONES_APART_S
    return min(rest_s, ZONES_APART_S - rest_s) <= min(tolerance_s, ZONES_APART_TOLERANCE_S)
