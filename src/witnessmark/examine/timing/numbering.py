"""The encoder's own numbering held against the container's time.

Order numbers and ``frame_num`` sit inside the coded pictures: a stream copy that leaves pictures out keeps
the numbers of those that stay. A hole in the numbers is therefore a picture that was coded and is not here –
unless the encoder numbers by time (then the hole in time explains the hole in numbers), declares gaps
(temporal layers, ISO/IEC 14496-10 §7.4.2.1), or skips numbers all along: always the file's own pattern.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from witnessmark.ground.container.coded_picture import CodedPicture

MOST_BREAK_SHARE = 0.05
"""Above this share of breaks that time does not confirm, irregular numbers are this file's own way."""
FEWEST_READ = 12
"""Pictures that must have been read before their numbers say anything."""
REORDER_PICTURES = 16
"""Deepest reordering of any level (ISO/IEC 14496-10 §A.3.1: max_dec_frame_buffering is at most 16)."""
BEAT_PICTURES = 3
"""B pictures between two predicted ones (MPEG-4 part 2 encoders use one or two)."""
HABIT_KEPT = 0.85
"""An alternating mark is this file's habit when this share of its pairs keeps it; a loss of one picture in ten still
leaves more."""
CLOSED_SHARE = 0.5
"""A hole of m numbers is *closed* where time runs on by less than this share of the m pictures missing."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """One picture: packet ordinal, presentation time, and what it says of itself."""

    ordinal: int
    pts: int
    picture: CodedPicture


@dataclass(frozen=True, slots=True)
class NumberGap:
    """Numbers missing between two pictures that follow each other in presentation."""

    ordinal: int
    """Packet ordinal of the picture after the hole."""
    start_pts: int
    end_pts: int
    missing: int
    closed: bool
    """Time runs on as if nothing were missing."""
    counted_by_reference: bool
    """``frame_num`` jumps too: a number that only counts coded pictures."""
    wrapped: bool = False
    """The count falls at the hole: it went once round, or began anew in a picture that is missing. How many
    pictures are missing is then not known."""
    at_end: bool = False
    """Within the reordering depth of the last packet: a file that was stopped or shortened in decoding order
    lacks pictures that are shown before its last one."""


@dataclass(frozen=True, slots=True)
class Numbering:
    """What the numbers of one stream say."""

    read: int
    unread: int
    usable: bool
    gaps: tuple[NumberGap, ...]
    misplaced: tuple[Numbered, ...]
    """Pictures whose time contradicts their order."""
    restarts: int
    id_pattern: str
    """constant, alternating, counting or none: how the restarts are told apart."""
    id_breaks: tuple[Numbered, ...]
    parameter_changes: tuple[Numbered, ...]
    by_time: bool
    """The order is itself a clock (MPEG-4 part 2): a hole in both is only a hole in time."""
    restart_times: frozenset[int]
    """Presentation times at which the numbering begins anew."""
    counts: bool
    """A count of coded pictures (``frame_num``) was there to confirm holes."""

    @property
    def runs_on(self) -> bool:
        """Usable, and no number is missing anywhere."""
        return self.usable and not self.gaps


def read_numbering(
    pictures: Sequence[Numbered],
    unread: Sequence[int],
    usual_ticks: int,
    *,
    gaps_allowed: bool,
    by_time: bool,
) -> Numbering:
    """Weigh the numbers of one stream, pictures in decoding order; ``unread`` are the times of packets whose
    numbers could not be read. A hole of numbers around one of those is damage and no absence."""
    step = _usual_step(pictures)
    holes, misplaced = _order_breaks(pictures, step, usual_ticks)
    jumps = () if gaps_allowed else _reference_jumps(pictures) or _lost_beats(pictures)
    gaps = tuple(
        g
        for g in _merged(holes, jumps, pictures)
        if not any(g.start_pts <= stamp <= g.end_pts for stamp in unread)
    )
    unconfirmed = sum(g.closed for g in gaps) + len(misplaced)
    usable = (
        len(pictures) >= FEWEST_READ
        and len(pictures) >= 9 * len(unread)
        and step > 0
        and not gaps_allowed
        and unconfirmed <= max(2, MOST_BREAK_SHARE * len(pictures))
    )
    pattern, breaks = _id_breaks(pictures)
    changed = tuple(
        now
        for before, now in itertools.pairwise(pictures)
        if now.picture.parameter_changes > before.picture.parameter_changes
    )
    return Numbering(
        read=len(pictures),
        unread=len(unread),
        usable=usable,
        gaps=gaps if usable else (),
        misplaced=misplaced if usable else (),
        restarts=sum(n.picture.restarts for n in pictures),
        id_pattern=pattern,
        id_breaks=breaks,
        parameter_changes=changed,
        by_time=by_time,
        restart_times=frozenset(n.pts for n in pictures if n.picture.restarts),
        counts=any(n.picture.number is not None for n in pictures),
    )


def _sequences(pictures: Sequence[Numbered]) -> dict[int, list[Numbered]]:
    by_sequence: dict[int, list[Numbered]] = {}
    for numbered in pictures:
        if numbered.picture.order is not None:
            by_sequence.setdefault(numbered.picture.sequence, []).append(numbered)
    return by_sequence


def _order_of(numbered: Numbered) -> int:
    return numbered.picture.order if numbered.picture.order is not None else 0


def _usual_step(pictures: Sequence[Numbered]) -> int:
    steps: Counter[int] = Counter()
    for members in _sequences(pictures).values():
        orders = sorted(_order_of(n) for n in members)
        steps.update(b - a for a, b in itertools.pairwise(orders))
    return steps.most_common(1)[0][0] if steps else 0


def _order_breaks(
    pictures: Sequence[Numbered], step: int, usual_ticks: int
) -> tuple[list[NumberGap], tuple[Numbered, ...]]:
    gaps: list[NumberGap] = []
    misplaced: list[Numbered] = []
    if step <= 0:
        return gaps, ()
    for members in _sequences(pictures).values():
        placed = sorted(members, key=_order_of)
        for before, after in itertools.pairwise(placed):
            if after.pts <= before.pts:
                misplaced.append(after)
                continue
            missing = round((_order_of(after) - _order_of(before)) / step) - 1
            if missing >= 1:
                extra = (after.pts - before.pts) / max(1, usual_ticks) - 1
                closed = extra < CLOSED_SHARE * missing
                wrapped = (after.picture.number or 0) < (before.picture.number or 0)
                gaps.append(NumberGap(after.ordinal, before.pts, after.pts, missing, closed, False, wrapped))
    gaps.sort(key=lambda g: g.start_pts)
    return gaps, tuple(sorted(misplaced, key=lambda n: n.ordinal))


def _reference_jumps(pictures: Sequence[Numbered]) -> tuple[tuple[Numbered, int], ...]:
    """Pictures at which ``frame_num`` leaves out values (§7.4.3), with how many."""
    jumps: list[tuple[Numbered, int]] = []
    previous: int | None = None
    for numbered in pictures:
        picture = numbered.picture
        if picture.number is None:
            return ()
        if picture.restarts:
            previous = 0
        elif previous is not None:
            ahead = (picture.number - previous) % picture.number_modulus
            if ahead > 1:
                jumps.append((numbered, ahead - 1))
        if picture.is_reference and not picture.restarts:
            previous = picture.number
    return tuple(jumps)


def _lost_beats(pictures: Sequence[Numbered]) -> tuple[tuple[Numbered, int], ...]:
    """Pictures at which an alternating mark stands twice: an odd number of predicted pictures is gone before them.

    That encoders alternate is habit (ISO/IEC 14496-2 §6.3.5 only defines the bit), so a break says something only
    in a file that keeps it. After a picture that needs no other the mark begins anew, always alike.
    """
    pairs: list[tuple[Numbered, bool]] = []
    firsts: Counter[int] = Counter()
    opening: list[Numbered] = []
    last: int | None = None
    for numbered in pictures:
        beat = numbered.picture.beat
        if numbered.picture.restarts:
            last = None
        elif beat is not None:
            if last is None:
                firsts[beat] += 1
                opening.append(numbered)
            else:
                pairs.append((numbered, beat != last))
            last = beat
    kept = sum(keeps for _, keeps in pairs)
    if len(pairs) < FEWEST_READ or kept < HABIT_KEPT * len(pairs):
        return ()
    lost = [n for n, keeps in pairs if not keeps]
    usual, count = firsts.most_common(1)[0]
    if count >= HABIT_KEPT * len(opening):
        lost += [n for n in opening if n.picture.beat != usual]
    return tuple((n, 1) for n in sorted(lost, key=lambda n: n.ordinal))


def _merged(
    gaps: list[NumberGap], jumps: Sequence[tuple[Numbered, int]], pictures: Sequence[Numbered]
) -> tuple[NumberGap, ...]:
    """Mark the order gaps that ``frame_num`` confirms; add jumps where there is no order to confirm.

    A lost reference leaves its hole in order near the jump: within the reordering depth.
    """
    jumped = {n.ordinal: missing for n, missing in jumps}
    last = max((n.ordinal for n in pictures), default=0)
    reach = REORDER_PICTURES if any(n.picture.number is not None for n in pictures) else BEAT_PICTURES
    marked = []
    for g in gaps:
        counted = any(abs(o - g.ordinal) <= reach for o in jumped)
        at_end = not counted and last - g.ordinal <= REORDER_PICTURES
        marked.append(replace(g, counted_by_reference=counted, at_end=at_end))
    if not any(n.picture.order is not None for n in pictures):
        stamps = {n.ordinal: n.pts for n in pictures}
        marked += [
            NumberGap(o, stamps.get(o - 1, stamps[o]), stamps[o], missing, True, True)
            for o, missing in jumped.items()
        ]
    return tuple(marked)


def _id_breaks(pictures: Sequence[Numbered]) -> tuple[str, tuple[Numbered, ...]]:
    """How restarts are told apart (idr_pic_id), and which restarts break that habit.

    The standard only asks that two IDR pictures in direct succession differ (§7.4.3); that an encoder
    alternates or counts is habit, so a break says something only beside many that keep it.
    """
    restarts = [n for n in pictures if n.picture.restart_id is not None]
    pairs = list(itertools.pairwise(restarts))
    if len(pairs) < 3:
        return "none", ()

    def step(before: Numbered, after: Numbered) -> int:
        return (after.picture.restart_id or 0) - (before.picture.restart_id or 0)

    steps = [step(a, b) for a, b in pairs]
    alternating = [
        abs(s) == 1 and {a.picture.restart_id, b.picture.restart_id} == {0, 1}
        for s, (a, b) in zip(steps, pairs, strict=True)
    ]
    counting = [
        s == 1 or (s < 0 and b.picture.restart_id == 0) for s, (_, b) in zip(steps, pairs, strict=True)
    ]
    for name, kept in (
        ("constant", [s == 0 for s in steps]),
        ("alternating", alternating),
        ("counting", counting),
    ):
        broken = tuple(b for keeps, (_, b) in zip(kept, pairs, strict=True) if not keeps)
        if len(broken) <= max(1, 0.1 * len(pairs)) and len(pairs) - len(broken) >= 2:
            return name, broken if name != "constant" else ()
    return "none", ()
