"""Holes in time and holes in numbering, held against each other.

| time | numbers | what it is |
|---|---|---|
| hole | the same hole, in a count of coded pictures | pictures were coded and are gone: strong |
| hole | run on | the pictures were never coded: the camera or recorder skipped them |
| hole | begin anew | undecided by numbers: the hole falls between two groups of pictures |
| none | hole | pictures were taken out and the times closed over them: strong |
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from witnessmark.examine.timing.numbering import NumberGap, Numbering
from witnessmark.examine.timing.places import Place
from witnessmark.examine.timing.spacing import Pattern, TimeGap, Times
from witnessmark.model.findings import Grade, Measurement
from witnessmark.model.recording import Stream
from witnessmark.model.samples import Gap

HABIT_SHARE = 0.02
"""Above this share of intervals, gaps are how this file was recorded and a single one says little."""
CLEAR_S = 1.0
"""A second without pictures is more than any exposure in film mode (1/2 to 1/4 s) explains."""
CLEAR_FACTOR = 8.0
"""In files of variable rate: this many times the 95th percentile of their intervals."""
EXACT_SHARE = 0.985
"""Share of usual intervals above which a file without numbers is exact enough for one hole to stand out."""

AT_END = (
    " It lies at the end, where a file that was stopped or shortened lacks pictures that are shown before its "
    "last one."
)
LEAST_BREAK_S = 1.0
"""A promised length is rounded and counts the sound: less than this says nothing."""
BY_CONSTRUCTION = "by construction: index and length of the file are both in the file"


def numbering_sentence(numbering: Numbering) -> str:
    """What the numbers add, in a sentence."""
    if numbering.usable and numbering.gaps:
        return f"The encoder's numbering, read in {numbering.read} pictures, has holes."
    if numbering.usable:
        groups = f" within its {numbering.restarts} groups" if numbering.restarts > 1 else ""
        return f"The encoder's own numbering, read in {numbering.read} pictures, has no hole{groups}."
    if numbering.read == 0:
        return "The pictures carry no numbering that could be read, so times stand alone."
    return "The encoder's numbering is irregular throughout and was left aside."


def gap_places(
    holes: Sequence[TimeGap], numbering: Numbering, pattern: Pattern, base: Fraction
) -> tuple[Place, ...]:
    """Every hole, graded."""
    habit = len(holes) > max(3, HABIT_SHARE * pattern.intervals)
    spoken_for: set[int] = set()
    places: list[Place] = []
    for hole in holes:
        # Reordering moves the numbers' hole by a picture or two: overlap is asked, not equality. How many
        # are missing may differ: numbers that went round or began anew give no count.
        matching = [g for g in numbering.gaps if g.start_pts < hole.end_pts and g.end_pts > hole.start_pts]
        spoken_for.update(id(g) for g in matching)
        places.append(_hole(hole, matching, numbering, pattern, base, habit))
    places += [_closed(g, numbering, base, pattern) for g in numbering.gaps if id(g) not in spoken_for]
    return tuple(places)


def _hole(
    hole: TimeGap,
    matching: Sequence[NumberGap],
    numbering: Numbering,
    pattern: Pattern,
    base: Fraction,
    habit: bool,
) -> Place:
    length_s = float(hole.ticks * base)
    usual_s = float(pattern.usual_ticks * base)
    statement = (
        f"{length_s:.3f} s pass between two pictures at {float(hole.start_pts * base):.3f} s; usual in this "
        f"file are {usual_s:.3f} s: room for {hole.missing} picture{'s' if hole.missing > 1 else ''}."
    )
    counted = any(g.counted_by_reference for g in matching)
    if counted and numbering.by_time:
        statement += (
            " The mark that the encoder alternates from picture to picture stands twice here: pictures were coded "
            "and are not in the file."
        )
        grade = Grade.STRONG
    elif matching and not numbering.by_time:
        missing = sum(g.missing for g in matching)
        statement += (
            " The encoder's numbering breaks off here and goes on elsewhere: pictures were coded and are not "
            "in the file."
            if any(g.wrapped for g in matching)
            else f" The encoder's numbering lacks {missing} here: they were coded and are not in the file."
        )
        grade = Grade.STRONG if counted else Grade.MODERATE
    elif numbering.usable and not numbering.by_time and not _between_groups(hole, numbering):
        statement += " The encoder's numbering runs on: these pictures were never coded."
        grade = Grade.MODERATE if length_s >= CLEAR_S and pattern.is_regular else Grade.WEAK
    else:
        exact = pattern.is_regular and pattern.regular_share >= EXACT_SHARE
        wide = length_s >= CLEAR_S and hole.ticks >= CLEAR_FACTOR * pattern.high_ticks
        grade = Grade.MODERATE if exact or wide else Grade.WEAK
        if habit:
            grade = Grade.WEAK
    if hole.at_edge and not counted:
        statement += " It is the first or last interval, where recorders are often uneven."
        grade = Grade.WEAK
    elif matching and all(g.at_end for g in matching):
        statement += AT_END
        grade = Grade.WEAK
    return Place(
        hole.start_pts,
        hole.end_pts,
        base,
        grade,
        statement,
        {
            "gap": Measurement(round(length_s, 4), "s"),
            "usual_interval": Measurement(round(usual_s, 6), "s"),
            "missing_pictures": Measurement(hole.missing),
            "missing_numbers": Measurement(sum(g.missing for g in matching)),
            "after_picture": Measurement(hole.index),
        },
    )


def _between_groups(hole: TimeGap, numbering: Numbering) -> bool:
    """The numbering begins anew at the end of the hole, so it cannot say what lay before."""
    return hole.end_pts in numbering.restart_times


def _closed(gap: NumberGap, numbering: Numbering, base: Fraction, pattern: Pattern) -> Place:
    many = f"{gap.missing} picture{'s' if gap.missing > 1 else ''}"
    statement = f"The encoder's numbering lacks {many} at {float(gap.end_pts * base):.3f} s"
    if pattern.is_regular:
        statement += " while the times run on: pictures were taken out and the times closed over them."
    else:
        statement += (
            ": that many were coded and are not in the file. Whether the times were closed over them cannot be "
            "told where the rate varies."
        )
    if gap.wrapped:
        statement += " The numbering may have begun anew among them, so that their number is not known."
    sure = gap.counted_by_reference or numbering.by_time or not numbering.counts
    grade = Grade.STRONG if sure else Grade.MODERATE
    if gap.at_end:
        statement += AT_END
        grade = Grade.WEAK
    return Place(
        gap.start_pts,
        gap.end_pts,
        base,
        grade,
        statement,
        {"missing_numbers": Measurement(gap.missing), "packet": Measurement(gap.ordinal)},
    )


def broken_off(
    promised: str, held: int, missing: int, presented: Times, base: Fraction, usual_ticks: int, *, exact: bool
) -> Place:
    """The file promises more than lies before its last byte: what it says and its length are both in the file,
    so nothing is estimated but the seconds. ``exact``: the promise is an index that names every picture or the
    length of the whole; a mere count in a header (AVI) is often a little wrong and supports no more."""
    last = int(presented[-1])
    missing_s = float(missing * usual_ticks * base)
    return Place(
        last,
        last,
        base,
        Grade.STRONG if exact else Grade.MODERATE,
        f"The file breaks off at {float(last * base):.3f} s: {promised}, and its last byte comes after {held} "
        f"pictures. About {missing_s:.1f} s are not in the file.",
        {
            "held": Measurement(held),
            "not_in_the_file": Measurement(round(missing_s, 2), "s"),
        },
        calibration=BY_CONSTRUCTION,
    )


def fault_places(faults: Sequence[Gap], damaged: int, presented: Times, base: Fraction) -> tuple[Place, ...]:
    """Pictures that are there and could not be given: damage, not absence. One place for all of them."""
    told = [f for f in faults if f.reason in ("decode_error", "demux_error", "truncated")]
    if not told and not damaged:
        return ()
    stamps = [f.pts for f in told if f.pts is not None and f.base == base]
    start, end = (min(stamps), max(stamps)) if stamps else (int(presented[0]), int(presented[-1]))
    ends_early = any(f.reason == "truncated" for f in told)
    count = len(told) + damaged
    what = "1 packet is" if count == 1 else f"{count} packets are"
    return (
        Place(
            start,
            end,
            base,
            Grade.WEAK,
            f"{what} damaged or could not be read"
            + (", and the file ends before its own index says." if ends_early else "."),
            {"faults": Measurement(len(told)), "damaged_packets": Measurement(damaged)},
        ),
    )


def short_of_declared(stream: Stream, held: int, presented: Times, base: Fraction) -> Place:
    """The header promises more pictures than there are. Ordinary in AVI (600 declared, 575 held)."""
    return Place(
        int(presented[-1]),
        int(presented[-1]),
        base,
        Grade.WEAK,
        f"The container declares {stream.declared_frames} pictures and holds {held}.",
        {"declared": Measurement(stream.declared_frames), "held": Measurement(held)},
    )
