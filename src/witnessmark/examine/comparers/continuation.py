"""Clips that follow one another: the end of the one is the beginning of the other.

Five traces, each of which can mislead alone, and what each needs to count:

- *picture*: the last picture of the one is as like the first of the other as pictures of one recording a second apart,
  and the farther from the joint, the less alike they are. It counts only where both clips move at the joint: a fixed
  camera looks the same at all times, and recorders that wait for motion begin and end with an empty room.
- *clock*: the burned-in clock of the one begins where that of the other ends, in the same layout and place.
- *time stamps*: the file's own times go on where those of the other end (recorders that cut a running stream).
- *time code*: the one states the time code at which the other ends.
- *dates*: the one states as its date of creation the moment at which the other ended.

A clock that shows another time contradicts all of them. Cameras of one recorder share clocks, stamps and dates: so
these count only where both clips show the same scene at the joint. Dates never count alone. Method page:
docs/methods/lineage.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.comparers.accounts import Account
from witnessmark.model.findings import Grade
from witnessmark.model.relations import Direction, Relation, RelationKind

METHOD, VERSION = "continuation", "1.1.0"
NOT_MEASURED = "How often clips that do not follow each other are joined so is not measured."
"""Said with every joint while no bench counts them; until then none is graded above moderate, whatever agrees."""
MOVES = 0.04
"""1 - correlation between the joint and two seconds away: below, the scene stands still and its picture says nothing.
Sensor noise and compression alone stay under 0.01 on pictures of 64 x 36."""
MOVES_AT_JOINT = 0.01
"""The same within a second of the joint, in either clip."""
FAR_RATIO = 4.0
"""The joint must be so much more alike than pictures two seconds from it."""
OWN_S = 1.0
"""A clip that goes on may have lost up to this much at the joint: as unlike as its own pictures a second apart."""
SAME_SCENE = 0.25
"""1 - correlation up to which the two sides of a joint can show one place: fixed cameras stay far below, other places
lie near 1 (Lewis 1995 on normalised correlation); day and night of one place may be above, and are then not joined."""
OWN_SLACK_S = 0.25
"""Remembered pictures lie half a second apart, and fall on whole pictures: the nearest to a second is meant."""
FEWEST_ENDS = 5
"""Two seconds at half a second each."""
CLOCK_EARLY_S, CLOCK_LATE_S = 1.5, 2.5
"""Readings are whole seconds: each side can be off by almost one; a recorder may lose a second between two files."""
STAMP_S = 0.25
FIRST_STAMP_S = 1.0
"""Files that begin at zero say nothing by their time stamps."""
DATE_S = 3.0
RATE_SHARE = 0.05
DAY_S = 86_400.0
BLOCK = 512
"""Clips whose ends are laid beside all beginnings at once: 512 x 10,000 correlations are 20 MB."""


@dataclass(frozen=True, slots=True)
class Joint:
    """Of a pair in one order: how unlike the pictures are at the joint and away from it."""

    at: float
    far: float
    """The lesser of: beginning of the last seconds against the first picture; last picture against later ones."""
    own: float
    """How unlike a clip's own pictures are up to a second from the joint: of the one that moves less."""
    nearest: bool
    """Whether the two pictures at the joint are more alike than either is to any other of the other side."""

    @property
    def tells(self) -> bool:
        return (
            self.far >= MOVES
            and self.far >= FAR_RATIO * self.at
            and self.own >= max(self.at, MOVES_AT_JOINT)
            and self.nearest
        )

    @property
    def same_scene(self) -> bool:
        return self.at <= SAME_SCENE


def continuations(
    accounts: Mapping[str, Account],
    *,
    apart: frozenset[frozenset[str]] = frozenset(),
    new: frozenset[str] | None = None,
) -> tuple[Relation, ...]:
    """Pairs of which the one continues the other, sorted by ids.

    ``apart``: pairs that share footage, which no clip that follows another does. ``new``: only pairs with one of these.
    """
    usable = [account for _, account in sorted(accounts.items()) if len(account.pedigree.first)]
    found = []
    for earlier, later in sorted(set(_candidates(usable))):
        first, second = usable[earlier], usable[later]
        if earlier == later or frozenset((first.id, second.id)) in apart:
            continue
        if new is not None and not new & {first.id, second.id}:
            continue
        relation = continuation(first, second)
        if relation is not None:
            found.append(relation)
    return tuple(found)


def continuation(earlier: Account, later: Account) -> Relation | None:
    """``later`` continues ``earlier``: the relation, or None where the traces do not carry it."""
    if not _same_making(earlier, later):
        return None
    joint = _joint(earlier, later)
    picture = joint is not None and joint.tells
    scene = joint is not None and joint.same_scene
    if _clocks_contradict(earlier, later):
        return None
    clock, has_date = _clock(earlier, later)
    stamps, code, dates = _stamps(earlier, later), _code(earlier, later), _dates(earlier, later)
    others = [words for words in (clock, stamps, code, dates) if words]
    by_clock = scene and bool(clock) and has_date
    by_others = scene and len(others) > 1 and any(words is not dates for words in others)
    if not (picture or by_clock or by_others):
        return None
    return Relation(
        kind=RelationKind.CONTINUES,
        source=later.id,
        target=earlier.id,
        direction=Direction.UNDETERMINED,
        grade=Grade.MODERATE,
        evidence=(*_picture_words(joint, picture), *others, NOT_MEASURED),
    )


def _picture_words(joint: Joint | None, tells: bool) -> list[str]:
    if joint is None:
        return []
    if tells:
        return [
            f"The last picture of the second and the first of the first differ by {joint.at:.3f} (1 - correlation), as "
            f"pictures of one recording within a second do; two seconds away they differ by {joint.far:.3f} or more."
        ]
    return [
        "Both show the same scene at the joint; as it hardly changes, the picture alone would say nothing."
        if joint.far < MOVES
        else "Both show the same scene at the joint."
    ]


# --------------------------------------------------------------------------- candidates, without all pairs


def _candidates(usable: list[Account]) -> Iterator[tuple[int, int]]:
    """Pairs (earlier, later) worth a look: by pictures, all at once; by clocks, stamps and time codes, sorted."""
    yield from _by_picture(usable)
    yield from _by_time([_clock_ends(account) for account in usable], CLOCK_EARLY_S, CLOCK_LATE_S)
    ends = [(account.pedigree.start_s, account.pedigree.end_s) for account in usable]
    stamped = [pair if pair[0] > FIRST_STAMP_S else (None, pair[1]) for pair in ends]
    yield from _by_time(stamped, STAMP_S, STAMP_S)
    yield from _by_time([_code_ends(account) for account in usable], STAMP_S, STAMP_S)


def _by_picture(usable: list[Account]) -> Iterator[tuple[int, int]]:
    if not usable:
        return
    ends = _normal(np.stack([account.pedigree.last[-1] for account in usable]))
    starts = _normal(np.stack([account.pedigree.first[0] for account in usable]))
    for at in range(0, len(usable), BLOCK):
        unlike = 1 - ends[at : at + BLOCK] @ starts.T
        far = np.array([_moved(account) for account in usable[at : at + BLOCK]])
        near = unlike * FAR_RATIO <= np.maximum(far, MOVES)[:, None]
        near &= (far >= MOVES)[:, None]
        yield from ((at + int(row), int(column)) for row, column in zip(*np.nonzero(near), strict=True))


def _moved(account: Account) -> float:
    """How unlike a clip's end is to what it showed some seconds before: the most."""
    held = _normal(account.pedigree.last)
    return float(1 - (held @ held[-1]).min())


def _by_time(
    ends: Sequence[tuple[float | None, float | None]], early_s: float, late_s: float
) -> Iterator[tuple[int, int]]:
    """(start, end) of each on one scale: those that begin where another ends."""
    starts = sorted((start, index) for index, (start, _) in enumerate(ends) if start is not None)
    values = np.array([start for start, _ in starts])
    for earlier, (_, end) in enumerate(ends):
        if end is None:
            continue
        low, high = np.searchsorted(values, [end - early_s, end + late_s])
        yield from ((earlier, starts[place][1]) for place in range(int(low), int(high)))


# --------------------------------------------------------------------------- the traces


def _same_making(one: Account, other: Account) -> bool:
    """Same codec, size and picture rate: what one recorder writes in a row."""
    a, b = one.pedigree, other.pedigree
    if (a.codec, a.width_px, a.height_px) != (b.codec, b.width_px, b.height_px):
        return False
    rates = [p.shown_rate_hz for p in (a, b)]
    return min(rates) > 0 and max(rates) / min(rates) <= 1 + RATE_SHARE


def _normal(thumbs: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, cells): without mean, of length 1, so that a product of two is their correlation."""
    flat = thumbs.reshape(len(thumbs), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1.0))


def _joint(earlier: Account, later: Account) -> Joint | None:
    last, first = _normal(earlier.pedigree.last), _normal(later.pedigree.first)
    if min(len(last), len(first)) < FEWEST_ENDS:
        return None
    before, after = 1 - last @ first[0], 1 - first @ last[-1]
    at = float(before[-1])
    far = min(float(np.max(before)), float(np.max(after)))
    return Joint(
        at,
        far,
        min(_own(last[::-1], earlier.pedigree.last_times_s[::-1]), _own(first, later.pedigree.first_times_s)),
        bool(at <= before.min() + 1e-3 and at <= after.min() + 1e-3),
    )


def _own(thumbs: NDArray[np.float32], times_s: NDArray[np.float64]) -> float:
    """How unlike the picture at an end is to those up to a second away, in the same clip: the most."""
    near = np.abs(times_s - times_s[0]) <= OWN_S + OWN_SLACK_S
    return float(np.max(1 - thumbs[near] @ thumbs[0]))


def _clock_ends(account: Account) -> tuple[float | None, float | None]:
    """What the burned-in clock shows at the beginning and at the end, in seconds since an arbitrary day."""
    clock = account.clock
    if clock is None or not clock.is_steady or clock.first is None or clock.last is None:
        return None, None
    start = clock.first.timestamp() - (clock.first_at_s - account.pedigree.start_s)
    return start, clock.last.timestamp() + (account.pedigree.end_s - clock.last_at_s)


def _clock_gap_s(earlier: Account, later: Account) -> float | None:
    """Seconds of the burned-in clocks between the two; None where one has none. Without a date, of the nearest day."""
    one, other = earlier.clock, later.clock
    end, start = _clock_ends(earlier)[1], _clock_ends(later)[0]
    if one is None or other is None or end is None or start is None:
        return None
    gap_s = start - end
    if one.has_date and other.has_date:
        return gap_s
    return (gap_s + DAY_S / 2) % DAY_S - DAY_S / 2


def _fits(gap_s: float) -> bool:
    return -CLOCK_EARLY_S <= gap_s <= CLOCK_LATE_S


def _clocks_contradict(earlier: Account, later: Account) -> bool:
    """Both show a clock that keeps time, and between the two another time has passed: then nothing was continued."""
    gap_s = _clock_gap_s(earlier, later)
    return gap_s is not None and not _fits(gap_s)


def _clock(earlier: Account, later: Account) -> tuple[str, bool]:
    """(words or empty, whether the clock shows a date)."""
    one, other, gap_s = earlier.clock, later.clock, _clock_gap_s(earlier, later)
    if one is None or other is None or gap_s is None or not _fits(gap_s):
        return "", False
    if (one.layout, one.place) != (other.layout, other.place):
        return "", False
    words = (
        f"The burned-in clock shows {one.last_text} near the end of the second and {other.first_text} near the "
        f"beginning of the first, in the same place and layout: {gap_s:.1f} s between them."
    )
    return words, one.has_date


def _stamps(earlier: Account, later: Account) -> str:
    start_s, end_s = later.pedigree.start_s, earlier.pedigree.end_s
    if start_s <= FIRST_STAMP_S or abs(start_s - end_s) > STAMP_S:
        return ""
    return f"The time stamps of the first begin at {start_s:.2f} s, where those of the second end ({end_s:.2f} s)."


def _code_ends(account: Account) -> tuple[float | None, float | None]:
    start = _code_seconds(account)
    return (None, None) if start is None else (start, start + account.pedigree.duration_s)


def _code_seconds(account: Account) -> float | None:
    """HH:MM:SS:FF in seconds; pictures count by the rate (SMPTE ST 12-1; drop-frame codes keep to the clock)."""
    parts = account.pedigree.timecode.replace(";", ":").split(":")
    if len(parts) != 4 or not account.pedigree.shown_rate_hz:
        return None
    hours, minutes, seconds, pictures = map(int, parts)
    if not (hours or minutes or seconds or pictures):
        return None  # a code that begins at zero in every file
    return hours * 3600 + minutes * 60 + seconds + pictures / account.pedigree.shown_rate_hz


def _code(earlier: Account, later: Account) -> str:
    end, start = _code_ends(earlier)[1], _code_ends(later)[0]
    if end is None or start is None or abs(start - end) > STAMP_S:
        return ""
    return f"The time code of the first begins at {later.pedigree.timecode}, where that of the second ends."


def _dates(earlier: Account, later: Account) -> str:
    """Some recorders state the beginning of a file as its date, others its end."""
    one, other = earlier.created, later.created
    if one is None or other is None:
        return ""
    apart_s = (other - one).total_seconds()
    lengths = {"beginning": earlier.pedigree.duration_s, "end": later.pedigree.duration_s}
    for what, length_s in lengths.items():
        if abs(apart_s - length_s) <= DATE_S:
            return (
                f"The dates that the files state ({_said(one)} and {_said(other)} UTC) lie {apart_s:.0f} s apart, as "
                f"those of two files in a row do when they state the {what} of each."
            )
    return ""


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
