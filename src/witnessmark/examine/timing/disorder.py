"""Breaks of the file's own order: what a splice without re-encoding leaves behind.

Each trace alone has innocent causes; two independent ones at the same place raise each other by a grade.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from witnessmark.examine.timing.numbering import Numbering
from witnessmark.examine.timing.places import Place, joint, raised
from witnessmark.examine.timing.sound import SoundBreak
from witnessmark.examine.timing.spacing import WRAP_TICKS, Pattern
from witnessmark.model.findings import Grade, Measurement

SAME_PLACE_S = 0.06
"""Traces within a picture or a sound packet of each other point to one event (25 Hz: 40 ms; AAC: 23 ms)."""
FEWEST_GROUPS = 6
"""Groups of pictures of one length before another length stands out."""
MANY_IDS = 5
"""Restarts that keep the habit before one that breaks it says more than a little."""


def disorder_places(
    stamps: Sequence[tuple[int, int]],
    keys: Sequence[int],
    pattern: Pattern,
    numbering: Numbering,
    base: Fraction,
    breaks: Sequence[SoundBreak],
    sound_base: Fraction,
) -> tuple[Place, ...]:
    """All breaks, coinciding ones merged. ``stamps`` are (PTS, DTS) of the pictures in decoding order."""
    places = [
        *_backward(stamps, pattern, base),
        *_hidden(stamps, base),
        *_misplaced(numbering, base),
        *_identities(numbering, base),
        *_parameter_changes(numbering, base),
        *_sound(breaks, sound_base, [float(k * base) for k in keys] if 2 * len(keys) < len(stamps) else []),
    ]
    supported = joint(places, SAME_PLACE_S)
    return _with_schedule(supported, sorted(keys), pattern, base)


def _backward(stamps: Sequence[tuple[int, int]], pattern: Pattern, base: Fraction) -> list[Place]:
    """Decoding times that do not move forward, and presentation times given twice (§8.6.1 of 14496-12)."""
    places: list[Place] = []
    previous: int | None = None
    for ordinal, (pts, dts) in enumerate(stamps):
        if dts < 0 and dts < -(1 << 61):
            continue
        if previous is not None and dts <= previous and previous - dts < WRAP_TICKS // 2:
            back_s = float((previous - dts) * base)
            places.append(
                Place(
                    min(pts, dts),
                    max(pts, previous),
                    base,
                    Grade.MODERATE,
                    f"At packet {ordinal} decoding time "
                    + (f"steps back by {back_s:.3f} s" if dts < previous else "stands still")
                    + ": two runs of time follow each other in one stream.",
                    {"step_back": Measurement(round(back_s, 4), "s"), "packet": Measurement(ordinal)},
                    frozenset({"clock"}),
                )
            )
        previous = dts
    twice = sorted(p for p, n in Counter(p for p, _ in stamps).items() if n > 1)
    if twice and not places:
        places.append(
            Place(
                twice[0],
                twice[-1],
                base,
                Grade.MODERATE if len(twice) <= max(2, 0.02 * pattern.intervals) else Grade.WEAK,
                f"{len(twice)} presentation time{'s are' if len(twice) > 1 else ' is'} given to more "
                f"than one picture.",
                {"times_given_twice": Measurement(len(twice))},
                frozenset({"clock"}),
            )
        )
    return places


def _hidden(stamps: Sequence[tuple[int, int]], base: Fraction) -> list[Place]:
    """Pictures before the start of presentation: trimmed by an edit list and still in the file (§8.6.6)."""
    before = [p for p, _ in stamps if p < 0]
    if not before or len(before) == len(stamps):
        return []
    return [
        Place(
            min(before),
            0,
            base,
            Grade.MODERATE,
            f"{len(before)} pictures lie before the start of presentation: the beginning was trimmed without "
            f"re-encoding, and what was trimmed is still in the file.",
            {"hidden_pictures": Measurement(len(before))},
            frozenset({"trim"}),
        )
    ]


def _misplaced(numbering: Numbering, base: Fraction) -> list[Place]:
    return [
        Place(
            n.pts,
            n.pts,
            base,
            Grade.STRONG,
            f"The picture in packet {n.ordinal} is presented in another place than its order number says.",
            {"packet": Measurement(n.ordinal)},
            frozenset({"order"}),
        )
        for n in numbering.misplaced
    ]


def _identities(numbering: Numbering, base: Fraction) -> list[Place]:
    grade = Grade.MODERATE if numbering.restarts - len(numbering.id_breaks) > MANY_IDS else Grade.WEAK
    return [
        Place(
            n.pts,
            n.pts,
            base,
            grade,
            f"The encoder tells its restarts apart by {numbering.id_pattern} numbers; the one at "
            f"{float(n.pts * base):.3f} s breaks the row: restarts are missing, or a "
            f"foreign one follows.",
            {"restarts": Measurement(numbering.restarts), "packet": Measurement(n.ordinal)},
            frozenset({"identity"}),
        )
        for n in numbering.id_breaks
    ]


def _parameter_changes(numbering: Numbering, base: Fraction) -> list[Place]:
    return [
        Place(
            n.pts,
            n.pts,
            base,
            Grade.MODERATE,
            f"The encoder's settings (sequence parameters) change at {float(n.pts * base):.3f} s: what "
            f"follows was encoded under other settings.",
            {"packet": Measurement(n.ordinal)},
            frozenset({"settings"}),
        )
        for n in numbering.parameter_changes
    ]


def _sound(breaks: Sequence[SoundBreak], base: Fraction, key_seconds: Sequence[float]) -> list[Place]:
    ordered = sorted(key_seconds)
    places: list[Place] = []
    for found in breaks:
        what = "too late" if found.excess_s > 0 else "too early"
        place = Place(
            found.start_pts,
            found.end_pts,
            base,
            Grade.WEAK,
            f"Sound packet {found.ordinal} comes {1000 * abs(found.excess_s):.1f} ms {what} for the even "
            f"spacing of all others.",
            {"sound_break": Measurement(found.excess_s, "s"), "sound_packet": Measurement(found.ordinal)},
            frozenset({"sound"}),
        )
        at = bisect_left(ordered, place.start_s - SAME_PLACE_S)
        if 0 < at < len(ordered) and ordered[at] <= place.end_s + SAME_PLACE_S and len(ordered) > 1:
            place = raised(
                place, "A group of pictures begins at the same moment, as where two pieces are joined."
            )
        places.append(place)
    return places


def _with_schedule(
    places: Sequence[Place], keys: Sequence[int], pattern: Pattern, base: Fraction
) -> tuple[Place, ...]:
    """Add key pictures off an otherwise strict schedule: by themselves weak, beside another trace support."""
    if not pattern.is_regular or len(keys) < FEWEST_GROUPS + 2:
        return tuple(places)
    lengths = [round((b - a) / pattern.usual_ticks) for a, b in itertools.pairwise(keys)]
    usual, count = Counter(lengths).most_common(1)[0]
    odd = [k for k, length in enumerate(lengths[:-1]) if length != usual]
    if usual <= 1 or count < FEWEST_GROUPS or len(odd) != 1:
        return tuple(places)
    found = [
        Place(
            keys[k + 1],
            keys[k + 1],
            base,
            Grade.WEAK,
            f"One group of pictures has {lengths[k]} pictures, while all others have {usual}.",
            {"group_length": Measurement(lengths[k]), "usual_group_length": Measurement(usual)},
            frozenset({"schedule"}),
        )
        for k in odd
    ]
    return joint([*places, *found], SAME_PLACE_S)
