"""Reasons why one of two recordings of the same footage is nearer the original: one function each, one vote each.

A vote is never more than its reason: weights are set by how often the reason misleads (docs/methods/lineage.md says how
for each), and no vote of WEAK ever decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from witnessmark.examine.comparers.accounts import Account
from witnessmark.examine.comparers.lineage_detail import balance
from witnessmark.examine.comparers.segments import EXCERPT, Match, Overlay

PERIOD_TOLERANCE = 0.01
"""Relative: the hidden period is a count of pictures times the mean distance of pictures, exact to rounding."""
ALIGNED_PICTURES = 1.5
"""How far an old key picture may lie from a real one, in pictures: one for the order of coding, half for rounding."""
FEWEST_TEETH = 4
ALIGNED_SHARE = 0.8
SHORTEST_GROUP_S = 0.2
"""Below, every few pictures are key pictures, and any period fits."""
RATE_RATIO = 1.3
"""24 against 30 pictures a second are 1.25 apart and may be a conversion either way."""
QUANTISER_STEPS = 6.0
"""Six steps of H.264 double the quantiser (ITU-T H.264 §8.5.8)."""
DATE_SLACK_S = 60.0
CUT_NEAR_S = 1.0
TELLING = {"cropped": "is cropped", "greyscale": "is grey", "logo": "is covered by a logo"}
"""What a picture has lost and cannot have back (``Match.derived``)."""


class Weight(IntEnum):
    WEAK = 1
    MODERATE = 2
    STRONG = 3


@dataclass(frozen=True, slots=True)
class Vote:
    """``nearer`` is the id of the side that the reason speaks for."""

    nearer: str
    weight: Weight
    sort: str
    """Votes of one sort rest on one trace and count once."""
    words: str
    """One sentence; ``{near}`` and ``{far}`` stand for the two sides."""

    def said(self, near: str, far: str) -> str:
        text = self.words.format(near=near, far=far)
        return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class Pair:
    """A match with what both sides say."""

    a: Account
    b: Account
    match: Match

    def sides(self) -> tuple[tuple[Account, Account, tuple[Overlay, ...]], ...]:
        """Both orders: (one, other, segments seen from the one)."""
        turned = tuple(segment.swapped() for segment in self.match.segments)
        return (self.a, self.b, self.match.segments), (self.b, self.a, turned)

    @property
    def is_reframed(self) -> bool:
        """Whether the two pictures show different areas, so that cycles per picture cannot be compared."""
        return bool({"cropped", "letterboxed", "rotated"} & set(self.match.transform))

    @property
    def is_one_stream(self) -> bool:
        """Whether both files hold the same coded pictures, all of them."""
        digest = self.a.pedigree.video_digest
        return bool(digest) and digest == self.b.pedigree.video_digest


def votes(pair: Pair) -> tuple[Vote, ...]:
    """All votes, the weightiest first."""
    found = [vote for ask in ASKED for vote in ask(pair)]
    return tuple(sorted(found, key=lambda vote: (-vote.weight, vote.sort, vote.nearer)))


# --------------------------------------------------------------------------- what an earlier encoding left


def old_groups(pair: Pair) -> list[Vote]:
    """The groups that an earlier encoding left in the one are the real groups of the other."""
    found = []
    for near, far, segments in pair.sides():
        old, keys = far.old_groups, near.pedigree.group_times_s
        if old is None or len(keys) < FEWEST_TEETH:
            continue
        period_s = float(np.median(np.diff(keys)))
        speed = pair.match.speed if near is pair.a else 1 / pair.match.speed
        if period_s < SHORTEST_GROUP_S or abs(old.seconds / speed / period_s - 1) > PERIOD_TOLERANCE:
            continue
        own = near.old_groups
        if own is not None and abs(own.seconds / period_s - 1) > PERIOD_TOLERANCE:
            continue  # it was encoded before, too, in other groups: no order follows
        aligned = _aligned(near, far, segments)
        none = " and it shows no earlier encoding itself" if near.shows_no_old_groups else ""
        if aligned is not None and aligned >= ALIGNED_SHARE:
            words = (
                f"the groups of {old.pictures} pictures that an earlier encoding left in {{far}} are the groups in "
                f"which {{near}} is coded, and begin at the same moments{none}"
            )
            found.append(Vote(near.id, Weight.STRONG, "groups", words + "."))
        else:
            words = (
                f"{{far}} shows groups of an earlier encoding of the length ({old.seconds:.2f} s) in which {{near}} "
                f"is coded{none}"
            )
            found.append(Vote(near.id, Weight.MODERATE, "groups", words + "."))
    return found if len(found) == 1 else []


def _aligned(near: Account, far: Account, segments: tuple[Overlay, ...]) -> float | None:
    """Share of the old key pictures that fall on real ones; None where too few lie in common footage."""
    old = far.old_groups
    if old is None:
        return None
    teeth = np.arange(old.first_s, old.last_s + old.seconds / 2, old.seconds)
    placed = _placed(teeth, segments)
    if len(placed) < FEWEST_TEETH:
        return None
    picture_s = old.seconds / old.pictures
    away = np.abs(placed[:, None] - near.pedigree.group_times_s[None, :]).min(axis=1)
    return float(np.mean(away <= ALIGNED_PICTURES * picture_s))


def _placed(far_s: NDArray[np.float64], segments: tuple[Overlay, ...]) -> NDArray[np.float64]:
    """Moments of the far side in the time of the near side (segments seen from the near side)."""
    found = []
    for segment in segments:
        length_s = segment.b_end_s - segment.b_start_s
        if length_s <= 0:
            continue
        inside = far_s[(far_s >= segment.b_start_s) & (far_s <= segment.b_end_s)]
        scale = (segment.a_end_s - segment.a_start_s) / length_s
        found.append(segment.a_start_s + (inside - segment.b_start_s) * scale)
    return np.concatenate(found) if found else np.zeros(0)


def generations(pair: Pair) -> list[Vote]:
    """The one was encoded before, the other shows no trace of that."""
    return [
        Vote(
            near.id,
            Weight.WEAK,
            "groups",
            "{far} shows traces of an earlier encoding, and {near} shows none (which is no proof of a single one).",
        )
        for near, far, _ in pair.sides()
        if far.old_groups is not None and near.shows_no_old_groups
    ]


# --------------------------------------------------------------------------- what the picture holds


def detail(pair: Pair) -> list[Vote]:
    """The one holds fine detail that the other does not, at the same or at a larger size."""
    if pair.is_reframed:
        return []
    held = balance(pair.a.pedigree, pair.b.pedigree, pair.match.segments)
    if held is None or not held.tells:
        return []
    near, far = (pair.a, pair.b) if held.finer_db > 0 else (pair.b, pair.a)
    one, other = near.pedigree, far.pedigree
    sizes = f"{{}} is {other.width_px} x {other.height_px}, {{}} {one.width_px} x {one.height_px}"
    words = f"{{near}} holds more of the finest detail that both could hold, by {abs(held.sure_db):.1f} dB"
    if (one.width_px, one.height_px) != (other.width_px, other.height_px):
        words += f" ({sizes.format('{far}', '{near}')})"
        if other.width_px * other.height_px > one.width_px * one.height_px:
            words += ": {far} was enlarged"
    words += "; only a copy that was sharpened would look finer as well."
    weight = Weight.STRONG if held.is_clear else Weight.MODERATE
    return [Vote(near.id, weight, "detail", words)]


def losses(pair: Pair) -> list[Vote]:
    """The picture of the one was cropped, made grey or covered; what is gone does not come back."""
    if not pair.match.derived:
        return []
    near = pair.b if pair.match.derived == pair.a.id else pair.a
    lost = [name for name in pair.match.transform if name in TELLING]
    if not lost:
        return []
    what = " and ".join(TELLING[name] for name in lost)
    words = f"the picture of {{far}} {what} against that of {{near}}: what is lost does not come back."
    return [Vote(near.id, Weight.STRONG, "picture", words)]


def pictures(pair: Pair) -> list[Vote]:
    """The one shows more pictures in the same time."""
    found = []
    for near, far, _ in pair.sides():
        one, other = near.pedigree.shown_rate_hz, far.pedigree.shown_rate_hz
        if one and other and one / other >= RATE_RATIO:
            words = f"{{near}} shows {one:.1f} pictures a second, {{far}} {other:.1f}."
            found.append(Vote(near.id, Weight.WEAK, "rate", words))
    return found


def quantiser(pair: Pair) -> list[Vote]:
    """The one is coded much more finely, in the same way and at the same size."""
    found = []
    for near, far, _ in pair.sides():
        same = (
            near.pedigree.codec,
            near.pedigree.width_px,
            near.pedigree.height_px,
            near.quantiser_unit,
        ) == (
            far.pedigree.codec,
            far.pedigree.width_px,
            far.pedigree.height_px,
            far.quantiser_unit,
        )
        if not same or near.quantiser is None or far.quantiser is None or near.quantiser_unit == "linear":
            continue
        if far.quantiser - near.quantiser >= QUANTISER_STEPS:
            words = f"{{near}} is coded more finely (mean quantiser {near.quantiser:.0f} against {far.quantiser:.0f})."
            found.append(Vote(near.id, Weight.WEAK, "quantiser", words))
    return found


def inclusion(pair: Pair) -> list[Vote]:
    """The one is a part of the other, and the other runs on without a cut where the part begins and ends."""
    match = pair.match
    if match.kind != EXCERPT or not match.contained:
        return []
    whole = pair.b if match.contained == pair.a.id else pair.a
    if pair.is_one_stream:
        words = "{far} has players show a part only of what {near} shows of the same coded pictures."
        return [Vote(whole.id, Weight.MODERATE, "length", words)]
    segments = match.segments if whole is pair.a else tuple(s.swapped() for s in match.segments)
    edges = [at for s in segments for at in (s.a_start_s, s.a_end_s)]
    ends = (whole.pedigree.start_s, whole.pedigree.end_s)
    inner = [at for at in edges if all(abs(at - end) > CUT_NEAR_S for end in ends)]
    cut = any(abs(at - place) <= CUT_NEAR_S for at in inner for place in whole.cuts_s)
    if cut or not inner or len(segments) != 1:
        words = "{far} is contained in {near}, which may have been put together from it."
        return [Vote(whole.id, Weight.WEAK, "length", words)]
    words = "{far} is contained in {near}, whose picture runs on without a cut where {far} begins or ends."
    return [Vote(whole.id, Weight.MODERATE, "length", words)]


# --------------------------------------------------------------------------- what the file says


def writers(pair: Pair) -> list[Vote]:
    """The one is as a recorder wrote it, the other was written by software."""
    found = []
    for near, far, _ in pair.sides():
        if not far.software or not near.shows_no_software:
            continue
        if near.recorder:
            words = f"{{near}} is as a recorder writes it ({near.recorder}), {{far}} was written by {far.software}."
            found.append(Vote(near.id, Weight.STRONG, "writer", words))
        else:
            words = (
                f"{{far}} was written by {far.software}; of {{near}} no trace of known software was found."
            )
            found.append(Vote(near.id, Weight.WEAK, "writer", words))
    return found


def dates(pair: Pair) -> list[Vote]:
    """The one says that it was made before the other, or before the other's encoder existed."""
    found = []
    for near, far, _ in pair.sides():
        if near.created is None:
            continue
        if far.encoder_year is not None and near.created.year < far.encoder_year:
            words = (
                f"{{near}} states {near.created:%Y-%m-%d} as its date, and the encoder of {{far}} was built in "
                f"{far.encoder_year} or later."
            )
            found.append(Vote(near.id, Weight.MODERATE, "date", words))
        elif far.created is not None and (far.created - near.created).total_seconds() > DATE_SLACK_S + max(
            near.pedigree.duration_s, far.pedigree.duration_s
        ):
            words = (
                f"{{near}} states an earlier date than {{far}} ({near.created:%Y-%m-%d %H:%M} against "
                f"{far.created:%Y-%m-%d %H:%M} UTC)."
            )
            found.append(Vote(near.id, Weight.MODERATE, "date", words))
    return found


ASKED: tuple[Callable[[Pair], list[Vote]], ...] = (
    old_groups,
    generations,
    detail,
    losses,
    pictures,
    quantiser,
    inclusion,
    writers,
    dates,
)
